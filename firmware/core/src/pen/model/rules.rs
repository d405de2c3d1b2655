//! What no step may do, whatever it is.

use super::super::Pen;
use super::Action;
use super::rooms::{Granted, Rooms, Service};
use super::world::OWN;
use crate::cartridge::CartridgeDefect;
use crate::decide::Decision;
use crate::fault::Trip;
use crate::mode::{AfterStop, Event, Mode};
use crate::request::{Request, Role};
use crate::seat::Work;
use crate::session::Ledger;
use crate::units::Strokes;

/// A rule that a step broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Wrong {
    /// Rooms changed for an event that the mode table refuses, or that changes no mode.
    LedNowhere,
    /// A mode that drives was entered from elsewhere than where it starts, or without what it takes.
    Started,
    /// A terminal fault is gone, and no technician ended it (STOP-012).
    TerminalLost,
    /// A fall or shock is forgotten, and no depth was checked (PWR-007).
    ShockForgotten,
    /// Used time or strokes fell under one number of a session (SESS-008).
    UsedFell,
    /// A closed session was opened again under its number.
    Reopened,
    /// An open session and the plan in force are not of the same plan (SESS-011).
    PlanSwapped,
    /// A refusal changed something (CONF-002).
    RefusalChanged,
    /// What must survive changed, and storage was not asked to keep it.
    NotStored,
    /// A drive went on although a stop was asked for (STOP-010).
    StopIgnored,
    /// A mode was entered whose trigger counts as released already (STOP-001).
    ReleaseKept,
    /// Something of an earlier Service is left in a new one.
    ServiceLeft,
    /// A cartridge that did not work counts as having worked a moment ago (CART-004).
    PauseEnded,
}

/// What the rules compare.
#[expect(clippy::struct_excessive_bools, reason = "independent marks of rooms")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    ledger: Ledger,
    wanted: u16,
    is_kept: bool,
    plan: Option<(u32, u64)>,
    zone: u8,
    is_admitted: bool,
    mode: Mode,
    after: AfterStop,
    first: Option<Trip>,
    later: u16,
    released: bool,
    answered: bool,
    stop_asked: bool,
    service: (bool, bool, bool, u32),
    staged: Option<u32>,
    has_granted: (bool, bool),
    generation: u32,
    burn: Option<u64>,
    has_paused: bool,
}

impl Marks {
    pub(super) fn of(pen: &Pen) -> Self {
        let account = &pen.account;
        Self {
            ledger: pen.ledger(),
            wanted: account.wanted(),
            is_kept: account.is_kept(),
            plan: account.plan().map(|plan| (plan.fingerprint(), plan.token)),
            zone: account.zone(),
            is_admitted: account.admitted().is_some(),
            mode: pen.machine.mode(),
            after: pen.machine.after(),
            first: pen.latch.first(),
            later: pen.latch.later(),
            released: pen.hands.release_seen,
            answered: pen.hands.is_answered(),
            stop_asked: pen.hands.is_stop_asked(),
            service: (
                pen.dead_man.is_silent(),
                pen.dead_man.is_let_go(),
                pen.dead_man.is_leaving(),
                pen.dead_man.rate().as_mhz(),
            ),
            staged: pen.records.staged().map(|(_, digest)| digest),
            has_granted: (pen.records.granted().is_some(), pen.records.is_signing()),
            generation: pen.calibration().map_or(0, |c| c.generation),
            burn: pen.seat.burn(),
            has_paused: has_paused(pen),
        }
    }

    /// The same but for the mark that this press of the trigger has its answer.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let answered = other.answered;
        Self { answered, ..*self } == *other
    }

    /// The ledger less what is used up while an activation is reserved, or by a minute at most at rest.
    fn survives(&self) -> Ledger {
        let unused = Ledger::default();
        Ledger {
            on: unused.on,
            elapsed: unused.elapsed,
            strokes: unused.strokes,
            cartridge_strokes: unused.cartridge_strokes,
            zones: unused.zones,
            ..self.ledger
        }
    }
}

/// The session's cartridge has rested for too long to go on.
fn has_paused(pen: &Pen) -> bool {
    let work = Work {
        cartridge: OWN,
        strokes: Strokes::from_count(1),
        is_same_patient: true,
    };
    pen.seat.usable(0, &work).err() == Some(CartridgeDefect::PausedTooLong)
}

/// A step that was tried: rooms and marks before and after it.
#[derive(Debug)]
pub(super) struct Tried<'a> {
    pub(super) action: Action,
    /// What was asked for at the second door.
    pub(super) request: Option<(Role, Request)>,
    pub(super) from: &'a Rooms,
    pub(super) to: &'a Rooms,
    pub(super) before: &'a Marks,
    pub(super) after: &'a Marks,
    pub(super) unled: Option<Event>,
}

