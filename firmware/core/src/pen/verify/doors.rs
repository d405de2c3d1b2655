//! The other doors: requests, what storage and journal bring, and the start.

/// Any request of any role.
pub(crate) mod request {
    use crate::cartridge::Kind;
    use crate::mode::Mode;
    use crate::pen::Pen;
    use crate::request::{Request, RequestKind, Role};
    use crate::units::{Duration, Rate};
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "CONF-002",
            "a refusal changes nothing in the whole pen; only the trace may grow",
        ),
        rule(
            2,
            "STOP-010",
            "a stop is granted to every role in every mode, and asks for nothing else",
        ),
        rule(
            3,
            "LINK-003",
            "while the motor turns for a treatment, stops or is tested, all else is refused",
        ),
        rule(
            4,
            "LINK-003",
            "no request enters or leaves Treating, Stopping or Ready, but the end of a session leaves Ready",
        ),
        rule(
            5,
            "SESS-011",
            "no request changes what a session, a zone or a cartridge has used",
        ),
        rule(
            6,
            "SESS-004",
            "no request opens a session, or reserves an activation",
        ),
        rule(
            7,
            "CAL-004",
            "motion begins only in Service, for a technician, with the dummy and a known depth, at 80 Hz at most",
        ),
        rule(
            8,
            "CAL-001",
            "Service begins only at rest, for a technician, with somebody at the confirm button",
        ),
        rule(
            9,
            "STOP-006",
            "a latched fault ends only in Faulted, with the trigger released, for an operator",
        ),
        rule(
            10,
            "STOP-012",
            "a terminal fault ends only for a technician who names it, with the button held for 2 s and no motion",
        ),
        rule(
            11,
            "CAL-001",
            "no request brings a calibration, a profile or a limit into force",
        ),
        rule(
            12,
            "CONF-006",
            "a plan comes into force only at rest, for an operator, with profile and calibration",
        ),
        rule(
            13,
            "SENS-004",
            "the day moves only by a technician at the pen, and never before the release",
        ),
        rule(
            14,
            "LINK-005",
            "nothing but stop and heartbeat is granted to an observer",
        ),
        rule(
            15,
            "PWR-007",
            "no request forgets a fall or a shock; an ended terminal fault leaves such a mark",
        ),
        rule(
            16,
            "SESS-011",
            "with a session open only the very same plan is taken",
        ),
        rule(
            17,
            "CAL-005",
            "a sign-off is granted only in Service, to a technician at the pen who names the generation in force; none is in force before it is kept",
        ),
        rule(
            18,
            "CAL-005",
            "what returns counts as signed off only if its number and its digest are those that were",
        ),
        rule(
            100,
            "SAFE-001",
            "the invariant holds again: modes, fault and stop",
        ),
        rule(
            101,
            "SAFE-001",
            "the invariant holds again: an open zone, its plan, session and reservation",
        ),
        rule(
            102,
            "SAFE-001",
            "the invariant holds again: each room's own",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[
        (1, "is refused"),
        (2, "motion begins in Service"),
        (3, "a fault is acknowledged"),
        (4, "a terminal fault is ended"),
        (5, "a plan is taken"),
        (6, "a session is ended"),
        (7, "a sign-off is granted"),
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
        stopped.hands.ask_stop();
        s.check(2, !stop || (granted && pen.same(&stopped)));
        let always = stop || kind == RequestKind::Heartbeat;
        let busy = matches!(
            was.machine.mode(),
            Mode::Treating | Mode::Stopping | Mode::FaultReaction | Mode::Boot
        );
        s.check(3, !busy || always || !granted);
        modes(s, &was, &pen, kind);
        used(s, &was, &pen);
        service(s, &was, &pen, role, kind);
        faults(s, &was, &pen, role, kind);
        force(s, &was, &pen, role, asked);
        signed(s, &was, &pen, role, asked);
        s.check(14, role != Role::Observer || always || !granted);
        s.check(100, pen.modes_hold());
        s.check(101, pen.zone_holds());
        s.check(102, pen.rooms_hold());
        s.cover(1, !granted);
    }

    fn modes<S: Source>(s: &mut S, was: &Pen, pen: &Pen, kind: RequestKind) {
        let stays = |mode: Mode| (was.machine.mode() == mode) == (pen.machine.mode() == mode);
        let ends = kind == RequestKind::EndSession && pen.machine.mode() == Mode::Standby;
        s.check(4, stays(Mode::Treating) && stays(Mode::Stopping));
        s.check(
            4,
            stays(Mode::Ready) || (was.machine.mode() == Mode::Ready && ends),
        );
        s.cover(6, ends);
    }

    fn used<S: Source>(s: &mut S, was: &Pen, pen: &Pen) {
        let (old, new) = (was.account.books(), pen.account.books());
        let same = old.session == new.session
            && old.on == new.on
            && old.elapsed == new.elapsed
            && old.strokes == new.strokes
            && old.cartridge == new.cartridge
            && old.cartridge_strokes == new.cartridge_strokes;
        s.check(5, same && old.zones.same(&new.zones));
        let zone = pen.account.admitted().is_some() && was.account.admitted().is_none();
        s.check(6, (old.open || !new.open) && !zone);
    }

    fn service<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, kind: RequestKind) {
        let technician = role == Role::Technician || role == Role::Maker;
        let moves = pen.machine.mode() == Mode::ServiceRunning
            && was.machine.mode() != Mode::ServiceRunning;
        let fit = pen.seat.kind() == Some(Kind::Dummy)
            && pen.senses.readings().a.depth.is_some()
            && pen.senses.readings().b.depth.is_some();
        let slow = pen.dead_man.rate() <= Rate::from_mhz(80_000);
        let asked = kind == RequestKind::Run && was.machine.mode() == Mode::Service;
        s.check(7, !moves || (technician && fit && slow && asked));
        s.check(7, pen.machine.mode() != Mode::ServiceRunning || slow);
        let enters = pen.machine.mode() == Mode::Service && was.machine.mode() != Mode::Service;
        let rests = matches!(was.machine.mode(), Mode::Locked | Mode::Standby);
        let attended = pen.hands.is_attended();
        s.check(8, !enters || (technician && rests && attended));
        s.cover(2, moves);
    }

    fn faults<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, kind: RequestKind) {
        let gone = was.latch.first().is_some() && pen.latch.first().is_none();
        let free = pen.hands.is_free();
        let there = was.machine.mode() == Mode::Faulted && pen.machine.mode() == Mode::Locked;
        s.check(9, !gone || (free && there && role != Role::Observer));
        s.check(9, gone || pen.latch.first() == was.latch.first());
        let terminal = was.latch.terminal();
        let ended = terminal.is_some() && pen.latch.kept() != was.latch.kept();
        let named = kind == RequestKind::EndTerminal;
        let technician = role == Role::Technician || role == Role::Maker;
        let holds = pen.hands.is_holding();
        let stands = pen.senses.readings().speed.since_edge >= Duration::from_ms(30);
        s.check(
            10,
            !ended || (named && technician && holds && free && stands && there),
        );
        s.check(10, terminal.is_none() || !gone || ended);
        let shaken = was.latch.kept().is_some() && terminal.is_none();
        s.check(15, !shaken || pen.latch.kept() == was.latch.kept());
        s.check(15, !ended || pen.latch.shaken().is_some());
        s.check(
            9,
            was.machine.is_faulted() == pen.machine.is_faulted() || gone,
        );
        s.cover(3, gone && !ended);
        s.cover(4, ended);
    }

    fn force<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, asked: Request) {
        let limits = match (was.account.admitted(), pen.account.admitted()) {
            (Some(old), Some(new)) => old.same(new),
            (None, Some(_)) => false,
            (_, None) => true,
        };
        let same = pen.records.is_other_calibration_of(&was.records)
            && was.calibration() == pen.calibration();
        s.check(11, limits && same);
        let loads = was.plan() != pen.plan() && pen.plan().is_some();
        let rests = matches!(was.machine.mode(), Mode::Locked | Mode::Standby);
        let able = pen.records.profile().is_some() && pen.records.calibration().is_some();
        s.check(12, !loads || (rests && able && role != Role::Observer));
        let (own, whole) = if let Request::LoadPlan(plan) = asked {
            let whole = pen.plan() == Some(plan) && !pen.account.is_started();
            (plan.token == was.account.books().token, whole)
        } else {
            (true, true)
        };
        s.check(16, !loads || !was.account.is_open() || own);
        s.check(12, !loads || whole);
        let moved = was.account.day() != pen.account.day();
        let technician = role == Role::Technician || role == Role::Maker;
        let set = asked.kind() == RequestKind::SetDay && pen.hands.is_attended();
        s.check(
            13,
            !moved || (technician && set && pen.account.day() >= 2_500),
        );
        s.cover(5, loads);
    }

    fn signed<S: Source>(s: &mut S, was: &Pen, pen: &Pen, role: Role, asked: Request) {
        let (old, new) = (was.records.signed_off(), pen.records.signed_off());
        let technician = role == Role::Technician || role == Role::Maker;
        let in_force = pen.records.calibration().map(|own| own.generation);
        let named =
            matches!(asked, Request::SignOff { generation } if Some(generation) == in_force);
        let serves = was.machine.mode() == Mode::Service;
        let whole = in_force.is_some_and(|number| number != 0);
        let rightly = technician && named && serves && whole && pen.hands.is_attended();
        let granted = pen.records.is_signing() && !was.records.is_signing();
        s.check(17, old == new && (!granted || rightly));
        s.cover(7, granted);
        let counts = pen.records.is_granted_as_signed_off();
        let returns = matches!(
            asked,
            Request::Revert { calibration, digest }
                if calibration.generation == old.generation && digest == old.digest
        ) && old.generation != 0;
        let already = was.records.is_granted_as_signed_off()
            && was.records.granted() == pen.records.granted();
        s.check(18, !counts || already || returns);
    }
}

