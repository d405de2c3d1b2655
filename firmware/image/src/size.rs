//! How large an image is, in the three figures that everybody knows.

use crate::board::Board;
use crate::elf::Image;

/// Bytes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Program text and constants: flash.
    pub text: u32,
    /// Statics with a value at the start: flash and RAM.
    pub data: u32,
    /// Statics without: RAM.
    pub bss: u32,
}

impl Size {
    /// Measures an image.
    #[must_use]
    pub fn of(image: &Image) -> Self {
        let mut size = Self::default();
        for section in image.sections.iter().filter(|section| section.is_loaded) {
            let kind = match (section.bytes.is_empty(), section.is_writable) {
                (true, _) => &mut size.bss,
                (false, true) => &mut size.data,
                (false, false) => &mut size.text,
            };
            *kind = kind.saturating_add(section.size);
        }
        size
    }

    /// RAM before the first function is called.
    #[must_use]
    pub const fn statics(&self) -> u32 {
        self.data.saturating_add(self.bss)
    }

    /// Every limit that is passed: what, how much, how much is allowed.
    #[must_use]
    pub fn beyond(&self, board: &Board) -> Vec<(&'static str, u32, u32)> {
        let room = board.ram_len.saturating_sub(self.statics());
        let mut beyond = Vec::new();
        if self.text > board.text.most {
            beyond.push(("text", self.text, board.text.most));
        }
        if self.statics() > board.statics.most {
            beyond.push(("data + bss", self.statics(), board.statics.most));
        }
        if room < board.stack.most {
            beyond.push(("stack needed of what is left", board.stack.most, room));
        }
        beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::PICO;
    use crate::elf::Section;

    fn section(size: u32, is_writable: bool, has_bytes: bool) -> Section {
        Section {
            name: String::new(),
            address: 0,
            size,
            is_loaded: true,
            is_writable,
            is_code: false,
            offset: 0,
            bytes: vec![0; if has_bytes { size as usize } else { 0 }],
        }
    }

    #[test]
    fn sections_count_where_they_take_memory() {
        let mut debug = section(4000, false, true);
        debug.is_loaded = false;
        let mut image = Image::default();
        image.sections = vec![
            section(100, false, true),
            section(20, false, true),
            section(7, true, true),
            section(300, true, false),
            debug,
        ];
        let size = Size::of(&image);
        let (text, data, bss) = (120, 7, 300);
        assert_eq!(size, Size { text, data, bss });
        assert_eq!(size.statics(), 307);
    }

    #[test]
    fn each_limit_is_the_last_that_is_allowed() {
        let (text, statics) = (PICO.text.most, PICO.statics.most);
        let (data, bss) = (1000, statics - 1000);
        let most = Size { text, data, bss };
        assert_eq!(most.beyond(&PICO), []);
        let text = text + 1;
        assert_eq!(
            Size { text, ..most }.beyond(&PICO),
            [("text", text, text - 1)]
        );
        let bss = bss + 1;
        let beyond = Size { bss, ..most }.beyond(&PICO);
        assert_eq!(beyond[0], ("data + bss", statics + 1, statics));
        assert_eq!(
            beyond.len(),
            2,
            "the stack has one byte too few as well: {beyond:?}"
        );
    }
}
