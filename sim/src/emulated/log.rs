//! What the rig saw the chip do, for tests to judge.

use sha2::{Digest, Sha256};

use super::frame::{Doings, FlashOperation, ResetBy};

/// Everything that the rig saw, from its start on. Times are the rig's (ns).
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Time now.
    pub time_ns: u64,
    /// Instructions carried out.
    pub instructions: u64,
    /// Resets that the chip made by itself.
    pub resets: Vec<(ResetBy, u64)>,
    /// Operations of the flash chip.
    pub flash: Vec<FlashOperation>,
    /// Changes of the bridge's enable pin.
    pub enables: Vec<(u64, bool)>,
    /// Changes of the second switch, in the bridge's supply: as its pin and the charge pump make it.
    pub supplies: Vec<(u64, bool)>,
    /// Control steps: when each began, and how long the pin was high.
    pub ticks: Vec<(u64, u32)>,
    /// Longest time for which interrupts were masked, and the frame in which it was, with its end.
    pub masked: Vec<(u64, u32)>,
    /// Duties as the pins show them, forward and backward, as shares of a frame (ppm); one entry
    /// for each change, with the frame's end.
    pub duties: Vec<(u64, u32, u32)>,
    /// What the emulator has to say about the program: accesses to nowhere, faults, flash misuse.
    pub trouble: Vec<String>,
    /// Bytes of the program's log (defmt over RTT).
    pub rtt: Vec<u8>,
    hash: Sha256,
}

/// How regular the control step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter {
    /// Steps looked at.
    pub steps: u32,
    /// Shortest time from one to the next (ns).
    pub shortest_ns: u64,
    /// Longest time from one to the next (ns).
    pub longest_ns: u64,
    /// Longest step (ns).
    pub work_ns: u32,
}

impl Log {
    pub(super) fn add(&mut self, doings: &Doings, answer: &[u8]) {
        self.hash.update(answer);
        self.time_ns = doings.time_ns;
        self.instructions += u64::from(doings.instructions);
        self.resets.extend(&doings.resets);
        self.flash.extend(&doings.flash);
        self.enables.extend(&doings.enables);
        self.supplies.extend(&doings.supplies);
        self.ticks.extend(&doings.ticks);
        self.trouble.extend(doings.trouble.iter().cloned());
        self.rtt.extend(&doings.rtt);
        if doings.masked_ns > 0 {
            self.masked.push((doings.time_ns, doings.masked_ns));
        }
    }

    pub(super) fn note_duty(&mut self, forward_ppm: u32, backward_ppm: u32) {
        let is_new = self.duties.last().is_none_or(|&(_, forward, backward)| {
            (forward, backward) != (forward_ppm, backward_ppm)
        });
        if is_new {
            self.duties.push((self.time_ns, forward_ppm, backward_ppm));
        }
    }

    /// What everything that was ever answered hashes to: two runs that agree in it agree in all.
    #[must_use]
    pub fn digest(&self) -> String {
        let hash = self.hash.clone().finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How regular the control steps are that begin in this span (ns).
    #[must_use]
    pub fn jitter(&self, span: std::ops::Range<u64>) -> Jitter {
        let mut jitter = Jitter {
            shortest_ns: u64::MAX,
            ..Jitter::default()
        };
        let mut last = None;
        for &(at, work) in self.ticks.iter().filter(|(at, _)| span.contains(at)) {
            jitter.steps += 1;
            jitter.work_ns = jitter.work_ns.max(work);
            if let Some(before) = last {
                jitter.shortest_ns = jitter.shortest_ns.min(at - before);
                jitter.longest_ns = jitter.longest_ns.max(at - before);
            }
            last = Some(at);
        }
        jitter
    }

    /// Longest time for which interrupts were masked in frames that end in this span (ns).
    #[must_use]
    pub fn longest_masked_ns(&self, span: std::ops::Range<u64>) -> u32 {
        self.masked
            .iter()
            .filter(|(at, _)| span.contains(at))
            .map(|&(_, masked)| masked)
            .max()
            .unwrap_or(0)
    }

    /// Whether the bridge's enable pin was high at a time (ns).
    #[must_use]
    pub fn is_enabled_at(&self, time_ns: u64) -> bool {
        is_high_at(&self.enables, time_ns)
    }

    /// Whether the second switch was closed at a time (ns).
    #[must_use]
    pub fn is_supplied_at(&self, time_ns: u64) -> bool {
        is_high_at(&self.supplies, time_ns)
    }
}

fn is_high_at(changes: &[(u64, bool)], time_ns: u64) -> bool {
    changes
        .iter()
        .take_while(|(at, _)| *at <= time_ns)
        .last()
        .is_some_and(|&(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::Log;

    #[test]
    fn jitter_is_told_from_the_steps_of_a_span() {
        let log = Log {
            ticks: vec![(0, 9), (1_000, 10), (2_100, 30), (3_000, 20), (9_000, 40)],
            ..Log::default()
        };
        let jitter = log.jitter(500..5_000);
        assert_eq!((jitter.steps, jitter.work_ns), (3, 30));
        assert_eq!((jitter.shortest_ns, jitter.longest_ns), (900, 1_100));
        assert_eq!(log.jitter(4_000..5_000).steps, 0);
    }

    #[test]
    fn both_switches_are_known_at_any_time() {
        let log = Log {
            enables: vec![(10, true), (20, false)],
            supplies: vec![(15, true)],
            ..Log::default()
        };
        let seen = [9, 10, 19, 20].map(|at| log.is_enabled_at(at));
        assert_eq!(seen, [false, true, true, false]);
        let seen = [14, 15, 99].map(|at| log.is_supplied_at(at));
        assert_eq!(seen, [false, true, true]);
    }
}
