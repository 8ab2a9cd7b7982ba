"""Finding a network of LUTs by annealing.

A move frees one input of one LUT. With the LUT forced to 0 and to 1, the rest of the network tells
for every sample which of the two is needed, if it matters at all. For any candidate in the input's
place, a threshold of some feature or an earlier LUT, the best contents follow row by row, and with
them how many samples would be right. A candidate is drawn with odds exp(gain / temperature),
contents likewise: heat-bath moves, none of which is ever refused. Every sweep moves all inputs of
all LUTs; the temperature falls geometrically and ends at zero, where candidates and contents are
the best.

A LUT that is read by no other changes no decision. Every sweep begins by putting such LUTs
between a live one and one of its sources, whose bit they pass on, which changes nothing; their
inputs move at once, before the reader can drop them again. So all LUTs that a network is given come
to be used.

The best of some thousand candidates is overestimated on the samples that chose it, and in networks
of hundreds of LUTs that adds up. With ``cross_fit``, the gain of a candidate is measured on each
half of the samples with the contents that the other half gives.

Early sweeps use a fraction of the samples only: their noise is small beside the temperature. A
threshold that nothing else reads yet must gain more than its price, so that thresholds are shared
and the encoder stays small.

Moves are compiled (`native`) and their draws are those of a seed, so a result repeats itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.anneal.config import AnnealConfig, ScheduleConfig
from logicjsc.methods.anneal.lesson import Lesson
from logicjsc.methods.anneal.levels import Levels
from logicjsc.methods.anneal.native.library import NativeAnnealing
from logicjsc.methods.anneal.network import LogicNetwork
from logicjsc.methods.anneal.scores import ScoreWires

_SETTLING: Final = 10
"""Most sweeps at temperature zero; fewer if one of them gains nothing."""

_MOST_LEVELS: Final = 2
"""Of LUTs in a comparator of a word with a constant, up to 36 bits."""

_WHOLE_FROM: Final = 5 / 6
"""Part of the sweeps from which on all samples are looked at."""

OnSweep = Callable[[int, int, float], None]
"""Called with sweeps done, all sweeps, and the accuracy on what is learned from, 0 to 1."""


def sweeps_of(config: AnnealConfig) -> int:
    """Most sweeps that an annealing makes, those at temperature zero included."""
    return config.anneal.sweeps + _SETTLING


def priced(costs: Array, settings: ScheduleConfig, samples: int) -> tuple[Array, float]:
    """What thresholds cost, and what a unit of that must be worth, in samples.

    A comparator of one LUT is one level, one of more LUTs two; bits of words are none.

    Args:
        costs: LUTs of comparators, infinite where there is no threshold.
        settings: the prices.
        samples: number of training samples.
    """
    if not settings.level_price:
        return costs, settings.threshold_price * samples
    luts, levels = settings.threshold_price, np.minimum(np.ceil(costs), _MOST_LEVELS)
    there = np.isfinite(costs)
    units = np.full(costs.shape, np.inf)
    units[there] = luts / settings.level_price * costs[there] + levels[there]
    return units, settings.level_price * samples


def anneal(
    lesson: Lesson,
    levels: Levels,
    scores: ScoreWires,
    config: AnnealConfig,
    *,
    seed: int,
    on_sweep: OnSweep | None = None,
) -> tuple[LogicNetwork, float]:
    """A network, and its accuracy on what it learned from, 0 to 1.

    Raises:
        DataError: there are to be copies of images, and the samples are none.
        ToolError: there is no C++ compiler, or it fails.
    """
    settings = config.anneal
    samples, labels = lesson.drawn(seed)
    parts = [levels.of(part) for part in samples]
    # A stretch of the samples must be a random part of them.
    order = np.random.default_rng(seed).permutation(len(labels))
    shuffled = np.empty((len(parts[0]), len(order)), np.uint8)
    for feature, row in enumerate(shuffled):
        row[:] = np.concatenate([part[feature] for part in parts])[order]
    costs, price = priced(levels.cost_table(), settings, len(labels))
    network = LogicNetwork.random(
        config.network, shuffled, np.isfinite(costs), scores.outputs, seed
    )
    last, total = settings.sweeps - 1, sweeps_of(config)
    cooling = settings.last_temperature / settings.first_temperature
    with NativeAnnealing(
        network,
        shuffled,
        labels[order],
        costs,
        scores.decision(),
        skips=config.network.skips,
        cross_fit=settings.cross_fit,
        seed=seed,
        candidates=settings.candidates,
    ) as native:
        for sweep in range(settings.sweeps):
            done = sweep / last if last else 1.0
            share = settings.first_fraction ** max(1 - done / _WHOLE_FROM, 0.0)
            temperature = settings.first_temperature * cooling**done
            native.sweep(share, temperature * len(labels), price)
            if on_sweep is not None:
                on_sweep(sweep + 1, total, native.right() / len(labels))
        worth = -np.inf
        for sweep in range(settings.sweeps, total):
            native.sweep(1.0, 0.0, price)
            right = native.right()
            if on_sweep is not None:
                on_sweep(sweep + 1, total, right / len(labels))
            before, worth = worth, right - price * costs.ravel()[network.thresholds].sum()
            if worth <= before:
                break
    return network, right / len(labels)
