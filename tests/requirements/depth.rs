//! Depth: the protrusion of the needles, measured twice.

use pen_core::calibration::Channel;
use pen_core::fault::{Fault, Warning};
use pen_core::io::TagReading;
use pen_core::journal::Record;
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::profile::{DeviceProfile, Mechanism, ProfileDefect, Source};
use pen_core::request::{Refusal, Reply, Request};
use pen_tests::given::{self, um};
use pen_tests::rig::{Rig, Shake, Wire};

/// Running at 1.2 mm under a cap of 1.2 mm, the depth known to the micrometre.
fn at_the_cap() -> Rig {
    let mut rig = Rig::default();
    rig.shake = Shake::Spikes;
    rig.ring(1_200);
    rig.to_running()
}

/// Running well inside the cap, the depth known to the micrometre.
fn inside() -> Rig {
    let mut rig = Rig::default();
    rig.shake = Shake::Spikes;
    rig.ring(800);
    rig.to_running()
}

fn actuator() -> Rig {
    let mut rig = Rig::new(Boot {
        profile: Ok(DeviceProfile {
            mechanism: Mechanism::Actuator,
            ..given::profile()
        }),
        ..given::boot()
    });
    rig.ring(0);
    rig
}

/// An actuator that follows its target, in Ready and there.
fn actuator_ready() -> Rig {
    let mut rig = actuator().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.press_ok();
    for _ in 0..2_600 {
        rig.ring(rig.out.depth().target.as_um());
        rig.tick();
    }
    assert_eq!(rig.out.depth().target, um(1_150));
    rig
}

#[test]
fn depth_001_starts_at_the_cap_and_not_one_micrometre_deeper() {
    for (a, b, good) in [
        (1_199, 1_199, true),
        (1_200, 1_200, true),
        (1_200, 1_150, true),
        (1_150, 1_200, true),
        (1_201, 1_201, false),
        (1_201, 1_150, false),
        (1_150, 1_201, false),
        (2_500, 2_500, false),
    ] {
        let mut rig = Rig::default();
        rig.shake = Shake::Not;
        rig.ring_a_um = a;
        rig.ring_b_um = b;
        let mut rig = rig.to_ready();
        rig.trigger = given::HELD;
        rig.ticks(60);
        if good {
            assert_eq!(rig.mode(), Mode::Treating, "{a} {b}");
        } else {
            assert_eq!(rig.mode(), Mode::Ready);
            let expected = Refusal::DepthAboveCap {
                measured: um(a.max(b)),
                allowed: um(1_200),
                by: Source::Plan,
            };
            assert_eq!(rig.refused(), Some(expected));
        }
    }
}

#[test]
fn depth_001_never_starts_with_an_invalid_channel() {
    for wire in [
        Wire::Counts(0),
        Wire::Counts(8),
        Wire::Counts(4_087),
        Wire::Counts(4_095),
        Wire::Counts(200),
        Wire::Silent,
        Wire::Late(10_001),
    ] {
        for channel in [Channel::A, Channel::B] {
            let mut rig = Rig::default().to_ready();
            match channel {
                Channel::A => rig.depth_a.wire = wire,
                Channel::B => rig.depth_b.wire = wire,
            }
            rig.ticks(25);
            assert_eq!(rig.mode(), Mode::Locked, "{channel:?} {wire:?}");
            assert!(rig.status().locks.has(Lock::Depth));
            assert_eq!(rig.status().depth, None);
            rig.trigger = given::HELD;
            rig.ticks(300);
            assert!(!rig.recorded(|record| matches!(record, Record::Started { .. })));
        }
    }
}

#[test]
fn depth_001_never_starts_while_the_channels_disagree() {
    for (apart, good) in [(99, true), (100, true), (101, false), (400, false)] {
        let mut rig = Rig::default();
        rig.shake = Shake::Not;
        let mut rig = rig.to_ready();
        rig.ring_b_um = 1_000 - apart;
        rig.ticks(50);
        rig.trigger = given::HELD;
        rig.ticks(60);
        let started = rig.recorded(|record| matches!(record, Record::Started { .. }));
        assert_eq!(started, good, "{apart}: {}", rig.state());
    }
}

