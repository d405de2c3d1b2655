//! The evidence itself: what counts as a gap, what is read where, and what the program does with
//! arguments and files that are wrong. The last part asks the repository that it stands in.

mod command;
mod made_up;
mod missing;
mod page;
mod reading;
mod records;
mod repository;
