use super::{Context, cause_present};
use crate::account::Account;
use crate::actuator::Actuator;
use crate::fault::Fault;
use crate::given::boot;
use crate::guard::trip;
use crate::hands::Hands;
use crate::latch::Latch;
use crate::locks::Locks;
use crate::mode::Mode;
use crate::pen::Boot;
use crate::records::Records;
use crate::seat::Seat;
use crate::senses::{Readings, Senses};
use crate::start::Facts;
use crate::units::{Depth, Duration, Voltage};

/// Readings of a pen that lies still and is well.
fn well() -> Readings {
    let mut readings = *Senses::new().readings();
    readings.a.depth = Some(Depth::from_um(0));
    readings.b.depth = Some(Depth::from_um(0));
    readings.battery = Some(Voltage::from_mv(8_000));
    readings.speed.since_edge = Duration::from_s(1);
    readings
}

#[test]
fn stop_012_time_never_takes_the_cause_of_a_terminal_fault_away() {
    let (records, _, _) = Records::new(&Boot {
        second_switch: true,
        ..boot()
    });
    let readings = well();
    let now = Context {
        facts: Facts {
            records: &records,
            account: &Account::new(None, &mut ()),
            seat: &Seat::new(),
            hands: &Hands::default(),
            actuator: &Actuator::new(),
            readings: &readings,
            locks: Locks::NONE,
            is_tested: true,
        },
        latch: &Latch::new(None),
        mode: Mode::Faulted,
    };
    for fault in [
        Fault::DriveStuck,
        Fault::EnablePathStuck,
        Fault::LimitCorrupt,
    ] {
        assert!(cause_present(&now, trip(fault, 1, 0)), "{fault:?}");
    }
    // Of others it is gone, as nothing is wrong any more.
    for fault in [
        Fault::OverDepth,
        Fault::OverSpeed,
        Fault::SensorInvalid,
        Fault::OverCurrent,
        Fault::TickLate,
        Fault::FreeFall,
        Fault::Shock,
    ] {
        assert!(!cause_present(&now, trip(fault, 1, 0)), "{fault:?}");
    }
}
