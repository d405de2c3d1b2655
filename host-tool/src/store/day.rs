//! Dates as people write them.

use crate::words;

/// Days from 1970-01-01 to the first day of the pen's calendar, 2020-01-01.
const EPOCH_DAYS: i64 = 18_262;

/// The day of a date such as `2026-11-22`, in days since 2020-01-01; none for anything else, such as
/// a 30 February or a date outside `2020-01-01 ..= 2199-06-06`.
#[must_use]
pub fn day_of(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let lengths = [year.len(), month.len(), day.len()];
    let digits = date
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if parts.next().is_some() || lengths != [4, 2, 2] || !digits {
        return None;
    }
    let (year, month, day): (i64, i64, i64) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    // Days from civil, years from 1 March.
    let shifted = year - i64::from(month <= 2);
    let era = shifted / 400;
    let year_of_era = shifted % 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let found = era * 146_097 + day_of_era - 719_468 - EPOCH_DAYS;
    // Only what is written back the same was a date.
    (day_text(found) == date).then_some(found)
}

/// A day as a date; `-` for one that the calendar does not have.
#[must_use]
pub fn day_text(day: i64) -> String {
    u16::try_from(day).map_or_else(|_| "-".to_owned(), words::date)
}

/// The day of a time. Unit: s since 1970 to days since 2020-01-01.
pub(crate) const fn day_at(unix_seconds: i64) -> i64 {
    unix_seconds.div_euclid(86_400) - EPOCH_DAYS
}

/// A time as date and time of day in UTC.
#[must_use]
pub fn time_text(unix_seconds: i64) -> String {
    let of_day = unix_seconds.rem_euclid(86_400);
    format!(
        "{} {:02}:{:02}:{:02} UTC",
        day_text(day_at(unix_seconds)),
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60
    )
}

#[cfg(test)]
mod tests {
    use super::{day_of, day_text, time_text};

    #[test]
    fn every_day_of_the_calendar_is_read_back() {
        for day in 0..=65_535 {
            assert_eq!(day_of(&day_text(day)), Some(day));
        }
        assert_eq!(day_of("2020-01-01"), Some(0));
        assert_eq!(day_of("2026-11-22"), Some(2_517));
        assert_eq!(day_of("2028-02-29"), Some(2_981));
    }

    #[test]
    fn what_is_no_date_is_no_day() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-11-22-01",
            "22.11.2026",
            "2026-11-31",
            "2027-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-2",
            "+026-01-02",
            "2026-01-0x",
            "2019-12-31",
            "2026-11-22 ",
            "9999-01-01",
        ] {
            assert_eq!(day_of(text), None, "{text}");
        }
        assert_eq!(day_text(-1), "-");
        assert_eq!(day_text(65_536), "-");
    }

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(time_text(1_795_305_600 + 3_661), "2026-11-22 01:01:01 UTC");
    }
}
