"""Seeded defects: what the prover must refute.

A file of `seeds/` names a room, the rules that it breaks, and what the defect is, and then the change itself. It is
applied to a copy of this tree, built, and each of those very rules must be refuted, with words that show it on
Node.js. Whatever else happens is an error: a change that does not apply, that does not build, that is not noticed.
"""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

from . import build, record, wsym
from .build import Failed, Tree
from .work import side_by_side, workers

_SEEDS = Path(__file__).resolve().parents[1] / "seeds"


@dataclass(frozen=True)
class Seed:
    """One defect."""

    name: str
    room: str
    # `rule 3`, `panic`: each by itself.
    breaks: tuple[str, ...]
    says: str
    patch: Path


def seeds() -> list[Seed]:
    """All of them, by name.

    Raises `Failed` when one does not say what it breaks.
    """
    found = []
    for patch in sorted(_SEEDS.glob("*.diff")):
        lines = dict(line.split(": ", 1) for line in patch.read_text().split("\n\n")[0].splitlines())
        if set(lines) != {"room", "breaks", "says"}:
            raise Failed(f"{patch.name} does not begin with room, breaks and says")
        found.append(Seed(patch.stem, lines["room"], tuple(lines["breaks"].split(", ")), lines["says"], patch))
    return found


def _part(which: str) -> list[Seed]:
    every = seeds()
    if "/" not in which:
        named = [seed for seed in every if which in (seed.name, seed.room)]
        if not named:
            raise Failed(f"no seed {which!r}, nor a room with seeds; there are: {', '.join(seed.name for seed in every)}")
        return named
    part, parts = (int(number) for number in which.split("/"))
    if not 1 <= part <= parts:
        raise Failed(f"--seeds {which}: K of N parts, from 1 to N")
    return every[part - 1 :: parts]


def _copy(number: int) -> Tree:
    """This tree once more, as it stands."""
    here = build.here()
    copy = here.target / "proof" / f"seeded-{number}"
    copy.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=here.root, capture_output=True, check=True).stdout
    kept = b"\0".join(name for name in files.split(b"\0") if name and (here.root / name.decode()).exists())
    pack = subprocess.run(
        ["tar", "--null", "-T", "-", "-cf", "-"], cwd=here.root, input=kept, capture_output=True, check=True
    )
    subprocess.run(["tar", "-xf", "-"], cwd=copy, input=pack.stdout, check=True)
    return Tree(copy, here.target / "proof" / f"seeded-target-{number}")


def _patch(tree: Tree, seed: Seed, *options: str) -> None:
    done = subprocess.run(
        ["patch", "--strip=1", "--fuzz=0", "--batch", *options, f"--input={seed.patch}"],
        cwd=tree.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{seed.name} does not apply: {done.stdout}")


def _complaint(tree: Tree, seed: Seed, cpu_limit: int) -> str:
    """What is wrong with a seed; empty when every rule that it names was refuted."""
    room = record.rooms()[seed.room]
    _patch(tree, seed)
    try:
        module = build.wasm(tree)
    except Failed as error:
        return f"does not build: {error}"
    finally:
        _patch(tree, seed, "--reverse")
    verdict = wsym.verdict(module, room, cpu_limit, replace(room.settings(), only=seed.breaks))
    return "" if verdict.status == "refuted" else f"{verdict.status}: {verdict.why}"


def main(which: str, cpu_limit: int) -> int:
    """Tries a part of the seeds; 0 when each was refuted by every rule that it names."""
    chosen = _part(which)
    trees: SimpleQueue[Tree] = SimpleQueue()
    for number in range(min(workers(), len(chosen))):
        trees.put(_copy(number))

    def tried(seed: Seed) -> str:
        tree = trees.get()
        try:
            return _complaint(tree, seed, cpu_limit)
        finally:
            trees.put(tree)

    wrong = 0
    for seed, complaint in zip(chosen, side_by_side(tried, chosen), strict=True):
        wrong += bool(complaint)
        verdict = f"ERROR: {complaint}" if complaint else f"refuted by {', '.join(seed.breaks)}"
        print(f"{seed.name:<28} {seed.room:<12} {verdict}  ({seed.says})", flush=True)
    print(f"{len(chosen)} seeds, {wrong} of them not as they must be")
    return min(1, wrong)
