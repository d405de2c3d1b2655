"""Every rule of the simplifier, on all numbers of small widths, against `meaning`."""

import sys
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from .. import bitvec, terms
from ..meaning import BINARY, COMPARE, apply, signed
from ..terms import Op, Term, both, choose, const, either, negate, var

# The unknowns of all shapes, and their widths; 0 is a truth value.
_UNKNOWNS = (("c", 0), ("d", 0), ("x", 3), ("y", 2))
_ROWS = [
    dict(zip(("c", "d", "x", "y"), (n & 1, n >> 1 & 1, n >> 2 & 7, n >> 5), strict=True)) for n in range(1 << 7)
]
Column = list[int]


class Columns:
    """The value of each term in every row, and whether the term keeps what it promises."""

    def __init__(self, case: unittest.TestCase) -> None:
        self._case = case
        self._known: dict[Term, Column] = {}

    def of(self, term: Term) -> Column:
        column = self._known.get(term)
        if column is None:
            if term.op == "var":
                column = [row[term.name] for row in _ROWS]
            else:
                parts = [self.of(part) for part in term.args]
                column = [apply(term, [part[row] for part in parts]) for row in range(len(_ROWS))]
            self._known[term] = column
            self._case.assertLessEqual(max(column), term.most, term)
            if term.values is not None:
                self._case.assertLessEqual(set(column), term.values, term)
        return column


def _conditions() -> list[Term]:
    c, d, y = var(0, "c"), var(0, "d"), var(2, "y")
    return [
        terms.TRUE, terms.FALSE, c, negate(c), d, both(c, d), both(c, negate(d)), either(c, d),
        bitvec.compare("ult", y, const(2, 2)),
    ]  # fmt: skip


def _shapes(width: int) -> Iterator[Term]:
    """Terms of one width, one for each way in which the rules tell them apart."""
    x, y = var(3, "x"), var(2, "y")
    c, d = var(0, "c"), var(0, "d")
    numbers = [const(width, value) for value in range(1 << width)]
    yield from numbers
    plain = bitvec.extract(bitvec.zero_extend(x, 4) if width > 3 else x, 0, width)
    small = bitvec.extract(y, 0, width) if width <= 2 else bitvec.zero_extend(y, width)
    yield from (plain, small, bitvec.number(c, width), bitvec.number(negate(c), width), bitvec.number(d, width))
    for value in numbers[1:]:
        yield bitvec.binary("add", plain, value)
        yield bitvec.binary("bitand", plain, value)
        yield choose(c, value, numbers[0])
        yield choose(c, plain, value)
        yield choose(c, value, small)
    yield choose(c, choose(d, numbers[0], numbers[1]), numbers[-1])
    yield choose(d, choose(c, plain, small), plain)
    yield bitvec.binary("mul", plain, small)
    yield bitvec.binary("shr", plain, numbers[1])
    if width > 1:
        yield bitvec.sign_extend(bitvec.extract(x, 1, 1), width)
        yield bitvec.zero_extend(bitvec.extract(x, 0, width - 1), width)
        yield bitvec.sign_extend(bitvec.extract(x, 0, width - 1), width)
        yield bitvec.concat(bitvec.extract(x, 0, 1), bitvec.extract(x, 0, width - 1))
        yield bitvec.concat(const(1, 0), bitvec.extract(x, 0, width - 1))
        yield choose(d, bitvec.concat(bitvec.extract(x, 0, 1), bitvec.extract(x, 0, width - 1)), plain)


_WIDTHS: tuple[int, ...] = (1, 2, 3)


