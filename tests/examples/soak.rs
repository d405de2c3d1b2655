//! Days in one life of the pen: no reset, every counter past its wrap (PROOF-008).
//!
//! ```text
//! cargo run --release -p pen-tests --example soak           72 hours, some minutes of CPU time
//! cargo run --release -p pen-tests --example soak -- 2      so many hours
//! ```
//!
//! The stories of `tests/properties` go on and on with the same pen: short activations, sessions,
//! cartridges, Service, calibrations, hands, and every fault that leaves no terminal one behind. Every
//! tick is judged as there. What could make a long life end early is left out: power cuts, and paths of
//! torque that stay closed.

#[path = "../properties/judge.rs"]
#[expect(dead_code, reason = "the judge's own tests are run elsewhere")]
mod judge;
#[path = "../properties/phases.rs"]
#[expect(dead_code, reason = "every life is that of a pen with a ring")]
mod phases;
#[path = "../properties/tally.rs"]
#[expect(dead_code, reason = "what was met is counted elsewhere")]
mod tally;

use judge::Judge;
use pen_core::mode::Mode;
use pen_core::request::{Request, Role};
use phases::{Phase, Story, Variant};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::ReferenceStateMachine;

/// Length of the whole. Unit: h.
const HOURS: u64 = 72;
/// The same life on every machine.
const SEED: u64 = 20_261_129;
/// Ticks of an hour.
const HOUR: u64 = 3_600_000;
/// A counter of 16 bits has wrapped when it was asked for more often than this.
const WRAP_16: u64 = 65_536;

/// Whether a life can go on after it.
const fn goes_on(phase: &Phase) -> bool {
    !matches!(
        phase,
        Phase::Reboot(_)
            | Phase::Welded(..)
            | Phase::Turns(..)
            | Phase::Lies(..)
            | Phase::Draws(..)
            | Phase::Jams(..)
            | Phase::Bad(phases::Input::Current, ..)
            | Phase::Jumps(_)
    )
}

/// Taps of a zone that is armed anew: each asks storage to keep a ledger.
const TAPS: usize = 12;

/// A session of its own, an armed zone and short activations, as many as its plan has time for.
fn taps() -> impl Iterator<Item = Phase> {
    let end = Phase::Ask(Role::Operator, Box::new(Request::EndSession));
    let plan = phases::plans().into_iter().take(1);
    let tap = [Phase::Hold(130), Phase::Release(420)];
    std::iter::once(end)
        .chain(plan.map(|plan| Phase::Arm(Box::new(plan))))
        .chain(tap.into_iter().cycle().take(2 * TAPS))
}

/// What a life came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Life {
    ticks: u64,
    ledgers: u64,
    drives: u64,
    sessions: u32,
    faults: u64,
}

/// So many ticks of one life.
///
/// # Errors
/// What ended it early.
fn live(ticks: u64, mut tell: impl FnMut(&Life)) -> Result<Life, String> {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..Config::default()
    });
    let strategy = Story::sequential_strategy(1..45);
    let mut judge = Judge::new(Variant::Ring);
    let mut life = Life::default();
    while life.ticks < ticks {
        let (_, phases, _) = strategy
            .new_tree(&mut runner)
            .map_err(|why| why.to_string())?
            .current();
        for phase in phases.into_iter().filter(goes_on).chain(taps()) {
            let (ticks, ledger) = (judge.rig.ticks, judge.rig.out.ledger());
            let mode = judge.rig.mode();
            phase.play(&mut judge);
            life.ticks += judge.rig.ticks - ticks;
            life.ledgers += u64::from(judge.rig.out.ledger().wrapping_sub(ledger));
            let now = judge.rig.mode();
            life.drives += u64::from(now != mode && now == Mode::Treating);
            life.faults += u64::from(now != mode && now == Mode::Faulted);
            life.sessions = judge.rig.ledger().session;
            if let Some(fault) = judge.rig.ledger().terminal.filter(|it| it.is_terminal()) {
                return Err(format!("{fault:?} out of nothing that makes it: {life:?}"));
            }
        }
        tell(&life);
    }
    Ok(life)
}

fn main() -> Result<(), String> {
    let asked = std::env::args().nth(1);
    let hours = asked.map_or(Ok(HOURS), |text| {
        text.parse()
            .map_err(|_| format!("'{text}' is no number of hours"))
    })?;
    let mut told = 0;
    let life = live(hours * HOUR, |life| {
        if life.ticks / HOUR > told {
            told = life.ticks / HOUR;
            eprintln!("{told} of {hours} h: {life:?}");
        }
    })?;
    println!(
        "{hours} h in one life: {} ticks, {} drives, {} sessions, {} faults, {} ledgers kept",
        life.ticks, life.drives, life.sessions, life.faults, life.ledgers
    );
    if hours >= HOURS && life.ledgers <= WRAP_16 {
        return Err(format!(
            "the ledger's number did not wrap: {} of {WRAP_16}",
            life.ledgers
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn proof_008_two_minutes_of_a_life_drive_and_keep_ledgers() {
        let life = super::live(120_000, |_| {}).unwrap();
        assert!(
            life.ticks >= 120_000 && life.drives > 20 && life.ledgers > 50,
            "{life:?}"
        );
    }
}
