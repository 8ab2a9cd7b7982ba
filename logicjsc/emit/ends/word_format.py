"""Formats of fixed-point words as other tools name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WordFormat:
    """A word: ``value = word * 2**exponent``.

    Attributes:
        width: its bits.
        exponent: of two, of the value of the lowest bit.
        signed: whether it is two's complement.
    """

    width: int
    exponent: int
    signed: bool

    @property
    def ap_fixed(self) -> str:
        """Type of high-level synthesis: all bits, and those before the point, sign included."""
        return f"ap_{'' if self.signed else 'u'}fixed<{self.width},{self.width + self.exponent}>"

    @property
    def q_format(self) -> str:
        """``Qm.n`` with a sign bit, or ``UQm.n``: m bits before the point, n behind it."""
        whole = self.width + self.exponent - self.signed
        return f"{'' if self.signed else 'U'}Q{whole}.{-self.exponent}"

    @property
    def vhdl(self) -> str:
        """Type of ``ieee.fixed_pkg``."""
        high = self.width + self.exponent - 1
        return f"{'s' if self.signed else 'u'}fixed({high} downto {self.exponent})"

    @property
    def step(self) -> float:
        """Value of the lowest bit."""
        return float(2.0**self.exponent)

    @property
    def lowest(self) -> float:
        """The smallest value."""
        return -(2.0 ** (self.width - 1 + self.exponent)) if self.signed else 0.0

    @property
    def highest(self) -> float:
        """The largest value."""
        return ((1 << (self.width - self.signed)) - 1) * self.step
