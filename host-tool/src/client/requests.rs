//! What a pen can be asked for, request by request.

use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::locks::Lock;
use pen_core::plan::Plan;
use pen_core::request::{Refusal, Role};
use pen_core::session::Ledger;
use pen_core::status::{Status, Temperatures};
use pen_core::units::Rate;
use pen_protocol::frame::FRAME_MAX;
use pen_protocol::messages::{
    Authorise, CalibrationReply, Commit, FaultsReply, InfoReply, JournalName, JournalReply,
    LimitsReply, LinkError, Message, PAGE_MAX, ReadCalibration, ReadJournal, Run, SignOff,
    Telemetry, TelemetryFrame, ToHost, ToPen, Which,
};

use super::{Client, name};
use crate::error::HostError;

/// Between two heartbeats while something waits in Service mode; the pen allows 250 ms.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// Between two attempts to become a technician; after three in vain the pen wants 10 s of rest.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// The confirm button has been held for 2 s by a clock that is wrong by 3 %, and some more.
const HELD: Duration = Duration::from_millis(2_150);

/// By then the pen has computed its locks anew.
const SETTLED: Duration = Duration::from_millis(50);

/// How long somebody who signs off is waited for at the confirm button.
const SIGN_OFF_PATIENCE: Duration = Duration::from_secs(10);

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $ask:expr => $answer:ident($type:ty);)*) => {
        impl Client {
            $($(#[$doc])*
            ///
            /// # Errors
            /// As [`Client::exchange`], and the pen's refusal.
            pub fn $name(&mut self) -> Result<$type, HostError> {
                let ask = $ask;
                match self.exchange(&ask)? {
                    ToHost::$answer(reply) => Ok(reply),
                    other => Err(self.unexpected(&name(&ask), &other)),
                }
            })*
        }
    };
}

readers! {
    /// The device and how it is.
    info: ToPen::Info => InfoReply(InfoReply);
    /// The picture of the pen after its last control step.
    status: ToPen::Status => StatusReply(Status);
    /// What limits apply, and who set them.
    limits: ToPen::Limits => LimitsReply(LimitsReply);
    /// The session's account.
    session: ToPen::ReadSession => SessionReply(Ledger);
    /// What is latched.
    faults: ToPen::ReadFaults => FaultsReply(FaultsReply);
}

impl Client {
    /// The plan in force.
    ///
    /// # Errors
    /// As [`Client::exchange`], and the pen's refusal.
    pub fn plan(&mut self) -> Result<Option<Plan>, HostError> {
        match self.exchange(&ToPen::ReadPlan)? {
            ToHost::PlanReply(reply) => Ok(reply.plan),
            other => Err(self.unexpected("read plan", &other)),
        }
    }

    /// How warm the pen is; nothing when its firmware is older than the question. Such a pen is asked once
    /// a connection: it counts what it does not know as a bad frame, and eight of those lock the link.
    ///
    /// # Errors
    /// As [`Client::exchange`], and the pen's refusal.
    pub fn temperatures(&mut self) -> Result<Option<Temperatures>, HostError> {
        if self.untold {
            return Ok(None);
        }
        let ask = ToPen::ReadTemperatures;
        match self.exchange(&ask)? {
            ToHost::TemperaturesReply(told) => Ok(Some(told)),
            ToHost::LinkError(LinkError::UnknownKind { kind }) if kind == ask.kind() => {
                self.untold = true;
                Ok(None)
            }
            other => Err(self.unexpected(&name(&ask), &other)),
        }
    }

    /// A generation of the calibration.
    ///
    /// # Errors
    /// As [`Client::exchange`], and the pen's refusal.
    pub fn calibration(&mut self, which: Which) -> Result<CalibrationReply, HostError> {
        match self.exchange(&ToPen::ReadCalibration(ReadCalibration { which }))? {
            ToHost::CalibrationReply(reply) => Ok(reply),
            other => Err(self.unexpected("read calibration", &other)),
        }
    }

