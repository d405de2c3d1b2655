//! The truths that are made up: for each rule one at its bound, which passes, and one just beyond.

use std::f64::consts::PI;

use pen_sim::monitor::{Claims, Rules};
use pen_sim::plant::Bridge;

use super::edges::{DRIVES, PUSHES, RESTS};
use super::tale::Tale;

pub(crate) const RULES: Rules = Rules {
    cap_um: 1_000.0,
    is_service: false,
    has_brake: true,
};
const SERVICE: Rules = Rules {
    is_service: true,
    ..RULES
};
pub(crate) const NO_BRAKE: Rules = Rules {
    has_brake: false,
    ..RULES
};

/// A made-up truth and the requirements that it breaks.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) rules: Rules,
    pub(crate) tell: fn(&mut Tale) -> &mut Tale,
    pub(crate) broken: &'static [&'static str],
}

pub(crate) const fn case(
    name: &'static str,
    tell: fn(&mut Tale) -> &mut Tale,
    broken: &'static [&'static str],
) -> Case {
    under(RULES, name, tell, broken)
}

pub(crate) const fn under(
    rules: Rules,
    name: &'static str,
    tell: fn(&mut Tale) -> &mut Tale,
    broken: &'static [&'static str],
) -> Case {
    Case {
        name,
        rules,
        tell,
        broken,
    }
}

/// Half a second of treatment, then the brake for 0.1 s.
pub(crate) fn stopped(tale: &mut Tale) -> &mut Tale {
    tale.drive().turn(100.0).ms(500.0).stop().ms(100.0)
}

/// A drive in which the cam stands, to be followed by what takes the time that is tried.
pub(crate) fn standing(tale: &mut Tale) -> &mut Tale {
    tale.drive().ms(10.0)
}

/// Needle entries that begin so many tenths of a millisecond after the brake.
fn entries<'a>(tale: &'a mut Tale, at: &[u32]) -> &'a mut Tale {
    // A cam that stood would be at rest.
    standing(tale).stop().turn(0.001);
    let mut now = 0;
    for &at in at {
        tale.ms(0.1 * f64::from(at - now)).step(PI).step(PI);
        now = at + 2;
    }
    tale.ms(50.0)
}

/// Hundred true strokes in a session of which the pen counts another number.
fn counted(tale: &mut Tale, strokes: u32) -> &mut Tale {
    tale.says(7, 0).ms(10.0);
    tale.claims = None;
    tale.drive().turn(100.0).ms(1_000.0).stop().ms(100.0);
    tale.says(7, strokes).ms(10.0)
}

/// Driven above a current for a time, either way round.
fn drawing(tale: &mut Tale, amps: f64, ms: f64) -> &mut Tale {
    standing(tale).so(|t| t.current_a = amps).ms(ms)
}

/// n34: the enable path is welded and the bridge shorted while the pen rests; its enable pin is low.
fn welded(tale: &mut Tale, ms: f64) -> &mut Tale {
    stopped(tale).off().ms(1_000.0);
    tale.duty(1.0).so(|t| t.enable = false).turn(250.0).ms(ms)
}

pub(crate) const HEALTHY: &[Case] = &[
    case(
        "a treatment and a parking push",
        |tale| {
            tale.drive().turn(100.0).ms(506.0).stop().ms(100.0);
            tale.duty(0.2).turn(1.0).ms(200.0).off().ms(1_000.0)
        },
        &[],
    ),
    case(
        "a regulator that adds nothing for 50 ms goes on driving",
        |tale| {
            standing(tale).bridge(Bridge::Brake).ms(50.0);
            tale.duty(0.5).ms(500.0)
        },
        &[],
    ),
    case(
        "two treatments, the second 0.2 s after the first",
        |tale| {
            stopped(tale).ms(100.0);
            stopped(tale)
        },
        &[],
    ),
];

