//! Values of the core as JSON: names in snake case, quantities as plain numbers.
//!
//! The core's types keep the names of their variants, as they should on the wire. Scripts get
//! `over_depth`, not `OverDepth`.

mod read;

use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use read::read;

/// A value of the core for `--json`.
pub(crate) fn plain<T: Serialize>(value: &T) -> Value {
    // The core's types have string keys and finite numbers; nothing in them can fail.
    snake(serde_json::to_value(value).unwrap_or(Value::Null))
}

fn snake(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(snake_name(&text)),
        Value::Array(list) => Value::Array(list.into_iter().map(snake).collect()),
        Value::Object(map) => {
            let pairs = map
                .into_iter()
                .map(|(key, value)| (snake_name(&key), snake(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// A variant's name in snake case; any other text as it is.
pub(crate) fn snake_name(text: &str) -> String {
    let is_name = text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric())
        && text
            .chars()
            .any(|letter| letter.is_ascii_lowercase() || text.len() == 1);
    if !is_name {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 4);
    for (place, letter) in text.char_indices() {
        if letter.is_ascii_uppercase() && place > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use pen_core::fault::{Fault, Trip};

    #[test]
    fn names_become_snake_case_and_texts_stay() {
        let trip = Trip {
            fault: Fault::OverDepth,
            measured: 1_060,
            allowed: 1_050,
        };
        let json = super::plain(&trip);
        assert_eq!(json["fault"], "over_depth");
        assert_eq!(json["measured"], 1_060);
        assert_eq!(super::snake_name("0.1.0"), "0.1.0");
        assert_eq!(super::snake_name("CH7"), "CH7");
    }
}
