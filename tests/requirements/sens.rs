//! Raw readings: range, age, rate of change.

use pen_core::calibration::Channel;
use pen_core::fault::Fault;
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_tests::bench::{Rig, Shake, Wire};
use pen_tests::given::{self, um};

#[test]
fn sens_001_a_bad_depth_sample_is_bridged_for_10_ms_and_no_longer() {
    for wire in [Wire::Counts(0), Wire::Counts(4_095), Wire::Late(10_001)] {
        for channel in [Channel::A, Channel::B] {
            let mut rig = Rig::default().to_standby();
            rig.shake = Shake::Not;
            rig.ticks(20);
            let good = rig.status().depth;
            assert_eq!(good, Some(um(1_000)));
            match channel {
                Channel::A => rig.depth_a.wire = wire,
                Channel::B => rig.depth_b.wire = wire,
            }
            let bridged = rig.until(20, "nothing", |rig| rig.status().depth.is_none()) - 1;
            assert!(bridged <= 10, "{channel:?} {wire:?}: {bridged}");
            assert!(bridged >= 9 || matches!(wire, Wire::Late(_)), "{bridged}");
            // It stays nothing; the last good value does not come back.
            rig.ticks(500);
            assert_eq!(rig.status().depth, None);
        }
    }
}

#[test]
fn sens_001_a_sample_and_its_bridge_are_10_ms_together() {
    for channel in [Channel::A, Channel::B] {
        let mut rig = Rig::default().to_standby();
        match channel {
            Channel::A => rig.depth_a.wire = Wire::Silent,
            Channel::B => rig.depth_b.wire = Wire::Silent,
        }
        let bridged = rig.until(30, "nothing", |rig| rig.status().depth.is_none()) - 1;
        assert_eq!(bridged, 10);
    }
    let mut rig = Rig::default().to_running();
    rig.current.wire = Wire::Silent;
    rig.brakes_within(12);
    assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    let mut rig = Rig::default().to_standby();
    rig.battery.wire = Wire::Silent;
    rig.until(12, "locked", |rig| rig.status().locks.has(Lock::Battery));
}

#[test]
fn sens_001_current_is_bridged_for_10_ms_while_driving() {
    let mut rig = Rig::default().to_running();
    for _ in 0..10 {
        rig.current.wire = Wire::Counts(4_095);
        rig.runs_for(10);
        rig.current.wire = Wire::True;
        rig.runs_for(5);
    }
    rig.current.wire = Wire::Counts(4_095);
    let took = rig.brakes_within(12);
    assert_eq!(took, 11);
    assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
}

#[test]
fn sens_001_a_jump_faster_than_a_hand_is_not_believed_at_once() {
    // 50 um a millisecond is believed; more has to last.
    let mut rig = Rig::default().to_standby();
    rig.shake = Shake::Not;
    rig.ticks(20);
    for (jump, ticks) in [(50, 2), (51, 3), (100, 3), (101, 4), (300, 7)] {
        rig.ring(1_000 + jump);
        let took = rig.until(20, "believed", |rig| {
            rig.status().depth == Some(um(1_000 + jump))
        });
        assert!(took <= ticks + 1, "{jump}: {took}");
        rig.ring(1_000);
        rig.ticks(120);
    }
    // A jump that no bridge can cover makes the depth unknown, never the old value for ever.
    rig.ring(2_400);
    let mut unknown = 0;
    for _ in 0..12 {
        rig.tick();
        unknown += u32::from(rig.status().depth.is_none());
    }
    assert!(unknown >= 1);
    rig.ticks(150);
    assert_eq!(rig.status().depth, Some(um(2_400)));
}

#[test]
fn sens_001_one_spike_is_no_depth() {
    let mut rig = Rig::default().to_standby();
    rig.shake = Shake::Not;
    rig.ticks(20);
    for spike in [-900, -40, 40, 900] {
        rig.ring_a_um = 1_000 + spike;
        rig.tick();
        assert_eq!(rig.status().depth_a, Some(um(1_000)));
        rig.ring_a_um = 1_000;
        for _ in 0..10 {
            rig.tick();
            assert_eq!(rig.status().depth_a, Some(um(1_000)));
        }
    }
}

#[test]
fn sens_001_every_count_of_every_input_ends_in_a_mode() {
    // Nothing that a converter can say does worse than stop the pen.
    for counts in (0..4_096_u16).step_by(5).chain([4_095, 4_096, u16::MAX]) {
        let mut rig = Rig::default().to_running();
        match counts % 4 {
            0 => rig.depth_a.wire = Wire::Counts(counts),
            1 => rig.depth_b.wire = Wire::Counts(counts),
            2 => rig.current.wire = Wire::Counts(counts),
            _ => rig.battery.wire = Wire::Counts(counts),
        }
        rig.ticks(400);
        rig.trigger = given::RELEASED;
        rig.ticks(500);
        assert!(
            !rig.drives() && rig.mode().is_at_rest(),
            "{counts}: {}",
            rig.state()
        );
        assert_ne!(rig.mode(), Mode::Boot);
    }
}

#[test]
fn sens_001_a_treatment_does_not_go_on_without_the_battery_reading() {
    for wire in [Wire::Counts(0), Wire::Counts(4_095), Wire::Late(10_001)] {
        let mut rig = Rig::default().to_running();
        rig.battery.wire = wire;
        let took = rig.brakes_within(13);
        assert!(
            took >= 2 || matches!(wire, Wire::Late(_)),
            "one bad sample is bridged: {took}"
        );
        assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    }
}
