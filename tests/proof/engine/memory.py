"""Memory at known addresses: every byte is a part of a term.

Bytes that nobody has written are those of the module's data segments, or unknown (zero in a run with known words, as
a machine starts). Stores into data segments are refused: a module that has variables there is not understood.
"""

from collections.abc import Iterator

from .bitvec import concat, extract
from .terms import Term, choose, const, var
from .wasm import Module, Unsupported

# A byte: a term, and which of its bytes, counted from the lowest.
Cell = tuple[Term, int]

_PAGE_BITS = 6
_PAGE = 1 << _PAGE_BITS
_Page = list[Cell | None]


class Start:
    """Memory before the first instruction."""

    def __init__(self, module: Module, zeroed: bool) -> None:
        self.size = module.memory
        self.zeroed = zeroed
        self.constant = [range(place, place + len(data)) for place, data in module.segments]
        self._cells: dict[int, Cell] = {
            place + offset: (const(8, byte), 0) for place, data in module.segments for offset, byte in enumerate(data)
        }

    def cell(self, address: int) -> Cell:
        """A byte that nobody has written."""
        cell = self._cells.get(address)
        if cell is None:
            term = const(8, 0) if self.zeroed else var(8, f"memory {address:#x}")
            cell = self._cells[address] = (term, 0)
        return cell

    def is_constant(self, address: int) -> bool:
        """Whether a data segment holds this byte."""
        return any(address in segment for segment in self.constant)


class Memory:
    """What a path has written. Pages are shared between paths until one of them writes."""

    __slots__ = ("_own", "_pages", "_start")

    def __init__(self, start: Start) -> None:
        self._start = start
        self._pages: dict[int, _Page] = {}
        self._own: set[int] = set()

    def fork(self) -> "Memory":
        """A copy for another path."""
        other = Memory(self._start)
        other._pages = dict(self._pages)
        self._own = set()
        return other

    def cell(self, address: int) -> Cell:
        """One byte."""
        page = self._pages.get(address >> _PAGE_BITS)
        cell = page[address & (_PAGE - 1)] if page is not None else None
        return cell if cell is not None else self._start.cell(address)

    def put(self, address: int, cell: Cell) -> None:
        """Writes one byte.

        Raises `Unsupported` when it belongs to a data segment.
        """
        if self._start.is_constant(address):
            raise Unsupported(f"a store into constant data at {address:#x}")
        number = address >> _PAGE_BITS
        if number not in self._own:
            page = self._pages.get(number)
            self._pages[number] = list(page) if page is not None else [None] * _PAGE
            self._own.add(number)
        self._pages[number][address & (_PAGE - 1)] = cell

    def read(self, address: int, size: int) -> Term:
        """So many bytes, the lowest first."""
        result: Term | None = None
        done = 0
        while done < size:
            term, byte = self.cell(address + done)
            # Neighbours that are one term's neighbours are taken out of it at once.
            run = 1
            while done + run < size and (byte + run) * 8 < term.width:
                other, place = self.cell(address + done + run)
                if other is not term or place != byte + run:
                    break
                run += 1
            part = extract(term, byte * 8, run * 8)
            result = part if result is None else concat(part, result)
            done += run
        if result is None:
            raise AssertionError("a read of no byte")
        return result

    def write(self, address: int, size: int, term: Term) -> None:
        """Writes the lowest bytes of a term."""
        if term.width > size * 8:
            term = extract(term, 0, size * 8)
        for byte in range(size):
            self.put(address + byte, (term, byte))

    def written(self) -> Iterator[tuple[int, Cell]]:
        """Every byte that some path has written."""
        for number, page in sorted(self._pages.items()):
            for offset, cell in enumerate(page):
                if cell is not None:
                    yield (number << _PAGE_BITS) + offset, cell

    def join(self, other: "Memory", here: Term) -> "Memory":
        """This memory where the condition holds, the other one elsewhere."""
        result = Memory(self._start)
        result._pages = dict(self._pages)
        memo: dict[tuple[Term, Term], Term] = {}
        for number in self._pages.keys() | other._pages.keys():
            mine, theirs = self._pages.get(number), other._pages.get(number)
            if mine is theirs:
                continue
            page: _Page = [None] * _PAGE
            for offset in range(_PAGE):
                x = mine[offset] if mine is not None else None
                y = theirs[offset] if theirs is not None else None
                if x is y or x == y:
                    page[offset] = x
                    continue
                address = (number << _PAGE_BITS) + offset
                page[offset] = _joined(memo, here, x or self.cell(address), y or other.cell(address))
            result._pages[number] = page
            result._own.add(number)
        return result


def _joined(memo: dict[tuple[Term, Term], Term], here: Term, x: Cell, y: Cell) -> Cell:
    (mine, byte), (theirs, place) = x, y
    if mine.width != theirs.width or byte != place:
        return choose(here, extract(mine, byte * 8, 8), extract(theirs, place * 8, 8)), 0
    term = memo.get((mine, theirs))
    if term is None:
        term = memo[mine, theirs] = choose(here, mine, theirs)
    return term, byte
