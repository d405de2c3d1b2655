import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as adc from '../patches/adc.mjs';
import * as gpio from '../patches/gpio.mjs';
import * as nvic from '../patches/nvic.mjs';
import * as pwm from '../patches/pwm.mjs';
import * as timer from '../patches/timer.mjs';
import * as watchdog from '../patches/watchdog.mjs';
import { RAM, load, patched, stock, steps, vector } from './bench.mjs';

const CODE = RAM + 0x1000;
const HANDLER = RAM + 0x1100;
const NOP = 0xbf00, BX_LR = 0x4770;
const ISPR = 0xe000e200, ICPR = 0xe000e280;

/** Pends interrupt 5 by software; how often its handler is entered in ten instructions. */
function softly(rp) {
  vector(rp, 16 + 5, HANDLER);
  load(rp, Array(8).fill(NOP), CODE);
  rp.writeUint16(HANDLER, BX_LR);
  rp.core.enabledInterrupts = 1 << 5;
  rp.writeUint32(ISPR, 1 << 5);
  let entries = 0;
  const enter = rp.core.exceptionEntry.bind(rp.core);
  rp.core.exceptionEntry = (number) => {
    entries += number === 16 + 5 ? 1 : 0;
    enter(number);
  };
  steps(rp, 10);
  return entries;
}

test('an interrupt that software pends is taken once', () => {
  assert.ok(softly(stock()) > 3);
  assert.equal(softly(patched(nvic)), 1);
});

/** A line that falls before its handler is entered. */
function pulse(rp) {
  rp.core.enabledInterrupts = 0;
  rp.setInterrupt(5, true);
  rp.setInterrupt(5, false);
  return rp.core.pendingInterrupts;
}

test('a pending interrupt outlives its line', () => {
  assert.equal(pulse(stock()), 0);
  assert.equal(pulse(patched(nvic)), 1 << 5);
});

function cleared(rp) {
  rp.core.pendingInterrupts = 1 << 5;
  rp.writeUint32(ICPR, 1 << 5);
  return rp.core.pendingInterrupts;
}

test('software can take a pending interrupt back', () => {
  assert.equal(cleared(stock()), 1 << 5);
  assert.equal(cleared(patched(nvic)), 0);
  const rp = patched(nvic);
  rp.setInterrupt(5, true);
  rp.writeUint32(ICPR, 1 << 5);
  assert.equal(rp.core.pendingInterrupts, 1 << 5, 'an active line pends again');
});

const TIMER = 0x40054000;

/** When an alarm that was set inside a microsecond fires, by the timer's own count. */
function alarm(rp) {
  const block = rp.peripherals[0x40054];
  let at = null;
  block.checkInterrupts = () => { if (block.intRaw & 1) at ??= rp.readUint32(TIMER + 0x28); };
  rp.clock.tick(900_700);
  rp.writeUint32(TIMER + 0x10, 1_000);
  rp.clock.tick(500_000);
  return at;
}

test('an alarm fires when the timer shows its value', () => {
  assert.equal(alarm(stock()), 999);
  assert.equal(alarm(patched(timer)), 1_000);
});

const WATCHDOG = 0x40058000;

/** How often the watchdog bites within ten looks. */
function bites(rp) {
  const dog = rp.peripherals[0x40058];
  let count = 0;
  dog.onWatchdogTrigger = () => {
    if (++count > 10) throw new Error('it bites for ever');
  };
  rp.writeUint32(WATCHDOG + 0x04, 2_000);
  rp.writeUint32(WATCHDOG, 1 << 30);
  rp.clock.tick(999_000);
  assert.equal(count, 0);
  rp.clock.tick(2_000);
  return count;
}

test('the watchdog bites once', () => {
  assert.throws(() => bites(stock()), /for ever/);
  assert.equal(bites(patched(watchdog)), 1);
});

const ADC = 0x4004c000;

/** The channels that a round robin converts. */
function round(rp, mask, first) {
  rp.adc.channelValues = [100, 101, 102, 103, 104];
  const seen = [];
  rp.writeUint32(ADC, 1 | (first << 12) | (mask << 16) | (1 << 3));
  for (let k = 0; k < 6; k++) {
    rp.clock.tick(2_000);
    seen.push(rp.readUint32(ADC + 4) - 100);
  }
  return seen;
}

