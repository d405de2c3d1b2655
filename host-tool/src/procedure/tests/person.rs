//! A person at a desk who answers, turns the ring and presses Enter when it is wrong to.

use std::collections::VecDeque;

use super::super::{Desk, PromptBench, Wait};
use super::*;
use crate::link::sim::TODAY;
use pen_core::status::Status;

/// What the person does next while a ring is waited for.
#[derive(Clone, Copy)]
enum Does {
    /// Turns the ring to this depth (um).
    Turns(f64),
    /// Presses Enter.
    Enter,
}

/// What was heard at the desk, in order.
type Log = std::rc::Rc<std::cell::RefCell<Vec<String>>>;

struct Person {
    stage: SimStage,
    answers: VecDeque<&'static str>,
    does: VecDeque<Does>,
    log: Log,
}

impl Desk for Person {
    fn ask(&mut self, _: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        self.log.borrow_mut().push(format!("ask {key}: {text}"));
        let answer = self.answers.pop_front();
        answer
            .map(str::to_owned)
            .ok_or_else(|| HostError::aborted("the test"))
    }

    fn wrong(&mut self, _: &str, answer: &str, why: &str) -> Result<(), HostError> {
        self.log.borrow_mut().push(format!("wrong {answer}: {why}"));
        Ok(())
    }

    fn forget(&mut self) {
        self.log.borrow_mut().push("forget".to_owned());
    }

    fn is_person(&self) -> bool {
        true
    }

    fn agree(&mut self, _: &[Line], _: bool) -> Result<(), HostError> {
        Ok(())
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        loop {
            for _ in 0..10 {
                match show(&client.status()?) {
                    Wait::Over => return Ok(()),
                    Wait::Show(text) => self.log.borrow_mut().push(format!("show {text}")),
                }
                client.wait(Duration::from_millis(100));
            }
            match self.does.pop_front() {
                Some(Does::Turns(um)) => self.stage.pen(|pen| pen.hand().turn_ring(um)),
                Some(Does::Enter) => return Ok(()),
                None => return Err(HostError::aborted("the test")),
            }
        }
    }
}

fn bench(answers: &[&'static str], does: &[Does]) -> (Client, PromptBench<Person>, Log) {
    let (stage, client) = pen(5, true);
    stage.pen(|pen| {
        pen.hand()
            .insert(pen_sim::hand::Cartridge::dummy(200_000_001));
    });
    stage.run(500);
    let log = Log::default();
    let person = Person {
        stage,
        answers: answers.iter().copied().collect(),
        does: does.iter().copied().collect(),
        log: log.clone(),
    };
    (client, PromptBench::new(person, false, TODAY), log)
}

#[test]
fn enter_alone_starts_no_motor_and_what_was_typed_before_is_no_answer() {
    // Enter twice, then yes; Enter, then no.
    for (answers, is_ready) in [(["", "", "y"], true), (["", "n", "y"], false)] {
        let (mut client, mut bench, log) = bench(&answers, &[]);
        let ended = bench.ready_to_run(&mut client, Phase::AsFound, 500);
        assert_eq!(ended.is_ok(), is_ready, "{answers:?}");
        let log = log.borrow();
        assert_eq!(log[0], "forget");
        assert!(
            log[1].contains("Ready?") && log[1].ends_with("[y/n]"),
            "{log:?}"
        );
        assert!(log[2].contains("type y or n"), "{log:?}");
    }
    let (mut client, mut bench, log) = bench(&["", "y"], &[]);
    bench.attend(&mut client, true).unwrap();
    assert_eq!(log.borrow()[0], "forget");
    assert_eq!(log.borrow().len(), 4, "Enter is no held button either");
}

#[test]
fn the_prompt_for_the_ring_always_says_that_enter_goes_on() {
    // A pen whose indication is far from the mark, and one that tells none there.
    for um in [1_000, -150] {
        let turned = [Does::Turns(f64::from(um)), Does::Enter];
        let (mut client, mut bench, log) = bench(&[], &turned);
        let mark = if um < 0 { -50 } else { 1_100 };
        bench
            .turn_ring(&mut client, mark, Direction::Deepening)
            .unwrap();
        let log = log.borrow();
        assert!(log.len() > 10, "{log:?}");
        for text in log.iter() {
            assert!(text.contains("Enter when it is there"), "{text}");
            assert!(text.len() <= "show ".len() + 76, "{text}");
        }
    }
}

#[test]
fn a_repeat_is_approached_again_from_its_side() {
    use Direction::{Deepening, Shallowing};
    use Does::{Enter, Turns};
    let cases: [(Direction, &[Does], bool); 9] = [
        (Deepening, &[], false),
        (Deepening, &[Enter], false),
        (Deepening, &[Enter, Enter], false),
        (Deepening, &[Turns(650.0), Turns(500.0)], false),
        (Deepening, &[Turns(440.0), Turns(500.0)], false),
        (Deepening, &[Turns(370.0), Turns(500.0)], true),
        (Shallowing, &[Turns(370.0), Turns(500.0)], false),
        (Shallowing, &[Turns(630.0), Turns(500.0)], true),
        (Shallowing, &[Turns(630.0), Turns(515.0), Enter], true),
    ];
    for (number, (direction, does, is_taken)) in cases.into_iter().enumerate() {
        let all = [&[Turns(500.0)], does].concat();
        let (mut client, mut bench, log) = bench(&[], &all);
        bench.turn_ring(&mut client, 500, Deepening).unwrap();
        let ended = bench.turn_ring(&mut client, 500, direction);
        assert_eq!(ended.is_ok(), is_taken, "case {number}: {:?}", log.borrow());
        let told = log
            .borrow()
            .iter()
            .filter(|it| it.starts_with("wrong"))
            .count();
        let enters = does.iter().filter(|it| matches!(it, Enter)).count();
        assert_eq!(told, if is_taken { 0 } else { enters }, "case {number}");
    }
    // From the outermost marks the ring's stops are near.
    for (mark, stop, direction) in [(-50, -150.0, Deepening), (2_400, 2_520.0, Shallowing)] {
        let there = Turns(f64::from(mark));
        let (mut client, mut bench, log) = bench(&[], &[there, Turns(stop), there]);
        bench.turn_ring(&mut client, mark, direction).unwrap();
        let ended = bench.turn_ring(&mut client, mark, direction);
        assert!(ended.is_ok(), "{mark}: {:?}", log.borrow());
    }
    // Another setting needs no way back.
    let (mut client, mut bench, _) = bench(&[], &[Turns(500.0), Turns(750.0)]);
    bench.turn_ring(&mut client, 500, Deepening).unwrap();
    bench.turn_ring(&mut client, 750, Deepening).unwrap();
}

#[test]
fn the_motor_does_not_turn_at_another_mark_than_the_one_asked_for() {
    let (stage, mut client) = pen(5, true);
    let bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let mut bench = gives_up(bench, "mark");
    let stood = stage.truth().theta_rad;
    let mut notes = 0;
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |progress| {
        notes += u32::from(matches!(progress, Progress::Note(text) if text.contains("the ring")));
    })
    .unwrap_err();
    assert_eq!(error.class, Class::Usage, "{error}");
    assert!(
        error.what.contains("motor") && error.why.contains("the ring"),
        "{error}"
    );
    assert_eq!(notes, 2, "asked three times");
    let turned = stage.truth().theta_rad - stood;
    assert!(turned.abs() < 0.01, "{turned} rad");
}
