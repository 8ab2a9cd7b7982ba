from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main

SMALL = """
[data]
task = "jets"
train_samples = 3000
[network]
hidden = [12]
input_bits = 2
bits = [2, 4]
fan_in = [3, 4]
[training]
epochs = 2
batch_size = 64
learning_rate = 0.01
device = "cpu"
"""


_PROGRESS = re.compile(r"(?!error)[a-z-]+: ")


class Program:
    """``logicjsc`` in this process."""

    def __init__(self):
        # Wide enough that no table folds its cells.
        self._runner = CliRunner(env={"COLUMNS": "400"})

    def __call__(self, *arguments, code=0):
        """Run a command that must end with ``code``; its output."""
        result = self._runner.invoke(main, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert result.exit_code == code, result.output
        return result

    def json(self, *arguments, code=0):
        """Run a command whose standard output is one JSON object."""
        report = json.loads(self(*arguments, "--json", code=code).stdout)
        assert isinstance(report, dict)
        return report

    def refused(self, *arguments, code=2):
        """Run a command that must fail with one sentence on standard error; the sentence."""
        result = self(*arguments, code=code)
        # Training shows its settings before anything can go wrong.
        assert result.stdout == "" or arguments[0] == "train"
        # What takes its time says so before.
        lines = [line for line in result.stderr.splitlines() if not _PROGRESS.match(line)]
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("error: ")
        assert "Traceback" not in result.output
        return lines[0]


@dataclass
class Road:
    """What the whole road left behind on a small network, and what each command said."""

    folder: Path
    reports: dict = field(default_factory=dict)

    @property
    def config(self):
        return self.folder / "small.toml"

    @property
    def run(self):
        return self.folder / "runs" / "small"

    @property
    def circuit(self):
        return self.folder / "circuits" / "small"


@pytest.fixture(scope="session")
def cli():
    return Program()


@pytest.fixture
def simulators(monkeypatch, cache):
    """The tests' own cache of compiled simulators."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture(scope="session")
def road(tmp_path_factory, cli, cache):
    """The whole road, once. Read only: tests copy what they change."""
    road = Road(tmp_path_factory.mktemp("road"))
    road.config.write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        road.reports["train"] = cli.json("train", road.config, "--out", road.run)
        road.reports["export-onnx"] = cli.json("export-onnx", road.run)
        road.reports["export-verilog"] = cli.json("export-verilog", road.run, "--out", road.circuit)
        road.reports["verify"] = cli.json("verify", road.run, "--circuit", road.circuit)
    return road


@pytest.fixture
def listing():
    """Names and contents of everything below a folder, to see that nothing was written."""

    def listing(folder):
        return {
            str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))
        }

    return listing


@pytest.fixture(autouse=True)
def _no_progress(monkeypatch):
    """A machine that is busy would otherwise add lines of progress to what commands say."""
    monkeypatch.setattr("logicjsc.core.progress._FIRST", 1e9)
