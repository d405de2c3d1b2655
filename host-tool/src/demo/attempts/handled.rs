//! What a hand does with trigger, ring, cable and cartridge.

use std::cell::Cell;
use std::rc::Rc;

use pen_core::fault::Fault;
use pen_core::mode::Mode;
use pen_core::request::Refusal;
use pen_sim::hand::Cartridge;
use pen_sim::pen::Truth;

use super::{
    BUDGET_US, CHEEK, FOREHEAD, FOREHEAD_ON_US, INTERLOCK_US, LAST_ENTRY_US, MARGIN_UM,
    NOTHING_MOVED, OVER_DEPTH_US, RELEASE_US, SCAR, TURN_UM_PER_MS, UNSEATED_US, raised,
    stopped_short,
};
use crate::demo::story::{CARTRIDGE, Scene, Tried};
use crate::error::HostError;
use crate::report::Outcome;
use crate::words;

impl Scene {
    pub(in crate::demo) fn trigger_with_cable(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        moves.watch(None);
        moves.stage.pen(|pen| pen.hand().press_trigger());
        moves.stage.run(1_000);
        let mode = moves.mode();
        moves.release();
        let seen = moves.seen();
        Ok(Tried {
            title: "the trigger with the cable in",
            requirement: "PWR-003",
            response: "locked by the cable, the motor stays off".to_owned(),
            outcome: Outcome::Refused,
            besides: vec![
                (mode == Some(Mode::Locked), "the pen stays Locked"),
                (seen.strokes == 0 && seen.on_us == 0, NOTHING_MOVED),
            ],
            seen,
            peak_allowed_um: None,
            brake_allowed_us: None,
        })
    }

    pub(in crate::demo) fn trigger_released(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = FOREHEAD;
        moves.ring(ring);
        moves.open_zone(place)?;
        moves.watch(Some(Box::new(|truth: &Truth| {
            !truth.trigger && truth.strokes > 0 && truth.rate_hz > 20.0
        })));
        moves.treat(2_000)?;
        moves.release();
        let seen = moves.seen();
        moves.leave_zone_by_next()?;
        Ok(Tried {
            title: "letting go of the trigger",
            requirement: "STOP-013, STOP-002",
            response: format!(
                "brake; {} further entries, the last {}.{} ms after it",
                seen.entries_after,
                seen.last_entry_us / 1_000,
                seen.last_entry_us / 100 % 10
            ),
            outcome: Outcome::Stopped,
            besides: vec![stopped_short(&seen)],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            brake_allowed_us: Some(RELEASE_US),
        })
    }

