"""A room's verdict."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import bitvec, node, terms, witness
from .machine import Machine
from .refine import Answer, Refinement
from .solve import Questions
from .state import State
from .terms import FALSE, Term, any_of, cone, var
from .unknowns import Arithmetic
from .wasm import Module


@dataclass(frozen=True)
class Settings:
    """How a room is proved."""

    arithmetic: Arithmetic = Arithmetic.EXACT
    # Functions whose results are taken as unknown.
    pure: tuple[str, ...] = ()
    # Lists of words that showed something once; tried before the solver is asked.
    known: tuple[tuple[int, ...], ...] = ()
    # Only these obligations (`rule 3`, `panic`) are asked for, each until a run shows it, and no case: for a seeded defect.
    only: tuple[str, ...] = ()
    # In a module with switches (mutated.py): the one that is on.
    on: int = 0


@dataclass
class Verdict:
    """What came out. `proved` is the only good status."""

    room: str
    # proved, refuted (a run shows it), or undecided.
    status: str = "undecided"
    why: str = ""
    words: int = 0
    obligations: int = 0
    terms: int = 0
    rules: set[int] = field(default_factory=set)
    # Whether a run with known words met all assumptions to the end.
    alive: bool = False
    # By case: reached (a run shows it), not reached, possible (with unknowns only), or undecided.
    cases: dict[int, str] = field(default_factory=dict)
    # What was replaced by an unknown, and how often.
    unknowns: dict[str, int] = field(default_factory=dict)
    # How many of these got their exact meaning after all, by the obligation that hangs on them.
    bound: dict[str, int] = field(default_factory=dict)
    # What a counterexample breaks, and its words.
    broken: list[str] = field(default_factory=list)
    counterexample: list[int] = field(default_factory=list)
    # Words that show that it is alive, and each case.
    witnesses: list[list[int]] = field(default_factory=list)
    # CPU time: running, proving, showing that something is possible (s).
    seconds: tuple[float, float, float] = (0.0, 0.0, 0.0)


def prove(path: Path, module: Module, room: str, settings: Settings, tell: Callable[[Verdict], None]) -> Verdict:
    """Runs a room for all inputs and asks the solver for anything that must not be.

    `tell` gets what is known so far, before each question that may take long. Raises `Unsupported` for whatever is not understood.
    """
    terms.forget()
    bitvec.forget()
    return _Proof(path, module, room, settings, tell).verdict()


class _Proof:
    def __init__(self, path: Path, module: Module, room: str, settings: Settings, tell: Callable[[Verdict], None]) -> None:
        self._path = path
        self._tell = tell
        self._settings = settings
        self._machine = Machine(module, settings.arithmetic, settings.pure, on=settings.on)
        self._verdict = Verdict(room)

    def verdict(self) -> Verdict:
        machine, verdict = self._machine, self._verdict
        begin = time.process_time()
        end = machine.run(verdict.room)
        if self._settings.only:
            machine.obligations = [one for one in machine.obligations if one.what in self._settings.only]
        ran = time.process_time()
        verdict.words = machine.words
        verdict.obligations = len(machine.obligations)
        verdict.rules = machine.rules
        verdict.terms = len(cone(obligation.bad for obligation in machine.obligations))
        if self._settings.only:
            self._break_each()
        else:
            self._judge()
        judged = time.process_time()
        verdict.unknowns = dict(machine.unknowns.counts)
        if not self._settings.only:
            self._show_possible(end)
        verdict.seconds = (ran - begin, judged - ran, time.process_time() - judged)
        return verdict

    def _judge(self) -> None:
        """Each obligation by itself, first with unknowns; then what is left, with their meanings."""
        verdict = self._verdict
        groups: dict[str, list[Term]] = {}
        for obligation in self._machine.obligations:
            groups.setdefault(obligation.what, []).append(obligation.bad)
        suspects: dict[str, Term] = {}
        questions = Questions(self._machine.solver)
        for what, group in groups.items():
            bad = any_of(group)
            answer = self._settle(questions, bad, what, binds=False)
            if answer.kind == "shown":
                return
            if answer.kind != "never":
                suspects[what] = bad
        left = list(suspects)
        for what, bad in suspects.items():
            verdict.why = f"possible with unknowns, shown by no run: {', '.join(left)}"
            self._tell(verdict)
            answer = self._settle(Questions(self._machine.solver), bad, what)
            if answer.kind == "shown":
                return
            if answer.kind == "never":
                left.remove(what)
                verdict.bound[what] = answer.bound
        verdict.why = f"possible with unknowns, shown by no run: {', '.join(left)}" if left else ""
        verdict.status = "undecided" if left else "proved"

    def _break_each(self) -> None:
        """Refuted when a run shows each of the obligations that are asked for; else it says which none does."""
        verdict, machine = self._verdict, self._machine
        # One list of questions: what was bound for one rule need not be found again for the next.
        questions = Questions(machine.solver)
        kept: list[str] = []
        for what in self._settings.only:
            if what in verdict.broken:
                continue
            verdict.why = ", ".join([*kept, f"{what} has no answer"])
            self._tell(verdict)
            bad = any_of([one.bad for one in machine.obligations if one.what == what])
            answer = self._broken_by_run(questions, bad, what)
            if answer.kind != "shown":
                kept.append(f"{what} {'kept' if answer.kind == 'never' else answer.kind}")
            verdict.why = ", ".join(kept)
        verdict.status = "undecided" if kept else "refuted"

    def _broken_by_run(self, questions: Questions, bad: Term, what: str) -> Answer:
        """A run that breaks one may break others, too."""

        def shows(words: list[int]) -> bool:
            run = self._run(words)
            if run.shows(what):
                self._verdict.broken += [one for one in self._settings.only if run.shows(one)]
            return run.shows(what)

        return self._refinement().settle(questions, bad, shows)

    def _settle(self, questions: Questions, bad: Term, what: str, binds: bool = True) -> Answer:
        """Whether this obligation can be broken; when a run does it, the verdict is there."""
        answer = self._refinement().settle(
            questions, bad, lambda words: self._run(words).shows(what), binds
        )
        if answer.kind == "shown":
            self._refuted(answer.words, what)
        return answer

    def _refinement(self) -> Refinement:
        words = [var(32, f"word{index}") for index in range(self._machine.words)]
        return Refinement(self._machine.unknowns, self._machine.start, words)

    def _run(self, words: Sequence[int]) -> node.Run:
        return node.run(self._path, self._verdict.room, [words], mutant=self._settings.on)[0]

    def _refuted(self, words: Sequence[int], what: str) -> None:
        """Node.js does with these words what must not be."""
        verdict = self._verdict
        forbidden = {obligation.what for obligation in self._machine.obligations}
        verdict.status = "refuted"
        verdict.counterexample = self._smaller(words, lambda run: run.shows(what))
        run = self._run(verdict.counterexample)
        verdict.broken = sorted(what for what in forbidden if run.shows(what))
        places = {obligation.where for obligation in self._machine.obligations if obligation.what == run.end}
        verdict.why = "; ".join(verdict.broken + sorted(places))

    def _smaller(self, words: Sequence[int], shows: Callable[[node.Run], bool]) -> list[int]:
        return witness.smaller(self._path, self._verdict.room, words, shows)

    def _show_possible(self, end: State | None) -> None:
        """Assumptions that contradict each other, or a rule about a case that cannot be, prove nothing."""
        verdict = self._verdict
        cases = {case: any_of(conditions) for case, conditions in sorted(self._machine.covers.items())}
        verdict.cases = dict.fromkeys(cases, "undecided")
        for words in self._settings.known:
            self._replay(words)
        if not verdict.alive:
            self._reach(end.condition() if end is not None else FALSE, lambda _: True)
        for case, condition in cases.items():
            if verdict.cases[case] != "reached":
                answer = self._reach(condition, lambda run, case=case: case in run.met)  # type: ignore[misc]
                if verdict.cases[case] != "reached":
                    verdict.cases[case] = answer

    def _replay(self, words: Sequence[int]) -> None:
        run = self._run(words)
        self._verdict.alive |= run.end == "end"
        # A case counts when the whole run counts.
        if run.end == "end":
            self._verdict.cases.update(dict.fromkeys(run.met & self._verdict.cases.keys(), "reached"))
            self._verdict.witnesses.append(list(words))

    def _reach(self, condition: Term, shows: Callable[[node.Run], bool]) -> str:
        self._tell(self._verdict)

        def met(run: node.Run) -> bool:
            return run.end == "end" and shows(run)

        answer = self._refinement().settle(
            Questions(self._machine.solver), condition, lambda words: met(self._run(words))
        )
        if answer.kind == "shown":
            self._replay(self._smaller(answer.words, met))
            return "reached"
        return "not reached" if answer.kind == "never" else answer.kind
