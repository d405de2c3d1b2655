//! Runs a scenario that follows every stroke.

use super::Trajectory;
use super::contact::{Observer, Path};
use super::scenario::{Dynamic, Word};
use super::table::Event;
use crate::plant::{Bridge, Faults, NO_SKIN_M, Params, Plant, PlantInput, Supply};

/// Period of the samples, and of the ticks at which a plug brake looks for standstill (s).
const SAMPLE_S: f64 = 1e-3;
/// Two instants closer than this are one (s).
const SAME_S: f64 = 1e-9;
/// First part of a step in which a rotor at rest starts, and how much longer each next part is.
const FIRST_PART: f64 = 1e-4;
const PART_GROWTH: f64 = 1.05;
/// How long after its last sample a run waits for the standstill that ends it (s).
const PATIENCE_S: f64 = 2e-3;

/// The regulator's memory.
#[derive(Default)]
struct Regulator {
    integral: f64,
    last_theta: f64,
    duty: f64,
    measured: f64,
    wanted: f64,
}

struct Runner<'a> {
    scenario: &'a Dynamic,
    plant: Plant,
    observer: Observer,
    out: Trajectory,
    regulator: Regulator,
    word: Word,
    /// The rotor stood still since plugging began.
    has_stood: bool,
    /// The rotor rests, held by friction or by hand.
    rests: bool,
    imposed_rest: bool,
}

pub(super) fn run(scenario: &Dynamic, h: f64) -> Trajectory {
    let mut runner = Runner::new(scenario);
    let mut instants = runner.instants().into_iter();
    let Some(mut now) = instants.next() else {
        return runner.out;
    };
    for next in instants {
        runner.switch(now);
        if runner.is_sampled(now) {
            runner.sample(now);
        }
        if runner.is_over(now) {
            break;
        }
        runner.advance(now, next, h);
        now = next;
    }
    let energies = runner.plant.energies();
    let start = runner.out.ledger_j.0;
    let mut out = runner.out;
    let opening = crate::plant::Energies {
        stored_j: start,
        ..Default::default()
    };
    out.ledger_j = (energies.imbalance_j(&opening), energies.supplied_j);
    out
}

/// The value of a course of steps at a time.
fn step_at<T: Copy>(course: &[(f64, T)], time: f64) -> Option<T> {
    course
        .iter()
        .rev()
        .find(|(from, _)| *from <= time + SAME_S)
        .map(|(_, value)| *value)
}

/// Whether the plant is a motor without a needle.
fn is_bare(params: &Params) -> bool {
    [
        params.plunger_kg,
        params.spring_rate,
        params.spring_preload_n,
        params.membrane_damping,
    ]
    .iter()
    .all(|value| *value == 0.0)
}

/// Value and slope of a broken line from a time on; constant before and after it.
fn line_at(course: &[(f64, f64)], time: f64) -> (f64, f64) {
    let Some((first, value)) = course.first().copied() else {
        return (NO_SKIN_M, 0.0);
    };
    if time < first - SAME_S {
        return (value, 0.0);
    }
    for pair in course.windows(2) {
        if let [(from, start), (to, end)] = pair
            && time < *to - SAME_S
        {
            let slope = (end - start) / (to - from);
            return (start + slope * (time - from), slope);
        }
    }
    (course.last().map_or(value, |(_, last)| *last), 0.0)
}

impl<'a> Runner<'a> {
    fn new(scenario: &'a Dynamic) -> Self {
        let params = scenario.params.clone();
        let plant = Plant::new(params, scenario.supply, scenario.theta0).without_heat();
        let mut columns = vec![
            "t_s",
            "i_A",
            "omega_rad_s",
            "theta_rad",
            "soc",
            "x_m",
            "delta_m",
            "F_skin_N",
            "v_term_V",
            "i_bat_A",
            "mode",
        ];
        if scenario.controller.is_some() {
            columns.extend(["duty", "omega_meas", "omega_ref"]);
        }
        let opening = plant.energies().stored_j;
        Self {
            scenario,
            observer: Observer::new(&scenario.params, *plant.skin()),
            out: Trajectory {
                columns,
                ledger_j: (opening, 0.0),
                ..Trajectory::default()
            },
            regulator: Regulator {
                last_theta: scenario.theta0,
                ..Regulator::default()
            },
            plant,
            word: Word::Open,
            has_stood: false,
            rests: false,
            imposed_rest: true,
        }
    }

    /// All times at which something switches or is sampled, in order.
    fn instants(&self) -> Vec<f64> {
        let scenario = self.scenario;
        let patience = if scenario.ends_at_standstill {
            PATIENCE_S
        } else {
            0.0
        };
        let end = scenario.t_end + patience;
        let every = |period: f64| {
            (0_u32..)
                .map(move |k| f64::from(k) * period)
                .take_while(move |time| *time <= end + SAME_S)
        };
        let mut instants: Vec<f64> = every(SAMPLE_S).collect();
        instants.push(end);
        instants.push(scenario.record_from);
        instants.extend(scenario.jam_at);
        instants.extend(scenario.bridge.iter().map(|(time, _)| *time));
        instants.extend(scenario.gap.iter().flatten().map(|(time, _)| *time));
        if let Some(controller) = &scenario.controller {
            instants.extend(every(controller.period_s));
            instants.extend(controller.omega_ref.iter().map(|(time, _)| *time));
        }
        instants.retain(|time| *time <= end + SAME_S);
        instants.sort_by(f64::total_cmp);
        instants.dedup_by(|later, earlier| *later - *earlier < SAME_S);
        // One more, so that the last instant is switched and sampled like any other.
        instants.push(end + SAMPLE_S);
        instants
    }