pub(crate) const STOP: &[Case] = &[
    case("release: 3 ms", |t| standing(t).hold(false).ms(3.0), &[]),
    case(
        "release: 3.1 ms",
        |t| standing(t).hold(false).ms(3.1),
        &["STOP-013"],
    ),
    case(
        "a jam holds the trigger when the finger has left",
        |t| standing(t).so(|t| t.trigger = false).ms(500.0),
        &[],
    ),
    case(
        "the last push ends 500 ms after the release",
        |t| stopped(t).ms(380.0).duty(0.2).ms(20.0).off().ms(50.0),
        &[],
    ),
    case(
        "the last push ends 500.1 ms after the release",
        |t| stopped(t).ms(380.0).duty(0.2).ms(20.1).off().ms(50.0),
        &["SAFE-003"],
    ),
    case(
        "torque after a reset, up to 505 ms after the release",
        |t| {
            stopped(t).ms(390.0).so(|t| t.starts = 2);
            t.duty(0.2).ms(15.0).off().ms(50.0)
        },
        &[],
    ),
    case("entries after 5 and 29 ms", |t| entries(t, &[50, 290]), &[]),
    case("entry in the last step", |t| entries(t, &[299]), &[]),
    case("entry after 30.1 ms", |t| entries(t, &[300]), &["STOP-002"]),
    case(
        "entry after 72 ms, a fault told",
        |t| entries(t.tells(), &[719]),
        &[],
    ),
    case(
        "entry after 72.1 ms, a fault told",
        |t| entries(t.tells(), &[720]),
        &["STOP-002"],
    ),
    case(
        "told needles that stood for 50 ms are toppled",
        |t| toppled(t.tells(), 50.0),
        &[],
    ),
    case(
        "told needles that stood for 49.9 ms are toppled",
        |t| toppled(t.tells(), 49.9),
        &["STOP-002"],
    ),
    case(
        "told needles that stood for 60 ms are pushed out",
        |t| {
            toppled(t.tells(), 60.0).turn(-25.0).ms(20.0);
            t.turn(0.0)
                .ms(60.0)
                .duty(0.2)
                .turn(50.0)
                .ms(20.0)
                .off()
                .ms(50.0)
        },
        &["STOP-003", "STOP-002"],
    ),
    case(
        "needles that nobody told of are toppled",
        |t| toppled(t, 50.0),
        &["STOP-002"],
    ),
    case(
        "three entries",
        |t| entries(t, &[50, 150, 250]),
        &["STOP-002"],
    ),
    case(
        "an entry long after the brake",
        |t| entries(t, &[1_200]),
        &["STOP-002"],
    ),
    case(
        "two entries after each of two stops",
        |t| {
            entries(t, &[50, 150]);
            t.ms(200.0);
            entries(t, &[50, 150])
        },
        &[],
    ),
    under(
        NO_BRAKE,
        "entries without a brake",
        |t| entries(t, &[50, 150, 310]),
        &[],
    ),
    case(
        "the ring brings the tips out",
        |t| {
            standing(t).stop().ms(100.0);
            for um in 0..50 {
                t.ring(f64::from(2_480 + um)).step(1e-5);
            }
            t
        },
        &[],
    ),
];

