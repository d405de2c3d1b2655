//! The journal on a small flash: what is there after every append, and after every cut.

use super::*;
use crate::store::tests::{Asked, Part};

const SERIAL: u64 = 0x0807_0605_0403_0201;

/// Four pages behind a sector that belongs to nobody.
const REGION: Region = Region {
    start: 1_024,
    len: 4_096,
};

type Small = Part<1, 4, 1_024>;

/// Bytes that one record of so many bytes of payload takes.
const fn stride(payload: usize) -> usize {
    8 + (8 + payload).next_multiple_of(4)
}

fn payload(number: u32) -> Vec<u8> {
    vec![number.to_le_bytes()[0]; 20 + number as usize * 7 % 60]
}

fn journal() -> Journal {
    Journal::new(REGION, SERIAL)
}

fn blank() -> Small {
    let mut flash = Small::new(6);
    flash.bytes[..1_024].fill(0x5A);
    flash
}

/// So many records.
fn filled(count: u32) -> (Journal, Small) {
    let (mut journal, mut flash) = (journal(), blank());
    for number in 1..=count {
        let at = journal.append(&mut flash, &payload(number)).unwrap();
        assert_eq!(at.seq, number);
    }
    (journal, flash)
}

fn all(journal: &mut Journal, flash: &mut Small) -> (Page, Vec<(Appended, Vec<u8>)>) {
    let mut records = Vec::new();
    let page = journal.visit_from(flash, 0, |at, payload| {
        records.push((at, payload.to_vec()));
        true
    });
    (page.unwrap(), records)
}

/// Looks with fresh eyes: the records are those of [`payload`], chained, up to the last of so many.
fn check(flash: &mut Small, last: u32) -> JournalState {
    let mut fresh = journal();
    let state = fresh.mount(flash).unwrap();
    let (page, records) = all(&mut fresh, flash);
    assert_eq!(state.breaks, 0);
    assert_eq!((state.next, page.newest_next), (last + 1, last + 1));
    let next = if last == 0 { 0 } else { last + 1 };
    assert_eq!((page.first, page.next), (state.first, next));
    assert_eq!(records.len(), state.records as usize);
    assert_eq!(page.records, state.records);
    let mut chain = genesis(SERIAL);
    for number in 1..=last {
        chain = link(chain, number, &payload(number));
        if number >= state.first {
            let (at, bytes) = &records[(number - state.first) as usize];
            assert_eq!((at.seq, at.chain, bytes), (number, chain, &payload(number)));
        }
    }
    assert_eq!(state.chain, chain);
    state
}

#[test]
fn log_002_a_chain_begins_with_the_serial_number_and_holds_number_and_payload() {
    let bytes = [&b"pen journal"[..], &SERIAL.to_le_bytes()].concat();
    assert_eq!(genesis(SERIAL), pen_protocol::crc32(&bytes));
    let bytes = [0x44, 0x33, 0x22, 0x11, 9, 0, 0, 0, b'x', b'y'];
    assert_eq!(link(0x1122_3344, 9, b"xy"), pen_protocol::crc32(&bytes));
}

#[test]
fn store_007_a_journal_needs_two_whole_pages() {
    let mount = |start, len| {
        let region = Region { start, len };
        Journal::new(region, SERIAL).mount(&mut blank()).err()
    };
    assert_eq!(mount(1_024, 2_048), None);
    assert_eq!(mount(0, 4_096), None);
    let wrong = Some(JournalError::Geometry);
    assert_eq!(mount(1_024, 1_024), wrong);
    assert_eq!(mount(1_024, 0), wrong);
    assert_eq!(mount(1_024, 6_144), wrong);
    assert_eq!(mount(1_040, 4_096), wrong);
    let single = Region {
        len: 1_024,
        ..REGION
    };
    let mut single = Journal::new(single, SERIAL);
    assert_eq!(
        single.append(&mut blank(), b"x"),
        Err(JournalError::Geometry)
    );
}

