//! Rooms alone, asked for what the pen as a whole never asks of them: each answers on its own.

use crate::account::{Account, SessionLimits};
use crate::drive::Drive;
use crate::gate::Wish;
use crate::given::{PROFILE, ZONE, plan_of};
use crate::io::TagReading;
use crate::journal::Trace;
use crate::seat::Seat;
use crate::senses::{Readings, Senses};
use crate::units::{Current, Duration, Rate, Voltage};

const TICK: Duration = Duration::from_ms(1);

#[test]
fn sess_006_a_start_without_a_plan_starts_none_that_comes_later() {
    let mut account = Account::new(None, &mut ());
    account.start_plan();
    assert!(account.plan().is_none());
    account.take_plan(&plan_of(7, 2_500, &[ZONE]), &mut ());
    let mut wait = |ms| {
        let most = || SessionLimits {
            on: Duration::from_min(30),
            elapsed: Duration::from_min(45),
        };
        account
            .tick(Duration::from_ms(ms), true, false, most)
            .expired
    };
    // Ten minutes from now on.
    assert_eq!(wait(599_999), None);
    assert_eq!(wait(1), Some(7));
}

#[test]
fn cart_003_nothing_is_marked_as_used_where_no_tag_was_read() {
    for (seated, seen) in [
        (false, TagReading::Absent),
        (true, TagReading::Absent),
        (true, TagReading::Unreadable),
    ] {
        let mut seat = Seat::new();
        seat.update(seated, seen, &mut ());
        let mut told = Trace::new();
        seat.use_up(&mut told);
        assert_eq!(seat.burn(), None, "{seated} {seen:?}");
        assert!(told.take().is_none(), "{seated} {seen:?}");
    }
}

/// What the motor is told after so many ticks of these readings.
fn driven(readings: &Readings, ticks: u32) -> Wish {
    let mut drive = Drive::new(false);
    drive.begin();
    let set = Rate::from_hz(100);
    for _ in 1..ticks {
        drive.turn(&PROFILE, readings, set, TICK, &mut ());
    }
    drive.turn(&PROFILE, readings, set, TICK, &mut ())
}

fn readings(battery_mv: Option<i32>, current_ma: Option<i32>, smooth_ma: i32) -> Readings {
    Readings {
        battery: battery_mv.map(Voltage::from_mv),
        current: current_ma.map(Current::from_ma),
        current_smooth: Current::from_ma(smooth_ma),
        ..*Senses::new().readings()
    }
}

#[test]
fn sens_001_without_a_battery_reading_there_is_a_brake_and_no_voltage() {
    assert_eq!(driven(&readings(None, Some(0), 0), 1), Wish::Brake);
    assert_eq!(driven(&readings(None, Some(0), 0), 200), Wish::Brake);
    let there = driven(&readings(Some(8_000), Some(0), 0), 200);
    assert!(matches!(there, Wish::Turn(duty) if duty.as_parts() > 0));
}

#[test]
fn sens_001_a_current_that_is_not_read_is_not_the_last_one() {
    let none = driven(&readings(Some(8_000), Some(0), 0), 200);
    let much = driven(&readings(Some(8_000), Some(900), 900), 200);
    assert_ne!(much, none);
    assert_eq!(driven(&readings(Some(8_000), None, 900), 200), none);
}
