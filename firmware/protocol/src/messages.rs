//! One type per message, and the number of each.
//!
//! Kinds and enum variants leave the device: append only, never reused, never reordered.
//! `tests/golden_v1.rs` pins the bytes, `schema/v1.txt` and `schema/v1-appended.txt` the types.

use pen_core::calibration::Calibration;
use pen_core::fault::{Fault, Trip};
use pen_core::journal::{Entry, RecordDefect, ResetCause};
use pen_core::plan::{Plan, ZONES_MAX, Zone};
use pen_core::profile::{Bound, DeviceClass, DeviceProfile, Mechanism, ProfileDefect};
use pen_core::request::{Refusal, Role};
use pen_core::session::Ledger;
use pen_core::status::{Status, Temperatures};
use pen_core::units::{Depth, Duration, Instant, Rate, Strokes};
use serde::{Deserialize, Serialize};

use crate::frame::Body;
use crate::text::Text;
use crate::wire::{self, WireError};

/// A message of one direction.
pub trait Message: Sized {
    /// Every kind of this direction with its name, in order of the kinds.
    const KINDS: &'static [(u8, &'static str)];

    /// The number that stands for this message on the wire.
    fn kind(&self) -> u8;

    /// Writes the payload into a frame's body.
    ///
    /// # Errors
    /// When it does not fit.
    fn write(&self, body: Body<'_>) -> postcard::Result<usize>;

    /// Reads the payload of a message; nothing when the kind is not one of this direction.
    fn read(kind: u8, payload: &[u8]) -> Option<Result<Self, WireError>>;
}

/// The payload that stands for a variant: its own type, or nothing.
macro_rules! payload {
    () => {
        ()
    };
    ($payload:ty) => {
        $payload
    };
}

/// Makes the enum of one direction from a table of kinds.
macro_rules! messages {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $( $(#[$vdoc:meta])* $kind:literal => $variant:ident $(($payload:ty))?, )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub enum $name {
            $( $(#[$vdoc])* $variant $(($payload))?, )+
        }

        impl Message for $name {
            const KINDS: &'static [(u8, &'static str)] = &[$(($kind, stringify!($variant))),+];

            fn kind(&self) -> u8 {
                match self {
                    $( messages!(@pattern $variant $(, _ignored: $payload)?) => $kind, )+
                }
            }

            fn write(&self, body: Body<'_>) -> postcard::Result<usize> {
                match self {
                    $( messages!(@pattern $variant $(, payload: $payload)?) => {
                        body.payload(messages!(@value $(payload: $payload)?))
                    } )+
                }
            }

            fn read(kind: u8, payload: &[u8]) -> Option<Result<Self, WireError>> {
                match kind {
                    $( $kind => Some(wire::from_bytes::<payload!($($payload)?)>(payload).map(
                        messages!(@make $variant $(, $payload)?)
                    )), )+
                    _ => None,
                }
            }
        }

        impl $name {
            /// Hands every kind and the type of its payload to a visitor: the schema is made of it.
            pub fn visit_payloads(visitor: &mut impl PayloadVisitor) {
                $( visitor.payload::<payload!($($payload)?)>($kind, stringify!($variant)); )+
            }
        }

        const _: () = assert!(is_rising(<$name as Message>::KINDS));
    };
    (@pattern $variant:ident) => { Self::$variant };
    (@pattern $variant:ident, $field:ident: $payload:ty) => { Self::$variant($field) };
    (@value) => { &() };
    (@value $field:ident: $payload:ty) => { $field };
    (@make $variant:ident) => { |()| Self::$variant };
    (@make $variant:ident, $payload:ty) => { Self::$variant };
}

