//! Firmware with a defect planted between it and its pins: what a sweep must find.
//!
//! The firmware itself runs as it is. What it reads, what it puts on its pins and what it says of
//! itself is changed on the way, as if the code around it were wrong.

use std::rc::Rc;

use pen_core::io::{Acceleration, Sample};
use pen_core::journal::ResetCause;
use pen_core::status::Status;
use pen_core::units::Strokes;

use crate::board::{DUTY_STEPS, Wires};
use crate::pen::firmware::Native;
use crate::pen::processor::{Processor, ProcessorError, Socket};

/// Ticks for which a late release is not seen, and for which a pen is driven at its start.
const LATE_TICKS: u32 = 40;
const BOOT_TICKS: u32 = 30;
/// Ticks for which an old duty goes on after a reset.
const OVER_RESET_TICKS: u32 = 200;
/// When the tag is read for the last time (us of the pen's clock).
const TAG_US: u64 = 850_000;
/// What half a millimetre is in counts of either depth channel.
const SHALLOW_A: u16 = 700;
const SHALLOW_B: u16 = 650;
/// Least duty that is a drive and no push, in steps.
const PUSH_STEPS: u16 = DUTY_STEPS / 3;
/// Counts of a cool grip.
const COOL: u16 = 2_048;

/// Writes enum and table from one list, so that they cannot differ.
macro_rules! defects {
    ($($name:ident: $word:literal, $doc:literal;)*) => {
        /// A planted defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Defect {
            $(
                #[doc = $doc]
                $name,
            )*
        }

        impl Defect {
            /// Every defect.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$name),*];

            /// Its name, and what is wrong, in one line.
            #[must_use]
            pub const fn told(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($word, $doc),)*
                }
            }
        }
    };
}

defects! {
    BrakeCoasts: "brake-coasts", "where the firmware brakes, the bridge is switched off";
    ReleaseLate: "release-late", "the release of the trigger is seen 40 ms late";
    EnableHeld: "enable-held", "the enable path is never opened again";
    ParksHard: "parks-hard", "a push to park has full duty";
    ParksOutward: "parks-outward", "a push to park goes the other way";
    ClaimsParked: "claims-parked", "the pen always says parked";
    CountsFew: "counts-few", "one stroke in twenty is not counted";
    OneContact: "one-contact", "the trigger's opening contact is ignored";
    CableIgnored: "cable-ignored", "the cable detector is never read";
    BootsDriven: "boots-driven", "the bridge is driven for 30 ms after each start";
    DrivesOverReset: "drives-over-reset", "the duty from before a reset goes on for 200 ms after it";
    DepthShallow: "depth-shallow", "both depth channels are read as 0.5 mm less than they say";
    TachoHalved: "tacho-halved", "every other edge of the tachometer is lost";
    GripCool: "grip-cool", "the grip always reads cool";
    FallIgnored: "fall-ignored", "the accelerometer reads a pen at rest";
    SeatIgnored: "seat-ignored", "the seat switch always reads pressed, the tag is never read again";
    EnableLate: "enable-late", "enable and duty follow the firmware three ticks late";
}

/// What the firmware put on its pins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pins {
    forward: u16,
    backward: u16,
    enable: bool,
}

impl Pins {
    fn read(wires: &Wires) -> Self {
        Self {
            forward: wires.forward.get(),
            backward: wires.backward.get(),
            enable: wires.enable.get(),
        }
    }

    fn write(self, wires: &Wires) {
        wires.forward.set(self.forward);
        wires.backward.set(self.backward);
        wires.enable.set(self.enable);
    }

    const fn drives(self) -> bool {
        self.enable && self.forward != self.backward
    }
}

/// The firmware on this machine, with a defect around it.
#[derive(Debug)]
pub(super) struct Planted {
    inner: Native,
    wires: Rc<Wires>,
    defect: Defect,
    /// What the firmware left on its pins, before the defect changed it.
    own: Pins,
    /// The same of the ticks before, newest first.
    before: [Pins; 3],
    ticks: u32,
    held_for: u32,
    /// Pins from before a reset.
    old: Pins,
    enabled_once: bool,
    odd: bool,
    tag: Option<pen_core::io::TagReading>,
}

impl Planted {
    pub(super) fn new(socket: Socket, defect: Defect) -> Self {
        Self {
            wires: Rc::clone(&socket.wires),
            inner: Native::new(socket),
            defect,
            own: Pins::default(),
            before: [Pins::default(); 3],
            ticks: 0,
            held_for: 0,
            old: Pins::default(),
            enabled_once: false,
            odd: false,
            tag: None,
        }
    }

