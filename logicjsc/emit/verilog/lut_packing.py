"""Which LUTs share a site: one 6-input LUT holds two functions of five inputs between them.

AMD's devices have a second output on every 6-input LUT. Two functions fit one if they read at most
five different signals together. As many pairs as possible are wanted: a matching in the graph of
LUTs that fit. Pairs are sought among LUTs that could stand at the same depth; so no chain of LUTs
ever leads from one half of a site to the other, which timing analysers would take for a loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from typing import Final, TypeAlias

SHARED_INPUTS: Final = 5
"""Most different signals that two LUTs of one site may read."""

_MOST_PARTNERS: Final = 64
"""Partners of one LUT that are looked at; a LUT of one or two inputs would fit thousands."""

Reads: TypeAlias = frozenset[str]


def pack(reads: Mapping[str, Reads]) -> list[tuple[str, ...]]:
    """LUTs in groups of one or two that share a site.

    Args:
        reads: signals that each LUT reads, by the name of its output, in topological order.
            Names without an entry come from elsewhere.

    Returns:
        Every LUT once, in topological order of the groups.
    """
    latest = _latest_levels(reads)
    placed: dict[str, int] = {}
    groups: list[tuple[str, ...]] = []
    waiting = list(reads)
    level = 0
    while waiting:
        level += 1
        ready = [
            name
            for name in waiting
            if all(placed.get(source, level) < level for source in reads[name] if source in reads)
        ]
        # Who cannot wait has the first choice of a partner.
        ready.sort(key=lambda name: latest[name] > level)
        partner = _match([reads[name] for name in ready])
        for index, other in enumerate(partner):
            if other is None and latest[ready[index]] > level:
                continue
            placed[ready[index]] = level
            if other is None:
                groups.append((ready[index],))
            elif index < other:
                groups.append((ready[index], ready[other]))
        waiting = [name for name in waiting if name not in placed]
    return groups


def _latest_levels(reads: Mapping[str, Reads]) -> dict[str, int]:
    """The deepest level each LUT may stand at without making the longest path longer."""
    below = dict.fromkeys(reads, 0)
    for name in reversed(list(reads)):
        for source in reads[name]:
            if source in below:
                below[source] = max(below[source], below[name] + 1)
    depth = max(below.values(), default=0) + 1
    return {name: depth - height for name, height in below.items()}


def _match(reads: Sequence[Reads]) -> list[int | None]:
    """The partner of each LUT: fewest possibilities first, then exchanges that free a pair more."""
    partners = _partners(reads)
    partner: list[int | None] = [None] * len(reads)
    for index in sorted(range(len(reads)), key=lambda entry: len(partners[entry])):
        if partner[index] is None:
            free = [other for other in partners[index] if partner[other] is None]
            if free:
                _join(partner, index, min(free, key=lambda other: len(partners[other])))
    for index, others in enumerate(partners):
        if partner[index] is None:
            _exchange(partner, partners, index, others)
    return partner


def _exchange(
    partner: list[int | None], partners: Sequence[Sequence[int]], index: int, others: Sequence[int]
) -> None:
    """Take another's partner if that one finds a new one."""
    for taken in others:
        left = partner[taken]
        if left is None:
            _join(partner, index, taken)
            return
        for fresh in partners[left]:
            if partner[fresh] is None and fresh != index:
                _join(partner, left, fresh)
                _join(partner, index, taken)
                return


def _join(partner: list[int | None], one: int, other: int) -> None:
    partner[one], partner[other] = other, one


def _partners(reads: Sequence[Reads]) -> list[list[int]]:
    """LUTs with which each could share a site; of very many, some."""
    holding: defaultdict[tuple[int, Reads], list[int]] = defaultdict(list)
    small = [index for index, own in enumerate(reads) if len(own) <= SHARED_INPUTS]
    for index in small:
        for common in range(len(reads[index]) + 1):
            for subset in combinations(sorted(reads[index]), common):
                holding[len(reads[index]), frozenset(subset)].append(index)
    found: list[set[int]] = [set() for _ in reads]
    for index in small:
        own = sorted(reads[index])
        # The largest first: they fit the fewest.
        for size in range(SHARED_INPUTS, 0, -1):
            common = max(0, len(own) + size - SHARED_INPUTS)
            for subset in combinations(own, common):
                fitting = holding.get((size, frozenset(subset)), [])
                # Everyone starts elsewhere, so that not all look at the same few.
                start = index % len(fitting) if fitting else 0
                turned = (fitting[(start + step) % len(fitting)] for step in range(len(fitting)))
                room = max(0, _MOST_PARTNERS - len(found[index]))
                found[index].update(islice((other for other in turned if other != index), room))
    for index in small:
        for other in found[index].copy():
            found[other].add(index)
    return [sorted(others) for others in found]
