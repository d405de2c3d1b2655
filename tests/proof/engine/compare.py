"""Does the prover say about a module what Node.js does with it? Compared run by run, byte by byte.

Two ways: the machine runs the room with known words, or it runs it once for all words and its formulas are evaluated
with them. Either way every rule, case, trap and every byte of memory that the machine knows of must be the same.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import node
from .machine import Machine
from .meaning import Evaluation
from .memory import Start
from .state import State
from .terms import FALSE, Term
from .unknowns import Arithmetic, Table, Unknowns
from .wasm import Module, Unsupported

# Two values for what nothing tells, different in every byte.
_UNTOLD = (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)


@dataclass
class Report:
    """What was compared, and what differed."""

    runs: int = 0
    # Runs that met all assumptions to the end.
    ended: int = 0
    trapped: int = 0
    cases: int = 0
    bytes: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass
class _Said:
    """What the prover says about one list of words."""

    ends: bool
    broken: set[str]
    met: set[int]
    memory: dict[int, int]


def with_constants(path: Path, module: Module, room: str, lists: Sequence[Sequence[int]]) -> Report:
    """Every list of words by itself, in a machine that knows them."""
    said = []
    for words in lists:
        machine = Machine(module, words=words)
        end = machine.run(room)
        said.append(_evaluated(machine, end).at(words))
    return _against_node(path, room, lists, said)


def with_unknowns(
    path: Path,
    module: Module,
    room: str,
    lists: Sequence[Sequence[int]],
    arithmetic: Arithmetic = Arithmetic.EXACT,
    pure: Sequence[str] = (),
) -> Report:
    """One run for all words; its formulas are evaluated for each list. Unknowns are what they stand for.

    What a function of `pure` gives is told by nothing: bytes that hang on it are not compared. Raises `Unsupported`
    when a rule or a case hangs on it.
    """
    machine = Machine(module, arithmetic, pure)
    formulas = _evaluated(machine, machine.run(room))
    return _against_node(path, room, lists, [formulas.at(words) for words in lists])


def neighbours(starts: Sequence[Sequence[int]], count: int, seed: int = 1) -> Iterator[list[int]]:
    """Lists of words: the given ones, then some in which up to five words are others."""
    chance = random.Random(seed)
    for turn in range(count):
        row = list(starts[turn % len(starts)])
        for _ in range(chance.randrange(1, 6) if turn >= len(starts) else 0):
            row[chance.randrange(len(row))] = _word(chance)
        yield row


def _word(chance: random.Random) -> int:
    kind = chance.random()
    if kind < 0.4:
        return chance.randrange(0, 8)
    if kind < 0.7:
        return chance.randrange(0, 5_000)
    if kind < 0.9:
        return chance.choice([0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 1_000, 1_000_000, 120_000_000])
    return chance.getrandbits(32)


class _Formulas:
    def __init__(self, machine: Machine, end: State | None) -> None:
        self._start = machine.start
        self._unknowns = machine.unknowns
        self._alive = end.condition() if end is not None else FALSE
        self._bad: dict[str, list[Term]] = {}
        for obligation in machine.obligations:
            self._bad.setdefault(obligation.what, []).append(obligation.bad)
        self._covers = machine.covers
        self._cells = list(end.memory.written()) if end is not None else []
        roots = [self._alive, *(cell[0] for _, cell in self._cells)]
        roots += [bad for group in self._bad.values() for bad in group]
        roots += [met for group in self._covers.values() for met in group]
        self._values = Evaluation(machine.unknowns.grounded(roots))

    def at(self, words: Sequence[int]) -> _Said:
        said, other = (self._said(words, untold) for untold in _UNTOLD)
        if (said.ends, said.broken, said.met) != (other.ends, other.broken, other.met):
            raise Unsupported("a rule or a case hangs on the result of a function that is taken to be pure")
        said.memory = {place: byte for place, byte in said.memory.items() if byte == other.memory[place]}
        return said

    def _said(self, words: Sequence[int], untold: int) -> _Said:
        values = self._values.at(
            lambda term, older: _unknown(term, older, words, self._unknowns, self._start, untold)
        )
        return _Said(
            bool(values[self._alive.ident]),
            {what for what, group in self._bad.items() if any(values[bad.ident] for bad in group)},
            {case for case, group in self._covers.items() if any(values[met.ident] for met in group)},
            {address: values[term.ident] >> byte * 8 & 255 for address, (term, byte) in self._cells},
        )


def _evaluated(machine: Machine, end: State | None) -> _Formulas:
    return _Formulas(machine, end)


def _unknown(
    term: Term, older: dict[int, int], words: Sequence[int], unknowns: Unknowns, start: Start, untold: int
) -> int:
    if term.name.startswith("word"):
        index = int(term.name[4:])
        return words[index] if index < len(words) else 0
    if term.name.startswith("memory"):
        return 0
    meaning = unknowns.meanings.get(term.name)
    if meaning is None:
        return untold & ((1 << term.width) - 1)
    if isinstance(meaning, Table):
        place = older[meaning.base.ident] + meaning.offset
        table = bytes(start.cell(place + byte)[0].value for byte in range(meaning.size) if start.is_constant(place))
        return int.from_bytes(table, "little")
    return older[meaning.ident]


def _against_node(path: Path, room: str, lists: Sequence[Sequence[int]], said: list[_Said]) -> Report:
    places = [place for one in said for place in one.memory]
    memory = range(min(places), max(places) + 1) if places else None
    report = Report()
    for words, mine, run in zip(lists, said, node.run(path, room, lists, memory), strict=True):
        report.runs += 1
        report.ended += run.end == "end"
        report.cases += len(run.met)
        broken = {f"rule {rule}" for rule in run.broken}
        problems = []
        # A division's trap is an obligation; the path goes on beyond it, which only adds behaviour.
        if mine.ends != (run.end == "end") and not run.end.startswith("trap"):
            problems.append(f"ends: {mine.ends}, Node.js: {run.end}")
        if run.end in ("end", "assume"):
            if mine.broken != broken or mine.met != run.met:
                problems.append(f"says {mine.broken} {mine.met}, Node.js {broken} {set(run.met)}")
        else:
            report.trapped += 1
            # What would come after a trap is not excluded: more may be said, never less.
            if not mine.broken >= broken | {run.end} or not mine.met >= run.met:
                problems.append(f"says {mine.broken}, Node.js {run.end} {broken}")
        if run.end == "end" and memory is not None:
            report.bytes += len(mine.memory)
            wrong = [place for place, byte in mine.memory.items() if run.memory[place - memory.start] != byte]
            if wrong:
                problems.append(f"{len(wrong)} bytes of memory differ, the first at {wrong[0]:#x}")
        report.differences += [f"{problem}; words {','.join(map(str, words))}" for problem in problems]
    return report
