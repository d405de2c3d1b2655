//! The doer: feed-forward, resistance compensation and a PI loop on the turn-averaged rate.
//!
//! Feed-forward does most of the work at once: back-EMF of the ramped set rate, plus a share of
//! the voltage that the measured current loses in the winding, so that load costs little rate
//! before any edge tells of it. The integral trims the rest; it holds still while the ramp runs
//! and while the output is at its end.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::divide::millionth;
use crate::duty::{ceiling_mv, duty_of};
use crate::fault::Limiting;
use crate::gate::Duty;
use crate::limits;
use crate::profile::{DeviceProfile, MotorData};
use crate::units::{Current, Duration, Rate, Voltage};

/// Share of the winding's voltage drop that is given back. Unit: percent. Below 100, or the loop
/// feeds itself. Source: measured on the reference plant, `docs/architecture.md`.
const COMPENSATION_PERCENT: i32 = 90;
/// Share of the set rate's back-EMF that is fed forward: a motor whose constant is 5 % below its
/// data would else overshoot by as much. The loop makes up for the rest. Unit: percent.
/// Source: measured on pens drawn within tolerances, `docs/architecture.md`.
const FORWARD_PERCENT: i32 = 97;
/// Proportional gain. Unit: mV per Hz. Source: loop delay of half a turn at 50 Hz.
const KP_MV_PER_HZ: i32 = 14;
/// Integral gain. Unit: uV per Hz and ms. Source: as [`KP_MV_PER_HZ`].
const KI_UV_PER_HZ_MS: i32 = 500;
/// Largest integral. Unit: uV. Source: a fifth of the pack's voltage.
const INTEGRAL_MAX_UV: i32 = 1_500_000;
/// Current that the output holds to for a short time. Unit: mA, below [`limits::CURRENT_SHORT`].
const HOLD_SHORT_MA: i32 = 1_400;
/// Current that the output holds to for long. Unit: mA, below [`limits::CURRENT_CONTINUOUS`].
const HOLD_LONG_MA: i32 = 950;
/// How long the higher of the two may be used. Unit: us.
const HOLD_SHORT_TIME: Duration = Duration::from_ms(250);

const _: () = assert!(HOLD_SHORT_MA < limits::CURRENT_SHORT.as_ma());
const _: () = assert!(HOLD_LONG_MA < limits::CURRENT_CONTINUOUS.as_ma());
const _: () = assert!(HOLD_SHORT_TIME.as_us() < limits::CURRENT_SHORT_TIME.as_us());

/// The rate loop's memory. Zeroed whenever the drive ends (STOP-014).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Regulator {
    reference: Rate,
    integral_uv: i32,
    high_for: Duration,
    limiting: Limiting,
}
any_struct!(Regulator {
    reference,
    integral_uv,
    high_for,
    limiting
});

/// What the loop reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoopInputs {
    /// Rate asked for.
    pub(crate) set: Rate,
    /// Measured rate, once a whole turn is known.
    pub(crate) measured: Option<Rate>,
    /// Smoothed motor current.
    pub(crate) current: Current,
    /// Battery voltage.
    pub(crate) battery: Voltage,
}
any_struct!(LoopInputs {
    set,
    measured,
    current,
    battery
});

impl Regulator {
    /// One tick of the loop. Only this output saturates, and it says so.
    pub(crate) fn update(&mut self, profile: &DeviceProfile, i: &LoopInputs, dt: Duration) -> Duty {
        let rise = profile.accel_mhz_per_ms.saturating_mul(dt.as_us()) / 1_000;
        let ramped = self.reference.as_mhz().saturating_add(rise);
        let ramping = ramped < i.set.as_mhz();
        self.reference = Rate::from_mhz(ramped.min(i.set.as_mhz()));

        let wanted = self.voltage_mv(&profile.motor, i);
        let allowed = self.allowed_mv(&profile.motor, i, dt);
        let ceiling = ceiling_mv(i.battery);
        let given = wanted.min(allowed).clamp(0, ceiling);
        self.limiting = match (wanted > ceiling, wanted > allowed) {
            (_, true) => Limiting::Current,
            (true, false) => Limiting::Voltage,
            (false, false) => Limiting::None,
        };
        self.integrate(i, ramping, given != wanted, dt);
        duty_of(given, ceiling)
    }

    /// What holds the output back.
    pub(crate) const fn limiting(&self) -> Limiting {
        self.limiting
    }

    fn voltage_mv(&self, motor: &MotorData, i: &LoopInputs) -> i32 {
        let emf = back_emf_mv(motor, self.reference).saturating_mul(FORWARD_PERCENT) / 100;
        let drop = drop_mv(motor, i.current.as_ma().clamp(0, HOLD_SHORT_MA));
        let given_back = drop.saturating_mul(COMPENSATION_PERCENT) / 100;
        let friction = i32::from(motor.friction_mv)
            .saturating_mul(100_i32.saturating_sub(COMPENSATION_PERCENT))
            / 100;
        let error = self.error_mhz(i).saturating_mul(KP_MV_PER_HZ) / 1_000;
        emf.saturating_add(given_back)
            .saturating_add(friction)
            .saturating_add(error)
            .saturating_add(self.integral_uv / 1_000)
    }

    /// Positive when too slow; zero until a whole turn is known.
    fn error_mhz(&self, i: &LoopInputs) -> i32 {
        let signed = |rate: Rate| i32::try_from(rate.as_mhz().min(400_000)).unwrap_or(400_000);
        match i.measured {
            Some(measured) => signed(self.reference).saturating_sub(signed(measured)),
            None => 0,
        }
    }

    /// The voltage at which the current limit would be reached at the measured rate.
    fn allowed_mv(&mut self, motor: &MotorData, i: &LoopInputs, dt: Duration) -> i32 {
        if i.current.as_ma() > HOLD_LONG_MA {
            self.high_for = self.high_for.plus_up_to(dt, HOLD_SHORT_TIME);
        } else {
            self.high_for = self.high_for.minus(Duration::from_us(dt.as_us() / 4));
        }
        let most = if self.high_for < HOLD_SHORT_TIME {
            HOLD_SHORT_MA
        } else {
            HOLD_LONG_MA
        };
        let speed = i.measured.unwrap_or_default();
        back_emf_mv(motor, speed).saturating_add(drop_mv(motor, most))
    }

    fn integrate(&mut self, i: &LoopInputs, ramping: bool, saturated: bool, dt: Duration) {
        let error = self.error_mhz(i);
        let away = saturated && error.is_positive() == (self.limiting != Limiting::None);
        if ramping || i.measured.is_none() || away {
            return;
        }
        let ms_1000 = i32::try_from(dt.as_us()).unwrap_or(2_000).min(2_000);
        // uV per Hz and ms, times mHz, times us: divide by 1000 twice.
        let gain = KI_UV_PER_HZ_MS.saturating_mul(ms_1000) / 1_000;
        let step = error.saturating_mul(gain) / 1_000;
        self.integral_uv = self
            .integral_uv
            .saturating_add(step)
            .clamp(-INTEGRAL_MAX_UV, INTEGRAL_MAX_UV);
    }
}

fn back_emf_mv(motor: &MotorData, rate: Rate) -> i32 {
    let nv = u64::from(motor.back_emf_uv_per_hz).saturating_mul(u64::from(rate.as_mhz()));
    i32::try_from(millionth(nv)).unwrap_or(i32::MAX)
}

fn drop_mv(motor: &MotorData, current_ma: i32) -> i32 {
    i32::from(motor.resistance_mohm).saturating_mul(current_ma) / 1_000
}

#[cfg(test)]
mod tests;
