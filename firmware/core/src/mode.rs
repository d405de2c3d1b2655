//! The mode machine.
//!
//! ```text
//!  Boot --SelfTested--> Locked <--Lock--+--Unlock--> Standby --Arm--> Ready --Start--> Treating
//!                        |  ^                          ^               ^  |               |
//!              EnterService |                          +----Disarm-----+--+    Stop       |
//!                        v  |                                          |                  v
//!      ServiceRunning <-> Service                                      +---Halted--- Stopping
//!
//!  any but Boot --Trip--> FaultReaction --Halted--> Faulted --Acknowledge--> Locked
//! ```
//!
//! The names follow CiA 402: Boot = not ready to switch on, Locked = switch on disabled, Standby =
//! ready to switch on, Ready = switched on, Treating = operation enabled, Stopping = quick stop.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

/// Where the pen is. Only `Treating` and `ServiceRunning` may drive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Mode {
    /// Self-test. Entered by reset only; left when the tests have run, for Locked or Faulted.
    #[default]
    Boot,
    /// Something forbids treatment; [`crate::locks::Locks`] names it. Entered from Boot, from Faulted by
    /// acknowledgement, from everywhere at rest when a lock closes.
    Locked,
    /// Nothing forbids treatment; waits for a plan and a zone. Entered from Locked when the last
    /// lock opens, from Ready when the zone is left.
    Standby,
    /// Zone confirmed, session open, waits for the trigger. Entered from Standby by the confirm
    /// button, from Stopping.
    Ready,
    /// Needles move in skin. Entered from Ready by the trigger only.
    Treating,
    /// Brake, standstill, park. Entered from Treating or `ServiceRunning`; left when halted.
    Stopping,
    /// As Stopping, after a fault. Left for Faulted when halted.
    FaultReaction,
    /// Torque off, first cause latched. Left by acknowledgement only, never if terminal.
    Faulted,
    /// Calibration at rest. Entered from Locked or Standby by a technician at the pen.
    Service,
    /// Calibration with the motor turning, at reduced rate, under a dead-man.
    ServiceRunning,
}
any_enum!(Mode {
    Boot,
    Locked,
    Standby,
    Ready,
    Treating,
    Stopping,
    FaultReaction,
    Faulted,
    Service,
    ServiceRunning
});

impl Mode {
    /// Every mode; tests walk it.
    pub const ALL: [Self; 10] = [
        Self::Boot,
        Self::Locked,
        Self::Standby,
        Self::Ready,
        Self::Treating,
        Self::Stopping,
        Self::FaultReaction,
        Self::Faulted,
        Self::Service,
        Self::ServiceRunning,
    ];

    /// Whether the motor may be driven for its work in this mode.
    #[must_use]
    pub const fn may_drive(self) -> bool {
        matches!(self, Self::Treating | Self::ServiceRunning)
    }

    /// Whether the motor rests in this mode and any motion is a fault.
    #[must_use]
    pub const fn is_at_rest(self) -> bool {
        matches!(
            self,
            Self::Boot | Self::Locked | Self::Standby | Self::Ready | Self::Faulted | Self::Service
        )
    }
}

/// What happened, for the mode machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// The power-up tests have run, whatever their results.
    SelfTested,
    /// The last lock opened.
    Unlock,
    /// A lock closed.
    Lock,
    /// A zone was confirmed on the pen and every start condition holds.
    Arm,
    /// The zone was left.
    Disarm,
    /// The trigger was pressed, or a technician asked for motion.
    Start,
    /// The drive shall end.
    Stop,
    /// The motor stands and the needles were parked as far as possible.
    Halted,
    /// A monitor tripped.
    Trip,
    /// An operator acknowledged the fault, its cause is gone and it is not terminal.
    Acknowledge,
    /// A technician at the pen asks for Service mode.
    EnterService,
    /// Service mode ends.
    LeaveService,
}
any_enum!(Event {
    SelfTested,
    Unlock,
    Lock,
    Arm,
    Disarm,
    Start,
    Stop,
    Halted,
    Trip,
    Acknowledge,
    EnterService,
    LeaveService
});

impl Event {
    /// Every event; tests walk it.
    pub const ALL: [Self; 12] = [
        Self::SelfTested,
        Self::Unlock,
        Self::Lock,
        Self::Arm,
        Self::Disarm,
        Self::Start,
        Self::Stop,
        Self::Halted,
        Self::Trip,
        Self::Acknowledge,
        Self::EnterService,
        Self::LeaveService,
    ];
}

/// Where a stop leads when the motor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AfterStop {
    /// Back to Ready: the zone is still open.
    Ready,
    /// To Locked: a lock closed meanwhile, or the session ended.
    #[default]
    Locked,
    /// Back to Service.
    Service,
}
any_enum!(AfterStop {
    Ready,
    Locked,
    Service
});

