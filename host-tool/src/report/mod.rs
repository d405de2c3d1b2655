//! Reports to hand over: one page, nothing loaded from elsewhere, no script.
//!
//! A report is a plain struct. Page, PDF and JSON are views of it, so that all carry the same
//! numbers; nothing is computed, rounded or judged anew while one is written. Nothing here
//! reads a clock: a date that is not given is not printed. The same struct gives the same bytes.

mod calibration;
mod calibration_detail;
mod calibration_page;
mod calibration_plots;
mod calibration_raw;
mod chart;
mod document;
mod history_page;
mod html;
mod json;
#[cfg(feature = "pdf")]
mod pdf;
mod session;
mod session_page;
mod session_plots;
mod timeline;
mod treatment_page;

pub use calibration::{
    Accepted, Adjustment, CalibrationReport, Customer, Fact, InForce, Item, Laboratory,
    ParameterChange, Raw, ReferenceInstrument, Results, Tables,
};
pub use calibration_page::{calibration_document, render_calibration_html};
pub use document::Document;
pub use history_page::{History, history_svg, render_history_html};
pub use json::{CALIBRATION_SCHEMA, SCHEMA_VERSION, calibration_json};
#[cfg(feature = "pdf")]
pub use pdf::{Unwritten, can_show};
pub use session::{Attempt, JournalRow, Mark, ModeSpan, Outcome, SessionReport, Timeline, ZoneUse};
pub use session_page::render_session_html;
pub use timeline::{Sample, decimate_min_max};
pub use treatment_page::render_treatment_html;

#[cfg(test)]
mod check;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
