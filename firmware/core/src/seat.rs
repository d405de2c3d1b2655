//! The seat: which cartridge is in it, since when it rests, and which one was burned in.

use crate::cartridge::{self, CartridgeDefect, Kind};
use crate::io::{Tag, TagReading};
use crate::journal::{Record, Tell};
use crate::limits;
use crate::units::{Duration, Strokes};

/// The cartridge seat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat {
    seen: TagReading,
    seated: bool,
    /// Time since the cartridge last worked; at its limit after a reset, because nobody knows.
    pause: Duration,
    burn: Option<u64>,
}
any_struct!(Seat {
    seen,
    seated,
    pause,
    burn
});

/// What the account knows of the cartridge that the session works with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// The cartridge of the ledger.
    pub(crate) cartridge: u64,
    /// Its strokes.
    pub(crate) strokes: Strokes,
    /// The session is open, and the plan is for its patient.
    pub(crate) is_same_patient: bool,
}

impl Seat {
    pub(crate) const fn new() -> Self {
        Self {
            seen: TagReading::Absent,
            seated: false,
            pause: limits::CARTRIDGE_PAUSE_MAX,
            burn: None,
        }
    }

    pub(crate) fn tick(&mut self, dt: Duration) {
        self.pause = self.pause.plus_up_to(dt, limits::CARTRIDGE_PAUSE_MAX);
    }

    /// Notes what is in the seat, and tells what left it.
    pub(crate) fn update(&mut self, seated: bool, seen: TagReading, told: &mut impl Tell) {
        if self.seated == seated && self.seen == seen {
            return;
        }
        let before = self.tag().map(|tag| tag.id);
        self.seen = seen;
        self.seated = seated;
        let now = self.tag().map(|tag| tag.id);
        if before == now {
            return;
        }
        match (now, seen) {
            (Some(id), _) => told.tell(Record::CartridgeSeated { id }),
            (None, TagReading::Unreadable) if seated => {
                told.tell(Record::CartridgeRefused {
                    defect: CartridgeDefect::Unreadable,
                });
            }
            (None, TagReading::Unreadable | TagReading::Absent | TagReading::Present(_)) => {
                told.tell(Record::CartridgeRemoved);
            }
        }
    }

    /// The seat switch is closed.
    pub(crate) const fn is_seated(&self) -> bool {
        self.seated
    }

    /// What the tag of a seated cartridge says.
    pub(crate) const fn tag(&self) -> Option<Tag> {
        match self.seen {
            TagReading::Present(tag) if self.seated => Some(tag),
            TagReading::Present(_) | TagReading::Absent | TagReading::Unreadable => None,
        }
    }

    /// The kind of the seated cartridge, if it is one that this pen knows.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.tag().and_then(|tag| Kind::from_code(tag.kind))
    }

    /// The calibration dummy is in.
    ///
    /// # Errors
    /// [`CartridgeDefect`].
    pub(crate) fn dummy(&self) -> Result<(), CartridgeDefect> {
        match cartridge::identify(self.seated, self.seen)? {
            (_, Kind::Dummy) => Ok(()),
            _ => Err(CartridgeDefect::WrongPurpose),
        }
    }

    /// The tag that shall be marked as used.
    pub(crate) const fn burn(&self) -> Option<u64> {
        self.burn
    }

    /// The session works with another cartridge, or is over: nothing is to be marked any more.
    pub(crate) const fn forget_burn(&mut self) {
        self.burn = None;
    }

    /// The first stroke is about to come: the cartridge in the seat is used from now on (CART-003).
    pub(crate) fn use_up(&mut self, told: &mut impl Tell) {
        if let Some(tag) = self.tag()
            && self.burn.is_none()
        {
            self.burn = Some(tag.id);
            told.tell(Record::CartridgeBurned { id: tag.id });
        }
    }

    /// The cartridge works, or worked until now.
    pub(crate) const fn works(&mut self) {
        self.pause = Duration::from_us(0);
    }

    /// CART-001, 002, 004, 005: whether this cartridge may treat on this day.
    ///
    /// # Errors
    /// The first [`CartridgeDefect`].
    #[inline(never)] // asked of twice and seldom: one copy is enough
    pub(crate) fn usable(&self, today: u16, work: &Work) -> Result<(Tag, Kind), CartridgeDefect> {
        let (tag, kind) = cartridge::identify(self.seated, self.seen)?;
        if kind == Kind::Dummy {
            return Err(CartridgeDefect::WrongPurpose);
        }
        if today > tag.expiry_day {
            return Err(CartridgeDefect::Expired {
                expiry_day: tag.expiry_day,
                today,
            });
        }
        let is_the_session_s = work.cartridge == tag.id;
        // The ledger was stored before the first stroke, tag and list only after it (CART-003).
        let worked = is_the_session_s && work.strokes > Strokes::from_count(0);
        let burned = tag.used || worked || (self.burn == Some(tag.id));
        if burned && !(is_the_session_s && work.is_same_patient) {
            return Err(CartridgeDefect::Used { id: tag.id });
        }
        if burned && self.pause >= limits::CARTRIDGE_PAUSE_MAX {
            return Err(CartridgeDefect::PausedTooLong);
        }
        let strokes = work.strokes.as_count();
        if is_the_session_s && strokes >= limits::CARTRIDGE_LIFE {
            return Err(CartridgeDefect::WornOut {
                strokes,
                allowed: limits::CARTRIDGE_LIFE,
            });
        }
        Ok((tag, kind))
    }
}

#[cfg(test)]
mod tests;
