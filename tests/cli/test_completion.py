"""Completion scripts, and what they complete."""

import os
import shutil
import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_logicjsc(cli, shell):
    script = cli("completion", shell).stdout
    assert f"_LOGICJSC_COMPLETE={shell}_complete" in script
    assert "logicjsc" in script.replace("_LOGICJSC_COMPLETE", "")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=20)


def test_other_shells_are_refused(cli):
    assert "'bash', 'zsh', 'fish'" in cli("completion", "csh", code=2).stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("logicjsc ex", ["export-verilog", "export-onnx", "export-c"]),
        ("logicjsc export-verilog --pi", ["--pipeline"]),
        ("logicjsc export-onnx --format q", ["qcdq", "qonnx"]),
        ("logicjsc completion z", ["zsh"]),
    ],
)
def test_commands_options_and_choices_are_completed(words, expected):
    done = subprocess.run(
        [sys.executable, "-m", "logicjsc"],
        env={
            **os.environ,
            "_LOGICJSC_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [line.partition(",")[2] for line in done.stdout.split()] == expected
