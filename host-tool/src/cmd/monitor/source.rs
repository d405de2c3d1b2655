//! Where pictures come from: a pen, or a file of an earlier hour.

use std::collections::VecDeque;
use std::time::Duration;

use pen_core::status::{Status, Temperatures};
use pen_core::units::Instant;
use pen_protocol::frame::Decoder;
use pen_protocol::messages::{TelemetryFrame, ToHost};

use crate::client::Client;
use crate::clock::{self, Clock, RealClock};
use crate::error::{Class, Code, HostError};
use crate::link::trace;

/// Between two questions for the temperatures. Source: our choice; the pen's model moves ten times a
/// second, and its fastest part, the winding, has a time constant of 5 s.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What is shown at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// What the pen streams.
    pub(super) telemetry: TelemetryFrame,
    /// The last temperatures that the pen told before; nothing when it tells none.
    pub(super) temperatures: Option<Temperatures>,
}

impl Picture {
    /// The pen after a step.
    pub(super) const fn status(&self) -> &Status {
        &self.telemetry.status
    }
}

/// What the pen told of its temperatures, oldest first. Pictures find theirs by the pen's own time, so
/// that a recording shows what was shown live.
#[derive(Debug, Default)]
pub(super) struct Readings(VecDeque<Temperatures>);

impl Readings {
    pub(super) fn push(&mut self, told: Temperatures) {
        self.0.push_back(told);
    }

    /// The newest that is not newer than this; what is older is forgotten.
    pub(super) fn until(&mut self, at: Instant) -> Option<Temperatures> {
        while self.0.get(1).is_some_and(|next| next.at <= at) {
            self.0.pop_front();
        }
        self.0.front().copied().filter(|told| told.at <= at)
    }
}

/// Where pictures come from.
pub(super) trait Source {
    /// The next picture; nothing when none came in this time.
    ///
    /// # Errors
    /// The link broke, or the pen fell silent.
    fn next(&mut self, patience: Duration) -> Result<Option<Picture>, HostError>;

    /// Time on the clock that is right for it.
    fn now(&self) -> Duration;

    /// Nothing will come any more.
    fn is_over(&self) -> bool;
}

/// A pen that streams.
pub(super) struct Live {
    client: Client,
    /// How long it may be silent.
    patience: Duration,
    heard: Duration,
    readings: Readings,
    /// When the temperatures were asked for.
    asked: Duration,
}

impl Live {
    /// `told` is what the pen has just told of its temperatures.
    pub(super) fn new(client: Client, patience: Duration, told: Option<Temperatures>) -> Self {
        let heard = client.now();
        Self {
            client,
            patience,
            heard,
            readings: Readings(told.into_iter().collect()),
            asked: heard,
        }
    }

    /// Ends the stream.
    pub(super) fn close(&mut self) -> Result<(), HostError> {
        self.client.stream(0)
    }
}

impl Source for Live {
    fn next(&mut self, patience: Duration) -> Result<Option<Picture>, HostError> {
        if self.client.now() >= self.asked + ASK_AGAIN {
            self.asked = self.client.now();
            // Pictures come without being asked for: that they are missed ends this, not that one answer is.
            match self.client.temperatures() {
                Ok(told) => told.into_iter().for_each(|told| self.readings.push(told)),
                Err(error) if error.code == Code::Timeout || error.class == Class::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let picture = self.client.next_picture(patience)?;
        if picture.is_some() {
            self.heard = self.client.now();
        } else if !clock::interrupted() && self.client.now() >= self.heard + self.patience {
            let waited = u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX);
            return Err(HostError::timeout("telemetry", waited));
        }
        Ok(picture.map(|telemetry| Picture {
            telemetry,
            temperatures: self.readings.until(telemetry.status.at),
        }))
    }

    fn now(&self) -> Duration {
        self.client.now()
    }

    fn is_over(&self) -> bool {
        false
    }
}

/// A recorded stream.
#[derive(Debug)]
pub(super) struct Replay {
    pictures: VecDeque<(Duration, TelemetryFrame)>,
    readings: Readings,
    speed: f64,
    clock: RealClock,
}

impl Replay {
    /// Reads a trace.
    ///
    /// # Errors
    /// It is no trace, or has no pictures.
    pub(super) fn open(path: &str, speed: f64) -> Result<Self, HostError> {
        let text = crate::text::read(path)?;
        let lines = trace::read(&text).map_err(|why| HostError::bad_config(path, why))?;
        let mut decoder = Decoder::new();
        let mut pictures = VecDeque::new();
        let mut readings = Readings::default();
        for (at, bytes) in lines {
            for byte in bytes {
                let Some(Ok(frame)) = decoder.push(byte) else {
                    continue;
                };
                match frame.message::<ToHost>() {
                    Ok(ToHost::TelemetryFrame(picture)) => pictures.push_back((at, picture)),
                    Ok(ToHost::TemperaturesReply(told)) => readings.push(told),
                    _ => {}
                }
            }
        }
        let Some(first) = pictures.front().map(|(at, _)| *at) else {
            return Err(HostError::new(
                Code::BadConfig,
                format!("{path} has nothing to show"),
                "there is no picture in it",
            )
            .with_fix("record one with `penctl record FILE`"));
        };
        for (at, _) in &mut pictures {
            *at = at.saturating_sub(first);
        }
        Ok(Self {
            pictures,
            readings,
            speed,
            clock: RealClock::new(),
        })
    }
}

impl Source for Replay {
    fn next(&mut self, patience: Duration) -> Result<Option<Picture>, HostError> {
        let Some((at, _)) = self.pictures.front() else {
            return Ok(None);
        };
        if self.speed > 0.0 {
            // Beyond what a clock can hold it is not yet due.
            let due = Duration::try_from_secs_f64(at.as_secs_f64() / self.speed);
            let due = due.unwrap_or(Duration::MAX);
            let left = due.saturating_sub(self.clock.now());
            self.clock.wait(left.min(patience));
            if left > patience {
                return Ok(None);
            }
        }
        Ok(self.pictures.pop_front().map(|(_, telemetry)| Picture {
            telemetry,
            temperatures: self.readings.until(telemetry.status.at),
        }))
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn is_over(&self) -> bool {
        self.pictures.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::{Readings, Replay, Source};
    use crate::clock::RealClock;

    #[test]
    fn a_time_beyond_all_clocks_is_waited_for_and_no_panic() {
        let (_, picture) = super::super::tests::seen();
        for speed in [f64::MIN_POSITIVE, 0.001] {
            let mut replay = Replay {
                pictures: VecDeque::from([(Duration::MAX, picture.telemetry)]),
                readings: Readings::default(),
                speed,
                clock: RealClock::new(),
            };
            assert_eq!(replay.next(Duration::ZERO), Ok(None), "{speed}");
            assert!(!replay.is_over(), "{speed}");
        }
    }
}
