"""``logicjsc export-onnx``: both formats, both readable by others."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from logicjsc.core.run import Run
from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.methods.gradient import checkpoint
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def test_the_default_is_a_model_for_onnxruntime_in_the_run(road):
    report = road.reports["export-onnx"]
    path = road.run / "model.onnx"
    assert report["onnx"] == str(path)
    assert report["format"] == "qcdq"
    assert report["bytes"] == path.stat().st_size > 0
    features = load_dataset(DataConfig(task="jets")).test.features[:2000]
    session = onnxruntime.InferenceSession(path, disabled_optimizers=["WeightBiasQuantization"])
    (scores,) = session.run(None, {"features": features})
    saved = checkpoint.load_model(Run(road.run))
    with torch.no_grad():
        expected = saved.network(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_the_model_names_its_features_classes_and_checkpoint(road):
    model = onnx.load(road.run / "model.onnx")
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    saved = checkpoint.load_model(Run(road.run))
    assert json.loads(metadata["feature_names"]) == list(FEATURE_NAMES)
    assert json.loads(metadata["class_names"]) == list(CLASS_NAMES)
    assert json.loads(metadata["scaler_mean"]) == list(saved.scaler.mean)
    assert metadata["checkpoint_digest"] == saved.digest


def test_qonnx_keeps_each_quantiser_as_one_node(cli, road, tmp_path):
    out = tmp_path / "deep" / "model.onnx"
    report = cli.json("export-onnx", road.run, "--format", "qonnx", "--out", out)
    assert (report["onnx"], report["format"]) == (str(out), "qonnx")
    kinds = [node.op_type for node in onnx.load(out).graph.node]
    # The input and two layers; one-bit quantisers would be BipolarQuant.
    assert kinds.count("Quant") == 3
    assert "QuantizeLinear" not in kinds
    assert [file.name for file in out.parent.iterdir()] == ["model.onnx"]


def test_people_are_told_the_file_and_its_size(cli, road, tmp_path):
    result = cli("export-onnx", road.run, "--out", tmp_path / "m.onnx")
    size = (tmp_path / "m.onnx").stat().st_size
    assert result.stdout == f"wrote {tmp_path / 'm.onnx'} ({size:,} bytes)\n"
    assert result.stderr == ""


@pytest.mark.parametrize("onnx_format", ["qcdq", "qonnx"])
def test_exporting_twice_gives_the_same_bytes(cli, road, tmp_path, onnx_format):
    for name in ("one.onnx", "two.onnx"):
        cli("export-onnx", road.run, "--format", onnx_format, "--out", tmp_path / name)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
