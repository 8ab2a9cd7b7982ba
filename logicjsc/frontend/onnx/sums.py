"""The sums of a model that become adders instead of parts of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logicjsc.frontend.onnx.exactness import common_unit, is_shift, signed_digits
from logicjsc.frontend.onnx.forms import Form, FormTracker
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.netlist.builder import bits_for
from logicjsc.netlist.codes import values_of

if TYPE_CHECKING:
    from logicjsc.frontend.onnx.quantiser import Quantiser

_FINEST: Final = 1 << 12
"""How much finer the scale of all scores together may be than that of one."""

_ONE_LUT: Final = 6
"""Address bits up to which a table takes one LUT per output bit, less than an adder."""


@dataclass(frozen=True, eq=False)
class SumTensor:
    """The elements of one tensor that are sums in hardware: signals of their own.

    A sum's code is the integer ``(sum - base) / unit``, in two's complement if it can be negative.

    Attributes:
        name: name of the node that makes the tensor.
        codes: the tensor, of floats.
        first: number of the first of these sums among all sources.
        elements: their places in the tensor, ascending, int64 ``[size]``.
        form: what all elements of the tensor add up.
        units: value of one step, float64 ``[size]``.
        bases: value of the code zero, from zero points and constants, float64 ``[size]``.
        offsets: what an adder adds as a constant, in steps, int64 ``[size]``: the part of zero
            points and constants in which class scores differ.
        widths: bits of each sum, int64 ``[size]``.
        signs: whether each is two's complement, bool ``[size]``.
        lows: least value of each sum's integer, int64 ``[size]``.
        highs: greatest.
        slack: how far the model's sum may lie from a sum's value, float64 ``[size]``.
    """

    name: str
    codes: str
    first: int
    elements: Array
    form: Form
    units: Array
    bases: Array
    offsets: Array
    widths: Array
    signs: Array
    lows: Array
    highs: Array
    slack: Array

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
        steps = np.round((flat - self.bases) / self.units).astype(np.int64)
        return (steps & ((1 << self.widths) - 1)).astype(np.uint32)

    def values(self, codes: Array) -> Array:
        """Values of the sums, float64 ``[rows, size]``, of their codes."""
        columns = [
            values_of(codes[:, place], int(width), signed=bool(signed))
            for place, (width, signed) in enumerate(zip(self.widths, self.signs, strict=True))
        ]
        return np.stack(columns, axis=1) * self.units + self.bases


@dataclass(frozen=True)
class _Ranges:
    """Bits of every source, and the least and greatest integer that they hold."""

    widths: Array
    lows: Array
    highs: Array


def find_sums(
    graph: Graph, quantisers: Mapping[str, Quantiser], columns: int, address_limit: int
) -> tuple[list[SumTensor], dict[str, str]]:
    """The sums that are worth adders, and why other additions cannot be.

    A tensor is taken where adding ends: something else reads it. Of its elements, those become
    sums that read more address bits than one LUT has, and more than the sum has; of those that
    multiply by more than powers of two or add a constant, only such as no table holds. All do if
    class scores are computed from them without another quantiser.

    Args:
        graph: the ONNX graph.
        quantisers: by tensor of codes.
        columns: number of sources: raw features and elements of quantisers.
        address_limit: most address bits of a table.

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
    inexact = {name: form for name, form in tracker.rounded.items() if name not in final}
    order = {name: place for place, node in enumerate(graph.nodes) for name in node.output}
    forms = tracker.forms | inexact
    for name, form in sorted(forms.items(), key=lambda entry: order[entry[0]]):
        ends = name in goes_on or name in inexact
        if ends and np.diff(form.weights.indptr).max(initial=0) > 1:
            place = columns + sum(entry.size for entry in found)
            node = graph.producer[name]
            limit = 0 if name in final else address_limit
            made = _sums_of(form, ranges, place, (node.name or name, name), limit)
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
    form: Form, ranges: _Ranges, first: int, names: tuple[str, str], limit: int
) -> SumTensor:
    """The elements of a tensor that become sums; perhaps none.

    Args:
        form: of the tensor.
        ranges: of the sources.
        first: number of the first sum.
        names: of the node and of the tensor.
        limit: most address bits of a table; 0 if all become sums, whose codes are compared.
    """
    terms = np.diff(form.weights.indptr)
    used = np.flatnonzero(terms > 0)
    rows = [form.row(int(element)) for element in used]
    constants = form.constants[used]
    offsets = np.zeros(used.size, np.int64)  # what stands behind knows the constant
    if form.slack.any():
        units = form.units[used]
    elif limit:
        sizes = [weights.size for _, weights in rows]
        every = np.abs(np.concatenate([weights for _, weights in rows] or [np.empty(0)]))
        units = common_unit(every, np.repeat(np.arange(used.size), sizes), used.size)
    else:
        # One scale for all classes, so that their codes can be compared. Scales without a common
        # one are refused where scores are read off.
        units = form.units[used]
        shared = common_unit(units, np.zeros(used.size, np.int64), 1)
        if (units / shared <= _FINEST).all():
            units = np.full_like(units, shared[0])
        if np.ptp(constants) > 0:
            offsets = np.round(constants / units).astype(np.int64)
    bases = constants - offsets * units
    bits = np.zeros(used.size, np.int64)
    lows, highs = np.zeros_like(bits), np.zeros_like(bits)
    shifts_only = np.zeros(used.size, np.bool_)
    for place, (sources, weights) in enumerate(rows):
        steps = np.round(weights / units[place]).astype(np.int64)
        lows[place], highs[place] = _range(ranges, sources, steps, int(offsets[place]))
        bits[place] = ranges.widths[sources].sum()
        shifts_only[place] = is_shift(steps.astype(np.float64)).all()
    if not limit:
        lows, highs = np.full_like(lows, lows.min()), np.full_like(highs, highs.max())
    signs = lows < 0
    widths = np.array(
        [
            bits_for(low, max(high, 0), signed=low < 0)
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
        ],
        np.int64,
    )
    slack = form.slack[used]
    worth = (terms[used] > 1) & (bits > _ONE_LUT) & (bits > widths)
    if slack.any():
        # What is no table has neighbours that are none: their readers' tables would round.
        kept = np.full(used.size, bool((bits > limit).any()))
    else:
        plain = shifts_only & ~form.biased[used]
        kept = worth & (plain | (bits > limit)) if limit else np.ones(used.size, np.bool_)
    name, tensor = names
    return SumTensor(
        name,
        tensor,
        first,
        used[kept],
        form,
        units[kept],
        bases[kept],
        offsets[kept],
        widths[kept],
        signs[kept],
        lows[kept],
        highs[kept],
        slack[kept],
    )


def _range(ranges: _Ranges, sources: Array, steps: Array, offset: int) -> tuple[int, int]:
    """Least and greatest value of what an adder adds, term by term."""
    low = high = offset
    for source, factor in zip(sources.tolist(), steps.tolist(), strict=True):
        least, most = int(ranges.lows[source]), int(ranges.highs[source])
        for shift, minus in signed_digits(factor):
            ends = (-most, -least) if minus else (least, most)
            low += ends[0] << shift
            high += ends[1] << shift
    return low, high
