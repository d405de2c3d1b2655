//! Every fault can be reached from the raw inputs, ends the drive, and says what must happen next.

use pen_core::fault::Fault;
use pen_core::io::Trigger;
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_tests::evidence::code;
use pen_tests::rig::{Cam, Hall, Rig, Wire};
use pen_tests::{given, sources};

/// Brings the fault about, by the front door; nothing for the one that only a flipped bit makes.
#[expect(clippy::too_many_lines, reason = "one arm for each fault")]
fn reach(fault: Fault) -> Option<Rig> {
    let mut rig = Rig::default();
    match fault {
        Fault::OverDepth => {
            rig.ring(1_180);
            rig = rig.to_running();
            rig.ring(1_260);
        }
        Fault::DepthDisagrees => {
            rig = rig.to_running();
            rig.ring_b_um = 700;
        }
        Fault::DepthStuck => {
            rig = rig.to_running();
            rig.depth_a.wire = Wire::Stuck;
        }
        Fault::DepthInvalid => {
            rig = rig.to_running();
            rig.depth_a.wire = Wire::Silent;
        }
        Fault::DepthCrept => {
            rig.ring(900);
            rig = rig.to_running();
            rig.ring(1_050);
        }
        Fault::OverSpeed => {
            rig = rig.to_running();
            rig.cam = Cam::Turns(130_000);
        }
        Fault::TooManyStrokes => {
            rig = rig.to_running();
            rig.trigger = given::RELEASED;
            rig.tick();
            rig.hall = Hall::Edges(127);
        }
        Fault::FeedbackLost => {
            rig = rig.to_running();
            rig.hall = Hall::Lost;
        }
        Fault::Stalled => {
            rig = rig.to_running();
            rig.cam = Cam::Turns(0);
            rig.current_ma = Some(1_400);
        }
        Fault::UnexpectedMotion => {
            rig = rig.to_ready();
            rig.cam = Cam::Turns(50_000);
        }
        Fault::OverCurrent => {
            rig = rig.to_running();
            rig.current_ma = Some(1_600);
        }
        Fault::CartridgeUnseated => {
            rig = rig.to_running();
            rig.seated = false;
        }
        Fault::DriveStuck => {
            rig = rig.to_running();
            rig.cam = Cam::Turns(100_000);
            rig.trigger = given::RELEASED;
        }
        Fault::EnablePathStuck => rig.welded_ma = 300,
        Fault::LimitCorrupt => return None,
        Fault::TickLate => {
            rig = rig.to_running();
            rig.late(2_001);
        }
        Fault::WatchdogReset => rig.reboot(ResetCause::Watchdog),
        Fault::BrownOut => rig.reboot(ResetCause::BrownOut),
        Fault::SensorInvalid => {
            rig = rig.to_running();
            rig.current.wire = Wire::Counts(4_095);
        }
        Fault::FreeFall => {
            rig = rig.to_running();
            rig.felt_mg = [0, 0, 299];
        }
        Fault::Shock => {
            rig = rig.to_running();
            rig.felt_mg = [0, 0, 6_001];
        }
    }
    Some(rig)
}

#[test]
fn every_fault_is_reached_and_latched() {
    for fault in Fault::ALL {
        let Some(mut rig) = reach(fault) else {
            let core = sources::files(&sources::top().join("firmware/core/src"), ".rs");
            let named = core
                .iter()
                .flat_map(|(_, text)| code::tests_in(text).expect("a source"))
                .any(|name| name == "conf_008_a_flipped_bit_brakes_and_is_terminal");
            assert!(named, "{fault:?} is reached by the core's own test");
            continue;
        };
        if rig.fault().is_none() {
            rig.until(400, "tripped", |rig| rig.fault().is_some());
        }
        assert_eq!(rig.fault(), Some(fault), "{}", rig.state());
        assert!(!rig.drives());
        // It stays, whatever the world does, and whoever holds what.
        rig.cam = Cam::Turns(0);
        rig.hall = Hall::True;
        rig.depth_a.wire = Wire::True;
        rig.current.wire = Wire::True;
        rig.current_ma = Some(0);
        rig.seated = true;
        rig.felt_mg = [0, 0, 1_000];
        rig.ring(1_000);
        rig.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
        rig.ticks(2_000);
        assert_eq!(rig.fault(), Some(fault));
        assert_eq!(rig.mode(), Mode::Faulted);
        // And ends by release and acknowledgement, unless it is terminal.
        rig.trigger = Trigger::default();
        rig.ticks(250);
        if fault.is_terminal() {
            rig.press_ok();
            assert_eq!(rig.fault(), Some(fault));
            assert_eq!(rig.ledger().terminal, Some(fault));
        } else if fault.demands_zero_check() {
            assert_eq!(rig.ledger().terminal, Some(fault));
            rig.press_ok();
            assert_eq!(rig.mode(), Mode::Locked, "{}", rig.state());
            rig.check_zero();
            rig.comes_to(Mode::Standby);
        } else {
            assert_eq!(rig.ledger().terminal, None);
            rig.acknowledge();
        }
    }
}

#[test]
fn every_fault_is_in_the_list_once() {
    for (place, fault) in Fault::ALL.iter().enumerate() {
        assert!(!Fault::ALL[..place].contains(fault), "{fault:?} twice");
    }
    let terminal: Vec<_> = Fault::ALL
        .into_iter()
        .filter(|fault| fault.is_terminal())
        .collect();
    assert_eq!(
        terminal,
        [
            Fault::DriveStuck,
            Fault::EnablePathStuck,
            Fault::LimitCorrupt
        ]
    );
}

#[test]
fn a_fault_in_any_resting_mode_ends_in_faulted() {
    for mode in Mode::ALL {
        if !mode.is_at_rest() {
            continue;
        }
        let mut rig = Rig::reach(mode);
        rig.ticks(60);
        rig.cam = Cam::Turns(60_000);
        rig.ticks(60);
        rig.cam = Cam::Turns(0);
        rig.ticks(600);
        assert_eq!(rig.mode(), Mode::Faulted, "{mode:?}");
    }
}
