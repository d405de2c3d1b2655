//! Every code with its class, advice and long text, and the constructors that fill them in.
//!
//! Texts live here and nowhere else, keyed by code, so that they can be reviewed or translated in
//! one sitting.

use std::fmt;

use super::{Class, HostError};
use crate::clock::{self, Signal};

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $class:ident, $title:literal, $advice:literal, $long:literal;)*) => {
        /// The cause of a failure. The number is never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as printed, such as `PEN-E012`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The class, and with it the exit code.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }

            /// A few words that name the cause.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do in the usual case.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }

            const fn long(self) -> &'static str {
                match self { $(Self::$name => $long,)* }
            }
        }
    };
}

catalogue! {
    Internal = "PEN-E001", Internal, "defect of this program",
        "please report it with the command line and the output of `penctl --version`",
        "The program met a state that it holds to be impossible. The pen is not to blame and its own \
         limits still hold: it needs no host to stay safe.";
    Usage = "PEN-E002", Usage, "command line not understood",
        "see `penctl --help`",
        "An argument is missing, unknown or contradicts another one. Nothing was sent to a pen.";
    OutOfTolerance = "PEN-E003", OutOfTolerance, "no plain pass as left",
        "adjust and measure again; if it stays out, take the pen out of use",
        "The measurement itself went well. At least one point as left is not a plain pass under the \
         guard-banded rule printed on the report; or all are, and an instrument without a valid certificate, \
         or a rate that was not measured, keeps the certificate from saying so. If the pen was treated with since its last good \
         calibration, those treatments need a review.";
    Aborted = "PEN-E004", Aborted, "ended by the operator",
        "start again when ready; `penctl status` shows what is in force",
        "The operator ended the procedure. The motor was stopped and staged values were thrown away. What \
         was committed before that is in force, and the pen treats nobody with it until a calibration \
         passes as left, or the one before returns with `penctl calibrate undo`.";
    NotConfirmed = "PEN-E005", Usage, "confirmation missing",
        "run it in a terminal and confirm, or add --yes if you are sure",
        "The command moves the needles or changes what the pen stores. Without a terminal it wants \
         --yes. That flag answers the question and nothing else: no interlock and no limit of the pen \
         is passed by it.";
    BadConfig = "PEN-E006", Usage, "configuration file not understood",
        "correct the line named above, or run without the file",
        "A configuration, scenario or register file has an unknown key, a wrong unit or a value \
         outside its range. Files are taken whole or not at all.";
    FitRefused = "PEN-E007", OutOfTolerance, "fit refused",
        "check gauge, seating and cartridge, then measure again; do not widen the gate",
        "The measured points do not make a table that the pen would accept: not monotone, too few \
         points, slope, offset or residual too large, or too far from the design line. The pen checks \
         the same gates by itself.";
    WrongDate = "PEN-E008", Usage, "date before this program was made",
        "set this computer's date, then repeat",
        "The date of this computer, or the one that was given, lies before the day on which this program \
         was released, so it is wrong: a flat battery or a computer without a clock does that. A pen \
         takes the day from its host and decides by it whether a cartridge or a calibration has \
         expired, so nothing was sent. A pen that took a wrong day before gets the right one from a \
         technician, with `penctl service set-day`.";
    OtherFault = "PEN-E009", Usage, "that fault is not latched",
        "see what is latched with `penctl faults`",
        "The terminal fault that was named is not the one that keeps the pen out of use. Whoever ends a \
         fault names the one that was looked at, so nothing was sent. Every other fault is \
         acknowledged, on the pen or with `penctl faults --acknowledge`.";
    NoDevice = "PEN-E010", NoDevice, "no pen found",
        "check the cable and run `penctl list`; for a simulated pen use --port sim:",
        "No port answers the description. A pen without power on its USB side, a charge-only cable \
         and a mistyped serial number look the same from here.";
    AmbiguousDevice = "PEN-E011", AmbiguousDevice, "more than one pen found",
        "name one with --port; `penctl list` shows them",
        "More than one pen answers the description and the tool does not guess, since a calibration \
         written to the wrong pen is a hazard.";
    Permission = "PEN-E012", Permission, "port may not be opened",
        "add yourself to the port's group (`ls -l` shows it, often dialout), then log in again",
        "The port exists and the operating system does not let this user open it. On Linux the \
         port belongs to a group; a udev rule can grant it to whoever sits at the machine.";
    Busy = "PEN-E013", Busy, "port in use",
        "close the other program; on Linux `fuser` with the port's name shows which one it is",
        "Another program has the port open. Ports are opened exclusively, so that two programs never \
         speak to one pen at once.";
    LinkLost = "PEN-E014", LinkLost, "link to the pen broke",
        "replug the pen, look at it with `penctl status`, then repeat the command",
        "The port vanished or its stream ended. The pen leaves Service mode by itself when its \
         heartbeat stays out, and brakes if it was moving. A message that arrived in part has no effect; \
         one that arrived whole has its own, although its answer was lost.";
    Timeout = "PEN-E015", LinkLost, "no answer in time",
        "repeat the command; with --trace FILE the bytes of the exchange are kept",
        "A request was sent and its answer did not come in time. Requests carry a sequence number: \
         repeating one has no second effect.";
    BadFrame = "PEN-E016", LinkLost, "answer not understood",
        "repeat the command; if it stays, check that it is a pen and keep a --trace",
        "Bytes came that do not make a valid frame: wrong checksum, wrong length, unknown kind or \
         trailing bytes. Such frames are dropped, never interpreted.";
    Restarted = "PEN-E017", LinkLost, "pen restarted",
        "look at the pen, then repeat the command; `penctl info` shows why it started",
        "The pen answered that nobody greeted it, although this program did: it was restarted in \
         between, by a power cut, a reset or its watchdog. Everything that was not stored is gone, a \
         calibration that was only staged too; the role is that of an observer again.";
    WrongPen = "PEN-E018", WrongHardware, "another pen than before",
        "find the pen with `penctl list`, then repeat the command with --serial",
        "The pen at this port is not the one that was asked for, or not the one that greeted: cables \
         were swapped, or a bridge leads elsewhere. Whatever was to be written was not sent.";
    NotBelieved = "PEN-E019", Usage, "reading not believed",
        "look at instrument, ring and seating, then go on with --resume; at a terminal a reading can be typed, or \
         kept with a reason",
        "An instrument that sends its readings answered, and what it sent was no reading of what is measured, \
         again and again: it has other steps than were stated, moves, says that it has no value, or differs from \
         what ring, pen and the readings before foretell. Nobody sat there who could say why it is right, so it \
         was not taken, and the motor was stopped. The readings before it are kept.";
    VersionMismatch = "PEN-E020", VersionMismatch, "versions differ",
        "update the older side; reading is still allowed",
        "Host and pen speak different protocol versions. Until the older side is updated only \
         requests that change nothing are sent.";
    WrongHardware = "PEN-E021", WrongHardware, "for other hardware",
        "use the file that was made for this pen",
        "The image, profile or calibration names another hardware or another serial number. It was \
         not sent.";
    FlashFailed = "PEN-E030", FlashFailed, "write to flash failed",
        "keep the pen powered, look at it with `penctl status`, then repeat the command",
        "Erasing or programming did not succeed. The pen writes to the slot that is not in use and \
         switches over only after a check, so the previous content is intact.";
    VerifyFailed = "PEN-E031", VerifyFailed, "read-back differs",
        "repeat once; if it happens again take the pen out of use",
        "What was read back after a write is not what was written, so this program does not rely on it. \
         `penctl status` shows what the pen has in force.";
    DeviceFault = "PEN-E040", DeviceFault, "pen in a fault",
        "remove the cause, release the trigger, acknowledge on the pen, then try again",
        "The pen has latched a fault. It keeps the first cause, ends only by an operator's \
         acknowledgement after the cause has gone, and cannot be talked out of it over the wire.";
    SafetyStop = "PEN-E041", SafetyStop, "stopped by a safety function",
        "read the cause with `penctl journal` before anything else",
        "The guard in the pen removed drive: brake, then torque off, then park. It did so on what its \
         sensors said, whatever the host had asked for.";
    Refused = "PEN-E042", DeviceFault, "request refused by the pen",
        "do what the reason asks for: a value within its limit, another mode, or waiting",
        "The pen answered that the request is outside its limits, or not for this mode or role. \
         Nothing was changed and nothing was trimmed to fit. The answer names what was asked, what is \
         allowed and which source binds.";
    NotAttended = "PEN-E043", DeviceFault, "nobody held the confirm button",
        "repeat the command, and hold the confirm button on the pen as soon as it says so",
        "What was asked for is done only while somebody at the pen holds its confirm button, some of it \
         only after the button was held for 2 s. The pen did not see that in time. Nothing was changed. \
         After three attempts in vain the pen listens to the next one only 10 s later, so keep holding. \
         A button that is held and not seen is broken: `penctl journal` shows what the pen refused.";
    RecordStore = "PEN-E050", RecordStore, "record not kept",
        "check path, space and rights, then repeat",
        "A file of the record or report could not be written or read whole. A calibration whose \
         record is not safely stored does not count as done.";
    RecordBroken = "PEN-E051", RecordStore, "record does not hold together",
        "keep the file as it is and compare with the pen's own journal",
        "A number, a checksum or a link of the chain does not fit: something was changed, lost or \
         reordered after it was written.";
    StoreNewer = "PEN-E052", RecordStore, "store of a newer program",
        "update this program, or name another store with --store",
        "The store of records says that a newer penctl made it, with a schema that this one does not know. \
         It was not touched: a program that guesses at the meaning of records could spoil them.";
    StoreFull = "PEN-E053", RecordStore, "no room for records",
        "make room on that disk; `penctl store info` shows where the store is",
        "The disk, or the quota of this user, is full. What was acknowledged before is safe. The record in \
         question was not written, and what depended on it was not done.";
    StoreReadOnly = "PEN-E054", RecordStore, "store may not be written",
        "give this user the right to write to that folder and file, or name another store with --store",
        "The store, or the folder it is in, can be read and not written. A store needs a folder in which \
         files may be made: what makes a record safe is written beside it first. Nothing was changed.";
    StoreBusy = "PEN-E055", RecordStore, "store held by another program",
        "end the other program, then repeat",
        "Several programs may use one store at once; each holds it for some milliseconds. One of them has \
         held it for much longer: it hangs, or a backup program has locked the file. Nothing was changed.";
    NotAStore = "PEN-E056", RecordStore, "not a store of records",
        "name a store, or a file that is not there yet, with --store",
        "The file is no SQLite database, is damaged, or belongs to another program. It was not touched. If \
         it used to be a store, keep it as it is and go on with a backup.";
    StoreMissing = "PEN-E057", RecordStore, "no store there",
        "calibrate a pen or import records first, or name the store with --store",
        "What was asked for only reads, and reading makes no store. A store is made by the first \
         calibration or import.";
    RecordTwice = "PEN-E058", RecordStore, "number taken",
        "look at what is there with `penctl export`; nothing is overwritten",
        "Certificates, sessions, ends of runs and records of a pen's journal have numbers that are given \
         once, for ever. One with this number is in the store, and says something else.";
    NoSuchRecord = "PEN-E059", Usage, "no such record",
        "see what there is with `penctl store info` and `penctl due`",
        "The store has nothing under the name or number that was given. The name of a pen is its serial \
         number with all its digits.";
    FileExists = "PEN-E060", RecordStore, "file is there already",
        "name another with --out, or move the old one away",
        "A report, an export or a backup would have to overwrite a file. This program never does: what was \
         handed over once stays as it was. It is checked before the first question is asked.";
    StoreUnreachable = "PEN-E061", RecordStore, "store not reachable",
        "check the address, the server and its log; `penctl explain PEN-E061` has more",
        "The server that keeps the records does not answer, or does not let this user in. The address is \
         postgres://USER@HOST:PORT/DATABASE; the password can be in the variable PGPASSWORD.";
    Interrupted = "PEN-E130", Interrupted, "interrupted",
        "start again when ready",
        "An interrupt came from the keyboard. The stop request was sent before the program ended, and \
         without a heartbeat the pen would have stopped by itself. A second one ends the program at \
         once.";
    Terminated = "PEN-E143", Terminated, "terminated",
        "start again when ready",
        "Another program, the system at its end, or a terminal that was closed asked this program to \
         end. The stop request was sent first, and without a heartbeat the pen would have stopped by \
         itself. A second signal ends the program at once.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The long text of a code given as `PEN-E012`, `pen-e012` or `E012`; none for an unknown code.
#[must_use]
pub fn explain(code: &str) -> Option<String> {
    let wanted = code.trim().to_ascii_uppercase();
    let found = Code::ALL.iter().find(|code| {
        let text = code.as_str();
        text == wanted || text.strip_prefix("PEN-") == Some(wanted.as_str())
    })?;
    let class = found.class();
    Some(format!(
        "{found}: {}\n\nClass {class}, exit code {}.\n\n{}\n\nWhat to do: {}.\n",
        found.title(),
        class.exit_code(),
        found.long(),
        found.advice()
    ))
}

impl HostError {
    /// A state held to be impossible.
    #[must_use]
    pub fn internal(why: impl Into<String>) -> Self {
        Self::new(Code::Internal, "this should not have happened", why)
    }

    /// An argument that is missing, unknown or contradictory.
    #[must_use]
    pub fn usage(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Code::Usage, what, why)
    }

    /// A command that needs `--yes` where nobody can be asked.
    #[must_use]
    pub fn not_confirmed(action: &str) -> Self {
        Self::new(
            Code::NotConfirmed,
            format!("{action} was not confirmed"),
            "there is no terminal to ask at and --yes was not given",
        )
    }

    /// A file of settings that cannot be taken.
    #[must_use]
    pub fn bad_config(file: &str, why: impl Into<String>) -> Self {
        Self::new(Code::BadConfig, format!("{file} cannot be used"), why)
    }

    /// A calibration whose verdict as left is not a plain pass.
    #[must_use]
    pub fn out_of_tolerance(pen: &str, verdict: &str) -> Self {
        Self::new(
            Code::OutOfTolerance,
            format!("pen {pen} is not in tolerance as left"),
            format!("the worst point is: {verdict}"),
        )
    }

    /// A pen that is in tolerance by its numbers, and a certificate that cannot say so.
    #[must_use]
    pub fn not_attested(pen: &str, why: &str, fix: &str) -> Self {
        Self::new(
            Code::OutOfTolerance,
            format!("the certificate of pen {pen} is no plain pass, although all points are within tolerance"),
            why,
        )
        .with_fix(fix)
    }

    /// Measured points that make no acceptable table.
    #[must_use]
    pub fn fit_refused(why: impl Into<String>) -> Self {
        Self::new(
            Code::FitRefused,
            "the measured points make no acceptable calibration",
            why,
        )
    }

    /// The operator ended the procedure.
    #[must_use]
    pub fn aborted(during: &str) -> Self {
        Self::new(
            Code::Aborted,
            format!("{during} was ended"),
            "the operator asked for it",
        )
    }

    /// A date before this program was made; `whose` it is, and the day of the release.
    #[must_use]
    pub fn wrong_date(whose: &str, date: &str, release: &str) -> Self {
        Self::new(
            Code::WrongDate,
            format!("{whose} is {date}"),
            format!("this program was released on {release}, so it cannot be earlier"),
        )
    }

    /// Another terminal fault is latched than the one that was named, or none.
    #[must_use]
    pub fn other_fault(named: &str, latched: Option<&str>) -> Self {
        Self::new(
            Code::OtherFault,
            format!("{named} is not latched"),
            match latched {
                Some(other) => format!("the pen is in the terminal fault {other}"),
                None => "the pen is in no terminal fault".to_owned(),
            },
        )
    }

    /// Nothing answers `wanted`; `seen` are the ports that exist.
    #[must_use]
    pub fn no_device(wanted: &str, seen: &[String]) -> Self {
        let why = if seen.is_empty() {
            "no serial port was found at all".to_owned()
        } else {
            format!("none of these is it: {}", seen.join(", "))
        };
        Self::new(Code::NoDevice, format!("no pen found for {wanted}"), why)
    }

    /// Several pens answer `wanted`.
    #[must_use]
    pub fn ambiguous_device(wanted: &str, candidates: &[String]) -> Self {
        Self::new(
            Code::AmbiguousDevice,
            format!("{} pens answer to {wanted}", candidates.len()),
            format!("candidates: {}", candidates.join(", ")),
        )
    }

    /// The port is there and may not be opened.
    #[must_use]
    pub fn permission(port: &str, pen: &str, system: &str) -> Self {
        Self::new(
            Code::Permission,
            format!("{port} (pen {pen}) is there but this user may not open it"),
            format!("the operating system answered {system}"),
        )
    }

    /// The port is held by another program; `holders` are those that could be seen.
    #[must_use]
    pub fn busy(port: &str, system: &str, holders: &[(u32, String)]) -> Self {
        let who: Vec<String> = holders
            .iter()
            .map(|(pid, name)| format!("{name} (process {pid})"))
            .collect();
        let why = if who.is_empty() {
            format!("the operating system answered {system}")
        } else {
            format!(
                "it is held by {}; the operating system answered {system}",
                who.join(", ")
            )
        };
        let what = format!("{port} is in use by another program");
        Self::new(Code::Busy, what, why)
    }

    /// The port vanished.
    #[must_use]
    pub fn link_lost(port: &str, why: impl Into<String>) -> Self {
        Self::new(Code::LinkLost, format!("the link over {port} broke"), why)
    }

    /// An answer did not come in time.
    #[must_use]
    pub fn timeout(request: &str, waited_ms: u64) -> Self {
        Self::new(
            Code::Timeout,
            format!("no answer to {request}"),
            format!("waited {waited_ms} ms"),
        )
    }

    /// The pen greeted before, and now asks for a greeting.
    #[must_use]
    pub fn restarted(port: &str) -> Self {
        Self::new(
            Code::Restarted,
            format!("the pen at {port} has restarted"),
            "it greeted this program before and now asks for a greeting",
        )
    }

    /// The pen at a port is not the one that is meant; serial numbers in words.
    #[must_use]
    pub fn wrong_pen(port: &str, wanted: &str, found: &str) -> Self {
        Self::new(
            Code::WrongPen,
            format!("the pen at {port} is {found}"),
            format!("{wanted} was asked for; nothing was sent to this one"),
        )
    }

    /// Bytes that make no frame, or a frame that answers something else.
    #[must_use]
    pub fn bad_frame(why: impl Into<String>) -> Self {
        Self::new(Code::BadFrame, "the pen's answer was not understood", why)
    }

    /// Host and pen speak different versions.
    #[must_use]
    pub fn version_mismatch(host: &str, pen: &str, older: &str) -> Self {
        Self::new(
            Code::VersionMismatch,
            format!("host speaks {host}, pen speaks {pen}"),
            format!("the {older} is the older side"),
        )
    }

    /// A file for another pen.
    #[must_use]
    pub fn wrong_hardware(file: &str, made_for: &str, pen: &str) -> Self {
        Self::new(
            Code::WrongHardware,
            format!("{file} is not for this pen"),
            format!("it was made for {made_for}, this is {pen}"),
        )
    }

    /// The pen could not write.
    #[must_use]
    pub fn flash_failed(what: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::FlashFailed,
            format!("the pen could not store {what}"),
            why,
        )
    }

    /// Read-back and write differ.
    #[must_use]
    pub fn verify_failed(what: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::VerifyFailed,
            format!("{what} reads back differently"),
            why,
        )
    }

    /// The pen has latched a fault.
    #[must_use]
    pub fn device_fault(fault: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::DeviceFault,
            format!("the pen is in fault {fault}"),
            why,
        )
    }

    /// A safety function stopped the motor.
    #[must_use]
    pub fn safety_stop(function: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::SafetyStop,
            format!("the pen stopped itself: {function}"),
            why,
        )
    }

    /// The pen refused a request; `why` carries what was asked, what is allowed, and who says so.
    #[must_use]
    pub fn refused(request: &str, why: impl Into<String>) -> Self {
        Self::new(Code::Refused, format!("the pen refused {request}"), why)
    }

    /// Nobody held the confirm button on the pen in time.
    #[must_use]
    pub fn not_attended(waited_s: u64) -> Self {
        Self::new(
            Code::NotAttended,
            "nobody held the confirm button on the pen",
            format!("waited {waited_s} s for it"),
        )
    }

    /// A file of the record could not be written or read.
    #[must_use]
    pub fn record_store(file: &str, why: impl Into<String>) -> Self {
        Self::new(Code::RecordStore, format!("{file} was not kept"), why)
    }

    /// A record that was changed after it was written.
    #[must_use]
    pub fn record_broken(record: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::RecordBroken,
            format!("{record} does not hold together"),
            why,
        )
    }

    /// Somebody asked the program to end while it did `during`: with which signal is told.
    #[must_use]
    pub fn interrupted(during: &str) -> Self {
        Self::ended_by(clock::ended_by().unwrap_or(Signal::Interrupt), during)
    }

    /// A signal asked for an end.
    #[must_use]
    pub fn ended_by(signal: Signal, during: &str) -> Self {
        let (code, ended, why) = match signal {
            Signal::Interrupt => (
                Code::Interrupted,
                "interrupted",
                "interrupt from the keyboard",
            ),
            Signal::Terminate => (
                Code::Terminated,
                "terminated",
                "another program, or the system, asked this one to end (SIGTERM)",
            ),
            Signal::HangUp => (
                Code::Terminated,
                "terminated",
                "the terminal was closed (SIGHUP)",
            ),
        };
        Self::new(code, format!("{during} was {ended}"), why)
    }
}
