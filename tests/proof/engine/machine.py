"""Runs a room for all inputs, or for known words."""

from collections.abc import Sequence
from dataclasses import dataclass

from . import models
from .access import Dead
from .bitvec import compare, is_true, number
from .decode import Block, Branch, BranchIf, BranchTable, Call, Function, If, Instruction, Plain, Return, function
from .memory import Memory, Start
from .solve import Solver
from .state import State, join
from .terms import FALSE, TRUE, Term, any_of, both, const, negate, var
from .unknowns import Arithmetic, Unknowns
from .wasm import Module, Unsupported

# A loop that still comes back after so many turns is looked at by the solver every so many turns.
_TURNS_UNASKED = 20
# A loop that comes back more often is an error, never an end.
_TURNS_MAX = 4_000
# No loop of the code as it is comes back as often.
_TURNS_MUTANT = 300



@dataclass(frozen=True)
class Obligation:
    """Something that must never be: `rule N`, `panic` or `trap`, where, and when it would be."""

    what: str
    where: str
    bad: Term


@dataclass
class Label:
    """Where a branch leads: the paths that left for it, what they bring, and how high the stack is below that.

    The last path that left has most in common with the one that went on: joined in that order conditions stay short.
    """

    paths: list[State]
    results: int
    height: int


class Machine:
    """One run of one room."""

    def __init__(
        self,
        module: Module,
        arithmetic: Arithmetic = Arithmetic.EXACT,
        pure: Sequence[str] = (),
        words: Sequence[int] | None = None,
        mutants: frozenset[int] = frozenset(),
        on: int = 0,
    ) -> None:
        """`pure` names functions whose results are taken as unknown; with `words` the run is for these only.
        Any one of the `mutants` may be on, or none (engine/mutated.py); `on` is on, without a question.

        Raises `Unsupported` when a name of `pure` fits no function.
        """
        self.module = module
        self.start = Start(module, zeroed=words is not None)
        self.unknowns = Unknowns(arithmetic)
        self.obligations: list[Obligation] = []
        # By case: when it is met.
        self.covers: dict[int, list[Term]] = {}
        # Rules that were seen, whether or not anything is left to prove about them.
        self.rules: set[int] = set()
        self.words = 0
        self.solver = Solver()
        self.joins = 0
        # Mutants that the code asked for, and those with which a loop seems to have no end, and when.
        self.met: set[int] = set()
        self.endless: dict[int, Term] = {}
        self._mutants = mutants
        self._on = on
        self._given = words
        self._decoded: dict[int, Function] = {}
        self._calls: list[str] = []
        self._pure = {index: name for name in pure for index in self._named(name)}

    def _named(self, part: str) -> list[int]:
        found = [index for index, name in self.module.names.items() if part in name]
        if not found:
            raise Unsupported(f"no function's name has {part!r} in it")
        return found

    def run(self, room: str) -> State | None:
        """The state at the end of a room; nothing when no path comes there.

        Raises `Unsupported` for whatever is not understood.
        """
        if room not in self.module.exports:
            raise Unsupported(f"no room {room!r} in this module")
        begin = State((), [], [], [const(width, value) for width, value in self.module.globals], Memory(self.start))
        return self._call(begin, self.module.exports[room])

    def where(self) -> str:
        """The functions that are running, the innermost last."""
        return " > ".join(self._calls)

    def need(self, state: State, what: str, bad: Term) -> None:
        """Something must not be where this path is."""
        if bad is FALSE:
            return
        condition = both(state.condition(), bad)
        if condition is not FALSE:
            self.obligations.append(Obligation(what, self.where(), condition))

    def join(self, a: State | None, b: State | None) -> State | None:
        """One state for two paths that meet."""
        if a is not None and b is not None:
            self.joins += 1
        return join(a, b)

    def _call(self, state: State, index: int) -> State | None:
        module = self.module
        if index < len(module.imports):
            return self._speak(state, module.imports[index])
        name, signature = module.name(index), module.functions[index]
        if index in self._pure:
            if len(signature.results) != 1:
                raise Unsupported(f"{name} cannot be unknown: it has not one result")
            del state.stack[len(state.stack) - len(signature.params) :]
            state.stack.append(self.unknowns.result(signature.results[0], self._pure[index]))
            return state
        model = models.MODELS.get(name)
        if model is not None:
            model(self, state)
            return state
        code = self._decoded.get(index)
        if code is None:
            code = self._decoded[index] = function(module, index)
        return self._enter(state, name, code, len(signature.params), len(signature.results))

    def _enter(self, state: State, name: str, code: Function, params: int, results: int) -> State | None:
        below = len(state.stack) - params
        kept_locals, kept_stack = state.locals, state.stack[:below]
        state.locals = state.stack[below:] + [const(width, 0) for width in code.locals]
        state.stack = []
        self._calls.append(name)
        label = Label([], results, 0)
        end = self._sequence(code.body, state, [label])
        for path in reversed(label.paths):
            end = self.join(end, path)
        self._calls.pop()
        if end is None:
            return None
        end.locals = kept_locals
        end.stack = kept_stack + end.stack[len(end.stack) - results :]
        return end

    def _speak(self, state: State, imported: str) -> State | None:
        """The four words of the language of rooms."""
        if imported == "any_word":
            state.stack.append(self._word(state))
        elif imported == "assume":
            condition = is_true(state.stack.pop())
            if condition is FALSE:
                return None
            state.narrow(condition)
        elif imported in ("check", "cover"):
            holds = is_true(state.stack.pop())
            which = state.stack.pop()
            if which.op != "const":
                raise Unsupported(f"{imported} with a number that is not constant")
            if imported == "check":
                self.rules.add(which.value)
                self.need(state, f"rule {which.value}", negate(holds))
            else:
                self.covers.setdefault(which.value, []).append(both(state.condition(), holds))
        elif imported == "mutant":
            self._ask_mutant(state)
        else:
            raise Unsupported(f"an import {imported}")
        return state

    def _ask_mutant(self, state: State) -> None:
        asked = state.stack.pop()
        if asked.op != "const":
            raise Unsupported("a mutant with a number that is not constant")
        if asked.value not in self._mutants or asked.value in self.endless:
            state.stack.append(const(32, int(asked.value == self._on)))
            return
        self.met.add(asked.value)
        state.stack.append(number(self._is_on(asked.value)))

    @staticmethod
    def _is_on(mutant: int) -> Term:
        return compare("eq", var(32, "mutant"), const(32, mutant))

    def _word(self, state: State) -> Term:
        if state.uneven:
            raise Unsupported("a word is drawn after two ways that drew unequal numbers of words")
        index = state.words
        state.words += 1
        self.words = max(self.words, state.words)
        if self._given is None:
            return var(32, f"word{index}")
        return const(32, self._given[index] if index < len(self._given) else 0)

    @staticmethod
    def _leave(state: State, labels: list[Label], depth: int) -> None:
        label = labels[-1 - depth]
        top = state.stack[len(state.stack) - label.results :] if label.results else []
        state.stack = state.stack[: label.height] + top
        label.paths.append(state)

    def _sequence(self, body: list[Instruction], begin: State, labels: list[Label]) -> State | None:
        """Runs instructions; nothing is left when no path comes to their end."""
        state: State | None = begin
        for instruction in body:
            if state is None:
                return None
            kind = type(instruction)
            if kind is Plain:
                try:
                    instruction.run(self, state)  # type: ignore[union-attr]
                except Dead:
                    return None
            elif isinstance(instruction, BranchIf):
                gone, state = state.split(is_true(state.stack.pop()))
                if gone is not None:
                    self._leave(gone, labels, instruction.depth)
            elif isinstance(instruction, Call):
                state = self._call(state, instruction.function)
            elif isinstance(instruction, Block):
                run = self._loop if instruction.is_loop else self._block
                state = run(instruction, state, labels)
            elif isinstance(instruction, If):
                state = self._if(instruction, state, labels)
            else:
                self._end(instruction, state, labels)
                return None
        return state

    def _end(self, instruction: Instruction, state: State, labels: list[Label]) -> None:
        """What never goes on with the next instruction."""
        if isinstance(instruction, Branch):
            self._leave(state, labels, instruction.depth)
        elif isinstance(instruction, Return):
            self._leave(state, labels, len(labels) - 1)
        elif isinstance(instruction, BranchTable):
            self._table(instruction, state, labels)
        else:
            self.need(state, "panic", TRUE)

    def _block(self, block: Block, state: State, labels: list[Label]) -> State | None:
        label = Label([], block.results, len(state.stack))
        end = self._sequence(block.body, state, [*labels, label])
        for path in reversed(label.paths):
            end = self.join(end, path)
        return end

    def _if(self, block: If, state: State, labels: list[Label]) -> State | None:
        condition = is_true(state.stack.pop())
        label = Label([], block.results, len(state.stack))
        yes, no = state.split(condition)
        inner = [*labels, label]
        if yes is not None:
            yes = self._sequence(block.yes, yes, inner)
        if no is not None:
            no = self._sequence(block.no, no, inner)
        end = self.join(yes, no)
        for path in reversed(label.paths):
            end = self.join(end, path)
        return end

    def _loop(self, block: Block, begin: State, labels: list[Label]) -> State | None:
        """Turn by turn, until no path comes back. It never ends for any other reason."""
        done: State | None = None
        state: State | None = begin
        turn = 0
        height = len(begin.stack)
        while state is not None:
            turn += 1
            if turn > _TURNS_MAX:
                raise Unsupported(f"a loop of more than {_TURNS_MAX} turns in {self.where()}")
            if turn > _TURNS_UNASKED and turn % _TURNS_UNASKED == 1:
                if not self.solver.feasible(state.condition()):
                    break
                if turn > _TURNS_MUTANT and self._mutants:
                    self._end_mutants(state)
            label = Label([], 0, height)
            done = self.join(done, self._sequence(block.body, state, [*labels, label]))
            state = None
            for path in reversed(label.paths):
                state = self.join(state, path)
        return done

    def _end_mutants(self, state: State) -> None:
        """A loop that goes on for so long does so for some mutants only; from here on they are not on."""
        values = self.solver.values(state.condition(), var(32, "mutant"), 64)
        if not values or not values <= self._mutants:
            raise Unsupported(f"a loop of more than {_TURNS_MUTANT} turns in {self.where()}: {values}")
        condition = state.condition()
        for mutant in values:
            self.endless[mutant] = condition
            state.narrow(negate(self._is_on(mutant)))

    def _table(self, table: BranchTable, state: State, labels: list[Label]) -> None:
        number = state.stack.pop()
        last = table.depths[-1]
        cases: dict[int, list[int]] = {}
        for case, depth in enumerate(table.depths[:-1]):
            cases.setdefault(depth, []).append(case)
        rest: State | None = state
        for depth, numbers in cases.items():
            if depth != last and rest is not None:
                gone, rest = rest.split(any_of(compare("eq", number, const(32, case)) for case in numbers))
                if gone is not None:
                    self._leave(gone, labels, depth)
        if rest is not None:
            self._leave(rest, labels, last)
