//! The edges of a stop, one step below, at and one step above each.

use super::{Halt, HaltView, Halting, Path, Unfelt};
use crate::cam::{Cam, Way};
use crate::duty::Push;
use crate::estimate::SpeedReading;
use crate::gate::Wish;
use crate::io::Quadrant;
use crate::units::{Current, Duration, Rate};
use crate::witness::Seen;

/// What a stop is told in a millisecond.
#[derive(Clone, Copy, Debug)]
struct Told {
    /// Where the cam is.
    quadrant: Quadrant,
    /// What the winding generates. Unit: mHz.
    rate_mhz: Option<i32>,
    /// Rate of the newest quarter turn. Unit: mHz.
    quarter_mhz: u32,
    edges: u8,
    /// Time since the last edge. Unit: ms.
    silent_ms: u32,
    current_ma: i32,
}

/// A cam that turns, on its way out.
const TURNS: Told = Told {
    quadrant: Quadrant::Extending,
    rate_mhz: Some(50_000),
    quarter_mhz: 100_000,
    edges: 0,
    silent_ms: 1,
    current_ma: 0,
};

/// A cam that stands there.
const STANDS: Told = Told {
    rate_mhz: Some(0),
    quarter_mhz: 0,
    silent_ms: 30,
    ..TURNS
};

fn tick(halt: &mut Halt, told: Told) -> Halting {
    let mut cam = Cam::new();
    let seen = Seen {
        placed: true,
        ..Seen::default()
    };
    cam.update(told.quadrant, 0, &seen);
    halt.update(&HaltView {
        speed: &SpeedReading {
            quarter: Rate::from_mhz(told.quarter_mhz),
            since_edge: Duration::from_ms(told.silent_ms),
            edges: told.edges,
            ..SpeedReading::default()
        },
        cam: &cam,
        quadrant: told.quadrant,
        rate_mhz: told.rate_mhz,
        current: Some(Current::from_ma(told.current_ma)),
        dt: Duration::from_ms(1),
    })
}

/// A stop that was told the same up to so long after the brake.
fn braked(told: Told, ms: u32) -> Halt {
    let mut halt = Halt::begin(true, Path::Closed);
    for _ in 0..=ms {
        assert_eq!(tick(&mut halt, told).wish, Wish::Brake);
    }
    assert_eq!(halt.lasted(), Duration::from_ms(ms));
    halt
}

/// A stop that pushes the needles back in from now on.
fn parking() -> Halt {
    let halt = braked(STANDS, 80);
    assert!(halt.is_parking());
    halt
}

fn push(mv: i32) -> Wish {
    Wish::Park(Push::new(Way::Backward, mv))
}

#[test]
fn stop_003_a_stop_brakes_or_parks_or_is_off() {
    let halt = braked(STANDS, 79);
    assert!(halt.is_braking() && !halt.is_parking());
    let mut halt = parking();
    assert!(!halt.is_braking());
    tick(&mut halt, STANDS);
    assert!(halt.is_parking() && !halt.is_braking());
    let mut halt = Halt::at_rest();
    assert_eq!(tick(&mut halt, STANDS).wish, Wish::Off);
    assert!(!halt.is_braking() && !halt.is_parking());
}

#[test]
fn stop_003_a_cam_whose_winding_generates_2_hz_does_not_stand() {
    for (rate_mhz, stands) in [
        (None, true),
        (Some(1_999), true),
        (Some(2_000), false),
        (Some(2_001), false),
        (Some(-1_999), true),
        (Some(-2_000), false),
    ] {
        // On its way in: no creeping cam is turned back there.
        let told = Told {
            quadrant: Quadrant::Retracting,
            rate_mhz,
            ..STANDS
        };
        assert!(braked(told, 79).is_braking(), "{rate_mhz:?}");
        assert_eq!(braked(told, 80).is_parking(), stands, "{rate_mhz:?}");
    }
}

