//! The other doors: requests, what storage and journal bring, and the start.

/// Any request of any role.
pub(crate) mod request {
    use super::super::is_faulted;
    use crate::cartridge::Kind;
    use crate::mode::Mode;
    use crate::pen::Pen;
    use crate::request::{Request, RequestKind, Role};
    use crate::units::{Duration, Rate};
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(1, "CONF-002", "a refusal changes nothing in the whole pen; only the trace may grow"),
        rule(2, "STOP-010", "a stop is granted to every role in every mode, and asks for nothing else"),
        rule(3, "LINK-003", "while the motor turns for a treatment, stops or is tested, all else is refused"),
        rule(4, "LINK-003", "no request enters or leaves Treating, Stopping or Ready, but the end of a session leaves Ready"),
        rule(5, "SESS-011", "no request changes what a session, a zone or a cartridge has used"),
        rule(6, "SESS-004", "no request opens a session, or reserves an activation"),
        rule(7, "CAL-004", "motion begins only in Service, for a technician, with the dummy and a known depth, at 80 Hz at most"),
        rule(8, "CAL-001", "Service begins only at rest, for a technician, with somebody at the confirm button"),
        rule(9, "STOP-006", "a latched fault ends only in Faulted, with the trigger released, for an operator"),
        rule(10, "STOP-012", "a terminal fault ends only for a technician who names it, with the button held for 2 s and no motion"),
        rule(11, "CAL-001", "no request brings a calibration, a profile or a limit into force"),
        rule(12, "CONF-006", "a plan comes into force only at rest, for an operator, with profile and calibration"),
        rule(13, "SENS-004", "the day moves only by a technician at the pen, and never before the release"),
        rule(14, "LINK-005", "nothing but stop and heartbeat is granted to an observer"),
        rule(15, "PWR-007", "no request forgets a fall or a shock"),
        rule(16, "SESS-011", "with a session open only the very same plan is taken"),
        rule(100, "SAFE-001", "the invariant holds again: modes, fault and stop"),
        rule(101, "SAFE-001", "the invariant holds again: an open zone, its plan, session and reservation"),
        rule(102, "SAFE-001", "the invariant holds again: each room's own"),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[
        (1, "is refused"),
        (2, "motion begins in Service"),
        (3, "a fault is acknowledged"),
        (4, "a terminal fault is ended"),
        (5, "a plan is taken"),
        (6, "a session is ended"),
    ];

    /// Any pen that meets the invariant, anybody, any request.
    pub fn room<S: Source>(s: &mut S) {
        let mut pen = Pen::any(s);
        if s.is_drawn() {
            pen.tame();
        }
        s.assume(pen.holds());
        let (role, asked) = (Role::any(s), Request::any(s));
        let was = pen.clone();
        let answer = pen.request(role, asked);
        let granted = answer.is_ok();
        let kind = asked.kind();
        s.check(1, granted || pen.same(&was));
        let stop = kind == RequestKind::Stop;
        let mut stopped = was.clone();
        stopped.stop_asked = true;
        s.check(2, !stop || (granted && pen.same(&stopped)));
        let always = stop || kind == RequestKind::Heartbeat;
        let busy = matches!(
            was.mode,
            Mode::Treating | Mode::Stopping | Mode::FaultReaction | Mode::Boot
        );
        s.check(3, !busy || always || !granted);
        modes(s, &was, &pen, kind);
        used(s, &was, &pen);
        service(s, &was, &pen, role, kind);
        faults(s, &was, &pen, role, kind);
        force(s, &was, &pen, role, asked);
        s.check(14, role != Role::Observer || always || !granted);
        s.check(100, pen.modes_hold());
        s.check(101, pen.zone_holds());
        s.check(102, pen.rooms_hold());
        s.cover(1, !granted);
    }

    fn modes<S: Source>(s: &mut S, was: &Pen, pen: &Pen, kind: RequestKind) {
        let stays = |mode: Mode| (was.mode == mode) == (pen.mode == mode);
        let ends = kind == RequestKind::EndSession && pen.mode == Mode::Standby;
        s.check(4, stays(Mode::Treating) && stays(Mode::Stopping));
        s.check(4, stays(Mode::Ready) || (was.mode == Mode::Ready && ends));
        s.cover(6, ends);
    }

