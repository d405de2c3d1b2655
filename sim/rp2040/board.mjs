// The board around the chip: everything that keeps its state over a reset, and the pins between.

import { Chip } from './chip.mjs';
import { attach } from './devices/i2c.mjs';
import { Host } from './devices/host.mjs';
import { Nor, SIZE } from './devices/nor.mjs';
import * as image from './image.mjs';
import { Probe } from './probe.mjs';
import { Rtt } from './rtt.mjs';

/** Pins by number of the GPIO; see the pin table of the board. */
export const PIN = {
  forward: 2, backward: 3, enable: 4, tick: 5, hallA: 6, hallB: 7,
  closed: 8, opened: 9, next: 10, ok: 11, seat: 12,
  step: 18, direction: 19, stepperOff: 20, home: 21, supply: 22, vbus: 24,
};

/** Level inputs in the order of their bits in a frame. */
const LEVELS = ['closed', 'opened', 'next', 'ok', 'seat', 'vbus', 'home'];

/** How long the charge pump holds the second switch after GP5's last pulse (ns); README of the board. */
export const HOLD_NS = 5e6;

export class Board {
  constructor({ rom, firmware, serial, seed }) {
    this.rom = image.rom(rom);
    this.firmware = firmware;
    this.seed = seed;
    /** Time before the start of the chip that runs now (ns). */
    this.base = 0;
    this.chip = null;
    const clock = {};
    Object.defineProperty(clock, 'nanos', { get: () => this.nanos });
    this.nor = new Nor(clock, new Uint8Array(SIZE).fill(0xff), serial);
    image.flash(firmware, this.nor.bytes);
    this.nor.onPowerFail = (at) => {
      this.failsAt = at;
    };
    this.failsAt = null;
    this.parts = { clock };
    this.levels = 0;
    this.hall = 0;
    this.adc = [0, 0, 0, 0, 876];
    this.resets = [];
    /** Changes of the bridge's enable pin: when (ns) and level. */
    this.enabled = [];
    /** Changes of the second switch in the bridge's supply, as pin and charge pump make it. */
    this.supplied = [];
    this.isSupplied = false;
    /** Until when the charge pump holds that switch (ns). */
    this.heldUntil = 0;
    this.supplyHighNs = 0;
    this.supplyAt = 0;
    this.ticks = [];
    this.steps = 0;
    this.trouble = [];
    this.hungUntil = null;
    this.starts = 0;
    this.longestMasked = 0;
    this.instructions = 0;
    this.written = [];
  }

  /** Time since the rig began (ns). */
  get nanos() {
    return this.base + (this.chip?.clock.nanos ?? 0);
  }

  get isPowered() {
    return this.chip !== null;
  }

  /** A new chip: `cause` as its registers tell it, `old` the one before if it kept its power. */
  start(cause, old = null, reason = 0) {
    const seed = (this.seed + 0x9e37 * this.starts++) >>> 0;
    const sram = old?.rp.sram;
    const chip = new Chip({ rom: this.rom, nor: this.nor, cause, seed, memory: sram });
    if (old && cause === 'watchdog') chip.inherit(old, reason);
    this.chip = chip;
    this.hungUntil = null;
    const { rp } = chip;
    const memory = this.parts.memory;
    const { bytes, isThere, isProtected } = memory ?? {};
    Object.assign(this.parts, attach(rp.buses[0], this.parts.clock));
    if (memory) {
      const { busyUntil } = memory;
      Object.assign(this.parts.memory, { bytes, isThere, isProtected, busyUntil });
    }
    this.host = new Host(chip.clock, rp.usbDevice);
    this.rtt = new Rtt(rp, this.firmware.symbols.get('_SEGGER_RTT'));
    this.probes = {
      forward: new Probe(rp, PIN.forward),
      backward: new Probe(rp, PIN.backward),
      enable: new Probe(rp, PIN.enable, (level, ns) => this.enabled.push([this.base + ns, level])),
      supply: new Probe(rp, PIN.supply, () => this.lookAtSupply()),
      tick: new Probe(rp, PIN.tick, (level, ns) => this.tick(level, this.base + ns)),
      step: new Probe(rp, PIN.step, (level) => this.step(level)),
    };
    rp.qspi[1].setInputValue(true);
    this.applyLevels(this.levels, 0x7f);
    this.applyHall(this.hall);
    rp.adc.channelValues = this.adc;
  }

  /** Power is gone, or comes back. */
  power(on, cause = 'power') {
    const old = cause === 'power' ? null : this.chip;
    this.leave();
    if (on) this.start(cause, old, cause === 'watchdog' ? 1 : 0);
  }

