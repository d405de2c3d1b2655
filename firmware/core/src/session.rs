//! What a session has used: motor-on time, elapsed time, strokes, by zone and by cartridge.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::fault::Fault;
use crate::limits;
use crate::plan::ZONES_MAX;
use crate::units::{Duration, Strokes};

/// What one zone has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ZoneUse {
    /// Motor-on time.
    pub on: Duration,
    /// Strokes.
    pub strokes: Strokes,
}
any_struct!(ZoneUse { on, strokes });

/// The session's account, as storage keeps it. What it says was used is never given back.
///
/// Before every activation the pen asks storage to keep a ledger that *reserves* the longest that
/// the activation can last; after it, one with what was really used. A power loss in between
/// finds the reservation, and counts it as used (SESS-008, SESS-011).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ledger {
    /// Number of the session on this pen; counts up, and from the greatest on from 1.
    pub session: u32,
    /// The session is not closed.
    pub open: bool,
    /// The host's number of its plan.
    pub plan: u32,
    /// Fingerprint of that plan, see [`crate::plan::Plan::fingerprint`].
    pub plan_sum: u32,
    /// The patient's token.
    pub token: u64,
    /// Last day seen, in days since 2020-01-01.
    pub day: u16,
    /// The cartridge in use, zero for none.
    pub cartridge: u64,
    /// Strokes of that cartridge.
    pub cartridge_strokes: Strokes,
    /// Motor-on time.
    pub on: Duration,
    /// Time since the session was opened, as far as the pen was awake.
    pub elapsed: Duration,
    /// Strokes.
    pub strokes: Strokes,
    /// By place in the plan.
    pub zones: [ZoneUse; ZONES_MAX],
    /// Place of the zone for which an activation is reserved.
    pub reserved: Option<u8>,
    /// A terminal fault (STOP-012), or a fall or shock after which the depth was not yet checked at
    /// zero (PWR-007); kept across reset and power loss.
    pub terminal: Option<Fault>,
}
any_struct!(Ledger {
    session,
    open,
    plan,
    plan_sum,
    token,
    day,
    cartridge,
    cartridge_strokes,
    on,
    elapsed,
    strokes,
    zones,
    reserved,
    terminal
});

impl Ledger {
    /// The ledger as a start finds it: a reservation counts as used, because nobody knows how much
    /// of it was.
    #[must_use]
    pub fn restored(mut self) -> Self {
        let Some(place) = self.reserved.take() else {
            return self;
        };
        let cap = Duration::from_us(u32::MAX);
        let most = limits::ACTIVATION_MAX;
        // 120 s at the fastest rate that does not trip.
        let strokes = limits::RATE_TRIP.as_mhz().saturating_mul(120) / 1_000;
        self.on = self.on.plus_up_to(most, cap);
        self.elapsed = self.elapsed.plus_up_to(most, cap);
        self.strokes = self.strokes.plus(strokes);
        self.cartridge_strokes = self.cartridge_strokes.plus(strokes);
        if let Some(zone) = self.zones.get_mut(usize::from(place)) {
            zone.on = zone.on.plus_up_to(most, cap);
            zone.strokes = zone.strokes.plus(strokes);
        }
        self
    }
}
