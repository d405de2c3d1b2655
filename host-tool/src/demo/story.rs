//! The order of things, and how an attempt becomes a line of the table.

use std::cell::RefCell;
use std::rc::Rc;

use pen_core::cartridge::Kind;
use pen_core::mode::Mode;
use pen_core::plan::Plan;
use pen_core::request::{Refusal, Role};
use pen_protocol::messages::{JournalName, ToPen};
use pen_sim::hand::Cartridge;

use super::moves::Moves;
use super::witness::{Seen, Witness};
use super::{Chapter, Listener, still_wanted};
use crate::client::{Client, FetchedJournal, Patience};
use crate::error::HostError;
use crate::link::sim::{SimStage, TODAY};
use crate::plan;
use crate::report::{Attempt, Outcome, ZoneUse};
use crate::words;

/// The plan of the story, as a file would hold it.
const PLAN: &str = include_str!("plan.toml");

/// The cartridge of the session.
pub(super) const CARTRIDGE: u64 = 12_000_001;

/// Tips of that cartridge.
const NEEDLES: u64 = 12;

/// What the story leaves behind.
pub(super) struct Played {
    pub(super) attempts: Vec<Attempt>,
    pub(super) zones: Vec<ZoneUse>,
    pub(super) journals: Vec<FetchedJournal>,
    pub(super) plan: (String, u32),
    pub(super) marks: Vec<(u64, String)>,
}

/// An attempt before it is judged.
pub(super) struct Tried {
    pub(super) title: &'static str,
    pub(super) requirement: &'static str,
    /// What the pen did, in words.
    pub(super) response: String,
    pub(super) outcome: Outcome,
    /// What the witness saw; nothing when nothing may have moved and nothing was to be timed.
    pub(super) seen: Seen,
    /// Deepest true protrusion allowed. Unit: um.
    pub(super) peak_allowed_um: Option<i32>,
    /// Time from the onset to the brake allowed. Unit: us.
    pub(super) brake_allowed_us: Option<u32>,
    /// What must be so besides, and whether it is.
    pub(super) besides: Vec<(bool, &'static str)>,
}

impl Tried {
    /// The line of the table. What the numbers do not show, and is not so, overrules the claim.
    fn attempt(self) -> Attempt {
        let mut outcome = self.outcome;
        let mut response = self.response;
        for (is_so, what) in &self.besides {
            if !is_so {
                outcome = Outcome::NotNoticed;
                response = format!("{response}; NOT SO: {what}");
            }
        }
        let timed = self.brake_allowed_us.is_some();
        if timed && (!self.seen.began || self.seen.brake_us.is_none()) {
            outcome = Outcome::NotNoticed;
            response = format!("{response}; NOT SO: the cause came and was answered by the brake");
        }
        Attempt {
            tried: self.title.to_owned(),
            response,
            requirement: self.requirement.to_owned(),
            peak_um: self.peak_allowed_um.map(|_| self.seen.peak_um),
            peak_allowed_um: self.peak_allowed_um,
            brake_us: self.brake_allowed_us.and(self.seen.brake_us),
            brake_allowed_us: self.brake_allowed_us,
            outcome,
        }
    }
}

/// The pen, the hand, and what was tried so far.
pub(super) struct Scene {
    pub(super) moves: Moves,
    patience: Patience,
    attempts: Vec<Attempt>,
    pub(super) plan: Plan,
    name: String,
    /// What was tried, and when it was over. Unit: ms.
    marks: Vec<(u64, String)>,
}

impl Scene {
    pub(super) fn new(stage: SimStage, witness: Rc<RefCell<Witness>>, patience: Patience) -> Self {
        Self {
            moves: Moves { stage, witness },
            patience,
            attempts: Vec::new(),
            plan: empty(),
            name: String::new(),
            marks: Vec::new(),
        }
    }

    /// A new connection, which knows nothing of the one before.
    pub(super) fn connect(&self) -> Result<Client, HostError> {
        Client::connect(Box::new(self.moves.stage.link()), self.patience)
    }

    /// Notes an attempt and tells it.
    fn note(&mut self, tried: Tried, listener: Listener<'_>) {
        let attempt = tried.attempt();
        let tick = self.moves.stage.pen(|pen| pen.ticks());
        let at = self.moves.witness.borrow().at_ms(tick);
        self.marks.push((
            at,
            format!(
                "{}: {}",
                attempt.tried,
                attempt.outcome.word().to_lowercase()
            ),
        ));
        self.attempts.push(attempt.clone());
        listener(&Chapter::Tried(self.attempts.len(), &attempt));
    }