#[test]
fn depth_002_runs_at_cap_and_50_and_trips_one_micrometre_deeper() {
    for deeper in [0, 49, 50] {
        let mut rig = at_the_cap();
        rig.ring(1_200 + deeper);
        rig.runs_for(500);
        assert_eq!(rig.status().depth, Some(um(1_200 + deeper)));
    }
    for deeper in [51, 52, 60, 100] {
        let mut rig = at_the_cap();
        rig.ring(1_200 + deeper);
        let took = rig.brakes_within(20);
        assert!((2..=20).contains(&took), "{took}");
        assert_eq!(rig.fault(), Some(Fault::OverDepth));
        let trip = rig.status().fault.expect("latched");
        assert_eq!((trip.measured, trip.allowed), (1_200 + deeper, 1_200));
    }
}

#[test]
fn depth_002_one_channel_is_enough() {
    for (a, b) in [(1_251, 1_200), (1_200, 1_251)] {
        let mut rig = at_the_cap();
        rig.ring_a_um = a;
        rig.ring_b_um = b;
        rig.brakes_within(20);
        assert_eq!(rig.fault(), Some(Fault::OverDepth));
    }
}

#[test]
fn depth_002_trips_within_20_ms_however_far_the_ring_jumps() {
    for depth in (1_260..=2_500).step_by(20).chain([2_501, 2_700]) {
        let mut rig = at_the_cap();
        rig.ring(depth);
        rig.brakes_within(20);
        let fault = rig.fault().expect("latched");
        assert!(
            matches!(fault, Fault::OverDepth | Fault::DepthInvalid),
            "{depth}: {fault:?}"
        );
    }
}

#[test]
fn depth_002_trips_within_20_ms_at_every_speed_of_the_ring() {
    for um_per_ms in [1, 2, 5, 10, 20, 49, 50, 51, 80, 200] {
        let mut rig = at_the_cap();
        let mut over_since = None;
        for tick in 0..200 {
            let depth = 1_200 + um_per_ms * tick;
            if depth > 1_250 && over_since.is_none() {
                over_since = Some(tick);
            }
            rig.ring(depth.min(2_500));
            rig.tick();
            if !rig.drives() {
                break;
            }
            let over = over_since.map_or(0, |since| tick - since + 1);
            assert!(over < 20, "{um_per_ms} um/ms: {}", rig.state());
        }
        assert!(!rig.drives());
    }
}

#[test]
fn depth_002_one_bad_sample_does_not_trip() {
    let mut rig = at_the_cap();
    for _ in 0..50 {
        rig.ring_a_um = 1_400;
        rig.tick();
        rig.ring_a_um = 1_200;
        rig.runs_for(7);
    }
}

#[test]
fn depth_003_the_deeper_channel_counts() {
    let mut rig = Rig::default().to_standby();
    rig.shake = Shake::Not;
    for a in (-100..=2_500).step_by(130) {
        for b in (-100..=2_500).step_by(130) {
            rig.ring_a_um = a;
            rig.ring_b_um = b;
            rig.ticks(115);
            let status = rig.status();
            assert_eq!(status.depth_a, Some(um(a)));
            assert_eq!(status.depth_b, Some(um(b)));
            assert_eq!(status.depth, Some(um(a.max(b))));
        }
    }
}

#[test]
fn depth_004_trips_when_the_channels_are_101_um_apart_for_50_ms() {
    for apart in [-100, 100] {
        let mut rig = inside();
        rig.ring_b_um = 800 + apart;
        rig.runs_for(500);
    }
    for apart in [-150, -101, 101, 150] {
        let mut rig = inside();
        // Creep is judged from the start, so the pair moves apart at the shallow side.
        rig.ring_a_um = 800 - apart.max(0);
        rig.ring_b_um = 800 + apart.min(0);
        let took = rig.brakes_within(60);
        assert!((50..=55).contains(&took), "{apart}: {took}");
        assert_eq!(rig.fault(), Some(Fault::DepthDisagrees));
    }
}

#[test]
fn depth_004_49_ms_apart_do_not_trip() {
    let mut rig = inside();
    for _ in 0..10 {
        rig.ring_b_um = 690;
        rig.runs_for(48);
        rig.ring_b_um = 800;
        rig.runs_for(20);
    }
}