class Simplifier(unittest.TestCase):
    """Whatever a term is simplified to has the same value in every row."""

    def setUp(self) -> None:
        terms.forget()
        bitvec.forget()
        self.columns = Columns(self)

    def same(self, term: Term, expected: Callable[[int], int]) -> None:
        """The term's value in each row is what `expected` says of the row's number."""
        column = self.columns.of(term)
        wanted = [expected(row) for row in range(len(_ROWS))]
        if column != wanted:
            row = next(row for row in range(len(_ROWS)) if column[row] != wanted[row])
            self.fail(f"{term!r} is {column[row]}, not {wanted[row]}, for {_ROWS[row]}")

    def test_binary(self) -> None:
        for width in _WIDTHS:
            mask = (1 << width) - 1
            shapes = list(_shapes(width))
            for left in shapes:
                for right in shapes:
                    a, b = self.columns.of(left), self.columns.of(right)
                    for op, meaning in BINARY.items():
                        term = bitvec.binary(_op(op), left, right)
                        self.same(term, lambda row, f=meaning, a=a, b=b: f(a[row], b[row], width) & mask)

    def test_compare(self) -> None:
        for width in _WIDTHS:
            shapes = list(_shapes(width))
            for left in shapes:
                for right in shapes:
                    a, b = self.columns.of(left), self.columns.of(right)
                    for op, holds in COMPARE.items():
                        term = bitvec.compare(_op(op), left, right)
                        self.same(term, lambda row, f=holds, a=a, b=b: int(f(a[row], b[row], width)))

    def test_conditions(self) -> None:
        for left in _conditions():
            a = self.columns.of(left)
            self.same(negate(left), lambda row, a=a: 1 - a[row])
            self.same(bitvec.number(left), lambda row, a=a: a[row])
            for right in _conditions():
                b = self.columns.of(right)
                self.same(both(left, right), lambda row, a=a, b=b: a[row] & b[row])
                self.same(either(left, right), lambda row, a=a, b=b: a[row] | b[row])
                self.same(terms.any_of([left, right, left]), lambda row, a=a, b=b: a[row] | b[row])
                for other in _conditions():
                    e = self.columns.of(other)
                    self.same(choose(left, right, other), lambda row, a=a, b=b, e=e: b[row] if a[row] else e[row])

    def test_always(self) -> None:
        """Just what holds on every row: the conditions here have nothing to do with each other."""
        for left in _conditions():
            for right in _conditions():
                for other in _conditions():
                    ways = both(left, right), both(left, negate(right)), both(negate(left), other)
                    for term in (terms.any_of(ways), either(terms.any_of(ways), both(negate(left), negate(other)))):
                        self.assertEqual(terms.always(term), min(self.columns.of(term)) == 1, term)
        many = terms.any_of(both(var(0, f"a{place}"), var(0, f"b{place}")) for place in range(10))
        self.assertFalse(terms.always(either(many, var(0, "c"))))

    def test_choose(self) -> None:
        shapes = list(_shapes(2))
        for condition in _conditions():
            when = self.columns.of(condition)
            for left in shapes:
                for right in shapes:
                    a, b = self.columns.of(left), self.columns.of(right)
                    term = choose(condition, left, right)
                    self.same(term, lambda row, a=a, b=b, when=when: a[row] if when[row] else b[row])

    def test_widths(self) -> None:
        for width in _WIDTHS:
            for shape in _shapes(width):
                a = self.columns.of(shape)
                self.same(bitvec.is_true(shape), lambda row, a=a: int(a[row] != 0))
                for wide in range(width, width + 3):
                    mask = (1 << wide) - 1
                    zero, sign = bitvec.zero_extend(shape, wide), bitvec.sign_extend(shape, wide)
                    self.same(zero, lambda row, a=a: a[row])
                    self.same(sign, lambda row, a=a, m=mask: signed(a[row], width) & m)
                    # Extension of an extension, and parts of it.
                    self.same(bitvec.zero_extend(zero, wide + 1), lambda row, a=a: a[row])
                    for term in (zero, sign, bitvec.concat(shape, const(1, 1))):
                        self._parts(term)
                for other in _shapes(2):
                    b = self.columns.of(other)
                    term = bitvec.concat(shape, other)
                    self.same(term, lambda row, a=a, b=b: a[row] << 2 | b[row])
                    self._parts(term)

    def _parts(self, term: Term) -> None:
        whole = self.columns.of(term)
        for low in range(term.width):
            for width in range(1, term.width - low + 1):
                part = bitvec.extract(term, low, width)
                self.same(part, lambda row, low=low, width=width: whole[row] >> low & ((1 << width) - 1))

    def test_an_answered_question(self) -> None:
        # Both branches ask the same again, and what is left of them is one term.
        c, x, y = var(0, "c"), var(3, "x"), bitvec.zero_extend(var(2, "y"), 3)
        self.assertIs(choose(c, choose(c, x, y), choose(c, y, x)), x)

    def test_neighbours(self) -> None:
        x = var(3, "x")
        for cut in (1, 2):
            whole = bitvec.concat(bitvec.extract(x, cut, 3 - cut), bitvec.extract(x, 0, cut))
            self.assertIs(whole, x)

    def test_counts(self) -> None:
        for width in _WIDTHS:
            for shape in _shapes(width):
                a = self.columns.of(shape)
                self.same(bitvec.leading_zeros(shape), lambda row, a=a: width - a[row].bit_length())
                self.same(bitvec.ones(shape), lambda row, a=a: a[row].bit_count() % (1 << width))
                self.same(
                    bitvec.trailing_zeros(shape),
                    lambda row, a=a: ((a[row] & -a[row]).bit_length() - 1) if a[row] else width % (1 << width),
                )

    def test_many_values(self) -> None:
        # More constants than are kept: the term forgets them, and nothing else.
        bits = bitvec.concat(bitvec.number(var(0, "c"), 1), bitvec.number(var(0, "d"), 1))
        place = bitvec.concat(bitvec.concat(var(3, "x"), var(2, "y")), bits)
        wanted = [at * 2 if at < 80 else 255 for at in self.columns.of(place)]
        chain = const(8, 255)
        for value in range(80):
            chain = choose(bitvec.compare("eq", place, const(7, value)), const(8, value * 2), chain)
        self.assertIsNone(chain.values)
        self.same(chain, lambda row: wanted[row])


