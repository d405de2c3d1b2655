//! What interrupts and pollers leave for the control tick. It decides nothing and waits for nothing.
//!
//! Everything is behind critical sections of a few instructions, so that it works on processors
//! without atomic read-modify-write (Cortex-M0+).

use core::cell::Cell;

use critical_section::Mutex;
use pen_app::board::AdcInput;
use pen_core::io::TagReading;
use pen_core::units::Duration;

use crate::drivers::halls::Halls;
use crate::drivers::queue::Queues;

/// A free-running counter of microseconds; wraps after 71 minutes.
pub trait Clock: Copy {
    /// Its value. Unit: us
    fn now_us(self) -> u32;
}

impl Clock for fn() -> u32 {
    fn now_us(self) -> u32 {
        self()
    }
}

/// A reading that is not looked at for so long is of no use any more, for good.
///
/// - Unit: us
/// - Range: above the core's 10 ms, below the half of what the clock counts
const FORGOTTEN_US: u32 = 1_000_000;

/// One value, when it came, and how many came before.
#[derive(Clone, Copy, Debug)]
struct Stamped<T> {
    value: T,
    at_us: u32,
    number: u32,
}

/// A place for the newest value of something; older ones are lost.
#[derive(Debug)]
pub struct Slot<T: Copy>(Mutex<Cell<Stamped<T>>>);

impl<T: Copy> Slot<T> {
    /// A place that nothing came to yet; `value` is what a reader gets until then, too old for use.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(Cell::new(Stamped {
            value,
            at_us: 0,
            number: 0,
        })))
    }

    /// Leaves a value that is of this time. Unit: us of the [`Clock`]
    pub fn put(&self, value: T, at_us: u32) {
        critical_section::with(|section| {
            let cell = self.0.borrow(section);
            let mut number = cell.get().number.wrapping_add(1);
            if number == 0 {
                // Zero means that nothing ever came.
                number = 1;
            }
            cell.set(Stamped {
                value,
                at_us,
                number,
            });
        });
    }

    fn get(&self) -> Stamped<T> {
        critical_section::with(|section| self.0.borrow(section).get())
    }
}

/// Reads a [`Slot`]; there must be one reader, and it must look at least every half hour.
#[derive(Debug)]
pub struct Newest<T: Copy + 'static, C> {
    slot: &'static Slot<T>,
    clock: C,
    /// Number of the value that is too old for ever.
    forgotten: u32,
}

impl<T: Copy, C: Clock> Newest<T, C> {
    /// The reader of this place.
    pub const fn new(slot: &'static Slot<T>, clock: C) -> Self {
        Self {
            slot,
            clock,
            forgotten: 0,
        }
    }

    /// The newest value and its age; the longest there is, when nothing came for a second.
    ///
    /// The counter of microseconds comes round: without a memory of what was too old already, a dead
    /// sensor would look fresh once in 71 minutes.
    pub fn read(&mut self) -> (T, Duration) {
        let stamped = self.slot.get();
        let age = self.clock.now_us().wrapping_sub(stamped.at_us);
        // An interrupt may have put a value between the two lines: then it is no older than now.
        let age = if age > u32::MAX / 2 { 0 } else { age };
        if age > FORGOTTEN_US {
            self.forgotten = stamped.number;
        }
        let age = if stamped.number == self.forgotten {
            u32::MAX
        } else {
            age
        };
        (stamped.value, Duration::from_us(age))
    }
}

/// Everything that is left for the tick, and by it.
#[derive(Debug)]
pub struct Signals {
    depth_a: Slot<u16>,
    current: Slot<u16>,
    battery: Slot<u16>,
    grip: Slot<u16>,
    /// Counts of the second depth channel.
    pub encoder: Slot<u16>,
    /// Acceleration on three axes. Unit: thousandths of standard gravity
    pub acceleration: Slot<[i16; 3]>,
    /// What the cartridge's tag said last.
    pub tag: Slot<TagReading>,
    /// Tag that the core wants marked as used.
    pub burn: Mutex<Cell<Option<u64>>>,
    /// The hall switches.
    pub halls: Halls,
    /// The bytes of the link.
    pub link: Queues,
    /// When link and storage last came round.
    pub worked: Slot<()>,
}

impl Default for Signals {
    fn default() -> Self {
        Self::new()
    }
}

impl Signals {
    /// Nothing came yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            depth_a: Slot::new(0),
            current: Slot::new(0),
            battery: Slot::new(0),
            grip: Slot::new(0),
            encoder: Slot::new(0),
            acceleration: Slot::new([0; 3]),
            tag: Slot::new(TagReading::Absent),
            burn: Mutex::new(Cell::new(None)),
            halls: Halls::new(),
            link: Queues::new(),
            worked: Slot::new(()),
        }
    }

    /// Place of one input of the converter.
    #[must_use]
    pub const fn conversion(&self, input: AdcInput) -> &Slot<u16> {
        match input {
            AdcInput::DepthA => &self.depth_a,
            AdcInput::Current => &self.current,
            AdcInput::Battery => &self.battery,
            AdcInput::Grip => &self.grip,
        }
    }

    /// Takes what the core wants burnt.
    pub fn take_burn(&self) -> Option<u64> {
        critical_section::with(|section| self.burn.borrow(section).take())
    }

    /// Asks for a tag to be burnt.
    pub fn ask_burn(&self, id: u64) {
        critical_section::with(|section| self.burn.borrow(section).set(Some(id)));
    }
}
