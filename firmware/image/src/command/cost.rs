//! `pen-image cost`: instructions of the control step and depth of the stack, under QEMU.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{bytes, image, table};
use crate::board::MPS2;
use crate::cargo::{self, BuildError};
use crate::cli::{Failure, Outcome};
use crate::cost::{Counts, Plugin, STACK, STEP};
use crate::panics::PanicsError;

/// The function that is one control step.
const STEP_FUNCTION: &str = "pen_control_tick";

/// What one scenario took.
struct Trial {
    name: String,
    ticks: usize,
    boots: u64,
    stack: u32,
    stack_size: u32,
}

/// Runs scenarios under QEMU; beyond a limit is an error.
pub(crate) fn cost(scenarios: &[PathBuf], qemu: &str) -> Result<Outcome, Failure> {
    let elf = cargo::build(&MPS2)?;
    let symbols = image(&elf)?;
    let entry = symbols.symbol(STEP_FUNCTION).map(|symbol| symbol.address);
    let entry = entry.ok_or_else(|| Failure::Panics {
        path: elf.clone(),
        why: PanicsError::NoRoot {
            name: STEP_FUNCTION.to_owned(),
        },
    })?;
    let folder = cargo::target_folder()?.join("images");
    let file = |done| {
        let path = folder.clone();
        move |why| Failure::File { path, done, why }
    };
    std::fs::create_dir_all(&folder).map_err(file("made"))?;
    // Its own name for each process: two may run at once.
    let counts = folder.join(format!("counts-{}.txt", std::process::id()));
    let plugin = Plugin::build(&folder, qemu)?;
    let trials = run(&elf, scenarios, qemu, &plugin.argument(entry, &counts));
    let text = std::fs::read_to_string(&counts).unwrap_or_default();
    let _ = std::fs::remove_file(&counts);
    let trials = trials?;
    let counts = Counts::read(&text, STEP_FUNCTION)?;
    counts.check(trials.iter().map(|trial| trial.ticks).sum())?;
    Ok(report(&counts, &trials))
}

/// Runs the simulator with the plugin in QEMU.
fn run(elf: &Path, scenarios: &[PathBuf], qemu: &str, plugin: &str) -> Result<Vec<Trial>, Failure> {
    let arguments = "run --release --bin pen-sim -- pil --json";
    let command = format!("cargo {arguments} ...");
    eprintln!("running: {command}");
    let output = Command::new(cargo::program("cargo"))
        .args(arguments.split(' '))
        .args([
            "--qemu",
            qemu,
            "--qemu-arg",
            "-plugin",
            "--qemu-arg",
            plugin,
            "--image",
        ])
        .arg(elf)
        .args(scenarios)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|why| BuildError::Start {
            program: "cargo".to_owned(),
            why,
        })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let trials: Option<Vec<Trial>> = said.lines().map(trial).collect();
    match trials.filter(|trials| !trials.is_empty() && output.status.success()) {
        Some(trials) => Ok(trials),
        None => Err(Failure::Trial {
            command,
            said: said.into_owned(),
        }),
    }
}

fn trial(line: &str) -> Option<Trial> {
    let said: Value = serde_json::from_str(line).ok()?;
    let bytes = |name| u32::try_from(said[name].as_u64()?).ok();
    Some(Trial {
        name: Path::new(said["file"].as_str()?)
            .file_stem()?
            .to_str()?
            .to_owned(),
        ticks: usize::try_from(said["ticks"].as_u64()?).ok()?,
        boots: said["boots"].as_u64()?,
        stack: bytes("stack_bytes")?,
        stack_size: bytes("stack_size")?,
    })
}

/// What was found, next to what is allowed.
struct Found {
    min: u32,
    median: u32,
    p99: u32,
    max: u32,
    stack: u32,
    stack_size: u32,
}

fn report(counts: &Counts, trials: &[Trial]) -> Outcome {
    let [min, median, p99, max] = [0, 500, 990, 1000].map(|permille| counts.permille(permille));
    let sizes = trials.iter().map(|trial| trial.stack_size);
    let found = Found {
        min,
        median,
        p99,
        max,
        stack: trials.iter().map(|trial| trial.stack).max().unwrap_or(0),
        stack_size: sizes.min().unwrap_or(0),
    };
    let mut errors = Vec::new();
    for (what, is, limit) in [
        ("the longest step", max, STEP),
        ("the stack", found.stack, STACK),
    ] {
        if is > limit.most {
            let (is, most, why) = (bytes(is), bytes(limit.most), limit.why);
            errors.push(format!(
                "{what} takes {is}; at most {most} are allowed: {why}"
            ));
        }
    }
    Outcome {
        text: text(counts, trials, &found),
        json: json(counts, trials, &found),
        errors,
    }
}

fn text(counts: &Counts, trials: &[Trial], found: &Found) -> String {
    let heads = ("scenario", "ticks", "boots", "stack bytes");
    let mut text = format!(
        "{:36} {:>9} {:>5} {:>11}\n",
        heads.0, heads.1, heads.2, heads.3
    );
    for trial in trials {
        let Trial {
            name,
            ticks,
            boots,
            stack,
            ..
        } = trial;
        let _ = writeln!(
            text,
            "{name:36} {ticks:>9} {boots:>5} {:>11}",
            bytes(*stack)
        );
    }
    let [min, median, p99, max] = [found.min, found.median, found.p99, found.max].map(bytes);
    let [most, stack, stack_most, size] =
        [STEP.most, found.stack, STACK.most, found.stack_size].map(bytes);
    let rows = [
        ("control steps", counts.steps().to_string()),
        (
            "instructions",
            format!("min {min}, median {median}, p99 {p99}, max {max} of {most} allowed"),
        ),
        (
            "stack",
            format!("{stack} of {stack_most} bytes allowed; there are {size}"),
        ),
    ];
    let _ = write!(
        text,
        "\n{STEP_FUNCTION} on {}\n{}",
        MPS2.target,
        table(&rows)
    );
    text
}

fn json(counts: &Counts, trials: &[Trial], found: &Found) -> Value {
    let scenarios: Vec<Value> = trials
        .iter()
        .map(|trial| {
            let Trial {
                name,
                ticks,
                boots,
                stack,
                ..
            } = trial;
            json!({ "scenario": name, "ticks": ticks, "boots": boots, "stack": stack })
        })
        .collect();
    json!({
        "function": STEP_FUNCTION,
        "target": MPS2.target,
        "steps": counts.steps(),
        "instructions": {
            "min": found.min, "median": found.median, "p99": found.p99, "max": found.max,
            "most": STEP.most,
        },
        "stack": { "used": found.stack, "most": STACK.most, "size": found.stack_size },
        "scenarios": scenarios,
    })
}
