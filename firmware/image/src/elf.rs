//! A linked image: what of an ELF file this program needs, read once.

use std::ops::Range;

use object::LittleEndian;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, Rel, SectionHeader, Sym};

use crate::flash::{ERASED, Flash, FlashError};

type Header = elf::FileHeader32<LittleEndian>;

/// Bytes that are no linked image for a Cortex-M.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// No ELF file at all, or one for 64 bit or the other byte order.
    #[error("not a 32-bit little-endian ELF file ({0})")]
    Format(String),
    /// For another machine.
    #[error("the ELF file is for machine {found}; 40 (Arm) is asked")]
    Machine {
        /// `e_machine`.
        found: u16,
    },
    /// Not linked.
    #[error("the ELF file has type {found}; 2 (linked, executable) is asked")]
    Type {
        /// `e_type`.
        found: u16,
    },
    /// A table of the file is damaged.
    #[error("the ELF file is damaged: {0}")]
    Damaged(String),
    /// The loadable pieces do not make an image.
    #[error(transparent)]
    Flash(#[from] FlashError),
}

impl From<object::read::Error> for ElfError {
    fn from(error: object::read::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// What a symbol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Program text.
    Function,
    /// Data.
    Object,
    /// A whole section.
    Section,
    /// A label: of the linker script, of assembly, or `$t` and `$d`.
    Label,
}

/// A name for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As the linker knows it.
    pub name: String,
    /// Where; for functions without the Thumb bit.
    pub address: u32,
    /// Bytes; zero where nobody said.
    pub size: u32,
    /// What it names.
    pub kind: Kind,
    /// Index of its section in [`Image::sections`]; `None` for absolute and undefined ones.
    pub section: Option<usize>,
}

/// A piece of the image at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Address at run time.
    pub address: u32,
    /// Bytes at run time.
    pub size: u32,
    /// It has a place in memory; others are for debuggers.
    pub is_loaded: bool,
    /// It may be written.
    pub is_writable: bool,
    /// It holds program text.
    pub is_code: bool,
    /// Where its content begins in the file.
    pub offset: usize,
    /// Its content; empty where it begins as zeros or as nothing.
    pub bytes: Vec<u8>,
}

impl Section {
    /// True if the address lies in this section at run time.
    #[must_use]
    pub const fn contains(&self, address: u32) -> bool {
        self.is_loaded && address >= self.address && address - self.address < self.size
    }

    /// The four bytes at this address.
    #[must_use]
    pub fn word(&self, address: u32) -> Option<u32> {
        let at = address.checked_sub(self.address)? as usize;
        let bytes = self.bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }
}

/// A place that the linker filled in, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// The place.
    pub address: u32,
    /// How: `R_ARM_...`.
    pub kind: u32,
    /// Index in [`Image::symbols`].
    pub symbol: usize,
}

/// A linked image.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// All sections, by index.
    pub sections: Vec<Section>,
    /// All symbols, by index.
    pub symbols: Vec<Symbol>,
    /// Relocations of sections with a place in memory.
    pub relocations: Vec<Relocation>,
    segments: Vec<Segment>,
}

/// Bytes of the file that are loaded.
#[derive(Clone, Debug)]
struct Segment {
    run_address: u32,
    load_address: u32,
    offset: usize,
    /// Where the file says how long it is: its entry in the table of segments.
    entry: usize,
    bytes: Vec<u8>,
}

/// Offsets of two lengths in an entry of the table of segments: in the file, and in memory.
const LENGTHS: [usize; 2] = [16, 20];

/// Where the bytes of a symbol are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset in the ELF file.
    pub offset: usize,
    /// Address in flash.
    pub address: u32,
}

impl Image {
    /// Reads an ELF file.
    ///
    /// # Errors
    /// It is none, none for this kind of machine, or damaged.
    pub fn parse(file: &[u8]) -> Result<Self, ElfError> {
        let format = |error: object::read::Error| ElfError::Format(error.to_string());
        let header = Header::parse(file).map_err(format)?;
        header.endian().map_err(format)?;
        let machine = header.e_machine(LittleEndian);
        if machine != elf::EM_ARM {
            return Err(ElfError::Machine { found: machine.0 });
        }
        let kind = header.e_type(LittleEndian);
        if kind != elf::ET_EXEC {
            return Err(ElfError::Type { found: kind.0 });
        }
        let sections = sections(header, file)?;
        Ok(Self {
            symbols: symbols(header, file)?,
            relocations: relocations(header, file, &sections)?,
            segments: segments(header, file)?,
            sections,
        })
    }

