//! What each fault means and what to do about it.

use pen_core::fault::Fault;

/// Everything to say about a fault.
pub(crate) struct FaultText {
    /// Name, as in the records.
    pub(crate) name: &'static str,
    /// What was seen.
    pub(crate) what: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
    /// Unit of the quantities that decided it.
    pub(crate) unit: &'static str,
    /// Requirement that asks for it.
    pub(crate) requirement: &'static str,
}

/// Everything to say about a fault.
#[expect(clippy::too_many_lines, reason = "one table of texts, one row a fault")]
pub(crate) const fn fault(fault: Fault) -> FaultText {
    let (name, what, fix, unit, requirement) = match fault {
        Fault::OverDepth => (
            "over-depth",
            "the needles stood out further than the cap and its margin while running",
            "turn the ring back below the cap, then acknowledge",
            "um",
            "DEPTH-002",
        ),
        Fault::DepthDisagrees => (
            "depth-disagrees",
            "the two depth channels do not tell the same depth",
            "do not treat: calibrate, and if it stays have the sensors looked at",
            "um",
            "DEPTH-004",
        ),
        Fault::DepthStuck => (
            "depth-stuck",
            "a depth channel does not move although the pen vibrates",
            "have the sensor looked at; its readings cannot be trusted",
            "us",
            "DEPTH-005",
        ),
        Fault::DepthInvalid => (
            "depth-invalid",
            "a depth channel is at a rail, too old, or outside its calibrated span",
            "turn the ring back into its range; if it stays, calibrate or have it repaired",
            "",
            "DEPTH-005, DEPTH-008",
        ),
        Fault::DepthCrept => (
            "depth-crept",
            "the depth crept deeper during the activation",
            "set the ring anew and hold it; if it creeps again have its detent looked at",
            "um",
            "DEPTH-006",
        ),
        Fault::OverSpeed => (
            "over-speed",
            "the needles struck faster than the set rate allows",
            "acknowledge and watch; if it comes back have the drive looked at",
            "mHz",
            "RATE-002",
        ),
        Fault::TooManyStrokes => (
            "too-many-strokes",
            "more strokes fell into a quarter second than the limit allows",
            "acknowledge and watch; if it comes back have the drive looked at",
            "strokes",
            "RATE-010",
        ),
        Fault::FeedbackLost => (
            "feedback-lost",
            "the tachometer fell silent or missed turns while the motor was driven",
            "have the tachometer and its cable looked at",
            "us",
            "RATE-003",
        ),
        Fault::Stalled => (
            "stalled",
            "the motor was held fast",
            "lift the pen from the skin, check the cartridge for bent needles, then acknowledge",
            "mA",
            "RATE-004",
        ),
        Fault::UnexpectedMotion => (
            "unexpected-motion",
            "motion or current in a mode that allows none",
            "do not treat; have the drive looked at",
            "",
            "RATE-009",
        ),
        Fault::OverCurrent => (
            "over-current",
            "the motor drew more current for longer than allowed",
            "check the cartridge and press less; if it comes back have the drive looked at",
            "mA",
            "PWR-002",
        ),
        Fault::CartridgeUnseated => (
            "cartridge-unseated",
            "the cartridge left its seat while running",
            "use a new cartridge and press it in until it clicks, then acknowledge",
            "us",
            "CART-001",
        ),
        Fault::DriveStuck => (
            "drive-stuck",
            "the motor still turned although it was braked, or turned although nothing drove it",
            "take the pen out of use; once the cause is found and mended, a technician ends it with \
             `penctl service end-fault drive-stuck`",
            "us",
            "STOP-011",
        ),
        Fault::EnablePathStuck => (
            "enable-path-stuck",
            "one of the two switches of the motor does not switch off",
            "take the pen out of use; once the cause is found and mended, a technician ends it with \
             `penctl service end-fault enable-path-stuck`",
            "",
            "STOP-004",
        ),
        Fault::LimitCorrupt => (
            "limit-corrupt",
            "a limit in memory and its complement differ",
            "take the pen out of use; once the cause is found and mended, a technician ends it with \
             `penctl service end-fault limit-corrupt`",
            "",
            "CONF-008",
        ),
        Fault::TickLate => (
            "tick-late",
            "a control tick came too early or too late",
            "acknowledge; if it comes back report it with the journal",
            "us",
            "SENS-003",
        ),
        Fault::WatchdogReset => (
            "watchdog-reset",
            "the last run ended in a watchdog reset",
            "acknowledge; if it comes back report it with the journal",
            "",
            "PWR-005",
        ),
        Fault::BrownOut => (
            "brown-out",
            "the supply sagged and the pen restarted",
            "charge the battery, then acknowledge",
            "",
            "PWR-005",
        ),
        Fault::SensorInvalid => (
            "sensor-invalid",
            "the reading of current, battery, grip or acceleration is at a rail, too old or dead, or \
             contradicts how the motor turns",
            "have the board looked at if it comes back",
            "",
            "SENS-001",
        ),
        Fault::FreeFall => (
            "free-fall",
            "the pen fell, so its depth setting may have shifted",
            "look at cartridge and body, acknowledge, turn the ring to its zero mark and press the \
             confirm button; if the pen refuses, calibrate it",
            "mg",
            "PWR-007",
        ),
        Fault::Shock => (
            "shock",
            "the pen was struck, so its depth setting may have shifted",
            "look at cartridge and body, acknowledge, turn the ring to its zero mark and press the \
             confirm button; if the pen refuses, calibrate it",
            "mg",
            "PWR-007",
        ),
    };
    FaultText {
        name,
        what,
        fix,
        unit,
        requirement,
    }
}
