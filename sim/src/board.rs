//! The virtual board: the traits that a real board fills, over wires that the simulator holds.
//!
//! Pins, converters and queues are cells behind one [`Rc`]; reading one costs a load. Nothing here
//! decides anything: the simulator writes the input wires before a tick and reads the output wires
//! after it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::{self, NorFlash, ReadNorFlash};
use pen_app::board::{
    Accelerometer, Adc, AdcInput, ControlBoard, ControlParts, DepthActuator, Encoder, HostBoard,
    Tachometer, TagReader, Watchdog,
};
use pen_app::store::Layout;
use pen_core::io::{Acceleration, DepthCommand, Sample, Tacho, TagReading};

use crate::flash::{FlashError, NorFlashModel, SECTOR};

/// Steps of the PWM's duty: a 20 kHz period of an 80 MHz timer.
pub const DUTY_STEPS: u16 = 4_000;

/// Bytes that each direction of the serial link holds.
pub const QUEUE_BYTES: usize = 2_048;

/// Sectors of the flash: as many as storage needs, because no image has to fit in front of it.
pub const FLASH_SECTORS: usize = Layout::LEN as usize / SECTOR;

/// The flash part of the virtual board, programmable byte by byte.
pub type Part = NorFlashModel<1>;

/// Everything that runs between the board and the world.
#[derive(Debug, Default)]
pub struct Wires {
    /// Closing contact of the trigger.
    pub trigger_closed: Cell<bool>,
    /// Opening contact of the trigger.
    pub trigger_opened: Cell<bool>,
    /// Next button.
    pub next: Cell<bool>,
    /// Confirm button.
    pub ok: Cell<bool>,
    /// Seat switch.
    pub seat: Cell<bool>,
    /// Cable detector.
    pub vbus: Cell<bool>,
    /// Depth channel A.
    pub depth_a: Cell<Sample>,
    /// Depth channel B.
    pub depth_b: Cell<Sample>,
    /// Motor current.
    pub current: Cell<Sample>,
    /// Battery voltage.
    pub battery: Cell<Sample>,
    /// Temperature of the grip.
    pub grip: Cell<Sample>,
    /// How the pen is moved.
    pub acceleration: Cell<Acceleration>,
    /// Tachometer; taking it leaves the quadrant and no edges.
    pub tacho: Cell<Tacho>,
    /// The cartridge's tag.
    pub tag: Cell<TagReading>,
    /// Tag that the firmware wants marked as used.
    pub burn: Cell<Option<u64>>,
    /// Duty of the forward half bridge, of [`DUTY_STEPS`].
    pub forward: Cell<u16>,
    /// Duty of the backward half bridge, of [`DUTY_STEPS`].
    pub backward: Cell<u16>,
    /// Enable path of the bridge.
    pub enable: Cell<bool>,
    /// Second switch, in the bridge's supply; a pen without one has nothing there.
    pub supply: Cell<bool>,
    /// Where the actuator shall be (um).
    pub actuator_um: Cell<i32>,
    /// Times the watchdog was fed.
    pub fed: Cell<u64>,
    to_pen: RefCell<VecDeque<u8>>,
    to_host: RefCell<VecDeque<u8>>,
}

impl Wires {
    /// Outputs as hardware holds them in reset: no torque, nothing on the link.
    pub fn reset(&self) {
        self.forward.set(0);
        self.backward.set(0);
        self.enable.set(false);
        self.supply.set(false);
        self.burn.set(None);
        self.tacho.set(Tacho {
            edges: 0,
            ..self.tacho.get()
        });
        self.to_pen.borrow_mut().clear();
        self.to_host.borrow_mut().clear();
    }

    /// Offers bytes to the pen; returns how many found room.
    pub fn offer(&self, bytes: &[u8]) -> usize {
        put(&mut self.to_pen.borrow_mut(), bytes)
    }

