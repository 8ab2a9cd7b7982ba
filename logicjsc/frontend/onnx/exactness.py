"""Which sums floating-point numbers of a type hold exactly.

A sum of whole multiples of one number, its **unit**, is exact in any order if every part of it is a
number of the type: no multiple is too long for the significand, the unit is not too small for the
lowest exponent, and no part overflows. Which type it is, the graph says: float16 holds 11 bits of
a sum, where float32 holds 24.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import ml_dtypes
import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

NEAR: Final = 2.0**-21
"""How far a rounded multiple may lie from a whole one, relative to itself."""

_MOST_OF_SMALLEST: Final = 64
_MOST_STEPS: Final = 1 << 12
"""Bounds on the whole numbers that are tried."""

_WIDE: Final = ("float32", "float64")
"""Types in which signals of a few bits are added exactly, unless their scale is a long number."""


@dataclass(frozen=True)
class FloatType:
    """A type of floating-point numbers.

    Attributes:
        name: what numpy calls it.
        bits: bits of the significand, the leading one included.
        smallest: smallest positive number.
        normal: smallest positive number with all bits of the significand.
        largest: largest finite number.
    """

    name: str
    bits: int
    smallest: float
    normal: float
    largest: float

    @classmethod
    def of(cls, dtype: npt.DTypeLike) -> FloatType | None:
        """Facts about a type, also one of ``ml_dtypes``; None if it is no floating-point type."""
        dtype = np.dtype(dtype)
        try:
            facts = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
        except ValueError:
            return None
        return cls(
            dtype.name,
            int(facts.nmant) + 1,
            float(facts.smallest_subnormal),
            float(facts.tiny),
            float(facts.max),
        )

    def flaw_of_sums(self, units: Array, reach: Array, added: Array) -> str:
        """Why sums may not be exact, or nothing.

        Args:
            units: number of which every term is a multiple, float64 ``[elements]``; infinite
                without terms.
            reach: no part of a sum is larger, float64 ``[elements]``.
            added: whether there are several terms, bool ``[elements]``; a single one was rounded
                when it was made, and that is its value.
        """
        finite = np.isfinite(units)
        units, reach, added = units[finite], reach[finite], added[finite]
        if (reach > self.largest).any():
            return (
                f"{self.name} overflows at {self.largest:g}, and its sums reach {reach.max():g}; "
                f"{self._advice('use smaller scales')}"
            )
        odd = odd_part(units)
        small = units / odd < self.smallest
        if (small & (added | (units < self.normal))).any():
            return (
                f"{self.name} holds no number as small as a part of the scale {units.min():g}; "
                f"{self._advice('use larger scales')}"
            )
        steps = np.where(added, reach / units * odd, 0.0)
        if (steps > 2.0**self.bits).any():
            return (
                f"{self.name} does not hold its sums exactly (scale {units[steps.argmax()]:g}); "
                f"{self._advice('quantise what it adds with a power of two as its scale')}"
            )
        return ""

    def holds(self, units: Array, reach: Array) -> bool:
        """Whether every number that sums can take is a number of the type."""
        return not self.flaw_of_sums(units, reach, np.ones(len(units), np.bool_))

    def _advice(self, otherwise: str) -> str:
        return otherwise if self.name in _WIDE else f"export the model in float32, or {otherwise}"


def is_power_of_two(numbers: Array) -> Array:
    """Whether each number is one."""
    return np.asarray(np.frexp(numbers)[0] == 0.5)  # noqa: PLR2004 - the significand of powers


def is_shift(numbers: Array) -> Array:
    """Whether each number is 0 or plus or minus a power of two."""
    return np.asarray((numbers == 0) | is_power_of_two(np.abs(numbers)))


def common_unit(numbers: Array, groups: Array, count: int) -> Array:
    """The largest number of which all positive numbers of a group are whole multiples.

    Args:
        numbers: float64 ``[entries]``; infinite ones are left out.
        groups: group of each, int64 ``[entries]``.
        count: number of groups.

    Returns:
        Float64 ``[groups]``; infinite for groups without numbers.
    """
    kept = np.isfinite(numbers)
    numbers, groups = numbers[kept], groups[kept]
    odd = odd_part(numbers)
    powers = np.full(count, np.inf)
    np.minimum.at(powers, groups, numbers / odd)
    shared = np.zeros(count, np.int64)
    # Odd numbers have an odd divisor, so powers of two and odd parts are looked at apart.
    np.gcd.at(shared, groups, odd.astype(np.int64))
    return powers * np.maximum(shared, 1)


def near_multiples(numbers: Array) -> tuple[float, Array] | None:
    """A number of which all numbers are whole multiples but for rounding, and these multiples.

    Args:
        numbers: not zero, float64 ``[numbers]``.

    Returns:
        The unit, and the multiples times the unit; None if there is none of which the smallest is
        at most 64 times the unit.
    """
    sizes = np.abs(numbers)
    smallest = sizes.min()
    if not np.isfinite(sizes).all() or smallest <= 0 or sizes.max() > _MOST_STEPS * smallest:
        return None
    for steps in range(1, _MOST_OF_SMALLEST + 1):
        unit = smallest / steps
        whole = np.round(sizes / unit)
        # The unit that fits all of them best.
        unit = float((sizes * whole).sum() / (whole * whole).sum())
        if (np.abs(sizes - whole * unit) <= NEAR * sizes).all():
            return unit, np.sign(numbers) * whole * unit
    return None


def signed_digits(factor: int) -> list[tuple[int, bool]]:
    """Shifts of a whole number's canonical signed digits, and whether each is subtracted.

    No representation as a sum of plus or minus powers of two is shorter (Reitwiesner 1960).
    """
    digits: list[tuple[int, bool]] = []
    rest, shift = abs(factor), 0
    while rest:
        if rest & 1:
            down = rest & 3 == 3  # noqa: PLR2004 - two ones in a row
            digits.append((shift, down != (factor < 0)))
            rest += 1 if down else -1
        rest >>= 1
        shift += 1
    return digits


def odd_part(numbers: Array) -> Array:
    """The odd whole number that makes each positive number, times some power of two."""
    whole = (np.frexp(numbers)[0] * 2.0**53).astype(np.int64)
    return np.asarray((whole // (whole & -whole)).astype(np.float64))
