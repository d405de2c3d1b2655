//! Keeps what the pen must not forget, in flash, and only while the motor rests.
//!
//! One job at a time: the shared core is asked what is due and held for the job (nothing can start
//! meanwhile, STORE-003), the flash works with the core let go, and the result is handed over.
//! It decides nothing about what it keeps.

use embedded_storage::nor_flash::NorFlash;
use heapless::{Deque, Vec};
use pen_core::calibration::CalibrationId;
use pen_core::journal::{Entry, Record};
use pen_core::mode::Mode;
use pen_core::units::{Duration, Instant};
use pen_protocol::messages::{
    JournalEntry, JournalName, JournalReply, PAGE_MAX, StorageError, StorageState,
};
use pen_protocol::{from_bytes, to_bytes};

use crate::ahead::{self, Reach};
use crate::kept::{
    CALIBRATION_FORMAT, CALIBRATION_MAX, LEDGER_FORMAT, LEDGER_MAX, PROFILE_FORMAT, PROFILE_MAX,
    StoredCalibration, StoredLedger, id_of,
};
use crate::shared::{Core, CoreAccess};
use crate::store::{
    Defect, Identity, Journal, JournalError, Kind, Layout, Loaded, SlotPair, Standing, StoreError,
    UsedList,
};

/// Records that wait for the journals.
const QUEUE: usize = 32;

/// Records taken from the pen in one call.
const TAKE_MAX: usize = 4;

/// Stores that shall need no erase once the pen has rested.
const PREPARED: u32 = 4;

/// Ticks between the end of one job and the next: where flash stops everything else, a job makes
/// one tick late, and several late ticks in a row are a fault.
///
/// - Unit: ticks. Requirement: STORE-003, TEST-001
pub(crate) const SPACING: u32 = 3;

/// How long a failed write waits for the next attempt.
///
/// - Unit: us. Source: none yet; an attempt may erase a sector
pub const RETRY: Duration = Duration::from_s(1);

/// How long the journal may fail before nothing new may start.
///
/// - Unit: us. Requirement: LOG-004
pub const UNJOURNALLED_MAX: Duration = Duration::from_s(60);

const _: () = assert!(RETRY.as_us() < UNJOURNALLED_MAX.as_us());

/// Everything the pen keeps in one flash.
#[derive(Debug)]
pub struct Keeper<F> {
    pub(crate) flash: F,
    pub(crate) profile: SlotPair<PROFILE_MAX>,
    pub(crate) calibration: SlotPair<CALIBRATION_MAX>,
    pub(crate) ledger: SlotPair<LEDGER_MAX>,
    pub(crate) used: UsedList,
    pub(crate) faults: Journal,
    pub(crate) routine: Journal,
    pub(crate) state: StorageState,
    queue: Deque<Entry, QUEUE>,
    burnt: Vec<u64, 2>,
    /// What the start found of the ledger is not the newest: none is kept of the pen's own accord, or the
    /// next start would find nothing wrong. A sign-off ends it (CAL-005).
    pub(crate) ledger_waits: bool,
    /// What a start would find of the elapsed time of the session that is open there, at least.
    pub(crate) reach: Option<Reach>,
    /// Ticks when the last job had ended.
    rested_at: u32,
    retry_at: Instant,
    unjournalled_since: Option<Instant>,
    prepare_due: bool,
}

/// What is due.
#[derive(Debug)]
pub(crate) enum Job {
    /// A used cartridge goes to the list.
    Burn(u64),
    /// The ledger under this number.
    Ledger(u16, StoredLedger),
    /// Whether this cartridge may be used.
    Look(u64),
    /// The oldest record.
    Journal,
    /// Erase ahead.
    Prepare,
}

