//! What can go wrong, in three classes that never mix.
//!
//! A [`Fault`] removes the drive and stays until an operator acts; a [`Limiting`] still runs and
//! says what holds it back; a [`crate::request::Refusal`] changed nothing at all.

/// Drive removed, latched, first cause kept. Numbers leave the device: append only, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fault {
    /// Protrusion beyond cap and margin while running (DEPTH-002).
    OverDepth,
    /// The two depth channels disagree (DEPTH-004).
    DepthDisagrees,
    /// A depth channel does not move although the pen vibrates (DEPTH-005).
    DepthStuck,
    /// A depth channel is at a rail, too old or outside its calibrated span (DEPTH-005, 008).
    DepthInvalid,
    /// The depth crept deeper during the activation (DEPTH-006).
    DepthCrept,
    /// Turn-averaged rate too high (RATE-002).
    OverSpeed,
    /// More strokes in a window than the limit allows (RATE-010).
    TooManyStrokes,
    /// The tachometer fell silent or missed turns while driven (RATE-003, RATE-006).
    FeedbackLost,
    /// The motor is held (RATE-004).
    Stalled,
    /// Motion or current in a mode that allows none, or backwards (RATE-009).
    UnexpectedMotion,
    /// Current beyond its time-current limit (PWR-002).
    OverCurrent,
    /// The cartridge left its seat while running (CART-001).
    CartridgeUnseated,
    /// The motor still turns although braked, or turns although nothing drives it (STOP-008,
    /// STOP-011). Terminal.
    DriveStuck,
    /// The enable path or the second switch gives torque although it is open (STOP-004). Terminal.
    EnablePathStuck,
    /// A limit and its complement differ (CONF-008). Terminal.
    LimitCorrupt,
    /// A control tick came too early or too late.
    TickLate,
    /// The last run ended in a watchdog reset (PWR-005).
    WatchdogReset,
    /// The last run ended in a brown-out (PWR-005).
    BrownOut,
    /// A reading of current, battery, grip or acceleration is at a rail, too old or dead (SENS-001), or
    /// contradicts how the motor turns (RATE-006).
    SensorInvalid,
    /// The pen falls (PWR-007).
    FreeFall,
    /// The pen was struck (PWR-007).
    Shock,
}
any_enum!(Fault {
    OverDepth,
    DepthDisagrees,
    DepthStuck,
    DepthInvalid,
    DepthCrept,
    OverSpeed,
    TooManyStrokes,
    FeedbackLost,
    Stalled,
    UnexpectedMotion,
    OverCurrent,
    CartridgeUnseated,
    DriveStuck,
    EnablePathStuck,
    LimitCorrupt,
    TickLate,
    WatchdogReset,
    BrownOut,
    SensorInvalid,
    FreeFall,
    Shock
});

impl Fault {
    /// Every fault, in order; tests walk it.
    pub const ALL: [Self; 21] = [
        Self::OverDepth,
        Self::DepthDisagrees,
        Self::DepthStuck,
        Self::DepthInvalid,
        Self::DepthCrept,
        Self::OverSpeed,
        Self::TooManyStrokes,
        Self::FeedbackLost,
        Self::Stalled,
        Self::UnexpectedMotion,
        Self::OverCurrent,
        Self::CartridgeUnseated,
        Self::DriveStuck,
        Self::EnablePathStuck,
        Self::LimitCorrupt,
        Self::TickLate,
        Self::WatchdogReset,
        Self::BrownOut,
        Self::SensorInvalid,
        Self::FreeFall,
        Self::Shock,
    ];

    /// Whether only a service procedure may end it, never an acknowledgement.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::DriveStuck | Self::EnablePathStuck | Self::LimitCorrupt
        )
    }

    /// Whether the depth setting may have shifted: acknowledged or not, across reset and power loss,
    /// the pen stays locked until its depth was checked at zero.
    #[must_use]
    pub const fn demands_zero_check(self) -> bool {
        matches!(self, Self::FreeFall | Self::Shock)
    }

    /// Whether moving the needles afterwards could make it worse: then there is no parking.
    #[must_use]
    pub const fn forbids_parking(self) -> bool {
        !matches!(
            self,
            Self::DepthStuck
                | Self::DepthCrept
                | Self::TickLate
                | Self::CartridgeUnseated
                | Self::FreeFall
                | Self::Shock
        )
    }
}

/// A fault with the quantities that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trip {
    /// What tripped.
    pub fault: Fault,
    /// What was measured, in the unit of the fault (um, mHz, mA, us, counts, mg).
    pub measured: i32,
    /// What was allowed, in the same unit.
    pub allowed: i32,
}
any_struct!(Trip {
    fault,
    measured,
    allowed
});

/// Still running, but held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Limiting {
    /// Nothing holds the pen back.
    #[default]
    None,
    /// The duty is at its end: the battery cannot hold the rate (RATE-007).
    Voltage,
    /// The current limit holds the duty down (PWR-002).
    Current,
    /// The grip is warm: the set rate is lowered (PWR-004).
    Heat,
}
any_enum!(Limiting {
    None,
    Voltage,
    Current,
    Heat
});

/// Things an operator should know while all goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Warning {
    /// 25 minutes of motor-on time (SESS-001).
    SessionNearEnd,
    /// 90 % of the cartridge's life (CART-005).
    CartridgeNearEnd,
    /// Shallower than at the start (DEPTH-006).
    DepthShallower,
    /// The rate is held back, see [`Limiting`] (RATE-007).
    Limited,
    /// The calibration is due (CAL-003).
    CalibrationDue,
    /// The grip is at 41 degC or more (PWR-004).
    Warm,
}

/// Why a drive ended without a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StopCause {
    /// The trigger was released (STOP-001).
    Released,
    /// Somebody said stop (STOP-010).
    Asked,
    /// The cable was plugged in (PWR-003).
    Cable,
    /// The zone's strokes are used up (SESS-002).
    ZoneStrokes,
    /// The zone's time is used up (SESS-002).
    ZoneTime,
    /// The session's motor-on time is used up (SESS-001).
    SessionTime,
    /// The session has lasted too long (SESS-001).
    SessionElapsed,
    /// One activation lasted too long (SESS-010).
    ActivationTime,
    /// The cartridge's strokes are used up (CART-005).
    CartridgeLife,
    /// The battery is too low under load (PWR-001).
    BatteryLow,
    /// The host fell silent in Service mode (LINK-004, LINK-008).
    HostSilent,
    /// The pen was locked meanwhile.
    Locked,
    /// The grip is at 43 degC or more (PWR-004).
    GripHot,
    /// The winding is at 100 degC or more, by the model (PWR-004).
    WindingHot,
    /// A button on the pen was pressed (STOP-001).
    Pressed,
}
any_enum!(StopCause {
    Released,
    Asked,
    Cable,
    ZoneStrokes,
    ZoneTime,
    SessionTime,
    SessionElapsed,
    ActivationTime,
    CartridgeLife,
    BatteryLow,
    HostSilent,
    Locked,
    GripHot,
    WindingHot,
    Pressed
});
