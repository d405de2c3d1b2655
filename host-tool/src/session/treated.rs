//! A session out of the merged journal: zones, strokes, what happened, and what is not known.

use pen_core::fault::Fault;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_core::plan::Zone;
use pen_core::profile::Source;
use pen_core::units::{Depth, Duration, Rate};

use super::merge::{Line, Merged};
use super::told::{Amount, Happened, Kept, Treated, WorstCase, ZoneTreated};
use crate::words;

/// Numbers of the sessions that a journal tells of, the newest last.
#[must_use]
pub fn sessions(merged: &Merged) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for line in &merged.lines {
        if let Some(number) = line.record.as_ref().and_then(session_of) {
            found.retain(|it| *it != number);
            found.push(number);
        }
    }
    found
}

const fn session_of(record: &Record) -> Option<u32> {
    match *record {
        Record::SessionOpened { session, .. }
        | Record::SessionClosed { session, .. }
        | Record::LedgerRestored { session, .. } => Some(session),
        _ => None,
    }
}

/// One session; nothing if the journal does not tell of it.
#[must_use]
pub fn treated(merged: &Merged, session: u32, kept: Option<Kept>) -> Option<Treated> {
    if !sessions(merged).contains(&session) {
        return None;
    }
    let kept = kept.filter(|it| it.session == session);
    let (from, to) = range(&merged.lines, session);
    let lines = merged.lines.get(from..to).unwrap_or_default();
    let mut walk = Walk::new(session, lines);
    walk.before(merged.lines.get(..from).unwrap_or_default());
    for line in lines {
        walk.step(line);
    }
    Some(walk.finish(merged, kept, lines))
}

/// First record of a session and the first behind it.
fn range(lines: &[Line], session: u32) -> (usize, usize) {
    let at = |wanted: &dyn Fn(&Record) -> bool| {
        lines
            .iter()
            .rposition(|it| it.record.as_ref().is_some_and(wanted))
    };
    let opened =
        at(&|it| matches!(it, Record::SessionOpened { session: it, .. } if *it == session));
    let told = |it: &Line| it.record.as_ref().and_then(session_of);
    let from = opened.unwrap_or_else(|| {
        // From the end of the session before, if that is there.
        let first = lines
            .iter()
            .position(|it| told(it) == Some(session))
            .unwrap_or(0);
        let before = lines
            .iter()
            .take(first)
            .rposition(|it| matches!(it.record, Some(Record::SessionClosed { .. })));
        before.map_or(0, |place| place + 1)
    });
    let rest = lines.get(from..).unwrap_or_default();
    let closed = rest.iter().position(
        |it| matches!(it.record, Some(Record::SessionClosed { session: it, .. }) if it == session),
    );
    let next = rest.iter().position(
        |it| matches!(it.record, Some(Record::SessionOpened { session: it, .. }) if it != session),
    );
    let length = match (closed, next) {
        (Some(closed), _) => closed + 1,
        (None, Some(next)) => next,
        (None, None) => rest.len(),
    };
    (from, from + length)
}

/// What is unknown where the journal of faults lacks one.
pub(crate) const FAULT_UNTOLD: &str =
    "a fault stopped the motor, and the journal of faults does not tell which";

/// The session while it is read.
struct Walk {
    it: Treated,
    first_boot: usize,
    /// Place of the open zone in the list.
    zone: Option<usize>,
    /// The motor turns, as far as the journal says.
    is_on: bool,
    total: Option<(u64, u64)>,
    /// More than one cartridge was in it.
    has_several: bool,
    /// Times that a fault stopped the motor, and faults that are told.
    reactions: usize,
    trips: usize,
}

impl Walk {
    fn new(session: u32, lines: &[Line]) -> Self {
        Self {
            it: Treated {
                session,
                token: None,
                plan: None,
                plan_zones: None,
                operator: None,
                cartridge: None,
                needles: None,
                has_beginning: false,
                is_closed: false,
                restarts: 0,
                zones: Vec::new(),
                on_us: Amount::default(),
                strokes: Amount::default(),
                punctures: None,
                worst_case: None,
                over_depth_um: None,
                is_depth_told: true,
                events: Vec::new(),
                unknown: Vec::new(),
            },
            first_boot: lines.first().map_or(0, |it| it.boot),
            zone: None,
            is_on: false,
            total: None,
            has_several: false,
            reactions: 0,
            trips: 0,
        }
    }

