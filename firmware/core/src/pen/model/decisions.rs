//! What the mode in force may decide: `decide` itself, asked with everything that the modelled rooms do
//! not settle.

use super::Action;
use super::rooms::{Host, Near, Rooms, Zone};
use super::world::{FINE, World};
use crate::decide::{Decision, SelfTest, Situation, Treatment, decide};
use crate::fault::StopCause;
use crate::journal::ResetCause;
use crate::mode::Mode;

const CAUSES: [ResetCause; 8] = [
    ResetCause::PowerOn,
    ResetCause::Watchdog,
    ResetCause::BrownOut,
    ResetCause::Software,
    ResetCause::Unknown,
    ResetCause::Panicked { file: 1, line: 1 },
    ResetCause::HardFault { address: 1 },
    ResetCause::WatchdogForgotten,
];

const HEAT: [Option<StopCause>; 3] = [None, Some(StopCause::GripHot), Some(StopCause::WindingHot)];

/// The steps to which some decision leads.
pub(super) fn of(world: &World, rooms: &Rooms) -> Vec<Action> {
    let mut decided: Vec<Decision> = Vec::new();
    for situation in situations(world, rooms) {
        let decision = decide(&situation);
        if !decided.contains(&decision) {
            decided.push(decision);
        }
    }
    decided
        .into_iter()
        .flat_map(|decision| steps(world, rooms, decision))
        .collect()
}

/// A decision in each world that answers it differently.
fn steps(world: &World, rooms: &Rooms, decision: Decision) -> Vec<Action> {
    let places = match decision {
        Decision::NextZone if rooms.session.is_some() => {
            return [Zone::Left, Zone::Strokes, Zone::Time]
                .map(Action::Next)
                .into();
        }
        Decision::NextZone => return vec![Action::Next(Zone::Left)],
        Decision::Stay if !rooms.stop_asked => 0,
        Decision::Arm => world.arms.len(),
        Decision::Start => world.starts.len(),
        Decision::Acknowledge => world.acknowledges.len(),
        Decision::CheckZero => world.zeros.len(),
        Decision::Stay
        | Decision::SelfTested(_)
        | Decision::Unlock
        | Decision::Lock
        | Decision::LockZone
        | Decision::LeaveZone
        | Decision::DemandRelease
        | Decision::LetGo
        | Decision::Stop(_)
        | Decision::LeaveService => 1,
    };
    (0..places)
        .map(|place| Action::Tick(decision, place))
        .collect()
}

/// Each place of a mask as a bool of its own.
fn bits(count: u32) -> impl Iterator<Item = impl Fn(u32) -> bool> {
    (0..1_u32 << count).map(|mask| move |place| mask >> place & 1 != 0)
}

fn situations(world: &World, rooms: &Rooms) -> Vec<Situation> {
    let shaken = rooms.shaken().is_some();
    match rooms.mode {
        Mode::Boot => boots(rooms),
        Mode::Locked => bits(2)
            .map(|bit| Situation::Locked {
                is_locked: shaken || bit(0),
                asks_zero: shaken && bit(1),
            })
            .collect(),
        Mode::Standby => bits(3)
            .map(|bit| Situation::Standby {
                is_locked: shaken || bit(0),
                next: bit(1),
                confirmed: bit(2),
            })
            .collect(),
        Mode::Ready => {
            let spent = spent(world, rooms).is_some();
            bits(4)
                .map(|bit| Situation::Ready {
                    is_locked: shaken || bit(0),
                    leaves: spent || bit(1),
                    asks_stop: rooms.stop_asked,
                    is_held: bit(2),
                    is_pressed: bit(3) && !rooms.answered,
                })
                .collect()
        }
        Mode::Treating => treats(world, rooms),
        Mode::Stopping | Mode::FaultReaction => vec![Situation::Halting],
        Mode::Faulted => bits(1)
            .map(|bit| Situation::Faulted { confirmed: bit(0) })
            .collect(),
        Mode::Service => vec![Situation::Service {
            is_silent: rooms.service.host == Host::Silent,
        }],
        Mode::ServiceRunning => bits(1)
            .flat_map(|bit| HEAT.map(|too_hot| serves(rooms, bit(0), too_hot)))
            .collect(),
    }
}

pub(super) const fn serves(
    rooms: &Rooms,
    has_dummy: bool,
    too_hot: Option<StopCause>,
) -> Situation {
    Situation::ServiceRunning {
        asks_stop: rooms.stop_asked,
        is_let_go: !matches!(rooms.service.host, Host::Heard),
        has_dummy,
        too_hot,
    }
}

fn boots(rooms: &Rooms) -> Vec<Situation> {
    let mut all = Vec::new();
    for cause in CAUSES {
        all.extend(bits(2).map(|bit| {
            Situation::Boot(SelfTest {
                is_over: bit(0),
                has_stood: bit(1),
                edges: 3,
                terminal: rooms.terminal(),
                cause,
            })
        }));
    }
    all
}

/// The first budget that is used up, as the account says it.
pub(super) fn spent(world: &World, rooms: &Rooms) -> Option<StopCause> {
    let pen = rooms.put(world, &FINE, Near::NOTHING, Zone::Left);
    pen.account.spent()
}

fn treats(world: &World, rooms: &Rooms) -> Vec<Situation> {
    let spent = spent(world, rooms);
    let mut all = Vec::new();
    for too_hot in HEAT {
        all.extend(bits(5).map(|bit| {
            Situation::Treating(Treatment {
                asks_stop: rooms.stop_asked,
                has_cable: bit(0),
                is_held: bit(1),
                is_pressing: bit(2),
                spent,
                is_long: bit(3),
                battery_low: bit(4),
                too_hot,
            })
        }));
    }
    all
}
