//! One step of any pen with any inputs.

use super::is_faulted;
use crate::cartridge::Kind;
use crate::gate::{Bridge, MotorCommand};
use crate::halt::Halt;
use crate::io::Inputs;
use crate::mode::Mode;
use crate::pen::Pen;
use crate::pen::clock::Tick;
use crate::units::{Depth, Duration, Instant};
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(1, "SAFE-001", "torque comes in Treating and ServiceRunning, and in a stop to park; nowhere else"),
    rule(2, "SAFE-001", "nothing turns for work with a fault latched, or a terminal one remembered"),
    rule(3, "STOP-001", "Treating turns only while both trigger contacts say held, and no button is pressed"),
    rule(4, "PWR-003", "Treating turns only without the cable"),
    rule(5, "SESS-001", "Treating turns only with time left in the session: 30 min of motor, 45 min in all, or less"),
    rule(6, "SESS-002", "Treating turns only with time and strokes left in the zone"),
    rule(7, "CART-005", "Treating turns only with strokes left in the cartridge: 200 000"),
    rule(8, "DEPTH-001", "nothing turns for work unless both depth channels are usable"),
    rule(9, "CONF-004", "Treating turns only with a limit profile and a calibration; ServiceRunning with a profile"),
    rule(10, "CONF-008", "Treating turns only while each limit in force agrees with its complement"),
    rule(11, "SENS-001", "nothing turns for work while current, battery, grip or motion of the body are unknown"),
    rule(12, "SENS-003", "what turned goes on only if its tick came within 0.5 to 2 ms"),
    rule(13, "SESS-010", "Treating turns only within 120 s of its start"),
    rule(14, "LINK-008", "ServiceRunning turns only within 250 ms of the last permission"),
    rule(15, "CAL-004", "ServiceRunning asks at most 80 Hz of the loop"),
    rule(16, "CAL-004", "what turns in ServiceRunning has the calibration dummy in its seat"),
    rule(17, "CONF-001", "Treating asks at most the rate in force of the loop, which is at most 150 Hz"),
    rule(18, "SESS-011", "Treating turns only with the session open and this zone's activation reserved"),
    rule(19, "SAFE-001", "work turns forward only"),
    rule(20, "STOP-003", "a push comes only in a stop that parks, before its 470 ms and its 300 ms of pushing are over"),
    rule(21, "STOP-003", "a push is at most 2.1 V of a pack of 8.5 V, whatever the battery reads"),
    rule(22, "STOP-003", "no push after a fault of what drives or measures the cam, nor with a terminal one"),
    rule(23, "PWR-003", "no push while the cable brings power, but in Service"),
    rule(30, "STOP-004", "a brake and an open bridge have the second switch open"),
    rule(31, "STOP-009", "torque off in Locked, Standby, Faulted and Service"),
    rule(32, "STOP-004", "a duty without torque is the test: Boot or Ready, forward, 15 percent, the motor stood"),
    rule(33, "STOP-004", "the test keeps one of both paths open, the second switch only on a pen that has one"),
    rule(34, "STOP-009", "Boot closes the enable path only with the supply open"),
    rule(40, "SAFE-003", "the tick that sees the trigger released, the cable or a stop asked ends the drive"),
    rule(41, "SAFE-003", "and brakes or lets go in that same tick, with the supply open"),
    rule(42, "SAFE-003", "a stop's time runs by no less than the tick"),
    rule(43, "SAFE-003", "no stop is longer than 470 ms"),
    rule(44, "SAFE-003", "a stop is left with torque off only, for a mode at rest"),
    rule(45, "SAFE-001", "a stop never turns into work"),
    rule(46, "STOP-010", "a stop that was asked ends motion in Service in the next tick"),
    rule(50, "STOP-006", "the first cause stays latched until it is acknowledged in Faulted, with the trigger released"),
    rule(51, "STOP-012", "no step ends a terminal fault"),
    rule(52, "PWR-007", "a fall or shock is forgotten only when both channels stand within 50 um of zero, by the confirm button"),
    rule(53, "STOP-006", "a fault ends the drive in the tick that finds it"),
    rule(54, "CONF-008", "a limit that differs from its complement is a terminal fault in that very tick"),
    rule(60, "SESS-008", "an open session keeps its number, and never regains motor-on time, elapsed time or strokes"),
    rule(61, "SESS-008", "no zone of an open session regains time or strokes"),
    rule(62, "CART-005", "no cartridge regains strokes while it is the one in use"),
    rule(63, "SESS-004", "a session opens only in Standby, with the confirm button down, and starts with nothing used"),
    rule(64, "SESS-001", "an open session's elapsed time grows by the tick, up to what its counter holds"),
    rule(65, "SESS-001", "time that a drive lasted is counted, in the session and in the zone"),
    rule(66, "SESS-002", "strokes that the tachometer tells while treating are counted everywhere"),
    rule(70, "DEPTH-012", "an actuator is never told to go deeper than 50 um short of the cap in force"),
    rule(71, "DEPTH-012", "it is told to go deeper only in Ready, by 0.5 um a ms, one tick being 2 ms at most"),
    rule(72, "DEPTH-011", "it is told zero on a fault and outside a session"),
    rule(75, "SENS-001", "a depth in use is no older than 10 ms in either channel"),
    rule(76, "SENS-001", "nothing is usable in the tick in which its sample is older than 10 ms"),
    rule(80, "STOP-001", "Treating begins only in Ready, with no lock, by a trigger that was seen released since"),
    rule(81, "LINK-008", "no step starts motion in Service"),
    rule(82, "DEPTH-001", "Treating begins only with both channels within 100 um, the deeper not beyond the cap"),
    rule(83, "CART-003", "Treating begins only with an authentic cartridge that is told to be burned"),
    rule(84, "SESS-011", "Treating begins only when storage has kept the reservation and the paths were tested"),
    rule(85, "PWR-001", "Treating begins only with 3.50 V a cell"),
    rule(86, "SESS-004", "Ready is entered from Standby by the confirm button, or from a stop"),
    rule(87, "STORE-003", "storage may work only at rest, with torque off, not in Boot"),
    rule(88, "STOP-005", "stop wins over start in the same tick"),
    rule(100, "SAFE-001", "the invariant holds again: modes, fault and stop"),
    rule(101, "SAFE-001", "the invariant holds again: an open zone, its plan, session and reservation"),
    rule(102, "SAFE-001", "the invariant holds again: each room's own"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "turns in Treating"),
    (2, "turns in ServiceRunning"),
    (3, "must brake"),
    (4, "a fault is acknowledged by hand"),
    (5, "a fault is found while driving"),
    (6, "pushes to park"),
    (7, "tests the enable path"),
    (8, "tests the second switch"),
    (9, "brakes in Boot"),
    (10, "Treating begins"),
    (11, "a session opens"),
    (12, "an actuator goes deeper"),
    (13, "a zero check forgets a fall"),
    (14, "a stop ends because its time is over"),
];

