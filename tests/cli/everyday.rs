//! What holds of every command alike: JSON with its schema, flags that agree, codes that are explained.

use std::collections::BTreeSet;

use clap::Command;

use crate::program::{Said, empty, penctl};

/// Every command that does something, by the words that name it.
fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    let below: Vec<&Command> = command.get_subcommands().collect();
    if below.is_empty() || command.get_name() == "calibrate" {
        found.push((path.trim().to_owned(), command.clone()));
    }
    for it in below {
        leaves(it, &format!("{path} {}", it.get_name()), found);
    }
}

fn commands() -> Vec<(String, Command)> {
    let mut command = pen_host::cli::command();
    command.build();
    let mut found = Vec::new();
    leaves(&command, "", &mut found);
    found
}

/// What each command is called with; `{}` is an empty folder with a store, `s.db`.
const CALLS: [(&str, &str); 41] = [
    ("list", ""),
    ("info", ""),
    ("status", ""),
    ("monitor", "--count 2"),
    ("record", "{}/r.trace --count 2"),
    ("replay", "{}/r.trace --speed 0"),
    ("limits", ""),
    (
        "plan new",
        "{}/p.toml --indication pores --class professional --id 12 --operator 7 --token 7c1e-90af --all-no",
    ),
    ("plan indications", ""),
    ("plan check", "host-tool/plans/pores.toml"),
    ("plan load", "host-tool/plans/pores.toml"),
    ("calibrate", "--yes --out {}/report --store {}/s.db"),
    ("calibrate all", "--yes --out {}/report --store {}/s.db"),
    ("calibrate depth", "--yes --out {}/report --store {}/s.db"),
    ("calibrate rate", "--yes --out {}/report --store {}/s.db"),
    ("calibrate current", "--out {}/report --store {}/s.db"),
    ("calibrate verify", "--out {}/report --store {}/s.db"),
    ("calibrate undo", "--yes --store {}/s.db"),
    ("journal", ""),
    ("session report", ""),
    ("session end", ""),
    ("session aftercare", ""),
    (
        "observe sign",
        "--pen 42 --session 12 --zone cheek --days 2 --sign redness --grade 1 --store {}/s.db",
    ),
    (
        "observe adverse-event",
        "--pen 42 --session 12 --number 2026-3 --day 2026-11-25 --event infection --serious no --device unknown \
         --outcome recovering --store {}/s.db",
    ),
    ("faults", ""),
    ("service end-fault", "drive-stuck"),
    ("service set-day", ""),
    ("history", "22691675 --store {}/s.db"),
    ("due", "--store {}/s.db"),
    ("import", "{}/people.jsonl --store {}/s.db"),
    ("export", "--out {}/all.jsonl --store {}/s.db"),
    ("backup", "{}/copy.db --store {}/s.db"),
    ("audit verify", "--store {}/s.db"),
    ("store info", "--store {}/s.db"),
    ("demo", "--out {}/demo"),
    ("doctor", ""),
    ("support-bundle", "{}/help.zip"),
    ("setup-udev", ""),
    ("config show", "--origin"),
    ("man", ""),
    ("completions", "bash"),
];

/// Each line is an event of this schema.
fn has_schema(command: &str, said: &Said) {
    assert!(!said.out.is_empty(), "{command}: {said:?}");
    for event in said.events() {
        assert_eq!(event["schema"], 1, "{command}: {event}");
        assert!(event["event"].is_string(), "{command}: {event}");
    }
    said.class();
}

