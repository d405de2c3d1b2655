//! What must be true of the journal, wherever power fails, and what plain `sequential-storage` does.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test panics as the test would"
)]

use embassy_futures::block_on;
use embedded_storage::nor_flash::{NorFlash as _, NorFlashErrorKind, ReadNorFlash as _};
use embedded_storage_async::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use pen_app::store::journal::{PAYLOAD_MAX, genesis, link};
use pen_app::store::{Appended, Journal, JournalError, Region};
use pen_sim::flash::{FlashError, NorFlashModel, SECTOR};
use sequential_storage::cache::Cache;
use sequential_storage::queue::{QueueConfig, QueueStorage};

const SERIAL: u64 = 0xD15C_0000_0000_0042;
const PAGES: u32 = 4;
const REGION: Region = Region {
    start: 4096,
    len: PAGES * 4096,
};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Reads the whole journal as the host would, page by page over the wire, and verifies the chain.
fn download<const W: usize>(
    journal: &mut Journal,
    flash: &mut NorFlashModel<W>,
) -> Result<Vec<(Appended, Vec<u8>)>, String> {
    let mut records: Vec<(Appended, Vec<u8>)> = Vec::new();
    let mut from = 0;
    loop {
        let mut out = [0; 450];
        let page = journal
            .read_from(flash, from, &mut out)
            .map_err(|error| format!("{error:?}"))?;
        let mut rest = &out[..page.len];
        for _ in 0..page.records {
            let len = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
            let seq = u32::from_le_bytes(rest[2..6].try_into().unwrap());
            let chain = u32::from_le_bytes(rest[6..10].try_into().unwrap());
            let payload = rest[10..10 + len].to_vec();
            rest = &rest[10 + len..];
            let before = match records.last() {
                Some((last, _)) if last.seq + 1 != seq => return Err(format!("gap at {seq}")),
                Some((last, _)) => Some(last.chain),
                None if seq == 1 => Some(genesis(SERIAL)),
                None => None,
            };
            if before.is_some_and(|before| link(before, seq, &payload) != chain) {
                return Err(format!("chain broken at {seq}"));
            }
            records.push((Appended { seq, chain }, payload));
        }
        assert!(rest.is_empty());
        if page.next == page.newest_next {
            return Ok(records);
        }
        assert!(page.records > 0, "no progress");
        from = page.next;
    }
}

/// Operations and erases that something would take, without doing it.
fn cost<const W: usize>(
    flash: &NorFlashModel<W>,
    act: impl FnOnce(&mut NorFlashModel<W>),
) -> (u64, u64) {
    let mut trial = flash.clone();
    act(&mut trial);
    let erases = trial.counters().erases - flash.counters().erases;
    (trial.operations() - flash.operations(), erases)
}

struct Life {
    /// Acknowledged and, at its end, perhaps landed without acknowledgement.
    written: Vec<(u32, Vec<u8>)>,
    lost: u64,
    evicted_pages_allowed: usize,
}

impl Life {
    /// After a reboot: everything acknowledged is there, except what age has evicted.
    fn check<const W: usize>(
        &mut self,
        journal: &mut Journal,
        flash: &mut NorFlashModel<W>,
        attempted: &[Vec<u8>],
    ) {
        let state = journal.mount(flash).unwrap();
        assert_eq!(state.breaks, 0, "a power cut must not look like an edit");
        let found = download(journal, flash).unwrap();
        assert_eq!(found.len(), state.records as usize);
        let next = self.written.last().map_or(1, |(seq, _)| seq + 1);
        // The record in flight may have landed.
        if let Some((at, payload)) = found.last()
            && at.seq == next
        {
            assert!(attempted.contains(payload));
            self.written.push((next, payload.clone()));
        }
        for (at, payload) in &found {
            let index = self.written.partition_point(|(seq, _)| *seq < at.seq);
            assert_eq!(self.written.get(index), Some(&(at.seq, payload.clone())));
        }
        let last = found.last().map_or(0, |(at, _)| at.seq);
        let newest = self.written.last().map_or(0, |(seq, _)| *seq);
        self.lost += u64::from(newest - last);
        let bytes: usize = found.iter().map(|(_, payload)| payload.len() + 32).sum();
        let kept = (PAGES as usize - 1).saturating_sub(self.evicted_pages_allowed);
        assert!(
            found.len() == self.written.len() || bytes + kept * 300 >= kept * SECTOR,
            "evicted more than age explains: {bytes} bytes left"
        );
    }
}

