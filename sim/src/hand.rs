//! The person at the pen: presses, turns, approaches, plugs in, forgets.
//!
//! A script says what the hand shall do; the hand needs its time for it. Positions are true ones:
//! what the pen makes of them is the business of its sensors.

pub mod screw;

use pen_core::cartridge::Kind;
use pen_core::io::{Tag, TagReading};

use crate::assembly::{RING_MAX_UM, RING_MIN_UM};
use crate::plant::NO_SKIN_M;
use crate::sensors::body::GRAVITY;

/// Usual speed at which a hand turns the depth ring (um of depth per ms).
pub const RING_SPEED: f64 = 10.0;

/// Pitch of the ring's detent (um): where it comes to rest.
pub const RING_DETENT_UM: f64 = 10.0;

/// Usual speed at which a hand brings the pen to the skin or lifts it (um per ms).
pub const APPROACH_SPEED: f64 = 50.0;

/// How long a falling pen takes to stop on a hard floor (ms), and how much of its speed it keeps
/// on the way back. Assumed.
const IMPACT_MS: u32 = 2;
const IMPACT_BACK: f64 = 0.3;

/// Beyond this distance the pen counts as held in the air (um).
const FAR_UM: f64 = 20_000.0;

/// A cartridge as it lies in the drawer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cartridge {
    /// What its tag says when it is new.
    pub tag: Tag,
    /// How many needles it really has.
    pub needles: u32,
    /// Whether it presses the seat switch.
    pub presses_seat: bool,
}

impl Cartridge {
    /// A fresh, authentic cartridge of a type that the pen knows, good for ever.
    #[must_use]
    pub fn fresh(id: u64, kind: Kind) -> Self {
        Self {
            tag: Tag {
                id,
                kind: code(kind),
                expiry_day: u16::MAX,
                authentic: true,
                used: false,
            },
            needles: kind.needles(),
            presses_seat: true,
        }
    }

    /// The calibration dummy: a flat plate, no needles.
    #[must_use]
    pub fn dummy(id: u64) -> Self {
        Self::fresh(id, Kind::Dummy)
    }
}

/// The tag's code of a type: the only one that reads back as it.
#[must_use]
pub fn code(kind: Kind) -> u8 {
    (0..=u8::MAX)
        .find(|&code| Kind::from_code(code) == Some(kind))
        .unwrap_or(u8::MAX)
}

/// A button with somebody's finger on it, perhaps for a time.
#[derive(Clone, Copy, Debug, Default)]
struct Button {
    held: bool,
    /// Steps until the finger leaves; 0 for until told.
    left_ms: u32,
    /// Steps since it was let go of last, if it is pressed anew again and again.
    anew_ms: Option<u32>,
}

/// From one press of somebody who is there for long to the next, and how long the finger is off it (ms).
const ANEW_MS: u32 = 50_000;
const OFF_MS: u32 = 100;

impl Button {
    const fn new(held: bool, left_ms: u32) -> Self {
        Self {
            held,
            left_ms,
            anew_ms: None,
        }
    }

    const fn attended(since_ms: u32) -> Self {
        Self {
            held: since_ms >= OFF_MS,
            left_ms: 0,
            anew_ms: Some(since_ms),
        }
    }

    fn step(&mut self) {
        if let Some(since_ms) = self.anew_ms {
            *self = Self::attended((since_ms + 1) % ANEW_MS);
        }
        if self.left_ms > 0 {
            self.left_ms -= 1;
            self.held = self.left_ms > 0;
        }
    }
}

/// A quantity on its way to a target.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    at: f64,
    target: f64,
    /// Per ms.
    speed: f64,
}

impl Ramp {
    /// Moves for so many ms; returns the speed at which it really moved, per ms.
    fn step(&mut self, ms: f64) -> f64 {
        let away = self.target - self.at;
        let reach = self.speed * ms;
        if away.abs() <= reach {
            self.at = self.target;
            return away / ms;
        }
        self.at += if away > 0.0 { reach } else { -reach };
        if away > 0.0 { self.speed } else { -self.speed }
    }

