//! The memory test: March C- over one block after the other, each put back as it was.
//!
//! It finds cells that stick, cells that do not change and cells that change with a neighbour of the
//! same block. It does not find two blocks that answer to one address.

/// Words that can be read and written one by one.
pub trait Words {
    /// How many there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The word at a place before [`Words::len`].
    fn read(&self, place: usize) -> u32;
    /// Writes the word at a place before [`Words::len`].
    fn write(&mut self, place: usize, word: u32);
}

/// Words tested at a time.
pub const BLOCK: usize = 64;

/// Neighbouring bits differ, and every bit is both in the course of the test.
const ZERO: u32 = 0x5555_5555;
const ONE: u32 = !ZERO;

/// Tests all words, and leaves them as they were if they work. Nobody else may use a block while it is
/// tested: `alone` is given the test of each and keeps others out as long as it runs.
#[must_use]
pub fn works<W: Words>(words: &mut W, alone: impl Fn(&mut dyn FnMut())) -> bool {
    let len = words.len();
    let mut from = 0;
    let mut all_work = true;
    while from < len {
        let to = len.min(from + BLOCK);
        alone(&mut || all_work &= block_works(words, from, to));
        from = to;
    }
    all_work
}

fn block_works(words: &mut impl Words, from: usize, to: usize) -> bool {
    let mut kept = [0; BLOCK];
    for (slot, place) in kept.iter_mut().zip(from..to) {
        *slot = words.read(place);
    }
    for place in from..to {
        words.write(place, ZERO);
    }
    let mut good = true;
    for (is, then) in [(ZERO, ONE), (ONE, ZERO)] {
        for place in from..to {
            good &= words.read(place) == is;
            words.write(place, then);
        }
    }
    for (is, then) in [(ZERO, ONE), (ONE, ZERO)] {
        for place in (from..to).rev() {
            good &= words.read(place) == is;
            words.write(place, then);
        }
    }
    for place in from..to {
        good &= words.read(place) == ZERO;
    }
    for (slot, place) in kept.iter().zip(from..to) {
        words.write(place, *slot);
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with one word.
    #[derive(Clone, Copy)]
    enum Fault {
        None,
        Sticks {
            place: usize,
            mask: u32,
            level: bool,
        },
        NeverRises {
            place: usize,
            mask: u32,
        },
        Follows {
            place: usize,
            other: usize,
        },
    }

    struct Memory {
        words: Vec<u32>,
        fault: Fault,
    }

    impl Words for Memory {
        fn len(&self) -> usize {
            self.words.len()
        }

        fn read(&self, at: usize) -> u32 {
            match self.fault {
                Fault::Sticks { place, mask, level } if place == at => {
                    self.words[at] & !mask | if level { mask } else { 0 }
                }
                _ => self.words[at],
            }
        }

        fn write(&mut self, at: usize, word: u32) {
            let was = self.words[at];
            self.words[at] = match self.fault {
                Fault::NeverRises { place, mask } if place == at => word & (was | !mask),
                _ => word,
            };
            if let Fault::Follows { place, other } = self.fault
                && other == at
                && was != word
            {
                self.words[place] ^= 0x80;
            }
        }
    }

    fn memory(len: usize, fault: Fault) -> Memory {
        let words = (0..len).map(|k| u32::try_from(k).unwrap().wrapping_mul(0x0101_0107));
        Memory {
            words: words.collect(),
            fault,
        }
    }

    #[test]
    fn test_001_good_memory_works_and_keeps_what_was_in_it() {
        for len in [0, 1, 63, 64, 65, 1_000] {
            let mut tested = memory(len, Fault::None);
            assert!(works(&mut tested, |test| test()), "{len} words");
            assert_eq!(tested.words, memory(len, Fault::None).words);
            assert_eq!(tested.is_empty(), len == 0);
        }
    }

    #[test]
    fn test_001_every_bit_that_sticks_is_found() {
        for place in [0, 63, 64, 130] {
            for bit in 0..32 {
                let mask = 1 << bit;
                for level in [false, true] {
                    let fault = Fault::Sticks { place, mask, level };
                    assert!(
                        !works(&mut memory(131, fault), |test| test()),
                        "{place} {bit}"
                    );
                }
                let fault = Fault::NeverRises { place, mask };
                assert!(
                    !works(&mut memory(131, fault), |test| test()),
                    "{place} {bit}"
                );
            }
        }
    }

    #[test]
    fn test_001_words_of_a_block_that_disturb_each_other_are_found() {
        for (place, other) in [(0, 1), (1, 0), (0, 63), (63, 0), (70, 100), (100, 70)] {
            let fault = Fault::Follows { place, other };
            assert!(
                !works(&mut memory(128, fault), |test| test()),
                "{other} disturbs {place}"
            );
        }
    }
}
