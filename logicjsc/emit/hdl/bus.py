"""Signals of a netlist side by side in one vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logicjsc.netlist import Netlist


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
    def of(cls, name: str, signals: Sequence[int], netlist: Netlist) -> Bus:
        """Bus that carries ``signals`` in this order."""
        widths = netlist.widths[list(signals)].astype(np.int64)
        ends = np.cumsum(widths)
        lsbs = tuple(int(lsb) for lsb in ends - widths)
        return cls(name, tuple(signals), lsbs, int(ends[-1]) if len(signals) else 0)

    @cached_property
    def position(self) -> dict[int, int]:
        """Lowest bit by signal id."""
        return dict(zip(self.signals, self.lsbs, strict=True))
