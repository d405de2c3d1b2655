//! What is used up: session, zone and cartridge, and what storage keeps of it. Nothing is ever given back.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::admitted::Admitted;
use crate::cartridge::Kind;
use crate::fault::{Fault, Limiting, StopCause, Warning};
use crate::io::Tag;
use crate::journal::{Record, Tell};
use crate::limits;
use crate::plan::Plan;
use crate::request::Refusal;
use crate::seat::Work;
use crate::session::{Ledger, ZoneUse};
use crate::units::{Duration, Strokes};
use crate::witness;

/// Most strokes that one activation can hide from the tachometer before RATE-006 trips. Unit: strokes.
const UNSEEN_MOST: u32 = 2;
/// A turn of the second witness. Unit: millionths.
const TURN: u32 = witness::TURN.unsigned_abs();
/// Used time never wraps.
const CAP: Duration = Duration::from_us(u32::MAX);
const ZERO: Duration = Duration::from_us(0);

/// The plan in force.
#[derive(Clone, Copy, Debug)]
struct Loaded {
    plan: Plan,
    /// Time since it was loaded, for as long as it was not started.
    idle_for: Duration,
    started: bool,
}
any_struct!(Loaded {
    plan,
    idle_for,
    started
});

/// The zone that was confirmed: while it is there, its activation is reserved in storage.
#[derive(Clone, Copy, Debug)]
struct OpenZone {
    zone: u8,
    admitted: Admitted,
    /// Needles of the cartridge that it was opened with.
    needles: u32,
}
any_struct!(OpenZone {
    zone,
    admitted,
    needles
});

/// The activation under way, or the last one.
#[derive(Clone, Copy, Debug, Default)]
struct Activation {
    on: Duration,
    strokes: Strokes,
    battery_low_for: Duration,
}
any_struct!(Activation {
    on,
    strokes,
    battery_low_for
});

/// The accounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    /// Less what [`Account::ledger`] puts in: the reservation and what is latched.
    ledger: Ledger,
    wanted: u16,
    stored: u16,
    /// Time since storage was last asked to keep the ledger.
    unkept_for: Duration,
    plan: Option<Loaded>,
    /// The zone that is chosen.
    zone: u8,
    open: Option<OpenZone>,
    /// Strokes times needles in this session; after a restart the most that it can have been.
    punctures: u32,
    activation: Activation,
    told_session: bool,
    told_cartridge: bool,
}
any_struct!(Account {
    ledger,
    wanted,
    stored,
    unkept_for,
    plan,
    zone,
    open,
    punctures,
    activation,
    told_session,
    told_cartridge
});

/// How long a session may last, by the profile or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionLimits {
    pub(crate) on: Duration,
    pub(crate) elapsed: Duration,
}

/// What fell due with this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The plan that was not started in time (SESS-006).
    pub(crate) expired: Option<u32>,
    /// The session's time is used up while the motor rests.
    pub(crate) over: bool,
}

/// Every budget has something left, or none is spent. Only the account makes it (SAFE-001).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BudgetPermit(());
any_newtype!(BudgetPermit);

impl Account {
    /// What a start finds in storage: what was reserved counts as used.
    pub(crate) fn new(found: Option<Ledger>, told: &mut impl Tell) -> Self {
        let found = found.unwrap_or_default();
        let ledger = found.restored();
        let mut account = Self {
            ledger,
            wanted: 0,
            stored: 0,
            unkept_for: ZERO,
            plan: None,
            zone: 0,
            open: None,
            punctures: 0,
            activation: Activation::default(),
            told_session: false,
            told_cartridge: false,
        };
        if ledger.open {
            let strokes = ledger.strokes.as_count();
            account.punctures = strokes.saturating_mul(Kind::MOST_NEEDLES);
            told.tell(Record::LedgerRestored {
                session: ledger.session,
                used: ledger.on,
            });
        }
        if found.reserved.is_some() {
            account.want();
        }
        account
    }

    /// The ledger that storage shall keep, with what is latched.
    pub(crate) fn ledger(&self, latched: Option<Fault>) -> Ledger {
        Ledger {
            reserved: self.open.map(|open| open.zone),
            terminal: latched,
            ..self.ledger
        }
    }

    /// Number of the ledger that storage shall keep.
    pub(crate) const fn wanted(&self) -> u16 {
        self.wanted
    }

    /// Storage has kept the ledger of this number.
    pub(crate) const fn stored(&mut self, number: u16) {
        self.stored = number;
    }

    /// Storage has kept what it was last asked to.
    pub(crate) const fn is_kept(&self) -> bool {
        self.stored == self.wanted
    }

