//! The cartridge's tag on its way to the core: never without the word of the pen's own list.

use pen_core::io::{Tag, TagReading};

/// What the pen's list of used cartridges says about the tag at hand.
///
/// The list is in flash and answers when it can; until then the core sees no tag.
#[derive(Clone, Copy, Debug, Default)]
pub struct TagCheck {
    /// The last identity that was looked up, and whether it must not be used.
    answer: Option<(u64, bool)>,
    /// An identity that waits to be looked up.
    question: Option<u64>,
    /// The last identity that the core burnt.
    burnt: Option<u64>,
    /// A burnt identity that waits for the list.
    pending: Option<u64>,
    /// A burnt identity never got to the list: from now on every tag counts as used.
    lost: bool,
    /// What the core saw last.
    presented: TagReading,
}

impl TagCheck {
    /// What the core may see of a reading.
    pub fn present(&mut self, reading: TagReading) -> TagReading {
        self.presented = match reading {
            TagReading::Absent => TagReading::Absent,
            TagReading::Unreadable => TagReading::Unreadable,
            TagReading::Present(tag) => match self.answer {
                Some((id, used)) if id == tag.id => TagReading::Present(Tag {
                    used: tag.used || used || self.lost,
                    ..tag
                }),
                Some(_) | None => {
                    self.question = Some(tag.id);
                    TagReading::Absent
                }
            },
        };
        self.presented
    }

    /// What the core saw last.
    #[must_use]
    pub const fn presented(&self) -> TagReading {
        self.presented
    }

    /// The identity that waits to be looked up.
    #[must_use]
    pub const fn question(&self) -> Option<u64> {
        self.question
    }

    /// The list has answered.
    pub fn answer(&mut self, id: u64, used: bool) {
        // Burnt meanwhile: the list's word is older.
        let used = used || self.burnt == Some(id);
        self.answer = Some((id, used));
        if self.question == Some(id) {
            self.question = None;
        }
    }

    /// The core burns this identity (CART-003).
    pub fn burn(&mut self, id: u64) {
        if self.burnt == Some(id) {
            return;
        }
        self.lost |= self.pending.is_some();
        self.burnt = Some(id);
        self.pending = Some(id);
        self.answer = Some((id, true));
    }

    /// Takes the burnt identity that waits for the list.
    pub fn take_burnt(&mut self) -> Option<u64> {
        self.pending.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(id: u64) -> TagReading {
        TagReading::Present(Tag {
            id,
            kind: 2,
            expiry_day: 9_000,
            authentic: true,
            used: false,
        })
    }

    fn is_used(reading: TagReading) -> Option<bool> {
        match reading {
            TagReading::Present(tag) => Some(tag.used),
            TagReading::Absent | TagReading::Unreadable => None,
        }
    }

    #[test]
    fn cart_002_a_tag_is_absent_until_the_list_has_answered() {
        let mut check = TagCheck::default();
        assert_eq!(check.present(tag(5)), TagReading::Absent);
        assert_eq!(check.question(), Some(5));
        check.answer(4, false);
        assert_eq!(check.present(tag(5)), TagReading::Absent);
        check.answer(5, false);
        assert_eq!(check.question(), None);
        assert_eq!(is_used(check.present(tag(5))), Some(false));
        assert_eq!(check.present(tag(6)), TagReading::Absent);
        check.answer(6, true);
        assert_eq!(is_used(check.present(tag(6))), Some(true));
    }

    #[test]
    fn cart_003_a_burnt_tag_stays_used_whatever_the_list_says_later() {
        let mut check = TagCheck::default();
        check.answer(5, false);
        check.burn(5);
        check.burn(5);
        assert_eq!(is_used(check.present(tag(5))), Some(true));
        check.answer(5, false);
        assert_eq!(is_used(check.present(tag(5))), Some(true));
        assert_eq!(check.take_burnt(), Some(5));
        assert_eq!(check.take_burnt(), None);
    }

    #[test]
    fn cart_003_an_identity_that_cannot_be_kept_closes_everything() {
        let mut check = TagCheck::default();
        check.burn(5);
        check.burn(6);
        check.answer(7, false);
        assert_eq!(is_used(check.present(tag(7))), Some(true));
    }
}
