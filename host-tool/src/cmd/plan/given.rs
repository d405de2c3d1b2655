//! What flags and answers of `plan new` may be, in words when they are not.

use pen_core::cartridge::Kind;
use pen_core::plan::{OverrideReason, Zone};
use pen_core::profile::DeviceClass;

use crate::course::{Indication, Skin};
use crate::plan::{SCREENING_KEYS, Screened};
use crate::words;

/// One of these words, a dash for an underscore allowed.
fn one_of<T: Copy>(what: &str, text: &str, all: &[(&'static str, T)]) -> Result<T, String> {
    let asked = text.trim().to_ascii_lowercase().replace('-', "_");
    if let Some((_, found)) = all.iter().find(|(word, _)| *word == asked) {
        return Ok(*found);
    }
    let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
    Err(format!(
        "`{}` is no {what}; there are {}",
        text.trim(),
        words.join(", ")
    ))
}

pub(super) fn indication(text: &str) -> Result<Indication, String> {
    one_of(
        "indication",
        text,
        &Indication::ALL.map(|it| (it.word(), it)),
    )
}

pub(super) fn class(text: &str) -> Result<DeviceClass, String> {
    let all = [DeviceClass::Professional, DeviceClass::Home];
    one_of(
        "class of device",
        text,
        &all.map(|it| (words::class(it), it)),
    )
}

pub(super) fn skin(text: &str) -> Result<Skin, String> {
    one_of(
        "kind of skin",
        text,
        &[Skin::Thin, Skin::Thick].map(|it| (it.word(), it)),
    )
}

pub(super) fn zone(text: &str) -> Result<Zone, String> {
    one_of("zone", text, &Zone::ALL.map(|it| (words::zone(it), it)))
}

pub(super) fn reason(text: &str) -> Result<OverrideReason, String> {
    let all = [
        OverrideReason::PhysicianOrder,
        OverrideReason::PublishedProtocol,
        OverrideReason::ThickScar,
    ];
    one_of(
        "reason for an override",
        text,
        &all.map(|it| (words::override_reason(it), it)),
    )
}

/// Cartridges that treat.
pub(super) fn cartridge(text: &str) -> Result<Kind, String> {
    one_of(
        "cartridge",
        text,
        &[
            ("six", Kind::Six),
            ("twelve", Kind::Twelve),
            ("sixteen", Kind::Sixteen),
            ("thirty_six", Kind::ThirtySix),
            ("nano", Kind::Nano),
        ],
    )
}

/// Zones with commas between them; none for an empty text.
pub(super) fn zones(text: &str) -> Result<Vec<Zone>, String> {
    let mut found = Vec::new();
    for word in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let zone = zone(word)?;
        if found.contains(&zone) {
            return Err(format!("{} is named twice", words::zone(zone)));
        }
        found.push(zone);
    }
    Ok(found)
}

/// A whole number that is not zero.
pub(super) fn number(text: &str) -> Result<u32, String> {
    match text.trim().parse() {
        Ok(0) => Err("0 means nobody; allowed is 1 to 4294967295".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!(
            "`{}` is no number; allowed is 1 to 4294967295",
            text.trim()
        )),
    }
}

/// A depth in um.
pub(super) fn depth_um(text: &str) -> Result<i32, String> {
    match text.trim().parse() {
        Ok(um @ 1..=2_500) => Ok(um),
        _ => Err(format!(
            "`{}` is no depth; it is a whole number of um from 1 to 2500 (500 is half a millimetre)",
            text.trim()
        )),
    }
}

/// `ZONE=NUMBER`.
fn pair<T>(
    text: &str,
    example: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<(Zone, T), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(format!(
            "`{text}` does not say of which zone; write {example}"
        ));
    };
    Ok((zone(name)?, read(value)?))
}

pub(super) fn zone_depth(text: &str) -> Result<(Zone, i32), String> {
    pair(text, "forehead=500, in um", depth_um)
}

