//! A TCP bridge: somebody else holds the serial port, or a simulated pen listens.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::{Transport, broken, is_only_late};
use crate::clock::{Clock, RealClock};
use crate::error::{Code, HostError};

/// How long the bridge may take none of what is sent.
const SEND: Duration = Duration::from_secs(1);

/// An open TCP connection.
#[derive(Debug)]
pub struct TcpLink {
    name: String,
    stream: TcpStream,
    clock: RealClock,
}

impl TcpLink {
    /// Connects to `HOST:PORT`.
    ///
    /// # Errors
    /// Nobody answers there.
    pub fn open(address: &str, patience: Duration) -> Result<Self, HostError> {
        let name = format!("tcp:{address}");
        let refused = |why: String| {
            HostError::new(Code::NoDevice, format!("no pen found at {name}"), why)
                .with_fix("start the bridge or the simulated pen there, and check host and port")
        };
        let addresses = address
            .to_socket_addrs()
            .map_err(|error| refused(format!("the host name gives no address: {error}")))?;
        let mut last = "the host name gives no address".to_owned();
        for address in addresses {
            match TcpStream::connect_timeout(&address, patience) {
                Ok(stream) => {
                    // Frames are small and each waits for an answer.
                    stream
                        .set_nodelay(true)
                        // A bridge that reads nothing must not hold this program for ever.
                        .and_then(|()| stream.set_write_timeout(Some(SEND)))
                        .map_err(|error| broken(&name, &error))?;
                    return Ok(Self {
                        name,
                        stream,
                        clock: RealClock::new(),
                    });
                }
                Err(error) => last = format!("{address} answered: {error}"),
            }
        }
        Err(refused(last))
    }
}

impl Clock for TcpLink {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn wait(&mut self, span: Duration) {
        self.clock.wait(span);
    }
}

impl Transport for TcpLink {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        self.stream
            .write_all(bytes)
            .map_err(|error| broken(&self.name, &error))
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        // A timeout of zero means none at all to the operating system.
        let patience = patience.max(Duration::from_millis(1));
        self.stream
            .set_read_timeout(Some(patience))
            .map_err(|error| broken(&self.name, &error))?;
        match self.stream.read(buffer) {
            Ok(0) => Err(broken(&self.name, &io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => Ok(count),
            Err(error) if is_only_late(&error) => Ok(0),
            Err(error) => Err(broken(&self.name, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Duration;

    use pen_sim::patience::HANG;

    use super::TcpLink;
    use crate::error::Class;
    use crate::link::Transport;

    #[test]
    fn bytes_arrive_and_a_closed_bridge_is_link_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut link = TcpLink::open(&address, HANG).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(&[1, 2, 0]).unwrap();
        let mut buffer = [0; 8];
        assert_eq!(link.receive(&mut buffer, HANG), Ok(3));
        assert_eq!(link.receive(&mut buffer, Duration::ZERO), Ok(0));
        drop(peer);
        let error = link.receive(&mut buffer, HANG).unwrap_err();
        assert_eq!(error.class, Class::LinkLost);
    }

    #[test]
    fn nobody_there_is_class_no_device() {
        // Nobody can listen at port 0; one that was just given back may be somebody else's by now.
        let error = TcpLink::open("127.0.0.1:0", HANG).unwrap_err();
        assert_eq!(error.class, Class::NoDevice);
    }
}
