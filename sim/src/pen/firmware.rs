//! The firmware's application on the virtual board: started, run and thrown away as power goes.

use std::rc::Rc;

use pen_app::app::App;
use pen_app::board::BoardReport;
use pen_core::journal::ResetCause;
use pen_core::status::Status;
use pen_core::units::Instant;

use crate::assembly::factory::maker_key;
use crate::board::{Serial, SharedFlash, VirtualBoard, Wires};

/// The application, between one start and the next.
#[derive(Debug)]
pub(super) struct Firmware {
    app: App<VirtualBoard, Serial, SharedFlash>,
}

impl Firmware {
    /// Starts the application on what the flash holds; nothing when its flash is too small to run.
    pub(super) fn start(
        wires: Rc<Wires>,
        flash: SharedFlash,
        serial: u64,
        cause: ResetCause,
    ) -> Option<Self> {
        let report = BoardReport {
            serial,
            cause,
            image_ok: true,
            memory_ok: true,
        };
        let board = VirtualBoard::new(wires);
        let link = board.serial();
        App::new(board, link, flash, &report, &[maker_key()])
            .ok()
            .map(|app| Self { app })
    }

    /// One tick, and the work between it and the next.
    pub(super) fn run(&mut self, pen_us: u64) {
        let now = Instant::from_us(pen_us);
        self.app.tick(now);
        self.app.poll(now);
    }

    /// What the core says of itself.
    pub(super) fn status(&self) -> Status {
        self.app.core().pen.status()
    }
}