#[test]
fn stop_002_a_cam_that_creeps_out_is_turned_back() {
    for (ms, quarter_mhz, rate_mhz, turned_back) in [
        // From 12 ms on below 31 Hz, and between 2 and 10 Hz by the winding.
        (11, 30_999, 5_000, false),
        (12, 30_999, 5_000, true),
        (12, 31_000, 5_000, false),
        (12, 31_001, 5_000, false),
        (12, 30_999, 9_999, true),
        (12, 30_999, 10_000, false),
        (12, 30_999, 2_000, true),
        (12, 30_999, 1_999, false),
        // From 22 ms on below 40 Hz and 12 Hz.
        (21, 31_000, 5_000, false),
        (22, 39_999, 5_000, true),
        (22, 40_000, 5_000, false),
        (22, 40_001, 5_000, false),
        (22, 39_999, 11_999, true),
        (22, 39_999, 12_000, false),
    ] {
        let mut halt = braked(TURNS, ms - 1);
        assert!(halt.is_braking());
        let told = Told {
            quarter_mhz,
            rate_mhz: Some(rate_mhz),
            ..TURNS
        };
        tick(&mut halt, told);
        assert_eq!(
            halt.is_parking(),
            turned_back,
            "{ms} ms, {quarter_mhz} and {rate_mhz} mHz"
        );
    }
}

#[test]
fn stop_003_the_needles_are_pushed_on_with_three_edges_and_not_with_a_fourth() {
    for edges in [1, 2, 3, 4, 5, u8::MAX] {
        let mut halt = parking();
        let halting = tick(&mut halt, Told { edges, ..STANDS });
        let pushes = matches!(halting.wish, Wish::Park(_));
        assert_eq!(pushes, edges <= 3, "{edges}");
        assert_eq!(halt.is_parking(), edges <= 3, "{edges}");
        if pushes {
            let halting = tick(
                &mut halt,
                Told {
                    edges: 4 - edges,
                    ..STANDS
                },
            );
            assert_eq!(halting.wish, Wish::Brake, "{edges} and the rest of four");
            assert!(halt.is_braking());
        }
    }
}

#[test]
fn stop_003_each_push_is_stronger_until_an_edge_comes() {
    let mut halt = parking();
    // 6 ms of each 16.
    for ms in 1..32 {
        let expected = match ms {
            1..6 => push(400),
            16..22 => push(540),
            _ => Wish::Brake,
        };
        assert_eq!(tick(&mut halt, STANDS).wish, expected, "{ms} ms");
    }
    assert_eq!(tick(&mut halt, STANDS).wish, push(680));
    let edge = Told {
        edges: 1,
        silent_ms: 0,
        ..STANDS
    };
    assert_eq!(tick(&mut halt, edge).wish, push(400));
    assert_eq!(tick(&mut halt, STANDS).wish, push(400));
}

#[test]
fn stop_011_more_than_120_ma_through_an_open_path_are_a_lie() {
    for (current_ma, lies) in [
        (120, false),
        (121, true),
        (-120, false),
        (-121, true),
        (i32::MIN, true),
    ] {
        let mut halt = Halt::begin(true, Path::Doubted);
        for ms in 0..10 {
            let told = Told {
                current_ma,
                ..STANDS
            };
            let expected = if lies && ms >= 3 {
                Wish::Brake
            } else {
                Wish::Off
            };
            let halting = tick(&mut halt, told);
            assert_eq!(halting.wish, expected, "{current_ma} mA, {ms} ms");
        }
    }
}

#[test]
fn stop_003_a_brake_that_shows_less_than_a_quarter_of_the_rate_is_not_felt() {
    for (rate_mhz, felt) in [(24_999, false), (25_000, true), (25_001, true)] {
        let mut halt = braked(TURNS, 0);
        let told = Told {
            rate_mhz: Some(rate_mhz),
            quarter_mhz: 0,
            edges: 1,
            ..TURNS
        };
        for reading in 1..10 {
            tick(&mut halt, told);
            let expected = (!felt && reading >= 3).then_some(Unfelt {
                shown_mhz: 24_999,
                least_mhz: 25_000,
            });
            assert_eq!(halt.unfelt(), expected, "{rate_mhz} mHz, {reading}");
        }
    }
}

#[test]
fn stop_003_only_a_cam_that_makes_an_edge_within_30_ms_has_turned() {
    for (ms, turned) in [(28, true), (29, true), (30, false), (31, false)] {
        let mut halt = braked(TURNS, 0);
        let shows_nothing = Told {
            rate_mhz: Some(0),
            quarter_mhz: 0,
            ..TURNS
        };
        for _ in 1..ms {
            tick(&mut halt, shows_nothing);
        }
        assert_eq!(halt.unfelt(), None);
        let edge = Told {
            edges: 1,
            ..shows_nothing
        };
        tick(&mut halt, edge);
        assert_eq!(halt.lasted(), Duration::from_ms(ms));
        let expected = turned.then_some(Unfelt {
            shown_mhz: 0,
            least_mhz: 25_000,
        });
        assert_eq!(halt.unfelt(), expected, "{ms} ms");
    }
}
