"""A run's directory says what made it and how far it is, whatever happens in between."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from logicjsc.core.errors import OutputError, RunError
from logicjsc.core.run import Header, Run

CONFIG = 'method = "gradient"\n'
WRITTEN = ("checkpoint.pt", "metrics.jsonl", "tensorboard")
HEADER = Header(
    "gradient",
    files=WRITTEN,
    dataset={"source": "here", "fingerprint": "1-2-3"},
    seeds={"training": 3},
    versions={"logicjsc": "1"},
)


def new_run(path, *, overwrite=False):
    return Run.create(path, HEADER, CONFIG, overwrite=overwrite)


def test_a_run_begins_with_its_settings_and_what_made_it(tmp_path):
    run = new_run(tmp_path / "runs" / "a")
    assert sorted(file.name for file in run.path.iterdir()) == ["config.toml", "run.json"]
    assert run.config_file.read_text() == CONFIG
    assert run.name == "a"
    assert Run.open(run.path).header() == HEADER
    assert HEADER.state == "running"
    assert not run.is_finished
    saved = json.loads((run.path / "run.json").read_text())
    assert (saved["method"], saved["seeds"], saved["format_version"]) == (
        "gradient",
        {"training": 3},
        1,
    )


def test_a_finished_run_has_a_result_and_names_its_files(tmp_path):
    run = new_run(tmp_path / "a")
    run.finish({"accuracy": 0.5}, ("netlist.npz", "checkpoint.pt"))
    assert run.is_finished
    assert run.result() == {"accuracy": 0.5}
    expected = replace(HEADER, state="finished", files=(*WRITTEN, "netlist.npz"))
    assert run.header() == expected


def test_a_failed_run_says_why_and_may_be_finished_later(tmp_path):
    run = new_run(tmp_path / "a")
    run.fail("the loss is not finite")
    assert run.header() == replace(HEADER, state="failed", failure="the loss is not finite")
    assert not run.is_finished
    run.go_on()
    assert run.header() == HEADER
    run.go_on()
    assert run.header() == HEADER
    run.fail("the loss is not finite")
    run.finish({})
    assert (run.header().state, run.header().failure) == ("finished", "")


def test_a_run_that_came_to_its_end_stays_finished(tmp_path):
    run = new_run(tmp_path / "a")
    run.finish({})
    run.fail("a later command did not find its samples")
    run.go_on()
    assert (run.header().state, run.header().failure) == ("finished", "")


def test_the_name_of_a_run_is_that_of_its_directory(tmp_path, monkeypatch):
    new_run(tmp_path / "a")
    monkeypatch.chdir(tmp_path / "a")
    assert Run.open(Path()).name == "a"


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match=rf"^{tmp_path}/none is not a run: it has no run\.json$"):
        Run.open(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="is not a run"):
        Run.open(tmp_path / "file")
    assert not Run.exists(tmp_path)


def test_an_existing_run_is_replaced_only_where_that_is_wanted(tmp_path):
    run = new_run(tmp_path / "a")
    run.finish({"accuracy": 0.5})
    with pytest.raises(RunError) as caught:
        new_run(tmp_path / "a")
    assert str(caught.value) == (
        f"{run.path} exists already; continue it with --resume {run.path}, replace it with "
        f"--overwrite, or choose another --out"
    )
    with pytest.raises(RunError):
        run.refuse_existing(overwrite=False)
    assert run.result() == {"accuracy": 0.5}
    again = new_run(tmp_path / "a", overwrite=True)
    assert not again.is_finished
    assert again.header() == HEADER


def test_replacing_a_run_removes_what_it_wrote_and_nothing_else(tmp_path):
    run = new_run(tmp_path / "a")
    for name in ("netlist.npz", "verify.json", "extra.npz", "checkpoint.pt", "metrics.jsonl"):
        (run.path / name).write_text("old")
    (run.path / "tensorboard").mkdir()
    (run.path / "tensorboard" / "events").write_text("old")
    (run.path / "notes.md").write_text("mine")
    run.finish({}, ("extra.npz",))
    new_run(tmp_path / "a", overwrite=True)
    left = sorted(file.name for file in run.path.iterdir())
    assert left == ["config.toml", "notes.md", "run.json"]
    assert (run.path / "notes.md").read_text() == "mine"


def test_replacing_a_killed_run_removes_what_it_had_written(tmp_path):
    run = new_run(tmp_path / "a")
    (run.path / "checkpoint.pt").write_text("old")
    new_run(tmp_path / "a", overwrite=True)
    assert not (run.path / "checkpoint.pt").exists()


@pytest.mark.parametrize("name", ["../mine", "/mine", "..", "", ".", "a/../../mine", 3])
def test_a_hostile_header_removes_nothing_elsewhere(tmp_path, name):
    run = new_run(tmp_path / "a")
    for file in (tmp_path / "mine", run.path / "mine.md"):
        file.write_text("mine")
    saved = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**saved, "files": [name]}))
    new_run(tmp_path / "a", overwrite=True)
    assert (tmp_path / "mine").read_text() == (run.path / "mine.md").read_text() == "mine"


def test_a_damaged_run_can_be_replaced(tmp_path):
    run = new_run(tmp_path / "a")
    run.finish({})
    (run.path / "run.json").write_text("{")
    assert new_run(tmp_path / "a", overwrite=True).header() == HEADER
    assert not run.is_finished


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_place_that_holds_something_else_is_left_alone(tmp_path, overwrite):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"was not written by logicjsc \(it has no run\.json\)"):
        new_run(tmp_path / "letters", overwrite=overwrite)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="exists and is not a directory"):
        new_run(tmp_path / "file", overwrite=overwrite)
    assert (tmp_path / "letters" / "dear.txt").read_text() == "dear"
    (tmp_path / "empty").mkdir()
    assert new_run(tmp_path / "empty", overwrite=overwrite).header() == HEADER


def damaged_headers():
    saved = json.loads(json.dumps(vars(HEADER)))
    yield ""
    yield "{"
    yield "[]"
    yield "3"
    yield "{}"
    for key in ("method", "files"):
        yield json.dumps({name: value for name, value in saved.items() if name != key})
    yield json.dumps({**saved, "method": 3})
    yield json.dumps({**saved, "state": "paused"})
    yield json.dumps({**saved, "files": None})
    yield json.dumps({**saved, "more": 1})


@pytest.mark.parametrize("text", list(damaged_headers()))
def test_a_damaged_header_is_refused(tmp_path, text):
    run = new_run(tmp_path / "a")
    (run.path / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        run.header()


def test_a_header_of_another_version_is_refused(tmp_path):
    run = new_run(tmp_path / "a")
    saved = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**saved, "format_version": 2}))
    message = r"run\.json has format 2; this version of logicjsc reads format 1; train it again"
    with pytest.raises(RunError, match=message):
        run.header()


def test_a_result_that_is_not_there_or_damaged_is_refused(tmp_path):
    run = new_run(tmp_path / "a")
    message = f"{run.path} is not finished; go on with logicjsc train --resume {run.path}"
    with pytest.raises(RunError, match=f"^{message}$"):
        run.result()
    for text in ("", "[]", "{", "null"):
        run.result_file.write_text(text)
        with pytest.raises(RunError, match=r"result\.json is damaged; write it again with logic"):
            run.result()


def hold(path, begun, end):
    with Run(path).locked():
        begun.set()
        end.wait(60)


def test_one_process_at_a_time_works_on_a_run(tmp_path):
    path = tmp_path / "runs" / "a"
    context = multiprocessing.get_context("spawn")
    begun, end = context.Event(), context.Event()
    process = context.Process(target=hold, args=(path, begun, end))
    process.start()
    try:
        assert begun.wait(60)
        message = f"another process works on {path}; wait until it ends, or choose another --out"
        with pytest.raises(RunError, match=f"^{message}$"), Run(path).locked():
            pass
        with Run(path.with_name("b")).locked():
            pass
    finally:
        end.set()
        process.join()
    with Run(path).locked():
        assert not path.exists()  # a lock makes no run
    assert not path.parent.exists()


def test_a_killed_process_locks_nothing_for_ever(tmp_path):
    path = tmp_path / "a"
    context = multiprocessing.get_context("spawn")
    begun, end = context.Event(), context.Event()
    process = context.Process(target=hold, args=(path, begun, end))
    process.start()
    assert begun.wait(60)
    process.kill()
    process.join()
    with Run(path).locked():
        pass


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=f"cannot write {tmp_path}/file/a"):
        new_run(tmp_path / "file" / "a")
    locked = Run(tmp_path / "file" / "a").locked()
    with pytest.raises(OutputError, match=f"cannot write {tmp_path}/file/a"), locked:
        pass


def test_a_header_is_whole_or_the_one_before(tmp_path, monkeypatch):
    run = new_run(tmp_path / "a")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        run.fail("interrupted")
    monkeypatch.undo()
    assert run.header() == HEADER
    assert not list(run.path.glob(".run.json*"))