  leave() {
    if (!this.chip) return;
    this.settle();
    // Without the chip the pull-down holds the bridge off.
    if (this.probes.enable.isHigh) this.enabled.push([this.nanos, false]);
    this.switchSupply(false);
    this.base += this.chip.clock.nanos;
    this.chip = null;
  }

  /** Keeps what the frame reports of the chip that ends. */
  settle() {
    this.longestMasked = Math.max(this.longestMasked, this.chip.masked.longest);
    this.chip.masked.longest = 0;
    this.instructions += this.chip.instructions;
    this.chip.instructions = 0;
    this.written.push(...this.parts.memory.writes.splice(0));
    for (const line of this.chip.rp.logger.lines.splice(0)) this.report(line);
    for (const line of this.nor.trouble.splice(0)) this.report(line);
  }

  report(line) {
    if (this.trouble.length < 100) this.trouble.push(line);
  }

  applyLevels(levels, changed) {
    LEVELS.forEach((name, bit) => {
      if (!(changed & (1 << bit))) return;
      const level = (levels & (1 << bit)) !== 0;
      this.chip.rp.gpio[PIN[name]].setInputValue(level);
      if (name === 'vbus') this.host.power(level);
    });
  }

  setLevels(levels) {
    if (this.chip) this.applyLevels(levels, levels ^ this.levels);
    this.levels = levels;
  }

  applyHall(hall) {
    this.chip.rp.gpio[PIN.hallA].setInputValue((hall & 1) !== 0);
    this.chip.rp.gpio[PIN.hallB].setInputValue((hall & 2) !== 0);
  }

  setHall(hall) {
    this.hall = hall;
    if (this.chip) this.applyHall(hall);
  }

  /** The second switch is closed while its pin is high and the charge pump is held. */
  lookAtSupply() {
    this.switchSupply(this.probes?.supply.isHigh && this.nanos < this.heldUntil);
  }

  switchSupply(isClosed) {
    const now = this.nanos;
    if (this.isSupplied) this.supplyHighNs += now - this.supplyAt;
    this.supplyAt = now;
    if (Boolean(isClosed) === this.isSupplied) return;
    this.isSupplied = Boolean(isClosed);
    this.supplied.push([now, this.isSupplied]);
  }

  /** Time for which the second switch was closed since last asked (ns). */
  takeSupply() {
    if (this.chip) this.lookAtSupply();
    const high = this.supplyHighNs;
    this.supplyHighNs = 0;
    return high;
  }

  tick(level, ns) {
    // The pump is AC-coupled: an edge pumps, a level does not.
    if (level) {
      this.heldUntil = ns + HOLD_NS;
      this.lookAtSupply();
    }
    if (level) this.ticks.push([ns, 0]);
    else if (this.ticks.length) {
      const last = this.ticks[this.ticks.length - 1];
      last[1] = ns - last[0];
    }
  }

  step(level) {
    if (!level || this.chip.rp.gpio[PIN.stepperOff].outputValue) return;
    this.steps += this.chip.rp.gpio[PIN.direction].outputValue ? 1 : -1;
  }

  /** The processor runs no instruction for so long, or until a reset; everything else goes on. */
  hang(ns) {
    if (!this.chip) return;
    this.chip.stopped ??= 'hung by the rig';
    this.hungUntil = this.nanos + ns;
  }

  /** Runs until this time since the rig began (ns), through resets; `edges` are hall changes. */
  run(until, edges = []) {
    let next = 0;
    while (this.chip && this.nanos < until) {
      const runsDry = this.isSupplied ? this.heldUntil : null;
      const stops = [until, edges[next]?.[0], this.failsAt, this.hungUntil, runsDry];
      this.chip.run(Math.min(...stops.filter((stop) => stop != null)) - this.base);
      if (this.isSupplied) this.lookAtSupply();
      if (this.failsAt !== null && this.nanos >= this.failsAt) {
        this.resets.push([4, this.nanos]);
        this.failsAt = null;
        this.leave();
        break;
      }
      if (this.chip.resetBy) this.restart();
      else if (this.hungUntil !== null && this.nanos >= this.hungUntil) {
        this.hungUntil = null;
        this.chip.stopped = null;
      }
      while (next < edges.length && this.nanos >= edges[next][0]) this.setHall(edges[next++][1]);
    }
    for (; next < edges.length; next++) this.setHall(edges[next][1]);
    if (!this.chip) this.base = Math.max(this.base, until);
    else this.settle();
  }

  restart() {
    const { chip } = this;
    const { cause, reason } = chip.resetBy;
    this.resets.push([cause === 'watchdog' ? (reason & 2 ? 2 : 1) : 3, this.nanos]);
    this.leave();
    this.start(cause, chip, reason);
  }
}
