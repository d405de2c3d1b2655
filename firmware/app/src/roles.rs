//! Who is at the other end of the link, and for how long that is believed.
//!
//! Anybody who plugs in a cable is an operator. A technician is one at whose word somebody holds the
//! confirm button on the pen at the same time; the role ends with the connection, with Service mode,
//! on any other change towards treatment, and after ten minutes (LINK-005). A pen that is in a fault
//! can have a technician too, because only one can end a terminal fault (STOP-012). Nobody becomes a maker
//! over the link: what a maker does is signed.

use pen_core::mode::Mode;
use pen_core::request::{Refusal, Role};
use pen_core::units::{Duration, Instant};

/// How long a raised role lasts.
///
/// - Unit: us. Requirement: LINK-005
pub const ROLE_TIME: Duration = Duration::from_min(10);

/// Refusals in a row after which the next attempt must wait.
///
/// - Unit: attempts. Requirement: LINK-005. Source: none yet
pub const ATTEMPTS_MAX: u8 = 3;

/// How long it must wait.
///
/// - Unit: us. Requirement: LINK-005. Source: none yet
pub const ATTEMPTS_WAIT: Duration = Duration::from_s(10);

const _: () = assert!(ATTEMPTS_WAIT.as_us() < ROLE_TIME.as_us());

/// The role of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    role: Role,
    since: Instant,
    /// Service mode was entered under this role.
    served: bool,
    refused: u8,
    refused_at: Instant,
}

/// An attempt that got no new role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Refused, and why.
    Refused(Refusal),
    /// Not even considered.
    TooOften {
        /// Time left.
        left: Duration,
    },
}

impl Default for Roles {
    fn default() -> Self {
        Self::new()
    }
}

impl Roles {
    /// The role of a new connection.
    pub const FIRST: Role = Role::Operator;