    /// Plays the treatment from the calibrated pen on the desk to the fetched journal.
    pub(super) fn play(
        &mut self,
        client: &mut Client,
        listener: Listener<'_>,
    ) -> Result<Played, HostError> {
        let checked = plan::read(PLAN).map_err(|found| plan::refused("the demo's plan", &found))?;
        self.plan = Plan {
            day: TODAY,
            ..checked.plan
        };
        self.name = checked.name;
        self.moves.stage.pen(|pen| {
            let hand = pen.hand();
            hand.insert(Cartridge::fresh(CARTRIDGE, Kind::Twelve));
        });
        self.moves.ring(440.0);
        client.authorise(Role::Operator)?;

        for attempt in [
            Self::plan_too_deep,
            Self::plan_without_answers,
            Self::calibration_without_role,
        ] {
            let tried = attempt(self, client)?;
            self.note(tried, listener);
        }
        client.demand(&ToPen::LoadPlan(self.plan))?;
        listener(&Chapter::Says(&format!(
            "plan {} is loaded: {}",
            self.plan.id, self.name
        )));
        let tried = self.trigger_with_cable()?;
        self.note(tried, listener);
        self.moves.stage.pen(|pen| pen.hand().plug_cable(false));
        self.moves.until(Mode::Standby)?;
        listener(&Chapter::Says(
            "the cable is pulled; from here on the pen is alone with the hand",
        ));

        for attempt in [
            Self::trigger_released,
            Self::ring_past_cap,
            Self::setter_while_treating,
            Self::corrupt_frame,
            Self::stall,
            Self::channel_lies,
            Self::cartridge_pulled,
            Self::cable_plugged,
            Self::used_cartridge,
            Self::budget_held_through,
            Self::power_cut,
        ] {
            still_wanted()?;
            let tried = attempt(self)?;
            self.note(tried, listener);
        }
        self.finish(listener)
    }

    /// Plugs in again, reads the account and the journals.
    fn finish(&mut self, listener: Listener<'_>) -> Result<Played, HostError> {
        listener(&Chapter::Begins(
            "the cable is plugged in again, the journal fetched and verified",
        ));
        self.moves.stage.pen(|pen| pen.hand().plug_cable(true));
        self.moves.stage.run(1_000);
        let mut client = self.connect()?;
        let ledger = client.session()?;
        client.authorise(Role::Operator)?;
        // A session that the power cut has closed needs no end.
        if ledger.open {
            client.demand(&ToPen::EndSession)?;
            client.wait(std::time::Duration::from_millis(500));
        }
        let zones = self
            .plan
            .zones()
            .filter_map(|(place, zone)| {
                let used = ledger.zones.get(usize::from(place))?;
                let strokes = u64::from(used.strokes.as_count());
                Some(ZoneUse {
                    zone: words::zone(zone.zone).to_owned(),
                    depth_um_max: zone.depth.as_um(),
                    motor_on_ms: u64::from(used.on.as_ms()),
                    strokes,
                    punctures: strokes * NEEDLES,
                    punctures_allowed: u64::from(zone.strokes.as_count()) * NEEDLES,
                })
            })
            .collect();
        let journals = vec![
            client.journal(JournalName::Faults)?,
            client.journal(JournalName::Routine)?,
        ];
        for journal in &journals {
            if let Some(broken) = journal.breaks.first() {
                return Err(HostError::record_broken(
                    "the journal of the simulated pen",
                    broken,
                ));
            }
        }
        let records: usize = journals.iter().map(|journal| journal.records.len()).sum();
        listener(&Chapter::Says(&format!(
            "{records} records, numbered and chained without a gap"
        )));
        Ok(Played {
            attempts: std::mem::take(&mut self.attempts),
            zones,
            journals,
            plan: (self.name.clone(), self.plan.id),
            marks: std::mem::take(&mut self.marks),
        })
    }

    /// The newest refusal in the journal, which is where the pen tells why a hand was refused.
    pub(super) fn last_refusal(&self) -> Result<Option<Refusal>, HostError> {
        let mut client = self.connect()?;
        let mut newest = None;
        for name in [JournalName::Faults, JournalName::Routine] {
            for (_, _, entry) in client.journal(name)?.records {
                if let Some(entry) = entry
                    && let pen_core::journal::Record::Refused { why, .. } = entry.record
                    && newest.is_none_or(|(at, _)| entry.at >= at)
                {
                    newest = Some((entry.at, why));
                }
            }
        }
        Ok(newest.map(|(_, why)| why))
    }
}

/// Before a plan is read.
const fn empty() -> Plan {
    Plan {
        id: 0,
        day: 0,
        operator: 0,
        token: 0,
        screening: pen_core::plan::Screening::all_negative(),
        operator_cap: None,
        zones: [None; pen_core::plan::ZONES_MAX],
    }
}
