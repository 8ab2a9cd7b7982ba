"""Accuracy, loss and area under the ROC curve of class scores; shared by every stage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Metrics:
    """How well class scores fit labels.

    Attributes:
        jets: number of jets.
        accuracy: part of the jets whose highest score is their class, 0 to 1; the lowest class
            index wins a tie.
        loss: mean cross-entropy of the softmax of the scores, in nats.
        auc: one-against-rest area under the ROC curve, 0 to 1, by class name; NaN for a class that
            is absent or alone.
    """

    jets: int
    accuracy: float
    loss: float
    auc: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, which knows no NaN: an undefined area is None."""
        defined = {name: (None if np.isnan(area) else area) for name, area in self.auc.items()}
        return asdict(self) | {"auc": defined}


def loss_and_accuracy(scores: Array, labels: Array) -> tuple[float, float]:
    """Mean cross-entropy of the softmax in nats, and accuracy 0 to 1, of ``[jets, classes]``."""
    loss = float(cross_entropies(scores, labels).mean())
    return loss, float((scores.argmax(axis=1) == labels).mean())


def cross_entropies(scores: Array, labels: Array) -> Array:
    """Cross-entropy of each jet's softmax in nats, float64 ``[jets]``, of ``[jets, classes]``."""
    return np.asarray(-_log_softmax(scores)[np.arange(len(labels)), labels])


def score_metrics(scores: Array, labels: Array, class_names: tuple[str, ...]) -> Metrics:
    """Metrics of ``scores`` ``[jets, classes]`` against ``labels`` ``[jets]``."""
    from sklearn.metrics import roc_auc_score

    loss, accuracy = loss_and_accuracy(scores, labels)
    probabilities = np.exp(_log_softmax(scores))
    auc = {}
    for index, name in enumerate(class_names):
        is_class = labels == index
        defined = bool(is_class.any() and not is_class.all())
        auc[name] = float(roc_auc_score(is_class, probabilities[:, index])) if defined else np.nan
    return Metrics(len(labels), accuracy, loss, auc)


def _log_softmax(scores: Array) -> Array:
    # One row per class: numpy is slow at reductions of a few neighbouring numbers.
    wide = np.ascontiguousarray(scores.T, np.float64)
    # Shifted by the highest score, so that no exponential overflows.
    shifted = wide - wide.max(axis=0)
    return np.asarray((shifted - np.log(np.exp(shifted).sum(axis=0))).T)
