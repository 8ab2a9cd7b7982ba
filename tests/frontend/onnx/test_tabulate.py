"""ONNX to netlist: what the tables hold, how they are addressed, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from reference.brevitas_models import FEATURES, exported_model, random_network
from reference.damaged_files import damaged
from reference.naive_tabulation import is_input, naive_nodes, naive_stages, netlist_order
from reference.onnx_builder import Builder, Quant, Raw
from reference.onnx_models import FOREIGN, OUT, S2, U2, foreign_model

from logicjsc.core.errors import LogicjscError, OnnxModelError
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph, load_onnx
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.netlist import evaluate

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A smaller seed is no simpler model."""


def assert_equal_to_model(netlist, model, seed=0, vectors=1000):
    """Features and codes give the model's codes and scores, bit by bit."""
    rng = np.random.default_rng(seed)
    runner = CodeRunner(QuantisedModel(Graph(model)))
    count = len(netlist.encoder.feature_names)
    features = rng.normal(0, 1.5, (vectors, count)).astype(np.float32)
    inputs, outputs, scores = runner.run_features(features)
    assert len(np.unique(inputs, axis=0)) > 1
    codes = netlist.encoder.encode(features)
    np.testing.assert_array_equal(codes, inputs)
    results = evaluate(netlist, codes)
    np.testing.assert_array_equal(results, outputs)
    np.testing.assert_array_equal(netlist.decoder.decode(results), scores)
    widths = netlist.input_widths.astype(np.int64)
    if widths.sum() <= 12:
        numbers = np.arange(1 << int(widths.sum()))[:, None]
        codes = (numbers >> (np.cumsum(widths) - widths)) & ((1 << widths) - 1)
    else:
        codes = rng.integers(0, 1 << widths, (vectors, netlist.inputs))
    np.testing.assert_array_equal(evaluate(netlist, codes), runner.run_codes(codes))


def assert_equal_to_reference(netlist, foreign):
    """Every node reads, holds and is placed as the reference says."""
    order, nodes, stages = netlist_order(foreign), naive_nodes(foreign), naive_stages(foreign)
    assert netlist.signals == len(foreign.signals)
    assert [order[output] for output in netlist.outputs] == list(foreign.outputs)
    assert [stages[number] for number in order] == netlist.stages.tolist()
    seen = 0
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        for index in range(layer.nodes):
            number = order[first + index]
            if number not in nodes:
                continue
            expected = nodes[number]
            assert tuple(order[source] for source in layer.inputs[index]) == expected.reads
            assert tuple(layer.tables[index].tolist()) == expected.table
            assert (layer.widths[index], layer.signed[index]) == (expected.width, expected.signed)
            seen += 1
    assert seen == len(nodes)


@settings(max_examples=3, deadline=None, phases=NO_SHRINKING)
@pytest.mark.parametrize("kind", FOREIGN)
@given(opset=st.sampled_from([13, 17, 21]), seed=st.integers(0, 10_000))
def test_foreign_models_equal_onnx_and_the_reference(kind, opset, seed):
    foreign = foreign_model(kind, opset, seed)
    netlist = tabulate(foreign.model, kind)
    assert_equal_to_reference(netlist, foreign)
    assert_equal_to_model(netlist, foreign.model, seed)


@settings(max_examples=3, deadline=None, phases=NO_SHRINKING)
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize(
    "config",
    [
        NetworkConfig(hidden=(8, 6), input_bits=2, bits=2, fan_in=3),
        NetworkConfig(hidden=(7, 6), input_bits=3, bits=(2, 3, 4), fan_in=(3, 4, 2)),
        NetworkConfig(hidden=(), input_bits=3, bits=4, fan_in=3),
        NetworkConfig(hidden=(8, 8, 6), bits=2, fan_in=4, skips=((0, 2), (0, 4), (1, 3), (2, 4))),
        NetworkConfig(hidden=(9,), input_bits=1, bits=(1, 3), fan_in=6, connectivity="random"),
    ],
    ids=["plain", "mixed bits", "one layer", "skips", "single bits"],
)
def test_trained_networks_equal_onnx(config, seed):
    model = exported_model(random_network(config, seed))
    assert_equal_to_model(tabulate(model, "ours"), model, seed)


