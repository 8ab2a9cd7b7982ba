"""The gate that each node's weights choose.

Row ``r`` of a node's table is its output where its inputs, the first as the highest bit, are the
number ``r``. Three **parametrizations** are known, of nodes of ``k`` inputs:

- **raw** (difflogic, torchlogix; two inputs): a weight per gate, the largest counts. Gate ``g`` is
  the one whose rows 0 to 3, read as a binary number from the highest bit, are ``g``: 0, A and B, A
  and not B, A, B and not A, B, XOR, OR, and their inverses from the last to the first.
- **light** (torchlogix): a weight per row; rows above 0 are 1.
- **warp** (torchlogix): a coefficient per product of inputs, each of them -1 for a 1 and 1 for a 0;
  bit ``j`` of a product's number, from the highest, says whether input ``j`` is in it. The output
  is 1 where the sum is negative.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.netlist.layers import Array

RANKS: Final = {"raw": (2,), "light": (2, 4, 6), "warp": (1, 2, 4, 6)}
"""Numbers of inputs that a parametrization has."""

_GATES: Final = (np.arange(16)[:, None] >> np.arange(3, -1, -1)) & 1


def columns(parametrization: str, rank: int) -> int:
    """Weights of a node of ``rank`` inputs."""
    return 1 << (1 << rank) if parametrization == "raw" else 1 << rank


def gate_tables(weights: Array, parametrization: str) -> tuple[Array, int]:
    """The tables of nodes.

    Args:
        weights: ``[nodes, columns]``.
        parametrization: one of `RANKS`.

    Returns:
        Tables, bool ``[nodes, rows]``, and how many of their rows lie so close to a border that
        float32 might decide them otherwise than exact arithmetic does.
    """
    if parametrization == "raw":
        return _GATES[weights.argmax(axis=1)].astype(np.bool_), 0
    if parametrization == "light":
        return weights > 0, 0
    number = np.arange(weights.shape[1])
    odd = np.bitwise_count(number[:, None] & number[None, :]) & 1
    wide = weights.astype(np.float64)
    sums = wide @ np.where(odd, -1.0, 1.0)
    # Every addition of float32 numbers may be off by half a unit in the last place.
    bound = np.abs(wide).sum(axis=1) * len(number) * np.finfo(np.float32).eps
    close = np.abs(sums) < bound[:, None]
    return sums < 0, int(close.sum())
