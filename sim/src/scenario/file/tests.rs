//! Files of every version that was ever written go on being read.

use super::{Scenario, ScenarioError};
use crate::scenario::run;

/// A file as they were written before there was a version: every action, every expectation. It is
/// frozen; what no longer reads it breaks files that others have.
const FROZEN: &str = include_str!("frozen_v1.toml");

#[test]
fn a_file_from_before_there_was_a_version_is_read_and_runs() {
    assert!(!FROZEN.contains("version ="));
    let scenario = Scenario::parse(FROZEN).unwrap();
    assert!(!scenario.pen.second_switch);
    assert_eq!(scenario.steps.len(), 42);
    assert_eq!(scenario.expects.len(), 14);
    let verdict = run(&scenario, None).unwrap();
    assert_eq!(verdict.outcomes.len(), 14);
}

#[test]
fn a_file_may_say_that_it_is_of_version_1() {
    let text = format!("version = 1\n{FROZEN}");
    let with = Scenario::parse(&text).unwrap();
    let without = Scenario::parse(FROZEN).unwrap();
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
}

#[test]
fn another_version_is_refused_before_anything_else_is() {
    for asked in ["0", "2", "-1", "\"1\"", "1.0"] {
        let text = format!("version = {asked}\nnew_field = true\n{FROZEN}");
        let error = Scenario::parse(&text).unwrap_err();
        let version = ScenarioError::Version {
            asked: asked.to_owned(),
        };
        assert_eq!(error, version);
        let text = error.to_string();
        assert!(
            text.contains(asked) && text.contains("known is 1"),
            "{text}"
        );
    }
}
