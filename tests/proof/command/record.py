"""What must come out: `rooms.toml`, and words that show that rooms are alive and cases possible."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from engine.room import Settings, Verdict
from engine.unknowns import Arithmetic

_HOME = Path(__file__).resolve().parents[1]
ROOMS = _HOME / "rooms.toml"
WITNESSES = _HOME / "witnesses"


@dataclass(frozen=True)
class Room:
    """One room's entry."""

    name: str
    arithmetic: Arithmetic
    pure: tuple[str, ...]
    engines: tuple[str, ...]
    # Loops that ESBMC unrolls.
    unwind: int
    # Bytes of stack that ESBMC gives it; one more that it needs is a failure there.
    stack: int
    # Numbers on record; the words are 0 when none is.
    words: int
    rules: frozenset[int]
    cases: frozenset[int]
    # Cases that only unknown results reach: Node.js shows no run of them.
    possible: frozenset[int]
    # Rules that no defect was found to break, and why.
    unbroken: dict[int, str]
    # Why there is no verdict, for a room that is not proved yet.
    open: str

    def settings(self) -> Settings:
        """How the symbolic executor proves it."""
        return Settings(self.arithmetic, self.pure, tuple(tuple(words) for words in witnesses(self.name)))

    def complaints(self, verdict: Verdict) -> list[str]:
        """What is not as it must be."""
        found = []
        if verdict.status != "proved":
            found.append(f"{verdict.status}: {verdict.why}")
        if not verdict.alive:
            found.append("no run meets all assumptions")
        if verdict.words == 0 or verdict.words != self.words:
            found.append(f"{verdict.words} words, {self.words} on record")
        if verdict.rules != self.rules:
            missing, new = sorted(self.rules - verdict.rules), sorted(verdict.rules - self.rules)
            found.append(f"rules on record that were not seen: {missing}; seen, not on record: {new}")
        for case, how in sorted(verdict.cases.items()):
            if how != ("possible" if case in self.possible else "reached"):
                found.append(f"case {case}: {how}")
        if set(verdict.cases) != self.cases:
            found.append(f"cases {sorted(verdict.cases)}, on record {sorted(self.cases)}")
        return found


def rooms() -> dict[str, Room]:
    """All rooms, by name, in the order of the file."""
    with ROOMS.open("rb") as file:
        return {
            name: Room(
                name,
                Arithmetic(entry.get("arithmetic", "exact")),
                tuple(entry.get("pure", [])),
                tuple(entry["engines"]),
                entry.get("unwind", 64),
                entry.get("stack", 2048),
                entry["words"],
                frozenset(entry["rules"]),
                frozenset(entry["cases"]),
                frozenset(entry.get("possible", [])),
                {int(rule): why for rule, why in entry.get("unbroken", {}).items()},
                entry.get("open", ""),
            )
            for name, entry in tomllib.load(file).items()
        }


def witnesses(room: str) -> list[list[int]]:
    """Words that showed something once: lists, of which only the words that are not 0 are stored."""
    file = WITNESSES / f"{room}.json"
    if not file.exists():
        return []
    stored = json.loads(file.read_text())
    beyond = [at for row in stored["lists"] for at in row if int(at) >= stored["words"]]
    if beyond:
        raise ValueError(f"{file}: words {', '.join(beyond)} of {stored['words']}; prove it with --record")
    return [[row.get(str(at), 0) for at in range(stored["words"])] for row in stored["lists"]]


def keep(room: Room, verdict: Verdict) -> None:
    """Puts on record what came out."""
    WITNESSES.mkdir(exist_ok=True)
    lists = [{str(at): word for at, word in enumerate(words[: verdict.words]) if word} for words in verdict.witnesses]
    rows = ",\n    ".join(json.dumps(row) for row in lists)
    text = f'{{\n  "words": {verdict.words},\n  "lists": [\n    {rows}\n  ]\n}}\n'
    (WITNESSES / f"{room.name}.json").write_text(text)
    lines, inside = [], False
    for line in ROOMS.read_text().splitlines():
        inside = line == f"[{room.name}]" or (inside and not line.startswith("["))
        key = line.split(" =")[0]
        new = {"words": verdict.words, "rules": sorted(verdict.rules), "cases": sorted(verdict.cases)}
        lines.append(f"{key} = {new[key]}" if inside and key in new else line)
    ROOMS.write_text("\n".join(lines) + "\n")
