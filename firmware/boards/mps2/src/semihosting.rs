//! Calls to the machine that emulates this one, after Arm's "Semihosting for AArch32 and AArch64".

use core::arch::asm;

const SYS_OPEN: u32 = 0x01;
const SYS_WRITE: u32 = 0x05;
const SYS_READ: u32 = 0x06;
const SYS_EXIT: u32 = 0x18;

/// Mode `rb` of SYS_OPEN.
const READING: u32 = 1;
/// Mode `wb` of SYS_OPEN.
const WRITING: u32 = 5;

/// `ADP_Stopped_ApplicationExit`: QEMU ends with code 0.
const GOOD: u32 = 0x2_0026;
/// `ADP_Stopped_RunTimeErrorUnknown`: QEMU ends with code 1.
const BAD: u32 = 0x2_0023;

/// A file of the emulating machine.
#[derive(Clone, Copy, Debug)]
pub struct File(u32);

/// One call with an argument that is a number or the address of a block.
fn call(operation: u32, argument: u32) -> u32 {
    let result;
    // SAFETY: `bkpt 0xab` is the semihosting call of M-profile cores. The emulator reads and writes
    // only the memory that the block names, which each caller below owns while it runs; no register
    // but r0 changes.
    unsafe {
        asm!("bkpt #0xab", inlateout("r0") operation => result, in("r1") argument, options(nostack));
    }
    result
}

/// Address of something, as a call wants it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "addresses have 32 bits on this target"
)]
fn address<T>(of: *const T) -> u32 {
    of.addr() as u32
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

impl File {
    /// Opens a file of the emulating machine for reading, or else for writing.
    #[must_use]
    pub fn open(path: &core::ffi::CStr, reads: bool) -> Option<Self> {
        let mode = if reads { READING } else { WRITING };
        let name = path.to_bytes();
        let block = [address(name.as_ptr()), mode, length(name)];
        let handle = call(SYS_OPEN, address(block.as_ptr()));
        (handle != u32::MAX).then_some(Self(handle))
    }

    /// Waits for bytes and takes those that are there; none only when the other end is gone.
    pub fn read(self, bytes: &mut [u8]) -> usize {
        let block = [self.0, address(bytes.as_mut_ptr()), length(bytes)];
        let missing = call(SYS_READ, address(block.as_ptr()));
        bytes.len().saturating_sub(missing as usize)
    }

    /// Writes everything; false when the other end is gone.
    #[must_use]
    pub fn write(self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            let block = [self.0, address(rest.as_ptr()), length(rest)];
            let missing = call(SYS_WRITE, address(block.as_ptr())) as usize;
            let written = rest.len().saturating_sub(missing);
            if written == 0 {
                return false;
            }
            rest = rest.split_at(written).1;
        }
        true
    }
}

/// Ends the emulation.
pub fn exit(is_good: bool) -> ! {
    loop {
        call(SYS_EXIT, if is_good { GOOD } else { BAD });
    }
}
