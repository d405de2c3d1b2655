//! The host's side of the pen: link and storage, in small bounded pieces that never wait.
//!
//! ```text
//! serial -> Decoder -> link rules -> service -> outbox -> serial
//!                                       |
//!                      shared core <----+----> keeper (flash, only while the pen rests)
//! ```

use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_core::request::{Request, Role};
use pen_core::units::{Duration, Instant};
use pen_protocol::frame::{Decoder, Frame, FrameError};
use pen_protocol::messages::{LinkCounters, LinkError, TelemetryFrame, ToHost, ToPen};
use pen_protocol::text::Text;
use pen_protocol::{VERSION, VERSION_MIN};

use crate::board::BoardReport;
use crate::keeper::Keeper;
use crate::link::{ERRORS_MAX, Greeting, Link, Outcome};
use crate::outbox::Outbox;
use crate::roles::Roles;
use crate::shared::CoreAccess;

/// Bytes read from the link in one call.
const READ_MAX: usize = 128;

/// The link, the storage and what lies between them.
#[derive(Debug)]
pub struct Host<S, F> {
    serial: S,
    decoder: Decoder,
    inbox: [u8; READ_MAX],
    inbox_at: usize,
    inbox_len: usize,
    outbox: Outbox,
    pub(crate) link: Link,
    pub(crate) roles: Roles,
    pub(crate) stream: Stream,
    pub(crate) keeper: Keeper<F>,
    pub(crate) serial_number: u64,
    pub(crate) model: Text<24>,
    cable: bool,
}

/// The telemetry stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stream {
    pub(crate) period: Option<Duration>,
    pub(crate) due: Instant,
    pub(crate) seq: u8,
    pub(crate) dropped: u32,
}

/// A frame that was taken apart.
struct Incoming {
    seq: u8,
    crc: u32,
    message: Result<ToPen, FrameError>,
}

impl Incoming {
    /// Reads what the decoder says; nothing when there is nobody to answer.
    fn of(outcome: Result<Frame<'_>, FrameError>) -> Result<Self, FrameError> {
        match outcome {
            Ok(frame) => Ok(Self {
                seq: frame.seq,
                crc: frame.crc,
                message: frame.message(),
            }),
            Err(error @ FrameError::BadVersion { seq, .. }) => Ok(Self {
                seq,
                crc: 0,
                message: Err(error),
            }),
            Err(error) => Err(error),
        }
    }
}

impl<S: Read + Write + ReadReady + WriteReady, F: NorFlash> Host<S, F> {
    /// The host side of the pen that this report is about.
    pub fn new(serial: S, keeper: Keeper<F>, report: &BoardReport) -> Self {
        Self {
            serial,
            decoder: Decoder::new(),
            inbox: [0; READ_MAX],
            inbox_at: 0,
            inbox_len: 0,
            outbox: Outbox::new(),
            link: Link::new(),
            roles: Roles::new(),
            stream: Stream::default(),
            keeper,
            serial_number: report.serial,
            model: Text::new(report.model).unwrap_or(Text::empty()),
            cable: false,
        }
    }

    /// Does a bounded piece of work: at most one flash job, one frame in, one write out.
    ///
    /// Call it whenever there is time; with nothing to do it returns at once.
    pub fn poll(&mut self, now: Instant, access: &mut impl CoreAccess) {
        let raised = self.roles.is_raised();
        let (job, cable, mode) = access.with(|core| {
            let mode = raised.then(|| core.pen.status().mode);
            (self.keeper.claim(core, now), core.cable, mode)
        });
        if let Some(job) = job {
            self.keeper.work(job, now, access);
        }
        let pulled = self.cable && !cable;
        self.cable = cable;
        if let Some(mode) = mode
            && self.roles.ends(now, mode, pulled)
        {
            access.with(|core| core.pen.role_changed(Roles::FIRST));
        }
        if !self.keeper.delays(access.with(|core| core.ticks)) {
            self.receive(now, access);
        }
        self.telemeter(now, access);
        self.send();
    }

    /// What the link has seen since power-up.
    #[must_use]
    pub const fn counters(&self) -> &LinkCounters {
        &self.link.counters
    }

