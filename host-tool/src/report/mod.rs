//! Reports to hand over: one page, nothing loaded from elsewhere, no script.
//!
//! A report is a plain struct. The page and the JSON are two views of it, so that both carry the
//! same numbers; nothing is computed, rounded or judged anew while a page is written. Nothing here
//! reads a clock: a date that is not given is not printed. The same struct gives the same bytes.

mod calibration;
mod calibration_detail;
mod calibration_page;
mod calibration_plots;
mod chart;
mod history_page;
mod html;
mod session;
mod session_page;
mod session_plots;
mod timeline;
mod treatment_page;

pub use calibration::{
    Accepted, Adjustment, CalibrationReport, Fact, Item, Laboratory, ParameterChange,
    ReferenceInstrument, Results,
};
pub use calibration_page::render_calibration_html;
pub use history_page::{History, history_svg, render_history_html};
pub use session::{Attempt, JournalRow, Mark, ModeSpan, Outcome, SessionReport, Timeline, ZoneUse};
pub use session_page::render_session_html;
pub use timeline::{Sample, decimate_min_max};
pub use treatment_page::render_treatment_html;

#[cfg(test)]
mod check;
#[cfg(test)]
pub(crate) mod sample;
