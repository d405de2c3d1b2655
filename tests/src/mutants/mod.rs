//! `mutants`: the code with one thing changed, and which tests notice.
//!
//! The mutants are those of `cargo mutants`. That tool builds the code once for each; here all of a package are
//! built into one copy of it, each behind a switch that is thrown when a test begins, so that thousands are
//! tried in the time of a few builds.

mod list;
mod proof;
mod report;
mod rewrite;
mod run;
mod tree;

use clap::{Parser, ValueEnum};
use list::Mutant;
use run::Tests;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use tree::Tree;

const AFTER: &str = "\
First two functions that do the same are planted, one with a test that looks at
it and one without: each mutant of the one must be caught, each of the other
missed, or the run is worth nothing. A mutant that is missed must be in
tests/mutants-survivors.md, with the reason why no test can tell it from the
original. A line there that nothing needs is wrong, too, when all were tried.

Needs `cargo mutants` (27.1.0): it says which mutants there are. Works in a
copy of the tree below target/mutants. Ctrl-C ends it and prints what is known.

With --by proof nothing is planted and nothing is judged: what breaks which rule
is counted and printed.

Exit codes: 0 every mutant was caught or has a reason, 1 not so, 2 usage, or
something does not build or fails without any mutant, 130 interrupted.";

/// Changes the code in one place at a time and looks whether a test fails
#[derive(Debug, Parser)]
#[command(name = "mutants", max_term_width = 100, after_help = AFTER)]
pub struct Cli {
    /// Whose code is changed
    #[arg(long, value_enum, default_value = "pen-core")]
    package: Package,
    /// Which tests look
    #[arg(long, value_enum, default_value = "all")]
    by: By,
    /// Only what this diff touches
    #[arg(long, value_name = "FILE")]
    in_diff: Option<PathBuf>,
    /// Only mutants whose names hold this; may be given several times
    #[arg(long, value_name = "TEXT")]
    name: Vec<String>,
    /// Every Nth mutant, from the Kth on: 1/20 to 20/20
    #[arg(long, value_name = "K/N", value_parser = shard)]
    shard: Option<(usize, usize)>,
    /// Only those that were missed or without end in a file that --out wrote
    #[arg(long, value_name = "FILE")]
    again: Option<PathBuf>,
    /// Tests that take more CPU time than this do not look (ms, slower than usual: what they reach is written down)
    #[arg(long, value_name = "MS")]
    longest: Option<u64>,
    /// At most so many mutants, chosen by the commit
    #[arg(long, value_name = "N")]
    most: Option<usize>,
    /// What hangs without using CPU time is given up after so long (s); the least counts on a machine at rest
    #[arg(long, default_value_t = 3_600, value_name = "S")]
    hang: u64,
    /// How many are tried side by side
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Where every outcome goes, one JSON object a line
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// With --by proof: only these rooms; may be given several times
    #[arg(long, value_name = "ROOM")]
    room: Vec<String>,
    /// With --by proof: only whether any mutant breaks each rule, not what each mutant breaks
    #[arg(long)]
    rules_only: bool,
    /// With --by proof: CPU time for a question (s)
    #[arg(long, default_value_t = 20, value_name = "S")]
    cpu_limit: u32,
    /// Prints the mutants and ends
    #[arg(long)]
    list: bool,
}

/// Whose code can be changed.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[expect(
    clippy::enum_variant_names,
    reason = "they are the names of the packages"
)]
enum Package {
    PenCore,
    PenProtocol,
    PenApp,
    PenHost,
    PenSim,
}

/// Which tests look at a mutant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum By {
    /// Every test that looks at the package, but those of tests/properties, which take half a minute
    All,
    /// Only the package's own unit tests: the least that must be built
    Own,
    /// Only those that draw their inputs, and the model; of the core those of tests/properties, too
    Properties,
    /// Only tests of penctl itself, from its words to its exit code (tests/cli); of pen-host, and one at a time
    Ends,
    /// No test, but the proof of the core (tests/proof): which mutants break a rule of a room
    Proof,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let wrong = || format!("'{text}' is not K/N with K from 1 to N");
    let (k, n) = text.split_once('/').ok_or_else(wrong)?;
    let (k, n) = (
        k.parse().map_err(|_| wrong())?,
        n.parse().map_err(|_| wrong())?,
    );
    if (1..=n).contains(&k) {
        Ok((k, n))
    } else {
        Err(wrong())
    }
}

