//! A pen, its cable, its bench and its records, and something that ends a calibration at a chosen step.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pen_core::journal::ResetCause;
use pen_core::locks::Lock;
use pen_core::status::Status;
use pen_protocol::frame::Decoder;
use pen_protocol::messages::ToPen;
use pen_sim::pen::{Truth, VirtualPen};

use super::super::*;
use crate::clock::{self, Clock, Signal};
use crate::cmd::calibrate::Paper;
use crate::cmd::keep::settle;
use crate::link::Transport;
use crate::link::sim::{SimLink, Watcher};
use crate::procedure::{Event, Observer, Outcome, Points, Replay, calibrate_kept};
use crate::store::tests::Memory;
use crate::store::{Pen, Records, RunLog};
use crate::words;

const SEED: u64 = 5;

/// What ends a calibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Ctrl-C.
    Interrupt,
    /// The input ends: noticed at the next question.
    EndOfInput,
    Terminate,
    Kill,
    Unplug,
    Reset,
    /// No room for any record from this one on.
    StoreFull,
}

impl Stop {
    pub(super) const ALL: [Self; 7] = [
        Self::Interrupt,
        Self::EndOfInput,
        Self::Terminate,
        Self::Kill,
        Self::Unplug,
        Self::Reset,
        Self::StoreFull,
    ];

    /// Whether it can happen at a step: what is noticed only at a question or a record is tried there.
    pub(super) fn is_at(self, step: &Step) -> bool {
        match self {
            Self::EndOfInput => matches!(step, Step::Question(_)),
            Self::StoreFull => matches!(step, Step::Record),
            Self::Interrupt | Self::Terminate | Self::Kill | Self::Unplug | Self::Reset => true,
        }
    }
}

/// Something of a calibration before and after which it may end.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A request is about to be sent.
    Asked(ToPen),
    /// A request was sent, and its answer is not read yet.
    Sent(ToPen),
    /// A person or a file is about to answer.
    Question(String),
    /// Something is about to be recorded.
    Record,
}

impl Step {
    /// Whether it is more than one of many pictures, heartbeats and readings.
    pub(super) fn is_turning_point(&self) -> bool {
        match self {
            Self::Asked(request) | Self::Sent(request) => matches!(
                request,
                ToPen::Authorise(_)
                    | ToPen::EnterService
                    | ToPen::LeaveService
                    | ToPen::Run(_)
                    | ToPen::Stop
                    | ToPen::Stage(_)
                    | ToPen::Commit(_)
                    | ToPen::ReadCalibration(_)
                    | ToPen::SignOff(_)
            ),
            Self::Question(name) => !["ring", "gauge", "left gauge"].contains(&name.as_str()),
            Self::Record => false,
        }
    }
}

/// When the motor was seen to turn, or to be driven, last.
#[derive(Default)]
struct Motion {
    last_us: u64,
}

impl Watcher for Motion {
    fn truth(&mut self, truth: &Truth) {
        if truth.powered || truth.rate_hz.abs() > 0.5 {
            self.last_us = truth.time_us;
        }
    }

    fn tick(&mut self, _: &VirtualPen) {}
}

/// What a pen has in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InForce {
    pub(super) named: Option<(u32, u32)>,
    pub(super) is_unverified: bool,
}

impl InForce {
    /// As the records say it.
    pub(super) fn words(&self) -> String {
        match self.named {
            None => "no calibration".to_owned(),
            Some((generation, _)) if self.is_unverified => {
                format!("generation {generation}, unverified")
            }
            Some((generation, _)) => format!("generation {generation}, signed off"),
        }
    }
}

/// What came of a calibration, and what was acknowledged to be kept.
pub(super) struct Ended {
    pub(super) result: Result<Outcome, HostError>,
    pub(super) kept: Vec<Event>,
    pub(super) run: Option<i64>,
}

/// The pen that is calibrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Calibrated,
    /// Its ring is so far in that it tells no depth, and cannot turn its motor: its tables come into force
    /// first, then its clock.
    FarIn,
    New,
}

pub(super) struct World {
    pub(super) stage: SimStage,
    store: Memory,
    state: Rc<State>,
}

