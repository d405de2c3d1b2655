//! Answers requests: hands what changes something to the core, and reads what only reads.

use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_core::calibration::{Calibration, CalibrationId};
use pen_core::cartridge;
use pen_core::io::TagReading;
use pen_core::limits;
use pen_core::plan::{Plan, ZONES_MAX};
use pen_core::profile::{Bound, DeviceProfile, Source, effective_depth};
use pen_core::request::{Refusal, Request, Role};
use pen_core::units::{Depth, Duration, Instant, Strokes};
use pen_protocol::messages::{
    AbsoluteLimits, CalibrationReply, FaultsReply, FoundCalibration, Hello, HelloReply, InfoReply,
    LimitsReply, LinkError, PAGE_MAX, PlanReply, ReadJournal, Telemetry, ToHost, ToPen, Which,
    ZoneLimits,
};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN, calibration_digest};

use crate::ahead;
use crate::host::{Host, Stream, outcome};
use crate::link::{Greeting, Outcome};
use crate::roles::{Denied, Roles};
use crate::shared::{Core, CoreAccess};

/// The firmware's version in the hello.
pub(crate) const FIRMWARE: Text<24> = text(env!("CARGO_PKG_VERSION"));

const fn text(text: &str) -> Text<24> {
    match Text::new(text) {
        Some(text) => text,
        None => Text::empty(),
    }
}

impl<S: Read + Write + ReadReady + WriteReady, F: NorFlash> Host<S, F> {
    /// Answers what changes something; whether it may is the core's word.
    pub(crate) fn change(
        &mut self,
        message: &ToPen,
        now: Instant,
        access: &mut impl CoreAccess,
    ) -> Outcome {
        let request = match *message {
            ToPen::Authorise(wanted) => return self.authorise(wanted.role, now, access),
            ToPen::Commit(commit) => {
                return self.keep(
                    Request::Commit {
                        digest: commit.digest,
                    },
                    CalibrationId::NONE,
                    access,
                );
            }
            ToPen::Revert => return self.revert(access),
            ToPen::SignOff(signed) => return self.sign_off(signed.generation, access),
            ToPen::Stage(calibration) => {
                let digest = calibration_digest(&calibration);
                Request::Stage {
                    calibration,
                    digest,
                }
            }
            ToPen::LoadPlan(plan) => Request::LoadPlan(plan),
            ToPen::Run(run) => {
                let request = Request::Run(run.rate);
                if self.roles.role() >= request.needs() && self.is_not_yet_stored(access) {
                    return Outcome::Refused(Refusal::NotYetStored);
                }
                request
            }
            ToPen::Stop => Request::Stop,
            ToPen::Heartbeat => Request::Heartbeat,
            ToPen::Acknowledge => Request::Acknowledge,
            ToPen::EndSession => Request::EndSession,
            ToPen::EnterService => Request::EnterService,
            ToPen::LeaveService => Request::LeaveService,
            ToPen::Discard => Request::Discard,
            ToPen::EndTerminal(ended) => Request::EndTerminal { fault: ended.fault },
            ToPen::SetDay(set) => Request::SetDay { day: set.day },
            ToPen::Hello(_)
            | ToPen::Info
            | ToPen::Status
            | ToPen::Limits
            | ToPen::ReadPlan
            | ToPen::ReadSession
            | ToPen::ReadCalibration(_)
            | ToPen::ReadJournal(_)
            | ToPen::ReadFaults
            | ToPen::Telemetry(_)
            | ToPen::ReadTemperatures => return Outcome::Done,
        };
        let role = self.roles.role();
        outcome(access.with(|core| core.pen.request(role, request)))
    }