    fn used<S: Source>(s: &mut S, was: &Pen, pen: &Pen) {
        let (old, new) = (&was.ledger, &pen.ledger);
        let same = old.session == new.session
            && old.on == new.on
            && old.elapsed == new.elapsed
            && old.strokes == new.strokes
            && old.cartridge == new.cartridge
            && old.cartridge_strokes == new.cartridge_strokes;
        s.check(5, same && old.zones.same(&new.zones));
        let reserved = new.reserved.is_some() && new.reserved != old.reserved;
        s.check(6, (old.open || !new.open) && !reserved);
    }

    fn service<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, kind: RequestKind) {
        let technician = role == Role::Technician || role == Role::Maker;
        let moves = pen.mode == Mode::ServiceRunning && was.mode != Mode::ServiceRunning;
        let fit = pen.kind() == Some(Kind::Dummy)
            && pen.readings.a.depth.is_some()
            && pen.readings.b.depth.is_some();
        let slow = pen.service.rate <= Rate::from_mhz(80_000);
        let asked = kind == RequestKind::Run && was.mode == Mode::Service;
        s.check(7, !moves || (technician && fit && slow && asked));
        s.check(7, pen.mode != Mode::ServiceRunning || slow);
        let enters = pen.mode == Mode::Service && was.mode != Mode::Service;
        let rests = matches!(was.mode, Mode::Locked | Mode::Standby);
        let attended = pen.hands.is_attended();
        s.check(8, !enters || (technician && rests && attended));
        s.cover(2, moves);
    }

    fn faults<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, kind: RequestKind) {
        let gone = was.fault.is_some() && pen.fault.is_none();
        let free = pen.hands.is_free();
        let there = was.mode == Mode::Faulted && pen.mode == Mode::Locked;
        s.check(9, !gone || (free && there && role != Role::Observer));
        s.check(9, gone || pen.fault == was.fault);
        let terminal = was.ledger.terminal.filter(|fault| fault.is_terminal());
        let ended = terminal.is_some() && pen.ledger.terminal != was.ledger.terminal;
        let named = kind == RequestKind::EndTerminal;
        let technician = role == Role::Technician || role == Role::Maker;
        let holds = pen.hands.is_holding();
        let stands = pen.readings.speed.since_edge >= Duration::from_ms(30);
        s.check(10, !ended || (named && technician && holds && free && stands && there));
        s.check(10, terminal.is_none() || !gone || ended);
        let shaken = was.ledger.terminal.is_some() && terminal.is_none();
        s.check(15, !shaken || pen.ledger.terminal == was.ledger.terminal);
        s.check(9, is_faulted(was.mode) == is_faulted(pen.mode) || gone);
        s.cover(3, gone && !ended);
        s.cover(4, ended);
    }

    fn force<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, asked: Request) {
        let limits = was.admitted.same(&pen.admitted) || pen.admitted.is_none();
        let same = was.calibration.same(&pen.calibration) && was.profile.same(&pen.profile);
        s.check(11, limits && same);
        let loads = !was.plan.same(&pen.plan) && pen.plan.is_some();
        let rests = matches!(was.mode, Mode::Locked | Mode::Standby);
        let able = pen.profile.is_ok() && pen.calibration.is_some();
        s.check(12, !loads || (rests && able && role != Role::Observer));
        if let (true, Request::LoadPlan(plan)) = (loads, asked) {
            let own = plan.token == was.ledger.token;
            s.check(16, !was.ledger.open || own);
            s.check(12, pen.plan.is_some_and(|loaded| loaded.plan == plan && !loaded.started));
        }
        let moved = was.ledger.day != pen.ledger.day;
        let technician = role == Role::Technician || role == Role::Maker;
        let set = asked.kind() == RequestKind::SetDay && pen.hands.is_attended();
        s.check(13, !moved || (technician && set && pen.ledger.day >= 2_500));
        s.cover(5, loads);
    }
}

