//! Names, folders and hosts, replaced by words in brackets.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::SupportBundleArgs;
use crate::cli::Context;
use crate::config;
use crate::link::Target;
use crate::store::{Access, Kind, Operator, Place, Query, open};

/// What must not be seen, and what stands for it; the longest first.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    known: Vec<(Vec<char>, &'static str)>,
}

impl Redactor {
    /// What this machine, its settings and its records would give away.
    pub(super) fn of(context: &Context, args: &SupportBundleArgs) -> Self {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let mut redactor = Self::default();
        redactor.machine(&variable);
        redactor.settings(context);
        redactor.extra_ports();
        let named = std::env::var("PENCTL_STORE").ok();
        // `doctor` looks at the store of the environment, whatever --store says.
        let places = [
            args.store.store.clone(),
            named.and_then(|text| text.parse().ok()),
            Place::usual(false, &variable).ok(),
            Place::usual(true, &variable).ok(),
        ];
        for place in places.into_iter().flatten() {
            redactor.records(&place);
        }
        redactor.sorted()
    }

    /// Folders and the name of whoever is logged in.
    fn machine(&mut self, variable: &dyn Fn(&str) -> Option<PathBuf>) {
        for name in ["HOME", "USERPROFILE"] {
            if let Some(home) = variable(name) {
                self.path(&home, "~");
                if let Some(user) = home.file_name() {
                    self.name(&user.to_string_lossy(), "[user]");
                }
            }
        }
        for name in ["USER", "LOGNAME", "USERNAME"] {
            if let Some(user) = variable(name) {
                self.name(&user.to_string_lossy(), "[user]");
            }
        }
        if let Ok(folder) = std::env::current_dir() {
            self.path(&folder, "[current folder]");
        }
        for (name, text) in [
            ("XDG_DATA_HOME", "[data folder]"),
            ("XDG_CONFIG_HOME", "[configuration folder]"),
            ("APPDATA", "[data folder]"),
        ] {
            if let Some(folder) = variable(name) {
                self.path(&folder, text);
            }
        }
    }

    /// The configuration file: where it is, and every text in it that is no setting shown here.
    fn settings(&mut self, context: &Context) {
        // Also of a file that has an error.
        if let Some(path) = config::place(context.global.config.as_deref()) {
            self.path(&path, "[configuration file]");
            if let Ok(bytes) = std::fs::read(&path) {
                self.configuration(&String::from_utf8_lossy(&bytes));
            }
        }
        match &context.global.port {
            Some(Target::Tcp(address)) => {
                let host = address.rsplit_once(':').map_or(address.as_str(), |it| it.0);
                self.add(host, "[host]");
            }
            // A path by id has maker and serial number of an instrument in its name.
            Some(Target::Serial(path)) if !path.starts_with("/dev/tty") => {
                self.path(Path::new(path), "[port]");
            }
            _ => {}
        }
        if let Some(serial) = &context.global.serial
            && serial.parse::<u64>().is_err()
        {
            self.name(serial, "[alias]");
        }
    }

    fn configuration(&mut self, text: &str) {
        let is_sound = toml::from_str::<config::Config>(text).is_ok();
        match text.parse::<toml::Table>() {
            Ok(table) => {
                for (key, value) in table {
                    match (key.as_str(), value) {
                        // These are shown, and name a port, a wait and a colour.
                        ("port" | "timeout" | "color", _) if is_sound => {}
                        ("aliases", toml::Value::Table(aliases)) if is_sound => {
                            for name in aliases.keys() {
                                self.name(name, "[alias]");
                            }
                        }
                        (_, value) if is_sound => self.values(&value),
                        // What cannot be used may be quoted by its error, keys and numbers too.
                        (key, value) => {
                            for word in
                                format!("{key} {value}").split(|it: char| !it.is_alphanumeric())
                            {
                                self.add(word, "[configuration]");
                            }
                        }
                    }
                }
            }
            // What is no file of settings may be quoted by its error.
            Err(_) => {
                for word in text.split(|letter: char| !letter.is_alphanumeric()) {
                    self.add(word, "[configuration]");
                }
            }
        }
    }

    /// Ports that the environment adds: any of them may name a host or a folder.
    fn extra_ports(&mut self) {
        let ports = std::env::var("PENCTL_EXTRA_PORTS").unwrap_or_default();
        for port in ports.split(',').filter(|it| !it.starts_with("/dev/tty")) {
            self.add(port.trim(), "[port]");
            let host = port.trim().trim_start_matches("tcp:");
            self.add(host.rsplit_once(':').map_or(host, |it| it.0), "[host]");
        }
    }

    fn values(&mut self, value: &toml::Value) {
        match value {
            toml::Value::String(text) => self.name(text, "[configuration]"),
            toml::Value::Array(list) => list.iter().for_each(|it| self.values(it)),
            toml::Value::Table(table) => table.values().for_each(|it| self.values(it)),
            _ => {}
        }
    }

