use super::{Account, SessionLimits};
use crate::admitted::Admitted;
use crate::fault::{Fault, Limiting, Warning};
use crate::given::{PROFILE, ZONE, plan_of};
use crate::io::Tag;
use crate::journal::{Record, Tell};
use crate::plan::Plan;
use crate::session::{Ledger, ZoneUse};
use crate::units::{Depth, Duration, Strokes};

const MINUTE: u32 = 60_000_000;

/// What was told.
#[derive(Default)]
struct Told(Vec<Record>);

impl Tell for Told {
    fn tell(&mut self, record: Record) {
        self.0.push(record);
    }
}

impl Told {
    fn warnings(&self, of: Warning) -> usize {
        let warned =
            |record: &&Record| matches!(record, Record::Warned { warning, .. } if *warning == of);
        self.0.iter().filter(warned).count()
    }
}

fn plan() -> Plan {
    plan_of(3, 2_500, &[ZONE])
}

fn tag(id: u64) -> Tag {
    Tag {
        id,
        kind: 2,
        expiry_day: 2_800,
        authentic: true,
        used: false,
    }
}

/// A pen that never had a session.
fn new() -> Account {
    Account::new(None, &mut ())
}

/// The first session, no zone.
fn opened() -> Account {
    let mut account = new();
    account.take_plan(&plan(), &mut ());
    account.open_session(tag(7), &mut ());
    account
}

/// The first session, in its zone.
fn in_zone() -> Account {
    let mut account = opened();
    let admitted = Admitted::new(&PROFILE, &plan(), &ZONE, Depth::from_um(1_500));
    account.enter_zone(admitted, 12);
    account
}

/// A step of so many microseconds; the plan that expired with it.
fn tick(account: &mut Account, us: u32, rests: bool, held: bool) -> Option<u32> {
    let most = || SessionLimits {
        on: Duration::from_min(30),
        elapsed: Duration::from_min(45),
    };
    account
        .tick(Duration::from_us(us), rests, held, most)
        .expired
}

#[test]
fn sess_008_elapsed_time_goes_to_storage_after_a_minute_at_rest_but_under_no_finger() {
    let mut account = opened();
    let before = account.wanted();
    for minute in 1..=3 {
        tick(&mut account, MINUTE - 1, true, false);
        assert_eq!(account.wanted(), before + minute - 1);
        for (rests, held) in [(false, false), (true, true), (false, true)] {
            tick(&mut account, 1, rests, held);
            assert_eq!(account.wanted(), before + minute - 1, "{rests} {held}");
        }
        tick(&mut account, 0, true, false);
        assert_eq!(account.wanted(), before + minute);
    }
}

#[test]
fn sess_008_without_a_session_there_is_nothing_to_keep() {
    let mut account = new();
    tick(&mut account, MINUTE, true, false);
    assert_eq!(account.wanted(), 0);
    assert_eq!(account.elapsed(), Duration::from_us(0));
}

#[test]
fn sess_006_a_plan_expires_ten_minutes_after_it_was_loaded_and_not_sooner() {
    let mut account = new();
    for _ in 0..2 {
        account.take_plan(&plan(), &mut ());
        assert_eq!(tick(&mut account, 10 * MINUTE - 1, true, false), None);
        assert_eq!(tick(&mut account, 0, true, false), None);
        assert_eq!(tick(&mut account, 1, true, false), Some(3));
        assert_eq!(tick(&mut account, 1, true, false), Some(3));
    }
    account.forget_plan();
    assert_eq!(tick(&mut account, 10 * MINUTE, true, false), None);
}

#[test]
fn sess_006_a_plan_that_was_started_does_not_expire() {
    let mut account = new();
    account.take_plan(&plan(), &mut ());
    assert_eq!(tick(&mut account, 10 * MINUTE - 1, true, false), None);
    account.start_plan();
    for _ in 0..3 {
        assert_eq!(tick(&mut account, 10 * MINUTE, true, false), None);
    }
}

#[test]
fn sess_001_motor_on_time_of_service_is_counted_and_no_session_pays_for_it() {
    let mut account = in_zone();
    for ms in 1..=500 {
        account.count_service();
        assert_eq!(account.activation().0, Duration::from_us(ms * 1_000));
    }
    assert_eq!(account.on(), Duration::from_us(0));
    assert_eq!(account.used(), ZoneUse::default());
    account.begin();
    assert_eq!(account.activation().0, Duration::from_us(0));
}

/// A turn is certain when three quarters of what the second witness saw hold it.
#[test]
fn sess_002_two_strokes_more_count_when_the_second_witness_is_certain_of_more() {
    let cases = [
        (0, 0, 0),
        (1_333_335, 0, 0),
        (1_333_336, 0, 2),
        (2_000_000, 0, 2),
        (3_000_000, 0, 2),
        (1_333_336, 1, 0),
        (2_666_667, 1, 0),
        (2_666_668, 1, 2),
        (4_000_000, 3, 0),
        (400_000_000, 299, 2),
        (400_000_000, 300, 0),
        (u32::MAX, 0, 2),
        (u32::MAX, u32::MAX, 0),
    ];
    for (turned, counted, more) in cases {
        let mut account = in_zone();
        account.count(Duration::from_ms(1), counted);
        account.count_unseen(turned);
        let all = Strokes::from_count(counted + more);
        assert_eq!(account.activation().1, all, "{turned} {counted}");
        assert_eq!(account.strokes(), all, "{turned} {counted}");
        assert_eq!(account.used().strokes, all, "{turned} {counted}");
    }
    let mut account = opened();
    account.count_unseen(u32::MAX);
    assert_eq!(account.strokes(), Strokes::from_count(0));
}

