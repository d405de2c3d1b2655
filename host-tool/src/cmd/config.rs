//! `penctl config`: the settings in force, and where each came from.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Context;
use crate::connect::Origin;
use crate::error::HostError;
use crate::out::{Align, Table};
use crate::store::{Place, address};
use crate::words;

/// Arguments of `config`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
    /// Prints every setting in force
    Show {
        /// Also where each came from: command line, environment, file or default
        #[arg(long)]
        origin: bool,
    },
}

/// Every setting in force: its name, its value, where it came from.
pub(crate) fn rows(context: &Context) -> Vec<(String, String, Origin)> {
    let (global, origins) = (&context.global, &context.origins);
    let none = || "none".to_owned();
    let file = context.settings.path.as_ref().map_or_else(none, |path| {
        let missing = if context.settings.exists {
            ""
        } else {
            " (not there)"
        };
        format!("{}{missing}", path.display())
    });
    let mut rows = vec![
        ("config".to_owned(), file, origins.config),
        (
            "port".to_owned(),
            global.port.as_ref().map_or_else(none, ToString::to_string),
            origins.port,
        ),
        (
            "serial".to_owned(),
            global.serial.clone().unwrap_or_else(none),
            origins.serial,
        ),
        (
            "timeout".to_owned(),
            format!("{} s", global.timeout.as_secs_f64()),
            origins.timeout,
        ),
        (
            "color".to_owned(),
            format!("{:?}", global.color).to_lowercase(),
            origins.color,
        ),
    ];
    rows.push(store(&|name| std::env::var_os(name)));
    for (name, serial) in &context.settings.config.aliases {
        let row = format!("aliases.{name}");
        rows.push((row, words::serial(*serial), Origin::File));
    }
    let config = &context.settings.config;
    for (key, text) in config.printed() {
        rows.push((key.to_owned(), text.to_owned(), Origin::File));
    }
    if let Some(customer) = &config.customer {
        let row = "customer.interval_agreed".to_owned();
        rows.push((row, customer.interval_agreed.to_string(), Origin::File));
    }
    rows
}

/// Where the records of real pens are kept, unless a command names another store.
fn store(variable: &dyn Fn(&str) -> Option<OsString>) -> (String, String, Origin) {
    let named = variable("PENCTL_STORE").filter(|text| !text.is_empty());
    let (place, origin) = match named {
        Some(text) => {
            let text = text.to_string_lossy().into_owned();
            (text.parse(), Origin::Environment)
        }
        None => {
            let usual = Place::usual(false, &|name| variable(name).map(PathBuf::from));
            (usual.map_err(|error| error.why), Origin::Default)
        }
    };
    let value = match place {
        Ok(Place::File(path)) => path.display().to_string(),
        // The address of a server may have a password in it.
        Ok(Place::Server(address)) => address::shown(&address),
        Err(why) => format!("none: {why}"),
    };
    ("store".to_owned(), value, origin)
}

pub(crate) fn run(args: &ConfigArgs, context: &mut Context) -> Result<(), HostError> {
    let What::Show { origin } = args.what;
    let rows = rows(context);
    let mut head = vec![("setting", Align::Left), ("value", Align::Left)];
    if origin {
        head.push(("from", Align::Left));
    }
    let mut table = Table::new(&head);
    for (name, value, from) in rows {
        context.out.event(
            "setting",
            &serde_json::json!({ "name": name, "value": value, "from": from.to_string() }),
        );
        let mut row = vec![name, value];
        if origin {
            row.push(from.to_string());
        }
        table.row(row);
    }
    table.print(&mut context.out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::store;
    use crate::connect::Origin;

    #[test]
    fn the_store_is_told_with_its_origin_and_without_a_password() {
        let with = |named: Option<&'static str>, home: Option<&'static str>| {
            store(&move |name| match name {
                "PENCTL_STORE" => named.map(Into::into),
                "XDG_DATA_HOME" | "APPDATA" | "HOME" => home.map(Into::into),
                _ => None,
            })
        };
        for (named, value) in [
            ("/srv/r.db", "/srv/r.db"),
            ("postgres://anna@host/db", "postgres://anna@host/db"),
            (
                "postgres://anna:secret@host/db?password=secret",
                "postgres://anna@host/db?...",
            ),
            ("postgres://host/db", "postgres://host/db"),
        ] {
            let (name, told, origin) = with(Some(named), Some("/u"));
            assert_eq!(
                (name.as_str(), told.as_str(), origin),
                ("store", value, Origin::Environment)
            );
        }
        #[cfg(target_os = "linux")]
        for named in [None, Some("")] {
            let (_, told, origin) = with(named, Some("/u"));
            assert_eq!(
                (told.as_str(), origin),
                ("/u/penctl/records.db", Origin::Default)
            );
        }
        assert!(with(None, None).1.starts_with("none: "));
        assert!(
            with(Some("ftp://x"), None)
                .1
                .contains("is no kind of store")
        );
    }
}
