//! The same work many times, on all cores, with results in order.
//!
//! What comes out does not depend on how many threads there are: each piece of work is a function of
//! its number alone, and results are handed over by number.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// How many threads this machine runs at once; 1 if it does not say.
#[must_use]
pub fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Does pieces 0 to `count - 1` of a work on `jobs` threads and hands each result to `take`, in order,
/// on the calling thread. Returns how many results were handed over: fewer than `count` when `stop`
/// was set meanwhile, and then always the first ones.
///
/// # Errors
/// The first error of `take`; nothing more is begun after it.
///
/// # Panics
/// When the work panics.
pub fn in_order<T: Send, E>(
    jobs: NonZeroUsize,
    count: usize,
    stop: &AtomicBool,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<usize, E> {
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(count) {
            let sender = sender.clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // Nobody listens any more once `take` has failed.
                    if number >= count || sender.send((number, work(number))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        // Numbers are claimed one after the other, and what is claimed is done: no gap can stay.
        let mut early = BTreeMap::new();
        let mut taken = 0;
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&taken) {
                take(taken, result)?;
                taken += 1;
            }
        }
        Ok(taken)
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::in_order;

    fn squares(jobs: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let take = |number, square| {
            assert_eq!(number, all.len());
            all.push(square);
            Ok::<_, ()>(())
        };
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let done = in_order(jobs, 100, &AtomicBool::new(false), |n| n * n, take);
        assert_eq!(done, Ok(100));
        all
    }

    #[test]
    fn results_come_in_order_with_any_number_of_threads() {
        let alone = squares(1);
        assert_eq!(alone[99], 9_801);
        assert_eq!(squares(2), alone);
        assert_eq!(squares(7), alone);
    }

    #[test]
    fn an_interruption_leaves_the_first_results() {
        let stop = AtomicBool::new(false);
        let mut taken = 0;
        let done = in_order(
            NonZeroUsize::new(3).unwrap(),
            1_000,
            &stop,
            |n| n,
            |_, n| {
                taken += 1;
                stop.store(n >= 10, Ordering::Relaxed);
                Ok::<_, ()>(())
            },
        );
        assert_eq!(done, Ok(taken));
        assert!(taken > 10, "{taken}");
    }

    #[test]
    fn an_error_ends_it() {
        let two = NonZeroUsize::new(2).unwrap();
        let take = |number, _| if number == 5 { Err("full") } else { Ok(()) };
        let done = in_order(two, 1_000, &AtomicBool::new(false), |n| n, take);
        assert_eq!(done, Err("full"));
    }
}
