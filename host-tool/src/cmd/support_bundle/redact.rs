//! Names, folders and hosts, replaced by words in brackets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use serde_json::Value;

use super::SupportBundleArgs;
use crate::cli::Context;
use crate::config;
use crate::error::Code;
use crate::link::Target;
use crate::store::{Access, Kind, Operator, Place, Query, address, open};

/// What must not be seen, and what stands for it; the longest first.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    known: Vec<Known>,
}

/// A text that must not be seen.
#[derive(Debug)]
struct Known {
    text: Vec<char>,
    stands_for: &'static str,
    /// The program says this word itself: alone it tells nobody, unless it stands in a path or an address.
    is_own: bool,
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

    /// Names of laboratories and customers: whole, and each word that is not one of the program's own.
    fn values(&mut self, value: &toml::Value) {
        match value {
            toml::Value::String(text) => self.firm(text, "[configuration]"),
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
            Place::Server(address) => self.server(address),
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

    /// The address of a server as it was given and as it is shown, and what in it tells who and where.
    /// A user or a database may be called by a word that the program says itself.
    fn server(&mut self, address: &str) {
        self.add(address, "[records]");
        self.add(&address::shown(address), "[records]");
        let own = own_words();
        for part in address::parts(address) {
            let words = part.split(|letter: char| !letter.is_alphanumeric());
            let words = words.filter(|it| {
                it.chars().count() > 2 && it.contains(|letter: char| letter.is_alphabetic())
            });
            for word in words.chain([part.as_str()]) {
                let is_own = own.contains(&word.to_lowercase());
                self.push(word, "[server of the records]", is_own);
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

    /// The name of a firm: as [`Redactor::name`], but a word that the program says itself counts only
    /// where it cannot be that word. "Pen Service" is nobody's to see; a pen in Service mode is one.
    fn firm(&mut self, name: &str, stands_for: &'static str) {
        self.add(name, stands_for);
        let own = own_words();
        for word in name.split(|letter: char| !letter.is_alphanumeric()) {
            if word.chars().count() > 2 {
                self.push(word, stands_for, own.contains(&word.to_lowercase()));
            }
        }
    }

    fn add(&mut self, text: &str, stands_for: &'static str) {
        self.push(text, stands_for, false);
    }

    fn push(&mut self, text: &str, stands_for: &'static str, is_own: bool) {
        let text = text.trim();
        // A folder that is the root, or one letter, would hide everything.
        if text.chars().count() > 1 {
            self.known.push(Known {
                text: text.chars().collect(),
                stands_for,
                is_own,
            });
        }
    }

    fn sorted(mut self) -> Self {
        // Of the same text the one that hides more comes first, and counts: somebody may be called as a firm is.
        self.known.sort_by(|a, b| {
            (b.text.len(), &a.text, a.is_own).cmp(&(a.text.len(), &b.text, b.is_own))
        });
        self.known.dedup_by(|a, b| a.text == b.text);
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
        let found = self.known.iter().find(|Known { text, is_own, .. }| {
            let here = letters.get(at..).unwrap_or_default();
            let is_same = here.len() >= text.len()
                && here
                    .iter()
                    .zip(text)
                    .all(|(a, b)| a.to_lowercase().eq(b.to_lowercase()));
            let begins = !text.first().is_some_and(|letter| letter.is_alphanumeric())
                || !is_in_word(at.checked_sub(1));
            let end = at + text.len();
            let ends = !text.last().is_some_and(|letter| letter.is_alphanumeric())
                || !is_in_word(Some(end));
            is_same && begins && ends && (!is_own || is_of_a_path(letters, at, end))
        });
        found.map(|it| (it.text.len(), it.stands_for))
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

/// Whether a word stands in a path, an address or a name with points in it.
fn is_of_a_path(letters: &[char], at: usize, end: usize) -> bool {
    let letter = |place: Option<usize>| place.and_then(|place| letters.get(place)).copied();
    let joins = |letter: Option<char>| matches!(letter, Some('/' | '\\' | '@'));
    let (before, behind) = (letter(at.checked_sub(1)), letter(Some(end)));
    // A point within a name; one at the end of a sentence joins nothing.
    let is_in_name = |point: Option<char>, next: Option<char>| {
        point == Some('.') && next.is_some_and(char::is_alphanumeric)
    };
    joins(before)
        || joins(behind)
        || is_in_name(before, letter(at.checked_sub(2)))
        || is_in_name(behind, letter(end.checked_add(1)))
}

/// The words that the program says itself, in small letters: those of its help and of its errors. A
/// firm may be called by them, and they stand everywhere.
fn own_words() -> BTreeSet<String> {
    fn help(command: &mut clap::Command, texts: &mut Vec<String>) {
        texts.push(command.render_long_help().to_string());
        for below in command.get_subcommands_mut() {
            help(below, texts);
        }
    }
    let mut texts = Vec::new();
    help(&mut crate::cli::Cli::command(), &mut texts);
    for code in Code::ALL {
        texts.extend([code.title().to_owned(), code.advice().to_owned()]);
        texts.extend(crate::error::explain(code.as_str()));
    }
    let words = texts
        .iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
    words.map(str::to_lowercase).collect()
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
    fn words_of_a_laboratory_that_the_program_says_itself_stay_where_they_are_its_own() {
        let mut redactor = Redactor::default();
        redactor.configuration(
            "[laboratory]\nname = \"Pen Service and Quendel\"\naddress = \"1 Gauge Street\"\n\
             [customer]\nname = \"Kalibrierung\"\naddress = \"Journal\"\n",
        );
        redactor.name("Mark Session", "[operator]");
        let redactor = redactor.sorted();
        for same in [
            "the pen is in Service mode",
            "simulated reference pen, of the gauge and the tachometer.",
            "PEN-E010: no pen found",
            "the motor stops.",
        ] {
            assert_eq!(redactor.text(same), same);
        }
        for (text, clean) in [
            ("by PEN SERVICE AND QUENDEL.", "by [configuration]."),
            ("at 1 gauge street", "at [configuration]"),
            ("Quendel, Kalibrierung", "[configuration], [configuration]"),
            // No word of the program stands in a path, in an address or within a name.
            ("/srv/service/r.db", "/srv/[configuration]/r.db"),
            ("C:\\Pen\\r.db", "C:\\[configuration]\\r.db"),
            ("service@example.org", "[configuration]@example.org"),
            (
                "pen.service.example",
                "[configuration].[configuration].example",
            ),
            // What is one word and the whole name is taken out everywhere.
            ("the journal", "the [configuration]"),
            // A person is no firm: every word of the name.
            ("a mark, a session", "a [operator], a [operator]"),
        ] {
            assert_eq!(redactor.text(text), clean);
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
    fn a_server_is_taken_out_as_it_is_given_shown_and_quoted() {
        let mut redactor = Redactor::default();
        redactor
            .server("postgres://anna:secret@db.quendel-clinic.example:5433/records?password=x9");
        let redactor = redactor.sorted();
        for (text, clean) in [
            (
                "postgres://anna@db.quendel-clinic.example:5433/records?...",
                "[records]",
            ),
            ("user \"anna\"", "user \"[server of the records]\""),
            (
                "no db.quendel-clinic.example:5433, quendel",
                "no [server of the records], [server of the records]",
            ),
            (
                "secret x9",
                "[server of the records] [server of the records]",
            ),
            // A database that is called as the program speaks.
            ("the records are there", "the records are there"),
        ] {
            assert_eq!(redactor.text(text), clean);
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
