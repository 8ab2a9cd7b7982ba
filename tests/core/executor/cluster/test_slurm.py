"""Workers that a real Slurm starts, over encrypted connections."""

import gc
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from reference.pieces import mix
from reference.slurm import Slurm

from logicjsc.core.executor import open_executor, run_tasks

SITE = """
[slurm]
jobs = 2
queue = "short"
memory = "500 MB"
walltime = "00:10:00"
host = "127.0.0.1"
folder = "{folder}"
prologue = ["touch {folder}/prologue-$SLURM_JOB_ID"]
"""


@pytest.fixture
def slurm(monkeypatch):
    if "CI" not in os.environ and shutil.which("sbatch") is None:
        pytest.skip("Slurm is not installed")
    slurm = Slurm()
    for name, value in slurm.environment.items():
        monkeypatch.setenv(name, value)
    tests = Path(__file__).parents[3]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tests.parent), str(tests)]))
    yield slurm
    slurm.close()
    with warnings.catch_warnings():  # dask-jobqueue leaves the files of its keys open
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_jobs_of_slurm_do_the_work_and_end_with_it(slurm, tmp_path):
    logs = tmp_path / "logs"
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(folder=logs))
    samples = np.random.default_rng(0).random((100, 16))
    tasks = {number: (tmp_path, number, 0.1) for number in range(12)}
    found = {}
    with open_executor("slurm", file) as executor:
        for key, (result, process) in run_tasks(mix, tasks, executor, (samples,)):
            found[key] = result.tobytes()
            if len(found) == 1:
                # A job that ends early is submitted anew; its work is done again.
                slurm.ask("scancel", *slurm.ask("squeue", "-h", "-o", "%A").split()[:1])
            assert process != os.getpid()
    alone = {key: result.tobytes() for key, (result, _) in run_tasks(mix, tasks, 1, (samples,))}
    assert found == alone
    assert list(logs.glob("prologue-*"))
    assert (logs.stat().st_mode & 0o777) == 0o700
    assert not [line for line in slurm.ask("squeue", "-h", "-o", "%t").split() if line != "CG"]
