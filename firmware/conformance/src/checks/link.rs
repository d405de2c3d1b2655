//! The serial link: nothing waits, nothing that was accepted is lost, nothing grows without bound.

use embedded_io::{Read, ReadReady, Write, WriteReady};
use pen_app::board::{ControlBoard, HostBoard};
use pen_core::units::Duration;

use crate::bench::Bench;
use crate::failure::{self, Note, Outcome, Trouble, Value, demand};
use crate::suite::Subject;

const LINK: &str = "serial link";

/// Half a control period: where link and tick share one loop, a call may not take longer.
/// Unit: us
const CALL_MAX_US: u64 = 500;

/// Bytes of the longest exchange: two whole frames and a bit.
const LEN: usize = 1_200;

/// Bytes after which a link that is never full must at least have delivered.
const WRITE_MAX: usize = 16_384;

/// How long the bytes of one exchange may be under way: at 115,200 baud, twice. Unit: ms
const CARRY_MS: u32 = 250;

/// What the n-th byte of a test pattern is; its period is no power of two.
fn pattern(n: usize) -> u8 {
    u8::try_from(n % 251).unwrap_or(0)
}

/// Runs one call of the link and looks how long it took.
fn timed<T: Bench, R>(
    bench: &mut T,
    when: &'static str,
    call: impl FnOnce() -> R,
) -> Result<R, Trouble> {
    let before = bench.now_us();
    let result = call();
    let took = bench.now_us().saturating_sub(before);
    demand(
        took <= CALL_MAX_US,
        LINK,
        when,
        Value::AtMostUs(CALL_MAX_US),
        Value::Us(took),
    )?;
    Ok(result)
}

fn works<R, E>(result: Result<R, E>, when: &'static str) -> Result<R, Trouble> {
    failure::works(LINK, result, when)
}

/// Throws away what is under way in both directions.
fn drain<S: Read + ReadReady, T: Bench>(serial: &mut S, bench: &mut T) -> Result<(), Trouble> {
    let mut bytes = [0; 64];
    loop {
        bench.wait(bench.settling());
        let mut is_quiet = bench.collect(&mut bytes)? == 0;
        while works(serial.read_ready(), "asking for bytes")? {
            is_quiet = false;
            works(serial.read(&mut bytes), "reading")?;
        }
        if is_quiet {
            return Ok(());
        }
    }
}

pub(super) fn silent_link_never_waits<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let serial = &mut subject.serial;
    let asked = timed(bench, "asking for bytes", || serial.read_ready())?;
    demand(
        !works(asked, "asking for bytes")?,
        LINK,
        "asked for bytes when nobody sent any",
        Value::Words("no"),
        Value::Words("yes"),
    )?;
    let none = timed(bench, "reading no bytes", || serial.read(&mut []))?;
    let read = works(none, "reading no bytes")?;
    let none = timed(bench, "writing no bytes", || serial.write(&[]))?;
    let written = works(none, "writing no bytes")?;
    demand(
        read == 0 && written == 0,
        LINK,
        "reading and writing no bytes",
        Value::Count(0),
        Value::Count(i64::try_from(read.max(written)).unwrap_or(i64::MAX)),
    )?;
    // Whatever a read without bytes answers, it must answer at once.
    let mut byte = [0];
    let _ = timed(bench, "reading when nobody sent anything", || {
        serial.read(&mut byte)
    })?;
    let asked = timed(bench, "asking for room", || serial.write_ready())?;
    demand(
        works(asked, "asking for room")?,
        LINK,
        "asked for room when nothing waits",
        Value::Words("yes"),
        Value::Words("no"),
    )?;
    Ok(Note::Nothing)
}

pub(super) fn link_reads_what_was_sent<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let serial = &mut subject.serial;
    drain(serial, bench)?;
    let (mut sent, mut read) = (0, 0);
    let mut buffer = [0; 48];
    for _ in 0..CARRY_MS * 8 {
        if read == LEN {
            break;
        }
        // Sent in small pieces: what a link without flow control must be able to take.
        let mut piece = [0; 32];
        let room = piece.len().min(LEN - sent);
        for (at, slot) in piece.iter_mut().take(room).enumerate() {
            *slot = pattern(sent + at);
        }
        sent += bench.offer(piece.get(..room).unwrap_or_default())?;
        bench.wait(Duration::from_ms(4));
        while works(serial.read_ready(), "asking for bytes")? {
            let result = timed(bench, "reading", || serial.read(&mut buffer))?;
            let len = works(result, "reading")?;
            demand(
                len > 0 && len <= buffer.len(),
                LINK,
                "bytes of a read that was announced, into 48",
                Value::Words("1 to 48"),
                Value::Count(i64::try_from(len).unwrap_or(i64::MAX)),
            )?;
            for byte in buffer.iter().take(len) {
                compare("bytes from the host", read, *byte)?;
                read += 1;
            }
        }
    }
    all_came("bytes from the host", sent.max(LEN), read)
}

pub(super) fn link_writes_what_it_accepted<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let serial = &mut subject.serial;
    drain(serial, bench)?;
    let mut accepted = 0;
    while accepted < WRITE_MAX {
        let asked = timed(bench, "asking for room", || serial.write_ready())?;
        if !works(asked, "asking for room")? {
            break;
        }
        let mut piece = [0; 48];
        for (at, slot) in piece.iter_mut().enumerate() {
            *slot = pattern(accepted + at);
        }
        let result = timed(bench, "writing", || serial.write(&piece))?;
        let len = works(result, "writing")?;
        demand(
            len > 0 && len <= piece.len(),
            LINK,
            "bytes of a write that had room, of 48",
            Value::Words("1 to 48"),
            Value::Count(i64::try_from(len).unwrap_or(i64::MAX)),
        )?;
        accepted += len;
    }
    // Full, or not: one more write answers at once, whatever it says.
    let _ = timed(bench, "writing when there is no room", || {
        serial.write(&[pattern(accepted)])
    })?
    .map(|len| accepted += len);
    let (mut came, mut quiet) = (0, 0);
    let mut buffer = [0; 64];
    while came < accepted && quiet < CARRY_MS {
        let len = bench.collect(&mut buffer)?;
        quiet = if len == 0 { quiet + 1 } else { 0 };
        for byte in buffer.iter().take(len) {
            compare("bytes to the host", came, *byte)?;
            came += 1;
        }
        bench.wait(Duration::from_ms(1));
    }
    all_came("bytes to the host", accepted, came)?;
    demand(
        works(serial.write_ready(), "asking for room")?,
        LINK,
        "asked for room after everything was fetched",
        Value::Words("yes"),
        Value::Words("no"),
    )?;
    Ok(Note::Nothing)
}

pub(super) fn flooded_link_recovers<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let flood = [0xA5; 64];
    for _ in 0..256 {
        // More than any queue holds, and nobody reads: what finds no room may be lost.
        bench.offer(&flood)?;
    }
    drain(&mut subject.serial, bench)?;
    link_reads_what_was_sent(subject, bench)
}

fn compare(when: &'static str, place: usize, seen: u8) -> Result<(), Trouble> {
    let expected = pattern(place);
    demand(
        seen == expected,
        LINK,
        when,
        Value::Byte(expected),
        Value::Byte(seen),
    )
}

fn all_came(when: &'static str, sent: usize, came: usize) -> Outcome {
    let count = |n: usize| Value::Count(i64::try_from(n).unwrap_or(i64::MAX));
    demand(came == sent, LINK, when, count(sent), count(came))?;
    Ok(Note::Nothing)
}
