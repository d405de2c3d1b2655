//! The sessions of a pen that are kept, with what was observed afterwards.

use serde_json::{Value, json};

use crate::error::HostError;
use crate::out::{Align, Out, Table};
use crate::session::seen;
use crate::store::{Kind, Query, Records, Session};

/// Shows the sessions of a pen; nothing if none is kept.
pub(super) fn show(records: &mut Records, pen: &str, out: &mut Out) -> Result<(), HostError> {
    let found = records.all(&Query {
        kind: Some(Kind::Session),
        pen: Some(pen),
        limit: Query::MANY,
        ..Query::ALL
    })?;
    let mut table = Table::new(&[
        ("session", Align::Right),
        ("day", Align::Left),
        ("zones", Align::Left),
        ("strokes", Align::Right),
        ("trips", Align::Right),
        ("observed", Align::Left),
        ("adverse", Align::Right),
    ]);
    for record in found {
        let it: Session = record.read()?;
        let seen = seen(records, pen, &it.number)?;
        let worst = seen.observations.iter().max_by_key(|it| it.grade);
        let observed = worst.map_or_else(
            || "-".to_owned(),
            |worst| {
                format!(
                    "{}, worst {} {} on day {}",
                    seen.observations.len(),
                    worst.sign,
                    worst.grade,
                    worst.days_after
                )
            },
        );
        let trips = it
            .events
            .iter()
            .filter(|it| it.starts_with("trip: "))
            .count();
        out.event(
            "session",
            &json!({ "at": record.at, "session": it, "trips": trips, "seen": seen }),
        );
        let (zones, strokes) = of_zones(&it.zones);
        table.row([
            it.number,
            it.day,
            zones,
            strokes,
            trips.to_string(),
            observed,
            seen.adverse_events.len().to_string(),
        ]);
    }
    if !table.is_empty() {
        table.print(out);
    }
    Ok(())
}

/// Names of the zones, and the sum of their strokes; `at least` where a zone says so.
fn of_zones(zones: &Value) -> (String, String) {
    let zones = zones.as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = zones
        .iter()
        .filter_map(|it| it.get("zone").and_then(Value::as_str))
        .collect();
    let told = zones
        .iter()
        .map(|it| it.get("strokes").and_then(Value::as_u64));
    let is_least = zones
        .iter()
        .any(|it| it.get("strokes_at_least") == Some(&Value::Bool(true)));
    // Records of others may lack what this program writes.
    let sum: Option<u64> = told.sum();
    let sum = match sum {
        Some(sum) if is_least => format!(">= {sum}"),
        Some(sum) => sum.to_string(),
        None => "-".to_owned(),
    };
    (names.join(", "), sum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of_zones;

    #[test]
    fn strokes_are_summed_and_what_is_missing_is_not_made_up() {
        let zone = |name: &str, strokes: u64, least: bool| json!({ "zone": name, "strokes": strokes, "strokes_at_least": least });
        let all = json!([zone("nose", 5, false), zone("cheek", 7, false)]);
        assert_eq!(of_zones(&all), ("nose, cheek".into(), "12".into()));
        let least = json!([zone("nose", 5, false), zone("cheek", 7, true)]);
        assert_eq!(of_zones(&least).1, ">= 12");
        assert_eq!(
            of_zones(&json!([{ "zone": "nose" }])),
            ("nose".into(), "-".into())
        );
        assert_eq!(of_zones(&json!(null)), (String::new(), "0".into()));
    }
}
