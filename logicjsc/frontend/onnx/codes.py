"""Running an ONNX model on codes: from input signals to output signals, nothing in between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Array
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.quantiser import Quantiser
from logicjsc.frontend.onnx.session import Session
from logicjsc.frontend.onnx.sums import SumTensor


class CodeRunner:
    """Codes of a quantised model's inputs and outputs, as onnxruntime computes them.

    Attributes:
        inputs: the sources that raw features determine, in the order of the netlist's inputs.
        outputs: the sources behind the class scores.
    """

    def __init__(self, model: QuantisedModel) -> None:
        self.model = model
        graph = model.graph
        self.inputs = np.array(
            [
                source
                for source in range(graph.features, len(model.inputs_of))
                if is_input(model, source)
            ],
            np.int64,
        )
        self.outputs = model.outputs
        self._input_quantisers = list(
            dict.fromkeys(model.quantiser_of(int(source)) for source in self.inputs)
        )
        self._output_blocks = list(
            dict.fromkeys(model.block_of(int(source)) for source in self.outputs)
        )
        self._refuse_mixed_quantisers()

    @cached_property
    def _from_features(self) -> Session:
        blocks = (*self._input_quantisers, *self._output_blocks)
        tensors = {entry.codes: None for entry in blocks}
        return self.model.graph.subgraph([], [*tensors, self.model.graph.output])

    @cached_property
    def _from_codes(self) -> Session | None:
        sources = [entry.codes for entry in self._input_quantisers]
        targets = [entry.codes for entry in self._output_blocks if entry.codes not in sources]
        return self.model.graph.subgraph(sources, targets) if targets else None

    @cached_property
    def _resting_codes(self) -> dict[Quantiser, Array]:
        """Codes ``[1, size]`` of the input quantisers for features of zero.

        Elements that depend on no feature have no others.
        """
        names = [entry.codes for entry in self._input_quantisers]
        graph = self.model.graph
        zeros = {graph.input: np.zeros((1, graph.features), np.float32)}
        results = graph.subgraph([], names).run(zeros, names)
        return {
            entry: self.model.read_codes(entry, result)
            for entry, result in zip(self._input_quantisers, results, strict=True)
        }

    @cached_property
    def _to_inputs(self) -> Session:
        tensors = [entry.codes for entry in self._input_quantisers]
        return self.model.graph.subgraph([], tensors)

    def run_inputs(self, features: Array) -> Array:
        """Input codes ``[samples, inputs]`` of raw features ``[samples, features]`` alone."""
        session = self._to_inputs
        results = session.run({self.model.graph.input: features.astype(np.float32, copy=False)})
        tensors = dict(zip(session.outputs, results, strict=True))
        return self._collect(tensors, self.inputs, self._input_quantisers)

    def run_features(self, features: Array) -> tuple[Array, Array, Array]:
        """Input codes, output codes and class scores of raw features ``[samples, features]``."""
        session = self._from_features
        results = dict(
            zip(
                session.outputs,
                session.run({self.model.graph.input: features.astype(np.float32)}),
                strict=True,
            )
        )
        return (
            self._collect(results, self.inputs, self._input_quantisers),
            self._collect(results, self.outputs, self._output_blocks),
            results[self.model.graph.output],
        )

    def run_codes(self, codes: Array) -> Array:
        """Output codes ``[samples, outputs]`` of input codes ``[samples, inputs]``."""
        feeds = {}
        for entry in self._input_quantisers:
            block = np.repeat(self._resting_codes[entry], len(codes), axis=0)
            mine = (self.inputs >= entry.first) & (self.inputs < entry.first + entry.size)
            block[:, self.inputs[mine] - entry.first] = codes[:, mine]
            feeds[entry.codes] = self.model.write_codes(entry, block)
        results = dict(feeds)
        session = self._from_codes
        if session is not None:
            graph = self.model.graph
            feeds[graph.input] = np.zeros((len(codes), graph.features), np.float32)
            wanted = {name: feeds[name] for name in session.inputs}
            results |= dict(zip(session.outputs, session.run(wanted), strict=True))
        return self._collect(results, self.outputs, self._output_blocks)

    def _refuse_mixed_quantisers(self) -> None:
        """Every element of an input quantiser must be an input or a constant."""
        for entry in self._input_quantisers:
            for source in range(entry.first, entry.first + entry.size):
                if self.model.inputs_of[source].size and not is_input(self.model, source):
                    raise OnnxModelError(
                        f"quantiser {entry.name!r} quantises raw features together with quantised "
                        f"signals ({self.model.describe(source)}); quantise the features by "
                        f"themselves"
                    )

    def _collect(
        self,
        tensors: dict[str, Array],
        sources: Array,
        blocks: Sequence[Quantiser | SumTensor],
    ) -> Array:
        codes = {entry: self.model.read_codes(entry, tensors[entry.codes]) for entry in blocks}
        columns = []
        for source in sources:
            entry = self.model.block_of(int(source))
            columns.append(codes[entry][:, int(source) - entry.first])
        return np.stack(columns, axis=1)


def is_input(model: QuantisedModel, source: int) -> bool:
    """Whether a source is computed from raw features."""
    inputs = model.inputs_of[source]
    return bool(inputs.size and inputs[0] < model.graph.features)
