//! The two ways to a served pen. One client at a time; when it leaves, the next may come.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::Place;

/// Bytes that wait for a client before the pen has to wait.
pub const OUTBOX_BYTES: usize = 16_384;

/// How long receiving waits for bytes.
const PATIENCE: Duration = Duration::from_millis(1);

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The address is not on this machine.
    #[error(
        "{0} would let others on the network use the pen, and the link is not encrypted; \
         use 127.0.0.1:PORT and a tunnel"
    )]
    NotLocal(SocketAddr),
    /// The TCP port cannot be had.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// There is something at the path already.
    #[error(
        "{path} exists already; remove it if no other simulator serves there, or choose another path"
    )]
    Taken {
        /// Where.
        path: PathBuf,
    },
    /// The symbolic link could not be made.
    #[error(
        "cannot make the link {path}: {source}; choose a path in a folder that you may write to"
    )]
    Link {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no pseudo-terminal to be had.
    #[error("cannot make a pseudo-terminal: {why}; use --tcp instead")]
    Terminal {
        /// Why.
        why: String,
    },
}

/// A place where one client at a time can talk to the pen.
#[derive(Debug)]
pub enum Port {
    /// A pseudo-terminal.
    #[cfg(unix)]
    Terminal(Terminal),
    /// A TCP port.
    Tcp(Tcp),
}

impl Port {
    /// Opens a place.
    ///
    /// # Errors
    /// [`PortError`]; nothing is left behind.
    pub fn open(place: &Place) -> Result<Self, PortError> {
        match place {
            #[cfg(unix)]
            Place::Terminal(path) => Terminal::open(path).map(Self::Terminal),
            #[cfg(not(unix))]
            Place::Terminal(_) => Err(PortError::Terminal {
                why: "this system has none".to_owned(),
            }),
            Place::Tcp(address) => Tcp::open(*address).map(Self::Tcp),
            Place::Emulated(_) => Err(PortError::Terminal {
                why: "an emulated UART has its own".to_owned(),
            }),
        }
    }

    /// What a host has to be told to find the pen.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.link.display().to_string(),
            Self::Tcp(tcp) => format!("tcp:{}", tcp.address),
        }
    }

    /// Appends what the client has said, after waiting for it a little. False when nobody is there.
    pub fn receive(&mut self, inbox: &mut Vec<u8>) -> bool {
        match self {
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.receive(inbox),
            Self::Tcp(tcp) => tcp.receive(inbox),
        }
    }

    /// Sends what the client takes; throws the rest away if there is nobody.
    pub fn send(&mut self, outbox: &mut Vec<u8>) {
        match self {
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.send(outbox),
            Self::Tcp(tcp) => tcp.send(outbox),
        }
    }
}

/// Writes what fits; true while the other end is there.
fn give(stream: &mut impl Write, outbox: &mut Vec<u8>) -> bool {
    while !outbox.is_empty() {
        match stream.write(outbox) {
            Ok(0) => return false,
            Ok(count) => drop(outbox.drain(..count)),
            Err(error) => return is_patience(error.kind()),
        }
    }
    true
}

/// Reads what has come; true while the other end is there.
fn take(stream: &mut impl Read, inbox: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 1_024];
    match stream.read(&mut buffer) {
        Ok(0) => false,
        Ok(count) => {
            inbox.extend(buffer.iter().take(count));
            true
        }
        Err(error) => is_patience(error.kind()),
    }
}

fn is_patience(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

/// A pseudo-terminal and the link to it, which goes when this does.
#[cfg(unix)]
#[derive(Debug)]
pub struct Terminal {
    master: serialport::TTYPort,
    link: PathBuf,
}

#[cfg(unix)]
impl Terminal {
    fn open(link: &Path) -> Result<Self, PortError> {
        use serialport::SerialPort;

        let terminal = |error: serialport::Error| PortError::Terminal {
            why: error.to_string(),
        };
        let (mut master, slave) = serialport::TTYPort::pair().map_err(terminal)?;
        master.set_timeout(PATIENCE).map_err(terminal)?;
        let target = slave.name().ok_or_else(|| PortError::Terminal {
            why: "it has no name".to_owned(),
        })?;
        // The slave end is for the client alone: as long as it is closed, nobody is there.
        drop(slave);
        // What a killed simulator left behind leads nowhere and is in nobody's way.
        let leads_nowhere = !link.exists();
        if leads_nowhere && link.is_symlink() {
            let _ = std::fs::remove_file(link);
        }
        std::os::unix::fs::symlink(target, link).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => PortError::Taken {
                path: link.to_owned(),
            },
            _ => PortError::Link {
                path: link.to_owned(),
                source,
            },
        })?;
        Ok(Self {
            master,
            link: link.to_owned(),
        })
    }

    fn receive(&mut self, inbox: &mut Vec<u8>) -> bool {
        take(&mut self.master, inbox)
    }

    fn send(&mut self, outbox: &mut Vec<u8>) {
        if !give(&mut self.master, outbox) {
            outbox.clear();
        }
    }
}

