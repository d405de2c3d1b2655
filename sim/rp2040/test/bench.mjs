// For the tests: a stock chip, the same with one patch, and small programs in its memory.

import { RP2040 } from 'rp2040js';

export const RAM = 0x20000000;

/** A stock chip that says nothing. */
export function stock() {
  const rp = new RP2040();
  rp.logger = { debug() {}, info() {}, warn() {}, error() {} };
  return rp;
}

/** A chip with these patches. */
export function patched(...patches) {
  const rp = stock();
  for (const patch of patches) patch.apply(rp);
  return rp;
}

/** Puts halfwords into memory and the program counter there. */
export function load(rp, opcodes, at = RAM) {
  opcodes.forEach((opcode, k) => rp.writeUint16(at + 2 * k, opcode));
  rp.core.PC = at;
  rp.core.SP = RAM + 0x8000;
}

/** Carries out so many instructions, with the clock. */
export function steps(rp, count) {
  for (let k = 0; k < count; k++) {
    if (rp.core.waiting) return;
    const cycles = rp.core.executeInstruction();
    rp.clock.tick((cycles * 1e9) / rp.clkSys);
  }
}

/** Sets a vector of the table at the start of memory. */
export function vector(rp, exception, handler) {
  rp.core.VTOR = RAM;
  rp.writeUint32(RAM + 4 * exception, handler | 1);
}

/** Flags as letters. */
export const flags = ({ N, Z, C, V }) =>
  (N ? 'N' : '-') + (Z ? 'Z' : '-') + (C ? 'C' : '-') + (V ? 'V' : '-');
