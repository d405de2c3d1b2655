//! Somebody calibrates simulated pens by hand and blunders: 225 blunders of 25 kinds, one in each calibration.
//!
//! ```sh
//! cargo test -p pen-host --test blunders -- --nocapture
//! ```
//!
//! The same at a meter: 60 blunders of 12 kinds.
//!
//! Prints how many were caught before anything came into force, how many were too small to matter, how
//! many reached a report unmarked (none may), and how many good readings were doubted over good
//! calibrations (below one in a hundred).

mod blunder;
mod typist;

use blunder::{Blunder, Kind, blunders, blunders_at_the_meter};
use pen_host::client::{Client, Patience};
use pen_host::link::sim::{SimStage, TODAY};
use pen_host::metrology::Verdict;
use pen_host::procedure::{
    Adjust, Event, Outcome, Points, PromptBench, Read, Replay, Setting, Settings, Taken,
    calibrate_kept,
};
use pen_sim::pen::Options;
use typist::Typist;

/// A reading that differs from what the instrument showed by this much or less is within what repeats
/// may scatter: the outlier rule's range and one micrometre of rounding. Unit: um.
const SMALL_UM: i32 = 11;

/// The same of a rate: a tenth of the tolerance. Unit: mHz at 50 Hz and more.
const SMALL_MHZ: i32 = 250;

/// The same of a motor current: beside two good repeats it moves the mean by 1 mA, a sixth of the tolerance of its
/// rise. At rest it is a sixteenth of the tolerance. Unit: uA.
const SMALL_UA: i32 = 3_500;
const SMALL_AT_REST_UA: i32 = 2_500;

/// How a calibration ended, and what was told on the way.
struct Told {
    outcome: Option<Outcome>,
    events: Vec<Event>,
    /// What the instruments showed at each accepted reading, in order, beside what was typed.
    typist: typist::Diary,
}

fn pen(seed: u64, calibrated: bool) -> (SimStage, Client) {
    let options = Options {
        seed,
        calibrated,
        depth_um: 300.0,
        ..Options::default()
    };
    let stage = SimStage::in_memory(&options).expect("a simulated pen");
    stage.pen(|pen| pen.hand().plug_cable(true));
    stage.run(1_000);
    let client = Client::connect(Box::new(stage.link()), Patience::default()).expect("a pen");
    (stage, client)
}

fn calibrated(
    seed: u64,
    is_calibrated: bool,
    settings: &Settings,
    blunder: Option<Blunder>,
) -> Told {
    let (stage, mut client) = pen(seed, is_calibrated);
    let typist = Typist::new(stage, seed, blunder);
    let diary = typist.diary();
    let mut bench = PromptBench::new(typist, true, TODAY);
    let mut events: Vec<Event> = Vec::new();
    let ended = calibrate_kept(
        &mut client,
        &mut bench,
        settings,
        &mut |_| {},
        &mut events,
        Replay::default(),
    );
    let outcome = match ended {
        Ok(outcome) => Some(outcome),
        Err(error) => {
            let doubts: Vec<&Event> = events
                .iter()
                .filter(|event| matches!(event, Event::Doubted { .. }))
                .collect();
            assert!(blunder.is_some(), "seed {seed}: {error}\n{doubts:#?}");
            None
        }
    };
    let typist = diary.borrow().clone();
    Told {
        outcome,
        events,
        typist,
    }
}

fn short() -> Settings {
    Settings {
        adjust: Adjust::Never,
        points: Points::Short,
        repeats: 2,
        ..Settings::default()
    }
}

/// Readings that were accepted and not taken back, in the order of their places.
fn accepted(events: &[Event]) -> Vec<Taken> {
    let mut all = std::collections::BTreeMap::new();
    for event in events {
        match event {
            Event::Taken(taken) => {
                all.insert(taken.place, taken.clone());
            }
            Event::Undone { places, .. } => {
                for place in places {
                    all.remove(place);
                }
            }
            _ => {}
        }
    }
    all.into_values().collect()
}

/// How far an accepted reading is from what its instrument really showed: um, or mHz.
fn off(taken: &Taken, diary: &typist::Diary) -> i32 {
    let Some(truth) = diary.truth.get(&taken.place.key()) else {
        return 0;
    };
    match taken.read {
        Read::Depth(reading) => reading.reference_um - truth,
        Read::Rate(reading) => reading.reference_mhz.cast_signed() - truth,
        Read::Current(reading) => reading.reference_ua - truth,
    }
}

/// What became of a blunder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It was noticed: explained, doubted, an outlier, or the run was refused.
    Caught,
    /// It stands in a report, so small that it is within what repeats may scatter.
    Small(i32),
    /// It stands in a report and nothing says so.
    Unmarked(i32),
    /// The technician did nothing wrong after all: what was typed is what was shown.
    Harmless,
}

fn fate(told: &Told) -> Fate {
    let is_noticed = told.typist.explained > 0
        || told
            .events
            .iter()
            .any(|event| matches!(event, Event::Doubted { .. } | Event::Undone { .. }));
    if told.outcome.is_none() {
        return Fate::Caught;
    }
    let (mut worst, mut is_small) = (0, true);
    for taken in accepted(&told.events)
        .iter()
        .filter(|taken| taken.kept.is_none())
    {
        let off = off(taken, &told.typist);
        let small = match taken.read {
            Read::Depth(_) => SMALL_UM,
            Read::Rate(_) => SMALL_MHZ,
            Read::Current(_) if taken.place.setting == (Setting::Current { hz: 0 }) => {
                SMALL_AT_REST_UA
            }
            Read::Current(_) => SMALL_UA,
        };
        is_small &= off.abs() <= small;
        if off.abs() > i32::abs(worst) {
            worst = off;
        }
    }
    match (worst, is_small, is_noticed) {
        (_, false, _) => Fate::Unmarked(worst),
        (0, true, true) => Fate::Caught,
        (0, true, false) => Fate::Harmless,
        (_, true, true) => Fate::Caught,
        (_, true, false) => Fate::Small(worst),
    }
}

