//! What was measured, held against what is argued.

use super::exceptions::Exception;
use super::measured::{self, Span};
use super::product;
use super::{Never, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Least share of branch sides that a test must reach, exceptions left out of account. Unit: percent.
pub const BRANCH_PERCENT: u64 = 98;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Reached.
    pub of: u64,
    /// All.
    pub all: u64,
}

impl Share {
    fn count(&mut self, reached: bool) {
        self.of += u64::from(reached);
        self.all += 1;
    }

    fn add(&mut self, other: Self) {
        self.of += other.of;
        self.all += other.all;
    }

    /// Whether it is at least this. Unit: percent.
    pub fn is_at_least(self, percent: u64) -> bool {
        self.of * 100 >= self.all * percent
    }
}

/// As `123/124  99.19 %`, rounded down: what is not all is not 100 %.
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = (self.of * 10_000).checked_div(self.all).unwrap_or(10_000);
        let (whole, part) = (parts / 100, parts % 100);
        write!(f, "{:>5}/{:<5} {whole:>3}.{part:02} %", self.of, self.all)
    }
}

/// A file that is shipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Lines that are reached.
    pub lines: Share,
    /// Sides of branches that are.
    pub sides: Share,
    /// What is not.
    pub unreached: Vec<Place>,
}

/// Counts one file.
///
/// # Errors
/// A place that the file does not have, in a sentence.
pub fn count(
    name: &str,
    text: &str,
    product: &product::File,
    measured: &measured::File,
) -> Result<File, String> {
    let rows: Vec<&str> = text.lines().collect();
    let mut file = File::default();
    let place = |line: usize, never: Never, condition: Option<String>| {
        let row = rows.get(line.wrapping_sub(1));
        let row = row.ok_or_else(|| format!("{name}: no line {line}"))?;
        Ok::<_, String>(Place {
            file: name.to_owned(),
            line,
            never,
            text: row.trim().to_owned(),
            condition,
        })
    };
    for (line, times) in &measured.lines {
        if product.ships(*line) {
            file.lines.count(*times > 0);
            if *times == 0 {
                file.unreached.push(place(*line, Never::Reached, None)?);
            }
        }
    }
    for (span, [on, off]) in &measured.branches {
        if !product.ships(span[0]) {
            continue;
        }
        for (times, never) in [(on, Never::True), (off, Never::False)] {
            file.sides.count(*times > 0);
            if *times == 0 {
                let condition =
                    cut(&rows, *span).ok_or_else(|| format!("{name}: no text at {span:?}"))?;
                file.unreached.push(place(span[0], never, Some(condition))?);
            }
        }
    }
    file.unreached.sort();
    Ok(file)
}

/// The text of a span on one line, with single spaces.
fn cut(rows: &[&str], [first, from, last, to]: Span) -> Option<String> {
    let mut text = String::new();
    for line in first..=last {
        let row = rows.get(line.checked_sub(1)?)?;
        let begin = if line == first {
            from.checked_sub(1)?
        } else {
            0
        };
        let end = if line == last {
            to.checked_sub(1)?
        } else {
            row.len()
        };
        text.push_str(row.get(begin..end)?.trim());
        text.push(' ');
    }
    Some(text.trim().to_owned())
}

/// What must be found in the file that is planted: lines that end with `// never reached`, conditions on
/// those that end with `// never true` and `// never false`.
///
/// # Errors
/// What was planted and what was found, in a sentence.
pub fn is_as_planted(text: &str, found: &File) -> Result<(), String> {
    let mut wanted = BTreeSet::new();
    for (line, row) in (1..).zip(text.lines()) {
        for never in [Never::Reached, Never::True, Never::False] {
            if row.ends_with(&format!("// never {never}")) {
                wanted.insert((line, never));
            }
        }
    }
    let told: BTreeSet<_> = found
        .unreached
        .iter()
        .map(|place| (place.line, place.never))
        .collect();
    if wanted.is_empty() || told != wanted {
        return Err(format!("planted {wanted:?}, found {told:?}"));
    }
    Ok(())
}

/// All files.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Each by its name.
    pub files: BTreeMap<String, File>,
    /// Places that nothing can reach.
    pub argued: Vec<Place>,
    /// What is wrong.
    pub wrong: Vec<String>,
}

/// Holds every file against the exceptions.
pub fn judge(files: BTreeMap<String, File>, exceptions: &[Exception]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut left: Vec<&Exception> = exceptions.iter().collect();
    for place in files.values().flat_map(|file| &file.unreached) {
        match left.iter().position(|exception| exception.excuses(place)) {
            Some(at) => {
                left.remove(at);
                verdict.argued.push(place.clone());
            }
            None => verdict.wrong.push(place.to_string()),
        }
    }
    for Exception { row, text, .. } in left {
        let row = format!("row {row} of the exceptions excuses nothing: `{text}`");
        verdict.wrong.push(row);
    }
    verdict.files = files;
    let (lines, sides) = verdict.total();
    if lines.all == 0 || sides.all == 0 {
        verdict.wrong.push("nothing was measured".to_owned());
    }
    if !sides.is_at_least(BRANCH_PERCENT) {
        let few = format!("fewer than {BRANCH_PERCENT} % of the branch sides are reached");
        verdict.wrong.push(few);
    }
    verdict
}

impl Verdict {
    /// Lines and branch sides of all files.
    pub fn total(&self) -> (Share, Share) {
        let mut total = (Share::default(), Share::default());
        for file in self.files.values() {
            total.0.add(file.lines);
            total.1.add(file.sides);
        }
        total
    }

