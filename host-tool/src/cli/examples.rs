//! Examples below the help of every command whose own text has none.

use clap::Command;

/// Commands by the words that name them, and lines to copy; at most 78 columns.
const EXAMPLES: [(&str, &str); 32] = [
    (
        "list",
        "  penctl list                    the pens at this machine
  penctl list --all              also ports that are no pen's
  PENCTL_EXTRA_PORTS=./pen0 penctl list",
    ),
    (
        "info",
        "  penctl info                    the only pen there is
  penctl --serial 42 info
  penctl --port sim: --json info",
    ),
    (
        "status",
        "  penctl status
  penctl --wait 30 --serial 42 status   waits until that pen is plugged in",
    ),
    (
        "monitor",
        "  penctl monitor                 q leaves, p stands still, c clears the log
  penctl monitor --plain         a line a change, for a screen reader or a log
  penctl --json monitor --duration 60 > pictures.jsonl",
    ),
    ("record", "  penctl record session.trace"),
    (
        "replay",
        "  penctl replay session.trace
  penctl replay session.trace --speed 10",
    ),
    (
        "limits",
        "  penctl limits                  every source of a limit, and which one binds
  penctl --port sim:7 limits",
    ),
    (
        "plan",
        "  penctl plan check host-tool/plans/pores.toml
  penctl plan load host-tool/plans/pores.toml",
    ),
    (
        "plan check",
        "  penctl plan check host-tool/plans/pores.toml
  penctl --json plan check my.toml",
    ),
    (
        "plan load",
        "  penctl plan load host-tool/plans/pores.toml
  penctl --serial 42 plan load my.toml",
    ),
    (
        "plan indications",
        "  penctl plan indications
  penctl --json plan indications",
    ),
    (
        "session",
        "  penctl session report --plan p.toml --html session.html
  penctl session end",
    ),
    ("session end", "  penctl session end"),
    (
        "session aftercare",
        "  penctl session aftercare > aftercare.md",
    ),
    (
        "observe sign",
        "  penctl observe sign                        asks for everything
  penctl observe sign --pen 42 --session 12 --zone cheek --days 2 \\
    --sign redness --grade 1",
    ),
    (
        "observe adverse-event",
        "  penctl observe adverse-event --pen 42 --session 12 --number 2026-3 \\
    --day 2026-11-25 --event infection --serious no --device unknown \\
    --outcome recovering",
    ),
    ("calibrate undo", "  penctl calibrate undo"),
    (
        "journal",
        "  penctl journal                 to read
  penctl journal --out 42.jsonl; penctl import 42.jsonl --pen 42",
    ),
    (
        "faults",
        "  penctl faults                  exit code 40 while one is latched
  penctl faults --acknowledge",
    ),
    (
        "service",
        "  penctl service end-fault drive-stuck
  penctl service set-day",
    ),
    (
        "service end-fault",
        "  penctl service end-fault drive-stuck",
    ),
    (
        "service set-day",
        "  penctl service set-day
  penctl service set-day 2026-11-22",
    ),
    ("audit", "  penctl audit verify"),
    ("store", "  penctl store info"),
    (
        "demo",
        "  penctl demo
  penctl demo --seed 7 --out seven",
    ),
    (
        "doctor",
        "  penctl doctor
  penctl --json doctor",
    ),
    (
        "setup-udev",
        "  penctl setup-udev              to look at it
  sudo penctl setup-udev --install",
    ),
    (
        "config",
        "  penctl config show --origin
  penctl --config bench.toml config show",
    ),
    ("config show", "  penctl config show --origin"),
    (
        "man",
        "  penctl man --out ~/.local/share/man/man1
  penctl man | man -l -",
    ),
    (
        "completions",
        "  penctl completions bash > ~/.local/share/bash-completion/completions/penctl
  penctl completions fish > ~/.config/fish/completions/penctl.fish",
    ),
    (
        "explain",
        "  penctl explain                 every code with its exit code
  penctl explain PEN-E012",
    ),
];

/// The command with examples in the help of everything below it.
pub(super) fn with_examples(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, path: &str) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    let command = names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |it| below(it, path.trim_start()))
    });
    let Some((_, examples)) = EXAMPLES.iter().find(|(name, _)| *name == path) else {
        return command;
    };
    let text = match command.get_after_help() {
        Some(before) => format!("{before}\n\nExamples:\n{examples}"),
        None => format!("Examples:\n{examples}"),
    };
    command.after_help(text)
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;

    /// Every command below this one, with the words that name it.
    fn all(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        found.push((path.trim().to_owned(), command.clone()));
        for below in command.get_subcommands() {
            all(below, &format!("{path} {}", below.get_name()), found);
        }
    }

    fn tree() -> Vec<(String, clap::Command)> {
        let mut found = Vec::new();
        all(&crate::cli::command(), "", &mut found);
        found
    }

    #[test]
    fn every_command_has_examples_in_its_help() {
        let tree = tree();
        assert!(tree.len() > 35, "{}", tree.len());
        for (path, command) in &tree {
            let text = command.get_after_help().map(ToString::to_string);
            let text = text.unwrap_or_default();
            assert!(text.contains("Examples"), "`{path}`: {text}");
        }
        for (path, _) in EXAMPLES {
            assert!(tree.iter().any(|(name, _)| name == path), "`{path}`");
        }
    }

    /// Words of a command line; between single quotes is one.
    fn words(line: &str) -> impl Iterator<Item = &str> {
        line.split('\'').enumerate().flat_map(|(place, piece)| {
            if place % 2 == 1 {
                vec![piece]
            } else {
                piece.split_whitespace().collect()
            }
        })
    }

    #[test]
    fn every_example_is_a_command_line_that_is_understood() {
        let mut count = 0;
        for (path, command) in tree() {
            let text = command.get_after_help().map(ToString::to_string);
            // A long one goes on behind a backslash.
            let text = text.unwrap_or_default().replace("\\\n", " ");
            let examples = text.split_once("Examples").map_or("", |it| it.1);
            for line in examples.lines().filter(|line| line.contains("penctl ")) {
                if !line.starts_with("  ") {
                    continue;
                }
                // A digest that is cut short stands for one of 64 digits.
                if line.contains("...") {
                    continue;
                }
                for part in line.split(';').filter(|part| part.contains("penctl ")) {
                    let part = part.split_once("penctl ").map_or("", |it| it.1);
                    // What explains an example stands behind three blanks; pipes and files are the shell's.
                    let end = ["   ", " |", " >"].iter().filter_map(|end| part.find(end));
                    let part = &part[..end.min().unwrap_or(part.len())];
                    let words = std::iter::once("penctl").chain(words(part));
                    let parsed = crate::cli::command().try_get_matches_from(words);
                    assert!(parsed.is_ok(), "`{path}`: {line}: {parsed:?}");
                    count += 1;
                }
            }
        }
        assert!(count > 45, "{count} examples");
    }
}
