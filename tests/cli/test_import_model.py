"""``logicjsc import``: a command per kind, with the kind's own settings as options."""

import pytest

from logicjsc.netlist import digest_of, load_netlist


@pytest.fixture
def model(road, tmp_path):
    target = tmp_path / "mine.onnx"
    target.write_bytes((road.run / "model.onnx").read_bytes())
    return target


def test_a_model_becomes_the_same_netlist_as_on_any_other_way(cli, road, model, tmp_path):
    out = tmp_path / "made.npz"
    report = cli.json("import", "onnx", model, "--out", out, "--name", road.run.name)
    assert report["out"] == str(out)
    assert digest_of(load_netlist(out)) == digest_of(load_netlist(road.run / "netlist.npz"))


def test_samples_that_are_named_are_tested_and_remembered(cli, road, model, tmp_path):
    out = tmp_path / "made.npz"
    report = cli.json("import", "onnx", model, "--out", out, "--data", "jets")
    assert report["test"]["accuracy"] == road.reports["train"]["accuracy"]
    assert cli.json("test", out)["accuracy"] == report["test"]["accuracy"]


def test_people_read_a_table_and_what_comes_next(cli, model, tmp_path):
    out = tmp_path / "made.npz"
    text = cli("import", "onnx", model, "--out", out, "--data", "jets").stdout
    assert "on test samples" in text
    assert f"next: logicjsc export-verilog {out}" in text


def test_mistakes_are_sentences(cli, model, tmp_path):
    for arguments, sentence in (
        (("import", "onnx", model, "--address-limit", 99), "address_limit = 99 must be at most 24"),
        (("import", "onnx", tmp_path / "none.onnx"), "there is no file"),
        (("import", "jpeg", model), "No such command 'jpeg'"),
    ):
        result = cli(*arguments, code=2)
        assert sentence in result.stderr
    assert not list(tmp_path.glob("*.npz"))
