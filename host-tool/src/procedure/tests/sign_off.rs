//! The role that a technician has for ten minutes, and the sign-off of what was measured.

use std::cell::Cell;
use std::rc::Rc;

use pen_core::locks::Lock;
use pen_core::request::{Refusal, Role};
use pen_core::status::Status;
use pen_protocol::messages::{InfoReply, SignOff, ToHost, ToPen};

use super::lies::{Heard, assert_given_up, tapped, tapped_instead};
use super::verdicts::{Off, off};
use super::*;

/// A bench that says yes, over a link to a pen whose role falls whenever `falls` says so of a request, and
/// which takes a technician in Service and a sign-off only while somebody holds the button.
fn forgetful(falls: fn(&ToPen) -> bool) -> (Client, Heard, Off) {
    let held = Rc::new(Cell::new(false));
    let (holds, mut entered, mut fallen) = (held.clone(), false, None);
    let instead = move |asked: &ToPen| {
        entered |= *asked == ToPen::EnterService;
        if !entered {
            return None;
        }
        if fallen.is_none() && falls(asked) {
            fallen = Some(true);
        }
        let nobody = (!holds.get()).then_some(ToHost::Refused(Refusal::NobodyAtThePen));
        match asked {
            ToPen::Authorise(_) => {
                fallen = fallen.filter(|_| !holds.get()).or(Some(!holds.get()));
                Some(nobody.unwrap_or(ToHost::Done))
            }
            ToPen::Run(_)
            | ToPen::Stage(_)
            | ToPen::Commit(_)
            | ToPen::SignOff(_)
            | ToPen::LeaveService
                if fallen == Some(true) =>
            {
                Some(ToHost::Refused(Refusal::Role {
                    asked: Role::Operator,
                    needed: Role::Technician,
                }))
            }
            ToPen::SignOff(_) => nobody,
            _ => None,
        }
    };
    let (stage, client, heard) = tapped_instead(5, |_, answer, _| vec![answer], instead);
    let bench = Off {
        says: true,
        held,
        ..off(&stage, (None, 0), (50, 0))
    };
    (client, heard, bench)
}

#[test]
fn a_role_that_falls_in_service_is_renewed_with_the_button_held_and_nothing_is_lost() {
    let falls: [fn(&ToPen) -> bool; 6] = [
        |_| false,
        |asked| matches!(asked, ToPen::Run(_)),
        |asked| matches!(asked, ToPen::Stage(_)),
        |asked| matches!(asked, ToPen::Commit(_)),
        |asked| matches!(asked, ToPen::SignOff(_)),
        |asked| matches!(asked, ToPen::LeaveService),
    ];
    for (number, falls) in falls.into_iter().enumerate() {
        let (mut client, heard, mut bench) = forgetful(falls);
        let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {});
        let outcome = outcome.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!((outcome.as_left, outcome.generation), (Verdict::Pass, 2));
        let status = client.status().unwrap();
        assert_eq!(status.mode, Mode::Locked, "{number}");
        assert!(!status.locks.has(Lock::Unverified), "{number}");
        assert!(!bench.held.get(), "{number}: told to let go");
        let asked = |wanted: fn(&ToPen) -> bool| {
            let heard = heard.borrow();
            heard.iter().filter(|(_, _, it)| wanted(it)).count()
        };
        let technician = |it: &ToPen| matches!(it, ToPen::Authorise(_));
        assert_eq!(asked(technician), 1 + usize::from(number > 0), "{number}");
        assert_eq!(asked(|it| *it == ToPen::EnterService), 1, "{number}");
    }
}

#[test]
fn a_role_that_falls_while_the_motor_turns_is_renewed_at_rest() {
    // At the second rate the motor turns already.
    let (mut client, heard, mut bench) =
        forgetful(|asked| matches!(asked, ToPen::Run(run) if run.rate.as_mhz() == 65_000));
    let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    assert_eq!(outcome.as_left, Verdict::Pass);
    let heard = heard.borrow();
    let told = heard.iter().map(|(_, _, message)| *message);
    let told: Vec<ToPen> = told
        .filter(|it| matches!(it, ToPen::Run(_) | ToPen::Stop | ToPen::Authorise(_)))
        .collect();
    let renewed = 1 + told
        .iter()
        .skip(1)
        .position(|it| matches!(it, ToPen::Authorise(_)))
        .unwrap();
    assert_eq!(told[renewed - 1], ToPen::Stop, "{told:?}");
    assert_eq!(told[renewed - 2], told[renewed + 1], "{told:?}");
}

