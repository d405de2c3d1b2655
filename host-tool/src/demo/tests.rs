use super::{files, tell};
use crate::client::Patience;
use crate::metrology::Verdict;

#[test]
fn every_limit_holds_on_many_pens() {
    for seed in [1, 2, 8, 22, 28, 91, 296] {
        let told = tell(seed, Patience::default(), &|link| Ok(link), &mut |_| {}).unwrap();
        assert_eq!(told.calibration.as_left, Verdict::Pass, "seed {seed}");
        for attempt in &told.attempts {
            assert!(attempt.is_held(), "seed {seed}: {attempt:?}");
        }
        assert!(told.attempts.len() >= 7, "seed {seed}");
    }
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_others() {
    let write = |seed| {
        let told = tell(seed, Patience::default(), &|link| Ok(link), &mut |_| {}).unwrap();
        files(&told).texts()
    };
    let first = write(28);
    assert_eq!(first, write(28));
    assert_ne!(first, write(1));
}
