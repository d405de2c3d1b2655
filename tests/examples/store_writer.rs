//! Writes records until it is killed: `store_writer STORE NAME SEED`. The store is a path or a server's address.
//!
//! After each append that came back it prints the number of the last record, the name of all of them
//! and how many they are. Used by `tests/records`.

use std::error::Error;
use std::io::Write;

use pen_host::store::{Access, Draft, Kind, Records, open};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, store, name, seed] = arguments.as_slice() else {
        return Err("store_writer STORE NAME SEED".into());
    };
    let mut drawn: u64 = seed.parse()?;
    let store = open(&store.parse()?, Access::Write)?;
    let mut records = Records::new(store, Box::new(|| 1_795_305_600));
    for batch in 0_u32.. {
        drawn = drawn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let count = 1 + (drawn >> 33) % 20;
        let name = format!("{name}/{batch}");
        // Some of them longer than a page of the file.
        let filling = "x".repeat(usize::try_from((drawn >> 40) % 6_000)?);
        let drafts: Result<Vec<Draft>, _> = (0..count)
            .map(|place| {
                let body = json!({ "place": place, "of": count, "filling": filling });
                Draft::new(Kind::Event, &name, &body)
            })
            .collect();
        let last = records.append(&drafts?)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{last} {name} {count}")?;
        out.flush()?;
        drop(out);
        // As whoever types does, so that two may write by turns.
        for _ in 0..(drawn >> 45) % 300_000 {
            std::hint::spin_loop();
        }
    }
    Ok(())
}
