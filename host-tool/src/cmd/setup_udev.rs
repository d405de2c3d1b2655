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
    let is_told = args.folder.is_none();
    let said = install(&name, is_told, &mut ran)?;
    context
        .out
        .event("installed", &serde_json::json!({ "file": name }));
    for line in said {
        context.out.say(line);
    }
    Ok(())
}

/// Runs a command: the first word is the program.
type Run<'a> = &'a mut dyn FnMut(&[&str]) -> Result<(), String>;

/// Runs it on this system.
///
/// # Errors
/// In words: it could not be started, or how it ended.
fn ran(words: &[&str]) -> Result<(), String> {
    let Some((program, rest)) = words.split_first() else {
        return Err("no program".to_owned());
    };
    match Command::new(program).args(rest).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes the rule, and has the system read it if it is to be told; what there is to say of it.
///
/// # Errors
/// The rule cannot be written; then nothing was run.
fn install(file: &str, is_told: bool, run: Run<'_>) -> Result<Vec<String>, HostError> {
    crate::fresh::replace(file, RULE).map_err(|error| {
        error.with_fix("run it as an administrator: sudo penctl setup-udev --install")
    })?;
    let mut said = vec![format!("{file} is written")];
    if is_told {
        said.push(tell(run));
    }
    Ok(said)
}

/// Has the system read its rules, then look again at ports that are there; what is left to do, which is no
/// restart of the computer.
fn tell(run: Run<'_>) -> String {
    if let Err(why) = run(&["udevadm", "control", "--reload"]) {
        return format!(
            "the system could not be told ({why}): run `sudo udevadm control --reload`, then replug the pen"
        );
    }
    match run(&["udevadm", "trigger", "--subsystem-match=tty"]) {
        Ok(()) => "the system has read it; replug the pen".to_owned(),
        Err(why) => {
            format!(
                "the system has read it, and looks at no port again by itself ({why}): replug the pen"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE, install, ran};

    /// What was run and what was said, where the command of this word fails.
    fn installed(name: &str, fails: &str, is_told: bool) -> (Vec<String>, Vec<String>) {
        let folder =
            std::env::temp_dir().join(format!("penctl-udev-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("70-pen.rules");
        let mut all = Vec::new();
        let said = install(file.to_str().unwrap(), is_told, &mut |words| {
            // The rule is there before anybody is told to read it.
            assert_eq!(std::fs::read_to_string(&file).unwrap(), RULE);
            all.push(words.join(" "));
            if words.contains(&fails) {
                return Err("exit status: 1".to_owned());
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), RULE);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(said[0], format!("{} is written", file.display()));
        (all, said[1..].to_vec())
    }

    #[test]
    fn reload_and_replug_are_said_and_no_restart() {
        let reload = "udevadm control --reload";
        let trigger = "udevadm trigger --subsystem-match=tty";
        for (name, fails, run, said) in [
            (
                "well",
                "nothing",
                &[reload, trigger][..],
                "the system has read it; replug the pen",
            ),
            // Without the rules there is nothing to look again for.
            (
                "reload",
                "control",
                &[reload],
                "the system could not be told (exit status: 1): run `sudo udevadm control --reload`, then replug the pen",
            ),
            (
                "trigger",
                "trigger",
                &[reload, trigger],
                "the system has read it, and looks at no port again by itself (exit status: 1): replug the pen",
            ),
        ] {
            let (all, told) = installed(name, fails, true);
            assert_eq!(all, run, "{name}");
            assert_eq!(told, [said], "{name}");
        }
    }

    #[test]
    fn in_another_folder_the_system_is_not_told() {
        assert_eq!(
            installed("folder", "nothing", false),
            (Vec::new(), Vec::new())
        );
    }

    #[test]
    fn where_the_rule_cannot_be_written_nothing_is_run() {
        let error = install("/dev/null/70-pen.rules", true, &mut |words| {
            panic!("{words:?} was run")
        })
        .unwrap_err();
        assert!(
            error.fix.contains("sudo penctl setup-udev --install"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_fails_or_is_not_there_is_told() {
        assert_eq!(ran(&["true"]), Ok(()));
        assert_eq!(ran(&["false"]), Err("exit status: 1".to_owned()));
        assert!(ran(&["/dev/null/udevadm"]).is_err());
    }
}
