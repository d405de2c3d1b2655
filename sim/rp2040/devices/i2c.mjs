// What hangs on the I2C bus: depth encoder, accelerometer, cartridge memory.

/** A device with numbered registers and a pointer that moves on. */
class Registers {
  constructor() {
    this.pointer = 0;
    this.isFirst = true;
    this.answers = true;
  }

  connect(isRead) {
    if (!isRead) this.isFirst = true;
    return this.answers;
  }

  write(byte) {
    if (this.isFirst) this.pointer = byte;
    else this.set(this.pointer++, byte);
    this.isFirst = false;
    return true;
  }

  read() {
    return this.get(this.pointer++) & 0xff;
  }

  stop() {}
}

/** A magnetic encoder of the AS5600 class at 0x36: 4096 counts a turn. */
export class Encoder extends Registers {
  constructor() {
    super();
    this.angle = 0;
    this.hasMagnet = true;
  }

  get(register) {
    switch (register) {
      case 0x0b: return this.hasMagnet ? 0x20 : 0x10;
      case 0x0c: case 0x0e: return this.angle >> 8;
      case 0x0d: case 0x0f: return this.angle;
      case 0x1a: return 0x80;
      case 0x1b: return 0x07;
      case 0x1c: return 0xd0;
      default: return 0;
    }
  }

  // Zero and range are left as they are: a pen calibrates by itself.
  set() {}
}

/** An accelerometer of the LIS3DH class at 0x18; a reading in mg on each axis. */
export class Accelerometer extends Registers {
  constructor() {
    super();
    this.mg = [0, 0, 0];
    this.written = new Map();
  }

  connect(isRead) {
    return super.connect(isRead);
  }

  write(byte) {
    if (!this.isFirst) return super.write(byte);
    // The top bit says whether the pointer moves on.
    this.moves = (byte & 0x80) !== 0;
    return super.write(byte & 0x7f);
  }

  read() {
    const value = this.get(this.pointer) & 0xff;
    if (this.moves) this.pointer++;
    return value;
  }

  get isRunning() {
    return (this.control(0x20) & 0xf0) !== 0;
  }

  control(register) {
    return this.written.get(register) ?? (register === 0x20 ? 0x07 : 0);
  }

  axis(index) {
    if (!this.isRunning) return 0;
    const range = [2, 4, 8, 16][(this.control(0x23) >> 4) & 3];
    // Full scale is 16 bits, left-justified. A count of 12 bits is 1, 2, 4 or 12 mg.
    const perCount = range === 16 ? 12 : range / 2;
    const counts = Math.round(this.mg[index] / perCount);
    return Math.max(-2048, Math.min(2047, counts)) * 16;
  }

  get(register) {
    if (register === 0x0f) return 0x33;
    if (register === 0x27) return this.isRunning ? 0x0f : 0;
    if (register >= 0x28 && register <= 0x2d) {
      const value = this.axis((register - 0x28) >> 1);
      return register & 1 ? value >> 8 : value;
    }
    return this.control(register);
  }

  set(register, byte) {
    this.written.set(register, byte);
  }
}

const PAGE = 16;
const WRITE_NS = 5e6;

/** A cartridge memory of the 24C04 class: 512 bytes at 0x50 and 0x51, pages of 16. */
export class Memory {
  constructor(clock) {
    this.clock = clock;
    this.bytes = new Uint8Array(512).fill(0xff);
    this.isThere = false;
    this.isProtected = false;
    this.busyUntil = 0;
    this.pointer = 0;
    /** What was written: place and bytes. */
    this.writes = [];
  }

  /** The half that answers at an address. */
  block(index) {
    let isFirst = true;
    let page = [];
    return {
      connect: (isRead) => {
        if (!this.isThere || this.clock.nanos < this.busyUntil) return false;
        if (isRead) this.pointer = (this.pointer & 0xff) | (index << 8);
        else {
          isFirst = true;
          page = [];
        }
        return true;
      },
      write: (byte) => {
        if (isFirst) this.pointer = (index << 8) | byte;
        else page.push(byte);
        isFirst = false;
        return true;
      },
      read: () => {
        const byte = this.isThere ? this.bytes[this.pointer] : 0xff;
        this.pointer = (this.pointer + 1) % this.bytes.length;
        return byte;
      },
      stop: () => {
        if (page.length) this.program(page);
        page = [];
      },
    };
  }

  program(data) {
    if (!this.isThere || this.isProtected) return;
    const start = this.pointer - (this.pointer % PAGE);
    data.forEach((byte, k) => {
      const at = start + ((this.pointer - start + k) % PAGE);
      this.bytes[at] = byte;
      this.writes.push([at, byte]);
    });
    this.busyUntil = this.clock.nanos + WRITE_NS;
  }
}

/** Puts all three on a bus. */
export function attach(bus, clock) {
  const encoder = new Encoder();
  const accelerometer = new Accelerometer();
  const memory = new Memory(clock);
  const parts = { encoder, accelerometer, memory };
  bus.attach(0x36, parts.encoder);
  bus.attach(0x18, parts.accelerometer);
  bus.attach(0x50, parts.memory.block(0));
  bus.attach(0x51, parts.memory.block(1));
  return parts;
}
