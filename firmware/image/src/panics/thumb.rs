//! As much of the Thumb instruction set as tells where control goes.
//!
//! Arm Architecture Reference Manual, ARMv7-M (DDI 0403), chapter A5 and the descriptions of B, BL,
//! BLX, BX, CBZ, LDR, MOV in A7; ARMv6-M is a subset.

/// Where an instruction may go besides the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To a known address: a call or a jump.
    Branch(u32),
    /// To an address in a register or in memory, which no table of this function holds.
    Indirect,
}

/// Every place in these instructions from which control may leave their order, with its address.
///
/// Returns and jumps through a table of the same function (`MOV PC`, `ADD PC`, `TBB`, `TBH`) are not
/// listed. Bytes must be instructions only, `at` is the address of the first.
#[must_use]
pub fn flows(code: &[u8], at: u32) -> Vec<(u32, Flow)> {
    let (halves, _) = code.as_chunks();
    let halves: Vec<u16> = halves
        .iter()
        .map(|half| u16::from_le_bytes(*half))
        .collect();
    let mut found = Vec::new();
    let (mut rest, mut pc) = (halves.as_slice(), at);
    while let [first, tail @ ..] = rest {
        let (flow, taken) = match tail {
            [second, behind @ ..] if first >> 11 >= 0b11101 => {
                rest = behind;
                (wide(*first, *second, pc), 4)
            }
            _ => {
                rest = tail;
                (narrow(*first, pc), 2)
            }
        };
        found.extend(flow.map(|flow| (pc, flow)));
        pc = pc.wrapping_add(taken);
    }
    found
}

const LR: u16 = 14;

fn narrow(half: u16, pc: u32) -> Option<Flow> {
    let bits = u32::from(half);
    let register = (half >> 3) & 15;
    match half >> 8 {
        // BX; through LR it is a return. BLX is always a call.
        0x47 if half & 0x80 == 0 && register == LR => None,
        0x47 => Some(Flow::Indirect),
        // B with a condition; 14 and 15 are UDF and SVC.
        0xd0..=0xdd => Some(branch(pc, sign_extend(bits << 1, 9))),
        // B.
        0xe0..=0xe7 => Some(branch(pc, sign_extend(bits << 1, 12))),
        // CBZ, CBNZ: forward only.
        0xb1 | 0xb3 | 0xb9 | 0xbb => Some(branch(pc, (bits >> 3) & 0x40 | (bits >> 2) & 0x3e)),
        _ => None,
    }
}

fn wide(first: u16, second: u16, pc: u32) -> Option<Flow> {
    let (high, low) = (u32::from(first), u32::from(second));
    let sign = (high >> 10) & 1;
    let (j1, j2) = ((low >> 13) & 1, (low >> 11) & 1);
    if first >> 11 == 0b11110 {
        return match (second >> 12) & 0b1101 {
            // BL, and B without a condition.
            0b1101 | 0b1001 => {
                let (i1, i2) = (1 ^ j1 ^ sign, 1 ^ j2 ^ sign);
                let upper = (sign << 24) | (i1 << 23) | (i2 << 22);
                let offset = upper | ((high & 0x3ff) << 12) | ((low & 0x7ff) << 1);
                Some(branch(pc, sign_extend(offset, 25)))
            }
            // B with a condition; 14 and 15 are barriers, hints and system registers.
            0b1000 if (high >> 6) & 15 < 14 => {
                let upper = (sign << 20) | (j2 << 19) | (j1 << 18);
                let offset = upper | ((high & 0x3f) << 12) | ((low & 0x7ff) << 1);
                Some(branch(pc, sign_extend(offset, 21)))
            }
            _ => None,
        };
    }
    // LDR into PC; from the stack (`LDR PC, [SP], #4`) it is a return.
    let is_load = first & 0xff70 == 0xf850 && second >> 12 == 15;
    let is_return = first & 15 == 13 && second & 0xfff == 0xb04;
    (is_load && !is_return).then_some(Flow::Indirect)
}

