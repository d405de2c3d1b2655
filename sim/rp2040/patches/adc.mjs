// The converter: round robin, single conversions, and the interrupt of its queue.
//
// Stock rp2040js 1.4.1 masks the channel of the round robin with a shift count, so that it never
// advances, and would leave out channel 0 behind channel 4; keeps CS.START_ONE, so that a later
// read-modify-write starts a conversion that nobody asked for; and does not lower the interrupt
// when the queue is read.

const CS = 0x00;
const FIFO = 0x0c;
const CS_START_ONE = 1 << 2;
const AINSEL_SHIFT = 12;
const AINSEL = 7 << AINSEL_SHIFT;
const RROBIN_SHIFT = 16;
const RROBIN = 0x1f << RROBIN_SHIFT;
const CHANNELS = 5;

function following(cs) {
  const robin = (cs & RROBIN) >> RROBIN_SHIFT;
  let channel = (cs & AINSEL) >> AINSEL_SHIFT;
  if (!robin) return channel;
  do channel = (channel + 1) % CHANNELS;
  while (!(robin & (1 << channel)));
  return channel;
}

export function apply(rp) {
  const { adc } = rp;
  const complete = adc.completeADCRead.bind(adc);
  adc.completeADCRead = (value, error) => {
    const robin = adc.cs & RROBIN;
    adc.cs = (adc.cs & ~AINSEL) | (following(adc.cs) << AINSEL_SHIFT);
    adc.cs &= ~RROBIN;
    complete(value, error);
    adc.cs |= robin;
  };
  const write = adc.writeUint32.bind(adc);
  adc.writeUint32 = (offset, value) => {
    write(offset, value);
    if (offset === CS) adc.cs &= ~CS_START_ONE;
  };
  const read = adc.readUint32.bind(adc);
  adc.readUint32 = (offset) => {
    const value = read(offset);
    if (offset === FIFO) adc.checkInterrupts();
    return value;
  };
}
