//! The modelled rooms as few values as their rules can tell apart: into a pen, and out of it again.
//!
//! Where a rule can't tell, the worse value is put in: a closed session has used everything, a mode other than
//! Ready finds the trigger seen released, a stop leads back to Ready unless it says otherwise.

use std::hash::{Hash, Hasher};

use super::super::Pen;
use super::world::{DIGEST, Facts, OWN, World, ZONE_STROKES, ZONE_TIME};
use crate::account::Account;
use crate::dead_man::DeadMan;
use crate::fault::{Fault, Trip};
use crate::latch::Latch;
use crate::limits;
use crate::machine::Machine;
use crate::mode::{AfterStop, Mode};
use crate::records::Origin;
use crate::session::{Ledger, ZoneUse};
use crate::units::{Duration, Rate, Strokes};

/// Number of the session in force.
const SESSION: u32 = 7;
/// So little is left when a budget is about to be used up.
const LITTLE: Duration = Duration::from_ms(1);

/// What a session has used of its own budgets; the first that is used up counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Used {
    Nothing,
    Some,
    On,
    Elapsed,
}

/// What the chosen zone has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Zone {
    Left,
    Strokes,
    Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Loaded {
    Nothing,
    Idle,
    Started,
}

/// When the host was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Host {
    Heard,
    /// Too long ago to turn.
    LetGo,
    /// Too long ago to serve.
    Silent,
}

/// Which calibration storage was told to keep, or that the one in force is signed off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Granted {
    Nothing,
    Staged,
    Reverted,
    SignedOff,
}

/// What Service remembers. Outside Service all of it, if any is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Service {
    pub(super) host: Host,
    pub(super) leaving: bool,
    pub(super) staged: bool,
    pub(super) granted: Granted,
}

impl Service {
    pub(super) const CLEAN: Self = Self {
        host: Host::Heard,
        leaving: false,
        staged: false,
        granted: Granted::Nothing,
    };
    const LEFT: Self = Self {
        host: Host::Heard,
        leaving: true,
        staged: true,
        granted: Granted::Staged,
    };
}

/// Budgets that are about to be used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Near {
    pub(super) session: Used,
    /// The cartridge's strokes.
    pub(super) life: bool,
    pub(super) zone: Zone,
}

impl Near {
    pub(super) const NOTHING: Self = Self {
        session: Used::Nothing,
        life: false,
        zone: Zone::Left,
    };
    pub(super) const ELAPSED: Self = Self {
        session: Used::Elapsed,
        ..Self::NOTHING
    };

    /// Every set of budgets that one stroke, or one reservation, can use up together.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Used::Nothing, Used::On, Used::Elapsed]
            .into_iter()
            .flat_map(|session| {
                [false, true].into_iter().flat_map(move |life| {
                    [Zone::Left, Zone::Strokes, Zone::Time]
                        .into_iter()
                        .map(move |zone| Self {
                            session,
                            life,
                            zone,
                        })
                })
            })
    }
}

/// The modelled rooms.
#[expect(clippy::struct_excessive_bools, reason = "independent marks of rooms")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rooms {
    pub(super) mode: Mode,
    pub(super) after: AfterStop,
    pub(super) first: Option<Fault>,
    pub(super) later: bool,
    pub(super) kept: Option<Fault>,
    pub(super) plan: Loaded,
    /// Nothing while no session is open.
    pub(super) session: Option<Used>,
    pub(super) zone: Zone,
    /// The cartridge's strokes are used up.
    pub(super) worn: bool,
    /// The zone is open, and its activation reserved.
    pub(super) open: bool,
    pub(super) is_kept: bool,
    pub(super) release_seen: bool,
    pub(super) answered: bool,
    pub(super) stop_asked: bool,
    pub(super) service: Service,
}

impl Hash for Rooms {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let fault = |fault: Option<Fault>| fault.map_or(u8::MAX, |fault| fault as u8);
        [
            self.mode as u8,
            self.after as u8,
            fault(self.first),
            fault(self.kept),
        ]
        .hash(state);
        (self.later, self.plan, self.session, self.zone, self.worn).hash(state);
        (self.open, self.is_kept, self.release_seen, self.answered).hash(state);
        (self.stop_asked, self.service).hash(state);
    }
}

