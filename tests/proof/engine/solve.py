"""From terms to Bitwuzla, and what is asked of it."""

import time

import bitwuzla
from bitwuzla import Kind, Result

from .terms import Term, cone


_KINDS: dict[str, Kind] = {
    "not": Kind.NOT, "and": Kind.AND, "ite": Kind.ITE,
    "eq": Kind.EQUAL, "ult": Kind.BV_ULT, "ule": Kind.BV_ULE, "slt": Kind.BV_SLT, "sle": Kind.BV_SLE,
    "add": Kind.BV_ADD, "sub": Kind.BV_SUB, "mul": Kind.BV_MUL,
    "udiv": Kind.BV_UDIV, "urem": Kind.BV_UREM, "sdiv": Kind.BV_SDIV, "srem": Kind.BV_SREM,
    "bitand": Kind.BV_AND, "bitor": Kind.BV_OR, "bitxor": Kind.BV_XOR, "concat": Kind.BV_CONCAT,
}  # fmt: skip
_SHIFTS = {"shl": Kind.BV_SHL, "shr": Kind.BV_SHR, "sar": Kind.BV_ASHR, "rotl": Kind.BV_ROL}


class Solver:
    """Translates each term once."""

    def __init__(self) -> None:
        self._terms = bitwuzla.TermManager()
        self._lowered: dict[Term, bitwuzla.Term] = {}
        # CPU time of the questions on the way (s).
        self.asked = 0.0

    def lower(self, term: Term) -> bitwuzla.Term:
        """The solver's term for this one."""
        if term not in self._lowered:
            for part in cone([term]):
                if part not in self._lowered:
                    self._lowered[part] = self._one(part)
        return self._lowered[term]

    def _one(self, term: Term) -> bitwuzla.Term:
        make = self._terms.mk_term
        args = [self._lowered[part] for part in term.args]
        if term.op == "const":
            if term.width == 0:
                return self._terms.mk_true() if term.value else self._terms.mk_false()
            return self._number(term.width, term.value)
        if term.op == "var":
            return self._terms.mk_const(self._terms.mk_bv_sort(term.width), term.name)
        if term.op == "zext":
            return make(Kind.BV_ZERO_EXTEND, args, [term.width - term.args[0].width])
        if term.op == "sext":
            return make(Kind.BV_SIGN_EXTEND, args, [term.width - term.args[0].width])
        if term.op == "extract":
            return make(Kind.BV_EXTRACT, args, [term.value + term.width - 1, term.value])
        if term.op in _SHIFTS:
            # WebAssembly shifts by the amount modulo the width, which is a power of two there.
            amount = make(Kind.BV_UREM, [args[1], self._number(term.width, term.width)])
            right = term.args[1]
            if term.width & (term.width - 1) == 0:
                amount = make(Kind.BV_AND, [args[1], self._number(term.width, term.width - 1)])
            if right.op == "const":
                amount = self._number(term.width, right.value % term.width)
            return make(_SHIFTS[term.op], [args[0], amount])
        return make(_KINDS[term.op], args)

    def _number(self, width: int, value: int) -> bitwuzla.Term:
        return self._terms.mk_bv_value(self._terms.mk_bv_sort(width), value)

    def query(self, models: bool) -> bitwuzla.Bitwuzla:
        """A fresh solver. It has no limit of its own: whoever starts the process limits its CPU time."""
        options = bitwuzla.Options()
        options.set(bitwuzla.Option.PRODUCE_MODELS, models)
        # Terms are simplified when they are made; doing it again for each question takes a quarter of the step's time.
        options.set(bitwuzla.Option.PREPROCESS, False)
        return bitwuzla.Bitwuzla(self._terms, options)

    def feasible(self, condition: Term) -> bool:
        """Whether a condition can be; yes when there is no answer in time."""
        begin = time.process_time()
        query = self.query(False)
        query.assert_formula(self.lower(condition))
        result: Result = query.check_sat()
        self.asked += time.process_time() - begin
        return result != Result.UNSAT

    def values(self, condition: Term, term: Term, most: int) -> set[int] | None:
        """All values of a term where a condition holds; nothing when there are more than `most`, or no answer."""
        begin = time.process_time()
        query = self.query(True)
        query.assert_formula(self.lower(condition))
        lowered = self.lower(term)
        found: set[int] | None = set()
        while found is not None:
            result = query.check_sat()
            if result == Result.UNSAT:
                break
            if result != Result.SAT or len(found) == most:
                found = None
                break
            value = int(query.get_value(lowered).value(10))
            found.add(value)
            query.assert_formula(self._terms.mk_term(Kind.DISTINCT, [lowered, self._number(term.width, value)]))
        self.asked += time.process_time() - begin
        return found


class Questions:
    """One question after the other about the same terms: what was worked out for one serves the next."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._query = solver.query(True)

    def assume(self, fact: Term) -> None:
        """From now on this holds."""
        self._query.assert_formula(self._solver.lower(fact))

    def ask(self, condition: Term) -> Result:
        """Whether a condition can be."""
        result: Result = self._query.check_sat(self._solver.lower(condition))
        return result

    def value(self, term: Term) -> int:
        """Of a term, after a question that was answered with yes."""
        value = self._query.get_value(self._solver.lower(term))
        return int(value.value(10)) if term.width else int(value.is_true())
