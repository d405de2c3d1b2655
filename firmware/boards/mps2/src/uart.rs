//! CMSDK APB UART 0 of the board, by interrupts: nobody ever waits for a byte.
//!
//! Registers after "Arm Cortex-M System Design Kit, APB UART", addresses and interrupt numbers after
//! Arm application note AN386. The receiver holds one byte; each raises interrupt 0.

use core::cell::RefCell;
use core::ptr;

use critical_section::Mutex;
use heapless::Deque;

const UART0: usize = 0x4000_4000;
const DATA: usize = UART0;
const STATE: usize = UART0 + 0x04;
const CONTROL: usize = UART0 + 0x08;
const INTERRUPT: usize = UART0 + 0x0c;
const BAUD: usize = UART0 + 0x10;
/// Interrupt Set-Enable Register of the first 32 interrupts.
const NVIC_ISER0: usize = 0xE000_E100;

const TX_FULL: u32 = 1;
const RX_FULL: u32 = 1 << 1;
const TX_ENABLE: u32 = 1;
const RX_ENABLE: u32 = 1 << 1;
const RX_INTERRUPT: u32 = 1 << 3;
const RX_RAISED: u32 = 1 << 1;
/// UART 0 receives: interrupt 0.
const RX_LINE: u32 = 1;

/// 25 MHz / 217 = 115 207 baud; an emulator does not care, a divider below 16 is invalid.
const DIVIDER: u32 = 217;

/// Bytes that wait for the firmware; more are lost, as on any UART.
const INBOX: usize = 1_024;

static INBOX_BYTES: Mutex<RefCell<Deque<u8, INBOX>>> = Mutex::new(RefCell::new(Deque::new()));

fn read_register(at: usize) -> u32 {
    // SAFETY: every address in this file is a register of the machine; reading DATA takes the byte
    // that arrived, which only this module does.
    unsafe { ptr::with_exposed_provenance::<u32>(at).read_volatile() }
}

fn write_register(at: usize, value: u32) {
    // SAFETY: as above; only this module writes these registers.
    unsafe { ptr::with_exposed_provenance_mut::<u32>(at).write_volatile(value) }
}

/// Switches both directions on.
pub fn start() {
    write_register(BAUD, DIVIDER);
    write_register(CONTROL, TX_ENABLE | RX_ENABLE | RX_INTERRUPT);
    write_register(NVIC_ISER0, RX_LINE);
}

/// The receiver's interrupt.
pub fn on_interrupt() {
    write_register(INTERRUPT, RX_RAISED);
    while read_register(STATE) & RX_FULL != 0 {
        let [byte, ..] = read_register(DATA).to_le_bytes();
        critical_section::with(|cs| {
            // No room: the byte is lost, and the frame's checksum tells.
            let _ = INBOX_BYTES.borrow_ref_mut(cs).push_back(byte);
        });
    }
}

/// Whether bytes wait.
#[must_use]
pub fn is_waiting() -> bool {
    critical_section::with(|cs| !INBOX_BYTES.borrow_ref(cs).is_empty())
}

/// Takes bytes that wait; returns how many.
pub fn read(bytes: &mut [u8]) -> usize {
    critical_section::with(|cs| {
        let mut inbox = INBOX_BYTES.borrow_ref_mut(cs);
        let mut count = 0;
        for slot in bytes {
            let Some(byte) = inbox.pop_front() else {
                break;
            };
            *slot = byte;
            count += 1;
        }
        count
    })
}

/// Whether the transmitter takes a byte.
#[must_use]
pub fn has_room() -> bool {
    read_register(STATE) & TX_FULL == 0
}

/// Gives bytes to the transmitter for as long as it takes them; returns how many.
#[must_use]
pub fn write(bytes: &[u8]) -> usize {
    let mut count = 0;
    for byte in bytes {
        if !has_room() {
            break;
        }
        write_register(DATA, (*byte).into());
        count += 1;
    }
    count
}