    /// Answers what only reads.
    pub(crate) fn read(
        &mut self,
        message: &ToPen,
        now: Instant,
        access: &mut impl CoreAccess,
    ) -> ToHost {
        match message {
            ToPen::Hello(hello) => self.hello(hello, access),
            ToPen::Info => ToHost::InfoReply(self.info(access)),
            ToPen::Status => ToHost::StatusReply(access.with(|core| core.pen.status())),
            ToPen::Limits => ToHost::LimitsReply(limits_in_force(access)),
            ToPen::ReadPlan => ToHost::PlanReply(PlanReply {
                plan: access.with(|core| core.pen.plan()),
            }),
            ToPen::ReadSession => ToHost::SessionReply(access.with(|core| core.pen.ledger())),
            ToPen::ReadCalibration(wanted) => self.calibration(wanted.which, access),
            ToPen::ReadJournal(wanted) => self.page(*wanted),
            ToPen::ReadFaults => ToHost::FaultsReply(access.with(|core| faults(core))),
            ToPen::Telemetry(wanted) => self.subscribe(*wanted, now),
            ToPen::ReadTemperatures => {
                ToHost::TemperaturesReply(access.with(|core| core.pen.temperatures()))
            }
            ToPen::Stop
            | ToPen::Heartbeat
            | ToPen::Acknowledge
            | ToPen::LoadPlan(_)
            | ToPen::EndSession
            | ToPen::Authorise(_)
            | ToPen::EnterService
            | ToPen::LeaveService
            | ToPen::Run(_)
            | ToPen::Stage(_)
            | ToPen::Commit(_)
            | ToPen::Discard
            | ToPen::Revert
            | ToPen::EndTerminal(_)
            | ToPen::SetDay(_)
            | ToPen::SignOff(_) => self.change(message, now, access).into(),
        }
    }

    /// No ledger reserves a drive in Service mode: storage has to be ahead of all of it. If not, the refusal is
    /// recorded.
    fn is_not_yet_stored(&self, access: &mut impl CoreAccess) -> bool {
        let reach = self.keeper.reach;
        access.with(|core| {
            let forbids = ahead::forbids_service(&core.pen, reach);
            if forbids {
                core.pen.run_not_yet_stored();
            }
            forbids
        })
    }

    fn hello(&mut self, hello: &Hello, access: &mut impl CoreAccess) -> ToHost {
        let greeting = self.link.greet(hello);
        self.stream = Stream::default();
        if self.roles.connected() {
            access.with(|core| core.pen.role_changed(Roles::FIRST));
        }
        ToHost::HelloReply(HelloReply {
            version: VERSION,
            version_min: VERSION_MIN,
            schema: SCHEMA_HASH,
            serial: self.serial_number,
            model: self.model,
            firmware: FIRMWARE,
            read_only: greeting != Greeting::Friend,
        })
    }

    fn authorise(&mut self, wanted: Role, now: Instant, access: &mut impl CoreAccess) -> Outcome {
        let before = self.roles.role();
        let (mode, attended) = access.with(|core| (core.pen.status().mode, core.pen.is_attended()));
        match self.roles.authorise(now, wanted, mode, attended) {
            Ok(role) => {
                if role != before {
                    access.with(|core| core.pen.role_changed(role));
                }
                Outcome::Done
            }
            Err(Denied::Refused(why)) => {
                access.with(|core| core.pen.role_refused(why));
                Outcome::Refused(why)
            }
            Err(Denied::TooOften { left }) => Outcome::LinkError(LinkError::TooOften {
                left_ms: left.as_ms_ceil(),
            }),
        }
    }

    fn info(&self, access: &mut impl CoreAccess) -> InfoReply {
        let (profile, uptime, reset) =
            access.with(|core| (core.pen.profile(), core.now, core.pen.reset_cause()));
        InfoReply {
            serial: self.serial_number,
            class: profile.map(|profile| profile.class),
            mechanism: profile.map(|profile| profile.mechanism),
            firmware: FIRMWARE,
            uptime,
            reset,
            role: self.roles.role(),
            storage: *self.keeper.state(),
            link: self.link.counters,
        }
    }

