use super::{Readings, Senses};
use crate::clock::Clock;
use crate::estimate::SpeedReading;
use crate::gate::MotorCommand;
use crate::given;
use crate::io::{Inputs, Sample, Tacho};
use crate::records::Records;
use crate::units::{Duration, Instant, Temperature};

#[test]
fn stop_003_the_motor_turns_until_30_ms_after_an_edge() {
    for (us, turns) in [(0, true), (29_999, true), (30_000, false), (30_001, false)] {
        let readings = Readings {
            speed: SpeedReading {
                since_edge: Duration::from_us(us),
                ..SpeedReading::default()
            },
            ..Readings::default()
        };
        assert_eq!(readings.turns(), turns, "{us} us");
    }
}

#[test]
fn rate_006_the_age_of_an_edge_is_corrected_like_all_time() {
    let (records, ..) = Records::new(&given::boot());
    for (ppm, corrected) in [(0, 500), (30_000, 515), (-30_000, 485)] {
        let (mut clock, mut senses) = (Clock::new(), Senses::new());
        let inputs = Inputs {
            tacho: Tacho {
                edges: 1,
                edge_age: Duration::from_us(500),
                ..Tacho::default()
            },
            ..Inputs::default()
        };
        let tick = clock.tick(Instant::from_us(1_000), ppm);
        senses.update(&inputs, tick, &records, MotorCommand::OFF);
        let found = senses.readings().speed.since_edge;
        assert_eq!(found, Duration::from_us(corrected), "{ppm} ppm");
    }
}

#[test]
fn pwr_004_the_model_of_heat_moves_in_the_ticks_that_other_slow_work_leaves_free() {
    let (records, ..) = Records::new(&given::boot());
    let (mut clock, mut senses) = (Clock::new(), Senses::new());
    // 25 degC; the model starts with the first tick that it has.
    let inputs = Inputs {
        grip: Sample {
            counts: 2_048,
            age: Duration::from_us(0),
        },
        ..Inputs::default()
    };
    for (ms, tenths) in [(1, 0), (2, 250)] {
        let tick = clock.tick(Instant::from_us(ms * 1_000), 0);
        assert_eq!(tick.even, ms == 1);
        senses.update(&inputs, tick, &records, MotorCommand::OFF);
        assert_eq!(senses.grip(), Temperature::from_decicelsius(tenths));
    }
}