    fn is_resting(&self) -> bool {
        self.at.to_bits() == self.target.to_bits()
    }
}

/// A pen on its way to the floor.
#[derive(Clone, Copy, Debug)]
struct Drop {
    fall_ms: u32,
    impact_ms: u32,
    impact_g: f64,
}

/// The person at the pen, and what that person holds.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about fingers and plugs"
)]
pub struct Hand {
    trigger_closed: bool,
    trigger_opened: bool,
    next: Button,
    ok: Button,
    ring: Ramp,
    detent_um: f64,
    gap: Ramp,
    drop: Option<Drop>,
    cable: bool,
    cartridge: Option<Cartridge>,
    /// Cartridge that was changed since the plant last asked.
    is_other_cartridge: bool,
    fresh_charge: Option<f64>,
    /// Tags that marked themselves as used.
    burnt: Vec<u64>,
}

impl Hand {
    /// Somebody who holds a pen in the air, its ring at a depth (um), no cable, no cartridge.
    #[must_use]
    pub fn new(ring_um: f64) -> Self {
        let at = ring_um.clamp(RING_MIN_UM, RING_MAX_UM);
        Self {
            trigger_closed: false,
            trigger_opened: false,
            next: Button::default(),
            ok: Button::default(),
            ring: Ramp {
                at,
                target: at,
                speed: RING_SPEED,
            },
            detent_um: RING_DETENT_UM,
            gap: Ramp {
                at: 1e6 * NO_SKIN_M,
                target: 1e6 * NO_SKIN_M,
                speed: APPROACH_SPEED,
            },
            drop: None,
            cable: false,
            cartridge: None,
            is_other_cartridge: true,
            fresh_charge: None,
            burnt: Vec::new(),
        }
    }

    /// Presses the trigger: both contacts.
    pub const fn press_trigger(&mut self) {
        self.set_contacts(true, true);
    }

    /// Lets go of the trigger: both contacts.
    pub const fn release_trigger(&mut self) {
        self.set_contacts(false, false);
    }

    /// Sets the trigger's two contacts one by one: closing contact closed, opening contact open.
    pub const fn set_contacts(&mut self, closed: bool, opened: bool) {
        self.trigger_closed = closed;
        self.trigger_opened = opened;
    }

    /// Holds the confirm button, or lets go of it.
    pub const fn hold_ok(&mut self, held: bool) {
        self.ok = Button::new(held, 0);
    }

    /// Holds the confirm button as somebody does who is there for long: presses it anew each 50 s, for the pen
    /// takes one that is down for a minute for stuck.
    pub const fn attend(&mut self) {
        self.ok = Button::attended(0);
    }

    /// Presses the confirm button for a time.
    pub const fn press_ok(&mut self, ms: u32) {
        self.ok = Button::new(ms > 0, ms);
    }

    /// Holds the next button, or lets go of it.
    pub const fn hold_next(&mut self, held: bool) {
        self.next = Button::new(held, 0);
    }

    /// Presses the next button for a time.
    pub const fn press_next(&mut self, ms: u32) {
        self.next = Button::new(ms > 0, ms);
    }

    /// Starts to turn the ring to a depth (um). It comes to rest in the nearest detent, and never
    /// beyond its stops at [`RING_MIN_UM`] and [`RING_MAX_UM`].
    pub fn turn_ring(&mut self, to_um: f64) {
        let rest = if self.detent_um > 0.0 {
            (to_um / self.detent_um).round() * self.detent_um
        } else {
            to_um
        };
        self.ring.target = rest.clamp(RING_MIN_UM, RING_MAX_UM);
    }

    /// Puts the ring to a depth (um) at once, detent or not.
    pub fn place_ring(&mut self, at_um: f64) {
        self.ring.at = at_um.clamp(RING_MIN_UM, RING_MAX_UM);
        self.ring.target = self.ring.at;
    }

