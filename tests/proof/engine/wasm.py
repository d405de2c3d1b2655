"""Reads a WebAssembly module: the sections that a module of Rust code has. What is not known is an error."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

_CUSTOM, _TYPE, _IMPORT, _FUNCTION, _TABLE, _MEMORY, _GLOBAL, _EXPORT = range(8)
_ELEMENT, _CODE, _DATA = 9, 10, 11
_WIDTHS = {0x7F: 32, 0x7E: 64}
_I32_CONST, _I64_CONST, _END = 0x41, 0x42, 0x0B
PAGE = 65_536


class Unsupported(Exception):
    """The module has something that the prover does not understand. Nothing is proved then."""


class Reader:
    """Bytes, from a place on."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def byte(self) -> int:
        """One byte."""
        self.at += 1
        return self.data[self.at - 1]

    def take(self, count: int) -> bytes:
        """So many bytes."""
        self.at += count
        return self.data[self.at - count : self.at]

    def unsigned(self) -> int:
        """A number in LEB128."""
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    def signed(self) -> int:
        """A number in signed LEB128."""
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result - (1 << shift) if byte & 64 else result

    def text(self) -> str:
        """A name."""
        return self.take(self.unsigned()).decode()

    def width(self) -> int:
        """The width of a value type."""
        code = self.byte()
        if code not in _WIDTHS:
            raise Unsupported(f"value type {code:#x}")
        return _WIDTHS[code]


@dataclass(frozen=True)
class Signature:
    """Widths of parameters and results."""

    params: tuple[int, ...]
    results: tuple[int, ...]


@dataclass
class Module:
    """What a module holds. Functions are numbered: imports first."""

    data: bytes
    types: list[Signature] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    functions: list[Signature] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    exports: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    # Width and first value.
    globals: list[tuple[int, int]] = field(default_factory=list)
    # Address and bytes.
    segments: list[tuple[int, bytes]] = field(default_factory=list)
    # Bytes of memory at the start; it cannot grow, because `memory.grow` is not understood.
    memory: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()

    def name(self, function: int) -> str:
        """The name of a function, as the linker wrote it."""
        return self.names.get(function, f"function {function}")


def read(path: Path) -> Module:
    """The module in a file.

    Raises `Unsupported` for what is beyond a module of integer code with one memory.
    """
    reader = Reader(path.read_bytes())
    if reader.take(8) != b"\0asm\1\0\0\0":
        raise Unsupported(f"{path} is no WebAssembly module, version 1")
    module = Module(reader.data)
    sections = {
        _TYPE: _read_type,
        _IMPORT: _read_import,
        _FUNCTION: _read_function,
        _MEMORY: _read_memory,
        _GLOBAL: _read_global,
        _EXPORT: _read_export,
        _CODE: _read_code,
        _DATA: _read_data,
    }
    while reader.at < len(reader.data):
        section = reader.byte()
        size = reader.unsigned()
        end = reader.at + size
        if section == _CUSTOM:
            _read_names(module, reader, end)
        elif section in sections:
            for _ in range(reader.unsigned()):
                sections[section](module, reader)
            if reader.at != end:
                raise Unsupported(f"section {section} does not end where it says")
        elif section not in (_TABLE, _ELEMENT, 12):
            # Tables serve indirect calls only, which `decode` refuses; 12 counts data segments.
            raise Unsupported(f"section {section}")
        reader.at = end
    return module


def _read_type(module: Module, reader: Reader) -> None:
    if reader.byte() != 0x60:
        raise Unsupported("a type that is no function's")
    params = tuple(reader.width() for _ in range(reader.unsigned()))
    module.types.append(Signature(params, tuple(reader.width() for _ in range(reader.unsigned()))))


def _read_import(module: Module, reader: Reader) -> None:
    reader.text()
    name = reader.text()
    if reader.byte() != 0:
        raise Unsupported(f"import {name} is no function")
    module.imports.append(name)
    module.functions.append(module.types[reader.unsigned()])


def _read_function(module: Module, reader: Reader) -> None:
    module.functions.append(module.types[reader.unsigned()])


def _read_memory(module: Module, reader: Reader) -> None:
    limits = reader.byte()
    if limits > 1:
        raise Unsupported("a shared or 64-bit memory")
    module.memory = reader.unsigned() * PAGE
    if limits:
        reader.unsigned()


def _read_global(module: Module, reader: Reader) -> None:
    width = reader.width()
    reader.byte()
    if reader.byte() != (_I32_CONST if width == 32 else _I64_CONST):
        raise Unsupported("a global that does not start as a constant")
    module.globals.append((width, reader.signed()))
    if reader.byte() != _END:
        raise Unsupported("a global's start that is more than a constant")


def _read_export(module: Module, reader: Reader) -> None:
    name = reader.text()
    kind = reader.byte()
    index = reader.unsigned()
    if kind == 0:
        module.exports[name] = index


def _read_code(module: Module, reader: Reader) -> None:
    size = reader.unsigned()
    module.bodies.append(reader.at)
    reader.at += size


def _read_data(module: Module, reader: Reader) -> None:
    if reader.byte() != 0 or reader.byte() != _I32_CONST:
        raise Unsupported("a data segment without a known place")
    place = reader.signed()
    if reader.byte() != _END:
        raise Unsupported("a data segment's place that is more than a constant")
    module.segments.append((place, reader.take(reader.unsigned())))


def _read_names(module: Module, reader: Reader, end: int) -> None:
    if reader.text() != "name":
        return
    while reader.at < end:
        kind = reader.byte()
        stop = reader.unsigned()
        stop += reader.at
        if kind == 1:
            for _ in range(reader.unsigned()):
                index = reader.unsigned()
                module.names[index] = reader.text()
        reader.at = stop
