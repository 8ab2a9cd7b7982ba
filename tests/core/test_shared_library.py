"""Compiled libraries: built once, and never those that somebody else put there."""

from __future__ import annotations

import os

import pytest

from logicjsc.core.errors import OutputError
from logicjsc.core.programs import find_cxx
from logicjsc.core.shared_library import (
    build_shared_library,
    load_shared_library,
    opened_library,
)

OURS = b'extern "C" int answer() { return 42; }\n'
THEIRS = """
#include <cstdio>
__attribute__((constructor)) static void mark() {{ std::fclose(std::fopen("{marker}", "w")); }}
extern "C" int answer() {{ return 666; }}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "unit.cpp").write_bytes(OURS)
    return tmp_path / "sources"


def load(folder):
    return load_shared_library(folder, "unit.cpp", ("-std=c++17",), timeout=60).answer()


@pytest.fixture
def planted(folder, tmp_path):
    """A library of somebody else in place of ours, and the file that it makes when loaded."""
    library = build_shared_library({"unit.cpp": OURS}, "unit.cpp", ("-std=c++17",), timeout=60)
    text = THEIRS.format(marker=tmp_path / "marker")
    (tmp_path / "theirs.cpp").write_text(text)
    library.unlink()
    arguments = ["-shared", "-fPIC", tmp_path / "theirs.cpp", "-o", library]
    find_cxx().run(arguments, timeout=60)
    return library, tmp_path / "marker"


def test_a_library_is_compiled_and_loaded(folder):
    assert load(folder) == 42


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
@pytest.mark.parametrize("how", ["same owner", "other owner", "umask 0", "other owner's folder"])
def test_a_planted_library_is_not_loaded(folder, planted, capsys, how):
    library, marker = planted
    if how == "other owner":
        library.parents[1].chmod(0o1777)
        os.chown(library, 4242, 4242)
    elif how == "umask 0":
        for path in (library.parents[1], library.parent, library):
            path.chmod(0o777)
    elif how == "other owner's folder":
        os.chown(library.parent, 4242, 4242)
    assert load(folder) == 42
    assert not marker.exists()
    assert "note: " in capsys.readouterr().err


def test_the_planted_library_would_have_been_seen(planted):
    library, marker = planted
    assert opened_library(library).answer() == 666
    assert marker.exists()


def test_a_file_that_is_no_library(tmp_path):
    (tmp_path / "x.so").write_text("nonsense")
    with pytest.raises(OutputError, match=r"cannot be loaded .*; remove it, or set LOGICJSC"):
        opened_library(tmp_path / "x.so")