struct State {
    stage: SimStage,
    stop: Cell<Option<(Stop, usize)>>,
    count: Cell<usize>,
    /// Every step, while steps are counted.
    steps: RefCell<Option<Vec<Step>>>,
    struck_us: Cell<Option<u64>>,
    motion: Rc<RefCell<Motion>>,
    is_closed: Cell<bool>,
    is_killed: Cell<bool>,
    is_cut: Cell<bool>,
    is_full: Cell<bool>,
}

impl World {
    /// With nothing that ends it: every step is written down.
    pub(super) fn counting(whose: Whose) -> Self {
        let world = Self::new(whose);
        *world.state.steps.borrow_mut() = Some(Vec::new());
        world
    }

    pub(super) fn stopping(whose: Whose, stop: Stop, at: usize) -> Self {
        let world = Self::new(whose);
        world.state.stop.set(Some((stop, at)));
        world
    }

    fn new(whose: Whose) -> Self {
        let options = Options {
            seed: SEED,
            calibrated: whose != Whose::New,
            depth_um: if whose == Whose::FarIn { -150.0 } else { 300.0 },
            ..Options::default()
        };
        let stage = SimStage::in_memory(&options).unwrap();
        stage.pen(|pen| pen.hand().plug_cable(true));
        stage.run(1_000);
        let state = Rc::new(State {
            stage: stage.clone(),
            stop: Cell::new(None),
            count: Cell::new(0),
            steps: RefCell::new(None),
            struck_us: Cell::new(None),
            motion: Rc::default(),
            is_closed: Cell::new(false),
            is_killed: Cell::new(false),
            is_cut: Cell::new(false),
            is_full: Cell::new(false),
        });
        let asked = Rc::clone(&state);
        let store = Memory::new(Rc::new(move || {
            asked.step(|| Step::Record);
            asked.alive()?;
            if asked.is_full.get() {
                return Err(HostError::store_full("memory", "a test"));
            }
            Ok(())
        }));
        Self {
            stage,
            store,
            state,
        }
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.state.steps.take().unwrap()
    }

    pub(super) fn records(&self) -> Records {
        self.store.records()
    }

    pub(super) fn struck_us(&self) -> Option<u64> {
        self.state.struck_us.get()
    }

    /// When the motor turned last since it was stopped.
    pub(super) fn turned_us(&self) -> u64 {
        self.state.motion.borrow().last_us
    }

    /// All is well again: another program, a plugged cable, room in the store.
    pub(super) fn heal(&self) {
        let state = &self.state;
        clock::simulate(None);
        state.stop.set(None);
        for flag in [
            &state.is_closed,
            &state.is_killed,
            &state.is_cut,
            &state.is_full,
        ] {
            flag.set(false);
        }
        self.stage.watch(None);
        self.stage.pen(|pen| pen.hand().plug_cable(true));
        self.stage.run(500);
        // A port that is opened anew brings nothing old.
        let mut buffer = [0; 4_096];
        while self.stage.link().receive(&mut buffer, Duration::ZERO) != Ok(0) {}
    }

    /// What somebody finds who looks with another program.
    pub(super) fn look(&self) -> (InForce, Status) {
        let mut client = Client::connect(Box::new(self.stage.link()), Patience::default()).unwrap();
        let found = client.calibration(Which::Current).unwrap().found;
        let status = client.status().unwrap();
        let named = found.map(|it| (it.calibration.generation, it.digest));
        let is_unverified = named.is_some() && status.locks.has(Lock::Unverified);
        let in_force = InForce {
            named,
            is_unverified,
        };
        (in_force, status)
    }

    /// A calibration to its end, whatever that is, as the program does it.
    pub(super) fn calibrate(&self, resumes: Option<i64>) -> Ended {
        let mut kept = Vec::new();
        let mut run = None;
        let result = self.attempt(resumes, &mut kept, &mut run);
        Ended { result, kept, run }
    }

