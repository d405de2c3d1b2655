//! What must be true of the A/B slots and of the list of used cartridges, wherever power fails.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test panics as the test would"
)]

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use pen_app::store::{
    Defect, Identity, Kind, Layout, Region, SlotPair, Standing, StoreError, UsedList, record,
};
use pen_sim::flash::{FlashError, NorFlashModel, SECTOR, Violations};

const SECTOR_U32: u32 = 4096;
const ME: Identity = Identity {
    kind: Kind::CALIBRATION,
    format: 2,
    serial: 0xD15C_0000_0000_0042,
};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

fn regions(sectors: u32) -> [Region; 2] {
    let len = sectors * SECTOR_U32;
    [
        Region {
            start: SECTOR_U32,
            len,
        },
        Region {
            start: SECTOR_U32 + len,
            len,
        },
    ]
}

/// One value, with the payload that goes with each store number.
fn payload(number: u32, max: usize) -> Vec<u8> {
    let len = 1 + (number as usize * 37) % max;
    Dice(u64::from(number)).bytes(len)
}

fn load<const W: usize, const MAX: usize>(
    slots: &SlotPair<MAX>,
    flash: &mut NorFlashModel<W>,
) -> (u32, Vec<u8>) {
    let mut out = [0; MAX];
    let loaded = slots.load(flash, &mut out).unwrap();
    assert!(
        !loaded.fell_back,
        "a power cut must not look like damage to what was acknowledged"
    );
    (loaded.generation, loaded.payload.to_vec())
}

/// Cuts every operation of one store, at many bytes, from every fill level of the regions.
fn cut_everywhere<const W: usize, const MAX: usize>(sectors: u32) -> u64 {
    let slots = SlotPair::<MAX>::new(regions(sectors), ME);
    let mut before = NorFlashModel::<W>::new(2 + 2 * sectors as usize, 1);
    let capacity = slots.capacity::<NorFlashModel<W>>();
    let mut fired = 0;
    slots.store(&mut before, &payload(0, MAX)).unwrap();
    for number in 1..2 * capacity + 3 {
        let (old, new, next) = (
            payload(number - 1, MAX),
            payload(number, MAX),
            payload(number + 7, MAX),
        );
        let (generation, _) = load(&slots, &mut before);
        for operation in 0.. {
            let mut any = false;
            for byte in (0..40).chain([64, 100, 127, 128, 200, 254, 255, usize::MAX]) {
                let mut flash = before.clone();
                if byte == usize::MAX {
                    flash.cut_ragged_after(operation);
                } else {
                    flash.cut_after(operation, byte);
                }
                let stored = slots.store(&mut flash, &new);
                flash.power_on();
                flash.cancel_cut();
                if flash.cuts_fired() == 0 {
                    assert_eq!(stored, Ok(generation + 1));
                    break;
                }
                any = true;
                fired += flash.cuts_fired();
                assert!(stored.is_err(), "acknowledged without power");
                let (seen, found) = load(&slots, &mut flash);
                assert!(seen >= generation && (found == old || found == new));
                if number > 1 {
                    let mut out = [0; MAX];
                    let previous = slots.previous(&mut flash, &mut out).unwrap();
                    assert!(previous.generation < seen);
                    assert!(
                        previous.payload == payload(number - 2, MAX) || previous.payload == old
                    );
                }
                let newer = slots.store(&mut flash, &next).unwrap();
                assert_eq!(load(&slots, &mut flash), (newer, next.clone()));
                assert!(newer > seen);
                let mut out = [0; MAX];
                let previous = slots
                    .previous(&mut flash, &mut out)
                    .unwrap()
                    .payload
                    .to_vec();
                assert!(previous == old || previous == new);
                assert_eq!(flash.violations(), Violations::default());
            }
            if !any {
                break;
            }
        }
        slots.store(&mut before, &new).unwrap();
    }
    fired
}

#[test]
fn store_001_slots_survive_a_cut_at_every_operation() {
    let fired = [
        cut_everywhere::<1, 512>(1),
        cut_everywhere::<4, 512>(1),
        cut_everywhere::<256, 512>(1),
        cut_everywhere::<1, 48>(1),
        cut_everywhere::<4, 200>(2),
        cut_everywhere::<256, 64>(2),
    ];
    println!(
        "cuts fired: {fired:?}, in all {}",
        fired.iter().sum::<u64>()
    );
    assert!(fired.iter().all(|&fired| fired > 500));
}

