//! This board's own wires, which the plant fills in a lock-step run, and its UART.

use core::cell::Cell;

use cortex_m::singleton;
use pen_app::board::{AdcInput, HostBoard};
use pen_conformance::{Analog, Bench, Level, Side, Subject, Torque, Unable, Verdict, run, run_one};
use pen_core::io::{Quadrant, Sample, TagReading};
use pen_core::units::Duration;
use pen_lockstep::DUTY_STEPS;
use pen_lockstep::readings::Readings;
use pen_mps2::board::Mps2;
use pen_mps2::serial::Serial;
use pen_mps2::uart;
use pen_mps2::wires::Wires;
use pen_template::loopback::flash::RamFlash;

use crate::machine;

/// The plant's end of the wires.
struct Plant {
    wires: &'static Wires,
    quadrant: Cell<Quadrant>,
    /// Time that the plant let pass. Unit: us
    waited_us: u64,
}

impl Plant {
    fn change(&self, work: impl FnOnce(&mut Readings)) {
        let mut readings = self.wires.readings.get();
        work(&mut readings);
        self.wires.readings.set(readings);
    }
}

/// A sample of the tick before.
const fn sample(counts: u16) -> Sample {
    Sample {
        counts,
        age: Duration::from_us(50),
    }
}

impl Bench for Plant {
    fn now_us(&mut self) -> u64 {
        self.waited_us + u64::from(machine::now_us())
    }

    /// Nothing happens by itself on these wires, so nobody has to wait for it.
    fn wait(&mut self, span: Duration) {
        self.waited_us += u64::from(span.as_us());
    }

    /// Wires show at once what is put on them.
    fn settling(&self) -> Duration {
        Duration::from_us(10)
    }

    fn set_level(&mut self, input: Level, is_high: bool) -> Result<(), Unable> {
        let contacts = &self.wires.contacts;
        let wire = match input {
            Level::TriggerClosed => &contacts.trigger_closed,
            Level::TriggerOpened => &contacts.trigger_opened,
            Level::Next => &contacts.next,
            Level::Ok => &contacts.ok,
            Level::Seat => &contacts.seat,
            Level::Vbus => &contacts.vbus,
        };
        wire.set(is_high);
        Ok(())
    }

    fn set_counts(&mut self, input: Analog, counts: u16) -> Result<(), Unable> {
        self.change(|readings| {
            *match input {
                Analog::Converter(AdcInput::DepthA) => &mut readings.depth_a,
                Analog::Converter(AdcInput::Current) => &mut readings.current,
                Analog::Converter(AdcInput::Battery) => &mut readings.battery,
                Analog::Converter(AdcInput::Grip) => &mut readings.grip,
                Analog::Encoder => &mut readings.depth_b,
            } = sample(counts);
        });
        Ok(())
    }

    fn accelerate(&mut self, [x_mg, y_mg, z_mg]: [i16; 3]) -> Result<(), Unable> {
        self.change(|readings| {
            let felt = &mut readings.acceleration;
            (felt.x_mg, felt.y_mg, felt.z_mg) = (x_mg, y_mg, z_mg);
        });
        Ok(())
    }

    fn duty(&mut self, side: Side) -> Result<u16, Unable> {
        let raw = match side {
            Side::Forward => self.wires.forward.get(),
            Side::Backward => self.wires.backward.get(),
        };
        let parts = u32::from(raw) * 10_000 / u32::from(DUTY_STEPS);
        u16::try_from(parts).map_err(|_| Unable("a duty beyond the full scale"))
    }

    fn enable(&mut self) -> Result<bool, Unable> {
        Ok(self.wires.enable.get())
    }

    fn supply(&mut self) -> Result<bool, Unable> {
        Ok(self.wires.supply.get())
    }

    /// As the plant's bridge decodes it.
    fn torque(&mut self) -> Result<Torque, Unable> {
        let (forward, backward) = (self.wires.forward.get(), self.wires.backward.get());
        Ok(match forward.cmp(&backward) {
            _ if !self.wires.enable.get() => Torque::Free,
            _ if !self.wires.supply.get() => Torque::Shorted,
            core::cmp::Ordering::Greater => Torque::Forward,
            core::cmp::Ordering::Less => Torque::Backward,
            core::cmp::Ordering::Equal => Torque::Shorted,
        })
    }

