"""Exported networks: the file runs anywhere and gives the network's own codes."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from reference.brevitas_models import FEATURES, SCALER, exported_model, random_network

from logicjsc import __version__
from logicjsc.core.errors import OnnxModelError, OutputError
from logicjsc.dataset import DataConfig, Scaler, load_all
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.session import Session
from logicjsc.methods.gradient.checkpoint import SavedModel
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.export import export_onnx
from logicjsc.tasks.jets.arrange import SCHEMA
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

SPARSE = NetworkConfig(hidden=(12, 8), input_bits=3, bits=(2, 3, 5), fan_in=3, skips=((0, 2),))
DENSE = NetworkConfig(kind="dense", hidden=(12, 8))
DIGEST = "c0ffee" + "0" * 58
PROVENANCE = Provenance(DataConfig(task="jets"), SCHEMA, "f1", "clouds")


@pytest.fixture(scope="module")
def samples():
    return load_all(DataConfig(task="jets")).features[:20_000]


@pytest.fixture(scope="module")
def fitted():
    return Scaler.fit(load_all(DataConfig(task="jets")))


def written(tmp_path, network, onnx_format="qcdq", scaler=SCALER, thresholds=None):
    path = tmp_path / "model.onnx"
    export_onnx(SavedModel(network, scaler, PROVENANCE, thresholds, DIGEST), path, onnx_format)
    return path


def plain_scores(model, features):
    """onnxruntime with its own settings, as any user would run it."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"features": features})[0]


def random_features(samples=200, seed=0):
    rng = np.random.default_rng(seed)
    mean, deviation = np.array(SCALER.mean), np.array(SCALER.deviation)
    return (mean + deviation * rng.normal(size=(samples, FEATURES))).astype(np.float32)


@pytest.mark.parametrize(
    "config",
    [
        SPARSE,
        NetworkConfig(hidden=(8,), input_bits=1, bits=(1, 2), fan_in=5),
    ],
    ids=["skips", "one-bit layers"],
)
def test_torch_and_onnx_codes_are_equal_on_real_samples(config, samples, fitted):
    network = random_network(config, 5, fitted)
    _, codes, scores = CodeRunner(
        QuantisedModel(Graph(exported_model(network, fitted)))
    ).run_features(samples)
    features = torch.from_numpy(samples)
    width = config.bits[-1]
    expected = network.output_codes(features).numpy() & ((1 << width) - 1)
    assert len(np.unique(expected)) > 1
    differing = (codes != expected).any(axis=1)
    assert differing.sum() <= len(samples) / 100_000
    with torch.no_grad():
        wanted = network(features).numpy()
    np.testing.assert_allclose(scores[~differing], wanted[~differing], rtol=1e-6, atol=1e-6)


def test_a_sparse_network_runs_the_same_in_plain_onnxruntime(samples, fitted):
    # Not so with torch's newer exporter: it gives onnxruntime's optimiser weights to quantise.
    model = exported_model(random_network(SPARSE, 3, fitted), fitted)
    ours = Session(model).run({"features": samples})[0]
    differing = (plain_scores(model, samples) != ours).any(axis=1)
    assert differing.sum() <= len(samples) / 100_000


def test_a_dense_network_gives_torch_scores(samples, fitted):
    network = random_network(DENSE, 1, fitted)
    model = exported_model(network, fitted)
    with torch.no_grad():
        expected = network(torch.from_numpy(samples)).numpy()
    assert expected.std() > 0.1
    np.testing.assert_allclose(plain_scores(model, samples), expected, rtol=1e-4, atol=1e-4)
    ours = Session(model).run({"features": samples})[0]
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("config", [SPARSE, DENSE], ids=["sparse", "dense"])
def test_the_batch_axis_is_free_and_the_ends_have_their_names(config):
    model = exported_model(random_network(config, 0))
    (entry,), (out,) = model.graph.input, model.graph.output
    assert (entry.name, out.name) == ("features", "scores")
    axes = entry.type.tensor_type.shape.dim
    assert (axes[0].dim_param, axes[1].dim_value) == ("samples", 16)
    for samples in (1, 2, 33):
        assert plain_scores(model, random_features(samples)).shape == (samples, 5)