struct Life {
    acknowledged: Option<(u32, Vec<u8>)>,
    in_flight: Vec<Vec<u8>>,
    seen: u32,
}

impl Life {
    fn check<const W: usize, const MAX: usize>(
        &mut self,
        slots: &SlotPair<MAX>,
        flash: &mut NorFlashModel<W>,
    ) {
        let mut out = [0; MAX];
        match slots.load(flash, &mut out) {
            Ok(loaded) => {
                assert!(!loaded.fell_back);
                assert!(
                    loaded.generation >= self.seen,
                    "an older generation came back"
                );
                self.seen = loaded.generation;
                let is_acknowledged =
                    self.acknowledged
                        .as_ref()
                        .is_some_and(|(generation, bytes)| {
                            *generation == loaded.generation && bytes == loaded.payload
                        });
                assert!(
                    is_acknowledged || self.in_flight.iter().any(|bytes| bytes == loaded.payload),
                    "neither the acknowledged value nor one in flight"
                );
            }
            Err(defect) => {
                assert!(
                    self.acknowledged.is_none(),
                    "acknowledged value lost: {defect:?}"
                );
                assert_eq!(self.seen, 0);
            }
        }
    }
}

/// Lives with `cuts` power cuts in a row and stores in between; returns how many cuts fired.
fn live<const W: usize, const MAX: usize>(seed: u64, cuts: usize, garbage: bool) -> u64 {
    let mut dice = Dice(seed);
    let slots = SlotPair::<MAX>::new(regions(1), ME);
    let mut flash = NorFlashModel::<W>::new(3, seed);
    if garbage {
        flash.restore(&dice.bytes(3 * SECTOR));
    }
    let mut life = Life {
        acknowledged: None,
        in_flight: Vec::new(),
        seen: 0,
    };
    for round in 0..=cuts {
        let stores = dice.below(12);
        if round < cuts {
            let operation = dice.next() % 14;
            if dice.below(4) == 0 {
                flash.cut_ragged_after(operation);
            } else {
                flash.cut_after(operation, dice.below(256));
            }
        }
        for _ in 0..=stores {
            let (action, len) = (dice.below(8), dice.below(MAX + 1));
            let bytes = dice.bytes(len);
            let done = match action {
                0 => slots.prepare(&mut flash, 2).map(|_| ()),
                1 => slots.settle(&mut flash).map(|_| ()),
                _ => match slots.store(&mut flash, &bytes) {
                    Ok(generation) => {
                        life.acknowledged = Some((generation, bytes));
                        life.in_flight.clear();
                        Ok(())
                    }
                    Err(error) => {
                        life.in_flight.push(bytes);
                        Err(error)
                    }
                },
            };
            if !flash.is_powered() {
                assert!(done.is_err());
                break;
            }
            // Settling stores the same bytes under a new number.
            if action == 1
                && let (Ok(()), Some((generation, _))) = (done, &mut life.acknowledged)
            {
                let mut out = [0; MAX];
                *generation =
                    (*generation).max(slots.load(&mut flash, &mut out).unwrap().generation);
            }
            life.check(&slots, &mut flash);
        }
        flash.power_on();
        if let Some((_, bytes)) = &life.acknowledged {
            // A settle cut short may have landed.
            life.in_flight.push(bytes.clone());
        }
        life.check(&slots, &mut flash);
    }
    assert_eq!(flash.violations(), Violations::default());
    flash.cuts_fired()
}

#[test]
fn store_006_slots_survive_double_and_triple_cuts() {
    for cuts in [2, 3, 20] {
        let trials = if cuts == 20 { 400 } else { 2_500 };
        let mut fired = 0;
        for seed in 0..trials {
            let garbage = seed % 5 == 0;
            fired += live::<1, 512>(seed, cuts, garbage);
            fired += live::<4, 512>(seed ^ 0xA5A5_0000, cuts, garbage);
            fired += live::<256, 512>(seed ^ 0x5A5A_0000, cuts, garbage);
            fired += live::<1, 40>(seed ^ 0x1111_0000, cuts, garbage);
        }
        println!(
            "{cuts} cuts a life, {} lives: {fired} cuts fired, nothing lost",
            4 * trials
        );
        assert!(fired > trials * cuts as u64 * 2);
    }
}

