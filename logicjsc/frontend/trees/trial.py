"""How rounded leaves compare with the model: on random rows around its thresholds, on samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.dataset.samples import Dataset, Samples
from logicjsc.frontend.trees.ensemble import Array, Ensemble, used_thresholds
from logicjsc.frontend.trees.quantise import MOST_OUTPUT_BITS, Quantised, affordable_bits, quantise

Decide: TypeAlias = Callable[[Array], Array]
"""Decisions of a model by its own library, of float32 features ``[rows, features]``: class index,
0 or 1, or values."""

ROWS: Final = 10_000
"""Random rows that a model is compared on."""

DEFAULT_BITS: Final = 8
"""Of a leaf, where no samples can choose."""

TOLERATED: Final = 1e-3
"""Loss of accuracy, or relative growth of the error of values, that a chosen width may cost."""

MOST_TRIED: Final = 12
"""Bits of a leaf, where nobody asks for more."""

_MOST_LOOKUPS: Final = 20_000_000
_KINDS_OF_PLACES = 4


def trial_rows(ensemble: Ensemble, rows: int, seed: int = 0) -> Array:
    """Random features, float32 ``[rows, features]``, most of them at or around a threshold.

    A feature is a threshold, a neighbour of one in float32, or lies between two. Features that are
    not compared are normally distributed.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=(rows, ensemble.features)).astype(np.float32)
    by_feature: dict[int, list[float]] = {}
    for feature, threshold in used_thresholds(ensemble.trees):
        by_feature.setdefault(feature, []).append(threshold)
    for feature, thresholds in by_feature.items():
        known = np.array(thresholds, np.float32)
        # Beyond the outermost thresholds by the distance between them, or by their size.
        wide = known.astype(np.float64)
        beyond = max(float(np.ptp(wide)), float(np.abs(wide).max()) / 8, 1e-30)
        ends = np.array([wide[0] - beyond, *wide, wide[-1] + beyond])
        at = rng.integers(len(known), size=rows)
        gap = rng.integers(len(ends) - 1, size=rows)
        between = ends[gap] + (ends[gap + 1] - ends[gap]) * rng.random(rows)
        kind = rng.integers(_KINDS_OF_PLACES + 2, size=rows)
        nearby = (
            known[at],
            np.nextafter(known[at], np.float32(-np.inf)),
            np.nextafter(known[at], np.float32(np.inf)),
        )
        most = np.finfo(np.float32).max
        column = np.clip(between, -most, most).astype(np.float32)
        for place, values in enumerate(nearby):
            column = np.where(kind == place, values, column)
        drawn[:, feature] = np.clip(column, -most, most)
    return drawn


def places_of(ensemble: Ensemble, features: Array) -> Array:
    """Node at which each row ends by tree, int32 ``[trees, rows]``."""
    return np.stack([tree.leaf_of(features).astype(np.int32) for tree in ensemble.trees])


def rows_that_fit(ensemble: Ensemble, rows: int) -> int:
    """As many rows as a comparison of all trees can afford."""
    return max(min(rows, _MOST_LOOKUPS // len(ensemble.trees)), 1)


def differing(quantised: Quantised, sums: Array, wanted: Array) -> int:
    """Rows that rounded leaves decide differently.

    A value differs if it is off by more than rounding of leaves and of float32 explains.

    Args:
        quantised: the rounded trees.
        sums: int64 ``[rows, outputs]``.
        wanted: decisions of the model.
    """
    ensemble = quantised.ensemble
    made = ensemble.decide(quantised.raw(sums))
    if ensemble.kind != "value":
        return int((made != wanted.reshape(-1)).sum())
    raw, wanted = quantised.raw(sums), wanted.reshape(made.shape)
    slack = quantised.bound + 1e-5 * (np.abs(raw).max() + len(ensemble.trees) * quantised.step)
    ends = np.stack([ensemble.score(raw - slack), ensemble.score(raw + slack)])
    least, most = np.sort(ends, axis=0)
    margin = 1e-5 * np.abs(wanted).max()
    off = (wanted < least - margin) | (wanted > most + margin)
    return int(off.any(axis=1).sum())


def choose_bits(
    ensemble: Ensemble, dataset: Dataset | None, wanted_bits: int, rows: Array
) -> tuple[int, list[dict[str, Any]]]:
    """Bits of a leaf, and what each choice costs.

    Args:
        ensemble: the trees.
        dataset: samples that choose, if ``wanted_bits`` is 0: the fewest bits that keep what the
            unrounded trees reach on its training part, within `TOLERATED`.
        wanted_bits: of a leaf; 0: chosen.
        rows: features of random rows.

    Returns:
        The bits, at most those whose sums fit an output; rows of a table of choices.

    Raises:
        ImportedModelError: there are too many trees for the sum of any leaves to fit.
    """
    most = affordable_bits(ensemble, max(wanted_bits, MOST_TRIED))
    if not most:
        raise ImportedModelError(
            f"base scores and leaves of {len(ensemble.trees):,} trees differ so much in size that "
            f"no output of {MOST_OUTPUT_BITS} bits holds their sums; train fewer trees, or scale "
            f"the target"
        )
    tried = sorted({*range(1, min(MOST_TRIED, most) + 1), min(wanted_bits or DEFAULT_BITS, most)})
    places, plain = places_of(ensemble, rows), ensemble.decide(ensemble.raw(rows))
    samples = None if dataset is None else _some(dataset.train, ensemble)
    if samples is not None:
        known = places_of(ensemble, samples.features)
        best = _fit(ensemble, ensemble.raw(samples.features), samples)
    table, chosen = [], 0
    for bits in tried:
        quantised = quantise(ensemble, bits)
        made = ensemble.decide(quantised.raw(quantised.sums(places)))
        row: dict[str, Any] = {"leaf bits": bits, "step": f"{quantised.step:.3g}"}
        if ensemble.kind == "value":
            row["largest error"] = f"{np.abs(made - plain).max():.3g}"
        else:
            row["other decisions"] = int((made != plain).sum())
        if samples is not None:
            fit = _fit(ensemble, quantised.raw(quantised.sums(known)), samples)
            name = "RMSE" if ensemble.kind == "value" else "accuracy"
            row[name], row[f"{name} unrounded"] = round(fit, 5), round(best, 5)
            loss = fit / best - 1 if ensemble.kind == "value" and best else best - fit
            if not chosen and loss <= TOLERATED:
                chosen = bits
        table.append(row)
    if wanted_bits:
        return min(wanted_bits, most), table
    return chosen or min(DEFAULT_BITS, most), table


def _some(samples: Samples, ensemble: Ensemble) -> Samples | None:
    """As many samples as a comparison can afford; None if they are of another shape."""
    fitting = samples.features.shape[1] == ensemble.features
    count = 2 if ensemble.kind == "binary" else ensemble.outputs
    if not fitting or len(samples.target.names) != count:
        return None
    return samples.take(np.arange(min(len(samples), rows_that_fit(ensemble, 20_000))), "train")


def _fit(ensemble: Ensemble, raw: Array, samples: Samples) -> float:
    """Accuracy, or of values the root of the mean squared error."""
    made = ensemble.decide(raw)
    if ensemble.kind == "value":
        return float(np.sqrt(np.mean((made - samples.targets.reshape(made.shape)) ** 2)))
    return float((made == samples.targets.reshape(-1)).mean())
