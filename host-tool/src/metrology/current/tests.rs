use super::{CurrentInputs, CurrentPoint, CurrentReading, evaluate_current};
use crate::metrology::measure::MeasureError;
use crate::metrology::verdict::Verdict;

/// U of 0.6 mA with k = 2, steps of 0.1 mA and of 1 mA.
const METER: CurrentInputs = CurrentInputs {
    reference_expanded_ua: 600,
    reference_k_hundredths: 200,
    reference_dof: None,
    reference_resolution_ua: 100,
    pen_resolution_ua: 1_000,
};

/// Three repeats that scatter by 0.5 mA: deviations of -0.5, 0 and 0.5 mA about the one given.
fn point(set_mhz: u32, reference_ua: i32, indicated_ua: i32) -> CurrentPoint {
    let readings = [-500, 0, 500].map(|off| CurrentReading {
        reference_ua: reference_ua + off,
        indicated_ua,
    });
    CurrentPoint {
        set_mhz,
        readings: readings.into(),
    }
}

/// A pen whose sensor is off by so much at rest, and sees so many thousandths of a rise of 40 mA.
fn pen(offset_ua: i32, thousandths: i32) -> [CurrentPoint; 3] {
    let at = |set_mhz, drawn_ua: i32| {
        point(
            set_mhz,
            drawn_ua,
            offset_ua + drawn_ua / 1_000 * thousandths,
        )
    };
    [at(0, 0), at(50_000, 40_000), at(80_000, 40_000)]
}

#[test]
fn zero_and_slope_are_told_apart() {
    // 17 mA too much at rest, and a tenth of the rise unseen.
    let run = evaluate_current(&pen(17_000, 900), &METER).unwrap();
    let rest = &run.rest;
    assert_eq!(
        (
            rest.reference_ma.to_string(),
            rest.indicated_ma.to_string(),
            rest.deviation_ma.to_string()
        ),
        ("0.0".into(), "17.0".into(), "-17.0".into())
    );
    assert_eq!(rest.n, 3);
    for (row, set_mhz) in run.rises.iter().zip([50_000, 80_000]) {
        assert_eq!((row.set_mhz, row.n), (set_mhz, 3));
        assert_eq!(row.reference_ma.to_string(), "40.00");
        assert_eq!(row.indicated_ma.to_string(), "36.00");
        assert_eq!(row.deviation_percent.to_string(), "10.0");
        assert_eq!(row.verdict, Verdict::Pass);
    }
    assert_eq!(run.rises.len(), 2);
    assert_eq!(run.verdict, Verdict::Pass);
}

#[test]
fn the_uncertainty_is_that_of_a_hand_calculation() {
    // Pooled s of three groups with -0.5, 0, 0.5 mA: 0.5 mA with 6 degrees of freedom.
    let run = evaluate_current(&pen(0, 1_000), &METER).unwrap();
    let (s, u_meter) = (0.5_f64, 0.3_f64);
    let step = |ma: f64| ma / 2.0 / 3.0_f64.sqrt();
    let mean = s / 3.0_f64.sqrt();
    let rest = (mean.powi(2) + u_meter.powi(2) + step(0.1).powi(2) + step(1.0).powi(2)).sqrt();
    assert!((run.rest_budget.combined - rest).abs() < 1e-9);
    // Of a difference every line comes twice.
    let rise = 2.0 * rest.powi(2);
    let percent = 100.0 * rise.sqrt() / 40.0;
    assert!((run.rise_budget.combined - percent).abs() < 1e-9);
    // Welch and Satterthwaite: only the scatter has few degrees of freedom, 6.
    let dof = rest.powi(4) / (mean.powi(4) / 6.0);
    assert!((run.rest_budget.effective_dof.unwrap() - dof).abs() < 1e-6);
    let both = 2.0_f64.sqrt() * mean / 40.0 * 100.0;
    let terms = both.powi(4) / 6.0;
    let dof = percent.powi(4) / terms;
    assert!((run.rise_budget.effective_dof.unwrap() - dof).abs() < 1e-6);
    // U = k u, both as printed: k of 95.45 %.
    let row = &run.rises[0];
    assert_eq!(
        (row.k.to_string(), run.rest.k.to_string()),
        ("2.04".into(), "2.04".into())
    );
    assert_eq!(run.rest.expanded_ma.to_string(), "1.0");
    assert_eq!(row.expanded_percent.to_string(), "3.7");
    assert_eq!(row.tur.to_string(), "4.1");
    assert!(!run.is_tur_low());
}

#[test]
fn a_zero_passes_up_to_40_ma_less_u_and_fails_beyond_40_ma_and_u() {
    for sign in [1, -1] {
        for (off_ua, verdict) in [
            (0, Verdict::Pass),
            (39_000, Verdict::Pass),
            (39_100, Verdict::ConditionalPass),
            (40_000, Verdict::ConditionalPass),
            (40_100, Verdict::ConditionalFail),
            (41_000, Verdict::ConditionalFail),
            (41_100, Verdict::Fail),
            (500_000, Verdict::Fail),
        ] {
            let run = evaluate_current(&pen(sign * off_ua, 1_000), &METER).unwrap();
            assert_eq!(run.rest.expanded_ma.to_string(), "1.0");
            assert_eq!(run.rest.verdict, verdict, "{off_ua}");
            assert_eq!(run.verdict, verdict, "{off_ua}");
            assert!(run.rises.iter().all(|row| row.verdict.is_pass()));
        }
    }
}

