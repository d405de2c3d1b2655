//! One step of any pen with any inputs.

mod rules;

pub(crate) use rules::{CASES, RULES};

use crate::cartridge::Kind;
use crate::clock::Tick;
use crate::gate::{Bridge, MotorCommand};
use crate::halt::Halt;
use crate::io::Inputs;
use crate::mode::{AfterStop, Mode};
use crate::pen::Pen;
use crate::units::{Depth, Duration, Instant};
use crate::verify::{Any, Source};

/// What stayed of the pen before the step.
struct Before {
    pen: Pen,
    tick: Tick,
}

/// What is true of a drive that puts torque on the motor for work.
fn work<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let turns = motor.drives() && pen.machine.mode().may_drive();
    let treats = turns && pen.machine.mode() == Mode::Treating;
    let serves = turns && pen.machine.mode() == Mode::ServiceRunning;
    let terminal = pen.latch.terminal().is_some();
    let stops = matches!(pen.machine.mode(), Mode::Stopping | Mode::FaultReaction);
    s.check(
        1,
        !motor.drives() || pen.machine.mode().may_drive() || stops,
    );
    s.check(2, !turns || (pen.latch.first().is_none() && !terminal));
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let pressed = inputs.buttons.next || inputs.buttons.ok;
    s.check(3, !treats || (held && !pressed));
    s.check(4, !treats || !inputs.vbus);
    if let Some(limits) = pen.account.admitted() {
        let (on, elapsed) = (pen.account.on(), pen.account.elapsed());
        let session = on < limits.session_on() && elapsed < limits.session_elapsed();
        let absolute = on < Duration::from_min(30) && elapsed < Duration::from_min(45);
        s.check(5, !treats || (session && absolute));
        let zone = pen
            .account
            .books()
            .zones
            .get(usize::from(pen.account.zone()));
        let used = zone.copied().unwrap_or_default();
        let left = used.on < limits.zone_time() && used.strokes.as_count() < limits.zone_strokes();
        s.check(6, !treats || left);
        s.check(10, !treats || limits.agrees());
        let asked = pen.rate_set().as_mhz();
        s.check(
            17,
            !treats || (asked <= limits.rate().as_mhz() && asked <= 150_000),
        );
    }
    s.check(
        7,
        !treats || pen.account.books().cartridge_strokes.as_count() < 200_000,
    );
    let readings = pen.senses.readings();
    s.check(
        8,
        !turns || (readings.a.depth.is_some() && readings.b.depth.is_some()),
    );
    in_force(s, pen, turns, treats);
    let known = readings.current.is_some() && readings.battery.is_some();
    let felt = readings.acceleration.steady.is_some();
    s.check(11, !turns || (known && felt && readings.grip_known));
    let drove = was.pen.machine.mode().may_drive();
    let raw = was.tick.raw;
    let on_time = raw >= Duration::from_us(500) && raw <= Duration::from_us(2_000);
    s.check(12, !turns || !drove || on_time);
    s.check(
        13,
        !treats || pen.account.activation().0 < Duration::from_s(120),
    );
    s.check(
        14,
        !serves || pen.dead_man.unpermitted_for() < Duration::from_ms(250),
    );
    s.check(15, !serves || pen.rate_set().as_mhz() <= 80_000);
    s.check(16, !serves || pen.seat.kind() == Some(Kind::Dummy));
    let reserved = pen.ledger().open && pen.ledger().reserved == Some(pen.account.zone());
    s.check(18, !treats || reserved);
    s.check(19, !turns || matches!(motor.bridge(), Bridge::Forward(_)));
    s.cover(1, treats);
    s.cover(2, serves);
}

/// What records a drive that works has.
fn in_force<S: Source>(s: &mut S, pen: &Pen, turns: bool, treats: bool) {
    s.check(9, !turns || pen.records.profile().is_some());
    let made = pen.records.calibration();
    s.check(
        9,
        !treats || (made.is_some() && pen.account.admitted().is_some()),
    );
    let id = pen.records.signed_off();
    let named = id.generation != 0 && pen.records.digest() == id.digest;
    let is_signed = named && made.is_some_and(|own| own.generation == id.generation);
    s.check(29, !treats || is_signed);
}

