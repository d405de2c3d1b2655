"""What becomes of a rule: proved only with its whole room."""

import json
import unittest

from engine.room import Verdict

from .. import table


def _told(verdict: Verdict, good: bool) -> dict[int, str]:
    lines = [json.loads(line) for line in table.results(verdict, "digest", good)]
    assert all(line["room"] == verdict.room and line["wasm"] == "digest" for line in lines)
    return {line["rule"]: line["result"] for line in lines}


class Results(unittest.TestCase):
    """A line for each rule; 0 stands for panics and traps."""

    def test_every_rule_of_a_good_room_is_proved(self) -> None:
        """Its rule 0 as well."""
        self.assertEqual(_told(Verdict("gate", "proved", rules={1, 7}), True), {0: "proved", 1: "proved", 7: "proved"})

    def test_nothing_of_another_room_is_proved(self) -> None:
        """Not even what the solver has answered: a case that cannot be makes rules say nothing."""
        unknown = {0: "unknown", 1: "unknown", 7: "unknown"}
        self.assertEqual(_told(Verdict("gate", "proved", rules={1, 7}), False), unknown)
        self.assertEqual(_told(Verdict("gate", "undecided", rules={1, 7}), False), unknown)

    def test_what_a_run_breaks_is_refuted_and_the_rest_unknown(self) -> None:
        """By its number; a panic or a trap is rule 0."""
        broken = Verdict("gate", "refuted", rules={1, 7}, broken=["rule 7"])
        self.assertEqual(_told(broken, False), {0: "unknown", 1: "unknown", 7: "refuted"})
        for end in ("panic", "trap: division by zero"):
            broken = Verdict("gate", "refuted", rules={1}, broken=[end])
            self.assertEqual(_told(broken, False), {0: "refuted", 1: "unknown"})
