//! Files that people write: their encoding told by name when it is not the one that is read.

use crate::error::HostError;

/// The text of a file that somebody wrote. One byte order mark in front is ignored, as editors leave it.
///
/// # Errors
/// It is not UTF-8; the encoding is named if it can be told.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<String, HostError> {
    let refused = |why: String| {
        HostError::bad_config(name, why).with_fix("save it as UTF-8 in the editor that wrote it")
    };
    let utf_16 = |order: &str| refused(format!("it is saved as UTF-16 ({order}); UTF-8 is read"));
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err(refused("it is saved as UTF-32; UTF-8 is read".to_owned()));
        }
        [0xff, 0xfe, ..] => return Err(utf_16("little endian")),
        [0xfe, 0xff, ..] => return Err(utf_16("big endian")),
        // Without a mark: every other byte of plain text is nothing.
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            return Err(utf_16("little endian, without a mark"));
        }
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            return Err(utf_16("big endian, without a mark"));
        }
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(refused(format!(
                "line {line} holds a byte that is not UTF-8; it may be saved as Latin-1 or Windows-1252"
            )))
        }
    }
}

/// Reads a file that somebody wrote.
///
/// # Errors
/// It cannot be read, or as [`decode`].
pub(crate) fn read(path: &str) -> Result<String, HostError> {
    let bytes =
        std::fs::read(path).map_err(|error| HostError::bad_config(path, error.to_string()))?;
    decode(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn one_mark_is_ignored_and_other_encodings_are_named() {
        assert_eq!(
            decode("f", b"\xef\xbb\xbfdummy: y\r\n").unwrap(),
            "dummy: y\r\n"
        );
        assert_eq!(decode("f", "4 \u{b5}m".as_bytes()).unwrap(), "4 \u{b5}m");
        assert_eq!(decode("f", b"").unwrap(), "");
        let wide = |order: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let text = if mark { "\u{feff}dummy: y" } else { "dummy: y" };
            text.encode_utf16().flat_map(order).collect()
        };
        for bytes in [
            wide(u16::to_le_bytes, true),
            wide(u16::to_be_bytes, true),
            wide(u16::to_le_bytes, false),
            wide(u16::to_be_bytes, false),
        ] {
            let error = decode("f", &bytes).unwrap_err();
            assert!(
                error.why.contains("UTF-16") && error.fix.contains("UTF-8"),
                "{error}"
            );
            assert_eq!(error.exit_code(), 2);
        }
        let error = decode("f", b"dummy: y\nU: 4 \xb5m\n").unwrap_err();
        assert!(
            error.why.contains("line 2") && error.why.contains("Latin-1"),
            "{error}"
        );
        assert!(
            decode("f", b"\xff\xfe\0\0d\0\0\0")
                .unwrap_err()
                .why
                .contains("UTF-32")
        );
    }
}
