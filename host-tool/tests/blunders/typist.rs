//! Somebody at a simulated pen who turns its ring, looks at a gauge and types what it shows, and at one
//! reading blunders. Asked again, he looks again; what lasts he does three times, then he gives up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use pen_core::status::Status;
use pen_host::client::Client;
use pen_host::error::HostError;
use pen_host::link::sim::SimStage;
use pen_host::procedure::{Desk, Line, Wait};
use pen_sim::hand::Cartridge;
use pen_sim::rng::Seed;

use super::blunder::{Blunder, Kind, mistyped};

/// What he saw and did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary {
    /// What the instrument really showed at a place, the ring where it had to be. Unit: um, mHz or uA.
    pub(crate) truth: BTreeMap<String, i32>,
    /// Whether the blunder was done.
    pub(crate) blundered: bool,
    /// How often an answer was not taken.
    pub(crate) explained: usize,
}

pub(crate) struct Typist {
    stage: SimStage,
    noise: Seed,
    bias_um: f64,
    blunder: Option<Blunder>,
    diary: Rc<RefCell<Diary>>,
    /// Readings begun, by their key.
    begun: Vec<String>,
    last: String,
    tries: usize,
    looks: u64,
    /// Where the ring is, and whether it came from the shallow side.
    from: Option<(i32, bool)>,
    /// What the gauge showed last.
    shown: i32,
    /// Where it stuck.
    stuck: Option<i32>,
    /// What the meter showed last. Unit: tenths of a milliampere.
    metered: i32,
}

/// The ring's marks of the short set.
const MARKS: [i32; 8] = [-50, 250, 500, 1_000, 1_250, 1_500, 2_000, 2_400];

impl Typist {
    pub(crate) fn new(stage: SimStage, seed: u64, blunder: Option<Blunder>) -> Self {
        let noise = Seed::new(seed).derive("typist");
        Self {
            stage,
            bias_um: noise.gaussian(0, 0).clamp(-2.0, 2.0),
            noise,
            blunder,
            diary: Rc::default(),
            begun: Vec::new(),
            last: String::new(),
            tries: 0,
            looks: 0,
            from: None,
            shown: 0,
            stuck: None,
            metered: 0,
        }
    }

    pub(crate) fn diary(&self) -> Rc<RefCell<Diary>> {
        Rc::clone(&self.diary)
    }

    fn turn(&mut self, client: &mut Client, um: f64) -> Result<(), HostError> {
        self.stage.pen(|pen| pen.hand().turn_ring(um));
        for _ in 0..20 {
            client.wait_alive(core::time::Duration::from_millis(50))?;
            if self.stage.pen(|pen| pen.hand().is_resting()) {
                return Ok(());
            }
        }
        panic!("the hand did not arrive at {um} um");
    }

    fn turn_from(
        &mut self,
        client: &mut Client,
        um: i32,
        deepening: bool,
    ) -> Result<(), HostError> {
        let is_beyond = self
            .from
            .is_some_and(|(at, _)| if deepening { um < at } else { um > at });
        if is_beyond || self.from.is_none_or(|(_, last)| last != deepening) {
            self.turn(client, if deepening { -110.0 } else { 2_460.0 })?;
        }
        self.from = Some((um, deepening));
        self.turn(client, f64::from(um))
    }

    fn gauge(&mut self) -> i32 {
        self.looks += 1;
        let noise = 2.0 * self.noise.uniform(1, self.looks) - 1.0;
        nearest(self.stage.truth().depth_um + self.bias_um + noise)
    }

    /// What the tachometer shows, in hundredths of a hertz.
    fn tachometer(&mut self, client: &mut Client) -> Result<i32, HostError> {
        let before = self.stage.truth();
        client.wait_alive(core::time::Duration::from_millis(200))?;
        let after = self.stage.truth();
        let turns = (after.theta_rad - before.theta_rad) / std::f64::consts::TAU;
        let us = u32::try_from(after.time_us - before.time_us).expect("a short time");
        Ok(nearest(turns / (f64::from(us) * 1e-6) * 100.0))
    }

    /// The blunder, if this is its reading or it lasts and was not given up.
    fn now(&self, key: &str) -> Option<Blunder> {
        let number = self.begun.iter().position(|begun| begun == key)?;
        self.blunder.filter(|blunder| {
            if blunder.kind.lasts() {
                number >= blunder.at
            } else {
                number == blunder.at && !self.diary.borrow().blundered
            }
        })
    }

