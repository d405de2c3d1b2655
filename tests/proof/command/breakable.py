"""Whether every rule can fail: a rule that no defect breaks may say nothing.

So each has a seeded defect (`seeds/`), or a reason why none was found (`unbroken` in `rooms.toml`).
"""

from collections.abc import Iterable

from .record import Room
from .seeds import Seed

_ROW = "{:<12} {:>5} {:>6} {:>8}"


def _seeded(room: Room, seeds: Iterable[Seed]) -> set[int]:
    """The rules of a room that seeds name."""
    named = [what for seed in seeds if seed.room == room.name for what in seed.breaks]
    return {int(what.removeprefix("rule ")) for what in named if what.startswith("rule ")}


def complaints(room: Room, seeds: Iterable[Seed]) -> list[str]:
    """What is not as it must be."""
    seeded, excepted = _seeded(room, seeds), set(room.unbroken)
    found = [f"rule {rule}: no seed breaks it" for rule in sorted(room.rules - seeded - excepted)]
    found += [f"rule {rule}: there is no such rule" for rule in sorted((seeded | excepted) - room.rules)]
    found += [f"rule {rule}: a seed breaks it, so {room.unbroken[rule]!r} does not hold" for rule in sorted(seeded & excepted)]
    found += [f"rule {rule}: no reason" for rule, why in sorted(room.unbroken.items()) if not why.strip()]
    return [f"{room.name} {line}" for line in found]


def tell(rooms: Iterable[Room], seeds: list[Seed]) -> int:
    """Prints how many rules of each room a seed breaks; 0 when every other one has a reason."""
    wrong: list[str] = []
    sums = [0, 0, 0]
    print(_ROW.format("room", "rules", "seeded", "unbroken"))
    for room in rooms:
        if room.open:
            continue
        numbers = [len(room.rules), len(_seeded(room, seeds)), len(room.unbroken)]
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        wrong += complaints(room, seeds)
        print(_ROW.format(room.name, *numbers))
        for rule, why in sorted(room.unbroken.items()):
            print(f"    rule {rule}: {why}")
    print(_ROW.format("all", *sums))
    for line in wrong:
        print(f"ERROR: {line}")
    print(f"{sums[0]} rules, {len(seeds)} seeds; {len(wrong)} of the rules not as they must be", flush=True)
    return min(1, len(wrong))
