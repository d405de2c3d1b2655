//! Raw readings: range, age, rate of change.

use pen_core::calibration::{Calibration, Channel};
use pen_core::fault::Fault;
use pen_core::journal::{Record, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::plan::Plan;
use pen_core::request::{Refusal, Reply, Request, RequestKind, Role};
use pen_core::session::Ledger;
use pen_tests::given::{self, um};
use pen_tests::rig::{Rig, Shake, Wire};

#[test]
fn sens_001_a_bad_depth_sample_is_bridged_for_10_ms_and_no_longer() {
    for wire in [Wire::Counts(0), Wire::Counts(4_095), Wire::Late(10_001)] {
        for channel in [Channel::A, Channel::B] {
            let mut rig = Rig::default().to_standby();
            rig.shake = Shake::Not;
            rig.ticks(20);
            let good = rig.status().depth;
            assert_eq!(good, Some(um(1_000)));
            match channel {
                Channel::A => rig.depth_a.wire = wire,
                Channel::B => rig.depth_b.wire = wire,
            }
            let bridged = rig.until(20, "nothing", |rig| rig.status().depth.is_none()) - 1;
            assert!(bridged <= 10, "{channel:?} {wire:?}: {bridged}");
            assert!(bridged >= 9 || matches!(wire, Wire::Late(_)), "{bridged}");
            // It stays nothing; the last good value does not come back.
            rig.ticks(500);
            assert_eq!(rig.status().depth, None);
        }
    }
}

#[test]
fn sens_001_a_sample_and_its_bridge_are_10_ms_together() {
    for channel in [Channel::A, Channel::B] {
        let mut rig = Rig::default().to_standby();
        match channel {
            Channel::A => rig.depth_a.wire = Wire::Silent,
            Channel::B => rig.depth_b.wire = Wire::Silent,
        }
        let bridged = rig.until(30, "nothing", |rig| rig.status().depth.is_none()) - 1;
        assert_eq!(bridged, 10);
    }
    let mut rig = Rig::default().to_running();
    rig.current.wire = Wire::Silent;
    rig.brakes_within(12);
    assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    let mut rig = Rig::default().to_standby();
    rig.battery.wire = Wire::Silent;
    rig.until(12, "locked", |rig| rig.status().locks.has(Lock::Battery));
}

#[test]
fn sens_001_current_is_bridged_for_10_ms_while_driving() {
    let mut rig = Rig::default().to_running();
    for _ in 0..10 {
        rig.current.wire = Wire::Counts(4_095);
        rig.runs_for(10);
        rig.current.wire = Wire::True;
        rig.runs_for(5);
    }
    rig.current.wire = Wire::Counts(4_095);
    let took = rig.brakes_within(12);
    assert_eq!(took, 11);
    assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
}

#[test]
fn sens_001_a_jump_faster_than_a_hand_is_not_believed_at_once() {
    // 50 um a millisecond is believed; more has to last.
    let mut rig = Rig::default().to_standby();
    rig.shake = Shake::Not;
    rig.ticks(20);
    for (jump, ticks) in [(50, 2), (51, 3), (100, 3), (101, 4), (300, 7)] {
        rig.ring(1_000 + jump);
        let took = rig.until(20, "believed", |rig| {
            rig.status().depth == Some(um(1_000 + jump))
        });
        assert_eq!(took, ticks, "{jump}");
        rig.ring(1_000);
        rig.ticks(120);
    }
    // A jump that no bridge can cover makes the depth unknown, never the old value for ever.
    rig.ring(2_400);
    let mut unknown = 0;
    for _ in 0..12 {
        rig.tick();
        unknown += u32::from(rig.status().depth.is_none());
    }
    assert!(unknown >= 1);
    rig.ticks(150);
    assert_eq!(rig.status().depth, Some(um(2_400)));
}

#[test]
fn sens_001_one_spike_is_no_depth() {
    let mut rig = Rig::default().to_standby();
    rig.shake = Shake::Not;
    rig.ticks(20);
    for spike in [-900, -40, 40, 900] {
        rig.ring_a_um = 1_000 + spike;
        rig.tick();
        assert_eq!(rig.status().depth_a, Some(um(1_000)));
        rig.ring_a_um = 1_000;
        for _ in 0..10 {
            rig.tick();
            assert_eq!(rig.status().depth_a, Some(um(1_000)));
        }
    }
}

#[test]
fn sens_001_every_count_of_every_input_ends_in_a_mode() {
    // Nothing that a converter can say does worse than stop the pen.
    for counts in (0..4_096_u16).step_by(5).chain([4_095, 4_096, u16::MAX]) {
        let mut rig = Rig::default().to_running();
        match counts % 4 {
            0 => rig.depth_a.wire = Wire::Counts(counts),
            1 => rig.depth_b.wire = Wire::Counts(counts),
            2 => rig.current.wire = Wire::Counts(counts),
            _ => rig.battery.wire = Wire::Counts(counts),
        }
        rig.ticks(400);
        rig.trigger = given::RELEASED;
        rig.ticks(800);
        assert!(
            !rig.drives() && rig.mode().is_at_rest(),
            "{counts}: {}",
            rig.state()
        );
        assert_ne!(rig.mode(), Mode::Boot);
    }
}

#[test]
fn sens_001_a_treatment_does_not_go_on_without_the_battery_reading() {
    for wire in [Wire::Counts(0), Wire::Counts(4_095), Wire::Late(10_001)] {
        let mut rig = Rig::default().to_running();
        rig.battery.wire = wire;
        let took = rig.brakes_within(13);
        assert!(
            took >= 2 || matches!(wire, Wire::Late(_)),
            "one bad sample is bridged: {took}"
        );
        assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    }
}

/// First day on which this program can have run, 2026-11-05.
const RELEASE: u16 = 2_500;
/// Days ahead that need no confirmation.
const NEAR: u16 = 60;
/// Time for which the confirm button must be held. Unit: ticks.
const HOLD: u32 = 2_000;

/// A pen in Standby that was calibrated on one day and has seen another; the calibration lasts.
fn seen(made_day: u16, day: u16) -> Rig {
    let mut boot = given::boot();
    boot.calibration = Ok(Calibration {
        made_day,
        due_day: 9_000,
        ..given::calibration()
    });
    boot.ledger = Some(Ledger {
        day,
        ..Ledger::default()
    });
    let mut rig = Rig::new(boot).to_standby();
    rig.tag = pen_core::io::TagReading::Present(pen_core::io::Tag {
        expiry_day: u16::MAX,
        ..given::tag()
    });
    rig.ticks(50);
    rig
}

fn of(day: u16) -> Plan {
    Plan {
        day,
        ..given::plan()
    }
}

/// Holds the confirm button for so many ticks, then lets go.
fn hold(rig: &mut Rig, ticks: u32) {
    rig.buttons.ok = true;
    rig.ticks(ticks);
    rig.buttons.ok = false;
    rig.ticks(5);
}

#[test]
fn sens_004_a_day_before_calibration_session_or_program_is_refused() {
    // Made, seen in a session, and the last of the three.
    for (made, day, last) in [
        (2_510, 0, 2_510),
        (2_510, 2_509, 2_510),
        (2_510, 2_530, 2_530),
        (1_000, 0, RELEASE),
        (1_000, RELEASE - 1, RELEASE),
        (RELEASE, RELEASE, RELEASE),
    ] {
        for asked in [0, 1_900, last - 1] {
            let mut rig = seen(made, day);
            let before = rig.ledger();
            let answer = rig.load(of(asked));
            assert_eq!(answer, Err(Refusal::ClockWentBack { asked, seen: last }));
            assert_eq!((rig.ledger(), rig.pen.plan()), (before, None));
            rig.press_ok();
            assert_eq!(rig.mode(), Mode::Standby);
        }
        for asked in [last, last + 1] {
            let mut rig = seen(made, day);
            assert_eq!(rig.load(of(asked)), Ok(Reply::Done), "{made} {day}");
            rig.arm();
            assert_eq!(rig.ledger().day, asked);
        }
    }
}

#[test]
fn sens_004_an_old_day_does_not_renew_an_expired_cartridge() {
    let mut rig = seen(2_510, 0);
    rig.tag = pen_core::io::TagReading::Present(pen_core::io::Tag {
        expiry_day: 2_000,
        ..given::tag()
    });
    let (asked, seen) = (2_000, 2_510);
    assert_eq!(
        rig.load(of(asked)),
        Err(Refusal::ClockWentBack { asked, seen })
    );
    assert_eq!(rig.load(of(2_510)), Ok(Reply::Done));
    rig.press_ok();
    assert_eq!(rig.mode(), Mode::Standby);
}

#[test]
fn sens_004_loading_alone_moves_no_day() {
    let mut rig = seen(2_510, 2_520);
    let before = rig.ledger();
    for ahead in [1, NEAR, NEAR + 1, 300] {
        assert_eq!(rig.load(of(2_520 + ahead)), Ok(Reply::Done));
        rig.ticks(100);
        assert_eq!(rig.ledger(), before);
        assert_eq!(rig.stored.day, 2_520);
        assert_eq!(rig.load(of(2_520)), Ok(Reply::Done), "{ahead}");
    }
    assert_eq!(rig.load(of(2_800)), Ok(Reply::Done));
    rig.reboot(ResetCause::PowerOn);
    rig.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
    assert_eq!(rig.load(of(2_520)), Ok(Reply::Done));
    rig.arm();
    assert_eq!(rig.stored.day, 2_520);
    // A zone was opened: there is no way back to the day before, after a reset neither.
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    let back = Err(Refusal::ClockWentBack {
        asked: 2_519,
        seen: 2_520,
    });
    rig.tick();
    assert_eq!(rig.load(of(2_519)), back);
    rig.ticks(100);
    rig.reboot(ResetCause::PowerOn);
    rig.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
    assert_eq!(rig.load(of(2_519)), back);
}

#[test]
fn sens_004_a_day_far_ahead_is_confirmed_by_holding_the_button_for_2_s() {
    for (made, day) in [(2_510, 2_520), (2_520, 0), (1_000, 0)] {
        let last = made.max(day).max(RELEASE);
        for (ahead, held, arms) in [
            (NEAR, 25, true),
            (NEAR + 1, 25, false),
            (NEAR + 1, HOLD - 1, false),
            (NEAR + 1, HOLD, true),
            (300, HOLD - 1, false),
            (300, HOLD + 500, true),
        ] {
            let mut rig = seen(made, day);
            assert_eq!(rig.load(of(last + ahead)), Ok(Reply::Done));
            hold(&mut rig, held);
            let what = format!("{last} + {ahead}, {held} ms: {}", rig.state());
            if arms {
                assert_eq!(rig.mode(), Mode::Ready, "{what}");
                assert_eq!(rig.ledger().day, last + ahead, "{what}");
                continue;
            }
            assert_eq!(rig.mode(), Mode::Standby, "{what}");
            let (what_for, why) = (
                RequestKind::ConfirmZone,
                Refusal::DayFarAhead {
                    asked: last + ahead,
                    seen: last,
                },
            );
            let refused = Record::Refused {
                what: what_for,
                why,
            };
            assert!(rig.log.contains(&refused), "{what}");
            rig.ticks(50);
            assert_eq!(rig.ledger().day, day, "{what}");
            // The right day is still good.
            assert_eq!(rig.load(of(last)), Ok(Reply::Done), "{what}");
            rig.arm();
        }
    }
}

#[test]
fn sens_004_two_short_presses_are_not_one_long_one() {
    let mut rig = seen(2_510, 2_520);
    assert_eq!(rig.load(of(2_800)), Ok(Reply::Done));
    for _ in 0..3 {
        hold(&mut rig, HOLD - 1);
        assert_eq!(rig.mode(), Mode::Standby);
    }
}

#[test]
fn sens_004_a_technician_at_the_pen_corrects_the_day() {
    let mut rig = seen(2_510, 2_800);
    let set = |day| Request::SetDay { day };
    let (asked, needed) = (Role::Operator, Role::Technician);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(
        rig.operator(set(2_520)),
        Err(Refusal::Role { asked, needed })
    );
    rig.buttons.ok = false;
    rig.tick();
    assert_eq!(rig.technician(set(2_520)), Err(Refusal::NobodyAtThePen));
    rig.buttons.ok = true;
    rig.ticks(19);
    assert_eq!(rig.technician(set(2_520)), Err(Refusal::NobodyAtThePen));
    rig.tick();
    // Not before the calibration, nor far ahead of it by a short press.
    for asked in [0, 1_900, 2_509] {
        let seen = 2_510;
        let back = Err(Refusal::ClockWentBack { asked, seen });
        assert_eq!(rig.technician(set(asked)), back);
    }
    let (asked, seen) = (2_510 + NEAR + 1, 2_510);
    assert_eq!(
        rig.technician(set(asked)),
        Err(Refusal::DayFarAhead { asked, seen })
    );
    assert_eq!(rig.ledger().day, 2_800);
    assert_eq!(rig.technician(set(2_520)), Ok(Reply::Done));
    let (from, to) = (2_800, 2_520);
    assert!(rig.log.contains(&Record::DayCorrected { from, to }));
    rig.buttons.ok = false;
    rig.ticks(20);
    assert_eq!(rig.stored.day, 2_520);
    rig.reboot(ResetCause::PowerOn);
    rig.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
    assert_eq!(rig.ledger().day, 2_520);
    assert_eq!(rig.load(of(2_520)), Ok(Reply::Done));
    rig.arm();
}

#[test]
fn sens_004_a_corrected_day_lies_near_or_the_button_was_held() {
    for (made, asked, held, done) in [
        (2_510, 2_510, 20, true),
        (2_510, 2_510 + NEAR, 20, true),
        (2_510, 2_510 + NEAR + 1, HOLD - 1, false),
        (2_510, 2_510 + NEAR + 1, HOLD, true),
        (1_000, RELEASE - 1, HOLD, false),
        (1_000, RELEASE, 20, true),
    ] {
        let mut rig = seen(made, 2_800);
        rig.buttons.ok = true;
        rig.ticks(held);
        let answer = rig.technician(Request::SetDay { day: asked });
        assert_eq!(answer.is_ok(), done, "{made} {asked} {held}: {answer:?}");
        assert_eq!(rig.ledger().day, if done { asked } else { 2_800 });
    }
    // Only at rest, and not while a fault is latched or a zone is open.
    for mode in Mode::ALL {
        let mut rig = Rig::reach(mode);
        let stays = matches!(mode, Mode::Locked | Mode::Standby | Mode::Service);
        let answer = rig.technician(Request::SetDay { day: RELEASE });
        let expected = if stays {
            Refusal::NobodyAtThePen
        } else {
            Refusal::NotNow { mode }
        };
        assert_eq!(answer, Err(expected), "{mode:?}");
    }
}

#[test]
fn sens_004_a_calibration_is_not_older_than_the_program_nor_far_ahead() {
    // A calibration may be older than the day seen, because that may be the wrong one of the two;
    // the one in force was made on day 2 510.
    let made = 2_510;
    for (made_day, held, why) in [
        (
            RELEASE - 1,
            HOLD,
            Some(Refusal::ClockWentBack {
                asked: RELEASE - 1,
                seen: RELEASE,
            }),
        ),
        (RELEASE, 0, None),
        (made + NEAR, 0, None),
        (
            made + NEAR + 1,
            HOLD - 1,
            Some(Refusal::DayFarAhead {
                asked: made + NEAR + 1,
                seen: made,
            }),
        ),
        (made + NEAR + 1, HOLD, None),
    ] {
        let mut rig = Rig::default().to_service();
        // The host is there: Service mode ends without it.
        rig.buttons.ok = held > 0;
        for _ in 0..held {
            rig.tick();
            let _ = rig.technician(Request::Heartbeat);
        }
        let calibration = Calibration {
            generation: 8,
            made_day,
            due_day: made_day + 300,
            ..given::calibration()
        };
        let answer = rig.technician(Request::Stage {
            calibration,
            digest: 1,
        });
        assert_eq!(answer.err(), why, "{made_day}");
    }
}