pub(crate) const UNASKED: &[Case] = &[
    case("at power-up: 20 ms", |t| t.duty(0.5).ms(20.0), &[]),
    case(
        "at power-up: 20.1 ms",
        |t| t.duty(0.5).ms(20.1).off(),
        &["STOP-001"],
    ),
    case(
        "at power-up, no pin is set",
        |t| t.duty(0.5).so(|t| t.enable = false).ms(20.1),
        &["STOP-001"],
    ),
    case(
        "ten spikes of 2.1 ms at rest",
        |t| {
            stopped(t).off().ms(1_000.0);
            for _ in 0..10 {
                t.duty(0.5).ms(2.1).off().ms(100.0);
            }
            t
        },
        &["STOP-001"],
    ),
    under(NO_BRAKE, "no brake: 110 ms", |t| t.duty(0.5).ms(110.0), &[]),
    under(
        NO_BRAKE,
        "no brake: 110.1 ms",
        |t| t.duty(0.5).ms(110.1),
        &["STOP-001"],
    ),
    case(
        "welded and shorted at rest for 2 s (n34)",
        |t| welded(t, 2_000.0),
        &["STOP-001", "RATE-002", "STOP-002", "STOP-002"],
    ),
    case(
        "driven again without a release",
        |t| {
            standing(t).bridge(Bridge::Brake).ms(100.0);
            t.duty(0.5).ms(20.1)
        },
        &["STOP-001"],
    ),
    case(
        "driven again after too short a release",
        |t| standing(t).stop().ms(100.0).drive().ms(20.1),
        &["STOP-001"],
    ),
    case(
        "driven by a trigger that is held over a restart",
        |t| {
            t.ms(400.0).hold(true).ms(50.0);
            t.so(|t| t.starts = 2).ms(300.0).duty(0.5).ms(20.1)
        },
        &["STOP-001"],
    ),
    case(
        "driven by a trigger that was pressed before a restart and let go of too shortly",
        |t| {
            t.ms(400.0).hold(true).ms(50.0);
            t.so(|t| t.starts = 2).ms(300.0).hold(false).ms(50.0);
            t.drive().ms(20.1)
        },
        &["STOP-001"],
    ),
    case(
        "driven by a trigger that was let go of long enough over a restart",
        |t| {
            t.ms(400.0).hold(true).ms(50.0).hold(false).ms(65.0);
            t.so(|t| t.starts = 2).ms(65.0).drive().ms(20.1)
        },
        &[],
    ),
    under(SERVICE, "a technician", |t| t.duty(0.5).ms(500.0), &[]),
    case(
        "something turns the cam at rest by less than a turn",
        |t| t.ms(400.0).turn(10.0).ms(99.0),
        &[],
    ),
    case(
        "something turns the cam at rest by more than a turn",
        |t| t.ms(400.0).turn(-10.0).ms(101.0),
        &["RATE-009"],
    ),
];

/// The brake leaves the cam so many degrees past full extension, with the tips out; then a push of
/// 10 ms turns it by others.
pub(crate) fn pushed_from(tale: &mut Tale, deg: f64, by_deg: f64) -> &mut Tale {
    standing(tale).stop().step(PI + deg.to_radians()).ms(80.0);
    let duty = 0.2_f64.copysign(by_deg);
    tale.duty(duty).turn(by_deg / 3.6).ms(10.0);
    tale.off().ms(100.0)
}

