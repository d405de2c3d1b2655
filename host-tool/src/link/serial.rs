//! A serial port, opened for this program alone.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use serialport::{ErrorKind, SerialPort};

use super::{Transport, broken, is_only_late};
use crate::clock::{Clock, RealClock};
use crate::error::HostError;

/// USB does not care; a bridge or a bare UART does.
const BAUD: u32 = 115_200;

/// An open serial port.
pub struct SerialLink {
    name: String,
    port: Box<dyn SerialPort>,
    clock: RealClock,
}

impl fmt::Debug for SerialLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerialLink")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why a port could not be opened: one cause each, never "busy or does not exist".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenFailure {
    /// There is no such port.
    Missing,
    /// It exists and this user may not open it.
    Denied,
    /// Another program holds it.
    Busy,
    /// It exists and is something else than a serial port.
    NotSerial,
    /// The operating system says something else.
    Other,
}

/// The cause of a failure to open `path`.
#[must_use]
pub fn classify(path: &str, error: &serialport::Error) -> OpenFailure {
    let exists = Path::new(path).exists() || cfg!(windows);
    match error.kind {
        ErrorKind::Io(io::ErrorKind::NotFound) => OpenFailure::Missing,
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => OpenFailure::Denied,
        // The library says NoDevice both for a port that is locked and, on Windows, for one that
        // is not there.
        ErrorKind::NoDevice if exists && !error.description.contains("not find") => {
            OpenFailure::Busy
        }
        ErrorKind::NoDevice => OpenFailure::Missing,
        _ if !exists => OpenFailure::Missing,
        _ if ["typewriter", "ioctl"]
            .iter()
            .any(|word| error.description.contains(word)) =>
        {
            OpenFailure::NotSerial
        }
        _ if error.description.contains("No such device") => OpenFailure::Missing,
        _ => OpenFailure::Other,
    }
}

fn explained(path: &str, error: &serialport::Error, seen: &[String]) -> HostError {
    match classify(path, error) {
        OpenFailure::Missing => {
            let others = if seen.is_empty() {
                "no other serial port was found either".to_owned()
            } else {
                format!("ports that do exist: {}", seen.join(", "))
            };
            let why = format!("there is no such port ({}); {others}", error.description);
            HostError::new(
                crate::error::Code::NoDevice,
                format!("no pen found at {path}"),
                why,
            )
        }
        OpenFailure::Denied => {
            HostError::permission(path, "not yet identified", "EACCES, permission denied").with_fix(
                "give your user the port: on Linux a udev rule with TAG+=\"uaccess\" for the pen, \
                 or membership in the group that `ls -l` shows for the port (often dialout), then \
                 log in again and replug",
            )
        }
        OpenFailure::Busy => HostError::busy(path, &error.description),
        OpenFailure::NotSerial => HostError::new(
            crate::error::Code::NoDevice,
            format!("{path} is not a serial port"),
            format!("the operating system answered: {}", error.description),
        ),
        OpenFailure::Other => HostError::new(
            crate::error::Code::NoDevice,
            format!("{path} could not be opened"),
            format!("the operating system answered: {}", error.description),
        ),
    }
}

/// How long a named port that is not there is waited for: a pen that was just plugged in, or
/// restarts, or a simulator that is being started, needs a moment to appear.
const APPEAR: Duration = Duration::from_millis(1_500);

/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(50);

impl SerialLink {
    /// Opens a port for this program alone; one that is not there yet gets a moment to appear.
    ///
    /// # Errors
    /// As [`SerialLink::open`].
    pub fn open_soon(path: &str) -> Result<Self, HostError> {
        Self::open_within(path, APPEAR)
    }

    fn open_within(path: &str, span: Duration) -> Result<Self, HostError> {
        let mut clock = RealClock::new();
        loop {
            let opened = Self::open(path);
            let absent = !Path::new(path).exists();
            if opened.is_ok() || !absent || clock.now() >= span {
                return opened;
            }
            clock.wait(LOOK);
        }
    }

