//! Judges that see the plant's truth, never pins or the firmware's opinion, and restate the limits.
//!
//! Each rule names its requirement, keeps its first violation and the worst value it has seen, so
//! that a run tells not only *passed* but also *by how much*. Nothing here imports a limit of the
//! core: a limit that is changed there must be changed here as well.
//!
//! | room | sees |
//! |---|---|
//! | `drive` | torque of the supply, who asks for it, what a parking push is |
//! | `unasked` | torque and motion that nobody asked for |
//! | `park` | what comes of parking pushes |
//! | `stop` | release, brake, needle entries, depth |
//! | `turns` | turns and their rate, timed between two plant steps |
//! | `interlocks` | cable, fall, heat, current, a hung firmware |
//! | `time` | activations and sessions |
//! | `claims` | parked and strokes as the firmware says them, against the truth |

mod claims;
mod drive;
mod interlocks;
mod park;
mod rule;
mod stop;
mod time;
mod turns;
mod unasked;

pub use claims::Claims;
#[doc(hidden)]
pub use rule::Defect;
pub use rule::{Finding, Rule, Rules};

use crate::pen::{Observer, Truth};
use claims::Count;
use drive::Drive;
use interlocks::Interlocks;
use park::Park;
use rule::Book;
use stop::{Depth, Entries, Release};
use time::Time;
use turns::Turns;
use unasked::Unasked;

/// All rules, and a short account of the run for those who ask later.
#[derive(Clone, Debug)]
pub struct Monitors {
    rules: Rules,
    book: Book,
    /// The step before.
    before: Option<Truth>,
    /// Changes of torque: time (us) and whether the supply drives from then on. Parking is left out.
    pub torque: Vec<(u64, bool)>,
    activations: u32,
    drive: Drive,
    unasked: Unasked,
    park: Park,
    release: Release,
    entries: Entries,
    depth: Depth,
    turns: Turns,
    interlocks: Interlocks,
    time: Time,
    count: Count,
}

impl Monitors {
    /// Rules for one run.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self::build(rules, None)
    }

    /// Judges with a defect, for the tests of what they are tried with.
    #[doc(hidden)]
    #[must_use]
    pub fn with_defect(rules: Rules, defect: Defect) -> Self {
        Self::build(rules, Some(defect))
    }

    fn build(rules: Rules, defect: Option<Defect>) -> Self {
        Self {
            rules,
            book: Book::new(rules, defect),
            before: None,
            torque: Vec::new(),
            activations: 0,
            drive: Drive::default(),
            unasked: Unasked::default(),
            park: Park::default(),
            release: Release::default(),
            entries: Entries::default(),
            depth: Depth::default(),
            turns: Turns::default(),
            interlocks: Interlocks::default(),
            time: Time::default(),
            count: Count::default(),
        }
    }

    /// Every rule's result.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.book.findings()
    }

    /// The rules that were broken.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        self.findings()
            .filter(|finding| finding.broken_at_us.is_some())
    }

    /// Turns so far: time of completion (us), rate (Hz), peak protrusion (um). The rate is the mean
    /// of the turn, its ends interpolated between two plant steps.
    #[must_use]
    pub fn turns(&self) -> &[(u64, f64, f64)] {
        &self.turns.all
    }

    /// Listens to the pen once a tick, after the tick's last step; a pen that does not run says
    /// nothing.
    pub fn hear(&mut self, claims: Option<Claims>, truth: &Truth) {
        self.entries.hear(claims.is_some_and(|claims| claims.told));
        let Some(claims) = claims else { return };
        claims::see_parked(&claims, truth, &mut self.book);
        self.count
            .see(&claims, self.activations, truth, &mut self.book);
    }
}

impl Observer for Monitors {
    fn step(&mut self, truth: &Truth) {
        // A run begins with what its first step ended in.
        let before = self.before.replace(*truth).unwrap_or(*truth);
        let book = &mut self.book;
        let scene = self.drive.see(&before, truth, self.rules, book);
        if self.torque.last().is_some_and(|last| last.1) != scene.drives {
            self.torque.push((truth.time_us, scene.drives));
        }
        self.activations = scene.activations;
        self.unasked.see(&scene, book);
        self.park.see(&scene, book);
        self.release.see(&scene, book);
        self.entries.see(&scene, book);
        self.depth.see(&scene, book);
        self.turns.see(&scene, book);
        self.interlocks.see(&scene, book);
        self.time.see(&scene, book);
    }
}

/// Microseconds as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a run, far below 2^53"
)]
fn ratio(us: u64) -> f64 {
    us as f64
}

/// Microseconds in milliseconds.
fn ms(us: u64) -> f64 {
    ratio(us) / 1e3
}

/// Time since something (ms); nothing since never.
fn since_ms(since: Option<u64>, now_us: u64) -> f64 {
    since.map_or(0.0, |since| ms(now_us - since))
}
