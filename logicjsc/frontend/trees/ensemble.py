"""What every library's trees are read into: one frozen description, checked once.

A split is kept as the least float32 number that goes right. Features are float32, so this is exact
whichever comparison a library makes and in whichever width it keeps its thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.dataset.schema import TargetKind

Array: TypeAlias = npt.NDArray[Any]

Link: TypeAlias = Literal["identity", "exp", "sigmoid", "softplus", "square"]

LEAF: Final = -1
"""Feature of a node that is a leaf."""

NO_MISSING: Final = "ways that missing values take are left out: features are finite numbers"
"""Note of every reader whose model has such ways."""

_LINKS: Final[dict[str, Callable[[Array], Array]]] = {
    "identity": lambda raw: raw,
    "exp": np.exp,
    "sigmoid": lambda raw: 1 / (1 + np.exp(-raw)),
    "softplus": lambda raw: np.log1p(np.exp(raw)),
    "square": lambda raw: np.sign(raw) * raw * raw,
}


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree; node 0 is its root.

    Attributes:
        features: feature that a node looks at, int32 ``[nodes]``; -1 of a leaf.
        thresholds: least number that goes right, float32 ``[nodes]``; infinity: none does.
        left: node below the threshold, int32 ``[nodes]``.
        right: node from the threshold on, int32 ``[nodes]``.
        values: what a leaf adds, float64 ``[nodes, columns]``.
        outputs: output of the ensemble that each column adds to.
    """

    features: Array
    thresholds: Array
    left: Array
    right: Array
    values: Array
    outputs: tuple[int, ...] = (0,)

    @property
    def is_leaf(self) -> Array:
        """Which nodes are leaves, bool ``[nodes]``."""
        return np.asarray(self.features == LEAF)

    def leaf_of(self, features: Array) -> Array:
        """Node at which each row ends, int64 ``[rows]``.

        Args:
            features: float32 ``[rows, features]``.
        """
        place = np.zeros(len(features), np.int64)
        moving = np.arange(len(features))
        while moving.size:
            at = place[moving]
            inner = self.features[at] != LEAF
            moving, at = moving[inner], at[inner]
            goes_right = features[moving, self.features[at]] >= self.thresholds[at]
            place[moving] = np.where(goes_right, self.right[at], self.left[at])
        return place


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Trees whose leaves are added up.

    The raw score of an output is ``base + sum of leaves``. Of classes the highest wins, the lowest
    index on a tie. A binary target is affirmed if it is above 0, or from 0 on if ``from_zero``. A
    value is ``link(scale * raw + shift)``, and this is the score of a binary target as well.

    Attributes:
        library: that made the model, for people to read.
        kind: ``"classes"``, ``"binary"`` or ``"value"``.
        trees: in the order of the library.
        base: float64 ``[outputs]``.
        features: number of features.
        feature_names: the model's own; empty if it has none.
        class_names: names of classes, of no and yes, or of values; empty if it has none.
        from_zero: whether a binary target is affirmed at 0 itself.
        scale: of the score.
        shift: of the score.
        link: of the score of a value.
        unit: a number that leaves are fractions of, such as the 1 of probabilities; it becomes a
            whole number of steps. 0: there is none.
        notes: what a reader should know, sentences.
    """

    library: str
    kind: TargetKind
    trees: tuple[Tree, ...]
    base: Array
    features: int
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    from_zero: bool = False
    scale: float = 1.0
    shift: float = 0.0
    link: Link = "identity"
    unit: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Numbers that the trees add up to."""
        return len(self.base)

    def raw(self, features: Array) -> Array:
        """Raw scores in float64, ``[rows, outputs]``, of float32 features ``[rows, features]``."""
        total = np.tile(np.asarray(self.base, np.float64), (len(features), 1))
        for tree in self.trees:
            leaves = tree.leaf_of(features)
            for column, output in enumerate(tree.outputs):
                total[:, output] += tree.values[leaves, column]
        return total

    def decide(self, raw: Array) -> Array:
        """What raw scores ``[rows, outputs]`` decide.

        Returns:
            Class index, int64 ``[rows]``; 0 or 1 of a binary target; values, float64
            ``[rows, outputs]``.
        """
        if self.kind == "classes":
            return np.asarray(np.argmax(raw, axis=1))
        if self.kind == "binary":
            affirmed = raw[:, 0] >= 0 if self.from_zero else raw[:, 0] > 0
            return affirmed.astype(np.int64)
        return self.score(raw)

    def score(self, raw: Array) -> Array:
        """Scores of raw scores, in float64 and of the same shape."""
        with np.errstate(over="ignore"):
            return _LINKS[self.link](self.scale * raw + self.shift)


def least_right(thresholds: Array, *, strict: bool) -> Array:
    """The least float32 numbers that go right of thresholds, exactly.

    Args:
        thresholds: float32 or float64 ``[splits]``, no NaN.
        strict: whether only greater numbers go right (``x <= threshold`` goes left), or the
            threshold itself does too (``x < threshold`` goes left).

    Returns:
        float32 ``[splits]``; infinity where no finite number goes right, and minus infinity where
        every one does.
    """
    wide = np.asarray(thresholds, np.float64)
    with np.errstate(over="ignore"):
        near = wide.astype(np.float32)
    exact = near.astype(np.float64)
    # Rounding may land on either side; one step up is enough, as none lies between.
    short = exact <= wide if strict else exact < wide
    infinity = np.float32(np.inf)
    moved: Array = np.where(short, np.nextafter(near, infinity), near)
    return moved


def indices(given: Array) -> Array:
    """Features or children as int32; what no number of either can be becomes one that is refused.

    Args:
        given: integers of any size; none is a sign for a leaf any more.
    """
    wide = np.asarray(given, np.int64)
    none = np.iinfo(np.int32).max
    return np.where((wide < 0) | (wide > none), none, wide).astype(np.int32)


def used_thresholds(trees: Sequence[Tree]) -> list[tuple[int, float]]:
    """Every feature and threshold that some split compares, ascending, each once."""
    pairs = {
        (int(feature), float(threshold))
        for tree in trees
        for feature, threshold in zip(tree.features, tree.thresholds, strict=True)
        if feature != LEAF
    }
    return sorted(pairs)