#[test]
fn store_002_every_bit_flip_is_detected_and_a_fallback_is_named() {
    let slots = SlotPair::<64>::new(regions(1), ME);
    let mut flash = NorFlashModel::<4>::new(3, 3);
    let capacity = slots.capacity::<NorFlashModel<4>>();
    for number in 0..capacity + 4 {
        slots.store(&mut flash, &payload(number, 64)).unwrap();
    }
    let newest = load(&slots, &mut flash);
    let second = payload(capacity + 2, 64);
    let judge = |flash: &mut NorFlashModel<4>, flips: &[usize]| {
        let mut out = [0; 64];
        let loaded = slots.load(flash, &mut out).unwrap();
        if loaded.fell_back {
            assert!(
                loaded.payload == second || loaded.payload == newest.1,
                "{flips:?}"
            );
        } else {
            assert_eq!(
                (loaded.generation, loaded.payload),
                (newest.0, &newest.1[..]),
                "{flips:?}"
            );
        }
        loaded.fell_back && loaded.generation < newest.0
    };
    let mut fallbacks = 0;
    for bit in SECTOR * 8..3 * SECTOR * 8 {
        flash.flip_bit(bit);
        fallbacks += u32::from(judge(&mut flash, &[bit]));
        flash.flip_bit(bit);
    }
    let bits = u32::try_from((record::HEADER_LEN + newest.1.len()) * 8).unwrap();
    assert_eq!(
        fallbacks, bits,
        "exactly the bits of the newest record cost it"
    );
    // Both flips anywhere in the place of the newest record, its mark included.
    let place = (2 * SECTOR + 3 * 112) * 8;
    let mut tried = 0;
    for a in (0..112 * 8).step_by(3) {
        for b in a + 1..112 * 8 {
            flash.flip_bit(place + a);
            flash.flip_bit(place + b);
            judge(&mut flash, &[a, b]);
            flash.flip_bit(place + a);
            flash.flip_bit(place + b);
            tried += 1;
        }
    }
    println!("{fallbacks} fallbacks named, {tried} double flips");
}

/// A flash that programs one bit wrong, a given number of times.
struct Stuck {
    inner: NorFlashModel<1>,
    times: u32,
}

impl ErrorType for Stuck {
    type Error = FlashError;
}

impl ReadNorFlash for Stuck {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.inner.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.inner.capacity()
    }
}

impl NorFlash for Stuck {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.inner.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.inner.write(offset, bytes)?;
        if self.times > 0 && bytes.len() > 16 {
            self.times -= 1;
            self.inner.flip_bit((offset as usize + 9) * 8 + 3);
        }
        Ok(())
    }
}

#[test]
fn store_005_acknowledges_only_what_reads_back() {
    let slots = SlotPair::<100>::new(regions(1), ME);
    let mut flash = Stuck {
        inner: NorFlashModel::new(3, 5),
        times: 0,
    };
    let mut out = [0; 100];
    slots.store(&mut flash, b"good").unwrap();
    flash.times = 1;
    let generation = slots.store(&mut flash, b"second try").unwrap();
    assert_eq!(
        slots.load(&mut flash, &mut out).unwrap().payload,
        b"second try"
    );
    flash.times = 99;
    assert_eq!(
        slots.store(&mut flash, b"never"),
        Err(StoreError::NotVerified)
    );
    let loaded = slots.load(&mut flash, &mut out).unwrap();
    assert_eq!(
        (loaded.payload, loaded.generation),
        (&b"second try"[..], generation)
    );
    assert!(!loaded.fell_back && loaded.torn);
    flash.times = 0;
    assert!(slots.store(&mut flash, b"again").unwrap() > generation + 2);
    assert_eq!(slots.load(&mut flash, &mut out).unwrap().payload, b"again");
}

