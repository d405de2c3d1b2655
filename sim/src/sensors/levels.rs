//! Switches, detectors and the tag reader.

use pen_core::io::TagReading;

use crate::board::Wires;
use crate::fault::{Faults, Knob};

/// Levels that switches and detectors give, before and after faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one field a wire")]
pub struct Levels {
    /// Closing contact of the trigger.
    pub trigger_closed: bool,
    /// Opening contact of the trigger.
    pub trigger_opened: bool,
    /// Next button.
    pub next: bool,
    /// Confirm button.
    pub ok: bool,
    /// Seat switch.
    pub seat: bool,
    /// Cable detector.
    pub vbus: bool,
    /// What the tag says.
    pub tag: TagReading,
}

impl Levels {
    /// Puts the levels on the wires, with what is wrong with the switches.
    pub fn put(mut self, tick: u64, faults: &Faults, wires: &Wires) {
        if !faults.is_whole() {
            self.spoil(tick, faults, wires.tag.get());
        }
        wires.trigger_closed.set(self.trigger_closed);
        wires.trigger_opened.set(self.trigger_opened);
        wires.next.set(self.next);
        wires.ok.set(self.ok);
        wires.seat.set(self.seat);
        wires.vbus.set(self.vbus);
        wires.tag.set(self.tag);
    }

    fn spoil(&mut self, tick: u64, faults: &Faults, last_tag: TagReading) {
        let both = faults.is_set(Knob::TriggerBothStuck);
        self.trigger_closed |= both || faults.is_set(Knob::TriggerClosedStuck);
        self.trigger_opened |= both || faults.is_set(Knob::TriggerOpenedStuck);
        self.ok |= faults.is_set(Knob::ButtonOkStuck);
        self.next |= faults.is_set(Knob::ButtonNextStuck);
        self.seat |= faults.is_set(Knob::SeatClosed);
        self.seat &= !faults.is_set(Knob::SeatOpen);
        if let Some(every) = faults.get(Knob::SeatBounce) {
            let every = u64::try_from(every).unwrap_or(1).max(1);
            self.seat &= (tick / every).is_multiple_of(2);
        }
        self.vbus |= faults.is_set(Knob::VbusPresent);
        self.vbus &= !faults.is_set(Knob::VbusAbsent);
        if faults.is_set(Knob::TagSilent) {
            self.tag = TagReading::Absent;
        } else if faults.is_set(Knob::TagFrozen) {
            self.tag = last_tag;
        } else if faults.is_set(Knob::TagUnreadable) && self.tag != TagReading::Absent {
            self.tag = TagReading::Unreadable;
        }
    }
}
