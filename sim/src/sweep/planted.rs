//! Looks for planted defects: a sweep that misses one cannot be trusted with the real ones.

use pen_core::journal::ResetCause;

use super::defect::{Defect, Planted};
use super::gather::Case;
use super::native;
use super::phase::Phase;
use super::sample;
use super::source::{Deed, Source};
use super::trial;
use super::world::World;
use crate::fault::Knob;
use crate::pen::processor::{Processor, Socket};
use crate::scenario::RunError;

/// Sessions for each line of the list.
const EACH: u64 = 4;
/// Sessions in which nothing goes wrong. What the pen bounds by itself, such as a tachometer that
/// misses edges, breaks no rule: what shows then is a fault that nothing explains.
const HEALTHY: u64 = 8;

/// Where to look: hands and faults in few phases, a fast part of what a sweep goes through.
const LIST: [(Source, Phase, i64); 15] = [
    (Source::Deed(Deed::Stop), Phase::Standby, 1),
    (Source::Deed(Deed::Tap), Phase::Ready, 60),
    (Source::Deed(Deed::Tap), Phase::Run, 120),
    (Source::Deed(Deed::HalfRelease), Phase::Run, 101),
    (Source::Deed(Deed::HalfRelease), Phase::Run, 100),
    (Source::Deed(Deed::Cable), Phase::Run, 1),
    (Source::Deed(Deed::Ring), Phase::Run, 400),
    (Source::Deed(Deed::Cartridge), Phase::Run, 1),
    (Source::Deed(Deed::Fall), Phase::Run, 2_000),
    (Source::Reset(ResetCause::Watchdog), Phase::Run, 1),
    (Source::Reset(ResetCause::BrownOut), Phase::Rest, 1),
    (Source::Knob(Knob::MotorJam), Phase::Run, 1),
    (Source::Knob(Knob::MotorJam), Phase::BrakeLate, 1),
    (Source::Knob(Knob::GripHot), Phase::Ready, 60),
    (Source::Knob(Knob::MotorFriction), Phase::Run, 5_000),
];

/// What came of the search for one defect.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Hunted {
    /// Its name.
    pub defect: &'static str,
    /// What is wrong.
    pub doc: &'static str,
    /// Sessions that were run until it was found, or in all.
    pub sessions: usize,
    /// The rule that it broke and the sound firmware did not, and in which session.
    pub found: Option<(String, String)>,
}

impl Hunted {
    /// One line.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.found {
            Some((rule, case)) => format!(
                "found   {:<18} {}\n        {rule}\n        {case}; {} sessions\n",
                self.defect, self.doc, self.sessions
            ),
            None => format!(
                "MISSED  {:<18} {}\n        in {} sessions\n",
                self.defect, self.doc, self.sessions
            ),
        }
    }
}

/// The sessions, and which rules the sound firmware breaks in them.
#[derive(Debug)]
pub struct Hunt {
    cases: Vec<(Case, Vec<String>)>,
}

impl Hunt {
    /// Runs the sound firmware.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn new(seed: u64, second_switch: bool) -> Result<Self, RunError> {
        let world = World::new(seed, second_switch, native())?;
        let mut cases = Vec::new();
        for ((source, phase, value), line) in LIST.into_iter().zip(0..) {
            let spots = world.spots(&[source], phase);
            let chance = world.seed.derive("hunt").nth(line);
            for tick in 0..EACH {
                let aim = World::aim(&spots, 2, value, chance, tick);
                let strikes = [(source, value, 0)];
                let case = aim.and_then(|aim| world.case(&spots, &aim, phase, &strikes, chance));
                if let Some(case) = case {
                    let broken = rules(&case, &*world.make)?;
                    cases.push((case, broken));
                }
            }
        }
        for n in 0..HEALTHY {
            let case = sample::healthy(&world, n);
            let broken = rules(&case, &*world.make)?;
            cases.push((case, broken));
        }
        Ok(Self { cases })
    }

    /// Looks for one defect.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn look_for(&self, defect: Defect) -> Result<Hunted, RunError> {
        let make =
            move |socket: Socket| -> Box<dyn Processor> { Box::new(Planted::new(socket, defect)) };
        let (name, doc) = defect.told();
        let mut hunted = Hunted {
            defect: name,
            doc,
            sessions: 0,
            found: None,
        };
        for (case, sound) in &self.cases {
            hunted.sessions += 1;
            let broken = rules(case, &make)?;
            if let Some(rule) = broken.into_iter().find(|rule| !sound.contains(rule)) {
                let text = if case.breaks_nothing() {
                    case.text.clone()
                } else {
                    format!("{} in {}", case.text, case.phase.name().0)
                };
                hunted.found = Some((rule, text));
                break;
            }
        }
        Ok(hunted)
    }
}

/// The rules that a session breaks, and the false trip, if there is one.
fn rules(case: &Case, make: &trial::Make) -> Result<Vec<String>, RunError> {
    let trial = trial::run(&case.script, case.phase, make)?;
    let broken = trial
        .measures
        .into_iter()
        .filter(|measure| measure.ratio() > 1.0);
    let mut rules: Vec<String> = broken.map(|measure| measure.rule).collect();
    if let Some(fault) = trial.fault.filter(|_| case.breaks_nothing()) {
        rules.push(format!("false trip: {fault:?}"));
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::{Defect, Hunt};

    #[test]
    fn defects_have_names_of_their_own() {
        let mut names: Vec<&str> = Defect::ALL.iter().map(|defect| defect.told().0).collect();
        assert!(names.len() >= 12);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Defect::ALL.len());
    }

    #[test]
    fn a_defect_is_found_by_a_rule_or_by_a_false_trip() {
        let hunt = Hunt::new(1, false).unwrap();
        for (defect, rule) in [
            (Defect::BrakeCoasts, "STOP-"),
            (Defect::ParksOutward, "STOP-003: um pushed out"),
            (Defect::TachoHalved, "false trip: "),
        ] {
            let hunted = hunt.look_for(defect).unwrap();
            let found = hunted.found.as_ref().map_or("", |found| found.0.as_str());
            assert!(found.starts_with(rule), "{hunted:?}");
        }
    }
}