/// Is shown the type of every payload, see [`ToPen::visit_payloads`].
pub trait PayloadVisitor {
    /// One message.
    fn payload<T: Serialize + for<'de> Deserialize<'de>>(&mut self, kind: u8, name: &'static str);
}

const fn is_rising(kinds: &[(u8, &str)]) -> bool {
    let mut at = 1;
    while at < kinds.len() {
        if kinds[at - 1].0 >= kinds[at].0 {
            return false;
        }
        at += 1;
    }
    true
}

messages! {
    /// What a host says. `0x01 ..= 0x0F` read, `0x10 ..= 0x2F` change something.
    pub enum ToPen {
        /// Who the host is; answered by [`ToHost::HelloReply`]. Layout frozen for ever.
        0x01 => Hello(Hello),
        /// Answered by [`ToHost::InfoReply`].
        0x02 => Info,
        /// Answered by [`ToHost::StatusReply`].
        0x03 => Status,
        /// Answered by [`ToHost::LimitsReply`].
        0x04 => Limits,
        /// Answered by [`ToHost::PlanReply`].
        0x05 => ReadPlan,
        /// Answered by [`ToHost::SessionReply`].
        0x06 => ReadSession,
        /// Answered by [`ToHost::CalibrationReply`].
        0x07 => ReadCalibration(ReadCalibration),
        /// Answered by [`ToHost::JournalReply`].
        0x08 => ReadJournal(ReadJournal),
        /// Answered by [`ToHost::FaultsReply`].
        0x09 => ReadFaults,
        /// Asks for a stream of [`ToHost::TelemetryFrame`].
        0x0A => Telemetry(Telemetry),
        /// Answered by [`ToHost::TemperaturesReply`]; appended, see [`APPENDED`].
        0x0B => ReadTemperatures,
        /// Stop whatever turns. Obeyed in every mode, for every role, even while the link is locked.
        0x10 => Stop,
        /// The host is there.
        0x11 => Heartbeat,
        /// The operator has seen the fault.
        0x12 => Acknowledge,
        /// Admit this plan.
        0x13 => LoadPlan(Plan),
        /// Close the session.
        0x14 => EndSession,
        /// Change the role of this connection.
        0x15 => Authorise(Authorise),
        /// Enter Service mode.
        0x16 => EnterService,
        /// Leave Service mode.
        0x17 => LeaveService,
        /// Turn the motor in Service mode.
        0x18 => Run(Run),
        /// Check a calibration and hold it ready.
        0x19 => Stage(Calibration),
        /// Take the staged calibration into force.
        0x1A => Commit(Commit),
        /// Forget the staged calibration.
        0x1B => Discard,
        /// Take the previous calibration back into force.
        0x1C => Revert,
        /// A technician has looked at the pen and ends a terminal fault.
        0x1D => EndTerminal(EndTerminal),
        /// A technician corrects the last day seen.
        0x1E => SetDay(SetDay),
        /// A technician has measured with the calibration in force and signs it off.
        0x1F => SignOff(SignOff),
    }
}

messages! {
    /// What a pen says.
    pub enum ToHost {
        /// Who the pen is. Layout frozen for ever.
        0x81 => HelloReply(HelloReply),
        /// The device and how it is.
        0x82 => InfoReply(InfoReply),
        /// The picture of the pen after its last control step.
        0x83 => StatusReply(Status),
        /// What limits apply, and who set them.
        0x84 => LimitsReply(LimitsReply),
        /// The plan in force.
        0x85 => PlanReply(PlanReply),
        /// The session's account.
        0x86 => SessionReply(Ledger),
        /// A calibration, if there is one.
        0x87 => CalibrationReply(CalibrationReply),
        /// One page of a journal.
        0x88 => JournalReply(JournalReply),
        /// What is latched.
        0x89 => FaultsReply(FaultsReply),
        /// One of a stream; its frame's sequence number counts the stream, not the requests.
        0x8A => TelemetryFrame(TelemetryFrame),
        /// How warm the pen is; appended, see [`APPENDED`].
        0x8B => TemperaturesReply(Temperatures),
        /// Done.
        0x90 => Done,
        /// The pen says no, and why; nothing changed.
        0x91 => Refused(Refusal),
        /// The request did not get as far as the pen's core; nothing changed.
        0x92 => LinkError(LinkError),
    }
}

/// Kinds that were appended to version 1 without a new schema hash: requests that only read, and
/// their answers.
///
/// Old and new go on working together because nobody is told of such a kind who does not ask for it, and
/// because a pen that does not know it answers [`LinkError::UnknownKind`]. The pen counts that as a bad
/// frame (LINK-001), so a host asks once a connection and goes on without.
pub const APPENDED: [u8; 2] = [0x0B, 0x8B];

/// What only reads changes nothing, and is served whatever the host's version (LINK-007).
impl ToPen {
    /// Whether this message can change anything but the link itself.
    #[must_use]
    pub const fn changes(&self) -> bool {
        match self {
            Self::Hello(_)
            | Self::Info
            | Self::Status
            | Self::Limits
            | Self::ReadPlan
            | Self::ReadSession
            | Self::ReadCalibration(_)
            | Self::ReadJournal(_)
            | Self::ReadFaults
            | Self::Telemetry(_)
            | Self::ReadTemperatures => false,
            Self::Stop
            | Self::Heartbeat
            | Self::Acknowledge
            | Self::LoadPlan(_)
            | Self::EndSession
            | Self::Authorise(_)
            | Self::EnterService
            | Self::LeaveService
            | Self::Run(_)
            | Self::Stage(_)
            | Self::Commit(_)
            | Self::Discard
            | Self::Revert
            | Self::EndTerminal(_)
            | Self::SetDay(_)
            | Self::SignOff(_) => true,
        }
    }
}

/// See [`ToPen::Hello`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hello {
    /// The oldest protocol version the host speaks.
    pub version_min: u8,
    /// The newest protocol version the host speaks.
    pub version_max: u8,
    /// [`crate::SCHEMA_HASH`] of the host.
    pub schema: u32,
    /// The host program and its version.
    pub client: Text<24>,
}

