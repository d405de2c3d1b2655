//! Heat of grip and winding.

use pen_core::fault::{Fault, Limiting, StopCause, Warning};
use pen_core::journal::Record;
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::plan::{Zone, ZonePlan};
use pen_core::request::{Reply, Request};
use pen_core::thermistor;
use pen_core::units::{Duration, Rate, Strokes, Temperature};
use pen_tests::given::{self, plan_of, zone};
use pen_tests::rig::{Rig, Wire};

/// Reaction after this long at most. Unit: ms.
const BOUND_MS: u32 = 1_000;

/// What the converter gives for a temperature (degC): 10 kOhm at 25 degC with B = 3950 K, under 10 kOhm.
fn formula(celsius: f64) -> f64 {
    let inverse = 1.0 / (celsius + 273.15) - 1.0 / 298.15;
    let ohm = 1e4 * (3_950.0 * inverse).exp();
    4_095.0 * ohm / (ohm + 1e4)
}

/// Converter counts of a temperature. Unit: tenths of a degree.
fn counts(tenths: i32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "counts of a converter")]
    let counts = formula(f64::from(tenths) / 10.0).round() as i32;
    counts
}

#[test]
fn pwr_004_the_table_follows_the_formula() {
    let (mut worst, mut worst_at_grip) = (0.0_f64, 0.0_f64);
    for counts in 401..=3_156_u16 {
        // Where the formula gives these counts, by halving.
        let (mut low, mut high) = (-5.0, 95.0);
        while high - low > 1e-6 {
            let middle = 0.5 * (low + high);
            if formula(middle) > f64::from(counts) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let read = thermistor::temperature(counts).expect("on the table");
        let off = (f64::from(read.as_decicelsius()) / 10.0 - low).abs();
        worst = worst.max(off);
        if (38.0..46.0).contains(&low) {
            worst_at_grip = worst_at_grip.max(off);
        }
    }
    println!("at most {worst:.3} K off, {worst_at_grip:.3} K from 38 to 46 degC");
    assert!(worst <= 0.2 && worst_at_grip <= 0.12);
}

fn running(rate_hz: u32) -> Rig {
    let plan = plan_of(&[zone(Zone::Cheek, 1_200, rate_hz)]);
    Rig::default().to_running_with(plan)
}

fn stopped_by(rig: &Rig) -> Option<StopCause> {
    rig.log.iter().rev().find_map(|record| match record {
        Record::Stopped { cause, .. } => Some(*cause),
        _ => None,
    })
}

fn heated(rig: &Rig) -> Option<(Temperature, Temperature)> {
    rig.log.iter().rev().find_map(|record| match record {
        Record::Heated { grip, winding } => Some((*grip, *winding)),
        _ => None,
    })
}

fn warned(rig: &Rig) -> usize {
    rig.log
        .iter()
        .filter(|record| {
            matches!(
                record,
                Record::Warned {
                    warning: Warning::Warm,
                    limiting: Limiting::Heat,
                }
            )
        })
        .count()
}

#[test]
fn pwr_004_holds_the_rate_back_from_41_degrees() {
    // What the table adds and the rounding of a count stay below 0.2 K.
    for (tenths, warm) in [
        (0, false),
        (250, false),
        (408, false),
        (412, true),
        (428, true),
    ] {
        let mut rig = running(100);
        rig.grip_counts = counts(tenths);
        rig.runs_for(BOUND_MS);
        let hz = if warm { 60 } else { 100 };
        assert_eq!(rig.status().rate_set, Rate::from_hz(hz), "{tenths}");
        let limiting = rig.status().limiting == Limiting::Heat;
        assert_eq!(
            (limiting, warned(&rig)),
            (warm, usize::from(warm)),
            "{tenths}"
        );
        // It goes on, slower and without a trip.
        rig.runs_for(3_000);
        assert_eq!(rig.rate_mhz, i64::from(1_000 * hz), "{tenths}");
    }
}

#[test]
fn pwr_004_never_holds_back_below_the_least_rate() {
    for (set, left) in [(50, 50), (60, 50), (80, 50), (84, 50), (100, 60), (150, 90)] {
        let mut rig = running(set);
        rig.grip_counts = counts(420);
        rig.runs_for(BOUND_MS);
        let expected = Rate::from_hz(left).max(Rate::from_mhz(600 * set).min(Rate::from_hz(set)));
        assert_eq!(rig.status().rate_set, expected, "{set} Hz");
        assert_eq!(warned(&rig), 1, "{set} Hz");
    }
}

#[test]
fn pwr_004_gives_the_rate_back_when_the_grip_has_cooled() {
    let mut rig = running(100);
    rig.grip_counts = counts(411);
    rig.runs_for(300);
    assert_eq!(rig.status().rate_set, Rate::from_hz(60));
    // The model lets go slowly, and not before it is a degree cooler.
    rig.grip_counts = counts(300);
    rig.runs_for(5_000);
    assert_eq!(rig.status().rate_set, Rate::from_hz(60));
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.until(120_000, "cooled", |rig| {
        rig.status().rate_set == Rate::from_hz(100)
    });
    assert_eq!(rig.mode(), Mode::Ready);
}

#[test]
fn pwr_004_stops_at_43_degrees_within_a_second() {
    for (tenths, hot) in [(428, false), (432, true), (500, true), (845, true)] {
        let mut rig = running(100);
        rig.grip_counts = counts(tenths);
        if !hot {
            rig.runs_for(2_000);
            continue;
        }
        let took = rig.brakes_within(BOUND_MS);
        assert!(rig.brakes(), "{tenths}");
        assert_eq!(
            stopped_by(&rig),
            Some(StopCause::GripHot),
            "{tenths} in {took} ms"
        );
        let (grip, _) = heated(&rig).expect("a record");
        assert!(grip >= Temperature::from_decicelsius(430), "{grip:?}");
        rig.comes_to(Mode::Locked);
        rig.tick();
        assert!(rig.status().locks.has(Lock::Heat));
    }
}

#[test]
fn pwr_004_a_hot_pen_starts_nothing_until_it_has_cooled() {
    let mut rig = Rig::default().to_ready();
    rig.grip_counts = counts(432);
    rig.until(BOUND_MS, "Locked", |rig| rig.mode() == Mode::Locked);
    assert_eq!(rig.status().locks.iter().collect::<Vec<_>>(), [Lock::Heat]);
    rig.grip_counts = counts(415);
    rig.ticks(30_000);
    assert_eq!(rig.mode(), Mode::Locked, "cooler than 43, not than 41");
    rig.grip_counts = counts(400);
    rig.until(300_000, "Standby", |rig| rig.mode() == Mode::Standby);
}

#[test]
fn pwr_004_heat_ends_service_too() {
    let mut rig = Rig::default().to_service_running();
    rig.ticks(100);
    rig.grip_counts = counts(432);
    for _ in 0..BOUND_MS {
        if rig.mode() == Mode::ServiceRunning {
            let answer = rig.technician(Request::Run(Rate::from_hz(60)));
            assert_eq!(answer, Ok(Reply::Done));
        }
        rig.tick();
    }
    assert_eq!(rig.mode(), Mode::Service, "{}", rig.state());
    assert_eq!(stopped_by(&rig), Some(StopCause::GripHot));
}

#[test]
fn pwr_004_the_winding_stops_at_100_degrees_by_the_model() {
    // A motor that draws all it may at full speed, in a pen whose grip has not yet noticed.
    let mut rig = running(150);
    rig.current_ma = Some(995);
    rig.grip_counts = counts(330);
    let took = rig.until(119_000, "stopped", |rig| !rig.drives());
    assert_eq!(stopped_by(&rig), Some(StopCause::WindingHot), "{took} ms");
    let (grip, winding) = heated(&rig).expect("a record");
    println!("after {took} ms: {grip:?}, {winding:?}");
    assert!(
        winding >= Temperature::from_decicelsius(1_000),
        "{winding:?}"
    );
    assert!(
        winding <= Temperature::from_decicelsius(1_005),
        "{winding:?}"
    );
    assert!(grip < Temperature::from_decicelsius(430), "{grip:?}");
    rig.current_ma = None;
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Locked);
    rig.tick();
    assert!(rig.status().locks.has(Lock::Heat));
    rig.until(60_000, "Standby", |rig| rig.mode() == Mode::Standby);
}