#[test]
fn a_slope_passes_up_to_15_percent_less_u_and_fails_beyond() {
    for (thousandths, verdict) in [
        (1_000, Verdict::Pass),
        (900, Verdict::Pass),
        (1_100, Verdict::Pass),
        (875, Verdict::ConditionalPass),
        (1_125, Verdict::ConditionalPass),
        (850, Verdict::ConditionalPass),
        (825, Verdict::ConditionalFail),
        (1_175, Verdict::ConditionalFail),
        (800, Verdict::Fail),
        (500, Verdict::Fail),
        (0, Verdict::Fail),
        (-1_000, Verdict::Fail),
        (2_000, Verdict::Fail),
    ] {
        let run = evaluate_current(&pen(0, thousandths), &METER).unwrap();
        assert_eq!(run.rises[1].expanded_percent.to_string(), "3.7");
        assert_eq!(run.rises[1].verdict, verdict, "{thousandths}");
        assert_eq!(run.verdict, verdict, "{thousandths}");
        assert!(run.rest.verdict.is_pass());
    }
}

#[test]
fn the_worst_rise_decides_and_is_the_farthest() {
    let mut points = pen(0, 1_000);
    points[1] = point(50_000, 40_000, 20_000);
    let run = evaluate_current(&points, &METER).unwrap();
    assert_eq!(run.farthest().unwrap().set_mhz, 50_000);
    assert_eq!(run.verdict, Verdict::Fail);
    points[2] = point(80_000, 40_000, 70_000);
    let run = evaluate_current(&points, &METER).unwrap();
    assert_eq!(run.farthest().unwrap().set_mhz, 80_000);
}

#[test]
fn the_budget_is_that_of_the_rise_that_is_least_certain() {
    // The smaller the rise, the larger its uncertainty in percent.
    let points = [
        point(0, 0, 0),
        point(50_000, 40_000, 40_000),
        point(65_000, 20_000, 20_000),
        point(80_000, 60_000, 60_000),
    ];
    let run = evaluate_current(&points, &METER).unwrap();
    let u: Vec<String> = (run.rises.iter())
        .map(|row| row.expanded_percent.to_string())
        .collect();
    assert_eq!(u, ["3.6", "7.3", "2.4"]);
    assert!((7.2..7.35).contains(&run.rise_budget.expanded));
    assert!(run.is_tur_low(), "15 % over 7.3 % is less than four");
}

#[test]
fn a_poor_meter_makes_the_zero_doubtful_too() {
    let poor = CurrentInputs {
        reference_expanded_ua: 10_500,
        ..METER
    };
    let run = evaluate_current(&pen(0, 1_000), &poor).unwrap();
    assert!(run.rest.is_tur_low && run.is_tur_low());
    // A meter with few degrees of freedom has a larger k.
    let few = CurrentInputs {
        reference_dof: Some(2),
        ..poor
    };
    let few = evaluate_current(&pen(0, 1_000), &few).unwrap();
    let k = |k: crate::metrology::Decimal| k.thousandths();
    assert!(k(few.rest.k) > k(run.rest.k) && k(few.rises[0].k) > k(run.rises[0].k));
    // So has one whose k was 1.
    let one = CurrentInputs {
        reference_k_hundredths: 100,
        ..METER
    };
    let one = evaluate_current(&pen(0, 1_000), &one).unwrap();
    let meter = one
        .rest_budget
        .components
        .iter()
        .find(|line| line.source == "Reference meter");
    assert!((meter.unwrap().standard - 0.6).abs() < 1e-12);
}

#[test]
fn a_meter_in_no_lead_is_no_result_whatever_the_pen_says() {
    // 20 mA more than at rest are enough, a microampere less is not.
    for (drawn_ua, is_enough) in [
        (0, false),
        (-40_000, false),
        (19_999, false),
        (20_000, true),
    ] {
        for indicated_ua in [0, 40_000] {
            let points = [point(0, 0, 0), point(80_000, drawn_ua, indicated_ua)];
            let run = evaluate_current(&points, &METER);
            if is_enough {
                assert!(run.is_ok());
                continue;
            }
            let error = run.unwrap_err();
            let expected = MeasureError::NotDrawn {
                asked_ua: drawn_ua,
                allowed_ua: 20_000,
            };
            assert_eq!(error, expected);
            let text = error.to_string();
            assert!(
                text.contains("at least 20 mA") && text.contains("lead"),
                "{text}"
            );
        }
    }
    // It is the rise that counts: a meter that is not at zero shows nothing by that.
    let points = [point(0, 30_000, 0), point(80_000, 30_000, 0)];
    assert!(evaluate_current(&points, &METER).is_err());
}

#[test]
fn what_is_missing_is_named() {
    let [rest, turning, _] = pen(0, 1_000);
    for points in [vec![], vec![rest.clone()], vec![turning.clone()]] {
        let error = evaluate_current(&points, &METER).unwrap_err();
        assert_eq!(error, MeasureError::NoPoints, "{points:?}");
    }
    let single = CurrentPoint {
        readings: vec![turning.readings[0]],
        ..turning
    };
    let error = evaluate_current(&[rest, single], &METER).unwrap_err();
    let expected = MeasureError::TooFewRepeats {
        nominal: 50_000,
        asked: 1,
        allowed: 2,
    };
    assert_eq!(error, expected);
}

#[test]
fn instruments_without_any_uncertainty_give_no_result() {
    let nothing = CurrentInputs {
        reference_expanded_ua: 0,
        reference_resolution_ua: 0,
        pen_resolution_ua: 0,
        ..METER
    };
    let still = |set_mhz, ua| CurrentPoint {
        set_mhz,
        readings: vec![
            CurrentReading {
                reference_ua: ua,
                indicated_ua: ua,
            };
            3
        ],
    };
    let error = evaluate_current(&[still(0, 0), still(80_000, 40_000)], &nothing).unwrap_err();
    assert_eq!(error, MeasureError::NoUncertainty { nominal: 0 });
}
