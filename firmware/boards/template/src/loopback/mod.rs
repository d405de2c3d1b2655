//! Stands in for hardware: pins, parts and a bench that end in one piece of memory, on the desk and
//! under QEMU. It is what shows that everything above it is filled; it says nothing about a chip.
//!
//! [`Wires`] is what lies between the board and the [`bench::LoopBack`]: what pins were told, what
//! they shall read, what the parts on the bus hold, and a clock that stands until somebody waits.

pub mod bench;
pub mod devices;
pub mod flash;
pub mod pins;

use core::cell::RefCell;

use critical_section::Mutex;
use heapless::Deque;
use pen_conformance::{Event, Level};

use crate::drivers::tag::MEMORY;
use crate::signals::Clock;

/// How long the watchdog waits to be fed. Unit: us
pub const DOG_US: u32 = 40_000;

/// How long the charge pump holds the second switch after the last pulse. Unit: us
pub const HOLD_US: u32 = 4_500;

/// A way to build this board wrong, so that the suite can show that it sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The watchdog is not wired to the enable path.
    DogNotWired,
    /// The watchdog was never started.
    DogNeverStarted,
    /// The watchdog waits a whole second.
    DogSleepy,
    /// The pull of the opening contact points down.
    WrongPull,
    /// The hall switches are swapped.
    HallsSwapped,
    /// The encoder is given its neighbour's address.
    EncoderSilent,
    /// The accelerometer is never set up.
    AccelerometerSilent,
    /// The record of the cartridge cannot be marked.
    TagWriteProtected,
    /// The second switch looks at the level of its pin, not at the pulses.
    SupplyLevelHolds,
    /// The second switch is shorted.
    SupplyWelded,
    /// A driver that looks at its motor supply: without it, it does not brake.
    BrakeNeedsSupply,
    /// The stepper's coils are swapped: it goes the other way.
    StepperReversed,
}

/// Everything on the wires.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent wires, each asked for by name"
)]
pub(crate) struct State {
    pub(crate) now_us: u32,
    pub(crate) clock: Option<fn() -> u32>,
    pub(crate) levels: [bool; 6],
    pub(crate) cut: [bool; 6],
    pub(crate) spoilt: [bool; 6],
    pub(crate) counts: [u16; 4],
    pub(crate) standing: [bool; 4],
    pub(crate) encoder: u16,
    pub(crate) encoder_stands: bool,
    pub(crate) mg: [i16; 3],
    pub(crate) accelerometer_stands: bool,
    pub(crate) registers: [u8; 2],
    /// Memory of the cartridge; nothing when none is in.
    pub(crate) tag: Option<[u8; MEMORY]>,
    pub(crate) tag_breaks_off: bool,
    pub(crate) duties: [u16; 2],
    pub(crate) enable: bool,
    pub(crate) supply: bool,
    /// When the charge pump of the second switch got its last pulse.
    pub(crate) pumped_us: u32,
    pub(crate) fed: u32,
    pub(crate) fed_us: Option<u32>,
    pub(crate) lines: [bool; 3],
    pub(crate) carriage_um: i32,
    pub(crate) events: Deque<Event, 32>,
    pub(crate) at_host: Deque<u8, 1_024>,
    pub(crate) defect: Option<Defect>,
}

/// The wires. There may be as many as there are boards.
#[derive(Debug)]
pub struct Wires(Mutex<RefCell<State>>);

impl Default for Wires {
    fn default() -> Self {
        Self::new()
    }
}

impl Wires {
    /// Nothing was written, nothing is pressed, a carriage stands half a millimetre out.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(State {
            now_us: 0,
            clock: None,
            levels: [false; 6],
            cut: [false; 6],
            spoilt: [false; 6],
            counts: [2_048; 4],
            standing: [false; 4],
            encoder: 2_048,
            encoder_stands: false,
            mg: [0, 0, 1_000],
            accelerometer_stands: false,
            registers: [0; 2],
            tag: None,
            tag_breaks_off: false,
            duties: [0; 2],
            enable: false,
            supply: false,
            pumped_us: 0,
            fed: 0,
            fed_us: None,
            lines: [false, false, true],
            carriage_um: 500,
            events: Deque::new(),
            at_host: Deque::new(),
            defect: None,
        })))
    }

    /// Builds it wrong.
    pub fn spoil(&self, defect: Defect) {
        self.with(|state| state.defect = Some(defect));
    }

    /// Runs on a counter of the chip instead of one that stands between two waits.
    pub fn run_on(&self, clock: fn() -> u32) {
        self.with(|state| state.clock = Some(clock));
    }

    /// A handle of the counter of microseconds.
    #[must_use]
    pub const fn time(&'static self) -> Time {
        Time(self)
    }

    /// Outputs as they are without torque, unless somebody is at work on the wires.
    pub fn force_off(&self) {
        critical_section::with(|section| {
            if let Ok(mut state) = self.0.borrow(section).try_borrow_mut() {
                state.supply = false;
                state.enable = false;
                state.duties = [0; 2];
            }
        });
    }

    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        critical_section::with(|section| work(&mut self.0.borrow_ref_mut(section)))
    }
}

impl State {
    pub(crate) fn now_us(&self) -> u32 {
        self.clock.map_or(self.now_us, |clock| clock())
    }

    pub(crate) fn note(&mut self, event: Event) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        let _ = self.events.push_back(event);
    }

    /// The enable path as the bridge sees it: the pin, unless the watchdog has opened it.
    pub(crate) fn is_enabled(&self) -> bool {
        let patience = match self.defect {
            Some(Defect::DogNotWired) => u32::MAX,
            Some(Defect::DogSleepy) => 1_000_000,
            _ => DOG_US,
        };
        let has_bitten = self
            .fed_us
            .is_some_and(|fed| self.now_us().wrapping_sub(fed) > patience);
        self.enable && !has_bitten
    }

    /// Whether the bridge has its supply: the pin, as long as pulses come.
    pub(crate) fn is_supplied(&self) -> bool {
        let is_pumped = self.now_us().wrapping_sub(self.pumped_us) <= HOLD_US;
        match self.defect {
            Some(Defect::SupplyWelded) => true,
            Some(Defect::SupplyLevelHolds) => self.supply,
            _ => self.supply && is_pumped,
        }
    }

    pub(crate) fn level(&self, input: Level) -> bool {
        let place = place(input);
        let of = |levels: &[bool; 6]| levels.get(place).copied().unwrap_or(false);
        if of(&self.cut) {
            // What the pull makes of it.
            input == Level::TriggerOpened && self.defect != Some(Defect::WrongPull)
        } else {
            of(&self.levels)
        }
    }
}

/// Place of a level in the arrays of [`State`].
pub(crate) const fn place(input: Level) -> usize {
    match input {
        Level::TriggerClosed => 0,
        Level::TriggerOpened => 1,
        Level::Next => 2,
        Level::Ok => 3,
        Level::Seat => 4,
        Level::Vbus => 5,
    }
}

/// The counter of microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Time(&'static Wires);

impl Clock for Time {
    fn now_us(self) -> u32 {
        self.0.with(|state| state.now_us())
    }
}
