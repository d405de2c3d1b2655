//! What goes over the pipe every millisecond. `sim/rp2040/README.md` has the bytes.

/// Version of the messages.
pub(super) const VERSION: u16 = 2;

/// Kinds of message.
pub(super) mod kind {
    pub(in super::super) const HELLO: u8 = 1;
    pub(in super::super) const POWER: u8 = 2;
    pub(in super::super) const FRAME: u8 = 3;
    pub(in super::super) const READ_FLASH: u8 = 4;
    pub(in super::super) const WRITE_FLASH: u8 = 5;
    pub(in super::super) const CUT: u8 = 6;
    pub(in super::super) const HANG: u8 = 7;
    pub(in super::super) const USB: u8 = 8;
    pub(in super::super) const MEMORY: u8 = 9;
    pub(in super::super) const FAIL: u8 = 11;
    pub(in super::super) const ENTER: u8 = 12;
    pub(in super::super) const POKE: u8 = 13;
}

/// Bytes of the cartridge's memory.
pub(super) const TAG_LEN: usize = 512;

/// What is on the pins, and for how long.
#[derive(Clone, Debug, Default)]
pub(super) struct Pins {
    /// How long to run with it (ns).
    pub(super) span_ns: u32,
    /// Counts of the converter's four inputs.
    pub(super) adc: [u16; 4],
    /// Levels, a bit each: trigger closed, trigger opened, next, confirm, seat, cable, home.
    pub(super) levels: u8,
    /// The encoder answers.
    pub(super) has_encoder: bool,
    /// The accelerometer answers.
    pub(super) has_accelerometer: bool,
    /// A cartridge's memory answers.
    pub(super) has_tag: bool,
    /// Counts of the encoder.
    pub(super) angle: u16,
    /// Acceleration along the three axes (mg).
    pub(super) mg: [i16; 3],
    /// Changes of the hall switches: when (ns into the span), and the levels A and B then.
    pub(super) hall: Vec<(u32, u8)>,
    /// Bytes from the host.
    pub(super) bytes: Vec<u8>,
    /// Another content of the cartridge's memory.
    pub(super) tag: Option<Box<[u8; TAG_LEN]>>,
}

impl Pins {
    /// The message's body.
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = self.span_ns.to_le_bytes().to_vec();
        for counts in self.adc {
            body.extend(counts.to_le_bytes());
        }
        let flags = [
            self.has_encoder,
            self.has_accelerometer,
            self.has_tag,
            self.tag.is_some(),
        ];
        let flags = flags
            .iter()
            .zip(0..)
            .fold(0, |bits, (&is, place)| bits | u8::from(is) << place);
        body.extend([self.levels, flags]);
        body.extend(self.angle.to_le_bytes());
        for mg in self.mg {
            body.extend(mg.to_le_bytes());
        }
        body.push(u8::try_from(self.hall.len()).unwrap_or(u8::MAX));
        for (at, levels) in self.hall.iter().take(usize::from(u8::MAX)) {
            body.extend(at.to_le_bytes());
            body.push(*levels);
        }
        let count = u16::try_from(self.bytes.len()).unwrap_or(u16::MAX);
        body.extend(count.to_le_bytes());
        body.extend(self.bytes.iter().take(usize::from(count)));
        body.extend(self.tag.iter().flat_map(|bytes| bytes.iter()));
        body
    }
}

/// What reset the chip by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetBy {
    /// The watchdog was not fed.
    Watchdog,
    /// The program asked the watchdog to bite.
    Program,
    /// The program asked for a system reset.
    System,
    /// Power failed in a flash operation.
    PowerFailed,
}

/// What the flash chip was told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashKind {
    /// Program.
    Program,
    /// Erase.
    Erase,
}

/// An operation of the flash chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashOperation {
    /// What.
    pub kind: FlashKind,
    /// Where in the chip (bytes).
    pub at: u32,
    /// How many bytes.
    pub len: u32,
    /// When it began (ns of the rig's time).
    pub from_ns: u64,
    /// When it ends, or ended because power failed (ns).
    pub to_ns: u64,
}

