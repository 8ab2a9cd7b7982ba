"""The wheel holds everything that a checkout has, and works from a folder of its own."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import logicjsc

ROOT = Path(__file__).parent.parent
SHIPPED = ("configs", "zoo", "hw/board", "hw/rtl", "hw/sim", "hw/synth", "hw/vhdl")


def files(folder):
    """Files of a folder of the checkout, without what Python leaves there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The built wheel; its build uses no network and no other environment."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (made,) = folder.iterdir()
    return made


def test_it_holds_every_file_of_the_package_and_all_that_ships_with_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    shipped = {f"logicjsc/_shipped/{name}" for folder in SHIPPED for name in files(folder)}
    assert held == files("logicjsc") | shipped
    assert {
        "logicjsc/py.typed",
        "logicjsc/tasks/jets/sample.npz",
        "logicjsc/tasks/jets/published.toml",
        "logicjsc/methods/gradient/engines/cuda/training.cu",
        "logicjsc/_shipped/configs/jets/jsc-s.toml",
        "logicjsc/_shipped/zoo/jets/jsc-lut-3/netlist.npz",
        "logicjsc/_shipped/hw/rtl/pipeline_register.v",
    } <= held


def test_its_description_is_complete(wheel):
    assert wheel.name == f"logicjsc-{logicjsc.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        (text,) = (
            archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")
        )
        (scripts,) = (
            archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith("/entry_points.txt")
        )
    assert "\nRequires-Python: >=3.11\n" in text
    assert "\nLicense-Expression: Apache-2.0\n" in text
    assert "\n# logicjsc\n" in text
    assert "logicjsc = logicjsc.cli.main:main" in scripts


def test_it_reads_what_it_brings_and_nothing_of_a_checkout(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "logicjsc", "info", "jsc-lut-3", "--json"],
        cwd=tmp_path / "elsewhere",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    path = Path(json.loads(done.stdout)["path"])
    assert path.is_relative_to(tmp_path / "installed" / "logicjsc" / "_shipped" / "zoo")
