"""What the operators of terms mean, said once more on plain numbers.

Nothing here simplifies. The tests compare the simplifier, the translation for the solver, and Node.js with this.
Division by zero is as in SMT-LIB: a path on which it happens has trapped, and its obligation stands.
"""

from collections.abc import Callable, Iterable, Mapping

from .terms import Term, cone


def signed(value: int, width: int) -> int:
    """The number whose two's complement this is."""
    return value - (1 << width) if value >> (width - 1) else value


def _sdiv(a: int, b: int, w: int) -> int:
    x, y = signed(a, w), signed(b, w)
    if y == 0:
        return 1 if x < 0 else -1
    quotient = abs(x) // abs(y)
    return -quotient if (x < 0) != (y < 0) else quotient


def _srem(a: int, b: int, w: int) -> int:
    x, y = signed(a, w), signed(b, w)
    if y == 0:
        return x
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


# Of two numbers of width w; the result is taken modulo 2**w.
BINARY: Mapping[str, Callable[[int, int, int], int]] = {
    "add": lambda a, b, w: a + b,
    "sub": lambda a, b, w: a - b,
    "mul": lambda a, b, w: a * b,
    "udiv": lambda a, b, w: a // b if b else (1 << w) - 1,
    "urem": lambda a, b, w: a % b if b else a,
    "sdiv": _sdiv,
    "srem": _srem,
    "bitand": lambda a, b, w: a & b,
    "bitor": lambda a, b, w: a | b,
    "bitxor": lambda a, b, w: a ^ b,
    "shl": lambda a, b, w: a << (b % w),
    "shr": lambda a, b, w: a >> (b % w),
    "sar": lambda a, b, w: signed(a, w) >> (b % w),
    "rotl": lambda a, b, w: (a << (b % w)) | (a >> (w - b % w)),
}

COMPARE: Mapping[str, Callable[[int, int, int], bool]] = {
    "eq": lambda a, b, w: a == b,
    "ult": lambda a, b, w: a < b,
    "ule": lambda a, b, w: a <= b,
    "slt": lambda a, b, w: signed(a, w) < signed(b, w),
    "sle": lambda a, b, w: signed(a, w) <= signed(b, w),
}


def apply(term: Term, args: list[int]) -> int:
    """The value of a term from those of its parts."""
    op, width = term.op, term.width
    if op in BINARY:
        return BINARY[op](args[0], args[1], width) & ((1 << width) - 1)
    if op in COMPARE:
        return int(COMPARE[op](args[0], args[1], term.args[0].width))
    if op == "const":
        return term.value
    if op == "not":
        return 1 - args[0]
    if op == "and":
        return args[0] & args[1]
    if op == "ite":
        return args[1] if args[0] else args[2]
    if op == "zext":
        return args[0]
    if op == "sext":
        return signed(args[0], term.args[0].width) & ((1 << width) - 1)
    if op == "extract":
        return args[0] >> term.value & ((1 << width) - 1)
    if op == "concat":
        return args[0] << term.args[1].width | args[1]
    raise AssertionError(op)


class Evaluation:
    """Many roots, prepared once, evaluated for many assignments."""

    def __init__(self, roots: Iterable[Term]) -> None:
        self._order = [(term, [part.ident for part in term.args]) for term in cone(roots)]

    def at(self, unknown: Callable[[Term, dict[int, int]], int]) -> dict[int, int]:
        """Values by the terms' `ident`. `unknown` tells a variable's; it sees the values of older terms."""
        values: dict[int, int] = {}
        for term, parts in self._order:
            if term.op == "var":
                values[term.ident] = unknown(term, values)
            else:
                values[term.ident] = apply(term, [values[part] for part in parts])
        return values


def evaluate(term: Term, words: Mapping[str, int]) -> int:
    """The value of one term when its variables have these values."""
    return Evaluation([term]).at(lambda unknown, _: words[unknown.name])[term.ident]
