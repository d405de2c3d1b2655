//! How much faster than real time the simulator runs on this machine.

use crate::pen::{FactoryError, Options, Truth, VirtualPen};
use crate::plant::benchmark_plant;
use crate::serve::{Setting, prepare};

/// One measurement.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Speed {
    /// What ran.
    pub what: &'static str,
    /// Simulated time (s).
    pub simulated_s: f64,
    /// Time it took (s).
    pub taken_s: f64,
    /// Simulated seconds per second.
    pub times_real_time: f64,
}

/// What was measured, and with which clock.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Report {
    /// How the time was taken.
    pub clock: &'static str,
    /// Whether this is an optimised build, which alone says something.
    pub optimised: bool,
    /// The measurements.
    pub speeds: Vec<Speed>,
}

impl Report {
    /// The report for people.
    #[must_use]
    pub fn text(&self) -> String {
        use std::fmt::Write;

        let mut text = String::from("simulated seconds per second, one pen on one core\n");
        for speed in &self.speeds {
            let _ = writeln!(
                text,
                "  {:44} {:>8.0} x   ({:.0} s simulated in {:.3} s)",
                speed.what, speed.times_real_time, speed.simulated_s, speed.taken_s
            );
        }
        let _ = writeln!(text, "time taken: {}", self.clock);
        if !self.optimised {
            text.push_str(
                "note: this build has its checks on; measure with `cargo run --release`\n",
            );
        }
        text
    }
}

/// Measures the plant alone and the whole pen, for about so many simulated seconds each.
///
/// # Errors
/// [`FactoryError`], if no pen can be built.
pub fn run(seconds: u32) -> Result<Report, FactoryError> {
    let simulated_s = f64::from(seconds);
    let ticks = 1_000 * u64::from(seconds);
    let mut speeds = Vec::new();
    let mut measure = |what, work: &mut dyn FnMut()| {
        let before = clock::seconds();
        work();
        let taken_s = (clock::seconds() - before).max(1e-9);
        speeds.push(Speed {
            what,
            simulated_s,
            taken_s,
            times_real_time: simulated_s / taken_s,
        });
    };
    measure("plant alone, driven, 36 needles in skin", &mut || {
        std::hint::black_box(benchmark_plant(simulated_s));
    });
    let mut resting = benchmark_pen()?;
    measure("whole pen, at rest", &mut || resting.run_ms(ticks));
    let mut in_air = benchmark_pen()?;
    measure("whole pen, motor forced on in the air", &mut || {
        force_on(&mut in_air);
        in_air.run_ms(ticks);
    });
    let mut in_skin = benchmark_pen()?;
    measure("whole pen, motor forced on in skin", &mut || {
        in_skin.hand().approach(0.0, 1_000.0);
        force_on(&mut in_skin);
        in_skin.run_ms(ticks);
    });
    let mut watched = benchmark_pen()?;
    let mut deepest = f64::MIN;
    measure("whole pen, the same, observed every 100 us", &mut || {
        watched.hand().approach(0.0, 1_000.0);
        force_on(&mut watched);
        let mut look = |truth: &Truth| deepest = deepest.max(truth.peak_um);
        watched.run_ms_observed(ticks, &mut look);
    });
    std::hint::black_box(deepest);
    let optimised = !cfg!(debug_assertions);
    Ok(Report {
        clock: clock::NAME,
        optimised,
        speeds,
    })
}

fn benchmark_pen() -> Result<VirtualPen, FactoryError> {
    let mut pen = VirtualPen::assemble(&Options::default())?;
    prepare(&mut pen, Setting::Treatment);
    Ok(pen)
}

/// A bridge that obeys nobody: the motor turns although the firmware objects, which costs the
/// simulator what a treatment costs.
fn force_on(pen: &mut VirtualPen) {
    use crate::fault::Knob;

    for knob in [Knob::BridgeEnableWelded, Knob::BridgeStuckOn] {
        // In range: 1 is the only number that they take.
        let _ = pen.faults().set(knob, 1);
    }
}

/// The clock of a benchmark; the only other place than `serve` where real time is read.
mod clock {
    /// What [`seconds`] counts, in words.
    #[cfg(target_os = "linux")]
    pub(super) const NAME: &str = "CPU time of this thread (/proc/thread-self/schedstat)";
    /// What [`seconds`] counts, in words.
    #[cfg(not(target_os = "linux"))]
    pub(super) const NAME: &str = "real time: on a busy machine the figures are too low";

    /// Time taken so far (s).
    #[cfg(target_os = "linux")]
    pub(super) fn seconds() -> f64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let ns: u64 = text
            .split(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        std::time::Duration::from_nanos(ns).as_secs_f64()
    }

    /// Time taken so far (s).
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    pub(super) fn seconds() -> f64 {
        use std::sync::OnceLock;
        use std::time::Instant;

        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn the_report_says_how_fast_and_by_which_clock() {
        let report = run(1).unwrap();
        // How fast is for people to read: a busy machine is slow, and right.
        assert!(
            report
                .speeds
                .iter()
                .all(|speed| speed.times_real_time > 0.0),
            "{report:?}"
        );
        let text = report.text();
        assert!(
            report.speeds.iter().all(|speed| text.contains(speed.what)),
            "{text}"
        );
        assert!(text.contains(report.clock));
    }
}