    /// Storage shall keep the ledger.
    pub(crate) const fn want(&mut self) {
        self.wanted = self.wanted.wrapping_add(1);
        self.unkept_for = ZERO;
    }

    /// Timers that run in every mode; how long a session may last is asked only when one may end.
    ///
    /// SESS-008: while the pen rests the elapsed time goes to storage once an interval, which keeps more
    /// than was used (application, `ahead`). Never under a finger that is about to start.
    pub(crate) fn tick(
        &mut self,
        dt: Duration,
        rests: bool,
        held: bool,
        most: impl FnOnce() -> SessionLimits,
    ) -> Due {
        if self.ledger.open {
            self.ledger.elapsed = self.ledger.elapsed.plus_up_to(dt, CAP);
            let interval = limits::LEDGER_INTERVAL;
            self.unkept_for = self.unkept_for.plus_up_to(dt, interval);
            if rests && !held && self.unkept_for >= interval {
                self.want();
            }
        }
        Due {
            expired: self.expire(dt),
            over: self.ledger.open && rests && self.is_over(most()),
        }
    }

    fn expire(&mut self, dt: Duration) -> Option<u32> {
        let loaded = self.plan.as_mut().filter(|loaded| !loaded.started)?;
        loaded.idle_for = loaded.idle_for.plus_up_to(dt, limits::PLAN_EXPIRY);
        (loaded.idle_for >= limits::PLAN_EXPIRY).then_some(loaded.plan.id)
    }

    /// Whether the session's own budgets are used up.
    pub(crate) fn is_over(&self, most: SessionLimits) -> bool {
        self.ledger.on >= most.on || self.ledger.elapsed >= most.elapsed
    }

    /// A drive begins: its own accounts start anew.
    pub(crate) fn begin(&mut self) {
        self.activation = Activation::default();
    }

    /// The drive is a treatment: the plan was started (SESS-006).
    pub(crate) const fn start_plan(&mut self) {
        if let Some(loaded) = &mut self.plan {
            loaded.started = true;
        }
    }

    /// Counts motor-on time and strokes, of the stop as well as of the drive (SESS-001, SESS-002).
    pub(crate) fn count(&mut self, dt: Duration, strokes: u32) {
        if strokes == 0 && dt == ZERO {
            return;
        }
        self.activation.on = self.activation.on.plus_up_to(dt, CAP);
        if self.ledger.open {
            self.ledger.on = self.ledger.on.plus_up_to(dt, CAP);
            if let Some(zone) = self.ledger.zones.get_mut(usize::from(self.zone)) {
                zone.on = zone.on.plus_up_to(dt, CAP);
            }
        }
        self.count_strokes(strokes);
    }

    /// Motor-on time of Service, which no session pays for.
    pub(crate) fn count_service(&mut self) {
        let most = Duration::from_min(60);
        self.activation.on = self.activation.on.plus_up_to(Duration::from_ms(1), most);
    }

    /// SESS-002: strokes count by the worse of the two witnesses. Those that the tachometer missed
    /// are added when the motor stands; more than a few cannot be missing before RATE-006 trips.
    pub(crate) fn count_unseen(&mut self, turned: u32) {
        if self.open.is_none() {
            return;
        }
        let counted = self.activation.strokes.as_count();
        // What the witness may be wrong by is not missing.
        let certain = (turned / 4).saturating_mul(3) / TURN;
        if certain > counted {
            // One more than was counted is certain, and the turn under way counts, too: two at least.
            self.count_strokes(UNSEEN_MOST);
        }
    }

    fn count_strokes(&mut self, strokes: u32) {
        self.activation.strokes = self.activation.strokes.plus(strokes);
        if strokes == 0 || !self.ledger.open {
            return;
        }
        self.ledger.strokes = self.ledger.strokes.plus(strokes);
        self.ledger.cartridge_strokes = self.ledger.cartridge_strokes.plus(strokes);
        let needles = self.open.map_or(Kind::MOST_NEEDLES, |open| open.needles);
        self.punctures = self
            .punctures
            .saturating_add(strokes.saturating_mul(needles));
        if let Some(zone) = self.ledger.zones.get_mut(usize::from(self.zone)) {
            zone.strokes = zone.strokes.plus(strokes);
        }
    }

