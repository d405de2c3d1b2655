//! Prints the rooms that are proved and their rules, one a line; or runs the words of a counterexample
//! on the real code.
//!
//! `cargo run -p pen-core --features verify --example rooms`
//! `cargo run -p pen-core --features verify --example rooms -- halt 3,0,470000,...`

use std::process::ExitCode;

use pen_core::verify::{ROOMS, Replay, Source, rooms};

type Words = std::vec::IntoIter<u32>;

macro_rules! harnesses {
    ($($room:ident),* $(,)?) => {
        /// The harness of this name.
        fn harness(name: &str) -> Option<fn(&mut Replay<Words>)> {
            match name {
                $(stringify!($room) => Some(rooms::$room::<Replay<Words>>),)*
                _ => None,
            }
        }
    };
}
pen_core::for_every_room!(harnesses);

fn list() {
    for room in ROOMS {
        for rule in room.rules {
            println!(
                "{}\trule\t{}\t{}\t{}",
                room.name, rule.number, rule.requirement, rule.text
            );
        }
        for (number, text) in room.cases {
            println!("{}\tcase\t{number}\t-\t{text}", room.name);
        }
    }
}

fn replay(name: &str, words: &str) -> Result<Option<u32>, String> {
    let harness = harness(name).ok_or_else(|| format!("no room '{name}'"))?;
    let words: Result<Vec<u32>, _> = words.split(',').map(str::parse).collect();
    let words = words.map_err(|why| format!("not a row of words: {why}"))?;
    let mut source = Replay::new(words.into_iter());
    harness(&mut source);
    if !source.is_inside() {
        return Err("the words do not meet what the room assumes".to_owned());
    }
    debug_assert!(!source.is_drawn());
    Ok(source.broken())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, words] = arguments.as_slice() else {
        list();
        return ExitCode::SUCCESS;
    };
    match replay(name, words) {
        Ok(None) => println!("every rule holds"),
        Ok(Some(rule)) => println!("rule {rule} does not hold"),
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