/// Why a run is worth nothing.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failed {
    fn from(why: std::io::Error) -> Self {
        Self(why.to_string())
    }
}

/// What a command writes.
fn output(command: &mut Command) -> Result<String, Failed> {
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|why| Failed(format!("{command:?}: {why}")))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let why = String::from_utf8_lossy(&done.stderr);
    let program = command.get_program().to_string_lossy();
    let arguments: Vec<_> = command
        .get_args()
        .map(|argument| argument.to_string_lossy())
        .collect();
    Err(Failed(format!("{program} {}\n{why}", arguments.join(" "))))
}

/// A program with tests: its target, and what builds it.
type Program = (&'static str, &'static [&'static str]);

/// The tests that look at a package.
#[derive(Debug)]
struct Looks {
    package: Package,
    by: By,
}

impl Package {
    const fn name(self) -> &'static str {
        match self {
            Self::PenCore => "pen-core",
            Self::PenProtocol => "pen-protocol",
            Self::PenApp => "pen-app",
            Self::PenHost => "pen-host",
            Self::PenSim => "pen-sim",
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::PenCore => "firmware/core",
            Self::PenProtocol => "firmware/protocol",
            Self::PenApp => "firmware/app",
            Self::PenHost => "host-tool",
            Self::PenSim => "sim",
        }
    }

    const fn programs(self) -> &'static [Program] {
        match self {
            Self::PenCore => &[
                ("pen_core", &["-p", "pen-core", "--lib"]),
                (
                    "requirements",
                    &["-p", "pen-tests", "--test", "requirements"],
                ),
            ],
            Self::PenProtocol => &[
                ("pen_protocol", &["-p", "pen-protocol", "--lib"]),
                ("frames", &["-p", "pen-protocol", "--test", "frames"]),
                ("golden_v1", &["-p", "pen-protocol", "--test", "golden_v1"]),
                ("schema", &["-p", "pen-protocol", "--test", "schema"]),
            ],
            Self::PenApp => &[
                (
                    "pen_app",
                    &["-p", "pen-app", "--lib", "--features", "pen-app/bench"],
                ),
                // The flash that fails and loses its power is the simulator's.
                (
                    "storage_slots",
                    &["-p", "pen-sim", "--test", "storage_slots"],
                ),
                (
                    "storage_journal",
                    &["-p", "pen-sim", "--test", "storage_journal"],
                ),
            ],
            Self::PenHost => &[("pen_host", &["-p", "pen-host", "--lib"])],
            Self::PenSim => &[
                ("pen_sim", &["-p", "pen-sim", "--lib"]),
                ("simulation", &["-p", "pen-tests", "--test", "simulation"]),
            ],
        }
    }

    /// Parts of the names of tests that look; none means all.
    const fn parts(self) -> &'static [&'static str] {
        match self {
            Self::PenSim => &[
                "judges",
                "reader",
                "monitor::",
                "scenario::",
                "sweep::",
                "planted",
            ],
            _ => &[],
        }
    }
}

impl Looks {
    const fn builds(&self) -> &'static [Program] {
        match (self.package, self.by) {
            (Package::PenCore, By::Properties) => &[
                ("pen_core", &["-p", "pen-core", "--lib"]),
                ("properties", &["-p", "pen-tests", "--test", "properties"]),
            ],
            (Package::PenHost, By::Ends) => &[
                // Of these only the test of what is planted.
                ("pen_host", &["-p", "pen-host", "--lib"]),
                ("cli", &["-p", "pen-tests", "--test", "cli"]),
            ],
            // The unit tests come first in each list.
            (package, By::Own) => package.programs().split_at(1).0,
            (package, _) => package.programs(),
        }
    }

    /// Everything that must compile: also what the tests use of the package.
    fn checked(&self) -> Vec<&'static str> {
        if self.by == By::Proof {
            let wasm = "--target=wasm32-unknown-unknown";
            return vec![
                "-p",
                "pen-proof",
                "--lib",
                "--features=rooms",
                "--profile=proof",
                wasm,
            ];
        }
        let programs = self.builds().iter();
        let arguments = programs.flat_map(|(_, arguments)| arguments.iter().copied());
        ["--profile=test"].into_iter().chain(arguments).collect()
    }

    fn asks(&self, target: &str, name: &str) -> bool {
        let parts = self.package.parts();
        let looks = parts.is_empty() || parts.iter().any(|part| name.contains(part));
        let drawn = target == "properties"
            || target == "frames"
            || ["verify::", "model::", "planted::"]
                .iter()
                .any(|part| name.contains(part));
        match self.by {
            By::Properties => looks && drawn,
            By::Ends => target == "cli" || name.contains("planted::"),
            By::All | By::Own | By::Proof => looks,
        }
    }
}

