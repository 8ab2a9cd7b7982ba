"""Sums of a few polynomials (PolyLUT-Add, Lou et al., arXiv:2406.04910)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient.families.family import Family, Place, at, sum_bits

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class AddedSettings(Section):
    """Several polynomials, each of its own sources, quantised and added."""

    terms: int = setting(2, "polynomials that a neuron adds", at_least=2, at_most=1024)
    degree: int = setting(2, "most factors of a product", at_least=1, at_most=8)
    bits: int | tuple[int, ...] = setting(
        4, "bits of each polynomial, by layer", at_least=2, at_most=8
    )


def _make(place: Place) -> nn.Module:
    from logicjsc.methods.gradient.neurons.added import AddedNeurons

    own: AddedSettings = place.settings
    return AddedNeurons(place.connections, own.terms, own.degree, at(own.bits, place.index))


def _rows(place: Place, fan_in: int, width: int) -> int:
    own: AddedSettings = place.settings
    behind = 0 if place.summed else 1 << sum_bits(own.terms, at(own.bits, place.index))
    return (own.terms << fan_in * width) + behind


FAMILY: Final = Family(
    "added",
    "sums of a few polynomials",
    _make,
    AddedSettings,
    tables=lambda settings, _summed: settings.terms,
    adds=True,
    score_step=lambda settings, index: 2.0 ** (1 - at(settings.bits, index)),
    rows=_rows,
)
