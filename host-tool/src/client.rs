//! A typed conversation with one pen: greeting, sequence numbers, patience, repetition.
//!
//! The greeting comes first. When versions or message layout differ, the client reads and refuses
//! to change anything. A frame that got lost is sent again under its own number; the pen answers a
//! repetition from memory, so that nothing happens twice.

mod journal;
mod requests;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use pen_core::request::Refusal;
use pen_protocol::frame::{Decoder, FRAME_MAX, FrameError, encode};
use pen_protocol::messages::{
    Hello, HelloReply, LinkError, Message, TelemetryFrame, ToHost, ToPen,
};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN};

use crate::error::HostError;
use crate::link::Transport;
use crate::words;

pub use journal::FetchedJournal;
#[cfg(test)]
pub(crate) use journal::chained;
pub(crate) use journal::{genesis, link};

/// How often a frame is sent before the pen counts as silent.
const ATTEMPTS: u32 = 3;

/// Between two heartbeats while answers stay out in Service mode, if the patience is no longer than they last; the
/// pen leaves it after 3 s without one. With a patience above 17 s they are too far apart for that.
const STILL_THERE: Duration = Duration::from_millis(700);

/// How long is received in one go.
const PORTION: Duration = Duration::from_millis(50);

/// Heartbeats within one request. The pen knows the last eight requests again: a repetition must be among them.
const BEATS: u32 = 5;

/// After so long without an answer the pen counts as silent when somebody asks this program to end.
const SILENCE: Duration = Duration::from_millis(300);

/// How long a pen that was silent is waited for while the program winds up.
const LAST_WORDS: Duration = Duration::from_millis(600);

/// How long is waited for an answer, all attempts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_millis(3_000))
    }
}

/// Why this connection only reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The host's side, in words.
    pub host: String,
    /// The pen's side, in words.
    pub pen: String,
    /// Which side is older, or that it cannot be told.
    pub older: String,
    /// What to do.
    pub fix: String,
}

impl Mismatch {
    /// What differs between this program and a pen that greeted so; nothing when all is well.
    #[must_use]
    pub fn of(hello: &HelloReply) -> Option<Self> {
        let spoken = (hello.version_min..=hello.version).contains(&VERSION);
        if spoken && hello.schema == SCHEMA_HASH && !hello.read_only {
            return None;
        }
        let (older, fix) = match VERSION.cmp(&hello.version) {
            std::cmp::Ordering::Less => ("host", "install a newer penctl"),
            std::cmp::Ordering::Greater => ("pen", "install newer firmware on the pen"),
            std::cmp::Ordering::Equal => (
                "side built earlier",
                "install the penctl and the firmware that were released together",
            ),
        };
        Some(Self {
            host: format!("protocol {VERSION} (schema {SCHEMA_HASH:08x})"),
            pen: format!("protocol {} (schema {:08x})", hello.version, hello.schema),
            older: older.to_owned(),
            fix: format!("{fix}; until then this connection reads and changes nothing"),
        })
    }

    /// The mismatch as the error of a command that wanted to change something.
    #[must_use]
    pub fn error(&self) -> HostError {
        HostError::version_mismatch(&self.host, &self.pen, &self.older).with_fix(self.fix.clone())
    }
}

/// Heartbeats that may still go out within one request.
struct Beats {
    left: u32,
    /// From one to the next.
    apart: Duration,
    /// Not before: most answers are there at once.
    from: Duration,
}