/// Appends until the region has wrapped, cutting every operation of every append once.
fn cut_everywhere<const W: usize>(len: usize) -> (u64, u64) {
    let mut before = NorFlashModel::<W>::new(6, 1);
    before.allow_reprogram();
    let mut journal = Journal::new(REGION, SERIAL);
    let (mut fired, mut landed) = (0, 0);
    let mut acknowledged = Vec::new();
    let enough = PAGES as usize * SECTOR / (len + 16) + 12;
    for number in 0..enough {
        let payload = Dice(number as u64).bytes(len);
        // At the ends of pages every operation counts, in between it is the same again and again.
        let (operations, erases) = cost(&before, |flash| {
            journal.clone().append(flash, &payload).unwrap();
        });
        let interesting = number < 4 || number % 32 == 0 || operations > 2;
        let bytes = if erases > 0 { 40 } else { 10 };
        for operation in 0..if interesting { operations } else { 0 } {
            for byte in (0..bytes).chain([60, 100, 200, usize::MAX]) {
                let mut flash = before.clone();
                if byte == usize::MAX {
                    flash.cut_ragged_after(operation);
                } else {
                    flash.cut_after(operation, byte);
                }
                let appended = journal.clone().append(&mut flash, &payload);
                flash.power_on();
                flash.cancel_cut();
                assert_eq!(flash.cuts_fired(), 1);
                fired += 1;
                assert!(appended.is_err());
                let mut life = Life {
                    written: acknowledged.clone(),
                    lost: 0,
                    evicted_pages_allowed: 1,
                };
                let mut rebooted = Journal::new(REGION, SERIAL);
                life.check(&mut rebooted, &mut flash, std::slice::from_ref(&payload));
                landed += u64::from(life.written.len() > acknowledged.len());
                let next = rebooted.append(&mut flash, b"after the cut").unwrap();
                life.written.push((next.seq, b"after the cut".to_vec()));
                life.check(&mut Journal::new(REGION, SERIAL), &mut flash, &[]);
                assert_eq!(life.lost, 0, "acknowledged record lost");
                assert_eq!(flash.violations().sets_bit, 0);
            }
        }
        let at = journal.append(&mut before, &payload).unwrap();
        assert_eq!(at.seq as usize, number + 1);
        acknowledged.push((at.seq, payload));
    }
    assert_eq!(before.violations().reprograms, 0);
    assert!(before.wear()[1] >= 1, "has not wrapped");
    (fired, landed)
}

#[test]
fn store_001_journal_survives_a_cut_at_every_operation() {
    for (name, (fired, landed)) in [
        ("write size 1", cut_everywhere::<1>(61)),
        ("write size 4", cut_everywhere::<4>(130)),
        ("write size 256", cut_everywhere::<256>(200)),
    ] {
        println!("{name}: {fired} cuts fired, {landed} left the record in flight whole");
        assert!(fired > 500);
    }
}

/// Appends until the next append would evict a page.
fn fill<const W: usize>(
    journal: &mut Journal,
    flash: &mut NorFlashModel<W>,
    filler: &[u8],
    life: &mut Life,
) {
    let evicts = |journal: &Journal, flash: &NorFlashModel<W>| {
        let append = |flash: &mut _| {
            let _landed = journal.clone().append(flash, filler);
        };
        cost(flash, append).1 > 0
    };
    while !evicts(journal, flash) {
        let at = journal.append(flash, filler).unwrap();
        life.written.push((at.seq, filler.to_vec()));
    }
}

