//! A technician who is simulated, with a gauge and a tachometer that have errors of their own.

use std::time::Duration;

use pen_sim::hand::Cartridge;
use pen_sim::rng::Seed;

use super::Settings;
use super::bench::{Asked, Bench, Instruments, Question, Reply};
use super::desk::Desk;
use super::judge::Doubt;
use super::observer::{Phase, Place, Reserved};
use super::prompt::decided;
use super::script::{Asks, Line};
use crate::client::Client;
use crate::error::HostError;
use crate::link::sim::{SimStage, TODAY};
use crate::metrology::{BudgetInputs, CurrentInputs, Direction, RateInputs};
use crate::num::nearest;
use crate::report::{Fact, ReferenceInstrument};

/// Expanded uncertainty of the simulated gauge, k = 2. Unit: nm.
const GAUGE_U_NM: u32 = 4_000;

/// Expanded uncertainty of the simulated tachometer, k = 2. Unit: ppm.
const TACHO_U_PPM: u32 = 300;

/// Gate time of the tachometer. Unit: ms.
const GATE_MS: u64 = 200;

/// Expanded uncertainty of the simulated meter, k = 2, and the time over which it takes the mean. Unit: uA, ms.
const METER_U_UA: u32 = 600;
const METER_MS: u32 = 500;

/// Tag of the calibration dummy on this bench.
pub(crate) const DUMMY_ID: u64 = 200_000_001;

/// Where the ring starts before it is turned in a direction. Unit: um.
const FROM_INSIDE_UM: f64 = -110.0;
const FROM_OUTSIDE_UM: f64 = 2_460.0;

/// Somebody at a simulated bench. All errors come from the seed.
#[derive(Debug)]
pub struct SimBench {
    stage: SimStage,
    instruments: Instruments,
    noise: Seed,
    gauge_bias_um: f64,
    tacho_bias: f64,
    meter_bias_ua: f64,
    readings: u64,
    /// Where the ring is, and from which side it came.
    last: Option<(i32, Direction)>,
    decides: Decides,
    /// Where a reading was doubted last, and an outlier was told.
    doubted: Option<Place>,
    outlier: Option<String>,
}

/// Who answers the questions that only a person may decide.
pub enum Decides {
    /// Yes to all: the demo.
    Yes,
    /// A desk; the flag is `--yes`, which answers what the desk has no answer of its own to.
    Asked(Box<dyn Desk>, bool),
}

impl std::fmt::Debug for Decides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Yes => "Yes",
            Self::Asked(..) => "Asked",
        })
    }
}

/// Why a simulated technician keeps a reading that is shown twice.
const SEEN_AGAIN: &str = "the simulated instrument shows it again";

impl SimBench {
    /// A bench at this pen.
    #[must_use]
    pub fn new(stage: SimStage, seed: u64, decides: Decides) -> Self {
        let noise = Seed::new(seed).derive("host bench");
        // U is twice the standard deviation of the bias; beyond U nothing is drawn.
        let bias = |channel| noise.gaussian(channel, 0).clamp(-2.0, 2.0) / 2.0;
        Self {
            stage,
            instruments: instruments(seed),
            noise,
            gauge_bias_um: bias(0) * f64::from(GAUGE_U_NM) / 1_000.0,
            tacho_bias: bias(1) * f64::from(TACHO_U_PPM) * 1e-6,
            meter_bias_ua: bias(3) * f64::from(METER_U_UA),
            readings: 0,
            last: None,
            decides,
            doubted: None,
            outlier: None,
        }
    }

    fn turn_to(&mut self, client: &mut Client, um: f64) -> Result<(), HostError> {
        self.stage.pen(|pen| pen.hand().turn_ring(um));
        for _ in 0..20 {
            client.wait_alive(Duration::from_millis(50))?;
            if self.stage.pen(|pen| pen.hand().is_resting()) {
                return Ok(());
            }
        }
        Err(HostError::internal("the simulated hand did not arrive"))
    }
}

impl SimBench {
    /// A reading, with a reason if the same place was doubted just before.
    fn reply(&mut self, place: Place, value: i32) -> Reply {
        let again = self.doubted.take() == Some(place);
        Reply::Value {
            value,
            typed: value.to_string(),
            because: again.then(|| SEEN_AGAIN.to_owned()),
        }
    }
}

impl Bench for SimBench {
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError> {
        match &mut self.decides {
            Decides::Yes => Ok(()),
            Decides::Asked(desk, sure) => desk.agree(script, *sure),
        }
    }

    fn asks(&self) -> Asks {
        Asks::Decisions
    }