class TestStructure:
    def test_the_first_input_is_the_most_significant_part_of_the_address(self):
        builder = Builder(2)
        first = builder.quantise_features(builder.pick(builder.features, [0]), Quant(2, scale=1.0))
        second = builder.quantise_features(builder.pick(builder.features, [1]), Quant(3, scale=1.0))
        both = builder.concat(first, second)
        # The output code is 8 times the first code plus the second.
        total = builder.gemm(both, [[8, 1]], [0])
        netlist = tabulate(builder.finish(builder.quantise(total, Quant(5, scale=1.0))).model, "n")
        assert netlist.layers[0].inputs.tolist() == [[0, 1]]
        assert netlist.layers[0].tables.tolist() == [list(range(32))]

    def test_signed_codes_are_twos_complement(self):
        builder = Builder(1)
        values = builder.quantise_features(builder.features, Quant(3, signed=True, scale=1.0))
        negative = builder.quantise(
            builder.gemm(values, [[-1]], [0]), Quant(3, signed=True, scale=1.0)
        )
        netlist = tabulate(builder.finish(negative).model, "n")
        # 0 1 2 3 -4 -3 -2 -1, negated, with 4 clipped to 3.
        assert netlist.layers[0].tables.tolist() == [[0, 7, 6, 5, 3, 3, 2, 1]]
        assert netlist.input_signed.tolist() == [True]
        assert netlist.layers[0].signed.tolist() == [True]

    def test_layers_are_named_by_stage_and_shape(self):
        foreign = foreign_model("mixed_widths", seed=1)
        names = [layer.name for layer in tabulate(foreign.model, "n").layers]
        assert names[:3] == ["layer1", "layer1_2", "layer1_3"]
        assert len(set(names)) == len(names)
        plain = tabulate(foreign_model("dense_transposed").model, "plain")
        assert [layer.name for layer in plain.layers] == ["layer1", "layer2"]
        assert (plain.name, plain.depth) == ("plain", 2)

    def test_skip_connections_reach_across_stages(self):
        netlist = tabulate(foreign_model("skip_connections").model, "n")
        reads = netlist.stages[np.concatenate([x.inputs.ravel() for x in netlist.layers[-2:]])]
        assert set(reads.tolist()) >= {0, 1}
        assert netlist.depth == 3

    def test_inputs_are_named_after_their_features(self):
        plain = tabulate(foreign_model("one_layer").model, "n")
        assert plain.input_names == ("x0", "x1", "x2", "x3")
        assert plain.decoder.class_names == ("class0", "class1", "class2")
        several = tabulate(foreign_model("thermometers").model, "n")
        assert several.input_names[:6] == (
            "x0_1", "x0_2", "x0_3", "x2_1", "x2_2", "x1_1",
        )  # fmt: skip
        assert len(set(several.input_names)) == several.inputs

    def test_features_and_classes_have_the_names_of_the_metadata(self):
        model = exported_model(random_network(NetworkConfig(hidden=()), 0))
        columns = [f"column {index}" for index in range(FEATURES)]
        kept = {entry.key: entry.value for entry in model.metadata_props}
        helper.set_model_props(model, kept | {"feature_names": json.dumps(columns)})
        netlist = tabulate(model, "n")
        assert netlist.encoder.feature_names == tuple(columns)
        assert netlist.input_names == tuple(columns)
        assert netlist.decoder.class_names == ("g", "q", "t", "w", "z")
        helper.set_model_props(model, {"class_names": '["a", "b", "c", "d", "e"]'})
        assert tabulate(model, "n").decoder.class_names == ("a", "b", "c", "d", "e")

    def test_provenance_names_the_exporter_and_the_checkpoint(self):
        model = foreign_model("one_layer").model
        assert tabulate(model, "n").provenance["onnx_producer"] == "elsewhere 1.2"
        helper.set_model_props(model, {"checkpoint_digest": "abc", "dataset": "{}", "secret": "no"})
        provenance = tabulate(model, "n").provenance
        assert provenance["dataset"] == "{}"
        assert provenance["checkpoint_digest"] == "abc"
        assert "secret" not in provenance

    def test_progress_counts_every_neuron_once(self):
        calls = []
        foreign = foreign_model("mixed_widths", seed=1)
        tabulate(foreign.model, "n", on_progress=lambda done, total, _: calls.append((done, total)))
        neurons = sum(not is_input(signal) for signal in foreign.signals)
        assert calls[-1] == (neurons, neurons)
        assert [done for done, _ in calls] == sorted({done for done, _ in calls})

    def test_many_neurons_that_share_no_rows_are_enumerated_in_parts(self, monkeypatch):
        foreign = foreign_model("matmul_and_add", seed=2)
        whole = tabulate(foreign.model, "n")
        monkeypatch.setattr("logicjsc.frontend.onnx.enumeration._ROWS_AT_ONCE", 8)
        for ours, theirs in zip(whole.layers, tabulate(foreign.model, "n").layers, strict=True):
            np.testing.assert_array_equal(ours.tables, theirs.tables)


