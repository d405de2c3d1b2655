//! The firmware's application on this machine: started, run and thrown away as power goes.

use std::rc::Rc;

use pen_app::app::App;
use pen_app::board::BoardReport;
use pen_core::journal::ResetCause;
use pen_core::pen::bench::BenchRefusal;
use pen_core::status::Status;
use pen_core::units::Instant;

use super::processor::{Processor, ProcessorError, Socket};
use crate::assembly::factory::maker_key;
use crate::board::{Serial, SharedFlash, VirtualBoard};

/// This machine as the pen's processor.
#[derive(Debug)]
pub struct Native {
    socket: Socket,
    app: Option<App<VirtualBoard, Serial, SharedFlash>>,
}

/// What the pen calls itself; the QEMU image says the same.
const MODEL: &str = "simulated reference pen";

impl Native {
    /// A processor that has not started yet.
    #[must_use]
    pub const fn new(socket: Socket) -> Self {
        Self { socket, app: None }
    }
}

impl Processor for Native {
    /// The application on what the flash holds; it does not come up on a flash too small for it.
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        let report = BoardReport {
            serial: self.socket.serial,
            model: MODEL,
            cause,
            image_ok: true,
            memory_ok: true,
            second_switch: self.socket.second_switch,
        };
        let board = VirtualBoard::new(Rc::clone(&self.socket.wires));
        let link = board.serial();
        let flash = self.socket.flash.clone();
        self.app = App::new(board, link, flash, &report, &[maker_key()]).ok();
        Ok(self.app.is_some())
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        let now = Instant::from_us(pen_us);
        if let Some(app) = &mut self.app {
            app.tick(now);
            app.poll(now);
        }
        Ok(())
    }

    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError> {
        match self.app.as_mut().map(|app| app.bench_spoil_limit(which)) {
            Some(Ok(())) => Ok(true),
            Some(Err(BenchRefusal::NothingInForce)) | None => Ok(false),
            Some(Err(refusal)) => Err(ProcessorError {
                step: "flip a bit of a limit",
                why: format!("{refusal:?}"),
            }),
        }
    }

    fn stop(&mut self) {
        self.app = None;
    }

    fn status(&self) -> Option<Status> {
        self.app.as_ref().map(|app| app.core().pen.status())
    }
}
