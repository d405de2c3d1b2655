//! One core for two that never work at the same time.
//!
//! Plant and processor take turns, some ten thousand times a second. On two cores each turn wakes a
//! core that has just gone to sleep, which costs more than the work of a tick: a quiet machine of
//! two cores made 12 times real time, the same machine 54 times with both on one core. A busy
//! machine hides it, because its cores do not sleep.

/// Keeps this thread, and every process that it starts from now on, on the core that it runs on.
///
/// A machine that does not allow it is only slower, so nobody is told.
#[cfg(target_os = "linux")]
pub(super) fn stay_on_one_core() {
    use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};

    let mut here = CpuSet::new();
    let core = sched_getcpu();
    if core < CpuSet::MAX_CPU {
        here.set(core);
        let _ = sched_setaffinity(None, &here);
    }
}

/// Other systems have no such call for a thread, or none that is safe.
#[cfg(not(target_os = "linux"))]
pub(super) const fn stay_on_one_core() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::thread::sched_getaffinity;

    #[test]
    fn a_thread_that_stays_has_one_core_and_no_other_loses_any() {
        let all = || sched_getaffinity(None).map(|set| set.count());
        let before = all();
        let staying = std::thread::spawn(move || {
            super::stay_on_one_core();
            all()
        });
        assert_eq!(staying.join().expect("it ends"), Ok(1));
        assert_eq!(all(), before);
    }
}
