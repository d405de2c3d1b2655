//! What is true in every state.

use stateright::Property;

use super::rooms::{Loaded, Near, Rooms, Zone};
use super::rules::Wrong;
use super::world::FINE;
use super::{PenModel, State};
use crate::mode::{AfterStop, Mode};

/// What holds in every state.
pub(super) fn always(
    name: &'static str,
    holds: fn(&PenModel, &State) -> bool,
) -> Property<PenModel> {
    Property::always(name, holds)
}

/// A property for each rule that a step can break.
macro_rules! rules {
    ($($wrong:ident: $name:literal,)*) => {
        vec![$(always($name, |_, state| state.wrong != Some(Wrong::$wrong)),)*]
    };
}

fn rules() -> Vec<Property<PenModel>> {
    rules! {
        LedNowhere: "every event that is carried leads to another mode",
        Started: "a drive starts where it may, with what it takes",
        TerminalLost: "a terminal fault ends by a technician only",
        ShockForgotten: "a shock ends by a check of the depth",
        UsedFell: "what a session has used never falls",
        Reopened: "no session is opened again",
        PlanSwapped: "a session keeps its plan",
        RefusalChanged: "a refusal changes nothing",
        NotStored: "what must survive goes to storage",
        StopIgnored: "a stop is obeyed in the tick that hears it",
        ReleaseKept: "a new mode wants a fresh release",
        ServiceLeft: "nothing of Service is left in the next one",
        PauseEnded: "only work ends a cartridge's pause",
    }
}

pub(super) fn all() -> Vec<Property<PenModel>> {
    let mut all = rules();
    all.extend([
        always(
            "a fault is latched exactly while the mode says so",
            |_, state| {
                let says = matches!(state.rooms.mode, Mode::FaultReaction | Mode::Faulted);
                state.rooms.first.is_some() == says
            },
        ),
        always("a zone is open only where it is worked in", |_, state| {
            is_open_where_it_may(&state.rooms)
        }),
        always("what treats is reserved", |model, state| {
            let pen = state
                .rooms
                .put(&model.world, &FINE, Near::NOTHING, Zone::Left);
            state.rooms.mode != Mode::Treating || pen.ledger().reserved.is_some()
        }),
        always("only a mode that drives has every permit", permits),
        always("what is terminal is in no mode that works", |_, state| {
            let rests = matches!(
                state.rooms.mode,
                Mode::Boot | Mode::FaultReaction | Mode::Faulted
            );
            state.rooms.terminal().is_none() || rests
        }),
        always("what is owed a check at zero opens no zone", |_, state| {
            let works = matches!(
                state.rooms.mode,
                Mode::Ready | Mode::Treating | Mode::Stopping
            );
            state.rooms.shaken().is_none() || !works || !state.rooms.open
        }),
        always("what is taken is what was put", |model, state| {
            let pen = state
                .rooms
                .put(&model.world, &FINE, Near::NOTHING, Zone::Left);
            Rooms::take(&pen) == state.rooms
        }),
    ]);
    all
}

/// While Ready and Treating always; in a stop as long as nothing has ended it, after a trip too; elsewhere
/// never. And never without its session and its plan.
fn is_open_where_it_may(rooms: &Rooms) -> bool {
    let whole = rooms.session.is_some() && rooms.plan != Loaded::Nothing;
    match rooms.mode {
        Mode::Ready | Mode::Treating => rooms.open && whole,
        Mode::Stopping if rooms.after == AfterStop::Service => !rooms.open,
        Mode::Stopping | Mode::FaultReaction => !rooms.open || whole,
        Mode::Boot
        | Mode::Locked
        | Mode::Standby
        | Mode::Faulted
        | Mode::Service
        | Mode::ServiceRunning => !rooms.open,
    }
}

/// The permits that latch and account make, whatever the mode: a clear latch and a budget that is left are
/// there together only with an open zone, so in no other mode than these.
fn permits(model: &PenModel, state: &State) -> bool {
    let pen = state
        .rooms
        .put(&model.world, &FINE, Near::NOTHING, Zone::Left);
    let both =
        pen.latch.permit(pen.machine.is_halting()).is_some() && pen.account.permit(false).is_some();
    let with_zone = matches!(
        state.rooms.mode,
        Mode::Ready | Mode::Treating | Mode::Stopping | Mode::FaultReaction
    );
    !both || with_zone
}
