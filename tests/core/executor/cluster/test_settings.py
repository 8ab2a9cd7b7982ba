"""What a site's file says of its clusters, and what the batch systems are told."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import logicjsc
from logicjsc.core.errors import ConfigError, ToolNotFoundError
from logicjsc.core.executor import open_executor, run_tasks
from logicjsc.core.executor.cluster.batch import start_cluster
from logicjsc.core.executor.cluster.identity import difference, digest, identity
from logicjsc.core.executor.cluster.settings import (
    HtcondorSettings,
    SlurmSettings,
    read_cluster,
)

SITE = """
[slurm]
jobs = 20
processes = 4
memory = "8 GB"
walltime = "1-02:00:00"
queue = "short"
account = "physics"
directives = ["--constraint=avx2"]
prologue = ["module load python/3.11"]
python = "/opt/python"

[htcondor]
memory = "3 GB"
disk = "5 GB"
walltime = "00:30:10"
account = "group_cms"
directives = ["requirements = (OpSysMajorVer == 9)"]
"""


def script(system, settings, folder):
    settings = replace(settings, folder=str(folder), encrypt=False, host="127.0.0.1")
    with start_cluster(system, settings) as cluster:
        return cluster.job_script()


def test_slurm_is_told_what_the_file_says(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(SITE)
    lines = script("slurm", read_cluster(file).slurm, tmp_path).splitlines()
    for line in (
        "#SBATCH -p short",
        "#SBATCH -A physics",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=8G",
        "#SBATCH -t 1-02:00:00",
        "#SBATCH --constraint=avx2",
        "module load python/3.11",
    ):
        assert line in lines
    worker = lines[-1]
    assert worker.startswith("/opt/python -m distributed.cli.dask_worker tcp://127.0.0.1:")
    assert " --nthreads 1 " in worker
    assert " --nworkers 4 " in worker


def test_the_submit_description_of_htcondor(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(SITE)
    text = script("htcondor", read_cluster(file).htcondor, tmp_path)
    lines = dict(re.findall(r"^(\S+)\s*=\s*(.*)$", text, re.MULTILINE))
    assert lines["Executable"] == "/bin/sh"
    assert lines["RequestCpus"] == "MY.DaskWorkerCores"
    assert lines["RequestDisk"] == "floor(MY.DaskWorkerDisk / 1024)"
    assert lines["MY.DaskWorkerCores"] == "1"
    assert lines["MY.DaskWorkerMemory"] == "3000000000"
    assert lines["MY.DaskWorkerDisk"] == "5000000000"
    assert lines["+MaxRuntime"] == "1810"
    assert lines["accounting_group"] == "group_cms"
    assert lines["requirements"] == "(OpSysMajorVer == 9)"
    assert f"{sys.executable} -m distributed.cli.dask_worker tcp://127.0.0.1:" in text
    assert text.rstrip().endswith("Queue")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[slurm]\nmemory = "much"', "memory = 'much': write it as '2 GB'"),
        ('[slurm]\nwalltime = "one hour"', "walltime = 'one hour': write it as '01:00:00'"),
        ("[slurm]\njobs = 0", "slurm.jobs = 0 must be at least 1"),
        ('[htcondor]\ndisk = "2"', "disk = '2': write it as '1 GB'"),
        ('[htcondor]\ndirectives = ["a"]', "directives has 'a': write it as 'name = value'"),
        ("[pbs]\njobs = 1", "unknown key pbs; known: tcp, slurm, htcondor"),
    ],
)
def test_other_settings_are_refused(tmp_path, text, sentence):
    file = tmp_path / "site.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_cluster(file)
    assert sentence in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("system", "program"), [("slurm", "sbatch"), ("htcondor", "condor_submit")]
)
def test_a_machine_without_the_batch_system(system, program, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with (
        open_executor(system) as executor,
        pytest.raises(ToolNotFoundError, match=f"^{program} is not on the PATH; run the command"),
    ):
        list(run_tasks(max, {0: (1, 2)}, executor))


def test_without_the_extra_it_is_named():
    code = (
        "import sys\nsys.modules['distributed'] = sys.modules['dask_jobqueue'] = None\n"
        "from logicjsc.core.executor import open_executor\n"
        "for place in ('tcp://host:1', 'slurm'):\n"
        "    try:\n        open_executor(place)\n"
        "    except Exception as error:\n        print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = run.stdout.splitlines()
    assert said == [
        "the Python package distributed is not installed; pip install logicjsc[cluster]",
        "the Python package dask_jobqueue is not installed; pip install logicjsc[cluster]",
    ]


def test_settings_are_what_they_say():
    assert SlurmSettings().patience_seconds == HtcondorSettings().patience_seconds == 86400


def test_the_digest_changes_with_any_source_and_with_nothing_else(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "inner" / "b.cpp").write_text("2")
    first = digest(tmp_path)
    (tmp_path / "a.pyc").write_text("compiled")
    (tmp_path / "note.txt").write_text("read")
    assert digest(tmp_path) == first
    (tmp_path / "inner" / "b.cpp").write_text("3")
    second = digest(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "c.py")
    assert len({first, second, digest(tmp_path)}) == 3


def test_what_differs_is_named():
    own = identity()
    assert own["logicjsc"].startswith(f"{logicjsc.__version__} (")
    assert digest(Path(logicjsc.__file__).parent) in own["logicjsc"]
    assert difference("it", own, own) == ""
    other = {**own, "torch": "1.0"}
    assert difference("it", other, own) == (
        f"it runs torch 1.0, and the command runs torch {own['torch']}; start it from the same "
        f"installation"
    )
    assert difference("it", None, own).startswith("it has no logicjsc, or an old one; start it")
