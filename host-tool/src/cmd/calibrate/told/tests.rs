use super::{
    Bench, BudgetInputs, ParameterChange, Progress, Settings, Subject, Verdict, say_points,
    say_resume, tell, verdict,
};
use crate::client::{Client, Patience};
use crate::cmd::keep::Keep;
use crate::cmd::records::StoreArgs;
use crate::link::sim::SimStage;
use crate::out::{Color, Heard, Out, Style};
use crate::procedure::{Began, Nobody, Observer, Points, PromptBench};
use crate::report::sample;

fn heard(json: bool) -> (Out, Heard) {
    Out::heard(Style {
        json,
        ..Style::default()
    })
}

/// What is said of this progress: on stdout, and on stderr.
fn said(progress: &Progress<'_>) -> (String, String) {
    let (mut out, heard) = heard(false);
    tell(&mut out, progress);
    (heard.out(), heard.err())
}

#[test]
fn a_verdict_is_said_by_symbol_and_word() {
    let words = [
        (Verdict::Pass, "\u{2714} Pass", "32"),
        (Verdict::ConditionalPass, "\u{25b3} Conditional pass", "33"),
        (Verdict::ConditionalFail, "\u{25b2} Conditional fail", "33"),
        (Verdict::Fail, "\u{2716} Fail", "1;31"),
    ];
    let coloured = Style {
        color: Color::Always,
        ..Style::default()
    };
    for (it, word, code) in words {
        assert_eq!(verdict(&Out::unread(), it), word);
        let (out, _) = Out::heard(coloured);
        assert_eq!(verdict(&out, it), format!("\u{1b}[{code}m{word}\u{1b}[0m"));
    }
}

#[test]
fn steps_are_told_beside_what_is_read() {
    for (progress, line) in [
        (Progress::Step(2, 6, "as found"), "[2/6] as found\n"),
        (Progress::Note("the ring"), "      the ring\n"),
        (Progress::Detail("the draw"), ""),
        (
            Progress::Committed(7),
            "      generation 7 is in force and read back\n",
        ),
    ] {
        assert_eq!(said(&progress), (String::new(), line.to_owned()));
    }
    let (mut out, heard) = Out::heard(Style {
        verbose: 1,
        ..Style::default()
    });
    tell(&mut out, &Progress::Detail("the draw"));
    assert_eq!(heard.err(), "      the draw\n");
}

#[test]
fn each_point_is_a_row_with_its_verdict() {
    let mut results = sample::calibration().as_left;
    let rate = results.rate.as_mut().unwrap();
    let current = results.current.as_mut().unwrap();
    for (row, verdict) in results.depth.rows.iter_mut().zip(Verdict::ALL) {
        row.verdict = verdict;
    }
    results.depth.rows.truncate(4);
    rate.rows.truncate(1);
    current.rises.truncate(1);
    let (table, beside) = said(&Progress::Measured("as left", &results));
    assert_eq!(beside, "");
    assert_eq!(
        table,
        "\
as left     reference  pen says  deviation        U     k  verdict
----------  ---------  --------  ---------  -------  ----  ------------------
0 um                0         3         -3       19  2.00  \u{2714} Pass
250 um            249       252         -3       18  2.00  \u{25b3} Conditional pass
500 um            499       502         -3       17  2.00  \u{25b2} Conditional fail
750 um            750       752         -2       19  2.00  \u{2716} Fail
50 Hz          50.010    50.000    0.019 %  0.033 %  2.00  \u{2714} Pass
at rest       0.07 mA  11.90 mA  -11.84 mA  0.90 mA  2.01  \u{2714} Pass
rise 50 Hz   40.90 mA  39.95 mA      2.3 %    3.1 %  2.01  \u{2714} Pass

"
    );
    let (mut out, heard) = Out::heard(Style {
        color: Color::Always,
        ..Style::default()
    });
    tell(&mut out, &Progress::Measured("as left", &results));
    let table = heard.out();
    let rows: Vec<&str> = table.lines().collect();
    for (line, code) in [(2, "32m"), (3, "33m"), (4, "33m"), (5, "1;31m"), (8, "32m")] {
        assert!(
            rows[line].contains(&format!("\u{1b}[{code}")),
            "{}",
            rows[line]
        );
    }
}