/// Runs the command.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    match tried(cli) {
        Ok(_) if run::STOPPED.load(std::sync::atomic::Ordering::Relaxed) => ExitCode::from(130),
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn chosen(cli: &Cli, mutants: &[Mutant]) -> Result<BTreeSet<u32>, Failed> {
    let named = |mutant: &Mutant| {
        cli.name.is_empty() || cli.name.iter().any(|part| mutant.name.contains(part))
    };
    let mine = |(_, mutant): &(u32, &Mutant)| !mutant.is_planted();
    let mut numbered: Vec<(u32, &Mutant)> = (1..).zip(mutants).filter(mine).collect();
    if let Some(file) = &cli.again {
        let mut names = report::left(&std::fs::read_to_string(file)?)?;
        numbered.retain(|(_, mutant)| names.contains(&mutant.placeless()));
        for (_, mutant) in &numbered {
            names.remove(&mutant.placeless());
        }
        for name in names {
            println!("not there any more: {name}");
        }
    }
    numbered.retain(|(_, mutant)| named(mutant));
    let mut numbers: Vec<u32> = numbered.into_iter().map(|(number, _)| number).collect();
    if numbers.is_empty() && !cli.name.is_empty() {
        let of = if cli.again.is_some() {
            " that is tried again"
        } else {
            ""
        };
        return Err(Failed(format!(
            "no name of a mutant{of} holds {}",
            cli.name.join(" or ")
        )));
    }
    if let Some((k, n)) = cli.shard {
        numbers = numbers.into_iter().skip(k - 1).step_by(n).collect();
    }
    if let Some(most) = cli.most.filter(|most| *most < numbers.len()) {
        let commit = output(
            Command::new("git")
                .args(["rev-parse", "HEAD"])
                .current_dir(crate::sources::top()),
        )?;
        let begin = commit
            .get(..8)
            .and_then(|text| usize::from_str_radix(text, 16).ok())
            .unwrap_or(0);
        let step = numbers.len().div_ceil(most);
        numbers = numbers
            .into_iter()
            .skip(begin % step)
            .step_by(step)
            .collect();
    }
    Ok(numbers.into_iter().collect())
}

/// Place of a mutant in the list.
fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

/// Options that say nothing together are refused.
fn check_options(cli: &Cli) -> Result<(), Failed> {
    let proves = cli.by == By::Proof;
    if !proves && (cli.rules_only || !cli.room.is_empty()) {
        return Err(Failed(
            "--room and --rules-only go with --by proof".to_owned(),
        ));
    }
    if cli.rules_only && cli.out.is_some() {
        return Err(Failed(
            "--rules-only tells of no mutant: there is nothing for --out".to_owned(),
        ));
    }
    if cli.by == By::Ends && !matches!(cli.package, Package::PenHost) {
        return Err(Failed(format!(
            "{} is in no program of its own; --by ends goes with --package pen-host",
            cli.package.name()
        )));
    }
    if cli.by == By::Ends && cli.jobs != 1 {
        return Err(Failed(
            "the tests of penctl keep their files in one place: --by ends goes with --jobs 1"
                .to_owned(),
        ));
    }
    if proves && !matches!(cli.package, Package::PenCore) {
        return Err(Failed(format!(
            "{} is not proved; pen-core is",
            cli.package.name()
        )));
    }
    Ok(())
}