#[test]
fn store_007_records_that_are_not_ours_are_refused_by_name() {
    let me = SlotPair::<64>::new(regions(1), ME);
    let mut out = [0; 64];
    let mut flash = NorFlashModel::<4>::new(3, 9);
    assert_eq!(me.load(&mut flash, &mut out), Err(Defect::Blank));
    flash.restore(&[0; 3 * SECTOR]);
    assert_eq!(me.load(&mut flash, &mut out), Err(Defect::Zeroed));
    flash.restore(&[0x5A; 3 * SECTOR]);
    assert_eq!(me.load(&mut flash, &mut out), Err(Defect::Magic));

    let others = [
        (
            Identity {
                kind: Kind::PROFILE,
                ..ME
            },
            Defect::Kind {
                found: Kind::PROFILE.code(),
            },
        ),
        (Identity { serial: 7, ..ME }, Defect::Foreign { serial: 7 }),
        (Identity { format: 3, ..ME }, Defect::Newer { format: 3 }),
    ];
    for (identity, defect) in others {
        let mut flash = NorFlashModel::<4>::new(3, 9);
        me.store(&mut flash, b"mine").unwrap();
        let other = SlotPair::<64>::new(regions(1), identity);
        let generation = other.store(&mut flash, b"not mine").unwrap();
        assert_eq!(
            me.load(&mut flash, &mut out),
            Err(defect),
            "not passed over for an older one"
        );
        let mine = me.store(&mut flash, b"mine again");
        assert_eq!(mine, Ok(generation + 1));
        assert_eq!(
            me.load(&mut flash, &mut out).unwrap().payload,
            b"mine again"
        );
    }
    let mut flash = NorFlashModel::<4>::new(3, 9);
    let older = SlotPair::<64>::new(regions(1), Identity { format: 1, ..ME });
    older.store(&mut flash, b"old format").unwrap();
    assert_eq!(me.load(&mut flash, &mut out).unwrap().format, 1);
}

#[test]
fn store_001_geometry_and_length_are_refused_and_nothing_changes() {
    let mut flash = NorFlashModel::<1>::new(3, 1);
    let slots = SlotPair::<64>::new(regions(1), ME);
    let too_long = slots.store(&mut flash, &[0; 65]);
    assert_eq!(too_long, Err(StoreError::TooLong { len: 65, max: 64 }));
    let outside = SlotPair::<64>::new(regions(2), ME);
    assert_eq!(outside.store(&mut flash, b"x"), Err(StoreError::Geometry));
    let same = [regions(1)[0], regions(1)[0]];
    let overlapping = SlotPair::<64>::new(same, ME);
    assert_eq!(
        overlapping.load(&mut flash, &mut [0; 64]),
        Err(Defect::Geometry)
    );
    assert_eq!(flash.operations(), 0);
    flash.cut_after(0, 0);
    assert_eq!(
        slots.store(&mut flash, b"x"),
        Err(StoreError::Flash(NorFlashErrorKind::Other))
    );
}

#[test]
fn store_003_prepare_keeps_the_erase_out_of_the_next_stores() {
    let slots = SlotPair::<64>::new(regions(8), ME);
    let mut flash = NorFlashModel::<1>::new(18, 1);
    slots.store(&mut flash, &[0]).unwrap();
    for round in 0..2_000_u32 {
        let free = slots.prepare(&mut flash, 30).unwrap();
        assert!(free >= 30, "{free}");
        let erases = flash.counters().erases;
        for _ in 0..30 {
            slots.store(&mut flash, &round.to_le_bytes()).unwrap();
        }
        assert_eq!(flash.counters().erases, erases);
    }
    let worst = flash.wear().iter().max().unwrap();
    println!("60,000 stores of 64 bytes in 2 x 8 sectors: {worst} erases of the worst sector");
    assert!(*worst < 130);
}

fn serviced<const W: usize>() -> (UsedList, NorFlashModel<W>) {
    let list = UsedList::new(regions(2), ME.serial);
    let mut flash = NorFlashModel::<W>::new(6, 11);
    list.put_into_service(&mut flash).unwrap();
    (list, flash)
}

fn used_survives<const W: usize>() -> u64 {
    let (list, mut flash) = serviced::<W>();
    let mut fired = 0;
    for id in 100..104 {
        for operation in 0.. {
            let mut any = false;
            for byte in 0..17 {
                let mut cut = flash.clone();
                cut.cut_after(operation, byte);
                let appended = list.append(&mut cut, id);
                cut.power_on();
                if cut.cuts_fired() == 0 {
                    assert_eq!(appended, Ok(()));
                    break;
                }
                any = true;
                fired += 1;
                assert!(appended.is_err());
                assert!((100..id).all(|id| list.standing(&mut cut, id) == Standing::Used));
                assert_eq!(list.standing(&mut cut, 7), Standing::Unused);
                assert_eq!(list.append(&mut cut, id), Ok(()));
                assert_eq!(list.append(&mut cut, id + 50), Ok(()));
                assert!((100..=id).all(|id| list.contains(&mut cut, id)));
                assert!(list.contains(&mut cut, id + 50));
                assert_eq!(cut.violations(), Violations::default());
            }
            if !any {
                break;
            }
        }
        list.append(&mut flash, id).unwrap();
    }
    fired
}

