"""Models run on codes: what goes in between must not matter."""

import numpy as np
import onnx
import onnxruntime
import pytest
from reference.naive_tabulation import is_input
from reference.onnx_builder import Builder, Quant
from reference.onnx_models import FOREIGN, foreign_model

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantised import QuantisedModel


def runner_of(model):
    return CodeRunner(QuantisedModel(Graph(model)))


def plain_outputs(model, features, names):
    """Tensors of the whole model, by onnxruntime alone."""
    part = onnx.ModelProto()
    part.CopyFrom(model)
    del part.graph.output[:]
    part.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(part.SerializeToString(), options)
    return session.run(names, {model.graph.input[0].name: features})


@pytest.mark.parametrize("kind", FOREIGN)
def test_codes_of_features_are_the_models_own_integers(kind):
    foreign = foreign_model(kind, seed=7)
    features = np.random.default_rng(1).normal(0, 2, (300, foreign.features)).astype(np.float32)
    runner = runner_of(foreign.model)
    inputs, outputs, scores = runner.run_features(features)
    quantisers = runner.model.quantisers
    names = [entry.codes for entry in quantisers]
    *tensors, expected = plain_outputs(foreign.model, features, [*names, runner.model.graph.output])
    every = np.concatenate([tensor.reshape(300, -1).astype(int) for tensor in tensors], axis=1)
    patterns = every & np.array([(1 << signal.quant.bits) - 1 for signal in foreign.signals])
    wanted = [number for number, signal in enumerate(foreign.signals) if is_input(signal)]
    np.testing.assert_array_equal(inputs, patterns[:, wanted])
    np.testing.assert_array_equal(outputs, patterns[:, foreign.outputs])
    np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize("kind", FOREIGN)
def test_running_on_input_codes_gives_what_running_on_features_gives(kind):
    foreign = foreign_model(kind, seed=8)
    features = np.random.default_rng(2).normal(0, 2, (300, foreign.features)).astype(np.float32)
    runner = runner_of(foreign.model)
    inputs, outputs, _ = runner.run_features(features)
    assert len(np.unique(inputs, axis=0)) > 4
    np.testing.assert_array_equal(runner.run_codes(inputs), outputs)


def test_constants_beside_inputs_keep_their_code():
    foreign = foreign_model("constant_neurons")
    runner = runner_of(foreign.model)
    # The second of four features is masked to 0.75, which is clipped to code 1 of steps of a half.
    assert runner.inputs.tolist() == [4, 6, 7]
    assert runner._resting_codes[runner.model.quantisers[0]][0, 1] == 1


def test_features_quantised_together_with_signals_are_refused():
    builder = Builder(2)
    values = builder.quantise_features(builder.features, Quant(2))
    both = builder.node("Concat", "x", values.name, axis=1)
    out = builder.dequantised_tensor(builder.quantised_tensor(both, Quant(2)), Quant(2))
    with pytest.raises(
        OnnxModelError, match=r"'QuantizeLinear4' quantises raw features together .* by themselves"
    ):
        runner_of(builder.proto(out, 4))


def test_no_samples_give_no_codes():
    runner = runner_of(foreign_model("skip_connections").model)
    inputs, outputs, scores = runner.run_features(np.zeros((0, 4), np.float32))
    assert (inputs.shape, outputs.shape, scores.shape) == ((0, 4), (0, 3), (0, 3))
    assert runner.run_codes(inputs).shape == (0, 3)
