//! Text files that people write: read whole, as UTF-8, with what is wrong in plain words.

use crate::error::{Code, HostError};

/// The largest file of plain text that is read: 16 MB.
const MOST: u64 = 16 * 1024 * 1024;

/// The text of a file, without the byte order mark that some editors put first.
///
/// # Errors
/// [`Code::BadConfig`]: the file cannot be read, is larger than 16 MB, or is no UTF-8; the error
/// names the encoding that it seems to have.
pub fn read(path: &str) -> Result<String, HostError> {
    let unread = |why: String| {
        HostError::new(Code::BadConfig, format!("{path} cannot be read"), why)
            .with_fix("check the path and the rights")
    };
    let length = std::fs::metadata(path)
        .map_err(|error| unread(error.to_string()))?
        .len();
    if length > MOST {
        return Err(unread(format!(
            "it has {length} bytes, at most {MOST} are read"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| unread(error.to_string()))?;
    decoded(&bytes).map_err(|why| {
        HostError::new(
            Code::BadConfig,
            format!("{path} cannot be read as text"),
            why,
        )
        .with_fix("save it again as UTF-8 (in most editors: Save as, Encoding)")
    })
}

/// Bytes as text.
///
/// # Errors
/// Which encoding it seems to be, or where it stops being one.
pub fn decoded(bytes: &[u8]) -> Result<String, String> {
    let saved_as = |name: &str| format!("it is saved as {name}; only UTF-8 is read");
    // The marks of UTF-32 begin like those of UTF-16.
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return Err(saved_as("UTF-32 (little-endian)")),
        [0, 0, 0xfe, 0xff, ..] => return Err(saved_as("UTF-32 (big-endian)")),
        [0xff, 0xfe, ..] => return Err(saved_as("UTF-16 (little-endian)")),
        [0xfe, 0xff, ..] => return Err(saved_as("UTF-16 (big-endian)")),
        [0, first, ..] if *first != 0 => {
            return Err(saved_as("UTF-16 (big-endian), without its mark"));
        }
        [first, 0, ..] if *first != 0 => {
            return Err(saved_as("UTF-16 (little-endian), without its mark"));
        }
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let place = |end: usize| {
        let before = bytes.get(..end).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        format!(
            "line {} has the byte 0x{byte:02x}, which is not UTF-8; it is probably saved as \
             Latin-1 or Windows-1252",
            place(at)
        )
    })?;
    match text.find('\0') {
        Some(at) => Err(format!("line {} has a zero byte: it is no text", place(at))),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn one_byte_order_mark_is_ignored() {
        assert_eq!(decoded(b"\xef\xbb\xbfa: b\r\n").as_deref(), Ok("a: b\r\n"));
        assert_eq!(decoded(b"").as_deref(), Ok(""));
        // A second one is text, and shows in the error about its line.
        let twice = decoded(b"\xef\xbb\xbf\xef\xbb\xbfa").unwrap();
        assert_eq!(twice, "\u{feff}a");
    }

    #[test]
    fn other_encodings_are_named() {
        let wide = |text: &str, mark: bool, swap: bool| -> Vec<u8> {
            let mark = mark.then_some(0xfeff_u16);
            mark.into_iter()
                .chain(text.encode_utf16())
                .flat_map(|unit| {
                    if swap {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        for (bytes, words) in [
            (wide("a: 1", true, false), "UTF-16 (little-endian);"),
            (wide("a: 1", true, true), "UTF-16 (big-endian);"),
            (
                wide("a: 1", false, false),
                "UTF-16 (little-endian), without",
            ),
            (wide("a: 1", false, true), "UTF-16 (big-endian), without"),
            (
                vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0],
                "UTF-32 (little-endian)",
            ),
            (vec![0, 0, 0xfe, 0xff, 0, 0, 0, b'a'], "UTF-32 (big-endian)"),
            (
                b"a: 1\nname: M\xfcller".to_vec(),
                "line 2 has the byte 0xfc",
            ),
            (b"a: 1\n\nb\0c".to_vec(), "line 3 has a zero byte"),
        ] {
            let why = decoded(&bytes).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn a_file_too_large_or_missing_is_told() {
        let missing = super::read("no-such-file").unwrap_err();
        assert_eq!(missing.exit_code(), 2);
        assert!(missing.what.contains("no-such-file"), "{missing}");
        let folder = super::read(".").unwrap_err();
        assert_eq!(folder.exit_code(), 2);
    }
}
