//! What leaves the assembly line: a formatted flash, a signed limit profile, a calibration.

use ed25519_dalek::{Signer, SigningKey};
use pen_app::factory;
use pen_app::signed::{self, PublicKey};
use pen_core::calibration::{Calibration, Knot, Table};
use pen_core::profile::{DeviceProfile, MotorData};
use pen_core::units::{Depth, Duration, Rate};

use super::{Assembly, DepthChannel, counts_a, counts_b};
use crate::board::SharedFlash;
use crate::pen::{FactoryError, Options};
use crate::sensors::convert;

/// Secret key with which simulated pens are signed. For development: it is published here, so a
/// profile signed with it proves nothing, and no real pen may hold its public key.
pub const DEVELOPMENT_MAKER_SECRET: [u8; 32] = *b"DEVELOPMENT KEY, NOT FOR DEVICES";

/// Day on which simulated pens are calibrated, in days since 2020-01-01.
pub const CALIBRATED_DAY: u16 = 2_500;

/// Last day of that calibration before its grace begins.
pub const CALIBRATION_DUE_DAY: u16 = CALIBRATED_DAY + 365;

/// The technician who is named in a factory calibration.
pub const FACTORY_TECHNICIAN: u32 = 1;

/// Depths at which the factory measures (um). The ends lie beyond what may be used, because a
/// reading outside the table is no reading.
const KNOTS_UM: [f64; 11] = [
    -140.0, 0.0, 250.0, 500.0, 750.0, 1_000.0, 1_250.0, 1_500.0, 2_000.0, 2_300.0, 2_515.0,
];

/// The public half of [`DEVELOPMENT_MAKER_SECRET`].
#[must_use]
pub fn maker_key() -> PublicKey {
    SigningKey::from_bytes(&DEVELOPMENT_MAKER_SECRET)
        .verifying_key()
        .to_bytes()
}

/// The limit profile of a simulated pen.
#[must_use]
pub fn profile(serial: u64, options: &Options) -> DeviceProfile {
    DeviceProfile {
        serial,
        class: options.class,
        mechanism: options.mechanism,
        depth_max: Depth::from_um(2_400),
        stroke: Depth::from_um(2_500),
        rate_min: Rate::from_hz(50),
        rate_max: options.rate_max,
        accel_mhz_per_ms: 600,
        session_on: Duration::from_min(30),
        session_elapsed: Duration::from_min(45),
        motor: MotorData {
            resistance_mohm: 2_980,
            // 5.35 mV s/rad times 2 pi.
            back_emf_uv_per_hz: 33_615,
            friction_mv: 130,
        },
    }
}

/// The calibration that a perfect technician would make of this pen.
#[must_use]
pub fn calibration(assembly: &Assembly) -> Calibration {
    Calibration {
        serial: assembly.serial,
        generation: 1,
        technician: FACTORY_TECHNICIAN,
        made_day: CALIBRATED_DAY,
        due_day: CALIBRATION_DUE_DAY,
        clock_ppm: correction_ppm(assembly.clock_ppm),
        a: table(&assembly.depth_a, counts_a, false),
        b: table(&assembly.depth_b, counts_b, true),
    }
}

/// What corrects a clock that runs fast by so much: true = counted x (1 + correction).
fn correction_ppm(fast_ppm: i64) -> i32 {
    let correction = -1_000_000 * fast_ppm / (1_000_000 + fast_ppm);
    i32::try_from(correction).unwrap_or(0)
}

/// The table of one channel in rising order of counts.
fn table(channel: &DepthChannel, counts: fn(f64) -> f64, falls: bool) -> Table {
    let knot = |um: f64| Knot {
        counts: convert(counts(channel.indicated_um(um))),
        depth: Depth::from_um(whole(um)),
    };
    let mut table = Table::default();
    for (slot, um) in table.knots.iter_mut().zip(KNOTS_UM) {
        *slot = Some(knot(um));
    }
    if falls {
        table.knots.reverse();
    }
    table
}

/// A depth in whole micrometres.
fn whole(um: f64) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the knots are whole and below 3000"
    )]
    let um = um as i32;
    um
}

/// Formats a pen's flash and writes what the options ask for.
///
/// # Errors
/// [`FactoryError`], by step.
pub fn equip(
    flash: &SharedFlash,
    assembly: &Assembly,
    options: &Options,
) -> Result<(), FactoryError> {
    let failed = |step| {
        move |why| FactoryError {
            step,
            why: format!("{why:?}"),
        }
    };
    let mut flash = flash.clone();
    factory::format(&mut flash, assembly.serial).map_err(failed("format the flash"))?;
    let profile = profile(assembly.serial, options);
    let message = signed::message(&profile).ok_or_else(|| FactoryError {
        step: "sign the profile",
        why: "it is too long".to_owned(),
    })?;
    let key = SigningKey::from_bytes(&DEVELOPMENT_MAKER_SECRET);
    let signature = key.sign(message.as_slice()).to_bytes();
    factory::install_profile(&mut flash, &profile, &signature, &[maker_key()])
        .map_err(failed("install the profile"))?;
    if options.calibrated {
        factory::install_calibration(&mut flash, &calibration(assembly))
            .map_err(failed("install the calibration"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{calibration, equip, table};
    use crate::assembly::{Assembly, counts_a};
    use crate::board::SharedFlash;
    use crate::pen::Options;
    use crate::rng::Seed;
    use crate::sensors::convert;

    #[test]
    fn every_pen_can_be_calibrated_within_the_gates() {
        for seed in 0..2_000 {
            let assembly = Assembly::draw(Seed::new(seed));
            let made = calibration(&assembly);
            assert_eq!(made.check(assembly.serial), Ok(()), "seed {seed}");
        }
    }

    #[test]
    fn a_calibrated_channel_is_right_where_an_uncalibrated_one_is_wrong() {
        for seed in 0..200 {
            let assembly = Assembly::draw(Seed::new(seed));
            let table = table(&assembly.depth_a, counts_a, false);
            for um in (-100_i32..=2_500).step_by(100) {
                let counts = convert(counts_a(assembly.depth_a.indicated_um(f64::from(um))));
                let depth = table.depth(counts).unwrap().as_um();
                assert!(
                    (depth - um).abs() <= 6,
                    "seed {seed}: {um} um reads {depth} um"
                );
            }
        }
    }

    #[test]
    fn both_kinds_of_pen_leave_the_factory() {
        for calibrated in [false, true] {
            let options = Options {
                calibrated,
                ..Options::default()
            };
            let flash = SharedFlash::new(1);
            equip(&flash, &Assembly::draw(Seed::new(9)), &options).unwrap();
            assert_eq!(flash.with(|part| part.violations().sets_bit), 0);
        }
    }
}
