//! From a linked file to an image and back, and everything that is refused on the way.

mod common;

use common::Linked;
use pen_image::board::PICO;
use pen_image::check::{CheckError, check};
use pen_image::elf::{ElfError, Image};
use pen_image::flash::FlashError;
use pen_image::header::HeaderError;
use pen_image::key::MakerKey;
use pen_image::pack::{PackError, Packed, pack};
use pen_image::uf2;

const HEADER_IN_FILE: usize = 52 + 2 * 32 + 0x100;

fn packed(linked: &Linked, keys: &[MakerKey]) -> Packed {
    pack(&linked.file(), &PICO, keys).expect("an image that fits")
}

fn refused(change: impl FnOnce(&mut Linked)) -> PackError {
    let mut linked = Linked::default();
    change(&mut linked);
    pack(&linked.file(), &PICO, &[]).expect_err("an image that must be refused")
}

fn check_refused(change: impl FnOnce(&mut Vec<u8>)) -> CheckError {
    let mut file = packed(&Linked::default(), &[MakerKey::DEVELOPMENT]).elf;
    change(&mut file);
    check(&file).expect_err("a file that must be refused")
}

#[test]
fn a_packed_image_passes_as_elf_and_as_uf2() {
    for keys in [
        vec![],
        vec![MakerKey::DEVELOPMENT],
        vec![MakerKey::unchecked([9; 32]), MakerKey::DEVELOPMENT],
    ] {
        let packed = packed(&Linked::default(), &keys);
        let elf = check(&packed.elf).expect("the packed ELF file");
        let uf2 = check(&uf2::write(&packed.flash)).expect("the UF2 file");
        assert_eq!((elf.format, uf2.format), ("ELF", "UF2"));
        assert_eq!(elf.header, packed.header);
        assert_eq!(uf2.header, packed.header);
        assert_eq!(elf.header.keys, keys);
        assert_eq!(elf.flash, packed.flash);
        assert_eq!(elf.at, 0x1000_0100);
        assert_eq!(uf2.at, 0x1000_0100);
    }
}

#[test]
fn data_of_ram_is_in_flash_and_gaps_are_erased() {
    let packed = packed(&Linked::default(), &[]);
    let flash = packed.flash;
    assert_eq!(
        (packed.header.start, packed.header.end),
        (0x1000_0000, 0x1000_0fce)
    );
    assert_eq!(flash.range(0x1000_0fa0, 0x1000_0fb0), Some(&[0xff; 16][..]));
    assert_eq!(flash.range(0x1000_0fb0, 0x1000_0fce), Some(&[0x5a; 30][..]));
}

#[test]
fn gaps_are_closed_where_the_file_has_room() {
    // As a linker pads: four bytes in the file between the segments, four addresses in flash.
    let mut linked = Linked::default();
    linked.segments[0].2.truncate(0xf00);
    linked.segments[1].1 = 0x1000_0f04;
    linked.padding = 4;
    let packed = packed(&linked, &[]);
    let image = Image::parse(&packed.elf).expect("the packed image");
    let flash = image.flash().expect("its flash");
    assert_eq!(packed.flash.gaps(), 4);
    assert_eq!(flash.gaps(), 0);
    assert_eq!(flash.bytes(), packed.flash.bytes());
    assert!(check(&packed.elf).is_ok());
    // Nothing between them in the file: the gap has to stay.
    linked.padding = 0;
    let packed = pack(&linked.file(), &PICO, &[]).expect("an image that fits");
    let image = Image::parse(&packed.elf).expect("the packed image");
    assert_eq!(image.flash().expect("its flash").gaps(), 4);
    assert!(check(&packed.elf).is_ok());
}

#[test]
fn packing_touches_the_header_only_and_twice_gives_the_same() {
    let linked = Linked::default().file();
    let once = packed(&Linked::default(), &[MakerKey::DEVELOPMENT]).elf;
    let header = HEADER_IN_FILE..HEADER_IN_FILE + 96;
    assert_eq!(once[..header.start], linked[..header.start]);
    assert_eq!(once[header.end..], linked[header.end..]);
    let twice = pack(&once, &PICO, &[MakerKey::DEVELOPMENT]).expect("a packed image");
    assert_eq!(twice.elf, once);
    let other = pack(&once, &PICO, &[]).expect("a packed image");
    assert_ne!(other.header.crc, twice.header.crc);
}

