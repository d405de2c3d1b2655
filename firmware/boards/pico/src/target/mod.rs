//! The image itself: start-up, and what runs at which priority.

mod board;
mod bus;
mod crash;
mod dog;
mod hall;
mod host;
mod inputs;
mod newest;
mod outputs;
mod selftest;
mod storage;
mod tick;
mod time;
mod usb;

use cortex_m_rt::entry;
use defmt_rtt as _;
use embassy_executor::Executor;
use embassy_rp::flash::Flash;
use embassy_rp::interrupt::{self, InterruptExt, Priority};
use embassy_rp::{Peripherals, config};
use pen_app::board::BoardReport;
use pen_app::boot;
use pen_app::control::Control;
use pen_app::host::Host;
use pen_app::keeper::Keeper;
use pen_app::signed::PublicKey;
use pen_pico::convert::serial_number;
use pen_pico::header::Header;
use static_cell::StaticCell;

use board::PicoBoard;
use inputs::{Converter, Levels};
use storage::Storage;

defmt::timestamp!("{=u64:us}", time::now());

/// What the pen calls itself.
const MODEL: &str = "reference pen";

#[entry]
fn main() -> ! {
    static HEADER: StaticCell<Option<Header>> = StaticCell::new();
    let traces = crash::recall();
    let p = embassy_rp::init(config::Config::default());
    dog::start();
    crash::mark();
    lower_priorities();
    let cause = traces.cause();
    defmt::info!("start: {}", cause);
    let memory_ok = selftest::memory();
    let (header, verdict) = selftest::image();
    if let Err(defect) = verdict {
        defmt::error!("image: {}", defect);
    }
    defmt::info!(
        "memory works: {=bool}, image is whole: {=bool}",
        memory_ok,
        verdict.is_ok()
    );
    if header.as_ref().is_some_and(|header| header.development) {
        defmt::warn!("maker keys for development: this is no pen for people");
        dog::pause_when_halted();
    }
    // Keys of an image that is not whole prove nothing.
    let makers: &'static [PublicKey] = match (&*HEADER.init(header), verdict) {
        (Some(header), Ok(())) => header.keys(),
        _ => &[],
    };
    let report = |serial| BoardReport {
        serial,
        model: MODEL,
        cause,
        image_ok: verdict.is_ok(),
        memory_ok,
        second_switch: true,
    };
    run(p, makers, report)
}

/// Everything that only computes or waits for a slow part gives way to the control step.
fn lower_priorities() {
    for interrupt in [
        interrupt::TIMER_IRQ_0,
        interrupt::USBCTRL_IRQ,
        interrupt::I2C0_IRQ,
        interrupt::DMA_IRQ_0,
    ] {
        interrupt.set_priority(Priority::P3);
    }
}

fn run(p: Peripherals, makers: &'static [PublicKey], report: impl FnOnce(u64) -> BoardReport) -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    outputs::init(outputs::Pins {
        slice: p.PWM_SLICE1,
        forward: p.PIN_2,
        backward: p.PIN_3,
        enable: p.PIN_4,
        supply: p.PIN_22,
        tick: p.PIN_5,
    });
    outputs::init_stepper(p.PIN_18, p.PIN_19, p.PIN_20);
    inputs::init(Levels {
        trigger_closed: p.PIN_8,
        trigger_opened: p.PIN_9,
        next: p.PIN_10,
        ok: p.PIN_11,
        seat: p.PIN_12,
        home: p.PIN_21,
        vbus: p.PIN_24,
    });
    let converter = Converter::new(p.ADC, p.PIN_26, p.PIN_27, p.PIN_28, p.PIN_29);
    let mut storage = Storage::new(Flash::new_blocking(p.FLASH));
    let serial = storage.unique_id().ok().and_then(serial_number);
    // Without a number of its own a profile could be meant for any pen: it believes none, and stays
    // Locked.
    let makers = if serial.is_some() { makers } else { &[] };
    let serial = serial.unwrap_or(0);
    defmt::info!("serial {=u64:016X}", serial);
    let report = report(serial);
    let mut keeper = match Keeper::new(storage, serial) {
        Ok(keeper) => keeper,
        // The map is compared with the flash's size when this is compiled.
        Err(_) => panic!("the storage map does not fit the flash"),
    };
    let core = boot::start(&report, makers, &mut keeper);
    defmt::info!("storage: {}", keeper.state());
    let (link, queues, parts) = usb::init(p.USB, serial);
    let host = Host::new(link, keeper, &report);
    hall::start(p.PIN_6, p.PIN_7);
    bus::start(bus::Pins {
        controller: p.I2C0,
        sda: p.PIN_16,
        scl: p.PIN_17,
    });
    let shared = tick::start(Control::new(PicoBoard { converter }), core);
    let executor = EXECUTOR.init(Executor::new());
    executor.run(|spawner| {
        if let (Ok(usb), Ok(serve)) = (
            usb::run(parts),
            host::serve(host, shared, queues, makers, p.PIN_25),
        ) {
            spawner.spawn(usb);
            spawner.spawn(serve);
        }
    })
}