/// See [`ToHost::HelloReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HelloReply {
    /// The newest protocol version the pen speaks.
    pub version: u8,
    /// The oldest protocol version the pen speaks.
    pub version_min: u8,
    /// [`crate::SCHEMA_HASH`] of the pen.
    pub schema: u32,
    /// The pen's serial number.
    pub serial: u64,
    /// The pen's model; one that begins with [`crate::SIMULATED`] is not real.
    pub model: Text<24>,
    /// The version of its firmware.
    pub firmware: Text<24>,
    /// Versions or schema differ: this connection can read and stop, and change nothing else.
    pub read_only: bool,
}

impl HelloReply {
    /// Nobody can be treated with this pen: it is simulated, by whatever link it is reached.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.model.as_str().starts_with(crate::SIMULATED)
    }
}

/// See [`ToHost::InfoReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InfoReply {
    /// The pen's serial number.
    pub serial: u64,
    /// Its class, when it has a usable profile.
    pub class: Option<DeviceClass>,
    /// How its depth is set, when it has a usable profile.
    pub mechanism: Option<Mechanism>,
    /// The version of its firmware.
    pub firmware: Text<24>,
    /// Time since power-up.
    pub uptime: Instant,
    /// Why it started.
    pub reset: ResetCause,
    /// The role of this connection.
    pub role: Role,
    /// How its storage is.
    pub storage: StorageState,
    /// What the link has seen since power-up.
    pub link: LinkCounters,
}

/// How the pen's storage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StorageState {
    /// What is wrong with the limit profile.
    pub profile: Option<ProfileDefect>,
    /// What is wrong with the calibration.
    pub calibration: Option<RecordDefect>,
    /// What is wrong with the session ledger.
    pub ledger: Option<RecordDefect>,
    /// A newer acknowledged generation of a record is damaged. An older ledger is gone on from, an older
    /// profile or calibration is not used.
    pub fell_back: bool,
    /// Cartridges on the list of used ones; nothing when the list cannot be trusted.
    pub used_cartridges: Option<u32>,
    /// Places where the journals are broken: a number is missing or the chain does not match.
    pub journal_breaks: u32,
    /// Records that were lost since power-up because they could not be written in time.
    pub journal_lost: u32,
    /// The last attempt to write failed.
    pub write_error: Option<StorageError>,
}

