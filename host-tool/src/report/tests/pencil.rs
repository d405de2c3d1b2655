//! A reader with a pencil: every number of the results is worked out again from the raw readings in the JSON,
//! by arithmetic that shares no line with the rest of the program.

use serde_json::{Value, json};

use crate::report::{calibration_json, render_calibration_html, sample};

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_f64().unwrap())
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.iter().map(|_| 1.0).sum::<f64>()
}

/// Sum of squared distances from the mean, and how many of the values are free.
fn scatter(values: &[f64]) -> (f64, f64) {
    let middle = mean(values);
    let squares = values.iter().map(|it| (it - middle) * (it - middle)).sum();
    (squares, values.iter().map(|_| 1.0).sum::<f64>() - 1.0)
}

/// One reading's field in both directions of a point.
fn of(point: &Value, direction: &str, field: &str) -> Vec<f64> {
    let readings = point[direction].as_array().unwrap();
    readings
        .iter()
        .map(|it| it[field].as_f64().unwrap())
        .collect()
}

fn deviations(point: &Value, direction: &str) -> Vec<f64> {
    let (gauge, pen) = (
        of(point, direction, "reference_um"),
        of(point, direction, "indicated_um"),
    );
    gauge
        .iter()
        .zip(pen)
        .map(|(gauge, pen)| gauge - pen)
        .collect()
}

/// A number to the place of another that has two significant digits, halves away from zero.
fn to_place_of(value: f64, expanded: f64) -> f64 {
    let mut unit = 0.001;
    while expanded >= unit * 99.5 {
        unit *= 10.0;
    }
    // What lies within a rounding error of a half is one.
    ((value.abs() / unit + 0.5 + 1e-9).floor() * unit).copysign(value)
}

fn close(printed: &Value, worked_out: f64, what: &str) {
    let printed = printed.as_f64().unwrap();
    assert!(
        (printed - worked_out).abs() < 1e-6,
        "{what}: printed {printed}, worked out {worked_out}"
    );
}

fn verdict(deviation: f64, expanded: f64, limit: f64) -> &'static str {
    let far = deviation.abs();
    let slack = 1e-9;
    if expanded > limit {
        panic!("the sample's rig is good enough");
    }
    if far <= limit - expanded + slack {
        "pass"
    } else if far <= limit + slack {
        "conditional_pass"
    } else if far <= limit + expanded + slack {
        "conditional_fail"
    } else {
        "fail"
    }
}

/// Standard deviation of one reading, from all settings and both directions.
fn pooled(points: &[Value]) -> f64 {
    let (mut squares, mut free) = (0.0, 0.0);
    for point in points {
        for direction in ["deepening", "shallowing"] {
            let (more, freedom) = scatter(&deviations(point, direction));
            squares += more;
            free += freedom;
        }
    }
    (squares / free).sqrt()
}

