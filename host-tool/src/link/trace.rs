//! Keeps the bytes of an exchange, lossless, one frame a line.
//!
//! ```text
//! # penctl trace 1: seconds, direction (> to the pen, < from the pen), bytes
//! 0.001000 > 02010304...00
//! ```

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write;
use std::time::Duration;

use super::Transport;
use crate::clock::Clock;
use crate::error::HostError;

/// The first line of a trace.
pub(crate) const HEADER: &str =
    "# penctl trace 1: seconds, direction (> to the pen, < from the pen), bytes\n";

/// A link that writes down what passes.
pub struct Traced {
    link: Box<dyn Transport>,
    file: File,
    path: String,
    /// Bytes from the pen that have not yet made a whole frame.
    partial: Vec<u8>,
}

impl fmt::Debug for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Traced {
    /// Writes what passes over `link` to a new file.
    ///
    /// # Errors
    /// Something is there already, or the file cannot be made.
    pub fn new(link: Box<dyn Transport>, path: &str) -> Result<Self, HostError> {
        let broken = |error: std::io::Error| HostError::record_store(path, error.to_string());
        crate::fresh::is_free(std::path::Path::new(path))?;
        let mut file = File::create(path).map_err(broken)?;
        file.write_all(HEADER.as_bytes()).map_err(broken)?;
        Ok(Self {
            link,
            file,
            path: path.to_owned(),
            partial: Vec::new(),
        })
    }

    fn write(&mut self, direction: char, bytes: &[u8]) -> Result<(), HostError> {
        let line = line(self.link.now(), direction, bytes);
        self.file
            .write_all(line.as_bytes())
            .map_err(|error| HostError::record_store(&self.path, error.to_string()))
    }
}

/// One line of a trace.
pub(crate) fn line(at: Duration, direction: char, bytes: &[u8]) -> String {
    let mut line = format!("{}.{:06} {direction} ", at.as_secs(), at.subsec_micros());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(line, "{byte:02x}");
    }
    line.push('\n');
    line
}

/// Bytes that passed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Since the link was opened.
    pub(crate) at: Duration,
    /// `>` to the pen, `<` from the pen.
    pub(crate) direction: char,
    /// What passed.
    pub(crate) bytes: Vec<u8>,
}

/// The frames from the pen in a trace, each with its time.
///
/// # Errors
/// Which line is none of a trace.
pub(crate) fn read(text: &str) -> Result<Vec<(Duration, Vec<u8>)>, String> {
    let mut all = frames(text)?;
    all.retain(|passed| passed.direction == '<');
    Ok(all.into_iter().map(|it| (it.at, it.bytes)).collect())
}

/// Everything in a trace.
///
/// # Errors
/// Which line is none of a trace.
pub(crate) fn frames(text: &str) -> Result<Vec<Passed>, String> {
    if !text.starts_with("# penctl trace 1") {
        return Err("it is no trace of penctl: the first line says otherwise".into());
    }
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty())
        .map(|(number, line)| {
            parsed(line).ok_or_else(|| format!("line {number} is no line of a trace"))
        })
        .collect()
}

fn parsed(line: &str) -> Option<Passed> {
    let mut words = line.split_whitespace();
    let (at, direction, hex) = (words.next()?, words.next()?, words.next()?);
    let direction = match direction {
        ">" => '>',
        "<" => '<',
        _ => return None,
    };
    if words.next().is_some() || hex.len() % 2 != 0 {
        return None;
    }
    let (seconds, micros) = at.split_once('.')?;
    let at = Duration::from_secs(seconds.parse().ok()?)
        .checked_add(Duration::from_micros(micros.parse().ok()?))?;
    let bytes: Option<Vec<u8>> = (0..hex.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(hex.get(place..place + 2)?, 16).ok())
        .collect();
    Some(Passed {
        at,
        direction,
        bytes: bytes?,
    })
}

impl Drop for Traced {
    fn drop(&mut self) {
        let rest = std::mem::take(&mut self.partial);
        if !rest.is_empty() {
            // Nobody is left to hear of a failure.
            let _ = self.write('<', &rest);
        }
    }
}

impl Clock for Traced {
    fn now(&self) -> Duration {
        self.link.now()
    }

    fn wait(&mut self, span: Duration) {
        self.link.wait(span);
    }
}

impl Transport for Traced {
    fn name(&self) -> String {
        self.link.name()
    }

    fn suspicion(&self) -> Option<String> {
        self.link.suspicion()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        // A full disk must not keep the word stop from the pen.
        self.link.send(bytes)?;
        self.write('>', bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let count = self.link.receive(buffer, patience)?;
        for byte in buffer.iter().take(count) {
            self.partial.push(*byte);
            if *byte == 0 {
                let frame = std::mem::take(&mut self.partial);
                self.write('<', &frame)?;
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[test]
    fn a_line_keeps_time_direction_and_every_byte() {
        let line = super::line(Duration::from_micros(1_000_250), '<', &[0x0d, 0xff, 0]);
        assert_eq!(line, "1.000250 < 0dff00\n");
    }

    #[test]
    fn what_was_written_is_read_and_what_is_no_trace_is_named() {
        let text = format!(
            "{}{}{}",
            super::HEADER,
            super::line(Duration::from_millis(5), '>', &[1, 0]),
            super::line(Duration::from_micros(1_000_250), '<', &[0x0d, 0xff, 0]),
        );
        let frames = super::read(&text).unwrap();
        assert_eq!(
            frames,
            [(Duration::from_micros(1_000_250), vec![0x0d, 0xff, 0])]
        );
        assert!(super::read("hello").unwrap_err().contains("first line"));
        for wrong in [
            "x",
            "1.0 < 0",
            "1.0 ? 00",
            "1 < 00",
            "1.0 < zz",
            "1.0 < 00 11",
        ] {
            let why = super::read(&format!("{text}{wrong}\n")).unwrap_err();
            assert!(why.starts_with("line 4 "), "{wrong}: {why}");
        }
    }
}
