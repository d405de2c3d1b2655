//! The mode machine against a table written out by hand.

use pen_core::mode::{AfterStop, Event, Mode, NotNow};

/// What each pair comes to.
#[derive(Clone, Copy)]
enum To {
    /// This mode.
    M(Mode),
    /// Refused.
    No,
    /// Where the stop leads.
    S,
}

use Mode::{
    Boot, FaultReaction, Faulted, Locked, Ready, Service, ServiceRunning, Standby, Stopping,
    Treating,
};
use To::{M, No, S};

/// In the order of the columns.
const EVENTS: [Event; 12] = [
    Event::SelfTested,
    Event::Unlock,
    Event::Lock,
    Event::Arm,
    Event::Disarm,
    Event::Start,
    Event::Stop,
    Event::Halted,
    Event::Trip,
    Event::Acknowledge,
    Event::EnterService,
    Event::LeaveService,
];

#[rustfmt::skip] // a table reads better in columns
const TABLE: [(Mode, [To; 12]); 10] = [
    //                SelfTested Unlock      Lock         Arm        Disarm      Start              Stop              Halted     Trip               Acknowledge EnterService LeaveService
    (Boot,           [M(Locked), No,         No,          No,        No,         No,                M(Boot),          No,        M(Faulted),        No,         No,          No]),
    (Locked,         [No,        M(Standby), M(Locked),   No,        No,         No,                M(Locked),        No,        M(FaultReaction),  No,         M(Service),  No]),
    (Standby,        [No,        No,         M(Locked),   M(Ready),  No,         No,                M(Standby),       No,        M(FaultReaction),  No,         M(Service),  No]),
    (Ready,          [No,        No,         M(Locked),   No,        M(Standby), M(Treating),       M(Ready),         No,        M(FaultReaction),  No,         No,          No]),
    (Treating,       [No,        No,         M(Stopping), No,        No,         No,                M(Stopping),      No,        M(FaultReaction),  No,         No,          No]),
    (Stopping,       [No,        No,         No,          No,        No,         No,                M(Stopping),      S,         M(FaultReaction),  No,         No,          No]),
    (FaultReaction,  [No,        No,         No,          No,        No,         No,                M(FaultReaction), M(Faulted), M(FaultReaction), No,         No,          No]),
    (Faulted,        [No,        No,         No,          No,        No,         No,                M(Faulted),       No,        M(Faulted),        M(Locked),  No,          No]),
    (Service,        [No,        No,         No,          No,        No,         M(ServiceRunning), M(Service),       No,        M(FaultReaction),  No,         No,          M(Locked)]),
    (ServiceRunning, [No,        No,         M(Stopping), No,        No,         No,                M(Stopping),      No,        M(FaultReaction),  No,         No,          M(Stopping)]),
];

#[test]
fn every_pair_of_mode_and_event_is_as_written() {
    assert_eq!(TABLE.map(|(mode, _)| mode), Mode::ALL);
    assert_eq!(EVENTS, Event::ALL);
    for (mode, row) in TABLE {
        for (event, to) in EVENTS.into_iter().zip(row) {
            for (stop, after) in [
                (AfterStop::Ready, Ready),
                (AfterStop::Locked, Locked),
                (AfterStop::Service, Service),
            ] {
                let expected = match to {
                    M(to) => Ok(to),
                    No => Err(NotNow { mode, event }),
                    S => Ok(after),
                };
                assert_eq!(mode.after(event, stop), expected, "{mode:?} {event:?}");
            }
        }
    }
}

#[test]
fn stop_and_trip_are_never_refused() {
    for mode in Mode::ALL {
        for event in [Event::Stop, Event::Trip] {
            let to = mode.after(event, AfterStop::Locked).expect("accepted");
            assert!(!to.may_drive(), "{mode:?} {event:?}");
        }
    }
}

#[test]
fn only_start_leads_into_a_mode_that_drives() {
    for mode in Mode::ALL {
        for event in Event::ALL {
            for stop in [AfterStop::Ready, AfterStop::Locked, AfterStop::Service] {
                if let Ok(to) = mode.after(event, stop)
                    && to.may_drive()
                {
                    assert_eq!(event, Event::Start, "{mode:?}");
                    assert!(matches!(mode, Ready | Service));
                }
            }
        }
    }
}

#[test]
fn the_only_way_out_of_faulted_leads_to_locked() {
    for event in Event::ALL {
        for stop in [AfterStop::Ready, AfterStop::Locked, AfterStop::Service] {
            if let Ok(to) = Faulted.after(event, stop) {
                assert!(matches!(to, Faulted | Locked));
            }
        }
    }
}

#[test]
fn a_mode_rests_or_drives_or_halts() {
    for mode in Mode::ALL {
        let halts = matches!(mode, Stopping | FaultReaction);
        let kinds = [mode.may_drive(), mode.is_at_rest(), halts];
        assert_eq!(kinds.iter().filter(|kind| **kind).count(), 1, "{mode:?}");
    }
    let driving: Vec<_> = Mode::ALL
        .into_iter()
        .filter(|mode| mode.may_drive())
        .collect();
    assert_eq!(driving, [Treating, ServiceRunning]);
}
