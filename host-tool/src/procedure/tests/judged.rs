//! Each limit on a reading: at it, and one step over.

use super::super::judge::{Doubt, Known};
use super::super::observer::{Phase, Place, Read, Setting, Taken};
use crate::metrology::Direction::{self, Deepening, Shallowing};
use crate::metrology::current::CurrentReading;
use crate::metrology::{RateReading, Reading};

/// A reading whose channels are exactly on the drawing at what the pen says.
fn reading(gauge: i32, pen: i32) -> Reading {
    Reading {
        reference_um: gauge,
        indicated_um: pen,
        counts_a: u16::try_from(400 + pen * 7 / 5).unwrap(),
        counts_b: u16::try_from(3_900 - pen * 13 / 10).unwrap(),
    }
}

fn at(setting: Setting, repeat: u8, read: Read) -> Taken {
    Taken {
        place: Place {
            phase: Phase::AsFound,
            setting,
            repeat,
        },
        read,
        kept: None,
        sent_by: None,
    }
}

fn taken(um: i32, direction: Direction, repeat: u8, read: Reading) -> Taken {
    at(Setting::Depth { um, direction }, repeat, Read::Depth(read))
}

/// A reading of the tachometer at a rate, in mHz, and what the pen said.
fn timed(hz: u32, reference_mhz: u32, indicated_mhz: u32) -> Taken {
    let read = RateReading {
        reference_mhz,
        indicated_mhz,
    };
    at(Setting::Rate { hz }, 1, Read::Rate(read))
}

/// A reading of the meter at a rate, in uA, and what the pen said.
fn metered(hz: u32, reference_ua: i32, indicated_ua: i32) -> Taken {
    let read = CurrentReading {
        reference_ua,
        indicated_ua,
    };
    at(Setting::Current { hz }, 1, Read::Current(read))
}

/// Doubts about a reading at a setting after these; the pen has no calibration.
fn doubts(before: &[Taken], um: i32, direction: Direction, gauge: i32, pen: i32) -> Vec<Doubt> {
    let known = Known {
        taken: before,
        calibration: None,
    };
    known.doubts_depth(um, direction, &reading(gauge, pen))
}

/// One doubt that holds these words, and whether it may be kept.
#[track_caller]
fn only(doubts: &[Doubt], word: &str, may_be_kept: bool) {
    assert_eq!(doubts.len(), 1, "{word}: {doubts:?}");
    assert!(doubts[0].text.contains(word), "{word}: {doubts:?}");
    assert_eq!(doubts[0].may_be_kept, may_be_kept, "{word}");
}

#[test]
fn a_first_reading_is_judged_by_the_mark_of_the_ring() {
    for sign in [1, -1] {
        assert_eq!(doubts(&[], 1_000, Deepening, 1_000 + sign * 90, 1_000), []);
        only(
            &doubts(&[], 1_000, Deepening, 1_000 + sign * 91, 1_000),
            "the gauge shows",
            true,
        );
        only(
            &doubts(&[], 1_000, Deepening, 1_000 + sign * 500, 1_000),
            "the gauge shows",
            true,
        );
        only(
            &doubts(&[], 1_000, Deepening, 1_000 + sign * 501, 1_000),
            "500 um",
            false,
        );
        assert_eq!(doubts(&[], 1_000, Deepening, 1_000, 1_000 + sign * 350), []);
        only(
            &doubts(&[], 1_000, Deepening, 1_000, 1_000 + sign * 351),
            "the pen says",
            true,
        );
        only(
            &doubts(&[], 1_000, Deepening, 1_000, 1_000 + sign * 500),
            "was the ring turned to it?",
            true,
        );
        only(
            &doubts(&[], 1_000, Deepening, 1_000, 1_000 + sign * 501),
            "was the ring turned?",
            false,
        );
    }
    // A sign that was forgotten.
    only(&doubts(&[], -50, Deepening, 50, -50), "100 um apart", true);
}

#[test]
fn a_repeat_is_judged_by_its_repeats_then_by_the_other_direction() {
    let first = [taken(500, Deepening, 1, reading(520, 500))];
    for (direction, limit, word) in [
        (Deepening, 20, "the other repeats"),
        (Shallowing, 60, "the other direction"),
    ] {
        for sign in [1, -1] {
            let near = 520 + sign * limit;
            assert_eq!(doubts(&first, 500, direction, near, 500), [], "{word}");
            only(
                &doubts(&first, 500, direction, near + sign, 500),
                word,
                true,
            );
        }
    }
    // What counts is the gauge against the pen: a ring that came back elsewhere is no blunder.
    assert_eq!(doubts(&first, 500, Deepening, 550, 530), []);
    only(&doubts(&first, 500, Deepening, 499, 500), "499", true);
}

