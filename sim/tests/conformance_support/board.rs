//! The virtual board with a defect in front of each part.

use std::rc::Rc;

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::{self, NorFlash, ReadNorFlash};
use pen_app::board::{
    Accelerometer, Adc, AdcInput, ControlBoard, ControlParts, DepthActuator, Encoder, HostBoard,
    Tachometer, TagReader, Watchdog,
};
use pen_conformance::{Event, Level, Side};
use pen_core::io::{Acceleration, DepthCommand, Quadrant, Sample, Tacho, TagReading};
use pen_core::units::{Depth, Duration};
use pen_sim::board::{
    Actuator, Converter, DUTY_STEPS, DepthEncoder, Dog, HallTachometer, Input, MotionSensor, Part,
    Pwm, Reader, Serial, SerialError, VirtualBoard,
};
use pen_sim::flash::FlashError;

use super::{Mutation, Panel};

/// The board under test.
#[derive(Debug)]
pub(crate) struct Board(pub(crate) Rc<Panel>);

/// Whatever cannot be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken;

impl digital::Error for Broken {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl ControlBoard for Board {
    type Input = Pin;
    type Forward = Half;
    type Backward = Half;
    type Enable = Switch;
    type Supply = Switch;
    type Adc = Reading<Converter>;
    type Encoder = Reading<DepthEncoder>;
    type Accelerometer = Reading<MotionSensor>;
    type Tachometer = Reading<HallTachometer>;
    type TagReader = Reading<Reader>;
    type DepthActuator = Reading<Actuator>;
    type Watchdog = Reading<Dog>;

    fn parts(self) -> ControlParts<Self> {
        let panel = self.0;
        let parts = VirtualBoard::new(Rc::clone(&panel.wires)).parts();
        let pin = |level, input| Pin {
            panel: Rc::clone(&panel),
            level,
            input,
        };
        let half = |side, pwm| Half {
            panel: Rc::clone(&panel),
            side,
            pwm,
        };
        let (mut closed, mut opened) = (parts.trigger_closed, parts.trigger_opened);
        if panel.has(Mutation::SwappedContacts) {
            std::mem::swap(&mut closed, &mut opened);
        }
        let (mut forward, mut backward) = (parts.forward, parts.backward);
        if panel.has(Mutation::SwappedHalfBridges) {
            std::mem::swap(&mut forward, &mut backward);
        }
        let is_swapped = panel.has(Mutation::SwappedSwitches);
        let switch = |is_enable| Switch {
            panel: Rc::clone(&panel),
            is_enable,
        };
        ControlParts {
            trigger_closed: pin(Level::TriggerClosed, closed),
            trigger_opened: pin(Level::TriggerOpened, opened),
            next: pin(Level::Next, parts.next),
            ok: pin(Level::Ok, parts.ok),
            seat: pin(Level::Seat, parts.seat),
            vbus: pin(Level::Vbus, parts.vbus),
            forward: half(Side::Forward, forward),
            backward: half(Side::Backward, backward),
            enable: switch(!is_swapped),
            supply: switch(is_swapped),
            adc: Reading(Rc::clone(&panel), parts.adc),
            encoder: Reading(Rc::clone(&panel), parts.encoder),
            accelerometer: Reading(Rc::clone(&panel), parts.accelerometer),
            tachometer: Reading(Rc::clone(&panel), parts.tachometer),
            tag: Reading(Rc::clone(&panel), parts.tag),
            actuator: Reading(Rc::clone(&panel), parts.actuator),
            watchdog: Reading(Rc::clone(&panel), parts.watchdog),
        }
    }
}

impl HostBoard for Board {
    type Serial = Link;
    type Flash = Flash;
}

#[derive(Debug)]
pub(crate) struct Pin {
    panel: Rc<Panel>,
    level: Level,
    input: Input,
}

impl digital::ErrorType for Pin {
    type Error = Broken;
}

impl InputPin for Pin {
    fn is_high(&mut self) -> Result<bool, Broken> {
        let spoilt = self.panel.spoilt.borrow().contains(&self.level);
        if spoilt && !self.panel.has(Mutation::InventedLevel) {
            return Err(Broken);
        }
        let inverted = self.level == Level::Vbus && self.panel.has(Mutation::InvertedVbus);
        self.input
            .is_high()
            .map(|high| high != inverted)
            .map_err(|_| Broken)
    }

