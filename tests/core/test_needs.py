"""Places are written to before they are said to be writable."""

import sys

import pytest

from logicjsc.core import needs
from logicjsc.core.diagnosis import examine


def finding(name):
    (need,) = [need for need in needs.NEEDS if need.name == name]
    return examine(need)


def test_python_and_the_cache_are_found_and_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    assert finding("Python").found.path == sys.executable
    assert finding("cache").found.path == str(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    assert finding("temporary folder").found is not None


@pytest.mark.parametrize("wanted", [">=99", "<3.11"])
def test_another_python_is_refused(monkeypatch, wanted):
    monkeypatch.setattr(needs, "own_description", lambda: {"Requires-Python": wanted})
    assert finding("Python").problem.endswith(f"and {wanted} is needed; install another one")


def test_a_cache_that_cannot_be_written_says_what_to_set(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "file"))
    assert finding("cache").problem == (
        f"{tmp_path / 'file'} is no folder that can be written; set LOGICJSC_CACHE to a folder of "
        "your own"
    )


def test_programs_are_found_as_everywhere(program, monkeypatch):
    monkeypatch.setenv("CXX", str(program("compiler", "echo 77.1")))
    assert str(finding("C++ compiler").found).startswith("77.1 (")
    monkeypatch.setenv("LOGICJSC_VERILATOR", str(program("verilator", "echo Verilator 4.1")))
    assert "version 4.1, 5.006 or newer is needed" in finding("Verilator").problem
