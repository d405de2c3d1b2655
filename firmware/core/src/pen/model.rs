//! Every state that the rooms which change together can come to, whatever the world around them does.
//!
//! The rooms are the real ones: machine, latch and account, with what they carry along of hands, seat,
//! dead-man and records. So is what moves them: `decide`, `admission`, `start` and everything in
//! `carry.rs`. The model chooses what the rest would tell them, without a rule of its own, so it can do
//! more than any pen: a trip of any fault in any mode, any answer of the senses at any question.
//!
//! Readings, timers and counters are as few values as the rules can tell apart (`rooms.rs`). So the space
//! is closed, and the checker ends when it has seen all of it. The steps of a tick are steps of their own
//! here, in any order; a real tick is one such order.
//!
//! A reset finds the ledger that storage was last asked to keep. That it finds an older one adds no
//! state: the older one was the newest when the pen was in an earlier state, which had a reset, too. What it
//! could lose is ruled out where it would begin: what must survive never changes without a new request
//! to storage, and nothing starts before storage has kept it.

mod asks;
mod cover;
mod decisions;
mod defects;
mod likeness;
mod properties;
mod rooms;
mod rules;
mod tests;
mod walk;
mod world;

use stateright::{Model, Property};

use super::Pen;
use crate::admission;
use crate::decide::Decision;
use crate::fault::{Fault, Trip};
use crate::journal::Record;
use crate::mode::{Event, Mode};
use crate::request::{Refusal, Request, Role};
use crate::units::Duration;
use asks::ROLES;
use cover::Cover;
use defects::Defect;
use rooms::{Granted, Loaded, Near, Rooms, Zone};
use rules::{Marks, Tried, Wrong};
use std::cell::Cell;
use walk::Walked;
use world::{DIGEST, FINE, Facts, Hand, Sense, World};

thread_local! {
    /// An event that led nowhere after rooms had changed for it.
    static UNLED: Cell<Option<Event>> = const { Cell::new(None) };
}

/// The mode table refused this event, or it led to the mode that was.
pub(super) fn led_nowhere(event: Event) {
    UNLED.set(UNLED.get().or(Some(event)));
}

/// A control tick.
const TICK: Duration = Duration::from_ms(1);

/// A place in one of the lists of [`World`].
type Place = usize;

/// One step of the pen or of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// The mode's decision, asked in this world.
    Tick(Decision, Place),
    /// The next zone is chosen, of which this is left.
    Next(Zone),
    /// A monitor trips.
    Trip(Fault),
    /// The drive has come to its end. One that ends with needles left out trips SensorInvalid instead.
    Halted(Near),
    /// Time passes, with these budgets about to be used up and these hands.
    Pass(Duration, Near, Hand),
    /// The mode in force counts a stroke.
    Work(Near),
    /// Storage has kept the ledger.
    Keep,
    /// The trigger was seen released for long enough.
    Release,
    /// Somebody asks: with nothing amiss, or with something.
    Ask(Role, Place),
    AskAmiss(Role, Place),
    /// Storage has kept what it was told to keep, or something else.
    Stored(Granted),
    /// Power goes and comes back.
    Reset(Near),
    /// A request was refused, and changed something all the same.
    RefusedBadly,
}

/// A state of the checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    rooms: Rooms,
    /// The rule that the step to this state broke.
    wrong: Option<Wrong>,
}

/// The pen's rooms in a world that does what it likes.
#[derive(Debug)]
struct PenModel {
    world: World,
    cover: Cover,
    walked: Walked,
    /// What is wrong with the pen, to see whether the model notices.
    defect: Option<Defect>,
}

impl PenModel {
    fn new(defect: Option<Defect>) -> Self {
        Self {
            world: World::new(),
            cover: Cover::default(),
            walked: Walked::default(),
            defect,
        }
    }

    /// What the world is in this step.
    fn facts(&self, action: Action) -> Facts {
        let world = &self.world;
        match action {
            Action::Tick(Decision::Arm, place) => world.arms[place],
            Action::Tick(Decision::Start, place) => world.starts[place],
            Action::Tick(Decision::Acknowledge, place) => world.acknowledges[place],
            Action::Tick(Decision::CheckZero, place) => world.zeros[place],
            Action::Ask(_, place) => world.asked[place].1,
            Action::AskAmiss(_, place) => world.amiss[place].1,
            Action::Pass(_, _, hand) => Facts { hand, ..FINE },
            Action::Work(_) => Facts {
                sense: Sense::Turns,
                ..FINE
            },
            // The longest pause there is: what ends it is seen.
            Action::Halted(_) => Facts {
                seated: world::Seated::OwnPaused,
                ..FINE
            },
            Action::Tick(..)
            | Action::Next(_)
            | Action::Trip(_)
            | Action::Keep
            | Action::Release
            | Action::Stored(_)
            | Action::Reset(_)
            | Action::RefusedBadly => FINE,
        }
    }

