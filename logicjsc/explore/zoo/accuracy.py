"""Accuracy as numbers of samples, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples
from logicjsc.dataset.confidence import wilson_interval
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Netlist
from logicjsc.netlist.scoring import ends_of, scores_of


@dataclass(frozen=True)
class Score:
    """How many of some samples are correctly classified.

    Attributes:
        samples: number of samples.
        correct: those that are correctly classified.
    """

    samples: int
    correct: int

    @property
    def accuracy(self) -> float:
        """Fraction of the samples that are correctly classified, 0 to 1."""
        return self.correct / self.samples

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the accuracy, for samples are drawn by chance."""
        return wilson_interval(self.correct, self.samples)


def score(netlist: Netlist, samples: Samples, words: FixedPoint | None = None) -> Score:
    """Samples that a netlist classifies correctly; of several labels all must be right.

    Args:
        netlist: a network with encoder and decoder.
        samples: what to classify.
        words: round features to these words first.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the samples have other features, or the netlist predicts values.
    """
    if words is not None:
        samples = replace(samples, features=words.values(samples.features))
    _, decoder = ends_of(netlist)
    if decoder.kind == "value":
        raise DataError(
            f"netlist {netlist.name!r} predicts values, which are never correct or wrong; networks "
            f"are compared here by their accuracy"
        )
    correct = decoder.decide(scores_of(netlist, samples)) == samples.targets
    if correct.ndim > 1:
        correct = correct.all(axis=1)
    return Score(len(samples), int(np.count_nonzero(correct)))
