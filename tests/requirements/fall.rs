//! Free fall and shocks.

use pen_core::calibration::Calibration;
use pen_core::fault::Fault;
use pen_core::journal::{Record, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Reply, Request, RequestKind};
use pen_tests::given;
use pen_tests::rig::{Rig, Wire};

/// Brake after this long at most, counted from the moment the hand lets go. Unit: ms.
const BOUND_MS: u32 = 150;

/// The same strength along each axis, both ways, and across all three.
fn directions(mg: i16) -> [[i16; 3]; 7] {
    // Rounded towards zero: never stronger than asked.
    let part = i16::try_from(i32::from(mg) * 577 / 1_000).expect("smaller");
    [
        [mg, 0, 0],
        [-mg, 0, 0],
        [0, mg, 0],
        [0, -mg, 0],
        [0, 0, mg],
        [0, 0, -mg],
        [part, -part, part],
    ]
}

fn silent(mut rig: Rig) -> Rig {
    rig.felt_noise = false;
    rig
}

#[test]
fn pwr_007_brakes_within_150_ms_of_the_beginning_of_a_fall() {
    let (mut least, mut most) = (u32::MAX, 0);
    for mg in (0..=299).step_by(23).chain([299]) {
        for felt in directions(mg) {
            let mut rig = silent(Rig::default().to_running());
            rig.felt_mg = felt;
            let took = rig.brakes_within(BOUND_MS);
            assert_eq!(rig.fault(), Some(Fault::FreeFall), "{felt:?}");
            assert!(rig.brakes(), "{felt:?}");
            (least, most) = (least.min(took), most.max(took));
        }
    }
    println!("brake {least} to {most} ms after the hand let go");
    // Less than 60 ms would be a gesture.
    assert!(least >= 60 && most <= BOUND_MS);
}

#[test]
fn pwr_007_what_feels_0_3_g_does_not_fall() {
    for mg in [300, 301, 500, 1_000, 3_000, 6_000] {
        for (held, felt) in directions(1_000).into_iter().zip(directions(mg)).take(6) {
            let mut rig = silent(Rig::default().to_running());
            rig.felt_mg = held;
            rig.runs_for(100);
            rig.felt_mg = felt;
            rig.runs_for(400);
        }
    }
}

#[test]
fn pwr_007_a_gesture_is_no_fall() {
    let mut rig = Rig::default().to_running();
    for _ in 0..20 {
        rig.felt_mg = [0, 0, 0];
        rig.runs_for(60);
        rig.felt_mg = [0, 0, 1_000];
        rig.runs_for(30);
    }
}

#[test]
fn pwr_007_a_shock_above_6_g_brakes_at_once() {
    for (mg, good) in [
        (6_000, true),
        (6_001, false),
        (8_188, false),
        (i16::MAX, false),
    ] {
        for felt in directions(mg).into_iter().take(6) {
            let mut rig = Rig::default().to_running();
            rig.felt_noise = false;
            rig.felt_mg = felt;
            rig.tick();
            rig.felt_mg = [0, 0, 1_000];
            assert_eq!(rig.drives(), good, "{felt:?}");
            assert_eq!(rig.fault(), (!good).then_some(Fault::Shock), "{felt:?}");
            if good {
                rig.runs_for(100);
            } else {
                assert!(rig.brakes());
            }
        }
    }
    // Three axes together, each below the limit.
    let mut rig = Rig::default().to_running();
    rig.felt_mg = [3_465, 3_465, 3_465];
    rig.tick();
    assert_eq!(rig.fault(), Some(Fault::Shock));
    let mut rig = Rig::default().to_running();
    rig.felt_mg = [i16::MIN; 3];
    rig.tick();
    assert_eq!(rig.fault(), Some(Fault::Shock));
}

#[test]
fn pwr_007_says_how_strong_it_was() {
    let tripped = |rig: &Rig| {
        rig.log.iter().find_map(|record| match record {
            Record::Tripped(trip) => Some((trip.measured, trip.allowed)),
            _ => None,
        })
    };
    let mut rig = silent(Rig::default().to_running());
    rig.felt_mg = [0, 0, 120];
    rig.brakes_within(BOUND_MS);
    let (measured, allowed) = tripped(&rig).expect("a trip");
    assert!(
        (119..=125).contains(&measured) && allowed == 300,
        "{measured}"
    );
    let mut rig = silent(Rig::default().to_running());
    rig.felt_mg = [0, -7_000, 0];
    rig.brakes_within(1);
    assert_eq!(tripped(&rig), Some((7_000, 6_000)));
}