#[test]
fn depth_004_trips_when_two_samples_are_201_um_apart() {
    for (apart, fast) in [(199, false), (200, false), (201, true), (600, true)] {
        let mut rig = inside();
        rig.ring_b_um = 800 - apart;
        let took = rig.brakes_within(70);
        assert_eq!(rig.fault(), Some(Fault::DepthDisagrees));
        if fast {
            assert!((2..=3).contains(&took), "{apart}: {took}");
        } else {
            assert!((50..=60).contains(&took), "{apart}: {took}");
        }
    }
    // One sample alone does not.
    let mut rig = inside();
    for _ in 0..30 {
        rig.ring_b_um = 400;
        rig.tick();
        rig.ring_b_um = 800;
        rig.runs_for(1);
    }
}

#[test]
fn depth_005_a_channel_that_repeats_itself_trips_within_250_ms() {
    for channel in [Channel::A, Channel::B] {
        let mut rig = Rig::default().to_running();
        match channel {
            Channel::A => rig.depth_a.wire = Wire::Stuck,
            Channel::B => rig.depth_b.wire = Wire::Stuck,
        }
        let took = rig.brakes_within(250);
        assert!(took >= 240, "{took}");
        assert_eq!(rig.fault(), Some(Fault::DepthStuck));
    }
}

#[test]
fn depth_005_twelve_counts_are_life_and_eleven_are_noise() {
    for (counts, alive) in [(11, false), (12, true), (13, true)] {
        let mut rig = Rig::default().to_running();
        rig.shake = Shake::Not;
        let mut ran = 0;
        while rig.drives() && ran < 1_000 {
            let more = if ran % 2 == 0 { 0 } else { counts };
            rig.depth_a.wire = Wire::Offset(more);
            rig.depth_b.wire = Wire::Offset(-more);
            rig.tick();
            ran += 1;
        }
        assert_eq!(rig.drives(), alive, "{counts}: {}", rig.state());
        if !alive {
            assert!((240..=250).contains(&ran), "{ran}");
            assert_eq!(rig.fault(), Some(Fault::DepthStuck));
        }
    }
}

#[test]
fn depth_005_a_rail_trips_within_10_ms() {
    for counts in [0, 8, 4_087, 4_095] {
        for channel in [Channel::A, Channel::B] {
            let mut rig = Rig::default().to_running();
            match channel {
                Channel::A => rig.depth_a.wire = Wire::Counts(counts),
                Channel::B => rig.depth_b.wire = Wire::Counts(counts),
            }
            let took = rig.brakes_within(12);
            assert!(took >= 2, "one bad sample is bridged");
            assert!(matches!(
                rig.fault(),
                Some(Fault::DepthInvalid | Fault::DepthDisagrees)
            ));
        }
    }
}

#[test]
fn depth_005_a_sample_of_10_ms_is_good_and_an_older_one_is_not() {
    for (age_us, good) in [
        (9_999, true),
        (10_000, true),
        (10_001, false),
        (u32::MAX, false),
    ] {
        for channel in [Channel::A, Channel::B] {
            let mut rig = Rig::default().to_running();
            match channel {
                Channel::A => rig.depth_a.wire = Wire::Late(age_us),
                Channel::B => rig.depth_b.wire = Wire::Late(age_us),
            }
            if good {
                rig.runs_for(500);
            } else {
                rig.brakes_within(12);
                assert_eq!(rig.fault(), Some(Fault::DepthInvalid));
            }
        }
    }
}

#[test]
fn depth_005_a_silent_channel_trips_10_ms_after_its_last_sample() {
    for channel in [Channel::A, Channel::B] {
        let mut rig = Rig::default().to_running();
        match channel {
            Channel::A => rig.depth_a.wire = Wire::Silent,
            Channel::B => rig.depth_b.wire = Wire::Silent,
        }
        let took = rig.brakes_within(12);
        assert!(took >= 10, "{took}");
        assert_eq!(rig.fault(), Some(Fault::DepthInvalid));
    }
}

