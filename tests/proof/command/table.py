"""The table of rules that the traceability report reads, and what became of each rule."""

import json
from importlib.metadata import version
from pathlib import Path

from engine.room import Verdict

from . import build, record
from .build import Failed

# What is shown of every room beside its own rules, as its rule 0.
_NO_PANIC = "no panic, no trap and no access outside of memory can be reached, and every loop ends"
TABLE = Path(__file__).resolve().parents[1] / "rules.json"


def _rows() -> list[dict[str, object]]:
    """Every rule of every room that is proved, as the harnesses say it."""
    example = ["cargo", "run", "--quiet", "-p", "pen-core", "--features", "verify", "--example", "rooms"]
    rooms = record.rooms()
    engine = f"wsym, bitwuzla {version('bitwuzla')}"
    rows: list[dict[str, object]] = [
        {"room": room.name, "rule": 0, "requirement": "SAFE-002", "text": _NO_PANIC, "engine": engine}
        for room in rooms.values()
        if not room.open
    ]
    for line in build.run(example, build.here()).splitlines():
        room, kind, number, requirement, text = line.split("\t")
        if kind != "rule":
            continue
        if room not in rooms:
            raise Failed(f"rooms.toml has no room {room!r}")
        if not rooms[room].open:
            rows.append({"room": room, "rule": int(number), "requirement": requirement, "text": text, "engine": engine})
    return rows


def _text() -> str:
    return "[\n  " + ",\n  ".join(json.dumps(row) for row in _rows()) + "\n]\n"


def write() -> None:
    """Puts it into `rules.json`."""
    TABLE.write_text(_text())


def compare() -> None:
    """Raises `Failed` when `rules.json` is not what the harnesses say."""
    if not TABLE.exists() or TABLE.read_text() != _text():
        raise Failed("rules.json is not what the harnesses say: tests/proof/prove --table writes it")


def results(verdict: Verdict, digest: str, good: bool) -> list[str]:
    """A line for each rule of a room. What is not proved in whole is not proved."""
    lines = []
    trapped = any(not what.startswith("rule ") for what in verdict.broken)
    for rule in [0, *sorted(verdict.rules)]:
        refuted = f"rule {rule}" in verdict.broken if rule else trapped
        result = "refuted" if refuted else "proved" if good else "unknown"
        lines.append(json.dumps({"room": verdict.room, "rule": rule, "result": result, "wasm": digest}))
    return lines
