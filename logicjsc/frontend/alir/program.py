"""A program of fixed-point operations, whatever version of the format it was written in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from logicjsc.netlist.layers import Array

Kind: TypeAlias = Literal[
    "input", "sum", "relu", "quantise", "constant", "choice", "product", "table", "bits", "bitwise"
]
"""What an operation does."""

NOT: Final = 0
ANY: Final = 1
ALL: Final = 2
"""What the bits of one number can be asked."""

AND: Final = 0
OR: Final = 1
XOR: Final = 2
"""What the bits of two numbers can become."""


@dataclass(frozen=True)
class Format:
    """A range of numbers ``n * 2**exponent``, and the fixed-point format that is just wide enough.

    Attributes:
        low: least *n*.
        high: greatest *n*.
        exponent: of the step.
    """

    low: int
    high: int
    exponent: int

    @classmethod
    def of(cls, least: float, most: float, step: float) -> Format:
        """From bounds and a step that is a power of two.

        A range of nothing but 0 has the step 1, whatever it was written with.

        Raises:
            ValueError: they are not finite or upside down, or the step is no power of two.
        """
        mantissa, power = math.frexp(step) if math.isfinite(step) else (0.0, 0)
        if not (math.isfinite(least) and math.isfinite(most)) or least > most or mantissa != 0.5:  # noqa: PLR2004 - of a power of two
            raise ValueError(f"[{least!r}, {most!r}] in steps of {step!r}")
        if least == most == 0:
            return cls(0, 0, 0)
        low, high = math.floor(math.ldexp(least, 1 - power)), math.ceil(math.ldexp(most, 1 - power))
        return cls(low, high, power - 1)

    @property
    def signed(self) -> bool:
        """Whether there are numbers below 0."""
        return self.low < 0

    @property
    def width(self) -> int:
        """Bits of the format; 0 if it holds nothing but 0."""
        upper = max(self.high, 0).bit_length()
        lower = (-self.low - 1).bit_length() if self.low < 0 else 0
        return max(upper, lower) + self.signed


@dataclass(frozen=True)
class Operation:
    """One operation; its result is the number of its place.

    Attributes:
        kind: what it does.
        sources: places of the numbers that it reads, all before its own.
        format: of the result, as the program states it.
        negated: whether each source is negated first; empty if none is.
        shifts: power of two that each source is multiplied by; empty if none is.
        constant: a whole number and the exponent of its step, added by a sum or the constant.
        number: number of the input or table, or which operation on bits.
        wraps: whether a choice is cut to its format afterwards.
    """

    kind: Kind
    sources: tuple[int, ...]
    format: Format
    negated: tuple[bool, ...] = ()
    shifts: tuple[int, ...] = ()
    constant: tuple[int, int] = (0, 0)
    number: int = 0
    wraps: bool = True


@dataclass(frozen=True, eq=False)
class Table:
    """A table of numbers.

    Attributes:
        codes: whole numbers by index, int64 ``[entries]``, read modulo the format's width.
        format: of the numbers.
    """

    codes: Array
    format: Format


@dataclass(frozen=True)
class Output:
    """A number that a program gives away.

    Attributes:
        source: place of the operation; below 0 for the constant 0.
        shift: power of two that it is multiplied by.
        negated: whether it is negated.
    """

    source: int
    shift: int
    negated: bool


@dataclass(frozen=True)
class Program:
    """Operations in order.

    Attributes:
        inputs: number of inputs.
        operations: of them the first has place 0.
        outputs: what is given away.
        tables: read by operations on tables.
        origin: format and version, for people.
    """

    inputs: int
    operations: tuple[Operation, ...]
    outputs: tuple[Output, ...]
    tables: tuple[Table, ...]
    origin: str