#[test]
fn pwr_007_counts_in_every_mode() {
    for mode in Mode::ALL {
        for (fault, felt, ms) in [
            (Fault::FreeFall, [0, 0, 0], BOUND_MS),
            (Fault::Shock, [0, 7_000, 0], 1),
        ] {
            let mut rig = Rig::reach(mode);
            let before = rig.fault();
            rig.felt_mg = felt;
            rig.ticks(ms);
            rig.felt_mg = [0, 0, 1_000];
            assert!(!rig.drives(), "{mode:?}");
            assert_eq!(rig.fault(), before.or(Some(fault)), "{mode:?}");
            assert_eq!(rig.ledger().terminal, Some(fault), "{mode:?}");
            rig.trigger = given::RELEASED;
            rig.seated = true;
            rig.comes_to(Mode::Faulted);
            rig.ticks(300);
            rig.press_ok();
            rig.comes_to(Mode::Locked);
            rig.ticks(600);
            assert!(rig.status().locks.has(Lock::ZeroCheck), "{mode:?}");
            assert_eq!(rig.mode(), Mode::Locked, "{mode:?}");
        }
    }
}

/// Fell while it treated, and acknowledged; the ring is where it was.
fn fallen() -> Rig {
    let mut rig = Rig::default().to_running();
    rig.felt_mg = [0, 0, 0];
    rig.brakes_within(BOUND_MS);
    rig.felt_mg = [0, 0, 1_000];
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ticks(300);
    rig.press_ok();
    rig.comes_to(Mode::Locked);
    rig.ticks(600);
    rig
}

fn is_locked(rig: &Rig) -> bool {
    let locks: Vec<Lock> = rig.status().locks.iter().collect();
    locks == [Lock::ZeroCheck] && rig.mode() == Mode::Locked
}

#[test]
fn pwr_007_stays_locked_through_reset_and_power_loss() {
    let mut rig = fallen();
    assert!(is_locked(&rig), "{}", rig.state());
    for cause in [
        ResetCause::PowerOn,
        ResetCause::Software,
        ResetCause::Unknown,
        ResetCause::PowerOn,
    ] {
        rig.reboot(cause);
        rig.ticks(1_500);
        assert!(is_locked(&rig), "{}", rig.state());
    }
    rig.check_zero();
    rig.comes_to(Mode::Standby);
    rig.ticks(50);
    rig.reboot(ResetCause::PowerOn);
    rig.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
}

#[test]
fn pwr_007_zero_is_checked_within_50_um_on_both_channels() {
    for um in -60..=60 {
        for (a, b) in [(um, um), (um, 0), (0, um)] {
            let mut rig = fallen();
            (rig.ring_a_um, rig.ring_b_um) = (a, b);
            rig.ticks(50);
            rig.press_ok();
            let good = um.abs() <= 50;
            assert_eq!(is_locked(&rig), !good, "{a} {b}: {}", rig.state());
            let checked = |record: &Record| matches!(record, Record::ZeroChecked { .. });
            assert_eq!(rig.recorded(checked), good);
            if good {
                rig.comes_to(Mode::Standby);
            } else {
                let refused = Refusal::NotAtZero {
                    measured: given::um(um),
                    allowed: given::um(50),
                };
                assert_eq!(rig.refused(), Some(refused), "{a} {b}");
            }
        }
    }
    for um in [-100, 300, 1_000, 1_200, 2_400] {
        let mut rig = fallen();
        rig.ring(um);
        rig.ticks(100);
        rig.press_ok();
        assert!(is_locked(&rig), "{um}");
    }
}

#[test]
fn pwr_007_a_channel_that_cannot_be_read_cannot_be_checked() {
    for break_it in [
        (|rig: &mut Rig| rig.depth_a.wire = Wire::Counts(4_095)) as fn(&mut Rig),
        |rig| rig.depth_b.wire = Wire::Silent,
    ] {
        let mut rig = fallen();
        rig.ring(0);
        rig.ticks(50);
        break_it(&mut rig);
        rig.ticks(50);
        rig.press_ok();
        assert_eq!(rig.refused(), Some(Refusal::DepthUnknown));
        assert!(rig.status().locks.has(Lock::ZeroCheck));
    }
    // Without a calibration nobody knows what zero reads.
    let mut rig = fallen();
    rig.boot.calibration = Err(pen_core::journal::RecordDefect::Missing);
    rig.reboot(ResetCause::PowerOn);
    rig.ring(0);
    rig.ticks(1_000);
    rig.press_ok();
    assert!(matches!(rig.refused(), Some(Refusal::Locked { .. })));
    assert!(rig.status().locks.has(Lock::ZeroCheck));
}