#[test]
fn store_001_used_list_survives_a_cut_at_every_operation() {
    let fired = [
        used_survives::<1>(),
        used_survives::<4>(),
        used_survives::<256>(),
    ];
    println!("cuts fired: {fired:?}");
    assert!(fired.iter().all(|&fired| fired >= 4 * 2 * 17));
}

#[test]
fn store_006_used_list_survives_many_cuts() {
    let mut fired = 0;
    for seed in 0..1_500 {
        let mut dice = Dice(seed);
        let (list, mut flash) = serviced::<1>();
        let mut acknowledged = Vec::new();
        for _ in 0..4 {
            if dice.below(3) == 0 {
                flash.cut_ragged_after(dice.next() % 6);
            } else {
                flash.cut_after(dice.next() % 6, dice.below(17));
            }
            for _ in 0..4 {
                let id = dice.next();
                if list.append(&mut flash, id).is_ok() {
                    acknowledged.push(id);
                }
            }
            flash.power_on();
            assert!(
                acknowledged
                    .iter()
                    .all(|&id| list.standing(&mut flash, id) == Standing::Used)
            );
            assert_eq!(list.standing(&mut flash, 1), Standing::Unused);
        }
        fired += flash.cuts_fired();
    }
    println!("{fired} cuts fired");
    assert!(fired > 3_000);
}

#[test]
fn store_002_used_list_never_forgets_by_one_or_two_flipped_bits() {
    let (list, mut flash) = serviced::<1>();
    for id in [3, 5, 0xFFFF_FFFF_FFFF_FFFF, 0] {
        list.append(&mut flash, id).unwrap();
    }
    let mut refused_all = 0;
    let bits: Vec<usize> = [SECTOR, 3 * SECTOR]
        .iter()
        .flat_map(|start| {
            (0..256)
                .map(move |bit| start * 8 + bit)
                .chain((0..512).map(move |bit| (start + SECTOR) * 8 + bit))
        })
        .collect();
    for (index, &a) in bits.iter().enumerate() {
        flash.flip_bit(a);
        assert!(
            [3, 5, u64::MAX, 0]
                .iter()
                .all(|&id| list.contains(&mut flash, id)),
            "{a}"
        );
        for &b in bits.iter().skip(index + 1).step_by(29) {
            flash.flip_bit(b);
            for id in [3, 5, u64::MAX, 0] {
                assert!(list.contains(&mut flash, id), "{a} {b} {id}");
            }
            refused_all += u32::from(list.contains(&mut flash, 77));
            flash.flip_bit(b);
        }
        flash.flip_bit(a);
    }
    println!("{refused_all} double flips end in refusing every cartridge");
    assert!(refused_all > 0);
    assert_eq!(list.standing(&mut flash, 77), Standing::Unused);
}

#[test]
fn store_007_used_list_that_is_blank_foreign_or_full_refuses_everything() {
    let list = UsedList::new(regions(2), 1);
    let mut flash = NorFlashModel::<256>::new(6, 1);
    assert_eq!(
        list.standing(&mut flash, 1),
        Standing::Unknown(Defect::Blank)
    );
    assert_eq!(
        list.append(&mut flash, 1),
        Err(StoreError::Damaged(Defect::Blank))
    );
    list.put_into_service(&mut flash).unwrap();
    let other = UsedList::new(regions(2), 2);
    assert_eq!(
        other.standing(&mut flash, 1),
        Standing::Unknown(Defect::Foreign { serial: 1 })
    );
    let capacity = list.capacity::<NorFlashModel<256>>();
    assert_eq!(capacity, 16);
    for id in 0..u64::from(capacity) {
        assert_eq!(list.standing(&mut flash, id), Standing::Unused);
        assert_eq!(list.append(&mut flash, id), Ok(()));
        assert_eq!(list.append(&mut flash, id), Ok(()), "twice is once");
    }
    assert_eq!(list.count(&mut flash), Ok(capacity));
    assert_eq!(
        list.append(&mut flash, 99),
        Err(StoreError::Full { capacity })
    );
    assert_eq!(list.standing(&mut flash, 99), Standing::Full);
    assert_eq!(list.standing(&mut flash, 3), Standing::Used);
    assert!(list.contains(&mut flash, 99));
}