def finished(builder, name, elements):
    return builder.proto(name, elements)


class TestRefusals:
    def test_a_float_network(self):
        builder = Builder(16)
        hidden = builder.node("Gemm", "x", builder.constant(np.ones((16, 5))))
        model = finished(builder, builder.node("Relu", hidden), 5)
        message = (
            r"layer 'Gemm0' reads 16 float features without a quantiser: .* 512 address bits, the "
            r"limit is 16; train a sparse quantised network .*network\.kind = 'sparse'"
        )
        with pytest.raises(OnnxModelError, match=message):
            tabulate(model, "n")

    def test_a_model_without_layers(self):
        builder = Builder(2)
        model = finished(builder, builder.node("Neg", "x"), 2)
        with pytest.raises(OnnxModelError, match="output 't0' reads 2 float features"):
            tabulate(model, "n")

    def test_features_mixed_in_front_of_a_quantiser(self):
        builder = Builder(3)
        mixed = builder.node("Gemm", "x", builder.constant(np.ones((3, 2))))
        values = builder.quantise_features(Raw(mixed, (0, 1)), S2)
        with pytest.raises(
            OnnxModelError,
            match=r"element 0 of quantiser 'QuantizeLinear1' mixes 3 sources before any quantiser "
            r"\(the first: feature 0, feature 1\), .*quantise each feature by itself first",
        ):
            tabulate(builder.finish(values).model, "n")

    def test_too_many_address_bits(self):
        builder = Builder(6)
        values = builder.quantise_features(builder.features, Quant(3))
        weights = [0.75, 0.1103, 0.7301, 0.3207, 0.9101, 0.5003]
        total = builder.gemm(values, [[0, 0, 1, 1, 0, 0], weights], [0, 0])
        model = builder.finish(builder.quantise(total, U2)).model
        message = (
            r"element 1 of quantiser 'QuantizeLinear4' reads 6 signals with 18 address bits, the "
            r"limit is 16; .* adds, but .*, or raise --max-address-bits"
        )
        with pytest.raises(OnnxModelError, match=message):
            tabulate(model, "n")
        with pytest.raises(OnnxModelError, match="18 address bits, the limit is 17;"):
            tabulate(model, "n", address_limit=17)
        assert tabulate(model, "n", address_limit=18).layers[1].address_bits == 18

    def test_scores_that_no_quantiser_made(self):
        builder = Builder(3)
        values = builder.quantise_features(builder.features, S2)
        total = builder.gemm(values, [[0.75, 0.1103, 0.7301]] * 2, [0, 0])
        with pytest.raises(
            OnnxModelError,
            match=r"output 0 of .* from 3 quantised signals by .*; .* with a quantiser",
        ):
            tabulate(finished(builder, total.name, 2), "n")

    def test_softmax_scores(self):
        builder = Builder(3)
        values = builder.quantise(
            builder.gemm(builder.quantise_features(builder.features, S2), np.eye(3), [0] * 3), OUT
        )
        model = finished(builder, builder.node("Neg", builder.node("Softmax", values.name)), 3)
        with pytest.raises(OnnxModelError, match=r"output 0 of .* from 3 quantised signals"):
            tabulate(model, "n")

    def test_outputs_of_different_scales(self):
        builder = Builder(2)
        values = builder.quantise_features(builder.features, S2)
        quant = Quant(4, signed=True, scale=(0.25, 0.5))
        model = builder.finish(builder.quantise(builder.gemm(values, np.eye(2), [0, 0]), quant))
        with pytest.raises(
            OnnxModelError, match=r"different scores, made by node .*one quantiser of one scale"
        ):
            tabulate(model.model, "n")

    def test_outputs_of_different_widths(self):
        builder = Builder(2)
        values = builder.quantise_features(builder.features, S2)
        ends = [builder.quantise(values, Quant(bits)) for bits in (2, 3)]
        with pytest.raises(OnnxModelError, match=r"outputs of node .* differ in width or sign"):
            tabulate(builder.finish(builder.concat(*ends)).model, "n")

    def test_scores_that_fall_with_the_code(self):
        builder = Builder(2)
        values = builder.quantise_features(builder.features, S2)
        out = builder.quantise(builder.gemm(values, np.eye(2), [0, 0]), OUT)
        with pytest.raises(OnnxModelError, match="do not rise with the output codes"):
            tabulate(builder.finish(out, score_scale=-1.0).model, "n")

    def test_scores_that_overflow(self):
        builder = Builder(2)
        values = builder.quantise_features(builder.features, S2)
        out = builder.quantise(values, replace(OUT, scale=1.0))
        model = builder.finish(out, score_scale=3e38).model
        with pytest.raises(
            OnnxModelError, match=r"some output code has a score, made by .* that is no finite"
        ):
            tabulate(model, "n")

    @pytest.mark.parametrize("function", ["Abs", "Sin", "Cos"])
    def test_inputs_that_turn_around(self, function):
        builder = Builder(2)
        turned = Raw(builder.node(function, "x"), (0, 1))
        values = builder.quantise_features(turned, Quant(3, signed=True, scale=0.25))
        with pytest.raises(
            OnnxModelError,
            match=r"element 0 of quantiser 'QuantizeLinear1' does not rise or fall steadily",
        ):
            tabulate(builder.finish(builder.quantise(values, OUT)).model, "n")

    def test_a_batch_of_one_that_is_only_declared_is_no_obstacle(self):
        foreign = foreign_model("one_layer")
        foreign.model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
        foreign.model.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 1
        assert_equal_to_reference(tabulate(foreign.model, "n"), foreign)

    def test_two_inputs(self):
        model = foreign_model("one_layer").model
        model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1]))
        with pytest.raises(OnnxModelError, match="the model has 2 inputs and 1 outputs"):
            tabulate(model, "n")

    @pytest.mark.parametrize("names", ["oops", "5", '{"a": 1}', '["a", 2, "c"]'])
    def test_metadata_that_holds_no_names(self, names):
        model = foreign_model("one_layer").model
        helper.set_model_props(model, {"class_names": names})
        with pytest.raises(OnnxModelError, match="metadata entry 'class_names' is no JSON list"):
            tabulate(model, "n")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from([k for k in FOREIGN if k != "eight_bits_without_clip"]))
