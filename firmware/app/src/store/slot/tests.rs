//! A pair of slots on a small flash: where records lie, what is erased when.

use embedded_storage::nor_flash::NorFlashErrorKind;

use super::*;
use crate::store::Kind;
use crate::store::tests::{Asked, Part};

const ME: Identity = Identity {
    kind: Kind::LEDGER,
    format: 2,
    serial: 7,
};

/// Two regions behind a sector that belongs to nobody.
const REGIONS: [Region; 2] = [
    Region {
        start: 512,
        len: 512,
    },
    Region {
        start: 1_024,
        len: 512,
    },
];

type Small = Part<1, 4, 512>;

const SLOTS: SlotPair<64> = SlotPair::new(REGIONS, ME);

fn bytes(number: u32) -> Vec<u8> {
    (0..=number % 64)
        .map(|at| (at * 7 + number).to_le_bytes()[0])
        .collect()
}

/// After so many stores.
fn stored(count: u32) -> Small {
    let mut flash = Small::new(4);
    flash.bytes[..512].fill(0x5A);
    for number in 1..=count {
        assert_eq!(SLOTS.store(&mut flash, &bytes(number)), Ok(number));
    }
    flash.asked.clear();
    flash
}

fn loaded(flash: &mut Small) -> (u32, Vec<u8>) {
    let mut out = [0; 64];
    let loaded = SLOTS.load(flash, &mut out).unwrap();
    assert!(!loaded.fell_back && !loaded.torn && loaded.marked);
    (loaded.generation, loaded.payload.to_vec())
}

#[test]
fn store_007_two_regions_are_equal_apart_and_hold_two_records() {
    type Tiny = Part<1, 1, 256>;
    let region = |start, len| Region { start, len };
    fn check<const MAX: usize>(regions: [Region; 2]) -> Result<(), StoreError> {
        SlotPair::<MAX>::new(regions, ME).check(&Tiny::new(6))
    }
    // Two records of 64 bytes: 2 x 112 bytes and the handover's 16.
    let (a, b) = (region(256, 256), region(512, 256));
    assert_eq!(SlotPair::<64>::new([a, b], ME).capacity::<Tiny>(), 2);
    assert_eq!(check::<64>([a, b]), Ok(()));
    assert_eq!(check::<64>([b, a]), Ok(()));
    let wrong = Err(StoreError::Geometry);
    assert_eq!(check::<80>([a, b]), wrong, "room for one");
    assert_eq!(check::<256>([a, b]), wrong, "room for none");
    assert_eq!(check::<64>([a, a]), wrong);
    assert_eq!(check::<64>([a, region(512, 512)]), wrong);
    assert_eq!(check::<64>([region(256, 512), region(512, 512)]), wrong);
    assert_eq!(check::<64>([a, region(1_536, 256)]), wrong);
    assert_eq!(check::<64>([region(300, 256), b]), wrong);
}

#[test]
fn store_004_records_marks_and_handover_lie_where_the_book_shows_them() {
    assert_eq!(SLOTS.capacity::<Small>(), 4);
    let mut flash = stored(3);
    for number in 1..=3_u32 {
        let at = 512 + (number as usize - 1) * 112;
        let payload = bytes(number);
        let head = Header::seal(&ME, number, &payload).unwrap();
        assert_eq!(flash.bytes[at..at + 32], head);
        assert_eq!(flash.bytes[at + 32..at + 32 + payload.len()], payload);
        let behind = &flash.bytes[at + 32 + payload.len()..at + 96];
        assert!(behind.iter().all(|byte| *byte == 0xFF));
        assert_eq!(flash.bytes[at + 96..at + 112], [0; 16]);
    }
    let rest = |flash: &Small| {
        flash.bytes[512 + 4 * 112..]
            .iter()
            .any(|byte| *byte != 0xFF)
    };
    assert!(!rest(&flash));
    SLOTS.store(&mut flash, &bytes(4)).unwrap();
    assert!(!rest(&flash));
    // Now this region is full: the other is erased, this says so, and the other goes on.
    flash.asked.clear();
    SLOTS.store(&mut flash, &bytes(5)).unwrap();
    assert_eq!(
        flash.asked[..2],
        [Asked::Erase(1_024, 1_536), Asked::Write(1_008, 16)]
    );
    assert_eq!(flash.bytes[1_008..1_024], [0; 16]);
    assert_eq!(flash.bytes[1_024..1_032], *b"PENSTOR\x1a");
    assert!(flash.bytes[..512].iter().all(|byte| *byte == 0x5A));
    assert!(flash.bytes[1_536..].iter().all(|byte| *byte == 0xFF));
}

