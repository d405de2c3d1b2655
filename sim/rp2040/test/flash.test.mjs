import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Nor, SIZE, TIMES } from '../devices/nor.mjs';
import * as ssi from '../patches/ssi.mjs';
import * as system from '../patches/system.mjs';
import { patched, stock } from './bench.mjs';

const SSI = 0x18000000, SS_CTRL = 0x4001800c;
const ID = 0x0123456789abcdefn;

function chip() {
  const rp = stock();
  system.apply(rp);
  const nor = new Nor(rp.clock, new Uint8Array(SIZE).fill(0xff), ID);
  ssi.apply(rp, nor);
  return { rp, nor };
}

/** Sets the interface up for bytes on one line, as a boot ROM leaves it. */
function serial(rp) {
  for (const [at, value] of [[8, 0], [0x14, 6], [4, 0], [0, 7 << 16], [0x10, 1], [8, 1]]) {
    rp.writeUint32(SSI + at, value);
  }
}

/** One command, chip select by hand; what came back behind the command byte. */
function command(rp, bytes, count = 0) {
  rp.writeUint32(SS_CTRL, 2 << 8);
  const all = [...bytes, ...Array(count).fill(0)];
  const back = all.map((byte) => {
    rp.writeUint32(SSI + 0x60, byte);
    rp.clock.tick(1_000);
    return rp.readUint32(SSI + 0x60);
  });
  rp.writeUint32(SS_CTRL, 3 << 8);
  rp.writeUint32(SS_CTRL, 0);
  return back.slice(bytes.length);
}

/** Sets the interface up for memory accesses: command 03 on one line. */
function memory(rp) {
  const setup = [[8, 0], [0, (31 << 16) | (3 << 8)], [4, 0], [0xf4, 0x03000218], [8, 1]];
  for (const [at, value] of setup) rp.writeUint32(SSI + at, value);
}

function erased(rp) {
  const bytes = [...Array(4).keys()];
  if (rp.flashBytes) rp.flashBytes.set([0, 1, 2, 3]);
  else rp.flash.set(bytes);
  serial(rp);
  command(rp, [0x06]);
  command(rp, [0x20, 0, 0, 0]);
  rp.clock.tick(60_000_000);
  memory(rp);
  return rp.readUint32(0x10000000);
}

test('an erase erases', () => {
  assert.equal(erased(stock()), 0x03020100);
  assert.equal(erased(chip().rp), 0xffffffff);
});

test('programming clears bits of one page and wraps in it', () => {
  const { rp, nor } = chip();
  serial(rp);
  nor.bytes[0x1fe] = 0x0f;
  command(rp, [0x06]);
  command(rp, [0x02, 0, 1, 0xfe, 0x3c, 0x55, 0x66]);
  rp.clock.tick(TIMES.program);
  assert.deepEqual([...nor.bytes.subarray(0x1fe, 0x201)], [0x0c, 0x55, 0xff]);
  assert.equal(nor.bytes[0x100], 0x66);
  assert.deepEqual(nor.log.map(({ kind, at, length }) => [kind, at, length]), [[1, 0x1fe, 3]]);
});

test('nothing is written without write enable, nor while busy', () => {
  const { rp, nor } = chip();
  serial(rp);
  command(rp, [0x02, 0, 0, 0, 0]);
  assert.equal(nor.bytes[0], 0xff);
  command(rp, [0x06]);
  assert.deepEqual(command(rp, [0x05], 1), [2]);
  command(rp, [0x20, 0, 0, 0]);
  assert.deepEqual(command(rp, [0x05], 1), [1]);
  command(rp, [0x06]);
  command(rp, [0x02, 0, 0, 0, 0]);
  rp.clock.tick(TIMES[0x20]);
  assert.deepEqual(command(rp, [0x05], 1), [0]);
  assert.equal(nor.bytes[0], 0xff);
  assert.equal(nor.trouble.length, 3, nor.trouble.join('\n'));
});

test('each erase takes its block and its time', () => {
  for (const [code, length] of [[0x20, 4096], [0x52, 32768], [0xd8, 65536]]) {
    const { rp, nor } = chip();
    nor.bytes.fill(0);
    serial(rp);
    command(rp, [0x06]);
    command(rp, [code, 0x01, 0x23, 0x45]);
    const at = 0x012345 - (0x012345 % length);
    assert.equal(nor.bytes.indexOf(0xff), at);
    assert.equal(nor.bytes.lastIndexOf(0xff), at + length - 1);
    assert.ok(Math.abs(nor.log[0].to - nor.log[0].from - TIMES[code]) < 1);
  }
});

