"""A folder of jets: the same bytes for a seed, whatever happens while it is being made."""

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import ConfigError, DataError, OutputError, ToolNotFoundError
from logicjsc.dataset import DataConfig, load_all
from logicjsc.tasks.jets.generator import manifest as manifests
from logicjsc.tasks.jets.generator import shards
from logicjsc.tasks.jets.generator.run import generate
from logicjsc.tasks.jets.generator.shards import Part, plan, pythia_seeds
from logicjsc.tasks.jets.generator.workers import make_parts
from logicjsc.tasks.jets.names import CLASS_NAMES

JETS, SEED, PART_JETS = 34, 11, 4
"""Two files, ten parts."""

PYTHIA = "8.317.2"
GOLDEN = {
    "jets_00000.npz": "9fe767eac5ac2bc639d5214aeb520216cd3dfd290468491be4b7acbab9d96947",
    "jets_00001.npz": "9058a8bdaf6e2b15ee037448e125f668228274305f67a687d0b16cf61a8c5f64",
}

PROGRAM = f"""
from logicjsc.tasks.jets.generator import manifest, shards
manifest.PART_JETS = shards.PART_JETS = {PART_JETS}
from logicjsc.cli.main import main
main()
"""


@pytest.fixture(scope="module", autouse=True)
def small_parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "PART_JETS", PART_JETS)
        patch.setattr(manifests, "PART_JETS", PART_JETS)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jets") / "out"
    progress = []
    report = generate(JETS, 1, SEED, folder, progress.append)
    return folder, report, progress


def load(path):
    return load_all(DataConfig(task="jets", path=str(path)))


def contents(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_the_jets_are_balanced_in_each_file_and_mixed(made):
    folder, report, progress = made
    assert sorted(contents(folder)) == ["jets_00000.npz", "jets_00001.npz", "manifest.json"]
    jets = load(folder)
    assert np.bincount(jets.targets).tolist() == [7, 7, 7, 7, 6]
    for file in folder.glob("*.npz"):
        counts = np.bincount(load(file).targets, minlength=5)
        assert counts.max() - counts.min() <= 1
        assert (np.diff(load(file).targets.astype(int)) < 0).any()
    assert len(np.unique(jets.features, axis=0)) == JETS
    assert (report.jets, report.made, report.files) == (JETS, JETS, 2)
    assert report.tried >= JETS
    assert progress[0] == 0
    assert progress[-1] == JETS
    assert progress == sorted(progress)


def test_the_manifest_says_how_they_were_made(made):
    folder, report, _ = made
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["jets"], manifest["seed"]) == (JETS, SEED)
    assert manifest["versions"]["pythia8mc"] == version("pythia8mc")
    assert "HardQCD:gg2gg = on" in manifest["settings"]["pythia"]["g"]
    seeds, tried = [], 0
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
        for part in entry["classes"].values():
            assert part["tried"] >= part["jets"]
            seeds += part["pythia_seeds"]
            tried += part["tried"]
    assert len(set(seeds)) == len(seeds) == 20
    assert tried == report.tried


def test_the_bytes_are_those_of_this_version_of_pythia(made):
    if version("pythia8mc") != PYTHIA:
        pytest.skip(f"the sums are those of pythia8mc {PYTHIA}")
    assert {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in made[0].glob("*.npz")} == (
        GOLDEN
    )


def test_a_complete_folder_is_left_alone(made):
    before = contents(made[0])
    assert generate(JETS, 1, SEED, made[0]).made == 0
    assert contents(made[0]) == before


def start(folder):
    command = ["data", "generate", "--jets", JETS, "--jobs", 2, "--seed", SEED, "--out", folder]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, command)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished_parts(folder):
    return len(list(folder.glob("parts/part*"))) + 5 * len(list(folder.glob("jets*")))


