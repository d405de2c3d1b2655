//! What the control tick and the link side share, and the one way to it.

use pen_core::io::Outputs;
use pen_core::pen::Pen;
use pen_core::units::Instant;

use crate::motor::MotorFailure;
use crate::tag::TagCheck;

/// The pen and what passes between its two sides.
#[derive(Debug)]
pub struct Core {
    /// The control core.
    pub pen: Pen,
    /// What the last tick put out.
    pub(crate) outputs: Outputs,
    /// When the last tick was.
    pub(crate) now: Instant,
    /// Ticks so far; wraps.
    pub(crate) ticks: u32,
    /// The cable brought power in the last tick.
    pub(crate) cable: bool,
    /// The cartridge's tag and the pen's list.
    pub(crate) tag: TagCheck,
    /// The newest ledger that storage has read back.
    pub(crate) ledger_stored: u16,
    /// Storage works on flash, or cannot be trusted to journal: nothing may start.
    pub(crate) hold: Hold,
    /// The output stage failed.
    pub(crate) motor: Option<MotorFailure>,
}

/// Why nothing may start, although the pen would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    /// A flash operation is under way (STORE-003).
    pub(crate) busy: bool,
    /// The journal cannot be written (LOG-004).
    pub(crate) unjournalled: bool,
}

impl Core {
    /// Around a pen that has not made a step yet.
    #[must_use]
    pub fn new(pen: Pen) -> Self {
        Self {
            pen,
            outputs: Outputs::SAFE,
            now: Instant::default(),
            ticks: 0,
            cable: false,
            tag: TagCheck::default(),
            ledger_stored: 0,
            hold: Hold::default(),
            motor: None,
        }
    }

    /// A tick has ended.
    pub(crate) const fn ticked(&mut self, now: Instant, cable: bool, outputs: Outputs) {
        self.outputs = outputs;
        self.now = now;
        self.cable = cable;
        self.ticks = self.ticks.wrapping_add(1);
    }

    /// What the last tick put out.
    #[must_use]
    pub const fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What the output stage reported, if it failed.
    #[must_use]
    pub const fn motor_failure(&self) -> Option<MotorFailure> {
        self.motor
    }

    /// The ledger's number as the pen may see it: never the one it waits for while something holds.
    pub(crate) const fn ledger_seen(&self) -> u16 {
        if self.hold.busy || self.hold.unjournalled {
            // The pen starts only when this equals the number that it wants.
            self.outputs.ledger().wrapping_sub(1)
        } else {
            self.ledger_stored
        }
    }

    /// The ledger's number that storage has yet to keep.
    pub(crate) fn ledger_due(&self) -> Option<u16> {
        let wanted = self.outputs.ledger();
        (wanted != self.ledger_stored).then_some(wanted)
    }
}

/// The way to the shared [`Core`].
///
/// Where the tick runs in an interrupt, an implementation keeps it out for as long as the closure
/// runs; so everything that goes in here is a single short call (LINK-002).
pub trait CoreAccess {
    /// Runs a closure with the core.
    fn with<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> R;
}

impl CoreAccess for Core {
    fn with<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> R {
        f(self)
    }
}

impl<A: CoreAccess> CoreAccess for &mut A {
    fn with<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> R {
        (**self).with(f)
    }
}