/// What ends work that has begun: heat, a tired battery, depth and rate.
fn on_and_on<S: Source>(s: &mut S, was: &Before, pen: &Pen, motor: MotorCommand) {
    let mode = was.pen.machine.mode();
    let turns = motor.drives() && pen.machine.mode().may_drive() && mode.may_drive();
    let treats = turns && mode == Mode::Treating;
    let grip = pen.senses.grip().as_decicelsius();
    let winding = pen.senses.winding().as_decicelsius();
    s.check(25, !turns || (grip < 430 && winding < 1_000));
    let readings = pen.senses.readings();
    let low = readings.battery.is_none_or(|now| now.as_mv() < 6_400);
    let most = Duration::from_ms(200);
    let tired = was
        .pen
        .account
        .battery_low_for()
        .plus_up_to(was.tick.dt, most);
    s.check(26, !treats || !low || tired < most);
    let cap = pen
        .account
        .admitted()
        .map_or(0, |limits| limits.cap().value.as_um());
    let deeper = readings.depth().map_or(0, Depth::as_um);
    let two = Duration::from_ms(2);
    let over_for = was.pen.guard.over_for().plus_up_to(was.tick.dt, two);
    let long = !was.pen.drive.is_new() && over_for >= two;
    s.check(27, !treats || !long || deeper <= cap.saturating_add(50));
    let speed = readings.speed;
    let fast = speed.edges > 0 && speed.known && speed.rate.as_mhz() > 160_000;
    s.check(28, !turns || !fast);
}

/// What is true of every other command.
fn rest<S: Source>(s: &mut S, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let (is_duty, parts, forward) = match motor.bridge() {
        Bridge::Forward(duty) => (true, duty.as_parts(), true),
        Bridge::Backward(duty) => (true, duty.as_parts(), false),
        Bridge::Float | Bridge::Short => (false, 0, false),
    };
    let pushes = motor.drives() && !pen.machine.mode().may_drive();
    let halts = matches!(pen.machine.mode(), Mode::Stopping | Mode::FaultReaction);
    let in_time = pen.drive.halt().lasted() < Duration::from_ms(470);
    let briefly = pen.drive.halt().pushed_for() < Duration::from_ms(300);
    s.check(
        20,
        !pushes || (halts && in_time && briefly && pen.drive.halt().is_parking()),
    );
    s.check(21, !pushes || parts <= 2_470);
    let mild = pen
        .latch
        .first()
        .is_none_or(|latched| Halt::is_mild(latched.fault));
    let terminal = pen.latch.terminal().is_some();
    s.check(22, !pushes || (mild && !terminal));
    let serves = pen.machine.after() == AfterStop::Service;
    s.check(23, !pushes || !inputs.vbus || serves);
    s.check(30, is_duty || !motor.supply());
    let still = matches!(
        pen.machine.mode(),
        Mode::Locked | Mode::Standby | Mode::Faulted | Mode::Service
    );
    s.check(31, !still || motor == MotorCommand::OFF);
    let tests = is_duty && !motor.drives();
    let where_it_may = matches!(pen.machine.mode(), Mode::Boot | Mode::Ready);
    s.check(
        32,
        !tests || (where_it_may && forward && parts <= 1_500 && pen.cam.has_stood()),
    );
    s.check(33, !tests || (motor.enable() != motor.supply()));
    s.check(
        33,
        !tests || !motor.enable() || pen.records.has_second_switch(),
    );
    s.check(
        34,
        pen.machine.mode() != Mode::Boot || !(motor.enable() && motor.supply()),
    );
    s.cover(6, pushes);
    s.cover(7, tests && motor.supply());
    s.cover(8, tests && motor.enable());
    s.cover(
        9,
        pen.machine.mode() == Mode::Boot && motor.enable() && motor.bridge() == Bridge::Short,
    );
}

/// What is true of a stop.
fn stop<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let halts = |mode: Mode| matches!(mode, Mode::Stopping | Mode::FaultReaction);
    let mode = was.pen.machine.mode();
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let asked = was.pen.hands.is_stop_asked();
    let must = mode == Mode::Treating && (!held || inputs.vbus || asked);
    s.check(40, !must || (!motor.drives() && halts(pen.machine.mode())));
    let safe = matches!(motor.bridge(), Bridge::Short | Bridge::Float) && !motor.supply();
    s.check(41, !must || safe);
    let both = halts(mode) && halts(pen.machine.mode());
    let run = was
        .pen
        .drive
        .halt()
        .lasted()
        .plus_up_to(was.tick.dt, Duration::from_ms(470));
    s.check(
        42,
        !both || was.pen.drive.halt().is_new() || pen.drive.halt().lasted() >= run,
    );
    let over = pen.drive.halt().lasted() >= Duration::from_ms(470);
    s.check(43, !both || !over || motor == MotorCommand::OFF);
    let was_over = was.pen.drive.halt().lasted() >= Duration::from_ms(470);
    s.check(
        47,
        mode != Mode::FaultReaction || !was_over || pen.machine.mode() == Mode::Faulted,
    );
    s.check(
        44,
        !halts(mode)
            || halts(pen.machine.mode())
            || (motor == MotorCommand::OFF && pen.machine.mode().is_at_rest()),
    );
    let reacts = mode == Mode::Treating && pen.machine.mode() == Mode::FaultReaction;
    s.check(24, !reacts || pen.machine.after() != AfterStop::Service);
    s.check(45, !halts(mode) || !pen.machine.mode().may_drive());
    let serves = mode == Mode::ServiceRunning;
    s.check(
        46,
        !serves || !asked || (!motor.drives() && halts(pen.machine.mode())),
    );
    s.check(
        88,
        !(mode == Mode::Ready && asked) || pen.machine.mode() != Mode::Treating,
    );
    s.cover(3, must);
    s.cover(14, halts(mode) && !halts(pen.machine.mode()) && over);
}

