"""A room's verdict."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from bitwuzla import Result

from . import bitvec, node, terms
from .machine import Machine, Obligation
from .state import State
from .terms import FALSE, TRUE, Term, any_of, cone, var
from .unknowns import Arithmetic
from .wasm import Module


@dataclass(frozen=True)
class Settings:
    """How a room is proved."""

    arithmetic: Arithmetic = Arithmetic.EXACT
    # Functions whose results are taken as unknown.
    pure: tuple[str, ...] = ()
    # CPU time for one question to the solver (ms); 0 is no limit.
    limit_ms: int = 0


@dataclass
class Verdict:
    """What came out. `proved` is the only good one."""

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
    covers: dict[int, str] = field(default_factory=dict)
    unknowns: dict[str, int] = field(default_factory=dict)
    # What a counterexample breaks, and its words.
    broken: list[str] = field(default_factory=list)
    counterexample: list[int] = field(default_factory=list)
    # CPU time: running, proving, showing that something is possible (s).
    seconds: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Prover:
    """Proves rooms of one module."""

    def __init__(self, path: Path, module: Module) -> None:
        self._path = path
        self._module = module

    def prove(self, room: str, settings: Settings) -> Verdict:
        """Runs a room for all inputs and asks the solver for anything that must not be.

        Raises `Unsupported` for whatever is not understood.
        """
        terms.forget()
        bitvec.forget()
        begin = time.process_time()
        machine = Machine(self._module, settings.arithmetic, settings.pure)
        end = machine.run(room)
        ran = time.process_time()
        verdict = Verdict(room, words=machine.words, obligations=len(machine.obligations), rules=machine.rules)
        verdict.terms = len(cone(obligation.bad for obligation in machine.obligations))
        verdict.unknowns = dict(machine.unknowns.counts)
        self._judge(machine, settings, verdict)
        judged = time.process_time()
        self._show_possible(machine, end, settings, verdict)
        verdict.seconds = (ran - begin, judged - ran, time.process_time() - judged)
        return verdict

    def _judge(self, machine: Machine, settings: Settings, verdict: Verdict) -> None:
        """All obligations in one question; nothing that must not be is possible when the answer is no."""
        words = [var(32, f"word{index}") for index in range(machine.words)]
        bad = any_of(obligation.bad for obligation in machine.obligations)
        result, found = machine.solver.witness(bad, words, settings.limit_ms)
        if result == Result.UNSAT:
            verdict.status = "proved"
            return
        if result != Result.SAT:
            verdict.why = "the solver gave up"
            return
        verdict.counterexample = found
        if self._confirm(verdict, machine.obligations):
            return
        # Not so in a run: once more, each obligation with its unknowns bound to what they stand for.
        exact = machine.unknowns.definitions(bad)
        result, found = machine.solver.witness(terms.both(bad, exact), words, settings.limit_ms, lazy=True)
        verdict.counterexample = found
        if result == Result.SAT and self._confirm(verdict, machine.obligations):
            return
        suspects = self._suspects(machine, settings)
        verdict.why = f"possible with unknowns only, in no run that was found: {', '.join(suspects)}"

    def _suspects(self, machine: Machine, settings: Settings) -> list[str]:
        grouped: dict[str, list[Term]] = {}
        for obligation in machine.obligations:
            grouped.setdefault(obligation.what, []).append(obligation.bad)
        return sorted(
            what
            for what, bad in grouped.items()
            if machine.solver.witness(any_of(bad), [], settings.limit_ms)[0] != Result.UNSAT
        )

    def _confirm(self, verdict: Verdict, obligations: list[Obligation]) -> bool:
        """Whether Node.js does with these words what must not be."""
        run = node.run(self._path, verdict.room, [verdict.counterexample])[0]
        verdict.broken = sorted({obligation.what for obligation in obligations if run.shows(obligation.what)})
        if not verdict.broken:
            return False
        verdict.status = "refuted"
        places = sorted({obligation.where for obligation in obligations if obligation.what == run.end})
        verdict.why = "; ".join(verdict.broken + places)
        return True

    def _show_possible(self, machine: Machine, end: State | None, settings: Settings, verdict: Verdict) -> None:
        """Assumptions that contradict each other, or a rule about a case that cannot be, prove nothing."""
        alive = end.condition() if end is not None else FALSE
        cases = {case: any_of(conditions) for case, conditions in machine.covers.items()}
        found = self._reach(machine, settings, verdict.room, {-1: alive, **cases})
        verdict.alive = found.pop(-1) == "reached"
        verdict.covers = found

    def _reach(self, machine: Machine, settings: Settings, room: str, wanted: dict[int, Term]) -> dict[int, str]:
        words = [var(32, f"word{index}") for index in range(machine.words)]
        found: dict[int, str] = {}
        for case, condition in wanted.items():
            if case in found:
                continue
            for exact in (TRUE, machine.unknowns.definitions(condition)):
                wish = terms.both(condition, exact)
                result, witness = machine.solver.witness(wish, words, settings.limit_ms, exact is not TRUE)
                if result != Result.SAT:
                    found.setdefault(case, "not reached" if result == Result.UNSAT else "undecided")
                    break
                run = node.run(self._path, room, [witness])[0]
                # One run may show several cases.
                for other in wanted:
                    if other in run.met or (other == -1 and run.end == "end"):
                        found[other] = "reached"
                if found.get(case) == "reached":
                    break
                found[case] = "possible"
        return found
