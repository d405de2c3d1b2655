// The PWM: counted, not stepped, and its EN register reads back.
//
// Stock rp2040js 1.4.1 sets three alarms for every period of every running slice, which is most of
// the work while a motor runs and ends every sleep of the processor; and its EN register reads 0,
// so that a read-modify-write stops every slice. Here a slice knows when it was started and works
// out counter, level and time spent high whenever somebody asks. An alarm is set only for a wrap
// that somebody waits for: an interrupt that is enabled, or a DMA request.
//
// Not modelled: counting by the B pin (DIVMODE other than free-running), phase advance and retard.

const CSR = 0x00, DIV = 0x04, CTR = 0x08, CC = 0x0c, TOP = 0x10;
const SLICE_BYTES = 0x14;
const EN = 0xa0, INTR = 0xa4, INTE = 0xa8, INTF = 0xac, INTS = 0xb0;
const CSR_EN = 1, CSR_PH_CORRECT = 2, CSR_A_INV = 4, CSR_B_INV = 8, CSR_DIVMODE = 0x30;
const DREQ_PWM_WRAP0 = 24;
const IRQ_PWM_WRAP = 4;

class Slice {
  constructor(pwm, index) {
    this.pwm = pwm;
    this.index = index;
    this.csr = 0;
    this.div = 1 << 4;
    this.cc = 0;
    this.top = 0xffff;
    // What counts until the next wrap.
    this.activeCc = 0;
    this.activeTop = 0xffff;
    /** Time up to which everything is worked out, and the counter then (ticks into the period). */
    this.at = 0;
    this.phase = 0;
    /** Time that A and B have spent high since the start of the chip (ns). */
    this.high = [0, 0];
    this.alarm = pwm.rp2040.clock.createAlarm(() => {
      this.advance();
      this.pwm.awaitWrap(this);
    });
  }

  get running() {
    return (this.csr & CSR_EN) !== 0;
  }

  get tickNs() {
    const whole = (this.div >> 4) & 0xff || 256;
    return ((whole + (this.div & 0xf) / 16) * 1e9) / this.pwm.rp2040.clkSys;
  }

  /** Ticks of a period. */
  get period() {
    return (this.activeTop + 1) * (this.csr & CSR_PH_CORRECT ? 2 : 1);
  }

  /** Ticks spent high between two places of one period, for compare value `cc`. */
  highTicks(cc, from, to) {
    const until = (x) => {
      if (!(this.csr & CSR_PH_CORRECT)) return Math.min(x, cc);
      // Up from 0 to top and down again: high at both ends, around the turn at the bottom.
      return Math.min(x, cc) + Math.max(0, x - (this.period - cc));
    };
    return until(to) - until(from);
  }

  /** Works everything out up to now. */
  advance() {
    const now = this.pwm.rp2040.clock.nanos;
    if (this.running) {
      const tickNs = this.tickNs;
      let ticks = (now - this.at) / tickNs;
      while (ticks > 0) {
        const step = Math.min(ticks, this.period - this.phase);
        this.collect(this.phase, this.phase + step, tickNs);
        this.phase += step;
        ticks -= step;
        if (this.phase >= this.period - 1e-6) {
          this.phase = 0;
          this.wrap();
          ticks -= this.skip(ticks, tickNs);
        }
      }
    } else {
      const span = now - this.at;
      for (const side of [0, 1]) if (this.level(side)) this.high[side] += span;
    }
    this.at = now;
  }

  collect(from, to, tickNs) {
    for (const side of [0, 1]) {
      const cc = side ? this.activeCc >>> 16 : this.activeCc & 0xffff;
      const high = this.highTicks(Math.min(cc, this.activeTop + 1), from, to);
      const inverted = this.csr & (side ? CSR_B_INV : CSR_A_INV);
      this.high[side] += (inverted ? to - from - high : high) * tickNs;
    }
  }

  /** Whole periods at once, when nothing changes at their wraps. */
  skip(ticks, tickNs) {
    const periods = Math.floor(ticks / this.period) - 1;
    if (periods <= 0) return 0;
    const before = [...this.high];
    this.collect(0, this.period, tickNs);
    for (const side of [0, 1]) this.high[side] += (this.high[side] - before[side]) * (periods - 1);
    return periods * this.period;
  }

  wrap() {
    this.activeCc = this.cc;
    this.activeTop = this.top;
    this.pwm.wrapped(this.index);
  }

  get counter() {
    const ticks = Math.floor(this.phase);
    return ticks > this.activeTop ? this.period - 1 - ticks : ticks;
  }

  level(side) {
    const cc = side ? this.activeCc >>> 16 : this.activeCc & 0xffff;
    const inverted = (this.csr & (side ? CSR_B_INV : CSR_A_INV)) !== 0;
    return this.counter < cc !== inverted;
  }

