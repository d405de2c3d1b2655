// The processor: events, interrupts while masked, carries, shifts by a register, breakpoints.
//
// Stock rp2040js 1.4.1:
// - SEV only logs, so that a WFE after it sleeps instead of falling through;
// - WFE and WFI take an exception although PRIMASK masks it, and one of any priority from inside
//   a handler;
// - ADCS and SBCS add the carry before they compare signs: the overflow flag is wrong when the
//   operand with its carry passes 0x7fffffff;
// - shifts by a register change the carry flag when the count is zero, LSLS also above 32;
// - BKPT and UDF do nothing, where a processor without a debugger takes a HardFault.

const ADCS = 0x105;
const SBCS = 0x106;
const SEV = 0xbf40;

/** Exception number of a HardFault. */
export const HARD_FAULT = 3;

function flags(core, result) {
  core.N = result < 0;
  core.Z = result === 0;
}

/** x + y + carry with all flags, as the architecture's AddWithCarry says. */
function addWithCarry(core, x, y, carry) {
  const sum = (x >>> 0) + (y >>> 0) + carry;
  const result = sum | 0;
  flags(core, result);
  core.C = sum > 0xffffffff;
  core.V = ((x ^ result) & (y ^ result)) < 0;
  return result >>> 0;
}

function shift(core, kind, value, count) {
  if (count === 0) {
    flags(core, value | 0);
    return value;
  }
  let result;
  switch (kind) {
    case 0x102: // LSLS
      core.C = count <= 32 && ((value >>> (32 - count)) & 1) === 1;
      result = count < 32 ? value << count : 0;
      break;
    case 0x103: // LSRS
      core.C = count <= 32 && ((value >>> (count - 1)) & 1) === 1;
      result = count < 32 ? value >>> count : 0;
      break;
    case 0x104: // ASRS
      core.C = ((value >> Math.min(count - 1, 31)) & 1) === 1;
      result = value >> Math.min(count, 31);
      break;
    default: { // RORS
      const turn = count & 31;
      result = turn === 0 ? value : (value >>> turn) | (value << (32 - turn));
      core.C = (result | 0) < 0;
    }
  }
  flags(core, result | 0);
  return result >>> 0;
}

function patchInterrupts(core) {
  const check = core.checkForInterrupts.bind(core);
  core.checkForInterrupts = () => {
    if (!core.waiting) return check();
    if (core.PM) {
      // Masked: the processor wakes and goes on behind the instruction.
      return (
        (core.pendingInterrupts & core.enabledInterrupts) !== 0 ||
        core.pendingNMI || core.pendingPendSV || core.pendingSystick
      );
    }
    core.waiting = false;
    const taken = check();
    core.waiting = !taken;
    return taken;
  };
}

function patchInstructions(core) {
  const stock = core.executeInstruction.bind(core);
  const { registers, rp2040 } = core;
  core.executeInstruction = () => {
    if (core.interruptsUpdated && core.checkForInterrupts()) core.waiting = false;
    const opcode = rp2040.readUint16(registers[15] & ~1);
    const kind = opcode >> 6;
    if ((kind >= 0x102 && kind <= ADCS + 2) || opcode === SEV) {
      const rdn = opcode & 7;
      const operand = registers[(opcode >> 3) & 7];
      if (opcode === SEV) core.eventRegistered = true;
      else if (kind === ADCS) {
        registers[rdn] = addWithCarry(core, registers[rdn], operand, core.C ? 1 : 0);
      } else if (kind === SBCS) {
        registers[rdn] = addWithCarry(core, registers[rdn], ~operand, core.C ? 1 : 0);
      } else registers[rdn] = shift(core, kind, registers[rdn], operand & 0xff);
      registers[15] += 2;
      core.cycles += 1;
      return 1;
    }
    return stock();
  };
}

/** Takes a HardFault for the instruction that just ran; false if the processor locks up. */
export function hardFault(core) {
  const priority = core.exceptionPriority(core.IPSR);
  if (priority < 0) return false;
  core.PC -= core.breakRewind;
  core.breakRewind = 0;
  core.waiting = false;
  core.exceptionEntry(HARD_FAULT);
  return true;
}

export function apply(rp) {
  patchInterrupts(rp.core);
  patchInstructions(rp.core);
  rp.breaks = [];
  rp.onBreak = (code) => rp.breaks.push(code);
}