    fn gap(&self, time: f64) -> (f64, f64) {
        self.scenario
            .gap
            .as_ref()
            .map_or((NO_SKIN_M, 0.0), |gap| line_at(gap, time))
    }

    /// Whether a time is a whole number of periods.
    fn is_tick(time: f64, period: f64) -> bool {
        let remainder = time % period;
        remainder < SAME_S || period - remainder < SAME_S
    }

    /// Applies everything that changes at a time.
    fn switch(&mut self, now: f64) {
        self.regulate(now);
        let starts = |(time, _): &&(f64, Word)| (*time - now).abs() < SAME_S;
        if let Some((_, word)) = self.scenario.bridge.iter().find(starts) {
            self.word = *word;
            self.has_stood = self.plant.omega() == 0.0;
        } else if self.word == Word::Plug && self.has_stood && Self::is_tick(now, SAMPLE_S) {
            self.word = Word::Brake;
        }
        let is_jammed = self
            .scenario
            .jam_at
            .is_some_and(|time| time <= now + SAME_S);
        let is_held = is_jammed || self.word == Word::Open;
        self.plant.set_faults(Faults {
            jam: is_held,
            ..Faults::default()
        });
        let (gap_m, gap_rate) = self.gap(now);
        self.plant.apply(&PlantInput {
            bridge: self.bridge(),
            depth_m: self.scenario.params.depth_m,
            gap_m,
            gap_rate,
        });
        let (theta, omega) = (self.plant.theta(), self.plant.omega());
        self.out
            .events
            .extend(self.observer.input_jump(now, theta, omega, gap_rate));
        if is_held {
            self.imposed_rest = true;
            self.rests = true;
        } else if self.imposed_rest {
            self.imposed_rest = false;
            if now < SAME_S && self.plant.omega() == 0.0 {
                self.event(0.0, "w0", theta);
                self.rests = self.is_gripped();
            }
        }
    }

    fn bridge(&self) -> Bridge {
        let duty = match self.scenario.controller {
            Some(_) => self.regulator.duty,
            None => self.scenario.duty,
        };
        match self.word {
            Word::Drive => Bridge::Drive { duty },
            Word::Plug => Bridge::Drive { duty: -duty },
            Word::Brake => Bridge::Brake,
            Word::Open | Word::Coast => Bridge::Coast,
        }
    }

    /// One tick of the regulator, where one is due.
    fn regulate(&mut self, now: f64) {
        let Some(controller) = &self.scenario.controller else {
            return;
        };
        if !Self::is_tick(now, controller.period_s) {
            return;
        }
        let regulator = &mut self.regulator;
        let theta = self.plant.theta();
        regulator.measured = (theta - regulator.last_theta) / controller.period_s;
        regulator.last_theta = theta;
        regulator.wanted = step_at(&controller.omega_ref, now).unwrap_or(0.0);
        let error = regulator.wanted - regulator.measured;
        let asked = controller.kff * regulator.wanted + controller.kp * error + regulator.integral;
        regulator.duty = asked.clamp(0.0, 1.0);
        if (0.0..=1.0).contains(&asked) {
            regulator.integral += controller.ki * error * controller.period_s;
        }
    }

    fn is_sampled(&self, now: f64) -> bool {
        // With a controller the file ends before its last tick.
        let last = if self.scenario.controller.is_some() {
            -SAME_S
        } else {
            SAME_S
        };
        Self::is_tick(now, SAMPLE_S)
            && now >= self.scenario.record_from - SAME_S
            && now <= self.scenario.t_end + last
    }

    fn sample(&mut self, now: f64) {
        let plant = &self.plant;
        let current = plant.current_a();
        let (terminal_v, supply_a) = match (self.scenario.supply, self.word) {
            (Supply::Battery { .. }, _) => (plant.terminal_v(), plant.supply_a()),
            // Of a bench supply the file shows what the bridge makes of it.
            (Supply::Constant { volts }, Word::Drive) => (volts, plant.supply_a()),
            (Supply::Constant { volts }, Word::Plug) => (-volts, -plant.supply_a()),
            (Supply::Constant { .. }, Word::Open | Word::Coast | Word::Brake) => (0.0, current),
        };
        // Without plunger, spring and membrane there is no needle whose place could be told.
        let reach_m = if is_bare(plant.params()) {
            0.0
        } else {
            plant.protrusion_m()
        };
        let mut row = vec![
            now,
            current,
            plant.omega(),
            plant.theta(),
            plant.soc(),
            reach_m,
            reach_m - plant.input().gap_m,
            plant.skin_force_n(),
            terminal_v,
            supply_a,
            self.observer.contact.number(),
        ];
        if self.scenario.controller.is_some() {
            row.extend([
                self.regulator.duty,
                self.regulator.measured,
                self.regulator.wanted,
            ]);
        }
        self.out.rows.push(row);
    }

