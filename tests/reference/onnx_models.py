"""Quantised ONNX models as other exporters write them, each with its meaning in plain numbers.

Every weight, bias and scale is a small multiple of a power of two, so sums are exact in float32
whatever their order, and the meaning can be computed with fractions (see naive_tabulation.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IR_VERSIONS = {13: 7, 17: 8, 21: 10}


@dataclass(frozen=True)
class Quant:
    """How an activation is quantised; ``scale`` may be one number per element."""

    bits: int
    signed: bool = False
    scale: float | tuple[float, ...] = 0.5
    zero_point: int = 0
    narrow: bool = False
    clip: bool = True

    @property
    def low(self) -> int:
        return (-(1 << (self.bits - 1)) + self.narrow) if self.signed else 0

    @property
    def high(self) -> int:
        return (1 << (self.bits - self.signed)) - 1

    def scale_of(self, element: int) -> Fraction:
        return Fraction(self.scale[element] if isinstance(self.scale, tuple) else self.scale)


@dataclass(frozen=True)
class Signal:
    """One quantised element: an input (which feature) or a neuron (what it adds up).

    ``reads`` holds signal and weight. A neuron quantises ``activation(sum + bias)``.
    """

    quant: Quant
    element: int
    block: int
    feature: int | None = None
    reads: tuple[tuple[int, Fraction], ...] = ()
    bias: Fraction = Fraction(0)
    activation: Callable[[Fraction], Fraction] = field(default=lambda value: value)


@dataclass(frozen=True)
class ForeignModel:
    """An ONNX model and its meaning."""

    model: onnx.ModelProto
    signals: tuple[Signal, ...]
    outputs: tuple[int, ...]

    @property
    def features(self) -> int:
        return self.model.graph.input[0].type.tensor_type.shape.dim[1].dim_value


@dataclass(frozen=True)
class Values:
    """A float tensor ``[jets, elements]``; each element is a weighted sum of signals."""

    name: str
    sums: tuple[tuple[tuple[tuple[int, Fraction], ...], Fraction], ...]
    activation: Callable[[Fraction], Fraction] = field(default=lambda value: value)

    def __len__(self) -> int:
        return len(self.sums)


@dataclass(frozen=True)
class Raw:
    """A float tensor ``[jets, elements]`` of raw features; None is a constant element."""

    name: str
    features: tuple[int | None, ...]


class Builder:
    """Writes an ONNX graph and keeps account of what it means."""

    def __init__(self, features: int, opset: int = 17, *, domain: str = "") -> None:
        self.opset, self.domain = opset, domain
        self.width = features
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []
        self.signals: list[Signal] = []
        self.blocks = 0
        self.features = Raw("x", tuple(range(features)))

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self.initialisers)}"
        self.initialisers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=f"{kind}{len(self.nodes)}", **attributes)
        )
        return name

    # Raw features ------------------------------------------------------------------------------

    def affine(self, raw: Raw, gain: Any, offset: Any) -> Raw:
        """``feature * gain + offset``; a gain of zero leaves a constant."""
        gains = np.broadcast_to(gain, len(raw.features))
        scaled = self.node("Mul", raw.name, self.constant(gains))
        name = self.node("Add", self.constant(np.broadcast_to(offset, gains.shape)), scaled)
        kept = (f if g else None for f, g in zip(raw.features, gains, strict=True))
        return Raw(name, tuple(kept))

    def normalise(self, raw: Raw, gain: Sequence[float], offset: Sequence[float]) -> Raw:
        """Batch normalisation."""
        return Raw(self._batch_normalisation(raw.name, gain, offset), raw.features)

    def pick(self, raw: Raw, columns: Sequence[int]) -> Raw:
        name = self.node("Gather", raw.name, self.constant(columns, np.int64), axis=1)
        return Raw(name, tuple(raw.features[column] for column in columns))

    def quantise_features(self, raw: Raw, quant: Quant) -> Values:
        block, start = self._block(), len(self.signals)
        for element, feature in enumerate(raw.features):
            self.signals.append(Signal(quant, element, block, feature))
        return self._dequantised(raw.name, quant, start, len(raw.features))

    # Sums of signals ---------------------------------------------------------------------------

    def gemm(
        self, values: Values, weight: Any, bias: Any, *, trans_b: bool = True, quantised: str = ""
    ) -> Values:
        """``weight`` is ``[neurons, sources]``; ``quantised`` stores it as "int8" or as "float"."""
        matrix = np.asarray(weight, np.float32)
        stored = matrix if trans_b else np.ascontiguousarray(matrix.T)
        name = self._weight(stored, quantised)
        made = self.node("Gemm", values.name, name, self.constant(bias), transB=int(trans_b))
        return self._linear(made, values, matrix, bias)

    def matmul_add(self, values: Values, weight: Any, bias: Any, *, swap: bool = False) -> Values:
        matrix = np.asarray(weight, np.float32)
        product = self.node("MatMul", values.name, self.constant(matrix.T))
        terms = [product, self.constant(bias)]
        made = self.node("Add", *(terms[::-1] if swap else terms))
        return self._linear(made, values, matrix, bias)

    def gathered(self, values: Values, connections: Any, weight: Any, bias: Any) -> Values:
        """Gather ``[neurons, fan_in]``, multiply, ReduceSum, add."""
        picked = self.node("Gather", values.name, self.constant(connections, np.int64), axis=1)
        weighted = self.node("Mul", picked, self.constant(weight))
        total = self.node("ReduceSum", weighted, self.constant([2], np.int64), keepdims=0)
        made = self.node("Add", total, self.constant(bias))
        matrix = np.zeros((len(connections), len(values)))
        for neuron, (sources, weights) in enumerate(zip(connections, weight, strict=True)):
            for source, factor in zip(sources, weights, strict=True):
                matrix[neuron, source] += factor
        return self._linear(made, values, matrix, bias)

    def normalised(self, values: Values, gain: Sequence[float], offset: Sequence[float]) -> Values:
        """Batch normalisation of sums."""
        name = self._batch_normalisation(values.name, gain, offset)
        return self._linear(name, values, np.diag(gain), offset)

    def activated(self, values: Values, kind: str) -> Values:
        functions = {"Relu": lambda value: max(value, Fraction(0)), "Abs": abs}
        name = self.node(kind, values.name)
        return replace(values, name=name, activation=functions[kind])

    def concat(self, *parts: Values) -> Values:
        name = self.node("Concat", *(part.name for part in parts), axis=1)
        return Values(name, tuple(entry for part in parts for entry in part.sums))

    def masked(self, values: Values, mask: Sequence[float]) -> Values:
        made = self.node("Mul", self.constant(mask), values.name)
        return self._linear(made, values, np.diag(mask), np.zeros(len(mask)))

    def shuffled(self, values: Values, rows: int) -> Values:
        """Reshape to ``rows``, transpose, split in halves, swap them, and flatten."""
        columns = len(values) // rows
        box = self.node("Reshape", values.name, self.constant([-1, rows, columns], np.int64))
        turned = self.node("Transpose", box, perm=[0, 2, 1])
        flat = self.node("Flatten", turned, axis=1)
        order = np.arange(len(values)).reshape(rows, columns).T.ravel()
        half = len(values) // 2
        ends = [
            self.node(
                "Slice", flat, *(self.constant([number], np.int64) for number in (start, end, 1, 1))
            )
            for start, end in ((half, len(values)), (0, half))
        ]
        for place, (end, axis) in enumerate(((ends[0], 1), (ends[1], 1))):
            lifted = self.node("Unsqueeze", end, self.constant([axis], np.int64))
            ends[place] = self.node("Squeeze", lifted, self.constant([axis], np.int64))
        name = self.node("Identity", self.node("Concat", *ends, axis=1))
        order = np.concatenate([order[half:], order[:half]])
        return Values(name, tuple(values.sums[place] for place in order))

    def quantise(self, values: Values, quant: Quant) -> Values:
        block, start = self._block(), len(self.signals)
        for element, (reads, bias) in enumerate(values.sums):
            self.signals.append(
                Signal(quant, element, block, reads=reads, bias=bias, activation=values.activation)
            )
        return self._dequantised(values.name, quant, start, len(values))

    def finish(
        self, values: Values, *, score_scale: float = 1.0, bias: float = 0.0
    ) -> ForeignModel:
        """End with one score per element, each a quantised signal."""
        outputs = []
        for reads, constant in values.sums:
            ((signal, factor),) = reads
            assert (factor, constant) == (1, 0)
            outputs.append(signal)
        name = values.name
        if bias:
            name = self.node("Add", name, self.constant(bias))
        if score_scale != 1.0:
            name = self.node("Mul", name, self.constant(score_scale))
        return ForeignModel(self.proto(name, len(values)), tuple(self.signals), tuple(outputs))

    def proto(self, output: str, elements: int) -> onnx.ModelProto:
        """The graph so far as a checked model."""
        graph = helper.make_graph(
            self.nodes,
            "foreign",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", self.width])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", elements])],
            self.initialisers,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(self.domain, self.opset)],
            producer_name="elsewhere",
            producer_version="1.2",
        )
        model.ir_version = IR_VERSIONS[self.opset]
        onnx.checker.check_model(model, full_check=True)
        return model

    # Parts -------------------------------------------------------------------------------------

    def quantised_tensor(self, name: str, quant: Quant) -> str:
        """QuantizeLinear and Clip; the name of the integer tensor."""
        dtype = np.int8 if quant.signed else np.uint8
        several = isinstance(quant.scale, tuple)
        shape = (len(quant.scale),) if isinstance(quant.scale, tuple) else ()
        codes = self.node(
            "QuantizeLinear",
            name,
            self.constant(quant.scale),
            self.constant(np.full(shape, quant.zero_point), dtype),
            **({"axis": 1} if several else {}),
        )
        if not quant.clip:
            return codes
        return self.node(
            "Clip", codes, self.constant(quant.low, dtype), self.constant(quant.high, dtype)
        )

    def dequantised_tensor(self, codes: str, quant: Quant) -> str:
        dtype = np.int8 if quant.signed else np.uint8
        several = isinstance(quant.scale, tuple)
        shape = (len(quant.scale),) if isinstance(quant.scale, tuple) else ()
        return self.node(
            "DequantizeLinear",
            codes,
            self.constant(quant.scale),
            self.constant(np.full(shape, quant.zero_point), dtype),
            **({"axis": 1} if several else {}),
        )

    def _dequantised(self, name: str, quant: Quant, start: int, count: int) -> Values:
        made = self.dequantised_tensor(self.quantised_tensor(name, quant), quant)
        sums = tuple((((start + element, Fraction(1)),), Fraction(0)) for element in range(count))
        return Values(made, sums)

    def _block(self) -> int:
        self.blocks += 1
        return self.blocks - 1

    def _batch_normalisation(self, name: str, gain: Any, offset: Any) -> str:
        # A variance of 1/4 and no epsilon: the factor is twice the scale, exactly.
        count = len(gain)
        parts = (np.asarray(gain) / 2, offset, np.zeros(count), np.full(count, 0.25))
        return self.node(
            "BatchNormalization", name, *(self.constant(part) for part in parts), epsilon=0.0
        )

    def _weight(self, stored: Any, quantised: str) -> str:
        if not quantised:
            return self.constant(stored)
        scale, zero = self.constant(0.25), self.constant(0, np.int8)
        if quantised == "int8":
            name = self.constant(stored / 0.25, np.int8)
        else:
            name = self.node("QuantizeLinear", self.constant(stored), scale, zero)
        return self.node("DequantizeLinear", name, scale, zero)

    def _linear(self, name: str, values: Values, matrix: Any, bias: Any) -> Values:
        sums = []
        for row, constant in zip(
            np.asarray(matrix).tolist(), np.asarray(bias).tolist(), strict=True
        ):
            reads: dict[int, Fraction] = {}
            total = Fraction(constant)
            for factor, (entry, inner) in zip(row, values.sums, strict=True):
                if factor:
                    total += Fraction(factor) * inner
                    for signal, weight in entry:
                        reads[signal] = reads.get(signal, Fraction(0)) + Fraction(factor) * weight
            sums.append((tuple(sorted(reads.items())), total))
        return Values(name, tuple(sums))


def sparse_weights(
    rng: np.random.Generator, neurons: int, sources: int, fan_in: int
) -> tuple[np.ndarray, np.ndarray]:
    """Multiples of a quarter, ``fan_in`` of them per neuron, and biases (multiples of 1/16)."""
    matrix = np.zeros((neurons, sources))
    for row in matrix:
        places = rng.choice(sources, min(fan_in, sources), replace=False)
        row[places] = rng.choice([-1, 1], places.size) * rng.integers(1, 9, places.size) / 4
    return matrix, rng.integers(-16, 17, neurons) / 16


S2 = Quant(2, signed=True)
U2 = Quant(2)
OUT = Quant(4, signed=True, scale=0.25)


def dense_transposed(rng: np.random.Generator, opset: int) -> ForeignModel:
    return _dense(rng, opset, trans_b=True)


def dense_untransposed(rng: np.random.Generator, opset: int) -> ForeignModel:
    return _dense(rng, opset, trans_b=False)


def _dense(rng: np.random.Generator, opset: int, *, trans_b: bool) -> ForeignModel:
    b = Builder(5, opset)
    x = b.quantise_features(b.affine(b.features, 0.5, 0.125), S2)
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 6, 5, 3), trans_b=trans_b), U2)
    y = b.quantise(b.gemm(h, *sparse_weights(rng, 3, 6, 3), trans_b=trans_b), OUT)
    return b.finish(y, score_scale=0.75, bias=0.5)


def matmul_and_add(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.matmul_add(x, *sparse_weights(rng, 5, 4, 2)), U2)
    h = b.quantise(b.matmul_add(h, *sparse_weights(rng, 5, 5, 3), swap=True), Quant(3))
    return b.finish(b.quantise(b.matmul_add(h, *sparse_weights(rng, 2, 5, 2)), OUT))


def gather_multiply_reduce(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(5, opset)
    values = b.quantise_features(b.features, S2)
    for neurons, quant in ((6, U2), (4, OUT)):
        rows = [rng.choice(len(values), 3, replace=False) for _ in range(neurons)]
        weight = rng.choice([-1, 1], (neurons, 3)) * rng.integers(1, 9, (neurons, 3)) / 4
        bias = rng.integers(-16, 17, neurons) / 16
        values = b.quantise(b.gathered(values, np.array(rows), weight, bias), quant)
    return b.finish(values)


def skip_connections(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Some neurons behind a Concat read one side of it only."""
    b = Builder(4, opset)
    x = b.quantise_features(b.features, S2)
    first = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 4, 2)), U2)
    both = b.concat(x, first)
    weight, bias = sparse_weights(rng, 5, 8, 3)
    weight[0, 4:], weight[0, :2] = 0, (0.5, -1)
    weight[1, :4], weight[1, 5:7] = 0, (0.5, -1)
    second = b.quantise(b.gemm(both, weight, bias), U2)
    every = b.concat(second, x, first)
    weight, bias = sparse_weights(rng, 3, 13, 3)
    weight[0] = 0
    weight[0, 5:7] = (1, -0.5)
    return b.finish(b.quantise(b.matmul_add(every, weight, bias), OUT))


