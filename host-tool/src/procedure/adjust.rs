//! From readings to a calibration in force: fit, stage, show, commit, read back.

use pen_core::calibration::{Calibration, CalibrationDefect, Knot, Table};
use pen_core::limits;
use pen_core::request::Refusal;
use pen_core::units::Depth;

use super::script::COMMIT;
use super::state::State;
use super::{Adjusted, Choice, Event, Progress, Question, Run, Subject, generation_after};
use crate::error::HostError;
use crate::metrology::outlier::{RANGE_MAX_UM, widest};
use crate::metrology::{
    ChannelDesign, ChannelFit, FitError, FitOptions, GainFit, Point, Reading, fit_channel, fit_gain,
};
use crate::report::{ParameterChange, Results};
use crate::words;

/// The drawing of channel A: 1.4 counts per micrometre from 400 counts on.
const DESIGN_A: ChannelDesign = ChannelDesign {
    name: "A",
    zero_counts: 400,
    um_numerator: 5,
    um_denominator: 7,
    rail_low_counts: limits::RAIL_LOW_COUNTS,
    rail_high_counts: limits::RAIL_HIGH_COUNTS,
};

/// The drawing of channel B: 1.3 counts per micrometre down from 3900 counts.
const DESIGN_B: ChannelDesign = ChannelDesign {
    name: "B",
    zero_counts: 3_900,
    um_numerator: -10,
    um_denominator: 13,
    ..DESIGN_A
};

/// How far the end knots are drawn outwards, so that noise at the ends stays inside the span.
const MARGIN: FitOptions = FitOptions { span_margin_um: 80 };

/// The parameter that says when the owner wants the next calibration.
pub(super) const DUE: &str = "Due";