#[test]
fn a_new_setting_is_judged_by_its_neighbour_and_by_the_way_of_the_ring() {
    let first = [taken(500, Deepening, 1, reading(510, 500))];
    // 20 um and a tenth of 250 um, beside the 10 um that the first reading was off.
    for sign in [1, -1] {
        assert_eq!(doubts(&first, 750, Deepening, 760 + sign * 45, 750), []);
        only(
            &doubts(&first, 750, Deepening, 760 + sign * 46, 750),
            "the reading at 500 um",
            true,
        );
        // 60 um and a tenth of the way.
        let (pen, gauge) = (750 + sign * 85, 760 + sign * 80);
        assert_eq!(doubts(&first, 750, Deepening, gauge, pen), []);
        only(
            &doubts(&first, 750, Deepening, gauge, pen + sign),
            "is it at 750",
            true,
        );
    }
}

#[test]
fn a_gauge_that_shows_the_same_again_is_stuck_if_anything_moved() {
    let first = [taken(500, Deepening, 1, reading(510, 500))];
    let texts = |doubts: &[Doubt]| doubts.iter().any(|it| it.text.contains("is it stuck"));
    assert!(texts(&doubts(&first, 750, Deepening, 510, 750)));
    // From one direction to the other at the last mark nothing has to move.
    assert!(!texts(&doubts(&first, 500, Shallowing, 510, 500)));
    assert!(!texts(&doubts(&first, 500, Shallowing, 510, 520)));
    assert!(texts(&doubts(&first, 500, Shallowing, 510, 521)));
}

fn rates(before: &[(u32, u32, u32)], hz: u32, tacho: u32, pen: u32) -> Vec<Doubt> {
    let all: Vec<Taken> = before
        .iter()
        .map(|(hz, reference_mhz, indicated_mhz)| timed(*hz, *reference_mhz, *indicated_mhz))
        .collect();
    let known = Known {
        taken: &all,
        calibration: None,
    };
    known.doubts_rate(
        hz,
        &RateReading {
            reference_mhz: tacho,
            indicated_mhz: pen,
        },
    )
}

#[test]
fn a_rate_is_judged_by_the_set_one_its_repeats_and_the_other_rates() {
    assert_eq!(rates(&[], 50, 51_750, 50_000), []);
    only(&rates(&[], 50, 51_751, 50_000), "a clock can be off", true);
    only(&rates(&[], 50, 52_500, 51_000), "more than 5 %", true);
    let is_refused = |mhz| rates(&[], 50, mhz, 50_000).iter().any(|it| !it.may_be_kept);
    assert!(is_refused(55_000) && is_refused(45_000));
    assert!(!is_refused(54_949) && !is_refused(45_051));
    let first = [(50, 50_500, 50_000)];
    // 1 % at the first; half a percent more or less at a repeat, a whole one at another rate.
    assert_eq!(rates(&first, 50, 50_750, 50_000), []);
    assert_eq!(rates(&first, 50, 50_250, 50_000), []);
    only(
        &rates(&first, 50, 50_751, 50_000),
        "the other repeats",
        true,
    );
    only(
        &rates(&first, 50, 50_249, 50_000),
        "the other repeats",
        true,
    );
    assert_eq!(rates(&first, 80, 81_600, 80_000), []);
    only(&rates(&first, 80, 81_601, 80_000), "the other rates", true);
    only(&rates(&first, 80, 79_999, 80_000), "the other rates", true);
}

#[test]
fn what_is_expected_is_what_would_not_be_doubted() {
    let first = [taken(500, Deepening, 1, reading(510, 500))];
    let known = Known {
        taken: &first,
        calibration: None,
    };
    let now = reading(0, 500);
    let expected = known.expected_um(500, Deepening, [now.counts_a, now.counts_b]);
    assert_eq!(expected, 490..=530);
    for (gauge, is_good) in [(489, false), (490, true), (530, true), (531, false)] {
        assert_eq!(
            doubts(&first, 500, Deepening, gauge, 500).is_empty(),
            is_good,
            "{gauge}"
        );
    }
    let nothing = Known {
        taken: &[],
        calibration: None,
    };
    assert_eq!(
        nothing.expected_um(500, Deepening, [1_100, 3_250]),
        410..=590
    );
}

fn known(taken: &[Taken]) -> Known<'_> {
    Known {
        taken,
        calibration: None,
    }
}

