//! A trace without the frames that carry the number of a person.

use std::fmt::Write as _;

use pen_protocol::frame::Decoder;
use pen_protocol::messages::{ToHost, ToPen};

use super::people;
use crate::link::trace;

/// The trace, line by line; what carries somebody's number, or was not understood, is a comment.
///
/// # Errors
/// Which line is none of a trace.
pub(super) fn without_people(text: &str) -> Result<String, String> {
    let mut clean = trace::HEADER.to_owned();
    for frame in trace::frames(text)? {
        let hides = hides(frame.direction, &frame.bytes);
        let line = trace::line(frame.at, frame.direction, &frame.bytes);
        match hides {
            None => clean.push_str(&line),
            Some(why) => {
                let bytes = frame.bytes.len();
                let (at, way) = (frame.at.as_secs_f64(), frame.direction);
                // Writing to a string cannot fail.
                let _ = writeln!(clean, "# {at:.6} {way} {bytes} bytes taken out: {why}");
            }
        }
    }
    Ok(clean)
}

/// Why bytes are not shown, if they are not.
fn hides(direction: char, bytes: &[u8]) -> Option<String> {
    let mut decoder = Decoder::new();
    let mut is_whole = false;
    for byte in bytes {
        is_whole = false;
        match decoder.push(*byte) {
            None => {}
            Some(Ok(frame)) => {
                let message = if direction == '>' {
                    frame.message().map(|it: ToPen| format!("{it:?}"))
                } else {
                    frame.message().map(|it: ToHost| format!("{it:?}"))
                };
                match message {
                    Ok(message) if people::is_in(&message) => return Some(name(&message)),
                    Ok(_) => is_whole = true,
                    Err(_) => return Some("not understood".to_owned()),
                }
            }
            Some(Err(_)) => return Some("not understood".to_owned()),
        }
    }
    (!is_whole).then(|| "part of a frame".to_owned())
}

/// The message's own name.
fn name(message: &str) -> String {
    message
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pen_protocol::frame::{FRAME_MAX, encode};
    use pen_protocol::messages::{Authorise, ToPen};

    use super::without_people;
    use crate::link::trace;

    fn trace_of(messages: &[ToPen]) -> String {
        let mut text = trace::HEADER.to_owned();
        for message in messages {
            let mut frame = [0; FRAME_MAX];
            let bytes = encode(1, message, &mut frame).unwrap();
            text.push_str(&trace::line(Duration::from_millis(1), '>', bytes));
        }
        text
    }

    #[test]
    fn frames_of_nobody_stay_and_others_are_named_only() {
        let text = include_str!("../../../plans/pores.toml");
        let plan = crate::plan::read(text).unwrap().plan;
        let all = [
            ToPen::Info,
            ToPen::LoadPlan(plan),
            ToPen::Authorise(Authorise {
                role: pen_core::request::Role::Technician,
            }),
        ];
        let kept = trace_of(&all);
        let clean = without_people(&kept).unwrap();
        let (info, role) = (trace_of(&all[..1]), trace_of(&all[2..]));
        for whole in [&info, &role] {
            let line = whole.lines().last().unwrap();
            assert!(clean.contains(line), "{clean}");
        }
        let plan = trace_of(&all[1..2]);
        let plan = plan.lines().last().unwrap().rsplit(' ').next().unwrap();
        assert!(kept.contains(plan) && !clean.contains(plan), "{clean}");
        assert!(clean.contains("bytes taken out: LoadPlan"), "{clean}");
        assert!(trace::frames(&clean).is_ok_and(|frames| frames.len() == 2));
    }

    #[test]
    fn bytes_that_are_no_frame_are_not_shown() {
        for bytes in ["0102", "00", "ff00", "0203040500"] {
            let clean = without_people(&format!("{}0.1 < {bytes}\n", trace::HEADER)).unwrap();
            assert!(!clean.contains(&format!("< {bytes}")), "{clean}");
            assert!(clean.contains("bytes taken out"), "{clean}");
        }
        assert!(without_people("no trace").is_err());
        assert!(without_people(&format!("{}0.1 ? 00\n", trace::HEADER)).is_err());
    }
}