    /// How fast the hand turns the ring (um per ms), from now on.
    pub const fn set_ring_speed(&mut self, um_per_ms: f64) {
        self.ring.speed = um_per_ms.max(0.0);
    }

    /// Pitch of the ring's detent (um), from the next turn on; 0 for none.
    pub const fn set_detent(&mut self, um: f64) {
        self.detent_um = um.max(0.0);
    }

    /// Brings the nose cone to a distance from the skin (um) at a speed (um per ms).
    ///
    /// Negative presses it in: the needles then reach deeper than their protrusion.
    pub fn approach(&mut self, gap_um: f64, um_per_ms: f64) {
        self.gap.at = self.gap.at.min(FAR_UM);
        self.gap.target = gap_um;
        self.gap.speed = um_per_ms.max(0.0);
    }

    /// Lifts the pen off the skin at a speed (um per ms).
    pub fn lift(&mut self, um_per_ms: f64) {
        self.approach(FAR_UM, um_per_ms);
    }

    /// Drops the pen from a height (mm) onto a hard floor, off whatever skin it was at. Fingers and
    /// ring stay as they were: the trigger may be taped down.
    pub fn drop_pen(&mut self, height_mm: f64) {
        let height_m = 1e-3 * height_mm.clamp(0.0, 10_000.0);
        let speed = (2.0 * GRAVITY * height_m).sqrt();
        let mut fall_ms = 0;
        while 1e-3 * f64::from(fall_ms) * GRAVITY < speed {
            fall_ms += 1;
        }
        let impact_s = 1e-3 * f64::from(IMPACT_MS);
        self.drop = Some(Drop {
            fall_ms,
            impact_ms: IMPACT_MS,
            impact_g: speed * (1.0 + IMPACT_BACK) / (impact_s * GRAVITY),
        });
        self.lift(1_000.0);
    }

    /// What holds the pen up now: 1 in a hand or on the floor, nothing while it falls (g).
    #[must_use]
    pub fn load_g(&self) -> f64 {
        match self.drop {
            None => 1.0,
            Some(drop) if drop.fall_ms > 0 => 0.0,
            Some(drop) => 1.0 + drop.impact_g,
        }
    }

    /// Plugs the charging cable in, or pulls it out.
    pub const fn plug_cable(&mut self, is_in: bool) {
        self.cable = is_in;
    }

    /// Puts in another battery at this state of charge (0 to 1).
    pub const fn swap_battery(&mut self, soc: f64) {
        self.fresh_charge = Some(soc.clamp(0.0, 1.0));
    }

    /// Puts a cartridge in, in place of the one before.
    pub const fn insert(&mut self, cartridge: Cartridge) {
        self.cartridge = Some(cartridge);
        self.is_other_cartridge = true;
    }

    /// Takes the cartridge out.
    pub const fn remove_cartridge(&mut self) {
        self.cartridge = None;
        self.is_other_cartridge = true;
    }

    /// The cartridge that is in.
    #[must_use]
    pub const fn cartridge(&self) -> Option<Cartridge> {
        self.cartridge
    }

    /// True depth to which the ring is turned now (um).
    #[must_use]
    pub const fn ring_um(&self) -> f64 {
        self.ring.at
    }

    /// True distance from nose cone to skin (um); a metre when the pen is held in the air.
    #[must_use]
    pub const fn gap_um(&self) -> f64 {
        self.gap.at
    }