def _op(name: str) -> Op:
    found: Op = name  # type: ignore[assignment]
    return found


def _lines(code: CodeType) -> set[int]:
    """Lines of a function and of those inside of it, without its first, which is its signature."""
    found = {line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _lines(constant) | {constant.co_firstlineno}
    return found


class Reach(unittest.TestCase):
    """A rule that no test reaches is a rule that no test has tried."""

    def test_every_line_of_the_simplifier(self) -> None:
        wanted: dict[str, set[int]] = {}
        for module, functions in (
            (bitvec, [f for f in vars(bitvec).values() if getattr(f, "__module__", "") == bitvec.__name__]),
            (terms, [negate, both, either, choose, terms.all_of, terms.any_of, terms.always, terms._always, terms._where]),
        ):
            file = str(Path(str(module.__file__)))
            wanted[file] = set().union(*(_lines(function.__code__) for function in functions))
        reached: dict[str, set[int]] = {file: set() for file in wanted}

        def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
            lines = reached.get(frame.f_code.co_filename)
            if lines is None:
                return None
            lines.add(frame.f_lineno)
            return trace

        suite = unittest.TestSuite(
            Simplifier(name)
            for name in ("test_compare", "test_conditions", "test_always", "test_choose", "test_widths", "test_counts", "test_many_values")
        )
        suite.addTest(Simplifier("test_binary"))
        suite.addTest(Simplifier("test_neighbours"))
        suite.addTest(Simplifier("test_an_answered_question"))
        global _WIDTHS
        widths, _WIDTHS = _WIDTHS, (1, 2)
        sys.settrace(trace)
        try:
            result = unittest.TestResult()
            suite.run(result)
        finally:
            sys.settrace(None)
            _WIDTHS = widths
        self.assertTrue(result.wasSuccessful(), result.errors + result.failures)
        for file, lines in wanted.items():
            missed = sorted(lines - reached[file])
            self.assertEqual(missed, [], f"lines of {file}")


if __name__ == "__main__":
    unittest.main()
