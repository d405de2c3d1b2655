//! What records say. Dates are `YYYY-MM-DD`; nothing here names or describes a treated person.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::procedure::{Began, Subject};

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    };
}

body! {
    /// A pen. The newest record of a serial number counts.
    Pen {
        /// Serial number, as printed on it.
        serial: String,
        /// Model.
        model: String,
        /// Firmware when it was last seen.
        firmware: String,
        /// Whether it is no real pen.
        simulated: bool,
    }
}

body! {
    /// A reference instrument. The newest record of a serial number counts.
    Instrument {
        /// Serial number.
        serial: String,
        /// What it is: `gauge`, `tachometer` or `meter`.
        what: String,
        /// Maker and model.
        name: String,
        /// Expanded uncertainty by its certificate, in `unit`.
        uncertainty: f64,
        /// `um` of a gauge, `ppm` of a tachometer, `mA` of a meter.
        unit: String,
        /// Coverage factor of that uncertainty.
        k: f64,
        /// Smallest step of its display: um of a gauge, Hz of a tachometer, mA of a meter.
        resolution: f64,
        /// Number of its certificate.
        certificate: String,
        /// To what it is traceable.
        traceability: String,
        /// Day on which its certificate ends.
        due: String,
        /// Why it is no longer used; empty while it is.
        withdrawn: String,
    }
}

body! {
    /// Somebody who calibrates. The newest record of a number counts.
    Operator {
        /// Number, as given to `calibrate --technician`.
        number: u32,
        /// Name, as it shall stand on a certificate.
        name: String,
        /// What this person may do, in the laboratory's own words.
        role: String,
        /// Last day of that; empty while it holds.
        until: String,
    }
}

body! {
    /// A calibration begins.
    Run {
        /// What it was asked to do, and the pen it began with.
        began: Option<Began>,
        /// Whether the pen is simulated.
        simulated: bool,
        /// The run that this one goes on with.
        resumes: Option<i64>,
        /// The program.
        tool: String,
        /// Drawn for this run, so that its record differs from that of the same number in a copy of the store;
        /// empty in what older programs kept.
        drawn: String,
    }
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// As left was measured; whatever the verdict.
    Finished,
    /// Somebody ended it.
    Aborted,
    /// What was measured makes no calibration.
    Refused,
    /// Link, pen or computer ended it.
    #[default]
    Failed,
}

impl End {
    /// The word printed in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Aborted => "aborted",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

body! {
    /// A run has ended.
    Ended {
        /// How.
        how: End,
        /// Class of the error; empty if there was none.
        class: String,
        /// What happened.
        text: String,
        /// What is in force in the pen afterwards, as far as it is known.
        in_force: String,
    }
}

body! {
    /// One point of a calibration, before and after.
    Deviation {
        /// Setting. Unit: um of a depth, Hz of a rate.
        at: f64,
        /// Reference minus indication as found. Unit: um of a depth, % of a rate.
        found: f64,
        /// The same as left.
        left: f64,
        /// Expanded uncertainty as left. Same unit.
        expanded: f64,
    }
}

body! {
    /// A finished calibration, in short: what `history` and `due` ask for.
    Calibration {
        /// Its run.
        run: i64,
        /// Its certificate.
        certificate: String,
        /// What was adjusted or could have been; all in records of before there was a choice.
        subject: Subject,
        /// Generation in force afterwards.
        generation: u32,
        /// Day of the calibration.
        made: String,
        /// Day on which the next is due.
        due: String,
        /// Worst verdict as found.
        as_found: String,
        /// Worst verdict as left.
        as_left: String,
        /// Largest deviation allowed. Unit: um.
        depth_tolerance: f64,
        /// Depth at each setting.
        depth: Vec<Deviation>,
        /// Largest deviation allowed. Unit: %.
        rate_tolerance: f64,
        /// Rate at each setting.
        rate: Vec<Deviation>,
        /// Worst verdict of the motor current as left; empty where it was not measured.
        #[serde(skip_serializing_if = "String::is_empty")]
        current: String,
        /// What did not pass before, and was not measured well enough since to say otherwise: `tables` (depth or
        /// rate), `current`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        unresolved: Vec<String>,
        /// Whether the pen is simulated.
        simulated: bool,
    }
}

body! {
    /// A pen returned to the calibration before the one that was in force.
    Returned {
        /// The generation whose tables returned.
        returned: u32,
        /// Its number since.
        generation: u32,
        /// Whether it is signed off.
        verified: bool,
        /// Day on which the next calibration is due; empty if it is not signed off.
        due: String,
        /// Whether the pen is simulated.
        simulated: bool,
    }
}

body! {
    /// A certificate as it was issued: a later program prints what was signed, not what it would
    /// write itself.
    Certificate {
        /// Its number.
        number: String,
        /// Its run.
        run: i64,
        /// All it says, as JSON.
        report: Value,
        /// The page.
        page: String,
        /// What the page shows, in the parts that a PDF is made of; null in records of before there was one.
        document: Value,
    }
}

body! {
    /// A treatment session, without the person.
    Session {
        /// The pen.
        pen: String,
        /// Its number; the practice's own file says whose session it was.
        number: String,
        /// Day.
        day: String,
        /// Zones: name, depth, strokes, seconds.
        zones: Value,
        /// Trips and refusals, in plain words.
        events: Vec<String>,
    }
}

body! {
    /// A record of a pen's journal.
    JournalEntry {
        /// `faults` or `routine`.
        journal: String,
        /// Its number in that journal.
        seq: u32,
        /// Time since power-up; none if the pen could not read it. Unit: us.
        at_us: Option<u64>,
        /// Its kind.
        kind: Option<String>,
        /// In words.
        text: Option<String>,
        /// As the pen has it.
        record: Value,
        /// Link of the pen's own chain, in hexadecimal.
        chain: String,
    }
}

body! {
    /// What was seen at a treated zone afterwards.
    Observation {
        /// The pen.
        pen: String,
        /// Number of the session.
        session: String,
        /// Zone.
        zone: String,
        /// Days after the session.
        days_after: u32,
        /// What was seen: a sign such as `redness`.
        sign: String,
        /// 0 none, 1 mild, 2 moderate, 3 severe, 4 life-threatening (grades of CTCAE 5.0).
        grade: u8,
    }
}

body! {
    /// Something went wrong.
    AdverseEvent {
        /// The pen.
        pen: String,
        /// The laboratory's or practice's own number of it.
        number: String,
        /// Number of the session; empty if there was none.
        session: String,
        /// Day.
        day: String,
        /// What happened to the device or the treatment, in a word, such as `infection`.
        event: String,
        /// Whether it was serious (ISO 14155:2020, 3.45).
        serious: bool,
        /// Whether the device is suspected: `yes`, `no` or `unknown`.
        device: String,
        /// `recovered`, `recovering`, `lasting` or `unknown`.
        outcome: String,
    }
}