    /// What was loaded before it began.
    fn before(&mut self, lines: &[Line]) {
        for line in lines.iter().rev() {
            match line.record {
                Some(Record::PlanLoaded {
                    id,
                    operator,
                    zones,
                }) => {
                    (self.it.plan, self.it.operator) = (Some(id), Some(operator));
                    self.it.plan_zones = Some(zones);
                    return;
                }
                // A plan of an earlier session says nothing of this one.
                Some(Record::SessionOpened { .. }) => return,
                _ => {}
            }
        }
    }

    fn say(&mut self, line: &Line, kind: &'static str, text: String) {
        self.it.events.push(Happened {
            t_ms: line.at_us.map(|us| us / 1_000),
            start: line.boot - self.first_boot.min(line.boot) + 1,
            kind,
            text,
        });
    }

    /// The activation under way ends without an account of it.
    fn lose_activation(&mut self) {
        if !std::mem::take(&mut self.is_on) {
            return;
        }
        if let Some(zone) = self.zone.and_then(|place| self.it.zones.get_mut(place)) {
            zone.untold += 1;
        }
    }

    fn step(&mut self, line: &Line) {
        let Some(record) = line.record else {
            self.it.unknown.push(format!(
                "record {} of the journal cannot be read; what it said is unknown",
                line.seq
            ));
            return;
        };
        match record {
            Record::SessionOpened {
                token, cartridge, ..
            } => {
                self.it.has_beginning = true;
                self.it.token = Some(format!("{token:x}"));
                self.it.cartridge = Some(cartridge);
            }
            Record::ZoneOpened {
                zone,
                cap,
                by,
                rate,
            } => self.open(zone, cap, by, rate),
            Record::Started { depth, .. } => self.start(depth),
            Record::Stopped { cause, on, strokes } => {
                let (on, strokes) = (u64::from(on.as_us()), u64::from(strokes.as_count()));
                self.stop(on, strokes);
                if cause != pen_core::fault::StopCause::Released {
                    self.say(
                        line,
                        "stop",
                        format!("stopped: {}", words::stop_cause(cause)),
                    );
                }
            }
            Record::SessionClosed {
                on,
                strokes,
                punctures,
                ..
            } => {
                self.it.is_closed = true;
                self.total = Some((u64::from(on.as_us()), u64::from(strokes.as_count())));
                self.it.punctures = Some(u64::from(punctures));
            }
            other => self.happen(line, &other),
        }
    }

    /// What is no part of the account.
    fn happen(&mut self, line: &Line, record: &Record) {
        match record {
            Record::Booted { .. } => {
                self.lose_activation();
                self.zone = None;
                self.it.restarts += 1;
                let text = format!("the pen started anew: {}", words::record(record));
                self.say(line, "restart", text);
            }
            Record::ModeChanged {
                to: Mode::FaultReaction,
                ..
            } => self.reactions += 1,
            Record::Tripped(trip) => {
                self.trips += 1;
                self.lose_activation();
                self.zone = None;
                let fault = words::fault(trip.fault);
                let text = format!("{}: {}", fault.what, words::trip_numbers(trip));
                if trip.fault == Fault::OverDepth {
                    self.it.over_depth_um = self.it.over_depth_um.max(Some(trip.measured));
                }
                self.say(line, "trip", text);
            }
            Record::TrippedAlso { trip, .. } => {
                self.say(line, "trip", format!("also {}", words::trip_numbers(trip)));
            }
            Record::Refused { .. } => self.say(line, "refused", words::record(record)),
            Record::Warned { .. } | Record::Heated { .. } => {
                self.say(line, "warning", words::record(record));
            }
            Record::Overridden { .. } => {
                let text = format!("usual cap exceeded: {}", words::record(record));
                self.say(line, "override", text);
            }
            Record::CartridgeSeated { id } if self.it.cartridge.is_some_and(|it| it != *id) => {
                self.has_several = true;
                self.say(
                    line,
                    "cartridge",
                    format!("another one: {}", words::record(record)),
                );
            }
            Record::CartridgeRemoved | Record::CartridgeRefused { .. } => {
                self.say(
                    line,
                    "cartridge",
                    format!("{}: {}", words::record_kind(record), words::record(record)),
                );
            }
            Record::Halted { parked: false, .. } => {
                self.say(
                    line,
                    "stop",
                    "the needles may have been out after the brake".to_owned(),
                );
            }
            Record::Lost { count } => self.it.unknown.push(format!(
                "the pen lost {count} records, because storage did not take them in time"
            )),
            _ => {}
        }
    }

