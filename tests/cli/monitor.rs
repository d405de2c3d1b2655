//! The pen as it is now, and as it was: changes, recordings, limits and their sources.

use std::fs;

use crate::program::{empty, penctl};
use crate::session::Pen;

#[test]
fn plain_says_a_line_a_change_and_no_more() {
    let said = penctl(&["--port", "sim:1", "monitor", "--plain", "--count", "40"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let lines = said.out.lines().count();
    // A pen that lies still changes in its noise alone.
    assert!((1..20).contains(&lines), "{lines} lines: {}", said.out);
    assert!(said.out.contains(" s: Locked, depth 0.5"), "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_recording_is_lossless_and_replays_the_same_pictures() {
    let file = empty("record").join("hour.trace");
    let path = file.to_str().expect("ASCII");
    let made = penctl(&["--port", "sim:2", "--json", "record", path, "--count", "8"]);
    assert_eq!(made.class(), "ok");
    let pictures = |said: &crate::program::Said| {
        let events = said.events().into_iter();
        let pictures = events.filter(|event| event["event"] == "telemetry");
        pictures.collect::<Vec<_>>()
    };
    let live = pictures(&made);
    assert_eq!(live.len(), 8);
    for picture in &live {
        let told = &picture["temperatures"];
        // A room, in tenths of a degree, and the limits of PWR-004.
        let grip = told["grip"].as_i64().expect("a grip");
        assert!((150..350).contains(&grip), "{told}");
        assert!(told["winding"].as_i64() > Some(grip), "{told}");
        assert_eq!(told["grip_stop"], 430);
        assert_eq!(told["winding_stop"], 1_000);
        assert_eq!(told["must_cool"], false);
        assert!(told["at"].as_u64() <= picture["status"]["at"].as_u64());
    }
    let again = penctl(&["--json", "replay", path, "--speed", "0"]);
    assert_eq!(again.class(), "ok");
    let replayed = pictures(&again);
    // The pen may send one more before it hears that the stream is over.
    assert_eq!(replayed.get(..8), Some(&live[..]));
    assert!(replayed.len() <= 10);
    for (text, words) in [
        ("hello\n", "no trace of penctl"),
        ("# penctl trace 1: x\n0.1 < 00\n", "nothing to show"),
        (
            "# penctl trace 1: x\n0.1 < 0\n",
            "line 2 is no line of a trace",
        ),
    ] {
        fs::write(&file, text).expect("a file");
        let said = penctl(&["replay", path]);
        assert_eq!(said.exit, Some(2), "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
}

#[test]
fn temperatures_are_a_column_a_part_of_a_sentence_and_in_every_recording_since() {
    let said = penctl(&["--port", "sim:1", "monitor", "--plain", "--count", "40"]);
    let first = said.out.lines().next().expect("a sentence");
    assert!(
        first.contains(", grip 2") && first.contains(" degC, winding "),
        "{first}"
    );
    assert!(!said.err.contains("temperatures:"), "{said:?}");
    let said = penctl(&["--port", "sim:1", "monitor", "--count", "3"]);
    let mut lines = said.out.lines();
    let heading = lines.next().expect("a heading");
    let grip = heading.find("     grip").expect("a column");
    for line in lines {
        assert!(
            line[grip..].starts_with("2") || line[grip..].starts_with(" 2"),
            "{line}"
        );
        assert_eq!(line.matches(" degC").count(), 2, "{line}");
    }
    // A recording of a time when nobody asked: the same without the answers of kind 0x8B.
    let file = empty("record_before").join("hour.trace");
    let path = file.to_str().expect("ASCII");
    let made = penctl(&["--port", "sim:2", "record", path, "--count", "8"]);
    assert_eq!(made.exit, Some(0), "{made:?}");
    let text = fs::read_to_string(&file).expect("a trace");
    let is_told = |line: &&str| {
        let bytes = line.split(' ').nth(2).unwrap_or_default();
        let frame = bytes.trim_start_matches("00");
        line.contains(" < ") && frame.get(6..8) == Some("8b")
    };
    assert!(
        (2..=4).contains(&text.lines().filter(is_told).count()),
        "{text}"
    );
    let before: String = text
        .split_inclusive('\n')
        .filter(|line| !is_told(&line.trim_end()))
        .collect();
    fs::write(&file, before).expect("a file");
    let said = penctl(&["--json", "replay", path, "--speed", "0"]);
    assert_eq!(said.class(), "ok");
    let events = said.events();
    let pictures = events.iter().filter(|it| it["event"] == "telemetry");
    let mut count = 0;
    for picture in pictures {
        count += 1;
        assert!(picture["temperatures"].is_null(), "{picture}");
        assert!(picture["status"]["at"].is_u64(), "{picture}");
    }
    assert!(count >= 8, "{count}");
    let said = penctl(&["replay", path, "--speed", "0", "--plain"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert!(!said.out.contains("degC"), "{said:?}");
}

#[test]
fn limits_name_every_source_and_the_one_that_binds() {
    let home = Pen::on_terminal("limits_home", &["--home", "--seed", "5"]);
    let said = home.penctl(&["limits", "--json"]);
    let sources = said.events()[0]["depth_sources"].clone();
    let of = |source: &str| {
        let all = sources.as_array().expect("a list");
        let found = all.iter().find(|it| it["source"] == source);
        let found = found.unwrap_or_else(|| panic!("{source}: {sources}"));
        (found["depth_um"].as_i64(), found["binds"].as_bool())
    };
    assert_eq!(of("absolute"), (Some(2_500), Some(false)));
    assert_eq!(of("class"), (Some(300), Some(true)));
    assert_eq!(of("device"), (Some(2_400), Some(false)));
    let text = home.penctl(&["limits"]);
    let binds = text.out.lines().find(|line| line.contains("<- binds"));
    assert!(binds.is_some_and(|line| line.contains("device class") && line.contains("0.300 mm")));
    // What the device may do is what its class leaves of it.
    let row = text.out.lines().find(|line| line.starts_with("depth "));
    assert!(
        row.is_some_and(|line| line.ends_with("0.300 mm")),
        "{text:?}"
    );
    // With a plan each zone has its own.
    let pen = Pen::on_terminal("limits_plan", &[]);
    let loaded = pen.penctl(&["plan", "load", "host-tool/plans/pores.toml"]);
    assert_eq!(loaded.exit, Some(0), "{loaded:?}");
    let said = pen.penctl(&["limits", "--json"]);
    let events = said.events();
    let zones = events[0]["limits"]["zones"]
        .as_array()
        .expect("zones")
        .clone();
    let rows = events[0]["depth_sources"].as_array().expect("rows").clone();
    for zone in zones.iter().filter(|zone| !zone.is_null()) {
        let of: Vec<_> = rows
            .iter()
            .filter(|row| row["zone"] == zone["zone"])
            .collect();
        assert!(of.len() >= 5, "{of:?}");
        let lowest = of.iter().filter_map(|row| row["depth_um"].as_i64()).min();
        let binding: Vec<_> = of.iter().filter(|row| row["binds"] == true).collect();
        assert_eq!(binding.len(), 1, "{of:?}");
        assert_eq!(binding[0]["depth_um"].as_i64(), lowest);
        assert_eq!(zone["depth"]["value"].as_i64(), lowest);
    }
}

#[test]
fn info_and_status_tell_of_the_calibration_and_of_channels_apart() {
    let info = penctl(&["--port", "sim:1", "info", "--json"]);
    let calibration = info.events()[0]["calibration"].clone();
    assert_eq!(calibration["generation"], 1);
    assert_eq!(calibration["due"], "2027-11-05");
    assert_eq!(calibration["overdue"], false);
    let healthy = penctl(&["--port", "sim:1", "status", "--json"]);
    assert_eq!(healthy.events()[0]["warnings"], serde_json::json!([]));
}
