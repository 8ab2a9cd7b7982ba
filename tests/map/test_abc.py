import re
import stat
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest

from logicjsc.core.errors import ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.map.abc import find_abc, run_script
from logicjsc.map.equivalence import are_equal
from logicjsc.map.portfolio import EFFORTS, map_table

IMITATES = 'case "$2" in print_stats) echo "Empty network."; exit 0;; esac\n'


@pytest.fixture(autouse=True)
def cache_of_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = tmp_path / "abc"
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("LOGICJSC_ABC", str(path))


def test_the_bundled_abc_is_found_and_works(tmp_path, monkeypatch):
    monkeypatch.delenv("LOGICJSC_ABC", raising=False)
    abc = find_abc()
    (tmp_path / "and.blif").write_text(
        ".model a\n.inputs x y\n.outputs z\n.names x y z\n11 1\n.end\n"
    )
    commands = ["read_blif and.blif", "strash", "write_blif out.blif"]
    run_script(abc, commands, tmp_path, ["out.blif"], 60)
    assert ".outputs z" in (tmp_path / "out.blif").read_text()
    assert not list((tmp_path / "cache").rglob("*.log"))


def test_a_missing_program_is_one_sentence(monkeypatch):
    monkeypatch.setenv("LOGICJSC_ABC", "/nowhere/abc")
    with pytest.raises(ToolNotFoundError, match="cannot be started from /nowhere/abc"):
        find_abc()


@pytest.mark.parametrize("script", ["echo hello\n", "exit 3\n", "kill -9 $$\n"])
def test_a_program_that_is_no_abc_is_refused(tmp_path, monkeypatch, script):
    fake(tmp_path, monkeypatch, script)
    with pytest.raises(ToolNotFoundError, match=r"pip install 'logicjsc\[map\]'"):
        find_abc()


def wide_table() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, 128).astype(np.uint32)


def test_an_abc_that_writes_nothing_is_named_with_its_log(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, IMITATES + 'echo "** cmd error: out of luck"\n')
    with pytest.raises(ToolFailedError, match=r"wrote no .*out of luck") as failed:
        map_table(wide_table(), 1, find_abc(), EFFORTS["low"])
    log = kept_log(failed, tmp_path)
    assert "** cmd error: out of luck" in log
    assert "read_blif start0.blif" in log


def kept_log(failed: pytest.ExceptionInfo[Exception], folder: Path) -> str:
    """The log that a message names, which must still be there."""
    named = re.search(r"\(see (.*)\)$", str(failed.value))
    assert named is not None
    assert Path(named[1]).is_relative_to(folder / "cache" / "logs")
    return Path(named[1]).read_text()


def test_an_abc_that_crashes_is_named_with_its_log(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, IMITATES + "echo last words; kill -SEGV $$\n")
    with pytest.raises(ToolFailedError, match="SIGSEGV") as failed:
        map_table(wide_table(), 1, find_abc(), EFFORTS["low"])
    assert "last words" in kept_log(failed, tmp_path)


def test_an_abc_that_does_not_decide_is_named_with_its_log(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, IMITATES + "echo Networks are UNDECIDED.\n")
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(ToolFailedError, match="decided about 1 of 1 pairs") as failed:
        are_equal(find_abc(), [("", "")], place)
    rmtree(place)
    assert "Networks are UNDECIDED." in kept_log(failed, tmp_path)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "file"))
    assert "Empty network" in run_script(find_abc(), ["print_stats"], tmp_path, [], 60)


def test_an_abc_that_hangs_is_stopped(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, IMITATES + "sleep 60\n")
    with pytest.raises(ToolTimeoutError, match=r"did not finish within 0\.5 s"):
        run_script(find_abc(), ["read_blif x.blif"], tmp_path, ["y.blif"], 0.5)


def test_an_abc_that_writes_nonsense_is_refused(tmp_path, monkeypatch):
    fake(
        tmp_path,
        monkeypatch,
        IMITATES
        + "grep -o '[a-z0-9_]*_[a-z]*.blif' script.abc | while read f; do echo hi > $f; done\n",
    )
    with pytest.raises(ToolFailedError, match="cannot be read"):
        map_table(wide_table(), 1, find_abc(), EFFORTS["low"])


def test_a_wrong_network_is_caught_by_the_proof(tmp_path, monkeypatch):
    wrong = ".model n\\n.inputs i0\\n.outputs o0\\n.names i0 o0\\n1 1\\n.end\\n"
    fake(
        tmp_path,
        monkeypatch,
        IMITATES
        + "grep -o '[a-z0-9_]*_[a-z]*.blif' script.abc"
        + f" | while read f; do printf '{wrong}' > $f; done\n",
    )
    with pytest.raises(ToolFailedError, match="differs from its truth table"):
        map_table(wide_table(), 1, find_abc(), EFFORTS["low"])
