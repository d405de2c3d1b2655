//! Reading the fields of a JSON object one by one, each refusal naming what was found.

use super::ReferenceError;
use serde_json::{Map, Value};

/// An object whose fields are taken out until none may be left.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    path: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Wraps the object and refuses names outside `allowed`.
    pub(super) fn new(
        path: &'a str,
        value: &'a Value,
        allowed: &[&str],
    ) -> Result<Self, ReferenceError> {
        let Value::Object(map) = value else {
            return Err(wrong_type(path, value, "an object"));
        };
        match map.keys().find(|name| !allowed.contains(&name.as_str())) {
            None => Ok(Self { path, map }),
            Some(found) => Err(ReferenceError::Unknown {
                at: path.to_owned(),
                what: "field",
                found: found.clone(),
                allowed: allowed.join(", "),
            }),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    pub(super) fn need(&self, name: &str, why: &'static str) -> Result<&'a Value, ReferenceError> {
        self.get(name).ok_or_else(|| ReferenceError::Missing {
            field: self.path_of(name),
            why,
        })
    }

    pub(super) fn number(&self, name: &str, why: &'static str) -> Result<f64, ReferenceError> {
        number(&self.path_of(name), self.need(name, why)?)
    }

    pub(super) fn optional_number(&self, name: &str) -> Result<Option<f64>, ReferenceError> {
        self.get(name)
            .map(|value| number(&self.path_of(name), value))
            .transpose()
    }

    pub(super) fn flag(&self, name: &str, why: &'static str) -> Result<bool, ReferenceError> {
        let value = self.need(name, why)?;
        value
            .as_bool()
            .ok_or_else(|| wrong_type(&self.path_of(name), value, "true or false"))
    }

    pub(super) fn text(&self, name: &str, why: &'static str) -> Result<&'a str, ReferenceError> {
        let value = self.need(name, why)?;
        value
            .as_str()
            .ok_or_else(|| wrong_type(&self.path_of(name), value, "a text"))
    }

    /// Reads `[[time, value], ...]` with rising times; `read` turns a value into what it means.
    pub(super) fn course<T>(
        &self,
        name: &str,
        read: impl Fn(&str, &Value) -> Result<T, ReferenceError>,
    ) -> Result<Option<Vec<(f64, T)>>, ReferenceError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let path = self.path_of(name);
        let expected = "a list of [time in s, value] with at least one entry";
        let entries = value.as_array().filter(|list| !list.is_empty());
        let entries = entries.ok_or_else(|| wrong_type(&path, value, expected))?;
        let mut course: Vec<(f64, T)> = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let here = format!("{path}[{index}]");
            let Some([time, value]) = entry.as_array().map(Vec::as_slice) else {
                return Err(wrong_type(&here, entry, "[time in s, value]"));
            };
            let time = number(&here, time)?;
            let earliest = course.last().map_or(0.0, |(before, _)| *before);
            if time < earliest || (index > 0 && time <= earliest) {
                let allowed = format!("a time after {earliest} s");
                return Err(ReferenceError::Range {
                    field: here,
                    value: time,
                    allowed,
                });
            }
            course.push((time, read(&here, value)?));
        }
        Ok(Some(course))
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }
}

/// Reads a finite number.
pub(super) fn number(path: &str, value: &Value) -> Result<f64, ReferenceError> {
    value
        .as_f64()
        .ok_or_else(|| wrong_type(path, value, "a number"))
}

/// Refuses a number outside a range.
pub(super) fn within(
    field: &str,
    value: f64,
    is_allowed: bool,
    allowed: &str,
) -> Result<f64, ReferenceError> {
    if is_allowed {
        return Ok(value);
    }
    Err(ReferenceError::Range {
        field: field.to_owned(),
        value,
        allowed: allowed.to_owned(),
    })
}

pub(super) fn wrong_type(path: &str, value: &Value, expected: &'static str) -> ReferenceError {
    ReferenceError::Type {
        field: path.to_owned(),
        found: value.to_string(),
        expected,
    }
}