#[test]
fn pwr_007_only_the_hand_at_the_pen_checks_zero() {
    let mut rig = Rig::default().to_running();
    rig.felt_mg = [0, 7_000, 0];
    rig.brakes_within(1);
    rig.felt_mg = [0, 0, 1_000];
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ring(0);
    rig.ticks(300);
    // The host may acknowledge that it happened; it cannot see the ring.
    assert_eq!(rig.operator(Request::Acknowledge), Ok(Reply::Done));
    rig.ticks(2_000);
    assert!(is_locked(&rig), "{}", rig.state());
    assert_eq!(rig.operator(Request::Acknowledge), Err(Refusal::NoFault));
    rig.press_next();
    assert!(is_locked(&rig), "{}", rig.state());
    rig.press_ok();
    rig.comes_to(Mode::Standby);
    let asked = |record: &Record| {
        matches!(
            record,
            Record::Refused {
                what: RequestKind::CheckZero,
                ..
            }
        )
    };
    assert!(!rig.recorded(asked));
}

#[test]
fn pwr_007_a_calibration_that_was_signed_off_is_a_check_and_no_other_is() {
    for (reverted, signed) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut rig = fallen();
        rig.tag = given::dummy();
        rig.buttons.ok = true;
        rig.ticks(25);
        assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
        let calibration = Calibration {
            generation: given::calibration().generation + 1,
            ..given::calibration()
        };
        let digest = 7;
        let answer = if reverted {
            rig.technician(Request::Revert {
                calibration: given::calibration(),
                digest: 0,
            })
        } else {
            let staged = rig.technician(Request::Stage {
                calibration,
                digest,
            });
            assert_eq!(staged, Ok(Reply::Done));
            rig.technician(Request::Commit { digest })
        };
        let Ok(Reply::Store(stored)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(rig.pen.calibration_stored(stored, digest), Ok(()));
        rig.ticks(25);
        assert!(
            rig.status().locks.has(Lock::ZeroCheck),
            "nobody has measured yet"
        );
        if signed {
            let generation = stored.generation;
            assert_eq!(rig.sign_off(generation), Ok(Reply::SignOff));
        }
        rig.buttons.ok = false;
        rig.ticks(25);
        assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
        rig.ticks(100);
        assert_eq!(rig.status().locks.has(Lock::ZeroCheck), !signed);
        rig.reboot(ResetCause::PowerOn);
        rig.ticks(100);
        assert_eq!(rig.status().locks.has(Lock::ZeroCheck), !signed);
    }
}

#[test]
fn pwr_007_a_terminal_fault_is_not_forgotten_over_a_fall() {
    let mut rig = Rig::default().to_running();
    rig.felt_mg = [0, 7_000, 0];
    rig.cam = pen_tests::rig::Cam::Turns(100_000);
    rig.ticks(200);
    assert_eq!(rig.fault(), Some(Fault::Shock));
    assert_eq!(rig.ledger().terminal, Some(Fault::DriveStuck));
}

#[test]
fn pwr_007_a_fall_goes_on_being_the_cause_until_it_ends() {
    let mut rig = Rig::default().to_running();
    rig.felt_mg = [0, 0, 0];
    rig.brakes_within(BOUND_MS);
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ticks(300);
    rig.press_ok();
    let fault = Fault::FreeFall;
    assert_eq!(rig.refused(), Some(Refusal::CausePresent { fault }));
    assert_eq!(rig.mode(), Mode::Faulted);
}

#[test]
fn pwr_007_without_an_accelerometer_nothing_starts() {
    let broken: [fn(&mut Rig); 3] = [
        |rig| rig.felt_age_us = 10_001,
        |rig| rig.felt_age_us = u32::MAX,
        |rig| rig.felt_noise = false,
    ];
    for break_it in broken {
        let mut rig = Rig::default();
        break_it(&mut rig);
        rig.ticks(2_000);
        assert_eq!(rig.mode(), Mode::Locked);
        let locks: Vec<Lock> = rig.status().locks.iter().collect();
        assert_eq!(locks, [Lock::Motion]);
        for mode in [Mode::Standby, Mode::Ready] {
            let mut rig = Rig::reach(mode);
            break_it(&mut rig);
            rig.ticks(520);
            assert_eq!(rig.mode(), Mode::Locked, "{mode:?}");
            // It opens by itself when the part answers again.
            rig.felt_age_us = 500;
            rig.felt_noise = true;
            rig.comes_to(Mode::Standby);
        }
    }
    let mut rig = Rig::default();
    rig.felt_age_us = 10_000;
    rig.to_standby();
}

#[test]
fn pwr_007_an_accelerometer_that_fails_while_treating_stops() {
    let mut rig = Rig::default().to_running();
    rig.felt_age_us = 10_000;
    rig.runs_for(200);
    rig.felt_age_us = 10_001;
    assert_eq!(rig.brakes_within(1), 1);
    assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    let mut rig = Rig::default().to_running();
    rig.felt_noise = false;
    let took = rig.brakes_within(520);
    assert!(took > 500, "{took}");
    assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    // It is no fall: once mended and acknowledged, nobody has to turn the ring.
    rig.felt_noise = true;
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ticks(300);
    rig.acknowledge();
}