/// A connection to one pen.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four things that each may be so of a connection"
)]
pub struct Client {
    link: Box<dyn Transport>,
    decoder: Decoder,
    seq: u8,
    hello: HelloReply,
    mismatch: Option<Mismatch>,
    patience: Patience,
    telemetry: VecDeque<TelemetryFrame>,
    dropped: u32,
    /// The pen has greeted back.
    greeted: bool,
    /// Somebody asked this program to end; what is said now only puts things in order.
    winding_up: bool,
    /// Service mode was asked for, and its end was not.
    serves: bool,
    /// When the pen was told last that somebody is there.
    beaten: Duration,
    /// The pen refused what was asked last, and so.
    refusal: Option<Refusal>,
    /// The pen's firmware is older than the question for temperatures, and is not asked again.
    untold: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("link", &self.link.name())
            .field("hello", &self.hello)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Greets the pen at the other end of a link.
    ///
    /// # Errors
    /// Nobody answers, or the answer is in a version that this program cannot read at all.
    pub fn connect(link: Box<dyn Transport>, patience: Patience) -> Result<Self, HostError> {
        let mut client = Self {
            link,
            decoder: Decoder::new(),
            seq: 0,
            hello: HelloReply {
                version: VERSION,
                version_min: VERSION_MIN,
                schema: SCHEMA_HASH,
                serial: 0,
                model: Text::empty(),
                firmware: Text::empty(),
                read_only: false,
            },
            mismatch: None,
            patience,
            telemetry: VecDeque::new(),
            dropped: 0,
            greeted: false,
            winding_up: false,
            serves: false,
            beaten: Duration::ZERO,
            refusal: None,
            untold: false,
        };
        client.hello = client.greet()?;
        client.greeted = true;
        client.mismatch = Mismatch::of(&client.hello);
        Ok(client)
    }

    fn greet(&mut self) -> Result<HelloReply, HostError> {
        let hello = ToPen::Hello(Hello {
            version_min: VERSION_MIN,
            version_max: VERSION,
            schema: SCHEMA_HASH,
            client: Text::new(concat!("penctl ", env!("CARGO_PKG_VERSION"))).unwrap_or_default(),
        });
        match self.exchange(&hello)? {
            ToHost::HelloReply(reply) => Ok(reply),
            ToHost::LinkError(LinkError::Version { min, max }) => Err(unspoken(min, max)),
            other => Err(self.unexpected("the greeting", &other)),
        }
    }

    /// Who the pen said it is.
    #[must_use]
    pub const fn hello(&self) -> &HelloReply {
        &self.hello
    }

    /// Why this connection only reads; nothing when it may do all.
    #[must_use]
    pub const fn mismatch(&self) -> Option<&Mismatch> {
        self.mismatch.as_ref()
    }

    /// What to call the link in a message.
    #[must_use]
    pub fn link_name(&self) -> String {
        self.link.name()
    }

    /// Frames that arrived damaged on this connection.
    #[must_use]
    pub const fn damaged_frames(&self) -> u32 {
        self.dropped
    }

    /// Says something and returns what the pen answers, a refusal as well.
    ///
    /// # Errors
    /// The link broke, nobody answered, or the message would change something on a connection
    /// that only reads.
    pub fn exchange(&mut self, message: &ToPen) -> Result<ToHost, HostError> {
        if let Some(mismatch) = &self.mismatch
            && message.changes()
            && !matches!(message, ToPen::Stop)
        {
            return Err(mismatch.error());
        }
        self.refusal = None;
        match message {
            ToPen::EnterService => self.serves = true,
            ToPen::LeaveService | ToPen::Hello(_) => self.serves = false,
            _ => {}
        }
        // A repetition is answered from memory and tells the pen nothing: only the first time counts.
        if matches!(
            message,
            ToPen::EnterService | ToPen::Heartbeat | ToPen::Run(_)
        ) {
            self.beaten = self.link.now();
        }
        let seq = self.next_number();
        let mut room = [0; FRAME_MAX];
        let frame = encode(seq, message, &mut room)
            .map_err(|error| HostError::internal(error.to_string()))?;
        let patience = match self.winding_up {
            true => self.patience.0.min(LAST_WORDS),
            false => self.patience.0,
        };
        // A word that shall end motion is not followed by one that permits it.
        let beats = self.serves && !self.winding_up && *message != ToPen::Stop;
        let mut beats = Beats {
            left: if beats { BEATS } else { 0 },
            apart: STILL_THERE.max(patience / (BEATS + 1)),
            from: self.link.now() + PORTION.min(patience / ATTEMPTS),
        };
        for _ in 0..ATTEMPTS {
            self.link.send(frame)?;
            if let Some(answer) = self.answer(seq, patience / ATTEMPTS, message, &mut beats)? {
                if let ToHost::Refused(why) = answer {
                    self.refusal = Some(why);
                    self.serves = self.serves && *message != ToPen::EnterService;
                }
                return Ok(answer);
            }
        }
        Err(self.silent(&name(message), patience))
    }