    fn turn_cam(&mut self, quarters: i8, interval: Duration) -> Result<(), Unable> {
        for _ in 0..quarters.unsigned_abs() {
            self.wait(interval);
            let next = match (self.quadrant.get(), quarters > 0) {
                (Quadrant::Retracted, true) | (Quadrant::Extended, false) => Quadrant::Extending,
                (Quadrant::Extending, true) | (Quadrant::Retracting, false) => Quadrant::Extended,
                (Quadrant::Extended, true) | (Quadrant::Retracted, false) => Quadrant::Retracting,
                (Quadrant::Retracting, true) | (Quadrant::Extending, false) => Quadrant::Retracted,
            };
            self.quadrant.set(next);
            self.change(|readings| {
                readings.tacho.edges += quarters.signum();
                readings.tacho.quadrant = next;
            });
        }
        Ok(())
    }

    fn quadrant(&mut self) -> Result<Quadrant, Unable> {
        Ok(self.quadrant.get())
    }

    fn present_tag(&mut self, reading: TagReading) -> Result<(), Unable> {
        self.change(|readings| readings.tag = reading);
        self.wires.burn.set(None);
        Ok(())
    }

    fn burnt(&mut self) -> Result<Option<u64>, Unable> {
        Ok(self.wires.burn.get())
    }

    fn actuator_um(&mut self) -> Result<i32, Unable> {
        // Nothing was told yet: it stands where it was switched on.
        Ok(self.wires.actuator_um.get().unwrap_or(0))
    }

    fn fed(&mut self) -> Result<u32, Unable> {
        Ok(self.wires.fed.get().into())
    }
}

/// Its own link, and a flash of this test: the board's lies with the plant.
struct Host;

impl HostBoard for Host {
    type Serial = Serial;
    type Flash = RamFlash;
}

fn subject(serial: fn(&'static Wires) -> Serial) -> (Subject<Mps2, Host>, Plant) {
    let wires: &'static Wires = singleton!(: Wires = Wires::default()).expect("made once");
    let flash = RamFlash::new(machine::spare(0, 1 << 20));
    let plant = Plant {
        wires,
        quadrant: Cell::new(Quadrant::Retracted),
        waited_us: 0,
    };
    (Subject::new(Mps2(wires), serial(wires), flash), plant)
}

/// What cannot be told on these wires: ages and edges are the plant's word, nothing can be cut, and
/// bytes travel with ticks.
const NOT_RUN: [&str; 18] = [
    "motor_turns_as_told",
    "torque_goes_before_it_comes",
    "starved_second_switch_opens",
    "cut_trigger_wire_is_never_held",
    "cut_wire_permits_nothing",
    "unreadable_level_says_so",
    "readings_are_fresh",
    "standing_conversions_grow_old",
    "standing_acceleration_grows_old",
    "edge_has_its_age",
    "tick_keeps_its_period",
    "starved_watchdog_opens_the_enable_path",
    "silent_link_never_waits",
    "link_reads_what_was_sent",
    "link_writes_what_it_accepted",
    "flooded_link_recovers",
    "flash_leaves_what_lies_before_storage",
    "flash_keeps_its_mark",
];

pub(crate) fn passes() {
    let (mut subject, mut plant) = subject(Serial::Carried);
    let mut failed = 0;
    run(&mut subject, &mut plant, |name, verdict| {
        if NOT_RUN.contains(&name) {
            return;
        }
        log::info!("{name}: {verdict}");
        failed += u32::from(!matches!(verdict, Verdict::Passed(_)));
    });
    assert_eq!(failed, 0);
}

pub(crate) fn uart_passes() {
    let (mut subject, mut plant) = subject(|_| Serial::Uart);
    uart::start();
    let verdict = run_one("silent_link_never_waits", &mut subject, &mut plant);
    if let Some(verdict) = &verdict {
        log::info!("{verdict}");
    }
    assert!(matches!(verdict, Some(Verdict::Passed(_))));
}
