//! A realistic report of each kind, for tests and for looking at.

use super::{
    Accepted, Adjustment, Attempt, CalibrationReport, Customer, Fact, InForce, Item, JournalRow,
    Laboratory, Mark, ModeSpan, Outcome, ParameterChange, Raw, ReferenceInstrument, Results,
    Sample, SessionReport, Tables, Timeline, ZoneUse, decimate_min_max,
};
use crate::metrology::{
    BudgetInputs, ChannelDesign, CurrentInputs, CurrentPoint, CurrentReading, DecisionRule,
    FitOptions, Knot, Point, PointRole, RateInputs, RatePoint, RateReading, Reading,
    evaluate_current, evaluate_depth, evaluate_rate, fit_channel, fit_gain,
};

use crate::store::{Calibration, Deviation};

const RIG: BudgetInputs = BudgetInputs {
    reference_expanded_nm: 4_000,
    reference_k_hundredths: 200,
    reference_dof: None,
    gauge_resolution_nm: 1_000,
    pen_resolution_nm: 1_000,
    seating_standard_nm: 8_000,
    temperature_halfwidth_mk: 2_000,
    drift_nm_per_k: 1_500,
};
const TACHO: RateInputs = RateInputs {
    reference_expanded_ppm: 300,
    reference_k_hundredths: 200,
    reference_dof: None,
    reference_resolution_mhz: 10,
    pen_resolution_mhz: 10,
};
const METER: CurrentInputs = CurrentInputs {
    reference_expanded_ua: 600,
    reference_k_hundredths: 200,
    reference_dof: None,
    reference_resolution_ua: 100,
    pen_resolution_ua: 1_000,
};
const A: ChannelDesign = ChannelDesign {
    name: "A",
    zero_counts: 400,
    um_numerator: 5,
    um_denominator: 7,
    rail_low_counts: 50,
    rail_high_counts: 4_045,
};
const B: ChannelDesign = ChannelDesign {
    name: "B",
    zero_counts: 3_900,
    um_numerator: -10,
    um_denominator: 13,
    ..A
};

/// Noise in `-size ..= size` from a counter: the same every time.
struct Noise(u32);

impl Noise {
    fn next(&mut self, size: i32) -> i32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i32::try_from(self.0 >> 16).unwrap() % (2 * size + 1) - size
    }
}

/// Readings of a pen that says `indicated(true)` while the needles are at `true`.
fn measure(seed: u32, kept: &[i32], indicated: impl Fn(i32) -> i32) -> Vec<Point> {
    let mut noise = Noise(seed);
    let mut settings = vec![
        0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000, 2_250, 2_500,
    ];
    settings.extend(kept);
    settings
        .iter()
        .map(|&nominal_um| {
            let mut repeats = |lag: i32| {
                (0..3)
                    .map(|_| {
                        let truth = nominal_um + lag + noise.next(4);
                        let counts_a = u16::try_from(400 + truth * 7 / 5 * 101 / 100 + 30).unwrap();
                        let counts_b =
                            u16::try_from(3_900 - truth * 13 / 10 * 97 / 100 - 40).unwrap();
                        let indicated_um = indicated(nominal_um) + noise.next(2);
                        Reading {
                            reference_um: truth,
                            indicated_um,
                            counts_a,
                            counts_b,
                        }
                    })
                    .collect()
            };
            let is_kept = kept.contains(&nominal_um);
            let role = if is_kept {
                PointRole::Verification
            } else {
                PointRole::Calibration
            };
            Point {
                nominal_um,
                role,
                deepening: repeats(6),
                shallowing: repeats(-6),
            }
        })
        .collect()
}

fn rates(seed: u32, ppm: i64) -> Vec<RatePoint> {
    let mut noise = Noise(seed);
    [50_000, 80_000, 100_000, 117_000, 150_000]
        .iter()
        .map(|&set: &u32| {
            let truth = u32::try_from(i64::from(set) * (1_000_000 + ppm) / 1_000_000).unwrap();
            let readings = (0..5)
                .map(|_| RateReading {
                    reference_mhz: truth.saturating_add_signed(noise.next(12)),
                    indicated_mhz: set.saturating_add_signed(noise.next(12)),
                })
                .collect();
            RatePoint {
                set_mhz: set,
                readings,
            }
        })
        .collect()
}