#[test]
fn log_002_a_journal_of_nothing_begins_with_number_one() {
    let mut flash = blank();
    let state = journal().mount(&mut flash).unwrap();
    let chain = genesis(SERIAL);
    let expected = JournalState {
        first: 1,
        next: 1,
        chain,
        records: 0,
        breaks: 0,
    };
    assert_eq!(state, expected);
    let (page, records) = all(&mut journal(), &mut flash);
    assert_eq!((page.first, page.next, page.newest_next), (1, 0, 1));
    assert_eq!(records, []);
    assert_eq!(flash.asked, []);
}

#[test]
fn log_002_every_record_is_there_until_its_page_is_needed() {
    let (mut kept, mut flash) = (journal(), blank());
    let mut firsts = Vec::new();
    for number in 1..=150 {
        let at = kept.append(&mut flash, &payload(number)).unwrap();
        let state = check(&mut flash, number);
        assert_eq!((at.seq, at.chain), (number, state.chain));
        firsts.push(state.first);
        // What is whole needs no repair.
        flash.asked.clear();
        let repaired = journal().repair(&mut flash);
        assert_eq!(repaired, Ok(state), "{number}");
        assert_eq!(flash.asked, [], "{number}");
    }
    let bytes: usize = (firsts[149]..=150)
        .map(|number| stride(payload(number).len()))
        .sum();
    assert!(bytes > 3 * 1_024 - 100, "{bytes}");
    assert!(firsts.is_sorted() && firsts[..30] == [1; 30]);
    assert!(flash.bytes[..1_024].iter().all(|byte| *byte == 0x5A));
    assert!(flash.bytes[5_120..].iter().all(|byte| *byte == 0xFF));
}

#[test]
fn log_002_a_record_of_any_length_up_to_the_longest_is_taken() {
    let (mut journal, mut flash) = filled(0);
    for len in [0, 1, 2, 3, 4, 239, 240] {
        let bytes = vec![0xA5; len];
        let at = journal.append(&mut flash, &bytes).unwrap();
        let (_, records) = all(&mut journal, &mut flash);
        assert_eq!(records.last(), Some(&(at, bytes)));
    }
    let before = flash.bytes.clone();
    for len in [241, 242, 1_000] {
        let refused = journal.append(&mut flash, &vec![0; len]);
        assert_eq!(refused, Err(JournalError::TooLong { len }));
    }
    assert_eq!(flash.bytes, before);
}

#[test]
fn log_002_records_are_read_from_any_number_into_what_room_there_is() {
    let (mut journal, mut flash) = filled(150);
    let (page, records) = all(&mut journal, &mut flash);
    for from in page.first - 2..=152 {
        let mut seen = Vec::new();
        let visited = journal.visit_from(&mut flash, from, |at, _| {
            seen.push(at.seq);
            seen.len() < 3
        });
        let visited = visited.unwrap();
        let start = from.max(page.first);
        let expected: Vec<u32> = (start..=150).take(3).collect();
        assert_eq!(seen, expected, "{from}");
        // The third was shown, but not taken.
        let taken = expected.len().min(2);
        assert_eq!(visited.records as usize, taken);
        let next = if taken == 0 { from } else { start + 2 };
        assert_eq!(
            visited.next,
            next.min(151).max(if taken == 0 { from } else { 0 })
        );
        assert_eq!((visited.first, visited.newest_next), (page.first, 151));
    }
    let [(first, one), (_, two), (_, three)] = [0, 1, 2].map(|at| records[at].clone());
    let needed = 30 + one.len() + two.len() + three.len();
    for (room, count) in [(needed - 1, 2), (needed, 3), (9 + one.len(), 0), (0, 0)] {
        let mut out = vec![0; room];
        let read = journal.read_from(&mut flash, first.seq, &mut out).unwrap();
        assert_eq!(
            (read.records, read.next),
            (count, first.seq + count),
            "{room}"
        );
        let len = [&one, &two, &three].map(|it| 10 + it.len());
        assert_eq!(read.len, len.iter().take(count as usize).sum::<usize>());
        if count > 0 {
            let size = u16::try_from(one.len()).unwrap().to_le_bytes();
            assert_eq!(out[..2], size);
            assert_eq!(out[2..6], first.seq.to_le_bytes());
            assert_eq!(out[6..10], first.chain.to_le_bytes());
            assert_eq!(out[10..10 + one.len()], one);
        }
    }
    let mut out = [0; 16_000];
    let read = journal.read_from(&mut flash, 0, &mut out).unwrap();
    assert_eq!((read.next, read.records as usize), (151, records.len()));
}