fn branch(pc: u32, offset: u32) -> Flow {
    Flow::Branch(pc.wrapping_add(4).wrapping_add(offset))
}

/// The lowest `bits` of the value as a signed number.
fn sign_extend(value: u32, bits: u32) -> u32 {
    let mask = (1 << bits) - 1;
    let sign = 1 << (bits - 1);
    ((value & mask) ^ sign).wrapping_sub(sign)
}

/// The 16-bit constant of a `MOVW` or `MOVT`.
#[must_use]
pub fn constant(first: u16, second: u16) -> u16 {
    (first & 15) << 12 | (first & 0x400) << 1 | (second & 0x7000) >> 4 | second & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halfwords at 0x1000.
    fn of(halves: &[u16]) -> Vec<(u32, Flow)> {
        let code: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        flows(&code, 0x1000)
    }

    fn goes(halves: &[u16], target: u32) {
        assert_eq!(
            of(halves),
            [(0x1000, Flow::Branch(target))],
            "{halves:04x?}"
        );
    }

    #[test]
    fn branches_go_where_a_disassembler_says() {
        // llvm-mc --triple=thumbv7em: `bl`, `b.w`, `beq.w`, `b`, `beq`, `cbz`, `cbnz`.
        goes(&[0xf7ff, 0xffe3], 0x0fca);
        goes(&[0xf000, 0xf8f6], 0x11f0);
        goes(&[0xf7ff, 0xbfff], 0x1002);
        goes(&[0xf000, 0xb856], 0x10b0);
        goes(&[0xf43f, 0xaffe], 0x1000);
        goes(&[0xf000, 0x8080], 0x1104);
        goes(&[0xe7ec], 0x0fdc);
        goes(&[0xe3ff], 0x1802);
        goes(&[0xd001], 0x1006);
        goes(&[0xd3ee], 0x0fe0);
        goes(&[0xb118], 0x100a);
        goes(&[0xbbf8], 0x1082);
    }

    #[test]
    fn indirect_calls_and_jumps_are_told_from_returns() {
        for code in [
            &[0x4798][..],
            &[0x4718],
            &[0x47f0],
            &[0xf8d0, 0xf004],
            &[0xf850, 0xf021],
        ] {
            assert_eq!(of(code), [(0x1000, Flow::Indirect)], "{code:04x?}");
        }
        // bx lr, pop {r7, pc}, ldr pc, [sp], #4, pop.w {r4, pc}, mov pc, r1, tbb, udf, svc, dsb.
        for code in [
            &[0x4770][..],
            &[0xbd80],
            &[0xf85d, 0xfb04],
            &[0xe8bd, 0x8010],
            &[0x468f],
            &[0xe8df, 0xf000],
            &[0xdefe],
            &[0xdf01],
            &[0xf3bf, 0x8f4f],
        ] {
            assert_eq!(of(code), [], "{code:04x?}");
        }
    }

    #[test]
    fn long_instructions_are_stepped_over_whole() {
        // movw r1, #0x4798 has the bits of `blx r3` in no halfword of its own; then bl.
        let code = [0xf244, 0x7198, 0xf7ff, 0xffe3];
        assert_eq!(of(&code), [(0x1004, Flow::Branch(0x0fce))]);
        // The second half of `ldr.w r4, [r0, #0x798]` is 0x4798, which alone is `blx r3`.
        assert_eq!(of(&[0xf8d0, 0x4798]), []);
        assert_eq!(of(&[0xf000]), [], "half an instruction at the end");
    }

    #[test]
    fn the_constant_of_movw_is_put_together() {
        assert_eq!(constant(0xf240, 0x722c), 1836);
        assert_eq!(constant(0xf64a, 0x22ab), 43_691);
        assert_eq!(constant(0xf2c2, 0x0000), 8192);
    }
}
