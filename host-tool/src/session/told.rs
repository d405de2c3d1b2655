//! What is told of a session.

use pen_core::units::Duration;
use serde::Serialize;

/// A sum, and whether something is missing in it, or too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// What was told.
    pub value: u64,
    /// Something is missing: it is at least so much.
    pub is_least: bool,
    /// The pen's worst case: it is at most so much. After a restart a pen counts what was reserved.
    pub is_most: bool,
}

impl Amount {
    /// As `12`, as `at least 12`, or as `at most 12 (the pen's worst case)`.
    #[must_use]
    pub fn words(self, text: impl FnOnce(u64) -> String) -> String {
        let text = text(self.value);
        if self.is_least {
            format!("at least {text}")
        } else if self.is_most {
            format!("at most {text} (the pen's worst case)")
        } else {
            text
        }
    }

    /// As `12`, or as `>= 12` or `<= 12` with the signs for it: for a table.
    #[must_use]
    pub fn short(self, text: impl FnOnce(u64) -> String) -> String {
        let text = text(self.value);
        if self.is_least {
            format!("\u{2265} {text}")
        } else if self.is_most {
            format!("\u{2264} {text}")
        } else {
            text
        }
    }
}

/// What one zone received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneTreated {
    /// Which, as plans spell it.
    pub zone: &'static str,
    /// The deepest cap that was in force. Unit: um.
    pub cap_um: i32,
    /// Who set it.
    pub by: &'static str,
    /// The deepest depth measured at a start; nothing if the motor never started. Unit: um.
    pub depth_um: Option<i32>,
    /// The fastest rate set. Unit: mHz.
    pub rate_mhz: u32,
    /// Activations of the motor.
    pub activations: u32,
    /// Activations whose end the journal does not account for.
    pub untold: u32,
    /// Motor-on time. Unit: us.
    pub on_us: Amount,
    /// Strokes.
    pub strokes: Amount,
}

/// Something that an operator would ask about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// Time since the pen's start; nothing if it is not known. Unit: ms.
    pub t_ms: Option<u64>,
    /// Which start of the pen within the session, from 1.
    pub start: usize,
    /// `trip`, `refused`, `stop`, `warning`, `restart`, `override` or `cartridge`.
    pub kind: &'static str,
    /// In plain words.
    pub text: String,
}

/// What the pen itself still counts of an open session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Number of the session.
    pub session: u32,
    /// Motor-on time.
    pub on: Duration,
    /// Strokes.
    pub strokes: u32,
    /// The cartridge that is seated now, and its needles.
    pub seated: Option<(u64, u32)>,
}

/// Why a pen's own sums are at most so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorstCase {
    /// It started anew during the session.
    Restarted,
    /// What is missing in the journal may hide that.
    Perhaps,
}

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Treated {
    /// Its number on the pen.
    pub session: u32,
    /// Token of the person who was treated.
    pub token: Option<String>,
    /// Number of the plan.
    pub plan: Option<u32>,
    /// Zones of the plan.
    pub plan_zones: Option<u8>,
    /// Number of the person who treated.
    pub operator: Option<u32>,
    /// Cartridge at the beginning.
    pub cartridge: Option<u64>,
    /// Needles, where they can be told.
    pub needles: Option<u32>,
    /// Whether its beginning is in the journal.
    pub has_beginning: bool,
    /// Whether its end is in the journal.
    pub is_closed: bool,
    /// Starts of the pen during it.
    pub restarts: usize,
    /// Zones in the order in which they were opened first.
    pub zones: Vec<ZoneTreated>,
    /// The deepest that was measured when it was too deep. Unit: um.
    pub over_depth_um: Option<i32>,
    /// Whether nothing speaks against all that decides how deep it went being told.
    pub is_depth_told: bool,
    /// Motor-on time of the whole session. Unit: us.
    pub on_us: Amount,
    /// Strokes of the whole session.
    pub strokes: Amount,
    /// Punctures of the whole session as the pen counts them; nothing without its end.
    pub punctures: Option<u64>,
    /// Why time, strokes and punctures of the whole session are the pen's worst case; nothing where they
    /// are what was done.
    pub worst_case: Option<WorstCase>,
    /// What happened, in order.
    pub events: Vec<Happened>,
    /// What cannot be known, in plain words.
    pub unknown: Vec<String>,
}
