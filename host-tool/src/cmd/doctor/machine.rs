//! What a Linux machine says of itself, read below a folder that a test can make.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::setup_udev::{FILE, RULE};
use super::{Check, Verdict};
use crate::error::Code;

/// Where udev looks for rules, the strongest first.
const RULES: [&str; 4] = [
    "etc/udev/rules.d",
    "run/udev/rules.d",
    "usr/lib/udev/rules.d",
    "lib/udev/rules.d",
];

/// A machine, by its file system.
#[derive(Debug)]
pub(super) struct Machine {
    root: PathBuf,
    is_linux: bool,
}

impl Machine {
    /// The one that this program runs on.
    pub(super) fn this() -> Self {
        Self {
            root: PathBuf::from("/"),
            is_linux: cfg!(target_os = "linux"),
        }
    }

    /// The rule that gives pens to whoever sits at the machine.
    pub(super) fn rule(&self) -> Check {
        let name = "udev rule";
        if !self.is_linux {
            return Check::new(name, Verdict::Skip, "only Linux has one");
        }
        let install = "sudo penctl setup-udev --install, then replug the pen";
        for folder in RULES {
            let path = self.root.join(folder).join(FILE);
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let place = format!("/{folder}/{FILE}");
            return if text == RULE {
                Check::new(
                    name,
                    Verdict::Ok,
                    format!("{place} is as this program writes it"),
                )
            } else {
                Check::new(
                    name,
                    Verdict::Warn,
                    format!("{place} differs from this program's"),
                )
                .fix(Code::Permission, install)
            };
        }
        Check::new(name, Verdict::Warn, format!("no {FILE} is installed"))
            .fix(Code::Permission, install)
    }

    /// The modem manager, which talks to every new port unless a rule forbids it.
    pub(super) fn modem_manager(&self) -> Check {
        let name = "ModemManager";
        if !self.is_linux {
            return Check::new(name, Verdict::Skip, "only Linux has one");
        }
        let running = fs::read_dir(self.root.join("proc"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| fs::read_to_string(entry.path().join("comm")).ok())
            .any(|comm| comm.trim() == "ModemManager");
        let is_told = self.rule().verdict == Verdict::Ok;
        match (running, is_told) {
            (false, _) => Check::new(name, Verdict::Ok, "does not run"),
            (true, true) => Check::new(name, Verdict::Ok, "runs, and the rule keeps it off pens"),
            (true, false) => Check::new(
                name,
                Verdict::Warn,
                "runs, and may take a pen's first answers after it was plugged in",
            )
            .fix(
                Code::Busy,
                "sudo penctl setup-udev --install tells it to leave pens alone",
            ),
        }
    }

    /// A Linux inside Windows sees no USB device by itself.
    pub(super) fn virtual_machine(&self) -> Check {
        let name = "WSL";
        let version = fs::read_to_string(self.root.join("proc/version")).unwrap_or_default();
        if version.to_lowercase().contains("microsoft") {
            return Check::new(name, Verdict::Warn, "this Linux runs inside Windows").fix(
                Code::NoDevice,
                "in Windows: usbipd list, then usbipd attach --wsl --busid ID",
            );
        }
        Check::new(name, Verdict::Skip, "this is no Linux inside Windows")
    }

    /// What lets this user open a port.
    pub(super) fn way_in(&self, port: &Path) -> String {
        let group = self.group_of(port).map_or_else(
            || "the group that `ls -l` shows for it".to_owned(),
            |name| format!("the group {name}"),
        );
        format!(
            "sudo penctl setup-udev --install and replug the pen; or join {group} (sudo usermod -aG \
             GROUP USER) and log in again"
        )
    }

    #[cfg(unix)]
    fn group_of(&self, port: &Path) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let number = fs::metadata(port).ok()?.gid().to_string();
        let groups = fs::read_to_string(self.root.join("etc/group")).ok()?;
        groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == number).then(|| name.to_owned())
        })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "only Unix has groups of ports")]
    fn group_of(&self, _: &Path) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{Machine, RULE, Verdict};

    /// A machine of files; gone at the end.
    struct Made(Machine);

    impl Made {
        fn new(name: &str) -> Self {
            let name = format!("pen-doctor-{name}-{}", std::process::id());
            let root = std::env::temp_dir().join(name);
            fs::create_dir_all(&root).unwrap();
            Self(Machine {
                root,
                is_linux: true,
            })
        }

        fn file(&self, path: &str, text: &str) -> PathBuf {
            let path = self.0.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Made {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.root);
        }
    }

    #[test]
    fn the_rule_is_missing_other_or_right() {
        let made = Made::new("rule");
        assert_eq!(made.0.rule().verdict, Verdict::Warn);
        made.file("usr/lib/udev/rules.d/70-pen.rules", RULE);
        assert_eq!(made.0.rule().verdict, Verdict::Ok);
        // An administrator's file hides that of a package.
        made.file("etc/udev/rules.d/70-pen.rules", "# nothing\n");
        let other = made.0.rule();
        assert_eq!(other.verdict, Verdict::Warn);
        assert!(other.found.contains("/etc/udev/rules.d"), "{other:?}");
    }

    #[test]
    fn a_modem_manager_is_in_the_way_unless_the_rule_tells_it() {
        let made = Made::new("modem");
        assert_eq!(made.0.modem_manager().verdict, Verdict::Ok);
        made.file("proc/77/comm", "ModemManager\n");
        assert_eq!(made.0.modem_manager().verdict, Verdict::Warn);
        made.file("etc/udev/rules.d/70-pen.rules", RULE);
        assert_eq!(made.0.modem_manager().verdict, Verdict::Ok);
    }

    #[test]
    fn linux_inside_windows_is_told() {
        let made = Made::new("wsl");
        made.file("proc/version", "Linux version 6.1 (Debian)");
        assert_eq!(made.0.virtual_machine().verdict, Verdict::Skip);
        made.file("proc/version", "Linux version 5.15-microsoft-standard-WSL2");
        assert_eq!(made.0.virtual_machine().verdict, Verdict::Warn);
    }

    #[cfg(unix)]
    #[test]
    fn the_way_in_names_the_group_of_the_port() {
        use std::os::unix::fs::MetadataExt;
        let made = Made::new("group");
        let port = made.file("dev/ttyACM0", "");
        let gid = fs::metadata(&port).unwrap().gid();
        assert!(made.0.way_in(&port).contains("`ls -l`"));
        made.file(
            "etc/group",
            &format!("other:x:{}:\nmypens:x:{gid}:ann\n", gid + 1),
        );
        assert!(
            made.0.way_in(&port).contains("the group mypens"),
            "{}",
            made.0.way_in(&port)
        );
    }
}