impl Tried<'_> {
    /// The first rule that it broke.
    pub(super) fn judge(&self) -> Option<Wrong> {
        let broken = [
            (self.unled.is_some(), Wrong::LedNowhere),
            (!self.starts_right(), Wrong::Started),
            (!self.keeps_terminal(), Wrong::TerminalLost),
            (!self.keeps_shock(), Wrong::ShockForgotten),
            (self.reopens(), Wrong::Reopened),
            (self.used_fell(), Wrong::UsedFell),
            (self.swaps_plan(), Wrong::PlanSwapped),
            (!self.is_stored(), Wrong::NotStored),
            (self.ignores_stop(), Wrong::StopIgnored),
            (self.keeps_release(), Wrong::ReleaseKept),
            (self.leaves_service(), Wrong::ServiceLeft),
            (self.ends_pause(), Wrong::PauseEnded),
        ];
        broken
            .into_iter()
            .find_map(|(is, wrong)| is.then_some(wrong))
    }

    const fn resets(&self) -> bool {
        matches!(self.action, Action::Reset(_))
    }

    fn enters(&self, mode: Mode) -> bool {
        self.to.mode == mode && self.from.mode != mode
    }

    fn starts_right(&self) -> bool {
        let from = self.from;
        if self.enters(Mode::Treating) {
            let asked = matches!(self.action, Action::Tick(Decision::Start, _));
            from.mode == Mode::Ready && asked && from.release_seen && from.is_kept && from.open
        } else if self.enters(Mode::ServiceRunning) {
            let asked = matches!(self.request, Some((_, Request::Run(_))));
            from.mode == Mode::Service && asked
        } else {
            true
        }
    }

    fn keeps_terminal(&self) -> bool {
        let Some(fault) = self.from.terminal() else {
            return true;
        };
        let ended = matches!(
            self.request,
            Some((Role::Technician | Role::Maker, Request::EndTerminal { fault: named })) if named == fault
        );
        self.to.terminal() == Some(fault) || (ended && self.from.mode == Mode::Faulted)
    }

    /// A terminal fault takes its place, and leaves one when it is ended.
    fn keeps_shock(&self) -> bool {
        let signed = matches!(self.action, Action::Stored(Granted::SignedOff))
            && self.from.service.granted == Granted::SignedOff;
        let checked = signed || matches!(self.action, Action::Tick(Decision::CheckZero, _));
        let was_there = self.from.shaken().is_some() || self.from.terminal().is_some();
        !was_there
            || checked
            || self.to.kept == self.from.kept
            || self.to.terminal().is_some()
            || (self.from.terminal().is_some() && self.to.shaken().is_some())
    }

    fn used_fell(&self) -> bool {
        let (before, after) = (&self.before.ledger, &self.after.ledger);
        let zones = before.zones.iter().zip(&after.zones);
        before.session == after.session
            && (after.on < before.on
                || after.elapsed < before.elapsed
                || after.strokes < before.strokes
                || (after.cartridge == before.cartridge
                    && after.cartridge_strokes < before.cartridge_strokes)
                || zones
                    .into_iter()
                    .any(|(old, new)| new.on < old.on || new.strokes < old.strokes))
    }

    fn reopens(&self) -> bool {
        let (before, after) = (&self.before.ledger, &self.after.ledger);
        !before.open && after.open && before.session == after.session
    }

    fn swaps_plan(&self) -> bool {
        let ledger = &self.after.ledger;
        let plan = self.after.plan;
        ledger.open && plan.is_some_and(|plan| plan != (ledger.plan_sum, ledger.token))
    }

    fn is_stored(&self) -> bool {
        self.resets()
            || self.before.survives() == self.after.survives()
            || self.before.wanted != self.after.wanted
    }

    fn ignores_stop(&self) -> bool {
        let asked = self.from.stop_asked && self.from.mode.may_drive();
        asked && matches!(self.action, Action::Tick(..)) && self.to.mode.may_drive()
    }

    fn keeps_release(&self) -> bool {
        let changed = self.from.mode != self.to.mode && !self.resets();
        changed && (self.after.released || self.after.answered)
    }

    fn leaves_service(&self) -> bool {
        self.enters(Mode::Service)
            && self.from.mode != Mode::Stopping
            && self.to.service != Service::CLEAN
    }

    fn ends_pause(&self) -> bool {
        let worked = self.from.mode == Mode::Treating
            || (self.from.mode == Mode::Stopping && self.from.open);
        self.before.has_paused && !self.after.has_paused && !worked && !self.resets()
    }
}
