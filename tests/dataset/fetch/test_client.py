"""Downloads survive servers that misbehave, or say in one sentence why not."""

from __future__ import annotations

import json

import pytest
from reference.damaged_files import HTML_PAGE
from reference.misbehaving_server import (
    Misbehaving,
    cut,
    page,
    serving,
    stall,
    status,
    trickle,
    whole,
    without_ranges,
)

from logicjsc.core.errors import OutputError
from logicjsc.dataset.fetch.client import download
from logicjsc.dataset.fetch.exchange import Limits, MirrorError, get_json

CONTENT = bytes(range(256)) * 2000
LIMITS = Limits(
    connect=2, silence=0.3, slowest=2000, window=0.3, attempts=3, pause=0.01, largest=1 << 20
)


@pytest.fixture
def server():
    with serving(Misbehaving(CONTENT)) as state:
        yield state


@pytest.fixture
def part(tmp_path):
    return tmp_path / "part"


def fetched(server, part, limits=LIMITS):
    download(server.url, part, limits, lambda _done, _total: None)
    return part.read_bytes()


def test_a_file_arrives_and_progress_is_told(server, part):
    server.answers = [whole]
    told = []
    download(server.url, part, LIMITS, lambda done, total: told.append((done, total)))
    assert part.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("after", [1, 1000, 300_000])
def test_a_connection_cut_in_the_middle_is_continued_where_it_ended(server, part, after):
    server.answers = [cut(after), whole]
    assert fetched(server, part) == CONTENT
    assert server.ranges == [None, f"bytes={after}-"]


def test_a_later_process_continues_too(server, part):
    server.answers = [cut(5000)]
    with pytest.raises(MirrorError, match=r"broke off the connection \(attempt 1 of 1\)"):
        fetched(server, part, Limits(attempts=1))
    server.answers = [whole]
    assert fetched(server, part) == CONTENT
    assert server.ranges[-1] == "bytes=5000-"


def test_a_finished_part_is_not_downloaded_again(server, part):
    server.answers = [whole]
    fetched(server, part)
    fetched(server, part)
    assert len(server.ranges) == 1


def test_a_server_without_ranges_sends_everything_again(server, part):
    server.answers = [cut(5000), without_ranges]
    assert fetched(server, part) == CONTENT


def test_a_server_without_etag_is_not_continued(server, part):
    server.etag = ""
    server.answers = [cut(5000), whole]
    assert fetched(server, part) == CONTENT
    assert server.ranges == [None, None]


def test_a_weak_etag_is_no_ground_to_continue_on(server, part):
    server.etag = 'W/"1"'
    server.answers = [cut(5000), whole]
    assert fetched(server, part) == CONTENT
    assert server.ranges == [None, None]


def test_a_file_that_changed_between_the_parts_is_taken_anew(server, part):
    changed = CONTENT[::-1]

    def change(handler):
        server.content, server.etag = changed, '"2"'
        whole(handler)

    server.answers = [cut(5000), change]
    assert fetched(server, part) == changed


def test_a_file_that_changed_under_the_same_etag_but_in_length_is_taken_anew(server, part):
    def change(handler):
        server.content = CONTENT + b"more"
        whole(handler)

    server.answers = [cut(5000), change]
    assert fetched(server, part) == CONTENT + b"more"


def test_another_part_than_asked_for_is_not_appended(server, part):
    def other(handler):
        handler.head(206, 10, Content_Range=f"bytes 0-9/{len(CONTENT)}")
        handler.wfile.write(CONTENT[:10])

    server.answers = [cut(5000), other, whole]
    assert fetched(server, part) == CONTENT


def test_a_part_that_cannot_be_continued_is_taken_anew(server, part):
    server.answers = [cut(5000), status(416), whole]
    assert fetched(server, part) == CONTENT


@pytest.mark.parametrize("facts", ["", "{", "[]", '{"url": 1}', '{"validator": "x", "total": "y"}'])
def test_damaged_notes_about_a_part_start_it_anew(server, part, facts):
    part.write_bytes(b"rubbish")
    part.with_name("part.json").write_text(facts)
    server.answers = [whole]
    assert fetched(server, part) == CONTENT


def test_a_part_of_another_address_is_not_continued(server, part):
    part.write_bytes(b"rubbish")
    facts = {"url": "http://elsewhere", "validator": '"1"', "total": len(CONTENT)}
    part.with_name("part.json").write_text(json.dumps(facts))
    server.answers = [whole]
    assert fetched(server, part) == CONTENT


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (page(HTML_PAGE), "answered with a web page titled '404 Not Found'.*instead of the file"),
        (page(HTML_PAGE + b" " * 5000, "application/octet-stream"), "answered with a web page"),
        (page(b'{"error": "gone"}'), "answered with JSON"),
        (page(b"<?xml version='1.0'?><error/>"), "answered with an XML document"),
        (page(b""), "answered with an empty file"),
        (status(404), "answered with status 404"),
        (status(403), "answered with status 403"),
        (status(302), "answered with status 302"),
    ],
)
def test_an_answer_that_is_no_file_is_named_and_not_asked_for_again(server, part, answer, message):
    server.answers = [answer]
    with pytest.raises(MirrorError, match=f"^{message}"):
        fetched(server, part)
    assert len(server.ranges) == 1
    assert not part.exists()


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_passing_failure_is_tried_again(server, part, code):
    server.answers = [status(code), status(code), whole]
    assert fetched(server, part) == CONTENT


