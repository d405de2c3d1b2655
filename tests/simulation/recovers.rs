//! SAFE-004: when whatever was wrong is over and somebody has done what the pen asks for, it treats again
//! or names what only a technician may end, within 2 s. Every fault, in every phase, judged to the end: a
//! pen is back in service when its needles really move.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use pen_core::fault::Fault;
use pen_core::locks::{Lock, Locks};
use pen_core::mode::Mode;
use pen_core::plan::Plan;
use pen_core::profile::Mechanism;
use pen_core::request::Refusal;
use pen_core::units::Rate;
use pen_protocol::messages::{Run, ToHost, ToPen};
use pen_sim::fault::Knob;
use pen_sim::hand::Cartridge;
use pen_sim::parallel::{cores, in_order};

use crate::scene::{Scene, Setup};
use crate::service::in_service;

/// SAFE-004.
const BACK_MS: u64 = 2_000;
/// For so long a fault is there: longer than any monitor takes to find it.
const FAULT_MS: u64 = 1_200;
/// A pen that is away is back before anybody acts.
const AWAY_MS: i64 = 2_000;

/// What the pen was doing when something broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    PowerUp,
    Locked,
    Ready,
    Ramp,
    Treating,
    Brake,
    Park,
    Rest,
    Service,
    ServiceRun,
}

impl Phase {
    const ALL: [Self; 10] = [
        Self::PowerUp,
        Self::Locked,
        Self::Ready,
        Self::Ramp,
        Self::Treating,
        Self::Brake,
        Self::Park,
        Self::Rest,
        Self::Service,
        Self::ServiceRun,
    ];

