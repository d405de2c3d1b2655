use super::{Origin, Records};
use crate::calibration::Calibration;
use crate::given::{boot, calibration};
use crate::request::Refusal;

fn found() -> Records {
    let (records, profile, defect) = Records::new(&boot());
    assert_eq!((profile, defect), (None, None));
    records
}

#[test]
fn cal_001_what_was_discarded_is_not_staged_and_does_not_come_into_force() {
    let next: Calibration = calibration(2, 2_500, 2_600);
    let mut records = found();
    records.stage(Some((next, 5)));
    records.grant(next, Origin::Staged);
    assert_eq!(records.staged(), Some((next, 5)));
    let mut kept = records;
    assert_eq!(kept.put_in_force(next, 5), Ok(Origin::Staged));
    assert_eq!(kept.calibration(), Some(&next));
    records.discard();
    assert_eq!(records.staged(), None);
    assert_eq!(records.put_in_force(next, 5), Err(Refusal::NothingStaged));
    assert_eq!(records.calibration(), Some(&calibration(1, 2_490, 2_600)));
}