    fn open(&mut self, zone: Zone, cap: Depth, by: Source, rate: Rate) {
        let name = words::zone(zone);
        let place = self.it.zones.iter().position(|it| it.zone == name);
        let place = place.unwrap_or_else(|| {
            self.it.zones.push(ZoneTreated {
                zone: name,
                cap_um: cap.as_um(),
                by: words::source(by),
                depth_um: None,
                rate_mhz: rate.as_mhz(),
                activations: 0,
                untold: 0,
                on_us: Amount::default(),
                strokes: Amount::default(),
            });
            self.it.zones.len() - 1
        });
        self.zone = Some(place);
        if let Some(zone) = self.it.zones.get_mut(place) {
            if cap.as_um() > zone.cap_um {
                (zone.cap_um, zone.by) = (cap.as_um(), words::source(by));
            }
            zone.rate_mhz = zone.rate_mhz.max(rate.as_mhz());
        }
    }

    fn start(&mut self, depth: Depth) {
        self.lose_activation();
        self.is_on = true;
        match self.zone.and_then(|place| self.it.zones.get_mut(place)) {
            Some(zone) => {
                zone.activations += 1;
                zone.depth_um = zone.depth_um.max(Some(depth.as_um()));
            }
            None => self
                .it
                .unknown
                .push("the motor started, and the record of the zone is not there".to_owned()),
        }
    }

    fn stop(&mut self, on_us: u64, strokes: u64) {
        self.is_on = false;
        self.it.on_us.value += on_us;
        self.it.strokes.value += strokes;
        if let Some(zone) = self.zone.and_then(|place| self.it.zones.get_mut(place)) {
            zone.on_us.value += on_us;
            zone.strokes.value += strokes;
        }
    }

    fn finish(mut self, merged: &Merged, kept: Option<Kept>, lines: &[Line]) -> Treated {
        self.lose_activation();
        let is_open = !self.it.is_closed;
        let total = self
            .total
            .or_else(|| kept.map(|it| (u64::from(it.on.as_us()), u64::from(it.strokes))));
        if merged.is_broken {
            self.it.unknown.push(
                "the journal is broken: what is missing or was changed there is unknown".to_owned(),
            );
        }
        if self.reactions > self.trips {
            self.it.unknown.push(FAULT_UNTOLD.to_owned());
        }
        let is_unread = lines.iter().any(|line| line.record.is_none());
        let is_cut = !self.it.has_beginning || (is_open && kept.is_none());
        let is_lost = merged.is_broken || self.reactions > self.trips;
        self.it.is_depth_told = !(is_unread || is_cut || is_lost);
        let is_restored = merged.lines.iter().chain(&merged.unplaced).any(|line| {
            matches!(line.record, Some(Record::LedgerRestored { session, .. }) if session == self.it.session)
        });
        let may_be_restored = is_unread || merged.is_broken || !self.it.has_beginning;
        self.it.worst_case = if total.is_none() {
            None
        } else if self.it.restarts > 0 || is_restored {
            Some(WorstCase::Restarted)
        } else {
            may_be_restored.then_some(WorstCase::Perhaps)
        };
        self.it.needles = self.needles(kept);
        self.account(total);
        let it = &mut self.it;
        if !it.has_beginning {
            it.unknown.push(
                "its beginning is not in the journal: who was treated, and what came before the \
                 oldest record, is unknown"
                    .to_owned(),
            );
        }
        if is_open && kept.is_none() {
            it.unknown.push(
                "its end is not in the journal: what came after the newest record is unknown"
                    .to_owned(),
            );
        } else if is_open {
            it.unknown
                .push("it is still open on the pen: more may follow".to_owned());
        }
        if it.plan.is_none() {
            it.unknown
                .push("the plan that it followed is unknown".to_owned());
        }
        if it.needles.is_none() {
            it.unknown.push(
                "how many needles the cartridge had is unknown, and with it the punctures of a zone"
                    .to_owned(),
            );
        }
        let last_boot = lines.last().map_or(0, |it| it.boot);
        if !merged.unplaced.is_empty() && last_boot >= self.first_boot {
            it.unknown.push(format!(
                "{} records of the journal of faults may belong to this session or to another start \
                 of the pen",
                merged.unplaced.len()
            ));
        }
        self.it
    }

