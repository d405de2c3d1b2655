"""Numbers of a width: each function makes the simplest term that it knows for what it says.

This is trusted code. Every rule is tried on all numbers of small widths (tests/test_bitvec.py), and the tests fail
when they do not reach a line of it.
"""

from collections.abc import Callable

from .meaning import BINARY, COMPARE, signed
from .terms import FALSE, TRUE, Op, Term, both, choose, const, either, make, negate, truth

_leaves: dict[tuple[object, Term], Term] = {}
_pushed: dict[tuple[int, int, Term], Term] = {}


def forget() -> None:
    """Drops what was remembered about terms."""
    _leaves.clear()
    _pushed.clear()


def _over_leaves(what: Callable[[int], Term], key: object, term: Term) -> Term:
    """`what` of every constant of a tree of if-then-else. Equal `key`, equal `what`."""
    memo = (key, term)
    result = _leaves.get(memo)
    if result is None:
        if term.op == "const":
            result = what(term.value)
        else:
            condition, yes, no = term.args
            result = choose(condition, _over_leaves(what, key, yes), _over_leaves(what, key, no))
        _leaves[memo] = result
    return result


def number(condition: Term, width: int = 32) -> Term:
    """1 where the condition holds, 0 elsewhere."""
    return choose(condition, const(width, 1), const(width, 0))


def compare(op: Op, x: Term, y: Term) -> Term:
    """`eq`, `ult`, `ule`, `slt` or `sle` of two numbers."""
    width = x.width
    holds = COMPARE[op]
    if x.op == "const" and y.op == "const":
        return truth(holds(x.value, y.value, width))
    if x is y:
        return truth(op not in ("ult", "slt"))
    if op == "eq" and x.op == "const":
        x, y = y, x
    if y.op == "const":
        right = y.value
        if x.values is not None:
            return _over_leaves(lambda v: truth(holds(v, right, width)), (op, width, right, "right"), x)
        if op == "eq" and right > x.most:
            return FALSE
        if op == "ult" and right == 0:
            return FALSE
        if (op == "ult" and x.most < right) or (op == "ule" and x.most <= right):
            return TRUE
        if op in ("slt", "sle") and x.most < 1 << (width - 1):
            # x is not negative.
            return FALSE if right >> (width - 1) else compare("ult" if op == "slt" else "ule", x, y)
        if x.op == "zext" and op in ("eq", "ult", "ule") and right < 1 << x.args[0].width:
            return compare(op, x.args[0], const(x.args[0].width, right))
    if x.op == "const":
        left = x.value
        if y.values is not None:
            return _over_leaves(lambda v: truth(holds(left, v, width)), (op, width, left, "left"), y)
        if (op == "ult" and left >= y.most) or (op == "ule" and left > y.most):
            return FALSE
        if op == "ule" and left == 0:
            return TRUE
    if op == "eq" and x.ident > y.ident:
        x, y = y, x
    return make(op, 0, (x, y))


def is_true(x: Term) -> Term:
    """Whether a number is not 0."""
    return negate(compare("eq", x, const(x.width, 0)))


def _is_flag(x: Term) -> bool:
    """Whether a term is a condition as a number: 1 or 0."""
    return x.op == "ite" and x.args[1].op == "const" and x.args[2].op == "const" and x.values == frozenset((0, 1))


def _bound(op: Op, x: Term, y: Term) -> int:
    """No value of the term can be greater."""
    width = x.width
    full = (1 << width) - 1
    bound = full
    if op == "bitand":
        bound = min(x.most, y.most)
    elif op in ("bitor", "bitxor"):
        bound = (1 << max(x.most.bit_length(), y.most.bit_length())) - 1
    elif op == "add":
        bound = x.most + y.most
    elif op == "mul":
        bound = x.most * y.most
    elif y.op == "const":
        if op == "shr":
            bound = x.most >> y.value % width
        elif op == "shl":
            bound = x.most << y.value % width
        elif op == "udiv" and y.value:
            bound = x.most // y.value
        elif op == "urem" and y.value:
            bound = min(x.most, y.value - 1)
    return bound if bound <= full else full


def _with_constant(op: Op, x: Term, y: Term) -> Term | None:
    """What is known of a term whose right part is a constant."""
    width, right = x.width, y.value
    if right == 0:
        if op in ("add", "sub", "bitor", "bitxor", "shl", "shr", "sar", "rotl"):
            return x
        if op in ("mul", "bitand"):
            return y
    if right == 1 and op in ("mul", "udiv", "sdiv"):
        return x
    if op == "bitand":
        # A mask that keeps all bits that can be set.
        if right & (right + 1) == 0 and x.most <= right:
            return x
        if x.op == "bitand" and x.args[1].op == "const":
            return binary("bitand", x.args[0], const(width, x.args[1].value & right))
    if op == "sub":
        return binary("add", x, const(width, -right))
    if op == "add" and x.op == "add" and x.args[1].op == "const":
        return binary("add", x.args[0], const(width, x.args[1].value + right))
    if x.values is not None:
        return _over_leaves(lambda v: const(width, BINARY[op](v, right, width)), (op, width, right, "of"), x)
    return None


