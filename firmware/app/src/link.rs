//! Rules of the link that need no pen: bad frames are counted and end in a locked link, repeated
//! requests have no second effect, a stranger may only read.

use pen_core::request::Refusal;
use pen_core::units::{Duration, Instant};
use pen_protocol::frame::FrameError;
use pen_protocol::messages::{Hello, LinkCounters, LinkError, ToHost};
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN};

/// Bad frames that lock the link.
///
/// - Unit: frames. Requirement: LINK-001
pub const ERRORS_MAX: usize = 8;

/// Window in which they must come.
///
/// - Unit: us. Requirement: LINK-001
pub const ERROR_WINDOW: Duration = Duration::from_s(10);

/// How long the link stays locked.
///
/// - Unit: us. Requirement: LINK-001
pub const LOCK_TIME: Duration = Duration::from_s(10);

/// Requests that are remembered.
///
/// - Unit: requests. Requirement: LINK-006
pub const REPEATS: usize = 8;

/// Frames after which a request is forgotten: half of all sequence numbers, so that a number that
/// comes round again is never taken for a repetition.
///
/// - Unit: frames. Requirement: LINK-006
pub const REPEAT_FRAMES: u32 = 128;

const _: () = assert!(REPEATS < REPEAT_FRAMES as usize && REPEAT_FRAMES < 256);

/// How a host has introduced itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Greeting {
    /// Not at all.
    #[default]
    None,
    /// As one that speaks otherwise: it may read and stop (LINK-007).
    Stranger,
    /// As one that speaks the same.
    Friend,
}

impl Greeting {
    /// What a hello makes of a host.
    #[must_use]
    pub const fn of(hello: &Hello) -> Self {
        let shares_version = hello.version_min <= VERSION && hello.version_max >= VERSION_MIN;
        if shares_version && hello.schema == SCHEMA_HASH {
            Self::Friend
        } else {
            Self::Stranger
        }
    }
}

/// The answer to a request that changed something: small enough to remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// [`ToHost::Done`].
    Done,
    /// [`ToHost::Refused`].
    Refused(Refusal),
    /// [`ToHost::LinkError`].
    LinkError(LinkError),
}

