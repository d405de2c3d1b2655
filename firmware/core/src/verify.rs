//! What is proved of the core, as plain functions: harnesses, their rules, and any value of any type.
//!
//! A harness makes any state and any inputs from the words of a [`Source`], takes one step of the real
//! code, and checks rules. A prover's source gives words that are symbols, so one run stands for all;
//! [`Replay`] gives words that are numbers, so a counterexample runs on the real code, and so does a
//! property test. Rules restate requirements and limits in the harness's own words: a rule that asks
//! the code under proof proves nothing.
//!
//! Only under test and with the feature `verify`, never in an image. `docs/proof.md` says what the
//! harnesses together show.

use crate::units::Duration;

/// Where a harness gets its unknowns from, and where its assumptions and rules go.
pub trait Source {
    /// Any word.
    fn word(&mut self) -> u32;

    /// Only what meets this is looked at.
    fn assume(&mut self, holds: bool);

    /// A rule, by its number in the room's table, and whether it holds.
    fn check(&mut self, rule: u32, holds: bool);

    /// A case that must be possible, or the rules about it say nothing.
    fn cover(&mut self, case: u32, met: bool);

    /// Any word below `count`.
    fn below(&mut self, count: u32) -> u32 {
        let word = self.word();
        self.assume(word < count);
        word
    }

    /// Whether the words are numbers that were drawn by chance: hardly any state of those meets an
    /// invariant, so a harness brings it there first. A proof assumes the invariant instead.
    fn is_drawn(&self) -> bool {
        false
    }
}

/// A value made of unknown words: every value that the type has.
pub trait Any: Sized {
    /// Any of them.
    fn any<S: Source>(s: &mut S) -> Self;

    /// Whether both are the same, field by field.
    fn same(&self, other: &Self) -> bool;
}

/// One rule of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its number in the room.
    pub number: u32,
    /// The requirement or hazard that it restates.
    pub requirement: &'static str,
    /// What it says.
    pub text: &'static str,
}

pub(crate) const fn rule(number: u32, requirement: &'static str, text: &'static str) -> Rule {
    Rule {
        number,
        requirement,
        text,
    }
}

/// One room of the core under proof: a harness, what it checks, and what must be possible in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name, as in [`rooms`] and [`crate::for_every_room`].
    pub name: &'static str,
    /// Its rules.
    pub rules: &'static [Rule],
    /// The cases that must be possible, by number.
    pub cases: &'static [(u32, &'static str)],
}

/// Brings a value below a cap, for words that were drawn by chance.
pub(crate) fn at_most(time: &mut Duration, cap_ms: u32) {
    *time = (*time).min(Duration::from_ms(cap_ms));
}

macro_rules! any_number {
    ($($number:ident),*) => {$(
        impl Any for $number {
            #[expect(
                clippy::allow_attributes,
                clippy::allow_attributes_without_reason,
                reason = "which of these a number needs differs"
            )]
            #[allow(
                trivial_numeric_casts,
                clippy::as_conversions,
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                clippy::cast_lossless
            )]
            fn any<S: Source>(s: &mut S) -> Self {
                s.word() as $number
            }

            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}
any_number!(u8, i8, u16, i16, u32, i32, usize);

impl Any for () {
    fn any<S: Source>(_: &mut S) -> Self {}

    fn same(&self, _: &Self) -> bool {
        true
    }
}

