mod current;
mod desks;
mod ended;
mod file;
mod gauged;
mod judged;
mod kept;
mod lies;
mod lost;
mod only;
mod part;
mod person;
mod resumed;
mod sent;
mod sent_where;
mod served;
mod sign_off;
#[cfg(feature = "sqlite")]
mod stops;
mod told;
mod undo;
mod verdicts;

use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::mode::Mode;
use pen_protocol::messages::Which;
use pen_sim::pen::Options;

use super::bench::{Asked, Bench, Instruments, Question, Reply};
use super::judge::Doubt;
use super::observer::{Phase, Reserved, Setting};
use super::script::Line;
use super::{Adjust, Decides, Progress, Settings, SimBench, calibrate};
use crate::client::{Client, Patience};
use crate::error::{Class, HostError};
use crate::link::sim::SimStage;
use crate::metrology::{Direction, Verdict};

fn pen(seed: u64, calibrated: bool) -> (SimStage, Client) {
    pen_at(seed, calibrated, 300.0)
}

/// A pen whose ring stands at this depth. Unit: um.
fn pen_at(seed: u64, calibrated: bool, depth_um: f64) -> (SimStage, Client) {
    let options = Options {
        seed,
        calibrated,
        depth_um,
        ..Options::default()
    };
    let stage = SimStage::in_memory(&options).unwrap();
    stage.pen(|pen| pen.hand().plug_cable(true));
    stage.run(1_000);
    let client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
    (stage, client)
}

fn settings() -> Settings {
    Settings {
        adjust: Adjust::Always,
        repeats: 2,
        ..Settings::default()
    }
}

#[test]
fn an_uncalibrated_pen_leaves_in_tolerance() {
    for seed in [1, 3, 8, 28] {
        let (stage, mut client) = pen(seed, false);
        let mut bench = SimBench::new(stage, seed, Decides::Yes);
        let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
        assert_eq!(outcome.as_left, Verdict::Pass, "seed {seed}");
        assert_eq!(outcome.generation, 1, "seed {seed}");
        let rate = outcome.report.as_left.rate.unwrap();
        for row in rate.rows {
            // The clock was up to 2 % off; what is left is the tachometer's own error.
            let left = row.deviation_percent.thousandths().abs();
            assert!(left < 250, "seed {seed}: {left} thousandths of a percent");
        }
        let left = outcome.report.as_left.depth;
        assert!(left.farthest().unwrap().deviation_um.thousandths().abs() < 20_000);
    }
}

#[test]
fn a_good_pen_is_left_alone() {
    let (stage, mut client) = pen(5, true);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
    assert_eq!(outcome.as_found, Verdict::Pass);
    assert!(outcome.report.adjustment.is_none());
    assert_eq!(outcome.generation, 1);
}

#[test]
fn what_was_not_measured_is_no_plain_pass() {
    // Inside the cartridge beyond the table: no depth, so the motor may not turn.
    let (stage, mut client) = pen_at(5, true, -150.0);
    assert_eq!(client.status().unwrap().depth, None);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
    assert!(outcome.report.as_left.rate.is_none());
    assert_eq!(outcome.as_left, Verdict::ConditionalPass);
    let notes = outcome.report.notes.join(" ");
    assert!(notes.contains("Rate was not measured"), "{notes}");
}

/// What happens when a question is about to be answered.
type Happens = Box<dyn FnMut(&str) -> Result<(), HostError>>;

/// A simulated technician to whom something happens before a question is answered.
struct Disturbed {
    bench: SimBench,
    /// How far beside the mark the ring is turned before the motor turns. Unit: um.
    off_um: i32,
    /// What the meter shows while the motor turns, nothing at rest, with a reason at hand; none for what flows.
    meter_ua: Option<i32>,
    /// The question of the meter at which the technician goes back, counted down; none for nobody who does.
    goes_back_at: Option<u32>,
    /// Is told the question.
    now: Happens,
}

impl Disturbed {
    /// A technician to whom this happens, and nothing else.
    fn by(bench: SimBench, now: impl FnMut(&str) -> Result<(), HostError> + 'static) -> Self {
        Self {
            bench,
            off_um: 0,
            meter_ua: None,
            goes_back_at: None,
            now: Box::new(now),
        }
    }
}

/// A technician who gives up at some question; at `mark`, one who turns the ring elsewhere.
fn gives_up(bench: SimBench, at: &'static str) -> Disturbed {
    let now = move |question: &str| {
        if question == at {
            Err(HostError::aborted("the calibration"))
        } else {
            Ok(())
        }
    };
    Disturbed {
        off_um: if at == "mark" { 200 } else { 0 },
        ..Disturbed::by(bench, now)
    }
}

