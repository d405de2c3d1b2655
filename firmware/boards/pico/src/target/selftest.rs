//! Tests at power-up: is the image whole, does the memory work (TEST-001).

use pen_pico::header::{Defect, Header, LEN, UNPACKED};
use pen_pico::map::{RAM_END, RAM_START};
use pen_pico::march::{self, Words};

/// The header that `pen-image` fills in.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".pen_header")]
#[used]
static PEN_IMAGE_HEADER: Aligned = Aligned(UNPACKED);

/// Whole words, as the tool that packs the image wants them.
#[repr(C, align(4))]
struct Aligned([u8; LEN]);

/// The image's header, and whether the image is whole.
pub(crate) fn image() -> (Option<Header>, Result<(), Defect>) {
    let place = &raw const PEN_IMAGE_HEADER;
    // SAFETY: a static of that type; volatile, because what the linker put there was replaced.
    let bytes = unsafe { place.read_volatile() };
    let at = u32::try_from(place.addr()).unwrap_or(0);
    let header = match Header::read(&bytes.0, at) {
        Ok(header) => header,
        Err(defect) => return (None, Err(defect)),
    };
    let len = usize::try_from(header.end - header.start).unwrap_or(0);
    let start = core::ptr::with_exposed_provenance::<u8>(header.start as usize);
    // SAFETY: `Header::read` has made sure that both ends lie in the flash, in this order; it is
    // readable for as long as the processor runs and nobody writes to the image.
    let image = unsafe { core::slice::from_raw_parts(start, len) };
    let verdict = header.check(at, image);
    (Some(header), verdict)
}

/// Bytes above and below the stack pointer that are in use while the test runs.
const OWN_STACK: u32 = 1_024;

/// Tests all memory but the part of the stack that the test itself stands on.
///
/// To be called before anything else runs: it takes tens of milliseconds, and what an interrupt left
/// in its part of the stack would be tested under its feet.
pub(crate) fn memory() -> bool {
    let top = cortex_m::register::msp::read();
    let alone = |test: &mut dyn FnMut()| critical_section::with(|_| test());
    let mut below = Range::new(RAM_START, top.saturating_sub(OWN_STACK));
    let mut above = Range::new(top.saturating_add(OWN_STACK), RAM_END);
    // Both, whatever the first one says.
    let both = [
        march::works(&mut below, alone),
        march::works(&mut above, alone),
    ];
    both == [true, true]
}

/// Memory from one address to another.
struct Range {
    start: u32,
    words: usize,
}

impl Range {
    fn new(start: u32, end: u32) -> Self {
        let start = start.next_multiple_of(4);
        let words = usize::try_from(end.saturating_sub(start) / 4).unwrap_or(0);
        Self { start, words }
    }

    fn place(&self, place: usize) -> *mut u32 {
        core::ptr::with_exposed_provenance_mut(self.start as usize + 4 * place)
    }
}

impl Words for Range {
    fn len(&self) -> usize {
        self.words
    }

    fn read(&self, place: usize) -> u32 {
        // SAFETY: memory of this chip, whole words; no interrupt and no second core reads or writes
        // it meanwhile, and the test's own variables lie outside.
        unsafe { self.place(place).read_volatile() }
    }

    fn write(&mut self, place: usize, word: u32) {
        // SAFETY: as in `read`; every word is put back before anybody else looks at it.
        unsafe { self.place(place).write_volatile(word) }
    }
}
