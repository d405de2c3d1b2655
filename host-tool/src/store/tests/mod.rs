//! One suite for every kind of store: what is true of records wherever they are kept.

mod again;
mod fixture;
mod kept;
mod known;
mod parts;
mod runs;
mod shared;

pub(crate) use fixture::{Fixture, Memory};
