"""SIGTERM ends what was started along with the program."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POOL = """
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from logicjsc.cli.termination import ending_together
from logicjsc.core.programs import Tool


def work(path):
    Tool("sleeper", Path(path), "1").run([], timeout=120)


if __name__ == "__main__":
    with ending_together(), ProcessPoolExecutor(1) as pool:
        pool.submit(work, sys.argv[1]).result()
"""


def is_running(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(condition, what):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.fixture
def sleeper(program, tmp_path):
    """A program that sleeps, as does a child of its own; and where it writes their numbers."""
    noted = tmp_path / "numbers"
    return program("sleeper", f"sleep 120 &\necho $$ $! $PPID >{noted}\nwait"), noted


def terminated(command, noted, **environment):
    """Start a command, terminate it once the sleeper runs, and see what is left."""
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            wait_until(lambda: noted.is_file() and noted.read_text().strip(), "it never started")
            process.send_signal(signal.SIGTERM)
            _, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGTERM, complaints
    assert b"Traceback" not in complaints
    for number in noted.read_text().split():
        wait_until(lambda: not is_running(number), f"process {number} still runs")  # noqa: B023


def test_the_program_that_a_command_waits_for(sleeper, tmp_path):
    path, noted = sleeper
    command = ["-m", "logicjsc", "train", "jsc-s", "--out", tmp_path / "run"]
    terminated(command, noted, CXX=str(path), LOGICJSC_CACHE=str(tmp_path / "cache"))


def test_programs_of_worker_processes_and_these(sleeper, tmp_path):
    path, noted = sleeper
    script = tmp_path / "script.py"
    script.write_text(POOL)
    terminated([script, path], noted)


def test_the_handler_is_there_for_the_command_only():
    from logicjsc.cli.termination import ending_together

    before = signal.getsignal(signal.SIGTERM)
    with ending_together():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_next_start_removes_what_a_killed_one_left(tmp_path, program):
    """Mapping is killed while ABC works."""
    prints = "case $2 in print*) echo Empty network; exit;; esac"
    script = f"{prints}\ntouch {tmp_path}/at\nsleep 60"
    environment = {
        **os.environ,
        "LOGICJSC_ABC": str(program("abc", script)),
        "LOGICJSC_CACHE": str(tmp_path / "cache"),
        "TMPDIR": str(tmp_path / "place"),
    }
    (tmp_path / "place").mkdir()
    point = Path(__file__).parents[2] / "zoo" / "jets" / "jsc-compact-small-396" / "netlist.npz"
    arguments = [sys.executable, "-m", "logicjsc"]
    with subprocess.Popen(
        [*arguments, "map", point, "--jobs", "1"], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        wait_until((tmp_path / "at").exists, "ABC never ran")
        assert list((tmp_path / "place").glob("logicjsc-*"))
        process.kill()
    subprocess.run([*arguments, "--version"], env=environment, check=True, capture_output=True)
    assert not list((tmp_path / "place").glob("logicjsc-*"))
