//! A client and a calibration without terminal, files and real time: what a page in a browser or a
//! test stand would do. Bench and pen are simulated here, and the simulated pen is what this example
//! needs the feature `program` for; a program of yours brings its own `Transport` for the way to the
//! pen and its own `Bench` for whoever measures, and goes without.
//!
//! ```sh
//! cargo run -p pen-host --example headless
//! ```

use std::fmt::Write as _;
use std::process::ExitCode;

use pen_host::client::{Client, Patience};
use pen_host::error::HostError;
use pen_host::link::sim::SimStage;
use pen_host::metrology::Verdict;
use pen_host::procedure::{
    Adjust, Decides, Event, Observer, Outcome, Progress, Replay, Settings, SimBench, calibrate_kept,
};
use pen_host::report::render_calibration_html;

/// Keeps what happens. A store of records would go here.
#[derive(Debug, Default)]
struct Kept(Vec<Event>);

impl Observer for Kept {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        self.0.push(event.clone());
        Ok(())
    }
}

/// What came of it: a few lines for people, the outcome, how many events were told.
struct Done {
    said: String,
    outcome: Outcome,
    events: usize,
}

/// Asks a pen who it is, then calibrates it.
fn calibrate(seed: u64) -> Result<Done, HostError> {
    let stage = SimStage::new(seed)?;
    let mut client = Client::connect(Box::new(stage.link()), Patience::default())?;
    let mut said = String::new();
    let info = client.info()?;
    // Writing to a string cannot fail.
    let _ = writeln!(said, "pen {} with firmware {}", info.serial, info.firmware);

    let settings = Settings {
        adjust: Adjust::Always,
        ..Settings::default()
    };
    let mut bench = SimBench::new(stage, seed, Decides::Yes);
    let mut kept = Kept::default();
    let mut listener = |progress: &Progress<'_>| {
        if let Progress::Step(number, of, text) = progress {
            let _ = writeln!(said, "{number} of {of}: {text}");
        }
    };
    let outcome = calibrate_kept(
        &mut client,
        &mut bench,
        &settings,
        &mut listener,
        &mut kept,
        Replay::default(),
    )?;
    Ok(Done {
        said,
        outcome,
        events: kept.0.len(),
    })
}

fn main() -> ExitCode {
    match calibrate(28) {
        Ok(Done {
            said,
            outcome,
            events,
        }) => {
            let page = render_calibration_html(&outcome.report);
            print!("{said}");
            println!(
                "as found {}, as left {}, generation {}; {events} events, a page of {} bytes",
                outcome.as_found.word(),
                outcome.as_left.word(),
                outcome.generation,
                page.len()
            );
            if outcome.as_left == Verdict::Pass {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(3)
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::calibrate;
    use pen_host::metrology::Verdict;

    #[test]
    fn a_pen_is_calibrated_without_a_terminal_and_twice_the_same() {
        let done = calibrate(28).expect("it ends");
        assert_eq!(done.outcome.as_left, Verdict::Pass);
        assert_eq!(done.outcome.generation, 2);
        for step in 1..=6 {
            assert!(
                done.said.contains(&format!("{step} of 6: ")),
                "{}",
                done.said
            );
        }
        // Two runs of 63 readings, and what lies between.
        assert!(done.events > 126, "{}", done.events);
        let again = calibrate(28).expect("it ends");
        assert_eq!((again.said, again.events), (done.said, done.events));
    }
}
