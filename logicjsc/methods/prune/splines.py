"""B-splines on codes: smooth functions with few coefficients."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array

_DEGREE: Final = 2

_BY_JETS: Final = 0.7
"""Part of the distance between knots that follows the samples; the rest is even."""


def spline_basis(codes: int, knots: int, counts: Array | None = None) -> Array:
    """Values of quadratic B-splines, which add up to 1 at every code.

    Args:
        codes: number of codes.
        knots: number of splines.
        counts: samples with each code, ``[codes]``: where there are many, splines are narrow.
            Without them all are equally wide.

    Returns:
        float32 ``[codes, knots]``.
    """
    from scipy.interpolate import BSpline

    ends = knots - _DEGREE + 1
    inner = np.linspace(0.0, codes, ends)
    if counts is not None and counts.sum():
        reached = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
        # Strictly rising, so that it can be inverted.
        reached = 0.999 * reached + 0.001 * np.linspace(0.0, 1.0, codes + 1)
        by_samples = np.interp(np.linspace(0.0, 1.0, ends), reached, np.arange(codes + 1))
        inner = _BY_JETS * by_samples + (1 - _BY_JETS) * inner
    padded = np.concatenate([[0.0] * _DEGREE, inner, [float(codes)] * _DEGREE])
    middles = np.arange(codes) + 0.5
    basis = BSpline.design_matrix(middles, padded, _DEGREE).toarray()
    return np.asarray(basis, np.float32)