    /// One page of a journal, from this record number on.
    ///
    /// # Errors
    /// As [`Client::exchange`], and the pen's refusal.
    pub fn journal_page(
        &mut self,
        journal: JournalName,
        from: u32,
    ) -> Result<JournalReply, HostError> {
        let max = u8::try_from(PAGE_MAX).unwrap_or(u8::MAX);
        match self.exchange(&ToPen::ReadJournal(ReadJournal { journal, from, max }))? {
            ToHost::JournalReply(reply) => Ok(reply),
            other => Err(self.unexpected("read journal", &other)),
        }
    }

    /// Asks for a stream of telemetry, or ends it with a period of zero.
    ///
    /// # Errors
    /// As [`Client::exchange`], and the pen's refusal.
    pub fn stream(&mut self, period_ms: u16) -> Result<(), HostError> {
        self.demand(&ToPen::Telemetry(Telemetry { period_ms }))
    }

    /// The next picture of a stream; nothing when none came in time.
    ///
    /// # Errors
    /// The link broke.
    pub fn next_picture(
        &mut self,
        patience: Duration,
    ) -> Result<Option<TelemetryFrame>, HostError> {
        let until = self.link.now() + patience;
        loop {
            if let Some(picture) = self.telemetry.pop_front() {
                return Ok(Some(picture));
            }
            let left = until.saturating_sub(self.link.now());
            if left.is_zero() {
                return Ok(None);
            }
            let mut buffer = [0; FRAME_MAX];
            let count = self
                .link
                .receive(&mut buffer, left.min(Duration::from_millis(50)))?;
            for byte in buffer.iter().take(count) {
                let Some(frame) = self.decoder.push(*byte) else {
                    continue;
                };
                match frame.and_then(|frame| frame.message::<ToHost>()) {
                    Ok(ToHost::TelemetryFrame(picture)) => self.telemetry.push_back(picture),
                    Ok(_) => {}
                    Err(_) => self.dropped = self.dropped.saturating_add(1),
                }
            }
        }
    }

    /// Changes the role of this connection.
    ///
    /// # Errors
    /// As [`Client::demand`].
    pub fn authorise(&mut self, role: Role) -> Result<(), HostError> {
        self.demand(&ToPen::Authorise(Authorise { role }))
    }

    /// Becomes a technician as soon as somebody holds the confirm button on the pen; asks until this
    /// much time has passed on the link. The pen slows down whoever asks too often.
    ///
    /// # Errors
    /// As [`Client::demand`]; nobody came; and an interrupt from the keyboard, at once.
    pub fn wait_for_technician(&mut self, patience: Duration) -> Result<(), HostError> {
        let role = Role::Technician;
        let ask = ToPen::Authorise(Authorise { role });
        let until = self.link.now() + patience;
        loop {
            let pause = match self.exchange(&ask)? {
                ToHost::Done => return Ok(()),
                ToHost::Refused(Refusal::NobodyAtThePen) => ASK_AGAIN,
                ToHost::LinkError(LinkError::TooOften { left_ms }) => {
                    // The pen's clock may be wrong by 3 %.
                    Duration::from_millis(u64::from(left_ms) * 104 / 100 + 10)
                }
                other => return Err(self.unexpected(&name(&ask), &other)),
            };
            let left = until.saturating_sub(self.link.now());
            if left.is_zero() {
                return Err(HostError::not_attended(patience.as_secs()));
            }
            self.wait_patiently(pause.min(left), "waiting for the technician")?;
        }
    }

