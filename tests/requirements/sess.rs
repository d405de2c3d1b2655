//! Sessions, zones and their budgets.

use pen_core::fault::{StopCause, Warning};
use pen_core::io::TagReading;
use pen_core::journal::{Record, ResetCause};
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::plan::{Plan, Screening, Zone, ZonePlan};
use pen_core::request::{Refusal, Reply, Request};
use pen_core::session::{Ledger, ZoneUse};
use pen_core::units::{Duration, Instant, Rate, Strokes};
use pen_tests::given::{self, plan_of, zone};
use pen_tests::rig::{Rig, Storage};

const SECOND: u32 = 1_000_000;
const MINUTE: u32 = 60 * SECOND;

/// One zone with all the time there is.
fn long_plan() -> Plan {
    plan_of(&[ZonePlan {
        time: Duration::from_min(30),
        strokes: Strokes::from_count(200_000),
        ..zone(Zone::Cheek, 1_200, 50)
    }])
}

/// An open session of this plan, as storage would have it.
fn open(plan: &Plan, on_us: u32, elapsed_us: u32) -> Ledger {
    Ledger {
        session: 41,
        open: true,
        plan: plan.id,
        plan_sum: plan.fingerprint(),
        token: plan.token,
        day: plan.day,
        cartridge: 0xBEEF,
        on: Duration::from_us(on_us),
        elapsed: Duration::from_us(elapsed_us),
        ..Ledger::default()
    }
}

fn with_ledger(ledger: Ledger) -> Rig {
    Rig::new(Boot {
        ledger: Some(ledger),
        ..given::boot()
    })
}

fn stopped(rig: &Rig, cause: StopCause) -> bool {
    rig.recorded(|record| matches!(record, Record::Stopped { cause: why, .. } if *why == cause))
}

/// Treats until the pen stops by itself; presses again as often as activations end.
fn treat_on(rig: &mut Rig, most_ms: u32) {
    let mut left = most_ms;
    while left > 0 {
        if rig.mode() == Mode::Ready && rig.trigger == given::HELD {
            rig.trigger = given::RELEASED;
            rig.ticks(250);
            rig.trigger = given::HELD;
            rig.ticks(30);
        }
        if matches!(rig.mode(), Mode::Locked | Mode::Standby | Mode::Faulted) {
            return;
        }
        rig.tick();
        left -= 1;
    }
}

#[test]
fn sess_001_warns_at_25_and_stops_at_30_minutes_of_motor_on_time() {
    let plan = long_plan();
    let mut rig = with_ledger(open(&plan, 25 * MINUTE - SECOND, 26 * MINUTE));
    rig = rig.to_ready_with(plan);
    rig.start();
    let warned = |rig: &Rig| {
        rig.recorded(|record| {
            matches!(
                record,
                Record::Warned {
                    warning: Warning::SessionNearEnd,
                    ..
                }
            )
        })
    };
    assert!(!warned(&rig));
    let took = rig.until(1_100, "warned", warned);
    assert!((999..=1_001).contains(&took), "{took}");

    let mut rig = with_ledger(open(&plan, 30 * MINUTE - SECOND, 31 * MINUTE));
    rig = rig.to_ready_with(plan);
    rig.start();
    let took = rig.brakes_within(1_100);
    assert!((999..=1_001).contains(&took), "{took}");
    assert!(stopped(&rig, StopCause::SessionTime));
    assert!(rig.ledger().on >= Duration::from_min(30));
    rig.comes_to(Mode::Locked);
    assert!(!rig.ledger().open);
    assert_eq!(rig.status().plan, 0);
}

#[test]
fn sess_001_half_an_hour_of_treatment_is_half_an_hour() {
    let mut rig = Rig::default().to_ready_with(long_plan());
    rig.tick_us = 2_000;
    rig.trigger = given::HELD;
    treat_on(&mut rig, 2_000_000);
    assert!(stopped(&rig, StopCause::SessionTime), "{}", rig.state());
    let over = rig.ledger().on.minus(Duration::from_min(30));
    assert!(rig.ledger().on >= Duration::from_min(30));
    assert!(over <= Duration::from_ms(4), "{over:?}");
    let activations = |cause: StopCause| {
        let is_it = |record: &&Record| matches!(record, Record::Stopped { cause: why, .. } if *why == cause);
        rig.log.iter().filter(is_it).count()
    };
    assert_eq!(activations(StopCause::ActivationTime), 15 - 1);
}