    /// Bytes that the pen has not read yet.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.to_pen.borrow().len()
    }

    /// Copies bytes that the pen has not read yet, from the oldest on; they stay. Returns how many.
    pub fn peek(&self, into: &mut [u8]) -> usize {
        let queue = self.to_pen.borrow();
        for (slot, byte) in into.iter_mut().zip(queue.iter()) {
            *slot = *byte;
        }
        queue.len().min(into.len())
    }

    /// Bytes that the pen has written and nobody has heard yet.
    #[must_use]
    pub fn unheard(&self) -> usize {
        self.to_host.borrow().len()
    }

    /// Copies what the pen has written, but for the oldest `skip` bytes, to the end of `into`; it
    /// stays.
    pub fn overhear(&self, skip: usize, into: &mut Vec<u8>) {
        into.extend(self.to_host.borrow().iter().skip(skip));
    }

    /// Moves everything that the pen has written to the end of `into`.
    pub fn collect(&self, into: &mut Vec<u8>) {
        into.extend(self.to_host.borrow_mut().drain(..));
    }
}

/// Appends what fits; returns how much that was.
fn put(queue: &mut VecDeque<u8>, bytes: &[u8]) -> usize {
    let room = QUEUE_BYTES.saturating_sub(queue.len()).min(bytes.len());
    let (fits, _) = bytes.split_at(room);
    queue.extend(fits);
    room
}

/// The flash part; outlives the firmware's restarts.
#[derive(Clone, Debug)]
pub struct SharedFlash(Rc<RefCell<Part>>);

impl SharedFlash {
    /// An erased part.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(RefCell::new(Part::new(FLASH_SECTORS, seed))))
    }

    /// Looks at the part, or breaks it. Must not be nested.
    pub fn with<T>(&self, work: impl FnOnce(&mut Part) -> T) -> T {
        work(&mut self.0.borrow_mut())
    }
}

impl nor_flash::ErrorType for SharedFlash {
    type Error = FlashError;
}

impl ReadNorFlash for SharedFlash {
    const READ_SIZE: usize = Part::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.borrow_mut().read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity()
    }
}

impl NorFlash for SharedFlash {
    const WRITE_SIZE: usize = Part::WRITE_SIZE;
    const ERASE_SIZE: usize = Part::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.0.borrow_mut().erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.borrow_mut().write(offset, bytes)
    }
}

/// The board, before its parts are handed over.
#[derive(Clone, Debug)]
pub struct VirtualBoard(Rc<Wires>);

impl VirtualBoard {
    /// A board on these wires.
    #[must_use]
    pub const fn new(wires: Rc<Wires>) -> Self {
        Self(wires)
    }

    /// The board's end of the serial link.
    #[must_use]
    pub fn serial(&self) -> Serial {
        Serial(Rc::clone(&self.0))
    }

    fn input(&self, wire: fn(&Wires) -> &Cell<bool>) -> Input {
        Input {
            wires: Rc::clone(&self.0),
            wire,
        }
    }
}

impl ControlBoard for VirtualBoard {
    type Input = Input;
    type Forward = Pwm;
    type Backward = Pwm;
    type Enable = Switch;
    type Supply = Switch;
    type Adc = Converter;
    type Encoder = DepthEncoder;
    type Accelerometer = MotionSensor;
    type Tachometer = HallTachometer;
    type TagReader = Reader;
    type DepthActuator = Actuator;
    type Watchdog = Dog;

    fn parts(self) -> ControlParts<Self> {
        let wires = || Rc::clone(&self.0);
        ControlParts {
            trigger_closed: self.input(|wires| &wires.trigger_closed),
            trigger_opened: self.input(|wires| &wires.trigger_opened),
            next: self.input(|wires| &wires.next),
            ok: self.input(|wires| &wires.ok),
            seat: self.input(|wires| &wires.seat),
            vbus: self.input(|wires| &wires.vbus),
            forward: Pwm {
                wires: wires(),
                wire: |wires| &wires.forward,
            },
            backward: Pwm {
                wires: wires(),
                wire: |wires| &wires.backward,
            },
            enable: Switch {
                wires: wires(),
                wire: |wires| &wires.enable,
            },
            supply: Switch {
                wires: wires(),
                wire: |wires| &wires.supply,
            },
            adc: Converter(wires()),
            encoder: DepthEncoder(wires()),
            accelerometer: MotionSensor(wires()),
            tachometer: HallTachometer(wires()),
            tag: Reader(wires()),
            actuator: Actuator(wires()),
            watchdog: Dog(wires()),
        }
    }
}

