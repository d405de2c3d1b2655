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

    use super::HandsFree;
    use crate::procedure::{Answers, Desk, in_service};

    #[test]
    fn nobody_who_presses_the_data_key_is_waited_for_30_s_while_the_motor_turns() {
        let (_, mut client) = in_service(true);
        let mut desk = HandsFree(Answers::of("answers.txt", "dummy: y").unwrap());
        let begun = client.now();
        let error = desk
            .ask_until(&mut client, "reading 7 of 38", &mut |client| {
                assert!(client.now() < begun + Duration::from_secs(300), "for ever");
                Ok(false)
            })
            .unwrap_err();
        let waited = (client.now() - begun).as_secs();
        assert!((30..31).contains(&waited), "{waited} s");
        assert!(error.fix.contains("data key"), "{error}");
    }

    #[test]
    fn what_is_sent_in_time_is_taken() {
        let (_, mut client) = in_service(false);
        let mut desk = HandsFree(Answers::of("answers.txt", "dummy: y").unwrap());
        let begun = client.now();
        let came = desk.ask_until(&mut client, "reading 7 of 38", &mut |client| {
            Ok(client.now() >= begun + Duration::from_secs(119))
        });
        assert_eq!(came, Ok(None));
    }
}
