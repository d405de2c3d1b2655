//! The modes, drawn from the transition table of the core: a state diagram and the table itself.

use pen_core::mode::{AfterStop, Event, Mode};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Where a stop can lead.
const STOPS: [AfterStop; 3] = [AfterStop::Ready, AfterStop::Locked, AfterStop::Service];

/// Modes that an event leads to, in the order of [`Mode::ALL`]; none where it is refused.
fn targets(mode: Mode, event: Event) -> Vec<Mode> {
    let mut found: Vec<Mode> = Vec::new();
    for stop in STOPS {
        if let Ok(after) = mode.after(event, stop)
            && !found.contains(&after)
        {
            found.push(after);
        }
    }
    found
}

/// The event that leads from the most modes to one and the same other one: drawn once, around them.
fn widest() -> (Event, Mode, Vec<Mode>) {
    let mut best = (Event::Trip, Mode::FaultReaction, Vec::new());
    for event in Event::ALL {
        for target in Mode::ALL {
            let from: Vec<Mode> = Mode::ALL
                .into_iter()
                .filter(|mode| *mode != target && targets(*mode, event) == [target])
                .collect();
            if from.len() > best.2.len() {
                best = (event, target, from);
            }
        }
    }
    best
}

/// The diagram, as Mermaid draws it, and the table below it.
pub fn modes() -> String {
    let mut text = diagram();
    text += "\nAn arrow stands for every event that changes the mode; what leads to the mode itself is in the table \
             only.\n\n";
    text += &table();
    text
}

fn diagram() -> String {
    let (event, target, inside) = widest();
    let mut arrows: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    let number = |mode: Mode| Mode::ALL.iter().position(|other| *other == mode);
    for from in Mode::ALL {
        for with in Event::ALL {
            for to in targets(from, with) {
                let is_drawn_around = with == event && to == target && inside.contains(&from);
                if let (Some(from), Some(to)) = (number(from), number(to))
                    && from != to
                    && !is_drawn_around
                {
                    arrows
                        .entry((from, to))
                        .or_default()
                        .push(format!("{with:?}"));
                }
            }
        }
    }
    let arrow = |((from, to), events): (&(usize, usize), &Vec<String>)| {
        format!(
            "{:?} --> {:?}: {}",
            Mode::ALL[*from],
            Mode::ALL[*to],
            events.join(", ")
        )
    };
    let is_inside = |(from, to): &(usize, usize)| {
        inside.contains(&Mode::ALL[*from]) && inside.contains(&Mode::ALL[*to])
    };
    let mut text = String::from("```mermaid\nstateDiagram-v2\n    [*] --> Boot\n");
    let _ = writeln!(
        text,
        "    state \"{event:?} leads to {target:?}\" as Around {{"
    );
    for each in arrows.iter().filter(|(ends, _)| is_inside(ends)) {
        let _ = writeln!(text, "        {}", arrow(each));
    }
    text += "    }\n";
    let _ = writeln!(text, "    Around --> {target:?}: {event:?}");
    for each in arrows.iter().filter(|(ends, _)| !is_inside(ends)) {
        let _ = writeln!(text, "    {}", arrow(each));
    }
    text + "```\n"
}

fn table() -> String {
    let mut text = String::from("| event |");
    for mode in Mode::ALL {
        let _ = write!(text, " {mode:?} |");
    }
    text += "\n| --- |";
    text += &" --- |".repeat(Mode::ALL.len());
    text += "\n";
    for event in Event::ALL {
        let _ = write!(text, "| {event:?} |");
        for mode in Mode::ALL {
            let cell: Vec<String> = targets(mode, event)
                .into_iter()
                .map(|to| {
                    if to == mode {
                        "stays".to_owned()
                    } else {
                        format!("{to:?}")
                    }
                })
                .collect();
            let cell = cell.join(" or ");
            let _ = write!(text, " {} |", if cell.is_empty() { "-" } else { &cell });
        }
        text += "\n";
    }
    text
}
