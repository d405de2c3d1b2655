//! Numbers that stand for a person, taken out of what a pen says.

use pen_core::journal::{Entry, Record};
use serde_json::Value;

/// Fields that hold the number of somebody who treats, calibrates or is treated.
const OF_PEOPLE: [&str; 3] = ["operator", "technician", "token"];

/// A record of the journal in which such numbers are 0.
pub(super) const fn nobody(mut entry: Entry) -> Entry {
    match &mut entry.record {
        Record::PlanLoaded { operator, .. } => *operator = 0,
        Record::SessionOpened { token, .. } => *token = 0,
        _ => {}
    }
    entry
}

/// A line of the journal without its link of the chain.
pub(super) fn without_chain(line: &str) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else {
        return String::new();
    };
    fields.remove("chain");
    Value::Object(fields).to_string() + "\n"
}

/// Whether a message, as `Debug` writes it, has such a number anywhere.
pub(super) fn is_in(message: &str) -> bool {
    OF_PEOPLE
        .iter()
        .any(|field| message.contains(&format!(" {field}: ")))
}

/// The same without such numbers.
pub(super) fn taken_out(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(key, _)| !OF_PEOPLE.contains(&key.as_str()))
            .map(|(key, value)| (key, taken_out(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(taken_out).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_keeps_everything_but_its_chain() {
        let line = "{\"schema\":1,\"seq\":2,\"text\":\"a\",\"chain\":\"f57774e4\"}\n";
        assert_eq!(
            super::without_chain(line),
            "{\"schema\":1,\"seq\":2,\"text\":\"a\"}\n"
        );
        assert_eq!(super::without_chain("no JSON"), "");
    }

    use pen_core::journal::{Entry, Record};
    use pen_core::units::Instant;
    use pen_protocol::messages::ToPen;
    use serde_json::json;

    use super::{is_in, nobody, taken_out};

    #[test]
    fn no_record_of_the_journal_keeps_the_number_of_a_person() {
        let number = 987_654_321;
        for record in [
            Record::PlanLoaded {
                id: 5,
                operator: number,
                zones: 2,
            },
            Record::SessionOpened {
                session: 5,
                token: u64::from(number),
                cartridge: 6,
            },
        ] {
            let at = Instant::from_us(1);
            let json = |entry: &Entry| serde_json::to_string(&entry.record).unwrap();
            let entry = Entry { at, record };
            assert!(json(&entry).contains("987654321"), "{entry:?}");
            let clean = nobody(entry);
            assert!(!json(&clean).contains("987654321"), "{clean:?}");
            assert!(json(&clean).contains('5'), "{clean:?}");
        }
    }

    #[test]
    fn fields_of_people_are_taken_out_at_any_depth() {
        let value = json!({ "Plan": [{ "id": 5, "token": 7 }], "b": { "technician": 8, "c": 9 } });
        let clean = taken_out(value);
        assert_eq!(clean, json!({ "Plan": [{ "id": 5 }], "b": { "c": 9 } }));
    }

    #[test]
    fn a_message_with_a_field_of_people_is_known() {
        let text = include_str!("../../../plans/pores.toml");
        let plan = crate::plan::read(text).unwrap().plan;
        assert!(is_in(&format!("{:?}", ToPen::LoadPlan(plan))));
        assert!(!is_in(&format!("{:?}", ToPen::Info)));
    }
}
