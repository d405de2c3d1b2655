//! The certificate as PDF, where this build can write one.

use crate::error::HostError;
use crate::report::Document;

/// The document as a PDF.
///
/// # Errors
/// This build cannot write one, or the document has a character that its fonts do not.
#[cfg(feature = "pdf")]
pub(crate) fn of(document: &Document) -> Result<Vec<u8>, HostError> {
    document.pdf().map_err(|why| unshown(&why.to_string()))
}

/// The document as a PDF.
///
/// # Errors
/// This build cannot write one.
#[cfg(not(feature = "pdf"))]
pub(crate) fn of(_: &Document) -> Result<Vec<u8>, HostError> {
    Err(not_built())
}

/// Whether a PDF of this build can show these texts.
///
/// # Errors
/// It cannot, or this build cannot write one at all.
#[cfg(feature = "pdf")]
pub(crate) fn can_show(texts: &[&str]) -> Result<(), HostError> {
    crate::report::can_show(texts).map_err(|why| unshown(&why.to_string()))
}

/// Whether a PDF of this build can show these texts.
///
/// # Errors
/// This build cannot write one at all.
#[cfg(not(feature = "pdf"))]
pub(crate) fn can_show(_: &[&str]) -> Result<(), HostError> {
    Err(not_built())
}

#[cfg(feature = "pdf")]
fn unshown(why: &str) -> HostError {
    HostError::usage("the certificate cannot be written as PDF", why).with_fix(
        "the page has every character: print it from a browser, or write the text in Latin, Greek or Cyrillic \
         letters",
    )
}

#[cfg(not(feature = "pdf"))]
fn not_built() -> HostError {
    HostError::usage(
        "this penctl was built without PDF",
        "its feature `pdf` is off",
    )
    .with_fix(
        "build it with `cargo install --path host-tool --features pdf`, or print the page from a browser",
    )
}

#[cfg(test)]
mod tests {
    use crate::report::{calibration_document, sample};

    #[cfg(not(feature = "pdf"))]
    #[test]
    fn a_build_without_pdf_says_so() {
        let document = calibration_document(&sample::calibration());
        for error in [
            super::of(&document).unwrap_err(),
            super::can_show(&[]).unwrap_err(),
        ] {
            assert_eq!(error.exit_code(), 2);
            assert!(error.why.contains("`pdf` is off"), "{error}");
            assert!(error.fix.contains("--features pdf"), "{error}");
        }
    }

    #[cfg(feature = "pdf")]
    #[test]
    fn a_character_without_a_glyph_is_named() {
        let mut report = sample::calibration();
        report.operator = "\u{6f22}".to_owned();
        let error = super::of(&calibration_document(&report)).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.why.contains("U+6F22"), "{error}");
        assert!(error.fix.contains("browser"), "{error}");
        assert!(super::can_show(&["\u{e4}\u{3b1}\u{436}"]).is_ok());
        assert!(super::can_show(&["a", "\u{5d0}"]).is_err());
    }
}