impl HostBoard for VirtualBoard {
    type Serial = Serial;
    type Flash = SharedFlash;
}

/// A level input.
#[derive(Clone, Debug)]
pub struct Input {
    wires: Rc<Wires>,
    wire: fn(&Wires) -> &Cell<bool>,
}

impl digital::ErrorType for Input {
    type Error = Infallible;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Self::Error> {
        Ok((self.wire)(&self.wires).get())
    }

    fn is_low(&mut self) -> Result<bool, Self::Error> {
        self.is_high().map(|high| !high)
    }
}

/// A half bridge's duty.
#[derive(Clone, Debug)]
pub struct Pwm {
    wires: Rc<Wires>,
    wire: fn(&Wires) -> &Cell<u16>,
}

impl pwm::ErrorType for Pwm {
    type Error = Infallible;
}

impl SetDutyCycle for Pwm {
    fn max_duty_cycle(&self) -> u16 {
        DUTY_STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Self::Error> {
        (self.wire)(&self.wires).set(duty.min(DUTY_STEPS));
        Ok(())
    }
}

/// The bridge's enable path, or the second switch in its supply.
#[derive(Clone, Debug)]
pub struct Switch {
    wires: Rc<Wires>,
    wire: fn(&Wires) -> &Cell<bool>,
}

impl digital::ErrorType for Switch {
    type Error = Infallible;
}

impl OutputPin for Switch {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        (self.wire)(&self.wires).set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        (self.wire)(&self.wires).set(true);
        Ok(())
    }
}

/// The 12-bit converter.
#[derive(Clone, Debug)]
pub struct Converter(Rc<Wires>);

impl Adc for Converter {
    fn newest(&mut self, input: AdcInput) -> Sample {
        match input {
            AdcInput::DepthA => self.0.depth_a.get(),
            AdcInput::Current => self.0.current.get(),
            AdcInput::Battery => self.0.battery.get(),
            AdcInput::Grip => self.0.grip.get(),
        }
    }
}

/// The magnetic encoder of depth channel B.
#[derive(Clone, Debug)]
pub struct DepthEncoder(Rc<Wires>);

impl Encoder for DepthEncoder {
    fn newest(&mut self) -> Sample {
        self.0.depth_b.get()
    }
}

/// The accelerometer.
#[derive(Clone, Debug)]
pub struct MotionSensor(Rc<Wires>);

impl Accelerometer for MotionSensor {
    fn newest(&mut self) -> Acceleration {
        self.0.acceleration.get()
    }
}

/// The counter behind the two hall switches.
#[derive(Clone, Debug)]
pub struct HallTachometer(Rc<Wires>);

impl Tachometer for HallTachometer {
    fn take(&mut self) -> Tacho {
        let tacho = self.0.tacho.get();
        self.0.tacho.set(Tacho { edges: 0, ..tacho });
        tacho
    }
}

/// The tag reader.
#[derive(Clone, Debug)]
pub struct Reader(Rc<Wires>);

impl TagReader for Reader {
    fn newest(&mut self) -> TagReading {
        self.0.tag.get()
    }

    fn burn(&mut self, id: u64) {
        self.0.burn.set(Some(id));
    }
}

/// The driver of the lead screw's motor.
#[derive(Clone, Debug)]
pub struct Actuator(Rc<Wires>);

impl DepthActuator for Actuator {
    fn follow(&mut self, command: DepthCommand) {
        self.0.actuator_um.set(command.target.as_um());
    }
}

/// The watchdog.
#[derive(Clone, Debug)]
pub struct Dog(Rc<Wires>);

impl Watchdog for Dog {
    fn feed(&mut self) {
        self.0.fed.set(self.0.fed.get().wrapping_add(1));
    }
}

