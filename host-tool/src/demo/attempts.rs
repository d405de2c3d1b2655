//! What is tried, one function an attempt. The bounds here restate the requirements: they are not
//! read from the firmware that they judge.

mod asked;
mod broken;
mod handled;

use std::cell::Cell;
use std::rc::Rc;

use pen_core::request::Refusal;

use super::story::{Scene, Tried};
use super::witness::{Onset, Seen};
use crate::report::Outcome;
use crate::words;

/// Places of the zones in the plan, their caps, and where the ring stands in them. Unit: um.
const FOREHEAD: (u8, i32, f64) = (0, 500, 440.0);
const CHEEK: (u8, i32, f64) = (1, 1_000, 940.0);
const SCAR: (u8, i32, f64) = (2, 1_500, 1_420.0);

/// How far beyond the cap a stroke may reach before the pen must act (DEPTH-002). Unit: um.
const MARGIN_UM: i32 = 50;

/// How fast the hand turns the ring past the cap. Unit: um per ms.
const TURN_UM_PER_MS: i32 = 4;

/// Bounds from the physical onset to the brake. Unit: us.
const OVER_DEPTH_US: u32 = 20_000; // DEPTH-002
const RELEASE_US: u32 = 3_000; // STOP-013
const STALL_US: u32 = 40_000; // RATE-004
const DISAGREE_US: u32 = 3_000; // DEPTH-004
const UNSEATED_US: u32 = 50_000; // CART-001
const INTERLOCK_US: u32 = 20_000; // STOP-005
const BUDGET_US: u32 = 1_000_000; // SESS-001

/// Motor-on time of the forehead in the plan. Unit: us.
const FOREHEAD_ON_US: u64 = 10_000_000;

/// After the brake: at most two further entries, the last within 30 ms (STOP-002).
const ENTRIES_AFTER: u64 = 2;
const LAST_ENTRY_US: u32 = 30_000;

/// A cause that the story brings about itself: it begins when the flag is raised.
fn raised(flag: &Rc<Cell<bool>>) -> Onset {
    let flag = Rc::clone(flag);
    Box::new(move |_| flag.get())
}

/// Whether the stop was a brake and not a coast.
fn stopped_short(seen: &Seen) -> (bool, &'static str) {
    let is_so = seen.entries_after <= ENTRIES_AFTER && seen.last_entry_us <= LAST_ENTRY_US;
    (
        is_so,
        "at most 2 further entries, the last 30 ms after the brake",
    )
}

const NOTHING_MOVED: &str = "nothing moved";

impl Scene {
    /// A refused request: nothing moved, and the plan in force stayed what it was.
    fn refused(
        title: &'static str,
        requirement: &'static str,
        answer: &Result<(), Refusal>,
        besides: Vec<(bool, &'static str)>,
    ) -> Tried {
        let (outcome, response) = match answer {
            Ok(()) => (Outcome::NotNoticed, "granted".to_owned()),
            Err(why) => (Outcome::Refused, words::refusal(why)),
        };
        Tried {
            title,
            requirement,
            response,
            outcome,
            seen: Seen::default(),
            peak_allowed_um: None,
            brake_allowed_us: None,
            besides,
        }
    }
}