    /// The first budget that is used up; without an open zone there is none to spend.
    pub(crate) fn spent(&self) -> Option<StopCause> {
        let Some(OpenZone { admitted, .. }) = &self.open else {
            return Some(StopCause::Locked);
        };
        let used = self.used();
        if self.ledger.on >= admitted.session_on() {
            Some(StopCause::SessionTime)
        } else if self.ledger.elapsed >= admitted.session_elapsed() {
            Some(StopCause::SessionElapsed)
        } else if self.ledger.cartridge_strokes.as_count() >= limits::CARTRIDGE_LIFE {
            Some(StopCause::CartridgeLife)
        } else if used.strokes.as_count() >= admitted.zone_strokes() {
            Some(StopCause::ZoneStrokes)
        } else if used.on >= admitted.zone_time() {
            Some(StopCause::ZoneTime)
        } else {
            None
        }
    }

    /// SAFE-001: something is left of every budget. What Service does nobody's session pays for.
    pub(crate) fn permit(&self, serves: bool) -> Option<BudgetPermit> {
        (serves || self.spent().is_none()).then_some(BudgetPermit(()))
    }

    /// What the chosen zone has used.
    pub(crate) fn used(&self) -> ZoneUse {
        let used = self.ledger.zones.get(usize::from(self.zone));
        used.copied().unwrap_or_default()
    }

    /// The session is not closed.
    pub(crate) const fn is_open(&self) -> bool {
        self.ledger.open
    }

    /// Number of the session.
    pub(crate) const fn session(&self) -> u32 {
        self.ledger.session
    }

    /// Motor-on time of the session.
    pub(crate) const fn on(&self) -> Duration {
        self.ledger.on
    }

    /// Time since the session was opened.
    pub(crate) const fn elapsed(&self) -> Duration {
        self.ledger.elapsed
    }

    /// Strokes of the session.
    pub(crate) const fn strokes(&self) -> Strokes {
        self.ledger.strokes
    }

    /// Last day that a session has proof of.
    pub(crate) const fn day(&self) -> u16 {
        self.ledger.day
    }

    /// A technician at the pen corrects the day (SENS-004).
    pub(crate) const fn set_day(&mut self, day: u16) {
        self.ledger.day = day;
        self.want();
    }

