"""The area under an ROC curve, without the second that importing scikit-learn takes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_LEAST_FOR_DROPPING = 3
"""Points of a curve, of which those within a straight line may go."""


def area_under_roc(truth: Array, scores: Array) -> float:
    """Area under the ROC curve, 0 to 1; to the bit that of scikit-learn's ``roc_auc_score``.

    Args:
        truth: what is to be affirmed, bool ``[samples]``.
        scores: float ``[samples]``; ties are affirmed together.

    Returns:
        NaN if all or none are to be affirmed.
    """
    if truth.all() or not truth.any():
        return float("nan")
    order = np.argsort(scores, kind="stable")[::-1]
    ordered = scores[order]
    # The curve has a point behind each distinct score.
    ends = np.r_[np.flatnonzero(np.diff(ordered)), len(ordered) - 1]
    affirmed = np.cumsum(truth[order], dtype=np.float64)[ends]
    wrong = 1.0 + ends - affirmed
    if len(ends) >= _LEAST_FOR_DROPPING:
        # As scikit-learn does: fewer points, hence other roundings.
        corners = (np.diff(wrong, 2) != 0) | (np.diff(affirmed, 2) != 0)
        kept = np.r_[True, corners, True]
        affirmed, wrong = affirmed[kept], wrong[kept]
    rates = np.r_[0.0, affirmed] / affirmed[-1]
    return float(np.trapezoid(rates, np.r_[0.0, wrong] / wrong[-1]))
