// Board, wire and images, without any firmware.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Board, HOLD_NS, PIN } from '../board.mjs';
import { SIZE } from '../devices/nor.mjs';
import * as image from '../image.mjs';
import { answer } from '../rig.mjs';
import { Reader, Writer } from '../wire.mjs';

const RAM = 0x20000000;

/** A ROM of a vector table and this program at 0x100. */
function romOf(code) {
  const bytes = new Uint8Array(0x400);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, RAM + 0x8000, true);
  view.setUint32(4, 0x101, true);
  view.setUint32(12, 0x201, true);
  code.forEach((opcode, k) => view.setUint16(0x100 + 2 * k, opcode, true));
  view.setUint16(0x200, 0xe7fe, true);
  return { segments: [{ address: 0, bytes }], symbols: new Map() };
}

const NOTHING = { segments: [], symbols: new Map() };

function boardOf(code) {
  const board = new Board({ rom: romOf(code), firmware: NOTHING, serial: 5n, seed: 1 });
  board.power(true);
  return board;
}

const WAIT = [0xbf30, 0xe7fd]; // wfi; b .-2

test('time passes exactly as told, power or not', () => {
  const board = boardOf(WAIT);
  board.run(1_500_000);
  assert.ok(board.nanos >= 1_500_000 && board.nanos < 1_501_000);
  board.power(false);
  board.run(3e6);
  assert.equal(board.nanos, 3e6);
  board.power(true);
  board.run(4e6);
  assert.ok(Math.abs(board.nanos - 4e6) < 1_000);
});

test('a watchdog reset keeps scratch and flash, and tells its cause; power does not', () => {
  const board = boardOf(WAIT);
  board.nor.bytes[7] = 0x11;
  const dog = () => board.chip.watchdog;
  dog().scratchData[1] = 77;
  board.chip.rp.writeUint32(0x40058004, 2_000);
  board.chip.rp.writeUint32(0x40058000, 1 << 30);
  board.chip.rp.writeUint32(0xd0000010, 1 << 4);
  board.run(3e6);
  assert.deepEqual(board.resets.map(([cause]) => cause), [1]);
  assert.ok(Math.abs(board.resets[0][1] - 1e6) < 1_000);
  assert.deepEqual([dog().scratchData[1], dog().reason], [77, 1]);
  assert.equal(board.chip.rp.readUint32(0xd0000010), 0, 'pins as after reset');
  assert.equal(board.nor.bytes[7], 0x11);
  board.chip.rp.writeUint32(0x40058000, 2 ** 31);
  board.run(4e6);
  assert.deepEqual([board.resets[1][0], dog().reason], [2, 2]);
  board.power(true);
  assert.deepEqual([dog().scratchData[1], dog().reason], [0, 0]);
  assert.equal(board.chip.rp.readUint32(0x40064008), 1 << 8);
});

test('a hung processor carries out nothing until its time is over', () => {
  const board = boardOf([0x3001, 0xe7fd]); // adds r0, #1; b .-2
  board.run(1e6);
  const before = board.chip.core.registers[0];
  assert.ok(before > 1_000);
  board.hang(2e6);
  board.run(3e6 - 100);
  assert.equal(board.chip.core.registers[0], before);
  board.run(4e6);
  assert.ok(board.chip.core.registers[0] > before);
});

test('power that fails ends the chip at that moment', () => {
  const board = boardOf(WAIT);
  board.nor.onPowerFail(1_234_000);
  board.run(3e6);
  assert.equal(board.isPowered, false);
  assert.deepEqual(board.resets.map(([cause]) => cause), [4]);
  assert.ok(Math.abs(board.resets[0][1] - 1_234_000) < 1_000);
});

/** Pins as outputs of the SIO, with a rising edge on GP5 when told. */
function driving(board) {
  const { rp } = board.chip;
  for (const index of [PIN.enable, PIN.tick, PIN.supply]) {
    rp.writeUint32(0x40014004 + 8 * index, 5);
    rp.writeUint32(0xd0000024, 1 << index);
  }
  const write = (register) => (index) => rp.writeUint32(register, 1 << index);
  const [high, low] = [write(0xd0000014), write(0xd0000018)];
  return { high, low, pulse: () => { low(PIN.tick); high(PIN.tick); } };
}

