"""Something smaller in the place of a table, and what that is estimated to cost.

The estimate is that of optimal brain damage (LeCun, Denker and Solla, 1989) with the squares of the
gradients of single samples, the diagonal of the empirical Fisher information, in the place of the
second derivatives: half of the mean over the samples of (gradient times change) squared. A constant
is taken out of the change first, because it moves into the sum's offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.state import Edges, State

Layer: TypeAlias = Literal["first", "second", "direct"]

LAYERS: Final[tuple[Layer, ...]] = ("first", "second", "direct")

BIT: Final = 0.05
"""What a bit of an adder takes beside a whole addition: a carry passes it in 11 ps, and an addition
takes 220 ps (`logicjsc.map.timing`)."""

_SHIFTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where half a table's range may begin, as parts of what is cut off."""


@dataclass(frozen=True)
class Change:
    """Something smaller in the place of a table.

    Attributes:
        loss: estimated rise of the mean loss.
        luts: LUTs that it saves.
        layer: of the table.
        source: of the table.
        target: of the table.
        width: new output bits; 0 takes the table away.
        step: new base-2 logarithm of its step.
        cut: steps that are taken off its contents.
        constant: moves into the offset of the sum.
        time: LUTs that the time counts as that it saves.
    """

    loss: float
    luts: int
    layer: Layer
    source: int
    target: int
    width: int
    step: int
    cut: float
    constant: float
    time: float = 0.0

    @property
    def place(self) -> tuple[Layer, int, int]:
        """Which table it changes."""
        return self.layer, self.source, self.target

    def apply(self, state: State) -> None:
        """Make it, in place."""
        edges: Edges = getattr(state, self.layer)
        offset = state.offset if self.layer == "first" else state.bias
        place = (self.source, self.target)
        edges.coefficients[self.source, :, self.target] -= self.cut * np.exp2(edges.steps[place])
        edges.widths[place], edges.steps[place] = self.width, self.step
        offset[self.target] += self.constant


@dataclass(frozen=True, eq=False)
class Changes:
    """One kind of change of all tables of a layer, all arrays ``[sources, targets]``.

    Attributes:
        layer: which.
        there: where it can be made.
        loss: see `Change`, and so are the others.
        luts: same.
        width: same.
        step: same.
        cut: same.
        constant: same.
        time: same.
    """

    layer: Layer
    there: Array
    loss: Array
    luts: Array
    width: Array
    step: Array
    cut: Array
    constant: Array
    time: Array

    def ratios(self) -> Array:
        """Loss per LUT, time counted as well, infinite where it cannot be made."""
        return np.where(self.there, self.loss / (np.maximum(self.luts, 1) + self.time), np.inf)

    def at(self, source: int, target: int) -> Change:
        """The change of one table."""
        place = (source, target)
        return Change(
            float(self.loss[place]),
            int(self.luts[place]),
            self.layer,
            source,
            target,
            int(self.width[place]),
            int(self.step[place]),
            float(self.cut[place]),
            float(self.constant[place]),
            float(self.time[place]),
        )


def changes_of(
    edges: Edges, squares: Array, layer: Layer, time: Array | None = None
) -> Iterator[Changes]:
    """All changes of one layer's tables, first that which takes them away.

    A table goes, or loses one bit: its lowest, or its highest, after some steps were taken off its
    contents; what is out of range then is cut off.

    Args:
        edges: the tables.
        squares: what `Look.squares` says of the layer.
        layer: which it is.
        time: what taking a table away saves in time, counted in LUTs ``[sources, targets]``; a bit
            saves a part of that, see `BIT`. By default time counts nothing.
    """
    smooth = edges.smooth()
    contents, sizes = edges.rounded(smooth), edges.step_sizes()
    # Changes are looked at while others are made.
    widths, steps = edges.widths.copy(), edges.steps.copy()
    weight = squares.sum(axis=1)

    whole = np.zeros_like(sizes) if time is None else time

    def made(new: Array, there: Array, saved: Array, form: tuple[Array, Array, Array]) -> Changes:
        width, step, cut = form
        quick = whole if not width.any() else BIT * whole
        change = new - contents
        constant = (squares * change).sum(axis=1) / np.maximum(weight, np.float32(1e-30))
        squared = squares * (change - constant[:, None]) ** 2
        loss = 0.5 * squared.sum(axis=1) * sizes**2
        return Changes(layer, there, loss, saved, width, step, cut, -constant * sizes, quick)

    none, one = np.zeros_like(sizes), np.ones_like(widths)
    yield made(np.zeros_like(contents), widths > 0, widths, (0 * widths, steps, none))
    wide, less = widths > 1, widths - 1
    highest = np.maximum(np.exp2(less) - 1, 0).astype(np.float32)[:, None]
    halved = 2 * np.minimum(np.rint(np.maximum(smooth, 0) / 2), highest)
    yield made(halved, wide, one, (less, steps + 1, none))
    for shift in _SHIFTS:
        cut = np.floor(shift * np.exp2(less)).astype(np.float32)
        shorter = np.minimum(np.maximum(contents - cut[:, None], 0), highest)
        yield made(shorter, wide, one, (less, steps, cut))