/// Storage has kept a calibration, or that one is signed off.
pub(crate) mod stored {
    use crate::calibration::Calibration;
    use crate::mode::Mode;
    use crate::pen::Pen;
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "CAL-001",
            "only what was granted comes into force, beside no drive, and nothing stays staged",
        ),
        rule(2, "STOP-012", "no calibration ends a terminal fault"),
        rule(
            3,
            "PWR-007",
            "a fall or a shock is forgotten by a sign-off that was kept in Service, by no calibration that comes into force",
        ),
        rule(
            4,
            "CAL-004",
            "nothing else changes: no mode, no limit, no account but its number",
        ),
        rule(5, "CONF-002", "what is refused changes nothing"),
        rule(
            6,
            "CAL-005",
            "nothing is signed off by coming into force, but what was before it returned; a sign-off that was granted is of the one before",
        ),
        rule(
            7,
            "CAL-005",
            "storage signs off what is in force, and only if that was granted",
        ),
        rule(100, "SAFE-001", "the invariant holds again"),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[
        (1, "comes into force"),
        (2, "is refused"),
        (3, "is signed off"),
        (4, "a fall is forgotten by signing off"),
    ];

    /// Any pen that meets the invariant, any calibration, or the one in force is signed off.
    pub fn room<S: Source>(s: &mut S) {
        let mut pen = Pen::any(s);
        let (made, digest, signs) = (Calibration::any(s), u32::any(s), bool::any(s));
        if s.is_drawn() {
            pen.tame();
        }
        s.assume(pen.holds());
        let was = pen.clone();
        // By chance hardly any would be the granted one.
        let granted = was.records.granted().copied();
        let made = if s.is_drawn() {
            granted.unwrap_or(made)
        } else {
            made
        };
        let kept = if signs {
            pen.sign_off_stored().is_ok()
        } else {
            pen.calibration_stored(made, digest).is_ok()
        };
        let drives = matches!(was.machine.mode(), Mode::Treating | Mode::ServiceRunning);
        let rightly = !drives && granted == Some(made);
        let taken = pen.calibration() == Some(made) && pen.staged().is_none();
        s.check(1, signs || !kept || (rightly && taken));
        s.check(2, was.latch.terminal() == pen.latch.terminal());
        let serves = was.machine.mode() == Mode::Service;
        let forgot = was.latch.kept().is_some() && pen.latch.kept().is_none();
        let looked = signs && kept && serves && forgot;
        s.check(3, looked || was.latch.kept() == pen.latch.kept());
        let mut other = pen.clone();
        other.latch = was.latch;
        other.guard = was.guard;
        other.records = was.records;
        other.account = was.account;
        s.check(
            4,
            other.same(&was) && pen.records.is_other_calibration_of(&was.records),
        );
        let books = pen.account.books().same(was.account.books());
        s.check(4, books && pen.account.zone() == was.account.zone());
        s.check(5, kept || pen.same(&was));
        let (old, new) = (was.records.signed_off(), pen.records.signed_off());
        let returns = kept && was.records.is_granted_as_signed_off();
        let own = new.generation == made.generation && new.digest == digest;
        let rightly = if returns { own } else { new == old };
        s.check(6, signs || (rightly && !(kept && pen.records.is_signing())));
        let number = was.records.calibration().map_or(0, |own| own.generation);
        let own = new.generation == number && new.digest == was.records.digest();
        let asked = !drives && was.records.is_signing() && !pen.records.is_signing();
        let same = pen.records.is_signed_off_of(&was.records);
        s.check(7, !signs || !kept || (asked && own && same));
        s.check(7, !signs || kept || new == old);
        s.check(100, pen.holds());
        s.cover(1, kept && !signs);
        s.cover(2, !kept);
        s.cover(3, kept && signs);
        s.cover(4, looked);
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
        rule(
            1,
            "STOP-007",
            "a pen starts in Boot with torque off, without plan, zone or limits in force",
        ),
        rule(
            2,
            "SESS-008",
            "what was stored as used is used, whatever the cause of the start",
        ),
        rule(3, "STOP-012", "a terminal fault is still there"),
        rule(4, "CONF-004", "no profile of another pen comes into force"),
        rule(
            5,
            "CAL-003",
            "no calibration of another pen comes into force",
        ),
        rule(
            6,
            "TEST-001",
            "a failed test of image, memory or storage locks",
        ),
        rule(
            7,
            "CAL-005",
            "what is signed off is what storage kept as signed off, and no sign-off is on its way",
        ),
        rule(100, "SAFE-001", "the invariant holds"),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "with everything"), (2, "with nothing")];

    /// Any board.
    pub fn room<S: Source>(s: &mut S) {
        let boot = Boot::any(s);
        let pen = Pen::with_trace(&boot, Trace::any(s));
        let idle = pen.plan().is_none() && pen.account.admitted().is_none();
        let clear = pen.latch.first().is_none() && pen.drive.last() == MotorCommand::OFF;
        s.check(1, idle && clear && pen.machine.mode() == Mode::Boot);
        let old = boot.ledger.unwrap_or_default();
        let new = pen.ledger();
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
        let (profile, made) = (pen.records.profile(), pen.records.calibration());
        s.check(4, profile.is_none_or(|own| own.serial == boot.serial));
        s.check(5, made.is_none_or(|own| own.serial == boot.serial));
        let locks = pen.records.fixed_locks();
        s.check(6, boot.image_ok || locks.has(Lock::Image));
        s.check(6, boot.memory_ok || locks.has(Lock::Memory));
        s.check(6, boot.storage_ok || locks.has(Lock::Storage));
        let signed = pen.records.signed_off() == boot.signed_off;
        s.check(7, signed && !pen.records.is_signing());
        s.check(100, pen.holds());
        s.cover(1, profile.is_some() && made.is_some());
        s.cover(2, profile.is_none() && made.is_none());
    }
}
