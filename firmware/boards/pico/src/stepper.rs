//! The stepper of a depth actuator: finds its home once, then follows, one step in two control steps.
//!
//! ```text
//!  start -> Leaving --home opens--> Seeking --home closes--> At --home stays closed--> Lost
//!              |                       |                                                ^
//!              +-- stays closed -------+------- travelled further than there is --------+
//! ```
//!
//! Home is always reached from the same side, so that it is always the same place. Lost stands for good.
//!
//! It counts steps and measures nothing. The core measures where the needles really are and treats
//! only there (DEPTH-009); a stepper that stands is a pen that does not start.

/// Travel of one step.
///
/// - Unit: um in `STEP_UM.0 / STEP_UM.1`. Source: none yet; 20 steps a turn on a 0.05 mm lead, as the
///   simulator's screw
const STEP_UM: (i32, i32) = (5, 2);

/// Where the home switch closes; it stays closed further in.
///
/// - Unit: um, zero is flush with the rim. Source: none yet
pub const HOME_UM: i32 = -120;

/// Deepest place that is followed.
///
/// - Unit: um. Source: none yet; the simulator's deepest
pub const DEEPEST_UM: i32 = 2_515;

/// Steps after which the home switch must have closed, wherever the search began.
const SEARCH: u16 = 1_200;

/// Steps away from home after which its switch must have opened.
const OPENS: u16 = 40;

/// Control steps without a step after which the winding is let go; the screw holds by itself.
const RELEASE: u16 = 100;

const _: () = assert!(
    SEARCH as i32 * STEP_UM.0 / STEP_UM.1 > DEEPEST_UM - HOME_UM,
    "a search from the deepest place reaches home"
);

/// The levels of the driver's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// A step is made when it rises.
    pub step: bool,
    /// The way of the next step.
    pub deeper: bool,
    /// The winding has current.
    pub energised: bool,
}

/// What is known of the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing; the home switch is closed, or was not looked at. So many steps are left to open it.
    Leaving { left: u16 },
    /// Nothing; so many steps are left to find home.
    Seeking { left: u16 },
    /// So many steps deeper than home.
    At { steps: i32 },
    /// The home switch does not do what it should: no step any more.
    Lost,
}

/// The stepper's driver.
#[derive(Clone, Copy, Debug)]
pub struct Stepper {
    place: Place,
    lines: Lines,
    rest: u16,
}

impl Default for Stepper {
    fn default() -> Self {
        Self::new()
    }
}

