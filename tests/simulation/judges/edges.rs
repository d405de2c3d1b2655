//! Made-up truths at the edges of what a drive, a push and rest are.

use std::f64::consts::{PI, TAU};

use pen_sim::plant::Bridge;

use super::cases::{Case, NO_BRAKE, case, driven_s, pushed_from, standing, stopped, under};
use super::tale::Tale;

/// The trigger stays held while the winding is shorted for a time (ms); then torque of 1.5 V.
fn held_through(tale: &mut Tale, ms: f64) -> &mut Tale {
    standing(tale).bridge(Bridge::Brake).ms(ms).duty(-0.2)
}

pub(crate) const DRIVES: &[Case] = &[
    case(
        "a bridge that drives although no current flows",
        |t| t.duty(0.5).so(|t| t.supply_a = 0.0).ms(20.1),
        &["STOP-001"],
    ),
    case(
        "a current from the supply although the bridge says it is off",
        |t| t.so(|t| t.supply_a = -0.0011).ms(20.1),
        &["STOP-001"],
    ),
    case(
        "a current of 1 mA is none",
        |t| t.so(|t| t.supply_a = 0.001).ms(100.0),
        &[],
    ),
    case(
        "a regulator that is weak 7.9 ms after a gap goes on driving",
        |t| held_through(t, 7.9).ms(600.0),
        &[],
    ),
    case(
        "weak torque 8 ms after a brake is a push, held or not",
        |t| held_through(t, 8.0).ms(300.1),
        &["STOP-003"],
    ),
    case(
        "a second treatment that begins weakly",
        |t| stopped(t).ms(100.0).hold(true).duty(-0.2).ms(600.0),
        &[],
    ),
    case(
        "weak torque for 120.1 s is no treatment",
        |t| {
            t.so(|t| t.terminal_v = 4.4);
            driven_s(t, 120.1)
        },
        &[],
    ),
    case(
        "a grip of 44.0 degC for good",
        |t| standing(t).so(|t| t.grip_c = 44.0).ms(1_100.0),
        &[],
    ),
    case(
        "a winding of 115.0 degC for good",
        |t| standing(t).so(|t| t.winding_c = 115.0).ms(1_100.0),
        &[],
    ),
];

pub(crate) const PUSHES: &[Case] = &[
    case(
        "pushes of 320.1 ms: the last 20.1 ms are none",
        |t| stopped(t).duty(-0.2).ms(320.1),
        &["STOP-001", "STOP-003"],
    ),
    case(
        "a push of 40 ms that begins 440 ms after the brake",
        |t| t.drive().ms(10.0).stop().ms(440.0).duty(-0.2).ms(40.0),
        &[],
    ),
    case(
        "pushes of 200 ms after each of two stops",
        |t| {
            stopped(t).duty(-0.2).ms(200.0);
            stopped(t).duty(-0.2).ms(200.0)
        },
        &[],
    ),
    under(
        NO_BRAKE,
        "pushes of 300.1 ms without a brake",
        |t| stopped(t).duty(-0.2).ms(300.1),
        &[],
    ),
    case(
        "a push in which no current flows moves nothing",
        |t| {
            pushed_from(t, -30.0, 0.0);
            t.duty(0.2).so(|t| (t.current_a, t.rate_hz) = (0.0, 8.0));
            t.ms(10.0).off().ms(100.0)
        },
        &[],
    ),
];

/// A cam that stands, brought to a phase in which the tips are at the rim; then the brake for 100 ms.
fn at_the_rim(tale: &mut Tale) -> &mut Tale {
    standing(tale).stop().ring(2_500.0).ms(100.0)
}

/// Ring and cam bring the tips out in one step, each by so much (um).
fn brought_out(tale: &mut Tale, ring_um: f64, cam_um: f64) -> &mut Tale {
    standing(tale).stop().ms(100.0);
    tale.just(|t| t.protrusion_um = -1.0).just(|t| {
        t.theta_rad += 0.01;
        t.depth_um += ring_um;
        t.protrusion_um += ring_um + cam_um;
    })
}

