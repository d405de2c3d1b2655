//! Each limit on a reading: at it, and one step over.

use super::super::judge::{Doubt, Known};
use super::super::observer::{Phase, Place, Read, Setting, Taken};
use crate::metrology::Direction::{self, Deepening, Shallowing};
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

fn taken(um: i32, direction: Direction, repeat: u8, read: Reading) -> Taken {
    Taken {
        place: Place {
            phase: Phase::AsFound,
            setting: Setting::Depth { um, direction },
            repeat,
        },
        read: Read::Depth(read),
        kept: None,
        sent_by: None,
    }
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
            &doubts(&[], 1_000, Deepening, 1_000, 1_000 + sign * 501),
            "was the ring turned",
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
        .map(|(hz, reference_mhz, indicated_mhz)| Taken {
            place: Place {
                phase: Phase::AsFound,
                setting: Setting::Rate { hz: *hz },
                repeat: 1,
            },
            read: Read::Rate(RateReading {
                reference_mhz: *reference_mhz,
                indicated_mhz: *indicated_mhz,
            }),
            kept: None,
            sent_by: None,
        })
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
