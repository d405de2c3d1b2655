//! A trajectory as numbers, and as text in the manner of the reference files.

use std::io::{self, Write};

/// Significant digits of a sample, and of an event.
const SAMPLE_DIGITS: u8 = 9;
const EVENT_DIGITS: u8 = 12;

/// Something that happened between the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When (s), located within the step.
    pub t_s: f64,
    /// What, in the words of the reference: `w0`, `rel`, `enter`, `leave`, `slip_in`, `rev_in`, ...
    pub name: &'static str,
    /// Angle of the cam (rad).
    pub theta: f64,
}

/// The outcome of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// Names of the columns.
    pub columns: Vec<&'static str>,
    /// Samples, one number per column.
    pub rows: Vec<Vec<f64>>,
    /// Events, in order; a soak has none.
    pub events: Vec<Event>,
    /// Energy that the ledger could not explain, and energy supplied (J); zero for a soak.
    pub ledger_j: (f64, f64),
}

impl Trajectory {
    /// Returns a column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let index = self.columns.iter().position(|column| *column == name)?;
        Some(
            self.rows
                .iter()
                .filter_map(|row| row.get(index).copied())
                .collect(),
        )
    }

    /// Writes the samples.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.columns.join(","))?;
        for row in &self.rows {
            let row: Vec<String> = row
                .iter()
                .map(|value| general(*value, SAMPLE_DIGITS))
                .collect();
            writeln!(out, "{}", row.join(","))?;
        }
        Ok(())
    }

    /// Writes the events.
    ///
    /// # Errors
    ///
    /// Whatever the writer reports.
    pub fn write_events_csv(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "t_s,event,theta_or_sign")?;
        for event in &self.events {
            let (time, theta) = (
                general(event.t_s, EVENT_DIGITS),
                general(event.theta, EVENT_DIGITS),
            );
            writeln!(out, "{time},{},{theta}", event.name)?;
        }
        Ok(())
    }
}

/// Formats like C's `%.Ng`: so many significant digits, no trailing zeros, an exponent when shorter.
fn general(value: f64, digits: u8) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.*e}", usize::from(digits) - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let Ok(power) = exponent.parse::<i32>() else {
        return scientific;
    };
    if power < -4 || power >= i32::from(digits) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), power.abs());
    }
    let decimals = usize::try_from(i32::from(digits) - 1 - power).unwrap_or(0);
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::general;

    #[test]
    fn numbers_look_like_those_of_the_reference() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (0.025, "0.025"),
            (144.843_04, "144.84304"),
            (1.556_852_1e-6, "1.5568521e-06"),
            (-6.731_451_25e-6, "-6.73145125e-06"),
            (0.000_123_456_789_12, "0.000123456789"),
            (999_999_999.9, "1e+09"),
            (103.220_090_04, "103.22009"),
        ] {
            assert_eq!(general(value, 9), text);
        }
        assert_eq!(general(std::f64::consts::PI, 12), "3.14159265359");
        assert_eq!(general(5.464_774_741_2e-7, 12), "5.4647747412e-07");
    }
}
