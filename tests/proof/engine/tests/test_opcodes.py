"""Every opcode against Node.js: with known words, and as formulas that are evaluated.

A room draws two words for each operand, applies one opcode, and stores the result; `compare` looks at every byte.
"""

import struct
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

from .. import bitvec, terms, wasm
from ..compare import Report, with_constants, with_unknowns
from ..machine import Machine
from ..plain import LOADS, STORES
from ..wasm import Unsupported

I32, I64 = 0x7F, 0x7E
_EDGES = (0, 1, 2, 7, 31, 32, 33, 63, 64, 127, 128, 255, 32_767, 32_768, 65_535, 0x7FFF_FFFF, 0x8000_0000,
          0xFFFF_FFFF, 0xFFFF_FFFE, 0x1234_5678)  # fmt: skip
# Where results are stored.
_PLACE = 256
_DIVIDES = (0x6D, 0x6E, 0x6F, 0x70, 0x7F, 0x80, 0x81, 0x82)


def _leb(number: int) -> bytes:
    out = bytearray()
    while True:
        number, byte = number >> 7, number & 127
        out.append(byte | (128 if number else 0))
        if not number:
            return bytes(out)


def _sleb(number: int) -> bytes:
    out = bytearray()
    while True:
        byte = number & 127
        number >>= 7
        if (number == 0 and not byte & 64) or (number == -1 and byte & 64):
            return bytes(out) + bytes([byte])
        out.append(byte | 128)


def _section(kind: int, items: list[bytes]) -> bytes:
    body = _leb(len(items)) + b"".join(items)
    return bytes([kind]) + _leb(len(body)) + body


def _text(name: str) -> bytes:
    return _leb(len(name)) + name.encode()


def assemble(body: bytes) -> bytes:
    """A module with one room, whose code this is. Locals: 0 to 3 are i32, 4 to 7 are i64."""
    types = [b"\x60\x00\x01\x7f", b"\x60\x01\x7f\x00", b"\x60\x02\x7f\x7f\x00", b"\x60\x00\x00", b"\x60\x01\x7f\x01\x7f"]
    kinds = {"any_word": 0, "assume": 1, "check": 2, "cover": 2, "mutant": 4}
    imports = [_text("env") + _text(name) + b"\x00" + _leb(kind) for name, kind in kinds.items()]
    code = b"\x02\x04\x7f\x04\x7e" + body + b"\x0b"
    return b"\0asm" + struct.pack("<I", 1) + b"".join(
        [
            _section(1, types),
            _section(2, imports),
            _section(3, [_leb(3)]),
            _section(5, [b"\x00\x01"]),
            _section(6, [b"\x7f\x01\x41" + _sleb(5) + b"\x0b"]),
            _section(7, [_text("room") + b"\x00" + _leb(len(kinds)), _text("memory") + b"\x02\x00"]),
            _section(10, [_leb(len(code)) + code]),
        ]
    )


_WORD32 = b"\x10\x00"
_WORD64 = _WORD32 + b"\xad\x42\x20\x86" + _WORD32 + b"\xad\x84"


def _operand(kind: int) -> bytes:
    # A word for each half, so that operands of both widths draw two.
    return _WORD32 + b"\x1a" + _WORD32 if kind == I32 else _WORD64


def _stored(kind: int, value: bytes, place: int = _PLACE) -> bytes:
    return b"\x41" + _sleb(place) + value + (b"\x36\x02\x00" if kind == I32 else b"\x37\x03\x00")


def _numeric() -> Iterator[tuple[int, list[int], int]]:
    """Opcode, operands, result."""
    for first, kind in ((0x45, I32), (0x50, I64)):
        yield first, [kind], I32
        for opcode in range(first + 1, first + 11):
            yield opcode, [kind, kind], I32
    for first, kind in ((0x67, I32), (0x79, I64)):
        for opcode in range(first, first + 3):
            yield opcode, [kind], kind
        for opcode in range(first + 3, first + 18):
            yield opcode, [kind, kind], kind
    yield 0xA7, [I64], I32
    yield from ((opcode, [I32], I64) for opcode in (0xAC, 0xAD))
    yield from ((opcode, [I32], I32) for opcode in (0xC0, 0xC1))
    yield from ((opcode, [I64], I64) for opcode in (0xC2, 0xC3, 0xC4))


def _words() -> list[list[int]]:
    """Edges against edges, in both halves."""
    rows = [[0, a, 0, b] for a in _EDGES for b in _EDGES]
    rows += [[a, b, b, a] for a in _EDGES for b in _EDGES]
    return rows + [[0xFFFF_FFFF, a, 0xFFFF_FFFF, b] for a in _EDGES for b in _EDGES]