impl Rooms {
    /// These rooms in a pen in this world.
    pub(super) fn put(&self, world: &World, facts: &Facts, near: Near, next: Zone) -> Pen {
        let mut pen = world.pen(facts);
        pen.machine = Machine::in_mode(self.mode);
        pen.machine.leads_to(self.after);
        pen.latch = self.latch();
        pen.account = self.account(world, facts, near, next);
        pen.hands.release_seen = self.release_seen;
        if self.answered {
            pen.hands.answer();
        }
        if self.stop_asked {
            pen.hands.ask_stop();
        }
        self.put_service(&mut pen, world);
        pen
    }

    fn latch(&self) -> Latch {
        let mut latch = Latch::new(self.kept);
        let trip = |fault| Trip {
            fault,
            measured: 1_300,
            allowed: 1_200,
        };
        if let Some(first) = self.first {
            latch.close(trip(first), &mut ());
            if self.later {
                let other = Fault::ALL.into_iter().find(|fault| *fault != first);
                latch.count(trip(other.unwrap()), &mut ());
            }
        }
        latch
    }

    fn account(&self, world: &World, facts: &Facts, near: Near, next: Zone) -> Account {
        let plan = world.plan_in(facts);
        let open = self.session.is_some();
        let (on, elapsed) = spent(self.session, near);
        let cartridge_strokes = if self.worn {
            limits::CARTRIDGE_LIFE
        } else if near.life {
            limits::CARTRIDGE_LIFE - 1
        } else {
            0
        };
        let mut zones = [zone(next, Zone::Left); crate::plan::ZONES_MAX];
        zones[0] = zone(self.zone, near.zone);
        let mut account = Account::new(
            Some(Ledger {
                session: SESSION,
                open,
                plan: plan.id,
                plan_sum: plan.fingerprint(),
                token: plan.token,
                day: World::day_in(facts),
                cartridge: OWN,
                cartridge_strokes: Strokes::from_count(cartridge_strokes),
                on,
                elapsed,
                zones,
                ..Ledger::default()
            }),
            &mut (),
        );
        if self.plan != Loaded::Nothing {
            account.take_plan(&plan, &mut ());
        }
        if self.plan == Loaded::Started {
            account.start_plan();
        }
        if self.open {
            account.enter_zone(world.admitted, 12);
        }
        account.want();
        if self.is_kept {
            account.stored(account.wanted());
        }
        account
    }

    fn put_service(&self, pen: &mut Pen, world: &World) {
        let mut dead_man = DeadMan::default();
        dead_man.turn(Rate::from_hz(50));
        dead_man.tick(match self.service.host {
            Host::Heard => Duration::from_s(0),
            Host::LetGo => limits::DEADMAN_TIMEOUT,
            Host::Silent => limits::HEARTBEAT_TIMEOUT,
        });
        if self.service.leaving {
            dead_man.leave();
        }
        pen.dead_man = dead_man;
        if self.service.staged {
            pen.records.stage(Some((world.staged, DIGEST)));
        }
        match self.service.granted {
            Granted::Nothing => {}
            Granted::Staged => pen.records.grant(world.staged, Origin::Staged),
            Granted::Reverted => {
                let origin = Origin::Previous { signed_off: false };
                pen.records.grant(world.reverted, origin);
            }
            Granted::SignedOff => pen.records.grant_sign_off(),
        }
    }

    /// The modelled rooms of a pen.
    pub(super) fn take(pen: &Pen) -> Self {
        let mode = pen.machine.mode();
        let ledger = pen.ledger();
        let ready = mode == Mode::Ready;
        let after = if mode == Mode::Stopping {
            pen.machine.after()
        } else {
            AfterStop::Ready
        };
        let serves = matches!(mode, Mode::Service | Mode::ServiceRunning)
            || (mode == Mode::Stopping && after == AfterStop::Service);
        let service = take_service(pen);
        Self {
            mode,
            after,
            first: pen.latch.first().map(|trip| trip.fault),
            later: pen.latch.later() > 0,
            kept: pen.latch.kept(),
            plan: take_plan(&pen.account),
            session: ledger.open.then(|| used(&ledger)),
            zone: if ledger.open {
                zone_of(&pen.account.used())
            } else {
                Zone::Time
            },
            worn: ledger.cartridge_strokes.as_count() >= limits::CARTRIDGE_LIFE,
            open: ledger.reserved.is_some(),
            is_kept: pen.account.is_kept(),
            release_seen: !ready || pen.hands.release_seen,
            answered: ready && pen.hands.is_answered(),
            stop_asked: (ready || mode == Mode::Service || mode.may_drive())
                && pen.hands.is_stop_asked(),
            service: if serves {
                service
            } else if service.leaving || service.staged {
                Service::LEFT
            } else {
                Service::CLEAN
            },
        }
    }

