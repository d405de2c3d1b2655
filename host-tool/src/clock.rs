//! The one file that reads real time. Everything else is handed a [`Clock`].

#[cfg(feature = "program")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
#[cfg(any(feature = "program", feature = "sqlite"))]
use std::time::Instant;
#[cfg(feature = "program")]
use std::time::{SystemTime, UNIX_EPOCH};

use pen_core::limits::RELEASE_DAY;
#[cfg(feature = "program")]
use signal_hook::flag;

use crate::error::HostError;
use crate::words;

/// Something that knows how much time has passed, and can let it pass.
///
/// A cable brings real time, a simulated pen its own: what waits for a simulated pen waits for
/// nothing.
pub trait Clock {
    /// Time since some fixed start. Never goes back.
    fn now(&self) -> Duration;

    /// Lets this much time pass.
    fn wait(&mut self, span: Duration);
}

/// The clock of this machine.
#[cfg(any(feature = "program", feature = "sqlite"))]
#[derive(Clone, Copy, Debug)]
pub struct RealClock {
    start: Instant,
}

#[cfg(any(feature = "program", feature = "sqlite"))]
impl RealClock {
    /// A clock that starts now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where real time is read"
    )]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

#[cfg(any(feature = "program", feature = "sqlite"))]
impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(any(feature = "program", feature = "sqlite"))]
impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this file is where real time passes"
    )]
    fn wait(&mut self, span: Duration) {
        std::thread::sleep(span);
    }
}

#[cfg(feature = "program")]
/// Seconds since 1970 as this machine believes; zero when its clock stands before that.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this file is where real time is read"
)]
pub fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(feature = "program")]
/// Days from 1970-01-01 to the first day of the pen's calendar, 2020-01-01.
const EPOCH_DAYS: u64 = 18_262;

#[cfg(feature = "program")]
/// Today in the pen's calendar: days since 2020-01-01. Zero before that day.
#[must_use]
pub fn today() -> u16 {
    day_of(unix_seconds())
}

#[cfg(feature = "program")]
/// Today at the other end of a link of this name: a simulated pen lives in a time of its own.
#[must_use]
pub fn day_at(link: &str) -> u16 {
    if link.starts_with("sim:") {
        crate::link::sim::TODAY
    } else {
        today()
    }
}

#[cfg(feature = "program")]
/// Today, as long as it can be: this program was not there before its own release.
///
/// # Errors
/// The clock of this machine is wrong.
pub fn believable_today() -> Result<u16, HostError> {
    believed("this computer's date", today())
}

/// A day that is not before this program's own release; `whose` it is, in words.
///
/// # Errors
/// It is.
pub(crate) fn believed(whose: &str, day: u16) -> Result<u16, HostError> {
    if day < RELEASE_DAY {
        // The calendar's first day stands for everything before it.
        let earlier = if day == 0 { " or earlier" } else { "" };
        let date = format!("{}{earlier}", words::date(day));
        let release = words::date(RELEASE_DAY);
        return Err(HostError::wrong_date(whose, &date, &release));
    }
    Ok(day)
}

#[cfg(feature = "program")]
fn day_of(unix_seconds: u64) -> u16 {
    let days = (unix_seconds / 86_400).saturating_sub(EPOCH_DAYS);
    u16::try_from(days).unwrap_or(u16::MAX)
}

/// What asked this program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// Another program, or the system that shuts down.
    Terminate,
    /// The terminal was closed.
    HangUp,
}

impl Signal {
    /// The numbers are the same on every system; Windows knows no hang-up.
    #[cfg(not(windows))]
    const ALL: [(Self, i32); 3] = [
        (Self::Interrupt, 2),
        (Self::Terminate, 15),
        (Self::HangUp, 1),
    ];
    #[cfg(windows)]
    const ALL: [(Self, i32); 2] = [(Self::Interrupt, 2), (Self::Terminate, 15)];
}

/// Number of the signal that asked this program to end; zero before.
static ASKED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

#[cfg(feature = "program")]
/// Remembers the first signal that asks for an end instead of dying of it, so that whoever turns the
/// motor can stop it first. The second one ends the program at once, whatever it does.
pub fn catch_interrupts() {
    let mut is_first = false;
    let asked = ASKED.get_or_init(|| {
        is_first = true;
        Arc::default()
    });
    if !is_first {
        return;
    }
    let twice = Arc::new(AtomicBool::new(false));
    for (_, number) in Signal::ALL {
        let word = usize::try_from(number).unwrap_or_default();
        // What was registered first is done first: `twice` is not yet set at the first signal. A
        // signal that cannot be caught ends the program, as it would without us.
        let _ = flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&twice));
        let _ = flag::register(number, Arc::clone(&twice));
        let _ = flag::register_usize(number, Arc::clone(asked), word);
    }
}

#[cfg(test)]
thread_local! {
    static SIMULATED: std::cell::Cell<Option<Signal>> = const { std::cell::Cell::new(None) };
}

/// Lets a signal come, or be forgotten, for the test on this thread alone.
#[cfg(test)]
pub(crate) fn simulate(signal: Option<Signal>) {
    SIMULATED.set(signal);
}

/// What asked this program to end, if anything did.
#[must_use]
pub fn ended_by() -> Option<Signal> {
    #[cfg(test)]
    if let Some(signal) = SIMULATED.get() {
        return Some(signal);
    }
    let word = ASKED.get()?.load(Ordering::SeqCst);
    let found = Signal::ALL
        .iter()
        .find(|(_, number)| usize::try_from(*number) == Ok(word));
    found.map(|(signal, _)| *signal)
}

/// Whether this program was asked to end: Ctrl-C, SIGTERM, or a terminal that was closed.
#[must_use]
pub fn interrupted() -> bool {
    ended_by().is_some()
}

#[cfg(test)]
mod tests {
    use super::{believed, day_of};
    use crate::error::Class;

    #[cfg(unix)]
    #[test]
    fn signals_have_the_numbers_of_this_system() {
        use super::Signal;
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        assert_eq!(
            Signal::ALL,
            [
                (Signal::Interrupt, SIGINT),
                (Signal::Terminate, SIGTERM),
                (Signal::HangUp, SIGHUP)
            ]
        );
    }

    #[test]
    fn days_count_from_2020() {
        assert_eq!(day_of(0), 0);
        assert_eq!(day_of(1_577_836_799), 0);
        assert_eq!(day_of(1_577_836_800), 0);
        assert_eq!(day_of(1_577_836_800 + 86_400), 1);
        // 2026-11-22
        assert_eq!(day_of(1_795_305_600), 2_517);
    }

    #[test]
    fn a_day_before_the_release_is_wrong() {
        // 2026-11-05
        for day in [0, 421, 2_499] {
            let error = believed("this computer's date", day).unwrap_err();
            assert_eq!((error.class, error.exit_code()), (Class::Usage, 2));
            assert!(error.why.contains("2026-11-05"), "{error}");
        }
        assert_eq!(believed("this computer's date", 2_500), Ok(2_500));
    }
}
