//! What the store of records takes, in CPU time:
//!
//! ```sh
//! cargo run --release -p pen-host --example bench_store
//! ```
//!
//! Linux only: it reads how long this program has been running from `/proc`. Ends with 1 when a
//! figure is above its limit.

use std::error::Error;
use std::path::Path;

use pen_core::journal::{Entry, Record};
use pen_core::units::Instant;
use pen_host::store::{
    Access, Calibration, Deviation, Draft, Kind, Pen, Place, Records, backup, day_of, day_text,
    due, import_records, open,
};
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// CPU time of this program. Unit: ms.
fn spent() -> Outcome<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text.split_whitespace().next().unwrap_or("").parse()?;
    Ok(nanoseconds / 1e6)
}

/// Does it, tells what it took, and whether that is within the limit. Unit: ms.
fn timed(what: &str, limit: f64, work: impl FnOnce() -> Outcome<()>) -> Outcome<bool> {
    let before = spent()?;
    work()?;
    let took = spent()? - before;
    println!("{what:<48} {took:>9.1} ms   limit {limit:>6.0} ms");
    Ok(took <= limit)
}

fn pen(records: &mut Records, serial: &str) -> Outcome<()> {
    let pen = Pen {
        serial: serial.to_owned(),
        model: "reference pen".to_owned(),
        ..Pen::default()
    };
    records.append(&[Draft::new(Kind::Pen, serial, &pen)?.about(serial)?])?;
    Ok(())
}

fn calibration(serial: &str, day: i64) -> Outcome<Draft> {
    let depth = (0..9).map(|point| Deviation {
        at: f64::from(point) * 250.0,
        found: f64::from(point) - 4.0,
        left: f64::from(point) * 0.5,
        expanded: 12.0,
    });
    let made = Calibration {
        certificate: format!("CAL-0badcafe-{day:06}"),
        generation: 3,
        made: day_text(day),
        due: day_text(day + 365),
        as_found: "conditional pass".to_owned(),
        as_left: "pass".to_owned(),
        depth_tolerance: 100.0,
        depth: depth.collect(),
        ..Calibration::default()
    };
    let due = day_of(&made.due);
    Ok(Draft::new(Kind::Calibration, serial, &made)?
        .about(serial)?
        .due(due))
}

/// 10,000 calibrations: half of them of one pen, the others of 500.
fn calibrations(records: &mut Records) -> Outcome<()> {
    let mut drafts = Vec::with_capacity(10_000);
    pen(records, "000001")?;
    for day in 0..5_000 {
        drafts.push(calibration("000001", day)?);
    }
    for serial in 2..=501 {
        let serial = format!("{serial:06}");
        pen(records, &serial)?;
        for year in 0..10 {
            drafts.push(calibration(&serial, year * 365)?);
        }
    }
    records.append(&drafts)?;
    Ok(())
}

/// A journal of pen 1, numbered and chained as the pen does it (`docs/protocol.md`, LOG-002).
fn journal(count: u32) -> Outcome<String> {
    let genesis = [&b"pen journal"[..], &1_u64.to_le_bytes()].concat();
    let mut chain = pen_protocol::crc32(&genesis);
    let mut text = String::new();
    for seq in 1..=count {
        let at_us = u64::from(seq) * 1_000;
        let entry = Entry {
            at: Instant::from_us(at_us),
            record: Record::CartridgeRemoved,
        };
        let mut room = [0; pen_protocol::frame::FRAME_MAX];
        let entry = pen_protocol::to_bytes(&entry, &mut room).map_err(|it| format!("{it:?}"))?;
        let linked = [&chain.to_le_bytes()[..], &seq.to_le_bytes(), entry].concat();
        chain = pen_protocol::crc32(&linked);
        let line = json!({
            "journal": "routine", "seq": seq, "at_us": at_us, "kind": "cartridge removed",
            "text": "the cartridge was taken out", "record": "cartridge_removed",
            "chain": format!("{chain:08x}"),
        });
        text.push_str(&format!("{line}\n"));
    }
    Ok(text)
}

fn all(folder: &Path) -> Outcome<bool> {
    let place = Place::File(folder.join("bench.db"));
    let now = Box::new(|| 1_795_305_600);
    let mut records = Records::new(open(&place, Access::Write)?, now);
    let text = journal(100_000)?;
    let mut within = timed("import 100,000 records of a journal", 3_000.0, || {
        let pen = Some("000001");
        import_records(&mut records, "journal", text.as_bytes(), None, pen)?;
        Ok(())
    })?;
    within &= timed("import them again: all are known", 3_000.0, || {
        let pen = Some("000001");
        let again = import_records(&mut records, "journal", text.as_bytes(), None, pen)?;
        assert_eq!((again.new, again.known), (0, 100_000));
        Ok(())
    })?;
    calibrations(&mut records)?;
    within &= timed("due, 501 pens with 10,000 calibrations", 50.0, || {
        let mut records = Records::new(open(&place, Access::Read)?, Box::new(|| 0));
        assert_eq!(due(&mut records, 2_517)?.len(), 501);
        Ok(())
    })?;
    within &= timed("history of a pen with 10 calibrations", 50.0, || {
        let mut records = Records::new(open(&place, Access::Read)?, Box::new(|| 0));
        assert_eq!(records.calibrations("000300")?.len(), 10);
        Ok(())
    })?;
    within &= timed("history of a pen with 5,000 calibrations", 50.0, || {
        let mut records = Records::new(open(&place, Access::Read)?, Box::new(|| 0));
        assert_eq!(records.calibrations("000001")?.len(), 5_000);
        Ok(())
    })?;
    within &= timed("audit verify, 110,000 records", 3_000.0, || {
        assert!(records.verify(None)?.misfits.is_empty());
        Ok(())
    })?;
    within &= timed("backup, 110,000 records", 6_000.0, || {
        backup(&mut records, &folder.join("copy.db"))?;
        Ok(())
    })?;
    Ok(within)
}

fn main() -> Outcome<()> {
    let folder = std::env::temp_dir().join(format!("penctl-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let within = all(&folder);
    std::fs::remove_dir_all(&folder)?;
    if within? {
        Ok(())
    } else {
        Err("a figure is above its limit".into())
    }
}
