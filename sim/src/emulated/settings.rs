//! What an emulated pen is made of: an image, a boot ROM, and a rig in JavaScript.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::patience::HANG;

/// The command that builds the boot ROM.
const BUILD_ROM: &str = "cargo build --profile firmware -p pen-bootrom --target thumbv6m-none-eabi";

/// The command that builds the image.
const BUILD_IMAGE: &str = "cargo run --release --bin pen-image -- pico --maker-key development";

/// Where Cargo puts the boot ROM, below its target folder.
const ROM: &str = "thumbv6m-none-eabi/firmware/pen-bootrom";

/// First bytes of the two kinds of file that are flashed.
const ELF: [u8; 4] = [0x7f, b'E', b'L', b'F'];
const UF2: [u8; 4] = *b"UF2\n";

/// Why there is no emulated pen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmulatedError {
    /// A file is not there.
    #[error("there is no {what} at {path}; build it: {build}")]
    Missing {
        /// Which.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// How to get it.
        build: &'static str,
    },
    /// The image is something else.
    #[error("{path} is neither an ELF nor a UF2 file; build one: {BUILD_IMAGE}")]
    NoImage {
        /// The file.
        path: PathBuf,
    },
    /// Node is not there.
    #[error(
        "{program} cannot be started: {why}; install Node.js 18 or later \
         (apt-get install --no-install-recommends nodejs npm)"
    )]
    NoNode {
        /// What was called.
        program: PathBuf,
        /// Why it did not start.
        why: String,
    },
    /// The emulator's package is not installed.
    #[error("the emulator is not installed in {folder}; run: npm ci --prefix {folder}")]
    NotInstalled {
        /// The rig's folder.
        folder: PathBuf,
    },
}

/// What an emulated pen is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The image, an ELF or a UF2 file.
    pub image: PathBuf,
    /// The boot ROM, an ELF file.
    pub rom: PathBuf,
    /// The folder of the rig.
    pub rig: PathBuf,
    /// Node.js.
    pub node: PathBuf,
    /// How long the rig may say nothing before it counts as hung. Real time.
    pub patience: Duration,
}

impl Settings {
    /// An image, and everything else where it usually is.
    #[must_use]
    pub fn of(image: impl Into<PathBuf>) -> Self {
        Self {
            image: image.into(),
            rom: default_rom(),
            rig: Path::new(env!("CARGO_MANIFEST_DIR")).join("rp2040"),
            node: PathBuf::from("node"),
            patience: HANG,
        }
    }

    /// Refuses what cannot work, before anything runs.
    ///
    /// # Errors
    /// [`EmulatedError`].
    pub fn check(&self) -> Result<(), EmulatedError> {
        let missing = |what, path: &Path, build| EmulatedError::Missing {
            what,
            path: path.to_owned(),
            build,
        };
        if !self.rom.exists() {
            return Err(missing("boot ROM", &self.rom, BUILD_ROM));
        }
        let bytes =
            std::fs::read(&self.image).map_err(|_| missing("image", &self.image, BUILD_IMAGE))?;
        if !bytes.starts_with(&ELF) && !bytes.starts_with(&UF2) {
            return Err(EmulatedError::NoImage {
                path: self.image.clone(),
            });
        }
        if !self.rig.join("node_modules/rp2040js").exists() {
            return Err(EmulatedError::NotInstalled {
                folder: self.rig.clone(),
            });
        }
        let version = Command::new(&self.node)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.map(drop).map_err(|error| self.no_node(&error))
    }

    pub(super) fn no_node(&self, error: &std::io::Error) -> EmulatedError {
        EmulatedError::NoNode {
            program: self.node.clone(),
            why: error.to_string(),
        }
    }

    /// The rig with this image; `serial` is the flash chip's unique id.
    pub(super) fn command(&self, serial: u64, seed: u32) -> Command {
        let mut command = Command::new(&self.node);
        command
            .arg(self.rig.join("rig.mjs"))
            .arg("--rom")
            .arg(&self.rom)
            .arg("--image")
            .arg(&self.image)
            .args(["--serial", &format!("{serial:016x}")])
            .args(["--seed", &seed.to_string()]);
        command
    }
}

/// The boot ROM as Cargo builds it: below the target folder that this program lies in, or else below
/// the one that Cargo would use here.
fn default_rom() -> PathBuf {
    let mine = std::env::current_exe().ok();
    let beside = mine
        .iter()
        .flat_map(|path| path.ancestors().skip(1))
        .map(|folder| folder.join(ROM))
        .find(|path| path.exists());
    beside.unwrap_or_else(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR");
        Path::new(&target.unwrap_or_else(|| "target".into())).join(ROM)
    })
}

#[cfg(test)]
mod tests {
    use super::{EmulatedError, Settings};

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let folder = std::env::temp_dir().join(format!("pen-emulated-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("image.elf");
        let mut settings = Settings::of(&file);
        settings.rom = folder.join("rom");
        let told = |settings: &Settings| settings.check().unwrap_err().to_string();
        assert!(told(&settings).contains("-p pen-bootrom"));
        settings.rom = folder.clone();
        assert!(told(&settings).contains("--bin pen-image"));
        std::fs::write(&file, b"something else").unwrap();
        assert!(told(&settings).contains("neither an ELF nor a UF2"));
        std::fs::write(&file, b"UF2\n").unwrap();
        settings.rig = folder.clone();
        assert!(told(&settings).contains("npm ci"));
        std::fs::create_dir_all(folder.join("node_modules/rp2040js")).unwrap();
        settings.node = folder.join("no-node");
        assert!(matches!(
            settings.check(),
            Err(EmulatedError::NoNode { .. })
        ));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
