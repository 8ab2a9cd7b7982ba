"""The page about many machines: its settings are known, its figures are the benchmark's."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from logicjsc.core.executor.cluster.settings import read_cluster

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "cluster.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_settings_of_the_page_are_taken(tmp_path):
    (text,) = blocks("toml")
    file = tmp_path / "site.toml"
    file.write_text(text)
    settings = read_cluster(file)
    assert (settings.slurm.jobs, settings.htcondor.disk) == (20, "2 GB")
    assert settings.tcp.patience_seconds == 300


def test_the_submit_file_is_a_script():
    (script,) = (text for text in blocks("sh") if "#SBATCH" in text)
    subprocess.run(["/bin/bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("kind", ["measured", "simulated"])
def test_the_tables_are_those_of_the_benchmark(kind):
    report = json.loads((ROOT / "benchmarks" / "results" / "cluster.json").read_text())
    for entry in report[kind]:
        share = f"{100 * entry['efficiency']:.0f} %"
        if kind == "measured":
            own = f"{entry['trials']} | {entry['seconds_per_trial']:.1f} | {share} |"
        else:
            own = f"{entry['seconds_per_trial']:.0f} | {entry['hours']:,.2f} | {share} | "
        assert f"| {entry['workers']:,} | {own}" in PAGE
    assert f"A trial takes {report['statements']['per_trial']:.0f} statements" in PAGE
    assert f"takes the server {1000 * report['statement_seconds']:.2f} ms" in PAGE