/// Depth of one run: `rows` as printed, `points` as read.
fn check_depth(run: &Value, points: &Value) -> usize {
    let points = points.as_array().unwrap();
    let rows = run["rows"].as_array().unwrap();
    assert_eq!(rows.len(), points.len());
    let s = pooled(points);
    close(&run["repeatability"]["s"], s, "pooled s");
    for (row, point) in rows.iter().zip(points) {
        let what = format!("{} um", row["nominal_um"]);
        let (deep, shallow) = (
            deviations(point, "deepening"),
            deviations(point, "shallowing"),
        );
        let n = [deep.as_slice(), &shallow].concat().len();
        assert_eq!(row["n"], n, "{what}");
        let hysteresis = mean(&deep) - mean(&shallow);
        // docs/calibration.md, Uncertainty; the sample's rig: 4 um at k = 2, steps of 1 um, 8 um of seating, 3 um
        // of temperature.
        let variance = s * s / f64::from(u32::try_from(n).unwrap())
            + 2.0 * 2.0
            + 2.0 / 12.0
            + 8.0 * 8.0
            + hysteresis * hysteresis / 12.0
            + 3.0 * 3.0 / 3.0;
        let expanded = row["k"].as_f64().unwrap() * variance.sqrt();
        close(&row["expanded_um"], to_place_of(expanded, expanded), &what);
        let both = |field: &str| {
            let (deep, shallow) = (
                of(point, "deepening", field),
                of(point, "shallowing", field),
            );
            (mean(&deep) + mean(&shallow)) / 2.0
        };
        let deviation = (mean(&deep) + mean(&shallow)) / 2.0;
        for (field, value) in [
            ("reference_um", both("reference_um")),
            ("indicated_um", both("indicated_um")),
            ("deviation_um", deviation),
            ("hysteresis_um", hysteresis),
        ] {
            close(
                &row[field],
                to_place_of(value, expanded),
                &format!("{what} {field}"),
            );
        }
        let all = [deep, shallow].concat();
        let ends = [
            all.iter().copied().fold(f64::INFINITY, f64::min),
            all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ];
        assert_eq!(numbers(&row["range_um"]), ends, "{what}");
        // With the printed numbers.
        let (d, u) = (
            row["deviation_um"].as_f64().unwrap(),
            row["expanded_um"].as_f64().unwrap(),
        );
        assert_eq!(row["verdict"], verdict(d, u, 100.0), "{what}");
        close(
            &row["tur"],
            (1_000.0 / u + 0.5).floor() / 10.0,
            &format!("{what} TUR"),
        );
        let means = row["reference_um"].as_f64().unwrap() - row["indicated_um"].as_f64().unwrap();
        assert!(
            (means - d).abs() < 1.0 + 1e-9,
            "{what}: off by more than one in the last place"
        );
    }
    rows.len()
}

#[test]
fn every_depth_can_be_worked_out_again() {
    let json = calibration_json(&sample::calibration());
    let report = &json["report"];
    let found = check_depth(&report["as_found"]["depth"], &report["raw"]["found_depth"]);
    let left = check_depth(&report["as_left"]["depth"], &report["raw"]["left_depth"]);
    assert_eq!((found, left), (11, 13));
}

#[test]
fn every_rate_can_be_worked_out_again() {
    let json = calibration_json(&sample::calibration());
    let report = &json["report"];
    for (state, raw) in [("as_found", "found_rate"), ("as_left", "left_rate")] {
        let rows = report[state]["rate"]["rows"].as_array().unwrap();
        let points = report["raw"][raw].as_array().unwrap();
        assert_eq!(rows.len(), points.len());
        for (row, point) in rows.iter().zip(points) {
            let set = point["set_mhz"].as_f64().unwrap();
            let readings = point["readings"].as_array().unwrap();
            let read: Vec<f64> = readings
                .iter()
                .map(|it| it["reference_mhz"].as_f64().unwrap())
                .collect();
            let deviation = (mean(&read) - set) / set * 100.0;
            let u = row["expanded_percent"].as_f64().unwrap();
            close(
                &row["deviation_percent"],
                to_place_of(deviation, u),
                &format!("{set} mHz"),
            );
            assert_eq!(row["verdict"], verdict(deviation, u, 5.0), "{set} mHz");
        }
    }
}

