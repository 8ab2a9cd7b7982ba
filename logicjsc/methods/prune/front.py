"""One run from a dense network to a few LUTs, which finishes and keeps what it passes by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logicjsc.core.errors import TrainingError
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import Column
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.merging import without
from logicjsc.methods.prune.native.library import CodedSamples
from logicjsc.methods.prune.pruning import dead_ends, prune, tighten
from logicjsc.methods.prune.saved import Place, Saved
from logicjsc.methods.prune.state import State
from logicjsc.methods.prune.trainer import Trainer, warmup_steps

_FIRST_RATE: Final = 0.1
"""Of the peak: the learning rate of the first step."""

_LATER_RATE: Final = 0.4
"""Of the peak: the learning rate while LUTs are taken away."""

_LAST_RATE: Final = 0.004
"""Of the peak: where a network that is kept ends."""

_TIGHTEN_EVERY: Final = 4
"""Rounds of taking away between two looks for tables that are wider than they need to be."""


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes:
        luts: of the network now.
        first_luts: of the dense network.
        last_luts: at which the run ends.
        loss: mean loss of the last steps: in nats, or squared error in standard deviations.
        validation: `Goal.figure` on the validation samples.
    """

    luts: int
    first_luts: int
    last_luts: int
    loss: float
    validation: float


@dataclass(frozen=True)
class Point:
    """A network that is kept.

    Attributes:
        wanted: size that it was to come below.
        state: the network, without what leads nowhere.
        luts: its LUTs, estimated.
        loss: on the validation samples.
        figure: `Goal.figure` on the same samples.
        scores: of these, in steps, float32 ``[samples, outputs]``.
    """

    wanted: int
    state: State
    luts: int
    loss: float
    figure: float
    scores: Array


@dataclass(frozen=True, eq=False)
class Judging:
    """What says how good a network is.

    Attributes:
        goal: what the scores should say.
        samples: the validation samples.
        codes: all of their codes, uint8 ``[samples, columns]``.
        columns: what these are of.
    """

    goal: Goal
    samples: Samples
    codes: Array
    columns: list[Column]

    def coded(self, numbers: Array, columns: list[Column]) -> CodedSamples:
        """The samples with codes of some columns, which may have lost parts.

        Args:
            numbers: of the columns, among all.
            columns: as they are now.
        """
        codes: Array = np.empty((len(self.codes), len(columns)), np.uint8)
        for place, (number, column) in enumerate(zip(numbers.tolist(), columns, strict=True)):
            codes[:, place] = without(self.codes[:, number], self.columns[number], column)
        return self.goal.coded(codes, self.samples)


def sweep_front(
    state: State,
    train: CodedSamples,
    judging: Judging,
    config: ScheduleConfig,
    on_progress: Callable[[Progress], None],
    *,
    saved: Saved | None = None,
    keep: Callable[[Saved], None] = lambda _: None,
) -> Iterator[Point]:
    """Train, then take away and train on, down to the smallest size asked for.

    Args:
        state: where to start; changed.
        train: samples to learn from.
        judging: what says how good a network is, and what is minimised.
        config: settings.
        on_progress: called after every round.
        saved: where an interrupted run stood; None to begin.
        keep: told where the run stands before every round.

    Yields:
        The network of each size in ``config.luts``, finished, from the largest; of sizes that are
        passed by at once the largest only.

    Raises:
        TrainingError: the loss is no number any more, or nothing is left above the smallest size.
    """
    later = config.learning_rate * _LATER_RATE
    trainer, place = (
        _begun(state, train, config, judging.goal)
        if saved is None
        else saved.restore(state, train, config, judging.goal.loss)
    )
    columns, sizes = place.columns, list(place.sizes)
    loss, rounds = place.loss, place.rounds
    while True:
        keep(Saved.of(trainer, Place(columns, tuple(sizes), loss, rounds, place.dense)))
        luts = trainer.state.luts()
        judged = _Judged.by(trainer, judging, columns)
        on_progress(Progress(luts, place.dense, sizes[-1], loss, judged.figure))
        if luts <= sizes[0]:
            point = _finished(trainer, judging, columns, sizes[0], later)
            # Scores that grew on the way take more LUTs to decide; then after one more round.
            if point.luts <= sizes[0]:
                yield point
                sizes = [size for size in sizes if size < luts]
            if not sizes:
                return
        tables = trainer.state.table_luts()
        luts = max(1, round(config.round_fraction * tables))
        prune(trainer.state, trainer.squares(), luts, config.time_price)
        trainer.follow()
        columns = columns[_without_dead_ends(trainer)]
        loss = trainer.learn(config.round_steps, later, later)
        rounds += 1
        if rounds % _TIGHTEN_EVERY == 0:
            tighten(trainer.state)
            columns = columns[_without_dead_ends(trainer)]


