//! What the simulated hand does, in moves that a story is made of.

use std::cell::RefCell;
use std::rc::Rc;

use pen_core::mode::Mode;
use pen_core::status::Status;

use super::still_wanted;
use super::witness::{Onset, Seen, Witness};
use crate::error::HostError;
use crate::link::sim::SimStage;
use crate::words;

/// How long a button is pressed. Unit: ms.
const PRESS_MS: u32 = 60;

/// Longest that any move may take. Unit: ms.
const PATIENCE_MS: u64 = 3_000;

/// A hand at the pen.
#[derive(Clone, Debug)]
pub(super) struct Moves {
    pub(super) stage: SimStage,
    pub(super) witness: Rc<RefCell<Witness>>,
}

impl Moves {
    /// The pen's own picture of itself.
    pub(super) fn status(&self) -> Option<Status> {
        self.stage.pen(|pen| pen.status())
    }

    pub(super) fn mode(&self) -> Option<Mode> {
        self.status().map(|status| status.mode)
    }

    /// Waits until the pen is in a mode that the story needs.
    pub(super) fn until(&self, wanted: Mode) -> Result<(), HostError> {
        still_wanted()?;
        let there = self.stage.run_until(PATIENCE_MS, |pen| {
            pen.status().is_some_and(|status| status.mode == wanted)
        });
        if there {
            return Ok(());
        }
        let why = self.status().map_or_else(
            || "the pen is down".to_owned(),
            |status| {
                format!(
                    "it is in {}, locks: {}, fault: {}",
                    words::mode(status.mode).0,
                    words::locks(status.locks),
                    status
                        .fault
                        .map_or_else(|| "none".to_owned(), |trip| words::trip(&trip))
                )
            },
        );
        Err(HostError::internal(format!(
            "the story needs the pen in {} and {why}",
            words::mode(wanted).0
        )))
    }

    /// Turns the ring at an ordinary speed and waits until it rests.
    pub(super) fn ring(&self, um: f64) {
        self.stage.pen(|pen| pen.hand().turn_ring(um));
        self.stage
            .run_until(PATIENCE_MS, |pen| pen.hardware().hand.is_resting());
        self.stage.run(50);
    }

    /// Presses next so often that this zone is chosen, and confirms it.
    pub(super) fn open_zone(&self, place: u8) -> Result<(), HostError> {
        self.until(Mode::Standby)?;
        for _ in 0..8 {
            if self.status().and_then(|status| status.zone) == Some(place) {
                break;
            }
            self.stage.pen(|pen| pen.hand().press_next(PRESS_MS));
            self.stage.run(150);
        }
        self.confirm();
        self.until(Mode::Ready)?;
        // The pen keeps the start of the session in flash before it lets anything turn.
        self.stage.run(500);
        Ok(())
    }

    /// Presses the ok button.
    pub(super) fn confirm(&self) {
        self.stage.pen(|pen| pen.hand().press_ok(PRESS_MS));
        self.stage.run(150);
    }

    /// Leaves the zone by the next button.
    pub(super) fn leave_zone_by_next(&self) -> Result<(), HostError> {
        self.until(Mode::Ready)?;
        self.stage.pen(|pen| pen.hand().press_next(PRESS_MS));
        self.until(Mode::Standby)?;
        self.stage.run(150);
        Ok(())
    }

    /// Puts the pen on the skin, presses the trigger and lets it run for a while.
    pub(super) fn treat(&self, ms: u64) -> Result<(), HostError> {
        self.stage.pen(|pen| {
            let hand = pen.hand();
            hand.approach(0.0, 50.0);
            hand.press_trigger();
        });
        self.until(Mode::Treating)?;
        self.stage.run(ms);
        Ok(())
    }

    /// Lets go, stays on the skin until the pen has come to rest, and lifts off.
    pub(super) fn release(&self) {
        self.stage.pen(|pen| pen.hand().release_trigger());
        self.stage.run(700);
        self.stage.pen(|pen| pen.hand().lift(50.0));
        self.stage.run(200);
    }

    /// After a fault whose cause is gone: lets go, acknowledges on the pen, waits for Standby.
    pub(super) fn recover(&self) -> Result<(), HostError> {
        self.release();
        self.until(Mode::Faulted)?;
        self.confirm();
        self.until(Mode::Standby)
    }

    /// From now on an attempt is watched; its cause begins when `onset` says so.
    pub(super) fn watch(&self, onset: Option<Onset>) {
        self.witness.borrow_mut().begin(onset);
    }

    /// What was seen of it.
    pub(super) fn seen(&self) -> Seen {
        self.witness.borrow_mut().end()
    }

    /// What the pen says of its latched fault.
    pub(super) fn trip_words(&self) -> String {
        match self.status().and_then(|status| status.fault) {
            Some(trip) => format!("trip {}", words::trip_numbers(&trip)),
            None => "no fault is latched".to_owned(),
        }
    }

    /// Whether this fault is latched.
    pub(super) fn tripped(&self, fault: pen_core::fault::Fault) -> bool {
        self.status()
            .and_then(|status| status.fault)
            .is_some_and(|trip| trip.fault == fault)
    }
}
