"""Links the harnesses for a prover."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Failed(Exception):
    """Something outside of the provers did not work."""


@dataclass(frozen=True)
class Tree:
    """A source tree, and where it is built."""

    root: Path
    target: Path


def target() -> Path:
    """Where cargo builds this tree."""
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()


def here() -> Tree:
    """This tree."""
    return Tree(ROOT, target())


def run(arguments: list[str], tree: Tree, env: dict[str, str] | None = None) -> str:
    """The output of a command in a tree.

    Raises `Failed`, with what it complained about.
    """
    whole = {**os.environ, "CARGO_TARGET_DIR": str(tree.target), **(env or {})}
    done = subprocess.run(arguments, cwd=tree.root, env=whole, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}\n{done.stderr[-3000:]}")
    return done.stdout


def _link(tree: Tree, platform: str, kind: str, env: dict[str, str] | None = None) -> Path:
    run(
        ["cargo", "rustc", "--quiet", "--locked", "--lib", "-p", "pen-proof", "--features", "rooms",
         "--profile", "proof", "--target", platform, "--crate-type", kind],
        tree, env,
    )  # fmt: skip
    return tree.target / platform / "proof"


def wasm(tree: Tree, env: dict[str, str] | None = None) -> Path:
    """The rooms as WebAssembly."""
    return _link(tree, "wasm32-unknown-unknown", "cdylib", env) / "pen_proof.wasm"


def archive(tree: Tree) -> Path:
    """The rooms for a Cortex-M4, not linked yet. Without the saturating instructions, which angr does not know."""
    return _link(tree, "thumbv7em-none-eabihf", "staticlib", {"RUSTFLAGS": "-C target-feature=-dsp"}) / "libpen_proof.a"


def version(arguments: list[str]) -> str:
    """The first line that a tool says of itself."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().split("\n")[0]


def found(tool: str) -> bool:
    """Whether a tool can be called."""
    return shutil.which(tool) is not None


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
