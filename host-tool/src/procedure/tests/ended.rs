//! What is said to whoever ended a calibration early: only what the pen says is so.

use super::super::observer::{Event, Observer};
use super::super::{Replay, calibrate_kept};
use super::*;
use crate::error::Code;

#[test]
fn whoever_gives_up_is_told_what_is_in_force() {
    for (at, is_calibrated, words) in [
        ("gauge", true, ["generation 1 is in force", "signed off"]),
        (
            "gauge",
            false,
            ["the pen has no calibration", "start again"],
        ),
        (
            "left gauge",
            true,
            ["generation 2 is in force", "unverified"],
        ),
    ] {
        let (stage, mut client) = pen(5, is_calibrated);
        let bench = SimBench::new(stage, 5, Decides::Yes);
        let mut bench = gives_up(bench, at);
        let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
        assert_eq!(error.code, Code::Aborted, "{at}: {error}");
        for word in words {
            assert!(error.fix.contains(word), "{at} {is_calibrated}: {error}");
        }
    }
}

/// Whoever keeps events ends the run at the first reading after, or before, a commit.
struct Ends {
    error: HostError,
    after_commit: bool,
    has_committed: bool,
}

impl Observer for Ends {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        self.has_committed |= matches!(event, Event::Committed { .. });
        let is_reading = matches!(event, Event::Taken(_));
        if is_reading && self.has_committed == self.after_commit {
            return Err(self.error.clone());
        }
        Ok(())
    }
}

#[test]
fn every_end_after_a_commit_says_that_it_is_unverified_and_how_to_go_on() {
    let errors = [
        HostError::record_store("the store", "full"),
        HostError::link_lost("sim:5", "unplugged"),
        HostError::fit_refused("too few points"),
        HostError::internal("a test"),
    ];
    for error in errors {
        for after_commit in [true, false] {
            let (stage, mut client) = pen(5, true);
            let mut bench = SimBench::new(stage, 5, Decides::Yes);
            let mut observer = Ends {
                error: error.clone(),
                after_commit,
                has_committed: false,
            };
            let nothing = Replay::default();
            let ended = calibrate_kept(
                &mut client,
                &mut bench,
                &settings(),
                &mut |_| {},
                &mut observer,
                nothing,
            )
            .unwrap_err();
            let what = format!("{after_commit}: {ended}");
            assert_eq!(ended.code, error.code, "{what}");
            assert_eq!(ended.fix.contains("unverified"), after_commit, "{what}");
            assert_eq!(ended.fix.contains("calibrate undo"), after_commit, "{what}");
            // Whatever else helps is still said.
            assert!(ended.fix.contains(&error.fix), "{what}");
        }
    }
}

/// A store that another program holds for so many attempts at the fourth reading, each of which takes 100 ms.
struct Busy {
    stage: SimStage,
    held: u32,
    kept: Vec<Event>,
}

impl Observer for Busy {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        let taken = self.kept.iter().filter(|it| matches!(it, Event::Taken(_)));
        if self.held > 0 && taken.count() == 3 {
            self.held -= 1;
            self.stage.run(100);
            return Err(HostError::store_busy("the store", 20));
        }
        self.kept.push(event.clone());
        Ok(())
    }
}

#[test]
fn a_store_that_another_program_holds_is_waited_for_with_the_pen_kept_alive() {
    // For 6 s, when the pen would have left Service mode after 3 s; and for longer than it is waited for.
    for (held, is_kept) in [(60, true), (250, false)] {
        let (stage, mut client) = pen(5, true);
        let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
        let mut observer = Busy {
            stage,
            held,
            kept: Vec::new(),
        };
        let mut notes = String::new();
        let ended = calibrate_kept(
            &mut client,
            &mut bench,
            &settings(),
            &mut |progress| {
                if let Progress::Note(text) = progress {
                    notes.push_str(text);
                }
            },
            &mut observer,
            Replay::default(),
        );
        // Told once, not at each attempt.
        let told = notes.matches("another program holds the records").count();
        assert_eq!(told, 1, "{notes}");
        if is_kept {
            assert_eq!(ended.unwrap().as_left, Verdict::Pass);
            continue;
        }
        let error = ended.unwrap_err();
        assert_eq!(error.code, Code::StoreBusy, "{error}");
        assert_eq!(client.status().unwrap().mode, Mode::Locked);
        // What could not be kept is read again by whoever goes on with it.
        let replay = Replay::of(&observer.kept);
        assert_eq!(replay.readings(), 3);
        observer.held = 0;
        let outcome = calibrate_kept(
            &mut client,
            &mut bench,
            &settings(),
            &mut |_| {},
            &mut observer,
            replay,
        );
        assert_eq!(outcome.unwrap().as_left, Verdict::Pass);
    }
}