    /// Whether ring and pen are where they were told to go.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.ring.is_resting() && self.gap.is_resting()
    }

    /// Whether both contacts of the trigger are held.
    #[must_use]
    pub const fn holds_trigger(&self) -> bool {
        self.trigger_closed && self.trigger_opened
    }

    /// Whether the charging cable is in.
    #[must_use]
    pub const fn has_cable(&self) -> bool {
        self.cable
    }

    /// Whether this tag has marked itself as used.
    #[must_use]
    pub fn is_burnt(&self, id: u64) -> bool {
        self.burnt.contains(&id)
    }

    /// The tag with this id marks itself as used, if it is the one in the pen.
    pub(crate) fn burn(&mut self, id: u64) {
        if self
            .cartridge
            .is_some_and(|cartridge| cartridge.tag.id == id)
            && !self.is_burnt(id)
        {
            self.burnt.push(id);
        }
    }

    /// Contacts, buttons, seat, cable and tag as they are.
    pub(crate) fn levels(&self) -> crate::sensors::Levels {
        let tag = self.cartridge.map_or(TagReading::Absent, |cartridge| {
            let tag = cartridge.tag;
            TagReading::Present(Tag {
                used: tag.used || self.is_burnt(tag.id),
                ..tag
            })
        });
        crate::sensors::Levels {
            trigger_closed: self.trigger_closed,
            trigger_opened: self.trigger_opened,
            next: self.next.held,
            ok: self.ok.held,
            seat: self
                .cartridge
                .is_some_and(|cartridge| cartridge.presses_seat),
            vbus: self.cable,
            tag,
        }
    }

    /// Fingers and falls, once a millisecond.
    pub(crate) fn step_ms(&mut self) {
        if let Some(drop) = &mut self.drop {
            if drop.fall_ms > 0 {
                drop.fall_ms -= 1;
            } else if drop.impact_ms > 1 {
                drop.impact_ms -= 1;
            } else {
                self.drop = None;
            }
        }
        self.next.step();
        self.ok.step();
    }

    /// Moves the ring for so many ms; returns its depth (um).
    pub(crate) fn move_ring(&mut self, ms: f64) -> f64 {
        if !self.ring.is_resting() {
            self.ring.step(ms);
        }
        self.ring.at
    }

    /// Moves the pen for so many ms; returns the gap before (m) and its rate (m/s).
    pub(crate) fn move_gap(&mut self, ms: f64) -> (f64, f64) {
        let before = 1e-6 * self.gap.at;
        if self.gap.is_resting() {
            return (before, 0.0);
        }
        let rate = 1e-3 * self.gap.step(ms);
        (before, rate)
    }

    /// Needles of the cartridge, if it is another one than when last asked.
    pub(crate) fn take_other_needles(&mut self) -> Option<u32> {
        let changed = std::mem::take(&mut self.is_other_cartridge);
        changed.then(|| self.cartridge.map_or(0, |cartridge| cartridge.needles))
    }

    /// State of charge of a battery that was put in since last asked.
    pub(crate) const fn take_fresh_charge(&mut self) -> Option<f64> {
        self.fresh_charge.take()
    }
}

#[cfg(test)]
mod tests {
    use pen_core::cartridge::Kind;
    use pen_core::io::TagReading;

    use super::{Cartridge, FAR_UM, Hand, code};
    use crate::assembly::{RING_MAX_UM, RING_MIN_UM};

    #[test]
    fn the_ring_takes_its_time_and_rests_in_a_detent() {
        let mut hand = Hand::new(0.0);
        hand.turn_ring(1_003.0);
        for _ in 0..500 {
            hand.move_ring(0.1);
        }
        assert!((hand.ring_um() - 500.0).abs() < 1e-6);
        assert!(!hand.is_resting());
        for _ in 0..600 {
            hand.move_ring(0.1);
        }
        assert!((hand.ring_um() - 1_000.0).abs() < 1e-9 && hand.is_resting());
    }

    #[test]
    fn the_ring_has_stops() {
        let mut hand = Hand::new(0.0);
        hand.set_ring_speed(1_000.0);
        for (target, stop) in [(9_999.0, RING_MAX_UM), (-9_999.0, RING_MIN_UM)] {
            hand.turn_ring(target);
            for _ in 0..100 {
                hand.move_ring(1.0);
            }
            assert!((hand.ring_um() - stop).abs() < 1e-9);
        }
        hand.place_ring(9_999.0);
        assert!((hand.ring_um() - RING_MAX_UM).abs() < 1e-9);
    }

