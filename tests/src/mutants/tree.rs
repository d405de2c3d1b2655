//! A copy of the tree, with all mutants of one package in it.

use super::list::{self, Mutant};
use super::rewrite::{self, Numbered};
use super::{By, Failed, Package, output};
use crate::sources::top;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The crate with the switches, as it is put into the copy.
const SWITCH: &str = include_str!("switch.rs");
const SWITCH_MANIFEST: &str = "\
[package]
name = \"pen-mutant\"
version = \"0.0.0\"
edition = \"2024\"

[lib]
path = \"lib.rs\"
";

/// Two functions that do the same; a test looks at one of them.
const PLANTED: &str = "\
//! Two functions that do the same.

/// No test looks at it.
#[must_use]
pub const fn unseen(all: u8) -> bool {
    all == 7
}

/// A test looks at it.
#[must_use]
pub const fn seen(all: u8) -> bool {
    all == 7
}

#[cfg(test)]
mod tests {
    #[test]
    fn seen_is_seven() {
        assert!(super::seen(7));
        assert!(!super::seen(6));
        super::unseen(7);
    }
}
";

/// The copy.
#[derive(Debug)]
pub(super) struct Tree {
    /// Its top.
    pub(super) top: PathBuf,
    /// Where cargo builds it.
    pub(super) target: PathBuf,
    package: Package,
    by: By,
}

impl Tree {
    /// Copies what git knows of the tree, as it stands, and plants two functions into a package.
    ///
    /// # Errors
    /// What git or the file system says.
    pub(super) fn copy(package: Package, by: By, work: &Path) -> Result<Self, Failed> {
        let tree = Self {
            top: work.join("tree"),
            target: work.join("target"),
            package,
            by,
        };
        if tree.top.exists() {
            fs::remove_dir_all(&tree.top)?;
        }
        let mut git = Command::new("git");
        git.args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]);
        let names = output(git.current_dir(top()))?;
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (top().join(name), tree.top.join(name));
            if from.is_file() {
                fs::create_dir_all(to.parent().unwrap_or(&tree.top))?;
                // With its time, so that cargo builds again only what differs from the last copy.
                fs::copy(&from, &to)?;
                let time = fs::metadata(&from)?.modified()?;
                fs::File::options()
                    .append(true)
                    .open(&to)?
                    .set_modified(time)?;
            }
        }
        let source = tree.top.join(package.folder()).join("src");
        fs::write(source.join("planted.rs"), PLANTED)?;
        append(&source.join("lib.rs"), "\npub mod planted;\n")?;
        Ok(tree)
    }

    /// The mutants of functions that are there, the planted ones last.
    ///
    /// # Errors
    /// As [`list::all`].
    pub(super) fn mutants(&self, diff: Option<&Path>) -> Result<Vec<Mutant>, Failed> {
        let (planted, mut all): (Vec<_>, Vec<_>) = list::all(&self.top, self.package.name(), None)?
            .into_iter()
            .partition(Mutant::is_planted);
        if diff.is_some() {
            all = list::all(&self.top, self.package.name(), diff)?;
        }
        // A constant is computed when the code is built: no switch can be thrown there any more.
        all.retain(|mutant| mutant.function.is_some());
        all.extend(planted);
        Ok(all)
    }

    /// Puts mutants behind switches and takes those out that do not compile. The first are those that have a
    /// switch; the second cannot have one, because what they change is no expression of its own.
    ///
    /// # Errors
    /// When something else does not compile.
    pub(super) fn switch(
        &self,
        mutants: &[Mutant],
        checked: &[&str],
    ) -> Result<(BTreeSet<u32>, BTreeSet<u32>), Failed> {
        self.bring_switches()?;
        let mut left = BTreeSet::new();
        let mut alive: BTreeSet<u32> = (1..).zip(mutants).map(|(number, _)| number).collect();
        let mut sources = BTreeMap::new();
        loop {
            let mut regions = BTreeMap::new();
            for (file, numbered) in by_file(mutants, &alive) {
                let path = self.top.join(file);
                if !sources.contains_key(file) {
                    sources.insert(file, fs::read_to_string(&path)?);
                }
                let switched = rewrite::switched(&sources[file], &numbered)
                    .map_err(|why| Failed(format!("{file}: {why}")))?;
                for number in switched.left {
                    alive.remove(&number);
                    left.insert(number);
                }
                fs::write(&path, switched.text)?;
                regions.insert(file.to_owned(), switched.regions);
            }
            let wrong = self.check(&regions, checked)?;
            if wrong.is_empty() {
                return Ok((alive, left));
            }
            alive.retain(|number| !wrong.contains(number));
            // A file whose mutants are all gone is not written again.
            for (file, text) in &sources {
                fs::write(self.top.join(file), text)?;
            }
        }
    }

    fn bring_switches(&self) -> Result<(), Failed> {
        let folder = self.top.join("mutant");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("lib.rs"), SWITCH)?;
        fs::write(folder.join("Cargo.toml"), SWITCH_MANIFEST)?;
        let manifest = self.top.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        fs::write(
            manifest,
            text.replacen("members = [", "members = [\n  \"mutant\",", 1),
        )?;
        let steps = Path::new(self.package.folder()).components().count();
        let line = format!(
            "[dependencies]\npen-mutant = {{ path = \"{}mutant\" }}",
            "../".repeat(steps)
        );
        let manifest = self.top.join(self.package.folder()).join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        Ok(fs::write(
            manifest,
            text.replacen("[dependencies]", &line, 1),
        )?)
    }

    /// A cargo command in the copy.
    #[must_use]
    pub(super) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).current_dir(&self.top);
        cargo.env("CARGO_TARGET_DIR", &self.target);
        as_built(&mut cargo);
        // For WebAssembly cargo reads what rustc warns of.
        if self.by == By::Proof {
            cargo.env_remove("RUSTFLAGS");
        }
        cargo
    }

    /// The mutants that do not compile.
    fn check(&self, regions: &Regions, checked: &[&str]) -> Result<BTreeSet<u32>, Failed> {
        let mut cargo = self.cargo(&["check", "--keep-going", "--message-format=json"]);
        let done = cargo
            .args(checked)
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .output()?;
        let text = String::from_utf8_lossy(&done.stdout);
        let mut wrong = BTreeSet::new();
        let mut unplaced = Vec::new();
        for message in text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok())
        {
            let Some(message) = message.message.filter(|message| message.level == "error") else {
                continue;
            };
            let found = message.mutants(regions);
            if found.is_empty() && !message.spans.is_empty() {
                unplaced.push(message.rendered);
            }
            wrong.extend(found);
        }
        if !done.status.success() && wrong.is_empty() {
            let stderr = String::from_utf8_lossy(&done.stderr);
            return Err(Failed(format!(
                "the copy does not build\n{}{stderr}",
                unplaced.concat()
            )));
        }
        Ok(wrong)
    }
}

