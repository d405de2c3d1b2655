//! Skin under an array of needles: an elastic element that yields, beside a damper.
//!
//! The elastic force follows the depth of the tips with the array's stiffness, but is limited on both
//! sides: above by puncture force plus shaft friction (the needles cut in), below by shaft friction
//! alone (they slide out). Between the limits skin and needles move together. Out of contact the force
//! is forgotten. No event needs to be found: following the depth and clamping converges to the same.

use super::Params;

/// The constants of a whole array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkinArray {
    /// Stiffness (N/m).
    pub stiffness: f64,
    /// Force at which the needles begin to cut (N).
    pub puncture_n: f64,
    /// Shaft friction per depth (N/m).
    pub friction: f64,
    /// Damping once deep inside (N s/m).
    pub damping: f64,
    /// Depth at which half of the damping acts (m).
    pub damping_depth_m: f64,
}

impl SkinArray {
    /// Sums up the needles of a cartridge; `bluntness` multiplies puncture force and shaft friction.
    #[must_use]
    pub fn new(params: &Params, bluntness: f64) -> Self {
        Self {
            stiffness: params.needles * params.needle_stiffness,
            puncture_n: params.needles * params.needle_puncture_n * bluntness,
            friction: params.needles * params.needle_friction * bluntness,
            damping: params.needles * params.needle_damping,
            damping_depth_m: params.damping_depth_m,
        }
    }

    /// Elastic force that the skin has yielded, once at depth `delta_m`, `before_n` having been so far.
    ///
    /// What is left, `stiffness * delta_m - yielded_n`, is the force.
    #[must_use]
    pub fn yielded_n(&self, before_n: f64, delta_m: f64) -> f64 {
        let rigid = self.stiffness * delta_m;
        let slide = self.friction * delta_m;
        let (least, most) = (rigid - (self.puncture_n + slide), rigid + slide);
        // Plain comparisons: the library's `min` and `max` spend three instructions on not-a-number.
        let yielded = if before_n > least { before_n } else { least };
        let yielded = if yielded < most { yielded } else { most };
        if delta_m > 0.0 { yielded } else { 0.0 }
    }

    /// Damping at a depth of 0 or more (N s/m).
    #[must_use]
    pub fn damping_at(&self, reach_m: f64) -> f64 {
        self.damping * reach_m / (reach_m + self.damping_depth_m)
    }
}

#[cfg(test)]
mod tests {
    use super::SkinArray;
    use crate::plant::Params;

    /// Moves the tips along a list of depths, in micrometres, and returns the force after each.
    fn drag(array: &SkinArray, depths_um: &[i32]) -> Vec<f64> {
        let mut yielded = 0.0;
        let mut forces = Vec::new();
        for depth in depths_um {
            let delta = f64::from(*depth) * 1e-6;
            yielded = array.yielded_n(yielded, delta);
            forces.push(array.stiffness * delta.max(0.0) - yielded);
        }
        forces
    }

    #[test]
    fn skin_is_elastic_until_it_is_punctured() {
        let array = SkinArray::new(&Params::default(), 1.0);
        let forces = drag(&array, &[-50, 100, 200, 100, -1]);
        for (force, expected) in forces.iter().zip([0.0, 0.6, 1.2, 0.6, 0.0]) {
            assert!((force - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn needles_cut_in_and_drag_on_the_way_out() {
        let array = SkinArray::new(&Params::default(), 1.0);
        let forces = drag(&array, &[500, 1_000, 400, 100]);
        assert!(
            (forces[1] - (1.8 + 1.08)).abs() < 1e-12,
            "cutting: puncture plus friction"
        );
        assert!(
            (forces[2] + 0.432).abs() < 1e-12,
            "withdrawal: friction the other way"
        );
        assert!((forces[3] + 0.108).abs() < 1e-12);
    }

    #[test]
    fn blunt_needles_need_more_force() {
        let sharp = SkinArray::new(&Params::default(), 1.0);
        let blunt = SkinArray::new(&Params::default(), 2.0);
        assert!((drag(&blunt, &[1_000])[0] - 2.0 * drag(&sharp, &[1_000])[0]).abs() < 1e-12);
        assert_eq!(blunt.stiffness.to_bits(), sharp.stiffness.to_bits());
    }
}
