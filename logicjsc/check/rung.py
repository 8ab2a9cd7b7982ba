"""One comparison of the ladder."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from logicjsc.netlist.layers import Array


@dataclass(frozen=True)
class Rung:
    """One comparison.

    Attributes:
        name: what was compared.
        vectors: samples, code vectors or table rows compared.
        mismatches: how many of them differ.
        tolerance: part of the vectors that may differ.
        seconds: wall time.
        simulated: whether the vectors went through the simulated circuit.
        detail: what differs, in words, if that is known.
    """

    name: str
    vectors: int
    mismatches: int
    tolerance: float
    seconds: float
    simulated: bool = False
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether something was compared and it agreed."""
        return self.vectors > 0 and self.mismatches <= self.tolerance * self.vectors

    def to_dict(self) -> dict[str, Any]:
        """For ``verify.json``."""
        return asdict(self) | {"ok": self.ok}


class Clock:
    """Wall time between rungs."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        return seconds

    def rung(
        self,
        name: str,
        left: Array,
        right: Array,
        tolerance: float = 0.0,
        *,
        simulated: bool = False,
    ) -> Rung:
        """Compare row by row; a row differs if any of its columns does."""
        differs = np.ones(max(len(left), len(right)), np.bool_)
        if left.shape == right.shape:
            differs = (left != right).any(axis=1)
        return Rung(name, len(left), int(differs.sum()), tolerance, self.lap(), simulated)
