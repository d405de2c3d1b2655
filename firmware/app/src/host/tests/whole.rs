//! Both halves of a pen in one value, on a desk.

use super::*;
use crate::app::App;
use crate::control::tests::Board;

fn app(flash: Ram, wire: &Wire) -> App<Board, Wire, Ram> {
    App::new(Board, wire.clone(), flash, &REPORT, &makers().1).expect("room for the storage")
}

/// So many milliseconds.
fn run(app: &mut App<Board, Wire, Ram>, from_ms: u32, ticks: u32) {
    for ms in from_ms..from_ms + ticks {
        let now = Instant::from_us(u64::from(ms) * 1_000);
        app.tick(now);
        app.poll(now);
    }
}

#[test]
fn stop_007_a_whole_pen_ticks_and_answers() {
    let wire = Wire::default();
    let mut app = app(assembled(), &wire);
    assert_eq!(app.core().pen.status().mode, Mode::Boot);
    run(&mut app, 1, 700);
    assert_eq!(app.core().pen.status().mode, Mode::Standby);
    let state = *app.host().keeper().state();
    assert_eq!((state.fell_back, state.write_error), (false, None));
    wire.to_pen
        .borrow_mut()
        .extend(Bench::frame(9, &ToPen::Stop));
    run(&mut app, 701, 3);
    let mut decoder = Decoder::new();
    let bytes: Vec<u8> = wire.to_host.borrow_mut().drain(..).collect();
    let mut frames = bytes.into_iter().filter_map(|byte| {
        let frame = decoder.push(byte)?.expect("a whole frame");
        Some((frame.seq, frame.message().expect("a known message")))
    });
    assert_eq!(frames.next(), Some((9, ToHost::Done)));
    assert_eq!(frames.next(), None);
    assert_eq!(app.host().counters().replies_dropped, 0);
}

#[test]
fn store_001_a_whole_pen_gives_its_flash_back_and_starts_on_it_again() {
    let wire = Wire::default();
    let mut first = app(assembled(), &wire);
    run(&mut first, 1, 700);
    let (_, _, flash) = first.release();
    let mut second = app(flash, &wire);
    run(&mut second, 1, 700);
    assert_eq!(second.core().pen.status().mode, Mode::Standby);
    // Two starts, each of them journalled.
    let keeper = &mut second.release().2;
    let keeper = Keeper::new(keeper, SERIAL);
    let page = keeper.unwrap().page(JournalName::Routine, 1, 8).unwrap();
    let starts = page.entries.iter().flatten().filter(|entry| {
        let record = entry.entry.map(|entry| entry.record);
        matches!(record, Some(Record::Booted { .. }))
    });
    assert_eq!(starts.count(), 2);
}

#[test]
fn store_007_a_flash_too_small_for_the_storage_makes_no_pen() {
    let mut small = flash();
    small.bytes.truncate(Layout::LEN as usize - 4_096);
    let made = App::new(Board, Wire::default(), small, &REPORT, &makers().1);
    assert_eq!(made.err(), Some(crate::store::StoreError::Geometry));
}

#[cfg(feature = "bench")]
#[test]
fn a_limit_that_is_not_in_force_cannot_be_spoiled() {
    use pen_core::pen::bench::BenchRefusal;
    let mut app = app(assembled(), &Wire::default());
    run(&mut app, 1, 700);
    assert_eq!(app.bench_spoil_limit(0), Err(BenchRefusal::NothingInForce));
}