impl Any for bool {
    fn any<S: Source>(s: &mut S) -> Self {
        s.word() & 1 != 0
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Any for u64 {
    fn any<S: Source>(s: &mut S) -> Self {
        let high = Self::from(s.word());
        (high << 32) | Self::from(s.word())
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Any for i64 {
    fn any<S: Source>(s: &mut S) -> Self {
        u64::any(s).cast_signed()
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T: Any> Any for Option<T> {
    fn any<S: Source>(s: &mut S) -> Self {
        let some = bool::any(s);
        let value = T::any(s);
        some.then_some(value)
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(one), Some(other)) => one.same(other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl<T: Any, E: Any> Any for Result<T, E> {
    fn any<S: Source>(s: &mut S) -> Self {
        let ok = bool::any(s);
        let (value, error) = (T::any(s), E::any(s));
        if ok { Ok(value) } else { Err(error) }
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Ok(one), Ok(other)) => one.same(other),
            (Err(one), Err(other)) => one.same(other),
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        }
    }
}

impl<T: Any, const N: usize> Any for [T; N] {
    fn any<S: Source>(s: &mut S) -> Self {
        core::array::from_fn(|_| T::any(s))
    }

    fn same(&self, other: &Self) -> bool {
        self.iter()
            .zip(other)
            .fold(true, |all, (one, other)| all & one.same(other))
    }
}

impl<T: Any, U: Any> Any for (T, U) {
    fn any<S: Source>(s: &mut S) -> Self {
        (T::any(s), U::any(s))
    }

    fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0) & self.1.same(&other.1)
    }
}

/// A source whose words are numbers: those of a counterexample, or some that were drawn by chance. When
/// they are used up it gives zeros.
#[derive(Clone, Debug)]
pub struct Replay<I> {
    words: I,
    drawn: bool,
    outside: bool,
    broken: Option<u32>,
    checked: u128,
    met: u128,
}

impl<I: Iterator<Item = u32>> Replay<I> {
    /// The words of a counterexample.
    pub fn new(words: I) -> Self {
        Self {
            words,
            drawn: false,
            outside: false,
            broken: None,
            checked: 0,
            met: 0,
        }
    }

    /// Words that were drawn by chance.
    pub fn drawn(words: I) -> Self {
        Self {
            drawn: true,
            ..Self::new(words)
        }
    }
}

impl<I> Replay<I> {
    /// Whether every assumption was met: else the run says nothing.
    pub const fn is_inside(&self) -> bool {
        !self.outside
    }

    /// The first rule that did not hold.
    pub const fn broken(&self) -> Option<u32> {
        self.broken
    }

    /// The rules that were checked, one bit each by number.
    pub const fn checked(&self) -> u128 {
        self.checked
    }

    /// The cases that were met, one bit each by number.
    pub const fn met(&self) -> u128 {
        self.met
    }
}

fn bit(number: u32) -> u128 {
    1_u128.checked_shl(number).unwrap_or(0)
}

impl<I: Iterator<Item = u32>> Source for Replay<I> {
    fn word(&mut self) -> u32 {
        self.words.next().unwrap_or(0)
    }

    fn assume(&mut self, holds: bool) {
        self.outside |= !holds;
    }

    fn check(&mut self, rule: u32, holds: bool) {
        if self.outside {
            return;
        }
        self.checked |= bit(rule);
        if !holds {
            self.broken = self.broken.or(Some(rule));
        }
    }

    fn cover(&mut self, case: u32, met: bool) {
        if met && !self.outside {
            self.met |= bit(case);
        }
    }

    fn below(&mut self, count: u32) -> u32 {
        let word = self.word();
        if self.drawn {
            return word.checked_rem(count).unwrap_or(0);
        }
        self.assume(word < count);
        word
    }

    fn is_drawn(&self) -> bool {
        self.drawn
    }
}

macro_rules! table {
    (($dollar:tt) $($name:ident = $($path:ident)::+),* $(,)?) => {
        /// Calls a macro with the name of every room: `for_every_room!(mine)` is
        /// `mine! { gate, mode, ... }`.
        #[macro_export]
        macro_rules! for_every_room {
            ($dollar then:ident) => {
                $dollar then! { $($name),* }
            };
        }

        /// The harnesses: one function a room, of any source.
        pub mod rooms {
            $(pub use crate::$($path)::+::room as $name;)*
        }

        /// Every room with its rules.
        pub const ROOMS: &[Room] = &[
            $(Room {
                name: stringify!($name),
                rules: crate::$($path)::+::RULES,
                cases: crate::$($path)::+::CASES,
            }),*
        ];
    };
}
table! { ($)
    gate = gate::verify,
    push = duty::verify,
    mode = mode::verify,
    profile = profile::verify::profile,
    meet = profile::verify::meet,
    plan = profile::verify::plan,
    fingerprint = plan::verify,
    admitted = admitted::verify,
    ledger = session::verify,
    hands = hands::verify,
    halt = halt::verify,
    probe = probe::verify,
    cam = cam::verify,
    witness = witness::verify,
    guard_depth = guard::depth::verify,
    guard_rotation = guard::rotation::verify,
    guard_brake = guard::brake::verify,
    guard_fall = guard::fall::verify,
    guard_power = guard::power::verify,
    power = estimate::verify::power,
    channel = estimate::verify::channel,
    speed = estimate::verify::speed,
    grip = estimate::grip::verify,
    acceleration = estimate::acceleration::verify,
    heat = heat::verify,
    regulate = regulate::verify,
    table = calibration::verify,
    clock = clock::verify,
    step = pen::verify::step,
    request = pen::verify::doors::request,
    stored = pen::verify::doors::stored,
    record = pen::verify::doors::record,
    start = pen::verify::doors::start,
}

#[cfg(test)]
mod tests;