    fn is_low(&mut self) -> Result<bool, Broken> {
        self.is_high().map(|high| !high)
    }
}

#[derive(Debug)]
pub(crate) struct Half {
    panel: Rc<Panel>,
    side: Side,
    pwm: Pwm,
}

impl pwm::Error for Broken {
    fn kind(&self) -> pwm::ErrorKind {
        pwm::ErrorKind::Other
    }
}

impl pwm::ErrorType for Half {
    type Error = Broken;
}

impl SetDutyCycle for Half {
    fn max_duty_cycle(&self) -> u16 {
        if self.panel.has(Mutation::CoarseTimer) {
            255
        } else {
            DUTY_STEPS
        }
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Broken> {
        let duty = match self.panel.mutation {
            Some(Mutation::InvertedDuty) => DUTY_STEPS - duty,
            Some(Mutation::HalvedDuty) => duty / 2,
            Some(Mutation::CoarseTimer) => {
                u16::try_from(u32::from(duty) * u32::from(DUTY_STEPS) / 255).unwrap()
            }
            Some(Mutation::DutyEnables) if duty > 0 => {
                self.panel.wires.enable.set(true);
                duty
            }
            Some(Mutation::DutySupplies) if duty > 0 => {
                self.panel.wires.supply.set(true);
                duty
            }
            _ => duty,
        };
        let parts = u32::from(duty) * 10_000 / u32::from(DUTY_STEPS);
        let parts = u16::try_from(parts).unwrap();
        self.panel.note(Event::Duty(self.side, parts));
        if let Some(level) = self.panel.late_enable.take() {
            self.panel.note(Event::Enable(level));
        }
        if let Some(level) = self.panel.late_supply.take() {
            self.panel.note(Event::Supply(level));
        }
        if self.panel.has(Mutation::BothSides) {
            self.panel.wires.forward.set(duty);
            self.panel.wires.backward.set(duty);
        }
        self.pwm.set_duty_cycle(duty).map_err(|_| Broken)
    }
}

/// The enable path, or the second switch.
#[derive(Debug)]
pub(crate) struct Switch {
    panel: Rc<Panel>,
    is_enable: bool,
}

impl Switch {
    fn set(&self, level: bool) {
        if self.is_enable {
            self.enable(level);
        } else {
            self.supply(level);
        }
    }

    fn enable(&self, level: bool) {
        let panel = &self.panel;
        panel
            .wires
            .enable
            .set(level || panel.has(Mutation::EnableStuckHigh));
        if panel.has(Mutation::LateEnable) {
            panel.late_enable.set(Some(level));
        } else {
            panel.note(Event::Enable(level));
        }
    }

    fn supply(&self, level: bool) {
        let panel = &self.panel;
        panel.wires.supply.set(match panel.mutation {
            Some(Mutation::InvertedSupply) => !level,
            Some(Mutation::SupplyStuckClosed) => true,
            Some(Mutation::SupplyStuckOpen) => false,
            _ => level,
        });
        if panel.has(Mutation::LateSupply) {
            panel.late_supply.set(Some(level));
        } else {
            panel.note(Event::Supply(level));
        }
    }
}

impl digital::ErrorType for Switch {
    type Error = Broken;
}

impl OutputPin for Switch {
    fn set_low(&mut self) -> Result<(), Broken> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Broken> {
        self.set(true);
        Ok(())
    }
}

/// A part that is read or told in one call.
#[derive(Debug)]
pub(crate) struct Reading<P>(Rc<Panel>, P);

impl<P> Reading<P> {
    fn age(&self, age: Duration) -> Duration {
        match self.0.mutation {
            Some(Mutation::SlowConversions) => {
                Duration::from_us(age.as_us().saturating_add(20_000))
            }
            Some(Mutation::AlwaysFresh) => Duration::from_us(0),
            Some(Mutation::AgeComesRound) => Duration::from_us(age.as_us() % (1 << 20)),
            _ => age,
        }
    }

    fn spoil(&self, sample: Sample) -> Sample {
        let counts = if self.0.has(Mutation::TenBits) {
            sample.counts / 4
        } else {
            sample.counts
        };
        Sample {
            counts,
            age: self.age(sample.age),
        }
    }
}

impl Adc for Reading<Converter> {
    fn newest(&mut self, input: AdcInput) -> Sample {
        let input = match (self.0.mutation, input) {
            (Some(Mutation::SwappedInputs), AdcInput::Current) => AdcInput::Battery,
            (Some(Mutation::SwappedInputs), AdcInput::Battery) => AdcInput::Current,
            (Some(Mutation::GripReadsDepth), AdcInput::Grip) => AdcInput::DepthA,
            _ => input,
        };
        let sample = self.1.newest(input);
        let turned = self.0.has(Mutation::ReversedCurrent) && input == AdcInput::Current;
        self.spoil(if turned {
            Sample {
                counts: 4_096_u16.saturating_sub(sample.counts).min(4_095),
                ..sample
            }
        } else {
            sample
        })
    }
}

impl Encoder for Reading<DepthEncoder> {
    fn newest(&mut self) -> Sample {
        let sample = self.1.newest();
        self.spoil(sample)
    }
}

impl Accelerometer for Reading<MotionSensor> {
    fn newest(&mut self) -> Acceleration {
        let mut felt = self.1.newest();
        felt.age = self.age(felt.age);
        match self.0.mutation {
            Some(Mutation::SwappedAxes) => std::mem::swap(&mut felt.y_mg, &mut felt.z_mg),
            Some(Mutation::TwoGravities) => {
                felt.x_mg = felt.x_mg.clamp(-2_000, 2_000);
            }
            _ => {}
        }
        felt
    }
}

impl Tachometer for Reading<HallTachometer> {
    fn take(&mut self) -> Tacho {
        let before = self.0.wires.tacho.get();
        let mut tacho = self.1.take();
        match self.0.mutation {
            Some(Mutation::ReversedTachometer) => tacho.edges = -tacho.edges,
            Some(Mutation::PhantomEdges) => tacho.edges = tacho.edges.saturating_add(1),
            Some(Mutation::EdgesStay) => self.0.wires.tacho.set(before),
            Some(Mutation::EdgesWithoutSign) => tacho.edges = tacho.edges.abs(),
            Some(Mutation::EdgesWithoutAge) => tacho.edge_age = Duration::from_us(0),
            Some(Mutation::QuadrantOff) => {
                tacho.quadrant = match tacho.quadrant {
                    Quadrant::Retracted => Quadrant::Extending,
                    Quadrant::Extending => Quadrant::Extended,
                    Quadrant::Extended => Quadrant::Retracting,
                    Quadrant::Retracting => Quadrant::Retracted,
                }
            }
            _ => {}
        }
        tacho
    }
}

impl TagReader for Reading<Reader> {
    fn newest(&mut self) -> TagReading {
        let reading = self.1.newest();
        let gone = reading == TagReading::Absent && self.0.clock_us.get() > 0;
        if self.0.has(Mutation::TagStays) && gone {
            return TagReading::Unreadable;
        }
        reading
    }

