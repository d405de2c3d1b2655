//! Sessions, zones, cartridges: who may start, and what is used up.

use super::{Loaded, Pen};
use crate::admitted::Admitted;
use crate::battery::minutes_left;
use crate::cartridge::{self, CartridgeDefect, Kind};
use crate::fault::StopCause;
use crate::io::{Inputs, Tag, TagReading};
use crate::journal::Record;
use crate::limits;
use crate::mode::{Event, Mode};
use crate::plan::Plan;
use crate::profile::{Mechanism, Source, effective_depth};
use crate::request::Refusal;
use crate::session::{Ledger, ZoneUse};
use crate::units::{Depth, Duration, Strokes};
use crate::witness;

/// Most strokes that one activation can hide from the tachometer before RATE-006 trips. Unit: strokes.
const UNSEEN_MOST: u32 = 2;
/// A turn of the second witness. Unit: millionths.
const TURN: u32 = witness::TURN.unsigned_abs();
/// How far the actuator may stand from its target and still be there. Unit: um (DEPTH-009).
const ACTUATOR_TOLERANCE_UM: u32 = 100;

impl Pen {
    /// Timers that run in every mode.
    pub(super) fn account(&mut self, dt: Duration) {
        self.pause = self.pause.plus_up_to(dt, limits::CARTRIDGE_PAUSE_MAX);
        self.service.silent_for = self
            .service
            .silent_for
            .plus_up_to(dt, limits::HEARTBEAT_TIMEOUT);
        self.service.unpermitted_for = self
            .service
            .unpermitted_for
            .plus_up_to(dt, limits::DEADMAN_TIMEOUT);
        if self.ledger.open {
            let cap = Duration::from_us(u32::MAX);
            self.ledger.elapsed = self.ledger.elapsed.plus_up_to(dt, cap);
            self.keep_elapsed(dt);
        }
        self.expire(dt);
        if self.ledger.open && self.mode.is_at_rest() && self.session_is_over() {
            self.close_session();
            if self.mode == Mode::Ready {
                self.enter(Event::Disarm);
            }
        }
    }

    /// SESS-008: while the pen rests the elapsed time goes to storage once an interval, so that a
    /// power loss gives back no more than that. Never under a finger that is about to start.
    fn keep_elapsed(&mut self, dt: Duration) {
        let interval = limits::LEDGER_INTERVAL;
        self.unkept_for = self.unkept_for.plus_up_to(dt, interval);
        let may = self.mode.is_at_rest() && !self.hands.held;
        if may && self.unkept_for >= interval {
            self.want_ledger();
        }
    }

    /// SESS-006: a plan that was not started in time is forgotten.
    fn expire(&mut self, dt: Duration) {
        let Some(loaded) = self.plan.as_mut() else {
            return;
        };
        if loaded.started {
            return;
        }
        loaded.idle_for = loaded.idle_for.plus_up_to(dt, limits::PLAN_EXPIRY);
        if loaded.idle_for < limits::PLAN_EXPIRY {
            return;
        }
        let id = loaded.plan.id;
        self.record(Record::PlanExpired { id });
        if self.mode == Mode::Ready {
            self.leave_zone(Event::Disarm);
        }
        if self.ledger.open {
            self.close_session();
        }
        self.plan = None;
    }

    /// Counts motor-on time and strokes, of the stop as well as of the drive (SESS-001, SESS-002).
    pub(super) fn count_on(&mut self, dt: Duration) {
        let cap = Duration::from_us(u32::MAX);
        let strokes = self.readings.speed.strokes;
        if strokes == 0 && dt == Duration::from_us(0) {
            return;
        }
        self.activation.on = self.activation.on.plus_up_to(dt, cap);
        if self.ledger.open {
            self.ledger.on = self.ledger.on.plus_up_to(dt, cap);
            if let Some(zone) = self.ledger.zones.get_mut(usize::from(self.zone)) {
                zone.on = zone.on.plus_up_to(dt, cap);
            }
        }
        self.count_strokes(strokes);
    }