pub(super) fn zone_area(text: &str) -> Result<(Zone, u32), String> {
    pair(text, "forehead=60, in cm2", area_cm2)
}

/// An area in cm2.
fn area_cm2(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| {
        format!(
            "`{}` is no area; it is a whole number of cm2 (length x width)",
            text.trim()
        )
    })
}

/// An area in cm2, or a dash where nobody measured it.
pub(super) fn area(text: &str) -> Result<Option<u32>, String> {
    match text.trim() {
        "-" => Ok(None),
        text => area_cm2(text).map(Some),
    }
}

/// A token of a patient, as plan files take it.
pub(super) fn token(text: &str) -> Result<String, String> {
    let digits: String = text.trim().chars().filter(|it| *it != '-').collect();
    match u64::from_str_radix(&digits, 16) {
        Ok(0) => Err("0 means nobody; give the patient's token".to_owned()),
        Ok(_) => Ok(text.trim().to_owned()),
        Err(_) => Err(format!(
            "`{}` is no token: 1 to 16 hexadecimal digits, dashes allowed, as in 7c1e-90af",
            text.trim()
        )),
    }
}

/// An answer to an item of the checklist.
pub(super) fn answer(text: &str) -> Result<Screened, String> {
    let all = [Screened::No, Screened::Yes, Screened::Cleared];
    one_of("answer", text, &all.map(|it| (it.word(), it)))
}

/// `ITEM=ANSWER`: the place of the item, and the answer.
pub(super) fn answered(text: &str) -> Result<(usize, Screened), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(format!(
            "`{text}` is no answer; write ITEM=no, ITEM=yes or ITEM=cleared"
        ));
    };
    let name = name.trim();
    let Some(place) = SCREENING_KEYS.iter().position(|key| *key == name) else {
        return Err(format!(
            "`{name}` is no item of the checklist; there are {}",
            SCREENING_KEYS.join(", ")
        ));
    };
    Ok((place, answer(value)?))
}

#[cfg(test)]
mod tests {
    use super::{
        answered, class, depth_um, indication, number, token, zone_area, zone_depth, zones,
    };

    #[test]
    fn what_is_wrong_is_told_with_what_is_allowed() {
        let all: [(String, &str); 15] = [
            (
                format!("{:?}", indication("acne")),
                "pores, scars, wrinkles, pigment, stretch_marks, scalp",
            ),
            (format!("{:?}", class("clinic")), "professional, home"),
            (
                format!("{:?}", zones("eyelid")),
                "there are forehead, glabella, nose, periorbital",
            ),
            (format!("{:?}", zones("nose,nose")), "nose is named twice"),
            (format!("{:?}", number("0")), "1 to 4294967295"),
            (format!("{:?}", number("-1")), "1 to 4294967295"),
            (format!("{:?}", depth_um("0,5")), "from 1 to 2500"),
            (format!("{:?}", depth_um("2501")), "from 1 to 2500"),
            (format!("{:?}", depth_um("0")), "from 1 to 2500"),
            (
                format!("{:?}", zone_depth("500")),
                "does not say of which zone",
            ),
            (
                format!("{:?}", zone_area("nose=a lot")),
                "a whole number of cm2",
            ),
            (
                format!("{:?}", token("Miller")),
                "1 to 16 hexadecimal digits",
            ),
            (format!("{:?}", token("0")), "0 means nobody"),
            (
                format!("{:?}", answered("pregnancy=no")),
                "pregnancy_or_nursing",
            ),
            (
                format!("{:?}", answered("pregnancy_or_nursing=perhaps")),
                "no, yes, cleared",
            ),
        ];
        for (said, words) in all {
            assert!(
                said.starts_with("Err") && said.contains(words),
                "{said}: {words}"
            );
        }
        assert_eq!(depth_um("2500"), Ok(2_500));
        assert_eq!(zones(" nose , forehead").map(|it| it.len()), Ok(2));
        assert_eq!(zones("").map(|it| it.len()), Ok(0));
        assert!(indication("stretch-marks").is_ok());
    }
}
