//! What the pen says, in words for people.
//!
//! Every text about a mode, a lock, a fault or a refusal lives here, so that all commands say the
//! same thing the same way.

mod fault;
mod record;
mod refusal;

use pen_core::cartridge::CartridgeDefect;
use pen_core::fault::{Limiting, StopCause, Trip, Warning};
use pen_core::locks::{Lock, Locks};
use pen_core::mode::Mode;
use pen_core::plan::{OverrideReason, Zone};
use pen_core::profile::{DeviceClass, Source};
use pen_core::request::Role;
use pen_core::units::{Current, Depth, Duration, Rate, Temperature, Voltage};

pub(crate) use fault::{FaultText, fault};
pub(crate) use record::{record, record_kind};
pub(crate) use refusal::{link_error, refusal, way_out};

/// A temperature in degrees Celsius.
pub(crate) fn temperature(temperature: Temperature) -> String {
    let tenths = temperature.as_decicelsius();
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{} degC", size / 10, size % 10)
}

/// A depth in millimetres, three places: the pen's own step.
pub(crate) fn depth(depth: Depth) -> String {
    let um = depth.as_um();
    let sign = if um < 0 { "-" } else { "" };
    let size = um.unsigned_abs();
    format!("{sign}{}.{:03} mm", size / 1_000, size % 1_000)
}

/// A rate in hertz, one place: the wire's step.
pub(crate) fn rate(rate: Rate) -> String {
    let tenths = rate.as_mhz().saturating_add(50) / 100;
    format!("{}.{} Hz", tenths / 10, tenths % 10)
}

