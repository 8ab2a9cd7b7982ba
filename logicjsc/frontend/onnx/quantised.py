"""A quantised model as signals: which codes exist, what each depends on, and how to run them.

A signal is one element of one activation quantiser: ``QuantizeLinear``, usually ``Clip`` (which
makes fewer than eight bits), then ``DequantizeLinear``. The integer in front of the
``DequantizeLinear`` is the code's value. Or it is a sum of such signals, see `sums`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import onnx

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.dependence import DependenceTracker
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.implicit import implicit_quantisers
from logicjsc.frontend.onnx.quantiser import Quantiser
from logicjsc.frontend.onnx.refusals import label_of
from logicjsc.frontend.onnx.sums import SumTensor, find_sums
from logicjsc.netlist.codes import values_of

_ROUNDING: Final = frozenset(
    ["Ceil", "Floor", "Greater", "GreaterOrEqual", "Less", "Round", "Sign"]
)
"""Nodes of few values that quantise without saying so."""


DEFAULT_ADDRESS_LIMIT: Final = 16
"""Most address bits of a table by default: 65,536 rows, one 18 kbit block RAM per three bits."""

_WIDEST: Final = 16
"""Most bits of a code."""


class QuantisedModel:
    """The quantisers of a graph and the dependence between their elements.

    Sources are numbered: the raw features first, then the elements of every quantiser in
    topological order, then the sums in topological order.

    Attributes:
        graph: the ONNX graph.
        quantisers: in topological order.
        sums: tensors with elements that are signals by themselves, in topological order.
        blocks: quantisers and sums together, in topological order.
        inputs_of: for each source, the sources that it is computed from, ascending.
        outputs: the source behind each of the model's outputs.
    """

    def __init__(
        self, graph: Graph, address_limit: int = DEFAULT_ADDRESS_LIMIT, *, implicit: bool = False
    ) -> None:
        """Find signals.

        Args:
            graph: the graph.
            address_limit: most address bits of a table.
            implicit: comparisons and rounded numbers are signals, too; see `implicit`.

        Raises:
            OnnxModelError: a quantiser is none, or an output is no signal.
        """
        self.graph = graph
        self.quantisers = self._find_quantisers(implicit=implicit)
        by_codes = {entry.codes: entry for entry in self.quantisers}
        columns = self.graph.features + sum(entry.size for entry in self.quantisers)
        self.sums, self._flaws = find_sums(self.graph, by_codes, columns, address_limit)
        total = columns + sum(entry.size for entry in self.sums)
        sums = {entry.codes: entry for entry in self.sums}
        tracker = DependenceTracker(self.graph, total)
        tracker.set_sources(self.graph.input, 0)
        self._mixed = tracker.mixed
        self.blocks: list[Quantiser | SumTensor] = []
        self.inputs_of: list[Array] = [np.empty(0, np.int64)] * total
        for node in self.graph.nodes:
            tracker.propagate(node)
            for name in node.output:
                if name in by_codes:
                    entry = by_codes[name]
                    self.inputs_of[entry.first : entry.first + entry.size] = _rows(tracker, name)
                    tracker.set_sources(name, entry.first)
                    self.blocks.append(entry)
                elif name in sums:
                    adds = sums[name]
                    numbers = range(adds.first, adds.first + adds.size)
                    self.inputs_of[adds.first : adds.first + adds.size] = [
                        adds.terms(source)[0] for source in numbers
                    ]
                    tracker.set_some(name, adds.elements, adds.first, adds.form.weights)
                    self.blocks.append(adds)
        if self.graph.output not in tracker.rows:
            made = self.graph.producer[self.graph.output]
            raise OnnxModelError(
                f"output {self.graph.output!r} of {label_of(made)} does not depend on "
                f"the features; export what the model computes from them"
            )
        shape = self.graph.sample_shape(self.graph.output)
        if len(shape) != 1:
            made = self.graph.producer[self.graph.output]
            raise OnnxModelError(
                f"output {self.graph.output!r} of {label_of(made)} has shape {shape} per sample; "
                f"one row of class scores is expected"
                + (
                    "; leave ArgMax out of the model, the circuit has its own (--argmax)"
                    if made.op_type == "ArgMax"
                    else "; flatten the output inside the model"
                )
            )
        self.outputs = self._find_outputs(_rows(tracker, self.graph.output))

    def quantiser_of(self, source: int) -> Quantiser:
        """The quantiser that a source belongs to."""
        for entry in self.quantisers:
            if entry.first <= source < entry.first + entry.size:
                return entry
        raise OnnxModelError(f"source {source} is a raw feature")

    def block_of(self, source: int) -> Quantiser | SumTensor:
        """The quantiser or the sums that a source belongs to."""
        for entry in self.sums:
            if entry.first <= source < entry.first + entry.size:
                return entry
        return self.quantiser_of(source)

    def format_of(self, source: int) -> tuple[int, bool]:
        """Bits of a source's codes, and whether they are two's complement."""
        block = self.block_of(source)
        if isinstance(block, SumTensor):
            place = source - block.first
            return int(block.widths[place]), bool(block.signs[place])
        return block.width, block.signed

    def describe(self, source: int) -> str:
        """A source's place in the ONNX graph, for messages."""
        if source < self.graph.features:
            return f"feature {source}"
        block = self.block_of(source)
        if isinstance(block, SumTensor):
            return f"element {block.elements[source - block.first]} of the sums of {block.name!r}"
        return f"element {source - block.first} of quantiser {block.name!r}"

    def flaw_before(self, quantiser: Quantiser) -> str:
        """Why so much reaches a quantiser, and what to change: the node that is to blame.

        An addition that is no exact sum, a node that is taken to mix everything that it reads, or
        one that rounds without being a quantiser; nothing if there is none of them.
        """
        between = list(self._between(quantiser.codes))
        for node in between:
            for name in node.output:
                if name in self._flaws:
                    return self._flaws[name]
        for node in between:
            if any(name in self._mixed for name in node.output):
                return (
                    f"{label_of(node)} is not followed, so each of its outputs is taken to depend "
                    f"on everything that it reads; write it as MatMul, Gather or element-wise "
                    f"operations, or put a quantiser in front of it"
                )
        for node in between:
            if node.op_type in _ROUNDING:
                return (
                    f"{label_of(node)} rounds, but is no quantiser; put QuantizeLinear and "
                    f"DequantizeLinear behind it, so that its outputs become signals"
                )
        return ""

    def _between(self, tensor: str) -> Iterator[onnx.NodeProto]:
        """The nodes between a tensor and the signals that it is computed from, the last first."""
        known = {entry.codes for entry in self.blocks} - {tensor}
        waiting, seen = [tensor], {tensor}
        while waiting:
            node = self.graph.producer.get(waiting.pop(0))
            if node is None:
                continue
            yield node
            fresh = [n for n in node.input if n not in seen and n not in known]
            seen.update(fresh)
            waiting += fresh

    def read_codes(self, block: Quantiser | SumTensor, tensor: Array) -> Array:
        """The codes (bit patterns) ``[rows, size]`` of a tensor as onnxruntime returns it."""
        if isinstance(block, SumTensor):
            return block.read(tensor)
        flat = tensor.reshape(len(tensor), block.size).astype(np.int64)
        return (flat & ((1 << block.width) - 1)).astype(np.uint32)

    def write_codes(self, block: Quantiser | SumTensor, codes: Array) -> Array:
        """A tensor for onnxruntime of codes (bit patterns) ``[rows, size]``.

        Elements beside sums are zero.
        """
        shape = (len(codes), *self.graph.sample_shape(block.codes))
        if isinstance(block, SumTensor):
            tensor = np.zeros((len(codes), int(np.prod(shape[1:]))))
            tensor[:, block.elements] = block.values(codes)
        else:
            tensor = values_of(codes, block.width, signed=block.signed)
        return tensor.reshape(shape).astype(self.graph.dtypes[block.codes])

    def _find_quantisers(self, *, implicit: bool = False) -> list[Quantiser]:
        found: dict[str, Quantiser] = {}
        first = self.graph.features
        made = {name: place for place, node in enumerate(self.graph.nodes) for name in node.output}
        readers = [node for node in self.graph.nodes if node.op_type == "DequantizeLinear"]
        # In the order in which codes are made, which need not be the order of their readers.
        for node in sorted(readers, key=lambda node: made.get(node.input[0], -1)):
            if node.input[0] in found:
                continue
            entry = self._quantiser_before(node, first)
            found[entry.codes] = entry
            first += entry.size
        if not implicit:
            return list(found.values())
        every = [*found.values(), *implicit_quantisers(self.graph, found)]
        first, ordered = self.graph.features, []
        for entry in sorted(every, key=lambda entry: made[entry.codes]):
            ordered.append(replace(entry, first=first))
            first += entry.size
        return ordered

    def _quantiser_before(self, dequantise: onnx.NodeProto, first: int) -> Quantiser:
        codes = dequantise.input[0]
        dtype = self.graph.dtypes[codes]
        node, clip = self._maker_of(codes)
        if node is None:
            raise OnnxModelError(
                f"{label_of(dequantise)} dequantises something that no QuantizeLinear (with or "
                f"without Clip) made, nor Clip and Cast; only QCDQ and QONNX models can be "
                f"tabulated: export the model as QuantizeLinear, Clip, DequantizeLinear"
            )
        if dtype.kind not in "iu" or (dtype.itemsize > 1 and clip is None):
            raise OnnxModelError(
                f"{label_of(node)} makes {dtype} codes; only int8 and uint8 can be tabulated; "
                f"quantise activations to 8 bits or fewer"
            )
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        if clip is not None:
            names = (*clip.input[1:], "", "")
            low = max(low, self._clip_bound(clip, names[0], low))
            high = min(high, self._clip_bound(clip, names[1], high))
        if low > high:
            raise OnnxModelError(
                f"{label_of(clip or node)} clips to {low} to {high}: no code; give it a lower "
                f"bound below its upper one"
            )
        size = int(np.prod(self.graph.shapes[codes]))
        made = Quantiser(node.name or codes, codes, first, size, low, high)
        if made.width > _WIDEST:
            raise OnnxModelError(
                f"{label_of(node)} makes codes from {low} to {high}, {made.width} bits, the limit "
                f"is {_WIDEST}; quantise activations to fewer bits"
            )
        return made

    def _maker_of(self, codes: str) -> tuple[onnx.NodeProto | None, onnx.NodeProto | None]:
        """The node that makes codes, and the one that limits them: both None if there is none.

        Codes are made by ``QuantizeLinear``, perhaps limited behind it, or by ``Cast`` of numbers
        that were limited before it.
        """
        node = self.graph.producer.get(codes)
        before = None if node is None else self.graph.producer.get(node.input[0])
        if node is None or node.op_type == "QuantizeLinear":
            return node, None
        if node.op_type == "Clip" and before is not None and before.op_type == "QuantizeLinear":
            return before, node
        if node.op_type == "Cast" and before is not None and before.op_type == "Clip":
            return node, before
        return None, None

    def _clip_bound(self, clip: onnx.NodeProto, name: str, default: int) -> int:
        if not name:
            return default
        bound = self.graph.constants.get(name)
        if bound is None or bound.size != 1:
            raise OnnxModelError(
                f"{label_of(clip)} clips codes to a bound that is not one constant number; write "
                f"the bound as an initialiser"
            )
        return int(bound.item())

    def _find_outputs(self, rows: Sequence[Array]) -> Array:
        for index, row in enumerate(rows):
            raw = row[row < self.graph.features]
            if len(row) != 1 or raw.size:
                kind = "raw features" if raw.size else "quantised signals"
                made = self.graph.producer[self.graph.output]
                by = next(
                    (n for n in self._between(self.graph.output) if n.output[0] in self._mixed),
                    made,
                )
                raise OnnxModelError(
                    f"output {index} of {self.graph.output!r} is computed from {len(row)} {kind} "
                    f"by {label_of(by)}; each class score must come from one quantised signal of "
                    f"its own, so "
                    + (
                        "leave Softmax out of the model: it does not change which class is highest"
                        if "Softmax" in by.op_type
                        else "end the model with a quantiser"
                    )
                )
        return np.array([row[0] for row in rows], np.int64)


def _rows(tracker: DependenceTracker, tensor: str) -> list[Array]:
    matrix = tracker.rows[tensor]
    return [
        np.sort(matrix.indices[start:end]).astype(np.int64)
        for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    ]