#[test]
fn sess_002_strokes_after_a_session_are_not_the_session_s() {
    let closed = Ledger {
        session: 5,
        cartridge: 7,
        cartridge_strokes: Strokes::from_count(900),
        strokes: Strokes::from_count(800),
        ..Ledger::default()
    };
    let mut account = Account::new(Some(closed), &mut ());
    account.count(Duration::from_ms(1), 3);
    assert_eq!(account.ledger(None), closed);
    let (on, strokes) = account.activation();
    assert_eq!((on.as_us(), strokes.as_count()), (1_000, 3));
}

/// A ledger in which nothing is as a first start has it.
fn used(open: bool) -> Ledger {
    Ledger {
        session: 41,
        open,
        plan: 1,
        plan_sum: 2,
        token: 4,
        day: 2_510,
        cartridge: 7,
        cartridge_strokes: Strokes::from_count(900),
        on: Duration::from_us(11),
        elapsed: Duration::from_us(12),
        strokes: Strokes::from_count(800),
        zones: [ZoneUse {
            on: Duration::from_us(13),
            strokes: Strokes::from_count(100),
        }; 8],
        reserved: None,
        terminal: None,
    }
}

#[test]
fn sess_012_a_new_session_has_the_next_number_and_its_plan_and_nothing_used() {
    for (id, worn) in [(7, 900), (8, 0)] {
        let mut account = Account::new(Some(used(false)), &mut ());
        assert_eq!(account.session(), 41);
        let mut told = Told::default();
        account.take_plan(&plan(), &mut ());
        let is_another = account.open_session(tag(id), &mut told);
        assert_eq!(is_another, id == 8);
        assert_eq!(account.session(), 42);
        let expected = Ledger {
            session: 42,
            open: true,
            plan: 3,
            plan_sum: plan().fingerprint(),
            token: 3,
            day: 2_510,
            cartridge: id,
            cartridge_strokes: Strokes::from_count(worn),
            ..Ledger::default()
        };
        assert_eq!(account.ledger(None), expected);
        let opened = Record::SessionOpened {
            session: 42,
            token: 3,
            cartridge: id,
        };
        assert_eq!(told.0, [opened]);
    }
    let last = Ledger {
        session: u32::MAX,
        ..used(false)
    };
    let mut account = Account::new(Some(last), &mut ());
    account.take_plan(&plan(), &mut ());
    account.open_session(tag(7), &mut ());
    assert_eq!(account.session(), 1);
}

#[test]
fn sess_011_an_open_session_gives_nothing_back() {
    let before = used(true);
    let mut account = Account::new(Some(before), &mut ());
    let mut told = Told::default();
    account.take_plan(&plan(), &mut ());
    assert!(!account.open_session(tag(7), &mut told));
    assert_eq!(
        account.ledger(Some(Fault::FreeFall)),
        Ledger {
            terminal: Some(Fault::FreeFall),
            ..before
        }
    );
    assert_eq!(told.0, []);
}

#[test]
fn cart_005_a_worn_cartridge_is_told_once_from_180_000_strokes_on() {
    let mut told = Told::default();
    let mut account = opened();
    account.count(Duration::from_us(0), 179_999);
    account.warn(Limiting::None, &mut told);
    assert_eq!(told.0, []);
    account.count(Duration::from_us(0), 1);
    account.warn(Limiting::Current, &mut told);
    let warned = Record::Warned {
        warning: Warning::CartridgeNearEnd,
        limiting: Limiting::Current,
    };
    assert_eq!(told.0, [warned]);
    for _ in 0..3 {
        account.count(Duration::from_us(0), 1);
        account.warn(Limiting::None, &mut told);
    }
    assert_eq!(told.0, [warned]);
    // Of another cartridge it is told anew.
    account.open_session(tag(8), &mut ());
    account.warn(Limiting::None, &mut told);
    assert_eq!(told.0, [warned]);
    account.count(Duration::from_us(0), 180_000);
    account.warn(Limiting::None, &mut told);
    assert_eq!(told.warnings(Warning::CartridgeNearEnd), 2);
}

#[test]
fn sess_001_a_session_near_its_end_is_told_once_from_25_minutes_on() {
    let mut told = Told::default();
    let mut account = opened();
    account.count(Duration::from_us(25 * MINUTE - 1), 0);
    account.warn(Limiting::None, &mut told);
    assert_eq!(told.0, []);
    for _ in 0..3 {
        account.count(Duration::from_us(1), 0);
        account.warn(Limiting::None, &mut told);
        assert_eq!(told.warnings(Warning::SessionNearEnd), 1);
        assert_eq!(told.0.len(), 1);
    }
}

#[test]
fn sess_012_without_a_plan_no_session_opens_and_no_number_is_used() {
    let mut account = Account::new(None, &mut ());
    assert!(!account.open_session(tag(7), &mut ()));
    assert!(!account.is_open());
    assert_eq!(account.ledger(None), Ledger::default());
}
