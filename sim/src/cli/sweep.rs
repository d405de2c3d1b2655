//! `pen-sim sweep`.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use pen_sim::parallel;
use pen_sim::sweep::{Defect, Hunt, Hunted, Settings, Slice, State, Sweep, Task, UnitReport};
use pen_sim::sweep::{count_violations, text};
use sha2::{Digest, Sha256};

use super::interrupt::{self, Interrupted};
use super::progress::Progress;
use super::{Failure, put};

const AFTER: &str = "\
Every session is judged from power-up to its end by what needle and motor really do. What breaks a
rule is made as short as it still does and written to the folder as a scenario file. The result
follows from the seed alone, not from the number of threads. What is done so far is in
DIR/state.jsonl: after Ctrl-C, the same command with --resume goes on.

Examples:
  pen-sim sweep --singles                       every fault in every phase
  pen-sim sweep --singles --slice 3/20          a twentieth of it, as a CI job does
  pen-sim sweep --random 20000 --without-faults how often nothing is told as something
  pen-sim sweep --planted-defects               whether it would find what it looks for

The exit code is 1 when a rule was broken that has no exception, or when a planted defect was missed.
docs/simulation.md#the-sweep explains the table.";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
#[expect(clippy::struct_excessive_bools, reason = "one flag, one field")]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// Random sessions in which nothing is broken: what is told then is a false trip
    #[arg(long, requires = "random")]
    without_faults: bool,
    /// Everything random comes from this number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Part K of N equal parts
    #[arg(long, value_name = "K/N", default_value = "1/1")]
    slice: Slice,
    /// Steps of the search around the worst of each cell
    #[arg(long, value_name = "N", default_value_t = 4)]
    refine: u32,
    /// The pens have a second switch in the bridge's supply
    #[arg(long)]
    second_switch: bool,
    /// Where scenario files and the state go
    #[arg(long, value_name = "DIR", default_value = "sweep-out")]
    out: PathBuf,
    /// Goes on where the same sweep was interrupted
    #[arg(long)]
    resume: bool,
    /// Sessions at once [default: as many as this machine has cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// One JSON object for each cell, pair or batch, or for each planted defect
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct TaskArgs {
    /// Every fault, hand and reset in every phase
    #[arg(long)]
    singles: bool,
    /// So many pairs of them within 50 ms
    #[arg(long, value_name = "N")]
    pairs: Option<u64>,
    /// So many random sessions with one to three faults
    #[arg(long, value_name = "N")]
    random: Option<u64>,
    /// Whether each of the planted firmware defects is found
    #[arg(long)]
    planted_defects: bool,
}

impl SweepArgs {
    const fn task(&self) -> Option<Task> {
        match (&self.task.pairs, &self.task.random) {
            (Some(count), _) => Some(Task::Pairs(*count)),
            (None, Some(sessions)) => Some(Task::Random {
                sessions: *sessions,
                with_faults: !self.without_faults,
            }),
            (None, None) if self.task.singles => Some(Task::Singles),
            (None, None) => None,
        }
    }
}

/// Sweeps, or looks for planted defects.
pub(crate) fn run_sweep(args: &SweepArgs) -> Result<(), Failure> {
    match args.task() {
        Some(task) => sweep(args, task),
        None => hunt(args),
    }
}

fn sweep(args: &SweepArgs, task: Task) -> Result<(), Failure> {
    let settings = Settings {
        task,
        seed: args.seed,
        slice: args.slice,
        refine: args.refine,
        second_switch: args.second_switch,
    };
    let header = header(&settings)?;
    let mut state = if args.resume {
        State::resume(&args.out, &header)?
    } else {
        State::begin(&args.out, &header)?
    };
    let stop = interrupt::flag()?;
    let sweep = Sweep::new(settings)?;
    let units = sweep.units();
    let left: Vec<usize> = units
        .iter()
        .copied()
        .filter(|unit| !state.has(*unit))
        .collect();
    let before = units.len() - left.len();
    let mut progress = Progress::of(units.len());
    let look = |place: usize| sweep.look(left.get(place).copied().unwrap_or(0));
    let take = |place, report: Result<UnitReport, _>| -> Result<(), Failure> {
        state.add(report?)?;
        progress.tell(before + place + 1, "units");
        Ok(())
    };
    let jobs = args.jobs.unwrap_or_else(parallel::cores);
    let done = parallel::in_order(jobs, left.len(), &stop, look, take);
    progress.clear();
    let done = done?;
    if done < left.len() {
        return Err(Interrupted(format!(
            "interrupted after {} of {} units; the same command with --resume goes on",
            before + done,
            units.len()
        ))
        .into());
    }
    let reports: Vec<&UnitReport> = state.reports().collect();
    if args.json {
        for report in &reports {
            put(&(serde_json::to_string(report)? + "\n"))?;
        }
    } else {
        put(&text(&settings, &reports, &args.out.display().to_string()))?;
    }
    match count_violations(reports.iter().copied()) {
        0 => Ok(()),
        count => Err(format!(
            "{count} violations; scenario files are in {}",
            args.out.display()
        )
        .into()),
    }
}

/// What tells one sweep from another: its settings, and the program that ran it.
fn header(settings: &Settings) -> Result<String, Failure> {
    let program = std::fs::read(std::env::current_exe()?)?;
    let digest = Sha256::digest(&program);
    let digest: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(serde_json::json!({ "sweep": settings, "program": digest }).to_string())
}

fn hunt(args: &SweepArgs) -> Result<(), Failure> {
    let stop = interrupt::flag()?;
    let hunt = Hunt::new(args.seed, args.second_switch)?;
    let jobs = args.jobs.unwrap_or_else(parallel::cores);
    let count = Defect::ALL.len();
    let mut missed = Vec::new();
    let look = |place: usize| {
        let defect = Defect::ALL
            .get(place)
            .copied()
            .unwrap_or(Defect::BrakeCoasts);
        hunt.look_for(defect)
    };
    let take = |_, hunted: Result<Hunted, _>| -> Result<(), Failure> {
        let hunted = hunted?;
        put(&if args.json {
            serde_json::to_string(&hunted)? + "\n"
        } else {
            hunted.text()
        })?;
        if hunted.found.is_none() {
            missed.push(hunted.defect);
        }
        Ok(())
    };
    let done = parallel::in_order(jobs, count, &stop, look, take)?;
    if done < count {
        return Err(Interrupted(format!("interrupted after {done} of {count} defects")).into());
    }
    if missed.is_empty() {
        let _ = writeln!(std::io::stderr(), "all {count} planted defects were found");
        Ok(())
    } else {
        Err(format!("missed {} of {count}: {}", missed.len(), missed.join(", ")).into())
    }
}
