//! What goes wrong: a part that breaks, a hand that does something at the wrong moment, a reset.

use pen_core::journal::ResetCause;

use super::phase::Phase;
use super::setup::{Setup, step};
use crate::fault::Knob;
use crate::rng::Seed;
use crate::scenario::{Action, Step};

/// Longest time for which a pen is away or hangs here (ms): the rest of a session must see the end.
const AWAY_MS: i64 = 1_000;

/// Speeds at which a hand turns the ring (um per ms): slow, usual, as fast as it goes.
const RING_SPEEDS: [f64; 3] = [1.0, 10.0, 50.0];

/// What a hand or the host does at the wrong moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// The trigger is pressed for so long, or let go for so long while it is held (ms).
    Tap,
    /// One of the trigger's contacts opens, the other so much later (ms).
    HalfRelease,
    /// The charging cable comes in and stays.
    Cable,
    /// The ring is turned by so much (um).
    Ring,
    /// The cartridge is pulled.
    Cartridge,
    /// The pen falls from so high (mm).
    Fall,
    /// The skin comes or goes: the nose cone moves to this distance (um).
    Skin,
    /// The host says stop.
    Stop,
}

const DEEDS: [(Deed, &str, i64, i64, i64); 8] = [
    (Deed::Tap, "hand.tap_ms", 20, 200, 80),
    (Deed::HalfRelease, "hand.half_release_ms", 1, 500, 60),
    (Deed::Cable, "hand.cable", 1, 1, 1),
    (Deed::Ring, "hand.ring_um", -1_000, 1_500, 300),
    (Deed::Cartridge, "hand.cartridge", 1, 1, 1),
    (Deed::Fall, "hand.fall_mm", 100, 2_000, 1_000),
    (Deed::Skin, "hand.skin_um", -300, 20_000, 0),
    (Deed::Stop, "host.stop", 1, 1, 1),
];

const CAUSES: [(ResetCause, &str); 5] = [
    (ResetCause::PowerOn, "reset.power_on"),
    (ResetCause::Watchdog, "reset.watchdog"),
    (ResetCause::BrownOut, "reset.brown_out"),
    (ResetCause::Software, "reset.software"),
    (ResetCause::Unknown, "reset.unknown"),
];

/// One thing that goes wrong; a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A part breaks.
    Knob(Knob),
    /// A hand, or the host.
    Deed(Deed),
    /// The pen starts anew.
    Reset(ResetCause),
}

/// What numbers a source takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) usual: i64,
}

impl Source {
    /// Every row, in order.
    pub(super) fn all() -> Vec<Self> {
        let knobs = Knob::ALL.into_iter().map(Self::Knob);
        let deeds = DEEDS.into_iter().map(|(deed, ..)| Self::Deed(deed));
        let resets = CAUSES.into_iter().map(|(cause, _)| Self::Reset(cause));
        knobs.chain(deeds).chain(resets).collect()
    }

    /// Only what breaks.
    pub(super) fn knobs() -> Vec<Self> {
        Knob::ALL.into_iter().map(Self::Knob).collect()
    }

    /// Its name, as `component.kind`.
    pub(super) fn name(self) -> String {
        match self {
            Self::Knob(knob) => format!("{}.{}", knob.info().component, knob.info().kind),
            Self::Deed(deed) => deed_row(deed).map_or_else(String::new, |row| row.1.to_owned()),
            Self::Reset(cause) => CAUSES
                .iter()
                .find(|(known, _)| *known == cause)
                .map_or_else(String::new, |(_, name)| (*name).to_owned()),
        }
    }

    /// The numbers that it takes.
    pub(super) fn range(self) -> Range {
        match self {
            Self::Knob(knob) => {
                let info = knob.info();
                let max = match knob {
                    Knob::TickHang | Knob::PowerWatchdog | Knob::PowerBrownOut | Knob::PowerCut => {
                        AWAY_MS
                    }
                    _ => info.max,
                };
                Range {
                    min: info.min,
                    max,
                    usual: info.default,
                }
            }
            Self::Deed(deed) => deed_row(deed).map_or(ONE, |(_, _, min, max, usual)| Range {
                min: *min,
                max: *max,
                usual: *usual,
            }),
            Self::Reset(_) => ONE,
        }
    }

    /// Numbers at which things tend to go wrong: usual, least, greatest, hardly anything, in between.
    pub(super) fn corners(self) -> Vec<i64> {
        let Range { min, max, usual } = self.range();
        let hardly = i64::from(min <= 0) + min.max(0) + (max - min) / 100;
        let mut corners = vec![
            usual,
            min,
            max,
            hardly,
            usual / 2,
            i64::midpoint(usual, max),
        ];
        if min < 0 {
            corners.push(-hardly);
            corners.push(-usual);
        }
        let mut seen = Vec::new();
        corners.retain(|value| {
            let is_new = (min..=max).contains(value) && !seen.contains(value);
            seen.push(*value);
            is_new
        });
        corners
    }