    /// A pen in this phase.
    fn reach(self, setup: &Setup) -> Scene {
        match self {
            Self::PowerUp => Scene::new(setup),
            Self::Locked => {
                let mut scene = Scene::new(setup);
                scene.pen.hand().plug_cable(true);
                scene.ms(800);
                assert_eq!(scene.mode(), Some(Mode::Locked));
                scene
            }
            Self::Ready => Scene::ready(setup),
            Self::Ramp => {
                let mut scene = Scene::ready(setup);
                scene.pen.hand().press_trigger();
                let until = scene.now_us() + 200_000;
                while scene.mode() != Some(Mode::Treating) {
                    assert!(scene.now_us() < until, "{}", said(&scene));
                    scene.ms(1);
                }
                scene.ms(8);
                let rate_hz = scene.pen.truth().rate_hz;
                assert!((1.0..90.0).contains(&rate_hz), "{rate_hz}: gaining speed");
                scene
            }
            Self::Treating => Scene::treating(setup),
            Self::Brake | Self::Park | Self::Rest => {
                let mut scene = Scene::treating(setup);
                scene.pen.hand().release_trigger();
                scene.ms(match self {
                    Self::Brake => 8,
                    Self::Park => 70,
                    _ => 900,
                });
                let mode = if self == Self::Rest {
                    Mode::Ready
                } else {
                    Mode::Stopping
                };
                assert_eq!(scene.mode(), Some(mode), "{self:?}");
                scene
            }
            Self::Service | Self::ServiceRun => {
                let mut scene = in_service(setup);
                if self == Self::ServiceRun {
                    let rate = Rate::from_hz(50);
                    assert_eq!(scene.ask(&ToPen::Run(Run { rate })), Some(ToHost::Done));
                    scene.ms(150);
                    assert_eq!(scene.mode(), Some(Mode::ServiceRunning));
                }
                scene
            }
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Back {
    /// Its needles moved when the trigger was pressed.
    Treats,
    /// It names the fault that only a technician may end: a path of torque that cannot be trusted.
    Untrusted,
    /// The same: a limit in memory that changed.
    Corrupt,
    /// It names the lock of what is damaged in storage, which only a technician repairs.
    Damaged,
    /// It was too warm, and says that it has to cool.
    Cools,
}

/// Everything is whole again, and the hand holds the pen as a pen is held before a treatment.
fn mend(scene: &mut Scene, setup: &Setup) {
    scene.pen.faults().clear_all();
    let mechanism = setup.mechanism;
    let hand = scene.pen.hand();
    hand.release_trigger();
    hand.hold_ok(false);
    hand.hold_next(false);
    hand.plug_cable(false);
    hand.lift(100.0);
    hand.swap_battery(0.9);
    hand.insert(Cartridge::fresh(9_000 + setup.seed, setup.kind));
    if mechanism == Mechanism::Ring {
        hand.turn_ring(setup.ring_um);
    }
}

/// Somebody does what the pen asks for: acknowledges, checks the depth at zero. The time of the last deed
/// (us), and the terminal fault that the pen named when it refused.
fn operate(scene: &mut Scene, setup: &Setup) -> (u64, Option<Fault>) {
    // A pen that was away comes back, and its host introduces itself.
    scene.ms(1_500);
    scene.hello();
    let mut last = scene.now_us();
    for _ in 0..3 {
        let Some(status) = scene.status() else { break };
        if status.mode == Mode::Faulted {
            let asked = scene.now_us();
            match scene.ask(&ToPen::Acknowledge) {
                Some(ToHost::Done) => last = asked,
                Some(ToHost::Refused(Refusal::Terminal { fault })) => return (asked, Some(fault)),
                // Refused without cause: the time goes on.
                _ => {}
            }
        } else if status.mode == Mode::Service {
            scene.ask(&ToPen::LeaveService);
            last = scene.now_us();
        } else if status.locks.has(Lock::ZeroCheck) {
            scene.pen.hand().turn_ring(0.0);
            scene.ms(400);
            scene.pen.hand().press_ok(100);
            last = scene.now_us();
            scene.ms(300);
            scene.pen.hand().turn_ring(setup.ring_um);
        }
        scene.ms(400);
    }
    (last, None)
}

/// What came of one fault in one phase.
fn tried(knob: Knob, value: i64, phase: Phase, setup: &Setup) -> Result<Back, String> {
    let mut scene = phase.reach(setup);
    let info = knob.info();
    let value = (info.unit != "-").then_some(value);
    scene
        .pen
        .inject(info.component, info.kind, value)
        .map_err(|error| error.to_string())?;
    scene.ms(FAULT_MS);
    mend(&mut scene, setup);
    let (acted, refused) = operate(&mut scene, setup);
    if let Some(fault) = refused {
        // Restated from docs/hazards.md: what no acknowledgement ends.
        return match fault {
            Fault::DriveStuck | Fault::EnablePathStuck => Ok(Back::Untrusted),
            Fault::LimitCorrupt => Ok(Back::Corrupt),
            other => Err(format!("{other:?} is called terminal")),
        };
    }
    while !matches!(scene.mode(), Some(Mode::Standby | Mode::Ready)) {
        if scene.now_us() > acted + 1_000 * BACK_MS {
            let status = scene.status().ok_or("the pen is silent")?;
            let damaged = [
                Lock::Storage,
                Lock::Profile,
                Lock::Calibration,
                Lock::Unverified,
            ];
            return match status.mode {
                Mode::Locked if status.locks == Locks::NONE.with(Lock::Heat, true) => {
                    Ok(Back::Cools)
                }
                Mode::Locked if damaged.into_iter().any(|lock| status.locks.has(lock)) => {
                    Ok(Back::Damaged)
                }
                _ => Err(said(&scene)),
            };
        }
        scene.ms(1);
    }
    treats(&mut scene, setup).map(|()| Back::Treats)
}

fn said(scene: &Scene) -> String {
    let status = scene.status();
    format!("{:?}", status.map(|it| (it.mode, it.locks, it.fault)))
}

/// A treatment with a plan of its own: the needles move.
fn treats(scene: &mut Scene, setup: &Setup) -> Result<(), String> {
    scene.ask(&ToPen::EndSession);
    let plan = Plan {
        token: 100,
        ..setup.plan()
    };
    let loaded = scene.ask(&ToPen::LoadPlan(plan));
    if loaded != Some(ToHost::Done) {
        return Err(format!("no plan: {loaded:?}, {}", said(scene)));
    }
    // A cam that came to lie on the edge of a quarter may slip off it while an actuator moves: that is rotation
    // which nothing drives, and the zone has to be confirmed again.
    for _ in 0..2 {
        if scene.mode() == Some(Mode::Standby) {
            scene.pen.hand().press_ok(100);
            // An actuator goes out by at most 0.5 um a millisecond.
            scene.ms(match setup.mechanism {
                Mechanism::Ring => 500,
                Mechanism::Actuator => 4_000,
            });
        }
    }
    let before = scene.pen.truth().theta_rad;
    scene.pen.hand().press_trigger();
    scene.ms(400);
    let turned = scene.pen.truth().theta_rad - before;
    if turned < 10.0 {
        return Err(format!("it turned {turned:.1} rad, {}", said(scene)));
    }
    Ok(())
}

/// What may come of a fault that is over, beside a pen that treats: only where the part itself tells why.
fn may_end(knob: Knob, back: Back) -> bool {
    match back {
        Back::Treats => true,
        Back::Untrusted => matches!(
            knob,
            Knob::BridgeStuckOn
                | Knob::BridgeShort
                | Knob::BridgeEnableWelded
                | Knob::BridgeBrakeOpen
                | Knob::BridgeOpen
        ),
        Back::Corrupt => knob == Knob::RamLimitFlip,
        Back::Damaged => matches!(knob, Knob::FlashFlip | Knob::FlashCut),
        Back::Cools => matches!(knob, Knob::GripHot | Knob::GripStuckAt),
    }
}

/// Every fault that this pen can have, with these of its numbers, in every phase. Prints and returns how many
/// ended in which way.
fn try_all(setup: &Setup, numbers: impl Fn(Knob) -> Vec<i64>) -> BTreeMap<Back, usize> {
    let mut cases = Vec::new();
    for phase in Phase::ALL {
        for knob in Knob::ALL {
            let of_actuator = matches!(knob, Knob::ActuatorStuck | Knob::ActuatorLost);
            if !of_actuator || setup.mechanism == Mechanism::Actuator {
                cases.extend(numbers(knob).into_iter().map(|value| (knob, value, phase)));
            }
        }
    }
    let mut ends = BTreeMap::new();
    let mut bad = Vec::new();
    let never = AtomicBool::new(false);
    let one = |number: usize| {
        let (knob, value, phase) = cases[number];
        tried(knob, value, phase, setup)
    };
    let _: Result<_, Infallible> = in_order(cores(), cases.len(), &never, one, |number, back| {
        let (knob, value, phase) = cases[number];
        match back {
            Ok(back) if may_end(knob, back) => *ends.entry(back).or_insert(0) += 1,
            other => bad.push(format!("{knob:?} {value} {phase:?}: {other:?}")),
        }
        Ok(())
    });
    println!("{} faults in phases: {ends:?}", cases.len());
    assert!(bad.is_empty(), "{} {bad:#?}", bad.len());
    ends
}

#[test]
fn safe_004_after_any_fault_in_any_phase_the_pen_treats_or_says_why_not() {
    let ends = try_all(&Setup::of(7), |knob| vec![knob.info().default]);
    let all = [
        (Back::Treats, 870),
        (Back::Untrusted, 13),
        (Back::Corrupt, 6),
        (Back::Damaged, 1),
        (Back::Cools, 10),
    ];
    assert_eq!(ends, BTreeMap::from(all));
}

#[test]
fn safe_004_the_same_of_a_pen_with_an_actuator() {
    let setup = Setup {
        mechanism: Mechanism::Actuator,
        ..Setup::of(8)
    };
    let ends = try_all(&setup, |knob| vec![knob.info().default]);
    assert_eq!(ends.values().sum::<usize>(), 10 * 92);
}

/// The same with the least and the greatest number of each fault.
#[test]
fn safe_004_the_same_at_the_ends_of_every_fault() {
    let ends = try_all(&Setup::of(7), |knob| {
        let info = knob.info();
        let max = match knob {
            Knob::TickHang | Knob::PowerWatchdog | Knob::PowerBrownOut | Knob::PowerCut => AWAY_MS,
            _ => info.max,
        };
        let mut ends = vec![info.min, max];
        ends.retain(|value| *value != info.default);
        ends
    });
    assert_eq!(ends.values().sum::<usize>(), 800);
}

/// The grip seems 20 K warmer than the housing: the pen waits until what it reckons has cooled, too.
#[test]
fn safe_004_a_pen_that_had_to_cool_treats_again() {
    let setup = Setup::of(7);
    let mut scene = Phase::Ready.reach(&setup);
    scene
        .pen
        .inject("grip", "hot_k", Some(20))
        .expect("a knob of the table");
    scene.ms(FAULT_MS);
    assert_eq!(scene.mode(), Some(Mode::Locked));
    mend(&mut scene, &setup);
    let from = scene.now_us();
    while scene.mode() != Some(Mode::Standby) {
        scene.ms(100);
        assert!(scene.now_us() < from + 600_000_000, "{}", said(&scene));
    }
    println!("cooled after {} s", (scene.now_us() - from) / 1_000_000);
    scene.hello();
    treats(&mut scene, &setup).expect("it is cool");
}
