//! Typed records: what happened can be told from them alone.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::cartridge::CartridgeDefect;
use crate::fault::{Fault, Limiting, StopCause, Trip, Warning};
use crate::locks::Locks;
use crate::mode::Mode;
use crate::plan::{OverrideReason, Zone};
use crate::profile::{ProfileDefect, Source};
use crate::request::{Refusal, RequestKind, Role};
use crate::units::{Depth, Duration, Instant, Rate, Strokes, Temperature};

/// Why the pen started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ResetCause {
    /// Power came.
    #[default]
    PowerOn,
    /// The watchdog bit.
    Watchdog,
    /// The supply sagged.
    BrownOut,
    /// Software asked for it.
    Software,
    /// The board cannot tell.
    Unknown,
    /// The firmware met a state that must not be, and gave up.
    Panicked {
        /// CRC-32 of the source file's path.
        file: u32,
        /// Line in it.
        line: u32,
    },
    /// The processor met an instruction that it could not carry out.
    HardFault {
        /// Its address.
        address: u32,
    },
    /// The watchdog bit, and the memory that would tell why was not retained.
    WatchdogForgotten,
}
any_enum!(ResetCause { PowerOn, Watchdog, BrownOut, Software, Unknown, Panicked { file, line }, HardFault { address }, WatchdogForgotten });

