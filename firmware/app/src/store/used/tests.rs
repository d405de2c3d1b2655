//! The list of used cartridges on a small flash.

use super::*;
use crate::store::tests::Part;

const SERIAL: u64 = 0x0807_0605_0403_0201;

/// Two copies of so many sectors of 256 bytes, behind one that belongs to nobody.
fn copies(sectors: u32) -> [Region; 2] {
    let len = sectors * 256;
    [256, 256 + len].map(|start| Region { start, len })
}

type Small = Part<1, 1, 256>;

fn serviced() -> (UsedList, Small) {
    let list = UsedList::new(copies(3), SERIAL);
    let mut flash = Small::new(8);
    flash.bytes[..256].fill(0x5A);
    list.put_into_service(&mut flash).unwrap();
    (list, flash)
}

#[test]
fn store_007_two_copies_are_equal_apart_and_hold_something() {
    let [a, b] = copies(3);
    let check = |copies| UsedList::new(copies, SERIAL).check(&Small::new(8));
    assert_eq!(check([a, b]), Ok(()));
    assert_eq!(check([b, a]), Ok(()));
    assert_eq!(check(copies(2)), Ok(()));
    let shorter = Region { len: 512, ..b };
    for wrong in [
        [a, shorter],
        [shorter, a],
        [a, a],
        [a, Region { start: 512, ..a }],
        copies(1),
        [a, Region { start: 1_536, ..b }],
        [
            a,
            Region {
                start: b.start + 16,
                ..b
            },
        ],
    ] {
        assert_eq!(check(wrong), Err(StoreError::Geometry), "{wrong:?}");
    }
    let list = UsedList::new(copies(1), SERIAL);
    assert_eq!(list.count(&mut Small::new(8)), Err(Defect::Geometry));
    assert_eq!(UsedList::new(copies(2), 1).capacity::<Small>(), 16);
    assert_eq!(UsedList::new(copies(3), 1).capacity::<Small>(), 32);
    let wide = UsedList::new(copies(3), 1);
    assert_eq!(wide.capacity::<Part<1, 256, 256>>(), 2);
}

#[test]
fn store_004_an_entry_is_stored_as_the_book_shows_it_in_both_copies() {
    let (list, mut flash) = serviced();
    list.append(&mut flash, 0x1122_3344_5566_7788).unwrap();
    list.append(&mut flash, 9).unwrap();
    for copy in [256, 1_024] {
        assert_eq!(flash.bytes[copy..copy + 8], *b"PENSTOR\x1a");
        let entries = &flash.bytes[copy + 256..copy + 768];
        let first = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0];
        assert_eq!(entries[..12], first);
        let crc = pen_protocol::crc32(&[&SERIAL.to_le_bytes()[..], &first].concat());
        assert_eq!(entries[12..16], crc.to_le_bytes());
        assert_eq!(entries[16..28], [9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        assert!(entries[32..].iter().all(|byte| *byte == 0xFF));
    }
    assert!(flash.bytes[..256].iter().all(|byte| *byte == 0x5A));
    assert!(flash.bytes[1_792..].iter().all(|byte| *byte == 0xFF));
}

#[test]
fn cart_003_a_list_remembers_until_it_is_full_and_then_refuses_all() {
    let (list, mut flash) = serviced();
    for id in 0..32 {
        assert_eq!(list.count(&mut flash), Ok(u32::try_from(id).unwrap()));
        assert_eq!(list.standing(&mut flash, id), Standing::Unused);
        assert!(!list.contains(&mut flash, id));
        for _ in 0..2 {
            assert_eq!(list.append(&mut flash, id), Ok(()));
            assert_eq!(list.standing(&mut flash, id), Standing::Used);
            assert!(list.contains(&mut flash, id));
        }
    }
    assert_eq!(list.standing(&mut flash, 77), Standing::Full);
    assert!(list.contains(&mut flash, 77));
    let full = Err(StoreError::Full { capacity: 32 });
    assert_eq!(list.append(&mut flash, 77), full);
    assert_eq!(list.append(&mut flash, 31), Ok(()), "it is on the list");
    list.put_into_service(&mut flash).unwrap();
    assert_eq!(list.count(&mut flash), Ok(0));
    assert_eq!(list.standing(&mut flash, 31), Standing::Unused);
}

#[test]
fn store_002_one_whole_copy_is_enough_and_two_that_differ_forbid_all() {
    let (list, whole) = serviced();
    let (mut a, mut b) = (whole.bytes.clone(), whole.bytes);
    let mut flash = Small::new(8);
    for (bytes, ids) in [(&mut a, [3, 5, 7]), (&mut b, [3, 6, 7])] {
        flash.bytes.clone_from(bytes);
        for id in ids {
            list.append(&mut flash, id).unwrap();
        }
        bytes.clone_from(&flash.bytes);
    }
    // Copy A of the one list and copy B of the other: the entry in the middle is lost.
    flash.bytes[..1_024].copy_from_slice(&a[..1_024]);
    flash.bytes[1_024..].copy_from_slice(&b[1_024..]);
    assert_eq!(list.standing(&mut flash, 3), Standing::Used);
    assert_eq!(list.standing(&mut flash, 7), Standing::Used);
    let lost = Standing::Unknown(Defect::Crc);
    assert_eq!(list.standing(&mut flash, 8), lost);
    assert_eq!(list.count(&mut flash), Ok(2));
    // A flipped bit in the one or the other copy costs nothing.
    for place in [512 + 16, 1_280 + 16] {
        flash.bytes.clone_from(&a);
        flash.bytes[place] ^= 1;
        assert_eq!(list.standing(&mut flash, 5), Standing::Used);
        assert_eq!(list.standing(&mut flash, 8), Standing::Unused);
        assert_eq!(list.count(&mut flash), Ok(3));
    }
    // In both, the identity is lost.
    flash.bytes[512 + 16] ^= 1;
    assert_eq!(list.standing(&mut flash, 5), lost);
    assert_eq!(list.count(&mut flash), Ok(2));
}

#[test]
fn store_005_a_position_that_does_not_take_an_entry_is_skipped_but_not_for_ever() {
    for copy in [512, 1_280] {
        let (list, mut flash) = serviced();
        flash.stuck = vec![copy];
        assert_eq!(list.append(&mut flash, 0x11), Ok(()));
        assert_eq!(flash.bytes[copy], 0xFF);
        for second in [512 + 16, 1_280 + 16] {
            assert_eq!(flash.bytes[second], 0x11, "{copy}");
        }
        assert_eq!(list.standing(&mut flash, 0x11), Standing::Used);
        assert_eq!(list.standing(&mut flash, 0x12), Standing::Unused);
        flash.stuck = vec![512 + 32, 512 + 48, 512 + 64];
        let failed = list.append(&mut flash, 0x12);
        assert_eq!(failed, Err(StoreError::NotVerified));
        assert_eq!(list.append(&mut flash, 0x12), Ok(()), "behind all three");
    }
}

#[test]
fn store_005_a_flash_that_does_not_erase_is_not_put_into_service() {
    let (list, mut flash) = serviced();
    list.append(&mut flash, 1).unwrap();
    flash.keeps_all = true;
    let kept = list.put_into_service(&mut flash);
    assert_eq!(kept, Err(StoreError::NotVerified));
    assert!(list.contains(&mut flash, 1));
}