class Opcodes(unittest.TestCase):
    """The same bytes and the same traps as in Node.js."""

    def setUp(self) -> None:
        terms.forget()
        bitvec.forget()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._path = Path(folder.name) / "module.wasm"

    def same(self, body: bytes, rows: list[list[int]]) -> list[Report]:
        """Compares a room both ways."""
        self._path.write_bytes(assemble(body))
        module = wasm.read(self._path)
        reports = [
            with_constants(self._path, module, "room", rows),
            with_unknowns(self._path, module, "room", rows),
        ]
        for report in reports:
            self.assertEqual(report.differences[:3], [])
            self.assertEqual(report.runs, len(rows))
        return reports

    def test_numeric(self) -> None:
        rows = _words()
        for kind, first in ((I32, 0), (I64, 4)):
            # The operands once, then every opcode that takes them, each with a place of its own.
            body = b"".join(_operand(kind) + b"\x21" + _leb(first + at) for at in (0, 1))
            for number, (opcode, operands, result) in enumerate(_numeric()):
                if operands[0] == kind and opcode not in _DIVIDES:
                    value = b"".join(b"\x20" + _leb(first + at) for at in range(len(operands)))
                    body += _stored(result, value + bytes([opcode]), _PLACE + 8 * number)
            for report in self.same(body, rows):
                self.assertEqual(report.ended, len(rows))

    def test_division(self) -> None:
        rows = _words()
        for opcode, operands, result in _numeric():
            if opcode in _DIVIDES:
                with self.subTest(opcode=hex(opcode)):
                    value = b"".join(_operand(kind) for kind in operands) + bytes([opcode])
                    for report in self.same(_stored(result, value), rows):
                        self.assertGreater(report.ended, 0)
                        self.assertGreater(report.trapped, 0)

    def test_memory(self) -> None:
        rows = [[0, a, 0, b] for a in (0, 3) for b in _EDGES]
        for store, size in STORES.items():
            kind = I64 if store in (0x37, 0x3C, 0x3D, 0x3E) else I32
            with self.subTest(store=hex(store), size=size):
                body = b"\x41\x08" + _operand(kind) + bytes([store]) + b"\x00\x02"
                for at, (load, (width, _, _)) in enumerate(LOADS.items()):
                    # One byte below, so that the load takes in what the store left.
                    read = b"\x41\x07" + bytes([load]) + b"\x00\x02"
                    body += _stored(I32 if width == 32 else I64, read, _PLACE + 8 * at)
                self.same(body, rows)

    def test_unknown_places(self) -> None:
        # A place within 0 to 15, and one beyond the memory.
        place = _operand(I32) + b"\x41\x0f\x71"
        body = place + _operand(I32) + b"\x36\x00\x04" + _stored(I32, place + b"\x28\x00\x02")
        self.same(body, [[0, a, 0, b, 0, c] for a in range(16) for b in (0, 0xA1B2C3D4) for c in range(16)])
        far = _stored(I32, _operand(I32) + b"\x41\x03\x71\x28\x00" + _leb(65_532))
        reports = self.same(far, [[0, a] for a in range(8)])
        self.assertTrue(all(report.trapped == 6 for report in reports))

    def test_control(self) -> None:
        word = _operand(I32)
        # A loop that turns as often as a word says, at most 31 times, and adds up.
        loop = (
            word + b"\x41\x1f\x71\x21\x00"
            b"\x02\x40\x03\x40\x20\x00\x45\x0d\x01\x20\x01\x20\x00\x6a\x21\x01\x20\x00\x41\x01\x6b\x22\x00\x1a\x0c\x00\x0b\x0b"
        )
        table = (
            b"\x02\x40\x02\x40\x02\x40" + word + b"\x0e\x03\x00\x01\x00\x02\x0b"
            b"\x20\x01\x41\x64\x6a\x21\x01\x0b\x20\x01\x41\x03\x6c\x21\x01\x0b"
        )
        choice = word + b"\x04\x7f\x20\x01\x05\x41\x7f\x0b\x21\x01"
        select = b"\x20\x01\x41\x09" + word + b"\x1b\x21\x01"
        value = b"\x23\x00\x20\x01\x6a\x24\x00"
        leave = word + b"\x41\x05\x46\x04\x40\x0f\x0b"
        rule = b"\x41\x03" + word + b"\x10\x02\x41\x04" + word + b"\x10\x03" + word + b"\x41\x11\x49\x10\x01"
        body = loop + table + choice + select + value + rule + leave + _stored(I32, b"\x23\x00")
        body += word + b"\x41\x01\x71\x04\x40\x00\x0b"
        rows = [[a ^ (b * at) for at in range(20)] for a in range(8) for b in range(8)]
        reports = self.same(body, rows)
        self.assertTrue(all(report.ended and report.trapped for report in reports))

    def test_bulk(self) -> None:
        write = b"\x41\x10" + _operand(I64) + b"\x37\x03\x00"
        # Down and up over itself, and a fill.
        copies = b"\x41\x0e\x41\x10\x41\x08\xfc\x0a\x00\x00\x41\x13\x41\x10\x41\x08\xfc\x0a\x00\x00"
        fill = b"\x41\x20" + _operand(I32) + b"\x41\x03\xfc\x0b\x00"
        self.same(write + copies + fill, [[a, b, 0, c] for a in _EDGES for b in (5, 0xFF00FF01) for c in (0, 511)])

    def test_what_is_not_known_is_refused(self) -> None:
        # A floating-point constant; memory.grow; an indirect call.
        for body in (b"\x43\0\0\0\0\x1a", b"\x41\x01\x40\x00\x1a", b"\x41\x00\x11\x03\x00"):
            self._path.write_bytes(assemble(body))
            with self.assertRaises(Unsupported):
                Machine(wasm.read(self._path)).run("room")


if __name__ == "__main__":
    unittest.main()