    /// Depth at a mark, with all that his hands do wrong.
    fn depth(&mut self, client: &mut Client, key: &str) -> Result<String, HostError> {
        let words: Vec<&str> = key.trim_start_matches("left ").split(' ').collect();
        let (um, deepening) = (
            words[1].parse::<i32>().expect("a setting"),
            words[2] == "deepening",
        );
        let blunder = self.now(key);
        let kind = blunder.map(|blunder| blunder.kind);
        let chance = blunder.map_or(0, |blunder| blunder.chance);
        let mark = MARKS.iter().position(|mark| *mark == um).unwrap_or(0);
        let before = self.shown;
        let stays = matches!(
            kind,
            Some(Kind::RingNotMoved | Kind::RingNeverMoved | Kind::SettingCopied)
        );
        let to = match kind {
            Some(Kind::NextMark) => MARKS[(mark + 1).min(7)],
            Some(Kind::MarkBefore) => MARKS[mark.saturating_sub(1)],
            Some(Kind::HalfWay) => (um + nearest(self.stage.truth().depth_um)) / 2,
            _ => um,
        };
        if !stays {
            self.turn_from(client, to, deepening)?;
        }
        let mut shown = self.gauge();
        // What it shows where the ring is, whatever is typed: a pair of that is a good reading.
        self.diary.borrow_mut().truth.insert(key.to_owned(), shown);
        match kind {
            Some(Kind::GaugeStuck) => shown = before,
            Some(Kind::GaugeStuckForEver) => shown = *self.stuck.get_or_insert(before),
            Some(Kind::GaugeBumped) => {
                let size = 40 + i32::try_from(chance % 41).expect("small");
                shown += if chance.is_multiple_of(2) {
                    size
                } else {
                    -size
                };
            }
            Some(Kind::LineSlipped) => {
                // He reads the line below: the next mark on his sheet.
                let next = if deepening {
                    MARKS[(mark + 1).min(7)]
                } else {
                    MARKS[mark.saturating_sub(1)]
                };
                shown += next - um;
            }
            Some(Kind::SettingCopied) => shown = um,
            _ => {}
        }
        self.shown = shown;
        if blunder.is_some() {
            self.diary.borrow_mut().blundered = true;
        }
        let right = shown.to_string();
        Ok(blunder.map_or_else(|| right.clone(), |it| mistyped(it.kind, &right, it.chance)))
    }

    fn rate(&mut self, client: &mut Client, key: &str) -> Result<String, HostError> {
        let hundredths = self.tachometer(client)?;
        self.diary
            .borrow_mut()
            .truth
            .insert(key.to_owned(), hundredths * 10);
        let right = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        let Some(blunder) = self.now(key) else {
            return Ok(right);
        };
        self.diary.borrow_mut().blundered = true;
        Ok(mistyped(blunder.kind, &right, blunder.chance))
    }

    /// The meter in the motor's lead, which shows the mean of half a second in tenths of a milliampere.
    fn current(&mut self, client: &mut Client, key: &str) -> Result<String, HostError> {
        let mut sum_a = 0.0;
        for _ in 0..500 {
            client.wait_alive(core::time::Duration::from_millis(1))?;
            sum_a += self.stage.truth().current_a;
        }
        let tenths = nearest(10.0 * 1_000.0 * sum_a / 500.0);
        self.diary
            .borrow_mut()
            .truth
            .insert(key.to_owned(), tenths * 100);
        let blunder = self.now(key);
        let is_stuck = blunder.is_some_and(|it| it.kind == Kind::GaugeStuck);
        let shown = if is_stuck { self.metered } else { tenths };
        self.metered = shown;
        let right = format!("{:.1}", f64::from(shown) / 10.0);
        let Some(blunder) = blunder else {
            return Ok(right);
        };
        self.diary.borrow_mut().blundered = true;
        Ok(mistyped(blunder.kind, &right, blunder.chance))
    }
}

fn nearest(value: f64) -> i32 {
    format!("{value:.0}").parse().expect("a whole number")
}

impl Desk for Typist {
    fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        let is_reading = ["depth ", "rate ", "current "]
            .iter()
            .any(|kind| key.contains(kind));
        if is_reading {
            if self.last == key {
                self.tries += 1;
            } else {
                key.clone_into(&mut self.last);
                self.tries = 1;
            }
            if !self.begun.iter().any(|begun| begun == key) {
                self.begun.push(key.to_owned());
            }
            if text.contains("Enter repeats") {
                return Ok(String::new());
            }
            if self.tries > 3 {
                return Err(HostError::aborted("the calibration"));
            }
            return if key.contains("depth ") {
                self.depth(client, key)
            } else if key.contains("rate ") {
                self.rate(client, key)
            } else {
                self.current(client, key)
            };
        }
        let answer = match key {
            "gauge U um" => "4",
            "gauge resolution um" => "1",
            "tachometer U ppm" => "300",
            "tachometer resolution Hz" => "0.01",
            "meter U mA" => "0.6",
            "meter resolution mA" => "0.1",
            "gauge due" | "tachometer due" | "meter due" => "2027-06-30",
            "temperature C" => "20.5",
            "dummy" => {
                self.stage
                    .pen(|pen| pen.hand().insert(Cartridge::dummy(200_000_001)));
                client.wait(core::time::Duration::from_millis(300));
                "y"
            }
            "attend" => {
                self.stage.pen(|pen| pen.hand().hold_ok(true));
                client.wait(core::time::Duration::from_millis(60));
                "y"
            }
            "ready to run" | "left ready to run" => {
                let words: Vec<&str> = text.split(' ').collect();
                let um = words[words
                    .iter()
                    .position(|word| *word == "to")
                    .expect("to a setting")
                    + 1];
                self.stage.pen(|pen| pen.hand().hold_ok(false));
                self.turn_from(client, um.parse().expect("a setting"), true)?;
                "y"
            }
            _ => "C-2026-1",
        };
        Ok(answer.to_owned())
    }

    fn wrong(&mut self, _: &str, _: &str, _: &str) -> Result<(), HostError> {
        self.diary.borrow_mut().explained += 1;
        Ok(())
    }

    fn is_person(&self) -> bool {
        true
    }

    fn agree(&mut self, _: &[Line], _: bool) -> Result<(), HostError> {
        Ok(())
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn watch(
        &mut self,
        _: &mut Client,
        _: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        // He turns the ring when he is asked for the gauge.
        Ok(())
    }
}