#[test]
fn log_002_the_newest_are_found_without_reading_the_pages_before_them() {
    let (mut journal, mut flash) = filled(150);
    let mut cost = |from| {
        flash.bytes_read = 0;
        let mut count = 0;
        let page = journal.visit_from(&mut flash, from, |_, _| {
            count += 1;
            count < 2
        });
        page.unwrap();
        flash.bytes_read
    };
    let oldest = cost(0);
    let newest = cost(150);
    assert!(newest < oldest + 700, "{newest} and {oldest} bytes");
}

#[test]
fn store_001_an_append_that_is_cut_anywhere_costs_nothing_that_was_acknowledged() {
    let (mut before, mut flash) = (journal(), blank());
    let mut fired = 0;
    for number in 1..=120 {
        flash.asked.clear();
        let (trial, mut whole) = (before.clone(), flash.bytes.clone());
        before.append(&mut flash, &payload(number)).unwrap();
        let operations = flash.asked.len();
        let is_long = flash.asked.iter().any(|it| matches!(it, Asked::Erase(..)));
        std::mem::swap(&mut whole, &mut flash.bytes);
        let last = if number % 16 == 1 || operations > 2 || is_long {
            operations
        } else {
            0
        };
        for operation in 0..last {
            for done in [0, 1, 4, 9, 17, 600] {
                let mut cut = blank();
                cut.bytes.clone_from(&flash.bytes);
                cut.cut = Some((operation, done));
                assert!(trial.clone().append(&mut cut, &payload(number)).is_err());
                assert!(cut.is_off());
                fired += 1;
                after_a_cut(&mut cut, number);
            }
        }
        std::mem::swap(&mut whole, &mut flash.bytes);
    }
    assert!(fired > 300, "{fired}");
}

#[test]
fn store_001_an_eviction_that_stopped_anywhere_takes_its_page_and_nothing_else() {
    let mut evicted = 0;
    // Records in the youngest page from few to nearly all that fit.
    for count in 60..=72 {
        let (mut whole, _, start) = young(count);
        let first = check(&mut whole, count).first;
        if is_blank(&whole, start) {
            continue;
        }
        // What an erase leaves that power ended is erased in some places and not in others.
        for from in (0..1_024).step_by(76) {
            for len in [4, 36, 200, 1_020] {
                for left in [0xFF, 0x5A] {
                    let mut cut = whole.clone();
                    let to = 1_024.min(from + len);
                    cut.bytes[start + from..start + to].fill(left);
                    let state = check(&mut cut, count);
                    let is_evicted = state.first > first;
                    // A page that lost one of its markers was being erased, whatever it still tells.
                    assert!(
                        is_evicted || (from > 0 && to < 1_024),
                        "{count} {from} {len}"
                    );
                    evicted += u32::from(is_evicted);
                    after_a_cut(&mut cut, count + 1);
                }
            }
        }
    }
    assert!(evicted > 500, "{evicted}");
}

/// A journal of so many records, the youngest page, and where it and the one after it begin.
fn young(count: u32) -> (Small, usize, usize) {
    let (_, mut flash) = filled(count);
    let youngest = journal().find_youngest(&mut flash).unwrap().unwrap();
    let begin = |page: u32| 1_024 + 1_024 * page as usize;
    let next = journal().after::<Small>(youngest);
    (flash, begin(youngest), begin(next))
}

fn is_blank(flash: &Small, start: usize) -> bool {
    flash.bytes[start..start + 1_024]
        .iter()
        .all(|&byte| byte == 0xFF)
}

