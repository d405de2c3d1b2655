"""Work that waits for processes of its own: as much of it at a time as there are processors."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def workers() -> int:
    """How much is done at a time."""
    return os.cpu_count() or 1


def side_by_side(task: Callable[[Task], Result], items: Iterable[Task]) -> Iterator[Result]:
    """The results, in the order of the items. Whoever is interrupted waits for nobody."""
    pool = ThreadPoolExecutor(workers())
    try:
        yield from pool.map(task, items)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