/// Reading or writing without having asked whether it is possible: a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Nothing to read. A board's driver would wait here.
    #[error("read without asking: nothing has arrived")]
    Empty,
    /// No room to write. A board's driver would wait here.
    #[error("write without asking: the queue is full")]
    Full,
}

impl embedded_io::Error for SerialError {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::Other
    }
}

/// The board's end of the serial link.
///
/// It keeps working without the cable, as an isolated or a wireless adapter would: so a treatment,
/// which the cable forbids, can be watched.
#[derive(Clone, Debug)]
pub struct Serial(Rc<Wires>);

impl embedded_io::ErrorType for Serial {
    type Error = SerialError;
}

impl ReadReady for Serial {
    fn read_ready(&mut self) -> Result<bool, Self::Error> {
        Ok(!self.0.to_pen.borrow().is_empty())
    }
}

impl Read for Serial {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Self::Error> {
        let mut queue = self.0.to_pen.borrow_mut();
        if queue.is_empty() && !bytes.is_empty() {
            return Err(SerialError::Empty);
        }
        let count = queue.len().min(bytes.len());
        for (slot, byte) in bytes.iter_mut().zip(queue.drain(..count)) {
            *slot = byte;
        }
        Ok(count)
    }
}

impl WriteReady for Serial {
    fn write_ready(&mut self) -> Result<bool, Self::Error> {
        Ok(self.0.to_host.borrow().len() < QUEUE_BYTES)
    }
}

