//! Somebody who turns the ring and types nothing: answers come from a file, readings from instruments.

use std::io::{self, Write};

use pen_core::status::Status;

use crate::client::Client;
use crate::error::HostError;
use crate::escape;
use crate::procedure::{Answers, Desk, Line, Wait};

/// A file of answers, beside which somebody reads standard error.
#[derive(Debug)]
pub(super) struct HandsFree(pub(super) Answers);

/// A closed stderr shows nothing, and the calibration goes on.
fn say(text: &str) {
    // Unit tests tell their results line by line on the same terminal.
    if !cfg!(test) {
        let _ = writeln!(io::stderr().lock(), "{}", escape::lines(text, false));
    }
}

impl Desk for HandsFree {
    fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        self.0.ask(client, key, text)
    }

    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError> {
        self.0.wrong(key, answer, why)
    }

    fn tell(&mut self, text: &str) {
        say(&format!("  {text}"));
    }

    fn is_person(&self) -> bool {
        false
    }

    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError> {
        self.0.agree(script, sure)
    }

    fn has(&self, key: &str) -> bool {
        self.0.has(key)
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        self.0.watch(client, show)
    }

    fn ask_until(
        &mut self,
        client: &mut Client,
        text: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        say(&format!("  {text}"));
        self.0.ask_until(client, text, came)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pen_core::mode::Mode;
    use pen_core::request::Role;
    use pen_core::units::Rate;
    use pen_protocol::messages::ToPen;

    use super::HandsFree;
    use crate::client::{Client, Patience};
    use crate::error::Class;
    use crate::link::sim::SimStage;
    use crate::procedure::{Answers, Bench, Decides, Desk, SimBench};

    #[test]
    fn nobody_who_answers_is_waited_for_120_s_and_30_s_while_the_motor_turns() {
        for (turns, from, to) in [(false, 120, 121), (true, 30, 31)] {
            let stage = SimStage::new(5).unwrap();
            let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
            let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
            bench.prepare(&mut client).unwrap();
            bench.attend(&mut client, true).unwrap();
            client.authorise(Role::Technician).unwrap();
            client.demand(&ToPen::EnterService).unwrap();
            bench.attend(&mut client, false).unwrap();
            let wanted = if turns {
                client.run(Rate::from_hz(50)).unwrap();
                Mode::ServiceRunning
            } else {
                Mode::Service
            };
            let mut desk = HandsFree(Answers::of("answers.txt", "dummy: y").unwrap());
            let begun = client.now();
            let error = desk
                .ask_until(&mut client, "reading 7 of 38", &mut |client| {
                    // Longer than anybody would wait for the test.
                    assert!(client.now() < begun + Duration::from_secs(300), "for ever");
                    Ok(false)
                })
                .unwrap_err();
            let waited = (client.now() - begun).as_secs();
            assert!((from..to).contains(&waited), "{turns}: {waited} s");
            assert_eq!(error.class, Class::Usage, "{error}");
            let why = format!("waited {from} s for: reading 7 of 38");
            assert_eq!(error.why, why);
            assert!(error.fix.contains("data key"), "{error}");
            // The pen was told meanwhile that somebody is there.
            assert_eq!(client.status().unwrap().mode, wanted);
        }
    }

    #[test]
    fn what_is_sent_in_time_is_taken() {
        let stage = SimStage::new(5).unwrap();
        let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
        let mut desk = HandsFree(Answers::of("answers.txt", "dummy: y").unwrap());
        let begun = client.now();
        let came = desk.ask_until(&mut client, "reading 7 of 38", &mut |client| {
            Ok(client.now() >= begun + Duration::from_secs(119))
        });
        assert_eq!(came, Ok(None));
    }
}