  write(offset, value) {
    this.advance();
    switch (offset) {
      case CSR:
        if (value & CSR_DIVMODE) this.pwm.warn(`slice ${this.index} counts edges: not modelled`);
        this.enable((value & CSR_EN) !== 0);
        this.csr = (value & 0x3f & ~CSR_EN) | (this.csr & CSR_EN);
        break;
      case DIV:
        this.div = value & 0xfff;
        break;
      case CTR:
        this.phase = (value & 0xffff) % this.period;
        break;
      case CC:
        this.cc = value >>> 0;
        break;
      case TOP:
        this.top = value & 0xffff;
        break;
    }
    this.pwm.awaitWrap(this);
  }

  enable(on) {
    if (on && !this.running) {
      this.activeCc = this.cc;
      this.activeTop = this.top;
      this.csr |= CSR_EN;
    } else if (!on) this.csr &= ~CSR_EN;
  }

  read(offset) {
    this.advance();
    return [this.csr, this.div, this.counter, this.cc, this.top][offset >> 2];
  }

  /** Time to the next wrap (ns). */
  get toWrap() {
    return (this.period - this.phase) * this.tickNs;
  }
}

export function apply(rp) {
  const { pwm } = rp;
  // The stock slices hold alarms; without them they never run.
  for (const channel of pwm.channels) channel.reset();
  const slices = Array.from({ length: 8 }, (_, index) => new Slice(pwm, index));
  pwm.slices = slices;
  // What the stock chip looks at when its clock changes.
  pwm.channels = slices.map((slice) => ({
    timer: { set frequency(_) { slice.advance(); pwm.awaitWrap(slice); } },
    reset() {},
    gpioBChanged() {},
  }));
  rp.addClockListener((_, old) => {
    // The time that has passed was counted at the old frequency.
    const now = rp.clkSys;
    rp.clkSys = old;
    for (const slice of slices) slice.advance();
    rp.clkSys = now;
  });

  pwm.wrapped = (index) => {
    pwm.intRaw |= 1 << index;
    pwm.checkInterrupts();
    rp.dma.setDREQ(DREQ_PWM_WRAP0 + index);
    rp.dma.clearDREQ(DREQ_PWM_WRAP0 + index);
  };
  pwm.awaitWrap = (slice) => {
    const isAwaited = pwm.intEnable & (1 << slice.index) ||
      rp.dma.channels.some((channel) => channel.active &&
        channel.treq === DREQ_PWM_WRAP0 + slice.index);
    if (slice.running && isAwaited) slice.alarm.schedule(slice.toWrap + 0.001);
    else slice.alarm.cancel();
  };
  for (const channel of rp.dma.channels) {
    const schedule = channel.scheduleTransfer.bind(channel);
    channel.scheduleTransfer = () => {
      const slice = slices[channel.treq - DREQ_PWM_WRAP0];
      if (slice) pwm.awaitWrap(slice);
      schedule();
    };
  }
  Object.defineProperty(pwm, 'gpioValue', {
    get() {
      let bits = 0;
      for (const slice of slices) {
        slice.advance();
        const levels = (slice.level(0) ? 1 : 0) | (slice.level(1) ? 2 : 0);
        bits |= levels << (2 * slice.index);
        if (slice.index < 7) bits |= levels << (16 + 2 * slice.index);
      }
      return bits;
    },
    set(_) {},
  });

  pwm.readUint32 = (offset) => {
    if (offset < EN) return slices[Math.floor(offset / SLICE_BYTES)].read(offset % SLICE_BYTES);
    for (const slice of slices) slice.advance();
    switch (offset) {
      case EN: return slices.reduce((bits, { running, index }) => bits | (running << index), 0);
      case INTR: return pwm.intRaw;
      case INTE: return pwm.intEnable;
      case INTF: return pwm.intForce;
      case INTS: return pwm.intStatus;
      default:
        pwm.warn(`read from 0x${offset.toString(16)}: not modelled`);
        return 0;
    }
  };
  pwm.writeUint32 = (offset, value) => {
    if (offset < EN) {
      return slices[Math.floor(offset / SLICE_BYTES)].write(offset % SLICE_BYTES, value);
    }
    for (const slice of slices) slice.advance();
    if (offset === EN) for (const slice of slices) slice.enable((value >> slice.index) & 1);
    else if (offset === INTR) pwm.intRaw &= ~pwm.rawWriteValue;
    else if (offset === INTE) pwm.intEnable = value & 0xff;
    else if (offset === INTF) pwm.intForce = value & 0xff;
    for (const slice of slices) pwm.awaitWrap(slice);
    pwm.checkInterrupts();
  };
  pwm.checkInterrupts = () => rp.setInterrupt(IRQ_PWM_WRAP, pwm.intStatus !== 0);
}
