use super::{
    Asked, BudgetInputs, CurrentInputs, Fact, GAUGE, RateInputs, Stated, ask, bare, certificate,
    due, named, stated,
};
use crate::error::HostError;
use crate::procedure::{Answers, Reserved, Settings, in_service};

/// 2026-11-22.
const TODAY: u16 = 2_517;

#[test]
fn a_certificate_that_expired_or_is_missing_wants_a_reason() {
    assert_eq!(due("2026-11-22", TODAY), Ok(("2026-11-22".into(), None)));
    let said = due("2026-11-21", TODAY).unwrap_err();
    assert!(
        said.contains("expired") && said.contains("1 days ago"),
        "{said}"
    );
    let reason = Some("the new one is under way".to_owned());
    assert_eq!(
        due("2020-01-01 because the new one is under way", TODAY),
        Ok(("2020-01-01".into(), reason.clone()))
    );
    for text in ["", "C1, due 2027-01-01", "30.06.2027", "2027-02-30", "soon"] {
        assert!(due(text, TODAY).unwrap_err().contains("no date"), "{text}");
    }
    for text in ["", "-", "none", "N/A", "?"] {
        assert!(certificate(text).unwrap_err().contains("because"), "{text}");
        assert!(named(text, "serial number").is_err(), "{text}");
    }
    // A number has a digit.
    for text in ["no certificate yet", "pending", "under way", "C", "TBD"] {
        let said = certificate(text).unwrap_err();
        assert!(said.contains("because") && said.contains("digit"), "{said}");
        let reason = Some("the laboratory is late".to_owned());
        let with = format!("{text} because the laboratory is late");
        assert_eq!(certificate(&with), Ok(("none".into(), reason)), "{text}");
    }
    assert_eq!(
        certificate("none because the new one is under way"),
        Ok(("none".into(), reason))
    );
    assert_eq!(certificate("C-17"), Ok(("C-17".into(), None)));
}

/// What a file states of a gauge, a tachometer and the room.
fn stated_by(gauge: &str, step: &str, due: &str, temperature: &str) -> Result<Asked, HostError> {
    let text = format!(
        "gauge serial: G-1\ngauge U um: {gauge}\ngauge resolution um: {step}\ngauge certificate: C-17\n\
         gauge due: {due}\ntachometer serial: T-2\ntachometer U ppm: 310, k=1.96\n\
         tachometer resolution Hz: 0.02\ntachometer certificate: none because it is new\n\
         tachometer due: 2026-11-22\ntemperature C: {temperature}\n"
    );
    let (_stage, mut client) = in_service(false);
    let mut desk = Answers::of("answers.txt", &text).unwrap();
    ask(&mut desk, &mut client, TODAY, &Settings::default())
}

#[test]
fn instruments_and_room_enter_the_budget_and_the_certificate_as_they_are_stated() {
    let asked = stated_by("4.5, k=2.13, v=20", "2", "2027-06-30", "20.5 C").unwrap();
    let depth = BudgetInputs {
        reference_expanded_nm: 4_500,
        reference_k_hundredths: 213,
        reference_dof: Some(20),
        gauge_resolution_nm: 2_000,
        pen_resolution_nm: 1_000,
        seating_standard_nm: 8_000,
        temperature_halfwidth_mk: 1_500,
        drift_nm_per_k: 1_500,
    };
    assert_eq!(asked.instruments.depth, depth);
    let rate = RateInputs {
        reference_expanded_ppm: 310,
        reference_k_hundredths: 196,
        reference_dof: None,
        reference_resolution_mhz: 20,
        pen_resolution_mhz: 1,
    };
    assert_eq!(asked.instruments.rate, rate);
    assert_eq!(asked.gauge_step_nm, 2_000);
    let references = asked.instruments.references.iter();
    let lines: Vec<[&str; 4]> = references
        .map(|it| [&it.name, &it.serial, &it.expanded, &it.certificate].map(String::as_str))
        .collect();
    assert_eq!(
        lines,
        [
            [
                "Depth gauge, steps of 2 \u{b5}m",
                "G-1",
                "4.5 \u{b5}m, k = 2.13, 20 degrees of freedom",
                "C-17, due 2027-06-30"
            ],
            [
                "Tachometer, steps of 0.02 Hz",
                "T-2",
                "310 ppm, k = 1.96",
                "none, due 2026-11-22"
            ],
        ]
    );
    let fact = Fact::new("Temperature", "20.5 \u{b0}C \u{b1} 1 K");
    assert_eq!(asked.instruments.conditions, [fact]);
    let reserved = [Reserved {
        what: "Tachometer T-2 has no certificate".to_owned(),
        reason: "it is new".to_owned(),
        no_plain_pass: true,
    }];
    assert_eq!(asked.reserved, reserved);
}

