//! SAFE-004: from every state, a world that does nothing more lets the pen come to rest, and hands that do
//! the right things get it to serve again. Walked from each state by itself: a checker's own "eventually"
//! does not see a circle.

use std::sync::atomic::{AtomicUsize, Ordering};

use stateright::Property;

use super::properties::always;
use super::rooms::{Host, Near, Rooms};
use super::world::Hand;
use super::{Action, PenModel, State};
use crate::decide::{SelfTest, Situation, Treatment, decide};
use crate::journal::ResetCause;
use crate::limits;
use crate::mode::Mode;
use crate::request::{Request, Role};

/// Most steps that any state takes to a mode at rest.
pub(super) const REST_STEPS: usize = 3;
/// Most steps that any state takes to Standby, or to a fault that its operator cannot end.
pub(super) const OPERATOR_STEPS: usize = 7;
/// The same with a technician, to Standby.
pub(super) const TECHNICIAN_STEPS: usize = 6;

/// The longest walks so far.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) rest: AtomicUsize,
    pub(super) operator: AtomicUsize,
    pub(super) technician: AtomicUsize,
}

/// Whether a walk got there within its bound.
fn is_within(steps: Option<usize>, longest: &AtomicUsize, bound: usize) -> bool {
    steps.is_some_and(|steps| longest.fetch_max(steps, Ordering::Relaxed).max(steps) <= bound)
}

pub(super) fn properties() -> Vec<Property<PenModel>> {
    vec![
        always("SAFE-004: left alone it comes to rest", |model, state| {
            let steps = rest(model, &state.rooms);
            is_within(steps, &model.walked.rest, REST_STEPS)
        }),
        always("SAFE-004: an operator is served", |model, state| {
            let steps = serve(model, &state.rooms, Role::Operator);
            is_within(steps, &model.walked.operator, OPERATOR_STEPS)
        }),
        always("SAFE-004: a technician is served", |model, state| {
            let steps = serve(model, &state.rooms, Role::Technician);
            is_within(steps, &model.walked.technician, TECHNICIAN_STEPS)
        }),
    ]
}

/// More steps than there are modes: a walk as long as this goes round in a circle.
const LOST: usize = 20;

/// Steps to a mode at rest, if it gets there.
pub(super) fn rest(model: &PenModel, from: &Rooms) -> Option<usize> {
    walk(model, from, settle)
}

/// Steps to Standby, or for an operator to a terminal fault, if it gets there.
pub(super) fn serve(model: &PenModel, from: &Rooms, role: Role) -> Option<usize> {
    walk(model, from, |model, rooms| {
        settle(model, rooms).or_else(|| mend(model, rooms, role))
    })
}

fn walk(
    model: &PenModel,
    from: &Rooms,
    next: impl Fn(&PenModel, &Rooms) -> Option<Action>,
) -> Option<usize> {
    let mut rooms = *from;
    for steps in 0..LOST {
        let Some(action) = next(model, &rooms) else {
            return Some(steps);
        };
        let State { rooms: to, .. } = model.step(&rooms, action);
        rooms = to;
    }
    None
}

fn tick(situation: &Situation) -> Action {
    Action::Tick(decide(situation), 0)
}

/// The trigger is released, nothing else happens, the drive comes to its end; nothing once it rests.
fn settle(model: &PenModel, rooms: &Rooms) -> Option<Action> {
    match rooms.mode {
        Mode::Treating => Some(tick(&Situation::Treating(Treatment {
            asks_stop: rooms.stop_asked,
            has_cable: false,
            is_held: false,
            is_pressing: false,
            spent: super::decisions::spent(&model.world, rooms),
            is_long: false,
            battery_low: false,
            too_hot: None,
        }))),
        Mode::ServiceRunning if rooms.service.host == Host::Heard => Some(Action::Pass(
            limits::DEADMAN_TIMEOUT,
            Near::NOTHING,
            Hand::Away,
        )),
        Mode::ServiceRunning => Some(tick(&super::decisions::serves(rooms, true, None))),
        Mode::Stopping | Mode::FaultReaction => Some(Action::Halted(Near::NOTHING)),
        Mode::Boot | Mode::Locked | Mode::Standby | Mode::Ready | Mode::Faulted | Mode::Service => {
            None
        }
    }
}

/// What this role does about a pen at rest; nothing once it is served.
fn mend(model: &PenModel, rooms: &Rooms, role: Role) -> Option<Action> {
    let shaken = rooms.shaken().is_some();
    match rooms.mode {
        Mode::Boot => Some(tick(&Situation::Boot(SelfTest {
            is_over: true,
            has_stood: true,
            edges: 0,
            terminal: rooms.terminal(),
            cause: ResetCause::PowerOn,
        }))),
        Mode::Locked => Some(tick(&Situation::Locked {
            is_locked: shaken,
            asks_zero: shaken,
        })),
        Mode::Ready => Some(tick(&Situation::Ready {
            is_locked: shaken,
            leaves: true,
            asks_stop: rooms.stop_asked,
            is_held: false,
            is_pressed: false,
        })),
        Mode::Service if role >= Role::Technician => {
            Some(ask(model, role, |asked| *asked == Request::LeaveService))
        }
        Mode::Service if rooms.service.host != Host::Silent => Some(Action::Pass(
            limits::HEARTBEAT_TIMEOUT,
            Near::NOTHING,
            Hand::Away,
        )),
        Mode::Service => Some(tick(&Situation::Service { is_silent: true })),
        Mode::Faulted => match rooms.terminal() {
            None => Some(ask(model, role, |asked| *asked == Request::Acknowledge)),
            Some(fault) if role >= Role::Technician => Some(ask(model, role, |asked| {
                *asked == Request::EndTerminal { fault }
            })),
            Some(_) => None,
        },
        Mode::Standby
        | Mode::Treating
        | Mode::Stopping
        | Mode::FaultReaction
        | Mode::ServiceRunning => None,
    }
}

fn ask(model: &PenModel, role: Role, which: impl Fn(&Request) -> bool) -> Action {
    let place = model.world.asked.iter().position(|(asked, _)| which(asked));
    Action::Ask(role, place.unwrap())
}