def every_neuron_reads_one_side(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Behind a Concat, yet no neuron reads the features' side."""
    b = Builder(3, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 3, 2)), U2)
    weight, bias = sparse_weights(rng, 2, 4, 2)
    padded = np.concatenate([np.zeros((2, 3)), weight], axis=1)
    return b.finish(b.quantise(b.gemm(b.concat(x, h), padded, bias), OUT))


def scales_per_channel(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, Quant(2, signed=True, scale=(0.25, 0.5, 1.0, 2.0)))
    hidden = Quant(2, scale=(0.25, 1.0, 0.5, 0.125, 2.0))
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 5, 4, 3)), hidden)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 3, 5, 3)), OUT))


def mixed_widths(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Inputs of one, three and four bits; neurons of one layer differ in address bits."""
    b = Builder(5, opset)
    parts = [
        b.quantise_features(b.pick(b.features, columns), quant)
        for columns, quant in (
            ((4, 0), Quant(3, signed=True, scale=0.25)),
            ((1,), Quant(1, scale=1.0)),
            ((3, 2), Quant(4, scale=0.125)),
        )
    ]
    h = b.quantise(b.gemm(b.concat(*parts), *sparse_weights(rng, 6, 5, 2)), Quant(3, scale=0.25))
    g = b.quantise(b.gemm(h, *sparse_weights(rng, 4, 6, 2)), Quant(1, scale=0.5))
    weight, bias = sparse_weights(rng, 3, 10, 3)
    return b.finish(b.quantise(b.gemm(b.concat(h, g), weight, bias), Quant(5, signed=True)))


def single_bits(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(6, opset)
    bit = Quant(1, scale=1.0)
    values = b.quantise_features(b.features, bit)
    for _ in range(2):
        values = b.quantise(b.gemm(values, *sparse_weights(rng, 6, 6, 4)), bit)
    return b.finish(
        b.quantise(b.gemm(values, *sparse_weights(rng, 3, 6, 5)), Quant(3, signed=True))
    )


def eight_bits_without_clip(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(3, opset)
    x = b.quantise_features(b.features, Quant(8, signed=True, scale=1 / 64, clip=False))
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 3, 1)), Quant(8, scale=1 / 64, clip=False))
    # Narrow again, so that the tables stay small.
    g = b.quantise(b.gemm(h, *sparse_weights(rng, 4, 4, 1)), U2)
    last = Quant(8, signed=True, scale=1 / 32, clip=False)
    return b.finish(b.quantise(b.gemm(g, *sparse_weights(rng, 2, 4, 3)), last))


def zero_points(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, Quant(3, zero_point=3))
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 4, 2)), Quant(3, signed=True, zero_point=-2))
    return b.finish(
        b.quantise(b.gemm(h, *sparse_weights(rng, 3, 4, 2)), Quant(8, zero_point=100, clip=False))
    )


def narrow_ranges(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    narrow = Quant(3, signed=True, scale=0.25, narrow=True)
    values = b.quantise_features(b.features, narrow)
    for neurons in (4, 3):
        values = b.quantise(b.gemm(values, *sparse_weights(rng, neurons, len(values), 2)), narrow)
    return b.finish(values)


def thermometers(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Several one-bit inputs read one feature at different heights."""
    b = Builder(3, opset)
    bit = Quant(1, scale=1.0)
    raw = b.pick(b.features, [0, 0, 0, 2, 2, 1])
    first = b.quantise_features(b.affine(raw, 1.0, [-1, 0.25, 1, -0.5, 0.5, 0]), bit)
    again = b.quantise_features(b.affine(b.features, 2.0, 0.125), S2)
    both = b.concat(first, again)
    h = b.quantise(b.gemm(both, *sparse_weights(rng, 5, 9, 4)), U2)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 3, 5, 3)), OUT))


