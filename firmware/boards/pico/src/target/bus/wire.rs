//! Transfers that end in time, and freeing a bus that hangs.

use core::cell::Cell;
use core::pin::pin;

use embassy_futures::select::{Either, select};
use embassy_rp::gpio::{Level, OutputOpenDrain};
use embassy_rp::i2c::{self, Async, Config, I2c, InterruptHandler};
use embassy_rp::peripherals::{I2C0, PIN_16, PIN_17};
use embassy_rp::{Peri, bind_interrupts};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_time::{Duration, Timer};
use embedded_hal_async::i2c::{ErrorKind, ErrorType, I2c as _, NoAcknowledgeSource, Operation};

bind_interrupts!(struct Irqs {
    I2C0_IRQ => InterruptHandler<I2C0>;
});

/// Speed of the bus. Unit: Hz. Source: AS5600, LIS3DH and 24C04 datasheets, fast mode
const SPEED: u32 = 400_000;

/// A wait for a transfer, and how many of them it may take: 19 bytes take 0.5 ms.
///
/// They are counted and not measured as one span: a flash operation that keeps everything out for 45 ms
/// is one wait, and no reason to take the bus for hung.
const WAIT: Duration = Duration::from_micros(500);
const WAITS: u8 = 6;

/// Half a clock while the bus is freed: 100 kHz.
const HALF: Duration = Duration::from_micros(5);

/// Clocks after which a device has let go of its data line. Source: I2C-bus specification, 3.1.16,
/// "nine clock pulses"
const CLOCKS: u8 = 9;

/// How long a bus is left alone that cannot be freed.
const REST: Duration = Duration::from_millis(5);

/// The bus's pins and controller.
pub(crate) struct Pins {
    pub(crate) controller: Peri<'static, I2C0>,
    pub(crate) sda: Peri<'static, PIN_16>,
    pub(crate) scl: Peri<'static, PIN_17>,
}

impl Pins {
    /// Clocks out whatever a device may still want to say, and ends it.
    pub(crate) async fn free(&mut self) {
        Timer::after(REST).await;
        let mut sda = OutputOpenDrain::new(self.sda.reborrow(), Level::High);
        let mut scl = OutputOpenDrain::new(self.scl.reborrow(), Level::High);
        sda.set_pullup(true);
        scl.set_pullup(true);
        for _ in 0..CLOCKS {
            Timer::after(HALF).await;
            if sda.is_high() {
                break;
            }
            scl.set_low();
            Timer::after(HALF).await;
            scl.set_high();
        }
        // A stop: data rises while the clock is high.
        scl.set_low();
        sda.set_low();
        Timer::after(HALF).await;
        scl.set_high();
        Timer::after(HALF).await;
        sda.set_high();
        Timer::after(HALF).await;
    }
}

/// Why a transfer gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
pub(crate) enum BusFailure {
    /// It did not end in time.
    TimedOut,
    /// What the controller says.
    Controller(i2c::Error),
}

impl embedded_hal_async::i2c::Error for BusFailure {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Controller(i2c::Error::Abort(i2c::AbortReason::NoAcknowledge)) => {
                ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown)
            }
            Self::Controller(i2c::Error::Abort(i2c::AbortReason::ArbitrationLoss)) => {
                ErrorKind::ArbitrationLoss
            }
            Self::TimedOut | Self::Controller(_) => ErrorKind::Other,
        }
    }
}

/// The bus, until it hangs.
pub(crate) struct Bus<'d> {
    controller: Mutex<NoopRawMutex, I2c<'d, I2C0, Async>>,
    hangs: Cell<bool>,
}

impl<'d> Bus<'d> {
    /// Sets the controller up.
    pub(crate) fn new(pins: &'d mut Pins) -> Self {
        let mut config = Config::default();
        config.frequency = SPEED;
        let controller = I2c::new_async(
            pins.controller.reborrow(),
            pins.scl.reborrow(),
            pins.sda.reborrow(),
            Irqs,
            config,
        );
        Self {
            controller: Mutex::new(controller),
            hangs: Cell::new(false),
        }
    }

    /// Whether a transfer has shown that the bus hangs; then it has to be set up anew.
    pub(crate) const fn hangs(&self) -> bool {
        self.hangs.get()
    }
}

/// One user of the bus.
pub(crate) struct Handle<'b, 'd>(&'b Bus<'d>);

impl<'b, 'd> Handle<'b, 'd> {
    /// A user.
    pub(crate) const fn new(bus: &'b Bus<'d>) -> Self {
        Self(bus)
    }

    /// Reads registers or memory from a place on.
    pub(crate) async fn ask(
        &mut self,
        address: u8,
        place: u8,
        answer: &mut [u8],
    ) -> Result<(), BusFailure> {
        self.write_read(address, &[place], answer).await
    }
}

impl ErrorType for Handle<'_, '_> {
    type Error = BusFailure;
}

impl embedded_hal_async::i2c::I2c for Handle<'_, '_> {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), Self::Error> {
        let mut controller = self.0.controller.lock().await;
        let mut transfer = pin!(controller.transaction(address, operations));
        let mut outcome = Err(BusFailure::TimedOut);
        for _ in 0..WAITS {
            let waited = select(transfer.as_mut(), Timer::after(WAIT)).await;
            if let Either::First(ended) = waited {
                outcome = ended.map_err(BusFailure::Controller);
                break;
            }
        }
        // A device that does not answer is no hung bus; a line that does not follow is.
        let is_hung = match outcome {
            Ok(())
            | Err(BusFailure::Controller(i2c::Error::Abort(i2c::AbortReason::NoAcknowledge))) => {
                false
            }
            Err(BusFailure::TimedOut | BusFailure::Controller(_)) => true,
        };
        if is_hung {
            self.0.hangs.set(true);
        }
        outcome
    }
}