/// What the link has seen since power-up (LINK-001).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LinkCounters {
    /// Whole frames that were answered.
    pub frames: u32,
    /// Frames that were no COBS.
    pub bad_cobs: u32,
    /// Frames that were too long.
    pub too_long: u32,
    /// Frames that were too short.
    pub too_short: u32,
    /// Frames with a wrong CRC.
    pub bad_crc: u32,
    /// Frames of another protocol version.
    pub bad_version: u32,
    /// Frames of an unknown kind.
    pub unknown_kind: u32,
    /// Frames with a payload that cannot be read.
    pub bad_payload: u32,
    /// Frames with something behind the payload.
    pub trailing_bytes: u32,
    /// Frames that came while the link was locked.
    pub while_locked: u32,
    /// Times the link was locked.
    pub locks: u32,
    /// Repeated requests that were answered from memory.
    pub repeats: u32,
    /// Telemetry frames that were dropped because there was no room.
    pub telemetry_dropped: u32,
    /// Replies that were dropped because there was no room.
    pub replies_dropped: u32,
}

/// See [`ToHost::LimitsReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LimitsReply {
    /// The limits of this firmware, which nothing can raise.
    pub absolute: AbsoluteLimits,
    /// The limits of this device.
    pub profile: Option<DeviceProfile>,
    /// The limits in force in each zone of the plan.
    pub zones: [Option<ZoneLimits>; ZONES_MAX],
}

/// The absolute limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AbsoluteLimits {
    /// Deepest protrusion.
    pub depth: Depth,
    /// Deepest protrusion of a home device.
    pub depth_home: Depth,
    /// Deepest protrusion of a professional device without an override.
    pub depth_professional: Depth,
    /// Slowest rate.
    pub rate_min: Rate,
    /// Fastest rate.
    pub rate_max: Rate,
    /// Fastest rate in Service mode.
    pub rate_service: Rate,
    /// Motor-on time of one session.
    pub session_on: Duration,
    /// Longest session.
    pub session_elapsed: Duration,
    /// Longest activation.
    pub activation: Duration,
    /// Strokes of one cartridge.
    pub cartridge: Strokes,
}

/// The limits in force in one zone, and who set each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ZoneLimits {
    /// Which zone.
    pub zone: Zone,
    /// Deepest protrusion.
    pub depth: Bound<Depth>,
    /// Fastest rate.
    pub rate: Bound<Rate>,
    /// Motor-on time.
    pub time: Bound<Duration>,
    /// Strokes.
    pub strokes: Bound<Strokes>,
}

/// See [`ToHost::PlanReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PlanReply {
    /// The plan in force.
    pub plan: Option<Plan>,
}

/// See [`ToPen::ReadCalibration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReadCalibration {
    /// Which one.
    pub which: Which,
}

/// A generation of the calibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Which {
    /// The one in force.
    Current,
    /// The one before it.
    Previous,
    /// The one that is staged.
    Staged,
}

/// See [`ToHost::CalibrationReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CalibrationReply {
    /// Which one.
    pub which: Which,
    /// The calibration and its digest.
    pub found: Option<FoundCalibration>,
}

/// A calibration as the pen holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FoundCalibration {
    /// [`crate::calibration_digest`] of the calibration.
    pub digest: u32,
    /// The calibration.
    pub calibration: Calibration,
}

/// The two journals: routine records never push out the records of faults (LOG-005).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum JournalName {
    /// Faults, trips, refusals of records, role changes, calibrations.
    Faults,
    /// Everything else.
    Routine,
}

/// See [`ToPen::ReadJournal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReadJournal {
    /// Which one.
    pub journal: JournalName,
    /// Number of the first record wanted; the first record ever has number 1.
    pub from: u32,
    /// Most records wanted. Range: `1 ..= 8`
    pub max: u8,
}

/// Most records in one page of a journal.
pub const PAGE_MAX: usize = 8;

/// See [`ToHost::JournalReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JournalReply {
    /// Which one.
    pub journal: JournalName,
    /// Number of the oldest record still there; equal to `end` when there is none.
    pub first: u32,
    /// Number of the first record behind this page.
    pub next: u32,
    /// Number that the next new record will get.
    pub end: u32,
    /// The records, without gaps.
    pub entries: [Option<JournalEntry>; PAGE_MAX],
}

