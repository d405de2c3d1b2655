// The serial interface to the flash, the chip select's override, and memory that is only there
// while both are set up for it.
//
// Stock rp2040js 1.4.1 has a register stub: every command of the boot ROM and of the program is
// lost, erase and program change nothing, the unique id cannot be read, and code runs from flash
// whatever state the chip is in. Here, while the interface is not set up for memory accesses or the
// chip is busy, the flash window reads as a breakpoint, so that a program that runs from it then
// fails as it would on the board.

import { BasePeripheral } from 'rp2040js';

const CTRLR0 = 0x00, CTRLR1 = 0x04, SSIENR = 0x08, SER = 0x10, BAUDR = 0x14;
const TXFLR = 0x20, RXFLR = 0x24, SR = 0x28, IDR = 0x58, VERSION = 0x5c, DR0 = 0x60, DR35 = 0xec;
const SPI_CTRLR0 = 0xf4;
const DEPTH = 16;
const SS_CTRL = 0x0c;
const WINDOW = 16 * 1024 * 1024;
/** BKPT 0xbe in every halfword. */
const POISON = 0xbe;

const poison = new Uint8Array(WINDOW).fill(POISON);
const poisonView = new DataView(poison.buffer);

class Ssi extends BasePeripheral {
  constructor(rp, nor) {
    super(rp, 'SSI');
    this.nor = nor;
    this.registers = new Map([[IDR, 0x51535049], [VERSION, 0x3430312a]]);
    this.transmit = [];
    this.receive = [];
    /** Frames still to be received in receive-after-send mode. */
    this.toReceive = 0;
    this.readyAt = 0;
    this.override = 0;
  }

  get(offset) {
    return this.registers.get(offset) ?? 0;
  }

  get enabled() {
    return (this.get(SSIENR) & 1) !== 0;
  }

  get frameBits() {
    return ((this.get(CTRLR0) >> 16) & 0x1f) + 1;
  }

  get receivesAfterSending() {
    return ((this.get(CTRLR0) >> 8) & 3) === 3;
  }

  get lines() {
    return [1, 2, 4, 1][(this.get(CTRLR0) >> 21) & 3];
  }

  get instructionBits() {
    return [0, 4, 8, 16][(this.get(SPI_CTRLR0) >> 8) & 3];
  }

  get frameNs() {
    const divider = Math.max(2, this.get(BAUDR) & 0xfffe);
    return ((this.frameBits / this.lines) * divider * 1e9) / this.rp2040.clkSys;
  }

  /** Shifts whatever has had the time to be shifted. */
  advance() {
    const now = this.rp2040.clock.nanos;
    while (this.shifting && this.readyAt <= now) {
      this.shift();
      this.readyAt = this.shifting ? Math.max(this.readyAt, now - this.frameNs) + this.frameNs : 0;
    }
  }

  get shifting() {
    return this.enabled && this.get(SER) & 1 && (this.transmit.length > 0 || this.toReceive > 0);
  }

  push(value) {
    this.advance();
    if (!this.enabled || this.transmit.length >= DEPTH) return;
    const wasIdle = !this.shifting;
    this.transmit.push(value >>> 0);
    if (wasIdle && this.shifting) this.readyAt = this.rp2040.clock.nanos + this.frameNs;
  }

  shift() {
    if (this.override === 0) this.nor.selected || this.nor.select();
    if (this.lines === 4) return this.shiftQuad();
    const isSending = this.transmit.length > 0;
    const frame = isSending ? this.transmit.shift() : 0;
    let answer = 0;
    for (let bit = this.frameBits - 8; bit >= 0; bit -= 8) {
      answer = ((answer << 8) | this.nor.exchange((frame >>> bit) & 0xff)) >>> 0;
    }
    if (!this.receivesAfterSending) this.keep(answer);
    else if (!isSending) {
      this.toReceive -= 1;
      this.keep(answer);
    } else if (this.transmit.length === 0) this.toReceive = this.get(CTRLR1) + 1;
    if (!this.shifting && this.override === 0) this.nor.deselect();
  }

  shiftQuad() {
    const needed = this.instructionBits ? 2 : 1;
    if (this.transmit.length < needed) return;
    const command = this.instructionBits ? this.transmit.shift() : undefined;
    this.keep(this.nor.quadRead(command, this.transmit.shift()));
    this.nor.command = null;
    this.nor.selected = false;
  }

  keep(value) {
    if (this.receive.length < DEPTH) this.receive.push(value);
  }

  hold(override) {
    this.advance();
    this.override = override;
    if (override === 2) {
      if (!this.nor.selected) this.nor.select();
    } else this.nor.deselect();
  }

  /** Whether a memory access to the flash works now. */
  get isMemory() {
    if (!this.enabled || !this.receivesAfterSending || this.nor.busy || this.override !== 0) {
      return false;
    }
    const command = this.get(SPI_CTRLR0) >>> 24;
    if (this.lines === 4) {
      if (this.instructionBits === 0) return this.nor.continuous && (command & 0x30) === 0x20;
      return command === 0xeb && !this.nor.continuous;
    }
    const isRead = command === 0x03 || command === 0x0b;
    return this.lines === 1 && this.instructionBits === 8 && isRead && !this.nor.continuous;
  }

  /** Lets the flash window show the flash, or what is there instead. */
  map() {
    const rp = this.rp2040;
    if (this.isMemory) {
      rp.flash = rp.flashBytes;
      rp.flashView = rp.flashBytesView;
    } else {
      rp.flash = poison;
      rp.flashView = poisonView;
    }
  }

  readUint32(offset) {
    this.advance();
    if (offset >= DR0 && offset <= DR35) return this.receive.shift() ?? 0;
    switch (offset) {
      case TXFLR: return this.transmit.length;
      case RXFLR: return this.receive.length;
      case SR:
        return (this.shifting ? 1 : 0) | (this.transmit.length < DEPTH ? 2 : 0) |
          (this.transmit.length === 0 ? 4 : 0) | (this.receive.length > 0 ? 8 : 0) |
          (this.receive.length === DEPTH ? 16 : 0);
      default: return this.get(offset);
    }
  }

  writeUint32(offset, value) {
    if (offset >= DR0 && offset <= DR35) {
      this.push(this.frameBits >= 32 ? value : value & ((1 << this.frameBits) - 1));
      return;
    }
    this.advance();
    this.registers.set(offset, value >>> 0);
    if (offset === SSIENR && !(value & 1)) {
      this.transmit.length = 0;
      this.receive.length = 0;
      this.toReceive = 0;
      if (this.override === 0) this.nor.deselect();
    }
    this.map();
  }
}

/** `nor` is what is soldered to the flash pins; see `devices/nor.mjs`. */
export function apply(rp, nor) {
  rp.flashBytes = new Uint8Array(WINDOW).fill(0xff);
  rp.flashBytesView = new DataView(rp.flashBytes.buffer);
  rp.flashBytes.set(nor.bytes);
  // The chip and the window are the same bytes.
  nor.bytes = rp.flashBytes.subarray(0, nor.bytes.length);
  const ssi = new Ssi(rp, nor);
  rp.peripherals[0x18000] = ssi;
  rp.ssi = ssi;
  const pins = rp.peripherals[0x40018];
  const write = pins.writeUint32.bind(pins);
  pins.writeUint32 = (offset, value) => {
    write(offset, value);
    if (offset !== SS_CTRL) return;
    ssi.hold((value >> 8) & 3);
    ssi.map();
  };
  ssi.map();
}
