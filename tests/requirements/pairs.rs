//! Two things that go wrong in one stop: every pair, at moments from the first braked millisecond to
//! the last push.
//!
//! What a fault has forbidden no later one gives back, and nothing that is unknown is told as good. The
//! rules are restated here and judged in every tick.

use pen_core::fault::Fault;
use pen_core::io::Quadrant;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_tests::given;
use pen_tests::rig::{Cam, Hall, Rig, Wire};

/// Faults after which the needles may still be parked (STOP-003): what moved is known all the same.
const MAY_PARK: [Fault; 6] = [
    Fault::DepthStuck,
    Fault::DepthCrept,
    Fault::TickLate,
    Fault::CartridgeUnseated,
    Fault::FreeFall,
    Fault::Shock,
];

/// Something that goes wrong, and goes on.
type Disturbance = (&'static str, fn(&mut Rig));

const DISTURBANCES: [Disturbance; 22] = [
    ("nothing", |_| {}),
    ("too deep", |rig| rig.ring(1_400)),
    ("channels apart", |rig| rig.ring_b_um = 700),
    ("channel A silent", |rig| rig.depth_a.wire = Wire::Silent),
    ("channel B at a rail", |rig| {
        rig.depth_b.wire = Wire::Counts(4_095);
    }),
    ("current unreadable", |rig| {
        rig.current.wire = Wire::Counts(0);
    }),
    ("current silent", |rig| rig.current.wire = Wire::Silent),
    ("much current", |rig| rig.current_ma = Some(1_900)),
    ("much current backward", |rig| {
        rig.current_ma = Some(-1_900);
    }),
    ("no current", |rig| rig.current_ma = Some(0)),
    ("no seat", |rig| rig.seated = false),
    ("cable", |rig| rig.cable = true),
    ("late tick", |rig| rig.late(2_001)),
    ("shock", |rig| rig.felt_mg = [0, 0, 6_001]),
    ("fall", |rig| rig.felt_mg = [0, 0, 0]),
    ("accelerometer silent", |rig| rig.felt_age_us = 60_000),
    ("battery unreadable", |rig| {
        rig.battery.wire = Wire::Counts(0);
    }),
    ("tachometer lost", |rig| rig.hall = Hall::Lost),
    ("tachometer swapped", |rig| rig.hall = Hall::Swapped),
    ("edges from nowhere", |rig| rig.hall = Hall::Edges(1)),
    ("cam goes on", |rig| rig.cam = Cam::Turns(100_000)),
    ("cam goes back", |rig| rig.cam = Cam::Turns(-20_000)),
];

/// Everything as it was.
fn mend(rig: &mut Rig) {
    rig.ring(1_000);
    rig.depth_a.wire = Wire::True;
    rig.depth_b.wire = Wire::True;
    rig.current.wire = Wire::True;
    rig.battery.wire = Wire::True;
    rig.current_ma = None;
    rig.seated = true;
    rig.cable = false;
    rig.felt_mg = [0, 0, 1_000];
    rig.felt_age_us = 500;
    rig.hall = Hall::True;
    rig.cam = Cam::Obeys;
}

/// A stop whose cam the brake holds in this quarter: there it may have to be pushed. With a fault, it is
/// the one of a cartridge that left its seat, and the needles may be parked.
fn stop_in(quarter: i64, with_fault: bool) -> Rig {
    let mut rig = Rig::default().to_running();
    if with_fault {
        rig.seated = false;
        rig.until(60, "tripped", |rig| rig.mode() == Mode::FaultReaction);
        rig.seated = true;
    } else {
        rig.trigger = given::RELEASED;
        rig.tick();
        assert_eq!(rig.mode(), Mode::Stopping);
    }
    // The brake is seen to work.
    rig.ticks(2);
    rig.put_cam(quarter);
    rig.cam = Cam::Turns(0);
    rig.tick();
    rig
}

/// A tachometer that is lost and a cam that somebody turns while torque is off: no sensor is left that
/// could tell where the needles are.
fn is_blind(first: &str, second: &str) -> bool {
    let lies = |name: &str| name.contains("tachometer") || name.contains("edges");
    let turns = |name: &str| name.starts_with("cam");
    (lies(first) && turns(second)) || (turns(first) && lies(second))
}

/// What was told up to now, and what follows from it.
#[derive(Default)]
struct Judge {
    blind: bool,
    heard: usize,
    first: Option<Fault>,
    forbidden: Option<Fault>,
    plugged: bool,
    terminal: Option<Fault>,
    pushes: u32,
}

impl Judge {
    /// Up to the record that is the newest now.
    fn new(rig: &Rig) -> Self {
        let mut judge = Self::default();
        judge.hear(rig);
        judge
    }

    fn hear(&mut self, rig: &Rig) {
        for record in &rig.log[self.heard..] {
            let (Record::Tripped(trip) | Record::TrippedAlso { trip, .. }) = record else {
                continue;
            };
            self.first = self.first.or(Some(trip.fault));
            if !MAY_PARK.contains(&trip.fault) {
                self.forbidden = self.forbidden.or(Some(trip.fault));
            }
            if trip.fault.is_terminal() {
                self.terminal = self.terminal.or(Some(trip.fault));
            }
        }
        self.heard = rig.log.len();
    }

    /// One tick; true while the stop goes on.
    fn sees(&mut self, rig: &Rig, what: &str) -> bool {
        self.hear(rig);
        self.plugged = self.plugged || rig.cable;
        let state = || format!("{what}: {}", rig.state());
        if rig.drives() {
            self.pushes += 1;
            assert_eq!(self.forbidden, None, "STOP-003: a push; {}", state());
            assert!(!self.plugged, "PWR-003: a push; {}", state());
        }
        if self.terminal == Some(Fault::DriveStuck) {
            assert!(rig.is_off(), "STOP-011: every path is open; {}", state());
        }
        let status = rig.status();
        let told = matches!(rig.log.last(), Some(Record::Halted { parked: true, .. }));
        if status.parked || told {
            assert!(status.depth.is_some(), "parked at no depth; {}", state());
            let inside = rig.quadrant() == Quadrant::Retracted;
            assert!(inside || self.blind, "parked; {}", state());
        }
        assert_eq!(rig.fault(), self.first, "STOP-006; {}", state());
        if self.terminal.is_some() {
            assert_eq!(rig.ledger().terminal, self.terminal, "{}", state());
        }
        matches!(rig.mode(), Mode::Stopping | Mode::FaultReaction)
    }
}

#[test]
fn stop_003_of_two_faults_in_one_stop_neither_gives_back_what_the_other_took() {
    let (mut stops, mut pushed, mut second_tripped) = (0, 0, 0);
    for with_fault in [false, true] {
        for quarter in 1..4 {
            let start = stop_in(quarter, with_fault);
            for (first, break_first) in DISTURBANCES {
                for (second, break_second) in DISTURBANCES {
                    // Both in the brake; the second while the first one's reaction still lasts; the
                    // second when pushes are due; the first mended before the second comes; the second
                    // after motion that went on was found terminal.
                    for (from, gap, mends) in [
                        (0, 1, false),
                        (5, 12, true),
                        (30, 60, true),
                        (90, 6, false),
                        (1, 110, false),
                    ] {
                        let what = format!(
                            "{with_fault} {quarter}: {first} at {from}, {second} {gap} later, {mends}"
                        );
                        let mut rig = start.clone();
                        let mut judge = Judge::new(&rig);
                        judge.blind = is_blind(first, second);
                        let mut stops_for = 0;
                        let mut goes_on = true;
                        while goes_on && stops_for < 700 {
                            if stops_for == 28 {
                                rig.cam = Cam::Obeys;
                            }
                            if stops_for == from {
                                break_first(&mut rig);
                            }
                            if stops_for == from + gap {
                                if mends {
                                    mend(&mut rig);
                                }
                                break_second(&mut rig);
                            }
                            rig.tick();
                            stops_for += 1;
                            goes_on = judge.sees(&rig, &what);
                        }
                        assert!(!goes_on, "STOP-005: it never ends; {what}: {}", rig.state());
                        // At rest nothing is told better than it was in the stop.
                        for _ in 0..30 {
                            rig.tick();
                            judge.sees(&rig, &what);
                        }
                        stops += 1;
                        pushed += u32::from(judge.pushes > 0);
                        second_tripped += u32::from(rig.status().later > 0);
                    }
                }
            }
        }
    }
    println!("{stops} stops, {pushed} with a push, {second_tripped} with more than one fault");
    assert!(pushed > 1_000, "{pushed}");
    assert!(second_tripped > 2_000, "{second_tripped}");
}

#[test]
fn stop_003_needles_are_never_told_parked_at_a_depth_that_nobody_knows() {
    // While it stops, and at rest: the depth is lost on either channel, in every way.
    for wire in [Wire::Silent, Wire::Counts(0), Wire::Counts(4_095)] {
        for channel in [0, 1] {
            for after in (0..500).step_by(7) {
                let mut rig = stop_in(0, false);
                rig.ticks(after);
                let wired = if channel == 0 {
                    &mut rig.depth_a
                } else {
                    &mut rig.depth_b
                };
                wired.wire = wire;
                let mut unknown = false;
                for _ in 0..600 {
                    rig.tick();
                    let status = rig.status();
                    unknown = unknown || status.depth.is_none();
                    assert!(
                        !(status.parked && status.depth.is_none()),
                        "{wire:?} {channel} {after}: {}",
                        rig.state()
                    );
                }
                assert!(unknown, "{wire:?} {channel}");
                let told = rig.log.iter().rev().find_map(|record| match record {
                    Record::Halted { after: at, parked } => Some((at.as_ms(), *parked)),
                    _ => None,
                });
                // Known up to ten milliseconds after the wire broke.
                let (at, parked) = told.expect("told");
                assert!(
                    !parked || at <= after + 3 + 10,
                    "{after}: told {parked} at {at}"
                );
            }
        }
    }
}

#[test]
fn stop_002_the_brake_lasts_80_ms_even_when_the_cam_stands_at_once() {
    // The slowest stop takes 72 ms: who lets go earlier trusts a tachometer that fell silent.
    for quarter in 0..4 {
        for with_fault in [false, true] {
            let mut rig = Rig::default().to_running();
            if with_fault {
                rig.seated = false;
            } else {
                rig.trigger = given::RELEASED;
            }
            rig.until(60, "braked", |rig| !rig.drives());
            let mut braked = 1;
            while rig.brakes() {
                if braked == 3 {
                    rig.put_cam(quarter);
                    rig.cam = Cam::Turns(0);
                }
                rig.tick();
                braked += u32::from(rig.brakes());
            }
            // 80 ms, and the step that finds it standing then.
            assert_eq!(braked, 81, "{quarter} {with_fault}: {}", rig.state());
            assert_eq!(rig.drives(), quarter != 0, "{}", rig.state());
        }
    }
}

#[test]
fn stop_006_a_depth_fault_is_not_acknowledged_while_anything_about_the_depth_is_wrong() {
    let apart: Disturbance = ("apart", |rig| rig.ring_b_um = rig.ring_a_um - 400);
    let wrongs: [Disturbance; 5] = [
        apart,
        ("apart the other way", |rig| {
            rig.ring_a_um = rig.ring_b_um - 400;
        }),
        ("A silent", |rig| rig.depth_a.wire = Wire::Silent),
        ("B at a rail", |rig| rig.depth_b.wire = Wire::Counts(4_095)),
        ("nothing", |_| {}),
    ];
    let faults = [
        Fault::OverDepth,
        Fault::DepthDisagrees,
        Fault::DepthStuck,
        Fault::DepthInvalid,
        Fault::DepthCrept,
    ];
    let ways: [Disturbance; 5] = [
        ("too deep", |rig| rig.ring(1_260)),
        ("apart", |rig| rig.ring_b_um = 700),
        ("stuck", |rig| rig.depth_a.wire = Wire::Stuck),
        ("silent", |rig| rig.depth_a.wire = Wire::Silent),
        ("crept", |rig| rig.ring(1_150)),
    ];
    for (fault, (_, bring_about)) in faults.into_iter().zip(ways) {
        for (wrong, break_it) in wrongs {
            let mut rig = Rig::default().to_running();
            bring_about(&mut rig);
            rig.until(400, "tripped", |rig| rig.fault().is_some());
            assert_eq!(rig.fault(), Some(fault), "{}", rig.state());
            mend(&mut rig);
            rig.trigger = given::RELEASED;
            rig.comes_to(Mode::Faulted);
            rig.ticks(300);
            break_it(&mut rig);
            rig.ticks(100);
            rig.press_ok();
            let expected = (wrong != "nothing").then_some(fault);
            assert_eq!(rig.fault(), expected, "{fault:?}, {wrong}: {}", rig.state());
            // And it ends when it is right again.
            mend(&mut rig);
            rig.ticks(300);
            if expected.is_some() {
                rig.press_ok();
            }
            assert_eq!(rig.fault(), None, "{fault:?}, {wrong}: {}", rig.state());
        }
    }
}

#[test]
fn stop_003_a_cam_that_was_let_go_is_never_pushed_again_in_that_stop() {
    // It stands inside and torque is off; then something turns it out, on either side.
    for nudged_at in [83, 90, 110, 130] {
        for (mhz, ms) in [(-20_000, 12), (20_000, 12), (-15_000, 30), (15_000, 30)] {
            let mut rig = stop_in(0, false);
            let mut off = false;
            for tick in 3..700 {
                if tick == nudged_at {
                    rig.cam = Cam::Turns(mhz);
                }
                if tick == nudged_at + ms {
                    rig.cam = Cam::Turns(0);
                }
                rig.tick();
                off = off || rig.is_off();
                assert!(!(off && rig.drives()), "{mhz}: {}", rig.state());
                if rig.mode() == Mode::Ready {
                    break;
                }
            }
            assert!(
                off && !rig.is_off() || rig.mode() == Mode::Ready,
                "{}",
                rig.state()
            );
        }
    }
}

#[test]
fn stop_006_nothing_is_acknowledged_while_the_cam_moves_or_current_flows() {
    let faults: [Disturbance; 3] = [
        ("shock", |rig| rig.felt_mg = [0, 0, 6_001]),
        ("fall", |rig| rig.felt_mg = [0, 0, 0]),
        ("too fast", |rig| rig.cam = Cam::Turns(170_000)),
    ];
    let causes: [Disturbance; 2] = [
        ("moves", |rig| rig.cam = Cam::Turns(20_000)),
        ("flows", |rig| rig.current_ma = Some(300)),
    ];
    for (name, bring_about) in faults {
        for (cause, go_on) in causes {
            let mut rig = Rig::default().to_running();
            bring_about(&mut rig);
            rig.until(400, "tripped", |rig| rig.fault().is_some());
            mend(&mut rig);
            rig.trigger = given::RELEASED;
            rig.comes_to(Mode::Faulted);
            rig.ticks(300);
            let latched = rig.fault();
            go_on(&mut rig);
            rig.ticks(60);
            rig.press_ok();
            assert_eq!(rig.fault(), latched, "{name}, {cause}: {}", rig.state());
            mend(&mut rig);
            rig.ticks(300);
            rig.press_ok();
            assert_eq!(rig.fault(), None, "{name}, {cause}: {}", rig.state());
        }
    }
}
