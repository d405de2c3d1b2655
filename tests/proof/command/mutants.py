"""Mutants judged by the proof: `prove --mutants TREE`, for a tree with switches (`tests/src/mutants`)."""

import json
import multiprocessing
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from engine import wasm
from engine.mutated import weigh
from engine.wasm import Unsupported

from . import build
from .build import Tree
from .record import Room
from .work import side_by_side


def _work(path: Path, room: Room, mutants: frozenset[int], cpu_limit: int, each: bool, pipe: Connection) -> None:
    sys.setrecursionlimit(100_000)
    try:
        for result in weigh(path, wasm.read(path), room.name, room.settings(), mutants, cpu_limit, each):
            pipe.send(result)
    except Unsupported as error:
        pipe.send({"room": room.name, "error": str(error)})


def _results(
    path: Path, room: Room, mutants: frozenset[int], cpu_limit: int, each: bool
) -> Iterator[dict[str, object]]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(path, room, mutants, cpu_limit, each, sender))
    process.start()
    sender.close()
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        pass
    process.join()
    if process.exitcode:
        yield {"room": room.name, "error": f"exit {process.exitcode}"}


def main(tree: Path, rooms: list[Room], cpu_limit: int, each: bool) -> int:
    """Prints one JSON object a line: of `each` mutant, and of each rule. 0 when every room came to its end.

    `mutants.json` in the tree has the numbers of those that have a switch.
    """
    mutants = frozenset(json.loads((tree / "mutants.json").read_text()))
    path = build.wasm(Tree(tree, tree.parent / "target"))

    def tell(room: Room) -> bool:
        good = True
        for result in _results(path, room, mutants, cpu_limit, each):
            print(json.dumps(result), flush=True)
            good &= "error" not in result
        return good

    return 0 if all(list(side_by_side(tell, rooms))) else 1
