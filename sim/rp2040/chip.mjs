// One chip from one reset to the next: stock rp2040js with every patch, and its clock.

import { RP2040 } from 'rp2040js';

import * as adc from './patches/adc.mjs';
import * as core from './patches/core.mjs';
import * as gpio from './patches/gpio.mjs';
import * as i2c from './patches/i2c.mjs';
import * as nvic from './patches/nvic.mjs';
import * as pwm from './patches/pwm.mjs';
import * as ssi from './patches/ssi.mjs';
import * as system from './patches/system.mjs';
import * as timer from './patches/timer.mjs';
import * as usb from './patches/usb.mjs';
import * as watchdog from './patches/watchdog.mjs';

/** Clock until the program chooses another: the ring oscillator (Hz). */
const ROSC_HZ = 6_500_000;
const ROM_END = 0x4000;
const AIRCR = 0xd0c;
const SYSRESETREQ = 4;

/** Memory after power came: nobody knows what is in it. */
function scramble(bytes, seed) {
  const words = new Uint32Array(bytes.buffer);
  let state = (seed ^ 0x2545f491) >>> 0 || 1;
  for (let k = 0; k < words.length; k++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[k] = state;
  }
}

export class Chip {
  /**
   * `rom` are the words of the boot ROM, `nor` the flash chip, `cause` why it starts and `memory`
   * what its memory still holds, if it does.
   */
  constructor({ rom, nor, cause, seed, memory }) {
    const rp = new RP2040();
    this.rp = rp;
    this.core = rp.core;
    this.clock = rp.clock;
    const patches = [gpio, core, nvic, timer, watchdog, adc, pwm, i2c, usb];
    for (const patch of patches) patch.apply(rp);
    system.apply(rp, { cause, seed });
    ssi.apply(rp, nor);
    rp.bootrom.set(rom);
    rp.clkSys = ROSC_HZ;
    rp.cycleNs = 1e9 / ROSC_HZ;
    rp.addClockListener((hz) => {
      rp.cycleNs = 1e9 / hz;
    });
    if (memory) rp.sram.set(memory);
    else scramble(rp.sram, seed);
    this.watchdog = rp.peripherals[0x40058];
    /** Set when the chip has to be built anew, with what its registers will say. */
    this.resetBy = null;
    this.watchdog.onWatchdogTrigger = () => {
      this.resetBy ??= { cause: 'watchdog', reason: this.watchdog.reason };
    };
    this.hookReset();
    /** Why the processor runs no more, if it does not. */
    this.stopped = null;
    this.instructions = 0;
    this.masked = { is: false, since: 0, longest: 0 };
    this.core.reset();
  }

  hookReset() {
    const { ppb } = this.rp;
    const write = ppb.writeUint32.bind(ppb);
    ppb.writeUint32 = (offset, value) => {
      if (offset !== AIRCR) return write(offset, value);
      const isAsked = value >>> 16 === 0x05fa && value & SYSRESETREQ;
      if (isAsked) this.resetBy ??= { cause: 'pin', reason: 0 };
    };
  }

  /** An instruction cannot be carried out: the next one that would be. */
  fail() {
    this.core.breakRewind = 0;
    if (!core.hardFault(this.core)) this.stopped = 'lockup: failed in a fault';
  }

  /** Goes on at an address with these values in r0 to r3, as if the program had got there. */
  enter(address, values) {
    values.forEach((value, k) => {
      this.core.registers[k] = value;
    });
    this.core.waiting = false;
    this.core.PC = address & ~1;
  }

  /** Scratch registers and reason survive a reset by the watchdog. */
  inherit(old, reason) {
    this.watchdog.scratchData.set(old.watchdog.scratchData);
    this.watchdog.reason = reason;
  }

  /** Runs until this time of its own clock (ns), or a reset. */
  run(until) {
    const { rp, core: cpu, clock } = this;
    const { breaks, logger: { faults } } = rp;
    while (clock.nanos < until && this.resetBy === null) {
      if (cpu.waiting || this.stopped !== null) {
        const next = clock.nextAlarm === null ? until : Math.min(clock.nextAlarm.nanos, until);
        clock.tick(Math.max(next - clock.nanos, 0));
        continue;
      }
      const cycles = cpu.executeInstruction();
      this.instructions++;
      // What `clock.tick` does, without a call while no alarm is due.
      const now = clock.nanosCounter + cycles * rp.cycleNs;
      if (clock.nextAlarm !== null && clock.nextAlarm.nanos <= now) clock.tick(cycles * rp.cycleNs);
      else clock.nanosCounter = now;
      if (cpu.PM !== this.masked.is) this.noteMask();
      if (breaks.length !== 0 || faults.length !== 0) this.fault();
    }
    if (this.masked.is) this.noteMasked();
  }

  noteMask() {
    if (this.core.PM) this.masked.since = this.clock.nanos;
    else this.noteMasked();
    this.masked.is = this.core.PM;
  }

  noteMasked() {
    const span = this.clock.nanos - this.masked.since;
    if (span > this.masked.longest) this.masked.longest = span;
  }

  /** A breakpoint or an access that the bus refuses. */
  fault() {
    const { rp, core: cpu } = this;
    const code = rp.breaks[0];
    const what = rp.logger.faults[0] ?? `breakpoint ${code}`;
    const where = (cpu.PC >>> 0).toString(16);
    rp.breaks.length = 0;
    rp.logger.faults.length = 0;
    if (cpu.PC < ROM_END && code !== undefined) this.stopped = `boot ROM: halt ${code}`;
    else if (!core.hardFault(cpu)) this.stopped = `lockup: ${what}, near ${where}`;
    rp.logger.lines.push(`fault: ${what}, near ${where}`);
  }
}
