//! Every console block of the pages for people who use `penctl` runs as it is shown.
//!
//! A page is read from top to bottom, as one person would type it, in one folder with one home. A line
//! that begins with `$ ` is a command of the shell, `? 2` below it its exit code when that is not 0, the
//! rest what is seen. `[..]` stands for anything within a line and `...` for any number of lines: dates,
//! digests, paths and long tables. `cargo run --` means the program that was built. A command that ends
//! in ` &` runs until the page ends.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::Assert;

use crate::program::{Running, empty, folder, program};

/// A command of a page: where it stands, what is typed, how it ends, what is seen.
#[derive(Debug)]
struct Step {
    line: usize,
    typed: String,
    exit: i32,
    seen: String,
}

/// The steps of a page's blocks.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_console = false;
    for (number, line) in (1..).zip(page.lines()) {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if !is_console {
        } else if let Some(typed) = line.strip_prefix("$ ") {
            steps.push(Step {
                line: number,
                typed: typed.to_owned(),
                exit: 0,
                seen: String::new(),
            });
        } else {
            let step = steps.last_mut().expect("a command stands first");
            match line.strip_prefix("? ").map(str::parse) {
                Some(Ok(exit)) if step.seen.is_empty() => step.exit = exit,
                _ => step.seen += &format!("{line}\n"),
            }
        }
    }
    steps
}

/// A shell of somebody who begins here, with the programs in reach.
fn shell(place: &Path, typed: &str) -> Command {
    let typed = ["cargo run --release -- ", "cargo run -- "]
        .iter()
        .fold(typed.to_owned(), |typed, cargo| {
            typed.replace(cargo, "penctl ")
        });
    let like = program("penctl");
    let mut shell = Command::new("sh");
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = [folder().to_owned()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    shell
        .env("PATH", std::env::join_paths(all).expect("a path"))
        .env("HOME", place.join("home"))
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("PENCTL_CONFIG")
        .current_dir(place)
        .stdin(Stdio::null())
        .args(["-c", &typed]);
    shell
}

/// Runs a step; its exit code and what is seen of both streams, in order.
fn seen(place: &Path, typed: &str) -> (Option<i32>, String) {
    let (mut read, write) = std::io::pipe().expect("a pipe");
    let mut shell = shell(place, typed);
    shell
        .stdout(write.try_clone().expect("a pipe"))
        .stderr(write);
    let mut child = shell.spawn().expect("a shell");
    // What is held of the pipe's other end must go before its end can be read.
    drop(shell);
    let mut text = String::new();
    read.read_to_string(&mut text).expect("text");
    (child.wait().expect("it ends").code(), text)
}

/// Starts what runs beside the page, and waits until it says where it can be reached.
fn start(place: &Path, typed: &str) -> Running {
    let mut beside = Running::start(&mut shell(place, &format!("exec {typed}")));
    beside.line_with("waits at");
    beside
}

/// Runs a page; how many commands it has.
fn page(name: &str) -> usize {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(top.join(name)).expect(name);
    let place: PathBuf = empty(&format!("transcripts/{}", name.replace('/', "_")));
    fs::create_dir_all(place.join("home")).expect("a folder");
    let plans = place.join("host-tool/plans");
    fs::create_dir_all(&plans).expect("a folder");
    for plan in fs::read_dir(top.join("host-tool/plans")).expect("plans") {
        let plan = plan.expect("a plan").path();
        fs::copy(&plan, plans.join(plan.file_name().expect("a name"))).expect("a copy");
    }
    let mut beside = Vec::new();
    let steps = steps(&text);
    for step in &steps {
        if let Some(typed) = step.typed.strip_suffix(" &") {
            beside.push(start(&place, typed));
            continue;
        }
        let (exit, seen) = seen(&place, &step.typed);
        let at = format!("{name}:{}: {}", step.line, step.typed);
        assert_eq!(exit, Some(step.exit), "{at}\n{seen}");
        if let Err(different) =
            Assert::new().try_eq(Some(&at), seen.into(), step.seen.clone().into())
        {
            panic!("{at}\n{different}");
        }
    }
    steps.len()
}

#[test]
fn the_readme_runs_as_shown() {
    assert!(page("README.md") >= 1);
}

#[test]
fn the_readme_of_the_host_tool_runs_as_shown() {
    assert!(page("host-tool/README.md") >= 3);
}

#[test]
fn the_page_about_the_host_tool_runs_as_shown() {
    assert!(page("docs/host-tool.md") >= 20);
}

#[test]
fn a_block_is_read_with_its_exit_codes_and_nothing_else_is() {
    let text = "```sh\n$ no\n```\n```console\n$ a b\n? 2\nx\n? 3\n$ c &\n```\n$ d\n";
    let steps = steps(text);
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert_eq!((steps[0].exit, steps[0].seen.as_str()), (2, "x\n? 3\n"));
    assert_eq!((steps[1].typed.as_str(), steps[1].line), ("c &", 9));
}