#[test]
fn store_001_every_store_is_loaded_next_and_the_one_before_it_is_kept() {
    let mut flash = stored(0);
    let mut out = [0; 64];
    assert_eq!(SLOTS.load(&mut flash, &mut out), Err(Defect::Blank));
    assert_eq!(SLOTS.previous(&mut flash, &mut out), Err(Defect::Blank));
    let mut erases = 0;
    for number in 1..=40 {
        flash.asked.clear();
        assert_eq!(SLOTS.store(&mut flash, &bytes(number)), Ok(number));
        let erased = |it: &&Asked| matches!(it, Asked::Erase(..));
        erases += flash.asked.iter().filter(erased).count();
        assert_eq!(loaded(&mut flash), (number, bytes(number)));
        let previous = SLOTS.previous(&mut flash, &mut out);
        let previous = previous.map(|it| (it.generation, it.payload.to_vec()));
        let expected = (number > 1).then(|| (number - 1, bytes(number - 1)));
        assert_eq!(previous, expected.ok_or(Defect::Blank));
    }
    // Once with the first, which finds nothing whole, and whenever four are full.
    assert_eq!(erases, 10);
    let too_long = SLOTS.store(&mut flash, &[0; 65]);
    assert_eq!(too_long, Err(StoreError::TooLong { len: 65, max: 64 }));
    assert_eq!(SLOTS.store(&mut flash, &[1; 64]), Ok(41));
    assert_eq!(loaded(&mut flash), (41, vec![1; 64]));
    assert_eq!(SLOTS.store(&mut flash, &[]), Ok(42));
    assert_eq!(loaded(&mut flash), (42, Vec::new()));
}

#[test]
fn store_006_only_what_was_not_acknowledged_is_settled() {
    let mut flash = stored(2);
    assert_eq!(SLOTS.settle(&mut flash), Ok(false));
    assert_eq!(flash.asked, []);
    // The mark of the second is gone, as when power failed before it.
    flash.bytes[512 + 112 + 96..512 + 224].fill(0xFF);
    let mut out = [0; 64];
    assert!(!SLOTS.load(&mut flash, &mut out).unwrap().marked);
    let newer = SlotPair::<64>::new(REGIONS, Identity { format: 3, ..ME });
    assert_eq!(newer.settle(&mut flash), Ok(false), "an older format");
    assert_eq!(flash.asked, []);
    assert_eq!(SLOTS.settle(&mut flash), Ok(true));
    assert_eq!(loaded(&mut flash), (3, bytes(2)));
    assert_eq!(SLOTS.settle(&mut flash), Ok(false));
    let blank = StoreError::Damaged(Defect::Blank);
    assert_eq!(SLOTS.settle(&mut stored(0)), Err(blank));
}

#[test]
fn store_002_behind_damage_of_what_was_acknowledged_nothing_is_settled() {
    // The second has no mark; the third has one, and a bit of it is damaged.
    let mut flash = stored(3);
    flash.bytes[512 + 112 + 96..512 + 224].fill(0xFF);
    flash.bytes[512 + 224 + 33] ^= 4;
    for _ in 0..2 {
        let mut out = [0; 64];
        let found = SLOTS.load(&mut flash, &mut out).unwrap();
        assert_eq!(
            (found.generation, found.fell_back, found.marked),
            (2, true, false)
        );
        assert_eq!(SLOTS.settle(&mut flash), Ok(false));
        assert_eq!(flash.asked, []);
    }
}

#[test]
fn store_003_what_is_prepared_needs_no_erase_and_costs_no_record() {
    let prepare = |flash: &mut Small, stores| {
        flash.asked.clear();
        let free = SLOTS.prepare(flash, stores).unwrap();
        let erases = flash.asked.iter().any(|it| matches!(it, Asked::Erase(..)));
        (free, erases)
    };
    assert_eq!(prepare(&mut stored(0), 1), (0, false), "nothing is there");
    assert_eq!(prepare(&mut stored(1), 3), (3, false), "three are free");
    assert_eq!(prepare(&mut stored(1), 4), (7, true));
    assert_eq!(prepare(&mut stored(2), 2), (2, false));
    assert_eq!(prepare(&mut stored(2), 3), (6, true));
    assert_eq!(prepare(&mut stored(4), 0), (0, false));
    assert_eq!(prepare(&mut stored(4), 1), (4, true));
    // The one before it lies in the region that would be erased.
    assert_eq!(prepare(&mut stored(5), 4), (3, false));
    assert_eq!(prepare(&mut stored(6), 4), (6, true));
    let mut flash = stored(3);
    assert_eq!(prepare(&mut flash, 4), (5, true));
    assert_eq!(prepare(&mut flash, 4), (5, false), "once is enough");
    assert_eq!(prepare(&mut flash, 40), (5, false), "more is not to be had");
    flash.asked.clear();
    for number in 4..=8 {
        assert_eq!(SLOTS.store(&mut flash, &bytes(number)), Ok(number));
    }
    let erased = flash.asked.iter().any(|it| matches!(it, Asked::Erase(..)));
    assert!(!erased);
}

