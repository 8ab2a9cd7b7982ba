"""Progress is told on standard error: a bar in a terminal, a line now and then without one."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from logicjsc.core import progress
from logicjsc.core.progress import shown_progress, silent


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass when a test says so."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_what_ends_soon_is_not_told(capsys, clock):
    with shown_progress("reading") as update:
        for _ in range(3):
            clock[0] += 0.6
            update(1, 10, "")
    assert capsys.readouterr() == ("", "")


def test_a_line_every_few_seconds(capsys, clock):
    with shown_progress("reading") as update:
        for done in range(1, 1201):
            clock[0] += 0.01
            update(1000 * done, 1_200_000, "")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "reading: 200,000 of 1,200,000",
        "reading: 700,000 of 1,200,000",
        "reading: 1,200,000 of 1,200,000",
    ]


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ((3, 10, ""), "reading: 3 of 10"),
        ((3, 10, "loss 0.5"), "reading: 3 of 10, loss 0.5"),
        ((3, 0, "loss 0.5"), "reading: loss 0.5"),
        ((0, 0, ""), "reading"),
    ],
)
def test_how_a_line_is_put(capsys, clock, told, line):
    with shown_progress("reading") as update:
        clock[0] += 3
        update(*told)
    assert capsys.readouterr().err == f"{line}\n"


def test_nothing_is_told_where_nobody_wants_to_see_it(capsys, clock):
    with shown_progress("reading", shown=False) as update:
        assert update is silent
        clock[0] += 1000
        update(1, 2, "x")
    assert capsys.readouterr() == ("", "")


def test_an_error_goes_through(clock):
    with pytest.raises(ValueError, match=r"^mine$"), shown_progress("reading"):
        raise ValueError("mine")


PROGRAM = """
from logicjsc.core.progress import shown_progress
with shown_progress("reading") as update:
    update(0, 0, "waiting")
    update(2500, 10_000, "loss 0.5")
    update(10_000, 10_000, "loss 0.25")
print("done")
"""


def test_in_a_terminal_there_is_a_bar_and_standard_output_stays_clean():
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        )
        out, _ = process.communicate(timeout=60)
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 1 << 16):
                shown += block
        except OSError:  # the other end is closed
            pass
    finally:
        os.close(ours)
    assert (process.returncode, out) == (0, b"done\n")
    text = shown.decode()
    assert "reading" in text
    assert "10,000/10,000" in text
    assert "loss 0.25" in text
    assert "\x1b[" in text


def test_in_a_pipe_a_short_job_leaves_no_trace():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")
