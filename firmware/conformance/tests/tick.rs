//! The judge of the control tick at its bounds.

use pen_conformance::checks::judge_tick_times;
use pen_conformance::{Note, Trouble};

/// Times of a thousand periods of a millisecond, one of which is another, made up for by the next.
fn one_of(period_us: u64) -> Vec<u64> {
    let mut times: Vec<u64> = (0..=1_000).map(|tick| 1_000 * tick).collect();
    times[500] = times[499] + period_us;
    if period_us > 1_000 {
        for time in &mut times[501..] {
            *time += 1_000;
        }
    }
    times
}

#[test]
fn the_hard_bounds_are_inclusive() {
    for (period, passes) in [(499, false), (500, true), (2_000, true), (2_001, false)] {
        let outcome = judge_tick_times(&one_of(period));
        assert_eq!(outcome.is_ok(), passes, "{period}: {outcome:?}");
    }
}

#[test]
fn what_is_recommended_is_told() {
    for (period, expected) in [(949, false), (950, true), (1_050, true), (1_051, false)] {
        let mut times = one_of(1_000);
        times[500] = times[499] + period;
        let Ok(Note::Ticks { is_recommended, .. }) = judge_tick_times(&times) else {
            panic!("{period} is within the hard bounds");
        };
        assert_eq!(is_recommended, expected, "{period}");
    }
}

#[test]
fn a_mean_that_is_one_percent_off_fails() {
    for (period, passes) in [(989, false), (990, true), (1_010, true), (1_011, false)] {
        let times: Vec<u64> = (0..100).map(|tick| period * tick).collect();
        assert_eq!(judge_tick_times(&times).is_ok(), passes, "{period}");
    }
}

#[test]
fn one_time_says_nothing() {
    for times in [&[][..], &[7][..]] {
        let Err(Trouble::Failed(failure)) = judge_tick_times(times) else {
            panic!("{times:?} is no tick");
        };
        assert_eq!(failure.when, "number of periods");
    }
}
