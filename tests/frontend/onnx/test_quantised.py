"""Quantisers found in a graph: widths, signs, numbering, and refusals by name."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_tabulation import is_input, is_masked_feature
from reference.onnx_builder import Builder, Quant
from reference.onnx_models import FOREIGN, foreign_model

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.quantiser import Quantiser


def opened(model):
    return QuantisedModel(Graph(model))


def expected_sources(foreign, number):
    """What a signal reads, in the product's numbers: features first, then signals."""
    signal = foreign.signals[number]
    if is_input(signal):
        return [signal.feature]
    if is_masked_feature(foreign, number):
        return []
    return [foreign.features + source for source, _ in signal.reads]


def shuffled(model, seed):
    """The same graph with its nodes in another valid order."""
    rng = np.random.default_rng(seed)
    result = onnx.ModelProto()
    result.CopyFrom(model)
    waiting = list(model.graph.node)
    known = {"x", *(entry.name for entry in model.graph.initializer)}
    del result.graph.node[:]
    while waiting:
        ready = [node for node in waiting if known.issuperset(node.input)]
        node = ready[int(rng.integers(len(ready)))]
        waiting.remove(node)
        known.update(node.output)
        result.graph.node.append(node)
    return result


@pytest.mark.parametrize("opset", [13, 17, 21])
@pytest.mark.parametrize("kind", FOREIGN)
def test_every_signal_is_found_with_its_width_its_sign_and_what_it_reads(kind, opset):
    foreign = foreign_model(kind, opset, seed=5)
    model = opened(foreign.model)
    features = foreign.features
    assert len(model.inputs_of) == features + len(foreign.signals)
    for number, signal in enumerate(foreign.signals):
        quantiser = model.quantiser_of(features + number)
        assert (quantiser.width, quantiser.signed) == (signal.quant.bits, signal.quant.signed)
        assert (quantiser.low, quantiser.high) == (signal.quant.low, signal.quant.high)
        found = model.inputs_of[features + number].tolist()
        assert found == expected_sources(foreign, number)
    assert (model.outputs - features).tolist() == list(foreign.outputs)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["skip_connections", "thermometers", "mixed_widths"]), st.integers(0, 999))
def test_the_order_of_the_nodes_does_not_matter(kind, seed):
    # Codes are often made in another order than they are read.
    foreign = foreign_model(kind)
    plain, other = opened(foreign.model), opened(shuffled(foreign.model, seed))

    def wiring(model):
        return {
            model.describe(source): {model.describe(int(entry)) for entry in inputs}
            for source, inputs in enumerate(model.inputs_of)
        }

    assert wiring(plain) == wiring(other)
    assert [plain.describe(s) for s in plain.outputs] == [other.describe(s) for s in other.outputs]


@given(st.integers(-128, 127), st.integers(0, 255), st.booleans())
def test_the_width_is_the_smallest_that_holds_every_code(low, span, unsigned):
    low = low + 128 if unsigned else low
    high = min(low + span, 255 if unsigned else 127)
    quantiser = Quantiser("q", "c", 0, 1, low, high)
    assert quantiser.signed == (low < 0)

    def holds(width):
        if low < 0:
            return -(2 ** (width - 1)) <= low and high < 2 ** (width - 1)
        return high < 2**width

    assert holds(quantiser.width)
    assert quantiser.width == 1 or not holds(quantiser.width - 1)


@pytest.mark.parametrize(
    "quant", [Quant(3), Quant(3, signed=True), Quant(8), Quant(8, signed=True)]
)
def test_codes_are_bit_patterns_of_the_models_integers(quant):
    builder = Builder(2)
    builder.quantise_features(builder.features, quant)
    values = builder.quantise_features(builder.features, quant)
    model = opened(builder.finish(values).model)
    _, quantiser = model.quantisers
    codes = np.arange(1 << quant.bits, dtype=np.uint32)[:, None].repeat(2, axis=1)
    integers = model.write_codes(quantiser, codes)
    assert integers.dtype == (np.int8 if quant.signed else np.uint8)
    assert integers.min() == quant.low
    assert integers.max() == quant.high
    assert len(set(integers[:, 0].tolist())) == len(codes)
    for code, integer in zip(codes[:, 0].tolist(), integers[:, 0].tolist(), strict=True):
        assert integer % (1 << quant.bits) == code
    np.testing.assert_array_equal(model.read_codes(quantiser, integers), codes)


def test_signals_are_described_by_their_place_in_the_graph():
    model = opened(foreign_model("one_layer").model)
    assert model.describe(2) == "feature 2"
    assert model.describe(4) == "element 0 of quantiser 'QuantizeLinear0'"
    with pytest.raises(OnnxModelError, match="source 2 is a raw feature"):
        model.quantiser_of(2)


