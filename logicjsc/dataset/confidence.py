"""How far a fraction of some samples can be trusted as that of all there are."""

from __future__ import annotations

import math
from typing import Final

_DEVIATIONS: Final = 1.959963984540054
"""Standard deviations that 95 % of a normal distribution lie within."""


def wilson_interval(chosen: int, samples: int) -> tuple[float, float]:
    """95 % confidence interval of a fraction of samples that are drawn by chance.

    Wilson, J. Am. Stat. Assoc. 22, 209 (1927).

    Args:
        chosen: samples that count.
        samples: number of samples, at least 1.

    Returns:
        Lower and upper end, 0 to 1.
    """
    square = _DEVIATIONS**2
    fraction = chosen / samples
    centre = fraction + square / (2 * samples)
    reach = _DEVIATIONS * math.sqrt(
        fraction * (1 - fraction) / samples + square / (4 * samples * samples)
    )
    whole = 1 + square / samples
    # Rounding must not move ends that are 0 or 1.
    low = 0.0 if chosen == 0 else max(0.0, (centre - reach) / whole)
    high = 1.0 if chosen == samples else min(1.0, (centre + reach) / whole)
    return low, high
