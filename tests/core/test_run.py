"""Run directories: begun, opened and replaced without touching anything else."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.core.errors import OutputError, RunError
from logicjsc.core.run import Header, Run
from logicjsc.dataset import DataConfig
from logicjsc.dataset.provenance import Provenance
from logicjsc.tasks.jets.arrange import SCHEMA

HEADER = Header(
    "small",
    dataset={"source": "clouds"},
    seeds={"start": 3},
    versions={"numpy": "2"},
    files=("checkpoint.pt", "board"),
)
CONFIG = "method = 'small'\n[data]\ntask = 'jets'\n"


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "runs" / "one", HEADER, CONFIG, overwrite=False)


def listing(path):
    return sorted(str(entry.relative_to(path)) for entry in path.rglob("*"))


def test_a_new_run_holds_its_whole_config_and_says_what_makes_it(run):
    assert listing(run.path) == ["config.toml", "run.json"]
    assert run.config_file.read_text() == CONFIG
    assert Run.open(run.path).header() == HEADER
    assert HEADER.state == "running"
    assert not run.is_finished
    assert run.name == "one"


def test_the_name_is_that_of_the_directory_however_it_is_reached(run, monkeypatch):
    monkeypatch.chdir(run.path)
    assert Run.open(type(run.path)()).name == "one"


def test_an_empty_directory_becomes_a_run(tmp_path):
    (tmp_path / "empty").mkdir()
    assert Run.create(tmp_path / "empty", HEADER, CONFIG, overwrite=False).header() == HEADER


def test_a_run_that_exists_is_refused_with_three_ways_out(run):
    (run.path / "checkpoint.pt").write_text("weights")
    for refused in (
        lambda: Run.create(run.path, Header("other"), "", overwrite=False),
        lambda: run.refuse_existing(overwrite=False),
    ):
        with pytest.raises(RunError, match=r"one exists already; .*--resume .*--overwrite.*--out"):
            refused()
    run.refuse_existing(overwrite=True)
    assert run.header() == HEADER
    assert run.config_file.read_text() == CONFIG
    assert (run.path / "checkpoint.pt").read_text() == "weights"


@pytest.mark.parametrize("finished", [False, True])
def test_overwriting_removes_the_former_runs_files_and_only_those(run, finished):
    (run.path / "board").mkdir()
    ours = [
        run.path / "checkpoint.pt",
        run.path / "board" / "events.1",
        run.netlist_file,
        run.verification_file,
    ]
    if finished:
        run.finish({}, ("small-90.npz",))
        ours.append(run.path / "small-90.npz")
    for file in ours:
        file.write_text("old")
    (run.path / "notes.txt").write_text("mine")
    Run.create(run.path, Header("other"), "new", overwrite=True)
    assert listing(run.path) == ["config.toml", "notes.txt", "run.json"]
    assert run.header() == Header("other")
    assert run.config_file.read_text() == "new"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../theirs", "/theirs", "inside/notes.txt", 7, None]
)
def test_overwriting_removes_nothing_elsewhere_whatever_a_run_says(run, name):
    """Names are names of files in the run, and lead nowhere else."""
    kept = [run.path / "inside" / "notes.txt", run.path.parent / "theirs" / "thesis.tex"]
    for file in kept:
        file.parent.mkdir()
        file.write_text("years of work")
    said = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**said, "files": [name, "checkpoint.pt"]}))
    (run.path / "checkpoint.pt").write_text("old")
    Run.create(run.path, HEADER, CONFIG, overwrite=True)
    assert [file.read_text() for file in kept] == ["years of work"] * 2
    assert not (run.path / "checkpoint.pt").exists()


def test_a_run_without_all_its_files_can_be_overwritten(run):
    Run.create(run.path, HEADER, CONFIG, overwrite=True)
    assert listing(run.path) == ["config.toml", "run.json"]


@pytest.mark.parametrize("content", [b'{"method": "sm', b"\xff\xfe", b"[1]", b'{"method": 7}'])
def test_a_damaged_run_can_be_overwritten(run, content):
    (run.path / "run.json").write_bytes(content)
    Run.create(run.path, HEADER, CONFIG, overwrite=True)
    assert run.header() == HEADER


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_directory_of_someone_else_is_never_written(tmp_path, overwrite):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"theirs exists and was not written by logicjsc"):
        Run.create(tmp_path / "theirs", HEADER, CONFIG, overwrite=overwrite)
    with pytest.raises(OutputError, match="exists and is not a directory"):
        Run.create(tmp_path / "theirs" / "thesis.tex", HEADER, CONFIG, overwrite=overwrite)
    assert listing(tmp_path) == ["theirs", "theirs/thesis.tex"]


def test_what_is_no_run_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(RunError, match=r"is not a run: it has no run\.json"):
            Run.open(path)


@pytest.mark.parametrize(
    "content",
    [
        b'{"method": "sm',
        b"\xff\xfe",
        b"[1]",
        b"{}",
        json.dumps({**vars(HEADER), "state": "asleep"}).encode(),
        json.dumps({**vars(HEADER), "method": 7}).encode(),
        json.dumps({**vars(HEADER), "colour": "red"}).encode(),
        json.dumps({**vars(HEADER), "files": None}).encode(),
    ],
)
def test_a_damaged_header_is_refused_by_name(run, content):
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        run.header()


def test_a_header_of_another_version_says_so(run):
    (run.path / "run.json").write_text(json.dumps({**vars(HEADER), "format_version": 7}))
    with pytest.raises(
        RunError, match=r"run\.json has format 7; .* reads format 1; train it again"
    ):
        run.header()


def test_how_far_a_run_is(run):
    run.fail("no luck: it rained")
    assert run.header() == replace(HEADER, state="failed", failure="no luck: it rained")
    run.go_on()
    assert run.header() == HEADER
    run.finish({"accuracy": 0.5}, ("small-90.npz", "checkpoint.pt"))
    files = (*HEADER.files, "small-90.npz")
    assert run.header() == replace(HEADER, state="finished", files=files)
    assert run.is_finished
    assert run.result() == {"accuracy": 0.5}
    # What is finished stays so while somebody looks at it again.
    run.go_on()
    assert run.header().state == "finished"


def test_there_is_no_result_until_a_run_is_finished(run):
    with pytest.raises(RunError, match=r"one is not finished; go on with .*--resume .*one"):
        run.result()


@pytest.mark.parametrize("content", [b'{"accuracy": 0.', b"\xff", b"[1]"])
def test_a_damaged_result_is_refused_by_name(run, content):
    run.result_file.write_bytes(content)
    with pytest.raises(RunError, match=r"result\.json is damaged.*--resume"):
        run.result()


HOLD = """
import sys, time
from pathlib import Path
from logicjsc.core.run import Run
with Run(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(60)
"""


class TestLock:
    @pytest.fixture
    def holder(self, run):
        """Another process that works on the run."""
        command = [sys.executable, "-c", HOLD, str(run.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "held\n"
            yield process
            process.kill()

    @pytest.mark.usefixtures("holder")
    def test_a_second_process_is_refused(self, run):
        with (
            pytest.raises(RunError, match=r"another process works on .*one; wait until it ends"),
            run.locked(),
        ):
            pass

    @pytest.mark.usefixtures("holder")
    def test_other_runs_beside_it_go_on(self, run):
        with Run(run.path.with_name("two")).locked():
            pass

    def test_a_killed_process_holds_nothing(self, run, holder):
        holder.kill()
        holder.wait()
        with run.locked():
            pass

    def test_nothing_is_left_behind(self, run):
        before = listing(run.path.parent)
        with run.locked():
            assert listing(run.path) == ["config.toml", "run.json"]
        assert listing(run.path.parent) == before

    def test_folders_that_nothing_came_to_be_in_are_not_left_behind(self, tmp_path):
        new = Run(tmp_path / "some" / "where" / "else")
        with new.locked():
            assert listing(tmp_path) == ["some", "some/where", "some/where/.else.lock"]
        assert listing(tmp_path) == []
        with new.locked():
            Run.create(new.path, HEADER, CONFIG, overwrite=False)
        assert listing(new.path) == ["config.toml", "run.json"]

    @pytest.mark.usefixtures("holder")
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["train", "jsc-tiny", "--out"], "one exists already; continue it with --resume"),
            (["train", "jsc-tiny", "--overwrite", "--out"], "another process works on"),
            (["train", "--resume"], "another process works on"),
        ],
    )
    def test_the_command_says_so_in_a_sentence(self, run, arguments, sentence):
        dataset = Provenance(DataConfig(task="jets"), SCHEMA).to_dict()
        run.write_header(replace(HEADER, method="gradient", dataset=dataset))
        run.config_file.write_text("[data]\ntask = 'jets'\n")
        before = {name: (run.path / name).read_text() for name in listing(run.path)}
        result = CliRunner().invoke(main, [*arguments, str(run.path)])
        assert result.exit_code == 2
        assert sentence in result.output
        assert {name: (run.path / name).read_text() for name in listing(run.path)} == before
