//! The journal page by page: reading one, appending to the youngest, finishing what was cut short.

use embassy_futures::block_on;
use embedded_storage::nor_flash::{NorFlash, NorFlashError};
use sequential_storage::Error;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::queue::{QueueConfig, QueueStorage};

use super::super::io;
use super::adapter::{BlockingAsync, PageView, QueueFlashError, WORD_MAX, word};
use super::{Appended, Journal, JournalError, OVERHEAD, PAYLOAD_MAX, link};

const RECORD_MAX: usize = OVERHEAD + PAYLOAD_MAX;

/// One record, rounded up to the largest word the queue knows.
const BUFFER: usize = RECORD_MAX.next_multiple_of(WORD_MAX);

type NoCache = Cache<Uncached, Uncached, Uncached>;

/// One record as stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) at: Appended,
    pub(super) payload: &'a [u8],
}

impl<'a> Stored<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let (&[s0, s1, s2, s3, c0, c1, c2, c3], payload) = bytes.split_first_chunk::<OVERHEAD>()?;
        let seq = u32::from_le_bytes([s0, s1, s2, s3]);
        let chain = u32::from_le_bytes([c0, c1, c2, c3]);
        Some(Self {
            at: Appended { seq, chain },
            payload,
        })
    }
}

/// Which of a page's markers are complete: every bit cleared.
#[derive(Debug, Clone, Copy)]
struct Markers {
    /// In the first word: the page is in use.
    opened: bool,
    /// In the last word: nothing is appended to it any more.
    closed: bool,
}

impl Markers {
    const fn both(self) -> bool {
        self.opened && self.closed
    }
}

/// What one page holds.
#[derive(Debug, Clone, Copy)]
struct Summary {
    markers: Markers,
    /// Nothing but erased flash behind the last record.
    clean_tail: bool,
    /// Its records follow each other in number and chain.
    gapless: bool,
    /// Number of its first record, and its last one.
    ends: Option<(u32, Appended)>,
}

impl Journal {
    fn start<F: NorFlash>(&self, page: u32) -> u32 {
        self.region.start + page * io::offset(F::ERASE_SIZE)
    }

