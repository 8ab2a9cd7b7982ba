"""Small networks (NeuraLUT, Andronic and Constantinides, arXiv:2403.00849)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient.families.family import Family, Place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class MlpSettings(Section):
    """A small float network in each neuron."""

    depth: int = setting(4, "layers", at_least=1, at_most=16)
    width: int = setting(8, "width of the layers", at_least=1, at_most=256)
    skip: int = setting(2, "layers that a skip connection spans; 0: none", at_least=0, at_most=16)


def _make(place: Place) -> nn.Module:
    from logicjsc.methods.gradient.neurons.mlp import MlpNeurons

    own: MlpSettings = place.settings
    return MlpNeurons(place.connections, own.depth, own.width, own.skip)


FAMILY: Final = Family("mlp", "small networks with skip connections", _make, MlpSettings)
