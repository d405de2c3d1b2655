//! What a record is about.

use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a record is about. The text is what is stored, and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind, in the order in which an export has them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The text that is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// The store itself: its mark, and the program that made it. Always record 1, and only that.
    Store = "store",
    /// A pen.
    Pen = "pen",
    /// A reference instrument with its certificate and due date.
    Instrument = "instrument",
    /// Somebody who calibrates.
    Operator = "operator",
    /// A calibration begins. Its number is the number of this record.
    Run = "run",
    /// A reading of a run: taken, doubted or undone.
    Reading = "reading",
    /// Any other step of a run: instruments, phase, proposed, committed.
    Event = "event",
    /// A run has ended: finished, aborted, refused.
    End = "end",
    /// The results of a finished run, in short.
    Calibration = "calibration",
    /// A pen returned to the calibration before (`penctl calibrate undo`).
    Return = "return",
    /// A certificate as it was issued.
    Certificate = "certificate",
    /// A treatment session, without the person.
    Session = "session",
    /// A record of a pen's own journal.
    Journal = "journal",
    /// What was seen at a treated zone afterwards.
    Observation = "observation",
    /// Something went wrong with a treated person or a pen.
    AdverseEvent = "adverse_event",
}

impl Kind {
    /// Whether there is at most one record of this kind with a given name.
    ///
    /// The store itself sees to it: see the index `once` of the first migration.
    #[must_use]
    pub const fn is_once(self) -> bool {
        matches!(
            self,
            Self::Store | Self::End | Self::Certificate | Self::Session | Self::Journal
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|kind| kind.as_str() == text);
        found.copied().ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            format!(
                "`{text}` is no kind of record; there are {}",
                all.join(", ")
            )
        })
    }
}
