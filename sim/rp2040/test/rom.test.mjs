// The boot ROM, called function by function and from reset. Needs the linked ROM: README.md.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Board } from '../board.mjs';
import * as image from '../image.mjs';

const HERE = fileURLToPath(new URL('../../../target', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? HERE;
const ROM = `${TARGET}/thumbv6m-none-eabi/firmware/pen-bootrom`;
const RAM = 0x20000000, BACK = 0x20030000, STAGE2 = 0x20041f00;
const ID = 0x0123456789abcdefn;
const BKPT = 0xbe;

function rom() {
  assert.ok(existsSync(ROM), `no boot ROM at ${ROM}; build it: ` +
    'cargo build --profile firmware -p pen-bootrom --target thumbv6m-none-eabi');
  return image.read(ROM);
}

/** Checksum of a second stage. */
function crc32(bytes) {
  return bytes.reduce((crc, byte) => {
    crc ^= byte << 24;
    for (let k = 0; k < 8; k++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    return crc;
  }, -1) >>> 0;
}

/** A board whose second stage is these halfwords. */
function board(code, damage = 0) {
  const stage = new Uint8Array(256);
  const view = new DataView(stage.buffer);
  code.forEach((opcode, k) => view.setUint16(2 * k, opcode, true));
  view.setUint32(252, (crc32([...stage.subarray(0, 252)]) ^ damage) >>> 0, true);
  const firmware = { segments: [{ address: 0x10000000, bytes: stage }], symbols: new Map() };
  return new Board({ rom: rom(), firmware, serial: ID, seed: 1 });
}

// mov r0, lr; ldr r1, [pc, #8]; str r0, [r1]; b .; (literal) 0x20000000
const MARK = [0x4670, 0x4902, 0x6008, 0xe7fe, 0xbf00, 0xbf00, 0x0000, 0x2000];

function booted(code = MARK, damage = 0) {
  const one = board(code, damage);
  one.power(true);
  one.chip.rp.sramView.setUint32(0, 0x55555555, true);
  one.run(200e6);
  return one;
}

test('from reset the second stage is loaded, checked and entered with nowhere to return to', () => {
  const one = booted();
  assert.equal(one.chip.stopped, null);
  assert.equal(one.chip.rp.sramView.getUint32(0, true), 0);
  assert.equal(one.chip.core.PC & ~0xff, STAGE2);
  assert.deepEqual(one.trouble, []);
});

test('one that fails its checksum is not entered', () => {
  const one = booted(MARK, 1 << 7);
  assert.equal(one.chip.stopped, 'boot ROM: halt 3');
  assert.equal(one.chip.rp.sramView.getUint32(0, true), 0x55555555);
});

test('a held boot button and a rescue reset end before the flash is looked at', () => {
  const held = board(MARK);
  held.power(true);
  held.chip.rp.qspi[1].setInputValue(false);
  held.run(20e6);
  assert.equal(held.chip.stopped, 'boot ROM: halt 2');
  const rescue = board(MARK);
  rescue.power(true);
  rescue.chip.rp.peripherals[0x40064].registers.set(8, 1 << 24);
  rescue.run(20e6);
  assert.equal(rescue.chip.stopped, 'boot ROM: halt 1');
});

test('a place named in the scratch registers is started at', () => {
  const one = board(MARK);
  one.power(true);
  const { rp } = one.chip;
  rp.writeUint16(RAM + 0x100, 0xe7fe);
  const magic = 0xb007c0d3;
  const entry = RAM + 0x100;
  const scratch = [magic, (entry ^ -magic) >>> 0, RAM + 0x8000, entry];
  scratch.forEach((value, k) => { rp.peripherals[0x40058].scratchData[4 + k] = value; });
  one.run(1e6);
  assert.equal(rp.core.PC & ~0xf, entry);
  assert.equal(rp.core.SP, RAM + 0x8000);
  assert.equal(rp.peripherals[0x40058].scratchData[4], 0, 'once only');
});

/** Address behind a code of the function table, by the ROM's own lookup. */
function lookup(one, code, table = 0x14) {
  const { rp } = one.chip;
  const number = code.charCodeAt(0) | (code.charCodeAt(1) << 8);
  return call(one, rp.readUint16(0x18), rp.readUint16(table), number);
}

/** Calls a function as a program would. */
function call(one, address, ...given) {
  const { chip } = one;
  const { core } = chip;
  given.forEach((value, k) => { core.registers[k] = value; });
  core.LR = BACK | 1;
  core.SP = RAM + 0x20000;
  core.PC = address & ~1;
  chip.stopped = null;
  for (let k = 0; k < 2_000_000; k++) {
    if ((core.PC & ~1) === BACK) return core.registers[0] >>> 0;
    chip.run(chip.clock.nanos + 1);
    assert.equal(chip.stopped, null);
  }
  throw new Error('it does not return');
}

test('the table has what a pen calls, and nothing stands for the rest', () => {
  const one = booted();
  const codes = 'P3 R3 L3 T3 MS S4 MC C4 IF EX RE RP FC CX'.split(' ');
  for (const code of codes) assert.equal(lookup(one, code) & 1, 1, code);
  for (const code of ['UB', 'WV', 'DT', 'DE', 'xx']) assert.equal(lookup(one, code), 0, code);
  for (const code of ['SF', 'SD', 'FS', 'FE']) assert.equal(lookup(one, code, 0x16), 0, code);
  assert.equal(one.chip.rp.readUint32(0x10), 0x0201754d);
});

test('the bit functions count', () => {
  const one = booted();
  const cases = [['P3', 0xf00f, 8], ['R3', 1, 0x80000000], ['R3', 0x12345678, 0x1e6a2c48],
    ['L3', 0x00010000, 15], ['L3', 0, 32], ['T3', 0x00010000, 16], ['T3', 0, 32]];
  for (const [code, value, right] of cases) {
    assert.equal(call(one, lookup(one, code), value), right, code);
  }
});

test('the memory functions fill and copy, at every alignment', () => {
  const one = booted();
  const { sram } = one.chip.rp;
  const cases = [[0x400, 0x500, 64], [0x401, 0x502, 33], [0x403, 0x503, 1], [0x400, 0x500, 0]];
  for (const [from, to, count] of cases) {
    sram.fill(0, 0x400, 0x600);
    sram.set(Array.from({ length: count }, (_, k) => k + 1), from);
    assert.equal(call(one, lookup(one, 'MC'), RAM + to, RAM + from, count), RAM + to);
    assert.deepEqual(sram.slice(to, to + count), sram.slice(from, from + count));
    assert.deepEqual([sram[to - 1], sram[to + count]], [0, 0]);
    assert.equal(call(one, lookup(one, 'MS'), RAM + to, 0xa5, count), RAM + to);
    assert.ok(sram.slice(to, to + count).every((byte) => byte === 0xa5));
    assert.deepEqual([sram[to - 1], sram[to + count]], [0, 0]);
  }
});

/** Leaves memory accesses, does something, and comes back to them. */
function programming(one, work) {
  for (const code of ['IF', 'EX']) call(one, lookup(one, code));
  assert.equal(one.chip.rp.readUint8(0x10000000), BKPT, 'no memory meanwhile');
  const seen = work();
  for (const code of ['FC', 'CX']) call(one, lookup(one, code));
  return seen;
}

test('the flash functions erase and program what they are told, and nothing else', () => {
  const one = booted();
  const { rp } = one.chip;
  const { nor } = one;
  nor.bytes.fill(0, 0x100000, 0x120000);
  rp.sram.set(Array.from({ length: 512 }, (_, k) => (k * 7) & 0xff), 0x1000);
  programming(one, () => {
    call(one, lookup(one, 'RE'), 0x101000, 0x2000, 1 << 31, 0);
    call(one, lookup(one, 'RE'), 0x110000, 0x11000 - 0x1000, 0x10000, 0xd8);
    call(one, lookup(one, 'RP'), 0x101100, RAM + 0x1000, 512);
  });
  assert.deepEqual(nor.trouble, []);
  assert.deepEqual(nor.log.map(({ kind, at, length }) => [kind, at, length]), [
    [2, 0x101000, 4096], [2, 0x102000, 4096], [2, 0x110000, 65536],
    [1, 0x101100, 256], [1, 0x101200, 256],
  ]);
  assert.deepEqual([nor.bytes[0x100fff], nor.bytes[0x101000], nor.bytes[0x103000]], [0, 0xff, 0]);
  for (let k = 0; k < 512; k++) assert.equal(rp.readUint8(0x10101100 + k), (k * 7) & 0xff);
});

test('no function leaves the chip select held', () => {
  const one = booted();
  const { rp } = one.chip;
  rp.sram.fill(0xff, 0x1000, 0x1100);
  for (const [code, ...given] of [['IF'], ['EX'], ['RE', 0x101000, 0x1000, 1 << 31, 0],
    ['RP', 0x101000, RAM + 0x1000, 256], ['EX'], ['FC'], ['CX']]) {
    call(one, lookup(one, code), ...given);
    assert.equal((rp.readUint32(0x4001800c) >> 8) & 3, 0, code);
    assert.equal(one.nor.selected, false, code);
  }
});

test('serial mode is reached out of a continuous read', () => {
  const one = booted();
  one.nor.continuous = true;
  programming(one, () => {
    assert.equal(one.nor.continuous, false);
    // What embassy-rp does next: the mode that receives after sending, on top of what it finds.
    const { rp } = one.chip;
    const SSI = 0x18000000;
    rp.writeUint32(SSI + 8, 0);
    rp.writeUint32(SSI, rp.readUint32(SSI) | 0x300);
    rp.writeUint32(SSI + 4, 11);
    rp.writeUint32(SSI + 8, 1);
    rp.writeUint8(SSI + 0x60, 0x4b);
    const bytes = [];
    for (let k = 0; k < 1_000 && bytes.length < 12; k++) {
      rp.clock.tick(1_000);
      if (rp.readUint32(SSI + 0x28) & 8) bytes.push(rp.readUint8(SSI + 0x60));
    }
    const id = bytes.slice(4).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    assert.equal(id, ID);
  });
});
