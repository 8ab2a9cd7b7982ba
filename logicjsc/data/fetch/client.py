"""One file from one address over HTTP: resumed, retried, bounded in time and size.

A download goes into a partial file, beside which a few facts about it are kept. The next attempt,
in this process or a later one, continues it if the server still has the same file (If-Range with
the ETag or date that came with the first part) and starts anew otherwise.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import BaseHTTPResponse

from logicjsc import __version__
from logicjsc.data.readers import describe, kind_of
from logicjsc.errors import OutputError
from logicjsc.files import write_text

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where known, their final number."""

_BLOCK: Final = 1 << 16
_HEAD: Final = 1024
"""Bytes after which a web page is told from a file."""

_LARGEST_ANSWER: Final = 1 << 20
_LONGEST_PAUSE: Final = 60.0
_OK: Final = 200
_PARTIAL: Final = 206
_UNSATISFIABLE: Final = 416
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class MirrorError(Exception):
    """An address that is of no use; the message continues a sentence that begins with it."""


class _PassingError(Exception):
    """A failure that may not repeat itself.

    Attributes:
        pause: seconds that the server wants to be left alone.
        attempts: attempts after which it is final, if fewer than usual.
    """

    def __init__(self, message: str, pause: float = 0.0, attempts: int = 1_000) -> None:
        super().__init__(message)
        self.pause, self.attempts = pause, attempts


@dataclass(frozen=True)
class Limits:
    """How long and how much.

    Attributes:
        connect: seconds to wait for a connection.
        silence: seconds to wait for the next byte.
        slowest: bytes per second below which a server is given up, measured over ``window``.
        window: seconds of such a measurement.
        attempts: attempts at one address.
        pause: seconds before the second attempt; doubled before each further one.
        redirects: redirections followed.
        largest: bytes of a file.
    """

    connect: float = 15.0
    silence: float = 30.0
    slowest: float = 5_000.0
    window: float = 30.0
    attempts: int = 5
    pause: float = 1.0
    redirects: int = 5
    largest: int = 2 << 30


