"""Taking away what is worth least for the LUTs that it costs; see `changes.py`."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.changes import LAYERS, Change, Changes, Layer, changes_of
from logicjsc.methods.prune.columns import Part, parts_of
from logicjsc.methods.prune.merging import merge, mergeable, merging_loss
from logicjsc.methods.prune.native.library import Contents
from logicjsc.methods.prune.path_lengths import time_weights
from logicjsc.methods.prune.state import State


def prune(state: State, squares: Contents, luts: int, time_price: float = 0.0) -> int:
    """Take away at least ``luts`` LUTs, the changes that cost least for each LUT first.

    Every table changes once at most. Bits of codes that cost LUTs may also go, together with all
    tables that read them or out of their codes, and the scores' lowest bit from what stands behind
    them.

    Args:
        state: changed in place.
        squares: what `Look.squares` says, by content.
        luts: how many to save.
        time_price: LUTs that a table counts in addition where it stands on the longest way.

    Returns:
        LUTs that the changes save.
    """
    times = time_weights(state)
    layers: dict[Layer, list[Changes]] = {
        layer: [
            *changes_of(
                getattr(state, layer), getattr(squares, layer), layer, time_price * times[layer]
            )
        ]
        for layer in LAYERS
    }
    whole = sorted(
        [*_without_parts(state, squares, layers), *_coarser_scores(state, squares)],
        key=lambda step: step.ratio,
    )
    each = [_tables(changes) for changes in layers.values()]
    taken, saved = _Round(state, squares), 0
    for step in heapq.merge(*each, whole, key=lambda step: step.ratio):
        if saved >= luts:
            break
        if taken.may(step):
            saved += taken.take(step)
    return saved


class _Round:
    """What has been taken away in one round."""

    def __init__(self, state: State, squares: Contents) -> None:
        self._state = state
        self._squares = squares
        self._made: dict[tuple[Layer, int, int], Change] = {}
        self._freed: set[str] = set()

    def may(self, step: _Step) -> bool:
        """Whether nothing that was done before stands against a step."""
        if step.part is not None:
            possible = step.changes or mergeable(self._state.columns, step.part)
            return bool(possible) and step.part.name not in self._freed
        return step.is_whole or step.changes[0].place not in self._made

    def take(self, step: _Step) -> int:
        """Take a step; LUTs that it saves."""
        saved = step.luts
        for change in step.changes:
            saved -= self._change(change)
        if step.coarser:
            _round_scores(self._state)
        if step.part is not None:
            self._freed.add(step.part.name)
            if not step.changes:
                merge(self._state, self._squares, step.part)
        return saved

    def _change(self, change: Change) -> int:
        """Change a table; LUTs that were saved at it before."""
        before = self._made.get(change.place)
        self._made[change.place] = change
        if before is None:
            change.apply(self._state)
            return 0
        if before.width:
            # What the smaller table moved into the offset goes with it.
            replace(change, constant=change.constant - before.constant).apply(self._state)
        return before.luts


@dataclass(frozen=True)
class _Step:
    """Changes that are made together.

    Attributes:
        changes: of tables.
        loss: estimated rise of the mean loss.
        luts: LUTs that they save.
        is_whole: whether tables go that may have lost a bit before.
        coarser: whether the scores lose their lowest bit.
        part: bits of codes that go, with the tables that read them or, if there are no changes, out
            of the codes.
    """

    changes: tuple[Change, ...]
    loss: float
    luts: int
    is_whole: bool = False
    coarser: bool = False
    part: Part | None = None

    @property
    def ratio(self) -> float:
        return self.loss / (self.luts + sum(change.time for change in self.changes))


def _tables(changes: list[Changes]) -> Iterator[_Step]:
    """The best change of every table, the cheapest for each LUT first."""
    ratios = np.stack([kind.ratios() for kind in changes])
    best = ratios.argmin(axis=0)
    least = np.take_along_axis(ratios, best[None], axis=0)[0]
    for flat in np.argsort(least, axis=None, kind="stable").tolist():
        source, target = divmod(flat, least.shape[1])
        if not np.isfinite(least[source, target]):
            return
        change = changes[best[source, target]].at(source, target)
        yield _Step((change,), change.loss, change.luts)


def _without_parts(
    state: State, squares: Contents, layers: dict[Layer, list[Changes]]
) -> Iterator[_Step]:
    """Taking away bits of some LUTs, with the tables that read them or out of their codes."""
    gone = [layers[layer][0] for layer in ("first", "direct")]
    for part in parts_of(state.columns):
        if not part.luts:
            continue
        columns = [
            place
            for place, column in enumerate(state.columns)
            if any(other.name == part.name for other in column.parts)
        ]
        mine = tuple(
            kind.at(column, target)
            for kind in gone
            for column in columns
            for target in np.flatnonzero(kind.there[column]).tolist()
        )
        if not mine:
            continue
        saved = sum(change.luts for change in mine) + part.luts
        yield _Step(mine, sum(change.loss for change in mine), saved, is_whole=True, part=part)
        places = mergeable(state.columns, part)
        if places:
            loss = merging_loss(state, squares, places)
            yield _Step((), loss, part.luts, is_whole=True, part=part)


def _coarser_scores(state: State, squares: Contents) -> Iterator[_Step]:
    """Rounding the scores down to multiples of twice the grain, for what stands behind them."""
    width = state.score_width()
    saved = state.end_luts(width) - state.end_luts(width - 1) if width > 1 else 0
    if saved > 0:
        # Half of the scores lose one grain; the mean of that moves into the bias.
        variance = state.score_grain**2 / 4
        yield _Step(
            (), 0.5 * float(squares.bias.sum()) * variance, saved, is_whole=True, coarser=True
        )


def _round_scores(state: State) -> None:
    grain = state.score_grain
    # What is rounded down is half of the old grain too low on average.
    state.bias += np.float32(grain / 2)
    state.grain = round(math.log2(grain)) + 1


def tighten(state: State) -> None:
    """Give every table the smallest width that changes no score.

    Constants move into the offsets of the sums, which are rounded, so that only multiples of what
    they are rounded to may move.
    """
    unit = state.score_unit
    for edges, offset, grain in (
        (state.first, state.offset, 1.0),
        (state.second, state.bias, unit),
        (state.direct, state.bias, unit),
    ):
        smooth = edges.smooth()
        for source, target in np.argwhere(edges.widths > 0):
            size = np.exp2(edges.steps[source, target])
            width, cut = _tightest(
                smooth[source, :, target], int(edges.widths[source, target]), max(1.0, grain / size)
            )
            # The functions add up to 1, so that this moves every content.
            edges.coefficients[source, :, target] -= cut * size
            offset[target] += cut * size
            edges.widths[source, target] = width


def _tightest(smooth: Array, width: int, grain: float) -> tuple[int, float]:
    """The smallest width of a table, and the steps to take off its contents, for equal sums.

    Args:
        smooth: contents in steps, before they are rounded ``[codes]``.
        width: bits of the table.
        grain: the steps taken off are a multiple of it.
    """
    full = (1 << width) - 1
    contents = np.clip(np.rint(smooth), 0, full)
    # What is cut off at the top must be cut off at the same height.
    clipped = bool((np.rint(smooth) > full).any())
    for less in range(width):
        cut = float(full + 1 - (1 << less)) if clipped else contents.min() // grain * grain
        fits = contents.max() - cut < 1 << less
        if fits and cut <= contents.min() and cut % grain == 0:
            return less, float(cut)
    return width, 0.0


def dead_ends(state: State) -> tuple[Array, Array]:
    """Columns and hidden neurons that lead to a score; tables of others are taken away.

    Returns:
        Numbers of both, ascending.
    """
    hidden = state.first.widths.any(axis=0) & state.second.widths.any(axis=1)
    state.first.widths[:, ~hidden] = 0
    state.second.widths[~hidden] = 0
    columns = state.first.widths.any(axis=1) | state.direct.widths.any(axis=1)
    return np.flatnonzero(columns), np.flatnonzero(hidden)
