"""Sums of a model become adders, with the model's own codes, or parts of tables, or a refusal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_sums import element_values, signal_codes
from reference.onnx_builder import Builder, ForeignModel, Quant

from logicjsc.check.ladder import _table_rung
from logicjsc.check.rung import Clock
from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import SumLayer, TableLayer, evaluate

X = Quant(4, signed=True, scale=0.25)
OUT = Quant(5, signed=True, scale=0.5)


def kinds(netlist):
    return [type(layer) for layer in netlist.layers]


def assert_exact(foreign: ForeignModel, netlist, scores=None, samples=60, distinct=4):
    """The netlist gives the reference's and onnxruntime's codes, and the scores of its sums."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 1 << netlist.input_widths.astype(np.int64), (samples, netlist.inputs))
    made = evaluate(netlist, codes)
    assert len(np.unique(made, axis=0)) >= distinct
    runner = CodeRunner(QuantisedModel(Graph(foreign.model)))
    np.testing.assert_array_equal(made, runner.run_codes(codes))
    for sample, row in zip(codes.tolist(), made, strict=True):
        signals = signal_codes(foreign, sample)
        if scores is None:
            assert row.tolist() == [signals[output] for output in foreign.outputs]
        else:
            expected = [float(value) for value in element_values(foreign, scores, signals)]
            assert netlist.decoder.decode(row[None])[0].tolist() == expected
    features = rng.normal(0, 1.5, (200, foreign.features)).astype(np.float32)
    inputs, outputs, theirs = runner.run_features(features)
    encoded = netlist.encoder.encode(features)
    np.testing.assert_array_equal(encoded, inputs)
    np.testing.assert_array_equal(evaluate(netlist, encoded), outputs)
    np.testing.assert_array_equal(netlist.decoder.decode(outputs), theirs)


def requantised(builder, total, quant=OUT):
    """A model that scales a sum, adds a bias and quantises it."""
    gain = np.resize([0.75, -0.5, 1.5], len(total))
    offset = np.resize([0.125, 0.0, -1.0], len(total))
    return builder.finish(builder.quantise(builder.normalised(total, gain, offset), quant))


def additions(builder, x, kind):
    """Three sums of four signals each, or of fewer, by different nodes."""
    if kind == "Add":
        pair = builder.added(x, builder.shuffled(x, 2))
        return builder.added(pair, builder.shuffled(pair, 3))
    if kind == "Sum":
        return builder.added(x, builder.shuffled(x, 2), builder.shuffled(x, 3), kind="Sum")
    if kind == "Sub":
        pair = builder.added(x, builder.shuffled(x, 2))
        return builder.added(pair, builder.shuffled(pair, 3), kind="Sub")
    if kind == "ReduceSum":
        return builder.reduced(x, 2)
    matrix = np.array([[1, -2, 0, 0.5, 0, 4], [0, 1, 1, -1, 1, 1]])
    if kind == "MatMul":
        return builder.matmul_add(x, matrix, [0, 0])
    return builder.gemm(x, matrix, [0, 0], trans_b=kind == "Gemm transposed")


@pytest.mark.parametrize(
    "kind", ["Add", "Sub", "Sum", "ReduceSum", "MatMul", "Gemm", "Gemm transposed"]
)
@pytest.mark.parametrize(
    "quant",
    [
        X,
        Quant(3, scale=0.5),
        Quant(3, signed=True, scale=0.375),
        Quant(4, scale=0.25, zero_point=5),
        Quant(4, signed=True, narrow=True, scale=2.0),
        Quant(3, signed=True, scale=(0.25, 1.0, 0.5, 0.25, 2.0, 0.25)),
    ],
)
def test_additions_become_adders_and_tables_behind_them(kind, quant):
    builder = Builder(6)
    x = builder.quantise_features(builder.features, quant)
    foreign = requantised(builder, additions(builder, x, kind))
    netlist = tabulate(foreign.model, "n")
    assert set(kinds(netlist)) == {SumLayer, TableLayer}
    tables = [layer for layer in netlist.layers if isinstance(layer, TableLayer)]
    # Behind an adder, or no larger than one LUT.
    assert all(layer.fan_in == 1 or layer.address_bits <= 6 for layer in tables)
    assert_exact(foreign, netlist)


def test_small_sums_stay_in_tables_beside_adders():
    """Two signals of three bits fill one LUT; three do not."""
    builder = Builder(5)
    x = builder.quantise_features(builder.features, Quant(3, signed=True))
    foreign = requantised(
        builder,
        builder.matmul_add(x, [[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]], [0] * 3),
    )
    netlist = tabulate(foreign.model, "n")
    shapes = sorted((type(layer).__name__, layer.stage, layer.fan_in) for layer in netlist.layers)
    assert shapes == [
        ("SumLayer", 1, 3),
        ("TableLayer", 2, 1),
        ("TableLayer", 2, 1),
        ("TableLayer", 2, 2),
    ]
    assert_exact(foreign, netlist)


def test_a_neuron_may_read_several_sums_and_signals():
    builder = Builder(6)
    x = builder.quantise_features(builder.features, Quant(3, signed=True))
    sums = builder.reduced(x, 2)
    mixed = builder.gemm(builder.concat(sums, x), [[0.7316, 0.5293] + [0] * 5 + [1.2511]], [0.125])
    foreign = builder.finish(builder.quantise(mixed, OUT))
    netlist = tabulate(foreign.model, "n")
    assert [layer.fan_in for layer in netlist.layers] == [3, 3]
    assert netlist.layers[1].address_bits == 5 + 5 + 3
    assert_exact(foreign, netlist)


