"""Seeded defects: what the prover must refute.

A file of `seeds/` names a room, the rules that it breaks, and what the defect is, and then the change itself. With it,
each of those very rules must be refuted, with words that show it on Node.js. Whatever else happens is an error: a
change that does not apply, that does not build, that is not noticed.

Most seeds change nothing but what functions do. All these stand in one copy of the tree, each behind a switch as
mutants do (`tests/src/mutants`), which is built once. What changes more, a constant or a head, is built by itself.
"""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

from . import bodies, build, record, wsym
from .build import Failed, Tree
from .work import side_by_side, workers

_SEEDS = Path(__file__).resolve().parents[1] / "seeds"
_SWITCH = build.ROOT / "tests/src/mutants/switch.rs"
_CORE = Path("firmware/core")
# No switch on.
_OFF = 0


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


def _copy(name: str) -> Tree:
    """This tree once more, as it stands."""
    here = build.here()
    copy = here.target / "proof" / f"seeded-{name}"
    copy.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=here.root, capture_output=True, check=True).stdout
    kept = b"\0".join(name for name in files.split(b"\0") if name and (here.root / name.decode()).exists())
    pack = subprocess.run(
        ["tar", "--null", "-T", "-", "-cf", "-"], cwd=here.root, input=kept, capture_output=True, check=True
    )
    subprocess.run(["tar", "-xf", "-"], cwd=copy, input=pack.stdout, check=True)
    return Tree(copy, here.target / "proof" / f"seeded-target-{name}")


def _patch(tree: Tree, seed: Seed, *options: str) -> None:
    done = subprocess.run(
        ["patch", "--strip=1", "--fuzz=0", "--batch", *options, f"--input={seed.patch}"],
        cwd=tree.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{seed.name} does not apply: {done.stdout}")


def _changed(tree: Tree, seed: Seed) -> dict[str, str]:
    """By file: what it is with this seed."""
    files = [line.removeprefix("+++ b/") for line in seed.patch.read_text().splitlines() if line.startswith("+++ b/")]
    _patch(tree, seed)
    changed = {file: (tree.root / file).read_text() for file in files}
    _patch(tree, seed, "--reverse")
    return changed


def _switched(tree: Tree, chosen: list[Seed]) -> tuple[dict[str, int], dict[str, str]]:
    """The switch of each seed that can have one, and the files with these seeds in them."""
    numbers: dict[str, int] = {}
    by_file: dict[str, dict[int, str]] = {}
    for number, seed in enumerate(chosen, start=1):
        changed = _changed(tree, seed)
        if all(bodies.changes_bodies_only((tree.root / file).read_text(), text) for file, text in changed.items()):
            numbers[seed.name] = number
            for file, text in changed.items():
                by_file.setdefault(file, {})[number] = text
    return numbers, {file: bodies.switched((tree.root / file).read_text(), changed) for file, changed in by_file.items()}


def _build_switched(tree: Tree, files: dict[str, str]) -> Path:
    """The rooms with all these seeds in them."""
    crate = tree.root / "mutant"
    crate.mkdir(exist_ok=True)
    (crate / "lib.rs").write_text(_SWITCH.read_text())
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "pen-mutant"\nversion = "0.0.0"\nedition = "2024"\n\n[lib]\npath = "lib.rs"\n'
    )
    manifest = tree.root / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("members = [", 'members = [\n  "mutant",', 1))
    manifest = tree.root / _CORE / "Cargo.toml"
    manifest.write_text(
        manifest.read_text().replace("[dependencies]", '[dependencies]\npen-mutant = { path = "../../mutant" }', 1)
    )
    for file, text in files.items():
        (tree.root / file).write_text(text)
    build.run(["cargo", "update", "--quiet", "--offline", "--workspace"], tree)
    return build.wasm(tree, {"RUSTC_BOOTSTRAP": "pen_mutant"})


def _judged(module: Path, seed: Seed, on: int, cpu_limit: int) -> str:
    """What is wrong with a seed; empty when every rule that it names was refuted."""
    room = record.rooms()[seed.room]
    verdict = wsym.verdict(module, room, cpu_limit, replace(room.settings(), only=seed.breaks, on=on))
    return "" if verdict.status == "refuted" else f"{verdict.status}: {verdict.why}"


def _alone(tree: Tree, seed: Seed, cpu_limit: int) -> str:
    """The same, with a build of its own."""
    _patch(tree, seed)
    try:
        module = build.wasm(tree)
    except Failed as error:
        return f"does not build: {error}"
    finally:
        _patch(tree, seed, "--reverse")
    return _judged(module, seed, _OFF, cpu_limit)


def main(which: str, cpu_limit: int) -> int:
    """Tries a part of the seeds; 0 when each was refuted by every rule that it names."""
    chosen = _part(which)
    numbers: dict[str, int] = {}
    module = Path()
    if len(chosen) > 1:
        tree = _copy("all")
        numbers, files = _switched(tree, chosen)
        module = _build_switched(tree, files)
        print(f"{len(numbers)} of {len(chosen)} seeds stand in one tree, each behind a switch", flush=True)
    trees: SimpleQueue[Tree] = SimpleQueue()
    for number in range(min(workers(), len(chosen) - len(numbers))):
        trees.put(_copy(str(number)))

    def tried(seed: Seed) -> str:
        if seed.name in numbers:
            return _judged(module, seed, numbers[seed.name], cpu_limit)
        tree = trees.get()
        try:
            return _alone(tree, seed, cpu_limit)
        finally:
            trees.put(tree)

    wrong = 0
    for seed, complaint in zip(chosen, side_by_side(tried, chosen), strict=True):
        wrong += bool(complaint)
        verdict = f"ERROR: {complaint}" if complaint else f"refuted by {', '.join(seed.breaks)}"
        print(f"{seed.name:<28} {seed.room:<12} {verdict}  ({seed.says})", flush=True)
    print(f"{len(chosen)} seeds, {wrong} of them not as they must be")
    return min(1, wrong)
