"""The whole way of a model of trees: names, leaf bits from samples, circuit, command line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import logicjsc as lj
from logicjsc.cli.main import main
from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset.schema import Schema, Target
from logicjsc.frontend.importer import kind_of
from logicjsc.netlist.scoring import metrics_of

from .conftest import BINARY, CLASSES, FEATURES, VALUES, fitted, imported
from .test_onnx import exported


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def dataset(targets, **given):
    """Samples of the features that the models were fitted to."""
    frame = pd.DataFrame(FEATURES, columns=list("abcd"))
    frame["target"] = targets
    return lj.load_dataset(frame, "target", **given)


@pytest.mark.parametrize(
    ("name", "targets"),
    [("xgboost binary", BINARY), ("lightgbm classes", CLASSES), ("sk boosted values", VALUES)],
)
def test_samples_choose_the_fewest_bits_that_keep_the_fit(name, targets):
    data = dataset(targets)
    found = imported(fitted(name), data)
    rows = found.tables["leaf bits"]
    column = "RMSE" if targets is VALUES else "accuracy"
    best = rows[0][f"{column} unrounded"]

    def keeps(row):
        return row[column] <= best * 1.001 if column == "RMSE" else row[column] >= best - 0.001

    fine = [row["leaf bits"] for row in rows if keeps(row)]
    assert found.facts["leaf_bits"] == min(fine) < 12
    assert found.netlist.encoder.feature_names == tuple("abcd")
    assert found.netlist.decoder.class_names == data.schema.target.names
    reported = next(row for row in rows if row["leaf bits"] == found.facts["leaf_bits"])
    metrics = metrics_of(found.netlist, data.train)
    measured = metrics.rmse["target"] if column == "RMSE" else metrics.accuracy
    assert measured == pytest.approx(reported[column], abs=1e-4)


def test_without_samples_there_are_8_bits_and_neutral_names():
    found = imported(fitted("xgboost binary"))
    assert found.facts["leaf_bits"] == 8
    assert found.netlist.encoder.feature_names == ("x0", "x1", "x2", "x3")
    assert found.netlist.decoder.class_names == ("class0", "class1")
    assert [row["leaf bits"] for row in found.tables["leaf bits"]] == list(range(1, 13))


def test_names_of_the_model_win(binary_booster):
    binary_booster.feature_names = ["pt", "eta", "phi", "m"]
    try:
        netlist = imported(binary_booster).netlist
    finally:
        binary_booster.feature_names = None
    assert netlist.encoder.feature_names == ("pt", "eta", "phi", "m")
    assert netlist.input_names[0] == "pt_0"
    words = imported(fitted("lightgbm one against all")).netlist
    assert words.decoder.class_names == ("low", "middle", "top")


def test_two_classes_that_are_no_binary_target_get_two_outputs():
    data = dataset(BINARY)
    names = data.schema.target.names
    schema = Schema(data.schema.columns, Target("classes", names))
    parts = {
        part: replace(getattr(data, part), schema=schema)
        for part in ("train", "validation", "test")
    }
    for name in ("xgboost binary", "sk boosted binary", "sk tree binary"):
        one = imported(fitted(name), data).netlist
        two = imported(fitted(name), replace(data, **parts)).netlist
        assert (one.decoder.kind, two.decoder.kind) == ("binary", "classes")
        assert len(two.outputs) == 2
        accuracies = [
            metrics_of(net, part).accuracy for net, part in ((one, data.test), (two, parts["test"]))
        ]
        assert accuracies[0] == accuracies[1]


def test_samples_whose_yes_is_the_models_no_are_refused():
    data = dataset(BINARY, positive="0")
    assert data.schema.target.names == ("1", "0")
    with pytest.raises(DataError, match=r"decides binary \(0, 1\), the samples .* binary \(1, 0\)"):
        imported(fitted("xgboost binary"), data)


def test_objects_and_files_are_recognised(tmp_path):
    for name in ("sk forest binary", "xgboost binary", "lightgbm values", "catboost classes"):
        assert kind_of(fitted(name)) == "trees"
    for suffix in (".ubj", ".cbm", ".joblib"):
        assert kind_of(tmp_path / f"model{suffix}") == "trees"
    assert kind_of(tmp_path / "model.onnx") == "onnx"


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="leaf_bits = 25 must be at most 24"):
        lj.import_model(fitted("xgboost binary"), leaf_bits=25)
    with pytest.raises(ConfigError, match="leaves"):
        lj.import_model(fitted("xgboost binary"), leaves=25)


def test_more_bits_than_an_output_has_are_lowered_and_said():
    found = imported(fitted("sk boosted classes"), leaf_bits=24)
    assert found.facts["leaf_bits"] < 24
    assert any("not 24" in note for note in found.notes)


@pytest.mark.parametrize("name", ["catboost classes", "sk forest binary"])
def test_a_model_becomes_a_mapped_circuit_that_is_proven(tmp_path, name):
    targets = CLASSES if "classes" in name else BINARY
    data = dataset(targets)
    net = lj.import_model(fitted(name), data=None, leaf_bits=4, table_bits=6)
    verdict = net.map("low").emit(tmp_path / "circuit").verify()
    assert verdict.ok
    assert verdict.mismatches == 0
    assert any("proven" in rung.name for rung in verdict.rungs)
    decided = net.predict(data.test.features)
    assert len(decided) == len(data.test)


def test_an_onnx_file_of_trees_goes_every_road(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = exported("sk boosted classes", tmp_path)
    rows = pd.DataFrame(FEATURES, columns=[f"x{place}" for place in range(4)])
    rows["target"] = np.array(["low", "middle", "top"])[CLASSES]
    rows.to_csv("rows.csv", index=False)

    def call(*arguments):
        result = CliRunner().invoke(main, [*map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.stdout

    described = json.loads(call("info", file, "--json"))
    assert described["trees"] == 18
    assert described["inputs"] == described["thresholds"]
    tested = json.loads(call("test", file, "--data", "rows.csv", "--json"))
    assert tested["accuracy"] > 0.7
    call("export-verilog", file, "--out", "circuit")
    verified = json.loads(call("verify", file, "--circuit", "circuit", "--json"))
    assert verified["ok"]
    assert not any("ONNX" in rung["name"] for rung in verified["rungs"])
    report = json.loads(
        call("import", "trees", file, "--leaf-bits", 5, "--data", "rows.csv", "--json")
    )
    assert report["facts"]["leaf_bits"] == 5
    assert report["test"]["accuracy"] > 0.7
    assert "random rows decided otherwise" in call("import", "trees", file).replace("_", " ")
