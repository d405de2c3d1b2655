//! The rate loop's arithmetic, of a motor that makes the numbers round.

use super::{LoopInputs, Regulator};
use crate::fault::Limiting;
use crate::gate::Duty;
use crate::given::PROFILE;
use crate::profile::{DeviceProfile, MotorData};
use crate::units::{Current, Duration, Rate, Voltage};

/// 100 Hz generate 7 V, of which the loop feeds forward 6.79 V; friction takes 0.1 V, of which it gives a
/// tenth; the highest current that it holds to, 1.4 A, loses 0.7 V.
const PEN: DeviceProfile = DeviceProfile {
    motor: MotorData {
        resistance_mohm: 500,
        back_emf_uv_per_hz: 70_000,
        friction_mv: 100,
    },
    ..PROFILE
};
const FORWARD_MV: i32 = 6_790 + 10;

/// 100 Hz set, not measured yet, no load, a full battery.
const AT_100_HZ: LoopInputs = LoopInputs {
    set: Rate::from_hz(100),
    measured: None,
    current: Current::from_ma(0),
    battery: Voltage::from_mv(8_000),
};

fn measured(mhz: u32) -> LoopInputs {
    LoopInputs {
        measured: Some(Rate::from_mhz(mhz)),
        ..AT_100_HZ
    }
}

/// The ramp is over, and the integral stands here.
fn settled(integral_uv: i32) -> Regulator {
    Regulator {
        reference: Rate::from_hz(100),
        integral_uv,
        ..Regulator::default()
    }
}

fn tick(loops: &mut Regulator, inputs: &LoopInputs) -> Duty {
    loops.update(&PEN, inputs, Duration::from_ms(1))
}

#[test]
fn rate_001_the_voltage_is_what_rate_friction_error_and_integral_ask_for() {
    for (mhz, integral_uv, asked_mv) in [
        (100_000, 0, FORWARD_MV),
        // 14 mV for each Hz too slow or too fast.
        (95_000, 0, FORWARD_MV + 70),
        (105_000, 0, FORWARD_MV - 70),
        (100_000, 123_000, FORWARD_MV + 123),
        (100_000, -123_000, FORWARD_MV - 123),
    ] {
        let duty = tick(&mut settled(integral_uv), &measured(mhz));
        let parts = u16::try_from(asked_mv * 10_000 / 8_000).expect("a duty");
        assert_eq!(duty, Duty::from_parts(parts), "{mhz} mHz, {integral_uv} uV");
    }
}

#[test]
fn rate_007_more_than_the_battery_has_is_told_as_voltage() {
    // The load's current is allowed to.
    for (battery_mv, limiting, parts) in [
        (FORWARD_MV + 1, Limiting::None, 9_998),
        (FORWARD_MV, Limiting::None, 10_000),
        (FORWARD_MV - 1, Limiting::Voltage, 10_000),
    ] {
        let mut loops = settled(0);
        let inputs = LoopInputs {
            battery: Voltage::from_mv(battery_mv),
            ..measured(100_000)
        };
        assert_eq!(tick(&mut loops, &inputs), Duty::from_parts(parts));
        assert_eq!(loops.limiting(), limiting, "{battery_mv} mV");
    }
}

#[test]
fn rate_007_more_than_the_current_allows_is_told_as_current() {
    // At 90 Hz 6.3 V are generated: 7 V are allowed. 0.14 V are asked for the 10 Hz that are missing.
    const TRIM_UV: i32 = (7_000 - FORWARD_MV - 140) * 1_000;
    for (integral_uv, limiting, parts) in [
        (TRIM_UV - 1_000, Limiting::None, 8_748),
        (TRIM_UV, Limiting::None, 8_750),
        (TRIM_UV + 1_000, Limiting::Current, 8_750),
    ] {
        let mut loops = settled(integral_uv);
        let duty = tick(&mut loops, &measured(90_000));
        assert_eq!(duty, Duty::from_parts(parts), "{integral_uv} uV");
        assert_eq!(loops.limiting(), limiting, "{integral_uv} uV");
    }
    // More than either: the current counts.
    let mut loops = settled(TRIM_UV + 1_000);
    let inputs = LoopInputs {
        battery: Voltage::from_mv(6_900),
        ..measured(90_000)
    };
    tick(&mut loops, &inputs);
    assert_eq!(loops.limiting(), Limiting::Current);
}

