"""Every command in surroundings that refuse it something: one sentence, and an exit code that fits.

Commands run in copies of this process, which may be limited and changed without a way back, and
need not import anything again.
"""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from reference.small_road import make

from logicjsc.cli.main import main

FULL = Path("/dev/full")
ROOT = Path(__file__).parents[2]

STUDY = """
base = "{config}"
[grid]
"network.hidden" = [[6]]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory, cache):
    """What one small run leads to, and a cache that holds what it compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        made = make(tmp_path_factory.mktemp("made") / "small")
        (made.folder / "study.toml").write_text(STUDY.format(config=made.config))
        assert run(COMMANDS["verify"], made).code == 0
    return made


@pytest.fixture(autouse=True)
def _cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


WRITING = {
    "train": "train {config} --out {out}",
    "export-onnx": "export-onnx {run} --out {out}.onnx",
    "export-verilog": "export-verilog {run} --out {out}",
    "export-c": "export-c {run} --out {out} --jobs 1",
    "simplify": "simplify {run} --out {out}.npz",
    "finetune": "finetune {run} --out {out}.npz --sweeps 1",
    "map": "map {run} --out {out}.blif --effort low --jobs 1",
    "frontier": "frontier {run} --out {out} --effort low --jobs 1",
    "quantise": "data quantise --data {table} --target works --bits 6 --out {out}.npz --no-report",
    "info --plot": "data info {table} --target works --no-baseline --plot {out}.png",
    "study": "study {folder}/study.toml --folder {out} --jobs 1",
    "verify": "verify {run} --circuit {circuit}",
}
READING = {
    "test": "test {run}",
    "info": "info {circuit}",
    "configs": "configs",
    "settings": "settings",
    "data info": "data info {table} --target works --no-baseline",
    "help": "train --help",
    "version": "--version",
}
COMMANDS = {**WRITING, **READING}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def sentence(self):
        """The error, which must be one sentence."""
        lines = [line for line in self.err.splitlines() if line.startswith("error")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


def run(arguments, made, prepare=lambda: None, *, stdout=None, folder=None):
    """Run a command in a copy of this process, in an empty folder.

    Args:
        arguments: in which names of what was made stand in braces.
        made: what they stand for.
        prepare: called in the copy.
        stdout: path of its standard output; by default what is printed is returned.
        folder: where to; by default one that is removed.
    """
    place = folder or made.folder.parent / f"place-{os.urandom(4).hex()}"
    place.mkdir(exist_ok=True)
    names = {"out": place / "out", "folder": made.folder, "table": made.table}
    names |= {name: getattr(made, name) for name in ("run", "circuit", "config")}
    words = [word.format(**names) for word in arguments.split()]
    out, err = os.pipe(), os.pipe()  # not files, which `prepare` may forbid
    child = os.fork()
    if not child:
        _become(words, place, (stdout, out[1], err[1]), prepare)
    os.close(out[1])
    os.close(err[1])
    with os.fdopen(out[0], "rb") as printed, os.fdopen(err[0], "r", errors="replace") as said:
        texts = printed.read(), said.read()
    _, status = os.waitpid(child, 0)
    if folder is None:
        shutil.rmtree(place, ignore_errors=True)
    return Ended(os.waitstatus_to_exitcode(status), *texts)


def _become(words, place, streams, prepare):
    """The rest of the child's life."""
    code = 99
    try:
        path, out, err = streams
        os.dup2(out if path is None else os.open(path, os.O_WRONLY), 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        os.chdir(place)
        prepare()
        main(words, "logicjsc")
    except SystemExit as error:
        code = error.code
    finally:
        os._exit(code)


def files_hold(size):
    """As on a disk that is full after some bytes."""

    def prepare():
        # The soft limit holds for children, too, which it kills.
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return prepare


@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk(made, command):
    ended = run(COMMANDS[command], made, files_hold(16))
    assert ended.code in {2, 3}, ended
    assert ended.sentence


@pytest.mark.parametrize("command", READING)
def test_what_writes_nothing_needs_no_room(made, command):
    assert run(COMMANDS[command], made, files_hold(0)).code == 0


@pytest.mark.parametrize(("size", "file"), [(0, "config.toml"), (3000, "checkpoint.pt")])
def test_the_file_that_does_not_fit_is_named(made, size, file):
    ended = run(COMMANDS["train"], made, files_hold(size))
    assert ended.code == 2
    assert f"/out/{file}: File too large" in ended.sentence


@pytest.mark.parametrize("command", ["train", "verify", *READING])
def test_standard_output_on_a_full_disk(made, command):
    ended = run(COMMANDS[command], made, stdout=FULL)
    assert ended.code == 2
    assert ended.sentence.startswith("error: cannot write to standard output: No space left")


@pytest.mark.parametrize("command", ["verify", *READING])
def test_output_that_nobody_reads(made, command):
    def close():
        reading, writing = os.pipe()
        os.dup2(writing, 1)
        os.close(reading)
        os.close(writing)

    ended = run(COMMANDS[command], made, close)
    assert ended.code == 141
    assert "rror" not in ended.err
    assert "Traceback" not in ended.err


def test_closed_streams(made):
    def close():
        for number in (0, 1, 2):
            os.close(number)

    assert run(COMMANDS["export-verilog"], made, close).code == 0
    assert run("info {circuit}/nothing", made, close).code == 2


def test_errors_that_cannot_be_said(made):
    def full():
        os.dup2(os.open(FULL, os.O_WRONLY), 2)

    assert run("info {circuit}/nothing", made, full).code == 2
    assert run(COMMANDS["export-verilog"], made, full).code == 0


@pytest.mark.parametrize("command", [name for name in WRITING if name != "verify"])
def test_a_name_that_is_too_long(made, command):
    ended = run(COMMANDS[command].replace("{out}", f"{{out}}/{'x' * 256}"), made)
    assert ended.code == 2
    assert "File name too long" in ended.sentence


def nameless():
    """As in a container that runs under a number without an entry and without a home."""

    def nobody(_):
        raise KeyError("uid not found: 4242")

    for name in ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "LOGICJSC_CACHE"):
        os.environ.pop(name, None)
    pwd.getpwuid = nobody


@pytest.mark.parametrize("command", ["train", "map", "info --plot"])
def test_neither_home_nor_user(made, command, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = run(COMMANDS[command], made, nameless)
    assert ended.code == 0, ended
    if command == "map":
        assert "there is no home folder that can be written; caches go to" in ended.err
    (place,) = tmp_path.glob("logicjsc-*")
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_costs_map_time_only(made, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "file" / "cache"))
    assert run(COMMANDS["map"], made).code == 0
    ended = run(COMMANDS["verify"], made)
    assert ended.code == 2
    assert "set LOGICJSC_CACHE to another directory" in ended.sentence


ODD = os.fsdecode(b"donn\xe9es")


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "study"])
def test_folders_whose_names_are_no_utf_8(made, command, tmp_path):
    ended = run(COMMANDS[command], made, folder=tmp_path / ODD)
    assert ended.code == 0, ended
    if command == "train":
        assert b"donn\xe9es" in ended.out  # as it is, so that it can be copied
        assert list((tmp_path / ODD / "out" / "tensorboard").iterdir())


