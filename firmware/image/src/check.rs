//! Is this file what pen-image made?

use crate::elf::{ElfError, Image};
use crate::flash::Flash;
use crate::header::{self, Header, HeaderError, SYMBOL};
use crate::uf2::{self, Uf2Error};

/// A file that is not what pen-image made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Neither kind of file.
    #[error("neither an ELF nor a UF2 file: it begins with {found:02x?}")]
    Format {
        /// Its first bytes.
        found: Vec<u8>,
    },
    /// A damaged ELF file, or one for something else.
    #[error(transparent)]
    Elf(#[from] ElfError),
    /// A damaged UF2 file, or one for something else.
    #[error(transparent)]
    Uf2(#[from] Uf2Error),
    /// The header does not fit the image.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// An ELF file without a header.
    #[error("the ELF file has no symbol {SYMBOL} in flash: no image for a pen")]
    NoSymbol,
}

/// A file that is in order.
#[derive(Clone, Debug)]
pub struct Checked {
    /// `ELF` or `UF2`.
    pub format: &'static str,
    /// What the flash will hold.
    pub flash: Flash,
    /// The header.
    pub header: Header,
    /// Address of the header.
    pub at: u32,
}

/// Checks an ELF or UF2 file: its form, its header, and its CRC.
///
/// # Errors
/// What is wrong with it, see [`CheckError`].
pub fn check(file: &[u8]) -> Result<Checked, CheckError> {
    let (format, flash, at) = if uf2::is_uf2(file) {
        let flash = uf2::read(file)?;
        let at = header::find(&flash)?;
        ("UF2", flash, at)
    } else if file.starts_with(b"\x7fELF") {
        let image = Image::parse(file)?;
        let place = image
            .symbol(SYMBOL)
            .and_then(|symbol| image.place(symbol.address, 1))
            .ok_or(CheckError::NoSymbol)?;
        ("ELF", image.flash()?, place.address)
    } else {
        let found = file.iter().take(4).copied().collect();
        return Err(CheckError::Format { found });
    };
    let header = Header::check(&flash, at)?;
    Ok(Checked {
        format,
        flash,
        header,
        at,
    })
}