#[test]
fn each_parameter_is_a_row_with_both_values() {
    let change = |name: &str| ParameterChange {
        name: name.to_owned(),
        old: "400".to_owned(),
        new: "412".to_owned(),
        unit: "counts".to_owned(),
        allowed: "0 to 4095".to_owned(),
    };
    let (table, beside) = said(&Progress::Proposed(&[change("A zero"), change("B zero")]));
    assert_eq!(beside, "");
    assert_eq!(
        table,
        "\
parameter  current  new  unit    allowed
---------  -------  ---  ------  ---------
A zero         400  412  counts  0 to 4095
B zero         400  412  counts  0 to 4095

"
    );
}

#[test]
fn each_progress_is_an_event_for_scripts() {
    let report = sample::calibration();
    for (progress, name) in [
        (Progress::Step(2, 6, "as found"), "step"),
        (Progress::Note("the ring"), "note"),
        (Progress::Measured("as left", &report.as_left), "measured"),
        (Progress::Proposed(&[]), "proposed"),
        (Progress::Committed(7), "committed"),
    ] {
        let (mut out, heard) = heard(true);
        tell(&mut out, &progress);
        let event: serde_json::Value = serde_json::from_str(&heard.out()).unwrap();
        assert_eq!(event["event"], name);
    }
}

#[test]
fn a_set_of_points_is_told_with_what_a_short_one_costs() {
    // Nobody said yet what the gauge is worth.
    let bench = PromptBench::new(Nobody, false, 2_517);
    let said = |subject, points: Points| {
        let settings = Settings {
            subject,
            points,
            repeats: points.repeats(),
            ..Settings::default()
        };
        let (mut out, heard) = heard(false);
        say_points(&settings, &bench, &mut out);
        heard.err()
    };
    let full = "points full: 63 readings as found, 63 as left if the pen is adjusted\n";
    let short = "points short: 38 readings as found, 18 as left if the pen is adjusted\n";
    let worth = "U of a depth will be about 19.7 um, with all points 18.7 um\n\
                 (a gauge of U = 4 um, single readings that scatter by 10 um)\n";
    let checked = "points short: 38 readings as found\n";
    assert_eq!(said(Subject::All, Points::Full), full);
    for (subject, text) in [
        (Subject::All, [short, worth].concat()),
        (Subject::Verify, [checked, worth].concat()),
        (
            Subject::Rate,
            "points short: 18 readings as found, 18 as left if the pen is adjusted\n".to_owned(),
        ),
        (
            Subject::Current,
            "points short: 24 readings as found\n".to_owned(),
        ),
    ] {
        assert_eq!(said(subject, Points::Short), text, "{subject:?}");
    }
    let inputs = BudgetInputs {
        reference_expanded_nm: 20_000,
        ..bench.instruments().depth
    };
    let [_, gauge] = super::worth(inputs, Points::Short, 2);
    assert!(gauge.starts_with("(a gauge of U = 20 um,"), "{gauge}");
}

#[test]
fn a_run_that_was_ended_early_says_how_to_go_on() {
    let folder = std::env::temp_dir().join(format!("penctl-told-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = StoreArgs {
        store: Some(folder.join("r.db").to_str().unwrap().parse().unwrap()),
    };
    let stage = SimStage::new(5).unwrap();
    let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
    let mut keep = Keep::open(&store, &mut client, None).unwrap();
    let settings = Settings {
        subject: Subject::Verify,
        points: Points::Short,
        repeats: 2,
        ..Settings::default()
    };
    let mut log = keep.log().unwrap();
    let (out, heard) = heard(false);
    say_resume(&settings, &mut log, &out);
    assert_eq!(heard.err(), "", "nothing was begun");
    let began = Began::given(client.hello().serial, Some((1, 0xabcd)));
    log.event(&began).unwrap();
    say_resume(&settings, &mut log, &out);
    let number = log.number().unwrap();
    assert_eq!(
        heard.err(),
        format!(
            "what was read is kept: `penctl calibrate verify --points short --resume {number}` goes on with it\n"
        )
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
