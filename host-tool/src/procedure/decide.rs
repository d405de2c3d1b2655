//! What a calibration may do: begin, adjust a part, adjust at all, and be signed off.

use pen_core::calibration::Calibration;
use pen_core::locks::Lock;
use pen_core::status::Status;

use super::observer::Event;
use super::{Adjust, Progress, Run, Subject};
use crate::error::HostError;
use crate::metrology::Verdict;
use crate::report::Results;

impl Run<'_> {
    /// Whether what is wanted can be had of a pen whose motor can turn, or cannot.
    pub(super) fn may_begin(&self, can_run: bool) -> Result<(), HostError> {
        let why = "the pen tells no depth, so that its motor cannot turn";
        match self.settings.subject {
            _ if can_run => Ok(()),
            Subject::Depth | Subject::Rate => Err(part_refused(why)),
            Subject::Current => Err(
                HostError::usage("the motor current was to be measured", why)
                    .with_fix("calibrate it first: `penctl calibrate all --current`"),
            ),
            Subject::All | Subject::Verify => Ok(()),
        }
    }

    /// A part is adjusted only beside one that stays and was signed off, and that nobody has to measure
    /// again yet.
    pub(super) fn may_adjust_a_part(
        &mut self,
        before: Option<&Calibration>,
        has_committed: bool,
    ) -> Result<(), HostError> {
        if !self.settings.subject.is_part() {
            return Ok(());
        }
        let Some(before) = before else {
            return Err(part_refused("the pen has no calibration yet"));
        };
        if !has_committed && self.client.status()?.locks.has(Lock::Unverified) {
            return Err(part_refused(&format!(
                "generation {} is in force and not signed off",
                before.generation
            )));
        }
        let today = self.bench.today();
        if before.due_day < today {
            return Err(part_refused(&format!(
                "the pen was due on {}, today is {}: what stays has to be measured again, too",
                crate::words::date(before.due_day),
                crate::words::date(today)
            )));
        }
        Ok(())
    }

    /// A pen that passes by its numbers is left alone unless it was asked for in so many words. So is any
    /// pen when an instrument takes the plain pass away: what it put in force could not be signed off.
    pub(super) fn wants_adjustment(&mut self, is_first: bool, found: &Results) -> bool {
        if !self.settings.adjusts() {
            return false;
        }
        // What an earlier run put in force stays to be measured.
        if self.replay.commit(false).is_some() || self.replay.commit(true).is_some() {
            return true;
        }
        let (adjusted, stays) = self.settings.subject.split(found);
        if stays.is_some_and(|stays| stays != Verdict::Pass) {
            let mut why = Vec::new();
            match found.current.as_ref().map(|it| it.verdict) {
                Some(Verdict::Fail | Verdict::ConditionalFail) => why.push(
                    "the motor current is out of tolerance, and the pen keeps no correction of it: it has to be \
                     repaired",
                ),
                Some(Verdict::ConditionalPass) => why.push(
                    "the motor current is no plain pass: more repeats or a better meter may make it one",
                ),
                Some(Verdict::Pass) | None => {}
            }
            let other = match self.settings.subject {
                Subject::Depth => found.rate.as_ref().is_some_and(|it| !it.verdict.is_pass()),
                Subject::Rate => !found.depth.verdict.is_pass(),
                Subject::All | Subject::Current | Subject::Verify => false,
            };
            if other {
                why.push("what would stay is no plain pass: `penctl calibrate all` adjusts both");
            }
            let text = format!(
                "not adjusted, because the new calibration could not be signed off: {}",
                why.join("; ")
            );
            self.tell(&Progress::Note(&text));
            return false;
        }
        if self.settings.adjust == Adjust::Always {
            return true;
        }
        let is_wanted = is_first || adjusted != Some(Verdict::Pass);
        if is_wanted && found.is_reserved {
            self.tell(&Progress::Note(
                "not adjusted: an instrument has no valid certificate, so that the new calibration could not \
                 be signed off; --adjust always adjusts all the same",
            ));
        }
        is_wanted && !found.is_reserved
    }

    /// What was to be measured and was not, in words.
    pub(super) fn unmeasured(&self, results: &Results) -> Option<&'static str> {
        if results
            .rate
            .as_ref()
            .is_none_or(|rate| rate.rows.is_empty())
        {
            Some("the rate was not measured")
        } else if self.settings.has_current() && results.current.is_none() {
            Some("the motor current was not measured")
        } else {
            None
        }
    }

    /// CAL-005: only a plain pass is signed off. Until then the pen itself treats nobody.
    /// `measured` was in force before the first reading as left; no other is named.
    pub(super) fn sign_off(
        &mut self,
        as_left: &Results,
        measured: Option<Calibration>,
    ) -> Result<(), HostError> {
        let status: Status = self.client.status()?;
        if !status.locks.has(Lock::Unverified) {
            // The earlier run signed it off, and did not hear or keep that.
            if let Some(commit) = self.replay.commit(false) {
                let generation = commit.generation;
                self.keep(&Event::SignedOff { generation })?;
            }
            return Ok(());
        }
        let generation = measured.map_or(0, |it| it.generation);
        let why_not = if !self.settings.subject.is_adjustable() {
            Some("nothing is signed off by measuring alone")
        } else if let Some(why) = self.unmeasured(as_left) {
            Some(why)
        } else if as_left.verdict() != Verdict::Pass {
            Some("as left is no plain pass")
        } else {
            None
        };
        if let Some(why) = why_not {
            let text = format!(
                "{why}: generation {generation} is in force and stays unverified, the pen treats nobody with it"
            );
            self.tell(&Progress::Note(&text));
        } else {
            self.tell(&Progress::Detail(
                "as left is a plain pass: hold the ok button on the pen to sign off",
            ));
            self.held_as_technician(|client| client.sign_off(generation))?;
            self.keep(&Event::SignedOff { generation })?;
            let text = format!("generation {generation} is signed off");
            self.tell(&Progress::Detail(&text));
        }
        Ok(())
    }
}

/// Depth or rate alone cannot be adjusted.
fn part_refused(why: &str) -> HostError {
    HostError::usage("only a part of the pen was to be calibrated", why)
        .with_fix("calibrate it whole: `penctl calibrate all`")
}
