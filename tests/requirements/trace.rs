//! The list of requirements and the names of the tests, compared both ways.

use pen_tests::sources;
use std::collections::{BTreeMap, BTreeSet};

/// Where tests live.
const HOMES: [&str; 4] = ["tests", "firmware", "sim", "host-tool"];

/// Ids that are not done as a whole, although parts of them already have tests.
const PARTLY: [&str; 4] = ["CART-006", "DEPTH-009", "LINK-005", "STORE-004"];

/// `CONF-001` -> is it done?
fn requirements() -> BTreeMap<String, bool> {
    let file = sources::top().join("docs/requirements.md");
    let text = std::fs::read_to_string(file).expect("docs/requirements.md");
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (Some(id), Some(status)) = (cells.first(), cells.last()) else {
            continue;
        };
        if !is_id(id) {
            continue;
        }
        let word = status.split(';').next().unwrap_or("").trim();
        let done = match word {
            "done" => true,
            "not yet" => false,
            other => panic!("{id}: status is {other:?}, neither `done` nor `not yet`"),
        };
        let twice = found.insert((*id).to_owned(), done);
        assert!(twice.is_none(), "{id} has two rows");
    }
    found
}

/// Three digits after a word in capitals.
fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(group, number)| {
        !group.is_empty()
            && group.chars().all(|c| c.is_ascii_uppercase())
            && number.len() == 3
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// `conf_001_what_must_be_true` -> `CONF-001`, if the name begins like an id.
fn id_of(name: &str) -> Option<String> {
    let mut parts = name.splitn(3, '_');
    let (group, number) = (parts.next()?, parts.next()?);
    let id = format!("{}-{number}", group.to_uppercase());
    is_id(&id).then_some(id)
}

/// Ids that tests name, each with one of its tests.
fn tested() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for home in HOMES {
        for (path, text) in sources::files(&sources::top().join(home), ".rs") {
            for name in sources::tests_in(&text) {
                if let Some(id) = id_of(&name) {
                    found.insert(id, format!("{name} in {}", path.display()));
                }
            }
        }
    }
    found
}

/// Rows that speak of the tests themselves: `PROOF-nnn` is kept by the tests as a whole.
fn is_of_tests(id: &str) -> bool {
    id.starts_with("PROOF-")
}

#[test]
fn proof_001_every_done_requirement_has_a_test() {
    let tested = tested();
    let missing: BTreeSet<String> = requirements()
        .into_iter()
        .filter(|(id, done)| *done && !is_of_tests(id) && !tested.contains_key(id))
        .map(|(id, _)| id)
        .collect();
    assert!(
        missing.is_empty(),
        "done, but no test names them: {missing:?}"
    );
}

#[test]
fn proof_001_every_test_names_a_requirement_that_exists_and_is_done() {
    let requirements = requirements();
    assert!(requirements.len() > 90, "{} rows", requirements.len());
    let mut wrong = Vec::new();
    for (id, test) in tested() {
        match requirements.get(&id) {
            None => wrong.push(format!("{id} does not exist: {test}")),
            Some(false) if !PARTLY.contains(&id.as_str()) => {
                wrong.push(format!("{id} is `not yet`, but has a test: {test}"));
            }
            Some(_) => {}
        }
    }
    for id in PARTLY {
        if requirements.get(id) != Some(&false) {
            wrong.push(format!(
                "{id} is done or gone, and still listed as partly done"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_and_ids_are_told_apart() {
    assert_eq!(id_of("conf_001_is_so").as_deref(), Some("CONF-001"));
    assert_eq!(id_of("conf_01_is_so"), None);
    assert_eq!(id_of("a_b_c"), None);
    assert_eq!(id_of("every_fault_is_reached"), None);
    assert!(is_id("STORE-007") && !is_id("H1") && !is_id("STORE-07"));
    assert_eq!(
        sources::tests_in("#[test]\nfn a_b() {}\nfn not() {}\n  #[test]\n  fn c(x: u8) {\n"),
        ["a_b", "c"]
    );
}