#[test]
fn pwr_004_a_thermistor_that_shows_nothing_of_the_load_is_overruled() {
    // It came off and reads the air, while the motor takes what it may for minutes on end.
    let plan = plan_of(&[ZonePlan {
        time: Duration::from_min(25),
        strokes: Strokes::from_count(190_000),
        ..zone(Zone::Cheek, 1_200, 150)
    }]);
    let mut rig = Rig::default().to_running_with(plan);
    let (mut on_ms, mut since_ms) = (0, 0);
    while stopped_by(&rig) != Some(StopCause::GripHot) {
        assert!(on_ms < 900_000, "{}", rig.state());
        if rig.mode() == Mode::Treating {
            // The ramp is the motor's own; then the load comes.
            rig.current_ma = (since_ms > 400).then_some(700);
            rig.tick();
            on_ms += 1;
            since_ms += 1;
        } else {
            rig.current_ma = None;
            since_ms = 0;
            rig = again(rig);
        }
    }
    println!("after {on_ms} ms of motion");
    let (grip, _) = heated(&rig).expect("a record");
    assert!(grip >= Temperature::from_decicelsius(430));
}

/// The same pen, treating again: what one activation or zone may last is not the matter here.
fn again(mut rig: Rig) -> Rig {
    rig.trigger = given::RELEASED;
    rig.ticks(600);
    rig.trigger = given::HELD;
    rig.until(60, "Treating", |rig| rig.mode() == Mode::Treating);
    rig
}