def test_retries_are_bounded_and_wait_longer_each_time(server, part):
    server.answers = [status(500)]
    with pytest.raises(MirrorError, match=r"answered with status 500 \(attempt 4 of 4\)"):
        fetched(server, part, Limits(attempts=4, pause=0.05))
    first, second, third = (b - a for a, b in zip(server.times, server.times[1:], strict=False))
    assert first >= 0.05
    assert second >= 0.1
    assert third >= 0.2


def test_the_pause_that_a_server_asks_for_is_granted(server, part):
    server.answers = [status(503, Retry_After="1"), whole]
    assert fetched(server, part) == CONTENT
    assert server.times[1] - server.times[0] >= 1


def test_a_redirection_is_followed_and_a_loop_is_left(server, part):
    server.answers = [lambda h: h.head(302, 0, Location="/elsewhere"), whole]
    assert fetched(server, part) == CONTENT
    part.unlink()
    server.answers = [lambda h: h.head(302, 0, Location="/jets")]
    with pytest.raises(MirrorError, match="redirects more than 5 times"):
        fetched(server, part)


def test_a_stalled_server_is_left_and_continued(server, part):
    server.answers = [stall(5000, 1.0), whole]
    assert fetched(server, part) == CONTENT
    assert server.ranges == [None, "bytes=5000-"]


def test_a_silent_server_is_given_up(server, part):
    server.answers = [stall(0, 0.6)]
    with pytest.raises(MirrorError, match=r"does not answer in time \(attempt 2 of 2\)"):
        fetched(server, part, Limits(silence=0.1, attempts=2, pause=0.01))


def test_a_trickle_is_given_up_although_it_is_never_silent(server, part):
    server.answers = [trickle]
    with pytest.raises(MirrorError, match=r"sends only .* bytes per second \(attempt 2 of 2\)"):
        fetched(server, part, Limits(silence=0.3, slowest=2000, window=0.2, attempts=2, pause=0.01))


def test_a_file_shorter_than_announced_never_passes(server, part):
    server.answers = [cut(5000, etag=False)]
    with pytest.raises(MirrorError, match=r"(ended|broke off) the connection"):
        fetched(server, part)


def test_a_file_without_announced_length_is_taken_until_its_end(server, part):
    def unannounced(handler):
        handler.head(200, None)
        handler.wfile.write(CONTENT)

    server.answers = [unannounced]
    assert fetched(server, part) == CONTENT


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_that_is_too_large_is_refused(server, part, announced):
    def large(handler):
        handler.head(200, len(CONTENT) if announced else None)
        handler.wfile.write(CONTENT)

    server.answers = [large]
    message = "offers 512,000 bytes" if announced else "sends more than the limit of 100,000 bytes"
    with pytest.raises(MirrorError, match=message):
        fetched(server, part, Limits(largest=100_000))
    assert not part.exists()


def test_a_packed_answer_is_refused(server, part):
    server.answers = [lambda h: h.head(200, 0, Content_Encoding="gzip")]
    with pytest.raises(MirrorError, match="packs the file"):
        fetched(server, part)


def test_nobody_there_and_no_such_name(part):
    limits = Limits(attempts=2, pause=0.01)
    with pytest.raises(MirrorError, match=r"refuses the connection \(attempt 2 of 2\)"):
        download("http://127.0.0.1:1/x", part, limits, lambda *_: None)
    with pytest.raises(MirrorError, match=r"name that cannot be resolved \(attempt 2 of 2\)"):
        download("http://jets.invalid/x", part, limits, lambda *_: None)


def test_a_place_that_cannot_be_written_is_named(server, tmp_path):
    (tmp_path / "file").write_text("")
    server.answers = [whole]
    with pytest.raises(OutputError, match=f"cannot write {tmp_path}/file"):
        fetched(server, tmp_path / "file" / "part")


def test_json_is_read_and_anything_else_named(server):
    server.answers = [status(500), page(b'{"a": 1}', "application/json")]
    assert get_json(server.url, LIMITS) == {"a": 1}
    server.answers = [page(HTML_PAGE)]
    with pytest.raises(MirrorError, match=r"a web page titled .* instead of JSON"):
        get_json(server.url, LIMITS)
    server.answers = [page(b"[" * (2 << 20))]
    with pytest.raises(MirrorError, match="far more than a description"):
        get_json(server.url, LIMITS)