def _begun(
    state: State, train: CodedSamples, config: ScheduleConfig, goal: Goal
) -> tuple[Trainer, Place]:
    """A dense network, trained."""
    trainer = Trainer(state, train, config, goal.loss)
    peak, later = config.learning_rate, config.learning_rate * _LATER_RATE
    trainer.learn(warmup_steps(config.dense_steps), peak * _FIRST_RATE, peak)
    trainer.sparsity = config.sparsity
    loss = trainer.learn(config.dense_steps, peak, later)
    sizes = tuple(sorted(set(config.luts), reverse=True))
    columns = np.arange(train.codes.shape[1])
    return trainer, Place(columns, sizes, loss, 0, trainer.state.luts())


@dataclass(frozen=True, eq=False)
class _Judged:
    """Mean loss, `Goal.figure` and scores in steps of the validation samples."""

    loss: float
    figure: float
    scores: Array

    @classmethod
    def by(cls, trainer: Trainer, judging: Judging, columns: Array) -> _Judged:
        """Judge the network; ``columns`` are those of the samples' codes that it still reads."""
        samples = judging.coded(columns, trainer.state.columns)
        seen = trainer.look(samples, scores=True)
        if seen.scores is None:
            raise RuntimeError("no scores were computed")
        goal = judging.goal.scaled(trainer.state.scale)
        return cls(seen.loss, goal.figure(seen.scores, judging.samples), seen.scores)


def _without_dead_ends(trainer: Trainer) -> Array:
    """Take dead ends away; numbers of the columns that stay, among those before."""
    columns, hidden = dead_ends(trainer.state)
    if not columns.size:
        raise TrainingError(
            "no table is left that leads from a feature to a score; leave the smallest sizes in "
            "prune.luts away"
        )
    trainer.keep(columns, hidden)
    return columns


def _finished(
    trainer: Trainer, judging: Judging, columns: Array, wanted: int, rate: float
) -> Point:
    """A copy of the network, trained to a small learning rate and tightened.

    A network this small cannot say all that its teacher says; sharper targets have it spend its
    LUTs on which class is likeliest.
    """
    finishing = deepcopy(trainer)
    finishing.sparsity = 0.0
    if finishing.train.targets is not None:
        exponent = trainer.config.final_sharpness
        targets = judging.goal.sharpened(finishing.train.targets, exponent)
        finishing.train = replace(finishing.train, targets=targets)
    last = trainer.config.learning_rate * _LAST_RATE
    # Widths that turn out too large are found before the end, which then makes good for it.
    half = max(1, trainer.config.final_steps // 2)
    middle = rate**0.5 * last**0.5  # their product may leave the numbers
    finishing.learn(half, rate, middle)
    tighten(finishing.state)
    columns = columns[_without_dead_ends(finishing)]
    finishing.learn(half, middle, last, averaged=True)
    tighten(finishing.state)
    columns = columns[_without_dead_ends(finishing)]
    judged = _Judged.by(finishing, judging, columns)
    state = finishing.state
    return Point(wanted, state, state.luts(), judged.loss, judged.figure, judged.scores)
