"""ROC curves and the area under them, without the second that importing scikit-learn takes."""

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
    affirmed, wrong, _ = _counts(truth, scores)
    if len(affirmed) >= _LEAST_FOR_DROPPING:
        # As scikit-learn does: fewer points, hence other roundings.
        corners = (np.diff(wrong, 2) != 0) | (np.diff(affirmed, 2) != 0)
        kept = np.r_[True, corners, True]
        affirmed, wrong = affirmed[kept], wrong[kept]
    rates = np.r_[0.0, affirmed] / affirmed[-1]
    return float(np.trapezoid(rates, np.r_[0.0, wrong] / wrong[-1]))


def roc_curve(truth: Array, scores: Array) -> tuple[Array, Array, Array]:
    """The ROC curve.

    Args:
        truth: what is to be affirmed, bool ``[samples]``; neither all nor none.
        scores: float ``[samples]``.

    Returns:
        False-positive rates, true-positive rates, both 0 to 1 and rising, and the scores from which
        on samples are affirmed there, each float64 ``[points]``; the first point affirms nothing.
    """
    affirmed, wrong, thresholds = _counts(truth, scores)
    return (
        np.r_[0.0, wrong] / wrong[-1],
        np.r_[0.0, affirmed] / affirmed[-1],
        np.r_[np.inf, thresholds],
    )


def _counts(truth: Array, scores: Array) -> tuple[Array, Array, Array]:
    """Rightly and wrongly affirmed samples at each distinct score, from the highest on."""
    order = np.argsort(scores, kind="stable")[::-1]
    ordered = scores[order]
    # The curve has a point behind each distinct score.
    ends = np.r_[np.flatnonzero(np.diff(ordered)), len(ordered) - 1]
    affirmed = np.cumsum(truth[order], dtype=np.float64)[ends]
    return affirmed, 1.0 + ends - affirmed, ordered[ends]