/// What the chip did in a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one flag, one field")]
pub(super) struct Doings {
    /// The rig's time at the end (ns).
    pub(super) time_ns: u64,
    /// The chip has power.
    pub(super) is_powered: bool,
    /// The enable pin is high.
    pub(super) is_enabled: bool,
    /// The second switch is closed.
    pub(super) is_supplied: bool,
    /// The USB host has configured the device.
    pub(super) is_configured: bool,
    /// The bytes from the host were taken.
    pub(super) has_taken: bool,
    /// The processor stands still.
    pub(super) is_stopped: bool,
    /// Compare values of the bridge's PWM slice, B in the upper half.
    pub(super) compare: u32,
    /// Its top.
    pub(super) top: u32,
    /// Time that forward, backward and enable were high (ns).
    pub(super) high_ns: [u32; 3],
    /// Time that the second switch was closed (ns).
    pub(super) supply_ns: u32,
    /// Steps of the depth actuator's motor.
    pub(super) steps: i32,
    /// Instructions carried out.
    pub(super) instructions: u32,
    /// Longest time with interrupts masked (ns).
    pub(super) masked_ns: u32,
    /// Bytes for the host.
    pub(super) bytes: Vec<u8>,
    /// Bytes of the log.
    pub(super) rtt: Vec<u8>,
    /// Resets and when (ns).
    pub(super) resets: Vec<(ResetBy, u64)>,
    /// Flash operations.
    pub(super) flash: Vec<FlashOperation>,
    /// Bytes written to the cartridge's memory, and where.
    pub(super) written: Vec<(u16, u8)>,
    /// Control steps: when each began, and how long it took (ns).
    pub(super) ticks: Vec<(u64, u32)>,
    /// Changes of the enable pin.
    pub(super) enables: Vec<(u64, bool)>,
    /// Changes of the second switch.
    pub(super) supplies: Vec<(u64, bool)>,
    /// What the emulator has to say about the program.
    pub(super) trouble: Vec<String>,
}

impl Doings {
    /// Reads an answer.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut rest = Cursor(body);
        let time_ns = rest.u64()?;
        let [
            is_powered,
            is_enabled,
            is_configured,
            has_taken,
            is_stopped,
            is_supplied,
        ] = flags(rest.u8()?);
        let doings = Self {
            time_ns,
            is_powered,
            is_enabled,
            is_configured,
            has_taken,
            is_stopped,
            is_supplied,
            compare: rest.u32()?,
            top: rest.u32()?,
            high_ns: [rest.u32()?, rest.u32()?, rest.u32()?],
            supply_ns: rest.u32()?,
            steps: i32::from_le_bytes(rest.take()?),
            instructions: rest.u32()?,
            masked_ns: rest.u32()?,
            bytes: rest.list(Cursor::u8)?,
            rtt: rest.list(Cursor::u8)?,
            resets: rest.list(|rest| Some((reset(rest.u8()?)?, rest.u64()?)))?,
            flash: rest.list(operation)?,
            written: rest.list(|rest| Some((rest.u16()?, rest.u8()?)))?,
            ticks: rest.list(|rest| Some((rest.u64()?, rest.u32()?)))?,
            enables: rest.list(|rest| Some((rest.u64()?, rest.u8()? != 0)))?,
            supplies: rest.list(|rest| Some((rest.u64()?, rest.u8()? != 0)))?,
            trouble: rest.list(|rest| {
                let text = rest.list(Cursor::u8)?;
                String::from_utf8(text).ok()
            })?,
        };
        rest.0.is_empty().then_some(doings)
    }
}

fn flags(byte: u8) -> [bool; 6] {
    [0, 1, 2, 3, 4, 5].map(|place| byte & 1 << place != 0)
}

fn reset(code: u8) -> Option<ResetBy> {
    match code {
        1 => Some(ResetBy::Watchdog),
        2 => Some(ResetBy::Program),
        3 => Some(ResetBy::System),
        4 => Some(ResetBy::PowerFailed),
        _ => None,
    }
}