/// What stayed of the pen before the step.
struct Before {
    pen: Pen,
    tick: Tick,
}

/// What is true of a drive that puts torque on the motor for work.
fn work<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let turns = motor.drives() && pen.mode.may_drive();
    let treats = turns && pen.mode == Mode::Treating;
    let serves = turns && pen.mode == Mode::ServiceRunning;
    let terminal = pen.ledger.terminal.is_some_and(|fault| fault.is_terminal());
    let stops = matches!(pen.mode, Mode::Stopping | Mode::FaultReaction);
    s.check(1, !motor.drives() || pen.mode.may_drive() || stops);
    s.check(2, !turns || (pen.fault.is_none() && !terminal));
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let pressed = inputs.buttons.next || inputs.buttons.ok;
    s.check(3, !treats || (held && !pressed));
    s.check(4, !treats || !inputs.vbus);
    if let Some(limits) = pen.admitted {
        let (on, elapsed) = (pen.ledger.on, pen.ledger.elapsed);
        let session = on < limits.session_on() && elapsed < limits.session_elapsed();
        let absolute = on < Duration::from_min(30) && elapsed < Duration::from_min(45);
        s.check(5, !treats || (session && absolute));
        let zone = pen.ledger.zones.get(usize::from(pen.zone));
        let used = zone.copied().unwrap_or_default();
        let left = used.on < limits.zone_time() && used.strokes.as_count() < limits.zone_strokes();
        s.check(6, !treats || left);
        s.check(10, !treats || limits.agrees());
        let asked = pen.rate_set().as_mhz();
        s.check(17, !treats || (asked <= limits.rate().as_mhz() && asked <= 150_000));
    }
    s.check(7, !treats || pen.ledger.cartridge_strokes.as_count() < 200_000);
    let readings = &pen.readings;
    s.check(8, !turns || (readings.a.depth.is_some() && readings.b.depth.is_some()));
    s.check(9, !turns || pen.profile.is_ok());
    s.check(9, !treats || (pen.calibration.is_some() && pen.admitted.is_some()));
    let known = readings.current.is_some() && readings.battery.is_some();
    let felt = readings.motion.steady.is_some();
    s.check(11, !turns || (known && felt && readings.grip_known));
    let drove = was.pen.mode.may_drive();
    let raw = was.tick.raw;
    let on_time = raw >= Duration::from_us(500) && raw <= Duration::from_us(2_000);
    s.check(12, !turns || !drove || on_time);
    s.check(13, !treats || pen.activation.on < Duration::from_s(120));
    s.check(14, !serves || pen.service.unpermitted_for < Duration::from_ms(250));
    s.check(15, !serves || pen.rate_set().as_mhz() <= 80_000);
    s.check(16, !serves || pen.kind() == Some(Kind::Dummy));
    let reserved = pen.ledger.open && pen.ledger.reserved == Some(pen.zone);
    s.check(18, !treats || reserved);
    s.check(19, !turns || matches!(motor.bridge(), Bridge::Forward(_)));
    s.cover(1, treats);
    s.cover(2, serves);
}

