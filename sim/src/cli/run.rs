//! `pen-sim run`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use pen_sim::parallel;
use pen_sim::scenario::campaign::{Campaign, Judged, SeedRange, Seeds, Summary};
use pen_sim::scenario::report::{self, Loaded};

use super::interrupt::{self, Interrupted};
use super::progress::Progress;
use super::{Failure, put};

const AFTER: &str = "\
With --seeds there is one line a file: how many seeds passed, which failed first, what failed
worst, and the command that repeats it. A range has two dots and includes both ends: 1..300 is 300 pens.
Ctrl-C ends it with exit code 130 and tells how far it came.";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct RunArgs {
    /// A scenario file, or a folder of them; docs/simulation.md explains the format
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Another pen than the file's own: a failure prints the seed that repeats it
    #[arg(long)]
    seed: Option<u64>,
    /// Every pen from seed A to seed B, both included
    #[arg(long, value_name = "A..B", conflicts_with_all = ["seed", "verbose"])]
    seeds: Option<SeedRange>,
    /// Gives every pen a second switch in its bridge's supply, whatever the file says
    #[arg(long)]
    second_switch: bool,
    /// Runs at once [default: as many as this machine has cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Tells everything that was looked at, not only what failed
    #[arg(long, short)]
    verbose: bool,
    /// One JSON object for each file and seed
    #[arg(long)]
    json: bool,
}

impl RunArgs {
    fn load(&self) -> Result<Vec<Loaded>, Failure> {
        let mut files = Vec::new();
        for path in &self.paths {
            files.extend(report::files(path)?);
        }
        let read = |path: &PathBuf| {
            let file = Loaded::read(path);
            if self.second_switch {
                file.with_second_switch()
            } else {
                file
            }
        };
        Ok(files.iter().map(read).collect())
    }
}

/// Counts of files, and the file under way.
#[derive(Debug, Default)]
struct Told {
    passed: usize,
    failed: usize,
    runs_failed: usize,
    file: Summary,
    last: String,
}

impl Told {
    fn take(&mut self, judged: Judged, args: &RunArgs) -> Result<(), Failure> {
        let Judged { verdict, ends_file } = judged;
        self.runs_failed += usize::from(!verdict.passed);
        self.last = format!("{} with seed {}", verdict.file, verdict.seed);
        if args.json {
            put(&(serde_json::to_string(&verdict)? + "\n"))?;
        } else if args.seeds.is_none() {
            put(&verdict.text(args.verbose))?;
        }
        let name = verdict.file.clone();
        self.file.count(verdict);
        if ends_file {
            let file = std::mem::take(&mut self.file);
            self.passed += usize::from(file.passed());
            self.failed += usize::from(!file.passed());
            if !args.json && args.seeds.is_some() {
                put(&file.text(&name))?;
            }
        }
        Ok(())
    }
}

/// Runs every file, with one seed or with many.
pub(crate) fn run_scenarios(args: &RunArgs) -> Result<(), Failure> {
    let seeds = args.seeds.map_or(Seeds::One(args.seed), Seeds::All);
    let campaign = Campaign::new(args.load()?, seeds);
    let stop = interrupt::flag()?;
    let jobs = args.jobs.unwrap_or_else(parallel::cores);
    let mut told = Told::default();
    let mut progress = Progress::of(campaign.count());
    let done = campaign.run(jobs, &stop, |number, judged| {
        progress.tell(number + 1, "runs");
        if judged.ends_file || args.json {
            progress.clear();
        }
        told.take(judged, args)
    });
    progress.clear();
    let done = done?;
    if done < campaign.count() {
        return Err(Interrupted(format!(
            "interrupted after {done} of {} runs, {} of them failed; the last was {}",
            campaign.count(),
            told.runs_failed,
            told.last
        ))
        .into());
    }
    let Told { passed, failed, .. } = told;
    if !args.json {
        put(&format!("{passed} passed, {failed} failed\n"))?;
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} of {} failed", passed + failed).into())
    }
}