/// A pen that says 12 mA too much at rest, and a rise that is 3 % too small.
fn currents(seed: u32) -> Vec<CurrentPoint> {
    let mut noise = Noise(seed);
    [(0, 0), (50_000, 40_900), (65_000, 41_200), (80_000, 42_400)]
        .iter()
        .map(|&(set_mhz, drawn_ua)| {
            let readings = (0..3)
                .map(|_| CurrentReading {
                    reference_ua: drawn_ua + 100 * noise.next(3),
                    indicated_ua: 12_000 + drawn_ua * 97 / 100 + noise.next(500),
                })
                .collect();
            CurrentPoint { set_mhz, readings }
        })
        .collect()
}

fn results(depth: &[Point], rate: &[RatePoint], current: &[CurrentPoint]) -> Results {
    Results {
        current: Some(evaluate_current(current, &METER).unwrap()),
        depth: evaluate_depth(depth, &RIG, DecisionRule::DEPTH).unwrap(),
        rate: Some(evaluate_rate(rate, &TACHO, DecisionRule::RATE).unwrap()),
        is_reserved: false,
    }
}

fn facts(pairs: &[(&str, &str)]) -> Vec<Fact> {
    pairs
        .iter()
        .map(|(label, value)| Fact::new(*label, *value))
        .collect()
}

fn references() -> Vec<ReferenceInstrument> {
    vec![
        ReferenceInstrument {
            name: "Depth gauge, flat plate, 1 \u{b5}m".to_owned(),
            serial: "SIM-G1".to_owned(),
            expanded: "4 \u{b5}m, k = 2".to_owned(),
            certificate: "none: simulated".to_owned(),
            traceability: "none; its error is drawn from the seed within U".to_owned(),
        },
        ReferenceInstrument {
            name: "Optical tachometer".to_owned(),
            serial: "SIM-T1".to_owned(),
            expanded: "0.03 %, k = 2".to_owned(),
            certificate: "none: simulated".to_owned(),
            traceability: "none; its error is drawn from the seed within U".to_owned(),
        },
    ]
}

fn adjustment(found: &[Point], found_rate: &[RatePoint]) -> Adjustment {
    let options = FitOptions { span_margin_um: 40 };
    let fits = vec![
        fit_channel(found, A, |reading| reading.counts_a, options).unwrap(),
        fit_channel(found, B, |reading| reading.counts_b, options).unwrap(),
    ];
    let gain = fit_gain(found_rate, &TACHO, 0).unwrap();
    let clock = gain.total_ppm.to_string();
    let change = |name: &str, old: &str, new: &str, unit: &str, allowed: &str| ParameterChange {
        name: name.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        unit: unit.to_owned(),
        allowed: allowed.to_owned(),
    };
    Adjustment {
        fits,
        gain: Some(gain),
        parameters: vec![
            change("Generation", "1", "2", "", "the pen's next number"),
            change("Clock correction", "0", &clock, "ppm", "\u{b1}30000"),
            change(
                "Depth table, channel A",
                "9c41 77e0",
                "03ff 12ab",
                "digest",
                "gates below",
            ),
            change(
                "Depth table, channel B",
                "11d0 a8c2",
                "b771 0e5d",
                "digest",
                "gates below",
            ),
        ],
    }
}

/// What the pen had by its drawing, and what the fit gave it.
fn tables(adjustment: &Adjustment) -> Tables {
    let knots = |pairs: &[(u16, i32)]| -> Vec<Knot> {
        pairs
            .iter()
            .map(|&(counts, depth_um)| Knot { counts, depth_um })
            .collect()
    };
    let fitted = |place: usize| adjustment.fits[place].table.knots().to_vec();
    let clock = adjustment.gain.as_ref().map_or(0, |gain| gain.total_ppm);
    Tables {
        before: Some(InForce {
            generation: 1,
            made: "2025-11-20".to_owned(),
            clock_ppm: 0,
            a: knots(&[(288, -80), (2_100, 1_214), (4_012, 2_580)]),
            b: knots(&[(546, 2_580), (2_300, 1_231), (4_004, -80)]),
        }),
        after: Some(InForce {
            generation: 2,
            made: "2026-11-22".to_owned(),
            clock_ppm: clock,
            a: fitted(0),
            b: fitted(1),
        }),
    }
}

