use super::{Heat, Load, Stage};
use crate::estimate::GripSense;
use crate::io::Sample;
use crate::units::{Current, Duration, Temperature, Voltage};

fn load(ma: i32, duty: u16) -> Load {
    Load {
        current: Current::from_ma(ma),
        duty,
        battery: Voltage::from_mv(8_000),
        resistance_mohm: 2_980,
    }
}

/// A thermistor that reads these counts, long since.
fn grip(counts: u16) -> GripSense {
    let mut grip = GripSense::new();
    let sample = Sample {
        counts,
        age: Duration::from_us(0),
    };
    grip.update(sample, Duration::from_ms(1));
    grip
}

/// The counts that read at least this temperature, in tenths of a degree.
fn counts_of(tenths: i32) -> u16 {
    (401..=3_156)
        .rev()
        .find(|counts| {
            let read = grip(*counts).temperature().expect("on the table");
            read.as_decicelsius() >= tenths
        })
        .expect("on the table")
}

/// Every second tick has room, the first one of them.
fn run(heat: &mut Heat, load: &Load, counts: u16, ms: u32) {
    let grip = grip(counts);
    for tick in 0..ms {
        heat.update(load, &grip, tick % 2 == 0, Duration::from_ms(1));
    }
}

/// 25 degC.
const COOL: u16 = 2_048;

/// The same equations a millisecond at a time and a thousand times finer: thousandths of a millionth
/// of a degree, microwatts.
struct Reference {
    winding: i64,
    motor: i64,
    housing: i64,
}

impl Reference {
    fn run(&mut self, ma: i64, duty: i64, ms: u32) {
        for _ in 0..ms {
            let cold = ma * ma * 2_980 / 1_000;
            let above = self.winding / 1_000_000 - 22_000;
            let copper = cold + cold * 39 * above / 10_000_000;
            let rest = (ma * duty * 8 / 10 - cold).max(0);
            let inner = (self.winding - self.motor) / 6_000;
            let outer = (self.motor - self.housing) / 8_000;
            let lost = (self.housing - 25 * DEGREE) / 12_000;
            self.winding += (copper - inner) * 6 / 5;
            self.motor += (rest + inner - outer) * 5 / 38;
            self.housing += (outer - lost) / 70;
            self.housing = self.housing.max(25 * DEGREE);
        }
    }
}

/// A degree in the reference's unit.
const DEGREE: i64 = 1_000_000_000;

#[test]
fn pwr_004_the_model_follows_its_equations() {
    for (ma, duty) in [
        (0, 0_u16),
        (120, 3_000),
        (400, 7_000),
        (950, 10_000),
        (1_500, 10_000),
    ] {
        let mut heat = Heat::new();
        run(&mut heat, &load(0, 0), COOL, 1);
        let mut reference = Reference {
            winding: 40 * DEGREE,
            motor: 40 * DEGREE,
            housing: 25 * DEGREE,
        };
        for second in 1..=300 {
            run(&mut heat, &load(ma, duty), COOL, 1_000);
            reference.run(i64::from(ma), i64::from(duty), 1_000);
            for (found, wanted) in [
                (heat.winding, reference.winding / 1_000),
                (heat.housing, reference.housing / 1_000),
            ] {
                let away = (i64::from(found) - wanted).abs();
                // At 8 K/s the model is 0.8 K behind when it is about to move; a milliwatt of
                // rounding in each flow is 0.03 K.
                assert!(
                    away < 1_000_000 + (wanted - 25_000_000) / 100,
                    "{ma} mA, {second} s: {found}, not {wanted}"
                );
            }
        }
    }
}

#[test]
fn pwr_004_the_worse_of_thermistor_and_model_counts() {
    // A thermistor that came off reads the air; the motor heats the housing all the same.
    let mut heat = Heat::new();
    run(&mut heat, &load(0, 0), COOL, 1);
    run(&mut heat, &load(950, 10_000), COOL, 600_000);
    assert!(heat.is_warm() && heat.is_grip_hot(), "{heat:?}");
    // Nothing runs, the grip is warm all the same.
    let mut heat = Heat::new();
    run(&mut heat, &load(0, 0), COOL, 1);
    run(&mut heat, &load(0, 0), counts_of(430), 200);
    assert!(heat.is_warm() && heat.is_grip_hot(), "{heat:?}");
}

