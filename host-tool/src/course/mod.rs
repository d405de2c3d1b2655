//! From an indication to a plan: a library of what sources say, and a proposal made of it.
//!
//! ```text
//! indication + zone + skin -> range of the sources -> below every limit of the class -> zone of a plan
//! ```
//!
//! A proposal begins at the shallow end, or at the depth that a study used. It is never deeper than
//! the core lets a pen of that class go: the limit is asked of the core's own meet.

mod dose;
mod propose;
mod recovery;
mod references;
mod render;
mod table;

pub use dose::{DENSITY_AIM, typical_cm2};
pub use propose::{
    AREA_CM2_MAX, Begun, Given, LeftOut, Proposal, ProposedZone, Unwilling, Wish, propose,
};
pub use recovery::recovery_days;
pub use references::Reference;
pub use render::{Names, render};
pub use table::{Course, Depths, Indication, IndicationRow, Range, Skin, zone_row};
