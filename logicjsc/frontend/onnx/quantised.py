"""A quantised model as signals: which codes exist, what each depends on, and how to run them.

A signal is one element of one activation quantiser: ``QuantizeLinear``, usually ``Clip`` (which
makes fewer than eight bits), then ``DequantizeLinear``. The integer in front of the
``DequantizeLinear`` is the code's value. Or it is a sum of such signals, see `sums`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.dependence import DependenceTracker
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.quantiser import Quantiser
from logicjsc.frontend.onnx.sums import SumTensor, find_sums
from logicjsc.netlist.codes import values_of


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

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.quantisers = self._find_quantisers()
        by_codes = {entry.codes: entry for entry in self.quantisers}
        columns = self.graph.features + sum(entry.size for entry in self.quantisers)
        self.sums, self._flaws = find_sums(self.graph, by_codes, columns)
        total = columns + sum(entry.size for entry in self.sums)
        sums = {entry.codes: entry for entry in self.sums}
        tracker = DependenceTracker(self.graph, total)
        tracker.set_sources(self.graph.input, 0)
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
            raise OnnxModelError(f"output {self.graph.output!r} does not depend on the features")
        shape = self.graph.shapes[self.graph.output][1:]
        if len(shape) != 1:
            raise OnnxModelError(
                f"output {self.graph.output!r} has shape {shape} per sample; one row of class "
                f"scores is expected"
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
        """Why an addition in front of a quantiser is no sum, if there is such a one."""
        known = {entry.codes for entry in self.blocks}
        waiting, seen = list(self.graph.producer[quantiser.codes].input), {quantiser.codes}
        while waiting:
            name = waiting.pop()
            if name in self._flaws:
                return self._flaws[name]
            if name in self.graph.producer and name not in known and name not in seen:
                seen.add(name)
                waiting += list(self.graph.producer[name].input)
        return ""

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
        shape = (len(codes), *self.graph.shapes[block.codes][1:])
        if isinstance(block, SumTensor):
            tensor = np.zeros((len(codes), int(np.prod(shape[1:]))))
            tensor[:, block.elements] = block.values(codes)
        else:
            tensor = values_of(codes, block.width, signed=block.signed)
        return tensor.reshape(shape).astype(self.graph.dtypes[block.codes])

    def _find_quantisers(self) -> list[Quantiser]:
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
        return list(found.values())

    def _quantiser_before(self, dequantise: onnx.NodeProto, first: int) -> Quantiser:
        codes = dequantise.input[0]
        node = self.graph.producer.get(codes)
        clip = None
        if node is not None and node.op_type == "Clip":
            clip, node = node, self.graph.producer.get(node.input[0])
        if node is None or node.op_type != "QuantizeLinear":
            raise OnnxModelError(
                f"node {dequantise.name!r} dequantises something that no QuantizeLinear (with or "
                f"without Clip) made; only QCDQ models can be tabulated"
            )
        dtype = self.graph.dtypes[codes]
        if dtype not in (np.int8, np.uint8):
            raise OnnxModelError(
                f"quantiser {node.name!r} makes {dtype} codes; only int8 and uint8 can be tabulated"
            )
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        if clip is not None:
            names = (*clip.input[1:], "", "")
            low = max(low, self._clip_bound(clip, names[0], low))
            high = min(high, self._clip_bound(clip, names[1], high))
        if low > high:
            raise OnnxModelError(f"node {clip and clip.name!r} clips to {low} to {high}: no code")
        size = int(np.prod(self.graph.shapes[codes]))
        return Quantiser(node.name or codes, codes, first, size, low, high)

    def _clip_bound(self, clip: onnx.NodeProto, name: str, default: int) -> int:
        if not name:
            return default
        bound = self.graph.constants.get(name)
        if bound is None or bound.size != 1:
            raise OnnxModelError(
                f"node {clip.name!r} clips codes to a bound that is not one constant number"
            )
        return int(bound.item())

    def _find_outputs(self, rows: Sequence[Array]) -> Array:
        for index, row in enumerate(rows):
            raw = row[row < self.graph.features]
            if len(row) != 1 or raw.size:
                kind = "raw features" if raw.size else "quantised signals"
                raise OnnxModelError(
                    f"output {index} of {self.graph.output!r} is computed from {len(row)} {kind}; "
                    f"each class score must come from one quantised signal of its own, so end the "
                    f"model with a quantiser"
                )
        return np.array([row[0] for row in rows], np.int64)


def _rows(tracker: DependenceTracker, tensor: str) -> list[Array]:
    matrix = tracker.rows[tensor]
    return [
        np.sort(matrix.indices[start:end]).astype(np.int64)
        for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    ]
