"""A question in which unknowns get their meaning only where the answer hangs on it.

*Never* is final: with unknowns more is possible than is. Any other answer comes with values for all words. A run with
them shows it; or else some unknown on which it hangs has a value that it cannot have. That one is bound to what it
stands for, and the question is asked again. It ends: each round binds one more unknown, or a table at one more place
at least.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bitwuzla import Result

from .bitvec import compare
from .meaning import Evaluation
from .memory import Start
from .solve import Questions
from .terms import Term, const, either, negate
from .unknowns import Table, Unknowns

# So many entries of a table are bound on each side of the one that was read.
_AROUND = 16


@dataclass(frozen=True)
class Answer:
    """Whether something can be."""

    # never; shown, by a run with `words`; possible, with values that no unknown contradicts and no run shows;
    # undecided, when the solver gave up or binding was not asked for.
    kind: Literal["never", "shown", "possible", "undecided"]
    words: list[int] = field(default_factory=list)
    # How many unknowns were bound.
    bound: int = 0


@dataclass(frozen=True)
class Refinement:
    """What a question may be refined with."""

    unknowns: Unknowns
    start: Start
    words: Sequence[Term]

    def settle(
        self, questions: Questions, condition: Term, shows: Callable[[list[int]], bool], binds: bool = True
    ) -> Answer:
        """Asks until there is an answer; only once when it `binds` nothing."""
        bound = 0
        while True:
            result = questions.ask(condition)
            if result == Result.UNSAT:
                return Answer("never", bound=bound)
            if result != Result.SAT:
                return Answer("undecided", bound=bound)
            values = Evaluation(self.unknowns.grounded([condition])).at(lambda term, _: questions.value(term))
            words = [values.get(word.ident, 0) for word in self.words]
            if shows(words):
                return Answer("shown", words, bound)
            if not binds:
                return Answer("undecided", words)
            facts = self._contradicted(condition, values)
            if not facts:
                return Answer("possible", words, bound)
            bound += len(facts)
            for fact in facts:
                questions.assume(fact)

    def _contradicted(self, condition: Term, values: dict[int, int]) -> list[Term]:
        """What is true of the unknowns that the value of a condition hangs on, and not of these values.

        Tables before all else: an entry costs nothing, a product does.
        """
        facts: list[Term] = []
        entries: list[Term] = []
        seen: set[Term] = set()
        todo = [condition]
        while todo:
            term = todo.pop()
            if term in seen:
                continue
            seen.add(term)
            meaning = self.unknowns.meanings.get(term.name) if term.op == "var" else None
            if isinstance(meaning, Table):
                todo.append(meaning.base)
                entries += self._entries(term, meaning, values)
            elif meaning is not None:
                todo.append(meaning)
                if values[term.ident] != values[meaning.ident]:
                    facts.append(compare("eq", term, meaning))
            else:
                todo += _deciding(term, values, seen)
        return entries or facts

    def _entries(self, term: Term, table: Table, values: dict[int, int]) -> list[Term]:
        """The table at the place at which it is read here, and around it, unless it has just this value."""
        base = values[table.base.ident]
        content = self._content(table, base)
        if content is None or values[term.ident] == content:
            return []
        entries = []
        for place in range(base - _AROUND * table.size, base + (_AROUND + 1) * table.size, table.size):
            content = self._content(table, place)
            if content is not None:
                elsewhere = negate(compare("eq", table.base, const(table.base.width, place)))
                entries.append(either(elsewhere, compare("eq", term, const(term.width, content))))
        return entries

    def _content(self, table: Table, base: int) -> int | None:
        """What a look-up gives at a place; nothing when that is no constant."""
        if base < 0:
            return None
        cells = [self.start.cell(base + table.offset + byte)[0] for byte in range(table.size)]
        if any(cell.op != "const" for cell in cells):
            return None
        return sum(cell.value << byte * 8 for byte, cell in enumerate(cells))


def _deciding(term: Term, values: dict[int, int], seen: set[Term]) -> tuple[Term, ...]:
    """The parts of a term that suffice for its value."""
    if term.op == "ite":
        condition, yes, no = term.args
        return (condition, yes if values[condition.ident] else no)
    if term.op == "and" and not values[term.ident]:
        false = [part for part in term.args if not values[part.ident]]
        return (next((part for part in false if part in seen), false[0]),)
    return term.args