#[test]
fn depth_006_trips_when_the_ring_creeps_101_um_deeper_for_50_ms() {
    for deeper in [99, 100] {
        let mut rig = inside();
        rig.ring(800 + deeper);
        rig.runs_for(500);
    }
    for deeper in [101, 120, 300] {
        let mut rig = inside();
        rig.ring(800 + deeper);
        let took = rig.brakes_within(70);
        assert!((50..=60).contains(&took), "{took}");
        assert_eq!(rig.fault(), Some(Fault::DepthCrept));
        let trip = rig.status().fault.expect("latched");
        assert_eq!((trip.measured, trip.allowed), (deeper, 100));
    }
    let mut rig = inside();
    for _ in 0..10 {
        rig.ring(910);
        rig.runs_for(48);
        rig.ring(800);
        rig.runs_for(20);
    }
}

#[test]
fn depth_006_each_start_is_a_new_reference() {
    let mut rig = inside();
    rig.ring(890);
    rig.runs_for(200);
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.ticks(300);
    rig.start();
    rig.runs_for(200);
    rig.ring(990);
    rig.runs_for(500);
    rig.ring(991);
    rig.brakes_within(70);
    assert_eq!(rig.fault(), Some(Fault::DepthCrept));
}

#[test]
fn depth_006_warns_once_when_the_ring_moves_101_um_shallower() {
    let warned = |rig: &Rig| {
        let is_it = |record: &&Record| {
            matches!(
                record,
                Record::Warned {
                    warning: Warning::DepthShallower,
                    ..
                }
            )
        };
        rig.log.iter().filter(is_it).count()
    };
    let mut rig = inside();
    rig.ring(700);
    rig.runs_for(300);
    assert_eq!(warned(&rig), 0);
    rig.ring(699);
    rig.runs_for(300);
    assert_eq!(warned(&rig), 1);
}

#[test]
fn depth_007_an_actuator_goes_deeper_only_while_the_motor_stands() {
    let mut rig = actuator_ready();
    rig.ticks(300);
    rig.start();
    for _ in 0..1_000 {
        let before = rig.out.depth().target;
        rig.tick();
        assert!(rig.out.depth().target <= before);
    }
    rig.trigger = given::RELEASED;
    while rig.mode() != Mode::Ready {
        let before = rig.out.depth().target;
        rig.tick();
        assert!(rig.out.depth().target <= before || rig.is_off());
    }
}

#[test]
fn depth_007_an_actuator_on_its_way_cannot_start() {
    let mut rig = actuator().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.press_ok();
    for _ in 0..500 {
        rig.ring(rig.out.depth().target.as_um());
        rig.tick();
    }
    rig.trigger = given::HELD;
    rig.ticks(40);
    assert_eq!(rig.mode(), Mode::Ready);
    assert!(
        matches!(rig.refused(), Some(Refusal::DepthMoving { target, .. }) if target == um(1_150)),
        "{:?}",
        rig.refused()
    );
}

#[test]
fn depth_008_counts_outside_the_calibrated_span_give_no_depth() {
    let calibration = given::calibration();
    let mut counted = 0;
    for counts in 0..=u16::MAX {
        let wide = i32::from(counts);
        let a = calibration.a.depth(counts);
        assert_eq!(a.is_some(), (260..=3_900).contains(&wide), "A {counts}");
        let b = calibration.b.depth(counts);
        assert_eq!(b.is_some(), (650..=4_030).contains(&wide), "B {counts}");
        // Inside it the table is the true line, to the nearest micrometre.
        if let Some(a) = a {
            let off = (a.as_um() * 14 - (wide - 400) * 10).abs();
            assert!(off <= 14, "A {counts}: {a:?}");
            counted += 1;
        }
        if let Some(b) = b {
            let off = (b.as_um() * 13 - (3_900 - wide) * 10).abs();
            assert!(off <= 13, "B {counts}: {b:?}");
        }
    }
    assert_eq!(counted, 3_641);
}

