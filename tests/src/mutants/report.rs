//! What came out, as it comes and at the end.

use super::Failed;
use super::list::{Mutant, placeless};
use super::run::{Outcome, STOPPED, locked};
use crate::sources::top;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

/// Mutants that no test can tell from the original, each with the reason.
const SURVIVORS: &str = "tests/mutants-survivors.md";

/// Collects outcomes.
#[derive(Debug)]
pub(super) struct Report {
    reasons: BTreeSet<String>,
    package: String,
    /// How many are tried.
    all: usize,
    /// Whether every mutant of the package is tried by every test.
    whole: bool,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    out: Option<File>,
    done: usize,
    caught: usize,
    endless: usize,
    crashed: usize,
    excepted: BTreeSet<String>,
    missed: usize,
    unreached: usize,
    not_compiled: usize,
    unswitched: usize,
    planted: [usize; 4],
}

/// Names in a page of survivors: what stands between the first pair of backticks of a line.
fn reasons(page: &str) -> BTreeSet<String> {
    let names = page.lines().filter_map(|line| line.split('`').nth(1));
    names
        .filter(|name| name.contains(".rs: "))
        .map(str::to_owned)
        .collect()
}

/// Names of the mutants, without their places, that a file of outcomes says were not caught.
pub(super) fn left(text: &str) -> Result<BTreeSet<String>, Failed> {
    #[derive(serde::Deserialize)]
    struct Line {
        mutant: String,
        outcome: String,
    }
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let line: Line =
            serde_json::from_str(line).map_err(|why| Failed(format!("{why}: {line}")))?;
        if ["missed", "without end", "crashed"].contains(&line.outcome.as_str()) {
            names.insert(placeless(&line.mutant));
        }
    }
    Ok(names)
}

impl Report {
    pub(super) fn new(
        out: Option<&Path>,
        package: &str,
        all: usize,
        whole: bool,
    ) -> Result<Self, Failed> {
        let out = out.map(File::create).transpose()?;
        let reasons = reasons(&fs::read_to_string(top().join(SURVIVORS))?);
        let counts = Mutex::new(Counts {
            out,
            ..Counts::default()
        });
        Ok(Self {
            reasons,
            package: package.to_owned(),
            all,
            whole,
            counts,
        })
    }

    /// This one has no switch: it does not compile, or what it changes is no expression of its own.
    pub(super) fn not_tried(&self, mutant: &Mutant, compiles_not: bool) {
        let mut counts = locked(&self.counts);
        if compiles_not {
            counts.not_compiled += 1;
            counts.write(mutant, "does not compile", "");
        } else {
            counts.unswitched += 1;
            counts.write(mutant, "not tried", "");
        }
    }

    /// One more is known.
    pub(super) fn tell(&self, mutant: &Mutant, outcome: &Outcome) {
        let mut counts = locked(&self.counts);
        counts.done += 1;
        let is_missed = matches!(outcome, Outcome::Missed(_));
        if mutant.is_planted() {
            let unseen = mutant.name.contains("unseen");
            counts.planted[2 * usize::from(unseen) + usize::from(is_missed)] += 1;
            return;
        }
        match outcome {
            Outcome::Caught(test) => {
                counts.caught += 1;
                counts.write(mutant, "caught", test);
            }
            Outcome::Endless(test) => {
                counts.endless += 1;
                counts.write(mutant, "without end", test);
            }
            Outcome::Crashed(test) => {
                counts.crashed += 1;
                counts.write(mutant, "crashed", test);
            }
            Outcome::Missed(tests) => {
                let name = mutant.placeless();
                if self.reasons.contains(&name) {
                    counts.write(mutant, "excepted", "");
                    counts.excepted.insert(name);
                } else {
                    counts.missed += 1;
                    counts.unreached += usize::from(*tests == 0);
                    println!("MISSED by {tests} that reach it: {}", mutant.name);
                    counts.write(mutant, "missed", &tests.to_string());
                }
            }
        }
        if counts.done.is_multiple_of(100) {
            eprintln!("{} of {}", counts.done, self.all);
        }
    }

    /// How many there were of each kind.
    pub(super) fn sum(&self) {
        let counts = locked(&self.counts);
        let excepted = counts.excepted.len();
        let noticed = counts.caught + counts.endless + counts.crashed;
        let tried = noticed + excepted + counts.missed;
        let share = (1000 * noticed)
            .checked_div(tried - excepted)
            .unwrap_or(1000);
        println!(
            "{}: {tried} tried: {} caught, {} without end, {} crashed, {excepted} excepted, {} missed ({} of them reached by \
             nothing); {} do not compile, {} are not tried; {}.{} % of those without a reason are noticed",
            self.package,
            counts.caught,
            counts.endless,
            counts.crashed,
            counts.missed,
            counts.unreached,
            counts.not_compiled,
            counts.unswitched,
            share / 10,
            share % 10
        );
    }

