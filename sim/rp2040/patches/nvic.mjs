// The interrupt controller: a pending bit is a latch, not the line.
//
// Stock rp2040js 1.4.1 drops a pending interrupt when its line falls, never clears one that
// software pended (the handler would run for ever), and NVIC_ICPR cannot clear interrupts 0 to 24.
// The Cortex-M0+ latches: pending begins with the line or with software, ends when the handler is
// entered, and begins again at its end if the line is still active.

const NVIC_ICPR = 0x280;

export function apply(rp) {
  const { core, ppb } = rp;
  let lines = 0;

  core.setInterrupt = (irq, value) => {
    const bit = 1 << irq;
    if (!value) {
      lines &= ~bit;
      return;
    }
    if (lines & bit) return;
    lines |= bit;
    pend(bit);
  };

  const pend = (bits) => {
    core.pendingInterrupts |= bits;
    core.interruptsUpdated = true;
    if (core.waiting && core.checkForInterrupts()) core.waiting = false;
  };

  const enter = core.exceptionEntry.bind(core);
  core.exceptionEntry = (number) => {
    if (number >= 16) core.pendingInterrupts &= ~(1 << (number - 16));
    enter(number);
  };

  const leave = core.exceptionReturn.bind(core);
  core.exceptionReturn = (value) => {
    const number = core.IPSR;
    leave(value);
    if (number >= 16) {
      core.pendingInterrupts |= lines & (1 << (number - 16));
      core.interruptsUpdated = true;
    }
  };

  const write = ppb.writeUint32.bind(ppb);
  ppb.writeUint32 = (offset, value) => {
    if (offset !== NVIC_ICPR) return write(offset, value);
    core.pendingInterrupts = (core.pendingInterrupts & ~value) | (lines & value);
    core.interruptsUpdated = true;
  };
}