/// What is true of the latch.
fn latch<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs, motor: MotorCommand) {
    let before = &was.pen;
    let free = !inputs.trigger.closed && !inputs.trigger.opened;
    let gone = before.latch.first().is_some() && pen.latch.first().is_none();
    let asked = before.machine.mode() == Mode::Faulted
        && pen.machine.mode() == Mode::Locked
        && inputs.buttons.ok;
    s.check(
        50,
        before.latch.first().is_none() || gone || pen.latch.first() == before.latch.first(),
    );
    s.check(50, !gone || (asked && free));
    let terminal = |pen: &Pen| pen.latch.terminal();
    s.check(
        51,
        terminal(before).is_none() || terminal(pen) == terminal(before),
    );
    let shaken = |pen: &Pen| pen.latch.shaken().is_some();
    let near = |depth: Option<Depth>| depth.is_some_and(|um| um.distance(Depth::from_um(0)) <= 50);
    let checked = before.machine.mode() == Mode::Locked
        && inputs.buttons.ok
        && near(pen.senses.readings().a.depth)
        && near(pen.senses.readings().b.depth);
    let forgot = shaken(before) && pen.latch.kept().is_none();
    s.check(52, !forgot || checked);
    let kept = pen.latch.kept().is_some() || checked;
    s.check(52, !shaken(before) || kept);
    let found = before.latch.first().is_none() && pen.latch.first().is_some();
    s.check(
        53,
        !(found && motor.drives() && pen.machine.mode().may_drive()),
    );
    s.check(53, !found || pen.machine.is_faulted());
    let torn = before
        .account
        .admitted()
        .is_some_and(|limits| !limits.agrees());
    let stays = pen.account.admitted().is_some();
    s.check(54, !torn || !stays || terminal(pen).is_some());
    s.cover(4, gone);
    s.cover(5, found && before.machine.mode().may_drive());
    s.cover(13, forgot);
}