/// What is true of every other command.
fn rest<S: Source>(s: &mut S, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let (is_duty, parts, forward) = match motor.bridge() {
        Bridge::Forward(duty) => (true, duty.as_parts(), true),
        Bridge::Backward(duty) => (true, duty.as_parts(), false),
        Bridge::Float | Bridge::Short => (false, 0, false),
    };
    let pushes = motor.drives() && !pen.mode.may_drive();
    let halts = matches!(pen.mode, Mode::Stopping | Mode::FaultReaction);
    let in_time = pen.halt.since < Duration::from_ms(470);
    let briefly = pen.halt.pushed_for() < Duration::from_ms(300);
    s.check(20, !pushes || (halts && in_time && briefly && pen.halt.is_parking()));
    s.check(21, !pushes || parts <= 2_470);
    let mild = pen.fault.is_none_or(|latched| Halt::is_mild(latched.fault));
    let terminal = pen.ledger.terminal.is_some_and(|fault| fault.is_terminal());
    s.check(22, !pushes || (mild && !terminal));
    let serves = pen.after == crate::mode::AfterStop::Service;
    s.check(23, !pushes || !inputs.vbus || serves);
    s.check(30, is_duty || !motor.supply());
    let still = matches!(pen.mode, Mode::Locked | Mode::Standby | Mode::Faulted | Mode::Service);
    s.check(31, !still || motor == MotorCommand::OFF);
    let tests = is_duty && !motor.drives();
    let where_it_may = matches!(pen.mode, Mode::Boot | Mode::Ready);
    s.check(32, !tests || (where_it_may && forward && parts <= 1_500 && pen.stood));
    s.check(33, !tests || (motor.enable() != motor.supply()));
    s.check(33, !tests || !motor.enable() || pen.second_switch);
    s.check(34, pen.mode != Mode::Boot || !(motor.enable() && motor.supply()));
    s.cover(6, pushes);
    s.cover(7, tests && motor.supply());
    s.cover(8, tests && motor.enable());
    s.cover(9, pen.mode == Mode::Boot && motor.enable() && motor.bridge() == Bridge::Short);
}

/// What is true of a stop.
fn stop<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let halts = |mode: Mode| matches!(mode, Mode::Stopping | Mode::FaultReaction);
    let mode = was.pen.mode;
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let asked = was.pen.stop_asked;
    let must = mode == Mode::Treating && (!held || inputs.vbus || asked);
    s.check(40, !must || (!motor.drives() && halts(pen.mode)));
    let safe = matches!(motor.bridge(), Bridge::Short | Bridge::Float) && !motor.supply();
    s.check(41, !must || safe);
    let both = halts(mode) && halts(pen.mode);
    let run = was.pen.halt.since.plus_up_to(was.tick.dt, Duration::from_ms(470));
    s.check(42, !both || was.pen.halt.is_new() || pen.halt.since >= run);
    let over = pen.halt.since >= Duration::from_ms(470);
    s.check(43, !both || !over);
    s.check(44, !halts(mode) || halts(pen.mode) || (motor == MotorCommand::OFF && pen.mode.is_at_rest()));
    s.check(45, !halts(mode) || !pen.mode.may_drive());
    let serves = mode == Mode::ServiceRunning;
    s.check(46, !serves || !asked || (!motor.drives() && halts(pen.mode)));
    s.check(88, !(mode == Mode::Ready && asked) || pen.mode != Mode::Treating);
    s.cover(3, must);
    s.cover(14, halts(mode) && !halts(pen.mode) && over);
}

