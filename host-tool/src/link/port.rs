//! What both kinds of serial port say: of opening, and of reading.

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
