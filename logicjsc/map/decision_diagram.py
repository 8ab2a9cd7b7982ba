"""Shared binary decision diagrams of truth tables, and good orders of their variables.

The order of the variables decides how small a diagram is, and with it the multiplexers that a
mapper starts from (Bryant, IEEE Trans. Comp. C-35, 1986; sifting: Rudell, ICCAD 1993). Tables here
have at most 24 variables, so a diagram is counted by finding equal pairs of cofactors, level by
level, in numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Order: TypeAlias = tuple[int, ...]

_TERMINALS = 2


def output_columns(table: Array, width: int) -> Array:
    """Bits of output codes as a cube.

    Args:
        table: output codes by address, ``[2**variables]``.
        width: output bits.

    Returns:
        uint8 ``[width, 2, ..., 2]``; output 0 is the lowest bit, the first variable is the highest
        bit of the address.
    """
    variables = table.size.bit_length() - 1
    bits = (table[None, :] >> np.arange(width, dtype=table.dtype)[:, None]) & 1
    return np.asarray(bits.astype(np.uint8).reshape(width, *(2,) * variables))


def diagram_levels(columns: Array, order: Sequence[int]) -> Iterator[tuple[int, Array, Array]]:
    """Build the shared diagram from the last variable of ``order`` to the first.

    Nodes are numbered from 2 upwards; 0 and 1 are the terminals.

    Yields:
        The variable, the new nodes ``[nodes, 3]`` (number, low child, high child), and the node
        behind each cofactor that remains, ``[outputs, cofactors]``.
    """
    outputs = columns.shape[0]
    axes = (0, *(1 + variable for variable in order))
    nodes = columns.transpose(axes).reshape(outputs, -1).astype(np.int64)
    following = _TERMINALS
    for variable in reversed(order):
        low, high = nodes[:, 0::2].ravel(), nodes[:, 1::2].ravel()
        pairs, which = np.unique((low << 32) | high, return_inverse=True)
        lows, highs = pairs >> 32, pairs & 0xFFFFFFFF
        differs = lows != highs
        numbers = lows.copy()  # a node with equal children is its child
        numbers[differs] = following + np.arange(differs.sum())
        following += int(differs.sum())
        nodes = numbers[which].reshape(outputs, -1)
        yield variable, np.stack([numbers, lows, highs], axis=1)[differs], nodes


def diagram_size(columns: Array, order: Sequence[int]) -> int:
    """Number of nodes of the shared diagram, terminals not counted."""
    return sum(len(created) for _, created, _ in diagram_levels(columns, order))


def good_orders(columns: Array, rng: np.random.Generator, starts: int) -> list[Order]:
    """Orders with small diagrams, the best first, by sifting from several starts.

    Args:
        columns: see `output_columns`.
        rng: draws the starts after the first, which is the order as given.
        starts: number of starts.
    """
    variables = columns.ndim - 1
    sizes: dict[Order, int] = {}

    def size(order: Order) -> int:
        if order not in sizes:
            sizes[order] = diagram_size(columns, order)
        return sizes[order]

    found = []
    for start in range(starts):
        order = tuple(range(variables))
        if start:
            order = tuple(int(variable) for variable in rng.permutation(variables))
        found.append(_sift(order, size))
    return sorted(dict.fromkeys(found), key=size)


def _sift(order: Order, size: Callable[[Order], int]) -> Order:
    """Move one variable at a time to its best place, until nothing improves."""
    improved = True
    while improved:
        improved = False
        for variable in order:
            others = tuple(entry for entry in order if entry != variable)
            candidates = [
                (*others[:place], variable, *others[place:]) for place in range(len(order))
            ]
            best = min(candidates, key=size)
            if size(best) < size(order):
                order, improved = best, True
    return order
