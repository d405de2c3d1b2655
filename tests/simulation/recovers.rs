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
use pen_core::request::{Refusal, Role};
use pen_core::units::Rate;
use pen_protocol::messages::{Authorise, Run, ToHost, ToPen};
use pen_sim::fault::Knob;
use pen_sim::hand::Cartridge;
use pen_sim::parallel::{cores, in_order};

use crate::rig::{Desk, Setup};

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
    fn reach(self, setup: &Setup) -> Desk {
        match self {
            Self::PowerUp => Desk::new(setup),
            Self::Locked => {
                let mut desk = Desk::new(setup);
                desk.pen.hand().plug_cable(true);
                desk.ms(800);
                assert_eq!(desk.mode(), Some(Mode::Locked));
                desk
            }
            Self::Ready => Desk::ready(setup),
            Self::Ramp => {
                let mut desk = Desk::ready(setup);
                desk.pen.hand().press_trigger();
                desk.ms(25);
                desk
            }
            Self::Treating => Desk::treating(setup),
            Self::Brake | Self::Park | Self::Rest => {
                let mut desk = Desk::treating(setup);
                desk.pen.hand().release_trigger();
                desk.ms(match self {
                    Self::Brake => 8,
                    Self::Park => 70,
                    _ => 900,
                });
                desk
            }
            Self::Service | Self::ServiceRun => {
                let mut desk = in_service(setup);
                if self == Self::ServiceRun {
                    let rate = Rate::from_hz(50);
                    assert_eq!(desk.ask(&ToPen::Run(Run { rate })), Some(ToHost::Done));
                    desk.ms(150);
                    assert_eq!(desk.mode(), Some(Mode::ServiceRunning));
                }
                desk
            }
        }
    }
}

/// A technician holds the button, with a dummy in the pen and the cable in.
fn in_service(setup: &Setup) -> Desk {
    let mut desk = Desk::new(setup);
    desk.pen.hand().insert(Cartridge::dummy(500 + setup.seed));
    desk.pen.hand().plug_cable(true);
    desk.ms(800);
    desk.hello();
    desk.pen.hand().hold_ok(true);
    desk.ms(100);
    let role = Role::Technician;
    let taken = desk.ask(&ToPen::Authorise(Authorise { role }));
    assert_eq!(taken, Some(ToHost::Done));
    assert_eq!(desk.ask(&ToPen::EnterService), Some(ToHost::Done));
    desk
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Back {
    /// Its needles moved when the trigger was pressed.
    Treats,
    /// It names the fault that only a technician may end.
    Terminal,
    /// It names the lock of what is damaged in storage, which only a technician repairs.
    Damaged,
    /// It was too warm, and says that it has to cool.
    Cools,
}

/// Everything is whole again, and the hand holds the pen as a pen is held before a treatment.
fn mend(desk: &mut Desk, setup: &Setup) {
    desk.pen.faults().clear_all();
    let mechanism = setup.mechanism;
    let hand = desk.pen.hand();
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
fn operate(desk: &mut Desk, setup: &Setup) -> (u64, Option<Fault>) {
    // A pen that was away comes back, and its host introduces itself.
    desk.ms(1_500);
    desk.hello();
    let mut last = desk.now_us();
    for _ in 0..3 {
        let Some(status) = desk.status() else { break };
        if status.mode == Mode::Faulted {
            last = desk.now_us();
            if let Some(ToHost::Refused(Refusal::Terminal { fault })) =
                desk.ask(&ToPen::Acknowledge)
            {
                return (last, Some(fault));
            }
        } else if status.mode == Mode::Service {
            desk.ask(&ToPen::LeaveService);
            last = desk.now_us();
        } else if status.locks.has(Lock::ZeroCheck) {
            desk.pen.hand().turn_ring(0.0);
            desk.ms(400);
            desk.pen.hand().press_ok(100);
            last = desk.now_us();
            desk.ms(300);
            desk.pen.hand().turn_ring(setup.ring_um);
        }
        desk.ms(400);
    }
    (last, None)
}

/// What came of one fault in one phase.
fn tried(knob: Knob, value: i64, phase: Phase, setup: &Setup) -> Result<Back, String> {
    let mut desk = phase.reach(setup);
    let info = knob.info();
    let value = (info.unit != "-").then_some(value);
    desk.pen
        .inject(info.component, info.kind, value)
        .map_err(|error| error.to_string())?;
    desk.ms(FAULT_MS);
    mend(&mut desk, setup);
    let (acted, refused) = operate(&mut desk, setup);
    if let Some(fault) = refused {
        return if is_terminal(fault) {
            Ok(Back::Terminal)
        } else {
            Err(format!("{fault:?} is called terminal"))
        };
    }
    while !matches!(desk.mode(), Some(Mode::Standby | Mode::Ready)) {
        if desk.now_us() > acted + 1_000 * BACK_MS {
            let status = desk.status().ok_or("the pen is silent")?;
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
                _ => Err(said(&desk)),
            };
        }
        desk.ms(1);
    }
    treats(&mut desk, setup).map(|()| Back::Treats)
}

fn said(desk: &Desk) -> String {
    let status = desk.status();
    format!("{:?}", status.map(|it| (it.mode, it.locks, it.fault)))
}

/// A treatment with a plan of its own: the needles move.
fn treats(desk: &mut Desk, setup: &Setup) -> Result<(), String> {
    desk.ask(&ToPen::EndSession);
    let plan = Plan {
        token: 100,
        ..setup.plan()
    };
    let loaded = desk.ask(&ToPen::LoadPlan(plan));
    if loaded != Some(ToHost::Done) {
        return Err(format!("no plan: {loaded:?}, {}", said(desk)));
    }
    desk.pen.hand().press_ok(100);
    desk.ms(500);
    let before = desk.pen.truth().theta_rad;
    desk.pen.hand().press_trigger();
    desk.ms(400);
    let turned = desk.pen.truth().theta_rad - before;
    if turned < 10.0 {
        return Err(format!("it turned {turned:.1} rad, {}", said(desk)));
    }
    Ok(())
}

/// Restated from docs/hazards.md: what no acknowledgement ends.
const fn is_terminal(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::DriveStuck | Fault::EnablePathStuck | Fault::LimitCorrupt
    )
}

