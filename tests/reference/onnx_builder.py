"""A builder of quantised ONNX models that keeps their meaning in plain numbers.

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
    """A float tensor ``[samples, elements]``; each element is a weighted sum of signals."""

    name: str
    sums: tuple[tuple[tuple[tuple[int, Fraction], ...], Fraction], ...]
    activation: Callable[[Fraction], Fraction] = field(default=lambda value: value)

    def __len__(self) -> int:
        return len(self.sums)


@dataclass(frozen=True)
class Raw:
    """A float tensor ``[samples, elements]`` of raw features; None is a constant element."""

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

    def added(self, *parts: Values, kind: str = "Add") -> Values:
        """``Add``, ``Sub`` or ``Sum`` of tensors of one length, or of length one."""
        name = self.node(kind, *(part.name for part in parts))
        length = max(map(len, parts))
        sums = []
        for element in range(length):
            reads: dict[int, Fraction] = {}
            total = Fraction(0)
            for place, part in enumerate(parts):
                sign = -1 if kind == "Sub" and place else 1
                entry, constant = part.sums[element if len(part) > 1 else 0]
                total += sign * constant
                for signal, weight in entry:
                    reads[signal] = reads.get(signal, Fraction(0)) + sign * weight
            sums.append((tuple(sorted(reads.items())), total))
        return Values(name, tuple(sums))

    def reduced(self, values: Values, groups: int) -> Values:
        """``ReduceSum`` over neighbours: ``groups`` of them."""
        box = self.node(
            "Reshape", values.name, self.constant([-1, groups, len(values) // groups], np.int64)
        )
        total = self.node("ReduceSum", box, self.constant([-1], np.int64), keepdims=0)
        members = len(values) // groups
        matrix = np.kron(np.eye(groups), np.ones(members))
        return self._linear(total, values, matrix, np.zeros(groups))

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
    # One that is no power of two: these are weights, not sums and differences.
    row[places[0]] = 0.75
    return matrix, rng.integers(-16, 17, neurons) / 16