impl Stepper {
    /// One that knows nothing of its place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            place: Place::Leaving { left: OPENS },
            lines: Lines {
                step: false,
                deeper: false,
                energised: false,
            },
            rest: RELEASE,
        }
    }

    /// Whether it follows: home was found, and its switch does what it should.
    #[must_use]
    pub const fn follows(&self) -> bool {
        matches!(self.place, Place::At { .. })
    }

    /// The lines for this control step.
    ///
    /// `target_um` is where the actuator shall be; beyond what there is it stays where it stands.
    /// `home` is whether the home switch is closed, `may_deepen` whether the pen's motor is off.
    pub fn follow(&mut self, target_um: i32, home: bool, may_deepen: bool) -> Lines {
        self.look(home);
        if self.lines.step {
            // The step was made when the line rose.
            self.lines.step = false;
            return self.lines;
        }
        match self.wanted(target_um) {
            Some(deeper) if !deeper || may_deepen => self.go(deeper),
            Some(_) | None => {
                self.rest = self.rest.saturating_add(1);
                self.lines.energised &= self.rest < RELEASE;
            }
        }
        self.lines
    }

    /// What the home switch says.
    fn look(&mut self, home: bool) {
        self.place = match self.place {
            Place::Leaving { .. } if !home => Place::Seeking { left: SEARCH },
            Place::Leaving { left: 0 } => Place::Lost,
            Place::Seeking { .. } if home => Place::At { steps: 0 },
            Place::Seeking { left: 0 } => Place::Lost,
            // Home is not that far away: the switch, or what was counted, is wrong.
            Place::At { steps } if home && steps > i32::from(OPENS) => Place::Lost,
            // On its way in: here is home, and a few steps were lost.
            Place::At { steps } if home && !self.lines.deeper && steps > 0 => {
                Place::At { steps: 0 }
            }
            place => place,
        };
    }

    /// Which way the next step goes, if there is one to make.
    fn wanted(&self, target_um: i32) -> Option<bool> {
        match self.place {
            Place::Leaving { .. } => Some(true),
            Place::Seeking { .. } => Some(false),
            Place::At { steps } => {
                if !(HOME_UM..=DEEPEST_UM).contains(&target_um) {
                    return None;
                }
                // Rounded towards home: never deeper than asked.
                let target = (target_um - HOME_UM) * STEP_UM.1 / STEP_UM.0;
                (target != steps).then_some(target > steps)
            }
            Place::Lost => None,
        }
    }

    /// Turns the way round, or makes a step if it is round already.
    fn go(&mut self, deeper: bool) {
        let ready = self.lines.energised && self.lines.deeper == deeper;
        self.lines.energised = true;
        self.lines.deeper = deeper;
        self.rest = 0;
        if !ready {
            // The driver wants the way and the current before the step.
            return;
        }
        self.lines.step = true;
        self.place = match self.place {
            Place::Leaving { left } => Place::Leaving {
                left: left.saturating_sub(1),
            },
            Place::Seeking { left } => Place::Seeking {
                left: left.saturating_sub(1),
            },
            Place::At { steps } if deeper => Place::At {
                steps: steps.saturating_add(1),
            },
            Place::At { steps } => Place::At {
                steps: steps.saturating_sub(1),
            },
            Place::Lost => Place::Lost,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A screw with its home switch, and what the lines make of it.
    struct Screw {
        stepper: Stepper,
        /// In half micrometres, so that a step is whole.
        place: i32,
        lines: Lines,
        stuck: Option<bool>,
    }

    impl Screw {
        fn new(um: i32) -> Self {
            Self {
                stepper: Stepper::new(),
                place: 2 * um,
                lines: Lines::default(),
                stuck: None,
            }
        }

        fn tick(&mut self, target_um: i32, may_deepen: bool) {
            let home = self.stuck.unwrap_or(self.place <= 2 * HOME_UM);
            let lines = self.stepper.follow(target_um, home, may_deepen);
            if lines.step && !self.lines.step {
                assert!(self.lines.energised, "a step without current");
                assert_eq!(lines.deeper, self.lines.deeper, "way and step together");
                self.place += if lines.deeper { 5 } else { -5 };
            }
            self.lines = lines;
        }

        fn ticks(&mut self, count: u32, target_um: i32) {
            for _ in 0..count {
                self.tick(target_um, true);
            }
        }

        fn um(&self) -> i32 {
            self.place / 2
        }
    }

    #[test]
    fn depth_009_it_finds_home_from_anywhere_and_then_follows() {
        for start in [HOME_UM - 20, HOME_UM, 0, 1_000, DEEPEST_UM] {
            let mut screw = Screw::new(start);
            screw.ticks(3_000, HOME_UM);
            assert!(screw.stepper.follows(), "from {start} um");
            for target in [0, 500, 2_400, 100, DEEPEST_UM] {
                screw.ticks(2_500, target);
                let off = target - screw.um();
                assert!((0..=5).contains(&off), "from {start} to {target}: {off} um");
            }
        }
    }

    #[test]
    fn depth_009_it_is_never_deeper_than_asked() {
        let mut screw = Screw::new(HOME_UM);
        for target in -120..600 {
            screw.ticks(20, target);
            assert!(screw.um() <= target, "{target} um");
        }
    }

    #[test]
    fn depth_007_it_goes_deeper_only_while_the_motor_is_off() {
        let mut screw = Screw::new(0);
        screw.ticks(2_000, 300);
        let before = screw.um();
        for _ in 0..500 {
            screw.tick(600, false);
        }
        assert_eq!(screw.um(), before);
        for _ in 0..500 {
            screw.tick(100, false);
        }
        assert!(screw.um() <= 100);
    }

    #[test]
    fn depth_009_without_a_home_it_stands_for_good() {
        let mut screw = Screw::new(500);
        screw.stuck = Some(false);
        screw.ticks(4_000, 0);
        assert!(!screw.stepper.follows());
        let there = screw.um();
        assert_eq!(500 - there, i32::from(SEARCH) * 5 / 2);
        screw.stuck = None;
        screw.ticks(4_000, 800);
        assert_eq!(screw.um(), there);
        assert!(!screw.lines.energised);
    }

    #[test]
    fn depth_009_a_home_switch_that_never_opens_stops_it() {
        let mut screw = Screw::new(500);
        screw.stuck = Some(true);
        screw.ticks(4_000, 800);
        assert!(!screw.stepper.follows());
        assert_eq!(screw.um(), 500 + i32::from(OPENS) * 5 / 2);
        // And one that closes where home cannot be.
        let mut screw = Screw::new(HOME_UM);
        screw.ticks(3_000, 800);
        screw.stuck = Some(true);
        screw.ticks(500, 900);
        assert!(!screw.stepper.follows());
        assert!((0..=5).contains(&(800 - screw.um())));
    }

    #[test]
    fn depth_009_a_home_that_is_too_far_out_is_not_believed() {
        let mut screw = Screw::new(HOME_UM);
        screw.ticks(3_000, 1_000);
        // On its way in, a wire of the home switch touches the supply.
        screw.ticks(400, 0);
        let there = screw.um();
        screw.stuck = Some(true);
        screw.ticks(3_000, 0);
        assert!(!screw.stepper.follows());
        assert!((0..=5).contains(&(there - screw.um())), "{} um", screw.um());
    }

    #[test]
    fn depth_009_lost_steps_are_found_again_at_home() {
        let mut screw = Screw::new(HOME_UM);
        screw.ticks(3_000, 1_000);
        // The carriage slipped in by a tenth of a millimetre.
        screw.place -= 200;
        screw.ticks(3_000, HOME_UM);
        screw.ticks(3_000, 1_000);
        assert!((0..=5).contains(&(1_000 - screw.um())));
    }

    #[test]
    fn a_place_that_does_not_exist_is_not_approached() {
        let mut screw = Screw::new(HOME_UM);
        screw.ticks(1_000, 200);
        let there = screw.um();
        for nowhere in [DEEPEST_UM + 1, HOME_UM - 1, i32::MAX, i32::MIN] {
            screw.ticks(500, nowhere);
            assert_eq!(screw.um(), there, "{nowhere} um");
        }
    }

    #[test]
    fn the_winding_is_let_go_at_rest() {
        let mut screw = Screw::new(HOME_UM);
        screw.ticks(1_000, 0);
        assert!(!screw.lines.energised);
        screw.ticks(5, 50);
        assert!(screw.lines.energised);
    }
}
