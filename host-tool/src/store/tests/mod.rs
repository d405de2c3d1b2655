//! One suite for every kind of store: what is true of records wherever they are kept.

mod again;
mod fixture;
mod kept;
mod runs;
mod shared;

pub(crate) use fixture::Fixture;

/// Runs each test on a file, and on a server where this build has one.
macro_rules! on_every_store {
    ($($name:ident)*) => {
        mod file {
            $(#[test] fn $name() {
                super::$name(&crate::store::tests::Fixture::file(stringify!($name)));
            })*
        }
        #[cfg(feature = "postgres")]
        mod server {
            $(#[test] fn $name() {
                super::$name(&crate::store::tests::Fixture::server(stringify!($name)));
            })*
        }
    };
}
pub(crate) use on_every_store;
