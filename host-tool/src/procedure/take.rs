//! Taking readings one by one: asked for, judged as they come, undone, repeated, screened.

use std::collections::VecDeque;
use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::mode::Mode;
use pen_core::status::Status;
use pen_core::units::Rate;

use super::bench::{Asked, Reply};
use super::judge::{Doubt, Known, is_same_point};
use super::measure::{indicated, thrown_out};
use super::observer::{Event, Kept, Place, Read, Setting, Taken};
use super::state::State;
use super::{Progress, Run};
use crate::error::HostError;
use crate::metrology::outlier::outlier;
use crate::metrology::{CurrentReading, Direction, RateReading, Reading};

/// How long the needles rest before the gauge is read.
pub(super) const SETTLE: Duration = Duration::from_millis(60);

/// Time for a rate to settle, and between two readings of it.
const SPIN_UP: Duration = Duration::from_millis(700);
const BETWEEN: Duration = Duration::from_millis(150);

/// Until a mean over a second or two has forgotten how the motor started.
const METER_SETTLES: Duration = Duration::from_secs(3);

/// What came of asking for one reading.
enum Answer {
    Taken(Taken),
    Undo,
    Repeat,
}

impl Run<'_> {
    /// Takes the readings of these places, going back where the technician wants to.
    pub(super) fn take(
        &mut self,
        state: &mut State,
        places: Vec<Place>,
        current: Option<&Calibration>,
    ) -> Result<(), HostError> {
        let first = state.taken.len();
        let mut todo = VecDeque::from(places);
        let mut told = None;
        let (mut turning, mut metered) = (None, None);
        while let Some(place) = todo.front().copied() {
            if let Some(taken) = self.replay.get(&place) {
                state.taken.push(taken.clone());
                todo.pop_front();
                continue;
            }
            self.tell_pass(&place, &mut told);
            let answer = match place.setting {
                Setting::Depth { um, direction } => {
                    self.bench.turn_ring(self.client, um, direction)?;
                    self.client.wait_alive(SETTLE)?;
                    self.read(state, place, current)?
                }
                Setting::Current { hz: 0 } => {
                    // Whoever goes back from the first reading with the motor on comes here once more.
                    self.stop()?;
                    (turning, metered) = (None, None);
                    self.read(state, place, current)?
                }
                Setting::Rate { hz } | Setting::Current { hz } => {
                    if turning.is_none() {
                        self.ready_to_run(state, current)?;
                    }
                    if turning.replace(hz) != Some(hz) {
                        self.as_technician(|client| client.run(Rate::from_hz(hz)))?;
                        self.is_turning = true;
                        self.client.wait_alive(SPIN_UP)?;
                    }
                    if let Setting::Current { hz } = place.setting
                        && metered.replace(hz) != Some(hz)
                    {
                        self.client.wait_alive(METER_SETTLES)?;
                    }
                    let answer = self.read(state, place, current)?;
                    self.client.wait_alive(BETWEEN)?;
                    answer
                }
            };
            match answer {
                Answer::Taken(taken) => {
                    self.keep(&Event::Taken(taken.clone()))?;
                    state.taken.push(taken);
                    todo.pop_front();
                }
                Answer::Undo if state.taken.len() > first => {
                    let last = state.taken.len() - 1;
                    self.void(state, &mut todo, "the technician went back", |number, _| {
                        number == last
                    })?;
                }
                Answer::Undo => self.tell(&Progress::Detail("nothing to undo here")),
                Answer::Repeat => {
                    self.void(
                        state,
                        &mut todo,
                        "the technician repeats the point",
                        |_, it| is_same_point(it, &place),
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Takes readings back that `which` names; they come again before all others.
    fn void(
        &mut self,
        state: &mut State,
        todo: &mut VecDeque<Place>,
        why: &str,
        which: impl Fn(usize, &Place) -> bool,
    ) -> Result<(), HostError> {
        let mut places = Vec::new();
        let mut number = 0;
        state.taken.retain(|taken| {
            let goes = which(number, &taken.place);
            number += 1;
            if goes {
                places.push(taken.place);
            }
            !goes
        });
        if places.is_empty() {
            return Ok(());
        }
        for place in places.iter().rev() {
            self.replay.forget(place);
            todo.push_front(*place);
        }
        let why = why.to_owned();
        self.keep(&Event::Undone { places, why })
    }

    /// Says which pass begins.
    fn tell_pass(&mut self, place: &Place, told: &mut Option<String>) {
        let text = match place.setting {
            Setting::Depth { direction, .. } => format!(
                "{} pass {} of {}",
                direction.word(),
                place.repeat,
                self.settings.repeats
            ),
            Setting::Rate { hz } => format!("rate at {hz} Hz"),
            Setting::Current { hz: 0 } => "motor current at rest".to_owned(),
            Setting::Current { hz } => format!("motor current at {hz} Hz"),
        };
        if told.as_ref() != Some(&text) {
            self.tell(&Progress::Detail(&text));
            *told = Some(text);
        }
    }

    /// Asks for one reading until it is believable, or kept with a reason.
    fn read(
        &mut self,
        state: &State,
        place: Place,
        current: Option<&Calibration>,
    ) -> Result<Answer, HostError> {
        loop {
            let known = Known {
                taken: &state.taken,
                calibration: current,
            };
            let mut asked = self.asked(state, place, current, known)?;
            asked.number = state.taken.len() + 1;
            let reply = match place.setting {
                Setting::Depth { .. } => self.bench.gauge_um(self.client, &asked)?,
                Setting::Rate { .. } => self.bench.tachometer_mhz(self.client, &asked)?,
                Setting::Current { .. } => self.bench.meter_ua(self.client, &asked)?,
            };
            let (value, typed, because) = match reply {
                Reply::Undo => return Ok(Answer::Undo),
                Reply::Repeat => return Ok(Answer::Repeat),
                Reply::Value {
                    value,
                    typed,
                    because,
                } => (value, typed, because),
            };
            let (read, doubts) = self.together(place, value, current, known)?;
            let texts = || {
                doubts
                    .iter()
                    .map(|doubt| doubt.text.clone())
                    .collect::<Vec<_>>()
            };
            let may_be_kept = doubts.iter().all(|doubt| doubt.may_be_kept);
            match because {
                _ if doubts.is_empty() => {
                    return Ok(Answer::Taken(Taken {
                        place,
                        read,
                        kept: None,
                        sent_by: self.bench.sent_by(),
                    }));
                }
                Some(reason) if may_be_kept => {
                    let doubts = texts();
                    let kept = Some(Kept { doubts, reason });
                    return Ok(Answer::Taken(Taken {
                        place,
                        read,
                        kept,
                        sent_by: self.bench.sent_by(),
                    }));
                }
                Some(_) | None => {
                    self.keep(&Event::Doubted {
                        place,
                        typed,
                        doubts: texts(),
                    })?;
                    self.bench.doubted(self.client, &asked, &doubts)?;
                }
            }
        }
    }

    /// The question for a reading, with what the pen says now.
    fn asked(
        &mut self,
        state: &State,
        place: Place,
        current: Option<&Calibration>,
        known: Known<'_>,
    ) -> Result<Asked, HostError> {
        let (pen_says, expect) = match place.setting {
            Setting::Depth { um, direction } => {
                let status = self.in_service()?;
                let counts = [status.counts_a, status.counts_b];
                let expected = known.expected_um(um, direction, counts);
                let expect = (*expected.start(), *expected.end());
                (indicated(&status, current), expect)
            }
            Setting::Rate { hz } => {
                let says = self.indicated_rate()?;
                let expected = known.expected_mhz(hz, says);
                let signed = |mhz: u32| i32::try_from(mhz).unwrap_or(i32::MAX);
                (
                    signed(says),
                    (signed(*expected.start()), signed(*expected.end())),
                )
            }
            Setting::Current { hz } => {
                let says = self.indicated_current(hz)?;
                let expected = known.expected_ua(hz, says);
                (says, (*expected.start(), *expected.end()))
            }
        };
        Ok(Asked {
            place,
            number: 0,
            of: state.of,
            pen_says,
            expect,
        })
    }

    /// The instrument's value beside what the pen says at the same time, and what speaks against it.
    fn together(
        &mut self,
        place: Place,
        value: i32,
        current: Option<&Calibration>,
        known: Known<'_>,
    ) -> Result<(Read, Vec<Doubt>), HostError> {
        match place.setting {
            Setting::Depth { um, direction } => {
                let status = self.in_service()?;
                let reading = Reading {
                    reference_um: value,
                    indicated_um: indicated(&status, current),
                    counts_a: status.counts_a,
                    counts_b: status.counts_b,
                };
                Ok((
                    Read::Depth(reading),
                    known.doubts_depth(um, direction, &reading),
                ))
            }
            Setting::Rate { hz } => {
                let reading = RateReading {
                    reference_mhz: value.max(0).unsigned_abs(),
                    indicated_mhz: self.indicated_rate()?,
                };
                Ok((Read::Rate(reading), known.doubts_rate(hz, &reading)))
            }
            Setting::Current { hz } => {
                let reading = CurrentReading {
                    reference_ua: value,
                    indicated_ua: self.indicated_current(hz)?,
                };
                Ok((Read::Current(reading), known.doubts_current(hz, &reading)))
            }
        }
    }

    fn in_service(&mut self) -> Result<Status, HostError> {
        let status = self.client.status()?;
        if status.mode == Mode::Service {
            Ok(status)
        } else {
            Err(thrown_out(&status))
        }
    }

    /// The outlier rule: repeats that stand apart from all others are read again, or kept with a reason.
    pub(super) fn screen(
        &mut self,
        state: &mut State,
        current: Option<&Calibration>,
    ) -> Result<(), HostError> {
        loop {
            let is_explained = |um: i32, direction: Direction| {
                let setting = Setting::Depth { um, direction };
                state
                    .taken
                    .iter()
                    .any(|it| it.place.setting == setting && it.kept.is_some())
            };
            let points = state.points(self);
            let Some(found) = outlier(&points, |um, direction| !is_explained(um, direction)) else {
                return Ok(());
            };
            let (um, direction) = (found.nominal_um, found.direction);
            let setting = Setting::Depth { um, direction };
            let text = format!(
                "the repeats at {um} um, {}, lie {} um apart, {:.0} % of the scatter of all (Cochran's test \
                 allows {:.0} %)",
                direction.word(),
                found.range_um,
                100.0 * found.share,
                100.0 * found.critical
            );
            let first = Place {
                phase: state.phase,
                setting,
                repeat: 1,
            };
            let key = first.key();
            let key = key.trim_end_matches(" 1");
            if let Some(reason) = self.bench.outlier(self.client, key, &text)? {
                for taken in state
                    .taken
                    .iter_mut()
                    .filter(|it| it.place.setting == setting)
                {
                    taken.kept = Some(Kept {
                        doubts: vec![text.clone()],
                        reason: reason.clone(),
                    });
                    self.keep(&Event::Taken(taken.clone()))?;
                }
            } else {
                let mut todo = VecDeque::new();
                self.void(state, &mut todo, &text, |_, it| it.setting == setting)?;
                self.take(state, todo.into(), current)?;
            }
        }
    }
}
