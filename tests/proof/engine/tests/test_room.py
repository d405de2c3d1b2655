"""That a defect which is said to break rules must break each of them."""

import tempfile
import unittest
from pathlib import Path

from .. import wasm
from ..room import Settings, Verdict, prove
from .test_opcodes import assemble

_WORD = b"\x10\x00"
_EQUALS_5 = b"\x41\x05\x46"
_ALWAYS = b"\x41\x01"


def _check(rule: int, holds: bytes) -> bytes:
    return b"\x41" + bytes([rule]) + holds + b"\x10\x02"


class Broken(unittest.TestCase):
    """Rules 1 and 2 hold of no word that is 5, each of another word; rule 3 always holds."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "room.wasm"
        not_5 = _WORD + _EQUALS_5 + b"\x45"
        self.path.write_bytes(assemble(_check(1, not_5) + _check(2, not_5) + _check(3, _ALWAYS)))

    def asked(self, *only: str) -> Verdict:
        """What comes of these rules."""
        return prove(self.path, wasm.read(self.path), "room", Settings(only=only), lambda _: None)

    def test_each_that_is_asked_for_is_broken_by_a_run(self) -> None:
        """By one of its own, where the first breaks another."""
        verdict = self.asked("rule 1", "rule 2")
        self.assertEqual((verdict.status, sorted(verdict.broken), verdict.why), ("refuted", ["rule 1", "rule 2"], ""))

    def test_one_that_holds_is_told(self) -> None:
        """Then it is not refuted, whatever else is broken."""
        verdict = self.asked("rule 1", "rule 3", "rule 2")
        self.assertEqual((verdict.status, verdict.why), ("undecided", "rule 3 kept"))
        self.assertEqual(sorted(verdict.broken), ["rule 1", "rule 2"])

    def test_one_that_is_not_there_is_not_broken(self) -> None:
        """A seed that names it is wrong."""
        self.assertEqual(self.asked("rule 9").why, "rule 9 kept")