    fn request(&self, action: Action) -> Option<(Role, Request)> {
        match action {
            Action::Ask(role, place) => Some((role, self.world.asked[place].0)),
            Action::AskAmiss(role, place) => Some((role, self.world.amiss[place].0)),
            _ => None,
        }
    }

    /// One step of the real pen; the rule it broke.
    fn step(&self, from: &Rooms, action: Action) -> State {
        if action == Action::RefusedBadly {
            return State {
                rooms: *from,
                wrong: Some(Wrong::RefusalChanged),
            };
        }
        let (near, next) = match action {
            Action::Pass(_, near, _)
            | Action::Work(near)
            | Action::Halted(near)
            | Action::Reset(near) => (near, Zone::Left),
            Action::Next(next) => (Near::NOTHING, next),
            _ => (Near::NOTHING, Zone::Left),
        };
        let facts = self.facts(action);
        let mut pen = from.put(&self.world, &facts, near, next);
        let before = Marks::of(&pen);
        let spared = self.defect.map(|defect| (defect, pen.clone()));
        UNLED.set(None);
        self.act(&mut pen, action);
        if let Some((defect, spared)) = spared {
            defect.spoil(action, &spared, &mut pen);
        }
        let refused = self.refused(&mut pen);
        let after = Marks::of(&pen);
        let rooms = Rooms::take(&pen);
        let tried = Tried {
            action,
            request: self.request(action),
            from,
            to: &rooms,
            before: &before,
            after: &after,
            unled: UNLED.take(),
        };
        let badly = refused && !before.is_same(&after);
        State {
            rooms,
            wrong: tried.judge().or(badly.then_some(Wrong::RefusalChanged)),
        }
    }

    fn act(&self, pen: &mut Pen, action: Action) {
        match action {
            Action::Tick(decision, _) => {
                if let Decision::Stop(cause) = decision {
                    self.cover.stopped(cause);
                }
                pen.carry_out(decision);
                pen.hands.stop_is_answered();
            }
            Action::Next(_) => pen.carry_out(Decision::NextZone),
            Action::Trip(fault) => pen.trip(tripped(fault)),
            Action::Halted(_) => pen.halted(),
            Action::Pass(dt, _, _) => pen.pass_time(dt),
            Action::Work(_) => pen.work(TICK),
            Action::Keep => pen.account.stored(pen.account.wanted()),
            Action::Release => pen.hands.release_seen = true,
            Action::Ask(..) | Action::AskAmiss(..) => {
                if let Some((role, request)) = self.request(action) {
                    let _ = pen.request(role, request);
                }
            }
            Action::Stored(Granted::SignedOff) => {
                let _ = pen.sign_off_stored();
            }
            Action::Stored(which) => {
                let (calibration, digest) = if which == Granted::Staged {
                    (self.world.staged, DIGEST)
                } else {
                    (self.world.reverted, DIGEST + 1)
                };
                let _ = pen.calibration_stored(calibration, digest);
            }
            Action::Reset(_) => {
                let mut boot = self.world.boot;
                boot.ledger = Some(pen.ledger());
                *pen = Pen::new(&boot);
            }
            Action::RefusedBadly => {}
        }
    }

    /// Whether the pen refused something in this step; what, is noted.
    fn refused(&self, pen: &mut Pen) -> bool {
        let mut refused = false;
        while let Some(entry) = pen.take_record() {
            if let Record::Refused { why, .. } = entry.record {
                self.cover.refused(&why);
                refused = true;
            }
        }
        refused
    }

    /// What may be asked at the second door: what is granted becomes a step, what is refused must change
    /// nothing.
    fn ask(&self, rooms: &Rooms, actions: &mut Vec<Action>) {
        for (place, (request, facts)) in self.world.asked.iter().enumerate() {
            let mut pen = rooms.put(&self.world, facts, Near::NOTHING, Zone::Left);
            for role in ROLES {
                self.try_to_ask(&mut pen, role, *request, Action::Ask(role, place), actions);
            }
        }
        for (place, (request, facts)) in self.world.amiss.iter().enumerate() {
            if asks::is_looked_at(request, rooms.mode) {
                let mut pen = rooms.put(&self.world, facts, Near::NOTHING, Zone::Left);
                let role = request.needs();
                let action = Action::AskAmiss(role, place);
                self.try_to_ask(&mut pen, role, *request, action, actions);
            }
        }
    }