    const fn next_number(&mut self) -> u8 {
        self.seq = self.seq.wrapping_add(1);
        self.seq
    }

    /// Says that somebody is there, and waits for no answer.
    fn beat(&mut self) -> Result<(), HostError> {
        let mut room = [0; FRAME_MAX];
        let frame = encode(self.next_number(), &ToPen::Heartbeat, &mut room)
            .map_err(|error| HostError::internal(error.to_string()))?;
        self.beaten = self.link.now();
        self.link.send(frame)
    }

    /// The same connection with another patience.
    #[cfg(test)]
    pub(crate) fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Nobody serves this pen any more, although it could not be told so.
    pub(crate) const fn leaves_service(&mut self) {
        self.serves = false;
    }

    /// Nobody answered for so long: the error, with what may be the cause.
    fn silent(&self, asked: &str, waited: Duration) -> HostError {
        let ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let error = HostError::timeout(&format!("{asked} over {}", self.link.name()), ms);
        match self.link.suspicion() {
            Some(cause) => HostError {
                why: format!("{}; {cause}", error.why),
                ..error
            }
            .with_fix("close the other program, then repeat the command"),
            None if self.greeted => error.with_fix(
                "the pen answered before and does not now: if its light is off or it does not react \
                 to its buttons, replug it; nothing was changed by a request without an answer that \
                 a repetition would not show",
            ),
            None => error.with_fix(
                "check that it is a pen and that it is switched on: `penctl list` asks each port; \
                 --timeout waits longer, --trace FILE keeps the bytes",
            ),
        }
    }

    /// Waits for the answer with this number; telemetry that comes meanwhile is kept. In Service mode the pen hears
    /// so often that somebody is there.
    fn answer(
        &mut self,
        seq: u8,
        patience: Duration,
        message: &ToPen,
        beats: &mut Beats,
    ) -> Result<Option<ToHost>, HostError> {
        let from = self.link.now();
        let until = from + patience;
        loop {
            // A pen that answers is never cut short; one that is silent is not waited for.
            let is_silent = self.link.now() >= from + SILENCE.min(patience);
            if is_silent && !self.winding_up && crate::clock::interrupted() {
                self.winding_up = true;
                return Err(HostError::interrupted(&name(message)));
            }
            let now = self.link.now();
            if beats.left > 0 && now >= beats.from && now >= self.beaten + beats.apart {
                beats.left -= 1;
                self.beat()?;
            }
            let left = until.saturating_sub(self.link.now());
            let mut buffer = [0; FRAME_MAX];
            let count = self.link.receive(&mut buffer, left.min(PORTION))?;
            let mut found = None;
            for byte in buffer.iter().take(count) {
                match self.decoder.push(*byte) {
                    None => {}
                    Some(Ok(frame)) => match frame.message::<ToHost>() {
                        Ok(ToHost::TelemetryFrame(picture)) => self.telemetry.push_back(picture),
                        Ok(answer) if frame.seq == seq => found = Some(answer),
                        // An answer to a repetition that came after all.
                        Ok(_) => {}
                        Err(_) => self.dropped = self.dropped.saturating_add(1),
                    },
                    Some(Err(FrameError::BadVersion { version, seq: its })) if its == seq => {
                        return Err(unspoken(version, version));
                    }
                    Some(Err(_)) => self.dropped = self.dropped.saturating_add(1),
                }
            }
            if let Some(ToHost::LinkError(LinkError::NoHello)) = &found
                && self.greeted
            {
                return Err(HostError::restarted(&self.link.name()));
            }
            if found.is_some() {
                return Ok(found);
            }
            if self.link.now() >= until {
                return Ok(None);
            }
        }
    }

