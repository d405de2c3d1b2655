"""Words that show something, made small: as many of them 0 as can be."""

from collections.abc import Callable, Sequence
from pathlib import Path

from . import node


def smaller(path: Path, room: str, words: Sequence[int], shows: Callable[[node.Run], bool]) -> list[int]:
    """The same words with zeros wherever Node.js still shows the same."""
    best = list(words)
    size = max(1, len(best) // 2)
    while True:
        starts = [at for at in range(0, len(best), size) if any(best[at : at + size])]
        tries = [_without(best, [at], size) for at in starts]
        good = [at for at, run in zip(starts, node.run(path, room, tries), strict=True) if shows(run)]
        # Each by itself; now as many of them together as go.
        together = [_without(best, good[:count], size) for count in range(1, len(good) + 1)]
        fine = [row for row, run in zip(together, node.run(path, room, together), strict=True) if shows(run)]
        if fine:
            best = fine[-1]
        elif size == 1:
            return best
        if not fine or len(fine) == len(good):
            if size == 1:
                return best
            size = max(1, size // 2)


def _without(words: Sequence[int], starts: Sequence[int], size: int) -> list[int]:
    row = list(words)
    for at in starts:
        row[at : at + size] = [0] * len(row[at : at + size])
    return row