/// The event cannot happen in this mode; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotNow {
    /// The mode that stays.
    pub mode: Mode,
    /// The event that was refused.
    pub event: Event,
}

impl Mode {
    /// The mode after an event. Every pair is written out; a new mode or event stops compiling here.
    ///
    /// # Errors
    /// [`NotNow`] when the event cannot happen in this mode.
    #[rustfmt::skip] // a table reads better in columns
    pub const fn after(self, event: Event, stop: AfterStop) -> Result<Self, NotNow> {
        match (self, event) {
            (Self::Boot, Event::SelfTested)
            | (Self::Standby | Self::Locked | Self::Ready, Event::Lock)
            | (Self::Faulted, Event::Acknowledge)
            | (Self::Service, Event::LeaveService) => Ok(Self::Locked),

            (Self::Locked, Event::Unlock) | (Self::Ready, Event::Disarm) => Ok(Self::Standby),
            (Self::Standby, Event::Arm) => Ok(Self::Ready),
            (Self::Ready, Event::Start) => Ok(Self::Treating),
            (Self::Locked | Self::Standby, Event::EnterService) => Ok(Self::Service),
            (Self::Service, Event::Start) => Ok(Self::ServiceRunning),

            (Self::Treating | Self::ServiceRunning, Event::Stop | Event::Lock) => Ok(Self::Stopping),
            (Self::ServiceRunning, Event::LeaveService) => Ok(Self::Stopping),
            (Self::Stopping, Event::Halted) => match stop {
                AfterStop::Ready => Ok(Self::Ready),
                AfterStop::Locked => Ok(Self::Locked),
                AfterStop::Service => Ok(Self::Service),
            },
            (Self::FaultReaction, Event::Halted) => Ok(Self::Faulted),

            // At boot a trip is latched at once: nothing can be turning yet.
            (Self::Boot, Event::Trip) => Ok(Self::Faulted),
            (Self::Locked | Self::Standby | Self::Ready | Self::Treating | Self::Stopping
                | Self::Service | Self::ServiceRunning, Event::Trip) => Ok(Self::FaultReaction),
            // The first cause is kept; later trips are counted.
            (Self::FaultReaction, Event::Trip) => Ok(Self::FaultReaction),
            (Self::Faulted, Event::Trip) => Ok(Self::Faulted),

            // Stop is accepted in every mode; where nothing turns there is nothing to change (STOP-010).
            (Self::Boot | Self::Locked | Self::Standby | Self::Ready | Self::Stopping
                | Self::FaultReaction | Self::Faulted | Self::Service, Event::Stop) => Ok(self),

            (Self::Boot, Event::Unlock | Event::Lock | Event::Arm | Event::Disarm | Event::Start
                | Event::Halted | Event::Acknowledge | Event::EnterService | Event::LeaveService)
            | (Self::Locked, Event::SelfTested | Event::Arm | Event::Disarm | Event::Start
                | Event::Halted | Event::Acknowledge | Event::LeaveService)
            | (Self::Standby, Event::SelfTested | Event::Unlock | Event::Disarm | Event::Start
                | Event::Halted | Event::Acknowledge | Event::LeaveService)
            | (Self::Ready, Event::SelfTested | Event::Unlock | Event::Arm | Event::Halted
                | Event::Acknowledge | Event::EnterService | Event::LeaveService)
            | (Self::Treating, Event::SelfTested | Event::Unlock | Event::Arm | Event::Disarm
                | Event::Start | Event::Halted | Event::Acknowledge | Event::EnterService
                | Event::LeaveService)
            | (Self::Stopping, Event::SelfTested | Event::Unlock | Event::Lock | Event::Arm
                | Event::Disarm | Event::Start | Event::Acknowledge | Event::EnterService
                | Event::LeaveService)
            | (Self::FaultReaction, Event::SelfTested | Event::Unlock | Event::Lock | Event::Arm
                | Event::Disarm | Event::Start | Event::Acknowledge | Event::EnterService
                | Event::LeaveService)
            | (Self::Faulted, Event::SelfTested | Event::Unlock | Event::Lock | Event::Arm
                | Event::Disarm | Event::Start | Event::Halted | Event::EnterService
                | Event::LeaveService)
            | (Self::Service, Event::SelfTested | Event::Unlock | Event::Lock | Event::Arm
                | Event::Disarm | Event::Halted | Event::Acknowledge | Event::EnterService)
            | (Self::ServiceRunning, Event::SelfTested | Event::Unlock | Event::Arm | Event::Disarm
                | Event::Start | Event::Halted | Event::Acknowledge | Event::EnterService)
                => Err(NotNow { mode: self, event }),
        }
    }
}
