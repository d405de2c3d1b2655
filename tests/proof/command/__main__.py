"""The command line: see `prove --help`."""

import argparse
import multiprocessing
import os
import sys
import unittest
from importlib.metadata import version
from pathlib import Path

from engine.room import Verdict

from . import arm, breakable, build, differ, esbmc, mutants, record, report, seeds, table, wsym
from .build import Failed
from .record import Room
from .work import side_by_side

_TEACHES = """\
prove                      all rooms: builds them as WebAssembly, runs each for all inputs, prints a table
prove gate halt            these rooms only
prove --engine esbmc gate  the same rooms by another prover: wsym (ours, the default), esbmc, angr (ARM code)
prove --seeds              every seeded defect (seeds/*.diff) must be refuted by the rule that it names
prove --seeds 2/3          the second of three parts of them; prove --seeds NAME: this one, or those of this room
prove --breakable          how many rules of each room a seed breaks; an error when none does
prove --compare            the executor against Node.js, run by run and byte by byte
prove --replay halt 1,0,7  runs words on the real code, as this machine's code
prove --mutants TREE       which mutants break a rule, and of which rule; made by `mutants --by proof`
prove --self-test          the unit tests: simplifier, opcodes, machine, unknowns, results
prove --types              the types of all Python here, by mypy
prove --json               also a line of JSON for each rule, for `traceability record`
prove --table              writes what is to be proved, rule by rule, into rules.json
prove --record halt        puts words, rules, cases and witnesses of a room on record (rooms.toml, witnesses/)

A room is good when it is PROVED, when some run meets all its assumptions, when each of its cases is reached
by a run on Node.js, and when words, rules and cases are those on record. Everything else ends with exit code 1.
What a verdict does not say is in docs/proof.md."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="prove",
        description="Proves the rules of pen-core, room by room, for all states and inputs.",
        epilog=_TEACHES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="rooms of rooms.toml; all when none is given")
    parser.add_argument("--engine", choices=["wsym", "esbmc", "angr"], default="wsym", help="which prover")
    parser.add_argument("--cpu-limit", type=int, default=900, metavar="S", help="CPU time a room may take (s); 900")
    parser.add_argument("--seeds", nargs="?", const="1/1", metavar="K/N", help="seeded defects: a part, or by name or room")
    parser.add_argument("--breakable", action="store_true", help="whether something breaks each rule")
    parser.add_argument("--compare", action="store_true", help="compare the executor with Node.js")
    parser.add_argument("--runs", type=int, default=60, metavar="N", help="runs of --compare a room; 60")
    parser.add_argument("--self-test", action="store_true", help="unit tests of the executor")
    parser.add_argument("--types", action="store_true", help="type check of the Python here")
    parser.add_argument("--record", action="store_true", help="put what comes out on record")
    parser.add_argument("--json", action="store_true", help="also a line of JSON for each rule")
    parser.add_argument("--table", action="store_true", help="write the table of rules (rules.json)")
    parser.add_argument("--replay", nargs=2, metavar=("ROOM", "WORDS"), help="run words natively")
    parser.add_argument("--mutants", type=Path, metavar="TREE", help="which mutants of a tree with switches break a rule")
    parser.add_argument("--rules-only", action="store_true", help="with --mutants: only whether any breaks each rule")
    parser.add_argument("--wasm", type=Path, metavar="FILE", help="prove this module instead of building one")
    return parser.parse_args()


def _chosen(names: list[str], engine: str) -> list[Room]:
    known = record.rooms()
    for name in names:
        if name not in known:
            raise Failed(f"no room {name!r}; there are: {', '.join(known)}")
        if engine not in known[name].engines:
            raise Failed(f"room {name} is not proved by {engine} (rooms.toml)")
    if names:
        return [room for room in known.values() if room.name in names]
    return [room for room in known.values() if engine in room.engines and not room.open]


def _prove(path: Path, rooms: list[Room], cpu_limit: int, keep: bool, json: bool) -> int:
    print(report.head(), flush=True)
    bad = 0
    digest = build.digest(path)
    for room, verdict in zip(rooms, side_by_side(lambda room: wsym.verdict(path, room, cpu_limit), rooms), strict=True):
        print(report.row(verdict, "wsym"), flush=True)
        for line in report.unknowns(verdict):
            print(f"    {line}")
        if keep:
            record.keep(room, verdict)
            continue
        complaints = room.complaints(verdict)
        bad += bool(complaints)
        for complaint in complaints:
            print(f"    {complaint}")
        if json:
            print("\n".join(table.results(verdict, digest, not complaints)))
        if verdict.counterexample:
            _tell_counterexample(verdict)
    for room in record.rooms().values():
        if room.open:
            print(f"{room.name:<12} NOT PROVED: {room.open}")
    print(f"{len(rooms)} rooms, {bad} of them not as they must be")
    return bad


def _tell_counterexample(verdict: Verdict) -> None:
    print(f"\n{report.rust_test(verdict)}\n")
    words = ",".join(map(str, verdict.counterexample))
    print(f"tests/proof/prove --replay {verdict.room} {words}\n", flush=True)


def _versions(path: Path) -> None:
    print(f"module {path.name} {build.digest(path)}")
    tools = [build.version([tool, "--version"]) for tool in ("rustc", "node")]
    print(f"{tools[0]}; node {tools[1]}; bitwuzla {version('bitwuzla')}", flush=True)


def _replay(room: str, words: str) -> int:
    example = ["cargo", "run", "--quiet", "-p", "pen-core", "--features", "verify", "--example", "rooms", "--"]
    print(build.run([*example, room, words], build.here()).strip())
    return 0


def main() -> int:
    """0 when everything is as it must be."""
    given = _arguments()
    if given.replay:
        return _replay(*given.replay)
    if given.self_test:
        home = str(Path(__file__).resolve().parents[1])
        loader = unittest.defaultTestLoader
        suite = unittest.TestSuite(loader.discover(f"{home}/{part}/tests", top_level_dir=home) for part in ("engine", "command"))
        return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1
    if given.breakable:
        return breakable.tell(record.rooms().values(), seeds.seeds())
    if given.seeds:
        return max(
            seeds.main(given.seeds, given.cpu_limit),
            breakable.tell(record.rooms().values(), seeds.seeds()) if "/" in given.seeds else 0,
        )
    if given.table:
        table.write()
        return 0
    rooms = _chosen(given.rooms, given.engine)
    if given.mutants:
        return mutants.main(given.mutants.resolve(), rooms, given.cpu_limit, not given.rules_only)
    if given.engine == "wsym":
        table.compare()
    if given.engine == "angr":
        return arm.main(rooms, given.cpu_limit)
    path = given.wasm or build.wasm(build.here())
    _versions(path)
    if given.engine == "esbmc":
        return esbmc.main(path, rooms, given.cpu_limit)
    if given.compare:
        return differ.main(path, rooms, given.runs)
    return min(1, _prove(path, rooms, given.cpu_limit, given.record, given.json))


if __name__ == "__main__":
    try:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        sys.exit(main())
    except Failed as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os._exit(1)
    except KeyboardInterrupt:
        for child in multiprocessing.active_children():
            child.kill()
        print("error: interrupted; what has no verdict above was not looked at", file=sys.stderr, flush=True)
        os._exit(130)