    fn prepare(
        &mut self,
        client: &mut Client,
        settings: &Settings,
    ) -> Result<Vec<Reserved>, HostError> {
        self.stage.pen(|pen| {
            let hand = pen.hand();
            hand.plug_cable(true);
            hand.insert(Cartridge::dummy(DUMMY_ID));
        });
        client.wait(Duration::from_millis(300));
        if settings.has_current() && self.instruments.current.is_none() {
            let meter = reference(
                "Meter in the motor's lead, 0.1 mA",
                "SIM-M1",
                "0.6 mA, k = 2",
            );
            self.instruments.references.push(meter);
            self.instruments.current = Some(CurrentInputs {
                reference_expanded_ua: METER_U_UA,
                reference_k_hundredths: 200,
                reference_dof: None,
                reference_resolution_ua: 100,
                pen_resolution_ua: 1_000,
            });
        }
        Ok(Vec::new())
    }

    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError> {
        self.stage.pen(|pen| pen.hand().hold_ok(holds));
        client.wait(Duration::from_millis(60));
        Ok(())
    }

    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        // From the wrong side the play of the ring would be in the reading.
        let is_beyond = self.last.is_some_and(|(at, _)| match direction {
            Direction::Deepening => um < at,
            Direction::Shallowing => um > at,
        });
        if is_beyond || self.last.is_none_or(|(_, last)| last != direction) {
            let start = match direction {
                Direction::Deepening => FROM_INSIDE_UM,
                Direction::Shallowing => FROM_OUTSIDE_UM,
            };
            self.turn_to(client, start)?;
        }
        self.last = Some((um, direction));
        self.turn_to(client, f64::from(um))
    }

    fn ready_to_run(&mut self, client: &mut Client, _: Phase, um: i32) -> Result<(), HostError> {
        self.turn_ring(client, um, Direction::Deepening)
    }

    fn gauge_um(&mut self, _: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.readings += 1;
        let noise_um = 2.0 * self.noise.uniform(2, self.readings) - 1.0;
        let shown = self.stage.truth().depth_um + self.gauge_bias_um + noise_um;
        Ok(self.reply(asked.place, nearest(shown)))
    }

    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        let before = self.stage.truth();
        client.wait_alive(Duration::from_millis(GATE_MS))?;
        let after = self.stage.truth();
        let turns = (after.theta_rad - before.theta_rad) / std::f64::consts::TAU;
        let us = u32::try_from(after.time_us.saturating_sub(before.time_us)).unwrap_or(u32::MAX);
        let hertz = turns / (f64::from(us) * 1e-6) * (1.0 + self.tacho_bias);
        // It shows hundredths of a hertz.
        let hundredths = nearest(hertz * 100.0);
        Ok(self.reply(asked.place, hundredths.saturating_abs().saturating_mul(10)))
    }

    fn meter_ua(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        let mut sum_a = 0.0;
        for _ in 0..METER_MS {
            client.wait_alive(Duration::from_millis(1))?;
            sum_a += self.stage.truth().current_a;
        }
        let shown_ua = 1e6 * sum_a / f64::from(METER_MS) + self.meter_bias_ua;
        // It shows tenths of a milliampere.
        Ok(self.reply(asked.place, nearest(shown_ua / 100.0).saturating_mul(100)))
    }

    fn doubted(
        &mut self,
        _: &mut Client,
        asked: &Asked,
        doubts: &[Doubt],
    ) -> Result<(), HostError> {
        if let Some(refused) = doubts.iter().find(|doubt| !doubt.may_be_kept) {
            return Err(HostError::fit_refused(refused.text.clone()));
        }
        self.doubted = Some(asked.place);
        Ok(())
    }

    fn outlier(&mut self, _: &mut Client, key: &str, _: &str) -> Result<Option<String>, HostError> {
        let again = self.outlier.replace(key.to_owned()).as_deref() == Some(key);
        Ok(again.then(|| SEEN_AGAIN.to_owned()))
    }

    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        match &mut self.decides {
            Decides::Yes => Ok(true),
            Decides::Asked(desk, sure) => decided(desk.as_mut(), *sure, client, question),
        }
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    fn today(&self) -> u16 {
        TODAY
    }
}

fn reference(name: &str, serial: &str, expanded: &str) -> ReferenceInstrument {
    ReferenceInstrument {
        name: name.to_owned(),
        serial: serial.to_owned(),
        expanded: expanded.to_owned(),
        certificate: "none: simulated".to_owned(),
        traceability: "none; its error is drawn from the seed, within U".to_owned(),
    }
}

fn instruments(seed: u64) -> Instruments {
    Instruments {
        references: vec![
            reference(
                "Depth gauge on a flat plate, 1 \u{b5}m",
                "SIM-G1",
                "4 \u{b5}m, k = 2",
            ),
            reference("Optical tachometer, 0.01 Hz", "SIM-T1", "0.03 %, k = 2"),
        ],
        depth: BudgetInputs {
            reference_expanded_nm: GAUGE_U_NM,
            reference_k_hundredths: 200,
            reference_dof: None,
            gauge_resolution_nm: 1_000,
            pen_resolution_nm: 1_000,
            seating_standard_nm: 8_000,
            temperature_halfwidth_mk: 2_000,
            drift_nm_per_k: 1_500,
        },
        rate: RateInputs {
            reference_expanded_ppm: TACHO_U_PPM,
            reference_k_hundredths: 200,
            reference_dof: None,
            reference_resolution_mhz: 10,
            pen_resolution_mhz: 1,
        },
        current: None,
        conditions: vec![
            Fact::new("Temperature", "20 \u{b0}C \u{b1} 2 K, assumed"),
            Fact::new("Cartridge", format!("calibration dummy {DUMMY_ID}")),
        ],
        simulated: Some(format!(
            "\u{26a0} Simulated pen, seed {seed} \u{2013} not a calibration of any real instrument."
        )),
    }
}

/// A pen in Service mode at a simulated bench, its motor at 50 Hz if it `turns`.
#[cfg(test)]
pub(crate) fn in_service(turns: bool) -> (SimStage, Client) {
    use pen_protocol::messages::ToPen;

    let stage = SimStage::new(5).expect("a stage");
    let patience = crate::client::Patience::default();
    let mut client = Client::connect(Box::new(stage.link()), patience).expect("a pen");
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let settings = Settings::default();
    bench.prepare(&mut client, &settings).expect("a dummy");
    bench.attend(&mut client, true).expect("a hand");
    let role = pen_core::request::Role::Technician;
    client.authorise(role).expect("a technician");
    client.demand(&ToPen::EnterService).expect("Service mode");
    bench.attend(&mut client, false).expect("a hand");
    if turns {
        let rate = pen_core::units::Rate::from_hz(50);
        client.run(rate).expect("a motor");
    }
    (stage, client)
}

#[cfg(test)]
mod tests;
