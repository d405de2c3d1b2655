//! What can go wrong on the host: one class per exit code, one code per cause.
//!
//! An error tells three things in three lines: what happened, why it is thought to have happened,
//! and what to do next. Scripts read the class or the exit code, people read the text, and
//! `explain` has the long form of every code without a network.

mod catalogue;

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

pub use catalogue::{Code, explain};

/// What kind of end a command came to. Each class is one exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Everything asked for was done.
    Ok,
    /// A defect of this program.
    Internal,
    /// The command line or a confirmation was wrong or missing. Nothing was sent.
    Usage,
    /// The tool worked; the pen is out of tolerance.
    OutOfTolerance,
    /// The operator ended it. What was committed before stays in force.
    Aborted,
    /// No pen answers the description.
    NoDevice,
    /// More than one pen answers the description.
    AmbiguousDevice,
    /// The pen is there; this user may not open it.
    Permission,
    /// Another program holds the pen.
    Busy,
    /// The link broke or an answer did not come in time.
    LinkLost,
    /// Host and pen do not speak the same version.
    VersionMismatch,
    /// The image or the record is for other hardware.
    WrongHardware,
    /// Writing to the pen's flash failed.
    FlashFailed,
    /// What was read back is not what was written.
    VerifyFailed,
    /// The pen is in a fault, or one of its interlocks says no.
    DeviceFault,
    /// A safety function stopped the motor.
    SafetyStop,
    /// A record, a journal or a report could not be kept or does not hold together.
    RecordStore,
    /// Interrupted from the keyboard; the motor was stopped first.
    Interrupted,
    /// A signal, the system's end or a closed terminal ended it; the motor was stopped first.
    Terminated,
}

impl Class {
    /// Every class, in the order of the exit codes.
    pub const ALL: [Self; 19] = [
        Self::Ok,
        Self::Internal,
        Self::Usage,
        Self::OutOfTolerance,
        Self::Aborted,
        Self::NoDevice,
        Self::AmbiguousDevice,
        Self::Permission,
        Self::Busy,
        Self::LinkLost,
        Self::VersionMismatch,
        Self::WrongHardware,
        Self::FlashFailed,
        Self::VerifyFailed,
        Self::DeviceFault,
        Self::SafetyStop,
        Self::RecordStore,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The exit code of the process. Fixed for ever: scripts depend on it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::OutOfTolerance => 3,
            Self::Aborted => 4,
            Self::NoDevice => 10,
            Self::AmbiguousDevice => 11,
            Self::Permission => 12,
            Self::Busy => 13,
            Self::LinkLost => 14,
            Self::VersionMismatch => 20,
            Self::WrongHardware => 21,
            Self::FlashFailed => 30,
            Self::VerifyFailed => 31,
            Self::DeviceFault => 40,
            Self::SafetyStop => 41,
            Self::RecordStore => 50,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The name used in `--json` output, the same as the serialised form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::OutOfTolerance => "out_of_tolerance",
            Self::Aborted => "aborted",
            Self::NoDevice => "no_device",
            Self::AmbiguousDevice => "ambiguous_device",
            Self::Permission => "permission",
            Self::Busy => "busy",
            Self::LinkLost => "link_lost",
            Self::VersionMismatch => "version_mismatch",
            Self::WrongHardware => "wrong_hardware",
            Self::FlashFailed => "flash_failed",
            Self::VerifyFailed => "verify_failed",
            Self::DeviceFault => "device_fault",
            Self::SafetyStop => "safety_stop",
            Self::RecordStore => "record_store",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One failure, told so that the reader knows what to do next.
///
/// Made by the constructors that bear the name of the cause, so that a text exists once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostError {
    /// The class, which decides the exit code.
    pub class: Class,
    /// The cause.
    pub code: Code,
    /// What happened.
    pub what: String,
    /// Why, as far as it is known: the reply of the pen or of the operating system.
    pub why: String,
    /// What to do next.
    pub fix: String,
}

impl HostError {
    /// An error of the given cause, with the class and the advice of the catalogue.
    #[must_use]
    pub fn new(code: Code, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            class: code.class(),
            code,
            what: what.into(),
            why: why.into(),
            fix: code.advice().to_owned(),
        }
    }