fn tried(cli: &Cli) -> Result<bool, Failed> {
    check_options(cli)?;
    let looks = Looks {
        package: cli.package,
        by: cli.by,
    };
    let name = cli.package.name();
    let by = format!("{name}-{:?}", cli.by).to_lowercase();
    let work = target_folder().join("mutants").join(by);
    let tree = Tree::copy(cli.package, cli.by, &work)?;
    let mutants = tree.mutants(cli.in_diff.as_deref())?;
    let there = mutants.iter().filter(|mutant| !mutant.is_planted()).count();
    let wanted = chosen(cli, &mutants)?;
    println!(
        "{name}: {there} mutants, {} of them are tried",
        wanted.len()
    );
    let numbered = || (1..).zip(&mutants);
    let mine = |(number, _): &(u32, &Mutant)| wanted.contains(number);
    if cli.list {
        numbered()
            .filter(mine)
            .for_each(|(_, mutant)| println!("{}", mutant.name));
    }
    if cli.list || wanted.is_empty() {
        return Ok(true);
    }
    let (alive, unswitched) = tree.switch(&mutants, &looks.checked())?;
    let (have, lack): (Vec<_>, Vec<_>) = numbered().partition(|(number, _)| alive.contains(number));
    println!(
        "{name}: {} have a switch; {} do not compile; {} cannot have one and are not tried",
        have.len(),
        lack.len() - unswitched.len(),
        unswitched.len()
    );
    if cli.by == By::Proof {
        return proof::weigh(cli, &tree, &mutants, &alive, &wanted);
    }
    let tests = Tests::look(&tree, &looks, cli.jobs, cli.hang, cli.longest)?;
    let (count, seconds) = tests.size();
    println!("{name}: {count} tests look at them, {seconds} s of CPU time without a mutant");
    let run: Vec<_> = have
        .into_iter()
        .filter(|one| one.1.is_planted() || mine(one))
        .collect();
    let whole = wanted.len() == there
        && cli.in_diff.is_none()
        && cli.by == By::All
        && cli.longest.is_none();
    let report = report::Report::new(cli.out.as_deref(), name, run.len(), whole)?;
    for (number, mutant) in lack.into_iter().filter(mine) {
        report.not_tried(mutant, !unswitched.contains(&number));
    }
    stop_on_interrupt()?;
    tests.try_all(&run, |mutant, outcome| report.tell(mutant, outcome))?;
    report.end()
}

/// What is under way ends, nothing new begins, and the sum is told.
fn stop_on_interrupt() -> Result<(), Failed> {
    let stop = || run::STOPPED.store(true, std::sync::atomic::Ordering::Relaxed);
    ctrlc::set_handler(stop).map_err(|why| Failed(why.to_string()))
}

/// Where cargo builds this tree.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| crate::sources::top().join("target"), PathBuf::from)
}

/// Where a package is.
fn folder(name: &str) -> &'static str {
    let all = Package::value_variants().iter();
    all.copied()
        .find(|package| package.name() == name)
        .map_or("", Package::folder)
}

#[cfg(test)]
mod tests {
    use super::{Cli, check_options, shard};
    use clap::Parser;

    #[test]
    fn a_part_is_one_of_those_that_there_are() {
        assert_eq!((shard("1/20"), shard("20/20")), (Ok((1, 20)), Ok((20, 20))));
        for wrong in ["0/20", "21/20", "1/0", "1", "1/", "/2", "a/b", "-1/2", ""] {
            let why = shard(wrong).expect_err(wrong);
            assert_eq!(why, format!("'{wrong}' is not K/N with K from 1 to N"));
        }
    }

    #[test]
    fn options_that_say_nothing_together_are_refused() {
        let checked = |options: &str| {
            let options = std::iter::once("mutants").chain(options.split_whitespace());
            let cli = Cli::try_parse_from(options).expect("known options");
            check_options(&cli).map_err(|why| why.to_string())
        };
        for right in [
            "",
            "--by proof",
            "--by proof --room gate --rules-only",
            "--by proof --out f",
            "--by ends --package pen-host --jobs 1",
        ] {
            assert_eq!(checked(right), Ok(()), "{right}");
        }
        let with_proof = "--room and --rules-only go with --by proof";
        for (wrong, why) in [
            ("--room gate", with_proof),
            ("--rules-only --by own", with_proof),
            (
                "--by ends --package pen-app --jobs 1",
                "pen-app is in no program of its own; --by ends goes with --package pen-host",
            ),
            (
                "--by ends --package pen-host",
                "the tests of penctl keep their files in one place: --by ends goes with --jobs 1",
            ),
            (
                "--by proof --package pen-app",
                "pen-app is not proved; pen-core is",
            ),
            (
                "--by proof --rules-only --out f",
                "--rules-only tells of no mutant: there is nothing for --out",
            ),
        ] {
            assert_eq!(checked(wrong), Err(why.to_owned()), "{wrong}");
        }
    }
}