fn live<const W: usize>(seed: u64, cuts: usize) -> (u64, u64, u64) {
    let mut dice = Dice(seed);
    let evicting = seed.is_multiple_of(2);
    let mut flash = NorFlashModel::<W>::new(6, seed);
    flash.allow_reprogram();
    let len_max = 1 + dice.below(PAYLOAD_MAX);
    let mut life = Life {
        written: Vec::new(),
        lost: 0,
        evicted_pages_allowed: 0,
    };
    let mut journal = Journal::new(REGION, SERIAL);
    for _ in 0..dice.below(5 * SECTOR / (len_max / 2 + 16)) {
        let len = dice.below(len_max);
        let payload = dice.bytes(len);
        let at = journal.append(&mut flash, &payload).unwrap();
        life.written.push((at.seq, payload));
    }
    // Every other life begins with an append that evicts a page.
    let filler = dice.bytes(len_max.min(PAYLOAD_MAX));
    if evicting {
        fill(&mut journal, &mut flash, &filler, &mut life);
    }
    for _ in 0..cuts {
        let operation = dice.next() % if evicting { 8 } else { 16 };
        if dice.below(4) == 0 {
            flash.cut_ragged_after(operation);
        } else {
            flash.cut_after(operation, dice.below(40));
        }
        let mut attempted = Vec::new();
        for count in 0..8 {
            let len = dice.below(len_max);
            let payload = if count == 0 {
                filler.clone()
            } else {
                dice.bytes(len)
            };
            match journal.append(&mut flash, &payload) {
                Ok(at) => life.written.push((at.seq, payload)),
                Err(_) => attempted.push(payload),
            }
        }
        flash.power_on();
        journal = Journal::new(REGION, SERIAL);
        // Every cut may cost one page of the oldest records, when a torn page is closed.
        life.evicted_pages_allowed += 1;
        life.check(&mut journal, &mut flash, &attempted);
        if dice.below(2) == 0 {
            // Sometimes the clean-up after boot is cut as well.
            flash.cut_after(dice.next() % 3, dice.below(5));
            let repaired = journal.repair(&mut flash);
            assert_eq!(repaired.is_ok(), flash.is_powered());
            flash.power_on();
            journal = Journal::new(REGION, SERIAL);
            life.evicted_pages_allowed += 1;
            life.check(&mut journal, &mut flash, &attempted);
        }
    }
    flash.cancel_cut();
    journal.repair(&mut flash).unwrap();
    if W <= 32 {
        assert_eq!(
            plain_contents(&mut flash),
            download(&mut journal, &mut flash).unwrap().len()
        );
    }
    assert_eq!(flash.violations().sets_bit, 0);
    (flash.cuts_fired(), life.lost, flash.violations().reprograms)
}

#[test]
fn store_006_journal_survives_double_and_triple_cuts() {
    for cuts in [2, 3, 8] {
        let (mut fired, mut lost, mut reprograms) = (0, 0, 0);
        let trials = 600 / cuts as u64;
        for seed in 0..trials {
            for result in [
                live::<1>(seed, cuts),
                live::<4>(seed ^ 0xA5A5_0000, cuts),
                live::<256>(seed ^ 0x5A5A_0000, cuts),
            ] {
                fired += result.0;
                lost += result.1;
                reprograms += result.2;
            }
        }
        println!(
            "{cuts} rounds of cuts, {} lives: {fired} cuts fired, {lost} acknowledged records lost, \
             {reprograms} torn markers finished",
            3 * trials
        );
        assert!(fired > trials * 3);
        assert_eq!(lost, 0);
    }
}

/// The flash as `sequential-storage` wants it, with nothing added.
struct Plain<'a, const W: usize>(&'a mut NorFlashModel<W>);

impl<const W: usize> ErrorType for Plain<'_, W> {
    type Error = FlashError;
}

impl<const W: usize> ReadNorFlash for Plain<'_, W> {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.0.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<const W: usize> NorFlash for Plain<'_, W> {
    const WRITE_SIZE: usize = W;
    const ERASE_SIZE: usize = SECTOR;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.0.erase(from, to)
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.0.write(offset, bytes)
    }
}

/// Number of records that the queue's own iterator finds.
fn plain_contents<const W: usize>(flash: &mut NorFlashModel<W>) -> usize {
    let config = QueueConfig::new(REGION.start..REGION.end());
    let mut queue = QueueStorage::new(Plain(flash), config, Cache::new_uncached());
    block_on(async {
        let mut buffer = [0; 4096];
        let mut items = queue.iter().await.unwrap();
        let mut count = 0;
        while items.next(&mut buffer).await.unwrap().is_some() {
            count += 1;
        }
        count
    })
}

/// What became of the acknowledged records of one life with the plain queue.
#[derive(Debug, Default)]
struct Plainly {
    fired: u64,
    /// Lives in which an acknowledged record is missing although an older one is still there.
    lost: u64,
    /// Lives in which the records come back in another order than they were written.
    disordered: u64,
    /// Lives after which the queue cannot be read or appended to.
    stuck: u64,
}

fn plain_push(flash: &mut NorFlashModel<1>, payload: &[u8]) -> bool {
    let config = QueueConfig::new(REGION.start..REGION.end());
    let mut queue = QueueStorage::new(Plain(flash), config, Cache::new_uncached());
    block_on(queue.push(payload, true)).is_ok()
}