test('the second switch is closed while its pin is high and pulses come', () => {
  const board = boardOf(WAIT);
  const { high, low, pulse } = driving(board);
  const seen = () => board.supplied.map(([at, level]) => [Math.round(at / 1e5) / 10, level]);
  high(PIN.supply);
  board.run(1e6);
  assert.deepEqual(seen(), [], 'a level alone closes nothing');
  pulse();
  for (let ms = 2; ms <= 10; ms++) {
    board.run(1e6 * ms);
    pulse();
  }
  assert.deepEqual(seen(), [[1, true]]);
  // The last pulse was at 10 ms; the tick's pin stays high.
  board.run(20e6);
  assert.deepEqual(seen(), [[1, true], [10 + HOLD_NS / 1e6, false]]);
  pulse();
  board.run(21e6);
  low(PIN.supply);
  assert.deepEqual(seen().slice(2), [[20, true], [21, false]]);
  pulse();
  high(PIN.supply);
  board.run(22e6);
  assert.ok(Math.abs(board.takeSupply() - 16e6) < 5_000);
  board.power(false);
  assert.deepEqual(seen().slice(4), [[21, true], [22, false]], 'without power it opens');
  assert.equal(board.isSupplied, false);
});

test('a hung or reset processor lets the second switch go', () => {
  const board = boardOf(WAIT);
  const { high, pulse } = driving(board);
  high(PIN.supply);
  pulse();
  board.hang(1e9);
  board.run(4.9e6);
  assert.equal(board.isSupplied, true);
  board.run(5.1e6);
  assert.equal(board.isSupplied, false);
  board.power(true, 'watchdog');
  board.run(6e6);
  assert.equal(board.isSupplied, false, 'its pin is an input again');
});

test('hall edges come at their times', () => {
  const board = boardOf(WAIT);
  const seen = [];
  for (const index of [6, 7]) {
    const pin = board.chip.rp.gpio[index];
    const apply = pin.setInputValue;
    let last = false;
    pin.setInputValue = (value) => {
      if (value !== last) seen.push([index, value, Math.round(board.nanos / 1e4)]);
      last = value;
      apply(value);
    };
  }
  board.run(1e6, [[200_000, 1], [700_000, 3]]);
  board.run(2e6, [[1_100_000, 2]]);
  assert.deepEqual(seen, [[6, true, 20], [7, true, 70], [6, false, 110]]);
});

test('executing what the bus refuses is a fault', () => {
  const board = boardOf([0x4800, 0x4700, 0x0000, 0x1000]); // ldr r0, =0x10000000; bx r0
  board.run(1e6);
  assert.match(board.trouble.join(), /fault: breakpoint 190/);
});

function asked(board, kind, fill = () => {}) {
  const writer = new Writer();
  writer.u8(kind);
  fill(writer);
  return answer(board, writer.body.slice());
}

test('messages are read whole or refused', () => {
  const board = boardOf(WAIT);
  assert.deepEqual([...asked(board, 1, (w) => w.u16(2))], [1, 2, 0]);
  assert.throws(() => asked(board, 1, (w) => w.u16(1)), /version 2, not 1/);
  assert.throws(() => asked(board, 1), /ends too soon/);
  assert.throws(() => asked(board, 1, (w) => w.u32(2)), /goes on too long/);
  assert.throws(() => asked(board, 99), /not known/);
  assert.throws(() => asked(board, 2, (w) => w.u8(9)), /no such way/);
  assert.throws(() => asked(board, 4, (w) => { w.u32(SIZE - 1); w.u32(2); }), /lie outside/);
  assert.throws(() => asked(board, 9, (w) => { w.u32(0); w.u32(4); }), /no such memory/);
  assert.equal(asked(board, 10), null);
});

test('the flash is written and read as by a programmer', () => {
  const board = boardOf(WAIT);
  asked(board, 5, (w) => { w.u32(0x1000); w.u32(3); w.put([1, 2, 3]); });
  const back = asked(board, 4, (w) => { w.u32(0x0fff); w.u32(5); });
  assert.deepEqual([...back], [4, 0xff, 1, 2, 3, 0xff]);
});

