//! `penctl setup-udev`: the rule by which Linux gives pens to whoever sits at the machine.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::cli::Context;
use crate::error::HostError;

/// The rule's file name: before 73, where the system acts on `uaccess`.
pub(crate) const FILE: &str = "70-pen.rules";

/// Where an administrator's rules are.
pub(crate) const FOLDER: &str = "/etc/udev/rules.d";

/// The rule: pens and the boot loader for whoever sits at the machine; no modem manager on them.
pub(crate) const RULE: &str = "\
# Micro-needling pens, for whoever sits at this machine. Written by `penctl setup-udev`.
SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"1209\", ATTRS{idProduct}==\"0001\", TAG+=\"uaccess\", \
ENV{ID_MM_DEVICE_IGNORE}=\"1\", SYMLINK+=\"pen/%s{serial}\"
SUBSYSTEM==\"usb\", ATTR{idVendor}==\"1209\", ATTR{idProduct}==\"0001\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"
# The boot loader of an RP2040, which takes new firmware.
SUBSYSTEM==\"usb\", ATTR{idVendor}==\"2e8a\", ATTR{idProduct}==\"0003\", TAG+=\"uaccess\"
";

/// Arguments of `setup-udev`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SetupUdevArgs {
    /// Write it where the system looks, and make the system read it; needs an administrator
    #[arg(long)]
    install: bool,
    /// Another folder than /etc/udev/rules.d, such as that of a package; the system is not told
    #[arg(long, value_name = "FOLDER", requires = "install")]
    folder: Option<String>,
}

pub(crate) fn run(args: &SetupUdevArgs, context: &mut Context) -> Result<(), HostError> {
    context.out.event(
        "udev_rule",
        &serde_json::json!({ "file": FILE, "text": RULE }),
    );
    if !args.install {
        context.out.raw(RULE);
        context.out.say(format!(
            "write this to {FOLDER}/{FILE}, or let `sudo penctl setup-udev --install` do it"
        ));
        return Ok(());
    }
    let folder = args.folder.as_deref().unwrap_or(FOLDER);
    let path = Path::new(folder).join(FILE);
    let name = path.to_string_lossy().into_owned();
    crate::fresh::replace(&name, RULE).map_err(|error| {
        error.with_fix("run it as an administrator: sudo penctl setup-udev --install")
    })?;
    context
        .out
        .event("installed", &serde_json::json!({ "file": name }));
    context.out.say(format!("{name} is written"));
    if args.folder.is_some() {
        return Ok(());
    }
    let told = [
        &["control", "--reload"][..],
        &["trigger", "--subsystem-match=tty"],
    ]
    .iter()
    .all(|words| {
        let ran = Command::new("udevadm").args(*words).status();
        ran.is_ok_and(|status| status.success())
    });
    context.out.say(next(told));
    Ok(())
}

/// What is left to do once the rule is written: no restart of the computer.
const fn next(is_read: bool) -> &'static str {
    if is_read {
        "the system has read it; replug the pen"
    } else {
        "the system could not be told: run `sudo udevadm control --reload`, then replug the pen"
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn reload_and_replug_are_said_and_no_restart() {
        assert_eq!(next(true), "the system has read it; replug the pen");
        let untold = next(false);
        assert!(
            untold.contains("`sudo udevadm control --reload`, then replug the pen"),
            "{untold}"
        );
    }
}
