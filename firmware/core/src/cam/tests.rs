use super::{Cam, Way};
use crate::io::Quadrant;
use crate::units::{Depth, Duration};
use crate::witness::Seen;

/// The winding tells that the cam came so far since the last edge, negative backward. Unit: millionths
/// of a turn.
fn come(since_edge: i32) -> Seen {
    Seen {
        placed: true,
        rate_mhz: Some(0),
        since_edge,
        ..Seen::default()
    }
}

/// A cam that entered this quarter with one edge and came so far into it; negative backward.
fn entered(quadrant: Quadrant, edge: i8, since_edge: i32) -> Cam {
    let mut cam = Cam::new();
    cam.update(quadrant, edge, &come(since_edge));
    cam
}

/// In the retracted quarter, forward, both witnesses in accord.
fn retracted(into: i32) -> Cam {
    let mut cam = Cam::new();
    cam.confirm();
    cam.update(Quadrant::Retracted, 1, &come(into));
    cam
}

#[test]
fn stop_003_a_cam_more_than_310_thousandths_into_its_quarter_is_in_doubt() {
    for (into, is_believed) in [
        (-60_002, false),
        (-60_001, false),
        (-60_000, true),
        (0, true),
        (310_000, true),
        (310_001, false),
        (310_002, false),
    ] {
        let forward = entered(Quadrant::Extending, 1, into);
        assert_eq!(forward.is_believed(), is_believed, "forward {into}");
        let backward = entered(Quadrant::Extending, -1, -into);
        assert_eq!(backward.is_believed(), is_believed, "backward {into}");
    }
}

#[test]
fn stop_003_a_tick_without_an_edge_leaves_the_direction_as_it_was() {
    let mut forward = entered(Quadrant::Extending, 1, 0);
    forward.update(Quadrant::Extending, 0, &come(310_000));
    assert!(forward.is_believed());
    let mut backward = entered(Quadrant::Extending, -1, 0);
    backward.update(Quadrant::Extending, 0, &come(-310_000));
    assert!(backward.is_believed());
    backward.update(Quadrant::Extending, 0, &come(60_001));
    assert!(!backward.is_believed());
}

#[test]
fn rate_006_a_quarter_that_does_not_follow_from_the_edges_for_two_ticks_is_in_doubt() {
    let mut cam = entered(Quadrant::Retracted, 1, 0);
    cam.update(Quadrant::Extended, 0, &come(0));
    assert!(!cam.is_incoherent() && cam.is_believed());
    cam.update(Quadrant::Extended, 0, &come(0));
    assert!(cam.is_incoherent() && !cam.is_believed());
    assert_eq!(cam.way_in(None), None);
}

#[test]
fn stop_003_only_a_loss_makes_doubt_and_an_accord_ends_it() {
    let mut cam = Cam::new();
    assert!(cam.is_believed());
    cam.lose();
    assert!(!cam.is_believed());
    cam.confirm();
    assert!(cam.is_believed());
}

#[test]
fn stop_003_from_around_full_extension_the_needles_go_in_by_the_side_that_they_are_on() {
    // So far into the quarter, the way it was entered, the cam goes back; one further it goes on.
    for (before, last) in [
        (None, 100_000),
        (Some(Way::Backward), 150_000),
        (Some(Way::Forward), 50_000),
    ] {
        for (into, way) in [
            (last - 1, Way::Backward),
            (last, Way::Backward),
            (last + 1, Way::Forward),
        ] {
            let cam = entered(Quadrant::Extended, 1, into);
            assert_eq!(cam.way_in(before), Some(way), "{before:?}, {into}");
        }
    }
    // The same places, entered from the other side.
    for (before, last) in [
        (None, 150_000),
        (Some(Way::Backward), 100_000),
        (Some(Way::Forward), 200_000),
    ] {
        for (into, way) in [
            (last + 1, Way::Backward),
            (last, Way::Backward),
            (last - 1, Way::Forward),
        ] {
            let cam = entered(Quadrant::Extended, -1, -into);
            assert_eq!(cam.way_in(before), Some(way), "{before:?}, {into}");
        }
    }
}

#[test]
fn stop_003_needles_are_inside_only_so_far_into_the_retracted_quarter() {
    for (um, into, is_inside) in [
        (1_500, 300_000, true),
        (1_500, 300_001, false),
        (1_501, 230_000, true),
        (1_501, 230_001, false),
        (2_000, 230_000, true),
        (2_001, 0, false),
    ] {
        let found = retracted(into).settle(Some(Depth::from_um(um)));
        assert_eq!(found, is_inside, "{um} um, {into}");
    }
    assert!(!retracted(0).settle(None));
}

#[test]
fn stop_003_a_drive_that_begins_ends_rest_and_parking() {
    let depth = Some(Depth::from_um(1_000));
    let mut cam = retracted(0);
    cam.rest(Duration::from_us(29_999));
    cam.look(depth);
    assert!(!cam.has_stood() && !cam.is_parked());
    cam.rest(Duration::from_us(30_000));
    cam.look(depth);
    assert!(cam.has_stood() && cam.is_parked());
    // It stood, whatever came after.
    cam.rest(Duration::from_us(0));
    assert!(cam.has_stood());
    cam.begin();
    assert!(!cam.has_stood() && !cam.is_parked());
    cam.rest(Duration::from_us(29_999));
    cam.look(depth);
    assert!(!cam.has_stood() && !cam.is_parked());
}

/// Retracted, and both witnesses agreed; then the tachometer alone follows so many edges to and fro.
fn parked_after(edges: u8) -> bool {
    let seen = Seen {
        placed: true,
        ..Seen::default()
    };
    let mut cam = Cam::new();
    cam.update(Quadrant::Retracted, 0, &seen);
    cam.confirm();
    for edge in 0..edges {
        let (quadrant, way) = if edge % 2 == 0 {
            (Quadrant::Retracting, -1)
        } else {
            (Quadrant::Retracted, 1)
        };
        cam.update(quadrant, way, &seen);
    }
    cam.is_inside(Some(Depth::from_um(1_000)))
}

#[test]
fn stop_003_what_the_tachometer_alone_has_followed_for_long_is_not_told() {
    // Two edges are a fall from full extension.
    assert!(parked_after(0) && parked_after(2));
    assert!(!parked_after(4) && !parked_after(8));
}

#[test]
fn stop_003_an_edge_that_the_winding_confirms_starts_the_count_anew() {
    let told = Seen {
        placed: true,
        rate_mhz: Some(0),
        ..Seen::default()
    };
    let mut cam = Cam::new();
    cam.update(Quadrant::Retracted, 0, &told);
    cam.confirm();
    for _ in 0..4 {
        cam.update(Quadrant::Retracting, -1, &told);
        cam.update(Quadrant::Retracted, 1, &told);
    }
    assert!(cam.is_inside(Some(Depth::from_um(1_000))));
}
