"""Sums of functions of one input (KANELÉ, Hoang, Gupta and Harris, arXiv:2512.12850)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient.families.family import Family, Place, at, sum_bits

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class EdgesSettings(Section):
    """A learned function on every edge, quantised and added."""

    units: int = setting(8, "hidden units of each source", at_least=1, at_most=64)
    bits: int | tuple[int, ...] = setting(
        4, "bits of each function, by layer", at_least=2, at_most=8
    )


def _make(place: Place) -> nn.Module:
    from logicjsc.methods.gradient.neurons.edges import EdgeNeurons

    own: EdgesSettings = place.settings
    return EdgeNeurons(place.sources, place.connections, own.units, at(own.bits, place.index))


def _rows(place: Place, fan_in: int, width: int) -> int:
    behind = 0
    if not place.summed:
        behind = 1 << sum_bits(fan_in, at(place.settings.bits, place.index))
    return (fan_in << width) + behind


FAMILY: Final = Family(
    "edges",
    "sums of functions of one input",
    _make,
    EdgesSettings,
    adds=True,
    score_step=lambda settings, index: 2.0 ** (1 - at(settings.bits, index)),
    signed=True,
    rows=_rows,
    address_bits=lambda _fan_in, width: width,
)