    fn attempt(
        &self,
        resumes: Option<i64>,
        kept: &mut Vec<Event>,
        run: &mut Option<i64>,
    ) -> Result<Outcome, HostError> {
        let link = Cable {
            link: self.stage.link(),
            to_pen: Decoder::new(),
            state: Rc::clone(&self.state),
        };
        let mut client = Client::connect(Box::new(link), Patience::default())?;
        let mut records = self.records();
        let pen = Pen {
            serial: words::serial(client.hello().serial),
            model: "a pen".to_owned(),
            firmware: "a firmware".to_owned(),
            simulated: true,
        };
        let replay = match resumes {
            Some(number) => Replay::of(&records.events_to_resume(number, &pen.serial)?),
            None => Replay::default(),
        };
        let mut log = RunLog::new(&mut records, pen, resumes)?;
        let state = Rc::clone(&self.state);
        let bench = SimBench::new(self.stage.clone(), SEED, Decides::Yes);
        let mut bench = Disturbed::by(bench, move |question| state.question(question));
        let settings = Settings {
            adjust: Adjust::Always,
            points: Points::Short,
            repeats: 2,
            ..Settings::default()
        };
        let outcome = {
            let mut keeper = Keeper {
                log: &mut log,
                kept,
            };
            let (client, keeper) = (&mut client, &mut keeper);
            calibrate_kept(client, &mut bench, &settings, &mut |_| {}, keeper, replay)
        };
        *run = log.number();
        let mut outcome = outcome?;
        settle(&mut log, &mut outcome, Paper::default(), &mut client)?;
        Ok(outcome)
    }
}

impl State {
    fn step(&self, step: impl FnOnce() -> Step) {
        let now = self.count.get();
        self.count.set(now + 1);
        if let Some(steps) = self.steps.borrow_mut().as_mut() {
            steps.push(step());
        }
        if let Some((stop, at)) = self.stop.get()
            && at == now
        {
            self.strike(stop);
        }
    }

    fn strike(&self, stop: Stop) {
        match stop {
            Stop::Interrupt => clock::simulate(Some(Signal::Interrupt)),
            Stop::Terminate => clock::simulate(Some(Signal::Terminate)),
            Stop::EndOfInput => self.is_closed.set(true),
            Stop::Kill => self.is_killed.set(true),
            Stop::Unplug => {
                self.is_cut.set(true);
                self.stage.pen(|pen| pen.hand().plug_cable(false));
            }
            Stop::Reset => self.stage.pen(|pen| pen.reboot(ResetCause::PowerOn)),
            Stop::StoreFull => self.is_full.set(true),
        }
        self.struck_us.set(Some(self.stage.truth().time_us));
        let motion: Rc<RefCell<dyn Watcher>> = self.motion.clone();
        self.stage.watch(Some(motion));
    }

    /// Nothing that a killed program would still have done gets anywhere.
    fn alive(&self) -> Result<(), HostError> {
        if self.is_killed.get() {
            return Err(HostError::internal("this program is no more"));
        }
        Ok(())
    }

    fn reach(&self) -> Result<(), HostError> {
        self.alive()?;
        if self.is_cut.get() {
            return Err(HostError::link_lost("sim", "unplugged"));
        }
        Ok(())
    }

    fn question(&self, name: &str) -> Result<(), HostError> {
        self.step(|| Step::Question(name.to_owned()));
        self.alive()?;
        if self.is_closed.get() {
            return Err(HostError::aborted("the calibration"));
        }
        Ok(())
    }
}

/// The link as the program sees it.
struct Cable {
    link: SimLink,
    to_pen: Decoder,
    state: Rc<State>,
}

impl Clock for Cable {
    fn now(&self) -> Duration {
        self.link.now()
    }

    fn wait(&mut self, span: Duration) {
        if !self.state.is_killed.get() {
            self.link.wait(span);
        }
    }
}

impl Transport for Cable {
    fn name(&self) -> String {
        self.link.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let mut request = None;
        for byte in bytes {
            if let Some(Ok(frame)) = self.to_pen.push(*byte) {
                request = Some(frame.message::<ToPen>().unwrap());
            }
        }
        let request = request.expect("a frame at a time");
        self.state.step(|| Step::Asked(request));
        self.state.reach()?;
        self.link.send(bytes)?;
        self.state.step(|| Step::Sent(request));
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        self.state.reach()?;
        self.link.receive(buffer, patience)
    }
}

/// Notes what the log has acknowledged.
struct Keeper<'a, 'b> {
    log: &'a mut RunLog<'b>,
    kept: &'a mut Vec<Event>,
}

impl Observer for Keeper<'_, '_> {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        self.log.event(event)?;
        self.kept.push(event.clone());
        Ok(())
    }
}
