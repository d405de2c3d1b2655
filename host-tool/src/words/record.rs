//! Records of the journal in words: a kind, and what it says.

use pen_core::fault::Limiting;
use pen_core::journal::{Record, RecordDefect, ResetCause};
use pen_core::profile::ProfileDefect;
use pen_core::request::RequestKind;

use super::{
    cartridge_defect, date, depth, fault, limiting, locks, mode, override_reason, rate, refusal,
    role, source, span, stop_cause, temperature, trip, warning, zone,
};
use crate::json::snake_name;

/// The kind of a record, as scripts see it too.
pub(crate) fn record_kind(record: &Record) -> String {
    let text = format!("{record:?}");
    let name: String = text
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    snake_name(&name).replace('_', " ")
}

/// What a record says, without its kind.
pub(crate) fn record(record: &Record) -> String {
    of_start(record)
        .or_else(|| of_treatment(record))
        .or_else(|| of_drive(record))
        .unwrap_or_else(|| of_service(record))
}

/// Starts, tests, modes.
fn of_start(record: &Record) -> Option<String> {
    Some(match *record {
        Record::Booted { cause } => match cause {
            ResetCause::PowerOn => "power came".into(),
            ResetCause::Watchdog => "the watchdog bit".into(),
            ResetCause::BrownOut => "the supply sagged".into(),
            ResetCause::Software => "software asked for it".into(),
            ResetCause::Unknown => "cause unknown".into(),
            ResetCause::Panicked { file, line } => {
                format!("the firmware gave up: line {line} of the file with digest {file:08X}")
            }
            ResetCause::HardFault { address } => {
                format!("the processor failed at address {address:#010X}")
            }
            ResetCause::WatchdogForgotten => "the watchdog bit; what led to it was lost".into(),
        },
        Record::SelfTested { locks: left } => format!("locks left: {}", locks(left)),
        Record::ProfileRefused { defect } => profile_defect(defect).into(),
        Record::CalibrationMissing { defect } => record_defect(defect).into(),
        Record::LedgerRestored { session, used } => {
            format!("session {session}, {} count as used", span(used))
        }
        Record::ModeChanged {
            from,
            to,
            locks: closed,
        } if closed.is_empty() => {
            format!("{} to {}", mode(from).0, mode(to).0)
        }
        Record::ModeChanged {
            from,
            to,
            locks: closed,
        } => {
            format!(
                "{} to {}, locks: {}",
                mode(from).0,
                mode(to).0,
                locks(closed)
            )
        }
        _ => return None,
    })
}

const fn profile_defect(defect: ProfileDefect) -> &'static str {
    match defect {
        ProfileDefect::Missing => "none is stored",
        ProfileDefect::Corrupt => "its checksum is wrong",
        ProfileDefect::Unsigned => "it is not signed by the maker",
        ProfileDefect::OtherSerial => "it was made for another device",
        ProfileDefect::UnknownVersion => "its version is not known",
        ProfileDefect::OutOfRange => "a value lies outside the absolute limits",
        ProfileDefect::StrokeTooShort => "its depth cap is not below the stroke",
    }
}

const fn record_defect(defect: RecordDefect) -> &'static str {
    match defect {
        RecordDefect::Missing => "none is stored",
        RecordDefect::Corrupt => "its checksum is wrong",
        RecordDefect::OtherSerial => "it was made for another device",
        RecordDefect::UnknownVersion => "its version is not known",
        RecordDefect::OutOfRange => "it does not pass its checks",
    }
}

/// Plans, sessions, zones, cartridges.
fn of_treatment(record: &Record) -> Option<String> {
    Some(match *record {
        Record::PlanLoaded {
            id,
            operator,
            zones,
        } => {
            format!("plan {id} by operator {operator}, {zones} zones")
        }
        Record::Overridden {
            zone: place,
            depth: to,
            reason,
        } => {
            format!(
                "{} to {}: {}",
                zone(place),
                depth(to),
                override_reason(reason)
            )
        }
        Record::PlanExpired { id } => format!("plan {id} was not started in time"),
        Record::SessionOpened {
            session,
            token,
            cartridge,
        } => {
            format!("session {session}, token {token:x}, cartridge {cartridge}")
        }
        Record::ZoneOpened {
            zone: place,
            cap,
            by,
            rate: at,
        } => format!(
            "{}, cap {} by the {}, {}",
            zone(place),
            depth(cap),
            source(by),
            rate(at)
        ),
        Record::CartridgeBurned { id } => format!("cartridge {id} is used from now on"),
        Record::CartridgeSeated { id } => format!("cartridge {id}"),
        Record::CartridgeRemoved => "the seat is empty".into(),
        Record::CartridgeRefused { defect } => cartridge_defect(&defect),
        Record::SessionClosed {
            session,
            on,
            strokes,
            punctures,
        } => format!(
            "session {session}: motor on {}, {} strokes, {punctures} punctures",
            span(on),
            strokes.as_count()
        ),
        _ => return None,
    })
}