impl Run<'_> {
    /// Fits, stages, shows, commits. A pen that had no calibration cannot turn its motor before it
    /// has one; its rate is found, and corrected, after its depth.
    pub(super) fn adjust(
        &mut self,
        before: Option<&Calibration>,
        state: &mut State,
        found: &mut Results,
        can_run: bool,
    ) -> Result<Adjusted, HostError> {
        self.step(
            4,
            match self.settings.subject {
                Subject::Depth => "fit: a monotone table for each depth channel; the clock stays",
                Subject::Rate => "fit: one factor for the clock; the tables stay",
                Subject::All | Subject::Current | Subject::Verify => {
                    "fit: a monotone table for each depth channel, one factor for the clock"
                }
            },
        );
        let refused = |error: FitError| HostError::fit_refused(error.to_string());
        let points = state.points(self);
        comes_back(&points).map_err(refused)?;
        let fits = if self.settings.subject == Subject::Rate {
            Vec::new()
        } else {
            let a = fit_channel(&points, DESIGN_A, |it: &Reading| it.counts_a, MARGIN);
            let b = fit_channel(&points, DESIGN_B, |it: &Reading| it.counts_b, MARGIN);
            vec![a.map_err(refused)?, b.map_err(refused)?]
        };
        let old_ppm = before.map_or(0, |calibration| calibration.clock_ppm);
        let mut base = before.copied();
        if !can_run {
            if self.replay.commit(true).is_some() {
                // The earlier run stopped after this.
                base = self.in_force()?.map(|it| it.calibration);
            } else {
                let first = self.calibration_of(base.as_ref(), &fits, old_ppm)?;
                let first = self.staged(base.as_ref(), first)?;
                let changes = changes(base.as_ref(), &first.0);
                self.put_in_force(&first, &changes, true)?;
                base = Some(first.0);
            }
            self.measure_rate(state, base.as_ref())?;
            *found = self.evaluate(state)?;
            self.tell(&Progress::Measured("as found, with rate", found));
        }
        let gain = if self.settings.subject == Subject::Depth {
            None
        } else {
            let inputs = self.bench.instruments().rate;
            Some(fit_gain(&state.rates(self), &inputs, old_ppm).map_err(refused)?)
        };
        let ppm = gain.as_ref().map_or(old_ppm, |gain| gain.total_ppm);
        let (parameters, digest) = if let Some(commit) = self.replay.commit(false) {
            let next = self.in_force()?.map(|it| it.calibration);
            let next = next.ok_or_else(|| HostError::internal("a commit without a calibration"))?;
            self.tell(&Progress::Committed(commit.generation));
            (changes(before, &next), commit.digest)
        } else {
            let next = self.calibration_of(base.as_ref(), &fits, ppm)?;
            let next = self.staged(base.as_ref(), next)?;
            let parameters = changes(before, &next.0);
            let digest = self.put_in_force(&next, &parameters, false)?;
            (parameters, digest)
        };
        Ok(Adjusted {
            fits,
            gain,
            parameters,
            digest,
        })
    }

    fn calibration_of(
        &self,
        before: Option<&Calibration>,
        fits: &[ChannelFit],
        clock_ppm: i32,
    ) -> Result<Calibration, HostError> {
        let (a, b) = match (fits, before) {
            ([a, b], _) => (table(a), table(b)),
            ([], Some(before)) => (before.a, before.b),
            _ => return Err(HostError::internal("two channels were fitted")),
        };
        let made_day = self.bench.today();
        // A part that was only checked is not newly due: the day stays that of the whole.
        let due_day = match before {
            Some(before) if self.settings.subject.is_part() => before.due_day,
            _ => made_day.saturating_add(self.settings.due_in_days),
        };
        let calibration = Calibration {
            serial: self.client.hello().serial,
            generation: generation_after(before),
            technician: self.settings.technician,
            made_day,
            due_day,
            clock_ppm,
            a,
            b,
        };
        // The pen checks the same; here it costs nothing and says so before anything is sent.
        calibration.check(calibration.serial).map_err(|defect| {
            HostError::fit_refused(words::refusal(&Refusal::Calibration(defect)))
        })?;
        Ok(calibration)
    }

    /// Stages, under the number that the pen has next: one that lost its calibration counts on from the
    /// last one that was signed off. Returns what is staged, and its digest.
    fn staged(
        &mut self,
        before: Option<&Calibration>,
        next: Calibration,
    ) -> Result<(Calibration, u32), HostError> {
        self.step(5, "stage, current against new, commit");
        let error = match self.as_technician(|client| client.stage(&next)) {
            Ok(digest) => return Ok((next, digest)),
            Err(error) => error,
        };
        let Some(Refusal::Calibration(CalibrationDefect::Generation { allowed, .. })) =
            self.client.refusal()
        else {
            return Err(error);
        };
        // Somebody else may have committed meanwhile: then what was found is no longer in force.
        if self.in_force()?.map(|it| it.calibration).as_ref() != before {
            return Err(error);
        }
        let next = Calibration {
            generation: allowed,
            ..next
        };
        let digest = self.as_technician(|client| client.stage(&next))?;
        Ok((next, digest))
    }

    /// Shows current against new, commits what is staged, and reads back what is in force.
    fn put_in_force(
        &mut self,
        (next, digest): &(Calibration, u32),
        changes: &[ParameterChange],
        depth_only: bool,
    ) -> Result<u32, HostError> {
        let digest = *digest;
        self.keep(&Event::Proposed {
            generation: next.generation,
            digest,
            depth_only,
            changes: changes.to_vec(),
        })?;
        self.tell(&Progress::Proposed(changes));
        let text = format!(
            "put generation {} (digest {digest:08x}) into force?",
            next.generation
        );
        let question = Question::new(COMMIT, &text, Choice::No);
        if !self.bench.decide(self.client, &question)? {
            return Err(HostError::aborted("the calibration"));
        }
        // Whoever answered may have answered before: a file, or --yes.
        if crate::clock::interrupted() {
            return Err(HostError::interrupted("the calibration"));
        }
        self.as_technician(|client| client.commit(digest))?;
        match self.in_force()? {
            Some(found) if found.digest == digest => {
                self.keep(&Event::Committed {
                    generation: next.generation,
                    digest,
                    depth_only,
                })?;
                self.tell(&Progress::Committed(next.generation));
                Ok(digest)
            }
            other => Err(HostError::verify_failed(
                "the calibration in force",
                format!(
                    "committed {digest:08x}, read back {}",
                    other.map_or_else(|| "none".into(), |it| format!("{:08x}", it.digest))
                ),
            )),
        }
    }
}

/// A ring that does not come back to where it was is repaired, not adjusted.
fn comes_back(points: &[Point]) -> Result<(), FitError> {
    match widest(points) {
        Some((nominal_um, direction, asked_um)) if asked_um > RANGE_MAX_UM => {
            Err(FitError::Repeats {
                nominal_um,
                direction: direction.word(),
                asked_um,
                allowed_um: RANGE_MAX_UM,
            })
        }
        _ => Ok(()),
    }
}

