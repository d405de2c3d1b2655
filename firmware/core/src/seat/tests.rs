use super::{Seat, Work};
use crate::cartridge::{CartridgeDefect, Kind};
use crate::given::TAG;
use crate::io::{Tag, TagReading};
use crate::journal::{Record, Tell};
use crate::units::{Duration, Strokes};

#[derive(Default)]
struct Log(Vec<Record>);

impl Tell for Log {
    fn tell(&mut self, record: Record) {
        self.0.push(record);
    }
}

const PRESENT: TagReading = TagReading::Present(TAG);

/// What is told when a seated cartridge is followed by this.
fn told_after_one(seated: bool, seen: TagReading) -> Vec<Record> {
    let (mut seat, mut log) = (Seat::new(), Log::default());
    seat.update(true, PRESENT, &mut log);
    assert_eq!(log.0, [Record::CartridgeSeated { id: 7 }]);
    log.0.clear();
    seat.update(seated, seen, &mut log);
    log.0
}

#[test]
fn cart_001_what_leaves_the_seat_is_told_as_what_it_is() {
    let removed = [Record::CartridgeRemoved];
    let refused = [Record::CartridgeRefused {
        defect: CartridgeDefect::Unreadable,
    }];
    assert_eq!(told_after_one(true, PRESENT), []);
    assert_eq!(told_after_one(true, TagReading::Unreadable), refused);
    // What nobody can read is out, as the switch says.
    assert_eq!(told_after_one(false, TagReading::Unreadable), removed);
    assert_eq!(told_after_one(true, TagReading::Absent), removed);
    assert_eq!(told_after_one(false, TagReading::Absent), removed);
    assert_eq!(told_after_one(false, PRESENT), removed);
}

#[test]
fn cart_001_a_tag_counts_only_while_the_switch_is_closed() {
    let (mut seat, mut log) = (Seat::new(), Log::default());
    seat.update(false, PRESENT, &mut log);
    assert_eq!((seat.tag(), seat.kind()), (None, None));
    assert_eq!(log.0, []);
    seat.use_up(&mut log);
    assert_eq!(seat.burn(), None);
    seat.update(true, PRESENT, &mut log);
    assert_eq!((seat.tag(), seat.kind()), (Some(TAG), Some(Kind::Twelve)));
    assert_eq!(log.0, [Record::CartridgeSeated { id: 7 }]);
}

#[test]
fn cart_004_a_used_cartridge_goes_on_until_30_minutes_of_pause() {
    let used = TagReading::Present(Tag { used: true, ..TAG });
    let work = Work {
        cartridge: 7,
        strokes: Strokes::from_count(1),
        is_same_patient: true,
    };
    let mut seat = Seat::new();
    seat.update(true, used, &mut ());
    let usable = |seat: &Seat| seat.usable(2_500, &work).map(|(_, kind)| kind);
    // After a reset nobody knows how long it rested.
    assert_eq!(usable(&seat), Err(CartridgeDefect::PausedTooLong));
    for _ in 0..2 {
        seat.works();
        assert_eq!(usable(&seat), Ok(Kind::Twelve));
        seat.tick(Duration::from_us(1_799_999_998));
        seat.tick(Duration::from_us(1));
        assert_eq!(usable(&seat), Ok(Kind::Twelve));
        seat.tick(Duration::from_us(1));
        assert_eq!(usable(&seat), Err(CartridgeDefect::PausedTooLong));
        seat.tick(Duration::from_us(1));
        assert_eq!(usable(&seat), Err(CartridgeDefect::PausedTooLong));
    }
}
