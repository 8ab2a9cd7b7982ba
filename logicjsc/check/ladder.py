"""The verification ladder: every artefact compared with the one before it, bit by bit.

::

    model (torch)  =  ONNX (onnxruntime)  =  netlist (numpy)  =  Verilog (Verilator)

The Verilog of encoder, argmax and streams follows, if the circuit has them; see `ends`. C code of
the network is compared with the netlist as well, if there is some; see `c_library`. That the
Verilog's text equals the netlist on every input is proven apart from it; see `formal`.

Each rung counts what it compared and what differed. A rung that compared nothing has not passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import onnx

from logicjsc.check.c_library import library_rungs
from logicjsc.check.ends import EndRungs
from logicjsc.check.rung import Clock, Rung
from logicjsc.check.simulator import Simulator
from logicjsc.check.table_text import compare_tables
from logicjsc.core.errors import OnnxModelError
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.opening import open_model
from logicjsc.frontend.onnx.quantised import DEFAULT_ADDRESS_LIMIT
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import Netlist, TableLayer, evaluate
from logicjsc.netlist.layers import Array, Layer
from logicjsc.netlist.vectors import CORNER, RANDOM, random_features, verification_vectors

ROUNDING_TOLERANCE: Final = 1e-5
"""Fraction of the samples on which torch and onnxruntime may differ: both compute in float32, in
other orders, so a value on a rounding border may fall either way. Nothing else is tolerated."""


@dataclass(frozen=True)
class Rungs:
    """Climbs the ladder with whatever artefacts there are.

    Attributes:
        netlist: the netlist in the middle.
        features: raw features of the test samples, or random ones, float32 ``[samples, features]``.
        output_codes: the torch model's output integers of raw features, if there is a model.
        model: the ONNX model, if there is one.
        simulator: the compiled network.
        ends: the compiled encoder, argmax and whole circuit by role, as far as there are such.
        library: the network compiled from C, if there is some.
        title: what the features are.
        torch_features: what torch is compared on, if it is not the features.
    """

    netlist: Netlist
    features: Array
    simulator: Simulator
    model: onnx.ModelProto | None = None
    output_codes: Callable[[Array], Array] | None = None
    ends: Mapping[str, Simulator] = field(default_factory=dict)
    library: FastNetwork | None = None
    title: str = "test samples"
    torch_features: Array | None = None

    @cached_property
    def graph(self) -> Graph | None:
        """The ONNX model, read."""
        return None if self.model is None else Graph(self.model)

    def climb(self) -> Iterator[Rung]:
        """Yield each rung as it is done."""
        by_name = verification_vectors(self.netlist, self.features, self.title)
        vectors, corner_vectors = by_name[RANDOM], by_name[CORNER]
        sample_codes = by_name.get(self.title)
        if self.model is not None and self.graph is not None:
            rungs = self._onnx_rungs(self.model, self.graph, sample_codes, vectors, corner_vectors)
            yield from rungs
        if sample_codes is not None:
            yield self._verilog(f"netlist = Verilog, {self.title}", sample_codes)
        if self.simulator.circuit.manifest.lut is None:
            clock = Clock()
            rows, differing = compare_tables(self.simulator.circuit)
            yield Rung("netlist = Verilog, every table row", rows, differing, 0.0, clock.lap())
        yield self._verilog("netlist = Verilog, random codes", vectors)
        yield self._verilog("netlist = Verilog, corner codes", corner_vectors)
        yield self._verilog("netlist = Verilog, with idle cycles", vectors[:1000], gaps=True)
        yield from EndRungs(self.simulator.circuit, self.features, self.ends, self.title).climb()
        if self.library is not None:
            yield from library_rungs(self.netlist, self.library, by_name)

    def _onnx_rungs(
        self,
        model: onnx.ModelProto,
        graph: Graph,
        sample_codes: Array | None,
        vectors: Array,
        corner: Array,
    ) -> Iterator[Rung]:
        limit = max(_address_bits(self.netlist), DEFAULT_ADDRESS_LIMIT)
        runner = open_model(graph, limit).runner
        theirs = (runner.model.graph.features, len(runner.inputs), len(runner.outputs))
        ours = (self.features.shape[1], self.netlist.inputs, len(self.netlist.outputs))
        if theirs != ours:
            raise OnnxModelError(
                f"the ONNX model has {theirs[0]} features, {theirs[1]} inputs and {theirs[2]} "
                f"outputs, samples and netlist {self.netlist.name!r} have {ours[0]}, {ours[1]} and "
                f"{ours[2]}; they do not belong together"
            )
        clock = Clock()
        input_codes, output_codes, _ = runner.run_features(self.features)
        if self.output_codes is not None:
            width = int(self.netlist.widths[self.netlist.outputs[0]])
            features, onnx_codes = self.features, output_codes
            if self.torch_features is not None:
                features = self.torch_features
                _, onnx_codes, _ = runner.run_features(features)
            torch_codes = self.output_codes(features) & ((1 << width) - 1)
            yield clock.rung(
                f"torch = ONNX, {self.title}", torch_codes, onnx_codes, ROUNDING_TOLERANCE
            )
        if sample_codes is not None:
            yield clock.rung("ONNX = netlist, input codes", input_codes, sample_codes)
            codes = evaluate(self.netlist, sample_codes)
            yield clock.rung(f"ONNX = netlist, {self.title}", output_codes, codes)
            yield from self._score_rungs(clock, runner.model.graph, codes)
        for name, inputs in (("random codes", vectors), ("corner codes", corner)):
            expected = runner.run_codes(inputs)
            yield clock.rung(f"ONNX = netlist, {name}", expected, evaluate(self.netlist, inputs))
        yield _table_rung(clock, model, self.netlist)

    def _score_rungs(self, clock: Clock, graph: Graph, codes: Array) -> Iterator[Rung]:
        """Scores of the file as it was given, on the features and always on random ones too."""
        encoder, decoder = self.netlist.encoder, self.netlist.decoder
        if encoder is None or decoder is None:
            return
        scores = graph.given_scores(self.features)
        yield clock.rung("ONNX = netlist, scores", scores, decoder.decode(codes))
        drawn = random_features(encoder)
        scores = graph.given_scores(drawn)
        made = decoder.decode(evaluate(self.netlist, encoder.encode(drawn)))
        yield clock.rung("ONNX = netlist, scores around thresholds", scores, made)

    def _verilog(self, name: str, codes: Array, *, gaps: bool = False) -> Rung:
        clock = Clock()
        expected = evaluate(self.netlist, codes)
        return clock.rung(name, expected, self.simulator.run(codes, gaps=gaps), simulated=True)


def _address_bits(netlist: Netlist) -> int:
    """Address bits of the largest table."""
    return max(
        (layer.address_bits for layer in netlist.layers if isinstance(layer, TableLayer)), default=0
    )


def _table_rung(clock: Clock, model: onnx.ModelProto, netlist: Netlist) -> Rung:
    """Every row of every table, against a fresh run of the ONNX model."""
    limit = _address_bits(netlist)
    try:
        layers = tabulate(model, netlist.name, address_limit=limit).layers
    except OnnxModelError:
        layers = ()  # the model has larger tables than the netlist, or none at all
    pairs = [
        (ours, theirs)
        for ours, theirs in zip(netlist.layers, layers, strict=False)
        if isinstance(ours, TableLayer) and isinstance(theirs, TableLayer)
    ]
    same_shape = len(netlist.layers) == len(layers) and all(
        _same_shape(ours, theirs) for ours, theirs in zip(netlist.layers, layers, strict=True)
    )
    rows = netlist.table_rows
    wrong = (
        sum(int((ours.tables != theirs.tables).sum()) for ours, theirs in pairs)
        if same_shape
        else rows
    )
    return Rung("ONNX = netlist, every table row", rows, wrong, 0.0, clock.lap())


def _same_shape(ours: Layer, theirs: Layer) -> bool:
    """Whether tables have the same inputs, and sums add the same."""
    if isinstance(ours, TableLayer) and isinstance(theirs, TableLayer):
        return ours.tables.shape == theirs.tables.shape and np.array_equal(
            ours.inputs, theirs.inputs
        )
    return type(ours) is type(theirs) and all(
        np.array_equal(getattr(ours, name), getattr(theirs, name))
        for name in ("inputs", "shifts", "negated", "offsets", "widths", "signed")
    )
