//! The last permission of SAFE-001: what must hold in the very tick in which torque is given.

/// What must hold while needles move in skin.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent interlocks, each by its name"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct InSkin {
    /// Both contacts of the trigger say that it is held.
    pub(crate) is_held: bool,
    pub(crate) has_cable: bool,
    /// Both channels are usable.
    pub(crate) knows_depth: bool,
    pub(crate) has_profile: bool,
    pub(crate) has_calibration: bool,
    /// A zone is open, and each of its limits agrees with its complement.
    pub(crate) is_admitted: bool,
}

/// What must hold while the motor turns in Service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InService {
    pub(crate) has_profile: bool,
    pub(crate) knows_depth: bool,
    /// The host permitted it lately, at a rate that Service may have.
    pub(crate) is_permitted: bool,
}

/// Every interlock allows torque. Only this room makes it (SAFE-001).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InterlockPermit(());
any_newtype!(InterlockPermit);

/// Torque in skin.
pub(crate) fn treating(now: InSkin) -> Option<InterlockPermit> {
    let all = now.is_held
        && !now.has_cable
        && now.knows_depth
        && now.has_profile
        && now.has_calibration
        && now.is_admitted;
    all.then_some(InterlockPermit(()))
}

/// Torque in Service.
pub(crate) fn serving(now: InService) -> Option<InterlockPermit> {
    let all = now.has_profile && now.knows_depth && now.is_permitted;
    all.then_some(InterlockPermit(()))
}

#[cfg(test)]
impl InterlockPermit {
    /// For the tests of the gate.
    pub(crate) const fn for_test() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use super::{InService, InSkin, serving, treating};

    #[test]
    fn safe_001_one_open_interlock_is_enough_to_forbid_torque() {
        for bits in 0..64_u8 {
            let bit = |place: u8| bits >> place & 1 != 0;
            let permit = treating(InSkin {
                is_held: bit(0),
                has_cable: !bit(1),
                knows_depth: bit(2),
                has_profile: bit(3),
                has_calibration: bit(4),
                is_admitted: bit(5),
            });
            assert_eq!(permit.is_some(), bits == 63, "{bits:b}");
            let permit = serving(InService {
                has_profile: bit(0),
                knows_depth: bit(1),
                is_permitted: bit(2),
            });
            assert_eq!(permit.is_some(), bits & 7 == 7, "{bits:b}");
        }
    }
}
