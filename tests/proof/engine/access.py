"""Loads and stores: from a term for a place to the bytes that it can mean.

A place that is not constant is resolved to a superset of the places that it can be, by its shape, or else by the
solver. Every access that could be beyond the memory is an obligation, as the machine would trap.
"""

from typing import TYPE_CHECKING

from . import narrow
from .bitvec import binary, compare, extract
from .terms import FALSE, TRUE, Term, any_of, both, choose, const, negate, show
from .wasm import Unsupported

if TYPE_CHECKING:
    from .machine import Machine
    from .state import State

# More places than these for one access are an error.
_PLACES_MAX = 300
# A look-up in a constant table at more places than these gives an unknown.
_TABLE_MAX = 64

_OUTSIDE = "trap: outside of memory"


class Dead(Exception):
    """Nothing comes here: the path ends."""


def only_where(state: "State", condition: Term) -> None:
    """The path goes on where this holds; it ends (`Dead`) where that is nowhere.

    Conditions that are not decided are not added: that keeps paths short, and only adds behaviour.
    """
    if condition is FALSE:
        raise Dead


def _fits(machine: "Machine", place: int, size: int) -> bool:
    return place + size <= machine.start.size


def _places(machine: "Machine", state: "State", base: Term, offset: int, size: int) -> list[tuple[int, Term]]:
    """Where an access can be, and when it is there. The last of them needs no condition: it is the only one left."""
    if base.op == "const":
        bases = {base.value}
    elif base.values is not None:
        bases = set(base.values)
    else:
        bases = narrow.possible(state.path, base, _PLACES_MAX) or set()
        if not bases:
            bases = _asked(machine, state, base)
    inside = sorted(value for value in bases if _fits(machine, value + offset, size))
    if len(inside) < len(bases):
        outside = any_of(compare("eq", base, const(32, value)) for value in bases - set(inside))
        machine.need(state, _OUTSIDE, outside)
    if not inside:
        raise Dead
    return [(value + offset, compare("eq", base, const(32, value))) for value in inside]


def _asked(machine: "Machine", state: "State", base: Term) -> set[int]:
    found = machine.solver.values(state.condition(), base, _PLACES_MAX)
    if found is None:
        raise Unsupported(f"a place that is not known in {machine.where()}: {show(base)}")
    if not found:
        raise Dead
    return found


def load(machine: "Machine", state: "State", base: Term, offset: int, size: int) -> Term:
    """So many bytes at a place."""
    return _load(machine, state, TRUE, base, offset, size)


def _load(machine: "Machine", state: "State", when: Term, base: Term, offset: int, size: int) -> Term:
    if base.op == "const":
        if _fits(machine, base.value + offset, size):
            return state.memory.read(base.value + offset, size)
    elif base.values is None:
        # One of two places: each by itself.
        inner, added = base, 0
        if base.op == "add" and base.args[1].op == "const":
            inner, added = base.args[0], base.args[1].value
        if inner.op == "ite":
            condition, yes, no = inner.args
            sides = [(both(when, condition), yes), (both(when, negate(condition)), no)]
            parts = [_load(machine, state, c, binary("add", x, const(32, added)), offset, size) for c, x in sides]
            return choose(condition, parts[0], parts[1])
        table = machine.start.is_constant((added + offset) & 0xFFFF_FFFF)
        if table and not narrow.possible(state.path, base, _TABLE_MAX):
            last = machine.start.size - size - offset
            machine.need(state, _OUTSIDE, both(when, compare("ult", const(32, last), base)))
            return machine.unknowns.table(base, offset, size)
    result: Term | None = None
    for place, condition in _where(machine, state, when, base, offset, size):
        found = state.memory.read(place, size)
        result = found if result is None else choose(condition, found, result)
    if result is None:
        raise AssertionError("an access is somewhere")
    return result


def _where(
    machine: "Machine", state: "State", when: Term, base: Term, offset: int, size: int
) -> list[tuple[int, Term]]:
    """`_places`, seen from a part of a path."""
    if when is TRUE:
        return _places(machine, state, base, offset, size)
    part = state.fork()
    part.narrow(when)
    return _places(machine, part, base, offset, size)


def store(machine: "Machine", state: "State", base: Term, offset: int, size: int, term: Term) -> None:
    """Writes the lowest bytes of a term at a place."""
    term = extract(term, 0, size * 8)
    for place, condition in _places(machine, state, base, offset, size):
        if condition is TRUE:
            state.memory.write(place, size, term)
        else:
            state.memory.write(place, size, choose(condition, term, state.memory.read(place, size)))


def copy(machine: "Machine", state: "State") -> None:
    """`memory.copy`, of a known number of bytes between known places."""
    count, source, target = (_known(machine, state, "memory.copy") for _ in range(3))
    for place in (source, target):
        if not _fits(machine, place, count):
            machine.need(state, _OUTSIDE, TRUE)
            raise Dead
    cells = [state.memory.cell(source + offset) for offset in range(count)]
    for offset, cell in enumerate(cells):
        state.memory.put(target + offset, cell)


def fill(machine: "Machine", state: "State") -> None:
    """`memory.fill`, of a known number of bytes at a known place."""
    count = _known(machine, state, "memory.fill")
    byte = extract(state.stack.pop(), 0, 8)
    target = _known(machine, state, "memory.fill")
    if not _fits(machine, target, count):
        machine.need(state, _OUTSIDE, TRUE)
        raise Dead
    for offset in range(count):
        state.memory.put(target + offset, (byte, 0))


def _known(machine: "Machine", state: "State", what: str) -> int:
    term = state.stack.pop()
    if term.op != "const":
        raise Unsupported(f"{what} with an unknown place or size in {machine.where()}")
    return term.value
