"""The area of a network in 6-input LUTs: alone, with its encoder, and with both ends."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from logicjsc.core.settings import setting


@dataclass(frozen=True)
class Area:
    """What our mapper makes of a circuit."""

    lut: int = setting(0, "LUTs of one to six inputs, inverters included", at_least=0)
    ff: int = setting(0, "flip-flops of all pipeline registers, valid bits included", at_least=0)
    depth: int = setting(0, "LUTs on the longest path through the network", at_least=0)
    path: int = setting(0, "LUTs on the longest path between two registers", at_least=0)
    latency_cycles: int = setting(0, "clock cycles from input to output", at_least=0)
    way: str = setting("", "by node, across nodes, or on carry chains")


@dataclass(frozen=True)
class Confirmed:
    """What Yosys counts in the same circuit's Verilog, by the best of its flows."""

    lut: int = setting(0, "LUT1 to LUT6 and inverters", at_least=0)
    ff: int = setting(0, "flip-flops", at_least=0)
    depth: int = setting(0, "cells on the longest path between registers", at_least=0)
    flow: str = setting("", "the flow that needed the fewest LUTs")


@dataclass(frozen=True)
class Figures:
    """Area of one network.

    Attributes:
        core: codes in, scores out.
        encoded: words of features in, scores out; None where the network cannot take words.
        whole: words in, decision out; None where an end cannot be built or measured.
        decision: LUTs of what decides, an argmax or thresholds; 0 of values, which need no
            decision; None if it was not measured.
        yosys: Yosys' program and version, if it confirmed the figures.
        confirmed_core: what it counts in the core.
        confirmed_whole: what it counts in the whole.
        notes: why something is missing, one sentence each.
    """

    core: Area
    encoded: Area | None = None
    whole: Area | None = None
    decision: int | None = None
    yosys: str = ""
    confirmed_core: Confirmed | None = None
    confirmed_whole: Confirmed | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entries: dict[str, Any]) -> Figures:
        """Undo `to_dict`.

        Raises:
            KeyError, TypeError: the entries are something else.
        """
        kinds: dict[str, type[Area | Confirmed]] = {
            "core": Area,
            "encoded": Area,
            "whole": Area,
            "confirmed_core": Confirmed,
            "confirmed_whole": Confirmed,
        }
        built = {
            name: kind(**entries[name]) for name, kind in kinds.items() if entries[name] is not None
        }
        return cls(**{**entries, **built, "notes": tuple(entries["notes"])})
