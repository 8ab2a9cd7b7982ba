"""Truth tables of quantised linear neurons, computed row by row in exact arithmetic."""

import math
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
    terms = [middle, *(scale * weight for weight in weights)]
    # Integers over one denominator: additions of fractions take a hundred times longer.
    whole = math.lcm(*(term.denominator for term in terms))
    first, *steps = [int(term * whole) for term in terms]
    totals = [first]
    for step in steps:
        totals = [total + chosen for total in totals for chosen in (0, step)]
    codes = [min(max(_rounded(total, whole), low), high) for total in totals]
    return np.array([code & ((1 << width) - 1) for code in codes], np.uint32)


def _rounded(numerator: int, denominator: int) -> int:
    """The nearest integer, the even one of two."""
    floor, rest = divmod(2 * numerator + denominator, 2 * denominator)
    return floor - (rest == 0 and floor % 2)
