"""One activation quantiser of an ONNX model."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.netlist.builder import bits_for


@dataclass(frozen=True)
class Quantiser:
    """One activation quantiser.

    Attributes:
        name: name of its ``QuantizeLinear`` node.
        codes: tensor of integer codes.
        first: number of its first element among all sources (raw features, then quantisers).
        size: number of elements.
        low: smallest integer it lets through.
        high: largest.
    """

    name: str
    codes: str
    first: int
    size: int
    low: int
    high: int

    @property
    def signed(self) -> bool:
        """Whether codes are two's complement."""
        return self.low < 0

    @property
    def width(self) -> int:
        """Bits that hold every code."""
        return bits_for(self.low, self.high, signed=self.signed)