#[test]
fn pwr_004_warm_from_41_and_hot_from_43_degrees() {
    for counts in 401..=3_156 {
        let read = grip(counts).temperature().expect("on the table");
        let tenths = read.as_decicelsius();
        let mut heat = Heat::new();
        run(&mut heat, &load(0, 0), counts, 1);
        assert_eq!(heat.is_warm(), tenths >= 410, "{tenths}");
        assert_eq!(heat.is_grip_hot(), tenths >= 430, "{tenths}");
        assert_eq!(heat.must_cool(), tenths >= 430, "{tenths}");
        assert_eq!(heat.grip(), read);
    }
    // Warm until one degree below.
    let mut heat = Heat::new();
    run(&mut heat, &load(0, 0), counts_of(410), 1);
    for (tenths, warm) in [
        (401, true),
        (400, true),
        (399, false),
        (409, false),
        (410, true),
    ] {
        heat.housing = tenths * 100_000;
        heat.watch_warmth();
        assert_eq!(heat.is_warm(), warm, "{tenths}");
    }
}

#[test]
fn pwr_004_the_winding_is_too_warm_from_100_degrees_until_below_90() {
    let mut heat = Heat::new();
    run(&mut heat, &load(0, 0), COOL, 1);
    for (tenths, hot, cools) in [
        (999, false, false),
        (1_000, true, true),
        (999, false, true),
        (900, false, true),
        (899, false, false),
        (999, false, false),
    ] {
        heat.winding = tenths * 100_000;
        heat.watch_warmth();
        assert_eq!(heat.is_winding_hot(), hot, "{tenths}");
        assert_eq!(heat.must_cool(), cools, "{tenths}");
    }
}

#[test]
fn pwr_004_after_a_hot_grip_it_has_to_cool_below_41_degrees() {
    let mut heat = Heat::new();
    run(&mut heat, &load(0, 0), COOL, 1);
    for (tenths, cools) in [
        (429, false),
        (430, true),
        (411, true),
        (410, true),
        (409, false),
        (410, false),
    ] {
        heat.housing = tenths * 100_000;
        heat.watch_warmth();
        assert_eq!(heat.must_cool(), cools, "{tenths}");
    }
}

#[test]
fn pwr_004_the_model_moves_every_100_ms() {
    let cool = grip(COOL);
    for us in [99_999, 100_000, 100_001] {
        let mut heat = Heat::new();
        run(&mut heat, &load(0, 0), COOL, 1);
        heat.update(&load(0, 0), &cool, true, Duration::from_us(us));
        let weighs = matches!(heat.stage, Stage::Weighed { ms: 100, .. });
        assert_eq!(weighs, us >= 100_000, "{us} us: {heat:?}");
    }
}

#[test]
fn pwr_004_nothing_is_known_before_the_first_reading() {
    let mut heat = Heat::new();
    let dead = GripSense::new();
    for tick in 0..1_000 {
        heat.update(
            &load(2_000, 10_000),
            &dead,
            tick % 2 == 0,
            Duration::from_ms(1),
        );
    }
    assert!(!heat.is_grip_hot() && !heat.is_winding_hot() && !heat.is_warm());
    run(&mut heat, &load(0, 0), COOL, 1);
    assert_eq!(heat.winding(), Temperature::from_decicelsius(400));
}

#[test]
fn pwr_004_no_load_and_no_pause_breaks_the_model() {
    for (ma, duty, mv, mohm) in [
        (i32::MIN, u16::MAX, i32::MAX, u16::MAX),
        (i32::MAX, u16::MAX, i32::MIN, u16::MAX),
        (i32::MAX, 10_000, 8_400, 2_980),
    ] {
        let worst = Load {
            current: Current::from_ma(ma),
            duty,
            battery: Voltage::from_mv(mv),
            resistance_mohm: mohm,
        };
        let hot = grip(401);
        let mut heat = Heat::new();
        for _ in 0..100_000 {
            heat.update(&worst, &hot, true, Duration::from_us(u32::MAX));
        }
        assert!(heat.winding() <= Temperature::from_decicelsius(4_000));
        assert!(heat.winding() >= Temperature::from_decicelsius(840));
        assert!(heat.is_grip_hot());
    }
}

#[test]
fn pwr_004_a_model_that_has_not_begun_says_nothing_of_warmth() {
    let mut heat = Heat {
        housing: 60_000_000,
        winding: 200_000_000,
        ..Heat::new()
    };
    heat.watch_warmth();
    assert!(!heat.is_warm() && !heat.must_cool());
    heat.started = true;
    heat.watch_warmth();
    assert!(heat.is_warm() && heat.must_cool());
}
