use super::{ChannelDesign, ChannelFit, FitError, FitOptions, fit_channel};
use crate::metrology::gates;
use crate::metrology::measure::{Point, PointRole, Reading};
use proptest::prelude::{Just, Strategy, prop, prop_oneof, proptest};

const RISING: ChannelDesign = ChannelDesign {
    name: "A",
    zero_counts: 400,
    um_numerator: 5,
    um_denominator: 7,
    rail_low_counts: 50,
    rail_high_counts: 4_045,
};
const FALLING: ChannelDesign = ChannelDesign {
    name: "B",
    zero_counts: 3_900,
    um_numerator: -10,
    um_denominator: 13,
    ..RISING
};

/// A point per (counts, depth), the same in both directions.
fn points(pairs: &[(u16, i32)]) -> Vec<Point> {
    pairs
        .iter()
        .map(|&(counts, depth)| point(counts, depth, PointRole::Calibration))
        .collect()
}

fn point(counts: u16, depth_um: i32, role: PointRole) -> Point {
    let reading = Reading {
        reference_um: depth_um,
        indicated_um: depth_um,
        counts_a: counts,
        counts_b: counts,
    };
    Point {
        nominal_um: depth_um,
        role,
        deepening: vec![reading; 2],
        shallowing: vec![reading; 2],
    }
}

fn fit(pairs: &[(u16, i32)]) -> Result<ChannelFit, FitError> {
    fit_channel(
        &points(pairs),
        RISING,
        |r| r.counts_a,
        FitOptions::default(),
    )
}

/// `n` points on the design line, moved by `change`. Multiples of seven counts are exact.
fn line(n: u16, change: impl Fn(i32) -> i32) -> Vec<(u16, i32)> {
    (0..n)
        .map(|step| {
            let design = i32::from(step) * 250;
            (400 + step * 350, design + change(design))
        })
        .collect()
}

#[test]
fn gates_are_the_published_ones() {
    assert_eq!((super::KNOTS_MIN, super::KNOTS_MAX), (7, 11));
    assert_eq!(gates::SLOPE_PERMILLE_MAX, 100);
    assert_eq!(gates::OFFSET_UM_MAX, 200);
    assert_eq!(gates::RESIDUAL_UM_MAX, 50);
    assert_eq!(gates::MOVE_UM_MAX, 500);
}

#[test]
fn a_perfect_sensor_is_reproduced() {
    let fit = fit(&line(9, |_| 0)).unwrap();
    assert_eq!(fit.slope_error_ppm, 0);
    assert_eq!(fit.offset_um.to_string(), "0.0");
    assert_eq!((fit.pooled, fit.thinned), (0, 0));
    assert!(fit.gates.iter().all(|gate| gate.asked == 0));
    for (counts, depth) in line(9, |_| 0) {
        assert_eq!(fit.table.depth_um(counts), Some(depth));
    }
}

#[test]
fn seven_points_and_not_six() {
    assert!(fit(&line(7, |_| 0)).is_ok());
    let error = FitError::TooFewPoints {
        channel: "A",
        asked: 6,
        allowed: 7,
    };
    assert_eq!(fit(&line(6, |_| 0)).unwrap_err(), error);
    let error = FitError::TooFewPoints {
        channel: "A",
        asked: 0,
        allowed: 7,
    };
    assert_eq!(fit(&[]).unwrap_err(), error);
}

#[test]
fn slope_limit_is_exact() {
    for sign in [1, -1] {
        let at = fit(&line(7, |design| sign * design / 10)).unwrap();
        assert_eq!(at.slope_error_ppm, i64::from(sign) * 100_000);
        let over = line(7, |design| sign * (design / 10 + design / 250));
        let error = fit(&over).unwrap_err();
        assert!(
            matches!(error, FitError::Slope { asked_permille, allowed_permille: 100, .. }
                if asked_permille == i64::from(sign) * 104),
            "{error}"
        );
    }
}

#[test]
fn offset_limit_is_exact() {
    for sign in [1, -1] {
        let at = fit(&line(7, |_| sign * 200)).unwrap();
        assert_eq!(at.offset_um.thousandths(), i64::from(sign) * 200_000);
        let error = fit(&line(7, |_| sign * 201)).unwrap_err();
        let asked_um = i64::from(sign) * 201;
        assert_eq!(
            error,
            FitError::Offset {
                channel: "A",
                asked_um,
                allowed_um: 200
            }
        );
    }
}

#[test]
fn residual_limit_is_exact() {
    // Plus and minus `size` on mirrored inner points keep the trend's slope nearly in place.
    let bent = |size: i32| {
        let mut pairs = line(7, |_| 0);
        for (place, share) in [(0, 1), (1, -1), (2, -1), (3, 2), (4, -1), (5, -1), (6, 1)] {
            pairs[place].1 += share * size;
        }
        fit(&pairs)
    };
    assert!(bent(25).is_ok());
    let error = bent(26).unwrap_err();
    assert_eq!(
        error,
        FitError::Residual {
            channel: "A",
            asked_um: 52,
            allowed_um: 50
        }
    );
}

