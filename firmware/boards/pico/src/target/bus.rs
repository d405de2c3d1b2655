//! The I2C bus: magnetic encoder, accelerometer and the cartridge's memory, polled one after the other
//! below the control step.
//!
//! Every transfer is asynchronous and bounded in time. The drivers that exist for this encoder and this
//! memory (`as5600`, `eeprom24x`) block until the bus has answered, which a bus that hangs never does,
//! so their few registers are read here; the accelerometer's driver (`lis3dh-async`) is asynchronous.
//! When a transfer runs out of time the bus is clocked free and set up anew; meanwhile every reading
//! ages, and the core treats an old one as none.

mod cartridge;
mod wire;

use embassy_executor::InterruptExecutor;
use embassy_rp::interrupt;
use embassy_rp::interrupt::{InterruptExt, Priority};
use embassy_time::{Duration, Instant, Timer};
use lis3dh_async::{Configuration, DataRate, Lis3dh, Mode, Range, SlaveAddr};
use pen_core::io::{Acceleration, Sample};
use pen_pico::devices;

use self::cartridge::Reader;
use self::wire::{Bus, Handle};
use super::inputs::age;
use super::newest::Newest;
use super::{dog, time};

pub(crate) use self::cartridge::{burn, tag, verify};
pub(crate) use self::wire::Pins;

/// Address of the magnetic encoder. Source: AS5600 datasheet, "0x36".
const ENCODER: u8 = 0x36;

/// Time from one round to the next; the encoder is read in every one.
///
/// - Source: as often as the control step, which compares the two depth channels: two readings in a row
///   that disagree (DEPTH-004) shall be two, and a ring that moves shall not look like a channel that errs
const ROUND: Duration = Duration::from_millis(1);

/// Rounds from one reading of the accelerometer to the next, with the cartridge's turn half way: 250 in
/// a second.
const MOTION_EVERY: u32 = 4;

/// Rounds after which an accelerometer that did not answer is set up again.
const MOTION_RETRY: u32 = 1_000;

/// Time without a new reading after which the accelerometer counts as one that does not answer: it
/// answers, but has forgotten its settings when its supply failed for a moment.
///
/// - Source: LIS3DH datasheet, "power-down mode" behind power-up; readings come every 2.5 ms
const MOTION_SILENCE: Duration = Duration::from_millis(100);

static EXECUTOR: InterruptExecutor = InterruptExecutor::new();
static DEPTH: Newest<Stamped<u16>> = Newest::new(Stamped::never(0));
static MOTION: Newest<Stamped<[i16; 3]>> = Newest::new(Stamped::never([0; 3]));

/// A value and when it was read.
#[derive(Clone, Copy, Debug)]
struct Stamped<T> {
    value: T,
    at: Option<u64>,
}

impl<T> Stamped<T> {
    const fn never(value: T) -> Self {
        Self { value, at: None }
    }

    fn now(value: T) -> Self {
        Self {
            value,
            at: Some(time::now()),
        }
    }
}

#[interrupt]
unsafe fn SWI_IRQ_1() {
    // SAFETY: this is the one handler of that interrupt, which is enabled by `start` alone.
    unsafe { EXECUTOR.on_interrupt() }
}

/// Starts to poll.
pub(crate) fn start(pins: Pins) {
    interrupt::SWI_IRQ_1.set_priority(Priority::P3);
    let spawner = EXECUTOR.start(interrupt::SWI_IRQ_1);
    if let Ok(task) = serve(pins) {
        spawner.spawn(task);
    }
}

/// The second depth channel.
pub(crate) fn depth() -> Sample {
    let newest = DEPTH.get();
    Sample {
        counts: newest.value,
        age: age(newest.at, time::now()),
    }
}

/// The pen's motion.
pub(crate) fn acceleration() -> Acceleration {
    let newest = MOTION.get();
    Acceleration {
        age: age(newest.at, time::now()),
        ..devices::acceleration(newest.value)
    }
}

#[embassy_executor::task]
async fn serve(mut pins: Pins) {
    loop {
        dog::bus_lives();
        pins.free().await;
        let bus = Bus::new(&mut pins);
        work(&bus).await;
        // Whatever was known of the cartridge came from a bus that hangs now.
        cartridge::forget();
        defmt::warn!("I2C bus hangs");
    }
}

/// Polls until the bus hangs.
async fn work(bus: &Bus<'_>) {
    let mut handle = Handle::new(bus);
    let mut motion = None;
    let mut reader = Reader::new();
    let mut due = Instant::now();
    let mut round = 0_u32;
    while !bus.hangs() {
        dog::bus_lives();
        poll_depth(&mut handle).await;
        if motion.is_none() && round.is_multiple_of(MOTION_RETRY) {
            motion = set_up_motion(bus).await;
        }
        match round % MOTION_EVERY {
            0 => motion = poll_motion(motion).await,
            2 => reader.step(&mut handle).await,
            _ => {}
        }
        round = round.wrapping_add(1);
        // Rounds that a flash operation has kept out are left out.
        due = (due + ROUND).max(Instant::now());
        Timer::at(due).await;
    }
}

async fn poll_depth(handle: &mut Handle<'_, '_>) {
    let mut answer = [0; 3];
    let asked = handle.ask(ENCODER, devices::ENCODER_REGISTER, &mut answer);
    if asked.await.is_ok()
        && let Some(counts) = devices::encoder_counts(answer)
    {
        DEPTH.set(Stamped::now(counts));
    }
}

/// The accelerometer, set up.
struct Motion<'b, 'd> {
    device: Lis3dh<lis3dh_async::Lis3dhI2C<Handle<'b, 'd>>>,
    /// When it had something new, or was set up.
    heard: Instant,
}

async fn set_up_motion<'b, 'd>(bus: &'b Bus<'d>) -> Option<Motion<'b, 'd>> {
    let configuration = Configuration {
        mode: Mode::HighResolution,
        datarate: DataRate::Hz_400,
        ..Configuration::default()
    };
    let handle = Handle::new(bus);
    let device = Lis3dh::new_i2c_with_config(handle, SlaveAddr::Default, configuration);
    let mut device = device.await.ok()?;
    device.set_range(Range::G8).await.ok()?;
    Some(Motion {
        device,
        heard: Instant::now(),
    })
}

/// Takes a reading that is new; one that is not only gets older, and in the end the device is let go.
async fn poll_motion<'b, 'd>(motion: Option<Motion<'b, 'd>>) -> Option<Motion<'b, 'd>> {
    let mut motion = motion?;
    if motion.device.is_data_ready().await.ok()? {
        let raw = motion.device.accel_raw().await.ok()?;
        MOTION.set(Stamped::now([raw.x, raw.y, raw.z]));
        motion.heard = Instant::now();
    }
    (motion.heard.elapsed() < MOTION_SILENCE).then_some(motion)
}
