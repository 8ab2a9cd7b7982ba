"""Files and directories are whole or absent, and never somebody else's."""

import os
import pickle
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from logicjsc.core.errors import OutputError
from logicjsc.core.files import (
    atomic_directory,
    atomic_file,
    read_arrays,
    refuse_foreign_directory,
    sha256_of,
    shipped,
    write_text,
)

MARKER = "manifest.json"


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    previous = os.umask(request.param)
    yield request.param
    os.umask(previous)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_appears_with_its_content_only_after_success(tmp_path):
    target = tmp_path / "deep" / "down" / "result.txt"
    with atomic_file(target) as temporary:
        temporary.write_text("half")
        assert not target.exists()
        assert temporary.parent == target.parent
        temporary.write_text("whole")
    assert target.read_text() == "whole"
    assert names_in(target.parent) == ["result.txt"]


def test_a_failed_block_keeps_the_old_file_and_leaves_nothing_behind(tmp_path):
    target = tmp_path / "result.txt"
    target.write_text("old")

    def fail() -> None:
        with atomic_file(target) as temporary:
            temporary.write_text("new")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        fail()
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["result.txt"]


def test_an_existing_file_is_replaced(tmp_path):
    write_text(tmp_path / "a.txt", "old and longer")
    write_text(tmp_path / "a.txt", "größer")
    assert (tmp_path / "a.txt").read_bytes() == "größer".encode()
    assert names_in(tmp_path) == ["a.txt"]


def test_a_new_file_has_the_permissions_of_any_other_new_file(tmp_path, umask):
    write_text(tmp_path / "ours", "")
    (tmp_path / "any").touch()
    assert permissions(tmp_path / "ours") == permissions(tmp_path / "any") == 0o666 & ~umask


def test_a_new_directory_has_the_permissions_of_any_other_new_directory(tmp_path, umask):
    with atomic_directory(tmp_path / "ours", MARKER):
        pass
    (tmp_path / "any").mkdir()
    assert permissions(tmp_path / "ours") == permissions(tmp_path / "any") == 0o777 & ~umask


@pytest.mark.parametrize("depth", [1, 2])
def test_a_place_below_a_file_cannot_be_written(tmp_path, depth):
    (tmp_path / "file").touch()
    target = tmp_path.joinpath("file", *["below"] * depth)
    with pytest.raises(OutputError, match=f"cannot write {target}: "):
        write_text(target, "")
    with (
        pytest.raises(OutputError, match=f"cannot write {target}: "),
        atomic_directory(target, MARKER),
    ):
        pytest.fail("the block must not run")
    assert names_in(tmp_path) == ["file"]


def test_a_file_does_not_replace_a_directory(tmp_path):
    target = tmp_path / "taken"
    (target / "precious").mkdir(parents=True)
    with pytest.raises(OutputError, match=f"cannot write {target}: it is a directory"):
        write_text(target, "")
    assert names_in(tmp_path) == ["taken"]
    assert names_in(target) == ["precious"]


def test_a_directory_appears_only_after_success(tmp_path):
    target = tmp_path / "deep" / "circuit"
    with atomic_directory(target, MARKER) as temporary:
        (temporary / MARKER).touch()
        assert not target.exists()
    assert names_in(target) == [MARKER]
    assert names_in(target.parent) == ["circuit"]


def test_a_directory_of_ours_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "circuit"
    with atomic_directory(target, MARKER) as temporary:
        (temporary / MARKER).write_text("old")
        (temporary / "stale.v").touch()
    with atomic_directory(target, MARKER) as temporary:
        (temporary / MARKER).write_text("new")
        assert (target / MARKER).read_text() == "old"
    assert names_in(target) == [MARKER]
    assert (target / MARKER).read_text() == "new"
    assert names_in(tmp_path) == ["circuit"]


def test_an_empty_directory_is_replaced(tmp_path):
    (tmp_path / "circuit").mkdir()
    with atomic_directory(tmp_path / "circuit", MARKER) as temporary:
        (temporary / MARKER).touch()
    assert names_in(tmp_path / "circuit") == [MARKER]


def test_a_failed_block_keeps_the_old_directory_and_leaves_nothing_behind(tmp_path):
    target = tmp_path / "circuit"
    with atomic_directory(target, MARKER) as temporary:
        (temporary / MARKER).write_text("old")

    def fail() -> None:
        with atomic_directory(target, MARKER) as temporary:
            (temporary / "half.v").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names_in(tmp_path) == ["circuit"]
    assert (target / MARKER).read_text() == "old"


def test_a_foreign_directory_is_refused_before_anything_is_done(tmp_path):
    target = tmp_path / "thesis"
    target.mkdir()
    (target / "chapter.tex").write_text("years of work")
    message = f"{target} exists and was not written by logicjsc .*no {MARKER}.*remove it"
    with pytest.raises(OutputError, match=message), atomic_directory(target, MARKER):
        pytest.fail("the block must not run")
    assert names_in(tmp_path) == ["thesis"]
    assert (target / "chapter.tex").read_text() == "years of work"


def test_a_directory_named_like_the_marker_does_not_count(tmp_path):
    (tmp_path / "circuit" / MARKER).mkdir(parents=True)
    with pytest.raises(OutputError, match="not written by logicjsc"):
        refuse_foreign_directory(tmp_path / "circuit", MARKER)


def test_a_directory_does_not_replace_a_file(tmp_path):
    target = tmp_path / "notes.txt"
    target.write_text("keep")
    with (
        pytest.raises(OutputError, match=f"{target} exists and is not a directory; choose another"),
        atomic_directory(target, MARKER),
    ):
        pytest.fail("the block must not run")
    assert target.read_text() == "keep"


def test_sha256_is_that_of_the_standard(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "abc") == expected


def test_shipped_files_are_found():
    assert shipped("hw").is_dir()


def test_arrays_are_read_from_compressed_and_plain_archives(tmp_path):
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.array(["x", "yz"]), "none": np.empty((0, 4))}
    for number, save in enumerate((np.savez, np.savez_compressed)):
        path = tmp_path / f"{number}.npz"
        save(path, **arrays)
        found = read_arrays(path)
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            np.testing.assert_array_equal(found[name], array)


def test_a_missing_archive_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "nowhere.npz")


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"PK\x03\x04", b"<!DOCTYPE html>", pickle.dumps([1, 2])]
)
def test_what_is_no_archive_is_a_value_error(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"\w"):
        read_arrays(tmp_path / "x.npz")


def test_a_single_array_is_no_archive(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3))
    with pytest.raises(ValueError, match="context manager"):
        read_arrays(tmp_path / "x.npy")
