"""``logicjsc demo``: the whole road in one command, twice over the same place."""

import pytest


@pytest.mark.usefixtures("simulators")
def test_the_demo_goes_from_samples_to_a_proven_circuit_and_can_be_repeated(
    cli, road, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(road.config.read_text())
    report = cli.json("demo", "small.toml")
    trained = road.reports["train"]
    for key in ("accuracy", "loss", "auc", "samples", "sizes"):
        assert report[key] == trained[key]
    assert report["ok"] is True
    assert report["mismatches"] == 0
    assert report["samples_simulated"] == 10_000
    assert report["vectors"] > 100_000
    assert report["table_rows"] == road.reports["export-verilog"]["table_rows"]
    assert report["latency_cycles"] == 2
    assert set(report["seconds"]) == {"train", "export ONNX, tabulate", "write Verilog", "verify"}
    assert (tmp_path / "runs" / "demo-small" / "verify.json").is_file()
    assert (tmp_path / "hw" / "build" / "demo-small" / "manifest.json").is_file()
    text = cli("demo", "small.toml").stdout
    assert "small: from samples to a proven circuit" in text
    assert "vectors simulated" in text