    fn is_over(&self, now: f64) -> bool {
        let switched = self
            .scenario
            .bridge
            .last()
            .is_none_or(|(time, _)| *time <= now);
        now >= self.scenario.t_end - SAME_S
            && (!self.scenario.ends_at_standstill || (switched && self.rests))
    }

    /// Steps from one instant to the next.
    fn advance(&mut self, from: f64, to: f64, h: f64) {
        let mut now = from;
        while to - now > SAME_S {
            let left = to - now;
            let h = if left > h - SAME_S { h } else { left };
            if self.starts_within(h) {
                self.start(now, h);
            } else {
                self.step(now, h);
            }
            now += h;
        }
    }

    /// One step in which a rotor leaves its rest, in parts that grow: a spring may push it back for
    /// less than a microsecond before the current has risen.
    fn start(&mut self, now: f64, h: f64) {
        let (mut done, mut part) = (0.0, h * FIRST_PART);
        while done + part < h {
            self.step(now + done, part);
            done += part;
            part *= PART_GROWTH;
        }
        self.step(now + done, h - done);
    }

    /// Whether a rotor at rest is about to leave it.
    fn starts_within(&self, h: f64) -> bool {
        self.plant.omega() == 0.0
            && !self.imposed_rest
            && (!self.rests || self.plant.breakaway_s(h).is_some())
    }

    fn step(&mut self, now: f64, h: f64) {
        let before = [self.plant.theta(), self.plant.omega()];
        let (gap_m, _) = self.gap(now);
        let input = PlantInput {
            gap_m,
            ..*self.plant.input()
        };
        let breakaway = if self.rests && !self.imposed_rest {
            let (torque, _) = self.plant.rest_torque_nm();
            Some((self.plant.breakaway_s(h), torque))
        } else {
            None
        };
        self.plant.step(h, &input);
        let seen = self.out.events.len();
        let has_moved = self.plant.omega() != 0.0;
        let standstill = self.plant.standstill_in_step();
        self.observe(now, h, before, standstill);
        if let Some((by_current, torque)) = breakaway
            && has_moved
        {
            self.rests = false;
            let after = by_current.unwrap_or_else(|| self.slow_breakaway(torque, h));
            self.event(now + after, "rel", before[0]);
        } else if let Some(share) = standstill {
            self.event(now + share * h, "w0", turning_point(before, share * h));
            self.has_stood = true;
            self.rests = !has_moved && self.is_gripped();
        }
        self.out.events[seen..].sort_by(|a, b| a.t_s.total_cmp(&b.t_s));
    }

    /// Looks for events of contact, on either side of a standstill.
    fn observe(&mut self, now: f64, h: f64, before: [f64; 2], standstill: Option<f64>) {
        if self.scenario.gap.is_none() {
            return;
        }
        let after = [self.plant.theta(), self.plant.omega()];
        let events = &mut self.out.events;
        let gap = self
            .scenario
            .gap
            .as_ref()
            .map_or((NO_SKIN_M, 0.0), |gap| line_at(gap, now));
        let stretch = |start_s: f64, h: f64, from: [f64; 2], to: [f64; 2]| Path {
            start_s,
            h,
            theta: [from[0], to[0]],
            omega: [from[1], to[1]],
            gap: [gap.0 + gap.1 * (start_s - now), gap.1],
        };
        let share = standstill.unwrap_or(1.0);
        if share > 0.0 && share < 1.0 {
            let rest = [turning_point(before, share * h), 0.0];
            self.observer
                .follow(&stretch(now, share * h, before, rest), events);
            let left = (1.0 - share) * h;
            self.observer
                .follow(&stretch(now + share * h, left, rest, after), events);
        } else {
            self.observer
                .follow(&stretch(now, h, before, after), events);
        }
    }

    /// When a load that creeps up, such as skin pressed on, tore the rotor loose within a step.
    fn slow_breakaway(&self, torque_before: f64, h: f64) -> f64 {
        let (after, grip) = self.plant.rest_torque_nm();
        let rise = after.abs() - torque_before.abs();
        if rise <= 0.0 {
            h
        } else {
            h * ((grip - torque_before.abs()) / rise).clamp(0.0, 1.0)
        }
    }

    /// Whether friction holds a rotor at rest.
    fn is_gripped(&self) -> bool {
        let (torque, grip) = self.plant.rest_torque_nm();
        torque.abs() <= grip
    }

    fn event(&mut self, t_s: f64, name: &'static str, theta: f64) {
        self.out.events.push(Event { t_s, name, theta });
    }
}

/// The angle at which a rotor stands still that slows down evenly from an angle and a speed.
fn turning_point(before: [f64; 2], time: f64) -> f64 {
    before[0] + 0.5 * time * before[1]
}
