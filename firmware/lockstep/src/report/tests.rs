use super::{FAILURE_MAX, Greeting, Mark, Report, Request, Spoiling, Target, Work};
use crate::damage::{
    bytes_behind_are_refused, frames_read_as_written,
    shorter_payloads_are_refused_or_mean_themselves, truncations_are_refused,
};
use crate::{DATA_MAX, DUTY_STEPS, FRAME_MAX, Refusal, SOURCES, VERSION};

fn work<'a>(said: &'a [u8], status: Option<&'a [u8]>) -> Work<'a> {
    Work {
        forward: DUTY_STEPS,
        backward: 1_000,
        enable: true,
        supply: true,
        burn: Some(0x1122_3344_5566_7788),
        actuator_um: Some(-5),
        is_tacho_taken: true,
        fed: 1,
        consumed: 128,
        said,
        status,
    }
}

fn written(report: &Report<'_>) -> Vec<u8> {
    let mut room = [0; FRAME_MAX];
    let length = report.write(&mut room).unwrap();
    room[..length].to_vec()
}

fn rewrite(frame: &[u8]) -> Result<Vec<u8>, Refusal> {
    Report::read(frame).map(|it| written(&it))
}

fn all() -> Vec<Vec<u8>> {
    let said = [0x11; 2_048];
    let data = [0x5a; DATA_MAX];
    let text = "x".repeat(FAILURE_MAX);
    let mut reports: Vec<Report<'_>> = [Target::Unknown, Target::Armv7em, Target::Armv6m]
        .map(|target| {
            Report::Greeting(Greeting {
                version: VERSION,
                target,
                sources: SOURCES,
            })
        })
        .to_vec();
    for work in [
        Work::default(),
        work(&[], None),
        work(&said, Some(&[1, 2, 3])),
        work(&said, Some(&[])),
        Work {
            burn: None,
            ..work(&[9], None)
        },
        Work {
            supply: false,
            ..work(&[9], None)
        },
        Work {
            enable: false,
            ..work(&[9], None)
        },
        Work {
            actuator_um: None,
            ..work(&[9], None)
        },
    ] {
        reports.push(Report::Done(work));
        reports.push(Report::Started { is_up: true, work });
        reports.push(Report::Started { is_up: false, work });
    }
    let (offset, from, to) = (8_192, 4_096, 12_288);
    reports.extend([
        Report::Flash(Request::Read { offset, count: 64 }),
        Report::Flash(Request::Read {
            offset,
            count: 4_096,
        }),
        Report::Flash(Request::Program { offset, bytes: &[] }),
        Report::Flash(Request::Program {
            offset,
            bytes: &data,
        }),
        Report::Flash(Request::Erase { from, to }),
        Report::Spoiled(Spoiling::Flipped),
        Report::Spoiled(Spoiling::NothingInForce),
        Report::Spoiled(Spoiling::NoSuchLimit),
        Report::Mark(Mark {
            used: 5_000,
            size: 200_000,
        }),
        Report::Failure { text: "" },
        Report::Failure {
            text: "panicked at \u{e4}",
        },
        Report::Failure { text: &text },
    ]);
    reports.iter().map(written).collect()
}

#[test]
fn every_report_reads_as_it_was_written() {
    frames_read_as_written(&all(), rewrite);
}

#[test]
fn greeting_and_work_are_laid_out_as_documented() {
    let target = Target::Armv7em;
    let version = 0x0201;
    let frame = written(&Report::Greeting(Greeting {
        version,
        target,
        sources: 0x0807_0605_0403_0201,
    }));
    let greeting = b"\x81\x13\x00PENLOCK\x00\x01\x02\x01\x01\x02\x03\x04\x05\x06\x07\x08";
    assert_eq!(frame, greeting);
    let frame = written(&Report::Done(work(&[0xaa], Some(&[0xbb, 0xcc]))));
    let mut expected = vec![0x83, 26, 0, 0xa0, 0x0f, 0xe8, 0x03, 0b11_1111];
    expected.extend([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]);
    expected.extend([0xfb, 0xff, 0xff, 0xff, 1, 0, 128, 0, 1, 0, 0xaa, 0xbb, 0xcc]);
    assert_eq!(frame, expected);
}

#[test]
fn every_truncation_is_refused() {
    truncations_are_refused(&all(), rewrite);
}

#[test]
fn every_shorter_payload_is_refused_or_means_something_else() {
    shorter_payloads_are_refused_or_mean_themselves(&all(), rewrite);
}