#[test]
fn store_002_damage_behind_a_whole_record_is_named_and_its_number_not_used_again() {
    for (acknowledged, torn) in [(true, false), (false, true)] {
        for count in [2, 4, 5] {
            let mut flash = stored(count);
            let place = [512, 624, 736, 848, 1_024][count as usize - 1];
            flash.bytes[place + 33] ^= 4;
            if torn {
                flash.bytes[place + 96..place + 112].fill(0xFF);
            }
            let mut out = [0; 64];
            let found = SLOTS.load(&mut flash, &mut out).unwrap();
            assert_eq!(found.generation, count - 1);
            assert_eq!(found.payload, bytes(count - 1));
            assert_eq!(
                (found.fell_back, found.torn),
                (acknowledged, torn),
                "{count}"
            );
            assert_eq!(SLOTS.store(&mut flash, b"new"), Ok(count + 1));
            assert_eq!(loaded(&mut flash).1, b"new");
        }
    }
    // The newest is whole: damage of what is older costs nothing.
    for place in [512, 624] {
        let mut flash = stored(3);
        flash.bytes[place + 33] ^= 4;
        assert_eq!(loaded(&mut flash), (3, bytes(3)));
    }
}

#[test]
fn conf_004_when_nothing_is_whole_what_was_acknowledged_names_the_defect() {
    let mut out = [0; 64];
    let mut defect = |flash: &mut Small| SLOTS.load(flash, &mut out).err();
    let mut flash = stored(1);
    flash.bytes[512 + 33] ^= 1;
    assert_eq!(defect(&mut flash), Some(Defect::Crc));
    // A place behind it that was begun, and not acknowledged, does not speak for it.
    flash.bytes[512 + 112] = 0;
    assert_eq!(defect(&mut flash), Some(Defect::Crc));
    // Nothing but a mark, or a handover, is no record.
    let mut flash = stored(0);
    flash.bytes[512 + 96] = 0;
    assert_eq!(defect(&mut flash), Some(Defect::Magic));
    let mut flash = stored(0);
    flash.bytes[512..1_536].fill(0);
    assert_eq!(defect(&mut flash), Some(Defect::Zeroed));
}

#[test]
fn store_001_a_store_that_is_cut_anywhere_leaves_the_old_or_the_new() {
    for count in 1..=9 {
        for operation in 0..8 {
            for done in [0, 1, 8, 20, 33, 96, 511] {
                let mut flash = stored(count);
                flash.cut = Some((operation, done));
                let outcome = SLOTS.store(&mut flash, &[0x3C; 50]);
                if !flash.is_off() {
                    assert_eq!(outcome, Ok(count + 1));
                    continue;
                }
                let other = NorFlashErrorKind::Other;
                assert_eq!(outcome, Err(StoreError::Flash(other)));
                flash.cut = None;
                let mut out = [0; 64];
                let found = SLOTS.load(&mut flash, &mut out).unwrap();
                assert!(!found.fell_back, "{count} {operation} {done}");
                let old = (count, bytes(count));
                let found = (found.generation, found.payload.to_vec());
                assert!(found == old || found == (count + 1, vec![0x3C; 50]));
                let next = SLOTS.store(&mut flash, b"next").unwrap();
                assert!(next > found.0 && next <= count + 2);
                assert_eq!(loaded(&mut flash), (next, b"next".to_vec()));
            }
        }
    }
}

#[test]
fn store_005_a_place_that_does_not_take_a_record_is_left_for_the_next() {
    let mut flash = stored(1);
    // A bit of the second place's payload stays as it is.
    flash.stuck = vec![512 + 112 + 32];
    assert_eq!(SLOTS.store(&mut flash, &[0; 8]), Ok(3));
    assert_eq!(flash.bytes[512 + 224..512 + 232], *b"PENSTOR\x1a");
    let mut out = [0; 64];
    let found = SLOTS.load(&mut flash, &mut out).unwrap();
    assert_eq!((found.generation, found.payload), (3, &[0; 8][..]));
    // A byte of its checksum: what is not whole gets no mark either.
    let mut flash = stored(1);
    flash.stuck = vec![512 + 112 + 28];
    assert_eq!(SLOTS.store(&mut flash, &[0; 8]), Ok(3));
    assert_eq!(flash.bytes[512 + 112 + 96..512 + 224], [0xFF; 16]);
    // All of its mark.
    let mut flash = stored(1);
    flash.stuck = (512 + 112 + 96..512 + 224).collect();
    assert_eq!(SLOTS.store(&mut flash, &[0; 8]), Ok(3));
    assert_eq!(loaded(&mut flash), (3, vec![0; 8]));
}

#[test]
fn store_001_of_two_records_with_one_number_the_first_found_speaks() {
    let mut flash = stored(3);
    let mut other = stored(0);
    let payload = b"of the other region";
    let head = Header::seal(&ME, 3, payload).unwrap();
    other.bytes[1_024..1_056].copy_from_slice(&head);
    other.bytes[1_056..1_056 + payload.len()].copy_from_slice(payload);
    other.bytes[1_024 + 96..1_024 + 112].fill(0);
    assert_eq!(loaded(&mut other), (3, payload.to_vec()));
    flash.bytes[1_024..1_536].copy_from_slice(&other.bytes[1_024..1_536]);
    assert_eq!(loaded(&mut flash), (3, bytes(3)));
}