    /// SESS-002: strokes count by the worse of the two witnesses. Those that the tachometer missed
    /// are added when the motor stands; more than a few cannot be missing before RATE-006 trips.
    pub(super) fn count_unseen(&mut self) {
        if self.ledger.reserved.is_none() {
            return;
        }
        let turned = self.readings.seen.turned;
        let counted = self.activation.strokes.as_count();
        // What the witness may be wrong by is not missing.
        let certain = (turned / 4).saturating_mul(3) / TURN;
        if certain > counted {
            let most = (turned / TURN).saturating_add(1);
            self.count_strokes(most.saturating_sub(counted).min(UNSEEN_MOST));
        }
    }

    fn count_strokes(&mut self, strokes: u32) {
        self.activation.strokes = self.activation.strokes.plus(strokes);
        if strokes == 0 || !self.ledger.open {
            return;
        }
        self.ledger.strokes = self.ledger.strokes.plus(strokes);
        self.ledger.cartridge_strokes = self.ledger.cartridge_strokes.plus(strokes);
        let punctures = strokes.saturating_mul(self.needles);
        self.punctures = self.punctures.saturating_add(punctures);
        if let Some(zone) = self.ledger.zones.get_mut(usize::from(self.zone)) {
            zone.strokes = zone.strokes.plus(strokes);
        }
    }