#[test]
fn pwr_004_a_broken_or_shorted_thermistor_stops_and_locks() {
    for wire in [
        Wire::Counts(0),
        Wire::Counts(400),
        Wire::Counts(3_157),
        Wire::Counts(4_095),
        Wire::Late(10_001),
        Wire::Silent,
    ] {
        let mut rig = running(100);
        rig.grip.wire = wire;
        let took = rig.brakes_within(12);
        assert_eq!(rig.fault(), Some(Fault::SensorInvalid), "{wire:?} {took}");
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Faulted);
        rig.ticks(300);
        rig.press_ok();
        rig.ticks(600);
        assert_eq!(rig.mode(), Mode::Locked, "{wire:?}");
        assert!(rig.status().locks.has(Lock::Heat), "{wire:?}");
        rig.grip.wire = Wire::True;
        rig.comes_to(Mode::Standby);
        // Nor does a pen start with it.
        let mut rig = Rig::default();
        rig.grip.wire = wire;
        rig.ticks(2_000);
        assert_eq!(rig.mode(), Mode::Locked, "{wire:?}");
        assert_eq!(rig.status().locks.iter().collect::<Vec<_>>(), [Lock::Heat]);
    }
    // Both ends of the table are temperatures: 0 degC is fine, 85 degC is hot.
    let mut rig = running(100);
    rig.grip.wire = Wire::Counts(3_156);
    rig.runs_for(1_000);
    rig.grip.wire = Wire::Counts(401);
    rig.brakes_within(BOUND_MS);
    assert_eq!(stopped_by(&rig), Some(StopCause::GripHot));
}

#[test]
fn pwr_004_what_the_pen_tells_is_what_it_holds_back_and_stops_for() {
    let mut rig = running(100);
    let told = rig.pen.temperatures();
    assert_eq!(told.at, rig.status().at);
    assert!(!told.must_cool);
    let tenths = Temperature::from_decicelsius;
    let limits = [told.grip_warm, told.grip_stop];
    assert_eq!(limits, [tenths(410), tenths(430)]);
    let limits = [told.winding_cool, told.winding_stop];
    assert_eq!(limits, [tenths(900), tenths(1_000)]);
    rig.grip_counts = counts(420);
    rig.runs_for(BOUND_MS);
    let told = rig.pen.temperatures();
    // What the table adds and the rounding of a count stay below 0.2 K.
    let read = told.thermistor.expect("valid").as_decicelsius();
    assert!((418..=422).contains(&read), "{read}");
    assert!(told.grip >= told.thermistor && !told.must_cool, "{told:?}");
    rig.grip_counts = counts(432);
    rig.brakes_within(BOUND_MS);
    let told = rig.pen.temperatures();
    assert_eq!(told.grip.zip(told.winding), heated(&rig));
    assert!(
        told.must_cool && told.grip >= Some(told.grip_stop),
        "{told:?}"
    );
    // It may start again when it is cooler than both, and is told to cool until then.
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Locked);
    rig.grip_counts = counts(400);
    rig.until(300_000, "Standby", |rig| rig.mode() == Mode::Standby);
    let told = rig.pen.temperatures();
    assert!(
        !told.must_cool && told.grip < Some(told.grip_warm),
        "{told:?}"
    );
    // Without its sensor it tells of none, and what the model has.
    rig.grip.wire = Wire::Counts(0);
    rig.ticks(50);
    let told = rig.pen.temperatures();
    assert_eq!(told.thermistor, None);
    assert!(told.grip.is_some() && told.winding.is_some(), "{told:?}");
}
