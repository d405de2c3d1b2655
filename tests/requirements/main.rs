//! One test, or more, for each requirement that is done. The name of a test begins with its id.
//!
//! Every limit is restated here, tried one below, at and one above. Times are counted in ticks of
//! one millisecond from the change of a raw input to the first output that no longer drives.

mod cal;
mod cart;
mod conf;
mod depth;
mod edges;
mod fall;
mod faults;
mod heat;
mod latched;
mod link;
mod log;
mod modes;
mod pairs;
mod park;
mod paths;
mod pwr;
mod rate;
mod reach;
mod sens;
mod sess;
mod sign_off;
mod stop;
mod store;
mod terminal;
mod test;
