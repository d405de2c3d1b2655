//! How long skin is left alone between two sessions.

/// Depth up to which a recovery counts (um), and the recovery (days).
///
/// - Source: proposal of this project, from the down-time by depth of the depth guide (2 to 3 days
///   at 0.5 mm, 4 to 5 at 1.5 mm) and the intervals of the trials; a clinician has to agree.
const BANDS: [(i32, u32); 3] = [(300, 2), (600, 7), (1_000, 14)];

/// Recovery beyond the last band. Unit: days. Source: as [`BANDS`].
const DEEPEST_DAYS: u32 = 28;

/// Least time between two sessions of one person at one zone, by the depth set. Unit: days.
#[must_use]
pub fn recovery_days(depth_um: i32) -> u32 {
    BANDS
        .iter()
        .find(|(most, _)| depth_um <= *most)
        .map_or(DEEPEST_DAYS, |(_, days)| *days)
}

#[cfg(test)]
mod tests {
    use super::recovery_days;

    #[test]
    fn recovery_grows_with_depth() {
        for (depth_um, days) in [
            (1, 2),
            (300, 2),
            (301, 7),
            (600, 7),
            (601, 14),
            (1_000, 14),
            (1_001, 28),
            (2_500, 28),
        ] {
            assert_eq!(recovery_days(depth_um), days, "{depth_um}");
        }
    }
}
