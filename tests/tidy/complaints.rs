//! The table of complaints in docs/host-tool.md: each row's test is there.

use pen_tests::sources;

/// A row: its number, and the test that is named, as file and name.
struct Row {
    number: usize,
    test: Option<(String, String)>,
}

/// The rows that begin with a number.
fn rows(page: &str) -> Vec<Row> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    page.lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|line| {
            let cells = cells(line);
            let number = cells.first()?.parse().ok()?;
            let test = cells.last()?.trim_matches('`').split_once("::");
            Some(Row {
                number,
                test: test.map(|(file, name)| (file.to_owned(), name.to_owned())),
            })
        })
        .collect()
}

#[test]
fn every_complaint_has_a_row_and_every_test_that_is_named_exists() {
    let top = sources::top();
    let page = std::fs::read_to_string(top.join("docs/host-tool.md")).expect("the page");
    let rows = rows(&page);
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=66).collect::<Vec<_>>());
    let mut answered = 0;
    for row in rows {
        let Some((file, name)) = row.test else {
            continue;
        };
        let text = std::fs::read_to_string(top.join(&file))
            .unwrap_or_else(|error| panic!("{}: {file}: {error}", row.number));
        let test = format!("#[test]\n    fn {name}() {{");
        let is_there = text.contains(&test) || text.contains(&test.replace("    ", ""));
        assert!(is_there, "{}: {file} has no test {name}", row.number);
        answered += 1;
    }
    assert!(answered >= 50, "{answered} of 66 complaints have a test");
}

#[test]
fn a_row_without_a_test_is_one() {
    let page = "| a | b |\n| --- | --- |\n| 7 | x | `a/b.rs::c` |\n| 8 | y | not yet |\n";
    let rows = rows(page);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].test, Some(("a/b.rs".into(), "c".into())));
    assert!(rows[1].test.is_none() && rows[1].number == 8);
}