#[test]
fn sess_001_a_profile_may_shorten_it() {
    let mut boot = given::boot();
    let mut profile = given::profile();
    profile.session_on = Duration::from_s(3);
    profile.session_elapsed = Duration::from_s(10);
    boot.profile = Ok(profile);
    let plan = plan_of(&[ZonePlan {
        time: Duration::from_s(3),
        ..zone(Zone::Cheek, 1_200, 100)
    }]);
    let mut rig = Rig::new(boot).to_ready_with(plan);
    rig.start();
    let took = rig.brakes_within(3_010);
    assert!((2_999..=3_001).contains(&took), "{took}");

    // Elapsed time runs while the pen rests.
    let mut rig = Rig::new(boot).to_ready_with(plan);
    let took = rig.until(10_000, "closed", |rig| !rig.ledger().open);
    assert!(took > 9_600, "{took}");
    assert_eq!(rig.mode(), Mode::Standby);
    assert!(rig.recorded(|record| matches!(record, Record::SessionClosed { .. })));

    // And while it treats.
    profile.session_on = Duration::from_s(9);
    boot.profile = Ok(profile);
    let plan = plan_of(&[ZonePlan {
        time: Duration::from_s(9),
        ..zone(Zone::Cheek, 1_200, 100)
    }]);
    let mut rig = Rig::new(boot).to_ready_with(plan);
    rig.ticks(2_000);
    rig.start();
    rig.brakes_within(8_000);
    assert!(stopped(&rig, StopCause::SessionElapsed));
    assert!(rig.ledger().elapsed >= Duration::from_s(10));
    assert!(rig.ledger().elapsed <= Duration::from_us(10 * SECOND + 2_000));
}

#[test]
fn sess_001_45_minutes_elapsed_end_the_session_at_rest() {
    let plan = long_plan();
    let mut rig = with_ledger(open(&plan, 0, 45 * MINUTE - 5 * SECOND));
    rig = rig.to_ready_with(plan);
    rig.until(5_000, "closed", |rig| !rig.ledger().open);
    assert!(rig.ledger().elapsed >= Duration::from_min(45));
    assert!(rig.ledger().elapsed < Duration::from_us(45 * MINUTE + 2_000));
    assert_eq!(rig.mode(), Mode::Standby);
    rig.trigger = given::HELD;
    rig.ticks(300);
    assert!(!rig.drives());
}

fn budget(strokes: u32) -> Plan {
    plan_of(&[ZonePlan {
        strokes: Strokes::from_count(strokes),
        ..zone(Zone::Cheek, 1_200, 100)
    }])
}

#[test]
fn sess_002_stops_with_the_last_stroke_of_the_budget() {
    for strokes in [1, 2, 99, 100, 101] {
        let mut rig = Rig::default().to_ready_with(budget(strokes));
        rig.start();
        while rig.drives() {
            assert!(rig.ledger().strokes < Strokes::from_count(strokes));
            rig.tick();
        }
        assert!(stopped(&rig, StopCause::ZoneStrokes), "{}", rig.state());
        assert_eq!(rig.ledger().strokes, Strokes::from_count(strokes));
        assert_eq!(rig.ledger().zones[0].strokes, Strokes::from_count(strokes));
        // The zone is closed and cannot be opened again.
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Standby);
        rig.press_ok();
        assert_eq!(rig.refused(), Some(Refusal::ZoneUsed { zone: 0 }));
    }
}

#[test]
fn sess_002_stops_with_the_last_millisecond_of_the_zones_time() {
    let plan = plan_of(&[ZonePlan {
        time: Duration::from_ms(750),
        ..zone(Zone::Cheek, 1_200, 100)
    }]);
    let mut rig = Rig::default().to_ready_with(plan);
    rig.start();
    let took = rig.brakes_within(800);
    assert!((749..=751).contains(&took), "{took}");
    assert!(stopped(&rig, StopCause::ZoneTime));
}