#[test]
fn no_blunder_reaches_a_report_unmarked() {
    let all = blunders();
    assert!(all.len() >= 200, "{}", all.len());
    let mut rows: Vec<(Kind, [usize; 4])> = Kind::ALL.iter().map(|kind| (*kind, [0; 4])).collect();
    let (mut small_um, mut small_mhz, mut unmarked) = (0, 0, Vec::new());
    for (number, blunder) in (0_u64..).zip(all) {
        // Every third pen has a calibration, the others come out of assembly.
        let told = calibrated(
            1 + number,
            number.is_multiple_of(3),
            &short(),
            Some(blunder),
        );
        assert!(told.typist.blundered, "{blunder:?} was never tried");
        let fate = fate(&told);
        let column = match fate {
            Fate::Caught => 0,
            Fate::Small(off) => {
                // The last six readings are rates.
                let worst = if blunder.at < 32 {
                    &mut small_um
                } else {
                    &mut small_mhz
                };
                *worst = i32::max(*worst, off.abs());
                1
            }
            Fate::Harmless => 2,
            Fate::Unmarked(off) => {
                unmarked.push(format!("seed {}, {blunder:?}: off by {off}", 1 + number));
                3
            }
        };
        let row = rows
            .iter_mut()
            .find(|(kind, _)| *kind == blunder.kind)
            .unwrap();
        row.1[column] += 1;
    }
    println!("{:<44} caught  small  no change  unmarked", "blunder");
    let mut sums = [0; 4];
    for (kind, counts) in &rows {
        let [caught, small, harmless, missed] = counts;
        println!(
            "{:<44} {caught:>6} {small:>6} {harmless:>10} {missed:>9}",
            kind.words()
        );
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [caught, small, harmless, missed] = sums;
    println!(
        "{:<44} {caught:>6} {small:>6} {harmless:>10} {missed:>9}",
        "all"
    );
    println!("the largest slips that were too small to be seen: {small_um} um, {small_mhz} mHz");
    assert_eq!(unmarked, [""; 0]);
    assert!(caught >= 180, "{caught}");
}

#[test]
fn no_blunder_at_a_meter_reaches_a_report_unmarked() {
    let settings = Settings {
        current: true,
        ..short()
    };
    let (mut caught, mut harmless, mut small_ua, mut unmarked) = (0, 0, Vec::new(), Vec::new());
    for (number, blunder) in (0_u64..).zip(blunders_at_the_meter()) {
        let told = calibrated(1 + number, true, &settings, Some(blunder));
        assert!(told.typist.blundered, "{blunder:?} was never tried");
        match fate(&told) {
            Fate::Caught => caught += 1,
            Fate::Harmless => harmless += 1,
            Fate::Small(off) => small_ua.push(off),
            Fate::Unmarked(off) => {
                unmarked.push(format!("seed {}, {blunder:?}: off by {off}", 1 + number));
            }
        }
    }
    println!(
        "at a meter: {caught} caught, {} too small to be seen (uA: {small_ua:?}), {harmless} no change, {} unmarked",
        small_ua.len(),
        unmarked.len()
    );
    assert_eq!(unmarked, [""; 0]);
    assert_eq!(caught + harmless + small_ua.len(), 60);
    assert!(caught >= 30, "{caught}");
}

#[test]
fn hardly_a_good_reading_of_a_meter_is_doubted() {
    let settings = Settings {
        current: true,
        ..short()
    };
    let (mut readings, mut doubted) = (0, 0);
    for seed in 1..=16 {
        let told = calibrated(seed, true, &settings, None);
        readings += accepted(&told.events).len();
        let is_doubt =
            |event: &&Event| matches!(event, Event::Doubted { .. } | Event::Undone { .. });
        doubted += told.events.iter().filter(is_doubt).count();
        let outcome = told.outcome.expect("a good measurement goes to its end");
        assert_eq!(outcome.as_left, Verdict::Pass, "seed {seed}");
    }
    println!("{doubted} of {readings} good readings were doubted with a meter beside");
    assert!(doubted * 100 < readings, "{doubted} of {readings}");
}

#[test]
fn hardly_a_good_reading_is_doubted() {
    let full = Settings::default();
    let (mut readings, mut doubted, mut runs) = (0, 0, 0);
    for seed in 1..=24 {
        for is_calibrated in [true, false] {
            let settings = if seed % 4 == 0 {
                full
            } else {
                Settings {
                    adjust: Adjust::Auto,
                    ..short()
                }
            };
            let told = calibrated(seed, is_calibrated, &settings, None);
            readings += accepted(&told.events).len();
            let doubts = told
                .events
                .iter()
                .filter(|event| matches!(event, Event::Doubted { .. } | Event::Undone { .. }));
            doubted += doubts.clone().count();
            if doubts.clone().count() > 0 {
                println!(
                    "seed {seed}, calibrated {is_calibrated}: {:?}",
                    doubts.collect::<Vec<_>>()
                );
            }
            let outcome = told.outcome.expect("a good calibration goes to its end");
            assert_eq!(outcome.as_left, Verdict::Pass, "seed {seed}");
            runs += 1;
        }
    }
    println!("{doubted} of {readings} good readings were doubted in {runs} good calibrations");
    assert!(doubted * 100 < readings, "{doubted} of {readings}");
}
