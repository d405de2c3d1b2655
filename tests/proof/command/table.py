"""The table of rules that the traceability report reads, and what became of each rule."""

import json
from importlib.metadata import version
from pathlib import Path

from engine.room import Verdict

from . import build, record
from .build import Failed

TABLE = Path(__file__).resolve().parents[1] / "rules.json"


def _rows() -> list[dict[str, object]]:
    """Every rule of every room that is proved, as the harnesses say it."""
    example = ["cargo", "run", "--quiet", "-p", "pen-core", "--features", "verify", "--example", "rooms"]
    rooms = record.rooms()
    rows: list[dict[str, object]] = []
    for line in build.run(example, build.here()).splitlines():
        room, kind, number, requirement, text = line.split("\t")
        if kind != "rule":
            continue
        if room not in rooms:
            raise Failed(f"rooms.toml has no room {room!r}")
        if not rooms[room].open:
            engine = f"wsym, bitwuzla {version('bitwuzla')}"
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
    for rule in sorted(verdict.rules):
        refuted = f"rule {rule}" in verdict.broken
        result = "refuted" if refuted else "proved" if good else "unknown"
        lines.append(json.dumps({"room": verdict.room, "rule": rule, "result": result, "wasm": digest}))
    return lines
