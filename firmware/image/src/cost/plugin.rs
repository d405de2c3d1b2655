//! The plugin for QEMU: built from source, for the QEMU that is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Its source.
const SOURCE: &str = include_str!("../../../boards/mps2/plugin/count.c");

/// A plugin that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// QEMU is not there.
    #[error(
        "{program} cannot be started: {why}. Run: apt-get install --no-install-recommends \
         qemu-system-arm"
    )]
    NoEmulator {
        /// What was called.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// QEMU did not say which it is.
    #[error("`{program} --version` says {found:?}, which has no version number")]
    NoVersion {
        /// What was called.
        program: String,
        /// What it said.
        found: String,
    },
    /// The C compiler is not there.
    #[error("the C compiler `{program}` cannot be started: {why}. Install gcc or clang, or set CC")]
    NoCompiler {
        /// What was called.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// The C compiler refused it.
    #[error("the plugin could not be compiled:\n{words}")]
    Compiler {
        /// What the compiler said.
        words: String,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
}

/// A plugin that was built.
#[derive(Clone, Debug)]
pub struct Plugin {
    path: PathBuf,
}

impl Plugin {
    /// Compiles the plugin into this folder, for this QEMU.
    ///
    /// # Errors
    /// QEMU or the C compiler is not there, or fails.
    pub fn build(folder: &Path, qemu: &str) -> Result<Self, PluginError> {
        let source = folder.join("count.c");
        let path = folder.join("count.so");
        std::fs::write(&source, SOURCE).map_err(|why| PluginError::File {
            path: source.clone(),
            why,
        })?;
        let program = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let compiled = Command::new(&program)
            .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
            .args(["-shared", "-fPIC", "-O2", "-fvisibility=hidden"])
            .arg(format!("-DQEMU_PLUGIN_API={}", interface(qemu)?))
            .arg("-o")
            .args([&path, &source])
            .stdin(Stdio::null())
            .output()
            .map_err(|why| PluginError::NoCompiler { program, why })?;
        if !compiled.status.success() {
            let words = String::from_utf8_lossy(&compiled.stderr).into_owned();
            return Err(PluginError::Compiler { words });
        }
        Ok(Self { path })
    }

    /// What follows `-plugin` on QEMU's command line: calls of the function at `entry` are counted
    /// into `counts`. Commas in a path are doubled, as QEMU wants them.
    #[must_use]
    pub fn argument(&self, entry: u32, counts: &Path) -> String {
        let quoted = |path: &Path| path.display().to_string().replace(',', ",,");
        let (plugin, counts) = (quoted(&self.path), quoted(counts));
        format!("{plugin},entry={entry:#x},out={counts}")
    }
}

/// The version of the plugin interface that this QEMU takes: 9.0 dropped version 1 for 2.
fn interface(qemu: &str) -> Result<u32, PluginError> {
    let said = Command::new(qemu)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|why| PluginError::NoEmulator {
            program: qemu.to_owned(),
            why,
        })?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let major = major_version(&said).ok_or_else(|| PluginError::NoVersion {
        program: qemu.to_owned(),
        found: said.lines().next().unwrap_or_default().to_owned(),
    })?;
    Ok(if major < 9 { 1 } else { 2 })
}

fn major_version(said: &str) -> Option<u32> {
    let number = said.split_once("version ")?.1;
    number.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_qemu_says() {
        let debian = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright (c)\n";
        assert_eq!(major_version(debian), Some(7));
        assert_eq!(major_version("QEMU emulator version 10.0.2"), Some(10));
        assert_eq!(major_version("bash: no"), None);
        assert_eq!(major_version("version x"), None);
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let folder = std::env::temp_dir();
        let error = Plugin::build(&folder, "qemu-system-nothing").expect_err("no such program");
        let text = error.to_string();
        assert!(text.contains("apt-get install"), "{text}");
        // `true` starts and says nothing.
        let error = Plugin::build(&folder, "true").expect_err("no QEMU");
        assert!(matches!(error, PluginError::NoVersion { .. }), "{error:?}");
    }

    #[test]
    fn paths_are_quoted_for_qemu() {
        let path = PathBuf::from("a,b/count.so");
        let plugin = Plugin { path };
        let argument = plugin.argument(0x1234, Path::new("c"));
        assert_eq!(argument, "a,,b/count.so,entry=0x1234,out=c");
    }
}