/// The voltage that the current allows a motor that stands, after so many ticks of this current.
fn allowed_mv(loops: &mut Regulator, ma: i32, ticks: u32) -> i32 {
    let inputs = LoopInputs {
        current: Current::from_ma(ma),
        ..AT_100_HZ
    };
    let mut allowed = 0;
    for _ in 0..ticks {
        allowed = loops.allowed_mv(&PEN.motor, &inputs, Duration::from_ms(1));
    }
    allowed
}

#[test]
fn pwr_002_more_than_950_ma_may_last_250_ms() {
    for ma in [i32::MIN, 0, 949, 950] {
        assert_eq!(allowed_mv(&mut settled(0), ma, 1_000), 700, "{ma} mA");
    }
    for ma in [951, 1_400, i32::MAX] {
        assert_eq!(allowed_mv(&mut settled(0), ma, 249), 700, "{ma} mA");
        assert_eq!(allowed_mv(&mut settled(0), ma, 250), 475, "{ma} mA");
        assert_eq!(allowed_mv(&mut settled(0), ma, 1_000), 475, "{ma} mA");
    }
}

#[test]
fn pwr_002_each_millisecond_of_more_than_950_ma_needs_four_of_less() {
    for rest in [4, 40, 400, 1_000, 2_000] {
        let mut loops = settled(0);
        assert_eq!(allowed_mv(&mut loops, 951, 250), 475);
        assert_eq!(allowed_mv(&mut loops, 950, rest), 700, "{rest} ms");
        let again = (rest / 4).min(250);
        if again > 1 {
            assert_eq!(allowed_mv(&mut loops, 951, again - 1), 700, "{rest} ms");
        }
        assert_eq!(allowed_mv(&mut loops, 951, 1), 475, "{rest} ms");
    }
}

/// What a tick adds to the integral. Unit: uV.
fn added(mut loops: Regulator, inputs: &LoopInputs) -> i32 {
    let before = loops.integral_uv;
    tick(&mut loops, inputs);
    loops.integral_uv - before
}

#[test]
fn rate_001_the_integral_follows_the_error_with_half_a_millivolt_per_hz_and_ms() {
    for (mhz, step_uv) in [
        (90_000, 5_000),
        (98_766, 617),
        (100_000, 0),
        (101_234, -617),
        (110_000, -5_000),
    ] {
        assert_eq!(added(settled(0), &measured(mhz)), step_uv, "{mhz} mHz");
    }
    assert_eq!(added(settled(0), &AT_100_HZ), 0, "nothing is measured yet");
    // 1.5 V less are the end.
    assert_eq!(added(settled(-1_499_000), &measured(105_000)), -1_000);
}

#[test]
fn rate_001_the_integral_holds_still_while_the_ramp_runs() {
    // 0.6 Hz a millisecond.
    for (reference_mhz, step_uv) in [
        (99_399, 0),
        (99_400, 5_000),
        (99_401, 5_000),
        (100_000, 5_000),
    ] {
        let loops = Regulator {
            reference: Rate::from_mhz(reference_mhz),
            ..settled(0)
        };
        assert_eq!(added(loops, &measured(90_000)), step_uv, "{reference_mhz}");
    }
}

#[test]
fn rate_001_the_integral_grows_no_further_where_the_output_is_at_its_end() {
    // Held back by the current: not up, but down.
    let held = |mhz| added(settled(1_200_000), &measured(mhz));
    assert_eq!((held(90_000), held(101_000)), (0, -500));
    // By the battery: the same.
    let flat = |mhz| {
        let inputs = LoopInputs {
            battery: Voltage::from_mv(6_500),
            ..measured(mhz)
        };
        added(settled(0), &inputs)
    };
    assert_eq!((flat(99_000), flat(101_000)), (0, -500));
    // Nothing is left to take away: not down, but up.
    let slow = |mhz| {
        let loops = Regulator {
            reference: Rate::from_hz(1),
            ..settled(-1_200_000)
        };
        let inputs = LoopInputs {
            set: Rate::from_hz(1),
            ..measured(mhz)
        };
        added(loops, &inputs)
    };
    assert_eq!((slow(2_000), slow(0)), (0, 500));
}
