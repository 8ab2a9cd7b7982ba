"""Vectors on which the LUTs of a wide sum are run, and what they must give: integers, added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from logicjsc.map.sums import SumNode, Term
from logicjsc.netlist.layers import Array

_RANDOM: Final = 4096
_SEED: Final = 0


def sum_vectors(node: SumNode) -> Array:
    """Bits that go into a sum: corners, every bit alone and every bit alone absent, random ones.

    The corners are all terms zero, at their smallest and at their largest value, and the smallest
    and the largest sum.

    Returns:
        uint8 ``[bits, vectors]``; bits of the last term come first, each term's lowest bit first.
    """
    rng = np.random.default_rng(_SEED)
    alone = np.eye(node.bits, dtype=np.uint8)
    smallest = [_extreme(term, largest=False) for term in _from_lowest(node)]
    largest = [_extreme(term, largest=True) for term in _from_lowest(node)]
    turned = [term.negated for term in _from_lowest(node)]
    ends = zip(smallest, largest, turned, strict=True)
    swapped = [(high, low) if turn else (low, high) for low, high, turn in ends]
    corners = [
        np.zeros(node.bits, np.uint8),
        *map(
            np.concatenate,
            (smallest, largest, [low for low, _ in swapped], [high for _, high in swapped]),
        ),
    ]
    random = rng.integers(0, 2, (node.bits, _RANDOM), np.uint8)
    return np.concatenate([np.stack(corners, axis=1), alone, 1 - alone, random], axis=1)


def sum_codes(node: SumNode, bits: Array) -> Array:
    """Codes of a sum, by adding integers.

    Args:
        node: the sum.
        bits: see `sum_vectors`.

    Returns:
        int64 ``[vectors]``.
    """
    total = np.full(bits.shape[1], node.offset, np.int64)
    first = 0
    for term in _from_lowest(node):
        weights = np.int64(1) << np.arange(term.width, dtype=np.int64)
        if term.signed:
            weights[-1] *= -1
        value = weights @ bits[first : first + term.width].astype(np.int64)
        total += (-value if term.negated else value) << term.shift
        first += term.width
    return total & ((1 << node.width) - 1)


def _from_lowest(node: SumNode) -> Iterator[Term]:
    """Terms in the order of their bits in an address."""
    return reversed(node.terms)


def _extreme(term: Term, *, largest: bool) -> Array:
    """Bits of a term's smallest or largest value."""
    bits = np.full(term.width, largest, np.uint8)
    if term.signed:
        bits[-1] ^= 1
    return bits