/// What is true of the accounts.
fn accounts<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs) {
    let (old, new) = (was.pen.account.books(), pen.account.books());
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
    let asked = was.pen.machine.mode() == Mode::Standby && inputs.buttons.ok;
    s.check(
        63,
        !opened || (asked && fresh && new.zones.iter().all(|zone| zone.on == zero)),
    );
    let dt = was.tick.dt;
    let most = Duration::from_us(u32::MAX);
    let still = old.open && new.open;
    s.check(
        64,
        !still || new.elapsed >= old.elapsed.plus_up_to(dt, most),
    );
    let treats = was.pen.machine.mode() == Mode::Treating && pen.machine.mode() == Mode::Treating;
    s.check(65, !treats || new.on >= old.on.plus_up_to(dt, most));
    let place = usize::from(was.pen.account.zone());
    if let (Some(old_zone), Some(new_zone)) = (old.zones.get(place), new.zones.get(place)) {
        s.check(
            65,
            !treats || new_zone.on >= old_zone.on.plus_up_to(dt, most),
        );
        let told = pen.senses.readings().speed.strokes;
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
    let cap = pen
        .account
        .admitted()
        .map_or(0, |limits| limits.cap().value.as_um());
    s.check(70, um >= 0 && (um == 0 || um <= cap.saturating_sub(50)));
    let deeper = pen.actuator.nm().saturating_sub(was.pen.actuator.nm());
    // Half a nanometre a microsecond.
    let most = was.tick.dt.as_us().min(2_000) / 2;
    s.check(
        71,
        deeper == 0 || (pen.machine.mode() == Mode::Ready && deeper <= most),
    );
    let open = matches!(
        pen.machine.mode(),
        Mode::Ready | Mode::Treating | Mode::Stopping
    );
    s.check(72, um == 0 || (open && pen.account.admitted().is_some()));
    let used = pen.senses.readings().a.depth.is_some() || pen.senses.readings().b.depth.is_some();
    let age = pen.senses.depth_bad_for();
    let both = pen.senses.readings().depth().is_some();
    s.check(75, !both || (used && age <= Duration::from_ms(10)));
    let old = |age: Duration| age > Duration::from_ms(10);
    let readings = pen.senses.readings();
    s.check(76, !old(inputs.depth_a.age) || readings.a.depth.is_none());
    s.check(76, !old(inputs.depth_b.age) || readings.b.depth.is_none());
    s.check(76, !old(inputs.current.age) || readings.current.is_none());
    s.check(76, !old(inputs.battery.age) || readings.battery.is_none());
    s.check(76, !old(inputs.grip.age) || !readings.grip_known);
    s.check(
        76,
        !old(inputs.acceleration.age) || readings.acceleration.steady.is_none(),
    );
    s.cover(12, deeper > 0);
}

/// What is true of a start.
fn start<S: Source>(s: &mut S, was: &Before, pen: &Pen, inputs: &Inputs) {
    let before = &was.pen;
    let begins = pen.machine.mode() == Mode::Treating && before.machine.mode() != Mode::Treating;
    let held = inputs.trigger.closed && inputs.trigger.opened;
    let released = before.hands.release_seen;
    let ready = before.machine.mode() == Mode::Ready && pen.locks.is_empty();
    s.check(80, !begins || (ready && held && released));
    let serves = pen.machine.mode() == Mode::ServiceRunning;
    s.check(81, !serves || before.machine.mode() == Mode::ServiceRunning);
    let (a, b) = (pen.senses.readings().a.depth, pen.senses.readings().b.depth);
    let cap = pen.account.admitted().map(|limits| limits.cap().value);
    let near = a
        .zip(b)
        .zip(cap)
        .is_some_and(|((a, b), cap)| a.distance(b) <= 100 && a <= cap && b <= cap);
    s.check(82, !begins || near);
    let tag = pen.seat.tag();
    let burned = tag.is_some_and(|tag| {
        tag.authentic && pen.seat.burn().is_some() && tag.id == pen.account.books().cartridge
    });
    s.check(
        83,
        !begins || (burned && pen.seat.kind() != Some(Kind::Dummy) && inputs.seated),
    );
    let kept = inputs.ledger_stored == pen.account.wanted() && pen.drive.probe().is_done();
    s.check(84, !begins || kept);
    let charged = pen
        .senses
        .readings()
        .battery
        .is_some_and(|now| now.as_mv() >= 7_000);
    s.check(85, !begins || charged);
    let readied = pen.machine.mode() == Mode::Ready && before.machine.mode() != Mode::Ready;
    let confirmed = before.machine.mode() == Mode::Standby && inputs.buttons.ok;
    s.check(
        86,
        !readied || confirmed || before.machine.mode() == Mode::Stopping,
    );
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
    let tick = clock.tick(now, pen.records.clock_ppm());
    // What a test of the clock shows of it; the rest of its invariant is rule 107.
    s.assume(tick.is_sound() && clock.owes_little());
    let was = Before {
        pen: pen.clone(),
        tick,
    };
    let out = pen.step(now, &inputs);
    let motor = out.motor();
    work(s, &was, &pen, &inputs, motor);
    on_and_on(s, &was, &pen, motor);
    rest(s, &pen, &inputs, motor);
    stop(s, &was, &pen, &inputs, motor);
    latch(s, &was, &pen, &inputs, motor);
    accounts(s, &was, &pen, &inputs);
    depth(s, &was, &pen, &inputs, out.depth().target);
    start(s, &was, &pen, &inputs);
    let at_rest = pen.machine.mode().is_at_rest() && pen.machine.mode() != Mode::Boot;
    s.check(
        87,
        !out.is_quiet() || (at_rest && motor == MotorCommand::OFF),
    );
    s.check(89, pen.records.is_in_force_of(&was.pen.records));
    s.check(100, pen.modes_hold());
    s.check(101, pen.zone_holds());
    // One by one: `Pen::rooms_hold`, where each is a question of its own.
    s.check(102, pen.records.holds());
    s.check(103, pen.senses.holds());
    s.check(104, pen.account.holds(pen.records.profile()));
    s.check(105, pen.drive.holds(pen.records.has_second_switch()));
    s.check(106, pen.actuator.holds());
    s.check(107, pen.clock.holds());
    s.check(108, pen.guard.holds());
}