    /// The sum; whether all is well.
    pub(super) fn end(&self) -> Result<bool, Failed> {
        let counts = locked(&self.counts);
        let [seen_caught, seen_missed, unseen_caught, unseen_missed] = counts.planted;
        let stopped = STOPPED.load(Relaxed);
        if !stopped
            && (seen_caught == 0
                || seen_missed > 0
                || unseen_caught > 0
                || unseen_missed != seen_caught)
        {
            return Err(Failed(format!(
                "of the planted function that a test looks at {seen_caught} mutants were caught and \
                 {seen_missed} missed, of the one that none looks at {unseen_caught} and {unseen_missed}"
            )));
        }
        println!(
            "{}: planted: {seen_caught} caught as they must be, {unseen_missed} missed as they must be",
            self.package
        );
        drop(counts);
        self.sum();
        let counts = locked(&self.counts);
        let folder = format!("{}/", super::folder(&self.package));
        let unneeded = self
            .reasons
            .iter()
            .filter(|name| name.starts_with(&folder) && !counts.excepted.contains(*name));
        let unneeded: Vec<&String> = unneeded.filter(|_| self.whole && !stopped).collect();
        for name in &unneeded {
            println!("NOT NEEDED in {SURVIVORS}: {name}");
        }
        if stopped {
            println!(
                "interrupted: {} of {} were not tried",
                self.all - counts.done,
                self.all
            );
        }
        Ok(counts.missed == 0 && unneeded.is_empty() && !stopped)
    }
}

impl Counts {
    fn write(&mut self, mutant: &Mutant, outcome: &str, by: &str) {
        if let Some(out) = &mut self.out {
            let line = json!({"mutant": mutant.name, "outcome": outcome, "by": by});
            if let Err(why) = writeln!(out, "{line}") {
                eprintln!("warning: an outcome is not kept: {why}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, left, reasons};
    use crate::mutants::list::Mutant;
    use crate::mutants::run::Outcome;

    fn mutant(file: &str, what: &str) -> Mutant {
        let name = format!("{file}:3:9: {what}");
        let text = serde_json::json!({
            "name": name, "file": file, "genre": "BinaryOperator", "replacement": "!=",
            "span": {"start": {"line": 3, "column": 9}},
        });
        serde_json::from_value(text).expect("a mutant")
    }

    /// What comes of a run in which these were tried besides what was planted.
    fn run(seen: Outcome, unseen: Outcome, others: &[Outcome]) -> Result<bool, String> {
        let report = Report::new(None, "pen-core", others.len() + 2, false).expect("no file");
        let planted = "firmware/core/src/planted.rs";
        report.tell(&mutant(planted, "replace == with != in seen"), &seen);
        report.tell(&mutant(planted, "replace == with != in unseen"), &unseen);
        for outcome in others {
            report.tell(&mutant("firmware/core/src/x.rs", "delete ! in f"), outcome);
        }
        report.end().map_err(|why| why.to_string())
    }

    #[test]
    fn proof_004_a_run_is_worth_nothing_unless_what_was_planted_comes_out_as_it_must() {
        let caught = || Outcome::Caught("t".to_owned());
        let missed = || Outcome::Missed(1);
        assert_eq!(run(caught(), missed(), &[caught()]), Ok(true));
        for (seen, unseen) in [
            (missed(), missed()),
            (caught(), caught()),
            (missed(), caught()),
        ] {
            let why = run(seen, unseen, &[caught()]).expect_err("void");
            assert!(why.starts_with("of the planted function"), "{why}");
        }
    }

    #[test]
    fn proof_004_one_missed_mutant_fails_a_run_and_one_without_end_or_crashed_does_not() {
        let (caught, missed) = (Outcome::Caught("t".to_owned()), Outcome::Missed(1));
        let planted = |others: &[Outcome]| run(caught.clone(), missed.clone(), others);
        // Reached by no test is missed, too.
        for outcome in [Outcome::Missed(7), Outcome::Missed(0)] {
            assert_eq!(planted(&[caught.clone(), outcome]), Ok(false));
        }
        let apart = [
            Outcome::Endless("t".to_owned()),
            Outcome::Crashed("t".to_owned()),
        ];
        assert_eq!(planted(&apart), Ok(true));
    }

    #[test]
    fn what_was_not_caught_is_left() {
        let text = r#"{"mutant": "a.rs:1:2: is", "outcome": "caught", "by": "t"}
{"mutant": "b.rs:3:4: is", "outcome": "missed", "by": "3"}
{"mutant": "c.rs:5:6: is", "outcome": "without end", "by": "t"}"#;
        let names: Vec<String> = left(text).expect("outcomes").into_iter().collect();
        assert_eq!(names, ["b.rs: is", "c.rs: is"]);
        let why = left("{").expect_err("no outcome").to_string();
        assert!(why.ends_with(": {"), "{why}");
    }

    #[test]
    fn a_reason_is_known_by_the_name_in_front_of_it() {
        let page = "# `not this`\n- `a/b.rs: replace < with <= in f`: as `c` is never equal\n";
        let known: Vec<String> = reasons(page).into_iter().collect();
        assert_eq!(known, ["a/b.rs: replace < with <= in f"]);
    }
}
