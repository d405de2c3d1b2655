"""Everything that is replaced by an unknown, in one place, counted.

An unknown can have any value, so what is proved with it is true of the real value. What is refuted with it may be
possible for the unknown only: a counterexample counts when a run with its words confirms it.
"""

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from .bitvec import binary
from .terms import Op, Term, cone, var

_MULTIPLIES: tuple[Op, ...] = ("mul", "udiv", "urem", "sdiv", "srem")


class Arithmetic(Enum):
    """Which products and quotients are replaced."""

    EXACT = "exact"
    """None."""
    WEAK = "weak"
    """Those of two terms that are not constant."""
    WEAKER = "weaker"
    """Those, 64-bit products unless of 32 bits by a constant, and all quotients by what is no power of two."""


@dataclass(frozen=True)
class Table:
    """What stands in constant memory at a place that is not known: base, offset, bytes."""

    base: Term
    offset: int
    size: int


class Unknowns:
    """Makes unknowns, counts them, and remembers what each of them stands for."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        self._arithmetic = arithmetic
        self._serial = 0
        # By what was replaced: how often.
        self.counts: Counter[str] = Counter()
        # By name. An unknown without an entry is a result that nothing tells.
        self.meanings: dict[str, Term | Table] = {}
        self._for: dict[Term, Term] = {}
        self._tables: dict[Table, Term] = {}

    def _fresh(self, width: int, what: str, most: int | None = None) -> Term:
        self._serial += 1
        self.counts[what] += 1
        return var(width, f"unknown{self._serial} {what}", most)

    def binary(self, op: Op, x: Term, y: Term) -> Term:
        """The term for an operator, or an unknown instead. The same operands give the same unknown."""
        exact = binary(op, x, y)
        if exact.op not in _MULTIPLIES or not self._replaces(exact):
            return exact
        unknown = self._for.get(exact)
        if unknown is None:
            kind = "product" if exact.op == "mul" else "quotient"
            unknown = self._fresh(exact.width, f"{exact.width}-bit {kind}", exact.most)
            self._for[exact] = unknown
            self.meanings[unknown.name] = exact
        return unknown

    def _replaces(self, exact: Term) -> bool:
        if self._arithmetic is Arithmetic.EXACT:
            return False
        right = exact.args[1]
        if right.op != "const":
            return True
        if self._arithmetic is Arithmetic.WEAK or right.value & (right.value - 1) == 0:
            return False
        if exact.op != "mul":
            return True
        # A few additions, as long as one side is short.
        left = exact.args[0]
        short = left.op in ("zext", "sext") and left.args[0].width <= 32
        return exact.width >= 64 and not short

    def grounded(self, roots: list[Term]) -> list[Term]:
        """The roots, and what all unknowns in them stand for."""
        found = list(roots)
        known: set[str] = set()
        todo = list(roots)
        while todo:
            new: list[Term] = []
            for term in cone(todo):
                meaning = self.meanings.get(term.name) if term.op == "var" and term.name not in known else None
                if meaning is not None:
                    known.add(term.name)
                    new.append(meaning.base if isinstance(meaning, Table) else meaning)
            found += new
            todo = new
        return found

    def table(self, base: Term, offset: int, size: int) -> Term:
        """What a look-up in a constant table gives. The same place gives the same unknown."""
        key = Table(base, offset, size)
        unknown = self._tables.get(key)
        if unknown is None:
            unknown = self._tables[key] = self._fresh(size * 8, "table look-up")
            self.meanings[unknown.name] = key
        return unknown

    def result(self, width: int, function: str) -> Term:
        """What a function gives that is taken to be pure."""
        return self._fresh(width, f"result of {function}")
