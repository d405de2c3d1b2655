// Looks at one pin as a logic analyser does: level, edges and time spent high.

const FUNCTION_PWM = 4;
const GPIO_CTRL_LAST = 0xec;

export class Probe {
  /** `onEdge(level, ns)` hears every change but those of the PWM. */
  constructor(rp, index, onEdge) {
    this.rp = rp;
    this.pin = rp.gpio[index];
    this.index = index;
    this.onEdge = onEdge;
    this.highNs = 0;
    this.at = rp.clock.nanos;
    this.slice = rp.pwm.slices[(index >> 1) & 7];
    this.look();
    this.pin.addListener(() => this.change());
    const io = rp.peripherals[0x40014];
    const write = io.writeUint32.bind(io);
    io.writeUint32 = (offset, value) => {
      write(offset, value);
      if (offset <= GPIO_CTRL_LAST && offset >> 3 === index) this.change();
    };
  }

  look() {
    const { pin, rp, index } = this;
    this.isPwm = pin.outputEnable && pin.functionSelect === FUNCTION_PWM &&
      pin.outputOverride === 0;
    if (this.isPwm) {
      this.slice.advance();
      this.sliceHighNs = this.slice.high[index & 1];
    } else this.level = pin.outputEnable && pin.outputValue;
    this.at = rp.clock.nanos;
  }

  change() {
    const before = this.isPwm ? null : this.level;
    this.collect();
    this.look();
    if (!this.isPwm && this.level !== before) this.onEdge?.(this.level, this.rp.clock.nanos);
  }

  collect() {
    if (this.isPwm) {
      this.slice.advance();
      const high = this.slice.high[this.index & 1];
      this.highNs += high - this.sliceHighNs;
      this.sliceHighNs = high;
    } else if (this.level) this.highNs += this.rp.clock.nanos - this.at;
    this.at = this.rp.clock.nanos;
  }

  /** Level now. */
  get isHigh() {
    return this.pin.outputEnable && this.pin.outputValue;
  }

  /** Time spent high since last asked (ns). */
  take() {
    this.collect();
    const high = this.highNs;
    this.highNs = 0;
    return high;
  }
}