/// What is true of the latch.
fn latch<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let before = &was.pen;
    let free = !inputs.trigger.closed && !inputs.trigger.opened;
    let gone = before.fault.is_some() && pen.fault.is_none();
    let asked = before.mode == Mode::Faulted && pen.mode == Mode::Locked && inputs.buttons.ok;
    s.check(50, before.fault.is_none() || gone || pen.fault == before.fault);
    s.check(50, !gone || (asked && free));
    let terminal = |pen: &Pen| pen.ledger.terminal.filter(|fault| fault.is_terminal());
    s.check(51, terminal(before).is_none() || terminal(pen) == terminal(before));
    let shaken = |pen: &Pen| pen.ledger.terminal.is_some_and(|fault| fault.demands_zero_check());
    let near = |depth: Option<Depth>| depth.is_some_and(|um| um.distance(Depth::from_um(0)) <= 50);
    let checked = before.mode == Mode::Locked
        && inputs.buttons.ok
        && near(pen.readings.a.depth)
        && near(pen.readings.b.depth);
    let forgot = shaken(before) && pen.ledger.terminal.is_none();
    s.check(52, !forgot || checked);
    let kept = pen.ledger.terminal.is_some() || checked;
    s.check(52, !shaken(before) || kept);
    let found = before.fault.is_none() && pen.fault.is_some();
    s.check(53, !found || !(motor.drives() && pen.mode.may_drive()));
    s.check(53, !found || is_faulted(pen.mode));
    let torn = before.admitted.is_some_and(|limits| !limits.agrees());
    let stays = pen.admitted.is_some();
    s.check(54, !torn || !stays || terminal(pen).is_some());
    s.cover(4, gone);
    s.cover(5, found && before.mode.may_drive());
    s.cover(13, forgot);
}

/// What is true of the accounts.
fn accounts<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs) {
    let (old, new) = (&was.pen.ledger, &pen.ledger);
    let same = old.session == new.session
        && new.on >= old.on
        && new.elapsed >= old.elapsed
        && new.strokes >= old.strokes;
    s.check(60, !old.open || same);
    for (old_zone, new_zone) in old.zones.iter().zip(&new.zones) {
        let grows = new_zone.on >= old_zone.on && new_zone.strokes >= old_zone.strokes;
        s.check(61, !old.open || grows);
    }
    let other = old.cartridge != new.cartridge;
    s.check(62, other || new.cartridge_strokes >= old.cartridge_strokes);
    let opened = !old.open && new.open;
    let zero = Duration::from_us(0);
    let fresh = new.on == zero && new.elapsed == zero && new.strokes.as_count() == 0;
    let asked = was.pen.mode == Mode::Standby && inputs.buttons.ok;
    s.check(63, !opened || (asked && fresh && new.zones.iter().all(|zone| zone.on == zero)));
    let dt = was.tick.dt;
    let most = Duration::from_us(u32::MAX);
    let still = old.open && new.open;
    s.check(64, !still || new.elapsed >= old.elapsed.plus_up_to(dt, most));
    let treats = was.pen.mode == Mode::Treating && pen.mode == Mode::Treating;
    s.check(65, !treats || new.on >= old.on.plus_up_to(dt, most));
    let place = usize::from(was.pen.zone);
    if let (Some(old_zone), Some(new_zone)) = (old.zones.get(place), new.zones.get(place)) {
        s.check(65, !treats || new_zone.on >= old_zone.on.plus_up_to(dt, most));
        let told = pen.readings.speed.strokes;
        let counted = new.strokes >= old.strokes.plus(told)
            && new.cartridge_strokes >= old.cartridge_strokes.plus(told)
            && new_zone.strokes >= old_zone.strokes.plus(told);
        s.check(66, !treats || counted);
    }
    s.cover(11, opened);
}

