//! A linker for tests: makes small ELF files from bytes.

/// What shall be in the file.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    /// `e_machine`; 40 is Arm.
    pub(crate) machine: u16,
    /// `e_type`; 2 is executable.
    pub(crate) kind: u16,
    /// Address at run time, load address, bytes.
    pub(crate) segments: Vec<(u32, u32, Vec<u8>)>,
    /// Zeros in the file behind each segment.
    pub(crate) padding: u32,
    /// Name, address, size; of data in the first segment.
    pub(crate) symbols: Vec<(&'static str, u32, u32)>,
}

impl Default for Linked {
    /// 4,000 bytes of flash with room for a header at 0x10000100, and data that is copied to RAM.
    fn default() -> Self {
        let mut text: Vec<u8> = (0..4000_u32).map(|at| at.to_le_bytes()[0]).collect();
        text[0x100..0x160].fill(0);
        text[0x100..0x106].copy_from_slice(b"PENI\x01\0");
        Self {
            machine: 40,
            kind: 2,
            segments: vec![
                (0x1000_0000, 0x1000_0000, text),
                (0x2000_0000, 0x1000_0fb0, vec![0x5a; 30]),
            ],
            padding: 0,
            symbols: vec![("PEN_IMAGE_HEADER", 0x1000_0100, 96)],
        }
    }
}

impl Linked {
    /// The file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let count = u32::try_from(self.segments.len()).expect("few");
        let mut at = 52 + 32 * count;
        let (mut heads, mut bodies) = (Vec::new(), Vec::new());
        for (run, load, bytes) in &self.segments {
            let len = u32::try_from(bytes.len()).expect("small");
            words(&mut heads, &[1, at, *run, *load, len, len, 5, 4]);
            bodies.extend_from_slice(bytes);
            bodies.resize(bodies.len() + self.padding as usize, 0);
            at += len + self.padding;
        }
        let mut names = vec![0];
        let mut symbols = vec![0; 16];
        for (name, address, size) in &self.symbols {
            let name_at = u32::try_from(names.len()).expect("few");
            names.extend_from_slice(name.as_bytes());
            names.push(0);
            // A global object in section 1.
            words(&mut symbols, &[name_at, *address, *size, 0x0001_0011]);
        }
        let names_at = u32::try_from(names.len()).expect("few");
        names.extend_from_slice(b".text\0");
        let symbols_at = at;
        let strings_at = at + u32::try_from(symbols.len()).expect("few");
        let heads_at = strings_at + u32::try_from(names.len()).expect("few");

        let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend_from_slice(&self.kind.to_le_bytes());
        file.extend_from_slice(&self.machine.to_le_bytes());
        words(&mut file, &[1, 0, 52, heads_at, 0x0500_0200]);
        for half in [52, 32, u16::try_from(count).expect("few"), 40, 4, 3] {
            file.extend_from_slice(&u16::to_le_bytes(half));
        }
        file.extend_from_slice(&heads);
        file.extend_from_slice(&bodies);
        file.extend_from_slice(&symbols);
        file.extend_from_slice(&names);
        words(&mut file, &[0; 10]);
        let first = self.segments.first();
        let (run, len) = first.map_or((0, 0), |(run, _, bytes)| (*run, bytes.len()));
        let len = u32::try_from(len).expect("small");
        words(
            &mut file,
            &[names_at, 1, 6, run, 52 + 32 * count, len, 0, 0, 4, 0],
        );
        let symbols_len = strings_at - symbols_at;
        words(
            &mut file,
            &[0, 2, 0, 0, symbols_at, symbols_len, 3, 1, 4, 16],
        );
        words(
            &mut file,
            &[0, 3, 0, 0, strings_at, heads_at - strings_at, 0, 0, 1, 0],
        );
        file
    }
}

fn words(bytes: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
}
