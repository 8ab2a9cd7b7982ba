"""What accuracy to expect of jets: two quick classifiers that know nothing of circuits."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array, JetData

_TREES: Final = 100
_LEAVES: Final = 63


def centroid_accuracy(train: JetData, test: JetData) -> float:
    """Accuracy of the nearest class centroid of standardised features."""
    mean, deviation = train.features.mean(axis=0), train.features.std(axis=0)
    deviation[deviation == 0] = 1
    present = np.unique(train.labels)
    scaled = (train.features - mean) / deviation
    centroids = np.stack([scaled[train.labels == label].mean(axis=0) for label in present])
    distances = (((test.features - mean) / deviation)[:, None] - centroids[None]) ** 2
    return float((present[distances.sum(axis=2).argmin(axis=1)] == test.labels).mean())


def tree_accuracy(train: JetData, test: JetData, trees: int = _TREES) -> float:
    """Accuracy of gradient-boosted trees (scikit-learn's histogram implementation)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=trees, max_leaf_nodes=_LEAVES, early_stopping=False, random_state=0
    )
    model.fit(train.features, train.labels)
    predicted: Array = model.predict(test.features)
    return float((predicted == test.labels).mean())
