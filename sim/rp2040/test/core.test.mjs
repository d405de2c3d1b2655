import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as core from '../patches/core.mjs';
import { RAM, flags, load, patched, stock, steps, vector } from './bench.mjs';

const CODE = RAM + 0x1000;
const SEV = 0xbf40, WFE = 0xbf20, WFI = 0xbf30, NOP = 0xbf00, BKPT = 0xbe07, UDF = 0xde01;

/** Runs one two-register instruction; result and flags. */
function alu(rp, opcode, a, b, carry) {
  load(rp, [opcode | (1 << 3) | 0], CODE);
  rp.core.registers[0] = a;
  rp.core.registers[1] = b;
  Object.assign(rp.core, { N: false, Z: false, C: carry, V: false });
  steps(rp, 1);
  return `${(rp.core.registers[0] >>> 0).toString(16)} ${flags(rp.core)}`;
}

const CASES = [
  // name, opcode, a, b, carry, right
  ['ADCS overflows by its carry', 0x4140, 0x7fffffff, 0, true, '80000000 N--V'],
  ['ADCS wraps', 0x4140, 0xffffffff, 0, true, '0 -ZC-'],
  ['SBCS from a number with an operand of 7fffffff and a borrow', 0x4180, 5, 0x7fffffff, false,
    '80000005 N---'],
  ['LSLS by 33', 0x4080, 0x80000001, 33, true, '0 -Z--'],
  ['LSRS by 0 keeps the carry', 0x40c0, 0x80000000, 0, false, '80000000 N---'],
  ['ASRS by 0 keeps the carry', 0x4100, 0x80000000, 0, false, '80000000 N---'],
  ['RORS by 0 keeps the carry', 0x41c0, 0x80000000, 0, false, '80000000 N---'],
];

for (const [name, opcode, a, b, carry, right] of CASES) {
  test(name, () => {
    assert.equal(alu(patched(core), opcode, a, b, carry), right);
  });
}

test('stock gets a flag of each of these wrong', () => {
  const wrong = CASES.filter(([, opcode, a, b, carry, right]) =>
    alu(stock(), opcode, a, b, carry) !== right);
  const right = CASES.filter((one) => !wrong.includes(one)).map(([name]) => name);
  assert.deepEqual(right, ['ADCS wraps']);
});

test('every shift and carry agrees with whole-number arithmetic', () => {
  const rp = patched(core);
  const mask = 0xffffffffn;
  for (const a of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x12345678]) {
    for (const b of [0, 1, 31, 32, 33, 0x7fffffff, 0x80000000, 0xffffffff]) {
      for (const carry of [false, true]) {
        const c = carry ? 1n : 0n;
        const [x, y] = [BigInt(a), BigInt(b)];
        const sum = x + y + c;
        const got = alu(rp, 0x4140, a, b, carry).split(' ');
        assert.equal(got[0], (sum & mask).toString(16));
        assert.equal(got[1].includes('C'), sum > mask);
        const signed = BigInt.asIntN(32, x) + BigInt.asIntN(32, y) + c;
        assert.equal(got[1].includes('V'), signed !== BigInt.asIntN(32, sum));
        const less = alu(rp, 0x4180, a, b, carry).split(' ');
        const difference = BigInt.asIntN(32, x) - BigInt.asIntN(32, y) - (1n - c);
        assert.equal(less[0], ((x - y - (1n - c)) & mask).toString(16));
        assert.equal(less[1].includes('C'), x >= y + (1n - c));
        assert.equal(less[1].includes('V'), difference !== BigInt.asIntN(32, difference));
        const count = b & 0xff;
        const left = alu(rp, 0x4080, a, b, carry).split(' ')[0];
        assert.equal(left, (count > 31 ? 0n : (x << BigInt(count)) & mask).toString(16));
        const right = alu(rp, 0x40c0, a, b, carry).split(' ')[0];
        assert.equal(right, (x >> BigInt(count)).toString(16));
      }
    }
  }
});

function eventThenWait(rp) {
  load(rp, [SEV, WFE, NOP], CODE);
  rp.core.eventRegistered = false;
  steps(rp, 2);
  return rp.core.waiting;
}

test('WFE behind SEV falls through', () => {
  assert.equal(eventThenWait(stock()), true);
  assert.equal(eventThenWait(patched(core)), false);
});

/** Waits with interrupts masked while one comes; the exception taken. */
function maskedWait(rp) {
  vector(rp, 16 + 3, CODE + 0x100);
  load(rp, [WFI, NOP], CODE);
  rp.core.PM = true;
  rp.core.enabledInterrupts = 1 << 3;
  steps(rp, 1);
  rp.setInterrupt(3, true);
  return { waiting: rp.core.waiting, exception: rp.core.IPSR };
}

test('a masked interrupt ends a wait without being taken', () => {
  assert.deepEqual(maskedWait(stock()), { waiting: false, exception: 19 });
  assert.deepEqual(maskedWait(patched(core)), { waiting: false, exception: 0 });
});

test('a breakpoint and an undefined instruction are a HardFault, two of them a lockup', () => {
  for (const opcode of [BKPT, UDF]) {
    const rp = patched(core);
    vector(rp, core.HARD_FAULT, CODE + 0x100);
    load(rp, [opcode, NOP], CODE);
    steps(rp, 1);
    assert.deepEqual(rp.breaks, [opcode & 0xff]);
    assert.equal(core.hardFault(rp.core), true);
    assert.equal(rp.core.PC & ~1, CODE + 0x100);
    assert.equal(rp.core.IPSR, core.HARD_FAULT);
    // The stacked return address is the instruction itself.
    assert.equal(rp.readUint32(rp.core.SP + 0x18), CODE);
    assert.equal(core.hardFault(rp.core), false);
  }
  const rp = stock();
  let told = null;
  rp.onBreak = (code) => { told = code; };
  load(rp, [BKPT, NOP], CODE);
  steps(rp, 1);
  assert.deepEqual([told, rp.core.IPSR], [7, 0]);
});
