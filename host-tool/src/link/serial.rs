//! A serial port, opened for this program alone.

use std::fmt;
use std::path::Path;
use std::time::Duration;

#[cfg(not(unix))]
use super::com::Com as Tty;
use super::port::{Framing, OpenFailure, Read};
#[cfg(unix)]
use super::tty::Tty;
use super::{Transport, broken, holders};
use crate::clock::{Clock, RealClock};
use crate::error::{Code, HostError};

/// USB does not care; a bridge or a bare UART does.
const PEN: Framing = Framing::plain(115_200);

/// How long the port may take none of what is sent: a pen reads within a millisecond.
const SEND: Duration = Duration::from_secs(1);

/// An open serial port.
pub struct SerialLink {
    name: String,
    port: Tty,
    clock: RealClock,
    /// How often bytes were there and then were not.
    stolen: u32,
}

impl fmt::Debug for SerialLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerialLink")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn explained(
    path: &str,
    who: &str,
    failure: OpenFailure,
    said: &str,
    seen: &[String],
) -> HostError {
    match failure {
        OpenFailure::Missing => {
            let others = if seen.is_empty() {
                "no other serial port was found either".to_owned()
            } else {
                format!("ports that do exist: {}", seen.join(", "))
            };
            let why = format!("there is no such port ({said}); {others}");
            HostError::new(Code::NoDevice, format!("no {who} found at {path}"), why)
        }
        OpenFailure::Denied => HostError::permission(path, "not yet identified", said).with_fix(
            "run `penctl setup-udev`, or join the group that `ls -l` shows for the port (often \
             dialout) and log in again; then plug it in again",
        ),
        OpenFailure::Busy => HostError::busy(path, said, &holders(path)),
        OpenFailure::NotSerial => HostError::new(
            Code::NoDevice,
            format!("{path} is not a serial port"),
            format!("the operating system answered: {said}"),
        ),
        OpenFailure::Other => HostError::new(
            Code::NoDevice,
            format!("{path} could not be opened"),
            format!("the operating system answered: {said}"),
        ),
    }
}

/// How long a named port that is not there is waited for: a pen that was just plugged in, or
/// restarts, or a simulator that is being started, needs a moment to appear.
const APPEAR: Duration = Duration::from_millis(1_500);

/// How long one attempt to write waits.
const SLICE: Duration = Duration::from_millis(50);

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
        Self::open_as(path, "pen", PEN)
    }

    /// Opens the port of something else than a pen, with settings of its own; `who` it is, in words.
    ///
    /// # Errors
    /// As [`SerialLink::open`].
    pub fn open_as(path: &str, who: &str, framing: Framing) -> Result<Self, HostError> {
        let port = Tty::open(path, framing).map_err(|(failure, said)| {
            explained(path, who, failure, &said, &super::ports::names())
        })?;
        Ok(Self {
            name: path.to_owned(),
            port,
            clock: RealClock::new(),
            stolen: 0,
        })
    }
}

/// Why this port does not open, if it does not.
pub(super) fn tried(path: &str) -> Option<OpenFailure> {
    Tty::open(path, PEN).err().map(|(failure, _)| failure)
}

impl SerialLink {
    /// How many bytes a read brought; what another program took is written down.
    const fn counted(&mut self, read: Read) -> usize {
        match read {
            Read::Bytes(count) => count,
            Read::Late => 0,
            Read::Stolen => {
                self.stolen = self.stolen.saturating_add(1);
                0
            }
        }
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
        let until = self.clock.now() + SEND;
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = until.saturating_sub(self.clock.now());
            let sent = self
                .port
                .write(rest, left.min(SLICE))
                .map_err(|error| broken(&self.name, &error))?;
            rest = rest.get(sent..).unwrap_or_default();
            if !rest.is_empty() && left.is_zero() {
                return Err(HostError::link_lost(
                    &self.name,
                    format!(
                        "nothing of what is sent was taken for {} ms",
                        SEND.as_millis()
                    ),
                ));
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let read = self.port.read(buffer, patience);
        let read = read.map_err(|error| broken(&self.name, &error))?;
        Ok(self.counted(read))
    }

    fn suspicion(&self) -> Option<String> {
        let others = holders(&self.name);
        if !others.is_empty() {
            let names: Vec<String> = others
                .iter()
                .map(|(pid, name)| format!("{name} (process {pid})"))
                .collect();
            return Some(format!(
                "another program has the port open and may take the answers: {}",
                names.join(", ")
            ));
        }
        (self.stolen > 0).then(|| {
            "bytes were there and gone again: another program may read the same port".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::time::Duration;

    use pen_sim::patience::HANG;
    use serialport::{SerialPort, TTYPort};

    use super::{Read, SerialLink};
    use crate::clock::{Clock, RealClock};
    use crate::error::Class;
    use crate::link::Transport;

    #[test]
    fn each_reason_why_a_port_does_not_open_has_its_own_words() {
        use super::{OpenFailure, explained};
        let seen = ["/dev/ttyACM1".to_owned()];
        for (failure, class, words) in [
            (
                OpenFailure::Missing,
                Class::NoDevice,
                "ports that do exist: /dev/ttyACM1",
            ),
            (OpenFailure::Denied, Class::Permission, "penctl setup-udev"),
            (OpenFailure::Busy, Class::Busy, "said"),
            (
                OpenFailure::NotSerial,
                Class::NoDevice,
                "is not a serial port",
            ),
            (OpenFailure::Other, Class::NoDevice, "could not be opened"),
        ] {
            let error = explained("/dev/ttyACM0", "pen", failure, "said", &seen);
            assert_eq!(error.class, class, "{error}");
            assert!(error.render().contains(words), "{}", error.render());
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

    #[test]
    fn another_program_that_reads_the_port_makes_no_hang() {
        let (mut master, slave) = TTYPort::pair().unwrap();
        let path = slave.name().unwrap();
        // Opened before and without a lock, as a modem manager or `cat` does.
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits();
        let other = std::fs::File::options()
            .read(true)
            .custom_flags(nonblocking.cast_signed())
            .open(&path)
            .unwrap();
        let mut other = other;
        drop(slave);
        let mut link = SerialLink::open(&path).unwrap();
        let mut buffer = [0; 8];
        // Between the moment at which this program was told of bytes and the one at which it reaches for them.
        for times in 1..=2 {
            master.write_all(&[1, 2, 3]).unwrap();
            let mut took = 0;
            while took < 3 {
                took += other.read(&mut buffer).unwrap_or(0);
            }
            let read = link.port.take(&mut buffer).unwrap();
            assert_eq!(read, Read::Stolen);
            assert_eq!((link.counted(read), link.stolen), (0, times));
        }
        // What it leaves arrives.
        master.write_all(&[4, 5]).unwrap();
        assert_eq!(link.receive(&mut buffer, HANG), Ok(2));
        assert_eq!(buffer[..2], [4, 5]);
        assert!(link.suspicion().unwrap().contains("another program"));
    }

    #[test]
    fn a_port_that_takes_nothing_is_a_lost_link_and_no_hang() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let path = slave.name().unwrap();
        drop(slave);
        let mut link = SerialLink::open(&path).unwrap();
        // Nobody reads at the other end, and the kernel keeps some kilobytes.
        let error = (0..1_000).find_map(|_| link.send(&[0; 256]).err()).unwrap();
        assert_eq!(error.class, Class::LinkLost);
        assert!(error.why.contains("1000 ms"), "{error}");
    }
}
