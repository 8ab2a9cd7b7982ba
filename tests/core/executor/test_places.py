"""Places to work by name, on the command line as well."""

import os

import click
import pytest
from click.testing import CliRunner

from logicjsc.core.console.options import jobs_option
from logicjsc.core.errors import ConfigError, LogicjscError
from logicjsc.core.executor import LocalExecutor, executor_of, open_executor


def test_local_ones_need_no_package():
    assert open_executor("local:3") == LocalExecutor(3)
    assert open_executor("local") == executor_of(None) == LocalExecutor(os.cpu_count())
    executor = LocalExecutor(2)
    assert executor_of(executor) is executor
    assert executor_of(1).is_alone
    assert executor_of(5).name == "local:5"


@pytest.mark.parametrize("name", ["slurm", "htcondor", "tcp://host:8786"])
def test_clusters_are_reached_when_there_is_work(name):
    with open_executor(name) as executor:
        assert executor.name == name
        assert not executor.is_local
        assert not executor.is_alone


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("local:none", "--on 'local:none': write a number of processes, as in local:4"),
        ("local:0", "--on 'local:0': write a number of processes, as in local:4"),
        ("tcp://host", "--on 'tcp://host': write host and port, as in tcp://scheduler:8786"),
        ("tcp://host:99999", "--on 'tcp://host:99999': write host and port, "),
        ("moon", "--on 'moon' is no place to work; write one of local:4, tcp://"),
    ],
)
def test_other_places_are_refused(name, sentence):
    with pytest.raises(ConfigError) as caught:
        open_executor(name)
    assert str(caught.value).startswith(sentence)


@click.command()
@jobs_option
def command(jobs):
    click.echo(jobs.name)


def test_commands_are_given_one_executor(tmp_path, monkeypatch):
    def said(*arguments):
        return CliRunner().invoke(command, arguments)

    assert said("--jobs", "2").output == said("--on", "local:2").output == "local:2\n"
    assert said().output == f"local:{os.cpu_count()}\n"
    assert said("--on", "slurm").output == "slurm\n"
    both = said("--jobs", "2", "--on", "slurm")
    assert both.exit_code == 2
    assert "give --jobs or --on; --on local:4 is --jobs 4" in both.output
    assert said("--jobs", "0").exit_code == 2
    file = tmp_path / "site.toml"
    file.write_text("[slurm]\nwork = 3\n")
    for refused in (
        said("--on", "slurm", "--cluster", str(file)),
        CliRunner().invoke(command, ["--on", "slurm"], env={"LOGICJSC_CLUSTER": str(file)}),
    ):
        assert isinstance(refused.exception, LogicjscError)
        assert "unknown key slurm.work" in str(refused.exception)