@pytest.mark.parametrize("command", ["train", "study"])
def test_samples_below_such_a_folder_cannot_stand_in_a_config(made, command, tmp_path):
    (tmp_path / ODD).mkdir()
    shutil.copy(made.table, tmp_path / ODD / "lamps.csv")
    config = made.config.read_text().replace(str(made.table), "lamps.csv")
    (tmp_path / ODD / "relative.toml").write_text(config)
    (tmp_path / ODD / "study.toml").write_text(STUDY.format(config="relative.toml"))
    arguments = {
        "train": "train relative.toml --out new",
        "study": "study study.toml --folder new --jobs 1",
    }
    ended = run(arguments[command], made, folder=tmp_path / ODD)
    assert ended.code == 2
    assert "is a name that is no UTF-8" in ended.sentence
    assert command == "study" or not (tmp_path / ODD / "new").exists()


def test_a_working_folder_that_is_gone(made, tmp_path):
    gone = tmp_path / "gone"
    ended = run("train {config}", made, gone_from(gone), folder=gone)
    assert ended.code == 2
    assert ended.sentence


def gone_from(folder):
    return lambda: shutil.rmtree(folder)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_terminals_that_lack_characters(made, encoding, tmp_path):
    def narrow():
        # New ones: what other tests did to those of the process must not matter here.
        sys.stdout = open(1, "w", closefd=False, encoding=encoding, errors="strict")  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False, encoding=encoding, errors="strict")  # noqa: SIM115

    table = tmp_path / "größe-面積.csv"
    shutil.copy(made.table, table)
    ended = run(f"data info {table} --target works --no-baseline", made, narrow)
    assert ended.code == 0, ended
    assert run(f"info {tmp_path}/面積", made, narrow).code == 2


def subprocess_of(*arguments, shell="", **environment):
    command = [sys.executable, "-m", "logicjsc", *map(str, arguments)]
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {shell}', "sh", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_backend_of_a_notebook(made, tmp_path):
    done = subprocess_of(
        *("data", "info", made.table, "--target", "works", "--no-baseline"),
        *("--plot", tmp_path / "p.png"),
        MPLBACKEND="module://matplotlib_inline.backend_inline",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("shell", "code"), [(">/dev/full", 2), (">&-", 0), (">/dev/full 2>&1", 2), ("2>&-", 0)]
)
def test_the_interpreter_has_nothing_to_add_at_its_end(shell, code):
    done = subprocess_of("--version", shell=shell)
    assert done.returncode == code, done.stderr
    assert "Exception ignored" not in done.stderr