    /// Calls `take` with every whole record of a page, until it returns false. Reads only.
    pub(super) fn visit<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
        mut take: impl FnMut(Stored<'_>) -> bool,
    ) -> Result<(), JournalError> {
        let view = PageView::new(flash, self.start::<F>(page));
        let config = QueueConfig::try_new(0..io::offset(F::ERASE_SIZE));
        let config = config.map_err(|_| JournalError::Geometry)?;
        let mut queue = QueueStorage::new(view, config, NoCache::new_uncached());
        let walked = block_on(async {
            let mut buffer = [0; BUFFER];
            let mut items = queue.iter().await?;
            while let Some(item) = items.next(&mut buffer).await? {
                if let Some(stored) = Stored::open(&item)
                    && !take(stored)
                {
                    break;
                }
            }
            Ok(())
        });
        match walked {
            Err(Error::Storage {
                value: QueueFlashError::Flash(kind),
                ..
            }) => Err(JournalError::Flash(kind)),
            // Anything else is what damage looks like: the page ends here.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn first_seq<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
    ) -> Result<Option<u32>, JournalError> {
        let mut first = None;
        self.visit(flash, page, |stored| {
            first = Some(stored.at.seq);
            false
        })?;
        Ok(first)
    }

    /// The page that holds the newest records.
    pub(super) fn find_youngest<F: NorFlash>(
        &self,
        flash: &mut F,
    ) -> Result<Option<u32>, JournalError> {
        let mut best: Option<(u32, u32)> = None;
        for page in 0..self.pages::<F>() {
            if let Some(first) = self.first_seq(flash, page)? {
                best = best.max(Some((first, page)));
            }
        }
        Ok(best.map(|(_, page)| page))
    }

    /// Number of the oldest record, and the page in which to start looking for number `from`.
    pub(super) fn start_of<F: NorFlash>(
        &self,
        flash: &mut F,
        youngest: Option<u32>,
        from: u32,
    ) -> Result<(Option<u32>, u32), JournalError> {
        let mut page = self.after::<F>(youngest.unwrap_or(0));
        let mut oldest = None;
        if self.is_half_evicted(flash, page, youngest)? {
            page = self.after::<F>(page);
        }
        let mut start = page;
        for _ in 0..self.pages::<F>() {
            if let Some(first) = self.first_seq(flash, page)? {
                if oldest.is_none() || first <= from {
                    start = page;
                }
                oldest = oldest.or(Some(first));
                if first >= from {
                    break;
                }
            }
            if youngest == Some(page) {
                break;
            }
            page = self.after::<F>(page);
        }
        Ok((oldest, start))
    }

    /// Pushes one record; the page it went to, or `None` if the queue or the flash refused.
    pub(super) fn push<F: NorFlash>(
        &self,
        flash: &mut F,
        at: Appended,
        payload: &[u8],
    ) -> Result<Option<u32>, JournalError> {
        let mut record = [0; RECORD_MAX];
        let too_long = JournalError::TooLong { len: payload.len() };
        let record = record.get_mut(..OVERHEAD + payload.len()).ok_or(too_long)?;
        record[..4].copy_from_slice(&at.seq.to_le_bytes());
        record[4..OVERHEAD].copy_from_slice(&at.chain.to_le_bytes());
        record[OVERHEAD..].copy_from_slice(payload);
        let config = QueueConfig::try_new(self.region.start..self.region.end());
        let config = config.map_err(|_| JournalError::Geometry)?;
        let flash = BlockingAsync::new(flash);
        let mut queue = QueueStorage::new(flash, config, NoCache::new_uncached());
        let pushed = block_on(queue.push(record, true));
        let wrote = queue.flash().last_write();
        Ok(match (pushed, wrote) {
            (Ok(()), Some(wrote)) => {
                Some(wrote.saturating_sub(self.region.start) / io::offset(F::ERASE_SIZE))
            }
            _ => None,
        })
    }

    /// True if the last record of the page is this one, byte for byte.
    pub(super) fn ends_with<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
        at: Appended,
        payload: &[u8],
    ) -> Result<bool, JournalError> {
        let mut is_last = false;
        self.visit(flash, page, |stored| {
            is_last = (stored.at, stored.payload) == (at, payload);
            true
        })?;
        Ok(is_last)
    }

