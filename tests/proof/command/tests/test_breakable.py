"""That a rule which nothing breaks is noticed."""

import contextlib
import io
import unittest
from dataclasses import replace
from pathlib import Path

from .. import breakable, record, seeds
from ..record import Room
from ..seeds import Seed

_GATE = replace(
    record.rooms()["gate"],
    rules=frozenset({1, 2, 3}), unbroken={3: "two clamps stand behind it"},
)  # fmt: skip


def _seed(breaks: str) -> Seed:
    return Seed("a-seed", "gate", tuple(breaks.split(", ")), "It is wrong.", Path("a-seed.diff"))


def _told(room: Room, *planted: Seed) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = breakable.tell([room], list(planted))
    return code, out.getvalue()


class Breakable(unittest.TestCase):
    """A seed or a reason for each rule."""

    def test_nothing_is_wrong_when_each_rule_has_something(self) -> None:
        """And how many have which is told."""
        code, said = _told(_GATE, _seed("rule 1, panic"), _seed("rule 2"))
        self.assertEqual(code, 0, said)
        self.assertEqual(said.splitlines()[1].split(), ["gate", "3", "2", "1"])
        self.assertIn("rule 3: two clamps stand behind it", said)

    def test_a_rule_without_anything_is_an_error(self) -> None:
        """A seed for another room, or for a panic, is none for it."""
        other = replace(_seed("rule 1"), room="mode")
        code, said = _told(_GATE, other, _seed("rule 2, panic"))
        self.assertEqual(code, 1)
        self.assertIn("ERROR: gate rule 1: no seed breaks it\n", said)

    def test_a_rule_that_is_not_there_is_an_error(self) -> None:
        """Named by a seed, or by a reason."""
        gone = ["gate rule 9: there is no such rule"]
        self.assertEqual(breakable.complaints(_GATE, [_seed("rule 1, rule 2, rule 9")]), gone)
        excepted = replace(_GATE, unbroken={**_GATE.unbroken, 9: "so"})
        self.assertEqual(breakable.complaints(excepted, [_seed("rule 1, rule 2")]), gone)

    def test_a_reason_that_does_not_hold_is_an_error(self) -> None:
        """Or one that says nothing."""
        found = breakable.complaints(_GATE, [_seed("rule 1, rule 2, rule 3")])
        self.assertEqual(found, ["gate rule 3: a seed breaks it, so 'two clamps stand behind it' does not hold"])
        empty = replace(_GATE, unbroken={3: " "})
        self.assertEqual(breakable.complaints(empty, [_seed("rule 1, rule 2")]), ["gate rule 3: no reason"])

    def test_a_room_without_a_verdict_is_left_out(self) -> None:
        """Nothing is claimed of it."""
        code, said = _told(replace(_GATE, open="no end"))
        self.assertEqual((code, "gate" in said), (0, False))


class OnRecord(unittest.TestCase):
    """What the files say now."""

    def test_each_rule_on_record_can_fail(self) -> None:
        """By a seed, or there is a reason."""
        planted = seeds.seeds()
        found = [line for room in record.rooms().values() if not room.open for line in breakable.complaints(room, planted)]
        self.assertEqual(found, [])

    def test_each_seed_is_for_a_room_that_is_proved(self) -> None:
        """A defect in another says nothing."""
        rooms = record.rooms()
        for seed in seeds.seeds():
            self.assertTrue(seed.room in rooms and not rooms[seed.room].open, seed.name)
