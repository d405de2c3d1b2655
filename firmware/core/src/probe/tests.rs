use super::Probe;
use crate::gate::Wish;
use crate::units::{Current, Duration};

/// Ticks of a millisecond with this current, until the test wants a duty.
fn ticks_to_duty(probe: &mut Probe, ma: i32) -> Option<u32> {
    (1..=50).find(|_| {
        let current = Some(Current::from_ma(ma));
        assert_eq!(probe.update(true, current, Duration::from_ms(1)), None);
        probe.wish().is_some()
    })
}

#[test]
fn stop_004_the_duty_begins_only_after_nothing_flowed_for_5_ms() {
    for ma in [0, 120, -120] {
        let mut probe = Probe::new(false);
        assert_eq!(ticks_to_duty(&mut probe, ma), Some(5), "{ma} mA");
        assert!(probe.is_running());
        assert!(matches!(probe.wish(), Some(Wish::ProbeEnable(_))));
    }
    for ma in [121, -121] {
        let mut probe = Probe::new(false);
        assert_eq!(ticks_to_duty(&mut probe, ma), None, "{ma} mA");
        assert!(!probe.is_running() && !probe.is_done());
    }
}

#[test]
fn stop_004_a_current_before_the_duty_begins_the_quiet_time_anew() {
    let mut probe = Probe::new(false);
    for _ in 0..4 {
        probe.update(true, Some(Current::from_ma(0)), Duration::from_ms(1));
    }
    probe.update(true, Some(Current::from_ma(121)), Duration::from_ms(1));
    assert_eq!(probe.wish(), None);
    assert_eq!(ticks_to_duty(&mut probe, 0), Some(5));
}

#[test]
fn stop_004_the_duty_lasts_10_ms_for_each_path() {
    for (second_switch, most) in [(false, 10), (true, 20)] {
        let mut probe = Probe::new(second_switch);
        assert_eq!(ticks_to_duty(&mut probe, 0), Some(5));
        for ms in 1..=most {
            assert!(!probe.is_done() && probe.is_running(), "{ms}");
            let second = matches!(probe.wish(), Some(Wish::ProbeSupply(_)));
            assert_eq!(second, ms > 10, "{ms}");
            probe.update(true, Some(Current::from_ma(0)), Duration::from_ms(1));
        }
        assert!(probe.is_done() && !probe.is_running());
        assert_eq!(probe.wish(), None);
    }
}
