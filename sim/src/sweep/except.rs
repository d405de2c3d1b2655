//! What no firmware can mend: rules that one broken part breaks whatever the firmware does, and the
//! part that would mend it.

use super::phase::Phase;

/// One exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exception {
    /// What breaks: the source's name, or the part of it before the dot.
    pub(super) source: &'static str,
    /// What has to break besides, in the same session: named as the source. Nothing for what breaks
    /// the rules alone.
    pub(super) with: Option<&'static str>,
    /// In which phases; none for all.
    pub(super) phases: &'static [Phase],
    /// Beginning of the rules that it breaks.
    pub(super) rules: &'static [&'static str],
    /// On which pens.
    pub(super) pens: Pens,
    /// The hardware that would mend it.
    pub(super) remedy: &'static str,
}

/// Pens for which an exception holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pens {
    All,
    WithSwitch,
    WithoutSwitch,
}

impl Pens {
    /// Whether these are among them.
    pub(super) fn has(self, second_switch: bool) -> bool {
        match self {
            Self::All => true,
            Self::WithSwitch => second_switch,
            Self::WithoutSwitch => !second_switch,
        }
    }
}

impl Exception {
    /// What has to break, for people.
    pub(super) fn name(&self) -> String {
        match self.with {
            Some(other) => format!("{} with {other}", self.source),
            None => self.source.to_owned(),
        }
    }
}

const SWITCH: &str = "a second switch in the bridge's supply, which opens when the processor stops";
const BRAKE: &str =
    "a brake that holds without the processor: a contact that shorts the winding when it opens";
const WEAK: &str = "a current limit of 1 A in the second switch while it closes for a push";
const SHORT: &str = "a second, independent way to short the winding";
const CONTACTS: &str = "contacts that do not fail together: two kinds of switch, in two places";

const THIRD: &str = "a fuse that the short blows: both switches before the motor are gone";
const SENSE: &str =
    "a converter on the motor's terminals: what is written is not what a shorted bridge gives";

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
    "STOP-003: um pushed out",
    "bound: ms of turns",
    "bound: strokes",
    "SESS-002",
];

/// Rules about how far a motor rolls out that nobody brakes.
const COASTS: &[&str] = &["STOP-002", "bound: entries", "bound: ms to the last entry"];

/// Rules about what must not be driven at all: a test of a welded path drives for its ten milliseconds, and
/// a brake on a shorted bridge for as long as it lasts.
const INTERLOCKS: &[&str] = &["PWR-003", "bound: ms driven without a cartridge"];

/// Rules about a rate that neither witness tells.
const RUNS: &[&str] = &[
    "RATE-002",
    "SESS-002",
    "bound: ms of turns",
    "bound: strokes",
];

/// Rules about a push from a bridge that is shorted: it is seen in a millisecond, and open in two.
const PUSHES: &[&str] = &[
    "STOP-002",
    "STOP-003: turns",
    "STOP-003: um pushed out",
    "bound: entries",
    "bound: ms to the last entry",
];

/// Rules about turns that nobody brakes and no sensor sees.
const COUNTS: &[&str] = &["SESS-002", "bound: ms of turns", "bound: strokes"];

