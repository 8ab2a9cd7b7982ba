"""Tables as terms of sums: merged where they can be, and with constants inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from logicjsc.dataset.samples import Array


@dataclass(frozen=True, eq=False)
class Term:
    """A table on signals, and how far its output is shifted left in the sum of a target.

    Attributes:
        signals: what it reads; the first is the highest part of its address.
        target: number of the sum.
        table: outputs by address, int64.
        width: bits of its outputs.
        shift: to the left.
    """

    signals: tuple[int, ...]
    target: int
    table: Array
    width: int
    shift: int


def merged(terms: Iterable[Term]) -> list[Term]:
    """One table in the place of all that read the same signals for one target."""
    found: dict[tuple[tuple[int, ...], int], Term] = {}
    for term in terms:
        place = (term.signals, term.target)
        if place in found:
            other = found[place]
            shift = min(term.shift, other.shift)
            table = (term.table << term.shift - shift) + (other.table << other.shift - shift)
            term = Term(*place, table, max(1, int(table.max()).bit_length()), shift)  # noqa: PLW2901 - replaced on purpose
        found[place] = term
    return list(found.values())


def with_constants(
    terms: list[Term], constants: Mapping[int, int]
) -> tuple[list[Term], dict[int, int]]:
    """Put the constant of each sum into tables that have room for it, and say what is left.

    A constant that stays outside takes a LUT for each bit of the sum.
    """
    rest, moved = dict(constants), []
    for term in sorted(terms, key=lambda term: -term.shift):
        room = (1 << term.width) - 1 - int(term.table.max())
        steps = min(room, rest[term.target] >> term.shift)
        rest[term.target] -= steps << term.shift
        moved.append(replace(term, table=term.table + steps))
    # One more bit on one table is a single LUT.
    for index, term in enumerate(moved):
        left = rest[term.target]
        width = (int(term.table.max()) + (left >> term.shift)).bit_length()
        if left and left % (1 << term.shift) == 0 and width == term.width + 1:
            table = term.table + (left >> term.shift)
            moved[index] = replace(term, table=table, width=width)
            rest[term.target] = 0
    return moved, rest


def highest(terms: Iterable[Term], constants: Mapping[int, int]) -> dict[int, int]:
    """The largest value of each sum, by what stands in its tables."""
    found = dict(constants)
    for term in terms:
        found[term.target] += int(term.table.max()) << term.shift
    return found