    /// A fault that only a technician ends.
    pub(super) fn terminal(&self) -> Option<Fault> {
        self.kept.filter(|fault| fault.is_terminal())
    }

    /// The depth is to be checked at zero.
    pub(super) fn shaken(&self) -> Option<Fault> {
        self.kept.filter(|fault| fault.demands_zero_check())
    }
}

fn less(most: Duration) -> Duration {
    most.minus(LITTLE)
}

/// Motor-on and elapsed time.
fn spent(session: Option<Used>, near: Near) -> (Duration, Duration) {
    let (second, all) = (Duration::from_s(1), limits::SESSION_ELAPSED_MAX);
    let on = limits::SESSION_ON_MAX;
    match (session, near.session) {
        // A closed session may have used everything, or, as it is asked for, nothing.
        (None, Used::Elapsed) => (Duration::from_s(0), Duration::from_s(0)),
        (None | Some(Used::On), _) => (on, on),
        (Some(Used::Elapsed), Used::On) => (less(on), all),
        (Some(Used::Elapsed), _) => (second, all),
        (Some(_), Used::On) => (less(on), on),
        (Some(_), Used::Elapsed) => (second, less(all)),
        (Some(Used::Nothing), _) => (Duration::from_s(0), Duration::from_s(0)),
        (Some(Used::Some), _) => (second, second),
    }
}

fn zone(zone: Zone, near: Zone) -> ZoneUse {
    let (on, strokes) = match (zone, near) {
        (Zone::Left, Zone::Strokes) => (LITTLE, ZONE_STROKES - 1),
        (Zone::Left, Zone::Time) => (less(ZONE_TIME), 1),
        (Zone::Left, Zone::Left) => (Duration::from_s(0), 0),
        (Zone::Strokes, _) => (LITTLE, ZONE_STROKES),
        (Zone::Time, Zone::Strokes) => (ZONE_TIME, ZONE_STROKES - 1),
        (Zone::Time, _) => (ZONE_TIME, 1),
    };
    ZoneUse {
        on,
        strokes: Strokes::from_count(strokes),
    }
}

fn zone_of(used: &ZoneUse) -> Zone {
    if used.strokes.as_count() >= ZONE_STROKES {
        Zone::Strokes
    } else if used.on >= ZONE_TIME {
        Zone::Time
    } else {
        Zone::Left
    }
}

fn used(ledger: &Ledger) -> Used {
    if ledger.on >= limits::SESSION_ON_MAX {
        Used::On
    } else if ledger.elapsed >= limits::SESSION_ELAPSED_MAX {
        Used::Elapsed
    } else if ledger.on == Duration::from_s(0) {
        Used::Nothing
    } else {
        Used::Some
    }
}

/// A plan that was not started is the one that expires.
fn take_plan(account: &Account) -> Loaded {
    let mut copy = *account;
    if account.plan().is_none() {
        return Loaded::Nothing;
    }
    let most = crate::account::SessionLimits {
        on: limits::SESSION_ON_MAX,
        elapsed: limits::SESSION_ELAPSED_MAX,
    };
    match copy.tick(limits::PLAN_EXPIRY, false, true, || most).expired {
        Some(_) => Loaded::Idle,
        None => Loaded::Started,
    }
}

fn take_service(pen: &Pen) -> Service {
    let staged = pen.records.staged();
    let granted = pen.records.granted().copied();
    let granted = match (granted, staged) {
        (None, _) if pen.records.is_signing() => Granted::SignedOff,
        (None, _) => Granted::Nothing,
        (Some(granted), Some((staged, _))) if granted == staged => Granted::Staged,
        (Some(granted), None) if granted.technician != 1 => Granted::Staged,
        (Some(_), _) => Granted::Reverted,
    };
    Service {
        host: if pen.dead_man.is_silent() {
            Host::Silent
        } else if pen.dead_man.is_let_go() {
            Host::LetGo
        } else {
            Host::Heard
        },
        leaving: pen.dead_man.is_leaving(),
        staged: staged.is_some(),
        granted,
    }
}
