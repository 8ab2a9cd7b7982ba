"""Polynomials (PolyLUT, Andronic and Constantinides, arXiv:2309.02334)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient.families.family import Family, Place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class PolynomialSettings(Section):
    """Weighted sums of products of sources."""

    degree: int = setting(2, "most factors of a product", at_least=1, at_most=8)


def _make(place: Place) -> nn.Module:
    from logicjsc.methods.gradient.neurons.polynomial import PolynomialNeurons

    return PolynomialNeurons(place.connections, place.settings.degree)


FAMILY: Final = Family("polynomial", "weighted sums of products", _make, PolynomialSettings)
