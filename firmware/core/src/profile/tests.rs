use super::admit_plan;
use crate::given::{PROFILE, ZONE, plan_of};
use crate::plan::{OverrideReason, Plan, Screening, Zone, ZonePlan};
use crate::request::Refusal;
use crate::units::{Depth, Rate};

#[test]
fn sess_007_refuses_an_unknown_item_wherever_it_is_named() {
    for item in [0x1000, 0x8000] {
        for places in 0..8_u16 {
            let named = |place: u16| if places & place == 0 { 0 } else { item };
            let plan = Plan {
                screening: Screening {
                    answered: 0x0FFF | named(1),
                    positive: named(2),
                    cleared: named(4),
                },
                ..plan_of(1, 2_500, &[ZONE])
            };
            let expected = match places {
                0 => Ok(()),
                _ => Err(Refusal::ScreeningUnknown { items: item }),
            };
            assert_eq!(admit_plan(&PROFILE, &plan), expected, "{item:x} {places}");
        }
    }
}

#[test]
fn conf_006_an_override_is_refused_where_the_depth_needs_none() {
    let (needless, not_allowed) = (
        |zone| Err(Refusal::OverrideWithoutNeed { zone }),
        |zone| Err(Refusal::OverrideNotAllowed { zone }),
    );
    for zone in Zone::ALL {
        let is_allowed = matches!(
            zone,
            Zone::Cheek | Zone::FacialScar | Zone::BodyScar | Zone::StretchMark
        );
        for um in [1_499, 1_500, 1_501] {
            let plan = ZonePlan {
                zone,
                depth: Depth::from_um(um),
                rate: Rate::from_hz(60),
                override_reason: Some(OverrideReason::PhysicianOrder),
                ..ZONE
            };
            let expected = match (is_allowed, um) {
                (false, _) => not_allowed(zone),
                (true, 1_501) => Ok(()),
                (true, _) => needless(zone),
            };
            let found = admit_plan(&PROFILE, &plan_of(1, 2_500, &[plan]));
            assert_eq!(found, expected, "{zone:?} {um}");
        }
    }
}
