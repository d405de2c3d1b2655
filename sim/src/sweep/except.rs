//! What no firmware can mend: rules that one broken part breaks whatever the firmware does, and the
//! part that would mend it.

use super::phase::Phase;

/// One exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exception {
    /// What breaks: the source's name, or the part of it before the dot.
    pub(super) source: &'static str,
    /// In which phases; none for all.
    pub(super) phases: &'static [Phase],
    /// Beginning of the rules that it breaks.
    pub(super) rules: &'static [&'static str],
    /// Only on pens without a second switch.
    pub(super) without_switch: bool,
    /// The hardware that would mend it.
    pub(super) remedy: &'static str,
}

const SWITCH: &str = "a second switch in the bridge's supply, which opens when the processor stops";
const BRAKE: &str =
    "a brake that holds without the processor: a contact that shorts the winding when it opens";

/// Rules about a motor that turns on although its drive should have ended.
const STOPS: &[&str] = &[
    "STOP-001",
    "STOP-002",
    "STOP-003: ms of parking",
    "STOP-003: turns",
    "STOP-003: um pushed out",
    "STOP-013",
    "SAFE-003",
    "RATE-002",
    "RATE-009",
    "SESS-002",
    "bound: entries",
    "bound: ms to the last entry",
    "bound: ms driven unasked",
    "bound: ms of turns",
    "bound: strokes",
];

/// Rules about the pen's clock, which one clock cannot keep.
const CLOCKS: &[&str] = &[
    "RATE-002",
    "bound: ms of turns",
    "bound: strokes",
    "SESS-002",
];

/// Rules about how far a motor rolls out that nobody brakes.
const COASTS: &[&str] = &["STOP-002", "bound: entries", "bound: ms to the last entry"];

/// The exceptions. Each names a part that can be bought, not a wish.
pub(super) const TABLE: [Exception; 12] = [
    Exception {
        source: "bridge.stuck_on",
        phases: &[],
        rules: STOPS,
        without_switch: true,
        remedy: SWITCH,
    },
    Exception {
        source: "bridge.short_percent",
        phases: &[],
        rules: STOPS,
        without_switch: true,
        remedy: SWITCH,
    },
    Exception {
        source: "bridge.brake_open",
        phases: &[],
        rules: COASTS,
        without_switch: false,
        remedy: "a second, independent way to short the winding",
    },
    Exception {
        source: "bridge.open",
        phases: &[],
        rules: COASTS,
        without_switch: false,
        remedy: "a second, independent way to short the winding",
    },
    Exception {
        source: "power",
        phases: &[],
        rules: COASTS,
        without_switch: false,
        remedy: BRAKE,
    },
    Exception {
        source: "reset",
        phases: &[],
        rules: COASTS,
        without_switch: false,
        remedy: BRAKE,
    },
    Exception {
        source: "tick.hang_ms",
        phases: &[],
        rules: COASTS,
        without_switch: false,
        remedy: BRAKE,
    },
    Exception {
        source: "tick.hang_ms",
        phases: &[],
        rules: STOPS,
        without_switch: true,
        remedy: SWITCH,
    },
    Exception {
        source: "tick.late_us",
        phases: &[],
        rules: STOPS,
        without_switch: true,
        remedy: SWITCH,
    },
    Exception {
        source: "clock.drift_ppm",
        phases: &[],
        rules: CLOCKS,
        without_switch: false,
        remedy: "a second clock, such as the watchdog's own, to compare the first one with (SENS-005)",
    },
    Exception {
        source: "trigger.both_stuck",
        phases: &[],
        rules: STOPS,
        without_switch: false,
        remedy: "contacts that do not fail together: two kinds of switch, in two places",
    },
    Exception {
        source: "current.offset_ma",
        phases: &[Phase::Brake, Phase::BrakeLate, Phase::RollOut, Phase::Park],
        rules: &["STOP-003: um pushed out"],
        without_switch: false,
        remedy: "an index of the tachometer at full extension: without one, an offset that comes in the \
                 brake makes the side on which the cam stands uncertain by more than 18 degrees",
    },
];

/// The place in the table of the exception for this source, phase and rule. A phase that begins with
/// a reset has the exceptions of a reset, too.
pub(super) fn find(source: &str, phase: Phase, rule: &str, second_switch: bool) -> Option<usize> {
    TABLE.iter().position(|exception| {
        let part = source.split('.').next().unwrap_or(source);
        let resets = phase.reset_in().is_some() && exception.source == "reset";
        (exception.source == source || exception.source == part || resets)
            && (exception.phases.is_empty() || exception.phases.contains(&phase))
            && exception.rules.iter().any(|known| rule.starts_with(known))
            && !(exception.without_switch && second_switch)
    })
}

#[cfg(test)]
mod tests {
    use super::{TABLE, find};
    use crate::sweep::phase::Phase;
    use crate::sweep::source::Source;

    #[test]
    fn every_exception_names_something_that_can_go_wrong() {
        let names: Vec<String> = Source::all().into_iter().map(Source::name).collect();
        for exception in TABLE {
            let is_known = names.iter().any(|name| {
                name == exception.source || name.split('.').next() == Some(exception.source)
            });
            assert!(is_known, "{}", exception.source);
            assert!(!exception.rules.is_empty() && exception.remedy.len() > 20);
        }
    }

    #[test]
    fn an_exception_is_for_its_source_its_rules_and_its_pens_only() {
        let entries = "bound: entries after the drive";
        let stuck = |rule, switch| find("bridge.stuck_on", Phase::Run, rule, switch);
        assert_eq!(stuck(entries, false), Some(0));
        assert_eq!(stuck(entries, true), None);
        assert_eq!(stuck("bound: um out while parked", false), None);
        assert_eq!(find("depth_a.frozen", Phase::Run, entries, false), None);
        let reset = find("depth_a.frozen", Phase::ResetRun, entries, true);
        assert_eq!(reset.map(|place| TABLE[place].source), Some("reset"));
    }
}
