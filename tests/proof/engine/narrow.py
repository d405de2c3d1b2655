"""At which places can a memory access be? Answered by the shape of a term, without the solver."""

from collections.abc import Sequence

from .meaning import BINARY
from .terms import Term

_PAIRS_MAX = 4096
_RANGE_MAX = 64


def possible(path: Sequence[Term], term: Term, most: int) -> set[int] | None:
    """A superset of the values of a term where all of `path` holds; nothing when there may be more than `most`.

    An empty set means that the path cannot be taken.
    """
    return _Narrowing(path, most).values(term)


class _Narrowing:
    def __init__(self, path: Sequence[Term], most: int) -> None:
        self._most = most
        self._known: dict[Term, bool] = {}
        self._bounds: dict[Term, int] = {}
        self._memo: dict[Term, set[int] | None] = {}
        for literal in path:
            fact, holds = (literal.args[0], False) if literal.op == "not" else (literal, True)
            self._known[fact] = holds
            if fact.op in ("ult", "ule", "eq"):
                self._learn(fact, holds)

    def _learn(self, fact: Term, holds: bool) -> None:
        left, right = fact.args
        strict = 1 if fact.op == "ult" else 0
        if holds and right.op == "const":
            # left < right, left <= right, left = right
            self._bound(left, right.value - strict)
        elif holds and fact.op == "eq" and left.op == "const":
            self._bound(right, left.value)
        elif not holds and left.op == "const" and fact.op != "eq":
            # not left < right: right <= left; not left <= right: right < left
            self._bound(right, left.value - (1 - strict))

    def _bound(self, term: Term, bound: int) -> None:
        self._bounds[term] = min(self._bounds.get(term, bound), bound)

    def values(self, term: Term) -> set[int] | None:
        if term not in self._memo:
            found = self._inside(term)
            bound = min(term.most, self._bounds.get(term, term.most))
            if found is not None:
                found = {value for value in found if value <= bound}
            elif bound < _RANGE_MAX and term.width:
                found = set(range(bound + 1))
            self._memo[term] = found if found is not None and len(found) <= self._most else None
        return self._memo[term]

    def _inside(self, term: Term) -> set[int] | None:
        if term.op == "const":
            return {term.value}
        if term.op == "ite":
            known = self._known.get(term.args[0])
            if known is not None:
                return self.values(term.args[1] if known else term.args[2])
            yes, no = self.values(term.args[1]), self.values(term.args[2])
            return yes | no if yes is not None and no is not None else None
        if term.op == "zext":
            return self.values(term.args[0])
        if term.op == "extract":
            inner = self.values(term.args[0])
            mask = (1 << term.width) - 1
            return {value >> term.value & mask for value in inner} if inner is not None else None
        if term.op in BINARY:
            left, right = self.values(term.args[0]), self.values(term.args[1])
            if left is None or right is None or len(left) * len(right) > _PAIRS_MAX:
                return None
            meaning, mask = BINARY[term.op], (1 << term.width) - 1
            return {meaning(a, b, term.width) & mask for a in left for b in right}
        return None