#[test]
fn store_001_a_page_with_garbage_behind_its_last_record_is_closed_once_there_is_room() {
    let (mut with_room, mut without) = (0, 0);
    for count in 40..=75 {
        let (whole, start, next) = young(count);
        let page = &whole.bytes[start..start + 1_020];
        let used = page.iter().rposition(|&byte| byte != 0xFF).unwrap();
        let had_room = is_blank(&whole, next);
        // Every word behind the record and its padding, up to the marker at the page's end.
        for word in (used + 8) / 4..1_020 / 4 {
            let mut flash = whole.clone();
            flash.asked.clear();
            flash.bytes[start + 4 * word] = 0;
            let state = journal().repair(&mut flash).unwrap();
            assert_eq!((state.next, state.breaks), (count + 1, 0), "{count} {word}");
            assert_eq!(flash.bytes[start + 1_020..start + 1_024], [0; 4]);
            assert!(is_blank(&flash, next), "{count} {word}");
            let closed = Asked::Write(u32::try_from(start + 1_020).unwrap(), 4);
            let erased = Asked::Erase(
                u32::try_from(next).unwrap(),
                u32::try_from(next).unwrap() + 1_024,
            );
            let expected = if had_room {
                vec![closed]
            } else {
                vec![erased, closed]
            };
            assert_eq!(flash.asked, expected, "{count} {word}");
        }
        *if had_room {
            &mut with_room
        } else {
            &mut without
        } += 1;
    }
    assert!(with_room > 0 && without > 10, "{with_room} {without}");
}

#[test]
fn store_001_an_oldest_page_with_a_break_in_number_or_chain_counts_as_evicted() {
    type Break = fn(&mut Appended);
    let breaks: [Option<Break>; 3] = [None, Some(|it| it.seq += 1), Some(|it| it.chain ^= 1)];
    for at_fault in breaks {
        let (mut journal, mut flash) = (journal(), blank());
        let mut seen = 0;
        for number in 1..=75_u32 {
            // Within the first page, not at its begin.
            if let (3, Some(spoil)) = (number, at_fault) {
                spoil(&mut journal.head.as_mut().unwrap().last);
            }
            journal.append(&mut flash, &payload(number)).unwrap();
            let youngest = journal.find_youngest(&mut flash).unwrap();
            if youngest != Some(3) || is_blank(&flash, 1_024) {
                continue;
            }
            let state = self::journal().mount(&mut flash).unwrap();
            assert_eq!(state.breaks, 0, "{number}");
            assert_eq!(state.first > 1, at_fault.is_some(), "{number}");
            seen += 1;
        }
        assert!(seen > 5, "{seen}");
    }
}

/// Power is back: the record in flight is there or is not, and the journal goes on behind it.
fn after_a_cut(flash: &mut Small, number: u32) {
    flash.cut = None;
    let landed = journal().mount(flash).unwrap().next;
    assert!(landed == number || landed == number + 1);
    let there = check(flash, landed - 1);
    let mut rebooted = journal();
    let repaired = rebooted.repair(flash).unwrap();
    assert_eq!((repaired.next, repaired.breaks), (landed, 0));
    assert_eq!(repaired.chain, there.chain);
    let page = 1_024 / stride(20);
    assert!(repaired.first <= there.first + u32::try_from(page).unwrap());
    let before = flash.bytes.clone();
    assert_eq!(journal().repair(flash), Ok(repaired), "once is enough");
    assert_eq!(flash.bytes, before);
    for next in landed..landed + 3 {
        assert_eq!(rebooted.append(flash, &payload(next)).unwrap().seq, next);
        check(flash, next);
    }
}

#[test]
fn store_005_what_does_not_read_back_is_not_acknowledged_and_leaves_no_gap() {
    for count in [1, 5] {
        let (mut journal, mut flash) = filled(count);
        let used: usize = (1..=count).map(|it| stride(payload(it).len())).sum();
        // A bit within the next record.
        flash.stuck = vec![1_024 + 4 + used + 20];
        let at = journal.append(&mut flash, &payload(count + 1)).unwrap();
        assert_eq!(at.seq, count + 1);
        check(&mut flash, count + 1);
        assert_eq!(flash.bytes[2_048..2_052], [0; 4], "on the next page");
    }
    let (mut journal, mut flash) = filled(3);
    flash.cut = Some((flash.asked.len(), 0));
    let lost = journal.append(&mut flash, b"lost");
    assert_eq!(lost, Err(JournalError::Flash(NorFlashErrorKind::Other)));
    flash.cut = None;
    assert_eq!(journal.append(&mut flash, &payload(4)).unwrap().seq, 4);
    check(&mut flash, 4);
}

