"""Weighted sums (LogicNets, Umuroglu et al., arXiv:2004.03021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logicjsc.methods.gradient.families.family import Family, Place

if TYPE_CHECKING:
    from torch import nn


def _make(place: Place) -> nn.Module:
    from logicjsc.methods.gradient.neurons.sparse import SparseLinear

    return SparseLinear(place.sources, place.connections)


FAMILY: Final = Family("linear", "weighted sums", _make, linear=True)