    pub(in crate::demo) fn ring_past_cap(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = CHEEK;
        moves.ring(ring);
        moves.open_zone(place)?;
        let beyond = f64::from(cap + MARGIN_UM);
        moves.watch(Some(Box::new(move |truth: &Truth| truth.depth_um > beyond)));
        moves.treat(2_000)?;
        moves.stage.pen(|pen| {
            pen.hand().set_ring_speed(f64::from(TURN_UM_PER_MS));
            pen.hand().turn_ring(f64::from(cap) + 600.0);
        });
        moves.until(Mode::Faulted)?;
        let seen = moves.seen();
        let (tripped, response) = (moves.tripped(Fault::OverDepth), moves.trip_words());
        moves.stage.pen(|pen| pen.hand().set_ring_speed(10.0));
        moves.release();
        moves.ring(ring);
        moves.recover()?;
        // The hand goes on turning while the pen brakes and the last needles enter.
        let during = (OVER_DEPTH_US + LAST_ENTRY_US) / 1_000;
        let reach = i32::try_from(during).unwrap_or(0) * TURN_UM_PER_MS;
        Ok(Tried {
            title: "the ring turned past the cap",
            requirement: "DEPTH-002",
            response,
            outcome: Outcome::Stopped,
            besides: vec![(tripped, "the fault is over-depth"), stopped_short(&seen)],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM + reach),
            brake_allowed_us: Some(OVER_DEPTH_US),
        })
    }

    pub(in crate::demo) fn cartridge_pulled(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = SCAR;
        moves.ring(ring);
        moves.open_zone(place)?;
        let pulled = Rc::new(Cell::new(false));
        moves.watch(Some(raised(&pulled)));
        moves.treat(1_500)?;
        let kept = moves.stage.pen(|pen| {
            let kept = pen.hand().cartridge();
            pen.hand().remove_cartridge();
            kept
        });
        pulled.set(true);
        moves.until(Mode::Faulted)?;
        let seen = moves.seen();
        let (tripped, response) = (moves.tripped(Fault::CartridgeUnseated), moves.trip_words());
        moves.release();
        if let Some(kept) = kept {
            moves.stage.pen(|pen| pen.hand().insert(kept));
            moves.stage.run(300);
        }
        moves.recover()?;
        Ok(Tried {
            title: "the cartridge pulled",
            requirement: "CART-001",
            response,
            outcome: Outcome::Stopped,
            besides: vec![
                (tripped, "the fault is cartridge-unseated"),
                stopped_short(&seen),
            ],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            brake_allowed_us: Some(UNSEATED_US),
        })
    }

    pub(in crate::demo) fn cable_plugged(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = CHEEK;
        moves.ring(ring);
        moves.open_zone(place)?;
        moves.watch(Some(Box::new(|truth: &Truth| truth.cable)));
        moves.treat(1_500)?;
        moves.stage.pen(|pen| pen.hand().plug_cable(true));
        moves.stage.run(700);
        let mode = moves.mode();
        let seen = moves.seen();
        moves.release();
        moves.stage.pen(|pen| pen.hand().plug_cable(false));
        moves.until(Mode::Standby)?;
        Ok(Tried {
            title: "the cable plugged in",
            requirement: "STOP-005, PWR-003",
            response: "stopped and locked by the cable".to_owned(),
            outcome: Outcome::Stopped,
            besides: vec![
                (mode == Some(Mode::Locked), "the pen is Locked"),
                stopped_short(&seen),
            ],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            brake_allowed_us: Some(INTERLOCK_US),
        })
    }

    pub(in crate::demo) fn used_cartridge(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let kept = moves.stage.pen(|pen| {
            let kept = pen.hand().cartridge();
            let mut used = Cartridge::fresh(CARTRIDGE + 1, pen_core::cartridge::Kind::Twelve);
            used.tag.used = true;
            pen.hand().insert(used);
            kept
        });
        moves.stage.run(300);
        moves.watch(None);
        moves.confirm();
        moves.stage.pen(|pen| pen.hand().press_trigger());
        moves.stage.run(1_000);
        let mode = moves.mode();
        moves.release();
        let seen = moves.seen();
        let why = self.last_refusal()?;
        if let Some(kept) = kept {
            moves.stage.pen(|pen| pen.hand().insert(kept));
            moves.stage.run(300);
        }
        let answer = why.map_or(Ok(()), Err);
        let besides = vec![
            (mode == Some(Mode::Standby), "the zone is not opened"),
            (seen.strokes == 0 && seen.on_us == 0, NOTHING_MOVED),
        ];
        Ok(Self::refused(
            "a used cartridge",
            "CART-002",
            &answer,
            besides,
        ))
    }

    pub(in crate::demo) fn budget_held_through(&mut self) -> Result<Tried, HostError> {
        let moves = self.moves.clone();
        let (place, cap, ring) = FOREHEAD;
        moves.ring(ring);
        moves.open_zone(place)?;
        let used = moves.status().map_or(0, |status| status.zone_on.as_us());
        let left_us = FOREHEAD_ON_US.saturating_sub(u64::from(used));
        moves.watch(None);
        // The trigger stays held, long after the budget.
        moves.treat(12_000)?;
        let mode = moves.mode();
        let mut seen = moves.seen();
        // What counts is for how long the motor was on beyond what was left.
        seen.began = true;
        seen.brake_us = u32::try_from(seen.on_us.saturating_sub(left_us)).ok();
        moves.release();
        moves.confirm();
        moves.stage.run(300);
        let why = self.last_refusal()?;
        Ok(Tried {
            title: "holding past the budget of 10 s",
            requirement: "SESS-001, SESS-002",
            response: why.map_or_else(
                || "stopped".to_owned(),
                |why| format!("stopped; asked again: {}", words::refusal(&why)),
            ),
            outcome: Outcome::Stopped,
            besides: vec![
                (
                    mode != Some(Mode::Treating),
                    "it does not start again while the trigger is held",
                ),
                (
                    matches!(why, Some(Refusal::ZoneUsed { .. })),
                    "the zone is not opened again",
                ),
            ],
            seen,
            peak_allowed_um: Some(cap + MARGIN_UM),
            brake_allowed_us: Some(BUDGET_US),
        })
    }
}