/// The same life with the plain queue, each payload beginning with its number.
fn plain_life(seed: u64, cuts: usize, total: &mut Plainly) {
    let mut dice = Dice(seed);
    let evicting = seed.is_multiple_of(2);
    let mut flash = NorFlashModel::<1>::new(6, seed);
    flash.allow_reprogram();
    let len_max = 1 + dice.below(PAYLOAD_MAX);
    let mut number = 0_u32;
    let mut acknowledged = Vec::new();
    let mut append = |dice: &mut Dice, flash: &mut NorFlashModel<1>| {
        let len = dice.below(len_max);
        let payload = [&number.to_le_bytes()[..], &dice.bytes(len)].concat();
        if plain_push(flash, &payload) {
            acknowledged.push(number);
        }
        number += 1;
    };
    for _ in 0..dice.below(5 * SECTOR / (len_max / 2 + 16)) {
        append(&mut dice, &mut flash);
    }
    let evicts = |flash: &NorFlashModel<1>| {
        let push = |flash: &mut _| {
            plain_push(flash, &vec![0; len_max + 4]);
        };
        cost(flash, push).1 > 0
    };
    while evicting && !evicts(&flash) {
        append(&mut dice, &mut flash);
    }
    for _ in 0..cuts {
        flash.cut_after(dice.next() % if evicting { 8 } else { 16 }, dice.below(40));
        for _ in 0..8 {
            append(&mut dice, &mut flash);
        }
        flash.power_on();
    }
    flash.cancel_cut();
    append(&mut dice, &mut flash);
    total.fired += flash.cuts_fired();
    let config = QueueConfig::new(REGION.start..REGION.end());
    let mut queue = QueueStorage::new(Plain(&mut flash), config, Cache::new_uncached());
    let found = block_on(async {
        let mut buffer = [0; 4096];
        let mut found = Vec::new();
        let mut items = queue.iter().await.ok()?;
        while let Some(item) = items.next(&mut buffer).await.ok()? {
            found.push(u32::from_le_bytes(item[..4].try_into().unwrap()));
        }
        Some(found)
    });
    match found {
        Some(found) if acknowledged.last() == Some(&(number - 1)) => {
            let oldest = found.iter().min().copied().unwrap_or(u32::MAX);
            let is_lost = |number: &u32| *number > oldest && !found.contains(number);
            total.lost += u64::from(acknowledged.iter().any(is_lost));
            total.disordered += u64::from(!found.is_sorted());
        }
        Some(_) | None => total.stuck += 1,
    }
}

#[test]
fn store_006_plain_queue_is_measured_for_comparison() {
    for cuts in [1, 2] {
        let mut total = Plainly::default();
        for seed in 0..3_000 {
            plain_life(seed, cuts, &mut total);
        }
        println!("plain sequential-storage, {cuts} cuts, 3000 lives: {total:?}");
        assert!(total.fired > 2_900);
    }
}

fn filled(count: u8) -> (Journal, NorFlashModel<4>) {
    let mut flash = NorFlashModel::<4>::new(6, 3);
    let mut journal = Journal::new(REGION, SERIAL);
    for number in 0..count {
        journal.append(&mut flash, &[number; 50]).unwrap();
    }
    (journal, flash)
}

#[test]
fn log_002_numbers_without_gaps_and_pages_from_any_record() {
    let (mut journal, mut flash) = filled(100);
    let all = download(&mut journal, &mut flash).unwrap();
    assert_eq!(all.len(), 100);
    let mut out = [0; 150];
    for from in 0..=101_u32 {
        let page = journal.read_from(&mut flash, from, &mut out).unwrap();
        assert_eq!((page.first, page.newest_next), (1, 101));
        let expected = 101_u32.saturating_sub(from.max(1)).min(2);
        assert_eq!((page.records, page.len), (expected, expected as usize * 60));
        if expected > 0 {
            assert_eq!(out[2..6], from.max(1).to_le_bytes());
        }
    }
    let reads_only = flash.operations();
    let mut rebooted = Journal::new(REGION, SERIAL);
    let state = rebooted.mount(&mut flash).unwrap();
    assert_eq!(
        (state.first, state.next, state.records, state.breaks),
        (1, 101, 100, 0)
    );
    assert_eq!(flash.operations(), reads_only);
    assert_eq!(rebooted.append(&mut flash, b"x").unwrap().seq, 101);
}

#[test]
fn log_002_oldest_records_go_first_and_the_reader_is_told() {
    let (mut journal, mut flash) = filled(255);
    for number in 0..255_u8 {
        journal.append(&mut flash, &[number; 50]).unwrap();
    }
    let page = journal.read_from(&mut flash, 1, &mut [0; 100]).unwrap();
    assert!(page.first > 255 && page.first < 400, "{page:?}");
    assert_eq!(page.newest_next, 511);
    let all = download(&mut journal, &mut flash).unwrap();
    assert_eq!(all.first().unwrap().0.seq, page.first);
    assert_eq!(all.last().unwrap().0.seq, 510);
}