/// Storage has kept a calibration.
pub(crate) mod stored {
    use crate::calibration::Calibration;
    use crate::pen::Pen;
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(1, "CAL-001", "the calibration comes into force and nothing stays staged"),
        rule(2, "STOP-012", "no calibration ends a terminal fault"),
        rule(3, "PWR-007", "only the calibration that was staged at the gauge forgets a fall or a shock"),
        rule(4, "CAL-004", "nothing else changes: no mode, no limit, no account"),
        rule(100, "SAFE-001", "the invariant holds again"),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "a fall is forgotten")];

    /// Any pen that meets the invariant, any calibration that the pen let storage keep.
    pub fn room<S: Source>(s: &mut S) {
        let mut pen = Pen::any(s);
        let (mut made, digest) = (Calibration::any(s), u32::any(s));
        if s.is_drawn() {
            pen.tame();
            made.clock_ppm = made.clock_ppm.clamp(-30_000, 30_000);
        }
        s.assume(pen.holds());
        // Only what `Request::Commit` or `Request::Revert` granted is stored, and both were checked.
        s.assume((-30_000..=30_000).contains(&made.clock_ppm));
        let was = pen.clone();
        pen.calibration_stored(made, digest);
        s.check(1, pen.calibration == Some(made) && pen.service.staged.is_none());
        let terminal = |pen: &Pen| pen.ledger.terminal.filter(|fault| fault.is_terminal());
        s.check(2, terminal(&was) == terminal(&pen));
        let staged = was.service.staged.is_some_and(|(_, sum)| sum == digest);
        let forgot = was.ledger.terminal.is_some() && pen.ledger.terminal.is_none();
        s.check(3, !forgot || staged);
        let mut other = pen.clone();
        other.calibration = was.calibration;
        other.service.staged = was.service.staged;
        other.ledger.terminal = was.ledger.terminal;
        other.ledger_wanted = was.ledger_wanted;
        other.unkept_for = was.unkept_for;
        other.guard = was.guard;
        s.check(4, other.same(&was));
        s.check(100, pen.holds());
        s.cover(1, forgot);
    }
}

/// Somebody takes a record.
pub(crate) mod record {
    use crate::pen::Pen;
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[rule(
        1,
        "SAFE-001",
        "whoever takes a record changes nothing but the trace",
    )];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[];

    /// Any pen.
    pub fn room<S: Source>(s: &mut S) {
        let mut pen = Pen::any(s);
        let was = pen.clone();
        let _ = pen.take_record();
        s.check(1, pen.same(&was));
    }
}

/// The start.
pub(crate) mod start {
    use crate::gate::MotorCommand;
    use crate::journal::Trace;
    use crate::locks::Lock;
    use crate::mode::Mode;
    use crate::pen::{Boot, Pen};
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(1, "STOP-007", "a pen starts in Boot with torque off, without plan, zone or limits in force"),
        rule(2, "SESS-008", "what was stored as used is used, whatever the cause of the start"),
        rule(3, "STOP-012", "a terminal fault is still there"),
        rule(4, "CONF-004", "no profile of another pen, or out of range, comes into force"),
        rule(5, "CAL-003", "no calibration of another pen comes into force"),
        rule(6, "TEST-001", "a failed test of image, memory or storage locks"),
        rule(100, "SAFE-001", "the invariant holds"),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "with everything"), (2, "with nothing")];

    /// Any board.
    pub fn room<S: Source>(s: &mut S) {
        let boot = Boot::any(s);
        let pen = Pen::with_trace(&boot, Trace::any(s));
        let idle = pen.plan.is_none() && pen.admitted.is_none() && pen.fault.is_none();
        s.check(1, idle && pen.mode == Mode::Boot && pen.last == MotorCommand::OFF);
        let old = boot.ledger.unwrap_or_default();
        let new = pen.ledger;
        let kept = new.on >= old.on
            && new.elapsed >= old.elapsed
            && new.strokes >= old.strokes
            && new.cartridge_strokes >= old.cartridge_strokes
            && new.open == old.open
            && new.session == old.session;
        let zones = old.zones.iter().zip(&new.zones);
        let zones = zones.fold(true, |all, (old, new)| {
            all & (new.on >= old.on) & (new.strokes >= old.strokes)
        });
        s.check(2, kept && zones);
        s.check(3, new.terminal == old.terminal);
        s.check(4, pen.profile.is_ok_and(|own| own.serial == boot.serial) || pen.profile.is_err());
        s.check(5, pen.calibration.is_none_or(|own| own.serial == boot.serial));
        let locks = pen.fixed_locks;
        s.check(6, boot.image_ok || locks.has(Lock::Image));
        s.check(6, boot.memory_ok || locks.has(Lock::Memory));
        s.check(6, boot.storage_ok || locks.has(Lock::Storage));
        s.check(100, pen.holds());
        s.cover(1, pen.profile.is_ok() && pen.calibration.is_some());
        s.cover(2, pen.profile.is_err() && pen.calibration.is_none());
    }
}