#[test]
fn sess_002_counts_each_zone_by_itself_and_the_strokes_of_the_stop_too() {
    let plan = plan_of(&[zone(Zone::Cheek, 1_200, 100), zone(Zone::Neck, 1_000, 100)]);
    let mut rig = Rig::default().to_ready_with(plan);
    let mut turns = [0_i64; 2];
    for place in [1_usize, 0] {
        assert_eq!(rig.status().zone.map(usize::from), Some(place));
        rig.start();
        let mut angle = 0_i64;
        rig.ticks(1_500);
        rig.trigger = given::RELEASED;
        while rig.rate_mhz != 0 {
            angle += rig.rate_mhz;
            rig.tick();
        }
        assert!(angle > 0);
        rig.comes_to(Mode::Ready);
        let zone = rig.ledger().zones[place];
        turns[place] = i64::from(zone.strokes.as_count());
        assert!((120..=160).contains(&turns[place]), "{}", turns[place]);
        assert!(zone.on >= Duration::from_ms(1_499));
        if place == 1 {
            rig.press_next();
            assert_eq!(rig.mode(), Mode::Standby);
            rig.press_next();
            rig.arm();
        }
    }
    let ledger = rig.ledger();
    assert_eq!(i64::from(ledger.strokes.as_count()), turns[0] + turns[1]);
}

#[test]
fn sess_002_tells_punctures_as_strokes_times_needles() {
    for (kind, needles) in [(1, 6), (2, 12), (3, 16), (4, 36)] {
        let mut rig = Rig::default();
        let mut tag = given::tag();
        tag.kind = kind;
        rig.tag = TagReading::Present(tag);
        let mut rig = rig.to_running();
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Ready);
        assert_eq!(rig.status().needles, needles);
        let strokes = rig.ledger().strokes;
        assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
        let told = rig.log.iter().find_map(|record| match record {
            Record::SessionClosed {
                strokes, punctures, ..
            } => Some((*strokes, *punctures)),
            _ => None,
        });
        assert_eq!(told, Some((strokes, strokes.as_count() * needles)));
    }
}

#[test]
fn sess_004_begins_with_the_zone_of_least_depth() {
    for (zones, first) in [
        (
            vec![(Zone::Cheek, 1_200), (Zone::Neck, 800), (Zone::Nose, 500)],
            2,
        ),
        (vec![(Zone::Neck, 800), (Zone::Cheek, 1_200)], 0),
        (vec![(Zone::Cheek, 700), (Zone::Neck, 700)], 0),
    ] {
        let zones: Vec<_> = zones
            .into_iter()
            .map(|(place, um)| zone(place, um, 100))
            .collect();
        let mut rig = Rig::default().to_standby();
        assert_eq!(rig.load(plan_of(&zones)), Ok(Reply::Done));
        assert_eq!(rig.status().zone, Some(first));
    }
}

#[test]
fn sess_004_the_zone_changes_only_at_rest_and_by_the_confirm_button() {
    let zones = [
        zone(Zone::Cheek, 1_200, 100),
        zone(Zone::Neck, 1_000, 100),
        zone(Zone::Nose, 750, 100),
    ];
    let mut rig = Rig::default();
    rig.ring(700);
    let mut rig = rig.to_ready_with(plan_of(&zones));
    assert_eq!(rig.status().zone, Some(2));
    // Not while the motor turns: there the button stops, and chooses nothing.
    rig.start();
    rig.runs_for(300);
    rig.buttons.next = true;
    rig.tick();
    assert!(rig.brakes(), "{}", rig.state());
    rig.ticks(30);
    rig.buttons.next = false;
    rig.comes_to(Mode::Ready);
    assert_eq!(rig.status().zone, Some(2));
    rig.trigger = given::RELEASED;
    rig.ticks(300);
    // In Ready the button leaves the zone; the next press chooses; nothing starts unconfirmed.
    rig.press_next();
    assert_eq!(rig.mode(), Mode::Standby);
    assert_eq!(rig.status().cap, None);
    let mut seen = Vec::new();
    for _ in 0..6 {
        rig.press_next();
        seen.push(rig.status().zone.expect("a zone"));
        rig.trigger = given::HELD;
        rig.ticks(50);
        rig.trigger = given::RELEASED;
        rig.ticks(250);
        assert_eq!(rig.mode(), Mode::Standby);
    }
    assert_eq!(seen, [0, 1, 2, 0, 1, 2]);
    rig.press_next();
    rig.arm();
    assert_eq!(rig.status().cap.map(|cap| cap.value.as_um()), Some(1_200));
}