test('a round robin goes round', () => {
  assert.deepEqual(round(stock(), 0b01111, 0), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(round(patched(adc), 0b01111, 0), [0, 1, 2, 3, 0, 1]);
  assert.deepEqual(round(patched(adc), 0b10011, 4), [4, 0, 1, 4, 0, 1]);
});

/** Conversions after one was asked for and a bit was set later. */
function conversions(rp) {
  let count = 0;
  const start = rp.adc.startADCRead.bind(rp.adc);
  rp.adc.startADCRead = () => { count++; start(); };
  rp.writeUint32(ADC, 1 | 4);
  rp.clock.tick(10_000);
  rp.writeUint32(ADC + 0x2000, 1 << 1);
  rp.clock.tick(10_000);
  return count;
}

test('one conversion is one conversion', () => {
  assert.equal(conversions(stock()), 2);
  assert.equal(conversions(patched(adc)), 1);
});

/** Whether the queue's interrupt is over when the queue was read. */
function queue(rp) {
  const seen = [];
  rp.setInterrupt = (irq, value) => { if (irq === 22) seen.push(value); };
  rp.writeUint32(ADC + 0x08, (1 << 24) | 1);
  rp.writeUint32(ADC + 0x18, 1);
  rp.writeUint32(ADC, 1 | 4);
  rp.clock.tick(10_000);
  rp.readUint32(ADC + 0x0c);
  return seen.at(-1);
}

test('the interrupt of the queue ends when it is read', () => {
  assert.equal(queue(stock()), true);
  assert.equal(queue(patched(adc)), false);
});

const PADS = 0x4001c000, IO = 0x40014000, SIO_OUT = 0xd0000010, SIO_OE = 0xd0000020;

/** What an output pin reads back as, and an open one with its pull-up on. */
function levels(rp) {
  rp.writeUint32(PADS + 4, 0x4a); // input on, pulled up
  rp.writeUint32(IO + 4, 5);
  rp.writeUint32(PADS + 8, 0x4a);
  rp.writeUint32(IO + 0x0c, 5);
  rp.writeUint32(SIO_OUT, 1);
  rp.writeUint32(SIO_OE, 1);
  return rp.readUint32(0xd0000004) & 3;
}

test('an input sees the pad', () => {
  assert.equal(levels(stock()), 0);
  assert.equal(levels(patched(gpio)), 3);
});

/** Edges that are latched when a level is applied twice. */
function edges(rp) {
  rp.writeUint32(PADS + 4, 0x40);
  const pin = rp.gpio[0];
  pin.setInputValue(true);
  pin.updateIRQValue(0xf);
  pin.setInputValue(true);
  return pin.irqStatus & 0xc;
}

test('a pad begins with its input on', () => {
  assert.equal(stock().readUint32(PADS + 4) & 0x40, 0);
  assert.equal(patched(gpio).readUint32(PADS + 4), 0x56);
});

test('an edge is a change', () => {
  assert.notEqual(edges(stock()), 0);
  assert.equal(edges(patched(gpio)), 0);
  const rp = patched(gpio);
  edges(rp);
  rp.gpio[0].setInputValue(false);
  assert.equal(rp.gpio[0].irqStatus & 0xc, 4);
});

const PWM = 0x40050000;

function run(rp, cc, top, mode = 0) {
  rp.writeUint32(PWM + 0x14 + 0x10, top);
  rp.writeUint32(PWM + 0x14 + 0x0c, cc);
  rp.writeUint32(PWM + 0x14, 1 | mode);
}

test('the enable register of the PWM reads back', () => {
  for (const [rp, right] of [[stock(), 0], [patched(pwm), 2]]) {
    run(rp, 0, 99);
    assert.equal(rp.readUint32(PWM + 0xa0), right);
  }
});

/** Alarms that pass while a motor runs for a millisecond. */
function alarms(rp) {
  run(rp, 3_000, 6_249);
  let count = 0;
  const { clock } = rp;
  for (; clock.nextAlarm && clock.nanos < 1e6; count++) clock.tick(clock.nanosToNextAlarm);
  return count;
}

test('a running PWM costs nothing while nobody looks', () => {
  assert.ok(alarms(stock()) >= 40);
  assert.equal(alarms(patched(pwm)), 0);
});

test('time spent high is the duty, whatever the mode and whenever one looks', () => {
  for (const mode of [0, 2, 4]) {
    for (const cc of [0, 1, 2_500, 6_249, 6_250, 60_000]) {
      const rp = patched(pwm);
      run(rp, cc | (1_000 << 16), 6_249, mode);
      const periodNs = (mode === 2 ? 2 : 1) * 50_000;
      for (let k = 0; k < 37; k++) {
        rp.clock.tick((periodNs * 20) / 37);
        rp.pwm.slices[1].advance();
      }
      const duty = Math.min(cc / 6_250, 1);
      const expected = (mode === 4 ? 1 - duty : duty) * periodNs * 20;
      const [a, b] = rp.pwm.slices[1].high;
      assert.ok(Math.abs(a - expected) < 20, `mode ${mode}, ${cc}: ${a} of ${expected}`);
      assert.ok(Math.abs(b - 0.16 * periodNs * 20) < 20);
    }
  }
});

test('a new duty counts from the next period on', () => {
  const rp = patched(pwm);
  run(rp, 6_250, 6_249);
  rp.clock.tick(10_000);
  rp.writeUint32(PWM + 0x14 + 0x0c, 0);
  rp.clock.tick(90_000);
  rp.pwm.slices[1].advance();
  assert.ok(Math.abs(rp.pwm.slices[1].high[0] - 50_000) < 1);
});

test('levels agree with the stock pins, edge by edge', () => {
  const [old, mended] = [stock(), patched(pwm)];
  for (const rp of [old, mended]) {
    rp.writeUint32(IO + 8 * 2 + 4, 4);
    run(rp, 1_234, 6_249);
  }
  // The first period of the stock PWM begins with its first wrap.
  for (const rp of [old, mended]) rp.clock.tick(50_000.5);
  for (let k = 0; k < 500; k++) {
    for (const rp of [old, mended]) rp.clock.tick(993);
    assert.equal(mended.gpio[2].outputValue, old.gpio[2].outputValue, `look ${k}`);
  }
});

test('a wrap that somebody waits for comes', () => {
  const rp = patched(pwm);
  let wraps = 0;
  const wrapped = rp.pwm.wrapped;
  rp.pwm.wrapped = (index) => { wraps++; wrapped(index); };
  rp.writeUint32(PWM + 0xa8, 2);
  run(rp, 0, 6_249);
  rp.clock.tick(1_000_010);
  assert.equal(wraps, 20);
  assert.equal(rp.core.pendingInterrupts & (1 << 4), 1 << 4);
});
