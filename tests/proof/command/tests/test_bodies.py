"""Where functions stand in a file, and many changed files in one."""

import unittest

from ..bodies import bodies, changes_bodies_only, switched

_FILE = '''\
//! A } in a comment, /* and /* another */ } */ more.
use core::fmt;

/// { "is no body.
pub(crate) const LIMIT: u32 = 3;

trait Told {
    fn told(&self) -> [u8; 2];
}

impl<'a> Told for Room<'a> {
    fn told(&self) -> [u8; 2] {
        let brace = '{';
        let text = "a \\" and a }";
        let raw = r#"}" "#;
        [b'}', self.0]
    }
}

const fn deep(call: fn(u8) -> u8) -> bool {
    fn inner() -> bool {
        true
    }
    if inner() { true } else { false }
}

fn all() -> impl Iterator<Item = u8> {
    (0..3).into_iter()
}
'''


class Bodies(unittest.TestCase):
    """On one file with everything that could be taken for a brace."""

    def test_each_outermost_body_is_found_from_brace_to_brace(self) -> None:
        """Not the head of a trait's function, and none that stands in another."""
        found = bodies(_FILE)
        self.assertEqual(len(found), 3)
        texts = [body.of(_FILE) for body in found]
        self.assertTrue(texts[0].endswith("[b'}', self.0]\n    }"), texts[0])
        self.assertTrue(texts[1].endswith("else { false }\n}"), texts[1])
        self.assertEqual([body.opaque for body in found], [False, False, True])

    def test_a_body_without_an_end_is_an_error(self) -> None:
        """No half of a file is taken for a whole one."""
        with self.assertRaises(ValueError):
            bodies("fn told() { if true {")

    def test_what_is_in_no_body_is_told_apart(self) -> None:
        """A constant, a head, a function that is new, and a type that the body decides; not what a function does."""
        self.assertTrue(changes_bodies_only(_FILE, _FILE.replace("self.0", "self.1")))
        for old, new in [
            ("= 3", "= 4"),
            ("const fn deep", "fn deep"),
            ("fn all", "fn new() {}\n\nfn all"),
            ("(0..3).into_iter()", "[0, 1].into_iter()"),
        ]:
            self.assertIn(old, _FILE)
            self.assertFalse(changes_bodies_only(_FILE, _FILE.replace(old, new)), new)


class Switched(unittest.TestCase):
    """What comes out, as text."""

    def test_each_change_stands_behind_its_own_switch(self) -> None:
        """Two of one function, one of another; with no switch on the file is what it was."""
        source = "fn a() -> u8 { 1 }\nfn b() -> u8 { 2 }\n"
        out = switched(source, {4: source.replace("1", "7"), 9: source.replace("1", "8"), 5: source.replace("2", "6")})
        self.assertEqual(
            out,
            "fn a() -> u8 { if ::pen_mutant::on(4) { 7 } else { if ::pen_mutant::on(9) { 8 } else { 1 } } }\n"
            "fn b() -> u8 { if ::pen_mutant::on(5) { 6 } else { 2 } }\n",
        )

    def test_a_change_of_two_functions_is_one_switch(self) -> None:
        """Both are on together."""
        source = "fn a() { one() }\nfn b() { one() }\n"
        out = switched(source, {3: source.replace("one", "two")})
        self.assertEqual(out.count("if ::pen_mutant::on(3) { two() } else { one() }"), 2)