    #[test]
    fn an_approach_is_a_ramp_that_ends_exactly() {
        let mut hand = Hand::new(0.0);
        hand.approach(-100.0, 50.0);
        let mut travelled = 0.0;
        let (first, _) = hand.move_gap(0.1);
        assert!((first - 0.02).abs() < 1e-12);
        let mut last_rate = 0.0;
        for _ in 0..5_000 {
            let (_, rate) = hand.move_gap(0.1);
            travelled += 1e-4 * rate;
            last_rate = rate;
        }
        assert!((hand.gap_um() + 100.0).abs() < 1e-9);
        assert!((travelled + 0.0201 - 5e-6).abs() < 1e-9, "{travelled}");
        assert!(last_rate.abs() < 1e-12);
    }

    #[test]
    fn a_dropped_pen_falls_as_long_as_gravity_takes() {
        let mut hand = Hand::new(0.0);
        assert!((hand.load_g() - 1.0).abs() < 1e-12);
        hand.drop_pen(1_000.0);
        let mut loads = Vec::new();
        for _ in 0..500 {
            loads.push(hand.load_g());
            hand.step_ms();
        }
        let fall = loads.iter().filter(|load| **load == 0.0).count();
        assert_eq!(fall, 452);
        let shock: Vec<f64> = loads.iter().copied().filter(|load| *load > 1.5).collect();
        // 4.43 m/s and 30 % of it back within 2 ms.
        assert!(
            shock.len() == 2 && (shock[0] - 294.5).abs() < 1.0,
            "{shock:?}"
        );
        assert!((loads[499] - 1.0).abs() < 1e-12 && hand.is_resting());
        assert!((hand.gap_um() - FAR_UM).abs() < 1e-9);
    }

    #[test]
    fn a_press_ends_by_itself_and_a_hold_does_not() {
        let mut hand = Hand::new(0.0);
        hand.press_ok(3);
        hand.hold_next(true);
        let held: Vec<bool> = (0..4)
            .map(|_| {
                let held = hand.levels().ok;
                hand.step_ms();
                held
            })
            .collect();
        assert_eq!(held, [true, true, true, false]);
        assert!(hand.levels().next);
    }

    #[test]
    fn somebody_who_is_there_for_long_presses_anew_before_a_minute_is_over() {
        let mut hand = Hand::new(0.0);
        hand.attend();
        let held: Vec<bool> = (0..160_000)
            .map(|_| {
                let held = hand.levels().ok;
                hand.step_ms();
                held
            })
            .collect();
        let runs: Vec<(bool, usize)> = held
            .chunk_by(|a, b| a == b)
            .map(|run| (run[0], run.len()))
            .collect();
        let (off, on) = ((false, 100), (true, 49_900));
        assert_eq!(runs, [off, on, off, on, off, on, off, (true, 9_900)]);
        hand.hold_ok(false);
        hand.step_ms();
        assert!(!hand.levels().ok);
    }

    #[test]
    fn a_burnt_tag_stays_burnt_in_every_pen_and_hand() {
        let mut hand = Hand::new(0.0);
        let cartridge = Cartridge::fresh(5, Kind::Twelve);
        hand.insert(cartridge);
        assert!(matches!(hand.levels().tag, TagReading::Present(tag) if !tag.used));
        hand.burn(6);
        assert!(!hand.is_burnt(5) && !hand.is_burnt(6));
        hand.burn(5);
        hand.remove_cartridge();
        assert_eq!(hand.levels().tag, TagReading::Absent);
        assert!(!hand.levels().seat);
        hand.insert(cartridge);
        assert!(matches!(hand.levels().tag, TagReading::Present(tag) if tag.used));
        assert_eq!(hand.take_other_needles(), Some(12));
        assert_eq!(hand.take_other_needles(), None);
    }

    #[test]
    fn every_type_has_its_code() {
        let kinds = [
            Kind::Six,
            Kind::Twelve,
            Kind::Sixteen,
            Kind::ThirtySix,
            Kind::Nano,
            Kind::Dummy,
        ];
        for kind in kinds {
            assert_eq!(Kind::from_code(code(kind)), Some(kind));
        }
    }
}
