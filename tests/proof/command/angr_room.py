"""One room of the ARM code under angr: angr_room.py FILE ROOM SECONDS, called by arm.py.

Prints status, words, paths to the end, CPU time (s), and why, parted by tabs.
"""

# angr has no types and makes classes of procedures by inheritance.
# mypy: ignore-errors
import logging
import sys
import time

import angr
import claripy
from command.arm import ADDRESSES

for name in ("angr", "cle", "pyvex", "claripy"):
    logging.getLogger(name).setLevel("CRITICAL")

broken: set[str] = set()


class AnyWord(angr.SimProcedure):
    def run(self):
        drawn = self.state.globals.get("words", 0)
        self.state.globals["words"] = drawn + 1
        return claripy.BVS(f"word{drawn}", 32, explicit_name=True)


class Assume(angr.SimProcedure):
    def run(self, holds):
        self.state.solver.add(holds != 0)


class Check(angr.SimProcedure):
    def run(self, rule, holds):
        if self.state.solver.satisfiable(extra_constraints=[holds == 0]):
            broken.add(f"rule {self.state.solver.eval(rule)}")


class Cover(angr.SimProcedure):
    def run(self, number, met):
        pass


class Panic(angr.SimProcedure):
    NO_RET = True

    def run(self):
        if self.state.solver.satisfiable():
            broken.add("panic")
        self.exit(1)


def main(file: str, room: str, limit: float) -> None:
    begin = time.process_time()
    project = angr.Project(file, auto_load_libs=False)
    procedures = {"any_word": AnyWord, "assume": Assume, "check": Check, "cover": Cover, "may_panic": Panic}
    for name, procedure in procedures.items():
        for address in (ADDRESSES[name], ADDRESSES[name] | 1):
            project.hook(address, procedure())
    start = project.loader.find_symbol(room)
    state = project.factory.call_state(
        start.rebased_addr,
        add_options={
            angr.options.ZERO_FILL_UNCONSTRAINED_REGISTERS,
            angr.options.SYMBOL_FILL_UNCONSTRAINED_MEMORY,
        },
    )
    paths = project.factory.simgr(state)
    while paths.active and time.process_time() - begin < limit:
        paths.step()
    ended = [path for path in paths.deadended if path.solver.satisfiable()]
    why = ", ".join(sorted(broken))
    if paths.errored:
        why = f"{why} angr raised: {str(paths.errored[0].error)[:120]}".strip()
    done = not paths.active and not paths.errored
    status = "refuted" if broken else "proved" if done else "undecided"
    words = max((path.globals.get("words", 0) for path in ended + paths.active), default=0)
    print(status, words, len(ended), f"{time.process_time() - begin:.1f}", why, sep="\t")


main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