impl<F: NorFlash> Keeper<F> {
    /// A keeper of the pen with this serial number; reads and writes nothing yet.
    ///
    /// # Errors
    /// [`StoreError::Geometry`] when the flash is too small for [`Layout`].
    pub fn new(flash: F, serial: u64) -> Result<Self, StoreError> {
        let size = u32::try_from(flash.capacity()).map_err(|_| StoreError::Geometry)?;
        let layout = Layout::for_flash(size).ok_or(StoreError::Geometry)?;
        let identity = |kind, format| Identity {
            kind,
            format,
            serial,
        };
        Ok(Self {
            flash,
            profile: SlotPair::new(layout.profile, identity(Kind::PROFILE, PROFILE_FORMAT)),
            calibration: SlotPair::new(
                layout.calibration,
                identity(Kind::CALIBRATION, CALIBRATION_FORMAT),
            ),
            ledger: SlotPair::new(layout.ledger, identity(Kind::LEDGER, LEDGER_FORMAT)),
            used: UsedList::new(layout.used, serial),
            faults: Journal::new(layout.faults, serial),
            routine: Journal::new(layout.journal, serial),
            state: StorageState::default(),
            queue: Deque::new(),
            burnt: Vec::new(),
            ledger_waits: false,
            reach: None,
            rested_at: 0,
            retry_at: Instant::from_us(0),
            unjournalled_since: None,
            prepare_due: true,
        })
    }

    /// How the storage is.
    #[must_use]
    pub const fn state(&self) -> &StorageState {
        &self.state
    }

    /// The flash again.
    pub fn release(self) -> F {
        self.flash
    }

    /// Takes waiting records from the pen, and says what is due if the pen rests. From then until
    /// [`Keeper::work`] has ended nothing can start.
    pub(crate) fn claim(&mut self, core: &mut Core, now: Instant) -> Option<Job> {
        for _ in 0..TAKE_MAX {
            if self.queue.is_full() {
                break;
            }
            let Some(entry) = core.pen.take_record() else {
                break;
            };
            if let Record::Lost { count } = entry.record {
                self.state.journal_lost = self.state.journal_lost.saturating_add(count.into());
            }
            let _ = self.queue.push_back(entry);
        }
        core.hold.unjournalled = self
            .unjournalled_since
            .is_some_and(|since| now.since(since) >= UNJOURNALLED_MAX);
        if !self.burnt.is_full()
            && let Some(id) = core.tag.take_burnt()
        {
            let _ = self.burnt.push(id);
        }
        let is_rested = core.ticks.wrapping_sub(self.rested_at) >= SPACING;
        // What was permitted after the last tick drives from the next one on.
        let rests = core.outputs.is_quiet() && !core.pen.status().mode.may_drive();
        if !rests || !is_rested || now < self.retry_at {
            return None;
        }
        let job = self.due(core)?;
        core.hold.busy = true;
        Some(job)
    }

    fn due(&self, core: &Core) -> Option<Job> {
        let ledger = |number| Some(Job::Ledger(number, StoredLedger::of(&core.pen)));
        if core.pen.ledger().terminal.is_some()
            && let Some(number) = core.ledger_due()
        {
            // Nothing that keeps failing may stand before a fault that must outlive the power.
            return ledger(number);
        }
        if let Some(id) = self.burnt.first() {
            return Some(Job::Burn(*id));
        }
        if !self.ledger_waits {
            if let Some(number) = core.ledger_due() {
                return ledger(number);
            }
            if ahead::is_due(&core.pen, self.reach) {
                return ledger(core.outputs.ledger());
            }
        }
        if let Some(id) = core.tag.question() {
            return Some(Job::Look(id));
        }
        if !self.queue.is_empty() {
            return Some(Job::Journal);
        }
        if !self.ledger_waits && ahead::is_untold(&core.pen, self.reach) {
            // What flash keeps refusing stands before nothing that nobody can do without.
            return ledger(core.outputs.ledger());
        }
        if self.prepare_due && matches!(core.pen.status().mode, Mode::Locked | Mode::Standby) {
            return Some(Job::Prepare);
        }
        None
    }

