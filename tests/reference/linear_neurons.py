"""Truth tables of quantised linear neurons, computed row by row in exact arithmetic."""

from fractions import Fraction

import numpy as np


def linear_table(
    rng: np.random.Generator, bits: int, width: int, *, signed: bool, spread: float = 1.0
) -> np.ndarray:
    """Codes of a neuron with random weights, one per address bit; the highest bit comes first.

    ``spread`` stretches the sums: below 1 they fill part of the codes, above 1 they saturate.
    """
    weights = [Fraction(float(weight)) for weight in rng.normal(size=bits)]
    reach = sum(abs(weight) for weight in weights)
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    scale = Fraction(spread) * (high - low + 1) / reach
    middle = Fraction(low + high, 2) - scale * sum(weights) / 2
    codes = []
    for address in range(1 << bits):
        total = middle
        for bit, weight in enumerate(weights):
            if address >> (bits - 1 - bit) & 1:
                total += scale * weight
        codes.append(min(max(round(total), low), high) & ((1 << width) - 1))
    return np.array(codes, np.uint32)