def binary(op: Op, x: Term, y: Term) -> Term:
    """One of the operators of `meaning.BINARY`. Shifts and rotations go by the amount modulo the width."""
    width = x.width
    if x.op == "const" and y.op == "const":
        return const(width, BINARY[op](x.value, y.value, width))
    swaps = op in ("add", "mul", "bitand", "bitor", "bitxor")
    if x.op == "const" and swaps:
        x, y = y, x
    if y.op == "const":
        known = _with_constant(op, x, y)
        if known is not None:
            return known
    elif x.op == "const" and y.values is not None:
        left = x.value
        return _over_leaves(lambda v: const(width, BINARY[op](left, v, width)), (op, width, left, "by"), y)
    if op in ("bitand", "bitor", "bitxor") and _is_flag(x) and _is_flag(y):
        p, q = is_true(x), is_true(y)
        if op == "bitand":
            return number(both(p, q), width)
        return number(either(p, q) if op == "bitor" else choose(p, negate(q), q), width)
    if x is y:
        if op in ("bitand", "bitor"):
            return x
        if op in ("bitxor", "sub"):
            return const(width, 0)
    bound = _bound(op, x, y)
    if swaps and y.op != "const" and x.ident > y.ident:
        x, y = y, x
    return make(op, width, (x, y), 0, bound)


def zero_extend(x: Term, width: int) -> Term:
    """The same number, wider."""
    if x.width == width:
        return x
    if x.values is not None:
        return _over_leaves(lambda v: const(width, v), ("zext", width), x)
    if x.op == "zext":
        return zero_extend(x.args[0], width)
    return make("zext", width, (x,), 0, x.most)


def sign_extend(x: Term, width: int) -> Term:
    """The same number in two's complement, wider."""
    if x.width == width:
        return x
    if x.values is not None:
        return _over_leaves(lambda v: const(width, signed(v, x.width)), ("sext", width, x.width), x)
    if x.most < 1 << (x.width - 1):
        return zero_extend(x, width)
    return make("sext", width, (x,))


def extract(x: Term, low: int, width: int) -> Term:
    """The bits `low` to `low + width - 1`."""
    if low == 0 and width == x.width:
        return x
    if x.most >> low == 0:
        return const(width, 0)
    if x.values is not None:
        return _over_leaves(lambda v: const(width, v >> low), ("extract", low, width), x)
    if x.op == "extract":
        return extract(x.args[0], x.value + low, width)
    if x.op in ("zext", "sext") and low + width <= x.args[0].width:
        return extract(x.args[0], low, width)
    if x.op == "zext" and low == 0 and width > x.args[0].width:
        return zero_extend(x.args[0], width)
    if x.op == "concat":
        high, rest = x.args
        if low + width <= rest.width:
            return extract(rest, low, width)
        if low >= rest.width:
            return extract(high, low - rest.width, width)
    if x.op == "ite" and any(part.op in ("const", "zext", "concat") for part in x.args[1:]):
        key = (low, width, x)
        result = _pushed.get(key)
        if result is None:
            condition, yes, no = x.args
            result = choose(condition, extract(yes, low, width), extract(no, low, width))
            _pushed[key] = result
        return result
    return make("extract", width, (x,), low, min(x.most >> low, (1 << width) - 1))


def concat(high: Term, low: Term) -> Term:
    """Two numbers side by side."""
    width = high.width + low.width
    if high.op == "const" and low.op == "const":
        return const(width, high.value << low.width | low.value)
    if high.op == "const" and high.value == 0:
        return zero_extend(low, width)
    if high.op == "extract" and low.op == "extract" and high.args[0] is low.args[0]:
        if high.value == low.value + low.width:
            return extract(low.args[0], low.value, width)
    return make("concat", width, (high, low), 0, high.most << low.width | ((1 << low.width) - 1))


def _bit(x: Term, place: int) -> Term:
    return compare("eq", extract(x, place, 1), const(1, 1))


def leading_zeros(x: Term) -> Term:
    """Zeros above the highest one; the width when there is none."""
    result = const(x.width, x.width)
    for place in range(x.width):
        result = choose(_bit(x, place), const(x.width, x.width - 1 - place), result)
    return result


def trailing_zeros(x: Term) -> Term:
    """Zeros below the lowest one; the width when there is none."""
    result = const(x.width, x.width)
    for place in reversed(range(x.width)):
        result = choose(_bit(x, place), const(x.width, place), result)
    return result


def ones(x: Term) -> Term:
    """How many bits are set."""
    result = const(x.width, 0)
    for place in range(x.width):
        result = binary("add", result, number(_bit(x, place), x.width))
    return result