    fn unexpected(&self, to: &str, answer: &ToHost) -> HostError {
        match answer {
            ToHost::Refused(why) => refused(to, why),
            ToHost::LinkError(LinkError::ReadOnly) => match &self.mismatch {
                Some(mismatch) => mismatch.error(),
                None => HostError::refused(to, words::link_error(&LinkError::ReadOnly)),
            },
            ToHost::LinkError(LinkError::Storage(error)) => {
                HostError::flash_failed(to, words::link_error(&LinkError::Storage(*error)))
            }
            ToHost::LinkError(error) => HostError::refused(to, words::link_error(error)),
            other => HostError::bad_frame(format!("{} came in answer to {to}", answer_name(other))),
        }
    }

    /// Somebody asked this program to end: nothing is waited for any more.
    #[must_use]
    pub(crate) const fn is_winding_up(&self) -> bool {
        self.winding_up
    }

    /// Why the pen refused what it was asked last; none if it did not refuse that.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Makes sure that the pen is still the one that greeted: cables may have been swapped, and a
    /// bridge may lead elsewhere. Asked before everything that is stored.
    ///
    /// # Errors
    /// As [`Client::exchange`]; and it is another pen.
    pub fn same_pen(&mut self) -> Result<(), HostError> {
        let found = self.info()?.serial;
        if found == self.hello.serial {
            return Ok(());
        }
        Err(HostError::wrong_pen(
            &self.link.name(),
            &format!("pen {}", words::serial(self.hello.serial)),
            &format!("pen {}", words::serial(found)),
        ))
    }

    /// Demands something; a refusal is an error that says why.
    ///
    /// # Errors
    /// As [`Client::exchange`], and the pen's refusal.
    pub fn demand(&mut self, message: &ToPen) -> Result<(), HostError> {
        match self.exchange(message)? {
            ToHost::Done => Ok(()),
            other => Err(self.unexpected(&name(message), &other)),
        }
    }

    /// Demands something; the pen's refusal is a result, not an error.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub fn try_demand(&mut self, message: &ToPen) -> Result<Result<(), Refusal>, HostError> {
        match self.exchange(message)? {
            ToHost::Done => Ok(Ok(())),
            ToHost::Refused(why) => Ok(Err(why)),
            other => Err(self.unexpected(&name(message), &other)),
        }
    }
}

/// The pen's refusal as an error, with the way out where there is one.
fn refused(what: &str, why: &Refusal) -> HostError {
    let error = HostError::refused(what, words::refusal(why));
    match words::way_out(why) {
        Some(fix) => error.with_fix(fix),
        None => error,
    }
}

/// Both sides speak only versions that the other does not.
fn unspoken(min: u8, max: u8) -> HostError {
    let spoken = if min == max {
        format!("{max}")
    } else {
        format!("{min} to {max}")
    };
    let (older, fix) = if max > VERSION {
        ("host", "install a newer penctl")
    } else {
        ("pen", "install newer firmware on the pen")
    };
    HostError::version_mismatch(
        &format!("protocol {VERSION_MIN} to {VERSION}"),
        &format!("protocol {spoken}"),
        older,
    )
    .with_fix(fix)
}

/// The name of a request as messages of this program call it.
fn name(message: &ToPen) -> String {
    let kind = message.kind();
    let found = ToPen::KINDS.iter().find(|(number, _)| *number == kind);
    spaced(found.map_or("request", |(_, name)| name))
}

fn answer_name(message: &ToHost) -> String {
    let kind = message.kind();
    let found = ToHost::KINDS.iter().find(|(number, _)| *number == kind);
    spaced(found.map_or("an answer", |(_, name)| name))
}

fn spaced(name: &str) -> String {
    crate::json::snake_name(name).replace('_', " ")
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod lies;
#[cfg(test)]
pub(crate) use lies::status;

#[cfg(test)]
mod asks;