    /// Demands what only a technician who holds the confirm button may, until it is held for long
    /// enough or this much time has passed on the link.
    ///
    /// # Errors
    /// As [`Client::demand`]; nobody held the button; and an interrupt from the keyboard, at once.
    pub fn demand_held(&mut self, message: &ToPen, patience: Duration) -> Result<(), HostError> {
        self.same_pen()?;
        let until = self.link.now() + patience;
        loop {
            let answer = self.exchange(message)?;
            match answer {
                ToHost::Done => return Ok(()),
                ToHost::Refused(Refusal::NobodyAtThePen | Refusal::DayFarAhead { .. }) => {}
                other => return Err(self.unexpected(&name(message), &other)),
            }
            let left = until.saturating_sub(self.link.now());
            if left.is_zero() {
                return Err(match answer {
                    ToHost::Refused(Refusal::DayFarAhead { .. }) => {
                        self.unexpected(&name(message), &answer)
                    }
                    _ => HostError::not_attended(patience.as_secs()),
                });
            }
            self.wait_patiently(HELD.min(left), &name(message))?;
        }
    }

    /// Lets time pass, and ends at once when somebody interrupts.
    fn wait_patiently(&mut self, span: Duration, during: &str) -> Result<(), HostError> {
        let until = self.link.now() + span;
        loop {
            if crate::clock::interrupted() {
                return Err(HostError::interrupted(during));
            }
            let left = until.saturating_sub(self.link.now());
            if left.is_zero() {
                return Ok(());
            }
            self.link.wait(left.min(HEARTBEAT));
        }
    }

    /// Turns the motor in Service mode. It stops when [`Client::wait_alive`] is not called.
    ///
    /// # Errors
    /// As [`Client::demand`].
    pub fn run(&mut self, rate: Rate) -> Result<(), HostError> {
        self.demand(&ToPen::Run(Run { rate }))
    }

    /// Stages a calibration and returns the digest under which it can be committed.
    ///
    /// # Errors
    /// As [`Client::demand`], and a pen that staged something else than it was given.
    pub fn stage(&mut self, calibration: &Calibration) -> Result<u32, HostError> {
        self.same_pen()?;
        self.demand(&ToPen::Stage(*calibration))?;
        let digest = pen_protocol::calibration_digest(calibration);
        match self.calibration(Which::Staged)?.found {
            Some(found) if found.digest == digest => Ok(digest),
            Some(found) => Err(HostError::verify_failed(
                "the staged calibration",
                format!("sent {digest:08x}, the pen holds {:08x}", found.digest),
            )),
            None => Err(HostError::verify_failed(
                "the staged calibration",
                "the pen holds none after it accepted one",
            )),
        }
    }

    /// Puts the staged calibration into force.
    ///
    /// # Errors
    /// As [`Client::demand`].
    pub fn commit(&mut self, digest: u32) -> Result<(), HostError> {
        self.same_pen()?;
        self.demand(&ToPen::Commit(Commit { digest }))
    }

    /// Signs off the calibration of this generation while somebody holds the confirm button; the pen
    /// answers once it has kept that. Somebody who does not hold it yet is waited for.
    ///
    /// # Errors
    /// As [`Client::demand_held`]; and a pen that has the calibration unverified all the same.
    pub fn sign_off(&mut self, generation: u32) -> Result<(), HostError> {
        let sign_off = ToPen::SignOff(SignOff { generation });
        self.demand_held(&sign_off, SIGN_OFF_PATIENCE)?;
        self.wait(SETTLED);
        if self.status()?.locks.has(Lock::Unverified) {
            return Err(HostError::verify_failed(
                "the sign-off",
                format!("the pen accepted it, and has generation {generation} unverified"),
            ));
        }
        Ok(())
    }

    /// Lets time pass while the pen knows that the host is there.
    ///
    /// # Errors
    /// As [`Client::demand`]; and an interrupt from the keyboard, at once.
    pub fn wait_alive(&mut self, span: Duration) -> Result<(), HostError> {
        let until = self.link.now() + span;
        loop {
            if crate::clock::interrupted() {
                return Err(HostError::interrupted("the procedure"));
            }
            self.demand(&ToPen::Heartbeat)?;
            let left = until.saturating_sub(self.link.now());
            if left.is_zero() {
                return Ok(());
            }
            self.link.wait(left.min(HEARTBEAT));
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, span: Duration) {
        self.link.wait(span);
    }

    /// Time on this link's clock.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.link.now()
    }
}
