//! What the commands that use the store of records share.

use clap::Args;

use crate::clock;
use crate::error::HostError;
use crate::out::Out;
pub(crate) use crate::store::pen_name;
use crate::store::{Access, Place, Records, open};

/// Which store a command uses.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct StoreArgs {
    /// Where the records are: a file, or postgres://USER@HOST/DATABASE [default: a file among this
    /// user's data]
    #[arg(
        long,
        env = "PENCTL_STORE",
        value_name = "STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<Place>,
}

/// The same, for commands that need no pen.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct KeptArgs {
    #[command(flatten)]
    which: StoreArgs,
    /// The usual file of simulated pens, whose records are kept apart
    #[arg(long, conflicts_with = "store")]
    simulated: bool,
}

impl StoreArgs {
    /// Opens the store.
    pub(crate) fn open(&self, is_simulated: bool, access: Access) -> Result<Records, HostError> {
        let variable = |name: &str| std::env::var_os(name).map(Into::into);
        let place = match &self.store {
            Some(place) => place.clone(),
            None => Place::usual(is_simulated, &variable)?,
        };
        let store = open(&place, access)?;
        Ok(Records::new(store, Box::new(now)))
    }
}

impl KeptArgs {
    /// Opens the store to look at it, and says on stderr which one it is.
    pub(crate) fn read(&self, out: &Out) -> Result<Records, HostError> {
        self.opened(out, Access::Read)
    }

    /// Opens the store to write into it, and says on stderr which one it is.
    pub(crate) fn write(&self, out: &Out) -> Result<Records, HostError> {
        self.opened(out, Access::Write)
    }

    /// Whether somebody named a store.
    pub(crate) const fn is_named(&self) -> bool {
        self.which.store.is_some()
    }

    fn opened(&self, out: &Out, access: Access) -> Result<Records, HostError> {
        self.open(out, false, access)
    }

    /// Opens the store, that of simulated pens if this pen is one.
    pub(crate) fn open(
        &self,
        out: &Out,
        is_simulated: bool,
        access: Access,
    ) -> Result<Records, HostError> {
        let records = self.which.open(self.simulated || is_simulated, access)?;
        out.detail(format!("store {}", records.name()));
        Ok(records)
    }
}

fn now() -> i64 {
    i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_serial_number_gets_its_zeros() {
        for (text, name) in [
            ("42", "000042"),
            ("000042", "000042"),
            ("1234567", "1234567"),
        ] {
            assert_eq!(super::pen_name(text), name);
        }
        assert_eq!(super::pen_name("+42"), "+42");
    }
}