#[test]
fn store_005_a_record_that_landed_although_the_flash_denies_it_is_acknowledged() {
    let (mut journal, mut flash) = filled(3);
    // Its header first, then the rest.
    flash.denies = Some(flash.asked.len() + 1);
    let at = journal.append(&mut flash, &payload(4)).unwrap();
    assert_eq!(at.seq, 4);
    check(&mut flash, 4);
    assert_eq!(journal.append(&mut flash, &payload(5)).unwrap().seq, 5);
    check(&mut flash, 5);
}

#[test]
fn store_005_nothing_is_acknowledged_behind_a_record_that_is_gone() {
    let (mut journal, mut flash) = filled(5);
    let used: usize = (1..=5).map(|it| stride(payload(it).len())).sum();
    // The last record is damaged behind the journal's back, and the next does not go in.
    flash.bytes[1_024 + 4 + used - 8] ^= 1;
    flash.stuck = vec![1_024 + 4 + used + 20];
    let refused = journal.append(&mut flash, &payload(6));
    assert_eq!(refused, Err(JournalError::NotVerified));
}

#[test]
fn store_005_what_is_acknowledged_is_read_whatever_stands_before_it() {
    let (journal, whole) = filled(5);
    let fourth: usize = (1..=3).map(|it| stride(payload(it).len())).sum();
    for bit in 0..16 * 8 {
        let (mut journal, mut flash) = (journal.clone(), whole.clone());
        flash.bytes[1_024 + 4 + fourth + bit / 8] ^= 1 << (bit % 8);
        if let Ok(at) = journal.append(&mut flash, &payload(6)) {
            let (_, records) = all(&mut self::journal(), &mut flash);
            assert_eq!(records.last(), Some(&(at, payload(6))), "{bit}");
        }
    }
}

#[test]
fn store_005_a_record_that_fades_once_it_was_read_back_is_written_again() {
    let (mut journal, mut flash) = filled(5);
    let used: usize = (1..=5).map(|it| stride(payload(it).len())).sum();
    flash.weak = Some((1_024 + 4 + used + 20, 1));
    let at = journal.append(&mut flash, &payload(6)).unwrap();
    assert_eq!(at.seq, 6);
    check(&mut flash, 6);
    assert_eq!(flash.bytes[2_048..2_052], [0; 4], "on the next page");
}

#[test]
fn store_005_an_append_reads_its_own_page_back_and_not_the_whole_journal() {
    let (mut journal, mut flash) = filled(100);
    for number in 101..=130 {
        flash.bytes_read = 0;
        journal.append(&mut flash, &payload(number)).unwrap();
        assert!(flash.bytes_read < 1_400, "{} bytes", flash.bytes_read);
    }
    flash.bytes_read = 0;
    journal.mount(&mut flash).unwrap();
    assert!(flash.bytes_read > 4_096, "{} bytes", flash.bytes_read);
}

#[test]
fn log_002_damage_within_the_journal_is_counted_and_does_not_hide_the_rest() {
    // The second and the third page begin with these.
    let (_, mut flash) = filled(40);
    let number = |place: usize| {
        let bytes = flash.bytes[place..].first_chunk().unwrap();
        u32::from_le_bytes(*bytes)
    };
    // Behind the page's marker and the queue's own eight bytes.
    let (second, third) = (number(2_048 + 12), number(3_072 + 12));
    for place in [2_048 + 20, 2_048 + 4 + stride(payload(second).len()) + 20] {
        let mut damaged = blank();
        damaged.bytes.clone_from(&flash.bytes);
        damaged.bytes[place] ^= 0x10;
        let state = journal().mount(&mut damaged).unwrap();
        assert!(state.breaks > 0, "{place}");
        assert_eq!((state.first, state.next), (1, 41));
        let mut fresh = journal();
        let (_, records) = all(&mut fresh, &mut damaged);
        let seen = |number| records.iter().any(|(at, _)| at.seq == number);
        assert!(seen(1) && seen(third) && seen(40));
    }
    // Another pen's journal does not begin like this one's.
    let other = Journal::new(REGION, SERIAL + 1).mount(&mut flash).unwrap();
    assert_eq!(other.breaks, 1);
}