#[test]
fn every_event_of_every_command_has_its_schema() {
    let folder = empty("every_event");
    let place = folder.to_str().expect("ASCII");
    std::fs::write(
        folder.join("people.jsonl"),
        "{\"kind\":\"operator\",\"number\":7,\"name\":\"A. Person\",\"role\":\"calibrates\"}\n",
    )
    .expect("a file");
    let mut called = BTreeSet::new();
    for (command, more) in CALLS {
        let more = more.replace("{}", place);
        let words = command.split(' ').chain(more.split_whitespace());
        let all: Vec<&str> = ["--port", "sim:5", "--json"]
            .into_iter()
            .chain(words)
            .collect();
        let said = penctl(&all);
        has_schema(command, &said);
        called.insert(command.to_owned());
    }
    has_schema("explain", &penctl(&["--json", "explain"]));
    has_schema("explain", &penctl(&["--json", "explain", "PEN-E012"]));
    called.insert("explain".to_owned());
    let there: BTreeSet<String> = commands().into_iter().map(|(path, _)| path).collect();
    assert_eq!(called, there, "a command is not called here, or is no more");
    // Files of JSON say it, too.
    for file in ["report/calibration.json", "all.jsonl", "demo/journal.jsonl"] {
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        let values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
        let mut count = 0;
        for value in values {
            let value = value.expect("JSON");
            assert!(value["schema"].is_u64(), "{file}: {value}");
            count += 1;
        }
        assert!(count > 0, "{file}");
    }
}

#[test]
fn help_manual_and_completions_list_the_same_flags() {
    let folder = empty("every_flag");
    let said = penctl(&["man", "--out", folder.to_str().expect("ASCII")]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    let scripts = ["bash", "zsh", "fish"].map(|shell| penctl(&["completions", shell]).out);
    let mut count = 0;
    for (path, command) in commands() {
        let page = folder.join(format!("penctl-{}.1", path.replace(' ', "-")));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{path}: {error}"));
        let words: Vec<&str> = path.split(' ').chain(["--help"]).collect();
        let help = penctl(&words).out;
        let flags = command.get_arguments().filter(|it| !it.is_hide_set());
        for flag in flags.filter_map(clap::Arg::get_long) {
            let escaped = format!(r"\-\-{}", flag.replace('-', r"\-"));
            assert!(
                page.contains(&escaped),
                "{path}: no --{flag} in its manual page"
            );
            assert!(
                help.contains(&format!("--{flag}")),
                "{path}: no --{flag} in its help"
            );
            let [bash, zsh, fish] = &scripts;
            assert!(bash.contains(&format!("--{flag}")), "bash: {path} --{flag}");
            assert!(zsh.contains(&format!("--{flag}")), "zsh: {path} --{flag}");
            assert!(
                fish.contains(&format!("-l {flag}")),
                "fish: {path} --{flag}"
            );
            count += 1;
        }
        assert!(
            page.contains("Examples"),
            "{path}: no examples in its manual page"
        );
    }
    assert!(count > 300, "{count} flags");
}

#[test]
fn every_code_is_explained_with_what_to_do() {
    let listed = penctl(&["--json", "explain"]);
    let codes: Vec<String> = listed
        .events()
        .iter()
        .filter_map(|event| event["code"].as_str().map(str::to_owned))
        .collect();
    assert!(codes.len() > 30, "{codes:?}");
    for code in &codes {
        let said = penctl(&["explain", code]);
        assert_eq!(said.exit, Some(0), "{code}");
        assert!(said.out.starts_with(&format!("{code}: ")), "{said:?}");
        assert!(said.out.contains("What to do: "), "{said:?}");
    }
}

#[test]
fn nothing_is_drawn_over_where_no_terminal_is() {
    let folder = empty("everyday_pipe");
    let place = folder.to_str().expect("ASCII");
    let said = penctl(&[
        "--port",
        "sim:5",
        "--yes",
        "calibrate",
        "--out",
        &format!("{place}/report"),
        "--store",
        &format!("{place}/s.db"),
    ]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    for text in [&said.out, &said.err] {
        assert!(!text.contains(['\r', '\u{1b}']), "{text:?}");
    }
    // Data on stdout, the way there on stderr; a verdict is a word and a sign, not a colour.
    assert!(said.out.contains("\u{2714} Pass"), "{said:?}");
    assert!(said.err.contains("[2/6] as found"), "{said:?}");
    assert!(!said.out.contains("[2/6]"), "{said:?}");
}
