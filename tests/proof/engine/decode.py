"""From bytes to instructions, one function at a time. An opcode that is not here is an error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import plain
from .wasm import Module, Reader, Unsupported

if TYPE_CHECKING:
    from .machine import Machine
    from .state import State

_ELSE, _END = 0x05, 0x0B
_BLOCK, _LOOP, _IF = 0x02, 0x03, 0x04
_EMPTY_BLOCK = -64


@dataclass(frozen=True, slots=True)
class Plain:
    """An instruction that goes on with the next one; it may end the path by `Dead`."""

    run: "Callable[[Machine, State], None]"


@dataclass(frozen=True, slots=True)
class Block:
    """A block, whose label is at its end, or a loop, whose label is at its begin."""

    is_loop: bool
    results: int
    body: "list[Instruction]"


@dataclass(frozen=True, slots=True)
class If:
    """A block that is entered by a condition."""

    results: int
    yes: "list[Instruction]"
    no: "list[Instruction]"


@dataclass(frozen=True, slots=True)
class Branch:
    """Leaves for a label, counted from the inside."""

    depth: int


@dataclass(frozen=True, slots=True)
class BranchIf:
    """Leaves for a label when a number is not 0."""

    depth: int


@dataclass(frozen=True, slots=True)
class BranchTable:
    """Leaves for the label of a number; the last one is for all greater ones."""

    depths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """Leaves the function."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Every panic of Rust ends here."""


@dataclass(frozen=True, slots=True)
class Call:
    """Calls a function by its number."""

    function: int


Instruction = Plain | Block | If | Branch | BranchIf | BranchTable | Return | Unreachable | Call


@dataclass(frozen=True)
class Function:
    """A function's further locals, by width, and its instructions."""

    locals: tuple[int, ...]
    body: list[Instruction]


def function(module: Module, index: int) -> Function:
    """The function of this number, which is no import.

    Raises `Unsupported` for an opcode that is not known.
    """
    reader = Reader(module.data, module.bodies[index - len(module.imports)])
    widths: list[int] = []
    for _ in range(reader.unsigned()):
        count = reader.unsigned()
        widths += [reader.width()] * count
    try:
        body, end = _body(module, reader)
    except Unsupported as error:
        raise Unsupported(f"{error} in {module.name(index)}") from error
    if end != _END:
        raise Unsupported(f"{module.name(index)} does not end")
    return Function(tuple(widths), body)


def _body(module: Module, reader: Reader) -> tuple[list[Instruction], int]:
    """Instructions up to `else` or `end`, and which of them it was."""
    body: list[Instruction] = []
    while True:
        opcode = reader.byte()
        if opcode in (_ELSE, _END):
            return body, opcode
        if opcode in (_BLOCK, _LOOP, _IF):
            body.append(_nested(module, reader, opcode))
        elif opcode != 0x01:
            body.append(_control(reader, opcode) or Plain(plain.instruction(reader, opcode)))


def _nested(module: Module, reader: Reader, opcode: int) -> Instruction:
    kind = reader.signed()
    if kind >= 0:
        if module.types[kind].params:
            raise Unsupported("a block with parameters")
        results = len(module.types[kind].results)
    else:
        results = 0 if kind == _EMPTY_BLOCK else 1
    body, end = _body(module, reader)
    if opcode != _IF:
        return Block(opcode == _LOOP, results, body)
    other: list[Instruction] = []
    if end == _ELSE:
        other, end = _body(module, reader)
    return If(results, body, other)


def _control(reader: Reader, opcode: int) -> Instruction | None:
    if opcode == 0x00:
        return Unreachable()
    if opcode == 0x0C:
        return Branch(reader.unsigned())
    if opcode == 0x0D:
        return BranchIf(reader.unsigned())
    if opcode == 0x0E:
        return BranchTable(tuple(reader.unsigned() for _ in range(reader.unsigned() + 1)))
    if opcode == 0x0F:
        return Return()
    if opcode == 0x10:
        return Call(reader.unsigned())
    return None