/// Why a calibration is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RecordDefect {
    /// Nothing is stored.
    Missing,
    /// It does not pass its checksum.
    Corrupt,
    /// It was made for another device.
    OtherSerial,
    /// Its version is not known.
    UnknownVersion,
    /// It does not pass the checks of CAL-002.
    OutOfRange,
}
any_enum!(RecordDefect {
    Missing,
    Corrupt,
    OtherSerial,
    UnknownVersion,
    OutOfRange
});

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Record {
    /// The pen started.
    Booted {
        /// Why.
        cause: ResetCause,
    },
    /// The power-up tests have run.
    SelfTested {
        /// What they left locked.
        locks: Locks,
    },
    /// There is no usable profile.
    ProfileRefused {
        /// Why.
        defect: ProfileDefect,
    },
    /// There is no usable calibration.
    CalibrationMissing {
        /// Why.
        defect: RecordDefect,
    },
    /// An open session was found in storage; what it used counts on (SESS-008).
    LedgerRestored {
        /// Its number.
        session: u32,
        /// Motor-on time used, with the interval that was under way.
        used: Duration,
    },
    /// The mode changed.
    ModeChanged {
        /// From.
        from: Mode,
        /// To.
        to: Mode,
        /// Locks at that moment.
        locks: Locks,
    },
    /// A plan came into force.
    PlanLoaded {
        /// The host's number.
        id: u32,
        /// Who treats.
        operator: u32,
        /// Zones in it.
        zones: u8,
    },
    /// A zone's usual cap was overridden.
    Overridden {
        /// Which zone.
        zone: Zone,
        /// The depth asked for.
        depth: Depth,
        /// Why.
        reason: OverrideReason,
    },
    /// A plan was not started in time (SESS-006).
    PlanExpired {
        /// The host's number.
        id: u32,
    },
    /// A session began.
    SessionOpened {
        /// Its number on this pen.
        session: u32,
        /// The patient's token.
        token: u64,
        /// The cartridge.
        cartridge: u64,
    },
    /// A zone was confirmed on the pen.
    ZoneOpened {
        /// Which.
        zone: Zone,
        /// The cap in force.
        cap: Depth,
        /// Who set it.
        by: Source,
        /// The rate.
        rate: Rate,
    },
    /// The motor started.
    Started {
        /// The deeper channel.
        depth: Depth,
        /// The cap in force.
        cap: Depth,
        /// The rate.
        rate: Rate,
    },
    /// The drive ended without a fault.
    Stopped {
        /// Why.
        cause: StopCause,
        /// Motor-on time of this activation.
        on: Duration,
        /// Strokes of this activation.
        strokes: Strokes,
    },
    /// The motor stands.
    Halted {
        /// Time from the brake to standstill and parking.
        after: Duration,
        /// The needles are known to be inside; otherwise they may be out (STOP-003).
        parked: bool,
    },
    /// A monitor tripped and the drive was removed.
    Tripped(Trip),
    /// A later monitor tripped while the first cause was latched.
    TrippedAlso {
        /// What tripped.
        trip: Trip,
        /// How many since the first cause.
        count: u16,
    },
    /// An operator acknowledged the fault.
    Acknowledged {
        /// Later trips that were counted.
        later: u16,
    },
    /// Something was refused.
    Refused {
        /// What was asked.
        what: RequestKind,
        /// Why not.
        why: Refusal,
    },
    /// Something an operator should know.
    Warned {
        /// What.
        warning: Warning,
        /// What holds the pen back, if anything.
        limiting: Limiting,
    },
    /// The first puncture: the cartridge is used from now on (CART-003).
    CartridgeBurned {
        /// Its identity.
        id: u64,
    },
    /// A cartridge was put in.
    CartridgeSeated {
        /// Its identity, or zero when it could not be read.
        id: u64,
    },
    /// The cartridge was taken out.
    CartridgeRemoved,
    /// A cartridge was refused.
    CartridgeRefused {
        /// Why.
        defect: CartridgeDefect,
    },
    /// A session ended.
    SessionClosed {
        /// Its number.
        session: u32,
        /// Motor-on time.
        on: Duration,
        /// Strokes.
        strokes: Strokes,
        /// Punctures: strokes times needles.
        punctures: u32,
    },
    /// Service mode began.
    ServiceEntered,
    /// Service mode ended.
    ServiceLeft {
        /// Because the host fell silent.
        silent: bool,
    },
    /// A calibration was staged.
    CalibrationStaged {
        /// Its digest.
        digest: u32,
    },
    /// A calibration came into force.
    CalibrationCommitted {
        /// Its generation.
        generation: u32,
        /// Its digest.
        digest: u32,
    },
    /// The previous calibration came back into force.
    CalibrationReverted {
        /// Its generation.
        generation: u32,
    },
    /// The role on the link changed.
    RoleChanged {
        /// From now on.
        role: Role,
    },
    /// The link was locked after too many bad frames (LINK-001).
    LinkLocked {
        /// Bad frames counted.
        errors: u16,
    },
    /// Records were lost because nobody fetched them in time.
    Lost {
        /// How many.
        count: u16,
    },
    /// Somebody confirmed on the pen that the ring stands at zero, and both channels say so
    /// (PWR-007).
    ZeroChecked {
        /// Channel A.
        a: Depth,
        /// Channel B.
        b: Depth,
    },
    /// How warm the pen was when it warned of heat, or stopped for it (PWR-004).
    Heated {
        /// The worse of thermistor and model.
        grip: Temperature,
        /// By the model.
        winding: Temperature,
    },
    /// A technician has looked at the pen and ended a terminal fault (STOP-012).
    TerminalEnded {
        /// Which.
        fault: Fault,
    },
    /// A technician corrected the last day seen (SENS-004).
    DayCorrected {
        /// What it was.
        from: u16,
        /// What it is.
        to: u16,
    },
    /// A technician has measured with the calibration in force and signed it off (CAL-005).
    CalibrationSignedOff {
        /// Its generation.
        generation: u32,
    },
}

/// A record and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Entry {
    /// Time since power-up.
    pub at: Instant,
    /// What happened.
    pub record: Record,
}

/// Where records go. Nobody who decides reads what was told.
pub(crate) trait Tell {
    /// Tells it, with the time of this step.
    fn tell(&mut self, record: Record);
}

/// Nobody listens.
impl Tell for () {
    fn tell(&mut self, _: Record) {}
}

/// Records that wait for storage.
const CAPACITY: usize = 24;

