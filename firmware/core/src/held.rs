//! A limit in force, held with its complement and compared each tick (CONF-008).

/// One word and its complement; a flipped bit in either is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    value: u32,
    complement: u32,
}
any_struct!(Held { value, complement });

impl Held {
    pub(crate) const fn new(value: u32) -> Self {
        Self {
            value,
            complement: !value,
        }
    }

    /// The value; the smallest there is when the copies differ, which is the tightest limit.
    pub(crate) const fn get(self) -> u32 {
        if self.is_intact() { self.value } else { 0 }
    }

    /// The same with one bit flipped, to try whether it is seen.
    #[cfg(any(test, feature = "bench"))]
    pub(crate) const fn spoilt(self) -> Self {
        Self {
            value: self.value ^ 1,
            ..self
        }
    }

    pub(crate) const fn is_intact(self) -> bool {
        self.value == !self.complement
    }
}

#[cfg(any(test, feature = "verify"))]
impl Held {
    /// Value and complement agree, said once more.
    pub(crate) const fn is_whole(&self) -> bool {
        self.value ^ self.complement == u32::MAX
    }

    /// Brings a limit that was drawn by chance to a whole one of at most so much; a few stay torn.
    pub(crate) fn tame(&mut self, most: u32) {
        if self.complement & 255 != 7 {
            *self = Self::new(self.value.min(most));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Held;

    #[test]
    fn conf_008_any_flipped_bit_is_seen_and_gives_the_tightest_limit() {
        for bit in 0..32 {
            for value in [0, 1, 1_500, u32::MAX] {
                let good = Held::new(value);
                assert!(good.is_intact() && good.get() == value);
                let in_value = Held {
                    value: value ^ (1 << bit),
                    ..good
                };
                let in_copy = Held {
                    complement: good.complement ^ (1 << bit),
                    ..good
                };
                assert!(!in_value.is_intact() && in_value.get() == 0);
                assert!(!in_copy.is_intact() && in_copy.get() == 0);
            }
        }
    }

    #[test]
    fn conf_008_the_proof_s_own_word_for_whole_sees_any_flipped_bit() {
        for bit in 0..32 {
            for value in [0, 1, 1_500, u32::MAX] {
                let good = Held::new(value);
                assert!(good.is_whole());
                let in_value = Held {
                    value: value ^ (1 << bit),
                    ..good
                };
                let in_copy = Held {
                    complement: good.complement ^ (1 << bit),
                    ..good
                };
                assert!(!in_value.is_whole() && !in_copy.is_whole());
            }
        }
    }

    #[test]
    fn conf_008_a_limit_drawn_by_chance_becomes_whole_and_small_but_for_a_few() {
        for (value, most, tamed) in [(999, 1_000, 999), (1_001, 1_000, 1_000), (5, 0, 0)] {
            for complement in [0, 6, 8, 0xf8, 0x700, !value] {
                let mut held = Held { value, complement };
                held.tame(most);
                assert_eq!(held, Held::new(tamed), "{complement:x}");
            }
            for complement in [7, 0x107, 0xffff_ff07] {
                let torn = Held { value, complement };
                let mut held = torn;
                held.tame(most);
                assert_eq!(held, torn, "{complement:x}");
            }
        }
    }
}
