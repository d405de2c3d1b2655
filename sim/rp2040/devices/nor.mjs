// The flash chip: a serial NOR of the W25Q16 class, 2 MiB.
//
// Programming clears bits, erasing sets a block, both take their time, and while one is under way
// the chip answers nothing but its status. Power can fail in the middle of either. What a cut
// leaves behind is drawn from the kinds that `sim/src/flash.rs` draws from.

export const SIZE = 2 * 1024 * 1024;
const PAGE = 256;

/** Typical times of the class (ns); the first two are those of `sim/src/flash.rs`. */
export const TIMES = {
  program: 700_000,
  0x20: 45_000_000,
  0x52: 120_000_000,
  0xd8: 150_000_000,
  0xc7: 5_000_000_000,
  0x60: 5_000_000_000,
  status: 10_000_000,
};
const BLOCKS = { 0x20: 4096, 0x52: 32768, 0xd8: 65536, 0xc7: SIZE, 0x60: SIZE };
const JEDEC = [0xef, 0x40, 0x15];

export class Nor {
  /** `clock` tells the time; `id` is the 64-bit unique id as a BigInt. */
  constructor(clock, bytes, id) {
    this.clock = clock;
    this.bytes = bytes;
    this.id = new Uint8Array(8);
    new DataView(this.id.buffer).setBigUint64(0, id);
    this.busyUntil = 0;
    this.writeEnabled = false;
    this.status1 = 0;
    this.status2 = 2; // QE: data lines 2 and 3 are data lines
    /** The next transaction begins with an address on four lines, not with a command. */
    this.continuous = false;
    this.asleep = false;
    this.command = null;
    this.selected = false;
    /** Erases and programs, each once it has begun: kind, at, length, from, to (ns). */
    this.log = [];
    this.trouble = [];
    /** Operations until power fails, what is left and who is told. */
    this.cut = null;
    this.onPowerFail = () => {};
  }

  get busy() {
    return this.clock.nanos < this.busyUntil;
  }

  select() {
    this.selected = true;
    this.command = null;
    this.count = 0;
    this.payload = [];
  }

  deselect() {
    if (!this.selected) return;
    this.selected = false;
    this.finish();
  }

  /** One byte on one line each way. */
  exchange(byte) {
    if (!this.selected) return 0xff;
    const place = this.count++;
    if (this.continuous) {
      // Eight clocks are six of address and two of mode; the mode's fourth bit is on line 0 at the
      // seventh. Set, it ends the continuous mode.
      if (place === 0 && byte & 2) this.continuous = false;
      return 0xff;
    }
    if (place === 0) {
      this.begin(byte);
      return 0xff;
    }
    return this.answer(place, byte);
  }

  begin(command) {
    const isStatus = command === 0x05 || command === 0x35;
    if (this.busy && !isStatus) {
      this.trouble.push(`flash: command ${command.toString(16)} while busy`);
      this.command = null;
    } else if (this.asleep && command !== 0xab) this.command = null;
    else this.command = command;
  }

  answer(place, byte) {
    switch (this.command) {
      case 0x05: return this.status1 | (this.busy ? 1 : 0) | (this.writeEnabled ? 2 : 0);
      case 0x35: return this.status2;
      case 0x9f: return JEDEC[(place - 1) % 3];
      case 0x4b: return place > 4 ? this.id[(place - 5) % 8] : 0xff;
      case 0x90: return place > 3 ? [JEDEC[0], 0x14][(place - 4) % 2] : 0xff;
      case 0x03: return this.read(place, byte, 3);
      case 0x0b: return this.read(place, byte, 4);
      default:
        this.payload.push(byte);
        return 0xff;
    }
  }

  read(place, byte, header) {
    if (place <= header) {
      this.payload.push(byte);
      return 0xff;
    }
    const at = this.address + place - header - 1;
    return this.bytes[at % SIZE];
  }

  get address() {
    const [high, middle, low] = this.payload;
    return ((high << 16) | (middle << 8) | low) % SIZE;
  }

