"""The sums of a model that become adders instead of parts of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logicjsc.frontend.onnx.exactness import is_power_of_two
from logicjsc.frontend.onnx.forms import Form, FormTracker
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.netlist.codes import values_of

if TYPE_CHECKING:
    from logicjsc.frontend.onnx.quantiser import Quantiser

_ONE_LUT: Final = 6
"""Address bits up to which a table takes one LUT per output bit, less than an adder."""


@dataclass(frozen=True, eq=False)
class SumTensor:
    """The elements of one tensor that are sums in hardware: signals of their own.

    A sum's code is the integer ``sum / unit``, in two's complement if it can be negative.

    Attributes:
        name: name of the node that makes the tensor.
        codes: the tensor, of floats.
        first: number of the first of these sums among all sources.
        elements: their places in the tensor, ascending, int64 ``[size]``.
        form: what all elements of the tensor add up.
        units: value of one step, float64 ``[size]``.
        offsets: what zero points add, in steps, int64 ``[size]``.
        widths: bits of each sum, int64 ``[size]``.
        signs: whether each is two's complement, bool ``[size]``.
    """

    name: str
    codes: str
    first: int
    elements: Array
    form: Form
    units: Array
    offsets: Array
    widths: Array
    signs: Array

    @property
    def size(self) -> int:
        """Number of sums."""
        return int(self.elements.size)

    def terms(self, source: int) -> tuple[Array, Array]:
        """The sources that a sum adds, ascending, and their factors in steps, int64 both."""
        place = source - self.first
        sources, weights = self.form.row(int(self.elements[place]))
        return sources, np.round(weights / self.units[place]).astype(np.int64)

    def read(self, floats: Array) -> Array:
        """The sums' codes ``[rows, size]`` of the tensor as onnxruntime returns it."""
        flat = floats.reshape(len(floats), -1)[:, self.elements].astype(np.float64)
        steps = np.round(flat / self.units).astype(np.int64)
        return (steps & ((1 << self.widths) - 1)).astype(np.uint32)

    def values(self, codes: Array) -> Array:
        """Values of the sums, float64 ``[rows, size]``, of their codes."""
        columns = [
            values_of(codes[:, place], int(width), signed=bool(signed))
            for place, (width, signed) in enumerate(zip(self.widths, self.signs, strict=True))
        ]
        return np.stack(columns, axis=1) * self.units


@dataclass(frozen=True)
class _Ranges:
    """Bits of every source, and the least and greatest integer that they hold."""

    widths: Array
    lows: Array
    highs: Array


def find_sums(
    graph: Graph, quantisers: Mapping[str, Quantiser], columns: int
) -> tuple[list[SumTensor], dict[str, str]]:
    """The sums that are worth adders, and why other additions cannot be.

    A tensor is taken where adding ends: something else reads it. Of its elements, those become
    sums that read more address bits than one LUT has, and more than the sum has; all do if class
    scores are computed from them without another quantiser.

    Args:
        graph: the ONNX graph.
        quantisers: by tensor of codes.
        columns: number of sources: raw features and elements of quantisers.

    Returns:
        The sums, in topological order, numbered from ``columns``, and the reason by tensor.
    """
    tracker = FormTracker(graph, quantisers, columns)
    final = _in_front_of_scores(graph, quantisers)
    ranges = _ranges(quantisers, columns)
    goes_on = {
        name
        for node in graph.nodes
        for name in node.input
        if any(output not in tracker.forms for output in node.output)
    } | {graph.output}
    found: list[SumTensor] = []
    for name, form in tracker.forms.items():
        if name in goes_on and np.diff(form.weights.indptr).max(initial=0) > 1:
            place = columns + sum(entry.size for entry in found)
            node = graph.producer[name]
            made = _sums_of(form, ranges, place, (node.name or name, name), final=name in final)
            found += [made] if made.size else []
    return found, tracker.flaws


def _in_front_of_scores(graph: Graph, quantisers: Mapping[str, Quantiser]) -> set[str]:
    """Tensors from which a way leads to the class scores past all quantisers."""
    reached: set[str] = set()
    waiting = [graph.output]
    while waiting:
        name = waiting.pop()
        if name in graph.producer and name not in quantisers and name not in reached:
            reached.add(name)
            waiting += list(graph.producer[name].input)
    return reached


def _ranges(quantisers: Mapping[str, Quantiser], columns: int) -> _Ranges:
    ranges = _Ranges(*(np.zeros(columns, np.int64) for _ in range(3)))
    for entry in quantisers.values():
        mine = slice(entry.first, entry.first + entry.size)
        ranges.widths[mine] = entry.width
        ranges.lows[mine] = -(1 << (entry.width - 1)) if entry.signed else 0
        ranges.highs[mine] = (1 << (entry.width - entry.signed)) - 1
    return ranges


def _sums_of(
    form: Form, ranges: _Ranges, first: int, names: tuple[str, str], *, final: bool
) -> SumTensor:
    """The elements of a tensor that become sums; perhaps none."""
    terms = np.diff(form.weights.indptr)
    used = np.flatnonzero(terms > 0)
    units = form.units[used]
    if final and is_power_of_two(units / units.min()).all():
        # One scale and one width for all classes, so that their codes can be compared. Scales that
        # differ otherwise are refused where scores are read off.
        units = np.full_like(units, units.min())
    bits = np.zeros(used.size, np.int64)
    lows, highs = np.zeros_like(bits), np.zeros_like(bits)
    offsets = np.round(form.constants[used] / units).astype(np.int64)
    for place, element in enumerate(used):
        sources, weights = form.row(int(element))
        steps = np.round(weights / units[place]).astype(np.int64)
        ends = np.stack([steps * ranges.lows[sources], steps * ranges.highs[sources]])
        lows[place] = ends.min(axis=0).sum() + offsets[place]
        highs[place] = ends.max(axis=0).sum() + offsets[place]
        bits[place] = ranges.widths[sources].sum()
    if final:
        lows, highs = np.full_like(lows, lows.min()), np.full_like(highs, highs.max())
    signs = lows < 0
    widths = np.array(
        [
            max((-low - 1).bit_length() if low < 0 else 0, max(high, 0).bit_length(), 1 - (low < 0))
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
        ],
        np.int64,
    )
    widths = np.maximum(widths + signs, 1)
    kept = np.full(used.size, final)
    kept |= (terms[used] > 1) & (bits > _ONE_LUT) & (bits > widths)
    name, tensor = names
    return SumTensor(
        name,
        tensor,
        first,
        used[kept],
        form,
        units[kept],
        offsets[kept],
        widths[kept],
        signs[kept],
    )