def quantised_weights(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 5, 4, 3), quantised="int8"), U2)
    y = b.gemm(h, *sparse_weights(rng, 3, 5, 3), quantised="float")
    return b.finish(b.quantise(y, OUT))


def falling_inputs(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Codes that fall while their feature rises."""
    b = Builder(4, opset)
    raw = b.normalise(b.features, [-1.0, 0.5, -0.25, 2.0], [0.25, -0.5, 0, 1])
    x = b.quantise_features(raw, Quant(3, signed=True))
    h = b.normalised(b.gemm(x, *sparse_weights(rng, 5, 4, 2)), [1, -0.5, 2, 1, -1], [0.5] * 5)
    return b.finish(b.quantise(b.gemm(b.quantise(h, U2), *sparse_weights(rng, 3, 5, 3)), OUT))


def constant_neurons(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Neurons without weights, and an input that is masked to a constant."""
    b = Builder(4, opset)
    x = b.quantise_features(b.affine(b.features, [1.0, 0.0, 0.5, 1.0], 0.75), S2)
    weight, bias = sparse_weights(rng, 5, 4, 3)
    weight[2], bias[2] = 0, 1.0
    h = b.quantise(b.gemm(x, weight, bias), U2)
    weight, bias = sparse_weights(rng, 3, 5, 3)
    weight[0], bias[0] = 0, -0.5
    weight[1] = [0, 0.5, -1, 0, 0.25]
    return b.finish(b.quantise(b.gemm(h, weight, bias), OUT))


def only_constants(rng: np.random.Generator, opset: int) -> ForeignModel:
    """A layer of constants, and outputs that read nothing else."""
    b = Builder(2, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.gemm(x, np.zeros((3, 2)), [0.5, 1, 0]), U2)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 2, 3, 2)), OUT))