    /// True if this is what an interrupted eviction leaves: the page after the youngest, no longer
    /// whole or no longer running on into the page after it. What it holds counts as evicted.
    pub(super) fn is_half_evicted<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
        youngest: Option<u32>,
    ) -> Result<bool, JournalError> {
        if youngest.is_none_or(|youngest| self.after::<F>(youngest) != page) {
            return Ok(false);
        }
        let summary = self.summary(flash, page)?;
        let Some((_, last)) = summary.ends else {
            return Ok(false);
        };
        let runs_on = self.first_seq(flash, self.after::<F>(page))? == last.seq.checked_add(1);
        Ok(!(summary.gapless && summary.markers.both() && runs_on))
    }

    /// Makes one page other than the youngest what the queue takes it for.
    pub(super) fn mend<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
        youngest: Option<u32>,
    ) -> Result<(), JournalError> {
        if youngest == Some(page) {
            return Ok(());
        }
        if self.is_blank(flash, page)? {
            return Ok(());
        }
        let summary = self.summary(flash, page)?;
        if summary.ends.is_none() || self.is_half_evicted(flash, page, youngest)? {
            return self.erase(flash, page);
        }
        self.complete_markers(flash, page, summary.markers, true)
    }

    /// Makes sure that the next record is not appended behind anything but whole records.
    pub(super) fn mend_youngest<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
    ) -> Result<(), JournalError> {
        let summary = self.summary(flash, page)?;
        let is_closing = summary.markers.closed || !summary.clean_tail;
        if is_closing {
            // The queue needs one open page; evict before closing, as it does itself.
            let next = self.after::<F>(page);
            if !self.is_blank(flash, next)? {
                self.erase(flash, next)?;
            }
        }
        self.complete_markers(flash, page, summary.markers, is_closing)
    }

    fn complete_markers<F: NorFlash>(
        &self,
        flash: &mut F,
        page: u32,
        markers: Markers,
        close: bool,
    ) -> Result<(), JournalError> {
        let start = self.start::<F>(page);
        if !markers.opened {
            self.program_marker(flash, start)?;
        }
        if close && !markers.closed {
            self.program_marker(flash, start + io::offset(F::ERASE_SIZE - word::<F>()))?;
        }
        Ok(())
    }

    fn program_marker<F: NorFlash>(&self, flash: &mut F, at: u32) -> Result<(), JournalError> {
        use embedded_storage_async::nor_flash::NorFlash as _;
        let marker = [0; WORD_MAX];
        let written = block_on(BlockingAsync::new(flash).write(at, &marker[..word::<F>()]));
        written.map_err(|error| JournalError::Flash(error.kind()))
    }

    fn erase<F: NorFlash>(&self, flash: &mut F, page: u32) -> Result<(), JournalError> {
        let start = self.start::<F>(page);
        let erased = flash.erase(start, start + io::offset(F::ERASE_SIZE));
        erased.map_err(|error| JournalError::Flash(error.kind()))
    }

    fn is_blank<F: NorFlash>(&self, flash: &mut F, page: u32) -> Result<bool, JournalError> {
        Ok(io::is_blank(flash, self.start::<F>(page), F::ERASE_SIZE)?)
    }

    fn is_zero<F: NorFlash>(&self, flash: &mut F, at: u32) -> Result<bool, JournalError> {
        let mut marker = [0xFF; WORD_MAX];
        let read = flash.read(at, &mut marker[..word::<F>()]);
        read.map_err(|error| JournalError::Flash(error.kind()))?;
        Ok(marker[..word::<F>()].iter().all(|&byte| byte == 0))
    }

    fn summary<F: NorFlash>(&self, flash: &mut F, page: u32) -> Result<Summary, JournalError> {
        let start = self.start::<F>(page);
        let word = word::<F>();
        let overhead = QueueStorage::<PageView<'_, F>, NoCache>::item_overhead_size() as usize;
        let mut tail = word;
        let mut gapless = true;
        let mut ends: Option<(u32, Appended)> = None;
        self.visit(flash, page, |stored| {
            tail += overhead + (OVERHEAD + stored.payload.len()).next_multiple_of(word);
            if let Some((_, last)) = ends {
                gapless &= last.seq.checked_add(1) == Some(stored.at.seq)
                    && link(last.chain, stored.at.seq, stored.payload) == stored.at.chain;
            }
            let first = ends.map_or(stored.at.seq, |(first, _)| first);
            ends = Some((first, stored.at));
            true
        })?;
        let opened = self.is_zero(flash, start)?;
        let closed = self.is_zero(flash, start + io::offset(F::ERASE_SIZE - word))?;
        Ok(Summary {
            markers: Markers { opened, closed },
            clean_tail: is_erased_behind(flash, start, tail)?,
            gapless,
            ends,
        })
    }
}

/// True if a page that begins at `start` is erased behind its first `tail` bytes.
fn is_erased_behind<F: NorFlash>(
    flash: &mut F,
    start: u32,
    tail: usize,
) -> Result<bool, JournalError> {
    let skip = tail % io::GRAIN;
    let at = start.saturating_add(io::offset(tail - skip));
    let mut head = [0; io::GRAIN];
    io::read(flash, at, &mut head)?;
    if head.iter().skip(skip).any(|&byte| byte != 0xFF) {
        return Ok(false);
    }
    let rest = at.saturating_add(io::offset(io::GRAIN));
    let left = F::ERASE_SIZE.saturating_sub(tail - skip + io::GRAIN);
    Ok(io::is_blank(flash, rest, left)?)
}