#[test]
fn sess_006_forgets_a_plan_10_minutes_after_loading() {
    let mut rig = Rig::default().to_standby();
    rig.tick_us = 2_000;
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.ticks(299_999);
    assert_eq!(rig.status().plan, 31);
    rig.tick();
    assert_eq!(rig.status().plan, 0);
    assert!(rig.log.contains(&Record::PlanExpired { id: 31 }));
    rig.press_ok();
    assert_eq!(rig.refused(), Some(Refusal::NoPlan));
}

#[test]
fn sess_006_a_zone_that_waits_is_left_when_the_plan_expires() {
    let mut rig = Rig::default().to_ready();
    rig.tick_us = 2_000;
    rig.ticks(300_000);
    assert_eq!(rig.mode(), Mode::Standby);
    assert_eq!(rig.status().plan, 0);
    assert!(!rig.ledger().open);
}

#[test]
fn sess_006_a_plan_that_was_started_does_not_expire() {
    let mut rig = Rig::default().to_treating();
    rig.runs_for(100);
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.tick_us = 2_000;
    rig.ticks(310_000);
    assert_eq!(rig.status().plan, 31);
    assert_eq!(rig.mode(), Mode::Ready);
}

#[test]
fn sess_007_every_item_of_the_checklist_counts() {
    let ask = |screening: Screening| {
        let mut rig = Rig::default().to_standby();
        rig.load(Plan {
            screening,
            ..given::plan()
        })
    };
    let all = 0x0FFF;
    for bit in 0..16 {
        let item = 1_u16 << bit;
        let known = bit < 12;
        let clearable = (3..12).contains(&bit);
        let unanswered = Screening {
            answered: all & !item,
            positive: 0,
            cleared: 0,
        };
        let positive = Screening {
            answered: all,
            positive: item,
            cleared: 0,
        };
        let cleared = Screening {
            answered: all,
            positive: item,
            cleared: item,
        };
        let extra = Screening {
            answered: all | item,
            positive: 0,
            cleared: 0,
        };
        if known {
            assert_eq!(
                ask(unanswered),
                Err(Refusal::ScreeningIncomplete { missing: item })
            );
            assert_eq!(
                ask(positive),
                Err(Refusal::ScreeningForbids { items: item })
            );
            let expected = if clearable {
                Ok(Reply::Done)
            } else {
                Err(Refusal::ScreeningForbids { items: item })
            };
            assert_eq!(ask(cleared), expected, "bit {bit}");
            assert_eq!(ask(extra), Ok(Reply::Done));
        } else {
            for screening in [positive, cleared, extra] {
                assert_eq!(
                    ask(screening),
                    Err(Refusal::ScreeningUnknown { items: item })
                );
            }
        }
    }
    assert_eq!(
        ask(Screening {
            answered: 0,
            positive: 0,
            cleared: 0
        }),
        Err(Refusal::ScreeningIncomplete { missing: all })
    );
}

#[test]
fn sess_007_somebody_must_be_named() {
    let mut rig = Rig::default().to_standby();
    let nobody = Plan {
        operator: 0,
        ..given::plan()
    };
    assert_eq!(rig.load(nobody), Err(Refusal::NoOperator));
}