    /// The symbol of this name, as the linker knows it.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| symbol.name == name)
    }

    /// The section at this address.
    #[must_use]
    pub fn section_at(&self, address: u32) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.contains(address))
    }

    /// What the flash holds after the image was written.
    ///
    /// # Errors
    /// Nothing is loaded, or the pieces do not fit together.
    pub fn flash(&self) -> Result<Flash, ElfError> {
        let pieces: Vec<_> = self
            .segments
            .iter()
            .map(|segment| (segment.load_address, segment.bytes.as_slice()))
            .collect();
        Ok(Flash::from_pieces(&pieces)?)
    }

    /// Makes segments longer, in this file, until nothing is left between them that a flash tool may
    /// fill as it likes. The file's own padding becomes erased bytes.
    ///
    /// A gap stays when the file has other bytes there, or when the segment runs somewhere else than
    /// it is loaded, and would grow into its neighbour.
    pub fn fill_gaps(&self, file: &mut [u8]) {
        let mut segments: Vec<_> = self.segments.iter().collect();
        segments.sort_by_key(|segment| segment.load_address);
        for pair in segments.windows(2) {
            let [segment, next] = pair else { continue };
            let len = segment.bytes.len();
            let end = u64::from(segment.load_address) + len as u64;
            let gap = u64::from(next.load_address).saturating_sub(end);
            let gap = usize::try_from(gap).unwrap_or(usize::MAX);
            let begin = segment.offset + len;
            let padding = begin..begin.saturating_add(gap);
            if gap == 0 || segment.run_address != segment.load_address || self.uses(&padding) {
                continue;
            }
            let Some(bytes) = file.get_mut(padding) else {
                continue;
            };
            bytes.fill(ERASED);
            let longer = u32::try_from(len + gap).unwrap_or(u32::MAX).to_le_bytes();
            for at in LENGTHS {
                file[segment.entry + at..segment.entry + at + 4].copy_from_slice(&longer);
            }
        }
    }

    /// True if the file has something in this range: a section, or a segment.
    fn uses(&self, range: &Range<usize>) -> bool {
        let sections = self
            .sections
            .iter()
            .map(|section| (section.offset, section.bytes.len()));
        let segments = self
            .segments
            .iter()
            .map(|segment| (segment.offset, segment.bytes.len()));
        sections
            .chain(segments)
            .any(|(offset, len)| len > 0 && offset < range.end && range.start < offset + len)
    }

    /// Where the bytes of `[address, address + len)` at run time are kept; `None` if nowhere.
    #[must_use]
    pub fn place(&self, address: u32, len: u32) -> Option<Place> {
        self.segments.iter().find_map(|segment| {
            let into = address.checked_sub(segment.run_address)?;
            let fits = into.checked_add(len)? as usize <= segment.bytes.len();
            fits.then(|| Place {
                offset: segment.offset + into as usize,
                address: segment.load_address + into,
            })
        })
    }
}

fn sections(header: &Header, file: &[u8]) -> Result<Vec<Section>, ElfError> {
    let table = header.sections(LittleEndian, file)?;
    let flag = |section: &elf::SectionHeader32<LittleEndian>, flag: elf::SectionFlags| {
        section.sh_flags(LittleEndian).contains(flag)
    };
    table
        .iter()
        .map(|section| {
            let name = table.section_name(LittleEndian, section)?;
            Ok(Section {
                name: String::from_utf8_lossy(name).into_owned(),
                address: section.sh_addr(LittleEndian),
                size: section.sh_size(LittleEndian),
                is_loaded: flag(section, elf::SHF_ALLOC),
                is_writable: flag(section, elf::SHF_WRITE),
                is_code: flag(section, elf::SHF_EXECINSTR),
                offset: section.sh_offset(LittleEndian) as usize,
                bytes: section.data(LittleEndian, file)?.to_vec(),
            })
        })
        .collect()
}

fn symbols(header: &Header, file: &[u8]) -> Result<Vec<Symbol>, ElfError> {
    let sections = header.sections(LittleEndian, file)?;
    let table = sections.symbols(LittleEndian, file, elf::SHT_SYMTAB)?;
    table
        .enumerate()
        .map(|(index, symbol)| {
            let section = table.symbol_section(LittleEndian, symbol, index)?;
            let kind = match symbol.st_type() {
                elf::STT_FUNC => Kind::Function,
                elf::STT_OBJECT => Kind::Object,
                elf::STT_SECTION => Kind::Section,
                _ => Kind::Label,
            };
            let thumb = u32::from(kind == Kind::Function);
            let name = table.symbol_name(LittleEndian, symbol)?;
            Ok(Symbol {
                name: String::from_utf8_lossy(name).into_owned(),
                address: symbol.st_value(LittleEndian) & !thumb,
                size: symbol.st_size(LittleEndian),
                kind,
                section: section.map(|index| index.0),
            })
        })
        .collect()
}

fn relocations(
    header: &Header,
    file: &[u8],
    sections: &[Section],
) -> Result<Vec<Relocation>, ElfError> {
    let mut relocations = Vec::new();
    for section in header.sections(LittleEndian, file)?.iter() {
        let patched = sections.get(section.sh_info(LittleEndian) as usize);
        if !patched.is_some_and(|section| section.is_loaded) {
            continue;
        }
        let Some((entries, _)) = section.rel(LittleEndian, file)? else {
            continue;
        };
        relocations.extend(entries.iter().map(|entry| Relocation {
            address: entry.r_offset(LittleEndian),
            kind: entry.r_type(LittleEndian).0,
            symbol: entry.r_sym(LittleEndian) as usize,
        }));
    }
    Ok(relocations)
}

fn segments(header: &Header, file: &[u8]) -> Result<Vec<Segment>, ElfError> {
    let mut segments = Vec::new();
    let table = header.e_phoff(LittleEndian) as usize;
    let entries = (table..).step_by(size_of::<elf::ProgramHeader32<LittleEndian>>());
    for (segment, entry) in header
        .program_headers(LittleEndian, file)?
        .iter()
        .zip(entries)
    {
        let (offset, size) = segment.file_range(LittleEndian);
        if segment.p_type(LittleEndian) != elf::PT_LOAD || size == 0 {
            continue;
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = segment
            .data(LittleEndian, file)
            .map_err(|()| ElfError::Damaged("a segment lies outside the file".to_owned()))?;
        segments.push(Segment {
            run_address: segment.p_vaddr(LittleEndian),
            load_address: segment.p_paddr(LittleEndian),
            offset,
            entry,
            bytes: bytes.to_vec(),
        });
    }
    Ok(segments)
}
