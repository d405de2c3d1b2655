//! Somebody who turns the ring and types nothing: answers come from a file, readings from instruments.

use std::io::{self, Write};
use std::time::Duration;

use pen_core::status::Status;

use crate::client::Client;
use crate::error::HostError;
use crate::procedure::{Answers, Desk, Line, Wait};

/// How often the ring is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A file of answers, beside which somebody reads standard error.
#[derive(Debug)]
pub(super) struct HandsFree(pub(super) Answers);

/// A closed stderr shows nothing, and the calibration goes on.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
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
        let mut shown = String::new();
        loop {
            match show(&client.status()?) {
                Wait::Over => return Ok(()),
                Wait::Show(text) => {
                    // What the pen says changes all the time; what is to be done does not.
                    let order = text.split("; ").next().unwrap_or_default();
                    if order != shown {
                        say(&format!("  {order}"));
                        order.clone_into(&mut shown);
                    }
                }
            }
            client.wait_alive(LOOK)?;
        }
    }

    fn ask_until(
        &mut self,
        client: &mut Client,
        text: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        say(&format!("  {text}"));
        while !came(client)? {
            client.wait_alive(Duration::ZERO)?;
        }
        Ok(None)
    }
}