/// Drive, trips, refusals, warnings.
fn of_drive(record: &Record) -> Option<String> {
    Some(match *record {
        Record::Started {
            depth: at,
            cap,
            rate: set,
        } => {
            format!("at {}, cap {}, {}", depth(at), depth(cap), rate(set))
        }
        Record::Stopped { cause, on, strokes } => {
            format!(
                "{} after {}, {} strokes",
                stop_cause(cause),
                span(on),
                strokes.as_count()
            )
        }
        Record::Halted { after, parked } => {
            let needles = if parked {
                "needles inside"
            } else {
                "needles may be out"
            };
            format!("{} after the brake, {needles}", span(after))
        }
        Record::Tripped(what) => trip(&what),
        Record::TrippedAlso { trip: what, count } => format!("{}, {count} later", trip(&what)),
        Record::Heated { grip, winding } => {
            format!(
                "grip {}, winding {}",
                temperature(grip),
                temperature(winding)
            )
        }
        Record::ZeroChecked { a, b } => {
            format!("channel A reads {}, channel B {}", depth(a), depth(b))
        }
        Record::Acknowledged { later } => format!("{later} later trips were counted"),
        Record::Refused { what, why } => format!("{}: {}", request(what), refusal(&why)),
        Record::Warned {
            warning: what,
            limiting: by,
        } => match by {
            Limiting::None => warning(what).into(),
            Limiting::Voltage | Limiting::Current | Limiting::Heat => {
                format!("{} by {}", warning(what), limiting(by))
            }
        },
        _ => return None,
    })
}

/// Service, calibration, link.
fn of_service(record: &Record) -> String {
    match *record {
        Record::ServiceEntered => "by a technician at the pen".into(),
        Record::ServiceLeft { silent: true } => "because the host fell silent".into(),
        Record::ServiceLeft { silent: false } => "as asked".into(),
        Record::CalibrationStaged { digest } => format!("digest {digest:08x}"),
        Record::CalibrationCommitted { generation, digest } => {
            format!("generation {generation}, digest {digest:08x}")
        }
        Record::CalibrationReverted { generation }
        | Record::CalibrationSignedOff { generation } => {
            format!("generation {generation}")
        }
        Record::RoleChanged { role: to } => role(to).into(),
        Record::TerminalEnded { fault: ended } => {
            format!("{}, by a technician at the pen", fault(ended).name)
        }
        Record::DayCorrected { from: 0, to } => format!("to {}, none was seen before", date(to)),
        Record::DayCorrected { from, to } => format!("from {} to {}", date(from), date(to)),
        Record::LinkLocked { errors } => format!("after {errors} bad frames"),
        Record::Lost { count } => format!("{count} records"),
        // Told by the functions above; said plainly should one be missing there.
        other => format!("{other:?}"),
    }
}

/// What was asked for.
const fn request(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Stop => "stop",
        RequestKind::Heartbeat => "heartbeat",
        RequestKind::Acknowledge => "acknowledge",
        RequestKind::LoadPlan => "load plan",
        RequestKind::EndSession => "end session",
        RequestKind::EnterService => "enter service",
        RequestKind::LeaveService => "leave service",
        RequestKind::Run => "run",
        RequestKind::Stage => "stage",
        RequestKind::Commit => "commit",
        RequestKind::Discard => "discard",
        RequestKind::Revert => "revert",
        RequestKind::ConfirmZone => "confirm zone",
        RequestKind::Trigger => "trigger",
        RequestKind::Authorise => "change role",
        RequestKind::CheckZero => "check zero",
        RequestKind::EndTerminal => "end terminal fault",
        RequestKind::SetDay => "set day",
        RequestKind::SignOff => "sign off",
    }
}