/// A span of time in the unit that reads best.
pub(crate) fn span(span: Duration) -> String {
    match span.as_us() {
        us if us < 1_000 => format!("{us} us"),
        us if us < 10_000_000 => format!("{}.{:03} s", us / 1_000_000, us / 1_000 % 1_000),
        us if us < 120_000_000 => format!("{} s", us / 1_000_000),
        us if us / 1_000_000 % 60 == 0 => format!("{} min", us / 60_000_000),
        us => format!("{} min {} s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

/// A current in milliamperes.
pub(crate) fn current(current: Current) -> String {
    format!("{} mA", current.as_ma())
}

/// A voltage in volts.
pub(crate) fn voltage(voltage: Voltage) -> String {
    let mv = voltage.as_mv().unsigned_abs();
    format!("{}.{:02} V", mv / 1_000, mv % 1_000 / 10)
}

/// Day of the pen's calendar by its date, written YYYY-MM-DD; nothing for what is no date from
/// 2020-01-01 on.
pub(crate) fn day(text: &str) -> Option<u16> {
    let [year, month, day] = <[&str; 3]>::try_from(text.split('-').collect::<Vec<_>>()).ok()?;
    let number = |digits: &str, count: usize| {
        let plain = digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    // Days from civil, years from 1 March, the inverse of `date`.
    let y = year - i64::from(month <= 2);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * shifted + 2) / 5 + day - 1;
    let days = y * 365 + y / 4 - y / 100 + y / 400 + doy;
    let found = u16::try_from(days - 719_468 - 18_262).ok()?;
    // The 31st of a short month would be a day of the next one.
    (date(found) == text).then_some(found)
}

/// Day of the pen's calendar as a date.
pub(crate) fn date(day: u16) -> String {
    // Civil from days, years from 1 March: days since 0000-03-01 fit easily.
    let z = i64::from(day) + 18_262 + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A pen's serial number as it is printed on its label.
pub(crate) fn serial(serial: u64) -> String {
    format!("{serial:06}")
}

/// The mode's name and what it means for somebody who holds the pen.
pub(crate) const fn mode(mode: Mode) -> (&'static str, &'static str) {
    match mode {
        Mode::Boot => ("Boot", "runs its power-up tests"),
        Mode::Locked => ("Locked", "something forbids treatment, see the locks"),
        Mode::Standby => ("Standby", "waits for a plan and a zone"),
        Mode::Ready => ("Ready", "zone confirmed, waits for the trigger"),
        Mode::Treating => ("Treating", "needles move"),
        Mode::Stopping => ("Stopping", "brakes and parks the needles"),
        Mode::FaultReaction => ("FaultReaction", "brakes after a fault"),
        Mode::Faulted => ("Faulted", "torque off, fault latched, see `penctl faults`"),
        Mode::Service => ("Service", "calibration, motor at rest"),
        Mode::ServiceRunning => ("ServiceRunning", "calibration, motor turns"),
    }
}

/// A lock's name and how it is opened.
pub(crate) const fn lock(lock: Lock) -> (&'static str, &'static str) {
    match lock {
        Lock::Testing => ("testing", "wait for the power-up tests"),
        Lock::Image => (
            "image",
            "the firmware's checksum is wrong: install it again",
        ),
        Lock::Memory => ("memory", "the memory test failed: take the pen out of use"),
        Lock::Storage => ("storage", "a stored record is damaged: see `penctl info`"),
        Lock::Profile => (
            "profile",
            "no usable limit profile: the maker has to write one",
        ),
        Lock::Calibration => (
            "calibration",
            "no usable calibration: run `penctl calibrate`",
        ),
        Lock::Cable => ("cable", "unplug the cable to treat"),
        Lock::Trigger => ("trigger", "let go of the trigger"),
        Lock::Depth => ("depth", "a depth channel gives no usable reading"),
        Lock::Tacho => ("tacho", "the cam moves although nothing drives it"),
        Lock::CurrentZero => ("current-zero", "the current is not zero at rest"),
        Lock::Battery => ("battery", "charge the battery"),
        Lock::Clock => ("clock", "the control tick is out of its bounds"),
        Lock::Motion => ("motion", "the accelerometer gives no usable reading"),
        Lock::Heat => (
            "heat",
            "grip or motor is too warm, or the grip's temperature is unknown: let the pen cool",
        ),
        Lock::Unverified => (
            "unverified",
            "the calibration in force was never signed off: run `penctl calibrate`, which measures as left",
        ),
        Lock::ZeroCheck => (
            "zero-check",
            "the pen fell, was struck, or was mended: turn the ring to its zero mark and press the confirm button",
        ),
    }
}

/// The names of the closed locks, or `none`.
pub(crate) fn locks(locks: Locks) -> String {
    let names: Vec<&str> = locks.iter().map(|closed| lock(closed).0).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// A trip in one line: name, measured, allowed, requirement.
pub(crate) fn trip(trip: &Trip) -> String {
    format!("{} ({})", trip_numbers(trip), fault(trip.fault).requirement)
}

/// A trip in one line: name, measured, allowed.
pub(crate) fn trip_numbers(trip: &Trip) -> String {
    let FaultText { name, unit, .. } = fault(trip.fault);
    if unit.is_empty() {
        return name.to_owned();
    }
    let Trip {
        measured, allowed, ..
    } = trip;
    format!("{name}: {measured} {unit} measured, {allowed} {unit} allowed")
}

/// Who set a limit.
pub(crate) const fn source(source: Source) -> &'static str {
    match source {
        Source::Absolute => "absolute limit",
        Source::Class => "device class",
        Source::Device => "device profile",
        Source::Cartridge => "cartridge",
        Source::Zone => "zone",
        Source::Plan => "plan",
        Source::Operator => "operator",
    }
}

/// A class of device, as plans spell it.
pub(crate) const fn class(class: DeviceClass) -> &'static str {
    match class {
        DeviceClass::Home => "home",
        DeviceClass::Professional => "professional",
    }
}

/// A role.
pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Observer => "observer",
        Role::Operator => "operator",
        Role::Technician => "technician",
        Role::Maker => "maker",
    }
}

/// A zone, as plans spell it.
pub(crate) const fn zone(zone: Zone) -> &'static str {
    match zone {
        Zone::Forehead => "forehead",
        Zone::Glabella => "glabella",
        Zone::Nose => "nose",
        Zone::Periorbital => "periorbital",
        Zone::Perioral => "perioral",
        Zone::Cheekbone => "cheekbone",
        Zone::Cheek => "cheek",
        Zone::FacialScar => "facial_scar",
        Zone::Neck => "neck",
        Zone::Scalp => "scalp",
        Zone::StretchMark => "stretch_mark",
        Zone::BodyScar => "body_scar",
    }
}

/// A reason for an override, as plans spell it.
pub(crate) const fn override_reason(reason: OverrideReason) -> &'static str {
    match reason {
        OverrideReason::PhysicianOrder => "physician_order",
        OverrideReason::PublishedProtocol => "published_protocol",
        OverrideReason::ThickScar => "thick_scar",
    }
}

