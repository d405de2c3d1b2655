//! What `llvm-cov export` tells: lines as lcov, branches as JSON.

use std::collections::BTreeMap;
use std::path::Path;

/// From line and column to line and column, from 1.
pub type Span = [usize; 4];

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// How often each line that has code was reached.
    pub lines: BTreeMap<usize, u64>,
    /// How often each condition was true, and false.
    pub branches: BTreeMap<Span, [u64; 2]>,
}

/// Every file, by its name from `top`.
pub type Files = BTreeMap<String, File>;

/// Reads both.
///
/// # Errors
/// What is not as `llvm-cov` writes it, in a sentence.
pub fn read(top: &Path, lines: &str, branches: &str) -> Result<Files, String> {
    let name = |path: &str| {
        let inside = Path::new(path).strip_prefix(top).ok()?;
        Some(inside.to_string_lossy().replace('\\', "/"))
    };
    let mut files = Files::new();
    let mut current = None;
    for row in lines.lines() {
        if let Some(path) = row.strip_prefix("SF:") {
            current = name(path);
        } else if let (Some(counts), Some(file)) = (row.strip_prefix("DA:"), &current) {
            let bad = || format!("no line of lcov: {row}");
            let (line, count) = counts.split_once(',').ok_or_else(bad)?;
            let line = line.parse().map_err(|_| bad())?;
            let count: u64 = count.parse().map_err(|_| bad())?;
            let file = files.entry(file.clone()).or_default();
            *file.lines.entry(line).or_default() += count;
        }
    }
    let told: serde_json::Value =
        serde_json::from_str(branches).map_err(|why| format!("no JSON of llvm-cov: {why}"))?;
    let listed = told["data"][0]["files"]
        .as_array()
        .ok_or("llvm-cov lists no files")?;
    for entry in listed {
        let Some(name) = entry["filename"].as_str().and_then(name) else {
            continue;
        };
        let file = files.entry(name).or_default();
        for branch in entry["branches"]
            .as_array()
            .ok_or("a file without branches")?
        {
            // Each instance of a function has its own; a side is seen if any of them was there.
            let number = |place: usize| branch[place].as_u64().ok_or("a branch without numbers");
            let mut span = [0; 4];
            for (place, at) in span.iter_mut().enumerate() {
                *at = usize::try_from(number(place)?).map_err(|why| why.to_string())?;
            }
            let [on, off] = file.branches.entry(span).or_default();
            *on += number(4)?;
            *off += number(5)?;
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::path::Path;

    const LINES: &str =
        "SF:/t/a.rs\nFN:1,x\nDA:1,5\nDA:2,0\nend_of_record\nSF:/other/b.rs\nDA:1,0\n";
    const BRANCHES: &str = r#"{"data":[{"files":[{"filename":"/t/a.rs","branches":[
        [1,4,1,9,5,0,0,0,4],[1,4,1,9,0,2,0,0,4],[2,1,3,2,0,0,0,0,4]]}]}]}"#;

    #[test]
    fn instances_are_one_and_files_elsewhere_are_none() {
        let files = read(Path::new("/t"), LINES, BRANCHES).expect("files");
        assert_eq!(files.len(), 1);
        let file = &files["a.rs"];
        assert_eq!(file.lines.iter().collect::<Vec<_>>(), [(&1, &5), (&2, &0)]);
        assert_eq!(file.branches[&[1, 4, 1, 9]], [5, 2]);
        assert_eq!(file.branches[&[2, 1, 3, 2]], [0, 0]);
    }

    #[test]
    fn what_llvm_cov_does_not_write_is_refused() {
        assert!(read(Path::new("/t"), "SF:/t/a.rs\nDA:x,1\n", BRANCHES).is_err());
        assert!(read(Path::new("/t"), LINES, "{}").is_err());
        assert!(read(Path::new("/t"), LINES, "").is_err());
        let no_number = BRANCHES.replace("[1,4,1,9,5,", "[1,4,1,9,\"x\",");
        assert!(read(Path::new("/t"), LINES, &no_number).is_err());
    }
}