    fn spoil_inputs(&mut self, pen_us: u64) {
        let wires = &self.wires;
        match self.defect {
            Defect::ReleaseLate => {
                let held = wires.trigger_closed.get() && wires.trigger_opened.get();
                self.held_for = if held {
                    LATE_TICKS
                } else {
                    self.held_for.saturating_sub(1)
                };
                if self.held_for > 0 {
                    wires.trigger_closed.set(true);
                    wires.trigger_opened.set(true);
                }
            }
            Defect::OneContact => wires.trigger_opened.set(wires.trigger_closed.get()),
            Defect::CableIgnored => wires.vbus.set(false),
            Defect::DepthShallow => self.shallow(),
            Defect::TachoHalved => {
                let mut tacho = wires.tacho.get();
                let all = tacho.edges + i8::from(self.odd);
                self.odd = all % 2 != 0;
                tacho.edges = all / 2;
                wires.tacho.set(tacho);
            }
            Defect::GripCool => wires.grip.set(Sample {
                counts: COOL,
                ..wires.grip.get()
            }),
            Defect::FallIgnored => wires.acceleration.set(Acceleration {
                // A little noise, so that it looks alive.
                x_mg: if self.ticks % 10 < 5 { 500 } else { 504 },
                y_mg: if self.ticks % 14 < 7 { 100 } else { 96 },
                z_mg: if self.ticks % 6 < 3 { 860 } else { 864 },
                ..wires.acceleration.get()
            }),
            Defect::SeatIgnored if pen_us > TAG_US => {
                wires.seat.set(true);
                let tag = *self.tag.get_or_insert_with(|| wires.tag.get());
                wires.tag.set(tag);
            }
            _ => {}
        }
    }

    fn shallow(&self) {
        let wires = &self.wires;
        let (a, b) = (wires.depth_a.get(), wires.depth_b.get());
        wires.depth_a.set(Sample {
            counts: a.counts.saturating_sub(SHALLOW_A),
            ..a
        });
        wires.depth_b.set(Sample {
            counts: b.counts.saturating_add(SHALLOW_B),
            ..b
        });
    }

    /// What reaches the bridge instead of what the firmware wanted.
    fn spoiled(&mut self) -> Pins {
        let own = self.own;
        self.enabled_once |= own.enable;
        let full = Pins {
            forward: DUTY_STEPS,
            backward: 0,
            enable: true,
        };
        let is_push = own.drives() && own.forward.abs_diff(own.backward) < PUSH_STEPS;
        let is_released = !(self.wires.trigger_closed.get() && self.wires.trigger_opened.get());
        let parks = is_push && is_released;
        match self.defect {
            Defect::BrakeCoasts if !own.drives() => Pins {
                enable: false,
                ..own
            },
            Defect::EnableHeld => Pins {
                enable: self.enabled_once,
                ..own
            },
            Defect::ParksHard if parks => {
                if own.forward > own.backward {
                    full
                } else {
                    Pins {
                        forward: 0,
                        backward: DUTY_STEPS,
                        enable: true,
                    }
                }
            }
            Defect::ParksOutward if parks => Pins {
                forward: own.backward,
                backward: own.forward,
                ..own
            },
            Defect::BootsDriven if self.ticks <= BOOT_TICKS => full,
            Defect::DrivesOverReset if self.old.drives() && self.ticks <= OVER_RESET_TICKS => {
                self.old
            }
            Defect::EnableLate => {
                let [newest, middle, oldest] = self.before;
                self.before = [own, newest, middle];
                oldest
            }
            _ => own,
        }
    }
}

impl Processor for Planted {
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        self.ticks = 0;
        self.own = Pins::default();
        self.before = [Pins::default(); 3];
        self.inner.start(cause)
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        self.ticks = self.ticks.saturating_add(1);
        self.spoil_inputs(pen_us);
        self.own.write(&self.wires);
        self.inner.run(pen_us)?;
        self.own = Pins::read(&self.wires);
        let pins = self.spoiled();
        pins.write(&self.wires);
        Ok(())
    }

    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError> {
        self.inner.spoil_limit(which)
    }

    fn stop(&mut self) {
        self.old = self.own;
        self.inner.stop();
    }

    fn status(&self) -> Option<Status> {
        let mut status = self.inner.status()?;
        match self.defect {
            Defect::ClaimsParked => status.parked = true,
            Defect::CountsFew => {
                let count = status.strokes.as_count();
                status.strokes = Strokes::from_count(count - count / 20);
            }
            _ => {}
        }
        Some(status)
    }
}
