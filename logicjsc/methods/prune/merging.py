"""Codes that lose one of their bits, where what it tells is worth less than its LUTs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import Column, Part
from logicjsc.methods.prune.native.library import Contents
from logicjsc.methods.prune.state import Edges, State


def mergeable(columns: Sequence[Column], part: Part) -> list[tuple[int, int]]:
    """Codes that a bit can be taken out of, and the place of the bit, from the lowest.

    Args:
        columns: codes.
        part: the bit.

    Returns:
        Numbers of the codes that read it, each with the place. Empty if one of them is nothing but
        this part, so that all of its tables have to go.
    """
    found = []
    for number, column in enumerate(columns):
        names = [other.name for other in column.parts]
        if part.name not in names:
            continue
        if part.width != 1 or len(names) == 1:
            return []
        behind = column.parts[names.index(part.name) + 1 :]
        found.append((number, sum(other.width for other in behind)))
    return found


def merging_loss(state: State, squares: Contents, places: Sequence[tuple[int, int]]) -> float:
    """Estimated rise of the mean loss if some codes lose a bit each.

    Args:
        state: the network.
        squares: what `Look.squares` says, by content.
        places: numbers of codes, and the places of the bits.
    """
    total = 0.0
    contents = state.contents()
    for now, weights in ((contents.first, squares.first), (contents.direct, squares.direct)):
        for column, bit in places:
            table, weight = now[column].astype(np.float64), weights[column].astype(np.float64)
            zero, one = pairs(bit, state.columns[column].width)
            both = weight[zero] + weight[one]
            # Of two numbers of weights v and w the mean is vw/(v + w) times the squared difference
            # away, in total.
            apart = weight[zero] * weight[one] / np.maximum(both, np.finfo(np.float64).tiny)
            total += 0.5 * float((apart * (table[zero] - table[one]) ** 2).sum())
    return total


def merge(state: State, squares: Contents, part: Part) -> None:
    """Take a bit out of all codes that read it; what tables say becomes the mean of both values.

    Args:
        state: changed in place.
        squares: what `Look.squares` says, by content; changed in place as well.
        part: the bit.
    """
    for number, bit in mergeable(state.columns, part):
        column = state.columns[number]
        two = pairs(bit, column.width)
        for edges, weights in ((state.first, squares.first), (state.direct, squares.direct)):
            _merge_tables(edges, number, two, weights[number].astype(np.float64))
            both = weights[number][two[0]] + weights[number][two[1]]
            weights[number] = 0
            weights[number, : len(both)] = both
        kept = tuple(other for other in column.parts if other.name != part.name)
        state.columns[number] = Column(column.name, kept)


def pairs(bit: int, width: int) -> tuple[Array, Array]:
    """Codes of some width that differ in one bit only, in the order of the codes without it."""
    every = np.arange(1 << width - 1)
    zero = every >> bit << (bit + 1) | every & ((1 << bit) - 1)
    return zero, zero | 1 << bit


def without(codes: Array, before: Column, after: Column) -> Array:
    """Codes of a column that has lost parts, uint8.

    Args:
        codes: its codes with all parts, uint8.
        before: the column with all parts.
        after: the column with some of them, in the same order.
    """
    if len(before.parts) == len(after.parts):
        return codes
    names = {part.name for part in after.parts}
    found: Array = np.zeros_like(codes)
    for part, low in _lows(before):
        if part.name in names:
            bits = codes >> low & ((1 << part.width) - 1)
            found = found << part.width | bits
    return found


def _lows(column: Column) -> Iterator[tuple[Part, int]]:
    low = column.width
    for part in column.parts:
        low -= part.width
        yield part, low


def _merge_tables(edges: Edges, source: int, two: tuple[Array, Array], weights: Array) -> None:
    """Of each pair of values the mean, by weights; every value has a coefficient of its own."""
    zero, one = two
    smooth = edges.smooth()
    contents = (edges.rounded(smooth) * edges.step_sizes()[:, None])[source]
    weight = np.maximum(weights, np.finfo(np.float64).tiny)
    total = weight[zero] + weight[one]
    values = len(zero)
    edges.basis[source] = 0
    edges.basis[source, :values, :values] = np.eye(values)
    # Values that the code does not have any more ask for no range of their own.
    edges.basis[source, values:, values - 1] = 1
    edges.coefficients[source] = 0
    edges.coefficients[source, :values] = (
        contents[zero] * weight[zero] + contents[one] * weight[one]
    ) / total
    edges.__dict__.pop("functions", None)
