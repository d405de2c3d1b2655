//! Both halves of a pen in one value, for boards and simulators that run them from one loop.

use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_core::units::Instant;

use crate::board::{BoardReport, ControlBoard, ControlParts};
use crate::boot;
use crate::control::Control;
use crate::host::Host;
use crate::keeper::Keeper;
use crate::shared::Core;
use crate::signed::PublicKey;
use crate::store::StoreError;

/// A whole pen.
#[derive(Debug)]
pub struct App<B: ControlBoard, S, F> {
    control: Control<B>,
    core: Core,
    host: Host<S, F>,
}

impl<B, S, F> App<B, S, F>
where
    B: ControlBoard,
    S: Read + Write + ReadReady + WriteReady,
    F: NorFlash,
{
    /// Reads storage and makes a pen that has not ticked yet.
    ///
    /// # Errors
    /// [`StoreError::Geometry`] when the flash is too small for the storage map.
    pub fn new(
        board: B,
        serial: S,
        flash: F,
        report: &BoardReport,
        makers: &[PublicKey],
    ) -> Result<Self, StoreError> {
        let mut keeper = Keeper::new(flash, report.serial)?;
        let core = boot::start(report, makers, &mut keeper);
        let host = Host::new(serial, keeper, report);
        Ok(Self {
            control: Control::new(board),
            core,
            host,
        })
    }

    /// One control step; every millisecond.
    pub fn tick(&mut self, now: Instant) {
        self.control.tick(now, &mut self.core);
    }

    /// One piece of link and storage work; whenever there is time between two ticks.
    pub fn poll(&mut self, now: Instant) {
        self.host.poll(now, &mut self.core);
    }

    /// The core and what the last tick put out.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// Flips one bit of a limit in force.
    ///
    /// # Errors
    /// As [`Pen::bench_spoil_limit`](pen_core::pen::Pen::bench_spoil_limit).
    #[cfg(feature = "bench")]
    pub const fn bench_spoil_limit(
        &mut self,
        which: u8,
    ) -> Result<(), pen_core::pen::bench::BenchRefusal> {
        self.core.pen.bench_spoil_limit(which)
    }

    /// Link and storage.
    #[must_use]
    pub const fn host(&self) -> &Host<S, F> {
        &self.host
    }

    /// The parts again, as after a power cut.
    pub fn release(self) -> (ControlParts<B>, S, F) {
        let (serial, flash) = self.host.release();
        (self.control.release(), serial, flash)
    }
}