/// What is true of depth and readings.
fn depth<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, target: Depth) {
    let um = target.as_um();
    let cap = pen.admitted.map_or(0, |limits| limits.cap().value.as_um());
    s.check(70, um >= 0 && (um == 0 || um <= cap.saturating_sub(50)));
    let deeper = pen.actuator_nm.saturating_sub(was.pen.actuator_nm);
    // Half a nanometre a microsecond.
    let most = was.tick.dt.as_us().min(2_000) / 2;
    s.check(71, deeper == 0 || (pen.mode == Mode::Ready && deeper <= most));
    let open = matches!(pen.mode, Mode::Ready | Mode::Treating | Mode::Stopping);
    s.check(72, um == 0 || (open && pen.admitted.is_some()));
    let used = pen.readings.a.depth.is_some() || pen.readings.b.depth.is_some();
    let age = pen.channel_a.bad_for().max(pen.channel_b.bad_for());
    let both = pen.readings.depth().is_some();
    s.check(75, !both || (used && age <= Duration::from_ms(10)));
    let old = |age: Duration| age > Duration::from_ms(10);
    let readings = &pen.readings;
    s.check(76, !old(inputs.depth_a.age) || readings.a.depth.is_none());
    s.check(76, !old(inputs.depth_b.age) || readings.b.depth.is_none());
    s.check(76, !old(inputs.current.age) || readings.current.is_none());
    s.check(76, !old(inputs.battery.age) || readings.battery.is_none());
    s.check(76, !old(inputs.grip.age) || !readings.grip_known);
    s.check(76, !old(inputs.acceleration.age) || readings.motion.steady.is_none());
    s.cover(12, deeper > 0);
}

/// What is true of a start.
fn start<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs) {
    let before = &was.pen;
    let begins = pen.mode == Mode::Treating && before.mode != Mode::Treating;
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let released = before.hands.release_seen;
    let ready = before.mode == Mode::Ready && pen.locks.is_empty();
    s.check(80, !begins || (ready && held && released));
    let serves = pen.mode == Mode::ServiceRunning;
    s.check(81, !serves || before.mode == Mode::ServiceRunning);
    if let (true, Some(limits)) = (begins, pen.admitted) {
        let (a, b) = (pen.readings.a.depth, pen.readings.b.depth);
        let near = a.zip(b).is_some_and(|(a, b)| {
            let cap = limits.cap().value;
            a.distance(b) <= 100 && a <= cap && b <= cap
        });
        s.check(82, near);
    }
    let tag = pen.tag();
    let burned = tag.is_some_and(|tag| {
        tag.authentic && pen.burn.is_some() && tag.id == pen.ledger.cartridge
    });
    s.check(83, !begins || (burned && pen.kind() != Some(Kind::Dummy) && inputs.seated));
    let kept = inputs.ledger_stored == pen.ledger_wanted && pen.probe.is_done();
    s.check(84, !begins || kept);
    let charged = pen.readings.battery.is_some_and(|now| now.as_mv() >= 7_000);
    s.check(85, !begins || charged);
    let readied = pen.mode == Mode::Ready && before.mode != Mode::Ready;
    let confirmed = before.mode == Mode::Standby && inputs.buttons.ok;
    s.check(86, !readied || confirmed || before.mode == Mode::Stopping);
    s.cover(10, begins);
}

/// Any pen that meets the invariant, any time, any inputs, one step.
pub fn room<S: Source>(s: &mut S) {
    let mut pen = Pen::any(s);
    if s.is_drawn() {
        pen.tame();
    }
    pen.guard.begin_ring();
    s.assume(pen.holds());
    let (now, inputs) = (Instant::any(s), Inputs::any(s));
    let mut clock = pen.clock;
    let tick = clock.tick(now, pen.clock_ppm());
    // What the room `clock` proves of it.
    s.assume(tick.is_sound() && clock.holds());
    let was = Before {
        pen: pen.clone(),
        tick,
    };
    let out = pen.step(now, &inputs);
    let motor = out.motor();
    work(s, &was, &pen, &inputs, motor);
    rest(s, &pen, &inputs, motor);
    stop(s, &was, &pen, &inputs, motor);
    latch(s, &was, &pen, &inputs, motor);
    accounts(s, &was, &pen, &inputs);
    depth(s, &was, &pen, &inputs, out.depth().target);
    start(s, &was, &pen, &inputs);
    let at_rest = pen.mode.is_at_rest() && pen.mode != Mode::Boot;
    s.check(87, !out.is_quiet() || (at_rest && motor == MotorCommand::OFF));
    s.check(100, pen.modes_hold());
    s.check(101, pen.zone_holds());
    s.check(102, pen.rooms_hold());
}