def wait_for_parts(process, folder, count):
    deadline = time.monotonic() + 120
    while finished_parts(folder) < count:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children(pid):
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_interrupted_and_killed_it_goes_on_to_the_same_bytes(made, tmp_path):
    folder = tmp_path / "out"
    process = start(folder)
    wait_for_parts(process, folder, 1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-2:] == [
        "stopped; the same command goes on where it stopped",
        "interrupted",
    ]
    assert not list(folder.rglob(".*"))

    process = start(folder)
    wait_for_parts(process, folder, finished_parts(folder) + 1)
    workers = children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 60
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (folder / "parts" / ".part_00001_z.npz.x").write_bytes(b"half a file")

    report = generate(JETS, 2, SEED, folder)
    assert 0 < report.made < JETS
    assert contents(folder) == contents(made[0])


def test_jets_made_in_another_way_are_not_mixed_in(made, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    shutil.copytree(made[0], folder)
    with pytest.raises(DataError, match="another seed, 11 instead of 12; choose another --out"):
        generate(JETS, 1, 12, folder)
    with pytest.raises(DataError, match="another number of jets, 34 instead of 35"):
        generate(35, 1, SEED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["versions"]["pythia8mc"] = "8.1"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=r"another version of pythia8mc, 8\.1 instead of"):
        generate(JETS, 1, SEED, folder)
    shutil.copy(made[0] / "manifest.json", folder)
    monkeypatch.setattr(manifests, "PART_JETS", 5)
    with pytest.raises(DataError, match=r"made with other settings \(part_jets\)"):
        generate(JETS, 1, SEED, folder)
    assert contents(folder) == contents(made[0])


def test_foreign_and_damaged_folders_are_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"was not written by logicjsc"):
        generate(5, 1, 0, tmp_path)
    folder = tmp_path / "out"
    folder.mkdir()
    for text in ("{", "[]", "{}", '{"jets": 5}'):
        (folder / "manifest.json").write_text(text)
        with pytest.raises(DataError, match=r"manifest\.json is damaged"):
            generate(5, 1, 0, folder)


@pytest.mark.parametrize("numbers", [(0, 1, 0), (5, 0, 0), (5, 1, -1)])
def test_senseless_numbers_are_refused(tmp_path, numbers):
    with pytest.raises((ConfigError, DataError), match=r"cannot be made|can do no work"):
        generate(*numbers, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_runs_do_not_share_a_folder(made):
    import fcntl

    handle = os.open(made[0], os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(OutputError, match="another run is making jets in"):
            generate(JETS, 1, SEED, made[0])
    finally:
        os.close(handle)


@pytest.mark.parametrize("package", ["pythia8mc", "awkward", "numba"])
def test_a_missing_package_is_one_sentence(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    message = f"the Python package {package} is not installed; pip install logicjsc[physics]"
    with pytest.raises(ToolNotFoundError, match=f"^{re.escape(message)}$"):
        generate(5, 1, 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OutputError, match="the disk is full; free some space and run the same"):
        shards.write_part(tmp_path / "part.npz", np.zeros((1, 16), np.float32), 1)
    assert not list(tmp_path.iterdir())


def test_what_goes_wrong_in_a_process_is_said_by_the_one_that_started_it(tmp_path):
    (tmp_path / "file").write_text("")
    work = [(Part(name, 0, 1), tmp_path / "file" / "part.npz") for name in "zw"]
    with pytest.raises(OutputError, match=r"cannot write .*part\.npz"):
        list(make_parts(work, 0, 2))


@given(st.integers(1, 5000), st.integers(0, 2**40))
@settings(deadline=None)
def test_every_plan_is_balanced_and_repeats_no_seed(jets, seed):
    files = plan(jets)
    parts = [part for file in files for part in file]
    totals = [sum(part.jets for part in parts if part.class_name == name) for name in CLASS_NAMES]
    assert sum(totals) == jets
    assert max(totals) - min(totals) <= 1
    assert all(0 < part.jets <= shards.PART_JETS for part in parts)
    assert all(max(p.jets for p in file) - min(p.jets for p in file) <= 1 for file in files)
    some = parts[:50] + parts[-50:]
    seeds = [number for part in dict.fromkeys(some) for number in pythia_seeds(seed, part)]
    assert len(set(seeds)) == len(seeds)
    assert 1 <= min(seeds) <= max(seeds) <= 900_000_000
