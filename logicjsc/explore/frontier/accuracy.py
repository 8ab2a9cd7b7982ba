"""Accuracy as numbers of jets, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logicjsc.artefacts.measure import netlist_scores
from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Netlist

_Z: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: 95 % lie between it and its negative."""


@dataclass(frozen=True)
class Score:
    """How many of some jets are put into their class.

    Attributes:
        jets: number of jets.
        right: those in their class.
    """

    jets: int
    right: int

    @property
    def accuracy(self) -> float:
        """Part of the jets in their class, 0 to 1."""
        return self.right / self.jets

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the accuracy, for the jets are a sample; see `wilson`."""
        return wilson(self.right, self.jets)


def wilson(right: int, jets: int) -> tuple[float, float]:
    """95 % confidence interval of a proportion (Wilson, J. Am. Stat. Assoc. 22, 209, 1927)."""
    part, spread = right / jets, _Z * _Z / jets
    middle = (part + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(part * (1 - part) / jets + spread / (4 * jets))
    return middle - half, middle + half


def score(netlist: Netlist, jets: Samples, words: FixedPoint | None = None) -> Score:
    """Jets that a netlist puts into their class, the lowest class winning a tie.

    Args:
        netlist: a network with encoder and decoder.
        jets: what to decide.
        words: round features to these words first.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the jets have other features.
    """
    if words is not None:
        jets = replace(jets, features=words.values(jets.features))
    right = netlist_scores(netlist, jets).argmax(axis=1) == jets.labels
    return Score(len(jets), int(np.count_nonzero(right)))
