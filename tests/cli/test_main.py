"""The group: help, what it imports, and exit codes."""

import re
import subprocess
import sys

import pytest

from logicjsc import __version__
from logicjsc.core.errors import ConfigError, ToolNotFoundError

COMMANDS = [
    "train",
    "test",
    "export-onnx",
    "finetune",
    "export-verilog",
    "export-c",
    "verify",
    "simplify",
    "map",
    "board",
    "synth",
    "timing",
    "study",
    "frontier",
    "info",
    "configs",
    "settings",
    "demo",
    "completion",
]


def test_help_lists_every_command_and_explains_exit_codes(cli):
    text = cli("--help").stdout
    listed = re.findall(r"^  ([a-z-]+)  ", text.partition("Commands:")[2], re.MULTILINE)
    assert set(COMMANDS) <= set(listed)
    assert "  logicjsc export-verilog runs/flows\n" in text, "examples stand on lines of their own"
    for code in ("0 success", "1 a verification", "2 a mistake", "3 an external", "130 interr"):
        assert code in " ".join(text.split())
    assert cli("-h").stdout == text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_its_options(cli, command):
    text = cli(command, "--help").stdout
    assert text.startswith(f"Usage: main {command} [OPTIONS]")
    assert "\\b" not in text
    if command != "completion":
        assert "--json" in text
    body = text.partition("Options:")[2]
    for option in re.findall(r"^  (--[a-z-]+)", body, re.MULTILINE):
        assert re.search(rf"{option}\b[^\n]*(\n {{10,}})? +\S", body), option


def test_every_listed_command_can_be_loaded(cli):
    text = cli("--help").stdout
    for name in re.findall(r"^  ([a-z-]+)  ", text.partition("Commands:")[2], re.MULTILINE):
        assert cli(name, "--help").stdout


def test_the_version(cli):
    assert cli("--version").stdout == f"logicjsc, version {__version__}\n"


def test_an_unknown_command_is_a_mistake(cli):
    assert "No such command 'trian'" in cli("trian", code=2).stderr


def modules_after(code):
    program = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_help_imports_nothing_heavy():
    loaded = modules_after(
        "from logicjsc.cli.main import main\nmain(['--help'], standalone_mode=False)"
    )
    assert "click" in loaded
    assert not loaded & {"torch", "numpy", "onnx", "onnxruntime", "brevitas", "sklearn", "rich"}


def test_netlists_are_read_and_circuits_emitted_with_numpy_alone(road, tmp_path):
    loaded = modules_after(
        f"""
from pathlib import Path
import logicjsc.netlist, logicjsc.emit.verilog, logicjsc.check.simulator
import numpy as np
netlist = logicjsc.netlist.load_netlist(Path({str(road.run / "netlist.npz")!r}))
logicjsc.netlist.evaluate(netlist, np.zeros((3, netlist.inputs), np.uint8))
logicjsc.emit.verilog.write_circuit(netlist, Path({str(tmp_path / "circuit")!r}))
"""
    )
    assert (tmp_path / "circuit" / "manifest.json").is_file()
    assert "numpy" in loaded
    assert not loaded & {"torch", "onnx", "onnxruntime", "brevitas", "sklearn", "scipy"}


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigError("bad key"), 2), (ToolNotFoundError("no tool"), 3)],
    ids=["mistake", "tool"],
)
def test_errors_become_one_sentence_and_their_exit_code(cli, monkeypatch, error, code):
    def fail(_):
        raise error

    monkeypatch.setattr("logicjsc.artefacts.sources.identify", fail)
    assert cli.refused("test", "anything", code=code) == f"error: {error}"


def test_an_interruption_is_said_and_has_its_own_exit_code(cli, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("logicjsc.artefacts.sources.identify", interrupt)
    result = cli("test", "anything", code=130)
    assert result.stderr.strip() == "interrupted"