impl From<Outcome> for ToHost {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Refused(why) => Self::Refused(why),
            Outcome::LinkError(why) => Self::LinkError(why),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Remembered {
    seq: u8,
    crc: u32,
    frame: u32,
    outcome: Outcome,
}

/// What the link remembers.
#[derive(Debug)]
pub struct Link {
    /// How the host has introduced itself.
    pub greeting: Greeting,
    /// What was seen since power-up.
    pub counters: LinkCounters,
    errors: [Option<Instant>; ERRORS_MAX],
    newest_error: usize,
    locked_until: Option<Instant>,
    repeats: [Option<Remembered>; REPEATS],
    newest_repeat: usize,
    frames: u32,
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Link {
    /// A link on which nothing was said.
    #[must_use]
    pub fn new() -> Self {
        Self {
            greeting: Greeting::None,
            counters: LinkCounters::default(),
            errors: [None; ERRORS_MAX],
            newest_error: 0,
            locked_until: None,
            repeats: [None; REPEATS],
            newest_repeat: 0,
            frames: 0,
        }
    }

    /// A new connection begins.
    pub fn greet(&mut self, hello: &Hello) -> Greeting {
        self.greeting = Greeting::of(hello);
        self.repeats = [None; REPEATS];
        self.greeting
    }

    /// Counts a bad frame; true when it was one too many, and the link is locked from now on.
    #[must_use]
    pub fn count_error(&mut self, now: Instant, error: FrameError) -> bool {
        let counter = match error {
            FrameError::BadCobs | FrameError::NoRoom => &mut self.counters.bad_cobs,
            FrameError::TooLong => &mut self.counters.too_long,
            FrameError::TooShort { .. } => &mut self.counters.too_short,
            FrameError::BadCrc { .. } => &mut self.counters.bad_crc,
            FrameError::BadVersion { .. } => &mut self.counters.bad_version,
            FrameError::UnknownKind { .. } => &mut self.counters.unknown_kind,
            FrameError::BadPayload { .. } => &mut self.counters.bad_payload,
            FrameError::TrailingBytes { .. } => &mut self.counters.trailing_bytes,
        };
        *counter = counter.saturating_add(1);
        if self.locked_for(now).is_some() {
            return false;
        }
        self.newest_error = (self.newest_error + 1) % ERRORS_MAX;
        if let Some(place) = self.errors.get_mut(self.newest_error) {
            *place = Some(now);
        }
        let many = self
            .errors
            .iter()
            .all(|at| at.is_some_and(|at| now.since(at) <= ERROR_WINDOW));
        if many {
            self.errors = [None; ERRORS_MAX];
            self.locked_until = Some(now.plus(LOCK_TIME));
            self.counters.locks = self.counters.locks.saturating_add(1);
        }
        many
    }

    /// How long the link is still locked, if it is.
    #[must_use]
    pub fn locked_for(&self, now: Instant) -> Option<Duration> {
        self.locked_until
            .filter(|until| now < *until)
            .map(|until| until.since(now))
    }

    /// A whole frame arrived.
    pub const fn count_frame(&mut self) {
        self.frames = self.frames.wrapping_add(1);
        self.counters.frames = self.counters.frames.saturating_add(1);
    }

    /// What was answered to this very frame, if it is a repetition (LINK-006).
    #[must_use]
    pub fn repeated(&mut self, seq: u8, crc: u32) -> Option<Outcome> {
        let found = self.repeats.iter().flatten().find(|it| {
            let age = self.frames.wrapping_sub(it.frame);
            it.seq == seq && it.crc == crc && age < REPEAT_FRAMES
        });
        let outcome = found.map(|it| it.outcome);
        if outcome.is_some() {
            self.counters.repeats = self.counters.repeats.saturating_add(1);
        }
        outcome
    }

    /// Remembers what was answered to a request that changes something.
    pub fn remember(&mut self, seq: u8, crc: u32, outcome: Outcome) {
        self.newest_repeat = (self.newest_repeat + 1) % REPEATS;
        if let Some(place) = self.repeats.get_mut(self.newest_repeat) {
            *place = Some(Remembered {
                seq,
                crc,
                frame: self.frames,
                outcome,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pen_protocol::text::Text;

    const T0: Instant = Instant::from_us(60_000_000);
    const BAD: FrameError = FrameError::TooLong;

    #[test]
    fn link_001_eight_errors_in_ten_seconds_lock_for_ten_seconds() {
        let mut link = Link::new();
        for _ in 0..7 {
            assert!(!link.count_error(T0, BAD));
        }
        let eighth = T0.plus(Duration::from_s(10));
        assert!(link.count_error(eighth, BAD));
        assert_eq!(link.locked_for(eighth), Some(Duration::from_s(10)));
        assert!(!link.count_error(eighth, BAD));
        let last = eighth.plus(Duration::from_us(9_999_999));
        assert_eq!(link.locked_for(last), Some(Duration::from_us(1)));
        assert_eq!(link.locked_for(eighth.plus(LOCK_TIME)), None);
        assert_eq!((link.counters.too_long, link.counters.locks), (9, 1));
    }

    #[test]
    fn link_001_errors_that_are_spread_out_do_not_lock() {
        let mut link = Link::new();
        let mut now = T0;
        for _ in 0..100 {
            assert!(!link.count_error(now, BAD));
            now = now.plus(Duration::from_us(1_428_572));
        }
        assert_eq!(link.locked_for(now), None);
    }

    #[test]
    fn link_006_a_repetition_is_known_by_number_and_bytes() {
        let mut link = Link::new();
        link.count_frame();
        assert_eq!(link.repeated(9, 0xAAAA), None);
        link.remember(9, 0xAAAA, Outcome::Done);
        assert_eq!(link.repeated(9, 0xAAAA), Some(Outcome::Done));
        assert_eq!(link.repeated(9, 0xAAAB), None);
        assert_eq!(link.repeated(8, 0xAAAA), None);
        for _ in 0..127 {
            link.count_frame();
            assert_eq!(link.repeated(9, 0xAAAA), Some(Outcome::Done));
        }
        link.count_frame();
        assert_eq!(link.repeated(9, 0xAAAA), None);
    }

    #[test]
    fn link_006_the_last_eight_requests_are_remembered() {
        let mut link = Link::new();
        for seq in 0..8 {
            link.remember(seq, 7, Outcome::Done);
        }
        for seq in 0..8 {
            assert_eq!(link.repeated(seq, 7), Some(Outcome::Done), "{seq}");
        }
        for newer in 8..20 {
            link.remember(newer, 7, Outcome::Done);
            for seq in 0..=newer {
                let known = link.repeated(seq, 7).is_some();
                assert_eq!(known, seq + 8 > newer, "{seq} after {newer}");
            }
        }
    }

    #[test]
    fn link_007_another_version_or_schema_is_a_stranger() {
        let hello = |version_min, version_max, schema| {
            Greeting::of(&Hello {
                version_min,
                version_max,
                schema,
                client: Text::empty(),
            })
        };
        assert_eq!(hello(1, 1, SCHEMA_HASH), Greeting::Friend);
        assert_eq!(hello(1, 9, SCHEMA_HASH), Greeting::Friend);
        assert_eq!(hello(2, 9, SCHEMA_HASH), Greeting::Stranger);
        assert_eq!(hello(0, 0, SCHEMA_HASH), Greeting::Stranger);
        assert_eq!(hello(1, 1, SCHEMA_HASH ^ 1), Greeting::Stranger);
    }
}
