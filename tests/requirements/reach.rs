//! Places that only a look at coverage showed to be without a test: answers that no other test asks for.

use pen_core::calibration::{CalibrationDefect, Channel, Knot, Table};
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_tests::given::{self, um};
use pen_tests::rig::Rig;

/// What the pen says to the next calibration with this table.
fn staged(channel: Channel, table: Table) -> Option<CalibrationDefect> {
    let mut calibration = given::calibration();
    calibration.generation = 8;
    match channel {
        Channel::A => calibration.a = table,
        Channel::B => calibration.b = table,
    }
    let mut rig = Rig::default().to_service();
    match rig.technician(Request::Stage {
        calibration,
        digest: 1,
    }) {
        Ok(Reply::Done) => None,
        Err(Refusal::Calibration(defect)) => Some(defect),
        other => panic!("{other:?}"),
    }
}

/// What a parabola adds to seven even steps, without a share in their line.
const BOW: [i32; 7] = [5, 0, -3, -4, -3, 0, 5];

/// Slope, offset and residuals within their own limits, all towards the same side; the deepest knot is
/// moved by just so much. Channel B reads deeper, so less of each is enough.
fn moved_by(channel: Channel, moved_um: i32) -> Table {
    let side = moved_um.signum();
    let (slope_permille, offset_um, bow_um) = match channel {
        Channel::A => (99, 198, 9),
        Channel::B => (82, 190, 4),
    };
    let mut table = Table::default();
    for (place, bow) in (0_u16..).zip(BOW) {
        let counts = 12 + 679 * place;
        let nominal = match channel {
            Channel::A => (i32::from(counts) - 400) * 5 / 7,
            Channel::B => (3_900 - i32::from(counts)) * 10 / 13,
        };
        let is_deepest = place == if channel == Channel::A { 6 } else { 0 };
        let moved = if is_deepest {
            moved_um
        } else {
            side * (nominal * slope_permille / 1_000 + offset_um + bow * bow_um)
        };
        table.knots[usize::from(place)] = Some(Knot {
            counts,
            depth: um(nominal + moved),
        });
    }
    table
}

#[test]
fn cal_004_refuses_a_knot_that_is_moved_by_one_micrometre_more_than_500() {
    for channel in [Channel::A, Channel::B] {
        for moved in [-501, -500, -499, 499, 500, 501] {
            let expected = CalibrationDefect::Move {
                channel,
                asked: moved,
                allowed: 500,
            };
            assert_eq!(
                staged(channel, moved_by(channel, moved)),
                (moved.abs() > 500).then_some(expected),
                "{channel:?} {moved}"
            );
        }
    }
}

#[test]
fn cal_002_refuses_a_gap_behind_seven_good_knots() {
    let whole = given::table_a();
    assert_eq!(whole.iter().count(), 9);
    let mut ends = whole;
    (ends.knots[7], ends.knots[8]) = (None, None);
    assert_eq!(staged(Channel::A, ends), None);
    let mut gap = whole;
    gap.knots[7] = None;
    assert_eq!(
        staged(Channel::A, gap),
        Some(CalibrationDefect::TooFewKnots {
            channel: Channel::A,
            asked: 7,
            allowed: 7
        })
    );
}

#[test]
fn stop_012_somebody_is_at_the_pen_while_the_confirm_button_is_down_for_20_ms() {
    let mut rig = Rig::default().to_standby();
    assert!(!rig.pen.is_attended());
    rig.buttons.ok = true;
    rig.ticks(19);
    assert!(!rig.pen.is_attended());
    rig.tick();
    assert!(rig.pen.is_attended());
    rig.ticks(5_000);
    assert!(rig.pen.is_attended());
    rig.buttons.ok = false;
    rig.tick();
    assert!(!rig.pen.is_attended());
    // The other button says nothing.
    rig.buttons.next = true;
    rig.ticks(100);
    assert!(!rig.pen.is_attended());
}

#[test]
fn stop_012_a_confirm_button_that_is_down_for_a_minute_is_nobody_until_it_was_up() {
    let mut rig = Rig::default().to_standby();
    rig.buttons.ok = true;
    rig.ticks(59_999);
    assert!(rig.pen.is_attended());
    rig.tick();
    assert!(!rig.pen.is_attended());
    rig.ticks(600_000);
    assert!(!rig.pen.is_attended());
    let serves = rig.pen.request(Role::Technician, Request::EnterService);
    assert_eq!(serves, Err(Refusal::NobodyAtThePen));
    rig.buttons.ok = false;
    rig.tick();
    rig.buttons.ok = true;
    rig.ticks(20);
    assert!(rig.pen.is_attended());
    // Down since the pen has power: nobody has pressed it.
    let mut rig = Rig::default();
    rig.buttons.ok = true;
    for _ in 0..30 {
        rig.ticks(1_000);
        assert!(!rig.pen.is_attended());
    }
    rig.buttons.ok = false;
    rig.tick();
    rig.buttons.ok = true;
    rig.ticks(19);
    assert!(!rig.pen.is_attended());
    rig.tick();
    assert!(rig.pen.is_attended());
}

#[test]
fn stop_010_stop_and_heartbeat_want_the_least_role_and_nothing_else_does() {
    assert_eq!(Request::Stop.needs(), Role::Observer);
    assert_eq!(Request::Heartbeat.needs(), Role::Observer);
    for other in [
        Request::Acknowledge,
        Request::LoadPlan(given::plan()),
        Request::EndSession,
        Request::EnterService,
        Request::LeaveService,
        Request::Run(pen_core::units::Rate::from_hz(50)),
        Request::Stage {
            calibration: given::calibration(),
            digest: 1,
        },
        Request::Commit { digest: 1 },
        Request::Discard,
        Request::Revert {
            calibration: given::calibration(),
            digest: 0,
        },
        Request::EndTerminal {
            fault: pen_core::fault::Fault::Shock,
        },
        Request::SetDay { day: 1 },
    ] {
        assert!(other.needs() > Role::Observer, "{other:?}");
    }
}
