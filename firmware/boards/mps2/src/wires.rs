//! What runs between the board and the plant in one tick, held still while the firmware works.

use core::cell::{Cell, RefCell};

use heapless::Vec;
use pen_core::io::Tacho;
use pen_lockstep::CARRIED_MAX;
use pen_lockstep::order::Tick;
use pen_lockstep::readings::{Levels, Readings};
use pen_lockstep::report::Work;

/// Most bytes that the firmware says in one tick; the plant's queue holds no more.
pub const SAID_MAX: usize = 2_048;

/// The contacts, one wire each.
#[derive(Debug, Default)]
pub struct Contacts {
    /// Closing contact of the trigger.
    pub trigger_closed: Cell<bool>,
    /// Opening contact of the trigger.
    pub trigger_opened: Cell<bool>,
    /// Next button.
    pub next: Cell<bool>,
    /// Confirm button.
    pub ok: Cell<bool>,
    /// Seat switch.
    pub seat: Cell<bool>,
    /// Cable detector.
    pub vbus: Cell<bool>,
}

impl Contacts {
    fn put(&self, levels: Levels) {
        self.trigger_closed.set(levels.trigger_closed);
        self.trigger_opened.set(levels.trigger_opened);
        self.next.set(levels.next);
        self.ok.set(levels.ok);
        self.seat.set(levels.seat);
        self.vbus.set(levels.vbus);
    }
}

/// The wires.
#[derive(Debug, Default)]
pub struct Wires {
    /// What the pins show.
    pub contacts: Contacts,
    /// What can be read.
    pub readings: Cell<Readings>,
    /// The tachometer's edges were taken.
    pub is_tacho_taken: Cell<bool>,
    /// Duty of the forward half bridge.
    pub forward: Cell<u16>,
    /// Duty of the backward half bridge.
    pub backward: Cell<u16>,
    /// Enable path.
    pub enable: Cell<bool>,
    /// Second switch, in the bridge's supply.
    pub supply: Cell<bool>,
    /// Tag to be marked.
    pub burn: Cell<Option<u64>>,
    /// Where the actuator shall be (um), if it was told.
    pub actuator_um: Cell<Option<i32>>,
    /// Feedings of the watchdog.
    pub fed: Cell<u16>,
    /// Bytes of the host that came with the tick.
    pub carried: RefCell<Vec<u8, CARRIED_MAX>>,
    /// How many of them were read.
    pub consumed: Cell<usize>,
    /// Bytes that wait for the firmware, those that came along included.
    pub waiting: Cell<usize>,
    /// Bytes that the queue to the host takes.
    pub room: Cell<usize>,
    /// Bytes for the host.
    pub said: RefCell<Vec<u8, SAID_MAX>>,
}

impl Wires {
    /// Puts a tick on the wires.
    pub fn put(&self, tick: &Tick<'_>) {
        self.contacts.put(tick.readings.levels);
        self.readings.set(tick.readings);
        self.waiting.set(tick.waiting.into());
        self.room.set(tick.room.into());
        let mut carried = self.carried.borrow_mut();
        carried.clear();
        // It fits: the order was checked when it was read.
        let _ = carried.extend_from_slice(tick.bytes);
    }

    /// Everything that the firmware left on the wires, with the bytes it has said and a status.
    pub fn work<'a>(&self, said: &'a [u8], status: Option<&'a [u8]>) -> Work<'a> {
        Work {
            forward: self.forward.get(),
            backward: self.backward.get(),
            enable: self.enable.get(),
            supply: self.supply.get(),
            burn: self.burn.get(),
            actuator_um: self.actuator_um.get(),
            is_tacho_taken: self.is_tacho_taken.get(),
            fed: self.fed.get(),
            consumed: u16::try_from(self.consumed.get()).unwrap_or(u16::MAX),
            said,
            status,
        }
    }

    /// What was reported is not reported again; levels stay.
    pub fn forget(&self) {
        self.burn.set(None);
        self.actuator_um.set(None);
        self.is_tacho_taken.set(false);
        self.fed.set(0);
        self.consumed.set(0);
        self.said.borrow_mut().clear();
    }

    /// The tachometer; its edges are gone then.
    pub fn take_tacho(&self) -> Tacho {
        let mut readings = self.readings.get();
        let tacho = readings.tacho;
        readings.tacho.edges = 0;
        self.readings.set(readings);
        self.is_tacho_taken.set(true);
        tacho
    }
}