#[cfg(unix)]
impl Drop for Terminal {
    fn drop(&mut self) {
        // Best effort: somebody may have removed it already.
        let _ = std::fs::remove_file(&self.link);
    }
}

/// A TCP port of this machine.
#[derive(Debug)]
pub struct Tcp {
    listener: TcpListener,
    address: SocketAddr,
    client: Option<TcpStream>,
}

impl Tcp {
    fn open(address: SocketAddr) -> Result<Self, PortError> {
        if !address.ip().is_loopback() {
            return Err(PortError::NotLocal(address));
        }
        let failed = |source| PortError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            client: None,
        })
    }

    fn receive(&mut self, inbox: &mut Vec<u8>) -> bool {
        if self.client.is_none() {
            self.client = self.listener.accept().ok().map(|(client, _)| client);
            if let Some(client) = &self.client {
                // Without these the client is slower, and still right.
                let _ = client.set_nonblocking(false);
                let _ = client.set_nodelay(true);
                let _ = client.set_read_timeout(Some(PATIENCE));
                let _ = client.set_write_timeout(Some(PATIENCE));
            }
        }
        let Some(client) = &mut self.client else {
            return false;
        };
        if take(client, inbox) {
            return true;
        }
        self.client = None;
        false
    }

    fn send(&mut self, outbox: &mut Vec<u8>) {
        let is_there = self
            .client
            .as_mut()
            .is_some_and(|client| give(client, outbox));
        if !is_there {
            self.client = None;
            outbox.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::super::Place;
    use super::{PATIENCE, Port, PortError};
    use crate::patience::HANG;

    /// Receives until `enough` holds of what has come and of whether a client is there.
    fn receive_until(port: &mut Port, enough: impl Fn(&[u8], bool) -> bool) -> Vec<u8> {
        let mut inbox = Vec::new();
        for _ in 0..HANG.as_millis() / PATIENCE.as_millis() {
            let is_there = port.receive(&mut inbox);
            if enough(&inbox, is_there) {
                return inbox;
            }
            if !is_there {
                std::thread::park_timeout(PATIENCE);
            }
        }
        panic!("nothing more comes after {inbox:?}");
    }

    fn received(port: &mut Port, count: usize) -> Vec<u8> {
        receive_until(port, |inbox, _| inbox.len() >= count)
    }

    #[test]
    fn a_client_may_leave_and_the_next_come() {
        let mut port = Port::open(&Place::Tcp("127.0.0.1:0".parse().unwrap())).unwrap();
        let address = port.name().strip_prefix("tcp:").unwrap().to_owned();
        for word in [b"first", b"later"] {
            let mut client = TcpStream::connect(&address).unwrap();
            client.write_all(word).unwrap();
            assert_eq!(received(&mut port, 5), word);
            let mut outbox = b"yes".to_vec();
            port.send(&mut outbox);
            let mut answer = [0; 3];
            client.read_exact(&mut answer).unwrap();
            assert_eq!((&answer, outbox.len()), (b"yes", 0));
            drop(client);
            receive_until(&mut port, |_, is_there| !is_there);
        }
    }

    #[test]
    fn what_nobody_hears_is_forgotten() {
        let mut port = Port::open(&Place::Tcp("127.0.0.1:0".parse().unwrap())).unwrap();
        let mut outbox = b"old news".to_vec();
        port.send(&mut outbox);
        assert!(outbox.is_empty());
    }

    #[test]
    fn only_this_machine_is_served() {
        let error = Port::open(&Place::Tcp("0.0.0.0:0".parse().unwrap())).unwrap_err();
        assert!(matches!(error, PortError::NotLocal(_)), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_terminal_is_found_by_its_link_and_leaves_nothing_behind() {
        use serialport::SerialPort;

        let name = format!("pen-sim-port-test-{}", std::process::id());
        let link = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&link);
        let place = Place::Terminal(link.clone());
        let mut port = Port::open(&place).unwrap();
        assert!(matches!(Port::open(&place), Err(PortError::Taken { .. })));
        let bytes: Vec<u8> = (0..=255).collect();
        for _ in 0..2 {
            assert!(!port.receive(&mut Vec::new()));
            let path = link.to_str().unwrap();
            let mut client = serialport::new(path, 115_200).open_native().unwrap();
            client.set_timeout(HANG).unwrap();
            client.write_all(&bytes).unwrap();
            assert_eq!(received(&mut port, 256), bytes);
            let mut outbox = bytes.clone();
            port.send(&mut outbox);
            let mut answer = [0; 256];
            client.read_exact(&mut answer).unwrap();
            assert_eq!(answer.as_slice(), bytes);
        }
        drop(port);
        assert!(std::fs::symlink_metadata(&link).is_err());
        // A link that leads nowhere is replaced.
        std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
        drop(Port::open(&place).unwrap());
        assert!(std::fs::symlink_metadata(&link).is_err());
    }
}
