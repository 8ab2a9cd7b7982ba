"""How well a network does on some samples, and how far that can be trusted.

Networks that decide are compared by the samples they classify correctly, networks that predict
values by the errors of the samples in the core (`logicjsc.dataset.schema.Target.core`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples
from logicjsc.dataset.confidence import wilson_interval
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.netlist import Netlist
from logicjsc.netlist.scoring import ends_of, scores_of

_DEVIATIONS: Final = 1.959963984540054
"""Standard deviations that 95 % of a normal distribution lie within."""


@dataclass(frozen=True)
class Score:
    """How many of some samples are correctly classified.

    Attributes:
        samples: number of samples.
        correct: those that are correctly classified.
    """

    smaller_is_better: ClassVar[bool] = False
    scale: ClassVar[int] = 100
    """From `value` to what tables and pictures show."""

    samples: int
    correct: int

    @property
    def accuracy(self) -> float:
        """Fraction of the samples that are correctly classified, 0 to 1."""
        return self.correct / self.samples

    @property
    def value(self) -> float:
        """What networks are compared by: the accuracy."""
        return self.accuracy

    @property
    def quality(self) -> float:
        """The same, larger is better."""
        return self.accuracy

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the accuracy, for samples are drawn by chance."""
        return wilson_interval(self.correct, self.samples)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"accuracy": self.value, "accuracy_95_percent": list(self.interval)}


@dataclass(frozen=True)
class ErrorScore:
    """How far a network's values are from those of some samples.

    Attributes:
        samples: number of samples.
        inside: those in the core, with all their values; all of them where there is no core.
        error: root mean squared error in the core, in the units of the values; of several values
            the mean over them.
        deviation: standard deviation of the error, by the spread of the squared errors.
    """

    smaller_is_better: ClassVar[bool] = True
    scale: ClassVar[int] = 1

    samples: int
    inside: int
    error: float
    deviation: float

    @property
    def value(self) -> float:
        """What networks are compared by: the error."""
        return self.error

    @property
    def quality(self) -> float:
        """The same, larger is better."""
        return -self.error

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the error, for samples are drawn by chance."""
        reach = _DEVIATIONS * self.deviation
        return max(0.0, self.error - reach), self.error + reach

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "error": self.value,
            "error_95_percent": list(self.interval),
            "in_core": self.inside / self.samples,
        }


AnyScore: TypeAlias = Score | ErrorScore


def score(netlist: Netlist, samples: Samples, words: FixedPoint | None = None) -> AnyScore:
    """How well a netlist does; of several labels all must be right.

    Args:
        netlist: a network with encoder and decoder.
        samples: what to decide.
        words: round features to these words first.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the samples have other features, or none of them is in the core.
    """
    if words is not None:
        samples = replace(samples, features=words.values(samples.features))
    _, decoder = ends_of(netlist)
    scores = scores_of(netlist, samples)
    if decoder.kind == "value":
        return _error_score(scores, samples)
    correct = decoder.decide(scores) == samples.targets
    if correct.ndim > 1:
        correct = correct.all(axis=1)
    return Score(len(samples), int(np.count_nonzero(correct)))


def value_in(metrics: Mapping[str, Any]) -> float:
    """What networks are compared by (`Score.value`), in saved metrics.

    Raises:
        KeyError: they have neither accuracy nor errors.
    """
    if metrics.get("accuracy") is not None:
        return float(metrics["accuracy"])
    errors = metrics.get("core_rmse") or metrics["rmse"]
    return fmean(math.inf if error is None else float(error) for error in errors.values())


def _error_score(scores: Array, samples: Samples) -> ErrorScore:
    errors = scores.astype(np.float64) - samples.targets
    core = samples.target.core
    inside = np.abs(errors) <= core if core else np.ones(errors.shape, np.bool_)
    found = []
    for column, chosen, name in zip(errors.T, inside.T, samples.target.names, strict=True):
        squares = column[chosen] ** 2
        if not squares.size:
            raise DataError(
                f"no value {name!r} of the {len(samples):,} samples of {samples.source} is told "
                f"within {core:g}, so there is no error in the core to compare networks by"
            )
        error = math.sqrt(squares.mean())
        spread = float(squares.std()) / math.sqrt(squares.size)
        found.append((error, spread / (2 * error) if error else 0.0))
    return ErrorScore(
        len(samples),
        int(np.count_nonzero(inside.all(axis=1))),
        fmean(error for error, _ in found),
        fmean(deviation for _, deviation in found),
    )