    /// Any number, small ones as likely as great ones.
    pub(super) fn any(self, chance: Seed, tick: u64) -> i64 {
        let Range { min, max, usual } = self.range();
        let span = u64::try_from(max - min).unwrap_or(0);
        // Half of them anywhere in the range, half of them at some scale around the usual one.
        let shift = chance.below(20, tick, 16);
        let offset = chance.below(21, tick, (span >> shift).max(1) + 1);
        let offset = i64::try_from(offset).unwrap_or(0);
        let from = if chance.chance(22, tick, 0.5) {
            min
        } else {
            usual
        };
        let sign = if chance.chance(23, tick, 0.5) { 1 } else { -1 };
        (from + sign * offset).clamp(min, max)
    }

    /// Whether the pen starts anew because of it.
    pub(super) const fn restarts(self) -> bool {
        matches!(
            self,
            Self::Reset(_)
                | Self::Knob(
                    Knob::PowerWatchdog
                        | Knob::PowerBrownOut
                        | Knob::PowerCut
                        | Knob::TickHang
                        | Knob::FlashCut
                )
        )
    }

    /// Whether it can happen to this pen in this phase at all.
    pub(super) fn fits(self, setup: &Setup) -> bool {
        use pen_core::profile::Mechanism;

        match self {
            Self::Knob(Knob::ActuatorStuck | Knob::ActuatorLost) => {
                setup.mechanism == Mechanism::Actuator
            }
            _ => setup.mechanism == Mechanism::Ring,
        }
    }

    /// Steps by which it happens with this number at this time. `held` is whether the hand is on the
    /// trigger then.
    pub(super) fn strike(self, value: i64, at_ms: u64, held: bool, setup: &Setup) -> Vec<Step> {
        let one = |action| vec![step(at_ms, action)];
        let unsigned = u64::try_from(value).unwrap_or(0);
        match self {
            Self::Knob(knob) => {
                let info = knob.info();
                one(Action::Break {
                    component: info.component.to_owned(),
                    kind: info.kind.to_owned(),
                    value: (info.unit != "-").then_some(value),
                })
            }
            Self::Reset(cause) => one(Action::Reboot { cause }),
            Self::Deed(Deed::Tap) => {
                let (first, then) = if held {
                    (Action::ReleaseTrigger {}, Action::PressTrigger {})
                } else {
                    (Action::PressTrigger {}, Action::ReleaseTrigger {})
                };
                vec![step(at_ms, first), step(at_ms + unsigned, then)]
            }
            Self::Deed(Deed::HalfRelease) => vec![
                step(
                    at_ms,
                    Action::SetContacts {
                        closed: value % 2 == 0,
                        opened: value % 2 != 0,
                    },
                ),
                step(at_ms + unsigned, Action::ReleaseTrigger {}),
            ],
            Self::Deed(Deed::Cable) => one(Action::PlugCable {}),
            Self::Deed(Deed::Ring) => one(Action::TurnRing {
                to_um: f64::from(
                    setup
                        .ring_um
                        .saturating_add(i32::try_from(value).unwrap_or(0)),
                ),
                um_per_ms: RING_SPEEDS
                    .get(usize::try_from(value.rem_euclid(3)).unwrap_or(0))
                    .copied(),
            }),
            Self::Deed(Deed::Cartridge) => one(Action::RemoveCartridge {}),
            Self::Deed(Deed::Fall) => one(Action::DropPen {
                height_mm: f64::from(i32::try_from(value).unwrap_or(0)),
            }),
            Self::Deed(Deed::Skin) => one(Action::Approach {
                gap_um: f64::from(i32::try_from(value).unwrap_or(0)),
                um_per_ms: 50.0,
            }),
            Self::Deed(Deed::Stop) => one(Action::Stop {}),
        }
    }
}

const ONE: Range = Range {
    min: 1,
    max: 1,
    usual: 1,
};

fn deed_row(deed: Deed) -> Option<&'static (Deed, &'static str, i64, i64, i64)> {
    DEEDS.iter().find(|(known, ..)| *known == deed)
}

/// The reset of a phase that begins with one, and how much later the rest happens (ms): in the same
/// tick, while the pen is down, in its first ticks, in and after its self-test.
pub(super) fn reset_first(
    phase: Phase,
    at_ms: u64,
    chance: Seed,
    tick: u64,
) -> Option<(Step, u64)> {
    phase.reset_in()?;
    let pick = |channel, count| usize::try_from(chance.below(channel, tick, count)).unwrap_or(0);
    let (cause, _) = CAUSES.get(pick(30, 5))?;
    let after = *[0, 1, 10, 20, 22, 30, 60, 150, 300].get(pick(31, 9))?;
    Some((step(at_ms, Action::Reboot { cause: *cause }), after))
}