class TestRefusals:
    def quantised(self, dtype=np.int8, **attributes):
        """A builder and a tensor of codes."""
        builder = Builder(2, 21)
        zero = builder.constant(0, dtype)
        return builder, builder.node(
            "QuantizeLinear", "x", builder.constant(0.5), zero, **attributes
        )

    def dequantised(self, builder, codes, dtype=np.int8):
        zero = builder.constant(0, dtype)
        return builder.node("DequantizeLinear", codes, builder.constant(0.5), zero)

    @pytest.mark.parametrize("dtype", ["int16", "uint16"])
    def test_sixteen_bit_integers(self, dtype):
        builder, codes = self.quantised(dtype)
        out = self.dequantised(builder, codes, dtype)
        (quantiser,) = opened(builder.proto(out, 2)).quantisers
        assert quantiser.width == 16
        assert quantiser.signed == (dtype == "int16")

    def test_four_bit_integers(self):
        import ml_dtypes

        builder, codes = self.quantised(ml_dtypes.int4)
        out = self.dequantised(builder, codes, ml_dtypes.int4)
        (quantiser,) = opened(builder.proto(out, 2)).quantisers
        assert (quantiser.low, quantiser.high, quantiser.width) == (-8, 7, 4)

    def test_codes_that_no_quantiser_made(self):
        builder = Builder(2)
        out = self.dequantised(builder, builder.node("Cast", "x", to=onnx.TensorProto.INT8))
        with pytest.raises(
            OnnxModelError, match=r"'DequantizeLinear\d' .*dequantises something that no"
        ):
            opened(builder.proto(out, 2))

    def test_codes_that_were_changed_on_the_way(self):
        builder, codes = self.quantised()
        turned = builder.node("Reshape", codes, builder.constant([-1, 2], np.int64))
        out = self.dequantised(builder, turned)
        with pytest.raises(OnnxModelError, match="only QCDQ and QONNX models can be tabulated"):
            opened(builder.proto(out, 2))

    def test_a_clip_to_nothing(self):
        builder, codes = self.quantised()
        bounds = [builder.constant(bound, np.int8) for bound in (3, -3)]
        out = self.dequantised(builder, builder.node("Clip", codes, *bounds))
        with pytest.raises(OnnxModelError, match=r"'Clip\d' .*clips to 3 to -3"):
            opened(builder.proto(out, 2))

    def test_a_clip_with_one_bound_and_a_clip_without(self):
        builder, codes = self.quantised()
        out = self.dequantised(builder, builder.node("Clip", codes, builder.constant(-3, np.int8)))
        (quantiser,) = opened(builder.proto(out, 2)).quantisers
        assert (quantiser.low, quantiser.high, quantiser.width) == (-3, 127, 8)
        builder, codes = self.quantised()
        out = self.dequantised(
            builder, builder.node("Clip", codes, "", builder.constant(5, np.int8))
        )
        (quantiser,) = opened(builder.proto(out, 2)).quantisers
        assert (quantiser.low, quantiser.high, quantiser.width) == (-128, 5, 8)

    def test_scores_of_several_signals(self):
        builder = Builder(3)
        values = builder.quantise_features(builder.features, Quant(2))
        out = builder.node("Neg", builder.node("Softmax", values.name, axis=1))
        with pytest.raises(
            OnnxModelError,
            match=r"output 0 .* from 3 quantised signals by .*\(Softmax\); .*leave Softmax",
        ):
            opened(builder.proto(out, 3))

    def test_scores_of_raw_features(self):
        builder = Builder(3)
        values = builder.quantise_features(builder.features, Quant(2))
        out = builder.node("Concat", values.name, "x", axis=1)
        with pytest.raises(OnnxModelError, match=r"output 3 of .* computed from 1 raw features"):
            opened(builder.proto(out, 6))

    def test_scores_that_are_no_row(self):
        builder = Builder(4)
        values = builder.quantise_features(builder.features, Quant(2))
        out = builder.node("Reshape", values.name, builder.constant([-1, 2, 2], np.int64))
        with pytest.raises(
            OnnxModelError, match=r"has shape \(2, 2\) per sample; one row of class"
        ):
            opened(self.untyped(builder, out))

    def test_scores_that_never_change(self):
        builder = Builder(2)
        builder.quantise_features(builder.features, Quant(2))
        out = builder.node("Add", builder.constant([1, 2]), builder.constant([1, 2]))
        with pytest.raises(OnnxModelError, match=f"output '{out}' does not depend on the features"):
            opened(self.untyped(builder, out))

    def untyped(self, builder, output):
        """A model whose output has no declared shape."""
        info = onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)
        features = onnx.helper.make_tensor_value_info(
            "x", onnx.TensorProto.FLOAT, [None, builder.width]
        )
        graph = onnx.helper.make_graph(builder.nodes, "g", [features], [info], builder.initialisers)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
        model.ir_version = 8
        return model