#[test]
fn log_002_every_flipped_bit_of_a_record_shows() {
    let (mut journal, mut flash) = filled(12);
    let whole = download(&mut journal, &mut flash).unwrap();
    let record = 8 + 58_usize.next_multiple_of(4);
    let fifth = (SECTOR + 4 + 4 * record) * 8;
    for bit in fifth..fifth + record * 8 {
        flash.flip_bit(bit);
        let mut rebooted = Journal::new(REGION, SERIAL);
        let state = rebooted.mount(&mut flash).unwrap();
        match download(&mut rebooted, &mut flash) {
            // Two bytes pad the record to a word; they carry nothing.
            Ok(found) => assert!(found == whole && bit >= fifth + (8 + 58) * 8, "bit {bit}"),
            Err(_) => assert!(state.breaks > 0, "bit {bit}"),
        }
        flash.flip_bit(bit);
    }
    assert_eq!(download(&mut journal, &mut flash), Ok(whole));
}

#[test]
fn log_002_host_sees_an_edit_a_gap_and_a_swap() {
    let mut chain = genesis(SERIAL);
    let mut records = Vec::new();
    for seq in 1..=5_u32 {
        let payload = [seq.to_le_bytes()[0]; 9];
        chain = link(chain, seq, &payload);
        records.push((seq, chain, payload));
    }
    let verify = |records: &[(u32, u32, [u8; 9])]| {
        let mut before = (0, genesis(SERIAL));
        records.iter().all(|&(seq, chain, payload)| {
            let fits = seq == before.0 + 1 && link(before.1, seq, &payload) == chain;
            before = (seq, chain);
            fits
        })
    };
    assert!(verify(&records));
    let mut edited = records.clone();
    edited[2].2[4] ^= 1;
    let mut missing = records.clone();
    missing.remove(2);
    let mut swapped = records.clone();
    swapped.swap(1, 2);
    assert!(!verify(&edited) && !verify(&missing) && !verify(&swapped));
    assert_ne!(genesis(SERIAL), genesis(SERIAL + 1));
}

#[test]
fn log_004_a_flash_error_is_reported_and_leaves_no_gap() {
    let (mut journal, mut flash) = filled(3);
    let too_long = journal.append(&mut flash, &[0; PAYLOAD_MAX + 1]);
    assert_eq!(
        too_long,
        Err(JournalError::TooLong {
            len: PAYLOAD_MAX + 1
        })
    );
    flash.cut_after(0, 0);
    let refused = journal.append(&mut flash, b"lost");
    assert_eq!(refused, Err(JournalError::Flash(NorFlashErrorKind::Other)));
    flash.power_on();
    assert_eq!(journal.append(&mut flash, b"next").unwrap().seq, 4);
    assert_eq!(download(&mut journal, &mut flash).unwrap().len(), 4);
    let single = Region {
        start: 0,
        len: 4096,
    };
    let small = Journal::new(single, SERIAL).append(&mut flash, b"x");
    assert_eq!(small, Err(JournalError::Geometry));
}

#[test]
fn log_002_journal_starts_on_a_part_full_of_garbage() {
    for seed in 0..50 {
        let mut flash = NorFlashModel::<1>::new(6, seed);
        flash.restore(&Dice(seed).bytes(6 * SECTOR));
        let mut journal = Journal::new(REGION, SERIAL);
        assert_eq!(journal.append(&mut flash, b"first").unwrap().seq, 1);
        assert_eq!(download(&mut journal, &mut flash).unwrap().len(), 1);
    }
}

#[test]
fn store_006_nothing_is_appended_behind_a_torn_record() {
    let mut closed = 0;
    for byte in 0..12 {
        for operation in 0..2 {
            let (mut journal, mut flash) = filled(3);
            flash.cut_after(operation, byte);
            assert!(journal.append(&mut flash, &[0x3C; 50]).is_err());
            flash.power_on();
            let torn = flash.snapshot();
            let page = SECTOR..2 * SECTOR;
            let mut rebooted = Journal::new(REGION, SERIAL);
            rebooted.append(&mut flash, b"after").unwrap();
            let now = flash.snapshot();
            if now[2 * SECTOR] == 0 {
                // Closed: only the marker at its very end has been added to the torn page.
                closed += 1;
                let end = page.end - 4;
                assert_eq!(now[page.start..end], torn[page.start..end]);
                assert_eq!(now[end..page.end], [0; 4]);
            } else {
                // Not one byte of the record in flight had reached the flash, or all had.
                let len = download(&mut rebooted, &mut flash).unwrap().len();
                assert!(
                    len == 5
                        || torn[SECTOR + 4 + 3 * 68..page.end]
                            .iter()
                            .all(|&b| b == 0xFF)
                );
            }
        }
    }
    assert!(closed >= 20, "{closed}");
}