/// Why a drive ended.
pub(crate) const fn stop_cause(cause: StopCause) -> &'static str {
    match cause {
        StopCause::Released => "trigger released",
        StopCause::Asked => "asked to stop",
        StopCause::Cable => "cable plugged in",
        StopCause::ZoneStrokes => "the zone's strokes are used up",
        StopCause::ZoneTime => "the zone's time is used up",
        StopCause::SessionTime => "the session's motor-on time is used up",
        StopCause::SessionElapsed => "the session has lasted too long",
        StopCause::ActivationTime => "one activation lasted too long",
        StopCause::CartridgeLife => "the cartridge's strokes are used up",
        StopCause::BatteryLow => "the battery is too low under load",
        StopCause::HostSilent => "the host fell silent",
        StopCause::GripHot => "the grip is too warm",
        StopCause::WindingHot => "the motor is too warm",
        StopCause::Locked => "the pen was locked",
        StopCause::Pressed => "a button on the pen was pressed",
    }
}

/// A warning.
pub(crate) const fn warning(warning: Warning) -> &'static str {
    match warning {
        Warning::SessionNearEnd => "the session is near its end",
        Warning::CartridgeNearEnd => "the cartridge is near its end",
        Warning::DepthShallower => "shallower than at the start",
        Warning::Limited => "the rate is held back",
        Warning::CalibrationDue => "the calibration is due",
        Warning::Warm => "the grip is warm",
    }
}

/// What holds the pen back.
pub(crate) const fn limiting(limiting: Limiting) -> &'static str {
    match limiting {
        Limiting::None => "nothing",
        Limiting::Voltage => "voltage",
        Limiting::Current => "current",
        Limiting::Heat => "heat",
    }
}

/// Why a cartridge is refused.
pub(crate) fn cartridge_defect(defect: &CartridgeDefect) -> String {
    match defect {
        CartridgeDefect::NotSeated => "no cartridge is seated".into(),
        CartridgeDefect::NoTag => "the cartridge has no tag that answers".into(),
        CartridgeDefect::Unreadable => "the cartridge's tag cannot be read".into(),
        CartridgeDefect::NotAuthentic => "the cartridge's tag is not authentic".into(),
        CartridgeDefect::UnknownKind { code } => format!("cartridge type {code} is not known"),
        CartridgeDefect::Used { id } => format!("cartridge {id} was used before"),
        CartridgeDefect::Expired { expiry_day, today } => format!(
            "the cartridge's last day of use was {}, today is {}",
            date(*expiry_day),
            date(*today)
        ),
        CartridgeDefect::WornOut { strokes, allowed } => {
            format!("the cartridge has made {strokes} strokes, {allowed} are allowed")
        }
        CartridgeDefect::PausedTooLong => "the cartridge was paused for too long".into(),
        CartridgeDefect::WrongPurpose => {
            "the calibration dummy cannot treat, and needles cannot be calibrated with".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use pen_core::units::{Depth, Duration, Rate};

    #[test]
    fn quantities_read_well() {
        assert_eq!(super::depth(Depth::from_um(-50)), "-0.050 mm");
        assert_eq!(super::depth(Depth::from_um(1_250)), "1.250 mm");
        assert_eq!(super::rate(Rate::from_mhz(89_951)), "90.0 Hz");
        assert_eq!(super::span(Duration::from_us(1_500_000)), "1.500 s");
        assert_eq!(super::span(Duration::from_min(30)), "30 min");
        assert_eq!(super::span(Duration::from_s(150)), "2 min 30 s");
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(super::date(0), "2020-01-01");
        assert_eq!(super::date(59), "2020-02-29");
        assert_eq!(super::date(2_517), "2026-11-22");
        for day in 0..=u16::MAX {
            assert_eq!(super::day(&super::date(day)), Some(day));
        }
        for wrong in [
            "",
            "2026",
            "2026-11",
            "26-11-22",
            "2026-11-31",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-11-00",
            "2019-12-31",
            "2026-11-22 ",
            "+026-11-22",
            "2026-11-22-1",
            "2026/11/22",
            "9999-12-31",
        ] {
            assert_eq!(super::day(wrong), None, "{wrong}");
        }
    }
}