  /** A read on four lines with its address and mode byte. */
  quadRead(command, addressAndMode) {
    if (this.busy || this.asleep || !(this.status2 & 2)) {
      this.trouble.push('flash: a read on four lines while busy, asleep or not set up for it');
      return 0xffffffff;
    }
    if (command !== undefined && command !== 0xeb) {
      this.trouble.push(`flash: command ${command.toString(16)} is no read on four lines`);
      return 0xffffffff;
    }
    if (command === undefined && !this.continuous) {
      this.trouble.push('flash: a read without a command, but not in continuous mode');
      return 0xffffffff;
    }
    this.continuous = ((addressAndMode >> 4) & 3) === 2;
    const at = (addressAndMode >>> 8) % SIZE;
    return new DataView(this.bytes.buffer).getUint32(Math.min(at, SIZE - 4));
  }

  finish() {
    const { command, payload } = this;
    this.command = null;
    switch (command) {
      case 0x06: this.writeEnabled = true; return;
      case 0x04: this.writeEnabled = false; return;
      case 0xb9: this.asleep = true; return;
      case 0xab: this.asleep = false; return;
      case 0x01: return this.writeStatus(payload[0], payload[1] ?? this.status2);
      case 0x31: return this.writeStatus(this.status1, payload[0]);
      case 0x02: return this.operate('program', payload.length > 3, () => this.program());
      case 0x20: case 0x52: case 0xd8:
        return this.operate(command, payload.length === 3, () => this.erase(BLOCKS[command]));
      case 0xc7: case 0x60:
        return this.operate(command, true, () => this.erase(SIZE));
    }
  }

  writeStatus(first, second) {
    if (!this.writeEnabled || first === undefined || second === undefined) return;
    this.status1 = first & 0xfc;
    this.status2 = second & 0x7b;
    this.writeEnabled = false;
    this.busyUntil = this.clock.nanos + TIMES.status;
  }

  operate(kind, isWhole, work) {
    if (!this.writeEnabled || !isWhole) {
      this.trouble.push(`flash: ${kind} without write enable, or cut short`);
      return;
    }
    this.writeEnabled = false;
    const from = this.clock.nanos;
    this.busyUntil = from + TIMES[kind];
    const [at, length, change] = work();
    const entry = { kind: kind === 'program' ? 1 : 2, at, length, from, to: this.busyUntil };
    this.log.push(entry);
    if (this.cut && this.cut.after-- === 0) {
      const { how, seed } = this.cut;
      this.cut = null;
      this.damage(entry, change, how, seed);
    } else change();
  }

  program() {
    const at = this.address;
    const data = this.payload.slice(3);
    const page = at - (at % PAGE);
    // More than a page wraps around inside it, as the part does.
    const places = data.map((_, k) => page + ((at - page + k) % PAGE));
    return [at, data.length, (upTo = data.length, ragged = () => 0) => {
      data.forEach((byte, k) => {
        if (k < upTo) this.bytes[places[k]] &= byte;
        else this.bytes[places[k]] &= byte | ragged();
      });
    }];
  }

  erase(block) {
    const at = block === SIZE ? 0 : this.address - (this.address % block);
    return [at, block, () => this.bytes.fill(0xff, at, at + block)];
  }

  /** Power fails in the middle: what is left depends on how far it was. */
  damage(entry, change, how, seed) {
    let state = (seed ^ 0x6d2b79f5) >>> 0 || 1;
    const chance = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 0;
    };
    const { at, length } = entry;
    const bytes = this.bytes.subarray(at, at + length);
    const share = chance() % (length + 1);
    if (entry.kind === 1) {
      // Bits beyond the front are cleared only in part; a whole ragged page if asked for.
      const upTo = how === 1 ? 0 : share;
      let isNext = true;
      change(upTo, () => {
        const kept = how === 1 || isNext ? chance() & 0xff : 0xff;
        isNext = false;
        return kept;
      });
    } else {
      switch (chance() % 6) {
        case 0: break;
        case 1: bytes.fill(0xff, 0, share); break;
        case 2: bytes.fill(0xff, share); break;
        case 3: bytes.forEach((_, k) => { bytes[k] |= chance() & 0xff; }); break;
        case 4: bytes.fill(0xff); bytes[share % length] &= chance() & 0xff; break;
        default: bytes.fill(0, 0, share);
      }
    }
    const span = entry.to - entry.from;
    entry.to = entry.from + span * ((chance() % 1000) / 1000);
    this.busyUntil = entry.to;
    this.onPowerFail(entry.to);
  }
}
