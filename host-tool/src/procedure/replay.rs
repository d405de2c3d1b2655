//! A run that was ended early, so that another can go on with it.

use std::collections::BTreeMap;

use pen_core::calibration::Calibration;
use pen_protocol::calibration_digest;
use pen_protocol::messages::FoundCalibration;

use super::Settings;
use super::bench::Instruments;
use super::observer::{Began, Event, Place, Read, Reserved, Setting, Taken};
use crate::error::HostError;
use crate::words;

/// What an earlier run left behind, from its events.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    began: Option<Began>,
    instruments: Option<Instruments>,
    taken: BTreeMap<Place, Taken>,
    /// Where the ring stood at the last reading, taken back or not; none if that was one of the rate.
    stood: Option<(i32, u16)>,
    reserved: Vec<Reserved>,
    committed: Vec<Commit>,
    /// What was proposed last: it may have come into force without anybody keeping that.
    proposed: Option<Commit>,
}

/// A calibration that the earlier run put in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) generation: u32,
    pub(super) digest: u32,
    pub(super) depth_only: bool,
}

fn refused(why: String) -> HostError {
    HostError::usage("the earlier run cannot be gone on with", why)
        .with_fix("begin a new calibration; the earlier run stays as it is")
}

impl Replay {
    /// What is left of a run with these events, in the order in which they were told. Those of a run
    /// that went on with an earlier one follow the earlier ones.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        let mut replay = Self::default();
        for event in events {
            match event {
                Event::Began(began) => {
                    replay.began.get_or_insert_with(|| began.clone());
                }
                Event::Reserved(reserved) => replay.reserved.push(reserved.clone()),
                Event::Taken(taken) => {
                    replay.stand_at(taken);
                    replay.taken.insert(taken.place, taken.clone());
                }
                Event::Undone { places, .. } => {
                    for place in places {
                        replay.taken.remove(place);
                    }
                }
                Event::Committed {
                    generation,
                    digest,
                    depth_only,
                } => replay.committed.push(Commit {
                    generation: *generation,
                    digest: *digest,
                    depth_only: *depth_only,
                }),
                Event::Proposed {
                    generation,
                    digest,
                    depth_only,
                    ..
                } => {
                    replay.proposed = Some(Commit {
                        generation: *generation,
                        digest: *digest,
                        depth_only: *depth_only,
                    });
                }
                Event::Instruments(instruments) => {
                    replay
                        .instruments
                        .get_or_insert_with(|| (**instruments).clone());
                }
                Event::Phase { .. }
                | Event::Doubted { .. }
                | Event::Judged { .. }
                | Event::SignedOff { .. }
                | Event::Ended { .. } => {}
            }
        }
        replay
    }

    fn stand_at(&mut self, taken: &Taken) {
        let is_told_again = self
            .get(&taken.place)
            .is_some_and(|before| before.read == taken.read);
        if is_told_again {
            // A reason was given later, and nobody turned the ring for it.
            return;
        }
        self.stood = match (taken.place.setting, taken.read) {
            (Setting::Depth { um, .. }, Read::Depth(reading)) => Some((um, reading.counts_a)),
            _ => None,
        };
    }

    /// The mark at which the ring was read last, and where channel A saw it (counts).
    pub(super) const fn stood(&self) -> Option<(i32, u16)> {
        self.stood
    }

    /// Whether there is nothing to go on with.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.began.is_none()
    }

    /// Readings that need not be taken again.
    #[must_use]
    pub fn readings(&self) -> usize {
        self.taken.len()
    }

    /// Generation that was in force when the earlier run began; none if nothing is replayed, or there was none.
    #[must_use]
    pub fn began_with(&self) -> Option<u32> {
        let in_force = self.began.as_ref()?.in_force;
        in_force.map(|(generation, _)| generation)
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Taken> {
        self.taken.get(place)
    }

    pub(super) fn forget(&mut self, place: &Place) {
        self.taken.remove(place);
    }

    pub(super) fn reserved(&self) -> &[Reserved] {
        &self.reserved
    }

    /// Whether the readings of the earlier run were taken with these instruments: what they are worth stands
    /// on one certificate.
    ///
    /// # Errors
    /// They were not.
    pub(super) fn check_instruments(&self, now: &Instruments) -> Result<(), HostError> {
        let Some(then) = &self.instruments else {
            return Ok(());
        };
        let worth = |it: &Instruments| (it.references.clone(), it.depth, it.rate, it.current);
        if worth(then) == worth(now) {
            return Ok(());
        }
        let named = |it: &Instruments| {
            let all = it.references.iter();
            let all = all.map(|it| format!("{} {}, U {}", it.name, it.serial, it.expanded));
            all.collect::<Vec<_>>().join("; ")
        };
        Err(refused(format!(
            "its readings were taken with {}, now stated are {}",
            named(then),
            named(now)
        ))
        .with_fix(
            "go on once more and state the instruments of the earlier run, or begin a new calibration",
        ))
    }

    /// The calibration that is in force because of the earlier run.
    pub(super) fn commit(&self, depth_only: bool) -> Option<Commit> {
        self.committed
            .iter()
            .copied()
            .find(|it| it.depth_only == depth_only)
    }

    /// Takes note of a commit that the pen knows of and the events do not: the earlier run ended between
    /// the two. Returns it, for whoever keeps events now.
    pub(super) fn settle(&mut self, in_force: Option<(u32, u32)>) -> Option<Commit> {
        let name = |it: &Commit| (it.generation, it.digest);
        let proposed = self.proposed.filter(|it| Some(name(it)) == in_force)?;
        if self.committed.iter().any(|it| name(it) == name(&proposed)) {
            return None;
        }
        self.committed.push(proposed);
        Some(proposed)
    }

    /// Whether the pen had a calibration when the earlier run began; none when nothing is replayed.
    pub(super) fn had_calibration(&self) -> Option<bool> {
        Some(self.began.as_ref()?.in_force.is_some())
    }

    /// The calibration that the pen was found with, before the earlier run put others in force: as it was kept,
    /// or, of older programs, what the pen has before the one in force, if it is that one.
    ///
    /// # Errors
    /// It is known no longer, and a certificate would name another as found.
    pub(super) fn found(
        &self,
        previous: Option<FoundCalibration>,
    ) -> Result<Calibration, HostError> {
        let began = self.began.as_ref();
        let named = began.and_then(|began| began.in_force);
        let kept = began.and_then(|began| began.found.as_deref());
        let kept = kept.map(|it| (*it, calibration_digest(it)));
        let pens = previous.map(|it| (it.calibration, it.digest));
        let is_it = |it: &(Calibration, u32)| Some((it.0.generation, it.1)) == named;
        let found = [kept, pens].into_iter().flatten().find(is_it);
        found.map(|it| it.0).ok_or_else(|| {
            refused(
                "the calibration that the pen was found with is neither in its records nor in the pen any more"
                    .to_owned(),
            )
        })
    }

    /// Whether this run can go on with that one: the same pen, points and intent, and nothing else in
    /// force than what that run found or left.
    ///
    /// # Errors
    /// It cannot, and why.
    pub(super) fn check(
        &self,
        serial: u64,
        settings: &Settings,
        in_force: Option<(u32, u32)>,
    ) -> Result<(), HostError> {
        let Some(began) = &self.began else {
            return Ok(());
        };
        if began.technician != settings.technician {
            return Err(refused(format!(
                "it was of technician {}, now it is technician {}",
                began.technician, settings.technician
            ))
            .with_fix(format!(
                "go on with --technician {}, or begin a new calibration",
                began.technician
            )));
        }
        if began.serial != serial {
            return Err(refused(format!(
                "it was of pen {}, this is pen {}",
                words::serial(began.serial),
                words::serial(serial)
            )));
        }
        if began.subject != settings.subject {
            return Err(refused(format!(
                "it was `penctl calibrate {}`, this is `penctl calibrate {}`",
                began.subject.name(),
                settings.subject.name()
            ))
            .with_fix(format!(
                "go on with `penctl calibrate {} --resume`, or begin a new calibration",
                began.subject.name()
            )));
        }
        same_current(began, settings)?;
        let asked = (settings.points.name(), settings.repeats, settings.adjust);
        if (began.points.as_str(), began.repeats, began.adjust) != asked {
            return Err(refused(format!(
                "it had points {} with {} repeats and --adjust {}, this has points {} with {} and {}",
                began.points,
                began.repeats,
                began.adjust.name(),
                settings.points.name(),
                settings.repeats,
                settings.adjust.name()
            ))
            .with_fix(format!(
                "go on with --points {} --repeats {} --adjust {}, or begin a new calibration",
                began.points,
                began.repeats,
                began.adjust.name()
            )));
        }
        let left = self.committed.last().map(|it| (it.generation, it.digest));
        if left.or(began.in_force) != in_force {
            let name = |it: Option<(u32, u32)>| {
                it.map_or_else(
                    || "none".to_owned(),
                    |(generation, digest)| format!("generation {generation} ({digest:08x})"),
                )
            };
            return Err(refused(format!(
                "it left the pen with {}, in force is {}: the pen was changed since",
                name(left.or(began.in_force)),
                name(in_force)
            )));
        }
        Ok(())
    }
}

