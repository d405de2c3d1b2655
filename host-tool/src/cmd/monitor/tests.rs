//! The full screen on a terminal of letters, at the sizes that people have.

use std::time::Duration;

use pen_core::fault::{Fault, Trip};
use pen_core::units::{Depth, Rate};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::app::{App, Key};
use super::plain::{changes, sentence};
use super::source::Picture;
use super::view::{self, Band};
use super::{heat, speed};
use crate::client::{Client, Patience};
use crate::link::sim::SimStage;

mod warm;

/// A screen that knows a simulated pen, and that pen's picture.
pub(super) fn seen() -> (App, Picture) {
    let stage = SimStage::new(1).unwrap();
    let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
    let mut app = App::new("000042".into(), "sim:1".into());
    app.limits = Some(client.limits().unwrap());
    let temperatures = client.temperatures().unwrap();
    assert!(temperatures.is_some());
    client.stream(50).unwrap();
    let telemetry = client
        .next_picture(Duration::from_secs(1))
        .unwrap()
        .unwrap();
    let picture = Picture {
        telemetry,
        temperatures,
    };
    app.take(picture);
    (app, picture)
}

/// The screen as lines of letters.
fn screen(app: &App, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(app, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    buffer
        .content()
        .chunks(usize::from(width))
        .map(|row| {
            let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned()
        })
        .collect()
}

#[test]
fn every_size_shows_every_quantity_and_the_keys() {
    let (app, _) = seen();
    for (width, height) in [(60, 20), (80, 24), (120, 40), (200, 60)] {
        let lines = screen(&app, width, height);
        let text = lines.join("\n");
        for word in [
            "Locked",
            "pen 000042",
            "locked by cable",
            "rate",
            "depth A",
            "depth B",
            "cap",
            "current",
            "battery",
            "grip",
            "winding",
            "needles",
            "motor on",
            "what happened",
            "q quit",
            "p pause",
        ] {
            assert!(text.contains(word), "{width}x{height}, {word}:\n{text}");
        }
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("depth A") && line.contains('O')),
            "{text}"
        );
    }
    // Too small for all of it, and no panic.
    for (width, height) in [(1, 1), (10, 3), (30, 8)] {
        screen(&app, width, height);
    }
}

#[test]
fn a_fault_is_told_first_and_logged_and_the_log_breaks_between_words() {
    let (mut app, mut picture) = seen();
    picture.telemetry.status.fault = Some(Trip {
        fault: Fault::OverDepth,
        measured: 1_060,
        allowed: 1_050,
    });
    picture.telemetry.status.rate = Rate::from_hz(151);
    app.take(picture);
    let lines = screen(&app, 60, 24);
    assert!(lines[1].starts_with("FAULT "), "{lines:?}");
    let log = lines
        .iter()
        .position(|line| line.contains("what happened"))
        .unwrap();
    let words: Vec<&str> = lines[log + 1..23]
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    assert!(words.contains(&"FAULT"), "{words:?}");
    let known: Vec<String> = app
        .log
        .iter()
        .flat_map(|line| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    for word in words {
        assert!(known.iter().any(|it| it == word), "{word} was broken");
    }
    // A rate out of its band is marked by a letter, not by a colour alone.
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("rate") && line.contains('X')),
        "{lines:?}"
    );
    picture.telemetry.status.fault = None;
    app.take(picture);
    assert!(app.log.back().unwrap().contains("acknowledged"));
}

#[test]
fn a_screen_that_stands_still_misses_nothing() {
    let (mut app, mut picture) = seen();
    assert!(!app.press(Key::Pause));
    picture.telemetry.status.rate = Rate::from_hz(77);
    picture.telemetry.status.generation += 1;
    app.take(picture);
    let text = screen(&app, 80, 24).join("\n");
    assert!(
        text.contains("PAUSED") && !text.contains("77.0 Hz"),
        "{text}"
    );
    assert!(app.log.back().unwrap().contains("generation"));
    assert!(!app.press(Key::Pause));
    assert!(screen(&app, 80, 24).join("\n").contains("77.0 Hz"));
    assert!(!app.press(Key::Clear));
    assert!(app.log.is_empty());
    assert!(app.press(Key::Quit));
}

