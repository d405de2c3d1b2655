// The pins: an input sees the pad, whoever drives it, and an edge is a change.
//
// Stock rp2040js 1.4.1 reads an output pin back as whatever was last applied from outside, reads
// an open pin as low even with its pull-up on, latches an edge when a level is applied again, and
// begins with the pads' inputs off. The interrupt enables of the second core and of the dormant
// wake-up are missing; nothing looks at them.

/** Lets the level of an open pin be decided by its pulls again. */
export function release(pin) {
  pin.isDriven = false;
  pin.refreshInput();
}

function patch(pin) {
  pin.isDriven = false;
  const padLevel = () => {
    if (pin.outputEnable) return pin.outputValue;
    return pin.isDriven ? pin.rawInputValue : pin.pullupEnabled && !pin.pulldownEnabled;
  };
  const stock = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(pin), 'inputValue').get;
  Object.defineProperty(pin, 'inputValue', {
    get() {
      const outside = this.rawInputValue;
      this.rawInputValue = padLevel();
      const seen = stock.call(this);
      this.rawInputValue = outside;
      return seen;
    },
  });
  const apply = pin.setInputValue.bind(pin);
  pin.refreshInput = () => {
    const edges = pin.irqStatus & 0xc;
    apply(padLevel());
    pin.irqStatus = (pin.irqStatus & ~0xc) | edges;
    pin.rp2040.updateIOInterrupt();
  };
  pin.setInputValue = (value) => {
    if (pin.isDriven && pin.rawInputValue === value) return;
    const before = pin.inputValue;
    const edges = pin.irqStatus & 0xc;
    pin.isDriven = true;
    apply(value);
    if (pin.inputValue === before) {
      pin.irqStatus = (pin.irqStatus & ~0xc) | edges;
      pin.rp2040.updateIOInterrupt();
    }
  };
}

/** A pad after reset: input on, pulled down, Schmitt trigger (data sheet 2.19.6.3). */
const PAD_RESET = 0x56;

/** Interrupt registers of core 1 and of the dormant wake-up. */
const OTHERS = [0x130, 0x190];

export function apply(rp) {
  const io = rp.peripherals[0x40014];
  const [read, write] = [io.readUint32.bind(io), io.writeUint32.bind(io)];
  const kept = new Map();
  const isOther = (offset) => offset >= OTHERS[0] && offset < OTHERS[1];
  io.readUint32 = (offset) => (isOther(offset) ? kept.get(offset) ?? 0 : read(offset));
  io.writeUint32 = (offset, value) => {
    if (isOther(offset)) kept.set(offset, value >>> 0);
    else write(offset, value);
  };
  for (const pin of rp.gpio) pin.padValue = PAD_RESET;
  for (const pin of [...rp.gpio, ...rp.qspi]) patch(pin);
}
