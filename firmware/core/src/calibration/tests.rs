use super::{Calibration, CalibrationDefect, Channel, Knot, Table, narrow_step, wide_step};
use crate::given;
use crate::units::Depth;

/// A table of these knots: counts and depth in micrometres.
fn table(knots: impl IntoIterator<Item = (u16, i32)>) -> Table {
    let mut table = Table::default();
    for (place, (counts, um)) in table.knots.iter_mut().zip(knots) {
        let depth = Depth::from_um(um);
        *place = Some(Knot { counts, depth });
    }
    table
}

/// What a pen says of a calibration of this table, the other channel being as it should.
fn check(channel: Channel, table: Table) -> Result<(), CalibrationDefect> {
    let mut calibration: Calibration = given::calibration(1, 0, 0);
    match channel {
        Channel::A => calibration.a = table,
        Channel::B => calibration.b = table,
    }
    calibration.check(given::SERIAL)
}

#[test]
fn cal_002_accepts_a_slope_of_exactly_10_percent_and_refuses_a_micrometre_more() {
    // 250 um nominal from knot to knot, 25 um more or less measured.
    let knots = |step: i32, last: i32| {
        (0..=10_u16).map(move |place| {
            let um = i32::from(place) * step;
            (400 + place * 350, if place == 10 { um + last } else { um })
        })
    };
    for (step, more, found) in [(275, 1, 101), (225, -1, -101)] {
        assert_eq!(check(Channel::A, table(knots(step, 0))), Ok(()));
        assert_eq!(check(Channel::A, table(knots(step, -more))), Ok(()));
        assert_eq!(
            check(Channel::A, table(knots(step, more))),
            Err(CalibrationDefect::Slope {
                channel: Channel::A,
                asked: found,
                allowed: 100
            })
        );
    }
}

#[test]
fn cal_002_refuses_a_knot_as_deep_as_the_one_before() {
    // The fifth and the sixth knot are 13 counts of B, or 14 of A, apart: 10 um nominal.
    let of_a = |second: i32| {
        let knots = [0, 500, 900, 1_400, 1_500, 1_510, 1_900, 2_400];
        table(knots.map(|um: u16| {
            let counts = 400 + um / 10 * 14;
            (counts, if um == 1_510 { second } else { i32::from(um) })
        }))
    };
    let of_b = |second: i32| {
        let knots = [2_400, 1_900, 1_600, 1_510, 1_500, 1_490, 900, 0];
        table(knots.map(|um: u16| {
            let counts = 3_900 - um / 10 * 13;
            (counts, if um == 1_490 { second } else { i32::from(um) })
        }))
    };
    let not_monotone = |channel| Err(CalibrationDefect::NotMonotone { channel, knot: 5 });
    for (at, least) in [(1_499, false), (1_500, false), (1_501, true)] {
        let expected = if least {
            Ok(())
        } else {
            not_monotone(Channel::A)
        };
        assert_eq!(check(Channel::A, of_a(at)), expected, "{at}");
    }
    for (at, least) in [(1_501, false), (1_500, false), (1_499, true)] {
        let expected = if least {
            Ok(())
        } else {
            not_monotone(Channel::B)
        };
        assert_eq!(check(Channel::B, of_b(at)), expected, "{at}");
    }
}

#[test]
fn cal_001_a_depth_is_the_same_in_32_bits_and_in_64() {
    let counts = [
        0, 1, 2, 399, 400, 401, 2_047, 2_048, 4_094, 4_095, 65_534, 65_535,
    ];
    let depths = [
        i32::MIN,
        -40_000,
        -1,
        0,
        1,
        400,
        1_500,
        3_000,
        40_000,
        i32::MAX,
    ];
    let mut narrow = 0;
    for low in counts {
        for high in counts {
            for at in counts {
                for (from, to) in depths.iter().flat_map(|from| depths.map(|to| (*from, to))) {
                    let knot = |counts, um| Knot {
                        counts,
                        depth: Depth::from_um(um),
                    };
                    let (low, high) = (knot(low, from), knot(high, to));
                    if let Some(step) = narrow_step(low, high, at) {
                        narrow += 1;
                        assert_eq!(step, wide_step(low, high, at), "{low:?} {high:?} {at}");
                    }
                }
            }
        }
    }
    // Not one of a table that a pen may have needs more.
    assert!(narrow > 50_000, "{narrow}");
    let (low, high) = (400, 4_095);
    let knot = |counts, um| Knot {
        counts,
        depth: Depth::from_um(um),
    };
    let wide = (low..=high)
        .filter(|at| narrow_step(knot(low, 0), knot(high, 2_500), *at).is_none())
        .count();
    assert_eq!(wide, 0);
}
