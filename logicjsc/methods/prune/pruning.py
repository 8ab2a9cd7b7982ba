"""Taking away what is worth least for the LUTs that it costs.

What a change of a table costs is estimated from the squares of the gradients (the diagonal of the
empirical Fisher information), as optimal brain damage does (LeCun, Denker and Solla, 1989): half of
the mean over the samples of (gradient times change) squared. A constant is taken out of the change
first, because it moves into the sum's offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.native.library import Contents
from logicjsc.methods.prune.state import Edges, State

_SHIFTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where half a table's range may begin, as parts of what is cut off."""


@dataclass(frozen=True)
class Change:
    """Something smaller in the place of a table.

    Attributes:
        loss: estimated rise of the mean loss, in nats.
        luts: LUTs that it saves.
        second: whether the table is one of the second layer.
        source: of the table.
        target: of the table.
        width: new output bits; 0 takes the table away.
        step: new base-2 logarithm of its step.
        cut: steps that are taken off its contents.
        constant: moves into the offset of the sum.
    """

    loss: float
    luts: int
    second: bool
    source: int
    target: int
    width: int
    step: int
    cut: float
    constant: float


def prune(state: State, squares: Contents, luts: int) -> int:
    """Take away at least ``luts`` LUTs, the changes that cost least for each LUT first.

    Every table changes once at most. All tables of a code that costs LUTs may also go together with
    it.

    Args:
        state: changed in place.
        squares: mean squared gradients by content.
        luts: how many to save.

    Returns:
        LUTs that the changes save.
    """
    first = [*_changes(state.first, squares.first, second=False)]
    second = [*_changes(state.second, squares.second, second=True)]
    steps = [_Step((change,), change.luts) for change in (*first, *second)]
    steps += _without_codes(state, first)
    steps.sort(key=lambda step: step.loss / step.luts)
    changed, saved = set[tuple[bool, int, int]](), 0
    for step in steps:
        if saved >= luts:
            break
        places = {(change.second, change.source, change.target) for change in step.changes}
        if changed.isdisjoint(places):
            changed |= places
            saved += step.luts
            for change in step.changes:
                _apply(state, change)
    return saved


@dataclass(frozen=True)
class _Step:
    """Changes that are made together, and the LUTs that they save."""

    changes: tuple[Change, ...]
    luts: int

    @property
    def loss(self) -> float:
        return sum(change.loss for change in self.changes)


def _without_codes(state: State, changes: list[Change]) -> Iterator[_Step]:
    """Taking away all tables of a code of several LUTs, and the code with them."""
    gone = [change for change in changes if change.width == 0]
    for column, code in enumerate(state.columns):
        mine = tuple(change for change in gone if change.source == column)
        if mine and code.luts:
            yield _Step(mine, sum(change.luts for change in mine) + code.luts)


def tighten(state: State) -> None:
    """Give every table the smallest width that changes no score.

    Constants move into the offsets of the sums, which are rounded, so that only multiples of what
    they are rounded to may move.
    """
    unit = state.score_unit
    for edges, offset, grain in (
        (state.first, state.offset, 1.0),
        (state.second, state.bias, unit),
    ):
        smooth = edges.smooth()
        for source, target in np.argwhere(edges.widths > 0):
            size = np.exp2(edges.steps[source, target])
            width, cut = _tightest(
                smooth[source, :, target], int(edges.widths[source, target]), max(1.0, grain / size)
            )
            # The splines add up to 1, so that this moves every content.
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
    return np.flatnonzero(state.first.widths.any(axis=1)), np.flatnonzero(hidden)


def _changes(edges: Edges, squares: Array, *, second: bool) -> Iterator[Change]:
    """All changes of one layer's tables.

    A table goes, or loses one bit: its lowest, or its highest, after some steps were taken off its
    contents; what is out of range then is cut off.
    """
    smooth = edges.smooth()
    contents, widths, sizes = edges.rounded(smooth), edges.widths, edges.step_sizes()
    weight = squares.sum(axis=1)

    def cost(new: Array) -> tuple[Array, Array]:
        change = new - contents
        constant = (squares * change).sum(axis=1) / np.maximum(weight, np.float32(1e-30))
        squared = squares * (change - constant[:, None]) ** 2
        return 0.5 * squared.sum(axis=1) * sizes**2, -constant * sizes

    def listed(
        new: Array, there: Array, saved: Array, make: Callable[[int, int], tuple[int, int, float]]
    ) -> Iterator[Change]:
        losses, constants = cost(new)
        for source, target in np.argwhere(there):
            width, step, cut = make(source, target)
            yield Change(
                float(losses[source, target]),
                int(saved[source, target]),
                second,
                int(source),
                int(target),
                width,
                step,
                cut,
                float(constants[source, target]),
            )

    yield from listed(
        np.zeros_like(contents),
        widths > 0,
        widths,
        lambda source, target: (0, int(edges.steps[source, target]), 0.0),
    )
    wide, one = widths > 1, np.ones_like(widths)
    highest = np.maximum(np.exp2(widths - 1) - 1, 0).astype(np.float32)[:, None]
    yield from listed(
        2 * np.minimum(np.rint(np.maximum(smooth, 0) / 2), highest),
        wide,
        one,
        lambda source, target: (
            int(widths[source, target] - 1),
            int(edges.steps[source, target] + 1),
            0.0,
        ),
    )
    for shift in _SHIFTS:
        cut = np.floor(shift * np.exp2(widths - 1)).astype(np.float32)
        yield from listed(
            np.minimum(np.maximum(contents - cut[:, None], 0), highest),
            wide,
            one,
            lambda source, target, cut=cut: (  # type: ignore[misc]  # a default binds the loop's
                int(widths[source, target] - 1),
                int(edges.steps[source, target]),
                float(cut[source, target]),
            ),
        )


def _apply(state: State, change: Change) -> None:
    edges, offset = (state.second, state.bias) if change.second else (state.first, state.offset)
    place = (change.source, change.target)
    edges.coefficients[change.source, :, change.target] -= change.cut * np.exp2(edges.steps[place])
    edges.widths[place], edges.steps[place] = change.width, change.step
    offset[change.target] += change.constant