#[test]
fn an_image_may_fill_the_flash_up_to_storage_and_not_one_byte_more() {
    let most = PICO.flash_len as usize;
    let fits = |len: usize| {
        let mut linked = Linked::default();
        linked.segments.truncate(1);
        linked.segments[0].2.resize(len, 1);
        pack(&linked.file(), &PICO, &[])
    };
    assert!(fits(most).is_ok());
    match fits(most + 1) {
        Err(PackError::Storage { board, found, most }) => {
            assert_eq!((board, found, most), ("pico", 0x1017_8001, 0x1017_8000));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn images_that_do_not_fit_the_board_are_refused() {
    let error = refused(|linked| linked.segments[0].1 = 0x1000_0020);
    assert!(
        matches!(
            error,
            PackError::Elf(ElfError::Flash(FlashError::Overlap { .. }))
        ),
        "{error:?}"
    );
    let error = refused(|linked| {
        linked.segments.truncate(1);
        linked.segments[0].1 = 0x1000_0100;
    });
    assert!(
        matches!(
            error,
            PackError::Start {
                found: 0x1000_0100,
                ..
            }
        ),
        "{error:?}"
    );
    let error = refused(|linked| linked.segments[1].1 = 0x2000_0000);
    assert!(
        matches!(
            error,
            PackError::Elf(ElfError::Flash(FlashError::Span { .. }))
        ),
        "{error:?}"
    );
    let error = refused(|linked| linked.segments.clear());
    assert!(
        matches!(error, PackError::Elf(ElfError::Flash(FlashError::Empty))),
        "{error:?}"
    );
}

#[test]
fn images_without_room_for_a_header_are_refused() {
    let error = refused(|linked| linked.symbols.clear());
    assert!(matches!(error, PackError::NoHeader), "{error:?}");
    let error = refused(|linked| linked.symbols[0].2 = 95);
    assert!(
        matches!(error, PackError::HeaderPlace { size: 95, .. }),
        "{error:?}"
    );
    let error = refused(|linked| linked.symbols[0].1 += 2);
    assert!(
        matches!(
            error,
            PackError::HeaderPlace {
                address: 0x1000_0102,
                ..
            }
        ),
        "{error:?}"
    );
    let error = refused(|linked| linked.symbols[0].1 = 0x2000_1000);
    assert!(
        matches!(
            error,
            PackError::NotLoaded {
                address: 0x2000_1000
            }
        ),
        "{error:?}"
    );
    let error = refused(|linked| linked.segments[0].2[0x100] = b'X');
    let expected = HeaderError::Magic { found: *b"XENI" };
    assert!(
        matches!(&error, PackError::Header(found) if *found == expected),
        "{error:?}"
    );
    let error = refused(|linked| linked.segments[0].2[0x104] = 7);
    let expected = HeaderError::Version { found: 7 };
    assert!(
        matches!(&error, PackError::Header(found) if *found == expected),
        "{error:?}"
    );
}

#[test]
fn wrong_numbers_of_keys_are_refused() {
    let key = |byte| MakerKey::unchecked([byte; 32]);
    let file = Linked::default().file();
    let three = pack(&file, &PICO, &[key(1), key(2), key(3)]);
    assert!(
        matches!(three, Err(PackError::TooManyKeys { found: 3 })),
        "{three:?}"
    );
    let same = pack(&file, &PICO, &[key(1), key(1)]);
    assert!(matches!(same, Err(PackError::SameKey { .. })), "{same:?}");
}

#[test]
fn files_that_are_no_image_are_refused_by_name() {
    let error = check(b"hello").expect_err("text");
    assert!(
        matches!(&error, CheckError::Format { found } if found == b"hell"),
        "{error:?}"
    );
    let error = check(b"").expect_err("nothing");
    assert!(matches!(error, CheckError::Format { .. }), "{error:?}");
    let error = check_refused(|file| file.truncate(40));
    assert!(
        matches!(error, CheckError::Elf(ElfError::Format(_))),
        "{error:?}"
    );
    let error = check_refused(|file| file[4] = 2);
    assert!(
        matches!(error, CheckError::Elf(ElfError::Format(_))),
        "{error:?}"
    );
    let error = check_refused(|file| file[18] = 62);
    assert!(
        matches!(error, CheckError::Elf(ElfError::Machine { found: 62 })),
        "{error:?}"
    );
    let error = check_refused(|file| file[16] = 1);
    assert!(
        matches!(error, CheckError::Elf(ElfError::Type { found: 1 })),
        "{error:?}"
    );
    let error = check_refused(|file| file[32..36].fill(0xff));
    assert!(
        matches!(error, CheckError::Elf(ElfError::Damaged(_))),
        "{error:?}"
    );
}

#[test]
fn an_elf_file_with_a_wrong_header_is_refused_by_name() {
    let header = |error| match error {
        CheckError::Header(error) => error,
        other => panic!("{other:?}"),
    };
    let at = HEADER_IN_FILE;
    let error = header(check_refused(|file| file[at] = b'X'));
    assert_eq!(error, HeaderError::Magic { found: *b"XENI" });
    let error = header(check_refused(|file| file[at + 4] = 2));
    assert_eq!(error, HeaderError::Version { found: 2 });
    let error = header(check_refused(|file| file[at + 96] ^= 1));
    assert!(matches!(error, HeaderError::Crc { .. }), "{error:?}");
    let error = check(&Linked::default().file()).expect_err("linked only");
    assert!(
        matches!(error, CheckError::Header(HeaderError::NotPacked)),
        "{error:?}"
    );
    let mut without = Linked::default();
    without.symbols.clear();
    let error = check(&without.file()).expect_err("no header");
    assert!(matches!(error, CheckError::NoSymbol), "{error:?}");
}

#[test]
fn a_uf2_file_with_a_wrong_image_is_refused_by_name() {
    let good = uf2::write(&packed(&Linked::default(), &[]).flash);
    let wrong = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        match check(&file) {
            Err(CheckError::Header(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    // The header is at the begin of page 1.
    let header = 512 + 32;
    assert_eq!(wrong(header, b'X'), HeaderError::Missing);
    assert_eq!(wrong(header + 4, 2), HeaderError::Version { found: 2 });
    assert!(matches!(wrong(40, 0xaa), HeaderError::Crc { .. }));
    let last = 15 * 512 + 32 + 255;
    assert!(matches!(wrong(last, 0), HeaderError::Covers { .. }));
}