/// What may come of a fault that is over, beside a pen that treats: only where the part itself tells why.
fn may_end(knob: Knob, back: Back) -> bool {
    match back {
        Back::Treats => true,
        Back::Terminal => matches!(
            knob,
            Knob::BridgeStuckOn
                | Knob::BridgeShort
                | Knob::BridgeEnableWelded
                | Knob::BridgeBrakeOpen
                | Knob::BridgeOpen
                | Knob::RamLimitFlip
        ),
        Back::Damaged => matches!(knob, Knob::FlashFlip | Knob::FlashCut),
        Back::Cools => matches!(knob, Knob::GripHot | Knob::GripStuckAt),
    }
}

/// Every fault, with these of its numbers, in every phase. Prints how many ended in which way.
fn try_all(numbers: impl Fn(Knob) -> Vec<i64>) -> (usize, Vec<Back>) {
    let mut cases = Vec::new();
    for phase in Phase::ALL {
        for knob in Knob::ALL {
            // A pen with a ring has no actuator.
            if !matches!(knob, Knob::ActuatorStuck | Knob::ActuatorLost) {
                cases.extend(numbers(knob).into_iter().map(|value| (knob, value, phase)));
            }
        }
    }
    let mut ends = BTreeMap::new();
    let mut bad = Vec::new();
    let never = AtomicBool::new(false);
    let one = |number: usize| {
        let (knob, value, phase) = cases[number];
        tried(knob, value, phase, &Setup::of(7))
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
    let told = ends.keys().copied().collect();
    (cases.len(), told)
}

#[test]
fn safe_004_after_any_fault_in_any_phase_the_pen_treats_or_says_why_not() {
    let (tried, ends) = try_all(|knob| vec![knob.info().default]);
    assert_eq!(tried, 10 * 90);
    let all = [Back::Treats, Back::Terminal, Back::Damaged, Back::Cools];
    assert_eq!(ends, all, "each way is met");
}

/// The same with the least and the greatest number of each fault.
#[test]
fn safe_004_the_same_at_the_ends_of_every_fault() {
    try_all(|knob| {
        let info = knob.info();
        let max = match knob {
            Knob::TickHang | Knob::PowerWatchdog | Knob::PowerBrownOut | Knob::PowerCut => AWAY_MS,
            _ => info.max,
        };
        let mut ends = vec![info.min, max];
        ends.retain(|value| *value != info.default);
        ends
    });
}

/// The grip seems 20 K warmer than the housing: the pen waits until what it reckons has cooled, too.
#[test]
fn safe_004_a_pen_that_had_to_cool_treats_again() {
    let setup = Setup::of(7);
    let mut desk = Phase::Ready.reach(&setup);
    desk.pen
        .inject("grip", "hot_k", Some(20))
        .expect("a knob of the table");
    desk.ms(FAULT_MS);
    assert_eq!(desk.mode(), Some(Mode::Locked));
    mend(&mut desk, &setup);
    let from = desk.now_us();
    while desk.mode() != Some(Mode::Standby) {
        desk.ms(100);
        assert!(desk.now_us() < from + 600_000_000, "{}", said(&desk));
    }
    println!("cooled after {} s", (desk.now_us() - from) / 1_000_000);
    desk.hello();
    treats(&mut desk, &setup).expect("it is cool");
}
