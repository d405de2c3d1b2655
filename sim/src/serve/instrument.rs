//! A simulated gauge, tachometer or meter beside a served pen, on a pseudo-terminal of its own. What it says is
//! defined in `docs/gauges.md`.

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::path::PathBuf;
use std::str::FromStr;

use super::port::{Port, PortError};
use super::{Place, order};
use crate::pen::VirtualPen;
use crate::rng::Seed;

/// What it measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The protrusion at the mark of the ring.
    Gauge,
    /// Strokes a second.
    Tachometer,
    /// Mean current in the motor's lead.
    Meter,
}

/// How it speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaks {
    /// The project's own lines.
    #[default]
    G1,
    /// Opto RS232.
    Opto,
    /// Data of a Mitutoyo multiplexer.
    Mux10,
    /// A number and a unit.
    Plain,
}

impl FromStr for Speaks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "g1" => Ok(Self::G1),
            "opto" => Ok(Self::Opto),
            "mux10" => Ok(Self::Mux10),
            "plain" => Ok(Self::Plain),
            _ => Err(format!("`{text}` is none of g1, opto, mux10, plain")),
        }
    }
}

/// What can be wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its display stays where it is.
    Sticks,
    /// It counts the other way round.
    Sign,
    /// Its display is set to inches, or to turns per minute; a meter has no other unit, and stays.
    Unit,
    /// Its display shows a digit less.
    Coarse,
    /// It says that it moves, and does, by 40 um, half a percent, or 10 mA.
    Moving,
    /// It is beyond its range.
    Over,
    /// Its battery is low.
    Battery,
    /// It says nothing.
    Silent,
    /// Its lines break off in the middle.
    Cut,
}

impl Fault {
    /// All, by name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("sticks", Self::Sticks),
        ("sign", Self::Sign),
        ("unit", Self::Unit),
        ("coarse", Self::Coarse),
        ("moving", Self::Moving),
        ("over", Self::Over),
        ("battery", Self::Battery),
        ("silent", Self::Silent),
        ("cut", Self::Cut),
    ];
}

/// Where an instrument is and how it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentOptions {
    /// What it measures.
    pub kind: Kind,
    /// The symbolic link to its pseudo-terminal.
    pub path: PathBuf,
    /// How it speaks.
    pub speaks: Speaks,
    /// Most that a reading is off by chance. Unit: um; hundredths of a hertz of a tachometer; tenths of a milliampere
    /// of a meter.
    pub noise: u16,
}

/// How long the tachometer counts. Unit: us.
const GATE_US: u64 = 200_000;

/// Over how long the meter takes the mean. Unit: us.
const METER_US: u64 = 500_000;

/// What has come and is no line. A gauge hears short requests only.
const HEARD_MAX: usize = 64;

/// An instrument that serves.
#[derive(Debug)]
pub(super) struct Instrument {
    options: InstrumentOptions,
    port: Port,
    fault: Option<Fault>,
    noise: Seed,
    readings: u64,
    /// What the display showed when it began to stick.
    stuck: Option<f64>,
    heard: Vec<u8>,
    outbox: Vec<u8>,
    /// Time (us) and angle (rad) of late, oldest first, a little more than the gate.
    angles: VecDeque<(u64, f64)>,
    /// Time (us) and charge (mA ms) of late, oldest first, a little more than the meter's mean.
    charges: VecDeque<(u64, f64)>,
}

impl Instrument {
    pub(super) fn open(options: &InstrumentOptions, seed: u64) -> Result<Self, PortError> {
        let name = match options.kind {
            Kind::Gauge => "served gauge",
            Kind::Tachometer => "served tachometer",
            Kind::Meter => "served meter",
        };
        Ok(Self {
            options: options.clone(),
            port: Port::open(&Place::Terminal(options.path.clone()))?,
            fault: None,
            noise: Seed::new(seed).derive(name),
            readings: 0,
            stuck: None,
            heard: Vec::new(),
            outbox: Vec::new(),
            angles: VecDeque::new(),
            charges: VecDeque::new(),
        })
    }

    /// Where it can be reached.
    pub(super) fn name(&self) -> String {
        self.port.name()
    }