#[test]
fn readings_that_disagree_by_direction_are_refused() {
    let split = |half: i32| {
        let mut points = points(&line(8, |_| 0));
        for reading in &mut points[3].deepening {
            reading.reference_um += half;
        }
        for reading in &mut points[3].shallowing {
            reading.reference_um -= half;
        }
        fit_channel(&points, RISING, |r| r.counts_a, FitOptions::default())
    };
    assert!(split(50).is_ok());
    let mut halves = points(&line(8, |_| 0));
    for (repeat, half) in [(0, 50), (1, 51)] {
        halves[3].deepening[repeat].reference_um += half;
        halves[3].shallowing[repeat].reference_um -= half;
    }
    let error = fit_channel(&halves, RISING, |r| r.counts_a, FitOptions::default()).unwrap_err();
    assert!(
        matches!(
            error,
            FitError::Scatter {
                asked_um: 51 | -51,
                ..
            }
        ),
        "50.5 um is over: {error}"
    );
    let error = split(51).unwrap_err();
    assert!(
        matches!(
            error,
            FitError::Scatter {
                asked_um: 51 | -51,
                allowed_um: 50,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn total_move_limit_is_exact() {
    // Slope and offset at their gates reach 500 um only on a range longer than the pen's.
    let far = ChannelDesign {
        um_numerator: 10,
        um_denominator: 7,
        ..RISING
    };
    let wide: Vec<(u16, i32)> = (0..8)
        .map(|step| (400 + step * 350, i32::from(step) * 550 + 170))
        .collect();
    let error = fit_channel(&points(&wide), far, |r| r.counts_a, FitOptions::default());
    assert_eq!(
        error.unwrap_err(),
        FitError::Move {
            channel: "A",
            asked_um: 520,
            allowed_um: 500
        }
    );
    let wide: Vec<(u16, i32)> = (0..8)
        .map(|step| (400 + step * 350, i32::from(step) * 550 + 150))
        .collect();
    assert!(fit_channel(&points(&wide), far, |r| r.counts_a, FitOptions::default()).is_ok());
}

#[test]
fn a_step_back_is_noise_up_to_twenty_micrometres() {
    let back = |step: i32| {
        let mut pairs = line(9, |_| 0);
        pairs.insert(5, (pairs[4].0 + 1, pairs[4].1 - step));
        fit(&pairs)
    };
    assert_eq!(back(0).unwrap().pooled, 1);
    assert_eq!(back(20).unwrap().pooled, 1);
    let error = back(21).unwrap_err();
    assert!(
        matches!(
            error,
            FitError::NotMonotone {
                asked_um: 21,
                allowed_um: 20,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_stuck_channel_leaves_too_few_points() {
    let stuck: Vec<(u16, i32)> = (0..9).map(|step| (1_000, step * 10)).collect();
    let error = FitError::TooFewPoints {
        channel: "A",
        asked: 1,
        allowed: 7,
    };
    assert_eq!(fit(&stuck).unwrap_err(), error);
}

#[test]
fn rails_are_refused() {
    let mut pairs = line(8, |_| 0);
    pairs[0].0 = 50;
    let error = fit(&pairs).unwrap_err();
    assert!(
        matches!(
            error,
            FitError::AtRail {
                asked: 50,
                low: 51,
                ..
            }
        ),
        "{error}"
    );
    pairs[0].0 = 51;
    assert!(!matches!(fit(&pairs), Err(FitError::AtRail { .. })));
}

#[test]
fn eleven_knots_at_most_and_the_ends_stay() {
    let pairs: Vec<(u16, i32)> = (0..15)
        .map(|step| (400 + step * 140, i32::from(step) * 100))
        .collect();
    let fit = fit(&pairs).unwrap();
    assert_eq!(fit.table.knots().len(), 11);
    assert_eq!(fit.thinned, 4);
    assert_eq!(fit.table.knots()[0].counts, 400);
    assert_eq!(fit.table.knots()[10].counts, 400 + 14 * 140);
}

#[test]
fn the_place_that_lies_between_its_neighbours_is_taken_out_first() {
    // Unequal steps; all but the places around the sixth are bent by 8 um, so that it alone is not missed.
    let counts = [
        400, 540, 680, 820, 960, 1_100, 1_380, 1_800, 1_940, 2_080, 2_220, 2_360,
    ];
    let bend = [0, 8, -8, 8, -8, 0, 0, 0, 8, -8, 8, 0];
    let pairs: Vec<(u16, i32)> = (counts.iter().zip(bend))
        .map(|(counts, bend)| (*counts, (i32::from(*counts) - 400) * 5 / 7 + bend))
        .collect();
    let fit = fit(&pairs).unwrap();
    let left: Vec<u16> = fit.table.knots().iter().map(|knot| knot.counts).collect();
    let others: Vec<u16> = (counts.into_iter()).filter(|it| *it != 1_380).collect();
    assert_eq!((fit.thinned, left), (1, others));
}

#[test]
fn a_margin_that_leaves_the_range_of_the_converter_is_at_its_rail() {
    // 100 um are 140 counts: from 60 to below nothing, from 65 500 to more than a reading can be.
    let shifted = |by: u16| -> Vec<(u16, i32)> {
        let pairs = line(8, |_| 0).into_iter();
        pairs.map(|(counts, um)| (counts - 400 + by, um)).collect()
    };
    let options = FitOptions {
        span_margin_um: 100,
    };
    let high = ChannelDesign {
        rail_high_counts: 65_535,
        ..RISING
    };
    for (design, by, rail) in [(RISING, 60, 0), (high, 63_050, 65_535)] {
        let error =
            fit_channel(&points(&shifted(by)), design, |r| r.counts_a, options).unwrap_err();
        let expected = FitError::AtRail {
            channel: "A",
            asked: rail,
            low: 51,
            high: design.rail_high_counts - 1,
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn verification_points_stay_out() {
    let mut points = points(&line(8, |_| 0));
    points.push(point(575, 400, PointRole::Verification));
    let fit = fit_channel(&points, RISING, |r| r.counts_a, FitOptions::default()).unwrap();
    assert_eq!(fit.table.depth_um(575), Some(125));
    assert_eq!(fit.residuals.len(), 16);
}

#[test]
fn a_margin_widens_the_span_and_changes_nothing_inside() {
    let fit_with = |span_margin_um| {
        let options = FitOptions { span_margin_um };
        fit_channel(&points(&line(8, |_| 3)), RISING, |r| r.counts_a, options)
    };
    let (bare, wide) = (fit_with(0).unwrap(), fit_with(50).unwrap());
    assert_eq!(bare.table.depth_um(399), None);
    assert_eq!(wide.table.depth_um(400 - 70), Some(3 - 50));
    assert_eq!(wide.table.depth_um(400 - 71), None);
    for counts in 400..=(400 + 7 * 350) {
        assert_eq!(bare.table.depth_um(counts), wide.table.depth_um(counts));
    }
    assert!(fit_with(100).is_ok());
    let error = FitError::MarginTooWide {
        asked_um: 101,
        allowed_um: 100,
    };
    assert_eq!(fit_with(101).unwrap_err(), error);
}

#[test]
fn one_direction_alone_is_refused() {
    let mut points = points(&line(8, |_| 0));
    points[2].shallowing.clear();
    let error = fit_channel(&points, RISING, |r| r.counts_a, FitOptions::default()).unwrap_err();
    assert_eq!(
        error,
        FitError::OneDirection {
            channel: "A",
            nominal_um: 500
        }
    );
}

/// Depths of a sensor with gain, offset and a smooth bend inside the gates.
fn sensor() -> impl Strategy<Value = (ChannelDesign, Vec<(u16, i32)>)> {
    let design = prop_oneof![Just(RISING), Just(FALLING)];
    (
        design,
        -80_i32..80,
        -150_i32..150,
        0_i32..30,
        prop::collection::vec(-4_i32..=4, 11),
    )
        .prop_map(|(design, gain, offset, bend, noise)| {
            let pairs = (0..11_i32)
                .zip(noise)
                .map(|(step, noise)| {
                    let counts = if design.um_numerator > 0 {
                        400 + step * 330
                    } else {
                        3_900 - step * 330
                    };
                    let counts = u16::try_from(counts).unwrap();
                    let ideal = i32::try_from(design.design_um(counts)).unwrap();
                    let bow = bend * (25 - (step - 5) * (step - 5)) / 25;
                    (counts, ideal + ideal * gain / 1_000 + offset + bow + noise)
                })
                .collect();
            (design, pairs)
        })
}

proptest! {
    #[test]
    fn any_sensor_inside_the_gates_is_reproduced((design, pairs) in sensor()) {
        let fit = fit_channel(&points(&pairs), design, |r| r.counts_b, FitOptions::default()).unwrap();
        for (counts, depth) in pairs {
            let table = fit.table.depth_um(counts).unwrap();
            assert!((table - depth).abs() <= 1, "{counts}: {table} for {depth}");
        }
        assert!(fit.gates.iter().all(|gate| gate.asked.abs() <= gate.allowed));
    }

    #[test]
    fn a_table_is_monotone_or_refused(depths in prop::collection::vec(-100_i32..3_000, 7..14)) {
        let pairs: Vec<(u16, i32)> = (0_u16..).zip(&depths).map(|(i, d)| (400 + i * 200, *d)).collect();
        if let Ok(fit) = fit(&pairs) {
            assert!(fit.table.knots().windows(2).all(|k| k[0].counts < k[1].counts && k[0].depth_um < k[1].depth_um));
            assert!((7..=11).contains(&fit.table.knots().len()));
        }
    }
}
