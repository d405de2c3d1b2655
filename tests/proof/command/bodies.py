"""The functions of a Rust file, as far as seeds need them: where their bodies stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What may hold braces and is no code, then braces, what ends a head without a body, and names.
_TOKEN = re.compile(
    r"""
    //[^\n]*
    | (?P<block>/\*)
    | b?r(?P<hashes>\#*)".*?"(?P=hashes)
    | b?"(?:\\.|[^"\\])*"
    | b?'(?:\\[^\n']+|[^\\'\n])'
    | '\w+
    | (?P<mark>[{}()\[\];]) | (?P<word>\w+)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Body:
    """A function's body, its braces with it."""

    start: int
    end: int
    # What it returns is told by its body: two bodies can be two types.
    opaque: bool

    def of(self, source: str) -> str:
        """Its text."""
        return source[self.start : self.end]


def _tokens(source: str) -> Iterator[tuple[str, int]]:
    at = 0
    while found := _TOKEN.search(source, at):
        at = found.end()
        if found["block"]:
            at = _after_comment(source, found.start())
        elif found["mark"] or found["word"]:
            yield found[0], found.start()


def _after_comment(source: str, start: int) -> int:
    """Comments between stars stand in each other."""
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(source, start):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end()
    return len(source)


def bodies(source: str) -> list[Body]:
    """All functions that stand in no other, in their order."""
    found: list[Body] = []
    tokens = _tokens(source)
    for token, at in tokens:
        if token != "fn":
            continue
        start = _head(tokens)
        if start is not None:
            end = _closed(tokens)
            found.append(Body(start, end, bool(re.search(r"->\s*impl\b", source[at:start]))))
    return found


def _head(tokens: Iterator[tuple[str, int]]) -> int | None:
    """Where the body begins; nothing when there is none. A `fn` that is a type has none, either."""
    depth = 0
    for token, at in tokens:
        if token in "([":
            depth += 1
        elif token in ")]":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0 and token == "{":
            return at
        elif depth == 0 and token in ";}":
            return None
    return None


def _closed(tokens: Iterator[tuple[str, int]]) -> int:
    depth = 1
    for token, at in tokens:
        if token in "{}":
            depth += 1 if token == "{" else -1
            if depth == 0:
                return at + 1
    raise ValueError("a body without an end")


def rest(source: str) -> str:
    """What is in no body."""
    left, at = "", 0
    for body in bodies(source):
        left += source[at : body.start] + "{}"
        at = body.end
    return left + source[at:]


def changes_bodies_only(source: str, changed: str) -> bool:
    """Whether two files differ in nothing but bodies, and in none that decides a type."""
    if rest(changed) != rest(source):
        return False
    pairs = zip(bodies(source), bodies(changed), strict=True)
    return not any(one.opaque and one.of(source) != other.of(changed) for one, other in pairs)


def switched(source: str, changed: dict[int, str]) -> str:
    """A file that does what the changed file N does when switch N is on, and else what it did.

    None of them changes anything but bodies.
    """
    others = {number: (text, bodies(text)) for number, text in changed.items()}
    written, at = "", 0
    for index, body in enumerate(bodies(source)):
        written += source[at : body.start]
        ends = ""
        for number, (text, found) in others.items():
            if found[index].of(text) != body.of(source):
                written += f"{{ if ::pen_mutant::on({number}) {found[index].of(text)} else "
                ends += " }"
        written += body.of(source) + ends
        at = body.end
    return written + source[at:]