    /// The plan in force.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref().map(|loaded| &loaded.plan)
    }

    /// Place of the chosen zone.
    pub(crate) const fn zone(&self) -> u8 {
        self.zone
    }

    /// The limits in force in the open zone.
    pub(crate) fn admitted(&self) -> Option<&Admitted> {
        self.open.as_ref().map(|open| &open.admitted)
    }

    /// Every limit in force still agrees with its complement (CONF-008).
    pub(crate) fn is_intact(&self) -> bool {
        self.admitted().is_none_or(Admitted::is_intact)
    }

    /// Motor-on time and strokes of the activation.
    pub(crate) const fn activation(&self) -> (Duration, Strokes) {
        (self.activation.on, self.activation.strokes)
    }

    /// PWR-001: the battery has been too low for too long to go on.
    pub(crate) fn is_battery_low(&mut self, low: bool, dt: Duration) -> bool {
        let most = limits::BATTERY_STOP_TIME;
        self.activation.battery_low_for = if low {
            self.activation.battery_low_for.plus_up_to(dt, most)
        } else {
            ZERO
        };
        self.activation.battery_low_for >= most
    }

    /// What the session works with.
    pub(crate) fn work(&self, plan: &Plan) -> Work {
        Work {
            cartridge: self.ledger.cartridge,
            strokes: self.ledger.cartridge_strokes,
            is_same_patient: self.ledger.open && self.ledger.token == plan.token,
        }
    }

    /// The cartridge that the zone was opened with is this one (CART-001).
    pub(crate) fn works_with(&self, tag: Option<Tag>) -> bool {
        tag.is_some_and(|tag| tag.id == self.ledger.cartridge)
    }

    /// An open session goes on under its own plan only, and while it has time left (SESS-011).
    ///
    /// # Errors
    /// [`Refusal::SessionOpen`], [`Refusal::BudgetUsed`].
    pub(crate) fn goes_on_with(&self, plan: &Plan, session_on: Duration) -> Result<(), Refusal> {
        if !self.ledger.open {
            return Ok(());
        }
        if self.ledger.plan_sum != plan.fingerprint() || self.ledger.token != plan.token {
            return Err(Refusal::SessionOpen {
                session: self.ledger.session,
            });
        }
        if self.ledger.on >= session_on {
            return Err(Refusal::BudgetUsed {
                used: self.ledger.on,
                allowed: session_on,
            });
        }
        Ok(())
    }

    /// Puts a plan into force; the zone with the lowest cap comes first (SESS-004).
    pub(crate) fn take_plan(&mut self, plan: &Plan, told: &mut impl Tell) {
        let zones = u8::try_from(plan.zones().count()).unwrap_or(u8::MAX);
        self.zone = plan
            .zones()
            .min_by_key(|(_, zone)| zone.depth)
            .map_or(0, |(place, _)| place);
        told.tell(Record::PlanLoaded {
            id: plan.id,
            operator: plan.operator,
            zones,
        });
        for (_, zone) in plan.zones() {
            if let Some(reason) = zone.override_reason {
                told.tell(Record::Overridden {
                    zone: zone.zone,
                    depth: zone.depth,
                    reason,
                });
            }
        }
        self.plan = Some(Loaded {
            plan: *plan,
            idle_for: ZERO,
            started: false,
        });
    }

    /// The next button: the next zone of the plan.
    pub(crate) fn choose_next(&mut self) {
        let Some(plan) = self.plan() else { return };
        let count = u8::try_from(plan.zones().count()).unwrap_or(1).max(1);
        self.zone = self.zone.saturating_add(1).checked_rem(count).unwrap_or(0);
    }

    /// Opens the session of the plan in force if need be; whether it works with another cartridge than
    /// before. Without a plan there is none to open.
    pub(crate) fn open_session(&mut self, tag: Tag, told: &mut impl Tell) -> bool {
        let Some(Loaded { plan, .. }) = &self.plan else {
            return false;
        };
        self.ledger.day = self.ledger.day.max(plan.day);
        let is_another = self.ledger.cartridge != tag.id;
        if is_another {
            self.ledger.cartridge = tag.id;
            self.ledger.cartridge_strokes = Strokes::from_count(0);
            self.told_cartridge = false;
        }
        if self.ledger.open {
            return is_another;
        }
        self.ledger = Ledger {
            // Never the number of the session before, not even after the last: what a number has used
            // is never given back.
            session: self.ledger.session.checked_add(1).unwrap_or(1),
            open: true,
            plan: plan.id,
            plan_sum: plan.fingerprint(),
            token: plan.token,
            on: ZERO,
            elapsed: ZERO,
            strokes: Strokes::from_count(0),
            zones: [ZoneUse::default(); crate::plan::ZONES_MAX],
            ..self.ledger
        };
        self.told_session = false;
        self.punctures = 0;
        told.tell(Record::SessionOpened {
            session: self.ledger.session,
            token: plan.token,
            cartridge: tag.id,
        });
        is_another
    }

    /// Opens the chosen zone with the limits that are in force in it, and reserves its activation.
    pub(crate) fn enter_zone(&mut self, admitted: Admitted, needles: u32) {
        self.open = Some(OpenZone {
            zone: self.zone,
            admitted,
            needles,
        });
        self.want();
    }

    /// The zone is left; its reservation is given back.
    pub(crate) fn leave_zone(&mut self) {
        self.open = None;
        self.want();
    }

    /// The zone stays open after an activation: the next one is reserved.
    pub(crate) const fn stay_in_zone(&mut self) {
        self.want();
    }

    /// Closes the session and forgets its plan; storage keeps the closed ledger. Whether one was open.
    pub(crate) fn close_session(&mut self, told: &mut impl Tell) -> bool {
        if !self.ledger.open {
            return false;
        }
        told.tell(Record::SessionClosed {
            session: self.ledger.session,
            on: self.ledger.on,
            strokes: self.ledger.strokes,
            punctures: self.punctures,
        });
        self.ledger.open = false;
        self.forget_plan();
        self.want();
        true
    }

    /// No plan is in force any more.
    pub(crate) fn forget_plan(&mut self) {
        self.plan = None;
        self.open = None;
    }

    /// Says once a session and once a cartridge that its end is near.
    pub(crate) fn warn(&mut self, limiting: Limiting, told: &mut impl Tell) {
        if self.ledger.on >= limits::SESSION_WARN && !self.told_session {
            self.told_session = true;
            told.tell(Record::Warned {
                warning: Warning::SessionNearEnd,
                limiting,
            });
        }
        let worn = self.ledger.cartridge_strokes.as_count() >= limits::CARTRIDGE_WARN;
        if worn && !self.told_cartridge {
            self.told_cartridge = true;
            told.tell(Record::Warned {
                warning: Warning::CartridgeNearEnd,
                limiting,
            });
        }
    }
}

#[cfg(test)]
impl BudgetPermit {
    /// For the tests of the gate.
    pub(crate) const fn for_test() -> Self {
        Self(())
    }
}

#[cfg(any(test, feature = "bench"))]
impl Account {
    /// The limits in force, for a bench that flips their bits.
    pub(crate) const fn admitted_mut(&mut self) -> Option<&mut Admitted> {
        match &mut self.open {
            Some(open) => Some(&mut open.admitted),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests;