def test_sums_may_be_the_class_scores():
    builder = Builder(6)
    x = builder.quantise_features(builder.features, X)
    h = builder.quantise(builder.gemm(x, np.eye(6) * 0.75, [0] * 6), Quant(6, signed=True))
    # The classes differ in their number of terms; all have one width and one scale.
    total = builder.matmul_add(
        h, [[1, 1, 1, 1, 1, 1], [0, 1, -1, 0, 0, 0], [0, 2, 0, 0, 0, 0]], [0] * 3
    )
    foreign = ForeignModel(builder.proto(total.name, 3), tuple(builder.signals), ())
    netlist = tabulate(foreign.model, "n")
    (adders,) = {layer.stage for layer in netlist.layers if isinstance(layer, SumLayer)}
    assert adders == 2
    assert len(set(netlist.widths[netlist.outputs].tolist())) == 1
    assert_exact(foreign, netlist, total)
    # Ties go to the lowest class.
    assert netlist.decoder.classify(np.zeros((1, 3), np.uint32)).tolist() == [0]


def test_scores_behind_sums_may_be_shifted_and_scaled():
    builder = Builder(4)
    x = builder.quantise_features(builder.features, X)
    total = builder.matmul_add(x, [[1, 1, 1, 1], [1, -1, 1, -1]], [0] * 2)
    name = builder.node(
        "Mul", builder.node("Add", total.name, builder.constant(0.5)), builder.constant(1.5)
    )
    netlist = tabulate(builder.proto(name, 2), "n")
    scores = netlist.decoder.scores
    width = int(netlist.widths[netlist.outputs[0]])
    values = (np.arange(1 << width) + (1 << width - 1)) % (1 << width) - (1 << width - 1)
    np.testing.assert_array_equal(scores, ((values * 0.25 + 0.5) * 1.5).astype(np.float32))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_random_matrices_of_shifts_equal_the_reference(seed):
    rng = np.random.default_rng(seed)
    features = int(rng.integers(3, 7))
    builder = Builder(features)
    scales = tuple(2.0 ** rng.integers(-3, 2, features))
    signed = bool(rng.integers(2))
    zero = int(rng.integers(0, 4))
    x = builder.quantise_features(
        builder.features, Quant(int(rng.integers(3, 6)), signed, scales, zero)
    )
    matrix = rng.choice([-2, -1, -0.5, 0, 0, 0.5, 1, 2], (3, features))
    matrix[:, 0] = 1
    total = builder.matmul_add(x, matrix, [0] * 3)
    foreign = requantised(builder, total, Quant(4, signed=True))
    netlist = tabulate(foreign.model, "n")
    assert_exact(foreign, netlist, samples=30, distinct=1)


class TestRefusals:
    def refused(self, quant, matrix, bias=0.0):
        builder = Builder(6)
        x = builder.quantise_features(builder.features, quant)
        total = builder.gemm(x, matrix, [bias])
        return requantised(builder, total).model

    def test_scales_without_a_common_unit(self):
        model = self.refused(
            Quant(4, scale=(0.25, 0.25, 0.7316, 0.25, 0.25, 0.25)), np.ones((1, 6))
        )
        with pytest.raises(
            OnnxModelError,
            match=r"24 address bits, .* node 'Gemm3' \(Gemm\) adds, but the scales .* are no "
            r"small multiples of one number; lower the fan-in .*, or raise",
        ):
            tabulate(model, "n")

    def test_scores_of_several_scales(self):
        builder = Builder(4)
        quant = Quant(4, scale=(0.25, 0.25, *[0.25 + 2.0**-15] * 2))
        x = builder.quantise_features(builder.features, quant)
        total = builder.matmul_add(x, [[1, 1, 0, 0], [0, 0, 1, 1]], [0] * 2)
        with pytest.raises(OnnxModelError, match="one quantiser of one scale for all classes"):
            tabulate(builder.proto(total.name, 2), "n")

    def test_sums_too_wide_for_scores(self):
        builder = Builder(2)
        x = builder.quantise_features(builder.features, Quant(8, clip=False))
        total = builder.matmul_add(x, [[1, 1024], [1024, 1]], [0] * 2)
        with pytest.raises(
            OnnxModelError, match=r"scores of node .* are sums of 18 bits, the limit is 16"
        ):
            tabulate(builder.proto(total.name, 2), "n")


def test_the_ladder_sees_a_changed_adder():
    builder = Builder(6)
    x = builder.quantise_features(builder.features, X)
    model = requantised(builder, additions(builder, x, "Gemm")).model
    netlist = tabulate(model, "n")
    assert _table_rung(Clock(), model, netlist).ok
    place = next(i for i, layer in enumerate(netlist.layers) if isinstance(layer, SumLayer))
    layers = list(netlist.layers)
    layers[place] = replace(layers[place], negated=~layers[place].negated)
    wrong = replace(netlist, layers=tuple(layers))
    assert _table_rung(Clock(), model, wrong).mismatches == netlist.table_rows
