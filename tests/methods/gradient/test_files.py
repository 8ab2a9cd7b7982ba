"""The gradient method's own files in a run."""

import json

import pytest
from reference.small_jets import small_splits
from reference.small_runs import config_of, fit, new_run

from logicjsc.core.errors import RunError
from logicjsc.methods.gradient.files import FILES, GradientFiles
from logicjsc.methods.gradient.method import METHOD, export_model


@pytest.fixture
def files(tmp_path):
    return GradientFiles(new_run(tmp_path / "run", config_of(), small_splits()))


def test_metrics_grow_by_a_line_and_are_cut_to_a_number_of_epochs(files):
    files.truncate_metrics(3)
    assert not files.metrics.exists()
    assert files.read_metrics() == []
    entries = [{"epoch": epoch, "loss": 0.5 / epoch} for epoch in range(1, 6)]
    for entry in entries:
        files.append_metrics(entry)
    lines = files.metrics.read_text().splitlines()
    assert [json.loads(line) for line in lines] == entries == files.read_metrics()
    # A line that was being written when the power failed.
    with files.metrics.open("a") as stream:
        stream.write('{"epoch": 6, "lo')
    assert files.read_metrics(5) == entries
    assert files.read_metrics(2) == entries[:2]
    with pytest.raises(RunError, match=r"metrics\.jsonl is damaged"):
        files.read_metrics()
    files.truncate_metrics(5)
    assert files.metrics.read_text().splitlines() == lines
    files.truncate_metrics(2)
    assert files.metrics.read_text().splitlines() == lines[:2]
    files.truncate_metrics(0)
    assert files.metrics.read_text() == ""


def test_a_run_holds_no_others(tmp_path):
    _, run, _ = fit(tmp_path / "run")
    METHOD.netlist(run)
    export_model(run, onnx_format="qonnx")
    shared = {"run.json", "config.toml", "result.json", "netlist.npz"}
    assert {entry.name for entry in run.path.iterdir()} == {*FILES, *shared}
    assert METHOD.files(config_of(), "run") == FILES
