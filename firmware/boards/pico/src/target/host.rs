//! Link and storage in thread mode, the log, and the lamp.

use embassy_futures::select::select;
use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::PIN_25;
use embassy_time::{Duration, Timer};
use pen_app::host::Host;
use pen_app::shared::CoreAccess;
use pen_app::signed::PublicKey;
use pen_app::tag_record::TagVerifier;
use pen_core::fault::Fault;
use pen_core::io::TagReading;
use pen_core::mode::Mode;
use pen_core::units::Instant;

use super::storage::Storage;
use super::tick::SharedCore;
use super::usb::{Queues, Serial};
use super::{bus, dog, time};

/// Longest pause between two turns of the loop.
const PAUSE: Duration = Duration::from_micros(500);

/// Turns of the loop from one look at the pen to the next.
const LOOK: u8 = 40;

/// Serves the host and keeps the records.
#[embassy_executor::task]
pub(crate) async fn serve(
    mut host: Host<Serial, Storage>,
    mut core: SharedCore,
    queues: &'static Queues,
    makers: &'static [PublicKey],
    lamp: Peri<'static, PIN_25>,
) {
    let mut seen = Seen::new(Output::new(lamp, Level::Low));
    let mut verifier = TagVerifier::new();
    let mut turn = 0;
    loop {
        dog::thread_lives();
        host.poll(Instant::from_us(time::now()), &mut core);
        if turn == 0 {
            seen.look(&mut core);
            seen.cartridge(bus::verify(&mut verifier, makers));
            turn = LOOK;
        }
        turn -= 1;
        select(queues.arrived.wait(), Timer::after(PAUSE)).await;
    }
}

/// What was seen of the pen last.
struct Seen {
    lamp: Output<'static>,
    mode: Option<Mode>,
    fault: Option<Fault>,
    motor: bool,
    tag: TagReading,
    looks: u8,
}

impl Seen {
    const fn new(lamp: Output<'static>) -> Self {
        Self {
            lamp,
            mode: None,
            fault: None,
            motor: false,
            tag: TagReading::Absent,
            looks: 0,
        }
    }

    fn look(&mut self, core: &mut SharedCore) {
        let (status, failure) = core.with(|core| (core.pen.status(), core.motor_failure()));
        if self.mode != Some(status.mode) {
            self.mode = Some(status.mode);
            defmt::info!("mode: {}, locks: {}", status.mode, status.locks);
        }
        let fault = status.fault.map(|trip| trip.fault);
        if self.fault != fault {
            self.fault = fault;
            if let Some(trip) = status.fault {
                defmt::warn!("trip: {}", trip);
            }
        }
        if let Some(failure) = failure
            && !self.motor
        {
            self.motor = true;
            defmt::error!("output stage: {}", failure);
        }
        self.show(status.mode);
    }

    fn cartridge(&mut self, reading: TagReading) {
        if self.tag != reading {
            self.tag = reading;
            defmt::info!("cartridge: {}", reading);
        }
    }

    /// Steady when it is ready or runs, five blinks a second for a fault, one for all else.
    fn show(&mut self, mode: Mode) {
        self.looks = self.looks.wrapping_add(1);
        let half = match mode {
            Mode::Ready | Mode::Treating | Mode::ServiceRunning => 0,
            Mode::FaultReaction | Mode::Faulted => 5,
            Mode::Boot | Mode::Locked | Mode::Standby | Mode::Stopping | Mode::Service => 25,
        };
        let on = half == 0 || (self.looks / half).is_multiple_of(2);
        self.lamp
            .set_level(if on { Level::High } else { Level::Low });
    }
}