#[test]
fn a_band_has_its_limits_at_both_ends() {
    let band = |value| Band {
        scale: (0, 10),
        allowed: (2, 8),
        held: None,
        value,
    };
    assert_eq!(band(None).text(11), "..=======..");
    assert_eq!(band(Some(2)).text(11), "..O======..");
    assert_eq!(band(Some(8)).text(11), "..======O..");
    assert_eq!(band(Some(1)).text(11), ".X=======..");
    assert_eq!(band(Some(9)).text(11), "..=======X.");
    assert_eq!(band(Some(-99)).text(11), "X.=======..");
    assert_eq!(band(Some(i64::from(u32::MAX))).text(11), "..=======.X");
    assert_eq!(band(Some(5)).text(0), "");
}

#[test]
fn only_a_change_is_a_line_in_plain_words() {
    let (_, picture) = seen();
    let before = picture.telemetry.status;
    let mut told = picture;
    let mut new = picture;
    assert_eq!(changes(&mut told, &new), None);
    new.telemetry.status.at = pen_core::units::Instant::from_us(before.at.as_us() + 5);
    new.telemetry.status.counts_a += 1;
    let um = |more: i32| before.depth.map(|it| Depth::from_um(it.as_um() + more));
    new.telemetry.status.depth = um(9);
    new.telemetry.status.rate = Rate::from_mhz(0);
    assert_eq!(changes(&mut told, &new), None, "noise is no change");
    // Only what is new is said, and what crept on unsaid is said when it is far enough.
    new.telemetry.status.locks = pen_core::locks::Locks::NONE;
    let line = changes(&mut told, &new).unwrap();
    assert!(line.ends_with(" s: no lock"), "{line}");
    new.telemetry.status.depth = um(10);
    let line = changes(&mut told, &new).unwrap();
    assert!(
        line.contains(" s: depth 0.5") && !line.contains("lock"),
        "{line}"
    );
    new.telemetry.status.rate = Rate::from_mhz(90_000);
    assert!(changes(&mut told, &new).unwrap().ends_with("rate 90.0 Hz"));
    new.telemetry.status.rate = Rate::from_mhz(91_999);
    assert_eq!(changes(&mut told, &new), None);
    new.telemetry.status.rate = Rate::from_mhz(92_000);
    assert!(changes(&mut told, &new).is_some());
    let (fault, measured, allowed) = (Fault::OverDepth, 565, 500);
    new.telemetry.status.fault = Some(Trip {
        fault,
        measured,
        allowed,
    });
    let line = changes(&mut told, &new).unwrap();
    assert!(line.contains("fault over-depth: 565 um measured"), "{line}");
    new.telemetry.status.fault = None;
    assert!(changes(&mut told, &new).unwrap().ends_with("fault ended"));
    let said = sentence(&picture);
    for word in [
        "Locked",
        "depth 0.50",
        "rate 0.0 Hz",
        "needles may be out",
        "locked by cable",
    ] {
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn temperatures_are_told_as_far_as_the_journal_has_them() {
    let stage = SimStage::new(1).unwrap();
    let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
    let said = heat::newest(&mut client).unwrap();
    assert!(
        said.contains("no warning of heat since its start"),
        "{said}"
    );
}

#[test]
fn a_replay_is_at_most_a_thousand_times_slower_or_faster() {
    for (text, taken) in [("0", 0.0), ("0.001", 0.001), ("1", 1.0), ("1000", 1_000.0)] {
        assert_eq!(speed(text), Ok(taken), "{text}");
    }
    for text in [
        "1e-30", "0.000999", "1000.001", "-1", "-0.001", "NaN", "inf", "", "fast",
    ] {
        let said = speed(text).unwrap_err();
        assert!(
            said.contains("0.001") && said.contains("1000"),
            "{text}: {said}"
        );
    }
}
