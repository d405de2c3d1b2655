//! Where answers come from: each desk by itself, and one behind a pointer.

use std::cell::RefCell;
use std::rc::Rc;

use pen_core::status::Status;

use super::super::desk::yes_or_no;
use super::super::{Answers, Desk, Nobody, Wait, in_service};
use super::*;
use crate::error::Code;

/// Notes everything that it is asked, and answers the same each time.
struct Noted {
    log: Rc<RefCell<Vec<String>>>,
    answer: &'static str,
    is: bool,
}

impl Noted {
    fn note(&self, text: String) {
        self.log.borrow_mut().push(text);
    }
}

impl Desk for Noted {
    fn ask(&mut self, _: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        self.note(format!("ask {key} {text}"));
        Ok(self.answer.to_owned())
    }

    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError> {
        self.note(format!("wrong {key} {answer} {why}"));
        Err(HostError::aborted("the test"))
    }

    fn forget(&mut self) {
        self.note("forget".to_owned());
    }

    fn forget_numbers(&mut self) -> usize {
        7
    }

    fn tell(&mut self, text: &str) {
        self.note(format!("tell {text}"));
    }

    fn gauge_types(&mut self) {
        self.note("gauge types".to_owned());
    }

    fn ask_until(
        &mut self,
        _: &mut Client,
        text: &str,
        _: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        self.note(format!("until {text}"));
        Ok(Some(self.answer.to_owned()))
    }

    fn is_person(&self) -> bool {
        self.is
    }

    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError> {
        self.note(format!("agree {} {sure}", script.len()));
        Ok(())
    }

    fn has(&self, _: &str) -> bool {
        self.is
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        let shown = show(&client.status()?);
        self.note(format!("watch {shown:?}"));
        Ok(())
    }
}

#[test]
fn a_desk_behind_a_pointer_is_the_desk() {
    let (_stage, mut client) = in_service(false);
    for is in [false, true] {
        let log = Rc::default();
        let mut desk: Box<dyn Desk> = Box::new(Noted {
            log: Rc::clone(&log),
            answer: "y",
            is,
        });
        let desk: &mut Box<dyn Desk> = &mut desk;
        assert_eq!(
            Desk::ask(desk, &mut client, "dummy", "in?"),
            Ok("y".to_owned())
        );
        let wrong = Desk::wrong(desk, "dummy", "x", "no word").unwrap_err();
        assert_eq!(wrong.code, Code::Aborted);
        Desk::forget(desk);
        assert_eq!(Desk::forget_numbers(desk), 7);
        Desk::tell(desk, "all is well");
        Desk::gauge_types(desk);
        let until = Desk::ask_until(desk, &mut client, "reading 1", &mut |_| Ok(false));
        assert_eq!(until, Ok(Some("y".to_owned())));
        Desk::agree(desk, &[], true).unwrap();
        Desk::watch(desk, &mut client, &mut |_| Wait::Over).unwrap();
        assert_eq!((Desk::is_person(desk), Desk::has(desk, "dummy")), (is, is));
        assert_eq!(
            *log.borrow(),
            [
                "ask dummy in?",
                "wrong dummy x no word",
                "forget",
                "tell all is well",
                "gauge types",
                "until reading 1",
                "agree 0 true",
                "watch Over",
            ]
        );
    }
}

#[test]
fn nobody_answers_nothing_and_no_reason_overrules_anything() {
    let (_stage, mut client) = in_service(false);
    let mut nobody = Nobody;
    let error = nobody.ask(&mut client, "dummy", "is it in?").unwrap_err();
    assert_eq!((error.code, error.exit_code()), (Code::NotConfirmed, 2));
    assert_eq!(error.what, "nobody can answer: is it in?");
    let error = nobody.wrong("dummy", "x", "no word").unwrap_err();
    assert_eq!((error.code, error.why.as_str()), (Code::Usage, "no word"));
    assert!(error.what.contains("`dummy: x`"), "{error}");
    assert_eq!(nobody.forget_numbers(), 0);
    assert!(!nobody.is_person() && !nobody.has("dummy"));
}

#[test]
fn an_empty_answer_is_the_default_and_a_word_is_what_it_says() {
    let (_stage, mut client) = in_service(false);
    for (answer, by_default) in [
        ("", [true, false]),
        ("yes", [true, true]),
        ("n", [false, false]),
    ] {
        for (default, meant) in [true, false].into_iter().zip(by_default) {
            let log = Rc::default();
            let mut desk = Noted {
                log: Rc::clone(&log),
                answer,
                is: true,
            };
            let said = yes_or_no(&mut desk, &mut client, "commit", "go on?", default);
            assert_eq!(said, Ok(meant), "{answer} {default}");
            let keys = if default { "Y/n" } else { "y/N" };
            assert_eq!(*log.borrow(), [format!("ask commit go on? [{keys}]")]);
        }
    }
    let mut desk = Noted {
        log: Rc::default(),
        answer: "maybe",
        is: true,
    };
    let said = yes_or_no(&mut desk, &mut client, "commit", "go on?", true);
    assert_eq!(said.unwrap_err().code, Code::Aborted);
}

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn whoever_turns_the_ring_beside_a_file_is_told_each_mark_once() {
    let (_stage, mut client) = in_service(false);
    let answers = Answers::of("f", "dummy: y").unwrap();
    let mut answers =
        answers.telling(|text| TOLD.with_borrow_mut(|told| told.push(text.to_owned())));
    let mut looks = 0;
    answers
        .watch(&mut client, &mut |_| {
            looks += 1;
            match looks {
                1..=3 => Wait::Show(format!("ring to 500 um; the pen says {looks}")),
                4..=5 => Wait::Show(format!("ring above 780 um; the pen says {looks}")),
                _ => Wait::Over,
            }
        })
        .unwrap();
    let told = TOLD.take();
    assert_eq!(
        told,
        [
            "ring to 500 um; the pen says 1",
            "ring above 780 um; the pen says 4"
        ]
    );
}

#[test]
fn a_key_or_two_that_are_missing_are_named_without_a_count() {
    let line = |key: &str| Line {
        key: key.to_owned(),
        about: String::new(),
        example: String::new(),
    };
    let missing = |count: usize| {
        let keys: Vec<String> = (1..=count).map(|number| format!("key {number}")).collect();
        let lines: Vec<Line> = keys.iter().map(|key| line(key)).collect();
        let error = Answers::of("f", "").unwrap().agree(&lines, false);
        let named: Vec<String> = keys.iter().take(12).map(|key| format!("`{key}`")).collect();
        (
            error.unwrap_err().why,
            format!("it lacks {}", named.join(", ")),
        )
    };
    for (count, tail) in [
        (1, ""),
        (2, ""),
        (12, ""),
        (13, " and 1 more"),
        (20, " and 8 more"),
    ] {
        let (why, named) = missing(count);
        assert_eq!(why, format!("{named}{tail}"));
    }
}
