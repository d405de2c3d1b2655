//! A terminal device of Unix: raw, for this program alone, and never blocking.
//!
//! Two programs may read one port: the other one takes the bytes between this one's look (`poll`)
//! and its read. A read that blocks would then wait for ever, deaf to every signal. Here every
//! read and write returns at once, and only `poll` waits, always with an end.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, OptionalActions, SpecialCodeIndex, Termios, ioctl_tiocexcl, ioctl_tiocnxcl,
    tcgetattr, tcsetattr,
};

use super::port::{Framing, OpenFailure, Parity, Read};

/// An open terminal device.
#[derive(Debug)]
pub(super) struct Tty {
    fd: OwnedFd,
}

/// What a wait for the port ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ready {
    /// It can be read or written now.
    Yes,
    /// Not within the time.
    No,
    /// Nobody is at the other end.
    HungUp,
}

impl Tty {
    /// Opens `path` with these settings.
    ///
    /// # Errors
    /// Why not, and what the operating system said.
    pub(super) fn open(path: &str, framing: Framing) -> Result<Self, (OpenFailure, String)> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| {
            let failure = match errno {
                Errno::NOENT | Errno::NODEV | Errno::NXIO | Errno::NOTDIR => OpenFailure::Missing,
                Errno::ACCESS | Errno::PERM => OpenFailure::Denied,
                Errno::BUSY => OpenFailure::Busy,
                // A pseudo-terminal whose other end has gone still has its name for a moment.
                Errno::IO => OpenFailure::Missing,
                Errno::ISDIR => OpenFailure::NotSerial,
                _ => OpenFailure::Other,
            };
            (failure, said(errno))
        })?;
        let mut modes = tcgetattr(&fd).map_err(|errno| (OpenFailure::NotSerial, said(errno)))?;
        // The lock keeps out programs that ask for it, the mode all others but the superuser's.
        flock(&fd, FlockOperation::NonBlockingLockExclusive)
            .map_err(|errno| (OpenFailure::Busy, said(errno)))?;
        let tty = Self { fd };
        ioctl_tiocexcl(&tty.fd).map_err(|errno| (OpenFailure::Other, said(errno)))?;
        modes.make_raw();
        modes.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
        modes.control_modes -= ControlModes::CRTSCTS;
        frame(&mut modes, framing);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        modes
            .set_speed(framing.baud)
            .and_then(|()| tcsetattr(&tty.fd, OptionalActions::Now, &modes))
            .map_err(|errno| (OpenFailure::Other, said(errno)))?;
        Ok(tty)
    }

    /// Waits at most `patience` for bytes and takes what is there.
    ///
    /// # Errors
    /// The other end is gone.
    pub(super) fn read(&self, buffer: &mut [u8], patience: Duration) -> io::Result<Read> {
        match self.wait(PollFlags::IN, patience)? {
            Ready::No => Ok(Read::Late),
            Ready::HungUp => Err(io::ErrorKind::BrokenPipe.into()),
            Ready::Yes => self.take(buffer),
        }
    }

    /// Takes what is there, and waits for nothing: another program may have taken it meanwhile.
    ///
    /// # Errors
    /// The other end is gone.
    pub(super) fn take(&self, buffer: &mut [u8]) -> io::Result<Read> {
        match rustix::io::read(&self.fd, buffer) {
            Ok(0) | Err(Errno::IO | Errno::NXIO | Errno::NODEV) => {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            Ok(count) => Ok(Read::Bytes(count)),
            Err(Errno::AGAIN) => Ok(Read::Stolen),
            Err(Errno::INTR) => Ok(Read::Late),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Writes what fits within `patience` and returns how much that was.
    ///
    /// # Errors
    /// The other end is gone.
    pub(super) fn write(&self, bytes: &[u8], patience: Duration) -> io::Result<usize> {
        match self.wait(PollFlags::OUT, patience)? {
            Ready::No => return Ok(0),
            Ready::HungUp => return Err(io::ErrorKind::BrokenPipe.into()),
            Ready::Yes => {}
        }
        match rustix::io::write(&self.fd, bytes) {
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(Errno::IO | Errno::NXIO | Errno::NODEV) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn wait(&self, wanted: PollFlags, patience: Duration) -> io::Result<Ready> {
        let patience = Timespec::try_from(patience).unwrap_or(Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        });
        let mut looked = [PollFd::new(&self.fd, wanted)];
        match poll(&mut looked, Some(&patience)) {
            Ok(0) | Err(Errno::INTR) => return Ok(Ready::No),
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let seen = looked.map(|fd| fd.revents())[0];
        Ok(if seen.intersects(wanted) {
            Ready::Yes
        } else if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            Ready::HungUp
        } else {
            Ready::No
        })
    }
}

/// Data bits, parity and stop bits; raw mode left eight bits without parity.
fn frame(modes: &mut Termios, framing: Framing) {
    let control = &mut modes.control_modes;
    if framing.is_seven_bits {
        *control -= ControlModes::CSIZE;
        *control |= ControlModes::CS7;
    }
    control.set(ControlModes::PARENB, framing.parity != Parity::None);
    control.set(ControlModes::PARODD, framing.parity == Parity::Odd);
    control.set(ControlModes::CSTOPB, framing.has_two_stops);
}

impl Drop for Tty {
    fn drop(&mut self) {
        // A port that is gone cannot be given back, and need not be.
        let _ = ioctl_tiocnxcl(&self.fd);
    }
}

fn said(errno: Errno) -> String {
    io::Error::from(errno).to_string()
}