/** Reads the unique id as embassy-rp does: the interface sends and then receives by itself. */
function uniqueId(rp, count = 12) {
  serial(rp);
  rp.writeUint32(SSI + 8, 0);
  rp.writeUint32(SSI, rp.readUint32(SSI) | (3 << 8));
  rp.writeUint32(SSI + 4, count - 1);
  rp.writeUint32(SSI + 8, 1);
  rp.writeUint8(SSI + 0x60, 0x4b);
  const bytes = [];
  for (let k = 0; k < 10_000 && bytes.length < count; k++) {
    rp.clock.tick(100);
    if (rp.readUint32(SSI + 0x28) & 8) bytes.push(rp.readUint8(SSI + 0x60));
  }
  return bytes.slice(4).map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

test('the unique id can be read', () => {
  assert.notEqual(uniqueId(stock()), '0123456789abcdef');
  assert.equal(uniqueId(chip().rp), '0123456789abcdef');
});

test('a chip select that is left held spoils the next read: nobody releases it', () => {
  const { rp } = chip();
  rp.writeUint32(SS_CTRL, 3 << 8);
  assert.equal(uniqueId(rp), 'ffffffffffffffff');
  // So would a status: busy for ever.
  serial(rp);
  rp.writeUint32(SSI + 0x60, 0x05);
  rp.writeUint32(SSI + 0x60, 0);
  rp.clock.tick(10_000);
  rp.readUint32(SSI + 0x60);
  assert.equal(rp.readUint32(SSI + 0x60) & 1, 1);
});

test('the flash is memory only while it is set up for it and not busy', () => {
  const { rp, nor } = chip();
  nor.bytes.set([1, 2, 3, 4]);
  assert.equal(rp.readUint32(0x10000000), 0xbebebebe);
  memory(rp);
  assert.equal(rp.readUint32(0x10000000), 0x04030201);
  serial(rp);
  assert.equal(rp.readUint16(0x10000000), 0xbebe);
  command(rp, [0x06]);
  command(rp, [0x20, 0x10, 0, 0]);
  memory(rp);
  assert.equal(rp.readUint32(0x10000000), 0xbebebebe, 'busy');
  rp.clock.tick(TIMES[0x20]);
  memory(rp);
  assert.equal(rp.readUint32(0x10000000), 0x04030201);
  const plain = stock();
  plain.flash.set([1, 2, 3, 4]);
  serial(plain);
  assert.equal(plain.readUint32(0x10000000), 0x04030201, 'stock does not care');
});

test('continuous reading is entered, used and left', () => {
  const { rp, nor } = chip();
  nor.bytes.set([1, 2, 3, 4]);
  const quad = (31 << 16) | (3 << 8) | (2 << 21);
  for (const [at, value] of [[8, 0], [0, quad], [4, 0], [0xf4, 0x4221], [8, 1], [0x10, 1]]) {
    rp.writeUint32(SSI + at, value);
  }
  rp.writeUint32(SSI + 0x60, 0xeb);
  rp.writeUint32(SSI + 0x60, 0xa0);
  rp.clock.tick(10_000);
  assert.equal(rp.readUint32(SSI + 0x28) & 1, 0);
  assert.equal(nor.continuous, true);
  for (const [at, value] of [[8, 0], [0xf4, 0xa0004022], [8, 1]]) rp.writeUint32(SSI + at, value);
  assert.equal(rp.readUint32(0x10000000), 0x04030201);
  serial(rp);
  assert.deepEqual(command(rp, [0x9f], 3), [0xff, 0xff, 0xff], 'a command is an address now');
  command(rp, [0xff, 0xff]);
  assert.deepEqual(command(rp, [0x9f], 3), [0xef, 0x40, 0x15]);
});

test('power that fails in an operation leaves it half done, and tells when', () => {
  const seen = new Set();
  for (let seed = 0; seed < 40; seed++) {
    for (const [how, order] of [[0, 0x02], [1, 0x02], [0, 0x20]]) {
      const { rp, nor } = chip();
      let failed = null;
      nor.onPowerFail = (at) => { failed = at; };
      nor.bytes.fill(order === 0x20 ? 0x5a : 0xff, 0, 4096);
      nor.cut = { after: 1, how, seed };
      serial(rp);
      for (const at of [0x10, 0]) {
        command(rp, [0x06]);
        command(rp, [order, at, 0, 0, ...(order === 2 ? Array(64).fill(0x42) : [])]);
        if (at) assert.equal(failed, null, 'the first one is whole');
        rp.clock.tick(TIMES[0x20]);
      }
      const { from, to } = nor.log[1];
      assert.ok(failed === to && to >= from && to <= from + TIMES[0x20]);
      const bytes = [...nor.bytes.subarray(0, order === 2 ? 64 : 4096)];
      const whole = bytes.every((byte) => byte === (order === 2 ? 0x42 : 0xff));
      const none = bytes.every((byte) => byte === (order === 2 ? 0xff : 0x5a));
      seen.add(`${order}${how} ${whole ? 'whole' : none ? 'none' : 'part'}`);
      if (order !== 2) continue;
      assert.ok(bytes.every((byte) => (byte & 0x42) === 0x42), 'no bit too much');
    }
  }
  for (const kind of ['20 part', '21 part', '320 part', '320 none']) assert.ok(seen.has(kind), kind);
});

test('what stock does not have reads as what it is', () => {
  const says = (rp) => ({
    rescue: (rp.readUint32(0x40064008) >>> 24) & 1,
    streaming: rp.readUint32(0x14000018) !== 0,
    button: (rp.readUint32(0xd0000008) & 2) === 0,
  });
  assert.deepEqual(says(stock()), { rescue: 1, streaming: true, button: true });
  const { rp } = chip();
  rp.qspi[1].setInputValue(true);
  assert.deepEqual(says(rp), { rescue: 0, streaming: false, button: false });
});

test('random bits are random, and the same for the same seed', () => {
  const bits = (seed) => {
    const rp = patched({ apply: (chip) => system.apply(chip, { seed }) });
    return Array.from({ length: 4_000 }, () => rp.readUint32(0x4006001c));
  };
  const [one, same, other] = [bits(1), bits(1), bits(2)];
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
  const ones = one.reduce((sum, bit) => sum + bit);
  assert.ok(ones > 1_850 && ones < 2_150, `${ones} of 4000`);
  assert.ok(bits.length && stock().readUint32(0x4006001c) === 0xffffffff);
});