    /// Figures of each file and of all, and what is argued.
    pub fn page(&self) -> String {
        let mut page = String::new();
        let mut row = |name: &str, lines: Share, sides: Share| {
            let _ = writeln!(page, "{name:<40} {lines}  {sides}");
        };
        for (name, file) in &self.files {
            row(name, file.lines, file.sides);
        }
        let (lines, sides) = self.total();
        row("all", lines, sides);
        let of_lines = |place: &&Place| place.never == Never::Reached;
        let argued = u64::try_from(self.argued.iter().filter(of_lines).count()).unwrap_or(0);
        let argued_sides = u64::try_from(self.argued.len()).unwrap_or(0) - argued;
        let with = |share: Share, more: u64| Share {
            of: share.of + more,
            ..share
        };
        row(
            "all, with what is argued",
            with(lines, argued),
            with(sides, argued_sides),
        );
        for place in &self.argued {
            let _ = writeln!(page, "argued: {place}");
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::super::exceptions;
    use super::{File, Place, Share, Verdict, count, cut, is_as_planted, judge};
    use crate::coverage::{Never, measured, product};
    use std::collections::BTreeMap;

    const TEXT: &str = "fn a(b: bool) {\n    if b\n        || c {\n        d();\n    }\n}\n";

    fn counted(lines: &[(usize, u64)], sides: [u64; 2]) -> File {
        let measured = measured::File {
            lines: lines.iter().copied().collect(),
            branches: [([2, 8, 3, 13], sides)].into(),
        };
        count("a.rs", TEXT, &product::File::default(), &measured).expect("a file")
    }

    fn judged(file: File, table: &str) -> Verdict {
        let table = exceptions::read(table).expect("a table");
        judge(BTreeMap::from([("a.rs".to_owned(), file)]), &table)
    }

    #[test]
    fn all_reached_is_well() {
        let verdict = judged(counted(&[(1, 1), (4, 1)], [1, 2]), "");
        assert_eq!(verdict.wrong, [""; 0]);
        let all = Share { of: 2, all: 2 };
        assert_eq!(verdict.total(), (all, all));
    }

    #[test]
    fn a_line_and_a_side_that_no_test_reaches_are_told_with_their_place() {
        let verdict = judged(counted(&[(1, 1), (4, 0)], [0, 2]), "");
        assert!(
            verdict
                .wrong
                .contains(&"a.rs:4: `d();` is never reached".to_owned())
        );
        assert!(
            verdict
                .wrong
                .contains(&"a.rs:2: `if b`: `b || c` is never true".to_owned())
        );
    }

    #[test]
    fn a_reason_excuses_one_place_and_none_that_is_reached() {
        let row = "| `a.rs` | `d();` | reached | because b is never so |\n";
        let missing = || counted(&[(4, 0)], [1, 1]);
        assert_eq!(judged(missing(), row).wrong, [""; 0]);
        assert_eq!(judged(missing(), &row.repeat(2)).wrong.len(), 1);
        assert_eq!(judged(counted(&[(4, 1)], [1, 1]), row).wrong.len(), 1);
        let mut twice = missing();
        twice.unreached.push(Place {
            line: 5,
            ..twice.unreached[0].clone()
        });
        assert_eq!(judged(twice, row).wrong.len(), 1);
        for other in [row.replace("a.rs", "b.rs"), row.replace("d();", "e();")] {
            assert_eq!(judged(missing(), &other).wrong.len(), 2);
        }
    }

    #[test]
    fn too_few_sides_and_nothing_at_all_are_no_coverage() {
        let some = |of| File {
            lines: Share { of: 1, all: 1 },
            sides: Share { of, all: 100 },
            unreached: Vec::new(),
        };
        assert_eq!(judged(some(98), "").wrong, [""; 0]);
        assert_eq!(judged(some(97), "").wrong.len(), 1);
        assert!(!judge(BTreeMap::new(), &[]).wrong.is_empty());
    }

    #[test]
    fn what_is_not_shipped_counts_for_nothing() {
        let product = product::File {
            without: vec![(2, 4)],
            has_code: true,
        };
        let measured = measured::File {
            lines: [(1, 1), (4, 0)].into(),
            branches: [([2, 8, 3, 13], [0, 0])].into(),
        };
        let file = count("a.rs", TEXT, &product, &measured).expect("a file");
        assert_eq!((file.lines.all, file.sides.all), (1, 0));
        assert_eq!(file.unreached, []);
    }

    #[test]
    fn a_plant_must_be_found_whole_and_alone() {
        let text = "fn a() {\n    if b { // never true\n        c(); // never reached\n    }\n}\n";
        let place = |line, never| Place {
            file: String::new(),
            line,
            never,
            text: String::new(),
            condition: None,
        };
        let found = |unreached| File {
            unreached,
            ..File::default()
        };
        let both = vec![place(2, Never::True), place(3, Never::Reached)];
        assert!(is_as_planted(text, &found(both.clone())).is_ok());
        assert!(is_as_planted(text, &found(both[..1].to_vec())).is_err());
        let more = [both, vec![place(4, Never::Reached)]].concat();
        assert!(is_as_planted(text, &found(more)).is_err());
        assert!(is_as_planted("fn a() {}\n", &found(Vec::new())).is_err());
    }

    #[test]
    fn a_share_is_rounded_down() {
        let almost = Share {
            of: 99_999,
            all: 100_000,
        };
        assert!(almost.to_string().ends_with(" 99.99 %"));
        assert!(!almost.is_at_least(100));
        assert_eq!(cut(&["abc"], [1, 2, 1, 9]), None);
    }
}
