"""Temporary files and folders are removed, also what a killed process left, and nothing else."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from logicjsc.core import temporary
from logicjsc.core.errors import OutputError
from logicjsc.core.temporary import (
    clean,
    plain_path,
    private_folder,
    temporary_base,
    temporary_beside,
    temporary_folder,
)

WORKER = """
import sys, time
from pathlib import Path
from logicjsc.core.files import atomic_directory, atomic_file
from logicjsc.core.temporary import private_folder, temporary_folder
place = Path(sys.argv[1])
with (
    temporary_folder("map", place) as folder,
    atomic_file(place / "state.pt") as file,
    atomic_directory(place / "circuit", "manifest.json") as other,
):
    (folder / "deep").mkdir()
    (folder / "deep" / "x").write_text("x")
    file.write_text("half")
    (other / "top.v").write_text("half")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _first_look(monkeypatch):
    """As another process, which has cleaned no folder yet."""
    monkeypatch.setattr(temporary, "_CLEANED", set())


@pytest.fixture
def worker(tmp_path):
    """A process that writes."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path, worker):
    before = names(tmp_path)
    assert len(before) == 3
    clean(tmp_path)
    assert names(tmp_path) == before
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    temporary._CLEANED.clear()
    clean(tmp_path)
    assert names(tmp_path) == []


def test_a_place_is_cleaned_by_whoever_writes_there_next(tmp_path, worker):
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with temporary_beside(tmp_path / "state.pt", 0o666) as path:
        assert names(tmp_path) == [path.name]


def test_what_is_not_ours_stays(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "thesis.tex").write_text("years of work")
    place = tmp_path / "place"
    place.mkdir()
    name = "logicjsc-map-0123456789abcdef.tmp"
    (place / "logicjsc-results").mkdir()
    (place / name.replace(".tmp", "")).mkdir()
    (place / name).symlink_to(outside)
    (place / f".{name}").symlink_to(outside / "thesis.tex")
    os.mkfifo(place / name.replace("map", "pipe"))
    before = names(place)
    clean(place)
    assert names(place) == before
    assert (outside / "thesis.tex").read_text() == "years of work"


def test_links_inside_of_what_was_left_are_not_followed(tmp_path):
    (tmp_path / "kept").write_text("kept")
    left = tmp_path / "place" / "logicjsc-map-0123456789abcdef.tmp"
    left.mkdir(parents=True)
    (left / "link").symlink_to(tmp_path / "kept")
    (left / "folder").symlink_to(tmp_path)
    clean(tmp_path / "place")
    assert names(tmp_path / "place") == []
    assert (tmp_path / "kept").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_what_another_user_left_is_left_to_that_user(tmp_path):
    left = tmp_path / "logicjsc-map-0123456789abcdef.tmp"
    left.mkdir()
    os.chown(left, 4242, 4242)
    clean(tmp_path)
    assert left.is_dir()


def test_without_locks_nothing_is_taken_for_left_behind(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(temporary.fcntl, "flock", no_locks)
    with temporary_folder("map", tmp_path) as folder:
        clean(tmp_path)
        assert folder.is_dir()
    assert names(tmp_path) == []


def test_one_that_was_cleaned_before_it_was_locked_is_made_again(tmp_path, monkeypatch):
    real, taken = temporary.fcntl.flock, []

    def too_late(handle, kind):
        if not taken:
            taken.append(*tmp_path.iterdir())
            taken[0].rmdir()
        real(handle, kind)

    monkeypatch.setattr(temporary.fcntl, "flock", too_late)
    with temporary_folder("map", tmp_path) as folder:
        assert folder.is_dir()
        assert folder != taken[0]


def test_a_folder_that_was_cleaned_before_it_was_opened_is_made_again(tmp_path, monkeypatch):
    system, gone = os.open, []

    def open_late(path, *arguments, **named):
        if not gone and Path(path).parent == tmp_path:
            Path(path).rmdir()
            gone.append(path)
        return system(path, *arguments, **named)

    monkeypatch.setattr(os, "open", open_late)
    with temporary_folder("test", tmp_path) as place:
        assert place.is_dir()
        assert gone != [place]
    assert len(gone) == 1


def test_a_folder_is_private_and_goes_with_what_is_in_it(tmp_path):
    before = os.umask(0)
    try:
        with temporary_folder("map", tmp_path) as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "x").write_text("x")
    finally:
        os.umask(before)
    assert names(tmp_path) == []


def test_a_full_disk_is_named(tmp_path):
    message = f"cannot write to the temporary folder {tmp_path}: No space left on device$"
    with pytest.raises(OutputError, match=message), temporary_folder("map", tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutputError, match="it may be full"), temporary_folder("map", tmp_path):
        raise OSError("10000 requested and 501 written")


def test_other_errors_are_told_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), temporary_folder("map", tmp_path):
        (tmp_path / "nowhere").read_text()


def test_a_base_with_odd_characters_is_not_used(tmp_path, monkeypatch):
    odd = tmp_path / "with space"
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    assert " " not in str(temporary_base())
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert temporary_base() == tmp_path


def test_the_private_folder_is_one_for_a_process_and_those_that_it_starts():
    code = "from logicjsc.core.temporary import private_folder as f; print(f()); print(f())"
    environment = {name: value for name, value in os.environ.items() if name != "LOGICJSC_PRIVATE"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    one, other = done.stdout.split()
    assert one == other
    assert not Path(one).exists()  # gone with its process
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "LOGICJSC_PRIVATE": str(private_folder())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[0] == str(private_folder())
    assert private_folder().is_dir()


def test_a_path_that_is_no_utf_8_is_reached_by_a_link(tmp_path):
    with plain_path(tmp_path / "board") as path:
        assert path == tmp_path / "board"
    odd = tmp_path / os.fsdecode(b"donn\xe9es")
    with plain_path(odd) as path:
        str(path).encode()
        (path / "events").write_text("x")
    assert (odd / "events").read_text() == "x"
