//! What no firmware can mend: rules that one broken part breaks whatever the firmware does, and the
//! part that would mend it.

use super::phase::Phase;

/// One exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exception {
    /// What has to break in the session: one of each group. A source by its name, or all of a part by
    /// what is before the dot.
    pub(super) broken: &'static [&'static [&'static str]],
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
    /// In every phase, of every pen.
    const fn new(
        broken: &'static [&'static [&'static str]],
        rules: &'static [&'static str],
        remedy: &'static str,
    ) -> Self {
        Self {
            broken,
            phases: &[],
            rules,
            pens: Pens::All,
            remedy,
        }
    }

    const fn on(self, pens: Pens) -> Self {
        Self { pens, ..self }
    }

    const fn during(self, phases: &'static [Phase]) -> Self {
        Self { phases, ..self }
    }

    /// What has to break, for people.
    pub(super) fn name(&self) -> String {
        let groups: Vec<String> = self.broken.iter().map(|group| group.join(" or ")).collect();
        groups.join(" with ")
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

/// Rules about the pen's clock, which one clock cannot keep. A stop from the 205 Hz of a clock that is 37 %
/// fast lets three needles in, one more than that from the 150 Hz which are set.
const CLOCKS: &[&str] = &[
    "RATE-002",
    "STOP-002: needle entries",
    "bound: entries",
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

/// Bridges through which current flows unasked.
const SHORTS: &[&str] = &["bridge.stuck_on", "bridge.short_percent"];
/// Bridges that cannot short the winding.
const OPENS: &[&str] = &["bridge.brake_open", "bridge.open"];
/// Tachometers that miss edges for good.
const MISSES: &[&str] = &[
    "hall.lost",
    "hall.stuck_edge",
    "hall.slow",
    "hall.edge_lost",
    "hall.magnet_lost",
];

/// The exceptions. Each names a part that can be bought, not a wish.
pub(super) const TABLE: [Exception; 19] = [
    Exception::new(&[SHORTS], STOPS, SWITCH).on(Pens::WithoutSwitch),
    Exception::new(&[SHORTS], INTERLOCKS, SWITCH).on(Pens::WithoutSwitch),
    Exception::new(&[SHORTS], PUSHES, WEAK).on(Pens::WithSwitch),
    Exception::new(&[SHORTS, &["bridge.supply_welded"]], STOPS, THIRD).on(Pens::WithSwitch),
    Exception::new(&[SHORTS, MISSES], RUNS, SENSE),
    Exception::new(
        &[&["bridge.stuck_on"], &["motor.jam"]],
        &["PWR-002"],
        "a bridge with a current limit of its own",
    ),
    Exception::new(
        &[&["bridge.enable_welded"]],
        INTERLOCKS,
        "a readback behind the enable path, so that its test needs no current through the motor",
    ),
    Exception::new(&[OPENS], COASTS, SHORT),
    Exception::new(&[OPENS, MISSES], COUNTS, SHORT),
    Exception::new(
        &[&["bridge.brake_open"], &["current.stuck_at"]],
        &["bound: ms of turns"],
        SHORT,
    ),
    Exception::new(&[&["power", "reset", "tick.hang_ms"]], COASTS, BRAKE),
    Exception::new(&[&["tick.hang_ms", "tick.late_us"]], STOPS, SWITCH).on(Pens::WithoutSwitch),
    Exception::new(
        &[&["tick.hang_ms"]],
        &["STOP-003: um pushed out", "STOP-013"],
        "a second switch that opens 2 ms after the last pulse, not 5",
    )
    .on(Pens::WithSwitch),
    Exception::new(
        &[&["clock.drift_ppm"]],
        CLOCKS,
        "a second clock, such as the watchdog's own, to compare the first one with (SENS-005)",
    ),
    Exception::new(&[&["trigger.both_stuck"]], STOPS, CONTACTS),
    Exception::new(
        &[&["trigger.closed_stuck"], &["trigger.opened_stuck"]],
        STOPS,
        CONTACTS,
    ),
    Exception::new(
        &[
            &["trigger.closed_stuck", "trigger.opened_stuck"],
            &["hand.half_release_ms"],
        ],
        STOPS,
        CONTACTS,
    ),
    Exception::new(
        &[&["grip.hot_k"], &["grip.stuck_at"]],
        &["PWR-004"],
        "a second thermistor in the grip",
    ),
    Exception::new(
        &[&["current.offset_ma"]],
        &["STOP-003: um pushed out"],
        "an index of the tachometer at full extension: without one, an offset that comes in the brake \
         makes the side on which the cam stands uncertain by more than 18 degrees",
    )
    .during(&[Phase::Brake, Phase::BrakeLate, Phase::RollOut, Phase::Park]),
];

/// The place in the table of the exception for what breaks in this session, its phase and rule. A phase
/// that begins with a reset has the exceptions of a reset, too.
pub(super) fn find(
    sources: &[String],
    phase: Phase,
    rule: &str,
    second_switch: bool,
) -> Option<usize> {
    let resets = phase.reset_in().is_some();
    let breaks = |name: &&str| {
        sources.iter().any(|source| is_named(source, name)) || (resets && *name == "reset")
    };
    TABLE.iter().position(|exception| {
        exception
            .broken
            .iter()
            .all(|group| group.iter().any(breaks))
            && (exception.phases.is_empty() || exception.phases.contains(&phase))
            && exception.rules.iter().any(|known| rule.starts_with(known))
            && exception.pens.has(second_switch)
    })
}

/// By its name, or by that of its part.
fn is_named(source: &str, name: &str) -> bool {
    source == name || source.split('.').next() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::{Exception, Pens, TABLE, find, is_named};
    use crate::sweep::phase::Phase;
    use crate::sweep::source::Source;

    #[test]
    fn every_exception_names_something_that_can_go_wrong() {
        let names: Vec<String> = Source::all().into_iter().map(Source::name).collect();
        for exception in TABLE {
            let all: Vec<&str> = exception
                .broken
                .iter()
                .copied()
                .flatten()
                .copied()
                .collect();
            for (place, name) in all.iter().enumerate() {
                assert!(names.iter().any(|source| is_named(source, name)), "{name}");
                // One part must not stand for two.
                let again = all
                    .iter()
                    .skip(place + 1)
                    .any(|other| is_named(other, name));
                assert!(!again, "{name}");
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
        assert!(reset.is_some_and(|place| TABLE[place].name().contains("reset")));
        assert_eq!(
            find("depth_a.frozen", Phase::ResetRun, "SESS-002: strokes", true),
            None
        );
        // A fast clock lets needles in; it neither drives past a release nor pushes tips out late.
        let clock = |rule| find("clock.drift_ppm", Phase::Ramp, rule, false);
        assert!(clock("STOP-002: needle entries after the brake").is_some());
        assert!(clock("bound: entries after the drive").is_some());
        for rule in [
            "STOP-002: ms from brake to last entry",
            "STOP-013: ms",
            "STOP-001: ms",
        ] {
            assert_eq!(clock(rule), None, "{rule}");
        }
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
            found(&[open.clone(), "hall.slow".to_owned()])
        );
        // A glitch takes itself back.
        assert_eq!(found(&[open, "hall.glitch_us".to_owned()]), None);
    }

    #[test]
    fn an_exception_holds_on_its_pens_and_in_its_phases_only() {
        for (pens, with, without) in [
            (Pens::All, true, true),
            (Pens::WithSwitch, true, false),
            (Pens::WithoutSwitch, false, true),
        ] {
            assert_eq!(
                (pens.has(true), pens.has(false)),
                (with, without),
                "{pens:?}"
            );
        }
        let anywhere = Exception::new(&[&["a.b", "a.c"], &["d"]], &["rule"], "a part");
        assert_eq!(anywhere.name(), "a.b or a.c with d");
        assert_eq!((anywhere.pens, anywhere.phases), (Pens::All, &[][..]));
        let somewhere = anywhere.on(Pens::WithSwitch).during(&[Phase::Park]);
        assert_eq!(somewhere.pens, Pens::WithSwitch);
        assert_eq!(somewhere.phases, [Phase::Park]);

        let sources = ["current.offset_ma".to_owned()];
        let found = |phase, rule| find(&sources, phase, rule, false).map(|place| &TABLE[place]);
        let rule = "STOP-003: um pushed out after one stop";
        for phase in [Phase::Brake, Phase::BrakeLate, Phase::RollOut, Phase::Park] {
            let phases = found(phase, rule).map(|exception| exception.phases);
            assert!(
                phases.is_some_and(|phases| phases.contains(&phase)),
                "{phase:?}"
            );
        }
        assert_eq!(found(Phase::Run, rule), None);
        assert_eq!(found(Phase::Park, "STOP-003: turns"), None);
    }
}