    /// Does a job that [`Keeper::claim`] gave out.
    pub(crate) fn work(&mut self, job: Job, now: Instant, access: &mut impl CoreAccess) {
        let outcome = match job {
            Job::Burn(id) => self.burn(id),
            Job::Ledger(number, kept) => {
                self.prepare_due |= !kept.ledger.open;
                let stored = self.store_ledger(&kept);
                if stored.is_ok() {
                    access.with(|core| core.ledger_stored = number);
                }
                stored
            }
            Job::Look(id) => {
                let used = self.used.standing(&mut self.flash, id) != Standing::Unused;
                access.with(|core| core.tag.answer(id, used));
                Ok(())
            }
            Job::Journal => self.journal(now),
            Job::Prepare => {
                self.prepare_due = false;
                let prepared = self.ledger.prepare(&mut self.flash, PREPARED);
                prepared.map(drop).map_err(storage_error)
            }
        };
        self.note(now, outcome);
        self.rest(access);
    }

    /// A job has ended, and no longer holds anything back.
    pub(crate) fn rest(&mut self, access: &mut impl CoreAccess) {
        self.rested_at = access.with(|core| {
            core.hold.busy = false;
            core.ticks
        });
    }

    /// A job has ended since the last of so many ticks: the next one may be late, and must not be the first
    /// of a drive (SENS-003).
    pub(crate) const fn delays(&self, ticks: u32) -> bool {
        self.rested_at == ticks
    }

    /// Keeps a calibration, and returns once it was read back. For a pen that rests.
    pub(crate) fn store_calibration(
        &mut self,
        calibration: &StoredCalibration,
    ) -> Result<(), StorageError> {
        let mut buffer = [0; CALIBRATION_MAX];
        let bytes = calibration.write(&mut buffer)?;
        let stored = self.calibration.store(&mut self.flash, bytes);
        let outcome = stored.map(drop).map_err(storage_error);
        if outcome.is_ok() {
            self.state.calibration = None;
        }
        self.state.write_error = outcome.err();
        outcome
    }

    /// The calibration before the one in force; where none is in force, the newest that is whole.
    ///
    /// Flash may hold newer ones that never were in force: what it kept of a request that it refused. So
    /// the one in force is looked for first. What bears its number is it, or was refused.
    pub(crate) fn previous_calibration(
        &mut self,
        in_force: CalibrationId,
    ) -> Option<StoredCalibration> {
        let mut is_below = in_force == CalibrationId::NONE;
        let mut generation = None;
        loop {
            let mut buffer = [0; CALIBRATION_MAX];
            let pair = &self.calibration;
            let loaded = pair
                .below(&mut self.flash, generation, is_below, &mut buffer)
                .ok()?;
            generation = Some(loaded.generation);
            let found = StoredCalibration::read(loaded.payload, loaded.format)?;
            if is_below && found.calibration.generation != in_force.generation {
                return Some(found);
            }
            is_below |= id_of(&found.calibration) == in_force;
        }
    }

    /// Keeps a ledger. One that holds a terminal fault is kept twice, so that no single damage
    /// brings back one without it (STOP-012).
    ///
    /// Flash that refuses may have kept it or not: then no more is counted on than either would give.
    pub(crate) fn store_ledger(&mut self, kept: &StoredLedger) -> Result<(), StorageError> {
        let mut buffer = [0; LEDGER_MAX];
        let bytes = kept.write(&mut buffer)?;
        self.reach = Reach::of_either(self.reach, &kept.ledger);
        let copies = if kept.ledger.terminal.is_some() { 2 } else { 1 };
        for _ in 0..copies {
            self.ledger
                .store(&mut self.flash, bytes)
                .map_err(storage_error)?;
        }
        self.reach = Reach::of(&kept.ledger);
        Ok(())
    }

    /// Keeps a ledger that somebody waits for; a failure stays visible until what failed has succeeded.
    pub(crate) fn store_ledger_now(&mut self, kept: &StoredLedger) -> Result<(), StorageError> {
        let outcome = self.store_ledger(kept);
        if let Err(error) = outcome {
            self.state.write_error = Some(error);
        }
        outcome
    }