#[test]
fn a_pen_that_says_nothing_any_more_is_to_be_looked_at() {
    let (stage, _) = pen(5, true);
    let is_dead = std::rc::Rc::new(std::cell::Cell::new(false));
    let link = Dies {
        link: stage.link(),
        is_dead: is_dead.clone(),
    };
    let mut client = Client::connect(Box::new(link), Patience::default()).unwrap();
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let mut events: Vec<Event> = Vec::new();
    let mut listener = |progress: &Progress<'_>| {
        if matches!(progress, Progress::Committed(_)) {
            is_dead.set(true);
        }
    };
    let error = calibrate_kept(
        &mut client,
        &mut bench,
        &settings(),
        &mut listener,
        &mut events,
        Replay::default(),
    )
    .unwrap_err();
    assert_eq!(error.code, Code::LinkLost, "{error}");
    for word in ["penctl status", "replug", "does not say what is in force"] {
        assert!(error.fix.contains(word), "{error}");
    }
    // That it ended is kept, and once.
    let ended = events.iter().filter(|it| matches!(it, Event::Ended { .. }));
    assert_eq!(ended.count(), 1);
}

#[test]
fn whoever_interrupts_waits_for_no_pen_that_is_silent() {
    use super::lies::tapped;
    use crate::clock::{Signal, simulate};
    let is_silent = std::rc::Rc::new(std::cell::Cell::new(false));
    let silent = is_silent.clone();
    let (stage, mut client, _) = tapped(5, move |_, answer, _| match silent.get() {
        true => vec![],
        false => vec![answer],
    });
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let mut listener = |progress: &Progress<'_>| {
        if matches!(progress, Progress::Committed(_)) {
            is_silent.set(true);
            simulate(Some(Signal::Interrupt));
        }
    };
    let before = Settings {
        adjust: Adjust::Always,
        ..settings()
    };
    let mut events: Vec<(Event, Duration)> = Vec::new();
    let error = calibrate_kept(
        &mut client,
        &mut bench,
        &before,
        &mut listener,
        &mut Timed(&stage, &mut events),
        Replay::default(),
    )
    .unwrap_err();
    simulate(None);
    assert_eq!(error.code, Code::Interrupted, "{error}");
    let (_, committed) = events
        .iter()
        .find(|(event, _)| matches!(event, Event::Committed { .. }))
        .unwrap();
    // The last words to it are cut short, and it is not asked for a minute what is in force.
    let took = client.now() - *committed;
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// Every event, and when it was.
struct Timed<'a>(&'a SimStage, &'a mut Vec<(Event, Duration)>);

impl Observer for Timed<'_> {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        self.1
            .push((event.clone(), Duration::from_micros(self.0.truth().time_us)));
        Ok(())
    }
}

/// A link that breaks for good.
struct Dies {
    link: crate::link::sim::SimLink,
    is_dead: std::rc::Rc<std::cell::Cell<bool>>,
}

impl crate::clock::Clock for Dies {
    fn now(&self) -> Duration {
        self.link.now()
    }

    fn wait(&mut self, span: Duration) {
        self.link.wait(span);
    }
}

impl crate::link::Transport for Dies {
    fn name(&self) -> String {
        self.link.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        if self.is_dead.get() {
            return Err(HostError::link_lost("sim:5", "unplugged"));
        }
        self.link.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        self.link.receive(buffer, patience)
    }
}