/// The exceptions. Each names a part that can be bought, not a wish.
pub(super) const TABLE: [Exception; 29] = [
    Exception {
        source: "bridge.stuck_on",
        with: None,
        phases: &[],
        rules: STOPS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "bridge.short_percent",
        with: None,
        phases: &[],
        rules: STOPS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "bridge.brake_open",
        with: None,
        phases: &[],
        rules: COASTS,
        pens: Pens::All,
        remedy: SHORT,
    },
    Exception {
        source: "bridge.open",
        with: None,
        phases: &[],
        rules: COASTS,
        pens: Pens::All,
        remedy: SHORT,
    },
    Exception {
        source: "power",
        with: None,
        phases: &[],
        rules: COASTS,
        pens: Pens::All,
        remedy: BRAKE,
    },
    Exception {
        source: "reset",
        with: None,
        phases: &[],
        rules: COASTS,
        pens: Pens::All,
        remedy: BRAKE,
    },
    Exception {
        source: "tick.hang_ms",
        with: None,
        phases: &[],
        rules: COASTS,
        pens: Pens::All,
        remedy: BRAKE,
    },
    Exception {
        source: "tick.hang_ms",
        with: None,
        phases: &[],
        rules: STOPS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "tick.late_us",
        with: None,
        phases: &[],
        rules: STOPS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "clock.drift_ppm",
        with: None,
        phases: &[],
        rules: CLOCKS,
        pens: Pens::All,
        remedy: "a second clock, such as the watchdog's own, to compare the first one with (SENS-005)",
    },
    Exception {
        source: "trigger.both_stuck",
        with: None,
        phases: &[],
        rules: STOPS,
        pens: Pens::All,
        remedy: CONTACTS,
    },
    Exception {
        source: "bridge.stuck_on",
        with: None,
        phases: &[],
        rules: PUSHES,
        pens: Pens::WithSwitch,
        remedy: WEAK,
    },
    Exception {
        source: "bridge.short_percent",
        with: None,
        phases: &[],
        rules: PUSHES,
        pens: Pens::WithSwitch,
        remedy: WEAK,
    },
    Exception {
        source: "tick.hang_ms",
        with: None,
        phases: &[],
        rules: &["STOP-003: um pushed out", "STOP-013"],
        pens: Pens::WithSwitch,
        remedy: "a second switch that opens 2 ms after the last pulse, not 5",
    },
    Exception {
        source: "trigger.closed_stuck",
        with: Some("trigger.opened_stuck"),
        phases: &[],
        rules: STOPS,
        pens: Pens::All,
        remedy: CONTACTS,
    },
    Exception {
        source: "bridge.stuck_on",
        with: None,
        phases: &[],
        rules: INTERLOCKS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "bridge.short_percent",
        with: None,
        phases: &[],
        rules: INTERLOCKS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "bridge.enable_welded",
        with: None,
        phases: &[],
        rules: INTERLOCKS,
        pens: Pens::WithoutSwitch,
        remedy: SWITCH,
    },
    Exception {
        source: "trigger",
        with: Some("hand.half_release_ms"),
        phases: &[],
        rules: STOPS,
        pens: Pens::All,
        remedy: CONTACTS,
    },
    Exception {
        source: "bridge.stuck_on",
        with: Some("bridge.supply_welded"),
        phases: &[],
        rules: STOPS,
        pens: Pens::WithSwitch,
        remedy: THIRD,
    },
    Exception {
        source: "bridge.stuck_on",
        with: Some("hall"),
        phases: &[],
        rules: RUNS,
        pens: Pens::All,
        remedy: SENSE,
    },
    Exception {
        source: "bridge.short_percent",
        with: Some("bridge.supply_welded"),
        phases: &[],
        rules: STOPS,
        pens: Pens::WithSwitch,
        remedy: THIRD,
    },
    Exception {
        source: "bridge.short_percent",
        with: Some("hall"),
        phases: &[],
        rules: RUNS,
        pens: Pens::All,
        remedy: SENSE,
    },
    Exception {
        source: "bridge.brake_open",
        with: Some("hall"),
        phases: &[],
        rules: COUNTS,
        pens: Pens::All,
        remedy: SHORT,
    },
    Exception {
        source: "bridge.brake_open",
        with: Some("current"),
        phases: &[],
        rules: &["bound: ms of turns"],
        pens: Pens::All,
        remedy: SHORT,
    },
    Exception {
        source: "bridge.open",
        with: Some("hall"),
        phases: &[],
        rules: COUNTS,
        pens: Pens::All,
        remedy: SHORT,
    },
    Exception {
        source: "bridge.stuck_on",
        with: Some("motor.jam"),
        phases: &[],
        rules: &["PWR-002"],
        pens: Pens::All,
        remedy: "a bridge with a current limit of its own",
    },
    Exception {
        source: "grip.hot_k",
        with: Some("grip.stuck_at"),
        phases: &[],
        rules: &["PWR-004"],
        pens: Pens::All,
        remedy: "a second thermistor in the grip",
    },
    Exception {
        source: "current.offset_ma",
        with: None,
        phases: &[Phase::Brake, Phase::BrakeLate, Phase::RollOut, Phase::Park],
        rules: &["STOP-003: um pushed out"],
        pens: Pens::All,
        remedy: "an index of the tachometer at full extension: without one, an offset that comes in the \
                 brake makes the side on which the cam stands uncertain by more than 18 degrees",
    },
];

/// The place in the table of the exception for what breaks in this session, its phase and rule. A phase
/// that begins with a reset has the exceptions of a reset, too.
pub(super) fn find(
    sources: &[String],
    phase: Phase,
    rule: &str,
    second_switch: bool,
) -> Option<usize> {
    let breaks = |name: &str| {
        sources.iter().any(|source| {
            let part = source.split('.').next().unwrap_or(source);
            source == name || part == name
        })
    };
    TABLE.iter().position(|exception| {
        let resets = phase.reset_in().is_some() && exception.source == "reset";
        (breaks(exception.source) || resets)
            && exception.with.is_none_or(breaks)
            && (exception.phases.is_empty() || exception.phases.contains(&phase))
            && exception.rules.iter().any(|known| rule.starts_with(known))
            && exception.pens.has(second_switch)
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
            for source in [Some(exception.source), exception.with]
                .into_iter()
                .flatten()
            {
                let is_known = names
                    .iter()
                    .any(|name| name == source || name.split('.').next() == Some(source));
                assert!(is_known, "{source}");
            }
            assert!(!exception.rules.is_empty() && exception.remedy.len() > 20);
        }
    }

    #[test]
    fn an_exception_is_for_its_source_its_rules_and_its_pens_only() {
        let entries = "bound: entries after the drive";
        let find = |source: &str, phase, rule: &str, switch| {
            find(&[source.to_owned()], phase, rule, switch)
        };
        let stuck = |rule, switch| find("bridge.stuck_on", Phase::Run, rule, switch);
        assert_eq!(stuck(entries, false), Some(0));
        assert_eq!(stuck("bound: ms driven unasked", true), None);
        assert_eq!(stuck("bound: um out while parked", false), None);
        assert_eq!(find("depth_a.frozen", Phase::Run, entries, false), None);
        let reset = find("depth_a.frozen", Phase::ResetRun, entries, true);
        assert_eq!(reset.map(|place| TABLE[place].source), Some("reset"));
    }

    #[test]
    fn an_exception_for_two_parts_is_for_neither_of_them_alone() {
        let open = "bridge.brake_open".to_owned();
        let lost = "hall.lost".to_owned();
        let found = |sources: &[String]| find(sources, Phase::Run, "SESS-002: strokes", true);
        assert_eq!(found(std::slice::from_ref(&open)), None);
        assert_eq!(found(std::slice::from_ref(&lost)), None);
        assert!(found(&[open.clone(), lost.clone()]).is_some());
        assert_eq!(
            found(&[lost, open.clone()]),
            found(&[open, "hall.slow".to_owned()])
        );
    }
}