#[test]
fn store_001_used_list_replacement_cut_anywhere_forgets_nothing_silently() {
    let mut fired = 0;
    for seed in 0..400 {
        for operation in 0..8 {
            let list = UsedList::new(regions(2), ME.serial);
            let mut flash = NorFlashModel::<1>::new(6, seed);
            list.put_into_service(&mut flash).unwrap();
            (0..40).for_each(|id| list.append(&mut flash, id).unwrap());
            flash.cut_after(operation, 20);
            let replaced = list.put_into_service(&mut flash);
            flash.power_on();
            fired += flash.cuts_fired();
            assert_eq!(replaced.is_err(), flash.cuts_fired() == 1);
            if replaced.is_err() && list.count(&mut flash).is_ok_and(|count| count > 0) {
                assert!((0..40).all(|id| list.contains(&mut flash, id)));
            }
        }
    }
    println!("{fired} cuts fired");
    assert!(fired >= 400 * 6);
}

#[test]
fn store_001_layout_of_a_two_mebibyte_part_works_as_a_whole() {
    let layout = Layout::for_flash(2 << 20).unwrap();
    let mut flash = NorFlashModel::<1>::new(512, 1);
    let list = UsedList::new(layout.used, 1);
    assert_eq!(list.capacity::<NorFlashModel<1>>(), 7_936);
    list.put_into_service(&mut flash).unwrap();
    let profile = SlotPair::<512>::new(
        layout.profile,
        Identity {
            kind: Kind::PROFILE,
            ..ME
        },
    );
    let calibration = SlotPair::<512>::new(layout.calibration, ME);
    let ledger = SlotPair::<128>::new(
        layout.ledger,
        Identity {
            kind: Kind::LEDGER,
            ..ME
        },
    );
    for number in 0..100_u8 {
        profile.store(&mut flash, &[number; 512]).unwrap();
        calibration.store(&mut flash, &[number; 300]).unwrap();
        ledger.store(&mut flash, &[number; 128]).unwrap();
        list.append(&mut flash, u64::from(number)).unwrap();
    }
    assert_eq!(
        profile.load(&mut flash, &mut [0; 512]).unwrap().payload,
        [99; 512]
    );
    assert_eq!(
        calibration.load(&mut flash, &mut [0; 512]).unwrap().payload,
        [99; 300]
    );
    assert_eq!(
        ledger.load(&mut flash, &mut [0; 128]).unwrap().payload,
        [99; 128]
    );
    assert_eq!(list.count(&mut flash), Ok(100));
    assert!(
        flash.snapshot()[..layout.start as usize]
            .iter()
            .all(|&byte| byte == 0xFF)
    );
}

#[test]
fn store_002_damage_to_the_first_record_after_a_change_of_region_is_named() {
    let slots = SlotPair::<64>::new(regions(1), ME);
    let mut flash = NorFlashModel::<4>::new(3, 3);
    let capacity = slots.capacity::<NorFlashModel<4>>();
    for number in 0..=capacity {
        slots.store(&mut flash, &payload(number, 64)).unwrap();
    }
    flash.flip_bit((2 * SECTOR + 40) * 8);
    let mut out = [0; 64];
    let loaded = slots.load(&mut flash, &mut out).unwrap();
    assert!(loaded.fell_back && loaded.generation == capacity);
    assert_eq!(loaded.payload, payload(capacity - 1, 64));
    // The damaged generation's number is not given out again.
    assert_eq!(slots.store(&mut flash, b"new"), Ok(capacity + 2));
    assert!(!slots.load(&mut flash, &mut out).unwrap().fell_back);
}

#[test]
fn store_001_a_place_with_a_stray_bit_anywhere_is_not_written_to() {
    let slots = SlotPair::<64>::new(regions(1), ME);
    for byte in 0..112 {
        let mut flash = NorFlashModel::<4>::new(3, 3);
        slots.store(&mut flash, b"first").unwrap();
        flash.flip_bit((SECTOR + 112 + byte) * 8 + 5);
        slots.store(&mut flash, &[0xA5; 64]).unwrap();
        assert_eq!(
            slots.load(&mut flash, &mut [0; 64]).unwrap().payload,
            [0xA5; 64]
        );
        assert_eq!(flash.violations(), Violations::default(), "{byte}");
        assert_eq!(flash.snapshot()[SECTOR + 2 * 112], b'P', "{byte}");
    }
}