/// Whether both measure the motor current beside their subject, or neither.
fn same_current(began: &Began, settings: &Settings) -> Result<(), HostError> {
    if began.current == settings.current {
        return Ok(());
    }
    let words = |is: bool| if is { "with" } else { "without" };
    let fix = if began.current {
        "go on with --current, or begin a new calibration"
    } else {
        "go on without --current, or begin a new calibration"
    };
    Err(refused(format!(
        "it was {} the motor current, this is {} it",
        words(began.current),
        words(settings.current)
    ))
    .with_fix(fix))
}

#[cfg(test)]
mod tests {
    use super::Replay;
    use crate::metrology::RateReading;
    use crate::procedure::{Began, Event, Phase, Place, Read, Reserved, Setting, Taken};

    #[test]
    fn what_a_run_began_with_is_known_and_nothing_of_none() {
        let nothing = Replay::default();
        assert!(nothing.is_empty());
        assert_eq!(
            (nothing.began_with(), nothing.had_calibration()),
            (None, None)
        );
        for (in_force, generation, had) in [
            (Some((4, 0xabcd)), Some(4), Some(true)),
            (Some((1, 0xabcd)), Some(1), Some(true)),
            (None, None, Some(false)),
        ] {
            let replay = Replay::of(&[Began::given(42, in_force)]);
            assert!(!replay.is_empty());
            assert_eq!(
                (replay.began_with(), replay.had_calibration()),
                (generation, had)
            );
        }
    }

    #[test]
    fn a_reading_that_is_forgotten_is_taken_again_and_what_was_accepted_stays() {
        let place = |repeat| Place {
            phase: Phase::AsFound,
            setting: Setting::Rate { hz: 50 },
            repeat,
        };
        let taken = |repeat| {
            Event::Taken(Taken {
                place: place(repeat),
                read: Read::Rate(RateReading {
                    reference_mhz: 50_000,
                    indicated_mhz: 50_000,
                }),
                kept: None,
                sent_by: None,
            })
        };
        let reserved = Reserved {
            what: "the certificate of Tachometer T-2 expired on 2026-11-21".to_owned(),
            reason: "the new one is under way".to_owned(),
            no_plain_pass: true,
        };
        let events = [
            Began::given(42, None),
            Event::Reserved(reserved.clone()),
            taken(1),
            taken(2),
        ];
        let mut replay = Replay::of(&events);
        assert_eq!(replay.readings(), 2);
        replay.forget(&place(1));
        let is_there = [1, 2].map(|repeat| replay.get(&place(repeat)).is_some());
        assert_eq!((is_there, replay.readings()), ([false, true], 1));
        assert_eq!(replay.reserved(), [reserved]);
    }
}
