//! The rig's process: messages in, messages out, and an end in every case.

use std::fmt;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::settings::Settings;

/// No message is longer (bytes).
const LIMIT: usize = 4 << 20;

/// A message in which the rig says why it did not do what it was told.
const REFUSED: u8 = 0xff;

/// A running rig.
pub(super) struct Node {
    child: Child,
    to: ChildStdin,
    heard: Receiver<Vec<u8>>,
    patience: Duration,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("process", &self.child.id())
            .finish_non_exhaustive()
    }
}

impl Node {
    /// Starts the rig.
    pub(super) fn start(settings: &Settings, serial: u64, seed: u32) -> Result<Self, String> {
        let mut child = settings
            .command(serial, seed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| settings.no_node(&error).to_string())?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err("the rig has no pipes".to_owned());
        };
        let (sender, heard) = channel();
        // Ends with the pipe.
        std::thread::spawn(move || {
            let mut from = from;
            while let Some(message) = message(&mut from) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            to,
            heard,
            patience: settings.patience,
        })
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a message of a kind and waits for the answer, which comes without the kind.
    pub(super) fn ask(&mut self, kind: u8, body: &[u8]) -> Result<Vec<u8>, String> {
        let length = u32::try_from(body.len() + 1).map_err(|_| "a message is too long")?;
        let mut whole = Vec::with_capacity(body.len() + 5);
        whole.extend(length.to_le_bytes());
        whole.push(kind);
        whole.extend(body);
        if self.to.write_all(&whole).is_err() {
            return Err(self.why_it_ended());
        }
        let answer = match self.heard.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => return Err(self.why_it_ended()),
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                return Err(format!(
                    "the rig said nothing for {} s and was ended",
                    self.patience.as_secs()
                ));
            }
        };
        match answer.split_first() {
            Some((&found, rest)) if found == kind => Ok(rest.to_vec()),
            Some((&REFUSED, rest)) => {
                let text = rest.get(2..).unwrap_or_default();
                Err(format!(
                    "the rig refused: {}",
                    String::from_utf8_lossy(text)
                ))
            }
            _ => Err("what the rig says is no answer".to_owned()),
        }
    }

    fn why_it_ended(&mut self) -> String {
        let _ = self.child.kill();
        let status = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        format!(
            "the rig ended ({status}), and standard error says why; if its package is missing: \
             npm ci --prefix sim/rp2040"
        )
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next message, unless the pipe has ended.
fn message(from: &mut ChildStdout) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    if length > LIMIT {
        return None;
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(body)
}
