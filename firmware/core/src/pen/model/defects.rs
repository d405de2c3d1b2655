//! Pens with one thing wrong, to see that the model says no.

use super::super::Pen;
use super::Action;
use crate::account::Account;
use crate::decide::Decision;
use crate::fault::{Fault, StopCause};
use crate::latch::Latch;
use crate::machine::Machine;
use crate::mode::{Event, Mode};
use crate::session::Ledger;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// A fault's reaction forgets to leave the zone.
    ZoneStaysOpen,
    /// Confirming a zone forgets to reserve its activation.
    NothingReserved,
    /// A stop leads straight back into the treatment.
    Resumes,
    /// A fault is latched, and the mode does not say so.
    ModeForgets,
    /// A reset forgets what was latched for good.
    ResetForgets,
    /// An acknowledgement opens what is terminal.
    AcknowledgesTerminal,
    /// Opening a zone checks the depth, in passing.
    ShockForgotten,
    /// A reset gives back what was reserved.
    ReservationReturns,
    /// A session goes on under the number of the one before.
    SameNumber,
    /// A refused request asks storage for something.
    RefusalWants,
    /// A terminal fault is latched, and storage is not asked to keep it.
    NotStored,
    /// A stop is heard and not obeyed.
    Deaf,
    /// A drive that ended ends again.
    HaltedTwice,
    /// A new mode trusts the release that the mode before has seen.
    ReleaseKept,
    /// Service begins with what an earlier one had staged.
    ServiceLeft,
    /// Any plan is taken into an open session.
    PlanSwapped,
    /// A fault's reaction never ends.
    NeverHalts,
    /// Somebody who acknowledges is never heard.
    NeverAcknowledged,
    /// A technician who ends a terminal fault is never heard.
    NeverEnded,
    /// The trigger gives the reservation back.
    ReservationLost,
    /// An acknowledgement leaves the mode of what is terminal.
    TerminalWorks,
    /// A shock in Ready is kept, and changes nothing else.
    ShockIgnored,
    /// Whatever drive ends, the cartridge has worked.
    PauseEnded,
}

impl Defect {
    /// What this pen does otherwise than the real one, after the step.
    #[expect(clippy::too_many_lines, reason = "one arm a defect")]
    pub(super) fn spoil(self, action: Action, before: &Pen, pen: &mut Pen) {
        let was = before.machine.mode();
        let is = pen.machine.mode();
        match self {
            Self::ZoneStaysOpen if is == Mode::Faulted && was == Mode::FaultReaction => {
                pen.account = before.account;
            }
            Self::NothingReserved if was == Mode::Standby && is == Mode::Ready => {
                pen.account = unreserved(pen);
            }
            Self::Resumes if was == Mode::Stopping && is == Mode::Ready => {
                pen.machine = Machine::in_mode(Mode::Treating);
            }
            Self::ModeForgets if is == Mode::FaultReaction && was == Mode::Service => {
                pen.machine = Machine::in_mode(Mode::Locked);
            }
            Self::ResetForgets if matches!(action, Action::Reset(_)) => {
                pen.latch = Latch::new(None);
            }
            Self::AcknowledgesTerminal
                if matches!(action, Action::Tick(Decision::Acknowledge, _)) =>
            {
                pen.latch.end_terminal();
                pen.machine = Machine::in_mode(Mode::Locked);
            }
            Self::ShockForgotten if was == Mode::Faulted && is == Mode::Locked => {
                pen.latch.depth_is_right();
            }
            Self::ReservationReturns if matches!(action, Action::Reset(_)) => {
                let ledger = Ledger {
                    on: Ledger::default().on,
                    ..before.ledger()
                };
                pen.account = Account::new(Some(ledger), &mut ());
            }
            Self::SameNumber if pen.account.session() != before.account.session() => {
                let mut ledger = pen.ledger();
                ledger.session = before.account.session();
                pen.account = Account::new(Some(ledger), &mut ());
            }
            Self::NotStored if matches!(action, Action::Trip(fault) if fault.is_terminal()) => {
                pen.account = before.account;
            }
            Self::Deaf
                if was == Mode::Treating
                    && matches!(action, Action::Tick(Decision::Stop(StopCause::Asked), _)) =>
            {
                *pen = before.clone();
                pen.hands.stop_is_answered();
            }
            Self::HaltedTwice if was == Mode::Stopping && matches!(action, Action::Halted(_)) => {
                pen.enter(Event::Halted);
            }
            Self::ReleaseKept if was == Mode::Standby && is == Mode::Ready => {
                pen.hands.release_seen = true;
            }
            Self::ServiceLeft if is == Mode::Service && was == Mode::Locked => {
                pen.records = before.records;
            }
            Self::PlanSwapped if is == Mode::Standby && action == Action::Keep => {
                if let Some(mut plan) = pen.plan() {
                    plan.id += 1;
                    pen.account.take_plan(&plan, &mut ());
                }
            }
            Self::NeverHalts
                if was == Mode::FaultReaction && matches!(action, Action::Halted(_)) =>
            {
                *pen = before.clone();
            }
            Self::NeverAcknowledged if was == Mode::Faulted && is == Mode::Locked => {
                *pen = before.clone();
            }
            Self::NeverEnded if before.latch.terminal().is_some() && is == Mode::Locked => {
                *pen = before.clone();
            }
            Self::ReservationLost if was == Mode::Ready && is == Mode::Treating => {
                pen.account = unreserved(pen);
            }
            Self::TerminalWorks if matches!(action, Action::Tick(Decision::Acknowledge, _)) => {
                pen.machine = Machine::in_mode(Mode::Locked);
            }
            Self::ShockIgnored if was == Mode::Ready && action == Action::Trip(Fault::Shock) => {
                pen.machine = before.machine;
                pen.latch = Latch::new(Some(Fault::Shock));
            }
            Self::PauseEnded if matches!(action, Action::Halted(_)) => pen.seat.works(),
            _ => {}
        }
    }

    pub(super) const fn spoil_refusal(self, pen: &mut Pen) {
        if matches!(self, Self::RefusalWants) {
            pen.account.want();
        }
    }
}

/// The account, its zone open and nothing reserved.
fn unreserved(pen: &Pen) -> Account {
    let ledger = Ledger {
        reserved: None,
        terminal: None,
        ..pen.ledger()
    };
    let mut account = Account::new(Some(ledger), &mut ());
    if let Some(plan) = pen.account.plan() {
        account.take_plan(plan, &mut ());
    }
    account.want();
    account
}
