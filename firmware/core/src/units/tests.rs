use super::Duration;

#[test]
fn sess_012_used_time_is_never_told_too_small() {
    let cases = [
        (0, 0),
        (1, 1),
        (999, 1),
        (1_000, 1),
        (1_001, 2),
        (u32::MAX - 1, 4_294_968),
        (u32::MAX, 4_294_968),
    ];
    for (us, ms) in cases {
        assert_eq!(Duration::from_us(us).as_ms_ceil(), ms, "{us}");
    }
}
