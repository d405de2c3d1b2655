//! The link to the host: USB CDC-ACM behind two bounded queues, so that nobody ever waits for it.
//!
//! The class driver announces no AT commands: its interface protocol is 0, by which a modem manager
//! leaves the port alone. It does announce the request for the line's coding (capability bit 1), which
//! it answers.

use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts, pac};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use embassy_usb::class::cdc_acm::{CdcAcmClass, Receiver, Sender, State};
use embassy_usb::{Builder, Config, Handler, UsbDevice};
use embedded_io::{Read, ReadReady, Write, WriteReady};
use pen_pico::convert::serial_text;
use static_cell::StaticCell;

use super::inputs::Input;

bind_interrupts!(struct Irqs {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// USB vendor: pid.codes, the shared vendor of open hardware. As `penctl` looks for it.
const VENDOR: u16 = 0x1209;
/// USB product: the number that pid.codes keeps for tests.
const PRODUCT: u16 = 0x0001;

/// Bytes of a packet.
const PACKET: usize = 64;
/// Bytes that each direction holds: two of the longest frames.
const QUEUE: usize = 1_024;

/// How often the cable is looked after.
const LOOK: Duration = Duration::from_millis(20);

type Bytes = Pipe<NoopRawMutex, QUEUE>;
type Link = Driver<'static, USB>;

/// Both directions, and what is said about them.
pub(crate) struct Queues {
    from_host: Bytes,
    to_host: Bytes,
    /// Bytes have come from the host.
    pub(crate) arrived: Signal<NoopRawMutex, ()>,
    /// The host has gone.
    gone: Signal<NoopRawMutex, ()>,
}

impl Queues {
    fn clear(&self) {
        self.from_host.clear();
        self.to_host.clear();
        self.gone.signal(());
    }
}

/// The end of the queues at which the application sits.
pub(crate) struct Serial(&'static Queues);

impl core::fmt::Debug for Serial {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Serial").finish_non_exhaustive()
    }
}

/// Reading or writing without having asked whether it is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
pub(crate) enum SerialError {
    /// Nothing has arrived.
    Empty,
    /// There is no room.
    Full,
}

impl core::fmt::Display for SerialError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Empty => "nothing has arrived",
            Self::Full => "there is no room",
        })
    }
}

impl core::error::Error for SerialError {}

impl embedded_io::Error for SerialError {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::Other
    }
}

impl embedded_io::ErrorType for Serial {
    type Error = SerialError;
}

impl ReadReady for Serial {
    fn read_ready(&mut self) -> Result<bool, Self::Error> {
        Ok(!self.0.from_host.is_empty())
    }
}

impl Read for Serial {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Self::Error> {
        let read = self.0.from_host.try_read(bytes);
        read.map_err(|_| SerialError::Empty)
    }
}

impl WriteReady for Serial {
    fn write_ready(&mut self) -> Result<bool, Self::Error> {
        Ok(!self.0.to_host.is_full())
    }
}

impl Write for Serial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let written = self.0.to_host.try_write(bytes);
        written.map_err(|_| SerialError::Full)
    }

    /// The queue empties by itself.
    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// What was in the queues was meant for a host that is no longer there.
struct Unplugged(&'static Queues);

impl Handler for Unplugged {
    fn reset(&mut self) {
        self.0.clear();
    }

    fn configured(&mut self, configured: bool) {
        if !configured {
            self.0.clear();
        }
    }
}

/// Everything that the USB tasks need.
pub(crate) struct Parts {
    device: UsbDevice<'static, Link>,
    sender: Sender<'static, Link>,
    receiver: Receiver<'static, Link>,
    queues: &'static Queues,
}

/// Sets the device up; its tasks do the rest.
pub(crate) fn init(usb: Peri<'static, USB>, serial: u64) -> (Serial, &'static Queues, Parts) {
    static QUEUES: StaticCell<Queues> = StaticCell::new();
    static NAME: StaticCell<[u8; 16]> = StaticCell::new();
    static CONFIG: StaticCell<[u8; 128]> = StaticCell::new();
    static BOS: StaticCell<[u8; 16]> = StaticCell::new();
    static CONTROL: StaticCell<[u8; 64]> = StaticCell::new();
    static STATE: StaticCell<State<'static>> = StaticCell::new();
    static UNPLUGGED: StaticCell<Unplugged> = StaticCell::new();
    let queues: &'static Queues = QUEUES.init(Queues {
        from_host: Pipe::new(),
        to_host: Pipe::new(),
        arrived: Signal::new(),
        gone: Signal::new(),
    });
    let name: &'static [u8] = NAME.init(serial_text(serial));
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("open needling pen project");
    config.product = Some("Needling pen (Pico)");
    config.serial_number = core::str::from_utf8(name).ok();
    config.max_power = 100;
    let mut builder = Builder::new(
        Driver::new(usb, Irqs),
        config,
        CONFIG.init([0; 128]),
        BOS.init([0; 16]),
        &mut [],
        CONTROL.init([0; 64]),
    );
    let state = STATE.init(State::new());
    let packet = u16::try_from(PACKET).unwrap_or(0);
    let class = CdcAcmClass::new(&mut builder, state, packet);
    builder.handler(UNPLUGGED.init(Unplugged(queues)));
    let (sender, receiver) = class.split();
    let parts = Parts {
        device: builder.build(),
        sender,
        receiver,
        queues,
    };
    (Serial(queues), queues, parts)
}

/// Runs the device.
#[embassy_executor::task]
pub(crate) async fn run(parts: Parts) {
    let Parts {
        mut device,
        sender,
        receiver,
        queues,
    } = parts;
    let link = join(receive(receiver, queues), send(sender, queues));
    join(join(device.run(), link), watch_cable(queues)).await;
}

/// Bytes from the host; while the queue is full the host waits, nobody else does.
async fn receive(mut receiver: Receiver<'static, Link>, queues: &'static Queues) {
    let mut packet = [0; PACKET];
    loop {
        receiver.wait_connection().await;
        while let Ok(len) = receiver.read_packet(&mut packet).await {
            let bytes = packet.get(..len).unwrap_or(&[]);
            queues.from_host.write_all(bytes).await;
            queues.arrived.signal(());
        }
    }
}

/// Bytes to the host; what waits for one that has gone is thrown away.
async fn send(mut sender: Sender<'static, Link>, queues: &'static Queues) {
    let mut packet = [0; PACKET];
    loop {
        sender.wait_connection().await;
        queues.gone.reset();
        loop {
            let len = queues.to_host.read(&mut packet).await;
            let bytes = packet.get(..len).unwrap_or(&[]);
            let sent = select(sender.write_packet(bytes), queues.gone.wait()).await;
            if !matches!(sent, Either::First(Ok(()))) {
                break;
            }
            // A full packet says that more follows.
            let ends = len == PACKET && queues.to_host.is_empty();
            if ends && sender.write_packet(&[]).await.is_err() {
                break;
            }
        }
    }
}

/// Takes the pull-up away while no cable brings power: a device must not feed a host that is off.
async fn watch_cable(queues: &'static Queues) {
    let mut plugged = true;
    loop {
        let now = Input::VBUS.is_high_now();
        if now != plugged {
            plugged = now;
            critical_section::with(|_| {
                pac::USB.sie_ctrl().modify(|w| w.set_pullup_en(now));
            });
            if !now {
                queues.clear();
            }
            defmt::info!("cable: {=bool}", now);
        }
        Timer::after(LOOK).await;
    }
}
