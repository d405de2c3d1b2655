//! The cartridge's memory: read again and again, marked once.

use core::cell::Cell;

use critical_section::Mutex;
use embassy_time::{Duration, Instant};
use embedded_hal_async::i2c::I2c as _;
use pen_app::signed::PublicKey;
use pen_app::tag_record::{LEN, TagVerifier, UNUSED, USED, USED_AT, USED_LEN, parse};
use pen_core::io::{Tag, TagReading};
use pen_pico::devices::{Change, Contents, Presence};

use super::super::newest::Newest;
use super::wire::{BusFailure, Handle};

/// Address of the memory's first half. Source: 24C04 datasheet, "1010"
const MEMORY: u8 = 0x50;

/// Bytes read at a time, so that the encoder's turn comes in time: 0.5 ms.
const PIECE: usize = 16;

/// Time from one look to the next while nothing changes (CART-006 asks for one a second).
const LOOK: Duration = Duration::from_millis(250);

/// Time to the next look when the last one found something else: longer than a write takes.
///
/// - Source: 24C04 datasheet, "5 ms max. write cycle"
const SOON: Duration = Duration::from_millis(8);

static FOUND: Newest<Option<Contents>> = Newest::new(None);
static TAG: Newest<TagReading> = Newest::new(TagReading::Absent);
static BURN: Mutex<Cell<Option<u64>>> = Mutex::new(Cell::new(None));

/// What the core may see of the cartridge.
pub(crate) fn tag() -> TagReading {
    TAG.get()
}

/// Marks a cartridge as used, as soon as it is there and until it says so. May be asked for again and
/// again.
pub(crate) fn burn(id: u64) {
    critical_section::with(|cs| BURN.borrow(cs).set(Some(id)));
}

/// The bus hangs: nothing is known of the cartridge any more.
pub(crate) fn forget() {
    critical_section::with(|_| {
        FOUND.set(None);
        TAG.set(TagReading::Absent);
    });
}

/// Checks the signature of a cartridge that has come, and says what it is; for thread mode, because it
/// takes long.
pub(crate) fn verify(verifier: &mut TagVerifier, makers: &[PublicKey]) -> TagReading {
    let Some(found) = FOUND.get() else {
        return TagReading::Absent;
    };
    let reading = verifier.reading(&found.record, found.mark, makers);
    critical_section::with(|_| {
        // Another cartridge may have come meanwhile, or the mark of this one may have changed.
        if let Some(now) = FOUND.get()
            && now.record == found.record
        {
            let used = now.mark != UNUSED;
            TAG.set(with_mark(reading, used));
        }
    });
    reading
}

fn with_mark(reading: TagReading, used: bool) -> TagReading {
    match reading {
        TagReading::Present(tag) => TagReading::Present(Tag { used, ..tag }),
        TagReading::Absent | TagReading::Unreadable => reading,
    }
}

/// Reads the memory piece by piece.
pub(crate) struct Reader {
    presence: Presence,
    bytes: [u8; LEN],
    read: usize,
    due: Instant,
    /// The cartridge whose mark was written last.
    tried: Option<u64>,
    /// The cartridge whose mark was read back last.
    marked: Option<u64>,
}

impl Reader {
    /// One that has seen no cartridge.
    pub(crate) fn new() -> Self {
        Self {
            presence: Presence::new(),
            bytes: [0; LEN],
            read: 0,
            due: Instant::now(),
            tried: None,
            marked: None,
        }
    }

    /// One transfer, if one is due.
    pub(crate) async fn step(&mut self, handle: &mut Handle<'_, '_>) {
        if Instant::now() < self.due {
            return;
        }
        match self.take_piece(handle).await {
            Ok(None) => {}
            Ok(Some(contents)) => self.looked(Some(contents), handle).await,
            Err(_) => self.looked(None, handle).await,
        }
    }

    async fn take_piece(
        &mut self,
        handle: &mut Handle<'_, '_>,
    ) -> Result<Option<Contents>, BusFailure> {
        let from = self.read;
        let place = u8::try_from(from).unwrap_or(0);
        let piece = self.bytes.iter_mut().skip(from).take(PIECE).count();
        if piece > 0 {
            let rest = self.bytes.get_mut(from..from + piece).unwrap_or(&mut []);
            handle.ask(MEMORY, place, rest).await?;
            self.read += piece;
            return Ok(None);
        }
        let mut mark = [0; USED_LEN];
        handle.ask(MEMORY, USED_AT, &mut mark).await?;
        Ok(Some(Contents {
            record: self.bytes,
            mark,
        }))
    }

    /// A look has ended: what it found counts, or is looked at again soon.
    async fn looked(&mut self, found: Option<Contents>, handle: &mut Handle<'_, '_>) {
        self.read = 0;
        match self.presence.look(found) {
            Change::Nothing => {}
            // Until its signature was checked it is no cartridge.
            Change::Other(found) => critical_section::with(|_| {
                FOUND.set(found);
                TAG.set(TagReading::Absent);
            }),
            Change::Mark(_) => critical_section::with(|_| {
                FOUND.set(found);
                TAG.set(with_mark(
                    TAG.get(),
                    found.is_none_or(|it| it.mark != UNUSED),
                ));
            }),
        }
        let reads_back = self.presence.is_settled() && self.mark_if_asked(handle).await;
        let wait = if self.presence.is_settled() && !reads_back {
            LOOK
        } else {
            SOON
        };
        self.due = Instant::now() + wait;
    }

    /// Writes the mark if this cartridge is to be burnt and does not have it yet; the look behind it
    /// reads it back. Whether that look should come soon.
    async fn mark_if_asked(&mut self, handle: &mut Handle<'_, '_>) -> bool {
        let asked = critical_section::with(|cs| BURN.borrow(cs).get());
        let (Some(asked), Some(held)) = (asked, self.presence.held()) else {
            return false;
        };
        let is_it = parse(&held.record).is_ok_and(|it| it.identity().id == asked);
        if !is_it {
            return false;
        }
        if held.mark != UNUSED {
            if self.marked != Some(asked) {
                self.marked = Some(asked);
                defmt::info!("cartridge {=u64:016X} is marked as used", asked);
            }
            return false;
        }
        let [u0, u1, u2, u3] = USED;
        // What goes wrong here is seen by the look that follows, and tried again.
        let _ = handle.write(MEMORY, &[USED_AT, u0, u1, u2, u3]).await;
        // The first write is read back soon; a memory that does not take it is not worn out in haste.
        self.tried.replace(asked) != Some(asked)
    }
}
