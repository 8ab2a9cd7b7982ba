"""What the environment says about processes that were started together."""

import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.core.errors import ConfigError
from logicjsc.core.launch import Launch, launch_of_environment

MEETING = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
VARIABLES = ("WORLD_SIZE", "RANK", "LOCAL_RANK", *MEETING)

WRONG = [
    ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two', no whole number from 1"),
    ({"WORLD_SIZE": ""}, "WORLD_SIZE is '', no whole number from 1"),
    ({"WORLD_SIZE": "0"}, "WORLD_SIZE is '0', no whole number from 1"),
    ({"WORLD_SIZE": "2"}, "WORLD_SIZE is 2, but RANK is not set"),
    ({"WORLD_SIZE": "2", "RANK": "0"}, "WORLD_SIZE is 2, but MASTER_ADDR is not set"),
    (
        {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1"},
        "WORLD_SIZE is 2, but MASTER_PORT is not set",
    ),
    ({"WORLD_SIZE": "2", "RANK": "-1", **MEETING}, "RANK is '-1', no whole number from 0"),
    ({"WORLD_SIZE": "2", "RANK": "2", **MEETING}, "RANK is 2, but there are 2 processes"),
    (
        {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "x", **MEETING},
        "LOCAL_RANK is 'x', no whole number from 0",
    ),
    (
        {"WORLD_SIZE": "2", "RANK": "1", **MEETING, "MASTER_PORT": "ssh"},
        "MASTER_PORT is 'ssh', no whole number from 0",
    ),
]


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "launch"),
    [
        ({}, Launch(0, 1, 0)),
        ({"WORLD_SIZE": "1", "RANK": "none of our business"}, Launch(0, 1, 0)),
        ({"WORLD_SIZE": "3", "RANK": "2", "LOCAL_RANK": "1", **MEETING}, Launch(2, 3, 1)),
        ({"WORLD_SIZE": "2", "RANK": "1", **MEETING}, Launch(1, 2, 0)),
    ],
)
def test_what_torchrun_says_is_read(monkeypatch, variables, launch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert launch_of_environment() == launch


@pytest.mark.parametrize(("variables", "message"), WRONG)
def test_what_makes_no_sense_is_refused(monkeypatch, variables, message):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refused:
        launch_of_environment()
    assert str(refused.value).startswith(message)
    assert "torchrun" in str(refused.value)


@pytest.mark.parametrize(("variables", "message"), [WRONG[0], WRONG[3]])
def test_training_says_so_in_one_sentence(tmp_path, variables, message):
    result = CliRunner().invoke(
        main, ["train", "jsc-s", "--out", str(tmp_path / "run"), "--json"], env=variables
    )
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {message}; start several")
    assert not (tmp_path / "run").exists()


def test_other_commands_do_not_care(tmp_path):
    arguments = ["info", str(tmp_path / "nothing")]
    alone = CliRunner().invoke(main, arguments)
    result = CliRunner().invoke(main, arguments, env={"WORLD_SIZE": "two"})
    assert (result.exit_code, result.stderr) == (alone.exit_code, alone.stderr) == (2, alone.stderr)