    fn burn(&mut self, id: u64) {
        if !self.0.has(Mutation::BurnsNothing) {
            self.1.burn(id);
        }
    }
}

impl DepthActuator for Reading<Actuator> {
    fn follow(&mut self, command: DepthCommand) {
        let halves = self.0.has(Mutation::ActuatorHalves);
        let um = command.target.as_um() / if halves { 2 } else { 1 };
        self.1.follow(DepthCommand {
            target: Depth::from_um(um),
        });
    }
}

impl Watchdog for Reading<Dog> {
    fn feed(&mut self) {
        if !self.0.has(Mutation::NeverFed) {
            self.1.feed();
        }
    }
}

/// The link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) panel: Rc<Panel>,
    pub(crate) serial: Serial,
}

impl embedded_io::ErrorType for Link {
    type Error = SerialError;
}

impl ReadReady for Link {
    fn read_ready(&mut self) -> Result<bool, SerialError> {
        let dead = self.panel.has(Mutation::DiesOfFlood) && self.panel.overrun.get();
        Ok(!dead && self.serial.read_ready()?)
    }
}

impl Read for Link {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, SerialError> {
        if self.panel.has(Mutation::ReadWaits) && !bytes.is_empty() && !self.read_ready()? {
            self.panel.pass(5_000);
        }
        let len = self.serial.read(bytes)?;
        let seen = self.panel.bytes.get();
        self.panel.bytes.set(seen + u64::try_from(len).unwrap());
        if self.panel.has(Mutation::LosesBytes) && seen / 100 != self.panel.bytes.get() / 100 {
            bytes.copy_within(1.., 0);
            return Ok(len - 1);
        }
        Ok(len)
    }
}

impl WriteReady for Link {
    fn write_ready(&mut self) -> Result<bool, SerialError> {
        Ok(self.panel.has(Mutation::AcceptsAndLoses) || self.serial.write_ready()?)
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, SerialError> {
        let ready = self.serial.write_ready()?;
        if self.panel.has(Mutation::WriteWaits) && !ready {
            self.panel.pass(5_000);
        }
        match self.serial.write(bytes) {
            Err(SerialError::Full) if self.panel.has(Mutation::AcceptsAndLoses) => Ok(bytes.len()),
            other => other,
        }
    }

    fn flush(&mut self) -> Result<(), SerialError> {
        Ok(())
    }
}

/// The flash, with room for an image in front of storage.
#[derive(Debug)]
pub(crate) struct Flash {
    pub(crate) panel: Rc<Panel>,
    pub(crate) part: Part,
}

impl Flash {
    /// First byte of the last sector.
    fn last(&self) -> u32 {
        u32::try_from(self.part.capacity()).unwrap() - 4_096
    }
}

impl nor_flash::ErrorType for Flash {
    type Error = FlashError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = Part::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.part.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        let odd = self.panel.has(Mutation::OddCapacity);
        self.part.capacity() - usize::from(odd)
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = Part::WRITE_SIZE;
    const ERASE_SIZE: usize = Part::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        let busy = self.part.counters().busy_us;
        match self.panel.mutation {
            Some(Mutation::NoErase) => return Ok(()),
            Some(Mutation::SlowErase) => self.panel.pass(1_000_000),
            Some(Mutation::RoundsRanges) => {
                let (from, to) = (from / 4_096 * 4_096, to.next_multiple_of(4_096));
                return self.part.erase(from, to);
            }
            Some(Mutation::ErasesBefore) => self.part.erase(from - 4_096, from)?,
            _ => {}
        }
        let outcome = self.part.erase(from, to);
        self.panel.pass(self.part.counters().busy_us - busy);
        outcome
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        if self.panel.has(Mutation::ForgetsMark) && offset >= self.last() {
            return Ok(());
        }
        let busy = self.part.counters().busy_us;
        let outcome = self.part.write(offset, bytes);
        self.panel.pass(self.part.counters().busy_us - busy);
        outcome
    }
}