pub(crate) const PARKING: &[Case] = &[
    case("pushes of 300 ms", |t| stopped(t).duty(-0.2).ms(300.0), &[]),
    case(
        "pushes of 300.1 ms",
        |t| stopped(t).duty(-0.2).ms(300.1),
        &["STOP-003"],
    ),
    case(
        "a push of 2.2 V",
        |t| stopped(t).duty(2.19 / 7.4).ms(50.0),
        &[],
    ),
    case(
        "a push of more than 2.2 V: 20 ms",
        |t| stopped(t).duty(2.21 / 7.4).ms(20.0).off(),
        &[],
    ),
    case(
        "a push of more than 2.2 V: 20.1 ms",
        |t| stopped(t).duty(2.21 / 7.4).ms(20.1).off(),
        &["STOP-001"],
    ),
    under(
        NO_BRAKE,
        "a push of 7.4 V without a brake",
        |t| stopped(t).duty(1.0).ms(110.1),
        &["STOP-001"],
    ),
    case(
        "a push that is late",
        |t| stopped(t).off().ms(450.0).duty(0.2).ms(20.1).off(),
        &["STOP-001"],
    ),
    case(
        "pushed by less than a turn",
        |t| {
            t.ring(-10.0)
                .drive()
                .ms(10.0)
                .stop()
                .ms(80.0)
                .duty(-0.2)
                .turn(9.9)
                .ms(100.0)
        },
        &[],
    ),
    case(
        "pushed by more than a turn",
        |t| {
            t.ring(-10.0)
                .drive()
                .ms(10.0)
                .stop()
                .ms(80.0)
                .duty(-0.2)
                .turn(10.1)
                .ms(100.0)
        },
        &["STOP-003"],
    ),
    case(
        "pushed out and in again",
        |t| stopped(t).duty(0.2).turn(9.9).ms(100.0).off().ms(100.0),
        &["STOP-003", "STOP-002"],
    ),
    case(
        "pushed out and in again, backwards",
        |t| stopped(t).duty(-0.2).turn(-9.9).ms(100.0).off().ms(100.0),
        &["STOP-003", "STOP-002"],
    ),
    case(
        "runs out against the push",
        |t| stopped(t).duty(-0.2).turn(9.9).ms(100.0).off().ms(100.0),
        &["STOP-002"],
    ),
    // 1.25 mm (1 - cos 18 deg) are 61.2 um.
    case(
        "pushed out by 60.5 um and in again",
        |t| pushed_from(t, -17.9, 60.0),
        &[],
    ),
    case(
        "pushed out by 61.9 um",
        |t| pushed_from(t, -18.1, 18.1),
        &["STOP-003"],
    ),
    case(
        "pushed by 0.3 mm within the nose cone",
        |t| pushed_from(t, 200.0, 40.0),
        &[],
    ),
    case(
        "a push that brakes a cam on its way out",
        |t| {
            standing(t).stop().step(PI - 18.1_f64.to_radians()).ms(80.0);
            t.duty(0.2).so(|t| t.current_a = -0.1).turn(18.1 / 3.6);
            t.ms(10.0).off().ms(100.0)
        },
        &[],
    ),
    case(
        "pushed back and out by 60.5 um",
        |t| pushed_from(t, 17.9, -60.0),
        &[],
    ),
    case(
        "pushed back and out by 61.9 um",
        |t| pushed_from(t, 18.1, -18.1),
        &["STOP-003"],
    ),
    case(
        "pushed out by 40 um twice",
        |t| {
            pushed_from(t, -14.6, 14.6);
            t.step(14.6_f64.to_radians()).duty(-0.2).turn(-14.6 / 3.6);
            t.ms(10.0).off().ms(100.0)
        },
        &["STOP-003"],
    ),
    case(
        "runs out against the push and is turned round",
        |t| {
            pushed_from(t, -30.0, 0.0);
            t.duty(-0.2).turn(40.0 / 3.6).ms(10.0).turn(-40.0 / 3.6);
            t.ms(10.0).off().ms(100.0)
        },
        &[],
    ),
    case(
        "the ring is turned during a push",
        |t| {
            pushed_from(t, 5.0, 10.0);
            t.duty(0.2).turn(1.0);
            for um in 0..100 {
                t.ring(900.0 + f64::from(um)).ms(0.1);
            }
            t.off().ms(100.0)
        },
        &[],
    ),
];

/// A cam that creeps for 30 ms after its brake, stands for so long (ms), and enters then.
fn toppled(tale: &mut Tale, stood_ms: f64) -> &mut Tale {
    tale.drive().turn(1.0).ms(500.0);
    tale.stop().turn(0.1).ms(30.0);
    tale.turn(0.0).ms(stood_ms).turn(100.0).ms(10.0);
    tale.turn(0.0).ms(100.0)
}

/// Parked is said, at rest or not, with the tips so far out (um).
fn parked(tale: &mut Tale, out_um: f64, at_rest: bool) -> &mut Tale {
    tale.ring(2_500.0 + out_um);
    tale.claims = Some(Claims {
        parked: true,
        at_rest,
        session: 0,
        strokes: 0,
        told: false,
    });
    tale.ms(10.0)
}

