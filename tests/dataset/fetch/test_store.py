"""What a fetch believes, remembers, and refuses."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from reference.damaged_files import HTML_PAGE
from reference.misbehaving_server import Misbehaving, cut, page, serving, status, whole

from logicjsc.cli.data_fetch import command
from logicjsc.core.errors import DataError, OutputError
from logicjsc.dataset import task as tasks
from logicjsc.dataset.fetch import Address, Limits, Published, PublishedFile, fetch
from logicjsc.dataset.readers import read_table
from logicjsc.dataset.task import Task, register_task

ROWS = 2000


def content_of(factor=1):
    return ("a,b,class\n" + "".join(f"{i},{factor * i},c{i % 3}\n" for i in range(ROWS))).encode()


CONTENT = content_of()
LIMITS = Limits(connect=2, silence=0.5, attempts=2, pause=0.01)
FILE = "set.csv"


def check(path):
    table = read_table(path)
    if len(table) != ROWS:
        raise DataError(f"{path} holds {len(table):,} rows, not {ROWS:,}")
    return {"rows": len(table), "classes": {"c0": 667, "c1": 667, "c2": 666}}


def file(*urls, name=FILE, **changes):
    return PublishedFile((name,), tuple(Address(url, name) for url in urls), check, **changes)


def published(*urls: str, **changes: object) -> Published:
    return Published("set", "The set", "lamps", (file(*urls, **changes),))


@pytest.fixture
def server():
    with serving(Misbehaving(CONTENT, answers=[whole])) as state:
        yield state


def test_a_set_is_fetched_checked_and_kept(server, tmp_path):
    report = fetch(published(server.url), tmp_path, limits=LIMITS)
    path = tmp_path / "lamps" / "set" / FILE
    assert report.path == str(path)
    assert path.read_bytes() == CONTENT
    assert report.files[0].sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert report.files[0].facts == check(path)
    assert sorted(file.name for file in path.parent.iterdir()) == [".lock", FILE, f"{FILE}.json"]

    again = fetch(published(server.url), tmp_path, limits=LIMITS)
    assert (report.files[0].downloaded, again.files[0].downloaded) == (True, False)
    assert replace(again.files[0], downloaded=True) == report.files[0]
    assert len(server.ranges) == 1
    assert fetch(published("http://nowhere"), tmp_path, offline=True) == again


def test_offline_without_the_set_is_refused_and_makes_nothing(tmp_path):
    with pytest.raises(DataError, match=r"The set is not in the cache .* without --offline"):
        fetch(published("http://nowhere"), tmp_path / "cache", offline=True)
    assert not (tmp_path / "cache").exists()


def test_the_next_mirror_is_asked_after_a_dead_one(server, tmp_path):
    set_ = published("http://127.0.0.1:1/dead", server.url)
    assert fetch(set_, tmp_path, limits=LIMITS).files[0].url == server.url


def test_every_mirror_is_named_with_its_reason(server, tmp_path):
    server.answers = [page(HTML_PAGE)]
    set_ = published("http://127.0.0.1:1/dead", server.url)
    with pytest.raises(DataError, match="The set could not be fetched: http") as caught:
        fetch(set_, tmp_path, limits=LIMITS)
    assert "http://127.0.0.1:1/dead refuses the connection (attempt 2 of 2); " in str(caught.value)
    assert f"{server.url} answered with a web page titled '404 Not Found'" in str(caught.value)
    folder = tmp_path / "lamps" / "set"
    assert [file.name for file in folder.iterdir()] == [".lock"]


def test_an_interrupted_fetch_goes_on_in_the_next_run(server, tmp_path):
    server.answers = [cut(7000)]
    with pytest.raises(DataError, match="broke off the connection"):
        fetch(published(server.url), tmp_path, limits=replace(LIMITS, attempts=1))
    server.answers = [whole]
    report = fetch(published(server.url), tmp_path, limits=LIMITS)
    assert server.ranges == [None, "bytes=7000-"]
    assert report.files[0].sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_file_that_changed_at_its_address_is_refused_until_refresh(server, tmp_path):
    set_ = published(server.url)
    first = fetch(set_, tmp_path, limits=LIMITS)
    Path(first.path).unlink()
    server.content, server.etag = content_of(2), '"2"'
    with pytest.raises(DataError, match=r"another file than the one verified before; .*--refresh"):
        fetch(set_, tmp_path, limits=LIMITS)
    second = fetch(set_, tmp_path, limits=LIMITS, refresh=True)
    assert second.files[0].sha256 != first.files[0].sha256
    assert fetch(set_, tmp_path, limits=LIMITS).files[0].sha256 == second.files[0].sha256


def test_a_failed_refresh_keeps_what_there_was(server, tmp_path):
    first = fetch(published(server.url), tmp_path, limits=LIMITS)
    server.answers = [status(404)]
    with pytest.raises(DataError, match="answered with status 404"):
        fetch(published(server.url), tmp_path, limits=LIMITS, refresh=True)
    assert (
        fetch(published(server.url), tmp_path, offline=True).files[0].sha256
        == first.files[0].sha256
    )


@pytest.mark.parametrize("offline", [True, False])
def test_a_file_that_changed_in_the_cache_is_refused(server, tmp_path, offline):
    set_ = published(server.url)
    path = Path(fetch(set_, tmp_path, limits=LIMITS).path)
    path.write_bytes(content_of(2))
    with pytest.raises(DataError, match=f"{path} changed since it was verified; .*--refresh"):
        fetch(set_, tmp_path, limits=LIMITS, offline=offline)


@pytest.mark.parametrize("record", [None, "", "{}", '{"sha256": 1, "facts": {"rows": 1}}'])
def test_a_file_put_there_by_hand_is_checked_and_then_remembered(tmp_path, record):
    path = tmp_path / "lamps" / "set" / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    notes = path.with_name(f"{FILE}.json")
    if record is not None:
        notes.write_text(record)
    set_ = published("http://127.0.0.1:1/dead")
    assert fetch(set_, tmp_path, offline=True).files[0].url == "put there by hand"
    assert fetch(set_, tmp_path, limits=LIMITS).files[0].facts["rows"] == ROWS
    assert json.loads(notes.read_text())["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    notes.unlink()
    path.write_bytes(HTML_PAGE)
    with pytest.raises(DataError, match="it is a web page"):
        fetch(set_, tmp_path, limits=LIMITS)


def fetch_in_another_process(url, cache, start, results):
    start.wait()
    results.put(fetch(published(url), cache, limits=LIMITS).files[0].downloaded)


def test_two_processes_at_once_download_once(server, tmp_path):
    def late(handler):  # the other process comes meanwhile
        time.sleep(0.3)
        whole(handler)

    server.answers = [late]
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    arguments = (server.url, tmp_path, start, results)
    processes = [context.Process(target=fetch_in_another_process, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    start.set()
    outcomes = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sorted(outcomes) == [False, True]
    assert len(server.ranges) == 1


def test_waiting_for_another_process_has_an_end(server, tmp_path):
    from filelock import FileLock

    folder = tmp_path / "lamps" / "set"
    folder.mkdir(parents=True)
    with (
        FileLock(folder / ".lock", is_singleton=False),
        pytest.raises(DataError, match="another process is still fetching The set after 0 s"),
    ):
        fetch(published(server.url), tmp_path, limits=LIMITS, patience=0.05)


def test_a_cache_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot be used .*; choose another with --cache"):
        fetch(published("http://nowhere"), tmp_path / "file")


def test_a_missing_reader_is_named_before_anything_is_downloaded(server, tmp_path, monkeypatch):
    monkeypatch.setattr("logicjsc.dataset.fetch.catalogue.find_spec", lambda _: None)
    set_ = published(server.url, name="set.h5")
    with pytest.raises(DataError, match=r"needs h5py; pip install logicjsc\[formats\]"):
        fetch(set_, tmp_path, limits=LIMITS)
    assert not server.ranges


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT[:5000], "is refused: what it gave .*damaged|is refused: what it gave holds"),
        (b"\x80\x04N.", "is not a .csv file of samples, or is damaged .it is a pickle"),
        (b"no table at all, really\n" * 100, "what it gave holds 99 rows, not 2,000"),
    ],
)
def test_a_file_with_other_contents_is_refused(server, tmp_path, content, message):
    server.content = content
    with pytest.raises(DataError, match=f"{server.url} is refused: .*{message}|{message}"):
        fetch(published(server.url), tmp_path, limits=LIMITS)
    assert [path.name for path in (tmp_path / "lamps" / "set").iterdir()] == [".lock"]


def zipped(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def inside(server, member="folder/set.csv", **changes):
    address = Address(server.url, FILE, "", member)
    return Published("set", "The set", "lamps", (PublishedFile((FILE,), (address,), check),))


def test_a_file_is_taken_out_of_an_archive(server, tmp_path):
    server.content = zipped({"folder/set.csv": CONTENT, "folder/set.xlsx": b"x" * 100})
    report = fetch(inside(server), tmp_path, limits=LIMITS)
    path = Path(report.path)
    assert path.read_bytes() == CONTENT
    assert report.files[0].sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert sorted(entry.name for entry in path.parent.iterdir()) == [".lock", FILE, f"{FILE}.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped({"other.csv": CONTENT}), "gave an archive without folder/set.csv"),
        (zipped({"folder/set.csv": CONTENT})[:3000], "gave no zip archive, or a damaged one"),
        (CONTENT, "gave no zip archive, or a damaged one"),
        (zipped({"folder/set.csv": CONTENT + CONTENT[10:]}), "is refused: what it gave"),
    ],
)
def test_another_archive_is_refused_and_nothing_is_left(server, tmp_path, content, message):
    server.content = content
    with pytest.raises(DataError, match=message):
        fetch(inside(server), tmp_path, limits=LIMITS)
    assert [path.name for path in (tmp_path / "lamps" / "set").iterdir()] == [".lock"]


def test_an_archive_that_unpacks_to_too_much_is_refused(server, tmp_path):
    server.content = zipped({"folder/set.csv": b"0" * (1 << 20)})
    with pytest.raises(DataError, match="packs more than the limit of 100,000 bytes"):
        fetch(inside(server), tmp_path, limits=replace(LIMITS, largest=100_000))
    assert [path.name for path in (tmp_path / "lamps" / "set").iterdir()] == [".lock"]


def test_a_set_of_several_files_is_a_folder_and_goes_on_with_what_is_missing(server, tmp_path):
    files = (file(server.url), file("http://127.0.0.1:1/dead", name="more.csv"))
    set_ = Published("set", "The set", "lamps", files)
    with pytest.raises(DataError, match="dead refuses the connection"):
        fetch(set_, tmp_path, limits=LIMITS)
    files = (file("http://127.0.0.1:1/dead"), file(server.url, name="more.csv"))
    report = fetch(replace(set_, files=files), tmp_path, limits=LIMITS)
    assert report.path == str(tmp_path / "lamps" / "set")
    assert [entry.downloaded for entry in report.files] == [False, True]
    assert len(server.ranges) == 2


def test_a_file_of_this_machine_is_checked_and_kept(tmp_path):
    (tmp_path / "mine.csv").write_bytes(CONTENT)
    set_ = published("http://127.0.0.1:1/dead")
    report = fetch(set_, tmp_path / "cache", local=tmp_path / "mine.csv")
    assert Path(report.path).read_bytes() == CONTENT
    assert report.files[0].url == str(tmp_path / "mine.csv")
    assert not report.files[0].downloaded
    assert fetch(set_, tmp_path / "cache", offline=True).files == report.files
    (tmp_path / "mine.csv").write_bytes(content_of(3))
    message = r"mine\.csv is another file than the one verified before; accept it with --refresh"
    with pytest.raises(DataError, match=message):
        fetch(set_, tmp_path / "cache", local=tmp_path / "mine.csv")
    fetch(set_, tmp_path / "cache", local=tmp_path / "mine.csv", refresh=True)
    assert Path(report.path).read_bytes() == content_of(3)
    (tmp_path / "mine.csv").write_bytes(CONTENT[:-30])
    with pytest.raises(DataError, match=r"^/[^ ]*/mine\.csv"):
        fetch(set_, tmp_path / "cache", local=tmp_path / "mine.csv", refresh=True)
    assert Path(report.path).read_bytes() == content_of(3)


def test_files_of_this_machine_lie_in_a_folder_under_their_names(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / FILE).write_bytes(CONTENT)
    set_ = Published("set", "The set", "lamps", (file(), file(name="more.csv")))
    message = f"{mine} is no folder with set.csv, more.csv, of which the set consists"
    with pytest.raises(DataError, match=message):
        fetch(set_, tmp_path / "cache", local=mine)
    with pytest.raises(DataError, match=r"is no folder with set\.csv, more\.csv, of which"):
        fetch(set_, tmp_path / "cache", local=mine / FILE)
    (mine / "more.csv").write_bytes(CONTENT)
    report = fetch(set_, tmp_path / "cache", local=mine)
    assert [Path(entry.path).name for entry in report.files] == [FILE, "more.csv"]


@pytest.fixture
def known(server):
    """A task whose set lies on the server."""
    before = dict(tasks._registered)
    register_task(Task("lamps", "lamps that work or not", sets=lambda: (published(server.url),)))
    yield
    tasks._registered.clear()
    tasks._registered.update(before)


@pytest.mark.usefixtures("known")
def test_the_command_reports_and_refuses(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "own"))
    shown = CliRunner().invoke(command, ["set"])
    assert shown.exit_code == 0, shown.output
    path = tmp_path / "own" / "lamps" / "set" / FILE
    assert f"train on it with --data {path} --set data.task=lamps" in shown.output
    assert path.is_file()
    answer = CliRunner().invoke(command, ["set", "--json", "--cache", str(tmp_path / "own")])
    report = json.loads(answer.stdout)
    assert report["path"] == str(path)
    assert report["files"][0]["facts"]["rows"] == ROWS
    refused = CliRunner().invoke(command, ["set", "--offline", "--cache", str(tmp_path / "b")])
    assert isinstance(refused.exception, DataError)
    assert CliRunner().invoke(command, ["set", "--offline", "--refresh"]).exit_code == 2
    assert CliRunner().invoke(command, ["set", "--offline", "--from", str(path)]).exit_code == 2
    unknown = CliRunner().invoke(command, ["cifar"])
    assert unknown.exit_code == 2
    listed = " ".join(unknown.output.split())
    assert "'cifar' is no published set; known: beans, cernbox, mnist, nid, openml, set" in listed
    taken = CliRunner().invoke(
        command, ["set", "--from", str(path), "--cache", str(tmp_path / "b")]
    )
    assert taken.exit_code == 0, taken.output