#[test]
fn trailing_bytes_are_refused() {
    bytes_behind_are_refused(&all(), rewrite);
    for report in [
        Report::Mark(Mark::default()),
        Report::Done(Work::default()),
        Report::Flash(Request::Erase { from: 0, to: 0 }),
        Report::Flash(Request::Read {
            offset: 0,
            count: 0,
        }),
    ] {
        let mut frame = written(&report);
        let kind = frame[0];
        frame.push(0);
        frame[1] += 1;
        let refusal = Refusal::Trailing { kind, bytes: 1 };
        assert_eq!(Report::read(&frame), Err(refusal));
    }
}

#[test]
fn every_field_refuses_what_it_cannot_mean() {
    let field = |name, value| Refusal::Field { name, value };
    let damaged = |report: &Report<'_>, at: usize, byte: u8| {
        let mut frame = written(report);
        frame[at] = byte;
        Report::read(&frame).unwrap_err()
    };
    let greeting = Report::Greeting(Greeting {
        version: VERSION,
        target: Target::Armv6m,
        sources: SOURCES,
    });
    for at in 3..11 {
        assert_eq!(damaged(&greeting, at, b'x'), Refusal::Magic);
    }
    assert_eq!(damaged(&greeting, 13, 3), field("target", 3));
    let done = Report::Done(work(&[], None));
    assert_eq!(damaged(&done, 4, 0x10), field("duty", 0x10a0));
    assert_eq!(damaged(&done, 6, 0x20), field("duty", 0x20e8));
    assert_eq!(damaged(&done, 7, 0x7f), field("work flags", 0x7f));
    let started = Report::Started {
        is_up: true,
        work: Work::default(),
    };
    assert_eq!(damaged(&started, 3, 2), field("start result", 2));
    let read = Report::Flash(Request::Read {
        offset: 0,
        count: 4_096,
    });
    assert_eq!(damaged(&read, 7, 1), field("number of flash bytes", 4_097));
    let spoiled = Report::Spoiled(Spoiling::Flipped);
    assert_eq!(
        damaged(&spoiled, 3, 3),
        field("result of a disturbed cell", 3)
    );
    let failure = Report::Failure { text: "abc" };
    let name = "place of the first byte that is no text";
    assert_eq!(damaged(&failure, 4, 0xff), field(name, 1));
    for kind in (0..=u8::MAX).filter(|kind| !(0x81..=0x89).contains(kind)) {
        assert_eq!(Report::read(&[kind, 0, 0]), Err(Refusal::Kind { kind }));
    }
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let mut room = [0; 8_192];
    let field = |name, value| Err(Refusal::Field { name, value });
    let long = "x".repeat(FAILURE_MAX + 1);
    let report = Report::Failure { text: &long };
    let name = "length of a failure's text";
    assert_eq!(report.write(&mut room), field(name, 513));
    for backward in [0, 1] {
        let (forward, backward) = (4_001 * (1 - backward), 4_001 * backward);
        let work = Work {
            forward,
            backward,
            ..Work::default()
        };
        let report = Report::Done(work);
        assert_eq!(report.write(&mut room), field("duty", 4_001));
    }
    let bytes = &[0; DATA_MAX + 1];
    let report = Report::Flash(Request::Program { offset: 0, bytes });
    assert_eq!(
        report.write(&mut room),
        field("number of flash bytes", 4_097)
    );
    let said = [0; 5_000];
    let report = Report::Done(work(&said, None));
    assert_eq!(report.write(&mut room), Err(Refusal::NoRoom));
    for length in 0..12 {
        let report = Report::Done(Work::default());
        assert_eq!(report.write(&mut room[..length]), Err(Refusal::NoRoom));
    }
}

#[test]
fn refusals_tell_what_was_there_and_what_is_allowed() {
    let refusals = [
        Refusal::Kind { kind: 9 },
        Refusal::TooLong {
            kind: 2,
            len: 9_000,
        },
        Refusal::Short { kind: 2 },
        Refusal::Trailing { kind: 2, bytes: 3 },
        Refusal::Field {
            name: "duty",
            value: 4_001,
        },
        Refusal::Magic,
        Refusal::NoRoom,
    ];
    let texts = refusals.map(|refusal| refusal.to_string());
    assert_eq!(
        texts,
        [
            "no frame of this direction has kind 0x09",
            "frame of kind 0x02 claims 9000 bytes; at most 4352 are allowed",
            "frame of kind 0x02 ends too early",
            "frame of kind 0x02 has 3 bytes too many",
            "4001 is no duty",
            "no lock-step greeting",
            "the frame does not fit",
        ]
    );
}
