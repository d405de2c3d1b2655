// The I2C controller: bytes take their time on the bus, and the queues' interrupts are levels.
//
// Stock rp2040js 1.4.1 ends every transfer in the instruction that starts it, cannot enable an
// interrupt (IC_INTR_MASK), drops RX_FULL when any byte is read although more than the threshold
// wait, does not raise TX_EMPTY until something was sent, sends no repeated start when the
// direction changes, and clears the abort source when it is read instead of when the abort is
// cleared. Its devices are callbacks; here they are objects on a bus.

const IC_DATA_CMD = 0x10, IC_INTR_STAT = 0x2c, IC_INTR_MASK = 0x30, IC_RAW_INTR_STAT = 0x34;
const IC_RX_TL = 0x38, IC_TX_TL = 0x3c, IC_CLR_INTR = 0x40, IC_CLR_TX_ABRT = 0x54;
const IC_ENABLE = 0x6c, IC_TX_ABRT_SOURCE = 0x80;
const SILENT = new Set([0x7c, 0x84, 0x88, 0x8c, 0x90, 0x94, 0x98]);
const CONNECTED = 3, READ = 1 << 8, RESTART = 1 << 10;
const TX_EMPTY = 1 << 4, RX_FULL = 1 << 2;

/**
 * A device answers `connect(isRead)` and `write(byte)` with whether it acknowledges, `read()` with
 * a byte, and hears `stop()`.
 */
export class Bus {
  constructor(clock) {
    this.clock = clock;
    this.devices = new Map();
    this.device = null;
  }

  attach(address, device) {
    this.devices.set(address, device);
  }
}

/** A command in the other direction begins with a repeated start. */
function turnAround(i2c) {
  const stock = i2c.nextCommand.bind(i2c);
  let direction = 0;
  i2c.nextCommand = () => {
    const { txFIFO } = i2c;
    const turns = !txFIFO.empty && !i2c.busy && i2c.state === CONNECTED && !i2c.pendingRestart &&
      (txFIFO.peek() & READ) !== direction;
    if (turns) txFIFO.buffer[txFIFO.start] |= RESTART;
    if (!txFIFO.empty) direction = txFIFO.peek() & READ;
    stock();
  };
}

function carry(i2c, bus) {
  const bitNs = () => {
    const cycles = i2c.sclLowPeriod + i2c.sclHighPeriod + i2c.spikelen + 9;
    return (cycles * 1e9) / i2c.rp2040.clkSys;
  };
  const after = (bits, done) => {
    let next = done;
    const alarm = bus.clock.createAlarm(() => next());
    return (...given) => {
      next = () => done(...given);
      alarm.schedule(bits * bitNs());
    };
  };
  i2c.onStart = after(1, () => i2c.completeStart());
  i2c.onConnect = after(9, (address, mode) => {
    bus.device = bus.devices.get(address) ?? null;
    i2c.completeConnect(bus.device?.connect(mode === 1) ?? false);
  });
  i2c.onWriteByte = after(9, (byte) => i2c.completeWrite(bus.device?.write(byte) ?? false));
  i2c.onReadByte = after(9, () => i2c.completeRead(bus.device?.read() ?? 0xff));
  i2c.onStop = after(1, () => {
    bus.device?.stop();
    bus.device = null;
    i2c.completeStop();
  });
}

export function apply(rp) {
  rp.buses = rp.i2c.map((i2c) => {
    const bus = new Bus(rp.clock);
    carry(i2c, bus);
    const levels = () =>
      (i2c.enable & 1 && i2c.txFIFO.itemCount <= i2c.txThreshold ? TX_EMPTY : 0) |
      (i2c.rxFIFO.itemCount > i2c.rxThreshold ? RX_FULL : 0);
    const settle = () => {
      i2c.intRaw = (i2c.intRaw & ~(TX_EMPTY | RX_FULL)) | levels();
      i2c.checkInterrupts();
    };
    turnAround(i2c);
    for (const name of ['pushRX', 'nextCommand', 'abort']) {
      const stock = i2c[name].bind(i2c);
      i2c[name] = (...given) => {
        stock(...given);
        settle();
      };
    }
    const read = i2c.readUint32.bind(i2c);
    i2c.readUint32 = (offset) => {
      if (SILENT.has(offset)) return 0;
      if (offset === IC_TX_ABRT_SOURCE) return i2c.abortSource;
      if (offset === IC_RAW_INTR_STAT || offset === IC_INTR_STAT) settle();
      const value = read(offset);
      if (offset === IC_CLR_TX_ABRT || offset === IC_CLR_INTR) i2c.abortSource = 0;
      if (offset === IC_DATA_CMD) settle();
      return value;
    };
    const write = i2c.writeUint32.bind(i2c);
    i2c.writeUint32 = (offset, value) => {
      if (SILENT.has(offset)) return;
      if (offset === IC_INTR_MASK) i2c.intEnable = value & 0x1fff;
      else write(offset, value);
      if ([IC_DATA_CMD, IC_RX_TL, IC_TX_TL, IC_ENABLE, IC_INTR_MASK].includes(offset)) settle();
    };
    return bus;
  });
}