#[test]
fn a_meter_is_asked_for_where_a_current_is_measured_and_stands_behind_the_others() {
    let text = "gauge serial: G-1\ngauge U um: 4\ngauge resolution um: 1\ngauge certificate: C-17\n\
         gauge due: 2027-06-30\ntachometer serial: T-2\ntachometer U ppm: 310\n\
         tachometer resolution Hz: 0.02\ntachometer certificate: C-18\ntachometer due: 2026-11-22\n\
         meter serial: M-5\nmeter U mA: 0.65 mA, k=2.2, v=12\nmeter resolution mA: 0.05 mA\n\
         meter certificate: none because it is new\nmeter due: 2027-06-30\ntemperature C: 20\n";
    let settings = Settings {
        current: true,
        ..Settings::default()
    };
    let asked = |text: &str| {
        let (_stage, mut client) = in_service(false);
        let mut desk = Answers::of("answers.txt", text).unwrap();
        ask(&mut desk, &mut client, TODAY, &settings)
    };
    let found = asked(text).unwrap();
    let meter = CurrentInputs {
        reference_expanded_ua: 650,
        reference_k_hundredths: 220,
        reference_dof: Some(12),
        reference_resolution_ua: 50,
        pen_resolution_ua: 1_000,
    };
    assert_eq!(found.instruments.current, Some(meter));
    let last = found.instruments.references.last().unwrap();
    assert_eq!(
        [&last.name, &last.serial, &last.expanded, &last.certificate].map(String::as_str),
        [
            "Meter, steps of 0.05 mA",
            "M-5",
            "0.65 mA, k = 2.2, 12 degrees of freedom",
            "none, due 2027-06-30"
        ]
    );
    assert_eq!(found.instruments.references.len(), 3);
    let reserved = [Reserved {
        what: "Meter M-5 has no certificate".to_owned(),
        reason: "it is new".to_owned(),
        no_plain_pass: true,
    }];
    assert_eq!(found.reserved, reserved);
    for (right, wrong, words) in [
        ("0.65 mA,", "0.00065 A,", "amperes"),
        ("0.65 mA,", "20.1,", "outside 0.001 to 20 mA"),
        ("0.05 mA", "10.1", "outside 0.001 to 10 mA"),
        ("0.05 mA", "0,05", "decimal comma"),
        ("meter serial: M-5\n", "", "no `meter serial`"),
    ] {
        let error = asked(&text.replace(right, wrong)).map(drop).unwrap_err();
        assert!(error.why.contains(words), "{wrong}: {error}");
    }
    // Nobody asks for one where none is needed.
    assert_eq!(
        stated_by("4", "1", "2027-06-30", "20")
            .unwrap()
            .instruments
            .current,
        None
    );
}

#[test]
fn a_finer_gauge_counts_as_one_of_whole_micrometres_and_reads_its_own_steps() {
    let asked = stated_by("4", "0.5", "2027-06-30", "20").unwrap();
    assert_eq!(asked.instruments.depth.gauge_resolution_nm, 1_000);
    assert_eq!(asked.gauge_step_nm, 500);
    assert_eq!(asked.instruments.depth.temperature_halfwidth_mk, 1_000);
}

#[test]
fn a_room_from_18_to_22_degrees_is_taken_and_another_with_a_reason_alone() {
    for (answer, halfwidth_mk, is_reserved) in [
        ("18", 3_000, false),
        ("22 because it is summer", 3_000, false),
        ("17 because the heating is off", 4_000, true),
        ("23.5 because it is summer", 4_500, true),
    ] {
        let asked = stated_by("4", "1", "2026-11-22", answer).unwrap();
        let depth = asked.instruments.depth;
        assert_eq!(depth.temperature_halfwidth_mk, halfwidth_mk, "{answer}");
        let rooms: Vec<(&str, bool)> = (asked.reserved.iter())
            .filter(|it| it.what.starts_with("the room was at"))
            .map(|it| (it.reason.as_str(), it.no_plain_pass))
            .collect();
        let reason = answer
            .split_once(" because ")
            .map(|(_, reason)| (reason, false));
        let reserved: Vec<_> = reason.filter(|_| is_reserved).into_iter().collect();
        assert_eq!(rooms, reserved, "{answer}");
    }
    for answer in [
        "17.9",
        "22.1",
        "4 because it is cold",
        "46 because it is hot",
    ] {
        assert!(
            stated_by("4", "1", "2026-11-22", answer).is_err(),
            "{answer}"
        );
    }
    // What expired takes the plain pass away, and is dated.
    let asked = stated_by(
        "4",
        "1",
        "2026-11-21 because the new one is under way",
        "20",
    )
    .unwrap();
    let expired = Reserved {
        what: "the certificate of Depth gauge G-1 expired on 2026-11-21".to_owned(),
        reason: "the new one is under way".to_owned(),
        no_plain_pass: true,
    };
    assert_eq!(asked.reserved[0], expired);
}

#[test]
fn a_number_may_have_its_unit_where_it_is_read_off_a_display() {
    assert_eq!(bare("0.02 Hz", "Hz", &(0.001..=5.0)), Ok(0.02));
    assert_eq!(bare("0.5 um", "um", &(0.001..=100.0)), Ok(0.5));
    let said = |text: &str| bare(text, "ppm", &(1.0..=20_000.0)).unwrap_err();
    let comma = "`3,5` is not a number in ppm; type a point for decimals";
    assert_eq!(said("3,5"), comma);
    assert_eq!(said("310 ppm"), "`310 ppm` is not a number in ppm");
    assert_eq!(said("0.9"), "0.9 ppm is outside 1 to 20000 ppm");
}

#[test]
fn an_uncertainty_is_taken_as_its_certificate_states_it() {
    let plain = Stated {
        u: 4.0,
        k_hundredths: 200,
        dof: None,
    };
    assert_eq!(stated("4", &GAUGE), Ok(plain));
    assert_eq!(
        stated("4, k=2.13, v=20", &GAUGE),
        Ok(Stated {
            k_hundredths: 213,
            dof: Some(20),
            ..plain
        })
    );
    for (text, word) in [
        ("0", "outside"),
        ("101", "outside"),
        ("0.004 mm", "millimetres"),
        ("4,5", "decimal comma"),
        ("4, k=0.5", "outside"),
        ("4, x=2", "not understood"),
        ("4, k", "not understood"),
        ("NaN", "not a number"),
    ] {
        let said = stated(text, &GAUGE).unwrap_err();
        assert!(said.contains(word), "{text}: {said}");
    }
}