    /// The same error with advice that fits the case better than the catalogue's.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        self.class.exit_code()
    }

    /// The three lines shown on stderr, without a final line break.
    #[must_use]
    pub fn render(&self) -> String {
        let Self {
            code,
            what,
            why,
            fix,
            ..
        } = self;
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        format!(
            "error[{code}]: {}\n  why: {}\n  help: {}",
            line(what),
            line(why),
            line(fix)
        )
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl std::error::Error for HostError {}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Code, HostError, explain};
    use crate::clock::Signal;

    #[test]
    fn exit_codes_are_the_published_table() {
        let codes: Vec<u8> = Class::ALL.iter().map(|class| class.exit_code()).collect();
        let published = [
            0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 30, 31, 40, 41, 50, 130, 143,
        ];
        assert_eq!(codes, published);
    }

    #[test]
    fn name_and_json_of_a_class_are_the_same() {
        for class in Class::ALL {
            let json = serde_json::to_string(&class).unwrap();
            assert_eq!(json, format!("\"{}\"", class.name()));
        }
    }

    #[test]
    fn an_error_is_three_lines() {
        let error = HostError::permission("/dev/ttyACM0", "0042", "EACCES\n(13)");
        assert_eq!(
            error.render(),
            "error[PEN-E012]: /dev/ttyACM0 (pen 0042) is there but this user may not open it\n  \
             why: the operating system answered EACCES (13)\n  \
             help: add yourself to the port's group (`ls -l` shows it, often dialout), then log in again"
        );
        assert_eq!(error.exit_code(), 12);
    }

    #[test]
    fn each_signal_is_told_in_its_own_words() {
        let told = |signal| HostError::ended_by(signal, "the journal");
        let keyboard = told(Signal::Interrupt);
        assert_eq!(
            (keyboard.exit_code(), keyboard.what.as_str()),
            (130, "the journal was interrupted")
        );
        assert!(keyboard.why.contains("keyboard"));
        for (signal, word) in [(Signal::Terminate, "SIGTERM"), (Signal::HangUp, "SIGHUP")] {
            let error = told(signal);
            assert_eq!(
                (error.exit_code(), error.what.as_str()),
                (143, "the journal was terminated")
            );
            assert!(
                error.why.contains(word) && !error.why.contains("keyboard"),
                "{error}"
            );
        }
    }

    #[test]
    fn json_of_an_error_carries_class_and_code() {
        let error = HostError::busy("/dev/ttyACM0", "exclusive lock held", &[]);
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!(json["class"], "busy");
        assert_eq!(json["code"], "PEN-E013");
    }

    #[test]
    fn every_code_is_explained_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            let text = explain(code.as_str()).unwrap();
            assert!(text.contains(code.as_str()) && text.contains(code.class().name()));
            assert!(text.len() > 150, "{code}: {text}");
        }
    }

    /// A code cannot know what was committed before, so its text makes no promise about it.
    #[test]
    fn no_text_promises_what_only_the_pen_knows() {
        for code in Code::ALL {
            let text = explain(code.as_str()).unwrap().replace('\n', " ");
            for promise in [
                "previous calibration",
                "half-sent",
                "old ones in force",
                "keeps what it had",
                "staged values are gone",
                "still in force",
                "not put in force",
            ] {
                assert!(!text.contains(promise), "{code}, {promise}: {text}");
            }
        }
    }

    #[test]
    fn every_class_but_success_has_a_code() {
        for class in Class::ALL {
            let coded = Code::ALL.iter().any(|code| code.class() == class);
            assert_eq!(coded, class != Class::Ok, "{class}");
        }
    }

    #[test]
    fn explain_takes_any_case_and_refuses_what_is_unknown() {
        assert_eq!(explain("pen-e041"), explain("PEN-E041"));
        assert_eq!(explain("E041"), explain("PEN-E041"));
        assert_eq!(explain("PEN-E999"), None);
        assert_eq!(explain(""), None);
    }
}
