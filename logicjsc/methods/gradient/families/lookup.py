"""Tables of bits, learned directly (DWN, Bacellar et al., arXiv:2410.11112)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient.families.family import Family, Place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class LookupSettings(Section):
    """Tables of one bit, read at addresses of bits."""

    votes: int = setting(
        2, "bits that vote for each score, each with its own inputs", at_least=2, at_most=4096
    )
    learned_wires: bool = setting(default=False, text="learn which sources spell the address")


def _tables(settings: LookupSettings, summed: bool) -> int:  # noqa: FBT001 - as the contract says
    return settings.votes if summed else 1


def _make(place: Place) -> nn.Module:
    from logicjsc.methods.gradient.neurons.lookup import LookupNeurons

    own: LookupSettings = place.settings
    terms = _tables(own, place.summed)
    return LookupNeurons(place.sources, place.connections, terms, learned=own.learned_wires)


FAMILY: Final = Family(
    "lookup",
    "tables of bits, learned directly",
    _make,
    LookupSettings,
    tables=_tables,
    adds=True,
    # As many bits as vote, their sum would drown all doubts of the softmax.
    first_score_scale=lambda settings: settings.votes**-0.5,
    reads_bits=True,
    rows=lambda place, fan_in, _width: _tables(place.settings, place.summed) << fan_in,
)