/// Three calibrations of the same pen, this one the last.
fn history() -> Vec<Calibration> {
    let at = |made: &str, number: &str, found: f64, left: f64| Calibration {
        certificate: number.to_owned(),
        made: made.to_owned(),
        due: "2027-11-22".to_owned(),
        as_found: if found.abs() < 90.0 { "pass" } else { "fail" }.to_owned(),
        as_left: "pass".to_owned(),
        depth_tolerance: 100.0,
        depth: vec![Deviation {
            at: 2_500.0,
            found,
            left,
            expanded: 18.0,
        }],
        rate_tolerance: 5.0,
        rate: Vec::new(),
        simulated: true,
        ..Calibration::default()
    };
    vec![
        at("2024-11-18", "CAL-PEN0042-0000", 61.0, -4.0),
        at("2025-11-20", "CAL-PEN0042-0001", -35.0, 6.0),
        at("2026-11-22", "CAL-PEN0042-0002", 146.0, -4.0),
    ]
}

/// A pen 4 % and 43 um too deep and 2 % too fast, adjusted.
pub(crate) fn calibration() -> CalibrationReport {
    let found = measure(1, &[], |truth| truth * 96 / 100 - 43);
    let found_rate = rates(2, 20_000);
    let left = measure(3, &[1_125, 1_875], |truth| truth + 2);
    let left_rate = rates(4, 40);
    let (found_current, left_current) = (currents(5), currents(6));
    let adjustment = adjustment(&found, &found_rate);
    CalibrationReport {
        id: "CAL-PEN0042-0002".to_owned(),
        simulated: Some(
            "\u{26a0} Simulated pen, seed 1 \u{2013} not a calibration of any real instrument."
                .to_owned(),
        ),
        laboratory: Some(Laboratory {
            name: "Bench & Sons <lab>".to_owned(),
            address: "1 Gauge Street".to_owned(),
        }),
        customer: Some(Customer {
            name: "Clinic <North>".to_owned(),
            address: Some("2 Needle Lane".to_owned()),
        }),
        item: Item {
            model: "Reference pen, measured ring".to_owned(),
            serial: "PEN0042".to_owned(),
            firmware: "0.1.0, protocol 1".to_owned(),
            condition: Some("complete, new out of assembly, never adjusted".to_owned()),
        },
        procedure: "CAL-DEPTH-RATE revision 1".to_owned(),
        operator: "T. Echnician (id 7)".to_owned(),
        authorised_by: None,
        received: None,
        calibrated: Some("2026-11-22".to_owned()),
        issued: None,
        next_due: None,
        references: references(),
        conditions: facts(&[
            ("Temperature", "20.4 \u{b0}C \u{b1} 0.5 K"),
            ("Humidity", "45 % \u{b1} 5 %"),
            ("Battery", "4.05 V at rest"),
            ("Cartridge", "calibration cartridge, lot C-117"),
            ("Warm-up", "5 min at 100 strokes per second"),
        ]),
        as_found: results(&found, &found_rate, &found_current),
        tables: tables(&adjustment),
        adjustment: Some(adjustment),
        as_left: results(&left, &left_rate, &left_current),
        history: history(),
        raw: Raw {
            found_depth: found,
            found_rate,
            left_depth: left,
            left_rate,
            found_current,
            left_current,
        },
        accepted: vec![Accepted {
            what: "as found depth 1500 deepening 2: 1571 \u{b5}m".to_owned(),
            doubt: "the other repeats here foretell 1540".to_owned(),
            reason: "read three times <each the same>".to_owned(),
        }],
        record: facts(&[
            ("Tool", "penctl 0.1.0"),
            ("Seed", "1"),
            ("Digest of the staged calibration", "5d3e91c2a0b4477f"),
            ("Journal head", "c0ffee1200aa55e1"),
        ]),
        notes: vec!["Depth was measured at rest against a flat plate.".to_owned()],
    }
}

