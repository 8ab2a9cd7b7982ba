"""What a fetch believes, remembers, and refuses."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from reference.damaged_files import HTML_PAGE
from reference.jet_formats import arff_bytes, csv_bytes, example_jets, names_of, published_like
from reference.misbehaving_server import Misbehaving, cut, page, serving, status, whole

from logicjsc.core.errors import DataError, OutputError
from logicjsc.dataset import DataConfig, Samples, load_all
from logicjsc.tasks.jets.arrange import SCHEMA
from logicjsc.tasks.jets.commands.fetch import command
from logicjsc.tasks.jets.fetch import CATALOGUE, Address, Limits, Published, fetch
from logicjsc.tasks.jets.fetch.catalogue import addresses_of
from logicjsc.tasks.jets.reference import distances_from_reference

JETS = 4000
FEATURES, LABELS = published_like(JETS)
CONTENT = csv_bytes(FEATURES, names_of(LABELS))
LIMITS = Limits(connect=2, silence=0.5, attempts=2, pause=0.01)
FILE = "set.csv"


def published(*urls: str, **changes: object) -> Published:
    mirrors = tuple(Address(url, FILE) for url in urls)
    found = Published("set", "The set", JETS, 0.05, mirrors, files=(FILE,))
    return replace(found, **changes)


@pytest.fixture
def server():
    with serving(Misbehaving(CONTENT, answers=[whole])) as state:
        yield state


def test_a_set_is_fetched_checked_and_kept(server, tmp_path):
    report = fetch(published(server.url), tmp_path, limits=LIMITS)
    path = tmp_path / "jets" / "set" / FILE
    assert report.path == str(path)
    assert path.read_bytes() == CONTENT
    assert report.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (report.identity.rows, report.identity.jets) == (JETS, JETS)
    assert report.identity.classes == dict.fromkeys("gqtwz", JETS // 5)
    assert report.identity.distance < 0.05
    np.testing.assert_array_equal(
        load_all(DataConfig(task="jets", path=str(path))).features, FEATURES
    )
    assert sorted(file.name for file in path.parent.iterdir()) == [".lock", FILE, f"{FILE}.json"]

    again = fetch(published(server.url), tmp_path, limits=LIMITS)
    assert (report.downloaded, again.downloaded) == (True, False)
    assert replace(again, downloaded=True) == report
    assert len(server.ranges) == 1
    assert fetch(published("http://nowhere"), tmp_path, offline=True) == again


def test_offline_without_the_set_is_refused_and_makes_nothing(tmp_path):
    with pytest.raises(DataError, match=r"The set is not in the cache .* without --offline"):
        fetch(published("http://nowhere"), tmp_path / "cache", offline=True)
    assert not (tmp_path / "cache").exists()


def test_the_next_mirror_is_asked_after_a_dead_one(server, tmp_path):
    set_ = published("http://127.0.0.1:1/dead", server.url)
    assert fetch(set_, tmp_path, limits=LIMITS).url == server.url


def test_every_mirror_is_named_with_its_reason(server, tmp_path):
    server.answers = [page(HTML_PAGE)]
    set_ = published("http://127.0.0.1:1/dead", server.url)
    with pytest.raises(DataError, match="The set could not be fetched: http") as caught:
        fetch(set_, tmp_path, limits=LIMITS)
    assert "http://127.0.0.1:1/dead refuses the connection (attempt 2 of 2); " in str(caught.value)
    assert f"{server.url} answered with a web page titled '404 Not Found'" in str(caught.value)
    folder = tmp_path / "jets" / "set"
    assert [file.name for file in folder.iterdir()] == [".lock"]


def test_an_interrupted_fetch_goes_on_in_the_next_run(server, tmp_path):
    server.answers = [cut(7000)]
    with pytest.raises(DataError, match="broke off the connection"):
        fetch(published(server.url), tmp_path, limits=replace(LIMITS, attempts=1))
    server.answers = [whole]
    report = fetch(published(server.url), tmp_path, limits=LIMITS)
    assert server.ranges == [None, "bytes=7000-"]
    assert report.sha256 == hashlib.sha256(CONTENT).hexdigest()


def other_jets() -> bytes:
    features, labels = published_like(JETS, seed=1)
    return csv_bytes(features, names_of(labels))


def standardised() -> bytes:
    scaled = (FEATURES - FEATURES.mean(axis=0)) / FEATURES.std(axis=0)
    return csv_bytes(scaled, names_of(LABELS))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT[:100_000], "is refused: what it gave: column 'class' holds '' for jet "),
        (csv_bytes(FEATURES[:-1], names_of(LABELS[:-1])), "holds 3,999 jets, not 4,000"),
        (csv_bytes(FEATURES, ["q"] * JETS), "holds no jets of class g"),
        (standardised(), "holds other jets than The set: .* at a distance of 0"),
        (csv_bytes(FEATURES, ["h"] * JETS), "column 'class' holds 'h' for jet 0"),
        (b"\x80\x04N.", "is not a .csv file of samples, or is damaged .it is a pickle"),
        (b"no jets at all, really\n" * 100, "has no column"),
        (b"no jets at all, really" * 100, "has column 'reallyno jets at all' twice"),
    ],
)
def test_a_file_with_other_contents_is_refused(server, tmp_path, content, message):
    server.content = content
    with pytest.raises(DataError, match=f"{server.url} is refused: .*{message}|{message}"):
        fetch(published(server.url), tmp_path, limits=LIMITS)
    assert [file.name for file in (tmp_path / "jets" / "set").iterdir()] == [".lock"]


def test_a_file_that_changed_at_its_address_is_refused_until_refresh(server, tmp_path):
    set_ = published(server.url)
    first = fetch(set_, tmp_path, limits=LIMITS)
    Path(first.path).unlink()
    server.content, server.etag = other_jets(), '"2"'
    with pytest.raises(DataError, match=r"another file than the one verified before; .*--refresh"):
        fetch(set_, tmp_path, limits=LIMITS)
    second = fetch(set_, tmp_path, limits=LIMITS, refresh=True)
    assert second.sha256 != first.sha256
    assert fetch(set_, tmp_path, limits=LIMITS).sha256 == second.sha256


def test_a_failed_refresh_keeps_what_there_was(server, tmp_path):
    first = fetch(published(server.url), tmp_path, limits=LIMITS)
    server.answers = [status(404)]
    with pytest.raises(DataError, match="answered with status 404"):
        fetch(published(server.url), tmp_path, limits=LIMITS, refresh=True)
    assert fetch(published(server.url), tmp_path, offline=True).sha256 == first.sha256


@pytest.mark.parametrize("offline", [True, False])
def test_a_file_that_changed_in_the_cache_is_refused(server, tmp_path, offline):
    set_ = published(server.url)
    path = Path(fetch(set_, tmp_path, limits=LIMITS).path)
    path.write_bytes(other_jets())
    with pytest.raises(DataError, match=f"{path} changed since it was verified; .*--refresh"):
        fetch(set_, tmp_path, limits=LIMITS, offline=offline)


@pytest.mark.parametrize("record", [None, "", "{}", '{"sha256": 1, "identity": {"rows": 1}}'])
def test_a_file_put_there_by_hand_is_checked_and_then_remembered(tmp_path, record):
    path = tmp_path / "jets" / "set" / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    notes = path.with_name(f"{FILE}.json")
    if record is not None:
        notes.write_text(record)
    set_ = published("http://127.0.0.1:1/dead")
    assert fetch(set_, tmp_path, offline=True).url == "put there by hand"
    assert fetch(set_, tmp_path, limits=LIMITS).identity.jets == JETS
    assert json.loads(notes.read_text())["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    notes.unlink()
    path.write_bytes(HTML_PAGE)
    with pytest.raises(DataError, match="it is a web page"):
        fetch(set_, tmp_path, limits=LIMITS)


def fetch_in_another_process(url, cache, start, results):
    start.wait()
    results.put(fetch(published(url), cache, limits=LIMITS).downloaded)


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

    folder = tmp_path / "jets" / "set"
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


def openml(server, **answers):
    description = {"url": server.url, "md5_checksum": hashlib.md5(server.content).hexdigest()}  # noqa: S324
    body = json.dumps({"data_set_description": {**description, **answers}}).encode()
    return Published(
        "set", "The set", JETS, 0.05, (), (server.url + "/api",), ("set.arff", "set.parquet")
    ), page(body, "application/json")


def test_the_interface_is_asked_for_address_and_md5(server, tmp_path):
    server.content = arff_bytes(FEATURES, names_of(LABELS))
    set_, answer = openml(server)
    server.answers = [answer, whole]
    report = fetch(set_, tmp_path, limits=LIMITS)
    assert report.md5 == hashlib.md5(server.content).hexdigest()  # noqa: S324
    assert Path(report.path).name == "set.arff"


def test_a_wrong_md5_is_refused(server, tmp_path):
    set_, answer = openml(server, md5_checksum="0" * 32)
    server.answers = [answer, whole]
    with pytest.raises(DataError, match=r"gave a file with MD5 [0-9a-f]{32}, not 0{32}"):
        fetch(set_, tmp_path, limits=LIMITS)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data_set_description": 3}', HTML_PAGE])
def test_an_interface_that_describes_nothing_is_passed_over(server, body):
    server.answers = [page(body)]
    set_ = published("http://mirror", interfaces=(server.url,), files=("a.arff", "a.parquet"))
    addresses, failures = addresses_of(set_, LIMITS)
    assert [address.url for address in addresses] == ["http://mirror"]
    assert len(failures) == 1


def test_addresses_of_openml_are_encrypted_and_not_repeated(server):
    known = CATALOGUE["openml"].mirrors[0]
    description = {
        "url": "http://api.openml.org/data/v1/download/1/x.arff",
        "md5_checksum": "AB",
        "parquet_url": known.url.replace("https:", "http:"),
    }
    body = json.dumps({"data_set_description": description}).encode()
    server.answers = [page(body, "application/json")]
    addresses, _ = addresses_of(replace(CATALOGUE["openml"], interfaces=(server.url,)), LIMITS)
    assert addresses[0].url == "https://api.openml.org/data/v1/download/1/x.arff"
    assert addresses[0].md5 == "ab"
    assert [address.url for address in addresses].count(known.url) == 1


def test_a_missing_reader_is_named_before_anything_is_downloaded(server, tmp_path, monkeypatch):
    monkeypatch.setattr("logicjsc.tasks.jets.fetch.catalogue.find_spec", lambda _: None)
    set_ = replace(published(), mirrors=(Address(server.url, "set.h5"),), files=("set.h5",))
    with pytest.raises(DataError, match=r"needs h5py; pip install logicjsc\[formats\]"):
        fetch(set_, tmp_path, limits=LIMITS)
    assert not server.ranges


def test_the_distance_is_nothing_for_whole_numbers_and_all_for_other_units():
    features, labels = example_jets(500)
    jets = load_jets_of(features + 1e6, labels)
    np.testing.assert_allclose(distances_from_reference(jets), 200 / 201)
    jets = load_jets_of(FEATURES, LABELS)
    assert distances_from_reference(jets).max() < 0.04


def load_jets_of(features, labels):
    return Samples(features, labels, SCHEMA)


def test_the_command_reports_and_refuses(server, tmp_path, monkeypatch):
    monkeypatch.setitem(CATALOGUE, "openml", published(server.url))
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "own"))
    shown = CliRunner().invoke(command, ["openml"])
    assert shown.exit_code == 0, shown.output
    assert "--set data.path=" in shown.output
    assert (tmp_path / "own" / "jets" / "set" / FILE).is_file()
    answer = CliRunner().invoke(command, ["openml", "--json", "--cache", str(tmp_path / "own")])
    assert json.loads(answer.stdout)["identity"]["rows"] == JETS
    refused = CliRunner().invoke(command, ["openml", "--offline", "--cache", str(tmp_path / "b")])
    assert isinstance(refused.exception, DataError)
    assert CliRunner().invoke(command, ["openml", "--offline", "--refresh"]).exit_code == 2
