//! The base of the induction, and runs of real pens: the invariant is no fiction.

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::fault::Fault;
use crate::given;
use crate::io::Inputs;
use crate::journal::{RecordDefect, ResetCause};
use crate::mode::Mode;
use crate::pen::{Boot, Pen};
use crate::profile::{DeviceProfile, Mechanism, ProfileDefect};
use crate::request::{Request, Role};
use crate::session::Ledger;
use crate::units::{Depth, Duration, Instant};
use crate::verify::{Any, Replay};

const PROFILE: DeviceProfile = DeviceProfile {
    mechanism: Mechanism::Actuator,
    ..given::PROFILE
};

const CAUSES: [ResetCause; 8] = [
    ResetCause::PowerOn,
    ResetCause::Watchdog,
    ResetCause::BrownOut,
    ResetCause::Software,
    ResetCause::Unknown,
    ResetCause::Panicked { file: 1, line: 2 },
    ResetCause::HardFault { address: 3 },
    ResetCause::WatchdogForgotten,
];

#[test]
fn safe_001_a_pen_that_starts_meets_the_invariant_whatever_the_start() {
    let too_deep = DeviceProfile {
        depth_max: Depth::from_um(2_500),
        ..PROFILE
    };
    let other = DeviceProfile {
        serial: 2,
        ..PROFILE
    };
    let profiles = [
        Ok(PROFILE),
        Ok(too_deep),
        Ok(other),
        Err(ProfileDefect::Unsigned),
    ];
    let mut ledgers = vec![None, Some(Ledger::default())];
    for open in [false, true] {
        for reserved in [None, Some(0), Some(200)] {
            let terminals = Fault::ALL.into_iter().map(Some).chain([None]);
            ledgers.extend(terminals.map(|terminal| {
                Some(Ledger {
                    open,
                    reserved,
                    terminal,
                    ..Ledger::default()
                })
            }));
        }
    }
    let mut starts = 0;
    for cause in CAUSES {
        for profile in profiles {
            for ledger in &ledgers {
                for second_switch in [false, true] {
                    let pen = Pen::new(&Boot {
                        serial: 1,
                        cause,
                        image_ok: second_switch,
                        memory_ok: true,
                        second_switch,
                        storage_ok: true,
                        profile,
                        calibration: Err(RecordDefect::Missing),
                        ledger: *ledger,
                        digest: 0,
                        signed_off: crate::calibration::CalibrationId::NONE,
                    });
                    assert!(pen.holds(), "{cause:?} {profile:?} {ledger:?}");
                    assert_eq!(pen.machine.mode(), Mode::Boot);
                    assert_eq!(pen.profile().is_some(), profile == Ok(PROFILE));
                    starts += 1;
                }
            }
        }
    }
    assert_eq!(starts, 8 * 4 * (2 + 2 * 3 * 22) * 2);
}

/// A pen that began in any way, stepped and asked at random: the invariant that the proofs assume of every
/// pen is true of this one at any time.
#[test]
fn safe_001_a_pen_in_use_meets_the_invariant_at_any_time() {
    let config = Config {
        cases: 200,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = TestRunner::new_with_rng(config, rng).run(&vec(any::<u32>(), 1_200), |words| {
        let mut source = Replay::drawn(words.into_iter().map(|word| word % (word % 90_000 + 1)));
        let mut boot = Boot::any(&mut source);
        boot.serial = 1;
        boot.profile = Ok(PROFILE);
        let mut pen = Pen::new(&boot);
        let mut now = Instant::from_us(0);
        for round in 0..60 {
            let inputs = Inputs::any(&mut source);
            for _ in 0..20 {
                now = now.plus(Duration::from_us(1_000));
                pen.step(now, &inputs);
                if !pen.holds() {
                    return Err(TestCaseError::fail(format!(
                        "after the step in round {round}"
                    )));
                }
            }
            let _ = pen.request(Role::any(&mut source), Request::any(&mut source));
            if !pen.holds() {
                return Err(TestCaseError::fail(format!(
                    "after the request in round {round}"
                )));
            }
        }
        Ok(())
    });
    assert!(run.is_ok(), "{run:?}");
}
