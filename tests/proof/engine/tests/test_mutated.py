"""Which mutants break a rule, in a room of which that is plain."""

import tempfile
import unittest
from pathlib import Path

from .. import wasm
from ..mutated import weigh
from ..room import Settings, Verdict, prove
from ..wasm import Unsupported
from .test_opcodes import assemble


def _number(value: int) -> bytes:
    return b"\x41" + bytes([value])


def _asks(mutant: int) -> bytes:
    return _number(mutant) + b"\x10\x04"


def _check(rule: int, holds: bytes) -> bytes:
    return _number(rule) + holds + b"\x10\x02"


_NOT = b"\x45"
_DROP = b"\x1a"
_WORD = b"\x10\x00"


def _loop_while(condition: bytes) -> bytes:
    return b"\x03\x40" + condition + b"\x0d\x00\x0b"


class Mutated(unittest.TestCase):
    """Rooms of a few instructions."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "room.wasm"

    def weighed(self, body: bytes, *mutants: int) -> list[dict[str, object]]:
        """What is said of a room with this code."""
        self.path.write_bytes(assemble(body))
        return list(weigh(self.path, wasm.read(self.path), "room", Settings(), frozenset(mutants), 20))

    def test_each_mutant_is_judged_by_itself(self) -> None:
        """Mutant 3 breaks rule 1, mutant 5 nothing; rule 2 holds whatever is on."""
        body = _check(1, _asks(3) + _NOT) + _asks(5) + _DROP + _check(2, _number(1))
        self.assertEqual(
            self.weighed(body, 3, 5),
            [
                {"room": "room", "meets": 2},
                {"room": "room", "mutant": 3, "kind": "broken", "what": ["rule 1"]},
                {"room": "room", "mutant": 5, "kind": "kept", "what": []},
                {"room": "room", "rule": 2, "kind": "never", "mutant": 0},
                {"room": "room", "rule": 1, "kind": "shown"},
            ],
        )

    def test_a_mutant_that_breaks_a_rule_for_some_inputs_only_is_found(self) -> None:
        """With mutant 3 a word of 0 breaks rule 1."""
        body = _check(1, _asks(3) + _NOT + _WORD + b"\x72")
        self.assertIn({"room": "room", "mutant": 3, "kind": "broken", "what": ["rule 1"]}, self.weighed(body, 3))

    def test_a_loop_without_end_is_told_and_hides_nothing_behind_it(self) -> None:
        """Mutant 7 never leaves the loop; mutant 3 breaks the rule behind it."""
        said = self.weighed(_loop_while(_asks(7)) + _check(1, _asks(3) + _NOT), 3, 7)
        self.assertIn({"room": "room", "mutant": 7, "kind": "broken", "what": ["loop"]}, said)
        self.assertIn({"room": "room", "mutant": 3, "kind": "broken", "what": ["rule 1"]}, said)

    def test_a_loop_without_end_of_the_code_itself_is_no_verdict(self) -> None:
        """It is not the mutant that loops."""
        with self.assertRaises(Unsupported):
            self.weighed(_loop_while(_number(1)), 7)

    def test_a_mutant_without_a_switch_is_never_on(self) -> None:
        """It is asked for, and not among those that are tried."""
        said = self.weighed(_check(1, _asks(3) + _NOT))
        self.assertEqual(said[0], {"room": "room", "meets": 0})
        self.assertEqual(said[1], {"room": "room", "rule": 1, "kind": "never", "mutant": 0})

    def proved(self, body: bytes, on: int) -> Verdict:
        """The verdict on a room with one switch on."""
        self.path.write_bytes(assemble(body))
        settings = Settings(only=("rule 1",), on=on)
        return prove(self.path, wasm.read(self.path), "room", settings, lambda _: None)

    def test_a_switch_that_is_on_is_asked_for_by_no_other_number(self) -> None:
        """Switch 3 breaks rule 1 for a word of 0; with none on, or another, it holds. A run agrees."""
        body = _check(1, _asks(3) + _NOT + _WORD + b"\x72") + _asks(5) + _DROP
        self.assertEqual(self.proved(body, on=3).status, "refuted")
        for other in (0, 5):
            self.assertEqual(self.proved(body, on=other).why, "rule 1 kept")