@dataclass(frozen=True)
class _Partial:
    """A file on its way.

    Attributes:
        path: bytes so far; the facts about them stand in a file beside it.
        url: where they come from.
    """

    path: Path
    url: str

    @property
    def facts_file(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def facts(self) -> tuple[int, str, int | None]:
        """Bytes that can be continued, by which validator, and the whole file's length."""
        try:
            facts = json.loads(self.facts_file.read_text(encoding="utf-8"))
            size, validator, total = self.path.stat().st_size, facts["validator"], facts["total"]
        except (OSError, ValueError, KeyError, TypeError):
            return 0, "", None
        usable = facts.get("url") == self.url and bool(validator)
        usable = usable and isinstance(total, int | None) and (total is None or size <= total)
        return (size, str(validator), total) if usable else (0, "", None)

    def begin(self, validator: str, total: int | None) -> None:
        facts = {"url": self.url, "validator": validator, "total": total}
        self.path.unlink(missing_ok=True)
        write_text(self.facts_file, json.dumps(facts) + "\n")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self.facts_file.unlink(missing_ok=True)


def download(url: str, target: Path, limits: Limits, on_progress: Progress) -> None:
    """Bring ``target`` to hold the file at ``url``, continuing what an earlier attempt left.

    Raises:
        MirrorError: the address gives nothing usable; what may be continued stays in ``target``.
        OutputError: ``target`` cannot be written.
    """
    partial = _Partial(target, url)
    _retrying(limits, lambda: _attempt(partial, limits, on_progress))


def forget(url: str, target: Path) -> None:
    """Remove what `download` left in ``target``."""
    _Partial(target, url).forget()


def get_json(url: str, limits: Limits) -> Any:  # noqa: ANN401 - whatever a server answers
    """A server's answer, read as JSON.

    Raises:
        MirrorError: there is none.
    """
    answer: list[Any] = []

    def attempt() -> None:
        with _opened(url, {}, limits) as response:
            _refuse_status(response)
            content = b""
            while block := response.read1(_BLOCK):
                content += block
                if len(content) > _LARGEST_ANSWER:
                    raise MirrorError("answered with far more than a description")
        try:
            answer.append(json.loads(content))
        except ValueError as error:
            raise MirrorError(f"answered with {describe(content)} instead of JSON") from error

    _retrying(limits, attempt)
    return answer[0]


def _retrying(limits: Limits, attempt: Callable[[], None]) -> None:
    for number in range(1, limits.attempts + 1):
        try:
            attempt()
        except _PassingError as error:
            if number >= min(limits.attempts, error.attempts):
                raise MirrorError(f"{error} (attempt {number} of {number})") from error
            pause = max(error.pause, limits.pause * 2 ** (number - 1))
            time.sleep(min(pause, _LONGEST_PAUSE))
        else:
            return


def _attempt(partial: _Partial, limits: Limits, on_progress: Progress) -> None:
    have, validator, total = partial.facts()
    if have and have == total:
        return
    headers = {"Range": f"bytes={have}-", "If-Range": validator} if have else {}
    try:
        with _opened(partial.url, headers, limits) as response:
            if have and response.status == _UNSATISFIABLE:
                partial.forget()
                raise _PassingError("does not continue its own file")
            _refuse_status(response)
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise MirrorError("packs the file although asked not to")
            if response.status == _PARTIAL:
                _refuse_other_part(response, partial, have, total)
            else:
                have, total = 0, _length(response)
                partial.begin(_validator(response), total)
            if total is not None and total > limits.largest:
                partial.forget()
                raise MirrorError(f"offers {total:,} bytes, more than the limit {limits.largest:,}")
            _receive(response, partial, (have, total), limits, on_progress)
    except OSError as error:
        raise OutputError(f"cannot write {partial.path}: {error.strerror or error}") from error


def _receive(
    response: BaseHTTPResponse,
    partial: _Partial,
    progress: tuple[int, int | None],
    limits: Limits,
    on_progress: Progress,
) -> None:
    """Append the body to the partial file."""
    size, total = progress
    known = size >= _HEAD
    mark, marked = time.monotonic(), size
    with partial.path.open("ab", buffering=0) as stream:
        while block := response.read1(_BLOCK):
            stream.write(block)
            size += len(block)
            on_progress(size, total)
            if size > limits.largest:
                partial.forget()
                raise MirrorError(f"sends more than the limit of {limits.largest:,} bytes")
            if not known and size >= _HEAD:
                _refuse_page(partial)
                known = True
            elapsed = time.monotonic() - mark
            if elapsed >= limits.window:
                rate = (size - marked) / elapsed
                if rate < limits.slowest:
                    raise _PassingError(f"sends only {rate:,.0f} bytes per second")
                mark, marked = time.monotonic(), size
    if total is not None and size != total:
        raise _PassingError(f"ended the connection after {size:,} of {total:,} bytes")
    if not known:
        _refuse_page(partial)


def _refuse_page(partial: _Partial) -> None:
    """Refuse what servers send in place of a file, with status 200."""
    with partial.path.open("rb") as stream:
        head = stream.read(_BLOCK)
    if kind_of(head) in {"html", "xml", "json", "empty"}:
        partial.forget()
        raise MirrorError(f"answered with {describe(head)}, instead of the file")


def _refuse_other_part(
    response: BaseHTTPResponse, partial: _Partial, have: int, total: int | None
) -> None:
    """Refuse to append anything but the next byte of the same file."""
    span, _, length = response.headers.get("Content-Range", "").partition("/")
    same = span.startswith(f"bytes {have}-") and (total is None or length in {str(total), "*"})
    if not have or not same:
        partial.forget()
        raise _PassingError("continues with another part than asked for")


def _refuse_status(response: BaseHTTPResponse) -> None:
    if response.status in _PASSING:
        after = response.headers.get("Retry-After", "")
        pause = float(after) if after.isdecimal() else 0.0
        raise _PassingError(f"answered with status {response.status}", pause)
    if response.status not in {_OK, _PARTIAL}:
        raise MirrorError(f"answered with status {response.status}")


@contextmanager
def _opened(url: str, headers: dict[str, str], limits: Limits) -> Iterator[BaseHTTPResponse]:
    """The answer to a request, after redirections; failures of the network become ours."""
    headers = {
        "User-Agent": f"logicjsc/{__version__}",
        "Accept-Encoding": "identity",
        **headers,
    }
    timeout = urllib3.Timeout(connect=limits.connect, read=limits.silence)
    first = url
    try:
        for _ in range(limits.redirects + 1):
            with _pool(url) as pool:
                response = pool.request(
                    "GET",
                    url,
                    headers=headers,
                    timeout=timeout,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                )
                with response:
                    target = response.headers.get("Location")
                    if response.status not in _REDIRECTS or not target:
                        yield response
                        return
            url = urljoin(url, target)
            if first.startswith("https:") and not url.startswith("https:"):
                raise MirrorError(f"redirects to an unencrypted address, {url}")
        raise MirrorError(f"redirects more than {limits.redirects} times")
    except SSLError as error:
        raise MirrorError(f"cannot be trusted ({error})") from error
    except HTTPError as error:
        # Nobody there, or no network at all: a second attempt, but no long wait.
        unreached = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
        attempts = 2 if isinstance(error, unreached) else limits.attempts
        raise _PassingError(_words(error), attempts=attempts) from error


def _pool(url: str) -> urllib3.PoolManager:
    """A pool that goes through the proxy of the environment, if there is one."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _words(error: HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "has a name that cannot be resolved"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "refuses the connection"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "does not answer in time"
    return "broke off the connection"


def _validator(response: BaseHTTPResponse) -> str:
    """What If-Range may hold: a strong ETag, or a date."""
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified", "")


def _length(response: BaseHTTPResponse) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
