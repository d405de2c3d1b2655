import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Host } from '../devices/host.mjs';
import { attach } from '../devices/i2c.mjs';
import * as i2c from '../patches/i2c.mjs';
import * as usb from '../patches/usb.mjs';
import { patched, stock } from './bench.mjs';

const USB = 0x50110000, DPRAM = 0x50100000;
const AVAILABLE = 1 << 10, FULL = 1 << 15, DATA1 = 1 << 13, STALL = 1 << 11;
const EP2_OUT = 0x94, EP2_IN = 0x90;

/** Hands an empty OUT buffer over, with no packet on the way. */
function handOver(rp) {
  rp.writeUint32(DPRAM + 0x14, (1 << 31 | 1 << 29 | 0x200) >>> 0);
  rp.writeUint32(DPRAM + EP2_OUT, AVAILABLE | 64);
  rp.clock.tick(1_000_000);
  return (rp.readUint32(DPRAM + EP2_OUT) & AVAILABLE) !== 0;
}

test('a buffer belongs to the controller until a packet has come', () => {
  assert.equal(handOver(stock()), false);
  const rp = patched(usb);
  assert.equal(handOver(rp), true);
  assert.equal(rp.usbDevice.out(2, [7, 8], 1), 'ack', 'the other toggle is dropped');
  assert.notEqual(rp.readUint32(DPRAM + EP2_OUT) & AVAILABLE, 0);
  assert.equal(rp.usbDevice.out(2, [7, 8], 0), 'ack');
  const control = rp.readUint32(DPRAM + EP2_OUT);
  assert.deepEqual([control & AVAILABLE, control & FULL, control & 0x3ff], [0, FULL, 2]);
  assert.equal(rp.readUint16(DPRAM + 0x200), 0x0807);
  assert.equal(rp.readUint32(USB + 0x58), 1 << 5);
  assert.equal(rp.usbDevice.out(2, [9], 1), 'nak');
});