fn operation(rest: &mut Cursor<'_>) -> Option<FlashOperation> {
    let kind = match rest.u8()? {
        1 => FlashKind::Program,
        2 => FlashKind::Erase,
        _ => return None,
    };
    Some(FlashOperation {
        kind,
        at: rest.u32()?,
        len: rest.u32()?,
        from_ns: rest.u64()?,
        to_ns: rest.u64()?,
    })
}

/// What is left of a body.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*front)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    /// A count of 16 bits and each entry.
    fn list<T>(&mut self, entry: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.u16()?;
        (0..count).map(|_| entry(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Doings, FlashKind, Pins, ResetBy};

    #[test]
    fn the_pins_are_as_the_rig_takes_them() {
        let pins = Pins {
            span_ns: 1_000_000,
            adc: [1, 2, 3, 4],
            levels: 0x22,
            has_encoder: true,
            has_tag: true,
            angle: 0x0102,
            mg: [-1, 0, 1],
            hall: vec![(500, 1)],
            bytes: vec![9, 8],
            tag: Some(Box::new([0x55; super::TAG_LEN])),
            ..Pins::default()
        };
        let body = pins.body();
        assert_eq!(&body[..4], &1_000_000_u32.to_le_bytes());
        assert_eq!(&body[4..12], &[1, 0, 2, 0, 3, 0, 4, 0]);
        assert_eq!(&body[12..16], &[0x22, 0b1101, 2, 1]);
        assert_eq!(&body[16..22], &[0xff, 0xff, 0, 0, 1, 0]);
        assert_eq!(&body[22..28], &[1, 0xf4, 1, 0, 0, 1]);
        assert_eq!(&body[28..32], &[2, 0, 9, 8]);
        assert_eq!(&body[32..], &[0x55; super::TAG_LEN]);
    }

    /// An answer with one of everything.
    fn answer() -> Vec<u8> {
        let mut body = 7_u64.to_le_bytes().to_vec();
        body.push(0b11_0111);
        for word in [1_u32, 2, 3, 4, 5, 9, 6, 7, 8] {
            body.extend(word.to_le_bytes());
        }
        body.extend([1, 0, 0xaa]);
        body.extend([0, 0]);
        body.extend([1, 0, 1]);
        body.extend(9_u64.to_le_bytes());
        body.extend([1, 0, 2]);
        body.extend([0; 24]);
        body.extend([1, 0, 96, 0, 0]);
        body.extend([0, 0]);
        body.extend([0, 0]);
        body.extend([1, 0]);
        body.extend(8_u64.to_le_bytes());
        body.push(1);
        body.extend([1, 0, 2, 0, b'o', b'k']);
        body
    }

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let body = answer();
        let doings = Doings::read(&body).unwrap();
        assert_eq!(doings.time_ns, 7);
        assert!(doings.is_powered && doings.is_enabled && doings.is_configured);
        assert!(!doings.has_taken && doings.is_stopped && doings.is_supplied);
        assert_eq!(
            (doings.supply_ns, &doings.supplies[..]),
            (9, &[(8, true)][..])
        );
        assert_eq!((doings.compare, doings.top, doings.steps), (1, 2, 6));
        assert_eq!(doings.high_ns, [3, 4, 5]);
        assert_eq!((doings.instructions, doings.masked_ns), (7, 8));
        assert_eq!(doings.bytes, [0xaa]);
        assert_eq!(doings.resets, [(ResetBy::Watchdog, 9)]);
        assert_eq!(doings.flash[0].kind, FlashKind::Erase);
        assert_eq!(doings.written, [(96, 0)]);
        assert_eq!(doings.trouble, ["ok"]);
        for len in 0..body.len() {
            assert_eq!(Doings::read(&body[..len]), None, "{len} bytes");
        }
        let longer: Vec<u8> = body.iter().copied().chain([0]).collect();
        assert_eq!(Doings::read(&longer), None);
    }
}