    fn calibration(&mut self, which: Which, access: &mut impl CoreAccess) -> ToHost {
        let calibration: Option<Calibration> = match which {
            Which::Current => access.with(|core| core.pen.calibration()),
            Which::Previous => {
                let previous = self.previous_calibration(access);
                previous.map(|stored| stored.calibration)
            }
            Which::Staged => access
                .with(|core| core.pen.staged())
                .map(|(staged, _)| staged),
        };
        let found = calibration.map(|calibration| FoundCalibration {
            digest: calibration_digest(&calibration),
            calibration,
        });
        ToHost::CalibrationReply(CalibrationReply { which, found })
    }

    fn page(&mut self, wanted: ReadJournal) -> ToHost {
        let allowed = u8::try_from(PAGE_MAX).unwrap_or(u8::MAX);
        if !(1..=allowed).contains(&wanted.max) {
            let asked = wanted.max;
            return ToHost::LinkError(LinkError::PageSize { asked, allowed });
        }
        match self.keeper.page(wanted.journal, wanted.from, wanted.max) {
            Ok(page) => ToHost::JournalReply(page),
            Err(error) => ToHost::LinkError(LinkError::Storage(error)),
        }
    }

    fn subscribe(&mut self, wanted: Telemetry, now: Instant) -> ToHost {
        let period = Duration::from_ms(wanted.period_ms.into());
        self.stream = Stream {
            period: (wanted.period_ms > 0).then_some(period),
            due: now.plus(period),
            ..Stream::default()
        };
        ToHost::Done
    }
}

fn faults(core: &Core) -> FaultsReply {
    let status = core.pen.status();
    FaultsReply {
        latched: status.fault,
        later: status.later,
        terminal: core
            .pen
            .ledger()
            .terminal
            .filter(|fault| fault.is_terminal()),
    }
}

fn limits_in_force(access: &mut impl CoreAccess) -> LimitsReply {
    let (profile, plan, tag) =
        access.with(|core| (core.pen.profile(), core.pen.plan(), core.tag.presented()));
    let mut zones = [None; ZONES_MAX];
    if let (Some(device), Some(plan)) = (&profile, &plan) {
        for (place, zone) in zones.iter_mut().enumerate() {
            *zone = zone_limits(device, plan, place, needles(tag));
        }
    }
    LimitsReply {
        absolute: absolute(),
        profile,
        zones,
    }
}

/// Length of the needles at hand, if a known cartridge answers.
fn needles(tag: TagReading) -> Option<Depth> {
    cartridge::identify(true, tag)
        .ok()
        .map(|(_, kind)| kind.length())
}

fn zone_limits(
    device: &DeviceProfile,
    plan: &Plan,
    place: usize,
    needles: Option<Depth>,
) -> Option<ZoneLimits> {
    let zone = plan.zones.get(place)?.as_ref()?;
    let strokes = Strokes::from_count(limits::CARTRIDGE_LIFE);
    Some(ZoneLimits {
        zone: zone.zone,
        depth: effective_depth(device, zone, plan.operator_cap, needles),
        rate: Bound {
            value: limits::RATE_MAX,
            by: Source::Absolute,
        }
        .meet(device.rate_max, Source::Device)
        .meet(zone.rate, Source::Plan),
        time: Bound {
            value: limits::SESSION_ON_MAX,
            by: Source::Absolute,
        }
        .meet(device.session_on, Source::Device)
        .meet(zone.time, Source::Plan),
        strokes: Bound {
            value: strokes,
            by: Source::Absolute,
        }
        .meet(zone.strokes, Source::Plan),
    })
}

const fn absolute() -> AbsoluteLimits {
    AbsoluteLimits {
        depth: limits::DEPTH_ABSOLUTE,
        depth_home: limits::DEPTH_HOME,
        depth_professional: limits::DEPTH_PROFESSIONAL,
        rate_min: limits::RATE_MIN,
        rate_max: limits::RATE_MAX,
        rate_service: limits::RATE_SERVICE,
        session_on: limits::SESSION_ON_MAX,
        session_elapsed: limits::SESSION_ELAPSED_MAX,
        activation: limits::ACTIVATION_MAX,
        cartridge: Strokes::from_count(limits::CARTRIDGE_LIFE),
    }
}
