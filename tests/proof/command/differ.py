"""`prove --compare`: the executor against Node.js on the same module and the same words."""

from pathlib import Path

from engine import wasm
from engine.compare import Report, neighbours, with_constants, with_unknowns

from . import record
from .record import Room


def _row(room: Room, how: str, report: Report) -> str:
    return (
        f"{room.name:<12} {how:<9} {report.runs:>4} runs, {report.ended:>4} to the end, {report.trapped:>3} traps, "
        f"{report.cases:>4} cases, {report.bytes:>8} bytes of memory: {len(report.differences)} differ"
    )


def main(path: Path, rooms: list[Room], runs: int) -> int:
    """Compares every room both ways; 0 when nothing differs."""
    module = wasm.read(path)
    bad = 0
    for room in rooms:
        known = record.witnesses(room.name) or [[0] * room.words]
        lists = list(neighbours(known, runs))
        # With constants nothing is taken for pure; with formulas that would have no end.
        reports = (
            ("constants", with_constants(path, module, room.name, lists)),
            ("formulas", with_unknowns(path, module, room.name, lists, room.arithmetic, room.pure)),
        )
        for how, report in reports:
            print(_row(room, how, report), flush=True)
            bad += bool(report.differences) or not report.ended
            for difference in report.differences[:3]:
                print(f"    {difference[:500]}")
            if not report.ended:
                print("    no run came to the end: nothing is compared")
    print(f"{len(rooms)} rooms, {bad} comparisons not as they must be")
    return min(1, bad)
