"""What OpenML's interface says of a set is believed as far as it goes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from reference.damaged_files import HTML_PAGE
from reference.misbehaving_server import Misbehaving, page, serving, whole

from logicjsc.core.errors import DataError
from logicjsc.dataset.fetch import Address, Limits, Published, PublishedFile, fetch
from logicjsc.dataset.fetch.openml import OpenMl

LIMITS = Limits(connect=2, silence=0.5, attempts=2, pause=0.01)
CONTENT = b"@RELATION r\n@ATTRIBUTE a REAL\n@DATA\n" + b"1\n" * 1000


@pytest.fixture
def server():
    with serving(Misbehaving(CONTENT, answers=[whole])) as state:
        yield state


def asking(server, *mirrors):
    ask = OpenMl((server.url + "/api",), "set.arff", "set.parquet")
    return PublishedFile(("set.arff", "set.parquet"), mirrors, lambda _: {"rows": 1000}, ask)


def described(server, **answers):
    description = {"url": server.url, "md5_checksum": hashlib.md5(server.content).hexdigest()}  # noqa: S324
    body = json.dumps({"data_set_description": {**description, **answers}}).encode()
    return page(body, "application/json")


def test_the_interface_is_asked_for_address_and_md5(server, tmp_path):
    server.answers = [described(server), whole]
    set_ = Published("set", "The set", "lamps", (asking(server),))
    (report,) = fetch(set_, tmp_path, limits=LIMITS).files
    assert report.md5 == hashlib.md5(server.content).hexdigest()  # noqa: S324
    assert Path(report.path).name == "set.arff"


def test_a_wrong_md5_is_refused(server, tmp_path):
    server.answers = [described(server, md5_checksum="0" * 32), whole]
    set_ = Published("set", "The set", "lamps", (asking(server),))
    with pytest.raises(DataError, match=r"gave a file with MD5 [0-9a-f]{32}, not 0{32}"):
        fetch(set_, tmp_path, limits=LIMITS)
    assert [path.name for path in (tmp_path / "lamps" / "set").iterdir()] == [".lock"]


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data_set_description": 3}', HTML_PAGE])
def test_an_interface_that_describes_nothing_is_passed_over(server, body):
    server.answers = [page(body)]
    addresses, failures = asking(server, Address("http://mirror", "set.arff")).addresses(LIMITS)
    assert [address.url for address in addresses] == ["http://mirror"]
    assert len(failures) == 1


def test_addresses_of_openml_are_encrypted_and_not_repeated(server):
    known = Address("https://data.openml.org/x.pq", "set.parquet")
    answer = described(
        server,
        url="http://api.openml.org/data/v1/download/1/x.arff",
        md5_checksum="AB",
        parquet_url=known.url.replace("https:", "http:"),
    )
    server.answers = [answer]
    addresses, _ = asking(server, known).addresses(LIMITS)
    assert addresses[0].url == "https://api.openml.org/data/v1/download/1/x.arff"
    assert addresses[0].md5 == "ab"
    assert [address.url for address in addresses].count(known.url) == 1
