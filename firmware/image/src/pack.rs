//! From a linked image to what is flashed: checks where it lies, and fills in the header.

use crate::board::Board;
use crate::elf::{ElfError, Image};
use crate::flash::Flash;
use crate::header::{self, Header, HeaderError, KEYS_MAX, LEN, SYMBOL};
use crate::key::MakerKey;

/// An image that cannot be flashed as it is.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Not a linked image.
    #[error(transparent)]
    Elf(#[from] ElfError),
    /// There is no header.
    #[error(
        "the image has no symbol {SYMBOL}: the board crate reserves {LEN} bytes for the header as a \
         static of that name"
    )]
    NoHeader,
    /// The header is not what this program fills in.
    #[error(
        "the symbol {SYMBOL} has {size} bytes at {address:#010x}; {LEN} are asked, 4-byte aligned"
    )]
    HeaderPlace {
        /// Bytes of the symbol.
        size: u32,
        /// Its address.
        address: u32,
    },
    /// The header lies where nothing is loaded from.
    #[error(
        "the symbol {SYMBOL} at {address:#010x} is not in flash: place it in section `.pen_header`"
    )]
    NotLoaded {
        /// Its address.
        address: u32,
    },
    /// The linked header is no header of this version.
    #[error("the header as it was linked: {0}")]
    Header(#[from] HeaderError),
    /// Too many keys.
    #[error("{found} maker keys were given; at most {KEYS_MAX} are allowed")]
    TooManyKeys {
        /// How many were given.
        found: usize,
    },
    /// The same key twice.
    #[error("the maker key {key} was given twice")]
    SameKey {
        /// The key.
        key: MakerKey,
    },
    /// The image begins somewhere else.
    #[error("the image begins at {found:#010x}; flash of {board} begins at {asked:#010x}")]
    Start {
        /// The board.
        board: &'static str,
        /// Where it begins.
        found: u32,
        /// Where it has to.
        asked: u32,
    },
    /// The image is too large.
    #[error(
        "the image reaches to {found:#010x}, into the storage region of the pen; {board} has flash for \
         images up to {most:#010x}. Give the linker script that end, or make the image smaller"
    )]
    Storage {
        /// The board.
        board: &'static str,
        /// First address behind the image.
        found: u64,
        /// First address of storage.
        most: u32,
    },
}

/// An image, ready to be flashed.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The ELF file with the header filled in, and no gap left where the file has room.
    pub elf: Vec<u8>,
    /// What the flash will hold.
    pub flash: Flash,
    /// The header.
    pub header: Header,
    /// Its address in flash.
    pub at: u32,
}

/// Fills in the header of a linked image.
///
/// # Errors
/// The image has no header, does not fit the board, or the keys are wrong; see [`PackError`].
pub fn pack(file: &[u8], board: &Board, keys: &[MakerKey]) -> Result<Packed, PackError> {
    check_keys(keys)?;
    let image = Image::parse(file)?;
    let mut flash = image.flash()?;
    check_place(&flash, board)?;
    let symbol = image.symbol(SYMBOL).ok_or(PackError::NoHeader)?;
    let (address, size) = (symbol.address, symbol.size);
    if size as usize != LEN || !address.is_multiple_of(4) {
        return Err(PackError::HeaderPlace { size, address });
    }
    let place = image
        .place(address, size)
        .ok_or(PackError::NotLoaded { address })?;
    let linked = file.get(place.offset..place.offset + LEN).unwrap_or(&[]);
    match Header::decode(linked) {
        Ok(_) | Err(HeaderError::NotPacked) => {}
        Err(error) => return Err(error.into()),
    }
    let mut header = Header {
        start: flash.start(),
        end: flash.end(),
        crc: 0,
        keys: keys.to_vec(),
    };
    let missing = HeaderError::Missing;
    flash
        .write(place.address, &header.encode())
        .ok_or(missing.clone())?;
    header.crc =
        header::crc(&flash, header.start, header.end, place.address).ok_or(missing.clone())?;
    flash
        .write(place.address, &header.encode())
        .ok_or(missing)?;
    let mut elf = file.to_vec();
    elf[place.offset..place.offset + LEN].copy_from_slice(&header.encode());
    image.fill_gaps(&mut elf);
    Ok(Packed {
        elf,
        flash,
        header,
        at: place.address,
    })
}

fn check_keys(keys: &[MakerKey]) -> Result<(), PackError> {
    if keys.len() > KEYS_MAX {
        return Err(PackError::TooManyKeys { found: keys.len() });
    }
    match keys {
        [first, second] if first == second => Err(PackError::SameKey { key: *first }),
        _ => Ok(()),
    }
}

fn check_place(flash: &Flash, board: &Board) -> Result<(), PackError> {
    if flash.start() != board.flash_start {
        return Err(PackError::Start {
            board: board.name,
            found: flash.start(),
            asked: board.flash_start,
        });
    }
    if flash.len() > board.flash_len {
        return Err(PackError::Storage {
            board: board.name,
            found: u64::from(flash.end()),
            most: board.flash_start + board.flash_len,
        });
    }
    Ok(())
}