#[test]
fn depth_008_the_pen_sees_the_edge_of_the_span_to_the_count() {
    for (channel, counts, valid) in [
        (Channel::A, 259, false),
        (Channel::A, 260, true),
        (Channel::A, 261, true),
        (Channel::A, 3_899, true),
        (Channel::A, 3_900, true),
        (Channel::A, 3_901, false),
        (Channel::B, 649, false),
        (Channel::B, 650, true),
        (Channel::B, 651, true),
        (Channel::B, 4_029, true),
        (Channel::B, 4_030, true),
        (Channel::B, 4_031, false),
    ] {
        let mut rig = Rig::default().to_standby();
        let wire = Wire::Counts(counts);
        match channel {
            Channel::A => rig.depth_a.wire = wire,
            Channel::B => rig.depth_b.wire = wire,
        }
        rig.ticks(120);
        let status = rig.status();
        let seen = match channel {
            Channel::A => status.depth_a,
            Channel::B => status.depth_b,
        };
        assert_eq!(seen.is_some(), valid, "{channel:?} {counts}");
        assert_eq!(status.locks.has(Lock::Depth), !valid);
    }
}

#[test]
fn depth_011_the_target_is_zero_in_the_tick_of_a_change() {
    // Another cartridge.
    let mut rig = actuator_ready();
    let mut other = given::tag();
    other.id += 1;
    rig.tag = TagReading::Present(other);
    rig.tick();
    assert_eq!(rig.out.depth().target, um(0));
    // No cartridge.
    let mut rig = actuator_ready();
    rig.seated = false;
    rig.tick();
    assert_eq!(rig.out.depth().target, um(0));
    // The session ends.
    let mut rig = actuator_ready();
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    rig.tick();
    assert_eq!(rig.out.depth().target, um(0));
    // The zone is left; a lock closes.
    let mut rig = actuator_ready();
    rig.cable = true;
    rig.tick();
    assert_eq!(rig.out.depth().target, um(0));
    // A fault.
    let mut rig = actuator_ready();
    rig.ticks(300);
    rig.start();
    rig.runs_for(300);
    rig.seated = false;
    rig.until(60, "tripped", |rig| rig.mode() == Mode::FaultReaction);
    assert_eq!(rig.out.depth().target, um(0));
}

#[test]
fn depth_012_deepens_by_half_a_micrometre_a_millisecond() {
    let mut rig = actuator().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    let mut targets = vec![rig.out.depth().target.as_um()];
    for _ in 0..3_000 {
        rig.tick();
        targets.push(rig.out.depth().target.as_um());
    }
    for pair in targets.windows(2) {
        assert!((0..=1).contains(&(pair[1] - pair[0])));
    }
    for window in targets.windows(1_001) {
        assert!(window[1_000] - window[0] <= 500);
    }
    // 1150 um at 0.5 mm/s, no slower either.
    let arrived = targets.iter().position(|um| *um == 1_150).expect("arrives");
    assert!((2_295..=2_301).contains(&arrived), "{arrived}");
}

#[test]
fn depth_012_a_late_tick_makes_no_leap() {
    let mut rig = actuator().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.press_ok();
    rig.ticks(100);
    let before = rig.out.depth().target.as_um();
    rig.late(400_000);
    let leap = rig.out.depth().target.as_um() - before;
    assert!(leap <= 1, "{leap} um in one tick");
}

#[test]
fn depth_013_a_cap_that_is_not_below_the_stroke_is_refused() {
    for (depth, stroke, good) in [
        (2_399, 2_400, true),
        (2_400, 2_400, false),
        (2_401, 2_400, false),
        (2_499, 2_500, true),
        (1, i32::MIN, false),
        (1, 2, true),
        (2, 2, false),
    ] {
        let mut rig = Rig::new(Boot {
            profile: Ok(DeviceProfile {
                depth_max: um(depth),
                stroke: um(stroke),
                ..given::profile()
            }),
            ..given::boot()
        });
        rig.ticks(900);
        let expected = if good { Mode::Standby } else { Mode::Locked };
        assert_eq!(rig.mode(), expected, "{depth} {stroke}");
        let defect = ProfileDefect::StrokeTooShort;
        assert_eq!(rig.log.contains(&Record::ProfileRefused { defect }), !good);
    }
}

#[test]
fn depth_005_stillness_counts_from_the_start_of_the_drive() {
    // On the desk nothing shakes the ring, for as long as it lies there.
    for late_ms in [50, 120, 200] {
        let mut rig = Rig::default().to_ready();
        rig.shake = Shake::Not;
        rig.ticks(600);
        rig.start();
        rig.runs_for(late_ms);
        rig.shake = Shake::Strokes;
        rig.runs_for(500);
    }
}