/// How a copy is built: what a switch is made of is no stable Rust, and the code of mutants is not beautiful.
pub(super) fn as_built(command: &mut Command) -> &mut Command {
    command
        .env("RUSTC_BOOTSTRAP", "pen_mutant")
        .env("RUSTFLAGS", "--cap-lints=allow")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
}

type Regions = BTreeMap<String, Vec<(Range<usize>, u32)>>;

#[derive(serde::Deserialize)]
struct Line {
    message: Option<Message>,
}

#[derive(serde::Deserialize)]
struct Message {
    level: String,
    rendered: String,
    spans: Vec<Place>,
}

#[derive(serde::Deserialize)]
struct Place {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

impl Message {
    /// Whose code is complained about: that of its main place, or else that of any.
    fn mutants(&self, regions: &Regions) -> BTreeSet<u32> {
        let of = |primary: bool| {
            let places = self
                .spans
                .iter()
                .filter(move |place| place.is_primary || !primary);
            places
                .flat_map(|place| place.mutants(regions))
                .collect::<BTreeSet<_>>()
        };
        let first = of(true);
        if first.is_empty() { of(false) } else { first }
    }
}

impl Place {
    fn mutants(&self, regions: &Regions) -> Vec<u32> {
        let regions = regions.get(&self.file_name).into_iter().flatten();
        let around: Vec<_> = regions
            .filter(|(range, _)| range.start <= self.byte_start && self.byte_end <= range.end)
            .collect();
        // Not all that something wrong stands in: what stands closest around it.
        let least = around.iter().map(|(range, _)| range.len()).min();
        let closest = around
            .iter()
            .filter(|(range, _)| Some(range.len()) == least);
        closest.map(|(_, number)| *number).collect()
    }
}

fn by_file<'a>(
    mutants: &'a [Mutant],
    alive: &BTreeSet<u32>,
) -> BTreeMap<&'a str, Vec<Numbered<'a>>> {
    let mut files: BTreeMap<&str, Vec<Numbered<'_>>> = BTreeMap::new();
    for (number, mutant) in (1..).zip(mutants) {
        if alive.contains(&number) {
            files
                .entry(mutant.file.as_str())
                .or_default()
                .push((number, mutant));
        }
    }
    files
}

fn append(file: &Path, text: &str) -> Result<(), Failed> {
    let whole = fs::read_to_string(file)? + text;
    Ok(fs::write(file, whole)?)
}