#[test]
fn a_setting_is_foretold_by_the_nearest_one_and_by_the_same_direction_first() {
    let at = |um, direction, off| taken(um, direction, 1, reading(um + off, um));
    // 1000 um is nearer to 750 um than 250 um is.
    let two = [at(250, Deepening, 0), at(1_000, Deepening, 60)];
    only(
        &doubts(&two, 750, Deepening, 750, 750),
        "the reading at 1000 um foretells 810 from what the pen says: 60 um apart, 45 are",
        true,
    );
    assert_eq!(doubts(&two, 750, Deepening, 800, 750), []);
    // Both directions at 500 um, 60 um apart: each foretells its own.
    for (direction, gauge, other) in [(Deepening, 750, 810), (Shallowing, 810, 750)] {
        let two = [at(500, Deepening, 0), at(500, Shallowing, 60)];
        assert_eq!(
            doubts(&two, 750, direction, gauge, 750),
            [],
            "{direction:?}"
        );
        let word = format!("foretells {gauge} from");
        only(&doubts(&two, 750, direction, other, 750), &word, true);
    }
}

#[test]
fn repeats_foretell_their_mean_to_the_nearest_micrometre_halves_up() {
    for (first, second, mean) in [(510, 513, 512), (510, 512, 511), (487, 490, 489)] {
        let two = [
            taken(500, Deepening, 1, reading(first, 500)),
            taken(500, Deepening, 2, reading(second, 500)),
        ];
        let now = reading(0, 500);
        let expected = known(&two).expected_um(500, Deepening, [now.counts_a, now.counts_b]);
        assert_eq!(expected, mean - 20..=mean + 20);
    }
}

#[test]
fn a_ring_that_is_elsewhere_yet_is_expected_by_its_mark_alone() {
    let first = [taken(500, Deepening, 1, reading(510, 500))];
    let at = |pen: i32| {
        let now = reading(0, pen);
        known(&first).expected_um(500, Deepening, [now.counts_a, now.counts_b])
    };
    // 590 um is the most by the mark, and the least by a pen that says 600.
    assert_eq!(at(560), 550..=590);
    assert_eq!(at(600), 590..=590);
    assert_eq!(at(610), 410..=590);
    assert_eq!(at(380), 410..=410);
    assert_eq!(at(370), 410..=590);
}

#[test]
fn a_gauge_that_stays_while_the_ring_should_move_is_stuck_whatever_the_pen_says() {
    let first = [taken(500, Deepening, 1, reading(510, 500))];
    let is_stuck = |um: i32| {
        let doubts = doubts(&first, um, Deepening, 510, 500);
        doubts.iter().any(|it| it.text.contains("is it stuck?"))
    };
    let said = [480, 520, 479, 521, 750].map(is_stuck);
    assert_eq!(said, [false, false, true, true, true]);
}

#[test]
fn of_two_channels_that_differ_the_one_nearer_to_the_gauge_speaks() {
    let first = [taken(500, Deepening, 1, reading(510, 500))];
    // Channel A foretells 510 um, channel B 550 um.
    let told = |gauge: i32| {
        let split = Reading {
            counts_a: reading(0, 500).counts_a,
            counts_b: reading(0, 540).counts_b,
            ..reading(gauge, 520)
        };
        known(&first).doubts_depth(500, Deepening, &split)
    };
    for gauge in [490, 515, 530, 545, 570] {
        assert_eq!(told(gauge), [], "{gauge}");
    }
    only(
        &told(489),
        "foretell 510 from what the pen says: 21 um",
        true,
    );
    only(
        &told(571),
        "foretell 550 from what the pen says: 21 um",
        true,
    );
}

#[test]
fn how_far_the_ring_moved_is_that_of_the_channel_that_moved_more_from_the_nearest_reading() {
    let both = [
        taken(500, Deepening, 1, reading(510, 500)),
        taken(500, Shallowing, 1, reading(510, 530)),
        taken(750, Deepening, 1, reading(760, 750)),
    ];
    let now = [reading(0, 520).counts_a, reading(0, 510).counts_b];
    assert_eq!(known(&both).moved_from(500, now), Some(20));
    assert_eq!(known(&both[..1]).moved_from(500, now), Some(20));
    assert_eq!(known(&both[1..]).moved_from(500, now), Some(20));
    assert_eq!(known(&both).moved_from(750, now), Some(240));
    assert_eq!(known(&both).moved_from(1_000, now), None);
}

