"""The weights of a linear neuron, from its truth table alone."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_FIRST_ROWS: Final = 400
_MORE_ROWS: Final = 300
_MOST_ROUNDS: Final = 60
_SLACK: Final = 1e-9


def linear_form(lower: Array, upper: Array) -> Array | None:
    """One number per address bit, so that their sum lies between bounds at every address.

    A linear program maximises the distance to the bounds. It meets few rows of the table at first,
    then those that its answer violates (cutting planes; Kelley, J. SIAM 8, 1960).

    Args:
        lower: smallest sum at each address in units of one code, ``[2**bits]``; minus infinity for
            none.
        upper: the sum that is just too large; infinity for none.

    Returns:
        Weights in units of one code, float64 ``[bits]``, the address's highest bit first; None if
        the table is no such sum.
    """
    from scipy.optimize import linprog

    bits = lower.size.bit_length() - 1
    places = np.arange(bits)[::-1]
    rows = ((np.arange(lower.size)[:, None] >> places) & 1).astype(np.float64)
    has_lower, has_upper = np.isfinite(lower), np.isfinite(upper)
    active = np.unique(np.random.default_rng(0).integers(0, lower.size, _FIRST_ROWS))
    for _ in range(_MOST_ROUNDS):
        # Unknowns: weights, constant, margin.
        low, high = active[has_lower[active]], active[has_upper[active]]
        above = np.hstack([-rows[low], np.full((len(low), 1), -1.0), np.ones((len(low), 1))])
        below = np.hstack([rows[high], np.ones((len(high), 2))])
        done = linprog(
            np.append(np.zeros(bits + 1), -1.0),
            A_ub=np.vstack([above, below]),
            b_ub=np.concatenate([-lower[low], upper[high]]).astype(np.float64),
            bounds=[(None, None)] * (bits + 1) + [(None, 1.0)],
            method="highs",
        )
        if not done.success or done.x[-1] <= _SLACK:
            return None
        sums = rows @ done.x[:bits] + done.x[bits]
        missing = np.maximum(
            np.where(has_lower, lower + done.x[-1] - sums, -1.0),
            np.where(has_upper, sums + done.x[-1] - upper, -1.0),
        )
        worst = np.argsort(-missing)[:_MORE_ROWS]
        worst = worst[missing[worst] > _SLACK]
        if not worst.size:
            return np.asarray(done.x[:bits])
        active = np.union1d(active, worst)
    return None
