//! The only maker of a motor command.
//!
//! Whatever else the core computes, torque needs four independent permissions at once. Anything
//! less is the brake or nothing.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::account::BudgetPermit;
use crate::duty::Push;
use crate::interlocks::InterlockPermit;
use crate::latch::GuardPermit;
use crate::machine::ModePermit;

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

    /// The duty that is written to the bridge, either way. Unit: ten-thousandths.
    pub(crate) const fn duty(self) -> u16 {
        match self.bridge {
            Bridge::Forward(duty) | Bridge::Backward(duty) => duty.as_parts(),
            Bridge::Float | Bridge::Short => 0,
        }
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
    Park(Push),
    /// A short duty with the enable path open: nothing may happen (STOP-004).
    ProbeEnable(Duty),
    /// A short duty with the second switch open: nothing may happen (STOP-004). Only for a pen that
    /// has one.
    ProbeSupply(Duty),
}
any_enum!(Wish { Off, Brake, Turn(value), Park(value), ProbeEnable(value), ProbeSupply(value) });

/// The permissions that torque needs, each of a type that only its own room makes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Permits {
    /// The mode machine is in a mode that drives.
    pub(crate) mode: Option<ModePermit>,
    /// No monitor has tripped.
    pub(crate) guard: Option<GuardPermit>,
    /// Time and strokes are left.
    pub(crate) budget: Option<BudgetPermit>,
    /// Trigger, cartridge, cable, records: every interlock allows it.
    pub(crate) interlocks: Option<InterlockPermit>,
}
any_struct!(Permits {
    mode,
    guard,
    budget,
    interlocks
});

/// Turns a wish into a command; torque only when mode, guard, budget and interlocks all allow it.
///
/// Requirement: SAFE-001, STOP-004, STOP-009.
#[must_use]
pub(crate) const fn command(wish: Wish, permits: Permits) -> MotorCommand {
    match (wish, permits) {
        (Wish::Off, _) => MotorCommand::OFF,
        (
            Wish::Turn(duty),
            Permits {
                mode: Some(_),
                guard: Some(_),
                budget: Some(_),
                interlocks: Some(_),
            },
        ) => MotorCommand {
            enable: true,
            supply: true,
            bridge: Bridge::Forward(duty),
        },
        (Wish::Park(push), Permits { guard: Some(_), .. }) => MotorCommand {
            enable: true,
            supply: true,
            bridge: push.bridge(),
        },
        (Wish::Brake | Wish::Turn(_) | Wish::Park(_), _) => MotorCommand {
            enable: true,
            supply: false,
            bridge: Bridge::Short,
        },
        (Wish::ProbeEnable(duty), _) => MotorCommand {
            enable: false,
            supply: true,
            bridge: Bridge::Forward(duty),
        },
        (Wish::ProbeSupply(duty), _) => MotorCommand {
            enable: true,
            supply: false,
            bridge: Bridge::Forward(duty),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Bridge, Duty, MotorCommand, Permits, Wish, command};
    use crate::account::BudgetPermit;
    use crate::cam::Way;
    use crate::duty::Push;
    use crate::interlocks::InterlockPermit;
    use crate::latch::GuardPermit;
    use crate::machine::ModePermit;

    /// One of the sixteen combinations of the four permissions.
    fn permits(bits: u8) -> Permits {
        Permits {
            mode: (bits & 1 != 0).then_some(ModePermit::for_test()),
            guard: (bits & 2 != 0).then_some(GuardPermit::for_test()),
            budget: (bits & 4 != 0).then_some(BudgetPermit::for_test()),
            interlocks: (bits & 8 != 0).then_some(InterlockPermit::for_test()),
        }
    }

    #[test]
    fn stop_009_torque_needs_all_four_permissions_and_parking_the_guard() {
        let duty = Duty::from_parts(4_000);
        for bits in 0..16 {
            let (guard, all) = (bits & 2 != 0, bits == 15);
            for wish in [
                Wish::Off,
                Wish::Brake,
                Wish::Turn(duty),
                Wish::Park(Push::new(Way::Forward, 400)),
                Wish::Park(Push::new(Way::Backward, 2_100)),
                Wish::ProbeEnable(duty),
                Wish::ProbeSupply(duty),
            ] {
                let given = command(wish, permits(bits));
                let may_drive = match wish {
                    Wish::Turn(_) => all,
                    Wish::Park(_) => guard,
                    Wish::Off | Wish::Brake | Wish::ProbeEnable(_) | Wish::ProbeSupply(_) => false,
                };
                assert_eq!(given.drives(), may_drive, "{wish:?} {bits:b}");
                // What may not turn is braked, never left to coast.
                let brakes = given.enable() && given.bridge() == Bridge::Short;
                assert_eq!(brakes, given.bridge() == Bridge::Short, "{wish:?} {bits:b}");
                let turns = matches!(wish, Wish::Turn(_) | Wish::Park(_) | Wish::Brake);
                assert_eq!(brakes, turns && !may_drive, "{wish:?} {bits:b}");
                // The second switch is closed to drive, and while the first one is on trial.
                let on_trial = matches!(wish, Wish::ProbeEnable(_));
                assert_eq!(given.supply(), may_drive || on_trial, "{wish:?} {bits:b}");
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