#[test]
fn cal_005_nobody_at_the_button_signs_nothing_off() {
    let (stage, mut client, heard) = tapped_instead(
        5,
        |_, answer, _| vec![answer],
        |asked| {
            matches!(asked, ToPen::SignOff(_)).then_some(ToHost::Refused(Refusal::NobodyAtThePen))
        },
    );
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, HostError::not_attended(10).class, "{error}");
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
    // It was asked again for 10 s, and no longer.
    let heard = heard.borrow();
    let asked: Vec<Duration> = heard
        .iter()
        .filter(|(_, _, it)| matches!(it, ToPen::SignOff(_)))
        .map(|(at, _, _)| *at)
        .collect();
    let span = *asked.last().unwrap() - asked[0];
    assert!((9..=11).contains(&span.as_secs()), "{span:?}");
}

/// Enters Service mode and puts the calibration in force there again, which makes it unverified.
fn make_unverified(client: &mut Client, bench: &mut SimBench) {
    undo::serve(client, bench);
    undo::commit_again(client, 2);
    client.demand(&ToPen::LeaveService).unwrap();
}

#[test]
fn cal_005_a_plain_pass_of_depth_alone_is_not_signed_off() {
    // A pen that tells no depth does not turn its motor: its rate is not measured.
    let (stage, mut client, heard) = tapped(5, |_, answer, _| {
        vec![match answer {
            ToHost::StatusReply(status) => ToHost::StatusReply(Status {
                depth: None,
                ..status
            }),
            other => other,
        }]
    });
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    make_unverified(&mut client, &mut bench);
    let never = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let mut told = Vec::new();
    let outcome = calibrate(&mut client, &mut bench, &never, &mut |progress| {
        if let Progress::Note(text) = progress {
            told.push((*text).to_owned());
        }
    })
    .unwrap();
    assert_eq!(outcome.as_left, Verdict::ConditionalPass);
    assert!(outcome.report.as_left.rate.is_none());
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
    let signed = |(_, _, it): &(Duration, u8, ToPen)| matches!(it, ToPen::SignOff(_));
    assert!(!heard.borrow().iter().any(signed));
    let why = "the rate was not measured: generation 2";
    assert!(told.iter().any(|it| it.starts_with(why)), "{told:?}");
}

#[test]
fn cal_005_a_sign_off_is_read_back() {
    // A pen that says yes and does nothing.
    let (stage, mut client, heard) = tapped_instead(
        5,
        |_, answer, _| vec![answer],
        |asked| matches!(asked, ToPen::SignOff(_)).then_some(ToHost::Done),
    );
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, Class::VerifyFailed, "{error}");
    assert_given_up(&stage, &heard, "read back");
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
}

#[test]
fn cal_005_no_other_pen_is_signed_off() {
    // The cable is put into another pen after the commit.
    let mut commits = 0;
    let (stage, mut client, heard) = tapped(5, move |asked, answer, _| {
        commits += u32::from(matches!(asked, ToPen::Commit(_)));
        vec![match answer {
            ToHost::InfoReply(info) if commits > 0 => ToHost::InfoReply(InfoReply {
                serial: info.serial + 1,
                ..info
            }),
            other => other,
        }]
    });
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, HostError::wrong_pen("", "", "").class);
    let heard = heard.borrow();
    assert!(
        heard
            .iter()
            .all(|(_, _, it)| !matches!(it, ToPen::SignOff(_)))
    );
}

#[test]
fn cal_005_the_generation_that_was_measured_is_signed_off_and_no_later_one() {
    // Another program commits while as left is measured: the pen has generation 3 by the end.
    let (stage, mut client, heard) = tapped_instead(
        5,
        |_, answer, _| {
            vec![match answer {
                ToHost::StatusReply(status) if status.generation == 2 => {
                    ToHost::StatusReply(Status {
                        generation: 3,
                        ..status
                    })
                }
                other => other,
            }]
        },
        |asked| {
            let ToPen::SignOff(SignOff { generation }) = asked else {
                return None;
            };
            Some(ToHost::Refused(Refusal::OtherGeneration {
                asked: *generation,
                in_force: 3,
            }))
        },
    );
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.exit_code(), 40, "{error}");
    let heard = heard.borrow();
    let named: Vec<u32> = heard
        .iter()
        .filter_map(|(_, _, it)| match it {
            ToPen::SignOff(it) => Some(it.generation),
            _ => None,
        })
        .collect();
    assert_eq!(named, [2]);
}

#[test]
fn a_pen_without_a_calibration_has_none_that_is_signed_off() {
    let (stage, mut client) = pen(5, false);
    let mut bench = off(&stage, (None, 0), (50, 0));
    let never = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &never, &mut |_| {}).unwrap();
    assert_eq!(outcome.generation, 0);
    let record = &outcome.report.record;
    let said = record
        .iter()
        .find(|fact| fact.label == "Signed off in the pen");
    assert_eq!(said.unwrap().value, "no calibration");
}
