"""Formulas: immutable, shared, simplified where they are made.

A term has a width in bits; width 0 is a truth value. Equal terms are one object, so `is` compares them.
"""

from collections.abc import Iterable
from typing import Literal

Op = Literal[
    "const", "var", "not", "and", "ite",
    "eq", "ult", "ule", "slt", "sle",
    "add", "sub", "mul", "udiv", "urem", "sdiv", "srem",
    "bitand", "bitor", "bitxor", "shl", "shr", "sar", "rotl",
    "zext", "sext", "extract", "concat",
]  # fmt: skip

# At most so many constants are kept as the values of a term.
VALUES_MAX = 72
# At most so many lines of a truth table are looked at.
_LINES_MAX = 400


class Term:
    """One formula.

    value    of a constant; the lowest bit of an extract; else 0
    name     of a variable; else empty
    most     no value is greater, read as unsigned
    values   all values, when the term is a tree of if-then-else over constants
    """

    __slots__ = ("args", "ident", "most", "name", "op", "value", "values", "width")

    op: Op
    width: int
    args: "tuple[Term, ...]"
    value: int
    name: str
    most: int
    values: frozenset[int] | None
    ident: int

    def __repr__(self) -> str:
        return show(self)


_made: dict[tuple[Op, int, int, tuple[Term, ...]], Term] = {}
_variables: dict[tuple[int, str], Term] = {}


def made() -> int:
    """How many terms there are."""
    return len(_made) + len(_variables)


def forget() -> None:
    """Drops all terms but the two truths. Terms made before must not be used with those made after."""
    _made.clear()
    _variables.clear()
    for truth in (TRUE, FALSE):
        _made["const", 0, truth.value, ()] = truth


def _new(op: Op, width: int, args: tuple[Term, ...], value: int, most: int | None) -> Term:
    term = Term()
    term.op = op
    term.width = width
    term.args = args
    term.value = value
    term.name = ""
    term.most = most if most is not None else (1 << width) - 1 if width else 1
    term.values = None
    _serial[0] += 1
    term.ident = _serial[0]
    return term


_serial = [0]


def make(
    op: Op,
    width: int,
    args: tuple[Term, ...],
    value: int = 0,
    most: int | None = None,
    values: frozenset[int] | None = None,
) -> Term:
    """The term as it stands: nothing is simplified here."""
    key = (op, width, value, args)
    term = _made.get(key)
    if term is None:
        term = _made[key] = _new(op, width, args, value, most)
        term.values = values
    return term


def const(width: int, value: int) -> Term:
    """A number, modulo its width."""
    value &= (1 << width) - 1
    term = _made.get(("const", width, value, ()))
    if term is None:
        term = make("const", width, (), value, value, frozenset((value,)))
    return term


def var(width: int, name: str, most: int | None = None) -> Term:
    """An unknown. `most` is a bound that its giver vouches for."""
    term = _variables.get((width, name))
    if term is None:
        term = _variables[width, name] = _new("var", width, (), 0, most)
        term.name = name
    return term


TRUE = make("const", 0, (), 1, 1, frozenset((1,)))
FALSE = make("const", 0, (), 0, 0, frozenset((0,)))


def truth(holds: bool) -> Term:
    """A truth value."""
    return TRUE if holds else FALSE


def negate(x: Term) -> Term:
    """Not x."""
    if x.op == "const":
        return FALSE if x.value else TRUE
    if x.op == "not":
        return x.args[0]
    return make("not", 0, (x,))


def both(x: Term, y: Term) -> Term:
    """x and y."""
    if x is FALSE or y is FALSE:
        return FALSE
    if x is TRUE or x is y:
        return y
    if y is TRUE:
        return x
    if x is negate(y):
        return FALSE
    if x.ident > y.ident:
        x, y = y, x
    if y.op == "and" and (x is y.args[0] or x is y.args[1]):
        return y
    return make("and", 0, (x, y))


def either(x: Term, y: Term) -> Term:
    """x or y."""
    return negate(both(negate(x), negate(y)))


def all_of(terms: Iterable[Term]) -> Term:
    """Every one of them; true when there is none."""
    result = TRUE
    for term in terms:
        result = both(result, term)
    return result


def any_of(terms: Iterable[Term]) -> Term:
    """At least one of them; false when there is none."""
    return negate(all_of(negate(term) for term in terms))


def choose(c: Term, x: Term, y: Term) -> Term:
    """x where c holds, y elsewhere."""
    if c is TRUE:
        return x
    if c is FALSE:
        return y
    if c.op == "not":
        c, x, y = c.args[0], y, x
    if x is y:
        return x
    if x.width == 0:
        if x is TRUE:
            return either(c, y)
        if x is FALSE:
            return both(negate(c), y)
        if y is TRUE:
            return either(negate(c), x)
        if y is FALSE:
            return both(c, x)
    # The same question below is answered already.
    if x.op == "ite" and x.args[0] is c:
        x = x.args[1]
    if y.op == "ite" and y.args[0] is c:
        y = y.args[2]
    if x is y:
        return x
    values = None
    if x.values is not None and y.values is not None and x.width:
        values = x.values | y.values
        if len(values) > VALUES_MAX:
            values = None
    return make("ite", x.width, (c, x, y), 0, max(x.most, y.most), values)


def always(condition: Term) -> bool:
    """Whether it holds by the way in which it is put together, whatever its parts say; no when that takes long."""
    return _always(condition, [_LINES_MAX])


def _always(condition: Term, left: list[int]) -> bool:
    if condition.op == "const":
        return condition is TRUE
    part = condition
    while part.op in ("not", "and"):
        part = part.args[0]
    left[0] -= 1
    if part is condition or left[0] < 0:
        return False
    return all(_always(_where(condition, part, holds, {}), left) for holds in (TRUE, FALSE))


def _where(condition: Term, part: Term, holds: Term, memo: dict[Term, Term]) -> Term:
    """A condition where a part of it is known."""
    if condition is part:
        return holds
    if condition.op not in ("not", "and"):
        return condition
    found = memo.get(condition)
    if found is None:
        inner = [_where(each, part, holds, memo) for each in condition.args]
        found = memo[condition] = negate(inner[0]) if condition.op == "not" else both(inner[0], inner[1])
    return found


def cone(roots: Iterable[Term]) -> list[Term]:
    """All terms that the roots are made of, parts before wholes."""
    seen: set[Term] = set()
    todo = list(roots)
    while todo:
        term = todo.pop()
        if term not in seen:
            seen.add(term)
            todo.extend(term.args)
    return sorted(seen, key=lambda term: term.ident)


def show(term: Term, depth: int = 5) -> str:
    """For messages: the outer part of a term."""
    if term.op == "const":
        return hex(term.value) if term.width else str(bool(term.value))
    if term.op == "var":
        return term.name
    inner = ", ".join(show(part, depth - 1) for part in term.args) if depth else ".."
    return f"{term.op}({inner})"
