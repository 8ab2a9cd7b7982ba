from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from logicjsc.core.programs import Tool

_STARTS_TWO = """
import threading
from pathlib import Path
from logicjsc.core.programs import Tool
shell = Tool("shell", Path("/bin/sh"), "1")
shell.run(["-c", "exit 0"], timeout=9)
def start(name):
    shell.run(["-c", f"sleep 300 & echo $! > {name}.new; mv {name}.new {name}; wait"], timeout=300)
threads = [threading.Thread(target=start, args=(name,)) for name in ("first", "second")]
for thread in threads:
    thread.start()
"""


def test_programs_end_with_a_process_that_is_killed(tmp_path):
    """Also those that programs started, and those of several threads."""
    with subprocess.Popen([sys.executable, "-c", _STARTS_TWO], cwd=tmp_path) as process:
        files = [tmp_path / "first", tmp_path / "second"]
        _wait_until(lambda: all(file.exists() for file in files))
        sleepers = [int(file.read_text()) for file in files]
        assert all(map(_runs, sleepers))
        process.send_signal(signal.SIGKILL)
        assert process.wait(9) == -signal.SIGKILL
    _wait_until(lambda: not any(map(_runs, sleepers)))


def test_a_forked_process_has_a_watcher_of_its_own(program, tmp_path):
    tool = _tool(program, "exit 0")
    tool.run([], timeout=9.0)
    kept = tmp_path / "kept"
    child = os.fork()
    if not child:
        sleeper = _tool(program, f"sleep 0.1; echo $$ > {kept}; exec sleep 300")
        sleeper.run([], timeout=300.0)
    _wait_until(lambda: kept.exists() and kept.read_text().endswith("\n"))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    _wait_until(lambda: not _runs(int(kept.read_text())))
    tool.run([], timeout=9.0)


def test_many_threads_at_once(program):
    tool = _tool(program, "exit 0")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: tool.run([], timeout=9.0), range(20)))


def _tool(program, script: str) -> Tool:
    return Tool("sh", program(f"program{len(script)}", script), "1")


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until(condition) -> None:
    end = time.monotonic() + 9.0
    while not condition():
        if time.monotonic() > end:
            pytest.fail("it did not happen within nine seconds")
        time.sleep(0.01)