fn timeline() -> Timeline {
    let mut noise = Noise(9);
    let mut all = Timeline::default();
    let bursts = [
        (20_000, 95_000, 800),
        (110_000, 190_000, 1_000),
        (215_000, 340_000, 1_500),
        (400_000, 431_000, 1_500),
    ];
    let (mut measured, mut peak, mut speed, mut true_speed) = (vec![], vec![], vec![], vec![]);
    for t_ms in (0..480_000_u64).step_by(20) {
        let burst = bursts
            .iter()
            .find(|(from, to, _)| (*from..*to).contains(&t_ms));
        let depth = burst.map_or(0, |(_, _, depth)| *depth);
        let rate = if burst.is_some() { 100_000 } else { 0 };
        let sample = |value| Sample { t_ms, value };
        measured.push(sample(depth + noise.next(6)));
        peak.push(sample(if depth > 0 {
            depth + 22 + noise.next(14)
        } else {
            0
        }));
        speed.push(sample(if rate > 0 { rate + noise.next(900) } else { 0 }));
        true_speed.push(sample(if rate > 0 {
            rate + 200 + noise.next(1_600)
        } else {
            0
        }));
    }
    all.depth_measured_um = decimate_min_max(&measured, 1_200);
    all.depth_peak_um = decimate_min_max(&peak, 1_200);
    all.rate_measured_mhz = decimate_min_max(&speed, 1_200);
    all.rate_true_mhz = decimate_min_max(&true_speed, 1_200);
    let at = |t_ms, value| Sample { t_ms, value };
    all.depth_cap_um = vec![at(0, 1_000), at(205_000, 1_500), at(360_000, 1_500)];
    all.rate_set_mhz = vec![at(0, 100_000)];
    let span = |mode: &str, from_ms, to_ms| ModeSpan {
        mode: mode.to_owned(),
        from_ms,
        to_ms,
    };
    all.modes = vec![
        span("Boot", 0, 2_000),
        span("Locked", 2_000, 9_000),
        span("Standby", 9_000, 15_000),
    ];
    let mut before = 15_000;
    for (from, to, _) in bursts {
        all.modes.push(span("Ready", before, from));
        all.modes.push(span("Treating", from, to));
        all.modes.push(span("Stopping", to, to + 300));
        before = to + 300;
    }
    all.modes.push(span("FaultReaction", before, before + 250));
    all.modes.push(span("Faulted", before + 250, 480_000));
    let mark = |t_ms, text: &str| Mark {
        t_ms,
        text: text.to_owned(),
    };
    all.marks = vec![
        mark(15_000, "zone confirmed: cheek, cap 1000 \u{b5}m"),
        mark(96_000, "ring turned deeper while running: refused, stopped"),
        mark(97_500, "plan with 2600 \u{b5}m loaded: refused"),
        mark(205_000, "zone confirmed: forehead scar, cap 1500 \u{b5}m"),
        mark(341_000, "dwell of 3 s in one place: stopped"),
        mark(431_000, "channel B stuck: stopped, fault DEPTH_STUCK"),
    ];
    all
}

fn attempt(tried: &str, response: &str, requirement: &str, outcome: Outcome) -> Attempt {
    Attempt {
        tried: tried.to_owned(),
        response: response.to_owned(),
        requirement: requirement.to_owned(),
        peak_um: None,
        peak_allowed_um: None,
        brake_us: None,
        brake_allowed_us: None,
        outcome,
    }
}

fn measured(
    attempt: Attempt,
    [peak, peak_allowed]: [i32; 2],
    [us, us_allowed]: [u32; 2],
) -> Attempt {
    Attempt {
        peak_um: Some(peak),
        peak_allowed_um: Some(peak_allowed),
        brake_us: Some(us),
        brake_allowed_us: Some(us_allowed),
        ..attempt
    }
}

