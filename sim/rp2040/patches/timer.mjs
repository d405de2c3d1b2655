// The timer: an alarm fires when the counter shows its value, not up to a microsecond earlier.
//
// Stock rp2040js 1.4.1 counts whole microseconds from the moment of writing, which may lie inside
// one; the handler then reads a time before the one it asked for.

const ALARM0 = 0x10;
const ALARM3 = 0x1c;

export function apply(rp) {
  const timer = rp.peripherals[0x40054];
  const write = timer.writeUint32.bind(timer);
  timer.writeUint32 = (offset, value) => {
    write(offset, value);
    if (offset < ALARM0 || offset > ALARM3) return;
    const now = Math.floor(rp.clock.nanos / 1000);
    const wait = (value - now) >>> 0;
    // A thousandth of a nanosecond later, so that rounding cannot fall short.
    const nanos = (now + wait) * 1000 - rp.clock.nanos + 0.001;
    timer.alarms[(offset - ALARM0) / 4].clockAlarm.schedule(nanos);
  };
}
