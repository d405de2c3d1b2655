"""Functions of the compiler's own library that are known by what they give. Each is compared with its code by a test."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .bitvec import concat
from .wasm import Unsupported

if TYPE_CHECKING:
    from .machine import Machine
    from .state import State


def _multiply_128(machine: "Machine", state: "State") -> None:
    """`__multi3(to, low, high, low, high)`: the 128-bit product."""
    y_high, y_low, x_high, x_low, to = (state.stack.pop() for _ in range(5))
    if to.op != "const":
        raise Unsupported("a 128-bit product for a place that is not known")
    product = machine.unknowns.binary("mul", concat(x_high, x_low), concat(y_high, y_low))
    state.memory.write(to.value, 16, product)


MODELS: dict[str, Callable[["Machine", "State"], None]] = {"__multi3": _multiply_128}