    /// Opens a port for this program alone.
    ///
    /// # Errors
    /// Not there, no permission, or busy; each its own class.
    pub fn open(path: &str) -> Result<Self, HostError> {
        let mut port = serialport::new(path, BAUD)
            .timeout(Duration::from_millis(100))
            .open()
            .map_err(|error| explained(path, &error, &super::ports::names()))?;
        // A pseudo-terminal has no such line (ENOTTY), and a pen does not need it.
        let _ = port.write_data_terminal_ready(true);
        Ok(Self {
            name: path.to_owned(),
            port,
            clock: RealClock::new(),
        })
    }
}

impl Clock for SerialLink {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn wait(&mut self, span: Duration) {
        self.clock.wait(span);
    }
}

impl Transport for SerialLink {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        self.port
            .write_all(bytes)
            .map_err(|error| broken(&self.name, &error))
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        self.port
            .set_timeout(patience)
            .map_err(|error| broken(&self.name, &io::Error::from(error)))?;
        match self.port.read(buffer) {
            Ok(0) => Err(broken(&self.name, &io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => Ok(count),
            Err(error) if is_only_late(&error) => Ok(0),
            Err(error) => Err(broken(&self.name, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pen_sim::patience::HANG;
    use serialport::{Error, ErrorKind, SerialPort, TTYPort};

    use super::{OpenFailure, SerialLink, classify};
    use crate::clock::{Clock, RealClock};
    use crate::error::Class;
    use crate::link::Transport;

    fn failure(kind: ErrorKind, text: &str) -> OpenFailure {
        classify("/dev/null", &Error::new(kind, text))
    }

    #[test]
    fn causes_are_told_apart() {
        use std::io::ErrorKind as Io;
        assert_eq!(
            failure(ErrorKind::Io(Io::NotFound), "ENOENT"),
            OpenFailure::Missing
        );
        assert_eq!(
            failure(ErrorKind::Io(Io::PermissionDenied), "no"),
            OpenFailure::Denied
        );
        assert_eq!(
            failure(ErrorKind::NoDevice, "Unable to acquire lock"),
            OpenFailure::Busy
        );
        for text in ["Inappropriate ioctl for device", "Not a typewriter"] {
            assert_eq!(failure(ErrorKind::Unknown, text), OpenFailure::NotSerial);
        }
    }

    #[test]
    fn a_port_that_appears_is_found() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let target = slave.name().unwrap();
        drop(slave);
        let path = std::env::temp_dir().join(format!("pen-soon-{}", std::process::id()));
        let link = path.clone();
        let plug = std::thread::spawn(move || {
            RealClock::new().wait(Duration::from_millis(200));
            std::os::unix::fs::symlink(target, link).unwrap();
        });
        let found = SerialLink::open_within(path.to_str().unwrap(), HANG);
        plug.join().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(found.is_ok(), "{found:?}");
    }

    #[test]
    fn a_port_that_is_not_there_is_class_no_device() {
        let error = SerialLink::open("./nothing").unwrap_err();
        assert_eq!(error.class, Class::NoDevice);
        assert_eq!(error.exit_code(), 10);
        assert!(error.what.contains("./nothing"));
    }

    #[test]
    fn a_file_is_no_port() {
        let error = SerialLink::open("Cargo.toml").unwrap_err();
        assert_eq!(error.class, Class::NoDevice);
        assert!(error.what.contains("not a serial port"), "{}", error.what);
    }

    #[test]
    fn a_port_in_use_is_class_busy() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let path = slave.name().unwrap();
        drop(slave);
        let first = SerialLink::open(&path).unwrap();
        let error = SerialLink::open(&path).unwrap_err();
        assert_eq!(error.class, Class::Busy);
        drop(first);
    }

    #[test]
    fn an_unplugged_port_is_class_link_lost() {
        let (master, slave) = TTYPort::pair().unwrap();
        let path = slave.name().unwrap();
        drop(slave);
        let mut link = SerialLink::open(&path).unwrap();
        let mut buffer = [0; 8];
        assert_eq!(link.receive(&mut buffer, Duration::from_millis(1)), Ok(0));
        drop(master);
        let error = link.receive(&mut buffer, HANG).unwrap_err();
        assert_eq!(error.class, Class::LinkLost);
    }
}