#[test]
fn sess_008_an_interrupted_session_never_regains_budget() {
    // Power fails at many moments of two activations and a change of zone.
    for cut in (0..4_000_u32).step_by(37) {
        for storage in [Storage::After(0), Storage::After(5), Storage::After(400)] {
            let plan = plan_of(&[zone(Zone::Cheek, 1_200, 100), zone(Zone::Neck, 1_000, 100)]);
            let mut rig = Rig::default();
            rig.storage = storage;
            let mut rig = rig.to_standby();
            assert_eq!(rig.load(plan), Ok(Reply::Done));
            let mut used = rig.ledger();
            for tick in 0..cut {
                let phase = tick % 2_000;
                rig.buttons.ok = phase < 25;
                rig.trigger = if (800..1_500).contains(&phase) {
                    given::HELD
                } else {
                    given::RELEASED
                };
                rig.buttons.next = (1_900..1_925).contains(&phase);
                rig.tick();
                let now = rig.ledger();
                assert!(now.on >= used.on && now.strokes >= used.strokes);
                used = now;
            }
            rig.reboot(ResetCause::PowerOn);
            let found = rig.ledger();
            assert!(found.on >= used.on, "{cut} {storage:?}: {found:?} {used:?}");
            assert!(found.strokes >= used.strokes);
            assert!(found.cartridge_strokes >= used.cartridge_strokes || !found.open);
            for (found, used) in found.zones.iter().zip(used.zones) {
                assert!(found.on >= used.on && found.strokes >= used.strokes);
            }
        }
    }
}

#[test]
fn sess_008_a_used_up_session_stays_used_up() {
    let plan = long_plan();
    for (on, good) in [
        (30 * MINUTE - 1, true),
        (30 * MINUTE, false),
        (30 * MINUTE + 1, false),
    ] {
        let mut rig = with_ledger(open(&plan, on, on));
        rig.ticks(900);
        assert_eq!(
            rig.ledger().open,
            good,
            "closed at rest, without anybody's help"
        );
    }
}

#[test]
fn sess_011_no_stroke_before_storage_has_kept_the_reservation() {
    let mut rig = Rig::default();
    rig.storage = Storage::Dead;
    let mut rig = rig.to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.press_ok();
    rig.ticks(2_000);
    rig.trigger = given::HELD;
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Ready);
    assert_eq!(rig.refused(), Some(Refusal::NotYetStored));

    // Each activation has a reservation of its own.
    let mut rig = Rig::default().to_running();
    rig.storage = Storage::Dead;
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.ticks(300);
    rig.trigger = given::HELD;
    rig.ticks(300);
    assert_eq!(rig.mode(), Mode::Ready);
    assert_eq!(rig.refused(), Some(Refusal::NotYetStored));
}

#[test]
fn sess_011_a_reservation_counts_as_120_s_and_19200_strokes() {
    let zones = [ZoneUse {
        on: Duration::from_s(7),
        strokes: Strokes::from_count(700),
    }; 8];
    let ledger = Ledger {
        strokes: Strokes::from_count(1_400),
        cartridge_strokes: Strokes::from_count(1_400),
        zones,
        reserved: Some(1),
        ..open(&long_plan(), 14 * SECOND, 60 * SECOND)
    };
    let found = with_ledger(ledger).ledger();
    assert_eq!(found.reserved, None);
    assert_eq!(found.on, Duration::from_s(14 + 120));
    assert_eq!(found.elapsed, Duration::from_s(60 + 120));
    assert_eq!(found.strokes, Strokes::from_count(1_400 + 19_200));
    assert_eq!(found.cartridge_strokes, Strokes::from_count(1_400 + 19_200));
    assert_eq!(found.zones[1].on, Duration::from_s(127));
    assert_eq!(found.zones[1].strokes, Strokes::from_count(19_900));
    assert_eq!(found.zones[0], zones[0]);
    // Nothing reserved, nothing taken.
    let ledger = Ledger {
        reserved: None,
        ..ledger
    };
    assert_eq!(with_ledger(ledger).ledger(), ledger);
}