    /// One page of a journal.
    pub(crate) fn page(
        &mut self,
        journal: JournalName,
        from: u32,
        max: u8,
    ) -> Result<JournalReply, StorageError> {
        let mut entries = [None; PAGE_MAX];
        let mut places = entries.iter_mut().take(usize::from(max));
        let source = match journal {
            JournalName::Faults => &mut self.faults,
            JournalName::Routine => &mut self.routine,
        };
        let page = source
            .visit_from(&mut self.flash, from, |at, payload| {
                let Some(place) = places.next() else {
                    return false;
                };
                let entry = from_bytes(payload).ok();
                *place = Some(JournalEntry {
                    seq: at.seq,
                    chain: at.chain,
                    entry,
                });
                true
            })
            .map_err(journal_error)?;
        Ok(JournalReply {
            journal,
            first: page.first,
            next: page.next,
            end: page.newest_next,
            entries,
        })
    }

    fn burn(&mut self, id: u64) -> Result<(), StorageError> {
        self.used
            .append(&mut self.flash, id)
            .map_err(storage_error)?;
        self.burnt.retain(|other| *other != id);
        self.state.used_cartridges = self.used.count(&mut self.flash).ok();
        Ok(())
    }

    fn journal(&mut self, now: Instant) -> Result<(), StorageError> {
        let Some(entry) = self.queue.front() else {
            return Ok(());
        };
        let mut buffer = [0; crate::store::journal::PAYLOAD_MAX];
        let outcome = match to_bytes(entry, &mut buffer) {
            Ok(bytes) => {
                let journal = if is_grave(&entry.record) {
                    &mut self.faults
                } else {
                    &mut self.routine
                };
                journal
                    .append(&mut self.flash, bytes)
                    .map(drop)
                    .map_err(journal_error)
            }
            Err(_) => Err(StorageError::TooLong),
        };
        if outcome.is_ok() {
            let _ = self.queue.pop_front();
            self.unjournalled_since = None;
        } else {
            self.unjournalled_since.get_or_insert(now);
        }
        outcome
    }

    fn note(&mut self, now: Instant, outcome: Result<(), StorageError>) {
        if outcome.is_err() {
            self.retry_at = now.plus(RETRY);
        }
        // An error stays visible until what failed has succeeded.
        if outcome.is_err() || (self.burnt.is_empty() && self.unjournalled_since.is_none()) {
            self.state.write_error = outcome.err();
        }
    }
}

/// Records that routine must never push out (LOG-005).
const fn is_grave(record: &Record) -> bool {
    matches!(
        record,
        Record::Tripped(_)
            | Record::TrippedAlso { .. }
            | Record::Acknowledged { .. }
            | Record::ZeroChecked { .. }
            | Record::ProfileRefused { .. }
            | Record::CalibrationMissing { .. }
            | Record::LedgerRestored { .. }
            | Record::CalibrationCommitted { .. }
            | Record::CalibrationReverted { .. }
            | Record::CalibrationSignedOff { .. }
            | Record::RoleChanged { .. }
            | Record::TerminalEnded { .. }
            | Record::DayCorrected { .. }
            | Record::Overridden { .. }
            | Record::Lost { .. }
    )
}

/// What a damaged record says on the wire.
pub(crate) const fn storage_error(error: StoreError) -> StorageError {
    match error {
        StoreError::Flash(_) => StorageError::Flash,
        StoreError::Geometry => StorageError::Geometry,
        StoreError::TooLong { .. } => StorageError::TooLong,
        StoreError::NotVerified => StorageError::NotVerified,
        StoreError::Exhausted => StorageError::Exhausted,
        StoreError::Full { .. } => StorageError::Full,
        StoreError::Damaged(_) => StorageError::Damaged,
    }
}

/// What a journal that cannot be written says on the wire.
pub(crate) const fn journal_error(error: JournalError) -> StorageError {
    match error {
        JournalError::Flash(_) => StorageError::Flash,
        JournalError::Geometry => StorageError::Geometry,
        JournalError::TooLong { .. } => StorageError::TooLong,
        JournalError::NotVerified => StorageError::NotVerified,
        JournalError::Exhausted => StorageError::Exhausted,
    }
}

/// A stored value, if it is whole, current and the newest there ever was.
pub(crate) fn trusted<'a>(loaded: Result<Loaded<'a>, Defect>) -> Result<Loaded<'a>, Defect> {
    match loaded {
        // A newer generation was acknowledged and is damaged: this one is not what was in force.
        Ok(loaded) if loaded.fell_back => Err(Defect::Crc),
        other => other,
    }
}
