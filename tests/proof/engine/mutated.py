"""Mutants of the code: which of them break a room's rules.

In a tree with switches (`tests/src/mutants`) every mutant of the core is in the module, and the code asks a fifth
import, `mutant`, whether its own is on. Here the number of the mutant that is on is one more unknown. So a room is
run once for all inputs and all mutants, and what remains is a question for each of them: with this number, can
anything be that must not be?
"""

import json
import os
import resource
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from . import bitvec, node, terms
from .bitvec import compare
from .machine import Machine
from .refine import Refinement
from .room import Settings
from .solve import Questions
from .terms import FALSE, Term, any_of, const, negate, var
from .wasm import Module, Unsupported

# The unknown number of the mutant that is on.
ON = "mutant"


@dataclass(frozen=True)
class Weighed:
    """What came of a mutant in a room."""

    mutant: int
    # broken (a run shows it), kept, or undecided.
    kind: str
    # What it breaks: `rule 3`, `panic`, `loop`.
    what: tuple[str, ...] = ()


def on(number: int) -> Term:
    """That a mutant is on, and so no other."""
    return compare("eq", var(32, ON), const(32, number))


class _Weighing:
    def __init__(self, path: Path, module: Module, room: str, settings: Settings, mutants: frozenset[int]) -> None:
        terms.forget()
        bitvec.forget()
        self._path = path
        self._room = room
        self.machine = Machine(module, settings.arithmetic, settings.pure, mutants=mutants)
        self.machine.run(room)
        self._groups: dict[str, list[Term]] = {}
        for obligation in self.machine.obligations:
            self._groups.setdefault(obligation.what, []).append(obligation.bad)
        self._bad = {what: any_of(group) for what, group in self._groups.items()}
        words = [var(32, f"word{index}") for index in range(self.machine.words)]
        self._refinement = Refinement(self.machine.unknowns, self.machine.start, words)

    def weigh(self, mutant: int) -> Weighed:
        """All rules at once: whatever breaks shows."""
        # A solver of its own: what a fact makes plain before the search is not used for a mere assumption.
        questions = Questions(self.machine.solver)
        questions.assume(on(mutant))
        if mutant in self.machine.endless:
            return self._loops(mutant, questions)
        broken: list[str] = []

        def shows(words: list[int]) -> bool:
            run = node.run(self._path, self._room, [words], mutant=mutant)[0]
            broken.extend(what for what in self._bad if run.shows(what))
            return bool(broken)

        answer = self._refinement.settle(questions, any_of(self._bad.values()), shows)
        if answer.kind == "shown":
            return Weighed(mutant, "broken", tuple(broken))
        return Weighed(mutant, "kept" if answer.kind == "never" else "undecided")

    def _loops(self, mutant: int, questions: Questions) -> Weighed:
        """A run must show that it has no end; what else this mutant breaks was not followed."""

        def shows(words: list[int]) -> bool:
            return not node.ends(self._path, self._room, words, mutant)

        answer = self._refinement.settle(questions, self.machine.endless[mutant], shows)
        return Weighed(mutant, "broken", ("loop",)) if answer.kind == "shown" else Weighed(mutant, "undecided")

    def breaker(self, rule: str) -> tuple[str, int]:
        """Some mutant that breaks this rule, if there is one; those with which a loop has no end aside."""
        questions = Questions(self.machine.solver)
        questions.assume(compare("ult", const(32, 0), var(32, ON)))
        for mutant in self.machine.endless:
            questions.assume(negate(on(mutant)))
        found = 0

        def shows(words: list[int]) -> bool:
            nonlocal found
            found = questions.value(var(32, ON))
            return node.run(self._path, self._room, [words], mutant=found)[0].shows(rule)

        return self._refinement.settle(questions, self._bad.get(rule, FALSE), shows).kind, found


def _limited(cpu_s: int, work: Iterator[object], pipe: int) -> None:
    """In a child: no more than so much CPU time for each piece of work; what goes wrong is told."""
    with os.fdopen(pipe, "w") as out:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        try:
            while True:
                spent = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
                resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_s, hard))
                piece = next(work, None)
                if piece is None:
                    return
                print(json.dumps(piece), file=out, flush=True)
        except Exception as error:  # noqa: BLE001 (whatever it is, the parent must not take it for a time limit)
            print(json.dumps({"error": repr(error)}), file=out, flush=True)


def _in_children(
    cpu_s: int, pieces: Sequence[int], work: Callable[[int], dict[str, object]]
) -> Iterator[tuple[int, dict[str, object] | None]]:
    """Each piece's result; nothing for one that took longer than so much CPU time. The questions of a child are
    built on what its parent knows; one that dies takes nothing with it."""
    left = list(pieces)
    while left:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                _limited(cpu_s, (work(piece) for piece in left), writer)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as results:
            for line in results:
                result = json.loads(line)
                if "error" in result:
                    raise Unsupported(f"while {left[0]} was weighed: {result['error']}")
                yield left.pop(0), result
        os.waitpid(child, 0)
        if left:
            yield left.pop(0), None


def weigh(
    path: Path, module: Module, room: str, settings: Settings, mutants: frozenset[int], cpu_s: int, each: bool = True
) -> Iterator[dict[str, object]]:
    """One result for each mutant that the room meets, if `each`; then for each rule whether some mutant breaks it.

    Raises `Unsupported` for whatever is not understood.
    """
    weighing = _Weighing(path, module, room, settings, mutants)
    met = sorted(weighing.machine.met)
    yield {"room": room, "meets": len(met)}
    seen: set[str] = set()

    def one(mutant: int) -> dict[str, object]:
        result = weighing.weigh(mutant)
        return {"kind": result.kind, "what": result.what}

    for mutant, result in _in_children(cpu_s, met if each else [], one):
        found = result or {"kind": "undecided", "what": []}
        seen.update(cast(list[str], found["what"]))
        yield {"room": room, "mutant": mutant, **found}
    rules = sorted(weighing.machine.rules)

    def other(rule: int) -> dict[str, object]:
        kind, mutant = weighing.breaker(f"rule {rule}")
        return {"kind": kind, "mutant": mutant}

    left = [rule for rule in rules if f"rule {rule}" not in seen]
    for rule, result in _in_children(cpu_s, left, other):
        yield {"room": room, "rule": rule, **(result or {"kind": "undecided", "mutant": 0})}
    for rule in rules:
        if f"rule {rule}" in seen:
            yield {"room": room, "rule": rule, "kind": "shown"}
