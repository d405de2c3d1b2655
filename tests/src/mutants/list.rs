//! The mutants that there are: as `cargo mutants` lists them.

use super::Failed;
use serde::Deserialize;
use std::path::Path;
use std::process::Command;

/// One change of the code.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Mutant {
    /// File, line, column and what is changed.
    pub(super) name: String,
    /// Path from the top of the repository.
    pub(super) file: String,
    /// What it stands in, if that is a function.
    pub(super) function: Option<Function>,
    /// What is changed.
    pub(super) genre: Genre,
    /// What stands there instead.
    pub(super) replacement: String,
    /// What is replaced.
    pub(super) span: Span,
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(super) enum Genre {
    /// A function returns at once.
    FnValue,
    /// Another operator between two operands.
    BinaryOperator,
    /// A `!` or `-` that is not there.
    UnaryOperator,
    /// An arm of a match that is not there.
    MatchArm,
    /// A guard that always or never holds.
    MatchArmGuard,
    /// A field that keeps what the rest of the struct has.
    StructField,
}

/// A function.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Function {
    /// With the type that it belongs to.
    pub(super) function_name: String,
    /// As it is written, with its arrow.
    pub(super) return_type: String,
}

/// From its first character to behind its last.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Span {
    /// Its first character.
    pub(super) start: Place,
}

/// Both count from 1, in characters.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Place {
    /// Line.
    pub(super) line: usize,
    /// Column.
    pub(super) column: usize,
}

impl Mutant {
    /// Its name without line and column, which change with everything above.
    pub(super) fn placeless(&self) -> String {
        placeless(&self.name)
    }

    /// Whether it could return something of its own at once: of `impl Trait` there is one type in a function.
    pub(super) fn returns_one_type(&self) -> bool {
        let function = self.function.as_ref();
        function.is_some_and(|function| function.return_type.contains("impl "))
    }

    /// Whether it was put there to see whether the run is worth something.
    pub(super) fn is_planted(&self) -> bool {
        self.file.ends_with("/src/planted.rs")
    }

    /// The function that it stands in, with its file.
    pub(super) fn home(&self) -> (&str, &str) {
        let function = self.function.as_ref();
        (
            &self.file,
            function.map_or("", |function| &function.function_name),
        )
    }
}

/// A mutant's name without line and column.
pub(super) fn placeless(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    let file = parts.next().unwrap_or_default();
    let what = parts.nth(2).unwrap_or_default();
    format!("{file}:{what}")
}

/// All mutants of a package in a tree, in the order of their places.
///
/// # Errors
/// When `cargo mutants` is not there, or does not understand the tree.
pub(super) fn all(tree: &Path, package: &str, diff: Option<&Path>) -> Result<Vec<Mutant>, Failed> {
    let mut command = Command::new("cargo");
    command.args(["mutants", "--list", "--json", "--package", package]);
    command.arg("--dir").arg(tree);
    if let Some(diff) = diff {
        command.arg("--in-diff").arg(diff);
    }
    let text = super::output(&mut command)?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&text).map_err(|why| Failed(format!("cargo mutants --list --json: {why}")))
}

#[cfg(test)]
mod tests {
    use super::Mutant;

    const LINE: &str = r#"{"name": "a/b.rs:3:9: replace == with != in f", "file": "a/b.rs",
        "function": {"function_name": "f", "return_type": "", "span": {}}, "genre": "BinaryOperator",
        "package": "p", "replacement": "!=",
        "span": {"start": {"line": 3, "column": 9}, "end": {"line": 3, "column": 11}}}"#;

    #[test]
    fn a_name_without_its_place_stays_when_lines_are_added_above() {
        let mutant: Mutant = serde_json::from_str(LINE).expect("as cargo mutants writes it");
        assert_eq!(mutant.placeless(), "a/b.rs: replace == with != in f");
        assert_eq!(mutant.home(), ("a/b.rs", "f"));
    }

    #[test]
    fn only_what_stands_beside_lib_rs_was_planted() {
        for (file, is_planted) in [
            ("sim/src/planted.rs", true),
            ("sim/src/sweep/planted.rs", false),
            ("sim/src/sweep/judge.rs", false),
        ] {
            let line = LINE.replace(r#""file": "a/b.rs""#, &format!(r#""file": "{file}""#));
            let mutant: Mutant = serde_json::from_str(&line).expect("as cargo mutants writes it");
            assert_eq!(mutant.is_planted(), is_planted, "{file}");
        }
    }
}