    /// A new connection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            role: Self::FIRST,
            since: Instant::from_us(0),
            served: false,
            refused: 0,
            refused_at: Instant::from_us(0),
        }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether the role is more than anybody's.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.role > Self::FIRST
    }

    /// Decides an attempt to change the role.
    ///
    /// # Errors
    /// [`Denied`]; the role stays what it is.
    pub fn authorise(
        &mut self,
        now: Instant,
        wanted: Role,
        mode: Mode,
        attended: bool,
    ) -> Result<Role, Denied> {
        let waited = now.since(self.refused_at);
        if self.refused >= ATTEMPTS_MAX && waited < ATTEMPTS_WAIT {
            return Err(Denied::TooOften {
                left: ATTEMPTS_WAIT.minus(waited),
            });
        }
        match self.decide(wanted, mode, attended) {
            Ok(()) => {
                *self = Self {
                    role: wanted,
                    since: now,
                    ..Self::new()
                };
                Ok(wanted)
            }
            Err(why) => {
                self.refused = if self.refused >= ATTEMPTS_MAX {
                    1
                } else {
                    self.refused + 1
                };
                self.refused_at = now;
                Err(Denied::Refused(why))
            }
        }
    }

    /// Whether the role ends now; if it does, it has.
    #[must_use]
    pub fn ends(&mut self, now: Instant, mode: Mode, cable_pulled: bool) -> bool {
        if !self.is_raised() {
            return false;
        }
        let in_service = match mode {
            Mode::Service | Mode::ServiceRunning => true,
            // A stop on the way back to Service, or before it was entered.
            Mode::Stopping => self.served,
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Treating
            | Mode::FaultReaction
            | Mode::Faulted => false,
        };
        self.served |= in_service;
        // In Faulted a technician ends a terminal fault (STOP-012).
        let waits = matches!(mode, Mode::Locked | Mode::Standby | Mode::Faulted) && !self.served;
        let stays = in_service || waits;
        let over = cable_pulled || !stays || now.since(self.since) >= ROLE_TIME;
        if over {
            self.fall();
        }
        over
    }

    /// A new connection begins; whether that ended a raised role.
    #[must_use]
    pub fn connected(&mut self) -> bool {
        let raised = self.is_raised();
        self.fall();
        raised
    }

    /// Refusals are remembered: a new connection is no new chance.
    fn fall(&mut self) {
        self.role = Self::FIRST;
        self.served = false;
    }

    fn decide(&self, wanted: Role, mode: Mode, attended: bool) -> Result<(), Refusal> {
        let rests = matches!(
            mode,
            Mode::Locked | Mode::Standby | Mode::Service | Mode::ServiceRunning | Mode::Faulted
        );
        match wanted {
            Role::Observer | Role::Operator if rests => Ok(()),
            // In Service it begins anew: a calibration by hand takes longer than a role lasts.
            Role::Technician
                if matches!(
                    mode,
                    Mode::Locked | Mode::Standby | Mode::Faulted | Mode::Service
                ) =>
            {
                if attended {
                    Ok(())
                } else {
                    Err(Refusal::NobodyAtThePen)
                }
            }
            Role::Observer | Role::Operator | Role::Technician => Err(Refusal::NotNow { mode }),
            Role::Maker => Err(Refusal::Role {
                asked: self.role,
                needed: Role::Maker,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::from_us(5_000_000);

    fn raised() -> Roles {
        let mut roles = Roles::new();
        let technician = roles.authorise(T0, Role::Technician, Mode::Locked, true);
        assert_eq!(technician, Ok(Role::Technician));
        roles
    }

    #[test]
    fn link_005_a_technician_needs_somebody_at_the_pen() {
        let mut roles = Roles::new();
        let alone = roles.authorise(T0, Role::Technician, Mode::Standby, false);
        assert_eq!(alone, Err(Denied::Refused(Refusal::NobodyAtThePen)));
        assert_eq!(roles.role(), Role::Operator);
        assert_eq!(raised().role(), Role::Technician);
    }

    #[test]
    fn stop_012_a_pen_in_a_fault_can_have_a_technician_who_stands_at_it() {
        let mut roles = Roles::new();
        let alone = roles.authorise(T0, Role::Technician, Mode::Faulted, false);
        assert_eq!(alone, Err(Denied::Refused(Refusal::NobodyAtThePen)));
        let attended = roles.authorise(T0, Role::Technician, Mode::Faulted, true);
        assert_eq!(attended, Ok(Role::Technician));
        assert!(!roles.ends(T0, Mode::Faulted, false));
        assert!(roles.ends(T0.plus(Duration::from_min(10)), Mode::Faulted, false));
    }

    #[test]
    fn link_005_nobody_becomes_a_maker() {
        let mut roles = raised();
        let maker = roles.authorise(T0, Role::Maker, Mode::Locked, true);
        let why = Refusal::Role {
            asked: Role::Technician,
            needed: Role::Maker,
        };
        assert_eq!(maker, Err(Denied::Refused(why)));
        assert_eq!(roles.role(), Role::Technician);
    }

    #[test]
    fn link_005_each_mode_says_which_roles_can_be_had() {
        let all = [
            (Mode::Boot, false, false),
            (Mode::Locked, true, true),
            (Mode::Standby, true, true),
            (Mode::Ready, false, false),
            (Mode::Treating, false, false),
            (Mode::Stopping, false, false),
            (Mode::FaultReaction, false, false),
            (Mode::Faulted, true, true),
            (Mode::Service, true, true),
            (Mode::ServiceRunning, true, false),
        ];
        for (mode, lower, technician) in all {
            for (wanted, granted) in [
                (Role::Observer, lower),
                (Role::Operator, lower),
                (Role::Technician, technician),
                (Role::Maker, false),
            ] {
                let decided = raised().authorise(T0, wanted, mode, true);
                assert_eq!(decided.is_ok(), granted, "{wanted:?} in {mode:?}");
                assert!(decided.is_err() || decided == Ok(wanted));
            }
        }
    }

    #[test]
    fn link_005_in_service_the_role_begins_anew_with_a_hand_at_the_pen() {
        let mut roles = raised();
        let almost = T0.plus(ROLE_TIME.minus(Duration::from_ms(1)));
        assert!(!roles.ends(almost, Mode::Service, false));
        let alone = roles.authorise(almost, Role::Technician, Mode::Service, false);
        assert_eq!(alone, Err(Denied::Refused(Refusal::NobodyAtThePen)));
        let again = roles.authorise(almost, Role::Technician, Mode::Service, true);
        assert_eq!(again, Ok(Role::Technician));
        let later = almost.plus(ROLE_TIME.minus(Duration::from_ms(1)));
        assert!(!roles.ends(later, Mode::Service, false));
        assert!(roles.ends(later.plus(Duration::from_ms(1)), Mode::Service, false));
        // After it fell, too.
        let again = roles.authorise(later, Role::Technician, Mode::Service, true);
        assert_eq!(again, Ok(Role::Technician));
    }

    #[test]
    fn link_003_no_role_changes_while_treating() {
        for mode in [
            Mode::Ready,
            Mode::Treating,
            Mode::Stopping,
            Mode::FaultReaction,
        ] {
            let mut roles = Roles::new();
            let denied = Err(Denied::Refused(Refusal::NotNow { mode }));
            assert_eq!(roles.authorise(T0, Role::Technician, mode, true), denied);
            assert_eq!(roles.authorise(T0, Role::Observer, mode, true), denied);
        }
    }

    #[test]
    fn link_005_the_role_ends_after_ten_minutes() {
        let mut roles = raised();
        let last = T0.plus(Duration::from_us(599_999_999));
        assert!(!roles.ends(last, Mode::Service, false));
        assert!(roles.ends(T0.plus(Duration::from_min(10)), Mode::Service, false));
        assert_eq!(roles.role(), Role::Operator);
    }

    #[test]
    fn link_005_the_role_ends_with_service_mode_cable_and_connection() {
        for (modes, stays) in [
            (
                &[
                    Mode::Locked,
                    Mode::Standby,
                    Mode::Service,
                    Mode::ServiceRunning,
                ][..],
                true,
            ),
            (
                &[
                    Mode::Service,
                    Mode::ServiceRunning,
                    Mode::Stopping,
                    Mode::Service,
                ][..],
                true,
            ),
            (&[Mode::Service, Mode::Locked][..], false),
            (
                &[
                    Mode::Service,
                    Mode::ServiceRunning,
                    Mode::Stopping,
                    Mode::Locked,
                ][..],
                false,
            ),
            (&[Mode::Standby, Mode::Ready][..], false),
            (&[Mode::Faulted, Mode::Locked, Mode::Standby][..], true),
            (&[Mode::Service, Mode::Faulted][..], false),
            (&[Mode::Service, Mode::FaultReaction][..], false),
        ] {
            let mut roles = raised();
            let ended = modes.iter().any(|mode| roles.ends(T0, *mode, false));
            assert_eq!(ended, !stays, "{modes:?}");
        }
        assert!(raised().ends(T0, Mode::Service, true));
        assert!(raised().connected());
        assert!(!Roles::new().connected());
    }

    #[test]
    fn link_005_refused_attempts_are_slowed_down() {
        let mut roles = Roles::new();
        let denied = Err(Denied::Refused(Refusal::NobodyAtThePen));
        for _ in 0..3 {
            assert_eq!(
                roles.authorise(T0, Role::Technician, Mode::Locked, false),
                denied
            );
        }
        let _ = roles.connected();
        let soon = T0.plus(Duration::from_us(9_999_999));
        let left = Duration::from_us(1);
        let attempt = roles.authorise(soon, Role::Technician, Mode::Locked, true);
        assert_eq!(attempt, Err(Denied::TooOften { left }));
        let later = T0.plus(Duration::from_s(10));
        let attempt = roles.authorise(later, Role::Technician, Mode::Locked, true);
        assert_eq!(attempt, Ok(Role::Technician));
    }
}