/// A short queue between the control step and storage. Full means: the newest is counted, the
/// oldest are kept, because the first cause matters most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    now: Instant,
    waiting: [Option<Entry>; CAPACITY],
    lost: u16,
    /// Takes nothing: nothing in a step reads the trace, so a proof of a step does without it.
    #[cfg(any(test, feature = "verify"))]
    deaf: bool,
}

impl Tell for Trace {
    fn tell(&mut self, record: Record) {
        self.push(self.now, record);
    }
}

impl Trace {
    pub(crate) const fn new() -> Self {
        Self {
            now: Instant::from_us(0),
            waiting: [None; CAPACITY],
            lost: 0,
            #[cfg(any(test, feature = "verify"))]
            deaf: false,
        }
    }

    /// What is told from now on happens at this time.
    pub(crate) const fn at(&mut self, now: Instant) {
        self.now = now;
    }

    fn push(&mut self, at: Instant, record: Record) {
        #[cfg(any(test, feature = "verify"))]
        if self.deaf {
            return;
        }
        match self.waiting.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(Entry { at, record }),
            None => {
                self.lost = self.lost.saturating_add(1);
                self.push_out_a_refusal(Entry { at, record });
            }
        }
    }

    /// Whoever asks for what is refused, over and over, must not hide a trip: the newest refusal
    /// that waits gives way to anything that is none.
    fn push_out_a_refusal(&mut self, entry: Entry) {
        let refusal = |place: &Option<Entry>| {
            place.is_some_and(|entry| matches!(entry.record, Record::Refused { .. }))
        };
        if refusal(&Some(entry)) {
            return;
        }
        let newest = self.waiting.iter().rposition(refusal);
        let Some(behind) = newest.and_then(|place| self.waiting.get_mut(place..)) else {
            return;
        };
        behind.rotate_left(1);
        if let Some(last) = behind.last_mut() {
            *last = Some(entry);
        }
    }

    /// Takes the oldest record; when all are taken, what was lost is told last.
    pub(crate) fn take(&mut self) -> Option<Entry> {
        let oldest = self.waiting.first().copied().flatten();
        if oldest.is_some() {
            self.waiting.rotate_left(1);
            if let Some(last) = self.waiting.last_mut() {
                *last = None;
            }
            return oldest;
        }
        let count = core::mem::take(&mut self.lost);
        (count > 0).then_some(Entry {
            at: self.now,
            record: Record::Lost { count },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Record, Tell, Trace};
    use crate::fault::{Fault, Trip};
    use crate::request::{Refusal, RequestKind};
    use crate::units::Instant;

    #[test]
    fn log_001_a_flood_of_refusals_does_not_hide_a_trip() {
        let mut trace = Trace::new();
        let refused = Record::Refused {
            what: RequestKind::Commit,
            why: Refusal::NothingStaged,
        };
        for us in 0..100 {
            trace.at(Instant::from_us(us));
            trace.tell(refused);
        }
        let tripped = Record::Tripped(Trip {
            fault: Fault::Stalled,
            measured: 2,
            allowed: 1,
        });
        trace.at(Instant::from_us(100));
        trace.tell(tripped);
        let kept: Vec<_> = std::iter::from_fn(|| trace.take()).collect();
        assert_eq!(kept.len(), CAPACITY + 1);
        assert_eq!(kept[CAPACITY - 1].record, tripped);
        let lost = u16::try_from(101 - CAPACITY).unwrap();
        assert_eq!(kept[CAPACITY].record, Record::Lost { count: lost });
        assert!(kept.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }

    #[test]
    fn log_001_a_record_has_the_time_at_which_it_was_told() {
        let mut trace = Trace::new();
        let told = |trace: &mut Trace, us| {
            trace.at(Instant::from_us(us));
            trace.tell(Record::ServiceEntered);
        };
        told(&mut trace, 5);
        told(&mut trace, 9);
        trace.at(Instant::from_us(12));
        let times = std::iter::from_fn(|| trace.take()).map(|entry| entry.at.as_us());
        assert!(times.eq([5, 9]));
    }
}