    /// The first budget that is used up; without an open zone there is none to spend.
    pub(super) fn spent(&self) -> Option<StopCause> {
        let Some(admitted) = self.admitted else {
            return Some(StopCause::Locked);
        };
        let used = self
            .ledger
            .zones
            .get(usize::from(self.zone))
            .copied()
            .unwrap_or_default();
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

    /// Whether the session's own budgets are used up.
    pub(super) fn session_is_over(&self) -> bool {
        let (on, elapsed) = self.profile.as_ref().map_or(
            (limits::SESSION_ON_MAX, limits::SESSION_ELAPSED_MAX),
            |profile| (profile.session_on, profile.session_elapsed),
        );
        self.ledger.on >= on || self.ledger.elapsed >= elapsed
    }

    /// Closes the session and forgets its plan; storage keeps the closed ledger.
    pub(super) fn close_session(&mut self) {
        if !self.ledger.open {
            return;
        }
        self.record(Record::SessionClosed {
            session: self.ledger.session,
            on: self.ledger.on,
            strokes: self.ledger.strokes,
            punctures: self.punctures,
        });
        self.ledger.open = false;
        self.ledger.reserved = None;
        self.plan = None;
        self.admitted = None;
        self.burn = None;
        self.want_ledger();
    }

    pub(super) fn want_ledger(&mut self) {
        self.ledger_wanted = self.ledger_wanted.wrapping_add(1);
        self.unkept_for = Duration::from_us(0);
    }

    /// The zone is left; its reservation is given back.
    pub(super) fn leave_zone(&mut self, event: Event) {
        self.admitted = None;
        self.ledger.reserved = None;
        self.want_ledger();
        self.enter(event);
    }

    /// Puts a plan into force; the zone with the lowest cap comes first (SESS-004).
    pub(super) fn take_plan(&mut self, plan: Plan) {
        let zones = u8::try_from(plan.zones().count()).unwrap_or(u8::MAX);
        self.zone = plan
            .zones()
            .min_by_key(|(_, zone)| zone.depth)
            .map_or(0, |(place, _)| place);
        self.record(Record::PlanLoaded {
            id: plan.id,
            operator: plan.operator,
            zones,
        });
        for (_, zone) in plan.zones() {
            if let Some(reason) = zone.override_reason {
                self.record(Record::Overridden {
                    zone: zone.zone,
                    depth: zone.depth,
                    reason,
                });
            }
        }
        self.plan = Some(Loaded {
            plan,
            idle_for: Duration::from_us(0),
            started: false,
        });
    }

    pub(super) fn choose_next_zone(&mut self) {
        let Some(loaded) = self.plan else { return };
        let count = u8::try_from(loaded.plan.zones().count())
            .unwrap_or(1)
            .max(1);
        self.zone = self.zone.saturating_add(1).checked_rem(count).unwrap_or(0);
    }

    /// The confirm button in Standby: opens the session if need be, and the zone.
    ///
    /// # Errors
    /// The first [`Refusal`]; nothing changed.
    pub(super) fn arm(&mut self) -> Result<(), Refusal> {
        let Some(loaded) = self.plan else {
            return Err(Refusal::NoPlan);
        };
        let plan = loaded.plan;
        let Ok(device) = self.profile else {
            return Err(Refusal::Locked { locks: self.locks });
        };
        self.day_is_near(plan.day)?;
        self.calibration_lasts(plan.day)?;
        let Some(zone) = plan.zone(self.zone) else {
            return Err(Refusal::NoPlan);
        };
        let (tag, kind) = self.usable_cartridge(&plan).map_err(Refusal::Cartridge)?;
        if zone.depth > kind.length() {
            let allowed = kind.length();
            return Err(Refusal::TooDeep {
                asked: zone.depth,
                allowed,
                by: Source::Cartridge,
            });
        }
        let used = self
            .ledger
            .zones
            .get(usize::from(self.zone))
            .copied()
            .unwrap_or_default();
        let spent = used.on >= zone.time || used.strokes >= zone.strokes;
        if self.ledger.open && spent {
            return Err(Refusal::ZoneUsed { zone: self.zone });
        }
        self.battery_lasts(&plan)?;
        self.ledger.day = self.ledger.day.max(plan.day);
        let admitted = Admitted::new(&device, &plan, zone, kind.length());
        self.open_session(&plan, tag);
        self.needles = kind.needles();
        self.admitted = Some(admitted);
        self.ledger.reserved = Some(self.zone);
        self.want_ledger();
        self.probe.begin();
        let cap = effective_depth(&device, zone, plan.operator_cap, Some(kind.length()));
        self.record(Record::ZoneOpened {
            zone: zone.zone,
            cap: cap.value,
            by: cap.by,
            rate: admitted.rate(),
        });
        self.enter(Event::Arm);
        Ok(())
    }

    /// CAL-003: due date and grace have not passed on this day. Asked at loading and again at arming,
    /// because another calibration may have come into force between the two.
    pub(super) fn calibration_lasts(&self, today: u16) -> Result<(), Refusal> {
        let until = self
            .calibration
            .map_or(0, |c| c.due_day.saturating_add(limits::CAL_GRACE_DAYS));
        if today > until {
            Err(Refusal::CalibrationOverdue { until, today })
        } else {
            Ok(())
        }
    }

    fn battery_lasts(&self, plan: &Plan) -> Result<(), Refusal> {
        if self.ledger.open {
            return Ok(());
        }
        let planned = plan.zones().fold(0_u32, |sum, (_, zone)| {
            sum.saturating_add(zone.time.as_us())
        });
        let needed = planned
            .div_ceil(60_000_000)
            .saturating_mul(limits::BATTERY_RESERVE_PERCENT);
        let needed = needed.div_ceil(100);
        let left = self.readings.battery.map_or(0, minutes_left);
        if left < needed {
            Err(Refusal::BatteryShort { left, needed })
        } else {
            Ok(())
        }
    }

    fn open_session(&mut self, plan: &Plan, tag: Tag) {
        if self.ledger.cartridge != tag.id {
            self.ledger.cartridge = tag.id;
            self.ledger.cartridge_strokes = Strokes::from_count(0);
            self.said.cartridge = false;
            self.burn = None;
        }
        if self.ledger.open {
            return;
        }
        self.ledger = Ledger {
            session: self.ledger.session.saturating_add(1),
            open: true,
            plan: plan.id,
            plan_sum: plan.fingerprint(),
            token: plan.token,
            on: Duration::from_us(0),
            elapsed: Duration::from_us(0),
            strokes: Strokes::from_count(0),
            zones: [ZoneUse::default(); crate::plan::ZONES_MAX],
            reserved: None,
            ..self.ledger
        };
        self.said.session = false;
        self.punctures = 0;
        self.record(Record::SessionOpened {
            session: self.ledger.session,
            token: plan.token,
            cartridge: tag.id,
        });
    }

    /// CART-001, 002, 004, 005: whether this cartridge may treat under this plan.
    fn usable_cartridge(&self, plan: &Plan) -> Result<(Tag, Kind), CartridgeDefect> {
        let (tag, kind) = cartridge::identify(self.seated, self.seen)?;
        if kind == Kind::Dummy {
            return Err(CartridgeDefect::WrongPurpose);
        }
        if plan.day > tag.expiry_day {
            return Err(CartridgeDefect::Expired {
                expiry_day: tag.expiry_day,
                today: plan.day,
            });
        }
        let same =
            self.ledger.open && self.ledger.cartridge == tag.id && self.ledger.token == plan.token;
        // The ledger was stored before the first stroke, tag and list only after it (CART-003).
        let worked = self.ledger.cartridge == tag.id
            && self.ledger.cartridge_strokes > Strokes::from_count(0);
        let burned = tag.used || worked || (self.burn == Some(tag.id));
        if burned && !same {
            return Err(CartridgeDefect::Used { id: tag.id });
        }
        if burned && self.pause >= limits::CARTRIDGE_PAUSE_MAX {
            return Err(CartridgeDefect::PausedTooLong);
        }
        let strokes = self.ledger.cartridge_strokes.as_count();
        if self.ledger.cartridge == tag.id && strokes >= limits::CARTRIDGE_LIFE {
            return Err(CartridgeDefect::WornOut {
                strokes,
                allowed: limits::CARTRIDGE_LIFE,
            });
        }
        Ok((tag, kind))
    }

    /// The trigger in Ready: every condition of a start, in the order an operator can mend them.
    pub(super) fn may_start(&self) -> Result<(), Refusal> {
        let (Some(loaded), Some(admitted)) = (self.plan, self.admitted) else {
            return Err(Refusal::NoPlan);
        };
        if !self.hands.release_seen || self.hands.is_pressing() {
            return Err(Refusal::TriggerHeld);
        }
        let (_, kind) = self
            .usable_cartridge(&loaded.plan)
            .map_err(Refusal::Cartridge)?;
        let cap = admitted.cap();
        if cap.value > kind.length() {
            return Err(Refusal::TooDeep {
                asked: cap.value,
                allowed: kind.length(),
                by: Source::Cartridge,
            });
        }
        // Two channels that disagree do not know the depth: nothing may turn even for the few
        // milliseconds that the monitor would take.
        let Some(depth) = self.readings.depth().filter(|_| self.readings.agree()) else {
            return Err(Refusal::DepthUnknown);
        };
        if depth > cap.value {
            return Err(Refusal::DepthAboveCap {
                measured: depth,
                allowed: cap.value,
                by: cap.by,
            });
        }
        self.actuator_is_there(depth)?;
        let battery = self.readings.battery.unwrap_or_default();
        if battery < limits::BATTERY_START {
            return Err(Refusal::BatteryLow {
                measured: battery,
                needed: limits::BATTERY_START,
            });
        }
        if self.ledger_stored != self.ledger_wanted || !self.probe.is_done() {
            return Err(Refusal::NotYetStored);
        }
        Ok(())
    }

    fn actuator_is_there(&self, measured: Depth) -> Result<(), Refusal> {
        let moves = self
            .profile
            .is_ok_and(|profile| profile.mechanism == Mechanism::Actuator);
        let um = i32::try_from(self.actuator_nm / 1_000).unwrap_or(0);
        let target = Depth::from_um(um);
        let goal = self.admitted.map_or(target, |admitted| admitted.aim());
        let there = target == goal && measured.distance(target) <= ACTUATOR_TOLERANCE_UM;
        if moves && !there {
            Err(Refusal::DepthMoving {
                measured,
                target: goal,
            })
        } else {
            Ok(())
        }
    }

    /// Notes what is in the seat, and what left it (DEPTH-011: the zone must be confirmed anew).
    pub(super) fn watch_cartridge(&mut self, inputs: &Inputs) {
        if self.seated == inputs.seated && self.seen == inputs.tag {
            return;
        }
        let before = self.tag().map(|tag| tag.id);
        self.note_cartridge(inputs.tag, inputs.seated);
        let now = self.tag().map(|tag| tag.id);
        if before == now {
            return;
        }
        match (now, inputs.tag) {
            (Some(id), _) => self.record(Record::CartridgeSeated { id }),
            (None, TagReading::Unreadable) if inputs.seated => {
                self.record(Record::CartridgeRefused {
                    defect: CartridgeDefect::Unreadable,
                });
            }
            (None, TagReading::Unreadable | TagReading::Absent | TagReading::Present(_)) => {
                self.record(Record::CartridgeRemoved);
            }
        }
    }
}
