//! Everything that a calibration asks, by name and in order, before it asks the first.

use super::Settings;
use super::observer::{Phase, Place, Setting};

/// Which part of the questions a bench has to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// All: a technician with instruments.
    Everything,
    /// All but the readings of instruments that send them.
    Unsent {
        /// Whether the gauge sends its readings.
        depth: bool,
        /// Whether the tachometer does.
        rate: bool,
        /// Whether the meter does.
        current: bool,
    },
    /// Only what a person decides: hands and instruments are simulated.
    Decisions,
}

/// A question by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name in a file of answers.
    pub key: String,
    /// What is asked, for people.
    pub about: String,
    /// The usual answer of a confirmation; empty for what only somebody there can know.
    pub example: String,
}

/// Name of the question whether a new calibration comes into force.
pub const COMMIT: &str = "commit";

fn line(key: impl Into<String>, about: &str, example: &str) -> Line {
    Line {
        key: key.into(),
        about: about.to_owned(),
        example: example.to_owned(),
    }
}

/// A key, and what is asked, for people.
type Fact = (&'static str, &'static str);

/// Of gauge and tachometer.
const INSTRUMENTS: [Fact; 10] = [
    ("gauge serial", "depth gauge: serial number, such as G-17"),
    (
        "gauge U um",
        "its expanded uncertainty in um, such as 4; if k is not 2, such as 4, k=2.13, v=20",
    ),
    (
        "gauge resolution um",
        "one step of its display or scale in um, such as 1",
    ),
    (
        "gauge certificate",
        "number of its certificate, such as C-2026-117",
    ),
    (
        "gauge due",
        "day on which it is due again, such as 2027-06-30",
    ),
    (
        "tachometer serial",
        "tachometer: serial number, such as T-3",
    ),
    (
        "tachometer U ppm",
        "its expanded uncertainty in ppm, such as 300, written as above",
    ),
    (
        "tachometer resolution Hz",
        "one step of its display in Hz, such as 0.01",
    ),
    (
        "tachometer certificate",
        "number of its certificate, such as C-2026-118",
    ),
    (
        "tachometer due",
        "day on which it is due again, such as 2027-06-30",
    ),
];

/// Of the meter, where a current is measured.
const METER: [Fact; 5] = [
    (
        "meter serial",
        "meter in the motor's lead: serial number, such as M-5",
    ),
    (
        "meter U mA",
        "its expanded uncertainty below 100 mA, in mA, such as 0.6, written as above",
    ),
    (
        "meter resolution mA",
        "one step of its display in mA, such as 0.1",
    ),
    (
        "meter certificate",
        "number of its certificate, such as C-2026-119",
    ),
    (
        "meter due",
        "day on which it is due again, such as 2027-06-30",
    ),
];

const ROOM: [Fact; 1] = [(
    "temperature C",
    "temperature of the room in degrees Celsius, such as 20.5",
)];

const CONFIRMATIONS: [Fact; 2] = [
    (
        "dummy",
        "dummy and cable are in, the gauge is zeroed at the rim",
    ),
    (
        "attend",
        "somebody holds the ok button on the pen whenever it is needed: to enter Service mode, to sign \
         off, and again when the technician's 10 minutes are over",
    ),
];

/// Questions about the instruments and the room, before the first reading.
fn first(has_current: bool) -> Vec<Line> {
    let meter = METER.into_iter().filter(|_| has_current);
    let facts = INSTRUMENTS.into_iter().chain(meter).chain(ROOM);
    let facts = facts.map(|(key, about)| line(key, about, ""));
    let confirmations = CONFIRMATIONS.map(|(key, about)| line(key, about, "y"));
    facts.chain(confirmations).collect()
}

/// Name of the question whether the motor may turn.
pub(super) const fn ready_key(phase: Phase) -> &'static str {
    match phase {
        Phase::AsFound => "ready to run",
        Phase::AsLeft => "left ready to run",
    }
}

fn readings(settings: &Settings, asks: Asks, phase: Phase, lines: &mut Vec<Line>) {
    let (sends_depth, sends_rate, sends_current) = match asks {
        Asks::Unsent {
            depth,
            rate,
            current,
        } => (depth, rate, current),
        Asks::Everything | Asks::Decisions => (false, false, false),
    };
    let asked = |place: Place| match place.setting {
        Setting::Rate { .. } => (!sends_rate).then(|| line(place.key(), "tachometer in Hz", "")),
        Setting::Current { .. } => (!sends_current).then(|| line(place.key(), "meter in mA", "")),
        Setting::Depth { .. } => (!sends_depth).then(|| line(place.key(), "gauge in um", "")),
    };
    lines.extend(settings.depth_places(phase).into_iter().filter_map(asked));
    lines.extend(settings.rest_places(phase).into_iter().filter_map(asked));
    lines.push(line(ready_key(phase), "the motor may turn", "y"));
    lines.extend(settings.turning_places(phase).into_iter().filter_map(asked));
}

/// All questions in the order in which they are asked. Only a pen whose channels tell no depth before
/// its first adjustment is asked for its rate later than that.
#[must_use]
pub fn script(settings: &Settings, asks: Asks) -> Vec<Line> {
    let adjusts = settings.adjusts();
    let commit = line(
        COMMIT,
        "the new calibration may come into force, if one is made",
        "y",
    );
    if asks == Asks::Decisions {
        return if adjusts { vec![commit] } else { Vec::new() };
    }
    let mut lines = first(settings.has_current());
    readings(settings, asks, Phase::AsFound, &mut lines);
    if adjusts {
        lines.push(commit);
        readings(settings, asks, Phase::AsLeft, &mut lines);
    }
    lines
}

/// A file of answers with everything but the answers, commented.
#[must_use]
pub fn template(settings: &Settings, asks: Asks) -> String {
    let mut text = String::from(
        "# Answers for `penctl calibrate --answers FILE`, one `key: answer` a line, in any order.\n\
         # Every key is needed once and none more; the keys beginning with `left`, and `commit`, are\n\
         # used only if the pen is adjusted. Lines with # are not read.\n\
         # A doubtful answer is taken with a reason, which stands on the certificate:\n\
         #   depth 500 deepening 1: 620 because the ring scale is 100 um off, read twice\n",
    );
    let mut about = String::new();
    for line in script(settings, asks) {
        if line.about != about {
            text.push_str(&format!("\n# {}\n", line.about));
            about = line.about;
        }
        text.push_str(&format!("{}: {}\n", line.key, line.example).replace(": \n", ":\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Asks, Settings, template};

    #[test]
    fn each_kind_of_question_is_commented_once_before_its_keys() {
        let settings = Settings {
            repeats: 1,
            ..Settings::default()
        };
        let text = template(&settings, Asks::Everything);
        let beginning = "\n\n# gauge in um\ndepth -50 deepening 1:\ndepth 250 deepening 1:\n";
        assert!(text.contains(beginning), "{text}");
        let comments = |about: &str| {
            text.lines()
                .filter(|line| *line == format!("# {about}"))
                .count()
        };
        // As found and as left.
        for about in ["gauge in um", "tachometer in Hz", "the motor may turn"] {
            assert_eq!(comments(about), 2, "{about}");
        }
        let commit = "\n# the new calibration may come into force, if one is made\ncommit: y\n";
        assert!(text.contains(commit), "{text}");
    }
}