pub(crate) const CLAIMS: &[Case] = &[
    case("parked, the tips at the rim", |t| parked(t, 0.0, true), &[]),
    case(
        "parked, the tips out",
        |t| parked(t, 0.5, true),
        &["STOP-003"],
    ),
    case("parked is said in motion", |t| parked(t, 900.0, false), &[]),
    // 1 % of 100, 2 for the activation and 5 for a tachometer that falls silent.
    case("92 of 100 strokes", |t| counted(t, 92), &[]),
    case("91 of 100 strokes", |t| counted(t, 91), &["SESS-002"]),
    case("108 of 100 strokes", |t| counted(t, 108), &[]),
    case("109 of 100 strokes", |t| counted(t, 109), &["SESS-002"]),
    case(
        "what was reserved is counted after a restart",
        |t| {
            counted(t, 92);
            t.so(|t| t.starts = 2).says(0, 0).ms(10.0);
            t.says(7, 19_300).ms(10.0)
        },
        &[],
    ),
    case(
        "strokes are forgotten in a restart",
        |t| {
            counted(t, 92);
            t.so(|t| t.starts = 2)
                .says(0, 0)
                .ms(10.0)
                .says(7, 50)
                .ms(10.0)
        },
        &["SESS-002"],
    ),
    case(
        "another session counts from its own beginning",
        |t| {
            counted(t, 100);
            t.says(8, 0).ms(10.0)
        },
        &[],
    ),
];

/// Driven at a rate for a time (ms), after a treatment at 150 Hz.
fn fast(tale: &mut Tale, hz: f64, ms: f64) -> &mut Tale {
    tale.drive().turn(150.0).ms(500.0).turn(hz).ms(ms)
}

pub(crate) const RATE: &[Case] = &[
    case("159.9 Hz for good", |t| fast(t, 159.9, 500.0), &[]),
    case(
        "160.5 Hz for good",
        |t| fast(t, 160.5, 500.0),
        &["RATE-002"],
    ),
    // 5.9 ms a turn: one to show it, and three or four more.
    case("four turns of 170 Hz", |t| fast(t, 170.0, 26.0), &[]),
    case(
        "six turns of 170 Hz",
        |t| fast(t, 170.0, 36.0),
        &["RATE-002"],
    ),
    case(
        "170 Hz without torque",
        |t| t.ring(-10.0).drive().ms(10.0).stop().turn(170.0).ms(300.0),
        &[],
    ),
    under(
        NO_BRAKE,
        "170 Hz without a brake",
        |t| fast(t, 170.0, 500.0),
        &[],
    ),
];

/// Driven for so many seconds in steps of a tenth.
pub(crate) fn driven_s(tale: &mut Tale, seconds: f64) -> &mut Tale {
    tale.step_us = 100_000;
    tale.off().ms(1_000.0).drive().ms(1e3 * seconds)
}

pub(crate) const TIME: &[Case] = &[
    case("an activation of 120 s", |t| driven_s(t, 120.0), &[]),
    case(
        "an activation of 120.1 s",
        |t| driven_s(t, 120.1),
        &["SESS-010"],
    ),
    case(
        "an activation of 120.1 s with a gap of 50 ms",
        |t| {
            driven_s(t, 60.0).step_us = 100;
            t.bridge(Bridge::Brake).ms(50.0).step_us = 100_000;
            t.duty(0.5).ms(60_100.0)
        },
        &["SESS-010"],
    ),
    case(
        "30 minutes",
        |t| {
            for _ in 0..18 {
                driven_s(t, 100.0);
            }
            t
        },
        &[],
    ),
    case(
        "31 minutes",
        |t| {
            for _ in 0..19 {
                driven_s(t, 100.0);
            }
            t
        },
        &["SESS-001"],
    ),
];