test('an IN packet goes once, with its toggle; a stall is one', () => {
  const rp = patched(usb);
  rp.writeUint32(DPRAM + 0x10, (1 << 31 | 1 << 29 | 0x240) >>> 0);
  assert.equal(rp.usbDevice.in(2), 'nak');
  rp.writeUint32(DPRAM + 0x240, 0x44434241);
  rp.writeUint32(DPRAM + EP2_IN, AVAILABLE | FULL | DATA1 | 3);
  const packet = rp.usbDevice.in(2);
  assert.deepEqual([[...packet.data], packet.toggle], [[0x41, 0x42, 0x43], 1]);
  assert.equal(rp.usbDevice.in(2), 'nak');
  rp.writeUint32(DPRAM + EP2_IN, STALL);
  assert.equal(rp.usbDevice.in(2), 'stall');
  rp.writeUint32(DPRAM + 0x10, 0x240);
  assert.equal(rp.usbDevice.in(2), undefined, 'switched off');
  // Endpoint 0 stalls only when armed, and a SETUP ends it.
  rp.writeUint32(DPRAM + 0x80, STALL);
  assert.equal(rp.usbDevice.in(0), 'nak');
  rp.writeUint32(USB + 0x68, 1);
  assert.equal(rp.usbDevice.in(0), 'stall');
  rp.usbDevice.setup([0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(rp.usbDevice.in(0), 'nak');
});

function acknowledged(rp, suspend) {
  suspend(rp);
  rp.writeUint32(USB + 0x50, 1 << 4);
  return rp.readUint32(USB + 0x50) & (1 << 4);
}

test('a suspend can be acknowledged', () => {
  const force = (rp) => { rp.usbCtrl.sieStatus |= 1 << 4; };
  assert.notEqual(acknowledged(stock(), force), 0);
  assert.equal(acknowledged(patched(usb), (rp) => rp.usbDevice.suspend()), 0);
});

/** A device of a few lines, enough to be enumerated; it answers what `table` says. */
class Dummy {
  constructor(table) {
    Object.assign(this, { table, address: 0, isAttached: true, onChange: () => {}, resets: 0 });
  }

  reset() { this.resets++; this.address = 0; }
  suspend() { this.suspended = true; }

  setup(packet) {
    const key = packet.slice(0, 4).join();
    const length = packet[6] | (packet[7] << 8);
    this.toggle = 1;
    if (packet[1] === 5) this.pending = packet[2];
    const answer = this.table[key];
    this.said = answer ? answer.slice(0, length) : [];
    this.stalls = answer === undefined && packet[0] === 0x80;
  }

  in(endpoint) {
    if (this.mute || endpoint !== 0) return 'nak';
    if (this.stalls) return 'stall';
    if (this.pending) {
      this.address = this.pending;
      this.pending = 0;
    }
    const data = Uint8Array.from(this.said.splice(0, 64));
    const packet = { data, toggle: this.toggle };
    this.toggle ^= 1;
    return packet;
  }

  out() { return 'ack'; }
}

const CONFIGURATION = [9, 2, 46, 0, 2, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 2, 2, 0, 0, 5, 36, 0, 16, 1,
  9, 4, 1, 0, 2, 10, 0, 0, 0, 7, 5, 1, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0];
const DEVICE = [18, 1, 0, 2, 2, 0, 0, 64, 9, 18, 1, 0, 0, 1, 0, 0, 3, 1];
const SERIAL = [6, 3, 65, 0, 66, 0];
const TABLE = { '128,6,0,1': DEVICE, '128,6,0,2': CONFIGURATION, '128,6,3,3': SERIAL };

function hosted(device, ms) {
  const rp = stock();
  const host = new Host(rp.clock, device);
  host.power(true);
  for (let k = 0; k < ms; k++) rp.clock.tick(1e6);
  return { rp, host };
}

test('the host enumerates and keeps what it read', () => {
  const { host } = hosted(new Dummy(TABLE), 200);
  assert.equal(host.failure, null);
  assert.equal(host.configured, true);
  assert.deepEqual(host.descriptors.device, DEVICE);
  assert.deepEqual(host.descriptors.strings[3], SERIAL);
  assert.deepEqual(host.endpoints, { comm: 0, in: 2, inSize: 64, out: 1, outSize: 64 });
});

test('a device that does not answer is reset and asked again, and then given up', () => {
  const device = new Dummy(TABLE);
  device.mute = true;
  const { host } = hosted(device, 25_000);
  assert.equal(device.resets, 4);
  assert.match(host.failure, /no answer/);
  const late = new Dummy(TABLE);
  late.mute = true;
  const second = hosted(late, 3_000);
  late.mute = false;
  for (let k = 0; k < 6_000; k++) second.rp.clock.tick(1e6);
  assert.equal(second.host.configured, true);
});

test('without the cable the bus falls asleep', () => {
  const device = new Dummy(TABLE);
  const { host, rp } = hosted(device, 200);
  host.power(false);
  rp.clock.tick(2e6);
  assert.equal(device.suspended, undefined);
  rp.clock.tick(2e6);
  assert.equal(device.suspended, true);
  assert.equal(host.configured, false);
  assert.equal(host.send([1]), false);
});

const I2C = 0x40044000;
const READ = 1 << 8, STOP = 1 << 9;

function controller(rp, address) {
  rp.writeUint32(I2C + 0x6c, 0);
  rp.writeUint32(I2C + 0x04, address);
  rp.writeUint32(I2C + 0x6c, 1);
}

test('an interrupt of the I2C controller can be enabled', () => {
  for (const [rp, right] of [[stock(), 0], [patched(i2c), 1 << 4]]) {
    controller(rp, 0x36);
    rp.writeUint32(I2C + 0x30, 1 << 4);
    assert.equal(rp.readUint32(I2C + 0x2c), right, 'transmit queue empty');
  }
});

/** Time that a transfer of one byte and its address takes (ns). */
function transfer(rp) {
  controller(rp, 0x36);
  rp.writeUint32(I2C + 0x1c, 100);
  rp.writeUint32(I2C + 0x20, 180);
  rp.writeUint32(I2C + 0x10, 0x0c | STOP);
  for (let ns = 0; ns < 1e6; ns += 500) {
    if (rp.readUint32(I2C + 0x34) & (1 << 9)) return ns;
    rp.clock.tick(500);
  }
  return Infinity;
}

test('a transfer takes its time', () => {
  assert.equal(transfer(stock()), 0);
  const rp = patched(i2c);
  attach(rp.buses[0], rp.clock);
  const ns = transfer(rp);
  // 20 bits of 296 cycles of 8 ns.
  assert.ok(ns > 40_000 && ns < 60_000, `${ns} ns`);
});

/** Whether the receive queue still asks to be read when one of three bytes was. */
function half(rp, connect) {
  connect(rp);
  controller(rp, 0x36);
  for (let k = 0; k < 3; k++) rp.writeUint32(I2C + 0x10, READ | (k === 2 ? STOP : 0));
  rp.clock.tick(1e6);
  rp.readUint32(I2C + 0x10);
  return rp.readUint32(I2C + 0x34) & 4;
}

test('the receive queue asks as long as bytes wait', () => {
  const all = (rp) => { rp.i2c[0].onConnect = () => rp.i2c[0].completeConnect(true); };
  assert.equal(half(stock(), all), 0);
  assert.equal(half(patched(i2c), (rp) => attach(rp.buses[0], rp.clock)), 4);
});

/** Directions in which a device is connected to for a write and a read behind it. */
function turn(rp, seen) {
  controller(rp, 0x36);
  rp.writeUint32(I2C + 0x10, 0x0c);
  rp.writeUint32(I2C + 0x10, READ | STOP);
  rp.clock.tick(1e6);
  return seen;
}

test('a change of direction begins with a repeated start', () => {
  const plain = stock();
  const stockSeen = [];
  const block = plain.i2c[0];
  block.onConnect = (_, mode) => { stockSeen.push(mode === 1); block.completeConnect(true); };
  block.onWriteByte = () => block.completeWrite(true);
  assert.deepEqual(turn(plain, stockSeen), [false]);
  const rp = patched(i2c);
  const seen = [];
  rp.buses[0].attach(0x36, {
    connect: (isRead) => { seen.push(isRead); return true; },
    write: () => true, read: () => 1, stop: () => {},
  });
  assert.deepEqual(turn(rp, seen), [false, true]);
});

test('why a transfer was aborted stays until the abort is cleared', () => {
  for (const [rp, right] of [[stock(), 0], [patched(i2c), 1]]) {
    controller(rp, 0x77);
    rp.writeUint32(I2C + 0x10, STOP);
    rp.clock.tick(1e6);
    assert.equal(rp.readUint32(I2C + 0x80) & 1, 1);
    assert.equal(rp.readUint32(I2C + 0x80) & 1, right);
    rp.readUint32(I2C + 0x54);
    assert.equal(rp.readUint32(I2C + 0x80) & 1, 0);
  }
});

/** Writes and reads through the controller; null when a byte was not acknowledged. */
function talk(rp, address, bytes, count) {
  controller(rp, address);
  rp.readUint32(I2C + 0x40);
  bytes.forEach((byte, k) => {
    rp.writeUint32(I2C + 0x10, byte | (count || k < bytes.length - 1 ? 0 : STOP));
    rp.clock.tick(100_000);
  });
  for (let k = 0; k < count; k++) {
    rp.writeUint32(I2C + 0x10, READ | (k === count - 1 ? STOP : 0));
    rp.clock.tick(100_000);
  }
  const isAborted = rp.readUint32(I2C + 0x34) & (1 << 6);
  rp.readUint32(I2C + 0x40);
  if (isAborted) return null;
  return Array.from({ length: count }, () => rp.readUint32(I2C + 0x10) & 0xff);
}

test('the encoder tells its angle, and nothing when it is stale', () => {
  const rp = patched(i2c);
  const { encoder } = attach(rp.buses[0], rp.clock);
  encoder.angle = 0xabc;
  assert.deepEqual(talk(rp, 0x36, [0x0b], 3), [0x20, 0x0a, 0xbc]);
  encoder.answers = false;
  assert.equal(talk(rp, 0x36, [0x0b], 3), null);
});

test('the accelerometer measures once it is switched on, in its range', () => {
  const rp = patched(i2c);
  const { accelerometer } = attach(rp.buses[0], rp.clock);
  accelerometer.mg = [1_000, -500, 3_000];
  assert.deepEqual(talk(rp, 0x18, [0x0f], 1), [0x33]);
  assert.deepEqual(talk(rp, 0x18, [0xa8], 6), [0, 0, 0, 0, 0, 0]);
  talk(rp, 0x18, [0x20, 0x77], 0);
  const axes = () => {
    const bytes = Uint8Array.from(talk(rp, 0x18, [0xa8], 6));
    return [...new Int16Array(bytes.buffer)].map((value) => value / 16);
  };
  assert.deepEqual(axes(), [1_000, -500, 2_047]);
  talk(rp, 0x18, [0x23, 0x28], 0);
  assert.deepEqual(axes(), [250, -125, 750]);
});

test('the memory is written by pages, is busy, and can be protected or gone', () => {
  const rp = patched(i2c);
  const { memory } = attach(rp.buses[0], rp.clock);
  assert.equal(talk(rp, 0x50, [0], 1), null);
  memory.isThere = true;
  talk(rp, 0x50, [0x0e, 1, 2, 3], 0);
  assert.equal(talk(rp, 0x50, [0x0e], 2), null, 'busy');
  rp.clock.tick(5e6);
  assert.deepEqual(talk(rp, 0x50, [0x0e], 2), [1, 2]);
  assert.deepEqual([memory.bytes[0], memory.bytes[0x10]], [3, 0xff], 'wraps in its page');
  assert.deepEqual(memory.writes, [[0x0e, 1], [0x0f, 2], [0x00, 3]]);
  talk(rp, 0x51, [0x00, 9], 0);
  rp.clock.tick(5e6);
  assert.equal(memory.bytes[0x100], 9);
  memory.isProtected = true;
  talk(rp, 0x50, [0x20, 7], 0);
  assert.equal(memory.bytes[0x20], 0xff);
});
