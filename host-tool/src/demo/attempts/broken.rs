//! What breaks: the motor, a sensor, the power.

use std::cell::Cell;
use std::rc::Rc;

use pen_core::fault::Fault;
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_sim::fault::Knob;
use pen_sim::pen::Truth;

use super::{CHEEK, DISAGREE_US, INTERLOCK_US, MARGIN_UM, SCAR, STALL_US, raised, stopped_short};
use crate::demo::story::{Scene, Tried};
use crate::demo::witness::Seen;
use crate::error::HostError;
use crate::report::Outcome;
use crate::words;

impl Scene {
    fn broken_while_treating(
        &mut self,
        knob: Knob,
        value: i64,
    ) -> Result<(Seen, String, Option<Fault>), HostError> {
        let moves = self.moves.clone();
        let (place, _, ring) = SCAR;
        moves.ring(ring);
        moves.open_zone(place)?;
        let broken = Rc::new(Cell::new(false));
        moves.watch(Some(raised(&broken)));
        moves.treat(1_500)?;
        let set = moves.stage.pen(|pen| pen.faults().set(knob, value));
        set.map_err(|error| HostError::internal(error.to_string()))?;
        broken.set(true);
        moves.until(Mode::Faulted)?;
        moves.stage.run(200);
        let seen = moves.seen();
        let response = moves.trip_words();
        let fault = moves
            .status()
            .and_then(|status| status.fault)
            .map(|trip| trip.fault);
        moves.stage.pen(|pen| pen.faults().clear(knob));
        moves.recover()?;
        Ok((seen, response, fault))
    }

    pub(in crate::demo) fn stall(&mut self) -> Result<Tried, HostError> {
        let (seen, response, fault) = self.broken_while_treating(Knob::MotorJam, 1)?;
        Ok(Tried {
            title: "a stall in the skin",
            requirement: "RATE-004",
            response,
            outcome: Outcome::Stopped,
            besides: vec![(fault == Some(Fault::Stalled), "the fault is stalled")],
            seen,
            peak_allowed_um: Some(SCAR.1 + MARGIN_UM),
            brake_allowed_us: Some(STALL_US),
        })
    }

    pub(in crate::demo) fn channel_lies(&mut self) -> Result<Tried, HostError> {
        let (seen, response, fault) = self.broken_while_treating(Knob::DepthBOffset, -400)?;
        Ok(Tried {
            title: "a depth channel 0.4 mm off",
            requirement: "DEPTH-003, DEPTH-004",
            response,
            outcome: Outcome::Stopped,
            besides: vec![
                (
                    fault == Some(Fault::DepthDisagrees),
                    "the fault is depth-disagrees",
                ),
                stopped_short(&seen),
            ],
            seen,
            peak_allowed_um: Some(SCAR.1 + MARGIN_UM),
            brake_allowed_us: Some(DISAGREE_US),
        })
    }

    pub(in crate::demo) fn power_cut(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = CHEEK;
        moves.ring(ring);
        moves.open_zone(place)?;
        moves.watch(Some(Box::new(|truth: &Truth| !truth.alive)));
        moves.treat(1_500)?;
        let before = moves.status().map_or(0, |status| status.on.as_us());
        moves.stage.pen(|pen| pen.reboot(ResetCause::PowerOn));
        moves.stage.run(2_500);
        // The trigger is still held when the pen is back.
        let back = moves.status();
        let seen = moves.seen();
        moves.release();
        let used = back.map_or(0, |status| status.on.as_us());
        let resumed = back.is_none_or(|status| status.mode.may_drive());
        Ok(Tried {
            title: "a power cut while treating",
            requirement: "STOP-007, SESS-011",
            response: format!(
                "back, not running; {} of the session count as used, {} before",
                words::span(pen_core::units::Duration::from_us(used)),
                words::span(pen_core::units::Duration::from_us(before))
            ),
            outcome: Outcome::Stopped,
            besides: vec![
                (!resumed, "it does not resume although the trigger is held"),
                (used >= before, "no budget is regained"),
            ],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            brake_allowed_us: Some(INTERLOCK_US),
        })
    }
}
