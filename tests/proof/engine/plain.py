"""What each opcode does that neither branches nor calls. tests/test_opcodes.py compares every one with Node.js."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import access, bitvec
from .bitvec import binary, compare, extract, is_true, number, sign_extend, zero_extend
from .terms import Op, Term, both, choose, const, negate
from .wasm import Reader, Unsupported

if TYPE_CHECKING:
    from .machine import Machine
    from .state import State

Run = Callable[["Machine", "State"], None]

# The arguments of opcodes that have some.
_LOCAL_GET, _LOCAL_SET, _LOCAL_TEE, _GLOBAL_GET, _GLOBAL_SET = range(0x20, 0x25)
_I32_CONST, _I64_CONST = 0x41, 0x42
_BULK, _MEMORY_COPY, _MEMORY_FILL = 0xFC, 10, 11

# Opcode: width of the value, bytes in memory, whether the sign is extended.
LOADS = {
    0x28: (32, 4, False), 0x29: (64, 8, False),
    0x2C: (32, 1, True), 0x2D: (32, 1, False), 0x2E: (32, 2, True), 0x2F: (32, 2, False),
    0x30: (64, 1, True), 0x31: (64, 1, False), 0x32: (64, 2, True), 0x33: (64, 2, False),
    0x34: (64, 4, True), 0x35: (64, 4, False),
}  # fmt: skip
# Opcode: bytes in memory.
STORES = {0x36: 4, 0x37: 8, 0x3A: 1, 0x3B: 2, 0x3C: 1, 0x3D: 2, 0x3E: 4}

# In the order of their opcodes, from 0x46 for 32 bits, from 0x51 for 64.
_COMPARE: tuple[Callable[[Term, Term], Term], ...] = (
    lambda x, y: compare("eq", x, y),
    lambda x, y: negate(compare("eq", x, y)),
    lambda x, y: compare("slt", x, y),
    lambda x, y: compare("ult", x, y),
    lambda x, y: compare("slt", y, x),
    lambda x, y: compare("ult", y, x),
    lambda x, y: negate(compare("slt", y, x)),
    lambda x, y: negate(compare("ult", y, x)),
    lambda x, y: negate(compare("slt", x, y)),
    lambda x, y: negate(compare("ult", x, y)),
)
# From 0x67 for 32 bits, from 0x79 for 64.
_COUNT: tuple[Callable[[Term], Term], ...] = (bitvec.leading_zeros, bitvec.trailing_zeros, bitvec.ones)
# From 0x6a for 32 bits, from 0x7c for 64. The last one, rotation to the right, is made of the one before.
_BINARY: tuple[Op, ...] = (
    "add", "sub", "mul", "sdiv", "udiv", "srem", "urem", "bitand", "bitor", "bitxor", "shl", "sar", "shr", "rotl",
)  # fmt: skip
_DIVIDES = ("sdiv", "udiv", "srem", "urem")

_CONVERT: dict[int, Callable[[Term], Term]] = {
    0xA7: lambda x: extract(x, 0, 32),
    0xAC: lambda x: sign_extend(x, 64),
    0xAD: lambda x: zero_extend(x, 64),
    0xC0: lambda x: sign_extend(extract(x, 0, 8), 32),
    0xC1: lambda x: sign_extend(extract(x, 0, 16), 32),
    0xC2: lambda x: sign_extend(extract(x, 0, 8), 64),
    0xC3: lambda x: sign_extend(extract(x, 0, 16), 64),
    0xC4: lambda x: sign_extend(extract(x, 0, 32), 64),
}


def instruction(reader: Reader, opcode: int) -> Run:
    """What an opcode does, its arguments read.

    Raises `Unsupported` when it is not known.
    """
    run = _of_variables(reader, opcode) or _of_memory(reader, opcode)
    if run is not None:
        return run
    if opcode == 0x1A:
        return lambda _, state: _drop(state)
    if opcode == 0x1B:
        return _select
    if opcode in (0x45, 0x50):
        return _unary(lambda x: number(negate(is_true(x))))
    for first in (0x46, 0x51):
        if first <= opcode < first + len(_COMPARE):
            return _comparison(_COMPARE[opcode - first])
    for first in (0x67, 0x79):
        if first <= opcode < first + len(_COUNT):
            return _unary(_COUNT[opcode - first])
        if first + 3 <= opcode < first + 3 + len(_BINARY):
            return _arithmetic(_BINARY[opcode - first - 3])
        if opcode == first + 3 + len(_BINARY):
            return _rotate_right
    if opcode in _CONVERT:
        return _unary(_CONVERT[opcode])
    raise Unsupported(f"opcode {opcode:#x}")


def _of_variables(reader: Reader, opcode: int) -> Run | None:
    if opcode == _I32_CONST:
        return _constant(const(32, reader.signed()))
    if opcode == _I64_CONST:
        return _constant(const(64, reader.signed()))
    if not _LOCAL_GET <= opcode <= _GLOBAL_SET:
        return None
    index = reader.unsigned()

    def local_get(_: "Machine", state: "State") -> None:
        state.stack.append(state.locals[index])

    def local_set(_: "Machine", state: "State") -> None:
        state.locals[index] = state.stack.pop()

    def local_tee(_: "Machine", state: "State") -> None:
        state.locals[index] = state.stack[-1]

    def global_get(_: "Machine", state: "State") -> None:
        state.stack.append(state.globals[index])

    def global_set(_: "Machine", state: "State") -> None:
        state.globals[index] = state.stack.pop()

    return (local_get, local_set, local_tee, global_get, global_set)[opcode - _LOCAL_GET]


def _of_memory(reader: Reader, opcode: int) -> Run | None:
    if opcode in LOADS:
        reader.unsigned()
        return _load(reader.unsigned(), *LOADS[opcode])
    if opcode in STORES:
        reader.unsigned()
        return _store(reader.unsigned(), STORES[opcode])
    if opcode != _BULK:
        return None
    kind = reader.unsigned()
    if kind == _MEMORY_COPY:
        reader.take(2)
        return access.copy
    if kind == _MEMORY_FILL:
        reader.take(1)
        return access.fill
    raise Unsupported(f"opcode 0xfc {kind}")


def _constant(term: Term) -> Run:
    return lambda _, state: state.stack.append(term)


def _drop(state: "State") -> None:
    state.stack.pop()


def _select(_: "Machine", state: "State") -> None:
    condition = is_true(state.stack.pop())
    no = state.stack.pop()
    state.stack.append(choose(condition, state.stack.pop(), no))


def _unary(what: Callable[[Term], Term]) -> Run:
    return lambda _, state: state.stack.append(what(state.stack.pop()))


def _comparison(what: Callable[[Term, Term], Term]) -> Run:
    def run(_: "Machine", state: "State") -> None:
        y = state.stack.pop()
        state.stack.append(number(what(state.stack.pop(), y)))

    return run


def _arithmetic(op: Op) -> Run:
    def plain(_: "Machine", state: "State") -> None:
        y = state.stack.pop()
        state.stack.append(binary(op, state.stack.pop(), y))

    def multiply(machine: "Machine", state: "State") -> None:
        y = state.stack.pop()
        state.stack.append(machine.unknowns.binary(op, state.stack.pop(), y))

    def divide(machine: "Machine", state: "State") -> None:
        y = state.stack.pop()
        x = state.stack.pop()
        by_zero = compare("eq", y, const(y.width, 0))
        machine.need(state, "trap: division by zero", by_zero)
        access.only_where(state, negate(by_zero))
        if op == "sdiv":
            least = compare("eq", x, const(x.width, 1 << (x.width - 1)))
            too_great = both(least, compare("eq", y, const(y.width, -1)))
            machine.need(state, "trap: quotient too great", too_great)
            access.only_where(state, negate(too_great))
        state.stack.append(machine.unknowns.binary(op, x, y))

    if op in _DIVIDES:
        return divide
    return multiply if op == "mul" else plain


def _rotate_right(_: "Machine", state: "State") -> None:
    y = state.stack.pop()
    left = binary("sub", const(y.width, y.width), y)
    state.stack.append(binary("rotl", state.stack.pop(), left))


def _load(offset: int, width: int, size: int, is_signed: bool) -> Run:
    extend = sign_extend if is_signed else zero_extend

    def run(machine: "Machine", state: "State") -> None:
        state.stack.append(extend(access.load(machine, state, state.stack.pop(), offset, size), width))

    return run


def _store(offset: int, size: int) -> Run:
    def run(machine: "Machine", state: "State") -> None:
        term = state.stack.pop()
        access.store(machine, state, state.stack.pop(), offset, size, term)

    return run