#[test]
fn sess_011_every_end_of_a_drive_is_stored_as_what_was_really_used() {
    type End = (&'static str, fn(&mut Rig), Option<u8>);
    let ends: [End; 5] = [
        ("released", |rig| rig.trigger = given::RELEASED, Some(0)),
        ("cable", |rig| rig.cable = true, None),
        ("battery", |rig| rig.battery_counts = 2_500, None),
        ("fault", |rig| rig.seated = false, None),
        (
            "the zone is left",
            |rig| {
                rig.trigger = given::RELEASED;
                rig.comes_to(Mode::Ready);
                rig.press_next();
            },
            None,
        ),
    ];
    for (what, end, reserved) in ends {
        let mut rig = Rig::default().to_running();
        assert_eq!(rig.stored.reserved, Some(0));
        end(&mut rig);
        rig.until(900, "at rest", |rig| rig.mode().is_at_rest());
        rig.ticks(10);
        let (kept, now) = (rig.stored, rig.ledger());
        assert_eq!(kept.reserved, reserved, "{what}");
        assert_eq!(
            (kept.on, kept.strokes, kept.zones),
            (now.on, now.strokes, now.zones)
        );
        assert!(kept.on >= Duration::from_ms(500), "{what}");
    }
}

#[test]
fn sess_011_the_reservation_is_spent_once() {
    let mut rig = Rig::default().to_running();
    rig.reboot(ResetCause::PowerOn);
    let once = rig.ledger();
    assert_eq!(once.on, Duration::from_s(120));
    rig.ticks(500);
    rig.reboot(ResetCause::PowerOn);
    assert_eq!(rig.ledger().on, once.on);
    assert_eq!(rig.ledger().strokes, once.strokes);
}

/// An open session that has used up its first zone, back in Standby.
fn first_zone_used() -> (Rig, Plan) {
    let plan = budget(50);
    let mut rig = Rig::default().to_ready_with(plan);
    rig.start();
    rig.brakes_within(2_000);
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Standby);
    (rig, plan)
}

#[test]
fn sess_011_no_message_extends_or_resets_an_open_budget() {
    let (rig, plan) = first_zone_used();
    let used = rig.ledger();
    assert!(used.open);
    let wider = |change: &dyn Fn(&mut ZonePlan)| {
        let mut zone = *plan.zone(0).expect("a zone");
        change(&mut zone);
        Plan {
            zones: plan_of(&[zone]).zones,
            ..plan
        }
    };
    let moved = plan_of(&[zone(Zone::Neck, 500, 100), *plan.zone(0).expect("a zone")]);
    for (what, asked) in [
        ("another plan", Plan { id: 77, ..plan }),
        ("another patient", Plan { token: 77, ..plan }),
        (
            "more strokes",
            wider(&|zone| zone.strokes = Strokes::from_count(5_000)),
        ),
        (
            "more time",
            wider(&|zone| zone.time = Duration::from_min(9)),
        ),
        ("deeper", wider(&|zone| zone.depth = given::um(1_400))),
        (
            "another zone in its place",
            wider(&|zone| zone.zone = Zone::FacialScar),
        ),
        (
            "the same zone in another place",
            Plan {
                zones: moved.zones,
                ..plan
            },
        ),
    ] {
        let mut rig = rig.clone();
        assert_eq!(
            rig.load(asked),
            Err(Refusal::SessionOpen { session: 1 }),
            "{what}"
        );
        assert_eq!(rig.pen.plan(), Some(plan), "{what}");
    }
    // Its own plan goes on where it was.
    let mut rig = rig;
    assert_eq!(rig.load(plan), Ok(Reply::Done));
    assert_eq!(rig.ledger().zones, used.zones);
    rig.press_ok();
    assert_eq!(rig.refused(), Some(Refusal::ZoneUsed { zone: 0 }));
}

#[test]
fn sess_011_a_session_is_ended_at_rest_and_then_it_is_over() {
    for mode in Mode::ALL {
        let mut rig = Rig::reach(mode);
        let open = rig.ledger().open;
        let answer = rig.operator(Request::EndSession);
        let expected = match mode {
            Mode::Ready | Mode::Faulted => Ok(Reply::Done),
            Mode::Locked | Mode::Standby | Mode::Service | Mode::ServiceRunning => {
                Err(Refusal::NoPlan)
            }
            Mode::Boot | Mode::Treating | Mode::Stopping | Mode::FaultReaction => {
                Err(Refusal::NotNow { mode })
            }
        };
        assert_eq!(answer, expected, "{mode:?}");
        if answer.is_ok() {
            assert!(open && !rig.ledger().open);
            assert_eq!((rig.status().plan, rig.status().cap), (0, None));
            let next = if mode == Mode::Ready {
                Mode::Standby
            } else {
                mode
            };
            assert_eq!(rig.mode(), next);
            rig.ticks(10);
            assert!(!rig.stored.open && rig.stored.reserved.is_none());
        } else {
            assert_eq!(rig.ledger().open, open);
        }
    }
    // A plan that was loaded and never started is forgotten.
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    assert_eq!(rig.pen.plan(), None);
    rig.press_ok();
    assert_eq!(rig.refused(), Some(Refusal::NoPlan));
}

