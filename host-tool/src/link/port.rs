//! What both kinds of serial port are told and say: settings, and results of opening and reading.

/// Why a port could not be opened: one cause each, never "busy or does not exist".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenFailure {
    /// There is no such port.
    Missing,
    /// It exists and this user may not open it.
    Denied,
    /// Another program holds it.
    Busy,
    /// It exists and is something else than a serial port.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "only Unix tells this from other errors")
    )]
    NotSerial,
    /// The operating system says something else.
    Other,
}

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// So many bytes.
    Bytes(usize),
    /// Nothing came.
    Late,
    /// Something was there, and was gone when this program reached for it.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "only Unix lets two programs read")
    )]
    Stolen,
}

/// Parity of a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// None.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// How bytes travel over a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// Unit: bits per second.
    pub baud: u32,
    /// Seven data bits instead of eight.
    pub is_seven_bits: bool,
    /// Parity.
    pub parity: Parity,
    /// Two stop bits instead of one.
    pub has_two_stops: bool,
}

impl Framing {
    /// Eight data bits, no parity, one stop bit.
    #[must_use]
    pub const fn plain(baud: u32) -> Self {
        Self {
            baud,
            is_seven_bits: false,
            parity: Parity::None,
            has_two_stops: false,
        }
    }

    /// Seven data bits, even parity, two stop bits.
    #[must_use]
    pub const fn seven_even(baud: u32) -> Self {
        Self {
            baud,
            is_seven_bits: true,
            parity: Parity::Even,
            has_two_stops: true,
        }
    }

    /// What `4800,7E2` or `9600,8N1` names.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (baud, format) = text.split_once(',')?;
        let baud = baud
            .parse()
            .ok()
            .filter(|it| (300..=921_600).contains(it))?;
        let [bits, parity, stops] = format.as_bytes() else {
            return None;
        };
        Some(Self {
            baud,
            is_seven_bits: match bits {
                b'7' => true,
                b'8' => false,
                _ => return None,
            },
            parity: match parity {
                b'N' => Parity::None,
                b'E' => Parity::Even,
                b'O' => Parity::Odd,
                _ => return None,
            },
            has_two_stops: match stops {
                b'1' => false,
                b'2' => true,
                _ => return None,
            },
        })
    }
}