    /// Needles by the seated cartridge, or by the pen's own count of punctures.
    fn needles(&self, kept: Option<Kept>) -> Option<u32> {
        if self.has_several {
            return None;
        }
        let seated = kept
            .and_then(|it| it.seated)
            .filter(|(id, needles)| Some(*id) == self.it.cartridge && *needles > 0)
            .map(|(_, needles)| needles);
        // After a restart the pen counts punctures as if the cartridge had the most needles.
        let counted = self
            .total
            .zip(self.it.punctures)
            .and_then(|((_, strokes), punctures)| {
                let whole = strokes > 0 && punctures % strokes == 0 && self.it.worst_case.is_none();
                u32::try_from(punctures / strokes.max(1))
                    .ok()
                    .filter(|_| whole)
            });
        seated.or(counted.filter(|it| [1, 6, 12, 16, 36].contains(it)))
    }

    /// Closes the sums: what the pen counts in all, less what the records tell.
    fn account(&mut self, total: Option<(u64, u64)>) {
        let it = &mut self.it;
        let untold: Vec<usize> = (0..)
            .zip(&it.zones)
            .filter(|(_, zone)| zone.untold > 0)
            .map(|(place, _)| place)
            .collect();
        let told = (it.on_us.value, it.strokes.value);
        let is_whole = it.has_beginning && it.unknown.is_empty() && it.restarts == 0;
        let Some((on, strokes)) = total else {
            // It is not closed, and the pen counts no longer: more may have followed.
            (it.on_us.is_least, it.strokes.is_least) = (true, true);
            for zone in &mut it.zones {
                let lacks = zone.untold > 0 || !is_whole;
                (zone.on_us.is_least, zone.strokes.is_least) = (lacks, lacks);
            }
            if !untold.is_empty() {
                it.unknown.push(
                    "time and strokes of an activation that ended in a trip or a restart are not in \
                     the journal"
                        .to_owned(),
                );
            }
            return;
        };
        (it.on_us.value, it.strokes.value) = (on.max(told.0), strokes.max(told.1));
        let is_most = it.worst_case.is_some();
        (it.on_us.is_most, it.strokes.is_most) = (is_most, is_most);
        let rest = (on.saturating_sub(told.0), strokes.saturating_sub(told.1));
        match untold.as_slice() {
            [only] if is_whole => {
                if let Some(zone) = it.zones.get_mut(*only) {
                    zone.on_us.value += rest.0;
                    zone.strokes.value += rest.1;
                }
            }
            _ => {
                for zone in &mut it.zones {
                    let lacks = zone.untold > 0 || !is_whole;
                    (zone.on_us.is_least, zone.strokes.is_least) = (lacks, lacks);
                }
                if rest.1 > 0 {
                    let time =
                        words::span(Duration::from_us(u32::try_from(rest.0).unwrap_or(u32::MAX)));
                    let up_to = if is_most { "up to " } else { "" };
                    it.unknown.push(format!(
                        "in which zone {up_to}{} strokes ({time}) were made is unknown: their activations ended \
                         in a trip or a restart, or are not in the journal",
                        rest.1
                    ));
                }
            }
        }
        self.worst();
    }

    /// Says why the pen's own sums are its worst case.
    fn worst(&mut self) {
        let why = match self.it.worst_case {
            None => return,
            Some(WorstCase::Restarted) => {
                "the pen started anew during it: an activation that was interrupted counts as its \
                 whole reservation, and every stroke before it as one of 36 needles, so time, strokes \
                 and punctures may be less than counted"
            }
            Some(WorstCase::Perhaps) => {
                "whether the pen started anew during it is unknown: if it did, its sums of time, \
                 strokes and punctures are more than was done"
            }
        };
        self.it.unknown.push(why.to_owned());
    }
}