def one_layer(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, Quant(3, signed=True))
    return b.finish(b.quantise(b.gemm(x, *sparse_weights(rng, 3, 4, 3)), OUT))


def inputs_quantised_twice(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Each output is an input code that went through a quantiser of its own."""
    b = Builder(3, opset)
    x = b.quantise_features(b.features, Quant(4, signed=True, scale=rng.integers(1, 4) / 8))
    return b.finish(b.quantise(x, Quant(3, signed=True)))


def outputs_are_inputs(_: np.random.Generator, opset: int) -> ForeignModel:
    """No layer at all: input codes are the outputs, one of them twice."""
    b = Builder(3, opset)
    picked = b.pick(b.features, [2, 0, 1])
    x = b.quantise_features(picked, Quant(3, signed=True))
    return b.finish(b.concat(x, x))


def masks_and_activations(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Masks on activations, Relu and Abs in front of quantisers, products of products."""
    b = Builder(5, opset)
    x = b.quantise_features(b.features, S2)
    kept = b.masked(x, [1.0, 0.0, -0.5, 1.0, 2.0])
    h = b.quantise(b.activated(b.gemm(kept, *sparse_weights(rng, 6, 5, 3)), "Abs"), U2)
    inner = b.gemm(h, *sparse_weights(rng, 3, 6, 2))
    outer = b.matmul_add(inner, np.eye(3)[[1, 2, 0]] * 0.5, [0.5, 0, -1])
    return b.finish(b.quantise(b.activated(outer, "Relu"), Quant(4, signed=True)))


def moved_about(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Reshape, Transpose, Slice, Squeeze and friends between the layers."""
    b = Builder(6, opset)
    x = b.shuffled(b.quantise_features(b.features, S2), 2)
    h = b.shuffled(b.quantise(b.gemm(x, *sparse_weights(rng, 6, 6, 2)), U2), 3)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 4, 6, 3)), OUT))


FOREIGN: dict[str, Callable[[np.random.Generator, int], ForeignModel]] = {
    make.__name__: make
    for make in (
        dense_transposed,
        dense_untransposed,
        matmul_and_add,
        gather_multiply_reduce,
        skip_connections,
        every_neuron_reads_one_side,
        scales_per_channel,
        mixed_widths,
        single_bits,
        eight_bits_without_clip,
        zero_points,
        narrow_ranges,
        thermometers,
        quantised_weights,
        falling_inputs,
        constant_neurons,
        only_constants,
        one_layer,
        inputs_quantised_twice,
        outputs_are_inputs,
        masks_and_activations,
        moved_about,
    )
}


def foreign_model(kind: str, opset: int = 17, seed: int = 0) -> ForeignModel:
    """One of the models above, with weights drawn from ``seed``."""
    return FOREIGN[kind](np.random.default_rng(seed), opset)
