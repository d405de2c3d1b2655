//! Which tests fail when a mutant is on.

use super::list::Mutant;
use super::tree::{self, Tree};
use super::{Failed, Looks};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, thread};

/// CPU time that a test may take (s) for each second that it takes without a mutant.
const PATIENCE: u64 = 20;
/// CPU time that it may take besides (s).
const GRACE: u64 = 5;
/// What hangs without using CPU time is given up; then `timeout` ends with this.
const HANGS: i32 = 124;
/// The CPU time is over; and so is the grace after that. The numbers are the kernel's.
const SIGXCPU: i32 = 24;
const SIGKILL: i32 = 9;
/// CPU time of the tests that are run in one go, without a mutant (ms): growing, because most mutants
/// are noticed by the first.
const GOES_MS: [u64; 3] = [200, 1_000, 4_000];

/// What came of a mutant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// This test failed.
    Caught(String),
    /// Tests did not end within their CPU time; the first of those that ran together.
    Endless(String),
    /// The program with the tests was ended by a signal; the first of those that ran together.
    Crashed(String),
    /// All tests that reach it passed; so many there are.
    Missed(usize),
}

/// A test in a program.
#[derive(Debug)]
struct Test {
    program: PathBuf,
    name: String,
    /// CPU time without a mutant (ms).
    ms: u64,
    reaches: BTreeSet<u32>,
}

/// The programs with tests, and what each test reaches.
#[derive(Debug)]
pub(super) struct Tests {
    all: Vec<Test>,
    jobs: usize,
    /// Where they run: what a mutant writes there lies in the copy.
    top: PathBuf,
    /// When what hangs is given up (s).
    hang: u64,
}

/// Stops what is under way when it is set.
pub(super) static STOPPED: AtomicBool = AtomicBool::new(false);

#[derive(serde::Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(serde::Deserialize)]
struct Target {
    name: String,
}

impl Tests {
    /// Builds the tests of the copy and runs each once by itself, with no mutant on.
    ///
    /// # Errors
    /// When they do not build, or one fails.
    pub(super) fn look(
        tree: &Tree,
        looks: &Looks,
        jobs: usize,
        hang: u64,
        longest_ms: Option<u64>,
    ) -> Result<Self, Failed> {
        let mut all = Vec::new();
        for &(target, arguments) in looks.builds() {
            let mut cargo = tree.cargo(&[
                "test",
                "--no-run",
                "--message-format=json-render-diagnostics",
            ]);
            let text = super::output(cargo.args(arguments))?;
            let artifacts = text
                .lines()
                .filter_map(|line| serde_json::from_str::<Artifact>(line).ok());
            for artifact in artifacts {
                let named = artifact.target.is_some_and(|built| built.name == target);
                if let (Some(program), true) = (artifact.executable, named) {
                    all.extend(names(&program, looks, target)?);
                }
            }
        }
        if all.is_empty() {
            return Err(Failed("no test was built".to_owned()));
        }
        let top = tree.top.clone();
        let mut tests = Self {
            all,
            jobs,
            top,
            hang,
        };
        tests.reach(&tree.target)?;
        tests
            .all
            .retain(|test| longest_ms.is_none_or(|longest| test.ms <= longest));
        Ok(tests)
    }

    /// How many there are, and their CPU time (s).
    #[must_use]
    pub(super) fn size(&self) -> (usize, u64) {
        let ms: u64 = self.all.iter().map(|test| test.ms).sum();
        (self.all.len(), ms / 1_000)
    }

