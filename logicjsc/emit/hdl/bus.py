"""Signals side by side in one vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from logicjsc.netlist.layers import Array


@dataclass(frozen=True)
class Bus:
    """Signals side by side in one vector, the first at the lowest bits.

    Attributes:
        name: Verilog identifier.
        signals: ids of the signals it carries.
        lsbs: lowest bit of each signal.
        width: bits of the whole bus.
    """

    name: str
    signals: tuple[int, ...]
    lsbs: tuple[int, ...]
    width: int

    @classmethod
    def of(cls, name: str, signals: Sequence[int], widths: Sequence[int] | Array) -> Bus:
        """Bus that carries ``signals`` in this order; ``widths`` are the bits of each signal."""
        *lsbs, width = accumulate((int(widths[signal]) for signal in signals), initial=0)
        return cls(name, tuple(signals), tuple(lsbs), width)

    @cached_property
    def position(self) -> dict[int, int]:
        """Lowest bit by signal id."""
        return dict(zip(self.signals, self.lsbs, strict=True))