/// A fitted table in the pen's form.
fn table(fit: &ChannelFit) -> Table {
    let mut table = Table::default();
    for (place, knot) in table.knots.iter_mut().zip(fit.table.knots()) {
        *place = Some(Knot {
            counts: knot.counts,
            depth: Depth::from_um(knot.depth_um),
        });
    }
    table
}

/// Current against new, for people.
fn changes(before: Option<&Calibration>, next: &Calibration) -> Vec<ParameterChange> {
    let none = || "none".to_owned();
    let change =
        |name: &str, old: Option<String>, new: String, unit: &str, allowed: &str| ParameterChange {
            name: name.to_owned(),
            old: old.unwrap_or_else(none),
            new,
            unit: unit.to_owned(),
            allowed: allowed.to_owned(),
        };
    let at = |table: &Table, counts: u16| {
        table
            .depth(counts)
            .map_or_else(none, |depth| depth.as_um().to_string())
    };
    let mut list = vec![
        change(
            "Generation",
            before.map(|it| it.generation.to_string()),
            next.generation.to_string(),
            "",
            "the pen's next number",
        ),
        change(
            "Clock correction",
            before.map(|it| it.clock_ppm.to_string()),
            next.clock_ppm.to_string(),
            "ppm",
            &format!("\u{b1}{}", limits::CAL_CLOCK_PPM),
        ),
        change(
            DUE,
            before.map(|it| words::date(it.due_day)),
            words::date(next.due_day),
            "",
            "owner's choice",
        ),
    ];
    // Where 0.5, 1.0 and 1.5 mm lie by the drawing: what the pen will say there.
    for (name, new, old, places) in [
        (
            "A",
            &next.a,
            before.map(|it| it.a),
            [1_100_u16, 1_800, 2_500],
        ),
        ("B", &next.b, before.map(|it| it.b), [3_250, 2_600, 1_950]),
    ] {
        for counts in places {
            list.push(change(
                &format!("Channel {name} at {counts} counts"),
                old.map(|table| at(&table, counts)),
                at(new, counts),
                "\u{b5}m",
                &format!("\u{b1}{} of the drawing", limits::CAL_MOVE_UM),
            ));
        }
    }
    list
}

/// What a correction of the clock says in words.
pub(super) fn gain_words(gain: &GainFit) -> String {
    format!(
        "{} ppm on top of {} ppm, U = {} ppm (k = {})",
        gain.change_ppm, gain.current_ppm, gain.expanded_ppm, gain.k
    )
}

#[cfg(test)]
mod tests {
    use super::{comes_back, gain_words};
    use crate::metrology::{Decimal, FitError, GainFit, Point, PointRole, Reading};

    #[test]
    fn cal_002_repeats_that_lie_more_than_50_um_apart_are_no_fit() {
        let at = |range: i32| {
            let read = |um: i32| Reading {
                reference_um: um,
                indicated_um: 500,
                counts_a: 1_100,
                counts_b: 3_250,
            };
            comes_back(&[Point {
                nominal_um: 500,
                role: PointRole::Calibration,
                deepening: vec![read(500); 3],
                shallowing: vec![read(490), read(490 + range), read(500)],
            }])
        };
        assert_eq!(comes_back(&[]), Ok(()));
        assert_eq!((at(10), at(50)), (Ok(()), Ok(())));
        for range in [51, 80] {
            let refused = FitError::Repeats {
                nominal_um: 500,
                direction: "shallowing",
                asked_um: range,
                allowed_um: 50,
            };
            assert_eq!(at(range), Err(refused));
        }
    }

    #[test]
    fn a_correction_of_the_clock_is_said_with_its_uncertainty() {
        let gain = GainFit {
            current_ppm: -200,
            change_ppm: 1_500,
            total_ppm: 1_300,
            expanded_ppm: 310,
            k: Decimal::rounded(2.05, -2).unwrap(),
            residuals_ppm: Vec::new(),
        };
        assert_eq!(
            gain_words(&gain),
            "1500 ppm on top of -200 ppm, U = 310 ppm (k = 2.05)"
        );
    }
}
