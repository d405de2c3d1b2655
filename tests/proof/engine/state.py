"""What a path holds, and how two paths become one."""

from .memory import Memory
from .terms import FALSE, TRUE, Term, all_of, always, choose, either, negate


class State:
    """A path: the conditions under which it is taken, and what it has computed.

    Two states that are alive at the same time never have all their conditions true at once: they come from the two
    ways of a branch. `join` relies on it, and tests/test_machine.py checks it with the solver.
    """

    __slots__ = ("globals", "locals", "memory", "path", "stack", "uneven", "words")

    def __init__(
        self,
        path: tuple[Term, ...],
        variables: list[Term],
        stack: list[Term],
        global_values: list[Term],
        memory: Memory,
    ) -> None:
        self.path = path
        self.locals = variables
        self.stack = stack
        self.globals = global_values
        self.memory = memory
        # Words drawn so far; whether paths that met here had drawn different numbers of them.
        self.words = 0
        self.uneven = False

    def fork(self) -> "State":
        """A copy that goes its own way."""
        other = State(self.path, list(self.locals), list(self.stack), list(self.globals), self.memory.fork())
        other.words, other.uneven = self.words, self.uneven
        return other

    def narrow(self, condition: Term) -> None:
        """From here on only where this holds."""
        if condition is not TRUE:
            self.path = (*self.path, condition)

    def condition(self) -> Term:
        """When this path is taken."""
        return all_of(self.path)

    def split(self, condition: Term) -> "tuple[State | None, State | None]":
        """This path where the condition holds, and where it does not; nothing where that cannot be."""
        if condition is TRUE:
            return self, None
        if condition is FALSE:
            return None, self
        opposite = negate(condition)
        for known in self.path:
            if known is condition:
                return self, None
            if known is opposite:
                return None, self
        other = self.fork()
        other.path = (*self.path, condition)
        self.path = (*self.path, opposite)
        return other, self


def separate(a: State, b: State) -> tuple[tuple[Term, ...], Term, Term]:
    """The conditions that two paths share, and what each has beyond them."""
    shared = 0
    for x, y in zip(a.path, b.path, strict=False):
        if x is not y:
            break
        shared += 1
    return a.path[:shared], all_of(a.path[shared:]), all_of(b.path[shared:])


def join(a: State | None, b: State | None) -> State | None:
    """One state for two paths that meet."""
    if a is None:
        return b
    if b is None:
        return a
    shared, only_a, only_b = separate(a, b)
    first_a, first_b = a.path[len(shared) :], b.path[len(shared) :]
    # Both conditions tell the paths apart, because they exclude each other. The shorter one makes smaller terms.
    if first_a and first_b and first_a[0] is negate(first_b[0]):
        in_a = first_a[0]
    elif len(first_a) <= len(first_b):
        in_a = only_a
    else:
        in_a = negate(only_b)
    if in_a is TRUE:
        return a
    if in_a is FALSE:
        return b
    if len(a.stack) != len(b.stack):
        raise AssertionError("paths that meet have stacks of one height")
    taken = either(only_a, only_b)
    if always(taken):
        taken = TRUE
    result = State(
        shared if taken is TRUE else (*shared, taken),
        [choose(in_a, x, y) for x, y in zip(a.locals, b.locals, strict=True)],
        [choose(in_a, x, y) for x, y in zip(a.stack, b.stack, strict=True)],
        [choose(in_a, x, y) for x, y in zip(a.globals, b.globals, strict=True)],
        a.memory.join(b.memory, in_a),
    )
    result.words = max(a.words, b.words)
    result.uneven = a.uneven or b.uneven or a.words != b.words
    return result