pub(crate) const INTERLOCKS: &[Case] = &[
    // 1000 um, 50 um of margin, 40 um of uncertainty; 20 ms.
    case("1090 um deep", |t| standing(t).ring(1_090.0).ms(100.0), &[]),
    case(
        "1091 um deep: 20 ms",
        |t| standing(t).ring(1_091.0).ms(20.0),
        &[],
    ),
    case(
        "1091 um deep: 20.1 ms",
        |t| standing(t).ring(1_091.0).ms(20.1),
        &["DEPTH-002"],
    ),
    case(
        "1091 um deep twice",
        |t| {
            standing(t).ring(1_091.0).ms(15.0);
            t.ring(900.0).ms(0.1).ring(1_091.0).ms(15.0)
        },
        &[],
    ),
    case("deep at rest", |t| t.ring(2_400.0).ms(100.0), &[]),
    case(
        "cable: 3 ms",
        |t| standing(t).so(|t| t.cable = true).ms(3.0),
        &[],
    ),
    case(
        "cable: 3.1 ms",
        |t| standing(t).so(|t| t.cable = true).ms(3.1),
        &["PWR-003"],
    ),
    under(
        SERVICE,
        "a technician's cable",
        |t| t.so(|t| t.cable = true).duty(0.5).ms(500.0),
        &[],
    ),
    case(
        "fall: 150 ms",
        |t| standing(t).so(|t| t.falls = true).ms(150.0),
        &[],
    ),
    case(
        "fall: 150.1 ms",
        |t| standing(t).so(|t| t.falls = true).ms(150.1),
        &["PWR-007"],
    ),
    case(
        "hung: 60 ms",
        |t| standing(t).so(|t| t.alive = false).ms(60.0),
        &[],
    ),
    case(
        "hung: 60.1 ms",
        |t| standing(t).so(|t| t.alive = false).ms(60.1),
        &["PWR-006"],
    ),
    case(
        "grip: 44.1 degC for 1 s",
        |t| standing(t).so(|t| t.grip_c = 44.1).ms(1_000.0),
        &[],
    ),
    case(
        "grip: 44.1 degC for longer",
        |t| standing(t).so(|t| t.grip_c = 44.1).ms(1_000.1),
        &["PWR-004"],
    ),
    case(
        "winding: 115.1 degC for 1 s",
        |t| standing(t).so(|t| t.winding_c = 115.1).ms(1_000.0),
        &[],
    ),
    case(
        "winding: 115.1 degC for longer",
        |t| standing(t).so(|t| t.winding_c = 115.1).ms(1_000.1),
        &["PWR-004"],
    ),
    case("1.0 A for good", |t| drawing(t, 1.0, 1_000.0), &[]),
    case("1.01 A: 303 ms", |t| drawing(t, 1.01, 303.0), &[]),
    case(
        "1.01 A: 303.1 ms",
        |t| drawing(t, 1.01, 303.1),
        &["PWR-002"],
    ),
    case("-1.51 A: 53 ms", |t| drawing(t, -1.51, 53.0), &[]),
    case(
        "-1.51 A: 53.1 ms",
        |t| drawing(t, -1.51, 53.1),
        &["PWR-002"],
    ),
    case("2.51 A: 5 ms", |t| drawing(t, 2.51, 5.0), &[]),
    case("2.51 A: 5.1 ms", |t| drawing(t, 2.51, 5.1), &["PWR-002"]),
    // The brake's own current flows in the winding only.
    case(
        "-3 A in the brake",
        |t| standing(t).stop().so(|t| t.current_a = -3.0).ms(1_000.0),
        &[],
    ),
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    [
        HEALTHY, STOP, UNASKED, PARKING, CLAIMS, RATE, TIME, INTERLOCKS, DRIVES, PUSHES, RESTS,
    ]
    .into_iter()
    .flatten()
}