pub(crate) const RESTS: &[Case] = &[
    case(
        "a cam that turns 0.6 s after torque has ended",
        |t| t.ms(300.1).step(1.5 * TAU),
        &["RATE-009"],
    ),
    case(
        "a cam that turns 0.1 ms before that",
        |t| t.ms(300.0).step(1.5 * TAU).ms(10.0),
        &[],
    ),
    case(
        "a cam that turns while a jam holds the trigger",
        |t| {
            t.so(|t| t.held = true).ms(700.0);
            t.step(1.5 * TAU)
        },
        &[],
    ),
    case(
        "an entry from the rim 100 ms after the brake",
        |t| at_the_rim(t).step(PI),
        &["STOP-002"],
    ),
    case(
        "tips that come to the rim only",
        |t| standing(t).stop().ms(100.0).just(|t| t.protrusion_um = 0.0),
        &[],
    ),
    case(
        "an entry from the rim 101 ms after the brake",
        |t| at_the_rim(t).ms(1.0).step(PI),
        &["STOP-002"],
    ),
    case(
        "the ring brings the tips out farther than the cam does",
        |t| brought_out(t, 3.0, 2.0),
        &[],
    ),
    case(
        "the cam alone brings the tips out by half a micrometre",
        |t| brought_out(t, 0.0, 1.5),
        &["STOP-002"],
    ),
    case(
        "the ring brings the tips out as far as the cam does",
        |t| brought_out(t, 1.0, 1.0),
        &[],
    ),
    case(
        "the cam brings the tips out farther than the ring",
        |t| brought_out(t, 1.0, 1.5),
        &["STOP-002"],
    ),
    case(
        "a step of 1e-9 rad is no turn of the cam",
        |t| {
            standing(t).stop().ms(100.0).just(|t| t.theta_rad = 0.0);
            t.just(|t| t.protrusion_um = -1.0)
                .just(|t| (t.theta_rad, t.protrusion_um) = (1e-9, 1.0))
        },
        &[],
    ),
];

/// How far two times or shares may be apart for rounding alone.
fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

#[test]
fn proof_007_an_entry_is_timed_between_two_steps() {
    let mut tale = Tale::new(super::cases::RULES, None);
    standing(&mut tale).stop().turn(0.001).ms(10.0);
    tale.turn(0.0).just(|t| t.protrusion_um = -300.0);
    tale.just(|t| {
        t.theta_rad += 0.01;
        t.protrusion_um = 100.0;
    });
    // 10 ms, one step, and three quarters of the next.
    let after_ms = tale.worst("ms from brake to last entry");
    assert!(is_near(after_ms, 10.175), "{after_ms}");
}

#[test]
fn proof_007_time_in_fast_turns_is_counted_between_two_steps() {
    let mut tale = Tale::new(super::cases::RULES, None);
    tale.drive().turn(160.5).ms(500.0);
    let turns = u32::try_from(tale.rates().count()).expect("few");
    // The first shows that there is a row.
    let expected_ms = f64::from(turns - 1) * 1e3 / 160.5;
    let fast_ms = tale.worst("ms driven above 160 Hz");
    assert!(is_near(fast_ms, expected_ms), "{fast_ms} {expected_ms}");
}

#[test]
fn proof_007_a_cam_that_turned_back_has_made_no_whole_turn() {
    let mut tale = Tale::new(super::cases::RULES, None);
    // Full extensions after 0.5, 1.5 and 2.5 turns; back over the last one, and forward again.
    tale.drive().turn(100.0).ms(26.0).turn(-100.0).ms(3.0);
    assert_eq!(tale.rates().count(), 2);
    tale.turn(100.0).ms(4.0);
    assert_eq!(tale.rates().count(), 2);
    tale.ms(10.0);
    let rates: Vec<f64> = tale.rates().collect();
    assert_eq!(rates.len(), 3);
    assert!(rates.iter().all(|hz| is_near(*hz, 100.0)), "{rates:?}");
}

#[test]
fn proof_007_torque_is_told_when_it_comes_and_goes() {
    let mut tale = Tale::new(super::cases::RULES, None);
    tale.drive().ms(10.0).stop().ms(100.0);
    // A push is none.
    tale.duty(0.2).ms(20.0).off().ms(10.0).duty(0.5).ms(5.0);
    tale.off().ms(10.0);
    assert_eq!(
        tale.torque(),
        [
            (300_100, true),
            (310_100, false),
            (440_100, true),
            (445_100, false)
        ]
    );
}

#[test]
fn proof_007_strokes_are_counted_from_what_they_were_when_the_session_was_seen() {
    // Hundred strokes in an activation before, and hundred in each of two in the session.
    let told = |strokes: u32| {
        let mut tale = Tale::new(super::cases::RULES, None);
        stopped(&mut tale).ms(100.0).says(7, 50).ms(10.0).claims = None;
        for _ in 0..2 {
            tale.drive().turn(100.0).ms(1_000.0).stop().ms(200.0);
        }
        tale.says(7, 50 + strokes).ms(10.0);
        tale.broken()
    };
    // 1 % of 200, 2 for each activation and 5: 11.
    assert_eq!(told(189), [""; 0]);
    assert_eq!(told(188), ["SESS-002"]);
    assert_eq!(told(211), [""; 0]);
    assert_eq!(told(212), ["SESS-002"]);
}