    fn reach(&mut self, work: &Path) -> Result<(), Failed> {
        let next = AtomicUsize::new(0);
        let (all, top) = (&self.all, &self.top);
        let found = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for worker in 0..self.jobs {
                let (next, found) = (&next, &found);
                scope.spawn(move || {
                    let file = work.join(format!("reached-{worker}"));
                    loop {
                        let index = next.fetch_add(1, Relaxed);
                        let Some(test) = all.get(index) else { return };
                        let reached = test.reached(top, &file);
                        locked(found).push((index, reached));
                    }
                });
            }
        });
        for (index, reached) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            (self.all[index].reaches, self.all[index].ms) = reached?;
        }
        Ok(())
    }

    /// Tries mutants side by side, telling each when it is known. Ends early when [`STOPPED`] is set.
    pub(super) fn try_all(
        &self,
        mutants: &[(u32, &Mutant)],
        tell: impl Fn(&Mutant, &Outcome) + Sync,
    ) -> Result<(), Failed> {
        let next = AtomicUsize::new(0);
        let wrong: Mutex<Option<Failed>> = Mutex::default();
        let killers: Mutex<BTreeMap<(String, String), Vec<usize>>> = Mutex::default();
        thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| {
                    while let Some((number, mutant)) = mutants.get(next.fetch_add(1, Relaxed)) {
                        if STOPPED.load(Relaxed) {
                            return;
                        }
                        let (file, function) = mutant.home();
                        let home = (file.to_owned(), function.to_owned());
                        let first = locked(&killers).get(&home).cloned();
                        let tried = self.try_one(*number, &first.unwrap_or_default());
                        let (outcome, by) = match tried {
                            Ok(tried) => tried,
                            Err(why) => {
                                locked(&wrong).get_or_insert(why);
                                return STOPPED.store(true, Relaxed);
                            }
                        };
                        if let Some(by) = by {
                            let mut killers = locked(&killers);
                            let killers = killers.entry(home).or_default();
                            killers.retain(|known| *known != by);
                            killers.insert(0, by);
                        }
                        if !STOPPED.load(Relaxed) {
                            tell(mutant, &outcome);
                        }
                    }
                });
            }
        });
        let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
        wrong.map_or(Ok(()), Err)
    }

    /// First the tests that noticed a mutant of the same function, then those that reach the fewest.
    fn try_one(&self, number: u32, first: &[usize]) -> Result<(Outcome, Option<usize>), Failed> {
        let mut order: Vec<usize> = first.to_vec();
        let mut rest: Vec<usize> = (0..self.all.len())
            .filter(|index| !first.contains(index))
            .collect();
        rest.sort_by_key(|index| {
            let test = &self.all[*index];
            (
                test.ms / 500,
                test.reaches.len() * usize::try_from(test.ms.max(1)).unwrap_or(usize::MAX),
            )
        });
        order.extend(rest);
        order.retain(|index| self.all[*index].reaches.contains(&number));
        let reached = order.len();
        let mut go = 0;
        let mut order = order.as_slice();
        while !order.is_empty() {
            let most = GOES_MS[usize::min(go, GOES_MS.len() - 1)];
            let (now, later) = order.split_at(self.fits(order, most));
            if let Some((outcome, by)) = self.fails(now, number)? {
                return Ok((outcome, by));
            }
            order = later;
            go += 1;
        }
        Ok((Outcome::Missed(reached), None))
    }

    /// How many tests of one program, from the first on, fit into a time.
    fn fits(&self, order: &[usize], most_ms: u64) -> usize {
        let program = &self.all[order[0]].program;
        let mut ms = 0;
        let fitting = order.iter().take_while(|index| {
            let test = &self.all[**index];
            ms += test.ms + 2;
            test.program == *program && ms <= most_ms
        });
        fitting.count().max(1)
    }

    /// What these tests, run together, say of a mutant; nothing when all pass.
    ///
    /// # Errors
    /// When they do not run, or end in a way in which tests never end.
    fn fails(
        &self,
        which: &[usize],
        number: u32,
    ) -> Result<Option<(Outcome, Option<usize>)>, Failed> {
        let first = &self.all[which[0]];
        let ms: u64 = which.iter().map(|index| self.all[*index].ms).sum();
        let seconds = GRACE + ms * PATIENCE / 1_000;
        let names = which.iter().map(|index| self.all[*index].name.as_str());
        let limits = (seconds, self.hang);
        let done = run(
            (&self.top, &first.program),
            names,
            limits,
            &number.to_string(),
            None,
        )?;
        if done.status.success() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&done.stdout);
        let failed = |index: &&usize| {
            let begin = format!("test {} ", self.all[**index].name);
            let mut lines = text.lines();
            lines.any(|line| line.starts_with(&begin) && line.ends_with("FAILED"))
        };
        let name = first.name.clone();
        match (
            which.iter().find(failed),
            done.status.signal(),
            done.status.code(),
        ) {
            (Some(index), _, _) => {
                let name = self.all[*index].name.clone();
                Ok(Some((Outcome::Caught(name), Some(*index))))
            }
            (None, Some(SIGXCPU | SIGKILL), _) | (None, _, Some(HANGS)) => {
                Ok(Some((Outcome::Endless(name), None)))
            }
            (None, Some(_), _) => Ok(Some((Outcome::Crashed(name), None))),
            (None, None, code) => {
                let code = code.unwrap_or_default();
                Err(Failed(format!(
                    "{name} and others end with {code} and no test that failed\n{text}"
                )))
            }
        }
    }
}

