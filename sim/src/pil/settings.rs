//! What a processor in the loop is made of: an image and an emulator.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::patience::HANG;

/// The command that builds the image.
pub(super) const BUILD: &str =
    "cargo build --profile firmware -p pen-mps2 --target thumbv7em-none-eabihf";

/// How to get the emulator.
pub(super) const INSTALL: &str = "apt-get install --no-install-recommends qemu-system-arm";

/// The machine that the image is made for.
const MACHINE: &str = "mps2-an386";

/// Where Cargo puts the image, below its target folder.
const IMAGE: &str = "thumbv7em-none-eabihf/firmware/pen-mps2";

/// First bytes of an ELF file of 32 bit, little endian.
const ELF32_LITTLE: [u8; 6] = [0x7f, b'E', b'L', b'F', 1, 1];

/// Where the ELF header names the machine, and the number of Arm.
const ELF_MACHINE: std::ops::Range<usize> = 18..20;
const ELF_ARM: [u8; 2] = [40, 0];

/// Why there is no processor to put on trial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PilError {
    /// The image is not there.
    #[error("there is no image at {path}; build it: {BUILD}")]
    NoImage {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is no ELF file for Arm; give the image as Cargo builds it: {BUILD}")]
    NotElf {
        /// The file.
        path: PathBuf,
    },
    /// The emulator is not there.
    #[error("{program} cannot be started: {why}; install it: {INSTALL}")]
    NoEmulator {
        /// What was called.
        program: PathBuf,
        /// Why it did not start.
        why: String,
    },
}

/// What a processor in the loop is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The image, an ELF file.
    pub image: PathBuf,
    /// The emulator.
    pub emulator: PathBuf,
    /// More arguments for it, such as a plugin that watches.
    pub arguments: Vec<String>,
    /// How long the emulator may say nothing, at least, before it is ended. Real time.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            image: default_image(),
            emulator: PathBuf::from("qemu-system-arm"),
            arguments: Vec::new(),
            patience: HANG,
        }
    }
}

/// The image as Cargo builds it: below the target folder that this program lies in, or else below
/// the one that Cargo would use here.
fn default_image() -> PathBuf {
    let mine = std::env::current_exe().ok();
    let beside = mine
        .iter()
        .flat_map(|path| path.ancestors().skip(1))
        .map(|folder| folder.join(IMAGE))
        .find(|path| path.exists());
    beside.unwrap_or_else(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR");
        Path::new(&target.unwrap_or_else(|| "target".into())).join(IMAGE)
    })
}

impl Settings {
    /// Refuses what cannot work, before anything runs.
    ///
    /// # Errors
    /// [`PilError`].
    pub fn check(&self) -> Result<(), PilError> {
        let path = self.image.clone();
        let Ok(bytes) = std::fs::read(&path) else {
            return Err(PilError::NoImage { path });
        };
        if !bytes.starts_with(&ELF32_LITTLE) || bytes.get(ELF_MACHINE) != Some(&ELF_ARM) {
            return Err(PilError::NotElf { path });
        }
        let version = Command::new(&self.emulator)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match version {
            Ok(_) => Ok(()),
            Err(error) => Err(self.no_emulator(&error)),
        }
    }

    pub(super) fn no_emulator(&self, error: &std::io::Error) -> PilError {
        PilError::NoEmulator {
            program: self.emulator.clone(),
            why: error.to_string(),
        }
    }

    /// The emulator with this image; its UART goes where `serial` says.
    pub(super) fn command(&self, serial: &str) -> Command {
        let mut command = Command::new(&self.emulator);
        command
            .args(["-M", MACHINE, "-display", "none", "-monitor", "none"])
            .args(["-serial", serial])
            .args(["-semihosting-config", "enable=on,target=native"])
            .arg("-kernel")
            .arg(&self.image)
            .args(&self.arguments);
        // Ctrl-C at the terminal is for this program, which ends the emulator itself.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}
