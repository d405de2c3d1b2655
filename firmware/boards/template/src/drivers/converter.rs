//! The converter: its interrupt (or its DMA's) leaves every result, the tick takes the newest.

use pen_app::board::{Adc, AdcInput};
use pen_core::io::Sample;

use crate::signals::{Clock, Newest, Signals};

/// Largest result.
const COUNTS_MAX: u16 = 4_095;

/// A result that no 12-bit converter gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffScale {
    /// The result.
    pub counts: u16,
}

impl Signals {
    /// A conversion has ended; call it in its interrupt.
    ///
    /// # Errors
    /// [`OffScale`] beyond 4,095: a converter of another width must be scaled. Nothing is kept, so
    /// that the reading before grows old.
    pub fn converted(&self, input: AdcInput, counts: u16, at_us: u32) -> Result<(), OffScale> {
        if counts > COUNTS_MAX {
            return Err(OffScale { counts });
        }
        self.conversion(input).put(counts, at_us);
        Ok(())
    }
}

/// The tick's end.
#[derive(Debug)]
pub struct Converter<C> {
    depth_a: Newest<u16, C>,
    current: Newest<u16, C>,
    battery: Newest<u16, C>,
    grip: Newest<u16, C>,
}

impl<C: Clock> Converter<C> {
    /// Reads what is left in these signals.
    pub const fn new(signals: &'static Signals, clock: C) -> Self {
        Self {
            depth_a: Newest::new(signals.conversion(AdcInput::DepthA), clock),
            current: Newest::new(signals.conversion(AdcInput::Current), clock),
            battery: Newest::new(signals.conversion(AdcInput::Battery), clock),
            grip: Newest::new(signals.conversion(AdcInput::Grip), clock),
        }
    }
}

impl<C: Clock> Adc for Converter<C> {
    fn newest(&mut self, input: AdcInput) -> Sample {
        let newest = match input {
            AdcInput::DepthA => &mut self.depth_a,
            AdcInput::Current => &mut self.current,
            AdcInput::Battery => &mut self.battery,
            AdcInput::Grip => &mut self.grip,
        };
        let (counts, age) = newest.read();
        Sample { counts, age }
    }
}