    /// The role of the connection.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.roles.role()
    }

    /// The storage.
    #[must_use]
    pub const fn keeper(&self) -> &Keeper<F> {
        &self.keeper
    }

    /// Serial link and flash again.
    pub fn release(self) -> (S, F) {
        (self.serial, self.keeper.release())
    }

    /// Takes bytes up to the end of one frame.
    fn receive(&mut self, now: Instant, access: &mut impl CoreAccess) {
        if self.inbox_at >= self.inbox_len {
            if !matches!(self.serial.read_ready(), Ok(true)) {
                return;
            }
            // A link that fails is a silent one; silence has deadlines of its own.
            let Ok(len) = self.serial.read(&mut self.inbox) else {
                return;
            };
            self.inbox_at = 0;
            self.inbox_len = len.min(READ_MAX);
        }
        while let Some(byte) = self
            .inbox
            .get(self.inbox_at..self.inbox_len)
            .and_then(<[u8]>::first)
        {
            self.inbox_at += 1;
            if let Some(outcome) = self.decoder.push(*byte) {
                match Incoming::of(outcome) {
                    Ok(incoming) => self.take(incoming, now, access),
                    Err(error) => self.count_error(now, error, access),
                }
                return;
            }
        }
    }

    /// Applies the rules of the link to one frame, and answers it.
    fn take(&mut self, incoming: Incoming, now: Instant, access: &mut impl CoreAccess) {
        let Incoming { seq, crc, message } = incoming;
        // Stop is obeyed whatever else is true of the link (STOP-010).
        if message == Ok(ToPen::Stop) {
            self.link.count_frame();
            let role = self.roles.role();
            let answer = access.with(|core| core.pen.request(role, Request::Stop));
            let answer = answer.map_or_else(ToHost::Refused, |_| ToHost::Done);
            return self.answer(seq, &answer);
        }
        if let Some(left) = self.link.locked_for(now) {
            self.link.counters.while_locked = self.link.counters.while_locked.saturating_add(1);
            let left_ms = u16::try_from(left.as_ms_ceil()).unwrap_or(u16::MAX);
            return self.answer(seq, &ToHost::LinkError(LinkError::Locked { left_ms }));
        }
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                self.count_error(now, error, access);
                if let Some(why) = refusal_of(error) {
                    self.answer(seq, &ToHost::LinkError(why));
                }
                return;
            }
        };
        self.link.count_frame();
        let is_hello = matches!(message, ToPen::Hello(_));
        match self.link.greeting {
            Greeting::None if !is_hello => {
                return self.answer(seq, &ToHost::LinkError(LinkError::NoHello));
            }
            Greeting::Stranger if message.changes() => {
                return self.answer(seq, &ToHost::LinkError(LinkError::ReadOnly));
            }
            Greeting::None | Greeting::Stranger | Greeting::Friend => {}
        }
        if message.changes() {
            let outcome = match self.link.repeated(seq, crc) {
                Some(outcome) => outcome,
                None => {
                    let outcome = self.change(&message, now, access);
                    self.link.remember(seq, crc, outcome);
                    outcome
                }
            };
            self.answer(seq, &outcome.into());
        } else {
            let reply = self.read(&message, now, access);
            self.answer(seq, &reply);
        }
    }

    fn answer(&mut self, seq: u8, reply: &ToHost) {
        if !self.outbox.push(seq, reply) {
            let dropped = &mut self.link.counters.replies_dropped;
            *dropped = dropped.saturating_add(1);
        }
    }

    fn count_error(&mut self, now: Instant, error: FrameError, access: &mut impl CoreAccess) {
        if self.link.count_error(now, error) {
            let errors = u16::try_from(ERRORS_MAX).unwrap_or(u16::MAX);
            access.with(|core| core.pen.link_locked(errors));
        }
    }

    /// Sends a frame of the stream when one is due, or counts it when there is no room.
    fn telemeter(&mut self, now: Instant, access: &mut impl CoreAccess) {
        let Some(period) = self.stream.period else {
            return;
        };
        if now < self.stream.due {
            return;
        }
        self.stream.due = now.plus(period);
        // The last room is for replies.
        let status = self
            .outbox
            .has_room(2)
            .then(|| access.with(|core| core.pen.status()));
        let dropped = self.stream.dropped;
        let sent = status.is_some_and(|status| {
            let frame = ToHost::TelemetryFrame(TelemetryFrame { dropped, status });
            self.outbox.push(self.stream.seq, &frame)
        });
        self.stream.seq = self.stream.seq.wrapping_add(1);
        if !sent {
            self.stream.dropped = dropped.saturating_add(1);
            let counter = &mut self.link.counters.telemetry_dropped;
            *counter = counter.saturating_add(1);
        }
    }

    fn send(&mut self) {
        if self.outbox.is_empty() || !matches!(self.serial.write_ready(), Ok(true)) {
            return;
        }
        if let Ok(sent) = self.serial.write(self.outbox.waiting()) {
            self.outbox.sent(sent);
        }
    }
}

/// What a host is told about a frame that arrived whole and still cannot be read.
fn refusal_of(error: FrameError) -> Option<LinkError> {
    match error {
        FrameError::BadVersion { .. } => Some(LinkError::Version {
            min: VERSION_MIN,
            max: VERSION,
        }),
        FrameError::UnknownKind { kind } => Some(LinkError::UnknownKind { kind }),
        FrameError::BadPayload { kind } => Some(LinkError::BadPayload { kind }),
        FrameError::TrailingBytes { kind, bytes } => {
            let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
            Some(LinkError::TrailingBytes { kind, bytes })
        }
        FrameError::BadCobs
        | FrameError::TooLong
        | FrameError::TooShort { .. }
        | FrameError::BadCrc { .. }
        | FrameError::NoRoom => None,
    }
}

/// What a core's refusal or grant is on the wire.
pub(crate) fn outcome<T>(decision: Result<T, pen_core::request::Refusal>) -> Outcome {
    match decision {
        Ok(_) => Outcome::Done,
        Err(why) => Outcome::Refused(why),
    }
}

#[cfg(test)]
mod tests;
