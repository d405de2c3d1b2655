"""angr on the machine code of a Cortex-M4: `prove --engine angr`.

The four words of the language of rooms, and the panic, are given addresses by the linker, and each address is hooked.
Without that the linker makes every such call an instruction that does nothing, and the proof is one of nothing; so a
room counts only with the words on record and with a path that came to its end.
"""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from . import build
from .build import Failed
from .record import Room

# Where the linker puts what a room imports; angr_room.py hooks these.
ADDRESSES = {"any_word": 0x200000, "assume": 0x200010, "check": 0x200020, "cover": 0x200030, "may_panic": 0x200040}


def _link(rooms: list[Room]) -> Path:
    archive = build.archive(build.here())
    elf = archive.with_name("pen_proof.elf")
    sysroot = build.version(["rustc", "--print", "sysroot"])
    host = build.run(["rustc", "--version", "--verbose"], build.here()).split("host: ")[1].split("\n")[0]
    linker = Path(sysroot) / "lib" / "rustlib" / host / "bin" / "rust-lld"
    build.run(
        [str(linker), "-flavor", "gnu", "--gc-sections", "--image-base=0x10000", "-e", rooms[0].name,
         *(f"--undefined={room.name}" for room in rooms),
         *(f"--defsym={name}={address:#x}" for name, address in ADDRESSES.items()),
         "-o", str(elf), str(archive)],
        build.here(),
    )  # fmt: skip
    return elf


def main(rooms: list[Room], cpu_limit: int) -> int:
    """Proves rooms; 0 when each is proved, draws the words on record, and comes to its end."""


    elf = _link(rooms)
    print(f"angr {version('angr')}, ARMv7E-M without its saturating instructions, {elf.name} {build.digest(elf)}")
    print(f"{'room':<12} {'verdict':<10} {'words':>5} {'paths':>5} {'CPU s':>6}  engine")
    bad = 0
    for room in rooms:
        script = Path(__file__).with_name("angr_room.py")
        done = subprocess.run(
            [sys.executable, str(script), str(elf), room.name, str(cpu_limit)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Failed(f"angr, room {room.name}: {done.stderr[-2000:]}")
        status, words, paths, seconds, why = done.stdout.rstrip("\n").split("\t")
        good = status == "proved" and int(words) == room.words and int(paths) > 0
        bad += not good
        print(f"{room.name:<12} {status.upper():<10} {words:>5} {paths:>5} {float(seconds):>6.1f}  angr  {why}"
              + ("" if int(words) == room.words else f", {room.words} words on record"), flush=True)  # fmt: skip
    print(f"{len(rooms)} rooms, {bad} of them not as they must be")
    return min(1, bad)
