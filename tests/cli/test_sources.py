"""Every command on every kind of source: it works, or says in one sentence why it does not."""

from __future__ import annotations

import pytest
from reference.onnx_models import foreign_model
from reference.typed_models import adding_model


@pytest.fixture(scope="module")
def sources(tmp_path_factory, road):
    """One of each kind."""
    folder = tmp_path_factory.mktemp("sources")
    model = folder / "foreign.onnx"
    model.write_bytes(foreign_model("one_layer").model.SerializeToString())
    rounded = folder / "rounded.onnx"
    wrong = adding_model("float16", 0.1, "MatMul", dequantised=True)
    rounded.write_bytes(wrong.SerializeToString())
    (folder / "empty").mkdir()
    (folder / "table.csv").write_text("a,b\n1,2\n")
    return {
        "run": road.run,
        "config": road.config,
        "model": road.run / "model.onnx",
        "foreign model": model,
        "refused model": rounded,
        "netlist": road.run / "netlist.npz",
        "circuit": road.circuit,
        "point": "jsc-lut-3",
        "study definition": "no-such-study",
        "folder": folder / "empty",
        "table": folder / "table.csv",
        "nothing": folder / "gone",
    }


KINDS = (
    *"run config model netlist circuit point folder table nothing".split(),
    "foreign model",
    "refused model",
    "study definition",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ["info", "test", "frontier"])
def test_a_command_works_or_refuses_in_one_sentence(cli, sources, kind, command, monkeypatch):
    from click.testing import CliRunner

    from logicjsc.cli.main import main

    if command == "frontier" and kind in {"run", "circuit", "netlist", "point"}:
        pytest.skip("measuring takes its time, and is tested with the zoo")
    monkeypatch.setenv("COLUMNS", "400")
    result = CliRunner().invoke(main, [command, str(sources[kind])])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert result.exit_code in {0, 2}, result.output
    if result.exit_code:
        errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1 or "Usage:" in result.stderr, result.output


def test_a_model_is_no_folder_of_networks(cli, sources):
    assert "simplify MODEL.onnx" in cli.refused("frontier", sources["foreign model"])


def test_tables_that_do_not_fit_into_memory_are_refused(cli, tmp_path):
    config = tmp_path / "wide.toml"
    config.write_text(
        '[data]\ntask = "jets"\n[network]\nhidden = [64]\nscores = "sum"\nneuron = "lookup"\n'
        "thresholds = 8\nfan_in = [3, 30]\nbits = [1, 2]\n"
    )
    said = cli.refused("train", config, "--out", tmp_path / "run")
    assert "network.fan_in = 30 of lookup neurons makes tables of 2**30 bits" in said