impl Write for Serial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let count = put(&mut self.0.to_host.borrow_mut(), bytes);
        if count == 0 && !bytes.is_empty() {
            Err(SerialError::Full)
        } else {
            Ok(count)
        }
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use embedded_hal::digital::{InputPin, OutputPin};
    use embedded_hal::pwm::SetDutyCycle;
    use embedded_io::{Read, ReadReady, Write, WriteReady};
    use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
    use pen_app::board::{Accelerometer, Tachometer, Watchdog};
    use pen_app::board::{Adc, AdcInput, ControlBoard, DepthActuator, Encoder, TagReader};
    use pen_core::io::{Acceleration, DepthCommand, Quadrant, Sample, Tacho, TagReading};
    use pen_core::units::{Depth, Duration};

    use super::{DUTY_STEPS, QUEUE_BYTES, SerialError, SharedFlash, VirtualBoard, Wires};

    #[test]
    fn every_input_reads_its_own_wire() {
        let wires = Rc::new(Wires::default());
        let mut parts = VirtualBoard::new(Rc::clone(&wires)).parts();
        for k in 0..6 {
            let levels = [
                &wires.trigger_closed,
                &wires.trigger_opened,
                &wires.next,
                &wires.ok,
                &wires.seat,
                &wires.vbus,
            ];
            levels
                .iter()
                .zip(0..)
                .for_each(|(wire, place)| wire.set(place == k));
            let read = [
                parts.trigger_closed.is_high(),
                parts.trigger_opened.is_high(),
                parts.next.is_high(),
                parts.ok.is_high(),
                parts.seat.is_high(),
                parts.vbus.is_high(),
            ];
            assert!(
                read.iter()
                    .zip(0..)
                    .all(|(level, place)| *level == Ok(place == k))
            );
        }
    }

    #[test]
    fn converters_give_what_is_on_the_wires_with_its_age() {
        let wires = Rc::new(Wires::default());
        let mut parts = VirtualBoard::new(Rc::clone(&wires)).parts();
        let sample = |counts| Sample {
            counts,
            age: Duration::from_us(u32::from(counts)),
        };
        wires.depth_a.set(sample(1));
        wires.depth_b.set(sample(2));
        wires.current.set(sample(3));
        wires.battery.set(sample(4));
        wires.grip.set(sample(5));
        assert_eq!(parts.adc.newest(AdcInput::DepthA), sample(1));
        assert_eq!(parts.encoder.newest(), sample(2));
        assert_eq!(parts.adc.newest(AdcInput::Current), sample(3));
        assert_eq!(parts.adc.newest(AdcInput::Battery), sample(4));
        assert_eq!(parts.adc.newest(AdcInput::Grip), sample(5));
        let age = Duration::from_us(7);
        let fall = Acceleration {
            x_mg: 1,
            y_mg: -2,
            z_mg: 3,
            age,
        };
        wires.acceleration.set(fall);
        assert_eq!(parts.accelerometer.newest(), fall);
        wires.tacho.set(Tacho {
            edges: -3,
            edge_age: age,
            quadrant: Quadrant::Extended,
        });
        assert_eq!(parts.tachometer.take().edges, -3);
        assert_eq!(parts.tachometer.take().edges, 0);
        assert_eq!(parts.tachometer.take().quadrant, Quadrant::Extended);
        wires.tag.set(TagReading::Unreadable);
        assert_eq!(parts.tag.newest(), TagReading::Unreadable);
    }

    #[test]
    fn outputs_land_on_their_wires_and_a_reset_takes_the_torque() {
        let wires = Rc::new(Wires::default());
        let mut parts = VirtualBoard::new(Rc::clone(&wires)).parts();
        parts.forward.set_duty_cycle_fraction(1, 4).unwrap();
        parts.backward.set_duty_cycle_fully_on().unwrap();
        parts.enable.set_high().unwrap();
        assert!(!wires.supply.get());
        parts.supply.set_high().unwrap();
        parts.actuator.follow(DepthCommand {
            target: Depth::from_um(750),
        });
        parts.tag.burn(9);
        parts.watchdog.feed();
        assert_eq!(
            (wires.forward.get(), wires.backward.get()),
            (DUTY_STEPS / 4, DUTY_STEPS)
        );
        assert!(wires.enable.get() && wires.supply.get());
        assert_eq!((wires.actuator_um.get(), wires.burn.get()), (750, Some(9)));
        assert_eq!(wires.fed.get(), 1);
        wires.reset();
        assert_eq!((wires.forward.get(), wires.backward.get()), (0, 0));
        assert!(!wires.enable.get() && !wires.supply.get());
    }

    #[test]
    fn the_link_is_two_bounded_queues_that_never_wait() {
        let wires = Rc::new(Wires::default());
        let mut serial = VirtualBoard::new(Rc::clone(&wires)).serial();
        let mut buffer = [0; 4];
        assert_eq!(serial.read_ready(), Ok(false));
        assert_eq!(serial.read(&mut buffer), Err(SerialError::Empty));
        assert_eq!(wires.offer(&[1, 2, 3, 4, 5]), 5);
        assert_eq!(serial.read(&mut buffer), Ok(4));
        assert_eq!(buffer, [1, 2, 3, 4]);
        assert_eq!(wires.unread(), 1);
        assert_eq!(wires.offer(&[0; 2 * QUEUE_BYTES]), QUEUE_BYTES - 1);
        assert_eq!(serial.write(&[7; 2 * QUEUE_BYTES]), Ok(QUEUE_BYTES));
        assert_eq!(serial.write_ready(), Ok(false));
        assert_eq!(serial.write(&[7]), Err(SerialError::Full));
        assert_eq!(wires.unheard(), QUEUE_BYTES);
        let mut out = Vec::new();
        wires.overhear(QUEUE_BYTES - 3, &mut out);
        assert_eq!(out, [7; 3]);
        assert_eq!((wires.peek(&mut buffer), buffer), (4, [5, 0, 0, 0]));
        assert_eq!(wires.unread(), QUEUE_BYTES);
        out.clear();
        wires.collect(&mut out);
        assert_eq!(out, [7; QUEUE_BYTES]);
        assert_eq!(serial.write_ready(), Ok(true));
    }

    #[test]
    fn every_handle_of_the_flash_sees_the_same_part() {
        let mut flash = SharedFlash::new(1);
        let mut other = flash.clone();
        flash.write(16, &[0x5a]).unwrap();
        let mut byte = [0];
        other.read(16, &mut byte).unwrap();
        assert_eq!(byte, [0x5a]);
        assert_eq!(flash.with(|part| part.counters().programs), 1);
    }
}
