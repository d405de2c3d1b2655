use super::{Asked, Bench, Client, Decides, Doubt, Question, Reply, SimBench, in_service};
use crate::error::Code;
use crate::metrology::Direction;
use crate::procedure::{Answers, Choice, Phase, Place, Setting};

fn asked(setting: Setting) -> Asked {
    Asked {
        place: Place {
            phase: Phase::AsFound,
            setting,
            repeat: 1,
        },
        number: 1,
        of: 38,
        pen_says: 0,
        expect: (0, 0),
    }
}

fn value(reply: Reply) -> f64 {
    match reply {
        Reply::Value { value, .. } => f64::from(value),
        other => panic!("{other:?}"),
    }
}

/// A bench at a pen, whose motor turns at 50 Hz if it is wanted.
fn bench(turns: bool) -> (SimBench, Client) {
    let (stage, client) = in_service(turns);
    (SimBench::new(stage, 5, Decides::Yes), client)
}

#[test]
fn simulated_instruments_show_the_truth_with_their_own_error_and_a_little_noise() {
    let (mut bench, mut client) = bench(false);
    let truth_um = bench.stage.truth().depth_um;
    let (um, direction) = (500, Direction::Deepening);
    let depth = asked(Setting::Depth { um, direction });
    for bias_um in [100.0, -100.0, 0.0] {
        bench.gauge_bias_um = bias_um;
        // A micrometre of noise either way, and half of one for the last digit that is shown.
        let off: Vec<f64> = (0..40)
            .map(|_| value(bench.gauge_um(&mut client, &depth).unwrap()) - truth_um - bias_um)
            .collect();
        let (least, most) = off.iter().fold((f64::MAX, f64::MIN), |(least, most), off| {
            (least.min(*off), most.max(*off))
        });
        assert!(-1.5 <= least && most <= 1.5, "{bias_um}: {least} to {most}");
        assert!(most - least >= 1.0, "{bias_um}: {least} to {most}");
    }
    let (mut bench, mut client) = self::bench(true);
    client
        .wait_alive(std::time::Duration::from_secs(1))
        .unwrap();
    let rate = asked(Setting::Rate { hz: 50 });
    let mut shown = |bias: f64| {
        bench.tacho_bias = bias;
        value(bench.tachometer_mhz(&mut client, &rate).unwrap())
    };
    // The pen holds its rate, by a clock that is wrong by 3 % at most, within 0.2 % meanwhile.
    let right = shown(0.0);
    assert!((48_500.0..=51_500.0).contains(&right), "{right}");
    for bias in [0.1, -0.1] {
        let ratio = shown(bias) / right;
        assert!((ratio - 1.0 - bias).abs() < 0.002, "{bias}: {ratio}");
    }
}

#[test]
fn a_simulated_technician_gives_up_what_is_no_measurement_and_keeps_what_is_shown_again() {
    let (mut bench, mut client) = bench(false);
    let depth = asked(Setting::Rate { hz: 50 });
    let doubt = |may_be_kept| Doubt {
        text: format!("may be kept: {may_be_kept}"),
        may_be_kept,
    };
    assert_eq!(bench.doubted(&mut client, &depth, &[doubt(true)]), Ok(()));
    let all = [doubt(true), doubt(false)];
    let error = bench.doubted(&mut client, &depth, &all).unwrap_err();
    assert_eq!(error.code, Code::FitRefused);
    assert_eq!(error.why, "may be kept: false");
    let reason = Some("the simulated instrument shows it again".to_owned());
    for (key, kept) in [
        ("depth 500 deepening", None),
        ("depth 500 deepening", reason.clone()),
        ("depth 750 deepening", None),
        ("depth 500 deepening", None),
        ("depth 500 deepening", reason),
    ] {
        assert_eq!(bench.outlier(&mut client, key, "apart"), Ok(kept), "{key}");
    }
}

#[test]
fn a_simulated_technician_decides_yes_or_as_the_desk_says() {
    for (decides, default, yes) in [
        (None, Choice::No, true),
        (Some("commit: n"), Choice::Yes, false),
        (Some("commit: y"), Choice::No, true),
    ] {
        let (stage, mut client) = in_service(false);
        let desk = |text| Box::new(Answers::of("f", text).unwrap());
        let decides = decides.map_or(Decides::Yes, |text| Decides::Asked(desk(text), true));
        let mut bench = SimBench::new(stage, 5, decides);
        let question = Question::new("commit", "into force?", default);
        assert_eq!(bench.decide(&mut client, &question), Ok(yes));
    }
}