    /// Where a store is, and the operators in it.
    fn records(&mut self, place: &Place) {
        match place {
            Place::File(path) => {
                self.path(path, "[records]");
                if let Some(folder) = path.parent().filter(|it| it.components().count() > 1) {
                    self.path(folder, "[folder of the records]");
                }
            }
            Place::Server(address) => self.add(address, "[records]"),
        }
        let Ok(store) = open(place, Access::Read) else {
            return;
        };
        let mut records = crate::store::Records::new(store, Box::new(|| 0));
        let query = Query {
            kind: Some(Kind::Operator),
            ..Query::ALL
        };
        for record in records.all(&query).unwrap_or_default() {
            if let Ok(operator) = serde_json::from_str::<Operator>(&record.draft.body) {
                self.name(&operator.name, "[operator]");
            }
        }
    }

    /// A path as it was given, and as the system knows it.
    fn path(&mut self, path: &Path, stands_for: &'static str) {
        self.add(&path.display().to_string(), stands_for);
        if let Ok(whole) = path.canonicalize() {
            self.add(&whole.display().to_string(), stands_for);
        }
    }

    /// A name, and each word of it that is no initial.
    fn name(&mut self, name: &str, stands_for: &'static str) {
        self.add(name, stands_for);
        for word in name.split(|letter: char| !letter.is_alphanumeric()) {
            if word.chars().count() > 2 {
                self.add(word, stands_for);
            }
        }
    }

    fn add(&mut self, text: &str, stands_for: &'static str) {
        let text = text.trim();
        // A folder that is the root, or one letter, would hide everything.
        if text.chars().count() > 1 {
            self.known.push((text.chars().collect(), stands_for));
        }
    }

    fn sorted(mut self) -> Self {
        self.known
            .sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        self.known.dedup_by(|a, b| a.0 == b.0);
        self
    }

    /// The text without them, in capitals or not; a part of a longer word is another word.
    pub(super) fn text(&self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let mut clean = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            match self.at(&letters, at) {
                Some((length, stands_for)) => {
                    clean.push_str(stands_for);
                    at += length;
                }
                None => {
                    clean.push(*letter);
                    at += 1;
                }
            }
        }
        clean
    }

    /// What stands at a place and must not be seen: its length, and what stands for it.
    fn at(&self, letters: &[char], at: usize) -> Option<(usize, &'static str)> {
        let is_in_word = |place: Option<usize>| {
            place
                .and_then(|place| letters.get(place))
                .is_some_and(|letter| letter.is_alphanumeric())
        };
        let found = self.known.iter().find(|(text, _)| {
            let here = letters.get(at..).unwrap_or_default();
            let is_same = here.len() >= text.len()
                && here
                    .iter()
                    .zip(text)
                    .all(|(a, b)| a.to_lowercase().eq(b.to_lowercase()));
            let begins = !text.first().is_some_and(|letter| letter.is_alphanumeric())
                || !is_in_word(at.checked_sub(1));
            let ends = !text.last().is_some_and(|letter| letter.is_alphanumeric())
                || !is_in_word(Some(at + text.len()));
            is_same && begins && ends
        });
        found.map(|(text, stands_for)| (text.len(), *stands_for))
    }

    /// Every text in a value.
    pub(super) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(list) => list.into_iter().map(|it| self.value(it)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| (key, self.value(value)))
                .collect(),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Redactor;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.machine(&|name| match name {
            "HOME" => Some(PathBuf::from("/u/annika")),
            "USER" => Some(PathBuf::from("annika")),
            _ => None,
        });
        redactor.name("Jürgen B. Müller", "[operator]");
        redactor.configuration(
            "port = \"sim:1\"\n[aliases]\nbertha = 7\n[laboratory]\nname = \"Kranz & Co\"\n\
             address = \"\"\n[customer]\nname = \"Praxis Dr. Weiss\"\n",
        );
        redactor.sorted()
    }

    #[test]
    fn names_are_taken_out_wherever_they_stand() {
        for (text, clean) in [
            ("/u/annika/x", "~/x"),
            ("ANNIKA was here", "[user] was here"),
            ("annikas and Susannika", "annikas and Susannika"),
            ("by JÜRGEN B. MÜLLER.", "by [operator]."),
            ("Müller, J.", "[operator], J."),
            ("aliases.bertha", "aliases.[alias]"),
            ("Kranz & Co", "[configuration]"),
            (
                "at Praxis Dr. Weiss, Weiss",
                "at [configuration], [configuration]",
            ),
            ("sim:1", "sim:1"),
        ] {
            assert_eq!(redactor().text(text), clean);
        }
    }

    #[test]
    fn what_is_toml_and_no_configuration_gives_no_key_number_or_alias_away() {
        let mut redactor = Redactor::default();
        redactor.configuration(
            "color = \"weiss@example.org\"\n[aliases]\nok = \"Herr Kranz 0151\"\n[Annika]\nphone = 4915112345678\n",
        );
        let redactor = redactor.sorted();
        for said in [
            "weiss@example",
            "Herr Kranz",
            "0151",
            "Annika",
            "4915112345678",
        ] {
            let shown = redactor.text(&format!("unknown variant {said} at line 1"));
            assert!(!shown.contains(said), "{shown}");
        }
    }

    #[test]
    fn a_file_that_is_no_configuration_gives_nothing_away() {
        let mut redactor = Redactor::default();
        redactor.configuration("laboratory = Kranz Weiss");
        let told = redactor
            .sorted()
            .text("line 1: expected `Kranz` or `Weiss`");
        assert_eq!(
            told,
            "line 1: expected `[configuration]` or `[configuration]`"
        );
    }
}
