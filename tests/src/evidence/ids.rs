//! Ids: `CONF-001` of a requirement, `H1` of a hazard, and where they stand in names and texts.

/// What looks like the id of a requirement and is a name of something else.
const NOT_OURS: [&str; 1] = ["SHA-256"];

/// Whether a text is the id of a requirement: a word in capitals, a dash, three digits.
pub fn is_requirement(text: &str) -> bool {
    text.split_once('-').is_some_and(|(group, number)| {
        group.len() >= 2
            && group.chars().all(|c| c.is_ascii_uppercase())
            && number.len() == 3
            && number.chars().all(|c| c.is_ascii_digit())
    }) && !NOT_OURS.contains(&text)
}

/// Whether a text is the id of a hazard: `H` or `V` and a number.
pub fn is_hazard(text: &str) -> bool {
    text.strip_prefix(['H', 'V'])
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// `conf_001_what_must_be_true` -> `CONF-001`, if the name begins like an id.
pub fn of_test(name: &str) -> Option<String> {
    let mut parts = name.splitn(3, '_');
    let (group, number) = (parts.next()?, parts.next()?);
    let id = format!("{}-{number}", group.to_uppercase());
    (is_requirement(&id) && parts.next().is_some()).then_some(id)
}

/// Every id of a requirement in a text, in order, once each. `DEPTH-009 to DEPTH-012` means all four.
pub fn in_text(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // The id just before, and the one before a `to`.
    let (mut last, mut range_from): (Option<&str>, Option<&str>) = (None, None);
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
        if is_requirement(word) {
            for id in range_from.map_or_else(Vec::new, |first| between(first, word)) {
                push(&mut found, id);
            }
            push(&mut found, word.to_owned());
            (last, range_from) = (Some(word), None);
        } else if !word.is_empty() {
            range_from = last.filter(|_| word == "to");
            last = None;
        }
    }
    found
}

fn push(found: &mut Vec<String>, id: String) {
    if !found.contains(&id) {
        found.push(id);
    }
}

/// The ids after `first` and before `last`; none if they are of two groups.
fn between(first: &str, last: &str) -> Vec<String> {
    let (Some((group, from)), Some((other, to))) = (first.split_once('-'), last.split_once('-'))
    else {
        return Vec::new();
    };
    let (Ok(from), Ok(to)) = (from.parse::<u16>(), to.parse::<u16>()) else {
        return Vec::new();
    };
    if group != other {
        return Vec::new();
    }
    (from.saturating_add(1)..to)
        .map(|number| format!("{group}-{number:03}"))
        .collect()
}