/// One record of a journal and its place in the chain (LOG-002).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JournalEntry {
    /// Its number.
    pub seq: u32,
    /// The chain's value behind it.
    pub chain: u32,
    /// The record; nothing when this firmware cannot read what is stored.
    pub entry: Option<Entry>,
}

/// See [`ToHost::FaultsReply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FaultsReply {
    /// The first cause, while latched.
    pub latched: Option<Trip>,
    /// Trips after the first cause.
    pub later: u16,
    /// A terminal fault that storage keeps across resets (STOP-012).
    pub terminal: Option<Fault>,
}

/// See [`ToPen::Telemetry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Telemetry {
    /// Time between two frames; zero ends the stream. Unit: ms.
    pub period_ms: u16,
}

/// See [`ToHost::TelemetryFrame`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TelemetryFrame {
    /// Frames of this stream that were dropped so far because there was no room.
    pub dropped: u32,
    /// The picture of the pen.
    pub status: Status,
}

/// See [`ToPen::Authorise`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Authorise {
    /// The role wanted.
    pub role: Role,
}

/// See [`ToPen::Run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Run {
    /// The stroke rate.
    pub rate: Rate,
}

/// See [`ToPen::Commit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Commit {
    /// [`crate::calibration_digest`] of the calibration that the host believes to be staged.
    pub digest: u32,
}

/// See [`ToPen::EndTerminal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EndTerminal {
    /// The fault that was looked at; it must be the one that is latched.
    pub fault: Fault,
}

/// See [`ToPen::SetDay`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SetDay {
    /// Today, in days since 2020-01-01.
    pub day: u16,
}

/// See [`ToPen::SignOff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SignOff {
    /// Generation of the calibration that was looked at; it must be the one in force.
    pub generation: u32,
}

/// Why a request did not get as far as the pen's core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LinkError {
    /// The first message of a connection must be [`ToPen::Hello`].
    NoHello,
    /// Versions or schema differ: only reading and stopping.
    ReadOnly,
    /// The frame's protocol version is not spoken here.
    Version {
        /// The oldest that is.
        min: u8,
        /// The newest that is.
        max: u8,
    },
    /// The kind is not known.
    UnknownKind {
        /// Which.
        kind: u8,
    },
    /// The payload is not one of this kind.
    BadPayload {
        /// Which kind.
        kind: u8,
    },
    /// Something follows the payload.
    TrailingBytes {
        /// Which kind.
        kind: u8,
        /// Bytes left over.
        bytes: u16,
    },
    /// Too many bad frames: nothing but stop is heard for a while (LINK-001).
    Locked {
        /// Time left. Unit: ms.
        left_ms: u16,
    },
    /// Too many refused changes of role.
    TooOften {
        /// Time left. Unit: ms.
        left_ms: u32,
    },
    /// No flash operation is allowed while the motor may turn (STORE-003).
    NotQuiet,
    /// What was to be kept could not be stored; nothing in force changed.
    Storage(StorageError),
    /// The number of records asked for is not between one and [`PAGE_MAX`].
    PageSize {
        /// What was asked.
        asked: u8,
        /// What is allowed.
        allowed: u8,
    },
}

/// Why something could not be stored or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StorageError {
    /// The flash driver reported an error.
    Flash,
    /// The storage map does not fit the flash.
    Geometry,
    /// It is too long for its place.
    TooLong,
    /// It never read back as written.
    NotVerified,
    /// No room is left.
    Full,
    /// What is already there is damaged.
    Damaged,
    /// A counter has reached its end.
    Exhausted,
}

#[cfg(test)]
mod tests {
    use super::is_rising;

    #[test]
    fn link_001_kinds_rise_when_each_is_greater_than_the_one_before() {
        assert!(is_rising(&[]));
        assert!(is_rising(&[(7, "a")]));
        assert!(is_rising(&[(0, "a"), (1, "b"), (255, "c")]));
        for wrong in [[(1, "a"), (1, "b")], [(2, "a"), (1, "b")]] {
            assert!(!is_rising(&wrong));
            let [first, second] = wrong;
            assert!(!is_rising(&[(0, "-"), first, second]));
            assert!(!is_rising(&[first, second, (9, "-")]));
        }
    }
}
