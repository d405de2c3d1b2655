"""The symbolic executor, each room in a process of its own that has so much CPU time and no more."""

import multiprocessing
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from engine import wasm
from engine.room import Settings, Verdict, prove
from engine.wasm import Unsupported

from .record import Room


def _work(path: Path, name: str, settings: Settings, cpu_limit: int, pipe: Connection) -> None:
    # Who started it ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit, cpu_limit + 5))
    sys.setrecursionlimit(100_000)
    try:
        pipe.send(prove(path, wasm.read(path), name, settings, pipe.send))
    except Unsupported as error:
        pipe.send(Verdict(name, why=f"not understood: {error}"))


def verdict(path: Path, room: Room, cpu_limit: int, settings: Settings | None = None) -> Verdict:
    """What comes out within a limit of CPU time (s); what was known so far, undecided, when it does not suffice."""
    # Not forked: others may be waiting for theirs in threads of this process.
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(path, room.name, settings or room.settings(), cpu_limit, sender))
    process.start()
    sender.close()
    last = Verdict(room.name, why="nothing came out")
    try:
        while True:
            last = receiver.recv()
    except EOFError:
        pass
    process.join()
    if process.exitcode:
        last.why = f"no end within {cpu_limit} s of CPU time (exit {process.exitcode}); {last.why}".rstrip("; ")
    return last