#[test]
fn every_current_can_be_worked_out_again() {
    let json = calibration_json(&sample::calibration());
    let report = &json["report"];
    for (state, raw) in [("as_found", "found_current"), ("as_left", "left_current")] {
        let run = &report[state]["current"];
        let points = report["raw"][raw].as_array().unwrap();
        // Means of meter and pen at each rate, at rest first. Unit: mA.
        let mean_of = |point: &Value, field: &str| {
            let readings = point["readings"].as_array().unwrap();
            let read: Vec<f64> = readings
                .iter()
                .map(|it| it[field].as_f64().unwrap())
                .collect();
            mean(&read) / 1_000.0
        };
        let both = |point: &Value| {
            (
                mean_of(point, "reference_ua"),
                mean_of(point, "indicated_ua"),
            )
        };
        assert_eq!(points[0]["set_mhz"], 0);
        let (meter, pen) = both(&points[0]);
        let rest = &run["rest"];
        let u = rest["expanded_ma"].as_f64().unwrap();
        close(
            &rest["deviation_ma"],
            to_place_of(meter - pen, u),
            "at rest",
        );
        assert_eq!(rest["verdict"], verdict(meter - pen, u, 40.0));
        let rises = run["rises"].as_array().unwrap();
        assert_eq!(rises.len(), points.len() - 1);
        for (row, point) in rises.iter().zip(&points[1..]) {
            assert_eq!(row["set_mhz"], point["set_mhz"]);
            let (turning, says) = both(point);
            let (rise, seen) = (turning - meter, says - pen);
            let deviation = (rise - seen) / rise * 100.0;
            let u = row["expanded_percent"].as_f64().unwrap();
            let what = format!("{state} {}", row["set_mhz"]);
            close(&row["deviation_percent"], to_place_of(deviation, u), &what);
            close(&row["reference_ma"], to_place_of(rise, 0.5), &what);
            assert_eq!(row["verdict"], verdict(deviation, u, 15.0), "{what}");
        }
    }
}

/// Texts of the cells of the rows below a caption.
fn printed<'a>(page: &'a str, caption: &str) -> Vec<Vec<&'a str>> {
    let table = page
        .split(caption)
        .nth(1)
        .unwrap()
        .split("</table>")
        .next()
        .unwrap();
    let rows = table.split("<tr>").filter(|row| row.contains("<td"));
    let cell = |it: &'a str| it.split_once('>').unwrap().1.split("</td>").next().unwrap();
    rows.map(|row| row.split("<td").skip(1).map(cell).collect())
        .collect()
}

#[test]
fn a_budget_can_be_added_up_from_what_is_printed() {
    let page = render_calibration_html(&sample::calibration());
    let json = calibration_json(&sample::calibration());
    for (caption, rows, field, lines) in [
        (
            "Depth as left at",
            &json["report"]["as_left"]["depth"]["rows"],
            "expanded_um",
            7,
        ),
        (
            "Rate as left, the least certain point",
            &json["report"]["as_left"]["rate"]["rows"],
            "expanded_percent",
            3,
        ),
        (
            "Zero of the motor current as left",
            &json!([json["report"]["as_left"]["current"]["rest"]]),
            "expanded_ma",
            4,
        ),
        (
            "Rise of the motor current as left, the least certain one",
            &json["report"]["as_left"]["current"]["rises"],
            "expanded_percent",
            7,
        ),
    ] {
        let table = printed(&page, caption);
        let number = |text: &str| text.parse::<f64>().unwrap();
        let (sum, last) = (&table[table.len() - 2], &table[table.len() - 1]);
        let mut variance = 0.0;
        for line in &table[..table.len() - 2] {
            let (estimate, divisor, u) = (number(line[2]), number(line[5]), number(line[6]));
            assert!(
                // Three digits behind the point say no more of a small one.
                (estimate / divisor - u).abs() < (2e-3 * u).max(8e-4),
                "{line:?}"
            );
            variance += u * u;
        }
        assert_eq!(table.len() - 2, lines);
        let combined = number(sum[1]);
        assert!(
            (variance.sqrt() - combined).abs() < 1e-3 * combined,
            "{sum:?}"
        );
        let k = number(last[0].rsplit(' ').next().unwrap());
        let expanded = number(last[1]);
        assert!(
            (k * combined - expanded).abs() < 1e-3 * expanded,
            "{last:?}"
        );
        let largest = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it[field].as_f64().unwrap())
            .fold(0.0, f64::max);
        assert!(
            (to_place_of(k * combined, k * combined) - largest).abs() < 1e-9,
            "{caption}"
        );
    }
}