fn attempts() -> Vec<Attempt> {
    vec![
        attempt(
            "Load a plan with a depth of 2 600 \u{b5}m",
            "refused: asked 2600 \u{b5}m, allowed 2500 \u{b5}m, bound by the absolute limit",
            "CONF-002",
            Outcome::Refused,
        ),
        measured(
            attempt(
                "Turn the ring 200 \u{b5}m beyond the cap while the motor runs",
                "trip DepthOverCap, first cause kept; brake, torque off, parked",
                "DEPTH-002",
                Outcome::Stopped,
            ),
            [1_538, 1_550],
            [11_000, 20_000],
        ),
        measured(
            attempt(
                "Channel B stuck at its last value",
                "trip DepthStuck",
                "DEPTH-005",
                Outcome::Stopped,
            ),
            [1_531, 1_550],
            [241_300, 250_000],
        ),
        measured(
            attempt(
                "Hold the tip in one place",
                "warned after 1 s, tripped after 3 s",
                "SESS-003",
                Outcome::Stopped,
            ),
            [1_529, 1_550],
            [3_004_000, 3_100_000],
        ),
        attempt(
            "Set the rate while treating",
            "refused: not while Treating",
            "LINK-003",
            Outcome::Refused,
        ),
        attempt(
            "Run at 120 strokes per second at 3.4 V",
            "voltage-limited, said so",
            "RATE-007",
            Outcome::HeldBack,
        ),
        attempt(
            "Turn the ring shallower while running",
            "done",
            "DEPTH-007",
            Outcome::Allowed,
        ),
    ]
}

/// A session of eight minutes with seven attempts.
pub(super) fn session() -> SessionReport {
    let zone = |zone: &str, depth_um_max, motor_on_ms, strokes: u64, punctures_allowed| ZoneUse {
        zone: zone.to_owned(),
        depth_um_max,
        motor_on_ms,
        strokes,
        punctures: strokes * 12,
        punctures_allowed,
    };
    let row = |seq, t_ms, kind: &str, text: &str| JournalRow {
        seq,
        t_ms,
        kind: kind.to_owned(),
        text: text.to_owned(),
    };
    SessionReport {
        id: "SES-PEN0042-0001".to_owned(),
        simulated: Some("\u{26a0} Simulated pen, seed 1 \u{2013} nobody was treated.".to_owned()),
        pen: facts(&[
            ("Serial number", "PEN0042"),
            ("Firmware", "0.1.0"),
            ("Calibration", "generation 2"),
        ]),
        session: facts(&[
            ("Plan", "two zones, 30 min at most"),
            ("Cartridge", "12 needles, 1500 \u{b5}m, lot C-117"),
            ("Operator token", "op-7f3a"),
        ]),
        summary: facts(&[
            ("Motor on", "311 s of 1800 s"),
            ("Elapsed", "480 s of 2700 s"),
            ("Strokes", "31100"),
            ("Punctures", "373200"),
            ("Deepest true peak", "1538 \u{b5}m"),
        ]),
        zones: vec![
            zone("cheek, left", 1_000, 155_000, 15_500, 400_000),
            zone("forehead, scar", 1_500, 156_000, 15_600, 300_000),
        ],
        attempts: attempts(),
        timeline: timeline(),
        journal: vec![
            row(
                41,
                15_000,
                "ZoneConfirmed",
                "cheek, left; cap 1000 \u{b5}m, bound by the zone",
            ),
            row(42, 20_000, "Started", "rate 100.000 Hz, depth 800 \u{b5}m"),
            row(
                43,
                97_500,
                "Refused",
                "load plan: depth asked 2600 \u{b5}m, allowed 2500 \u{b5}m",
            ),
            row(44, 431_000, "Trip", "DepthStuck, channel B; black box kept"),
        ],
        journal_note: "4 of 57 records; numbers without gaps and hash chain intact.".to_owned(),
        simulated_parts: vec![
            "The pen's body: motor, cam, needles, skin, sensors, battery and flash are a model."
                .to_owned(),
            "The firmware's decisions are the same code as on a board.".to_owned(),
        ],
    }
}