    /// Its word in an order.
    pub(super) const fn word(&self) -> &'static str {
        match self.options.kind {
            Kind::Gauge => "gauge",
            Kind::Tachometer => "tachometer",
            Kind::Meter => "meter",
        }
    }

    /// Carries out the rest of an order that begins with its word.
    ///
    /// # Errors
    /// It is none of its orders.
    pub(super) fn obey(
        &mut self,
        line: &str,
        words: &[&str],
        pen: &mut VirtualPen,
    ) -> Result<(), order::OrderError> {
        let fault = |name: &str| Fault::ALL.iter().find(|(it, _)| *it == name).map(|it| it.1);
        match words {
            ["send"] => self.send(None, pen),
            ["heal"] => (self.fault, self.stuck) = (None, None),
            ["fault", name] if fault(name).is_some() => {
                self.stuck = Some(self.measured(pen));
                self.fault = fault(name);
            }
            _ => {
                return Err(order::OrderError::Needs {
                    order: line.trim().to_owned(),
                    needs: "nothing, `send`, `heal`, or `fault` and one of sticks, sign, unit, coarse, \
                            moving, over, battery, silent, cut",
                });
            }
        }
        Ok(())
    }

    /// Looks at the pen and at who asks.
    pub(super) fn turn(&mut self, pen: &mut VirtualPen) {
        if self.options.kind == Kind::Meter {
            let now = pen.truth().time_us;
            self.charges.push_back((now, pen.charge_ma_ms()));
            while self
                .charges
                .get(1)
                .is_some_and(|(then, _)| now.saturating_sub(*then) >= METER_US)
            {
                self.charges.pop_front();
            }
        }
        if self.options.kind == Kind::Tachometer {
            let truth = pen.truth();
            self.angles.push_back((truth.time_us, truth.theta_rad));
            while self
                .angles
                .get(1)
                .is_some_and(|(then, _)| truth.time_us.saturating_sub(*then) >= GATE_US)
            {
                self.angles.pop_front();
            }
        }
        let mut inbox = Vec::new();
        self.port.receive(&mut inbox);
        for byte in inbox {
            if byte == b'\r' || byte == b'\n' {
                let line = std::mem::take(&mut self.heard);
                self.hear(&String::from_utf8_lossy(&line), pen);
            } else if self.heard.len() < HEARD_MAX {
                self.heard.push(byte);
            }
        }
        self.port.send(&mut self.outbox);
    }

    fn hear(&mut self, line: &str, pen: &mut VirtualPen) {
        let number = line
            .strip_prefix("G1 ")
            .and_then(|rest| rest.strip_suffix('?'))
            .and_then(|number| number.parse::<u8>().ok());
        match (self.options.speaks, number) {
            (Speaks::G1, Some(number)) => self.send(Some(number), pen),
            (Speaks::Opto, _) if line == "?" => self.send(None, pen),
            _ => {}
        }
    }

    /// What it would show without a fault. Unit: um, Hz or mA.
    fn measured(&mut self, pen: &VirtualPen) -> f64 {
        self.readings += 1;
        let chance = 2.0 * self.noise.uniform(0, self.readings) - 1.0;
        match self.options.kind {
            Kind::Gauge => pen.truth().depth_um + chance * f64::from(self.options.noise),
            Kind::Tachometer => self.rate_hz() + chance * f64::from(self.options.noise) * 0.01,
            Kind::Meter => self.current_ma() + chance * f64::from(self.options.noise) * 0.1,
        }
    }

    fn current_ma(&self) -> f64 {
        let (Some((then, from)), Some((now, to))) = (self.charges.front(), self.charges.back())
        else {
            return 0.0;
        };
        let us = u32::try_from(now.saturating_sub(*then)).unwrap_or(u32::MAX);
        if us == 0 {
            return 0.0;
        }
        1e3 * (to - from) / f64::from(us)
    }

    fn rate_hz(&self) -> f64 {
        let (Some((then, from)), Some((now, to))) = (self.angles.front(), self.angles.back())
        else {
            return 0.0;
        };
        let us = u32::try_from(now.saturating_sub(*then)).unwrap_or(u32::MAX);
        if us == 0 {
            return 0.0;
        }
        (to - from) / TAU / (f64::from(us) * 1e-6)
    }

    /// Whether the strokes were evenly fast, or the ring rests.
    fn is_still(&self, pen: &mut VirtualPen) -> bool {
        match self.options.kind {
            Kind::Gauge => return pen.hand().is_resting(),
            // A mean is what it shows.
            Kind::Meter => return true,
            Kind::Tachometer => {}
        }
        let middle = self.angles.get(self.angles.len() / 2).copied();
        let (Some((then, from)), Some((half, at)), Some((now, to))) =
            (self.angles.front(), middle, self.angles.back())
        else {
            return false;
        };
        let rate = |angle: f64, us: u64| angle / f64::from(u32::try_from(us.max(1)).unwrap_or(1));
        let early = rate(at - from, half - then);
        let late = rate(to - at, now - half);
        (early - late).abs() <= 0.005 * late.abs().max(early.abs())
    }

    /// Sends what the display shows: in answer to a request, or because its data key is pressed.
    fn send(&mut self, number: Option<u8>, pen: &mut VirtualPen) {
        let mut value = self.measured(pen);
        let mut is_still = self.is_still(pen);
        match self.fault {
            Some(Fault::Sticks) => value = self.stuck.unwrap_or(value),
            Some(Fault::Sign) => value = -value,
            Some(Fault::Moving) => {
                is_still = false;
                let way = if self.readings.is_multiple_of(2) {
                    1.0
                } else {
                    -1.0
                };
                value += way
                    * match self.options.kind {
                        Kind::Gauge => 20.0,
                        Kind::Tachometer => 0.0025 * value,
                        Kind::Meter => 5.0,
                    };
            }
            _ => {}
        }
        let line = match self.fault {
            Some(Fault::Silent) => return,
            Some(Fault::Over) => self.trouble(number, "over"),
            Some(Fault::Battery) => self.trouble(number, "battery"),
            _ => self.line(number, value, is_still),
        };
        if self.fault == Some(Fault::Cut) {
            let half = line.len() / 2;
            self.outbox.extend(line.bytes().take(half));
        } else {
            self.outbox.extend(line.bytes());
            self.outbox.extend(b"\r\n");
        }
    }

    /// Unit of the display, value in it, and decimals.
    fn display(&self, value: f64) -> (&'static str, f64, usize) {
        let is_other = self.fault == Some(Fault::Unit);
        let (unit, value, decimals) = match (self.options.kind, is_other) {
            (Kind::Gauge, false) => ("mm", value / 1_000.0, 3),
            (Kind::Gauge, true) => ("in", value / 25_400.0, 5),
            (Kind::Tachometer, false) => ("Hz", value, 2),
            (Kind::Tachometer, true) => ("rpm", value * 60.0, 1),
            (Kind::Meter, _) => ("mA", value, 1),
        };
        let decimals = if self.fault == Some(Fault::Coarse) {
            decimals - 1
        } else {
            decimals
        };
        (unit, value, decimals)
    }

    fn line(&self, number: Option<u8>, value: f64, is_still: bool) -> String {
        let (unit, value, decimals) = self.display(value);
        match self.options.speaks {
            Speaks::G1 => {
                let step = format!(
                    "{:.decimals$}",
                    0.1_f64.powi(i32::try_from(decimals).unwrap_or(0))
                );
                let state = if is_still { "S" } else { "M" };
                summed(&format!(
                    "G1 {} {value:+.decimals$} {unit} {step} {state}",
                    who(number)
                ))
            }
            Speaks::Opto => {
                let sign = if value < 0.0 { '-' } else { '+' };
                format!("{sign}{:08.decimals$}", value.abs())
            }
            Speaks::Mux10 => {
                let sign = if value < 0.0 { '-' } else { '+' };
                format!("01A{sign}{:08.decimals$}", value.abs())
            }
            Speaks::Plain => format!("{value:.decimals$} {unit}"),
        }
    }

    fn trouble(&self, number: Option<u8>, cause: &str) -> String {
        match (self.options.speaks, cause) {
            (Speaks::G1, _) => summed(&format!("G1 {} ! {cause}", who(number))),
            (Speaks::Opto, "over") => "ERR3".to_owned(),
            // Nothing is known of what the others say.
            _ => cause.to_uppercase(),
        }
    }
}

fn who(number: Option<u8>) -> String {
    number.map_or_else(|| "K".to_owned(), |number| number.to_string())
}

/// A line of the project's own protocol with its check sum.
fn summed(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("{body}*{sum:02X}")
}
