//! What a calibration leaves alone.

use super::{pen, settings};
use crate::procedure::{Decides, SimBench, calibrate};

#[test]
fn nothing_but_the_calibration_changes() {
    let (stage, mut client) = pen(28, true);
    let before = (
        client.limits().unwrap(),
        client.plan().unwrap(),
        client.session().unwrap(),
        client.faults().unwrap(),
    );
    let storage = client.info().unwrap().storage;
    let mut bench = SimBench::new(stage, 28, Decides::Yes);
    let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    assert_eq!(outcome.generation, 2);
    let after = (
        client.limits().unwrap(),
        client.plan().unwrap(),
        client.session().unwrap(),
        client.faults().unwrap(),
    );
    assert_eq!(after, before);
    assert_eq!(client.info().unwrap().storage, storage);
}