impl Bench for Disturbed {
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError> {
        (self.now)("agree")?;
        self.bench.agree(script)
    }

    fn prepare(
        &mut self,
        client: &mut Client,
        settings: &Settings,
    ) -> Result<Vec<Reserved>, HostError> {
        (self.now)("prepare")?;
        self.bench.prepare(client, settings)
    }

    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError> {
        if holds {
            (self.now)("attend")?;
        }
        self.bench.attend(client, holds)
    }

    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        (self.now)("ring")?;
        self.bench.turn_ring(client, um, direction)
    }

    fn ready_to_run(
        &mut self,
        client: &mut Client,
        phase: Phase,
        um: i32,
    ) -> Result<(), HostError> {
        (self.now)("ready")?;
        self.bench.ready_to_run(client, phase, um + self.off_um)
    }

    fn gauge_um(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        (self.now)(match asked.place.phase {
            Phase::AsFound => "gauge",
            Phase::AsLeft => "left gauge",
        })?;
        self.bench.gauge_um(client, asked)
    }

    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        (self.now)("tachometer")?;
        self.bench.tachometer_mhz(client, asked)
    }

    fn meter_ua(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        (self.now)("meter")?;
        self.goes_back_at = self.goes_back_at.map(|left| left.saturating_sub(1));
        if self.goes_back_at.take_if(|left| *left == 0).is_some() {
            return Ok(Reply::Undo);
        }
        let Some(turning_ua) = self.meter_ua else {
            return self.bench.meter_ua(client, asked);
        };
        let is_resting = asked.place.setting == Setting::Current { hz: 0 };
        let value = if is_resting { 0 } else { turning_ua };
        Ok(Reply::Value {
            value,
            typed: value.to_string(),
            because: Some("read twice, it is so".to_owned()),
        })
    }

    fn doubted(
        &mut self,
        client: &mut Client,
        asked: &Asked,
        doubts: &[Doubt],
    ) -> Result<(), HostError> {
        self.bench.doubted(client, asked, doubts)
    }

    fn outlier(
        &mut self,
        client: &mut Client,
        key: &str,
        text: &str,
    ) -> Result<Option<String>, HostError> {
        self.bench.outlier(client, key, text)
    }

    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        (self.now)("commit")?;
        self.bench.decide(client, question)
    }

    fn instruments(&self) -> &Instruments {
        self.bench.instruments()
    }

    fn today(&self) -> u16 {
        self.bench.today()
    }
}

#[test]
fn whoever_gives_up_leaves_the_pen_as_it_was_and_at_rest() {
    for at in ["gauge", "tachometer", "commit"] {
        let (stage, mut client) = pen(5, true);
        let bench = SimBench::new(stage.clone(), 5, Decides::Yes);
        let mut bench = gives_up(bench, at);
        let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
        assert_eq!(error.class, Class::Aborted, "{at}");
        client.wait(Duration::from_millis(1_000));
        let status = client.status().unwrap();
        assert_eq!(status.mode, Mode::Locked, "{at}");
        assert_eq!((status.staged, status.generation), (None, 1), "{at}");
        let truth = stage.truth();
        assert!(
            !truth.powered && truth.rate_hz.abs() < 0.1,
            "{at}: {truth:?}"
        );
    }
}

#[test]
fn a_pen_that_nobody_holds_is_not_calibrated() {
    let (stage, mut client) = pen(5, true);
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    // The hand holds the button only while the bench says so; here somebody lets go at once.
    stage.pen(|pen| pen.inject("seat", "open", None)).unwrap();
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, Class::DeviceFault);
    assert!(error.fix.contains("dummy"), "{error}");
}

#[test]
fn current_and_new_are_shown_before_anything_is_committed() {
    let (stage, mut client) = pen(8, false);
    let mut bench = SimBench::new(stage, 8, Decides::Yes);
    let mut order = Vec::new();
    calibrate(
        &mut client,
        &mut bench,
        &settings(),
        &mut |progress| match progress {
            Progress::Proposed(changes) => {
                assert!(
                    changes
                        .iter()
                        .any(|change| change.name == "Clock correction")
                );
                order.push("proposed");
            }
            Progress::Committed(_) => order.push("committed"),
            Progress::Step(..)
            | Progress::Note(_)
            | Progress::Detail(_)
            | Progress::Measured(..) => {}
        },
    )
    .unwrap();
    assert_eq!(order, ["proposed", "committed"]);
}
