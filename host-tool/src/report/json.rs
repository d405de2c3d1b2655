//! The report for programs, and the schema that says what is in it.

use serde_json::{Value, json};

use super::CalibrationReport;

/// Version of what [`calibration_json`] says. A field is added without a new one; none is removed or changed.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON Schema (draft 2020-12) of [`calibration_json`].
pub const CALIBRATION_SCHEMA: &str = include_str!("../../schema/calibration.schema.json");

/// All that the report says, with the readings, for programs.
#[must_use]
pub fn calibration_json(report: &CalibrationReport) -> Value {
    json!({ "schema": SCHEMA_VERSION, "report": report })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{CALIBRATION_SCHEMA, calibration_json};
    use crate::report::sample;

    /// Words of the schema that are understood here.
    const KEYWORDS: [&str; 16] = [
        "$schema",
        "title",
        "description",
        "$defs",
        "$ref",
        "anyOf",
        "const",
        "enum",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
    ];

    /// Fields that were added later: files of before have none, and files without a meter.
    const LATER: [&str; 5] = [
        "Calibration.current",
        "Calibration.unresolved",
        "Results.current",
        "Raw.found_current",
        "Raw.left_current",
    ];

    /// What a value has against the part of the schema that describes it, and which named fields were met.
    struct Walk<'a> {
        root: &'a Value,
        misfits: Vec<String>,
        met: BTreeSet<String>,
    }

    impl Walk<'_> {
        fn of(value: &Value) -> (Vec<String>, BTreeSet<String>) {
            let root: Value = serde_json::from_str(CALIBRATION_SCHEMA).unwrap();
            let mut walk = Walk {
                root: &root,
                misfits: Vec::new(),
                met: BTreeSet::new(),
            };
            walk.walk(value, &root, "root", "");
            (walk.misfits, walk.met)
        }

        fn misfit(&mut self, at: &str, why: &str) {
            self.misfits.push(format!("{at}: {why}"));
        }

        fn walk(&mut self, value: &Value, schema: &Value, name: &str, at: &str) {
            for key in schema.as_object().unwrap().keys() {
                assert!(KEYWORDS.contains(&key.as_str()), "{key} is not looked at");
            }
            if let Some(name) = schema["$ref"].as_str() {
                let name = name.strip_prefix("#/$defs/").unwrap();
                let root = self.root;
                return self.walk(value, &root["$defs"][name], name, at);
            }
            if let Some(either) = schema["anyOf"].as_array() {
                // One of them is null.
                let other = either.iter().find(|it| it["type"] != "null").unwrap();
                if !value.is_null() {
                    self.walk(value, other, name, at);
                }
                return;
            }
            if let Some(wanted) = schema.get("const") {
                if value != wanted {
                    self.misfit(at, "is another");
                }
                return;
            }
            if let Some(all) = schema["enum"].as_array() {
                if !all.contains(value) {
                    self.misfit(at, "is none of those");
                }
                return;
            }
            let is = match schema["type"].as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                other => panic!("{other}"),
            };
            if !is {
                return self.misfit(at, "is of another type");
            }
            match value {
                Value::Object(_) => self.object(value, schema, name, at),
                Value::Array(items) => self.array(items, schema, name, at),
                _ => {}
            }
        }

        fn array(&mut self, items: &[Value], schema: &Value, name: &str, at: &str) {
            let count = u64::try_from(items.len()).unwrap();
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
            if !(least..=most).contains(&count) {
                return self.misfit(at, "has another length");
            }
            for (index, item) in items.iter().enumerate() {
                let schema = match schema["prefixItems"].as_array() {
                    Some(all) => &all[index],
                    None => &schema["items"],
                };
                self.walk(item, schema, name, &format!("{at}/{index}"));
            }
        }

        fn object(&mut self, value: &Value, schema: &Value, name: &str, at: &str) {
            assert_eq!(schema["additionalProperties"], false, "{name}");
            let fields = value.as_object().unwrap();
            for required in schema["required"].as_array().unwrap() {
                if !fields.contains_key(required.as_str().unwrap()) {
                    self.misfit(at, &format!("lacks {required}"));
                }
            }
            for (key, field) in fields {
                match schema["properties"].get(key) {
                    Some(schema) => {
                        if !field.is_null() {
                            self.met.insert(format!("{name}.{key}"));
                        }
                        self.walk(field, schema, key, &format!("{at}/{key}"));
                    }
                    None => self.misfit(at, &format!("{key} is not in the schema")),
                }
            }
        }
    }

    /// The sample with nothing left out.
    fn full() -> Value {
        let mut report = sample::calibration();
        let some = || Some("2026-11-22".to_owned());
        report.received = some();
        report.issued = some();
        report.next_due = some();
        report.authorised_by = some();
        report.history[0].rate = report.history[0].depth.clone();
        report.history[0].current = "pass".to_owned();
        report.history[0].unresolved = vec!["tables".to_owned()];
        calibration_json(&report)
    }

    #[test]
    fn what_is_written_is_what_the_schema_says() {
        let (misfits, met) = Walk::of(&full());
        assert_eq!(misfits, [""; 0]);
        // And the other way: nothing is described that is never written.
        let root: Value = serde_json::from_str(CALIBRATION_SCHEMA).unwrap();
        let mut described = BTreeSet::from(["root.schema".to_owned(), "root.report".to_owned()]);
        for (name, part) in root["$defs"].as_object().unwrap() {
            assert!(
                part["description"]
                    .as_str()
                    .is_some_and(|it| !it.is_empty()),
                "{name}"
            );
            for (key, field) in part["properties"].as_object().into_iter().flatten() {
                assert!(field["description"].is_string(), "{name}.{key}");
                let required = part["required"].as_array().unwrap();
                let full_name = format!("{name}.{key}");
                let is_later = LATER.contains(&full_name.as_str());
                assert_eq!(required.contains(&json!(key)), !is_later, "{full_name}");
                described.insert(full_name);
            }
        }
        let never: Vec<&String> = described.difference(&met).collect();
        assert!(
            never.is_empty(),
            "described, and not in the sample: {never:?}"
        );
        assert!(met.is_subset(&described));
        assert!(met.len() > 120, "{}", met.len());
    }

    #[test]
    fn the_least_report_is_what_the_schema_says() {
        let mut report = sample::calibration();
        report.adjustment = None;
        report.as_found.rate = None;
        report.as_found.current = None;
        report.as_left = report.as_found.clone();
        report.laboratory = None;
        report.customer = None;
        report.simulated = None;
        report.calibrated = None;
        report.item.condition = None;
        report.tables = crate::report::Tables::default();
        report.raw = crate::report::Raw::default();
        report.history.clear();
        report.accepted.clear();
        assert_eq!(Walk::of(&calibration_json(&report)).0, [""; 0]);
    }

    #[test]
    fn what_does_not_fit_is_found() {
        let good = full();
        for (place, value, words) in [
            ("/schema", json!(2), "another"),
            ("/report/id", json!(7), "type"),
            ("/report/item/serial", Value::Null, "type"),
            (
                "/report/as_left/depth/verdict",
                json!("passed"),
                "none of those",
            ),
            ("/report/as_left/depth/rows/0/n", json!(1.5), "type"),
            (
                "/report/as_left/depth/rows/0/range_um",
                json!([1]),
                "length",
            ),
            ("/report/raw/found_depth/0/deepening/0", json!({}), "lacks"),
            (
                "/report/laboratory",
                json!({ "name": "a", "address": "b", "c": 1 }),
                "not in the schema",
            ),
        ] {
            let mut broken = good.clone();
            *broken.pointer_mut(place).unwrap() = value;
            let misfits = Walk::of(&broken).0;
            assert!(
                misfits.iter().any(|it| it.contains(words)),
                "{place}: {misfits:?}"
            );
        }
    }
}
