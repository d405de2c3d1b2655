use super::{Facts, may_call_zero, may_start};
use crate::account::Account;
use crate::actuator::Actuator;
use crate::admitted::Admitted;
use crate::estimate::DepthReading;
use crate::given::{self, PROFILE, TAG, ZONE, plan_of};
use crate::hands::Hands;
use crate::io::{Tag, TagReading};
use crate::locks::Locks;
use crate::plan::{OverrideReason, ZonePlan};
use crate::profile::Source;
use crate::records::Records;
use crate::request::Refusal;
use crate::seat::Seat;
use crate::senses::Readings;
use crate::units::{Depth, Rate, Voltage};

/// Everything that is asked of, and nothing that forbids a start.
struct Asked {
    records: Records,
    account: Account,
    seat: Seat,
    hands: Hands,
    actuator: Actuator,
    readings: Readings,
}

impl Asked {
    /// With a zone of this depth open, by an override if it needs one, and this kind of cartridge in.
    fn new(um: i32, kind: u8) -> Self {
        let zone = ZonePlan {
            depth: Depth::from_um(um),
            rate: Rate::from_hz(60),
            override_reason: (um > 1_500).then_some(OverrideReason::PhysicianOrder),
            ..ZONE
        };
        let plan = plan_of(1, 2_500, &[zone]);
        let tag = Tag { kind, ..TAG };
        let mut account = Account::new(None, &mut ());
        account.take_plan(&plan, &mut ());
        account.open_session(tag, &mut ());
        let needles = Depth::from_um(2_500);
        account.enter_zone(Admitted::new(&PROFILE, &plan, &zone, needles), 12);
        account.stored(account.wanted());
        let mut seat = Seat::new();
        seat.update(true, TagReading::Present(tag), &mut ());
        let mut hands = Hands::default();
        hands.release_seen = true;
        let mut asked = Self {
            records: Records::new(&given::boot()).0,
            account,
            seat,
            hands,
            actuator: Actuator::new(),
            readings: Readings {
                battery: Some(Voltage::from_mv(8_000)),
                ..Readings::default()
            },
        };
        asked.measure(1_000, 1_000);
        asked
    }

    /// The two channels measure this. Unit: um.
    fn measure(&mut self, a: i32, b: i32) {
        let reading = |um| DepthReading {
            depth: Some(Depth::from_um(um)),
            ..DepthReading::default()
        };
        (self.readings.a, self.readings.b) = (reading(a), reading(b));
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            records: &self.records,
            account: &self.account,
            seat: &self.seat,
            hands: &self.hands,
            actuator: &self.actuator,
            readings: &self.readings,
            locks: Locks::NONE,
            is_tested: true,
        }
    }
}

#[test]
fn cart_002_starts_with_a_cap_as_long_as_the_needles_and_not_with_a_longer_one() {
    let too_deep = |asked| {
        Err(Refusal::TooDeep {
            asked: Depth::from_um(asked),
            allowed: Depth::from_um(1_500),
            by: Source::Cartridge,
        })
    };
    // Six needles of 1.5 mm.
    for (um, expected) in [
        (1_499, Ok(())),
        (1_500, Ok(())),
        (1_501, too_deep(1_501)),
        (2_000, too_deep(2_000)),
    ] {
        assert_eq!(may_start(&Asked::new(um, 1).facts()), expected, "{um}");
    }
}

#[test]
fn pwr_001_starts_with_7_volts_and_not_with_a_millivolt_less() {
    let mut asked = Asked::new(1_200, 2);
    for (mv, starts) in [(6_999, false), (7_000, true), (7_001, true)] {
        asked.readings.battery = Some(Voltage::from_mv(mv));
        let low = Err(Refusal::BatteryLow {
            measured: Voltage::from_mv(mv),
            needed: Voltage::from_mv(7_000),
        });
        let expected = if starts { Ok(()) } else { low };
        assert_eq!(may_start(&asked.facts()), expected, "{mv} mV");
    }
    asked.readings.battery = None;
    let found = may_start(&asked.facts());
    assert!(
        matches!(found, Err(Refusal::BatteryLow { .. })),
        "{found:?}"
    );
}

#[test]
fn pwr_007_zero_is_called_within_50_um_and_the_channel_farther_away_is_told() {
    let mut asked = Asked::new(1_200, 2);
    let um = Depth::from_um;
    for (a, b) in [(0, 0), (50, 0), (0, 50), (-50, 50), (50, -50), (-50, -50)] {
        asked.measure(a, b);
        assert_eq!(may_call_zero(&asked.facts()), Ok((um(a), um(b))));
    }
    for (a, b, farther) in [
        (51, 0, 51),
        (0, 51, 51),
        (-51, 50, -51),
        (50, -51, -51),
        (60, -70, -70),
        (-70, 60, -70),
        // Of two that are as far away, the second.
        (-60, 60, 60),
        (60, -60, -60),
    ] {
        asked.measure(a, b);
        let refused = Refusal::NotAtZero {
            measured: um(farther),
            allowed: um(50),
        };
        assert_eq!(may_call_zero(&asked.facts()), Err(refused), "{a} {b}");
    }
}
