//! The only maker of a motor command.
//!
//! Whatever else the core computes, torque needs four independent permissions at once. Anything
//! less is the brake or nothing.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

/// A duty cycle that cannot be out of range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Duty(u16);

impl Duty {
    /// Parts in a full duty cycle.
    pub const FULL: u16 = 10_000;

    /// The duty nearest to `parts` ten-thousandths that a bridge can do; saturates at full.
    #[must_use]
    pub const fn from_parts(parts: u16) -> Self {
        if parts > Self::FULL {
            Self(Self::FULL)
        } else {
            Self(parts)
        }
    }

    /// Ten-thousandths.
    #[must_use]
    pub const fn as_parts(self) -> u16 {
        self.0
    }
}

/// What the half bridges do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Bridge {
    /// Both sides float.
    Float,
    /// The winding is shorted: the brake.
    Short,
    /// Drives forward.
    Forward(Duty),
    /// Drives backward; only to park the needles.
    Backward(Duty),
}
any_enum!(Bridge { Float, Short, Forward(value), Backward(value) });

/// One tick's command to the independent paths of torque: the bridge, its enable, and the second
/// switch in its supply.
///
/// The second switch is closed in commands that drive and while the other path is tested, never to
/// brake: a bridge without supply can short the winding, and whatever transistor in it is shorted
/// cannot drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MotorCommand {
    enable: bool,
    supply: bool,
    bridge: Bridge,
}

impl MotorCommand {
    /// Safe torque off (STO): neither path gives torque.
    pub const OFF: Self = Self {
        enable: false,
        supply: false,
        bridge: Bridge::Float,
    };

    /// Whether the enable path is closed.
    #[must_use]
    pub const fn enable(self) -> bool {
        self.enable
    }

    /// Whether the second switch, in the bridge's supply, is closed.
    #[must_use]
    pub const fn supply(self) -> bool {
        self.supply
    }

    /// What the bridge does.
    #[must_use]
    pub const fn bridge(self) -> Bridge {
        self.bridge
    }

    /// Whether this command can put torque on the motor from the supply.
    #[must_use]
    pub const fn drives(self) -> bool {
        self.enable
            && self.supply
            && matches!(self.bridge, Bridge::Forward(_) | Bridge::Backward(_))
    }
}

/// What the mode wants of the motor this tick, before anything is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// No torque.
    Off,
    /// Short the winding.
    Brake,
    /// Turn forward with this duty.
    Turn(Duty),
    /// Move the needles in, slowly.
    Park(Bridge),
    /// A short duty with the enable path open: nothing may happen (STOP-004).
    ProbeEnable(Duty),
    /// A short duty with the second switch open: nothing may happen (STOP-004). Only for a pen that
    /// has one.
    ProbeSupply(Duty),
}
any_enum!(Wish { Off, Brake, Turn(value), Park(value), ProbeEnable(value), ProbeSupply(value) });

/// The permissions that torque needs, each from another room.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent permissions are what the gate is about"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Permits {
    /// The mode machine is in a mode that drives.
    pub(crate) mode: bool,
    /// No monitor has tripped this tick.
    pub(crate) guard: bool,
    /// Time and strokes are left.
    pub(crate) budget: bool,
    /// Trigger, cartridge, cable, records: every interlock allows it.
    pub(crate) interlocks: bool,
}
any_struct!(Permits { mode, guard, budget, interlocks });

/// Turns a wish into a command; torque only when mode, guard, budget and interlocks all allow it.
///
/// Requirement: SAFE-001, STOP-004, STOP-009.
#[must_use]
pub(crate) const fn command(wish: Wish, permits: Permits) -> MotorCommand {
    let all = permits.mode && permits.guard && permits.budget && permits.interlocks;
    match wish {
        Wish::Off => MotorCommand::OFF,
        Wish::Turn(duty) if all => MotorCommand {
            enable: true,
            supply: true,
            bridge: Bridge::Forward(duty),
        },
        Wish::Park(bridge) if permits.guard => MotorCommand {
            enable: true,
            supply: true,
            bridge,
        },
        Wish::Brake | Wish::Turn(_) | Wish::Park(_) => MotorCommand {
            enable: true,
            supply: false,
            bridge: Bridge::Short,
        },
        Wish::ProbeEnable(duty) => MotorCommand {
            enable: false,
            supply: true,
            bridge: Bridge::Forward(duty),
        },
        Wish::ProbeSupply(duty) => MotorCommand {
            enable: true,
            supply: false,
            bridge: Bridge::Forward(duty),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Bridge, Duty, MotorCommand, Permits, Wish, command};

    /// Every combination of the four permissions.
    fn every_permit() -> impl Iterator<Item = Permits> {
        (0..16_u8).map(|bits| Permits {
            mode: bits & 1 != 0,
            guard: bits & 2 != 0,
            budget: bits & 4 != 0,
            interlocks: bits & 8 != 0,
        })
    }

    #[test]
    fn stop_009_torque_needs_all_four_permissions_and_parking_the_guard() {
        let duty = Duty::from_parts(4_000);
        for permits in every_permit() {
            let all = permits.mode && permits.guard && permits.budget && permits.interlocks;
            for wish in [
                Wish::Off,
                Wish::Brake,
                Wish::Turn(duty),
                Wish::Park(Bridge::Forward(duty)),
                Wish::Park(Bridge::Backward(duty)),
                Wish::ProbeEnable(duty),
                Wish::ProbeSupply(duty),
            ] {
                let given = command(wish, permits);
                let may_drive = match wish {
                    Wish::Turn(_) => all,
                    Wish::Park(_) => permits.guard,
                    Wish::Off | Wish::Brake | Wish::ProbeEnable(_) | Wish::ProbeSupply(_) => false,
                };
                assert_eq!(given.drives(), may_drive, "{wish:?} {permits:?}");
                // What may not turn is braked, never left to coast.
                let brakes = given.enable() && given.bridge() == Bridge::Short;
                let turns = matches!(wish, Wish::Turn(_) | Wish::Park(_) | Wish::Brake);
                assert_eq!(brakes, turns && !may_drive, "{wish:?} {permits:?}");
                // The second switch is closed to drive, and while the first one is on trial.
                let on_trial = matches!(wish, Wish::ProbeEnable(_));
                assert_eq!(
                    given.supply(),
                    may_drive || on_trial,
                    "{wish:?} {permits:?}"
                );
                if wish == Wish::Off {
                    assert_eq!(given, MotorCommand::OFF);
                }
            }
        }
    }

    #[test]
    fn conf_007_no_duty_is_more_than_all() {
        for parts in 0..=u16::MAX {
            assert_eq!(Duty::from_parts(parts).as_parts(), parts.min(10_000));
        }
    }
}