@pytest.mark.parametrize("onnx_format", ["qcdq", "qonnx"])
def test_metadata_is_complete(tmp_path, onnx_format):
    path = written(tmp_path, random_network(SPARSE, 0), onnx_format)
    metadata = metadata_of(load_onnx(path) if onnx_format == "qcdq" else onnx.load(path))
    assert metadata == {
        "logicjsc_version": __version__,
        "checkpoint_digest": DIGEST,
        "feature_names": json.dumps(FEATURE_NAMES),
        "class_names": json.dumps(CLASS_NAMES),
        "target": json.dumps(SCHEMA.target.to_dict()),
        KEY: PROVENANCE.to_text(),
        "scaler_mean": json.dumps(SCALER.mean),
        "scaler_deviation": json.dumps(SCALER.deviation),
    }
    again = Scaler(
        tuple(json.loads(metadata["scaler_mean"])),
        tuple(json.loads(metadata["scaler_deviation"])),
        thresholds=SCALER.thresholds,  # the graph compares with them, metadata need not
    )
    assert asdict(again) == asdict(SCALER)
    assert Provenance.in_netlist(metadata) == PROVENANCE


def test_words_and_thresholds_are_in_the_metadata_if_there_are_any(tmp_path):
    words = FixedPoint.uniform(6, (-2,) * FEATURES, (-32,) * FEATURES)
    scaler = replace(SCALER, words=words)
    thresholds = np.float32([0.25, -1.5])
    network = random_network(SPARSE, 0, scaler)
    metadata = metadata_of(load_onnx(written(tmp_path, network, "qcdq", scaler, thresholds)))
    assert FixedPoint.from_dict(json.loads(metadata["feature_words"])) == words
    assert json.loads(metadata["thresholds"]) == thresholds.tolist()


@pytest.mark.parametrize("onnx_format", ["qcdq", "qonnx"])
@pytest.mark.parametrize("config", [SPARSE, DENSE], ids=["sparse", "dense"])
def test_the_network_is_left_as_it_was_and_can_be_trained_on(tmp_path, config, onnx_format):
    network = random_network(config, 0).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    written(tmp_path, network, onnx_format)
    assert all(module.training for module in network.modules())
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    optimiser = torch.optim.SGD(network.parameters(), 0.1)
    network(torch.from_numpy(random_features(64))).square().mean().backward()
    optimiser.step()
    trained = network.state_dict()
    assert any(not torch.equal(value, trained[name]) for name, value in before.items())


def test_two_exports_are_equal_byte_by_byte(tmp_path):
    network = random_network(SPARSE, 0)
    first = written(tmp_path, network).read_bytes()
    assert written(tmp_path, network).read_bytes() == first


def test_qonnx_executes_to_the_same_scores(tmp_path):
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    network = random_network(SPARSE, 2)
    model = ModelWrapper(str(written(tmp_path, network, "qonnx")))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("Quant") == 4
    assert not {"QuantizeLinear", "Clip"} & set(kinds)
    features = random_features(12)
    with torch.no_grad():
        expected = network(torch.from_numpy(features)).numpy()
    assert len(np.unique(expected)) > 2
    model.set_tensor_shape("features", list(features.shape))
    model = model.transform(InferShapes())
    scores = execute_onnx(model, {"features": features})["scores"]
    np.testing.assert_allclose(scores, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("bits", [{"input_bits": 1}, {"bits": (1, 2)}, {"bits": (2, 1)}])
def test_qonnx_of_one_bit_is_refused_before_anything_is_written(tmp_path, bits):
    network = random_network(NetworkConfig(hidden=(8,), **bits), 0)
    with pytest.raises(OnnxModelError, match=r"one-bit .* export it as QCDQ, or .*at least 2 bits"):
        written(tmp_path, network, "qonnx")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = written(tmp_path, random_network(SPARSE, 0))
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    with pytest.raises((OSError, OutputError), match="No space left"):
        written(tmp_path, random_network(SPARSE, 1))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_exporting_prints_nothing(tmp_path, capfd):
    written(tmp_path, random_network(SPARSE, 0))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