function frame(writer) {
  writer.u32(1_000_000);
  for (const counts of [11, 12, 13, 14]) writer.u16(counts);
  writer.u8(0x02);
  writer.u8(0b1111);
  writer.u16(0x123);
  for (const mg of [1, 2, 3]) writer.u16(mg);
  writer.u8(0);
  writer.u16(0);
  writer.put(new Uint8Array(512).fill(0x44));
}

test('a frame puts everything on the pins and runs its time', () => {
  const board = boardOf(WAIT);
  const reader = new Reader(asked(board, 3, frame).slice(1));
  const time = Number(reader.u64());
  assert.ok(time >= 1e6 && time < 1_001_000);
  assert.equal(reader.u8(), 1);
  assert.deepEqual(board.adc.slice(0, 4), [11, 12, 13, 14]);
  assert.equal(board.parts.encoder.angle, 0x123);
  assert.deepEqual(board.parts.accelerometer.mg, [1, 2, 3]);
  assert.equal(board.parts.memory.isThere, true);
  assert.equal(board.parts.memory.bytes[511], 0x44);
  assert.equal(board.chip.rp.gpio[9].inputValue, true);
  assert.equal(board.chip.rp.gpio[8].inputValue, false);
});

test('an image is what it says it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pen-rp2040-'));
  const file = join(folder, 'image');
  const block = new Uint8Array(512);
  const view = new DataView(block.buffer);
  [0x0a324655, 0x9e5d5157, 0x2000, 0x10000000, 256, 0, 1, 0xe48bff56].forEach((word, k) =>
    view.setUint32(4 * k, word, true));
  view.setUint32(508, 0x0ab16f30, true);
  block.fill(0x33, 32, 288);
  writeFileSync(file, block);
  const bytes = new Uint8Array(SIZE).fill(0xff);
  image.flash(image.read(file), bytes);
  assert.deepEqual([bytes[0], bytes[255], bytes[256]], [0x33, 0x33, 0xff]);
  const spoilt = (at, why) => {
    const copy = block.slice();
    copy[at] ^= 1;
    writeFileSync(file, copy);
    assert.throws(() => image.flash(image.read(file), bytes), why);
  };
  spoilt(0, /neither an ELF nor a UF2/);
  spoilt(508, /damaged/);
  spoilt(28, /not the RP2040/);
  spoilt(15, /outside the flash/);
  rmSync(folder, { recursive: true });
});

test('memory is unknown after power came, and kept over every other reset', () => {
  const board = boardOf(WAIT);
  const at = RAM + 0x400;
  const first = board.chip.rp.readUint32(at);
  assert.notEqual(first, 0);
  board.chip.rp.writeUint32(at, 0x12345678);
  for (const cause of ['watchdog', 'pin', 'brownOut']) {
    board.power(true, cause);
    assert.equal(board.chip.rp.readUint32(at), 0x12345678, cause);
  }
  board.power(true);
  assert.notEqual(board.chip.rp.readUint32(at), 0x12345678);
});

test('a bench can make the processor fail, send it elsewhere and change its memory', () => {
  const board = boardOf(WAIT);
  board.run(1e6);
  board.firmware = { segments: [], symbols: new Map([['core::there', 0x109]]) };
  asked(board, 12, (w) => {
    for (const value of [1, 2, 3, 4]) w.u32(value);
    w.text('there');
  });
  const { PC, registers } = board.chip.core;
  assert.deepEqual([PC, ...registers.slice(0, 4)], [0x108, 1, 2, 3, 4]);
  assert.throws(() => asked(board, 12, (w) => {
    for (const value of [1, 2, 3, 4]) w.u32(value);
    w.text('elsewhere');
  }), /no symbol that ends with elsewhere/);
  asked(board, 13, (w) => { w.u32(RAM); w.u32(2); w.put([9, 8]); });
  assert.equal(board.chip.rp.readUint16(RAM), 0x0809);
  asked(board, 11);
  assert.equal(board.chip.core.IPSR, 3);
  board.power(false);
  assert.throws(() => asked(board, 11), /no power/);
});
