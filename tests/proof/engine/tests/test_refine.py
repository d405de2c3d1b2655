"""What is asked with unknowns, and what is bound: no answer may be better than the real values allow."""

import unittest
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from .. import bitvec, terms
from ..bitvec import binary, compare
from ..memory import Start
from ..refine import Answer, Refinement
from ..solve import Questions, Solver
from ..terms import Term, all_of, choose, const, negate, var
from ..unknowns import Arithmetic, Unknowns
from ..wasm import Module

# Where the table stands, and its bytes.
_PLACE = 1_024
_BYTES = bytes((5, 6, 7))


def _number(value: int) -> Term:
    return const(32, value)


def _is(term: Term, value: int) -> Term:
    return compare("eq", term, const(term.width, value))


class Refined(unittest.TestCase):
    """Each with one word, and unknowns that stand for something it decides."""

    def setUp(self) -> None:
        terms.forget()
        bitvec.forget()
        self.word = var(32, "word0")
        self.unknowns = Unknowns(Arithmetic.WEAKER)
        module = cast(Module, SimpleNamespace(memory=65_536, segments=[(_PLACE, _BYTES)]))
        self.refinement = Refinement(self.unknowns, Start(module, zeroed=False), [self.word])

    def seventh(self, of: Term | None = None) -> Term:
        """An unknown for a seventh of the word, or of something else."""
        return self.unknowns.binary("udiv", of if of is not None else self.word, _number(7))

    def ask(self, condition: Term, shows: Callable[[int], bool] = lambda _: False, binds: bool = True) -> Answer:
        """`shows` says what a run with this word does."""
        return self.refinement.settle(Questions(Solver()), condition, lambda words: shows(words[0]), binds)

    def test_what_no_value_allows_is_never(self) -> None:
        """With nothing bound."""
        answer = self.ask(all_of([_is(self.seventh(), 3), _is(self.seventh(), 4)]))
        self.assertEqual(answer, Answer("never"))

    def test_what_only_an_unknown_allows_is_never_once_it_is_bound(self) -> None:
        """A seventh is no greater than the whole."""
        greater = compare("ult", self.word, self.seventh())
        self.assertEqual(self.ask(greater), Answer("never", bound=1))
        self.assertEqual(self.ask(greater, binds=False).kind, "undecided")

    def test_unknowns_behind_unknowns_are_bound_too(self) -> None:
        """A seventh of a seventh."""
        twice = self.seventh(self.seventh())
        answer = self.ask(all_of([_is(twice, 2), compare("ult", self.word, _number(98))]))
        self.assertEqual((answer.kind, answer.bound), ("never", 2))

    def test_what_a_run_does_is_shown_with_its_words(self) -> None:
        """And only what a run does: the first values are those of the unknown."""
        answer = self.ask(_is(self.seventh(), 3), lambda word: word // 7 == 3)
        self.assertEqual(answer.kind, "shown")
        self.assertEqual(answer.words[0] // 7, 3)

    def test_what_no_run_does_is_never_called_never(self) -> None:
        """When everything is as it stands for, and no run shows it, it is possible, which proves nothing."""
        self.assertEqual(self.ask(_is(self.seventh(), 3)).kind, "possible")
        free = self.unknowns.result(32, "some function")
        self.assertEqual(self.ask(_is(free, 3)).kind, "possible")

    def test_only_what_the_answer_hangs_on_is_bound(self) -> None:
        """Of two ways the one that is taken; of two facts the one that fails."""
        other = self.seventh(binary("add", self.word, _number(1)))
        taken = choose(_is(self.word, 20), compare("ult", _number(20), self.seventh()), _is(other, 9))
        answer = self.ask(all_of([_is(self.word, 20), taken]))
        self.assertEqual((answer.kind, answer.bound), ("never", 1))

    def test_a_table_gives_what_stands_in_it(self) -> None:
        """At each place that is asked for."""
        read = self.unknowns.table(self.word, _PLACE, 1)
        self.assertIs(read, self.unknowns.table(self.word, _PLACE, 1))
        inside = compare("ult", self.word, _number(len(_BYTES)))
        self.assertEqual(self.ask(all_of([inside, _is(read, 9)])), Answer("never", bound=len(_BYTES)))
        answer = self.ask(all_of([inside, _is(read, 6)]), lambda word: word == 1)
        self.assertEqual((answer.kind, answer.words), ("shown", [1]))
        pair = self.unknowns.table(self.word, _PLACE, 2)
        first = _is(self.word, 0)
        self.assertEqual(self.ask(all_of([first, negate(_is(pair, 0x0605))])), Answer("never", bound=1))

    def test_questions_keep_no_condition_of_the_one_before(self) -> None:
        """Only what is assumed stays."""
        questions = Questions(Solver())
        for holds in (_is(self.word, 1), _is(self.word, 2), negate(_is(self.word, 1))):
            answer = self.refinement.settle(questions, holds, lambda _: True)
            self.assertEqual(answer.kind, "shown")