#[test]
fn sess_010_an_activation_ends_after_120_s_and_demands_release() {
    let mut rig = Rig::default().to_ready_with(long_plan());
    rig.start();
    rig.runs_for(119_999);
    rig.tick();
    assert!(rig.brakes(), "{}", rig.state());
    assert!(stopped(&rig, StopCause::ActivationTime));
    rig.ticks(3_000);
    assert_eq!(
        rig.mode(),
        Mode::Ready,
        "still held: it does not start again"
    );
    rig.trigger = given::RELEASED;
    rig.ticks(250);
    rig.start();
}

#[test]
fn sess_012_counters_saturate() {
    let full = ZoneUse {
        on: Duration::from_us(u32::MAX),
        strokes: Strokes::from_count(u32::MAX),
    };
    let ledger = Ledger {
        session: u32::MAX,
        strokes: Strokes::from_count(u32::MAX),
        cartridge_strokes: Strokes::from_count(u32::MAX),
        zones: [full; 8],
        reserved: Some(0),
        ..open(&long_plan(), u32::MAX, u32::MAX)
    };
    let mut rig = with_ledger(ledger);
    let found = rig.ledger();
    assert_eq!(found.on, Duration::from_us(u32::MAX));
    assert_eq!(found.elapsed, Duration::from_us(u32::MAX));
    assert_eq!(found.strokes, Strokes::from_count(u32::MAX));
    assert_eq!(found.zones[0], full);
    rig.ticks(900);
    assert!(!rig.ledger().open);
    assert_eq!(rig.ledger().elapsed, Duration::from_us(u32::MAX));
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.arm();
    assert_eq!(
        rig.ledger().session,
        1,
        "what was used under a number is not given back under it"
    );
    // A place that does not exist is no reason to forget the rest.
    let ledger = Ledger {
        reserved: Some(200),
        ..open(&long_plan(), SECOND, SECOND)
    };
    assert_eq!(with_ledger(ledger).ledger().on, Duration::from_s(121));
}

#[test]
fn sess_012_a_clock_that_jumps_takes_nothing_back() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    let before = rig.ledger();
    for now in [0, 10, u64::MAX, 5, u64::MAX, u64::MAX - 1, 0] {
        let was = rig.ledger();
        rig.tick_at(now);
        let is = rig.ledger();
        assert!(is.elapsed >= was.elapsed && is.on >= was.on);
        assert!(!rig.drives());
    }
    assert_eq!(rig.ledger().on, before.on);
    assert_eq!(rig.ledger().strokes, before.strokes);
    // The clock goes on from wherever it is now.
    let at = rig.status().at;
    rig.ticks(10);
    assert!(rig.status().at > at);
    assert!(rig.status().at < Instant::from_us(u64::MAX));
}

#[test]
fn sess_012_the_calendar_only_labels() {
    // A plan of an earlier day is refused, a later one changes no counter.
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    rig.tick();
    let before = rig.ledger();
    let yesterday = Plan {
        day: given::TODAY - 1,
        ..given::plan()
    };
    assert_eq!(
        rig.load(yesterday),
        Err(Refusal::ClockWentBack {
            asked: given::TODAY - 1,
            seen: given::TODAY
        })
    );
    let tomorrow = Plan {
        day: given::TODAY + 1,
        ..given::plan()
    };
    assert_eq!(rig.load(tomorrow), Ok(Reply::Done));
    assert_eq!(rig.ledger(), before, "loading moves nothing");
}

#[test]
fn sess_002_rates_do_not_change_what_a_stroke_is() {
    for hz in [50, 100, 150] {
        let plan = plan_of(&[ZonePlan {
            strokes: Strokes::from_count(300),
            rate: Rate::from_hz(hz),
            ..zone(Zone::Cheek, 1_200, 100)
        }]);
        let mut rig = Rig::default().to_ready_with(plan);
        rig.start();
        let took = rig.brakes_within(8_000);
        let least = 300 * 1_000 / hz;
        assert!((least..least + 300).contains(&took), "{hz}: {took}");
    }
}