pub(super) fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn names(program: &Path, looks: &Looks, target: &str) -> Result<Vec<Test>, Failed> {
    let text = super::output(Command::new(program).args(["--list", "--format=terse"]))?;
    let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
    let names = names.filter(|name| looks.asks(target, name));
    Ok(names
        .map(|name| Test {
            program: program.to_owned(),
            name: name.to_owned(),
            ms: 0,
            reaches: BTreeSet::new(),
        })
        .collect())
}

impl Test {
    fn reached(&self, top: &Path, file: &Path) -> Result<(BTreeSet<u32>, u64), Failed> {
        let _ = fs::remove_file(file);
        let done = run(
            (top, &self.program),
            [self.name.as_str()],
            (3_600, 3_600),
            "reached",
            Some(file),
        )?;
        if !done.status.success() {
            let text = String::from_utf8_lossy(&done.stdout);
            return Err(Failed(format!(
                "{} fails without any mutant\n{text}",
                self.name
            )));
        }
        let text = fs::read_to_string(file).unwrap_or_default();
        Ok(reached(&text))
    }
}

/// What the programs of one test wrote: the mutants that they met, and their CPU time (ms). A test that meets none
/// writes nothing; how long it takes does not matter then.
fn reached(text: &str) -> (BTreeSet<u32>, u64) {
    let cpu = |line: &str| line.strip_prefix("cpu ")?.parse::<u64>().ok();
    let numbers = text.lines().filter_map(|line| line.parse().ok());
    (numbers.collect(), text.lines().filter_map(cpu).sum())
}

/// Tests of one program, from the top of the copy, with a limit of CPU time and of time (s).
fn run<'a>(
    (top, program): (&Path, &Path),
    names: impl IntoIterator<Item = &'a str>,
    (cpu, hang): (u64, u64),
    on: &str,
    reached: Option<&Path>,
) -> Result<std::process::Output, Failed> {
    let mut command = Command::new("sh");
    // A test that builds programs of its own builds them with the same mutants.
    tree::as_built(&mut command)
        .arg("-c")
        .arg(format!(
            "ulimit -t {cpu}; exec timeout {hang} \"$0\" \"$@\""
        ))
        .arg(program);
    command.args(["--exact", "--test-threads=1"]).args(names);
    command
        .env("PEN_MUTANT", on)
        .env("PROPTEST_MAX_SHRINK_ITERS", "0");
    // A failure that is kept would be a test more for the next mutant.
    command
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1")
        .env("RUST_BACKTRACE", "0");
    // What is drawn is drawn the same way each time.
    command.env("PROPTEST_RNG_SEED", "1");
    if let Some(file) = reached {
        command.env("PEN_MUTANT_REACHED", file);
    }
    Ok(command
        .current_dir(top)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?)
}

#[cfg(test)]
mod tests {
    use super::reached;

    #[test]
    fn what_several_programs_met_is_one_list_with_all_their_time() {
        let text = "cpu 120\n3\n7\ncpu 30\n7\n12\n";
        assert_eq!(reached(text), ([3, 7, 12].into(), 150));
        assert_eq!(reached(""), ([].into(), 0));
    }
}