def test_a_damaged_file_gives_a_netlist_or_a_sentence(tmp_path_factory, data, kind):
    content = foreign_model(kind).model.SerializeToString()
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    path.write_bytes(data.draw(damaged(content)))
    try:
        netlist = tabulate(load_onnx(path), "damaged", address_limit=10)
    except LogicjscError:
        return
    assert netlist.outputs.size


OPERATORS = (
    "Abs Add ArgMax Cast Clip Concat CumSum DequantizeLinear Exp Gather Gemm Identity IsNaN Log "
    "MatMul Mul Neg NonZero QuantizeLinear ReduceMax ReduceSum Relu Reshape Round Shape Sign Sin "
    "Size Softmax TopK Transpose Unique Where"
).split()


@settings(max_examples=40, deadline=None)
@given(data=st.data(), kind=st.sampled_from([k for k in FOREIGN if k != "eight_bits_without_clip"]))
def test_a_rewired_graph_gives_an_equal_netlist_or_a_sentence(data, kind):
    foreign = foreign_model(kind)
    graph = foreign.model.graph
    tensors = [name for node in graph.node for name in node.output]
    tensors += ["x", *(entry.name for entry in graph.initializer)]
    node = graph.node[data.draw(st.integers(0, len(graph.node) - 1))]
    if data.draw(st.booleans()):
        node.op_type = data.draw(st.sampled_from(OPERATORS))
    else:
        place = data.draw(st.integers(0, len(node.input) - 1))
        node.input[place] = data.draw(st.sampled_from(tensors))
    try:
        onnx.checker.check_model(foreign.model)
        netlist = tabulate(foreign.model, "rewired", address_limit=10)
        runner = CodeRunner(QuantisedModel(Graph(foreign.model)))
    except (LogicjscError, onnx.checker.ValidationError):
        return
    rng = np.random.default_rng(0)
    limits = 1 << netlist.input_widths.astype(np.int64)
    codes = rng.integers(0, limits, (300, netlist.inputs))
    np.testing.assert_array_equal(evaluate(netlist, codes), runner.run_codes(codes))