#[test]
fn a_rate_is_expected_as_far_as_it_would_not_be_doubted() {
    assert_eq!(known(&[]).expected_mhz(50, 50_000), 48_250..=51_750);
    // 1 % of the first, 0.4 % of the second: 0.7 % foretold.
    let two = [timed(50, 50_500, 50_000), timed(80, 80_320, 80_000)];
    assert_eq!(known(&two[..1]).expected_mhz(50, 50_000), 50_250..=50_750);
    assert_eq!(known(&two[..1]).expected_mhz(80, 80_000), 80_000..=81_600);
    assert_eq!(known(&two).expected_mhz(50, 50_000), 50_100..=50_600);
    assert_eq!(known(&two).expected_mhz(100, 100_000), 99_700..=101_700);
    // In words, with a sign and two places.
    only(
        &rates(&[], 50, 51_751, 50_000),
        "by 3.50 %, a clock can be off by 0.00 % within 3.50 %",
        true,
    );
    let text = |reference_mhz| {
        rates(&[(50, 50_500, 50_000)], 80, reference_mhz, 80_000)[0]
            .text
            .clone()
    };
    let words = "the other rates say 1.00 % within 1.00 %";
    assert_eq!(
        text(81_640),
        format!("the tachometer differs from the pen by 2.05 %, {words}")
    );
    assert_eq!(
        text(79_960),
        format!("the tachometer differs from the pen by -0.05 %, {words}")
    );
}

fn currents(before: &[Taken], hz: u32, meter: i32, pen: i32) -> Vec<Doubt> {
    let reading = CurrentReading {
        reference_ua: meter,
        indicated_ua: pen,
    };
    known(before).doubts_current(hz, &reading)
}

#[test]
fn a_meter_at_rest_shows_no_current_and_the_same_one_again() {
    for sign in [1, -1] {
        // What the pen says is the result: nothing speaks against 39 mA of it.
        assert_eq!(currents(&[], 0, sign * 2_000, 39_000), []);
        only(
            &currents(&[], 0, sign * 2_001, 39_000),
            "2.0 mA with the motor at rest, more than 2.0 mA",
            true,
        );
        // A repeat is within 3 mA of those before it, whatever the meter shows with the motor on.
        let before = [metered(0, 0, 10_000), metered(50, 300_000, 250_000)];
        for first in [&before[..1], &before] {
            assert_eq!(currents(first, 0, 1_000, 11_000 + sign * 3_000), []);
            only(
                &currents(first, 0, 1_000, 11_000 + sign * 3_001),
                "the other repeats say -10.0 mA within 3.0 mA",
                true,
            );
        }
        // The first at rest is compared with none of the motor on.
        assert_eq!(currents(&before[1..], 0, 0, sign * 39_000), []);
    }
    assert_eq!(known(&[]).expected_ua(0, 39_000), -2_000..=2_000);
}

#[test]
fn a_motor_that_is_driven_draws_at_least_20_ma_more_than_at_rest() {
    // At rest 1.0 mA in the mean; the pen agrees with the meter throughout.
    let rest = [metered(0, 0, 0), metered(0, 2_000, 2_000)];
    assert_eq!(currents(&rest, 50, 21_000, 21_000), []);
    only(
        &currents(&rest, 50, 20_999, 20_999),
        "21.0 mA with the motor driven, and 1.0 mA at rest: a motor draws at least 20.0 mA more",
        false,
    );
    // Three readings, whose mean is 1.0 mA and whose sum is 3.0.
    let rest = [
        metered(0, 0, 0),
        metered(0, 1_000, 1_000),
        metered(0, 2_000, 2_000),
    ];
    assert_eq!(currents(&rest, 50, 21_000, 21_000), []);
    assert_eq!(currents(&rest, 50, 20_999, 20_999).len(), 1);
    // Nobody knows what it shows at rest.
    assert_eq!(currents(&[], 50, 0, 0), []);
    // Where readings with the motor on came first, they are not taken for readings at rest.
    assert_eq!(
        currents(&[metered(80, 300_000, 300_000)], 50, 100_000, 100_000),
        []
    );
}

#[test]
fn a_current_is_foretold_by_its_repeats_then_by_other_rates_then_by_rest() {
    let (rest, other, same) = (
        metered(0, 0, -1_000),
        metered(80, 300_000, 298_000),
        metered(50, 200_000, 197_000),
    );
    for (before, mean, margin, word) in [
        (vec![], 0, 40_000, "a pen in tolerance"),
        (vec![rest.clone()], 1_000, 10_000, "the readings at rest"),
        (
            vec![rest.clone(), other.clone()],
            2_000,
            4_000,
            "the other rates",
        ),
        (vec![rest, other, same], 3_000, 3_000, "the other repeats"),
    ] {
        for sign in [1, -1] {
            let at = 100_000 + mean + sign * margin;
            assert_eq!(currents(&before, 50, at, 100_000), [], "{word} {sign}");
            only(&currents(&before, 50, at + sign, 100_000), word, true);
        }
        let expected = known(&before).expected_ua(50, 100_000);
        let most = 100_000 + mean + margin;
        assert_eq!(expected, 100_000 + mean - margin..=most, "{word}");
    }
}
