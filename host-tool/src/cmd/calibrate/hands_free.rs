//! Somebody who turns the ring and types nothing: answers come from a file, readings from instruments.

use std::io::{self, Write};
use std::time::Duration;

use pen_core::mode::Mode;
use pen_core::status::Status;

use crate::client::Client;
use crate::error::HostError;
use crate::escape;
use crate::procedure::{Answers, Desk, Line, Wait};

/// How long an instrument is waited for that cannot be asked: while the motor rests, and while it turns.
/// Source: none yet; somebody presses a data key when told to.
const PATIENCE: Duration = Duration::from_secs(120);
const PATIENCE_TURNING: Duration = Duration::from_secs(30);

/// A file of answers, beside which somebody reads standard error.
#[derive(Debug)]
pub(super) struct HandsFree(pub(super) Answers);

/// A closed stderr shows nothing, and the calibration goes on.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape::lines(text, false));
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
        let turns = client.status()?.mode == Mode::ServiceRunning;
        let patience = if turns { PATIENCE_TURNING } else { PATIENCE };
        let until = client.now() + patience;
        while !came(client)? {
            if client.now() >= until {
                let why = format!("waited {} s for: {text}", patience.as_secs());
                return Err(HostError::usage("no instrument sent a reading", why)
                    .with_fix("press its data key when it is asked for; go on with --resume"));
            }
            client.wait_alive(Duration::ZERO)?;
        }
        Ok(None)
    }
}
