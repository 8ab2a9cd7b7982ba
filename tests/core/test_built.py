"""Files that are executed come from where nobody else could have put them."""

from __future__ import annotations

import os

import pytest

from logicjsc.core.built import built_file, refuse_not_executable
from logicjsc.core.errors import OutputError

OTHER = 4242


@pytest.fixture
def build():
    """Builds a file, and counts how often."""

    def build(made, logs):
        build.count += 1
        assert list(made.parent.iterdir()) == []
        assert logs.is_dir()
        made.write_text("ours")

    build.count = 0
    return build


def test_a_file_is_built_once(tmp_path, build):
    one = built_file("simulators", "x", build, tmp_path / "cache")
    assert built_file("simulators", "x", build, tmp_path / "cache") == one
    assert build.count == 1
    assert one == tmp_path / "cache" / "simulators" / "x"
    assert one.stat().st_mode & 0o777 == 0o700
    built_file("simulators", "x", build, tmp_path / "cache", anew=True)
    assert build.count == 2
    assert list((tmp_path / "cache" / "logs").iterdir()) == []


@pytest.mark.parametrize("umask", [0, 0o022])
def test_everything_is_for_its_owner_alone(tmp_path, build, umask):
    before = os.umask(umask)
    try:
        built_file("simulators", "x", build, tmp_path / "cache")
    finally:
        os.umask(before)
    for path in (tmp_path / "cache", *(tmp_path / "cache").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_changed_file_is_built_anew_and_that_is_said(tmp_path, build, capsys):
    one = built_file("simulators", "x", build, tmp_path / "cache")
    one.write_text("theirs")
    assert built_file("simulators", "x", build, tmp_path / "cache").read_text() == "ours"
    assert f"note: {one} is built anew, because" in capsys.readouterr().err
    assert built_file("simulators", "x", build, tmp_path / "cache") == one
    assert build.count == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
@pytest.mark.parametrize("shared", ["folder", "cache", "above"])
def test_where_others_may_write_it_is_built_in_private(tmp_path, build, capsys, shared):
    one = built_file("simulators", "x", build, tmp_path / "cache")
    place = {"folder": one.parent, "cache": one.parents[1], "above": tmp_path}[shared]
    place.chmod(0o777)
    other = built_file("simulators", "x", build, tmp_path / "cache")
    assert other != one
    assert other.read_text() == "ours"
    assert other.parent.stat().st_mode & 0o777 == 0o700
    built_file("simulators", "x", build, tmp_path / "cache")
    assert capsys.readouterr().err.count("is not used, because others may write to") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_a_shared_folder_of_roots_with_the_sticky_bit_serves(tmp_path, build):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o1777)
    one = built_file("simulators", "x", build, tmp_path / "cache")
    assert one.is_relative_to(tmp_path / "cache")
    os.chown(one, OTHER, OTHER)
    assert built_file("simulators", "x", build, tmp_path / "cache").stat().st_uid == 0
    os.chown(one.parent, OTHER, OTHER)
    assert not built_file("simulators", "x", build, tmp_path / "cache").is_relative_to(tmp_path)


def test_a_cache_that_cannot_be_written(tmp_path, build):
    (tmp_path / "cache").touch()
    with pytest.raises(OutputError, match="set LOGICJSC_CACHE to another directory"):
        built_file("simulators", "x", build, tmp_path / "cache")


def test_a_failed_build_leaves_its_log_alone(tmp_path):
    def build(made, logs):
        made.write_text("half")
        (logs / "compiler.log").write_text("why")
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        built_file("simulators", "x", build, tmp_path / "cache")
    files = [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files == ["compiler.log"]


def test_where_nothing_may_be_executed_the_folder_is_named(tmp_path):
    file = tmp_path / "x"
    file.touch(0o600)
    with pytest.raises(OutputError, match=r"may be executed \(.*noexec\); set LOGICJSC_CACHE"):
        refuse_not_executable(file)
    file.chmod(0o700)
    refuse_not_executable(file)
