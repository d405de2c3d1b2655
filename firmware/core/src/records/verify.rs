//! What the pen was given to keep, for the proofs of the pen.

use super::{Origin, Records};
use crate::calibration::Calibration;
use crate::profile::DeviceProfile;
use crate::units::{Depth, Duration, Rate};

/// A profile that was admitted is inside the absolute limits (room `profile`).
fn is_inside(device: &DeviceProfile) -> bool {
    let (none, most) = (Depth::from_um(0), Depth::from_um(2_500));
    device.depth_max > none
        && device.depth_max < device.stroke
        && device.stroke <= most
        && device.rate_max <= Rate::from_mhz(150_000)
        && device.session_on <= Duration::from_min(30)
        && device.session_elapsed <= Duration::from_min(45)
}

/// A calibration that was checked corrects the clock by 3 percent at most.
fn is_sound(made: Option<&Calibration>) -> bool {
    made.is_none_or(|made| (-30_000..=30_000).contains(&made.clock_ppm))
}

impl Records {
    /// What is true of the records between two calls: all that is in force, or may come into force, was
    /// checked.
    pub(crate) fn holds(&self) -> bool {
        self.profile().is_none_or(is_inside)
            && is_sound(self.calibration.as_ref())
            && is_sound(self.granted.as_ref())
            && is_sound(self.staged.as_ref().map(|(staged, _)| staged))
    }

    /// Brings records that were drawn by chance to ones that can be.
    pub(crate) fn tame(&mut self) {
        if let Ok(device) = &mut self.profile {
            device.tame();
        }
        let staged = self.staged.as_mut().map(|(staged, _)| staged);
        let all = [self.calibration.as_mut(), self.granted.as_mut(), staged];
        for made in all.into_iter().flatten() {
            made.clock_ppm = made.clock_ppm.clamp(-30_000, 30_000);
        }
    }

    /// What storage was allowed to keep, and the pen to take into force.
    pub(crate) const fn granted(&self) -> Option<&Calibration> {
        self.granted.as_ref()
    }

    /// It was granted as the one before, which had been signed off.
    pub(crate) fn is_granted_as_signed_off(&self) -> bool {
        self.granted.is_some() && self.granted_as == (Origin::Previous { signed_off: true })
    }

    /// Storage was told to keep that the calibration in force is signed off.
    pub(crate) const fn is_signing(&self) -> bool {
        self.signing
    }

    /// Digest of the calibration in force.
    pub(crate) const fn digest(&self) -> u32 {
        self.digest
    }

    /// It was granted as the one that was staged at the gauge.
    #[cfg(test)]
    pub(crate) fn is_granted_as_staged(&self) -> bool {
        self.granted_as == Origin::Staged
    }

    /// These, but for what is staged or granted.
    pub(crate) fn is_in_force_of(&self, was: &Self) -> bool {
        use crate::verify::Any;
        let as_before = Self {
            staged: was.staged,
            granted: was.granted,
            granted_as: was.granted_as,
            ..*self
        };
        as_before.same(was)
    }

    /// These, but for whether the calibration in force is signed off.
    pub(crate) fn is_signed_off_of(&self, was: &Self) -> bool {
        use crate::verify::Any;
        let as_before = Self {
            signed_off: was.signed_off,
            signing: was.signing,
            ..*self
        };
        as_before.same(was)
    }

    /// These, but for a calibration that came into force, and whether it is signed off.
    pub(crate) fn is_other_calibration_of(&self, was: &Self) -> bool {
        use crate::verify::Any;
        let as_before = Self {
            calibration: was.calibration,
            digest: was.digest,
            signed_off: was.signed_off,
            staged: was.staged,
            granted: was.granted,
            granted_as: was.granted_as,
            signing: was.signing,
            ..*self
        };
        as_before.same(was)
    }
}
