// What the true way from reset looks at and stock rp2040js 1.4.1 does not have.
//
// Stock: CHIP_RESET, VREG, ROSC, the XIP cache's control and the flash pins' control read as all
// ones, which says "rescue reset", "random bit always set", "a background read is under way"; the
// flash pads begin with their inputs off, so that the chip select reads low, which says "boot
// button held". The log is printed where the rig's own bytes go.

import { BasePeripheral } from 'rp2040js';

/** Registers that read back what was written, with a value after reset. */
class Plain extends BasePeripheral {
  constructor(rp, name, reset) {
    super(rp, name);
    this.registers = new Map(Object.entries(reset).map(([at, value]) => [Number(at), value]));
  }

  readUint32(offset) {
    return this.registers.get(offset) ?? 0;
  }

  writeUint32(offset, value) {
    this.registers.set(offset, value >>> 0);
  }
}

const CHIP_RESET = 0x08;
const HAD_POWER_ON = 1 << 8;
const HAD_RUN_PIN = 1 << 16;

/** Voltage regulator and chip resets. */
class ChipReset extends Plain {
  writeUint32(offset, value) {
    // The reset flags are not for software, but for the debugger's one.
    if (offset !== CHIP_RESET) super.writeUint32(offset, value);
  }
}

const RANDOM_BIT = 0x1c;

/** Ring oscillator; its random bits come from a seed. */
class RingOscillator extends Plain {
  constructor(rp, name, reset, seed) {
    super(rp, name, reset);
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  readUint32(offset) {
    if (offset !== RANDOM_BIT) return super.readUint32(offset);
    // xorshift32
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return (this.state >>> 16) & 1;
  }
}

const XIP_STAT = 0x08;
const XIP_READY = 0b11;

/** Reset values of the flash pads: inputs on, the chip select pulled up. */
const QSPI_PADS = [0x56, 0x5a, 0x52, 0x52, 0x52, 0x52];

/** Says what the emulated program does wrong, instead of printing it. */
class Log {
  constructor() {
    this.lines = [];
    this.faults = [];
  }

  debug() {}
  info() {}

  warn(name, message) {
    if (/invalid memory address|undefined address|not implemented yet/.test(message)) {
      this.faults.push(message);
    }
    this.lines.push(`${name}: ${message}`);
  }

  error(name, message) {
    this.faults.push(message);
    this.lines.push(`${name}: ${message}`);
  }
}

/** Causes as the chip's own registers tell them. */
export const CAUSES = {
  power: HAD_POWER_ON,
  brownOut: HAD_POWER_ON,
  pin: HAD_RUN_PIN,
  watchdog: 0,
};

/** Reset values: no function chosen; oscillator running, awake, its frequency stable. */
const IO_QSPI = { 0x04: 0x1f, 0x0c: 0x1f, 0x14: 0x1f, 0x1c: 0x1f, 0x24: 0x1f, 0x2c: 0x1f };
const ROSC = { 0x00: 0xaa0, 0x0c: 0x77616b65, 0x10: 0xab0, 0x18: 0x80001000 };

export function apply(rp, { cause = 'power', seed = 1 } = {}) {
  rp.logger = new Log();
  const add = (key, part) => {
    rp.peripherals[key] = part;
  };
  add(0x14000, new Plain(rp, 'XIP_CTRL', { 0x00: 3, [XIP_STAT]: XIP_READY }));
  add(0x40018, new Plain(rp, 'IO_QSPI', IO_QSPI));
  add(0x40060, new RingOscillator(rp, 'ROSC', ROSC, seed));
  const reset = { 0x00: 0xb1, 0x04: 0x91, [CHIP_RESET]: CAUSES[cause] };
  add(0x40064, new ChipReset(rp, 'VREG_AND_CHIP_RESET', reset));
  rp.qspi.forEach((pin, k) => {
    pin.padValue = QSPI_PADS[k];
  });
}