    fn try_to_ask(
        &self,
        pen: &mut Pen,
        role: Role,
        request: Request,
        action: Action,
        actions: &mut Vec<Action>,
    ) {
        let decided: Result<_, Refusal> = admission::decide(&pen.situation(), role, request);
        if decided.is_ok() {
            // A higher role is granted the same.
            if !actions.iter().any(|known| same_request(*known, action)) {
                actions.push(action);
            }
            return;
        }
        let before = Marks::of(pen);
        let answer = pen.request(role, request);
        if let Some(defect) = self.defect {
            defect.spoil_refusal(pen);
        }
        if answer != Err(decided.unwrap_err()) || Marks::of(pen) != before {
            actions.push(Action::RefusedBadly);
        }
        self.refused(pen);
    }
}

/// The same request by another role.
fn same_request(one: Action, other: Action) -> bool {
    match (one, other) {
        (Action::Ask(_, one), Action::Ask(_, other))
        | (Action::AskAmiss(_, one), Action::AskAmiss(_, other)) => one == other,
        _ => false,
    }
}

const fn tripped(fault: Fault) -> Trip {
    Trip {
        fault,
        measured: 1_300,
        allowed: 1_200,
    }
}

/// What time brings in these rooms.
fn passes(rooms: &Rooms) -> Vec<Action> {
    let mut all = Vec::new();
    if matches!(rooms.mode, Mode::Service | Mode::ServiceRunning) {
        for dt in [
            crate::limits::DEADMAN_TIMEOUT,
            crate::limits::HEARTBEAT_TIMEOUT,
        ] {
            all.push(Action::Pass(dt, Near::NOTHING, Hand::Away));
        }
    }
    if rooms.session.is_some() {
        let minute = crate::limits::LEDGER_INTERVAL;
        all.push(Action::Pass(TICK, Near::ELAPSED, Hand::Away));
        all.push(Action::Pass(TICK, Near::NOTHING, Hand::Away));
        all.push(Action::Pass(minute, Near::NOTHING, Hand::Away));
        all.push(Action::Pass(minute, Near::NOTHING, Hand::Trigger));
    }
    if rooms.plan == Loaded::Idle {
        let expiry = crate::limits::PLAN_EXPIRY;
        all.push(Action::Pass(expiry, Near::NOTHING, Hand::Away));
        all.push(Action::Pass(expiry, Near::ELAPSED, Hand::Away));
    }
    all
}

impl Model for PenModel {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let pen = Pen::new(&self.world.boot);
        let rooms = Rooms::take(&pen);
        vec![State { rooms, wrong: None }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.wrong.is_some() {
            return;
        }
        let rooms = &state.rooms;
        self.cover.state(rooms.mode, rooms.first);
        self.ask(rooms, actions);
        actions.extend(decisions::of(&self.world, rooms));
        actions.extend(Fault::ALL.map(Action::Trip));
        actions.extend(passes(rooms));
        match rooms.mode {
            Mode::Stopping | Mode::FaultReaction => {
                actions.push(Action::Halted(Near::NOTHING));
                if rooms.session.is_none() {
                    actions.push(Action::Halted(Near::ELAPSED));
                }
            }
            Mode::Ready if !rooms.release_seen => actions.push(Action::Release),
            // A reset and a plan choose the first zone, whichever was chosen before.
            Mode::Boot | Mode::Locked if rooms.session.is_some() => {
                let left = [Zone::Left, Zone::Strokes, Zone::Time];
                actions.extend(left.map(Action::Next));
            }
            Mode::Service => {
                let which = [Granted::Staged, Granted::Reverted, Granted::SignedOff];
                actions.extend(which.map(Action::Stored));
            }
            _ => {}
        }
        if rooms.mode == Mode::Treating || (rooms.open && rooms.mode != Mode::Ready) {
            actions.extend(Near::all().map(Action::Work));
        }
        if !rooms.is_kept {
            actions.push(Action::Keep);
        }
        // A reset uses up what is reserved, and nothing else.
        if rooms.open {
            actions.extend(Near::all().map(Action::Reset));
        } else {
            actions.push(Action::Reset(Near::NOTHING));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        Some(self.step(&state.rooms, action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = properties::all();
        all.extend(walk::properties());
        all
    }
}
