"""The same module on Node.js: an implementation of WebAssembly that is not ours."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).with_name("run.js")
# How Node.js tells a trap, and what it is called here.
_TRAPS = {
    "unreachable": "panic",
    "divide by zero": "trap: division by zero",
    "remainder by zero": "trap: division by zero",
    "divide result unrepresentable": "trap: quotient too great",
    "memory access out of bounds": "trap: outside of memory",
}


@dataclass(frozen=True)
class Run:
    """What came of one list of words."""

    # `end`, `assume`, or what an obligation would be called.
    end: str
    # Rules that did not hold.
    broken: frozenset[int]
    # Cases that were met.
    met: frozenset[int]
    # How many words were drawn.
    drawn: int
    # The asked part of memory, as it was left.
    memory: bytes

    def shows(self, what: str) -> bool:
        """Whether this run does what an obligation forbids."""
        return what == self.end or what in {f"rule {rule}" for rule in self.broken}


def run(module: Path, room: str, words: Sequence[Sequence[int]], memory: range | None = None, mutant: int = 0) -> list[Run]:
    """One run for each list of words; words that are missing are 0. A module with mutants has this one on."""
    range_ = f"{memory.start}-{memory.stop}" if memory is not None else ""
    arguments = ["node", str(_SCRIPT), str(module), room, range_, str(mutant)]
    done = subprocess.run(
        arguments, input=json.dumps([list(w) for w in words]), capture_output=True, text=True, check=True
    )
    return [
        Run(
            _TRAPS.get(end, end),
            frozenset(number for kind, number, holds in said if kind == "rule" and not holds),
            frozenset(number for kind, number, holds in said if kind == "cover" and holds),
            drawn,
            bytes.fromhex(dump),
        )
        for end, said, drawn, dump in json.loads(done.stdout)
    ]


def ends(module: Path, room: str, words: Sequence[int], mutant: int, cpu_s: int = 5) -> bool:
    """Whether a run comes to any end within so much CPU time."""
    arguments = ["sh", "-c", f'ulimit -t {cpu_s}; exec "$0" "$@"', "node", str(_SCRIPT), str(module), room, "", str(mutant)]
    done = subprocess.run(arguments, input=json.dumps([list(words)]), capture_output=True, text=True, check=False)
    return done.returncode == 0
