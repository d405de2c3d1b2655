//! Everything that is true at an instant, as bits.

use pen_sim::pen::{Observer, Truth};
use pen_sim::plant::Bridge;

/// One word for each plant step, made from every bit of the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace(pub(crate) Vec<u64>);

impl Observer for Trace {
    fn step(&mut self, truth: &Truth) {
        self.0.push(fingerprint(truth));
    }
}

impl Trace {
    /// The first step in which two traces differ.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<usize> {
        if self.0.len() != other.0.len() {
            return Some(self.0.len().min(other.0.len()));
        }
        self.0
            .iter()
            .zip(&other.0)
            .position(|(one, two)| one != two)
    }
}

#[expect(clippy::too_many_lines, reason = "a line for each fact")]
fn fingerprint(truth: &Truth) -> u64 {
    // Taken apart, so that a new fact cannot be left out.
    let Truth {
        time_us,
        pen_us,
        theta_rad,
        rate_hz,
        protrusion_um,
        peak_um,
        turn_peak_um,
        depth_um,
        gap_um,
        needles,
        in_skin,
        enable,
        bridge,
        powered,
        braking,
        duty,
        current_a,
        supply_a,
        terminal_v,
        soc,
        winding_c,
        housing_c,
        grip_c,
        punctures,
        strokes,
        falls,
        trigger,
        held,
        cable,
        alive,
        starts,
    } = *truth;
    let flags = [
        in_skin, enable, powered, braking, falls, trigger, held, cable, alive,
    ];
    let flags = flags.iter().fold(0, |all, flag| 2 * all + u64::from(*flag));
    let floats = [
        theta_rad,
        rate_hz,
        protrusion_um,
        peak_um,
        turn_peak_um,
        depth_um,
        gap_um,
        duty,
        current_a,
        supply_a,
        terminal_v,
        soc,
        winding_c,
        housing_c,
        grip_c,
    ];
    let words = [
        time_us,
        pen_us,
        punctures,
        strokes,
        u64::from(needles),
        u64::from(starts),
        flags,
        word(bridge),
    ];
    floats.into_iter().map(f64::to_bits).chain(words).fold(
        0xcbf2_9ce4_8422_2325,
        |hash: u64, word| {
            (hash ^ word)
                .rotate_left(23)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        },
    )
}

const fn word(bridge: Bridge) -> u64 {
    match bridge {
        Bridge::Drive { duty } => duty.to_bits(),
        Bridge::Brake => 1,
        Bridge::Coast => 2,
    }
}
