// Reads the first up-buffer of SEGGER RTT out of the chip's memory, as a debugger does: what
// defmt-rtt writes.

const MAGIC = [...'SEGGER RTT'].map((letter) => letter.charCodeAt(0));
const RAM = 0x20000000;
const UP = 24;
/** How often memory is searched for the control block, when no symbol says where it is. */
const SEARCH_NS = 20e6;

export class Rtt {
  constructor(rp, address) {
    this.rp = rp;
    this.at = address === undefined ? null : address - RAM;
    this.searched = -SEARCH_NS;
  }

  isAt(at) {
    return MAGIC.every((byte, k) => this.rp.sram[at + k] === byte);
  }

  find() {
    const { rp } = this;
    if (this.at !== null) return this.isAt(this.at) ? this.at : null;
    if (rp.clock.nanos - this.searched < SEARCH_NS) return null;
    this.searched = rp.clock.nanos;
    for (let at = 0; at < rp.sram.length - 48; at += 4) {
      if (rp.sram[at] === MAGIC[0] && this.isAt(at)) {
        this.at = at;
        return at;
      }
    }
    return null;
  }

  /** What was written since last asked. */
  take() {
    const at = this.find();
    if (at === null) return [];
    const view = this.rp.sramView;
    const buffer = view.getUint32(at + UP + 4, true) - RAM;
    const size = view.getUint32(at + UP + 8, true);
    const write = view.getUint32(at + UP + 12, true);
    let read = view.getUint32(at + UP + 16, true);
    const isSound = buffer >= 0 && buffer + size <= this.rp.sram.length;
    if (!isSound || write >= size || read >= size) return [];
    const bytes = [];
    for (; read !== write; read = (read + 1) % size) bytes.push(this.rp.sram[buffer + read]);
    view.setUint32(at + UP + 16, read, true);
    return bytes;
  }
}
