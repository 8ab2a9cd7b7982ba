"""One exchange with a web server: bounds, redirections, and failures sorted into two kinds.

A `PassingError` may not repeat itself and is worth another attempt; a `MirrorError` is final for
its address.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import BaseHTTPResponse

from logicjsc import __version__
from logicjsc.dataset.readers import describe

BLOCK: Final = 1 << 16
"""Bytes received at once."""

PARTIAL: Final = 206
"""Status of a part of a file."""

_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LARGEST_ANSWER: Final = 1 << 20
_LONGEST_PAUSE: Final = 60.0


class MirrorError(Exception):
    """An address that is of no use; the message continues a sentence that begins with it."""


class PassingError(Exception):
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


def get_json(url: str, limits: Limits) -> Any:  # noqa: ANN401 - whatever a server answers
    """A server's answer, read as JSON.

    Raises:
        MirrorError: there is none.
    """
    answer: list[Any] = []

    def attempt() -> None:
        with opened(url, {}, limits) as response:
            refuse_status(response)
            content = b""
            while block := response.read1(BLOCK):
                content += block
                if len(content) > _LARGEST_ANSWER:
                    raise MirrorError("answered with far more than a description")
        try:
            answer.append(json.loads(content))
        except ValueError as error:
            raise MirrorError(f"answered with {describe(content)} instead of JSON") from error

    retrying(limits, attempt)
    return answer[0]


def retrying(limits: Limits, attempt: Callable[[], None]) -> None:
    """Attempt until it succeeds, with growing pauses.

    Raises:
        MirrorError: it failed for good, or too often.
    """
    for number in range(1, limits.attempts + 1):
        try:
            attempt()
        except PassingError as error:
            if number >= min(limits.attempts, error.attempts):
                raise MirrorError(f"{error} (attempt {number} of {number})") from error
            pause = max(error.pause, limits.pause * 2 ** (number - 1))
            time.sleep(min(pause, _LONGEST_PAUSE))
        else:
            return


def refuse_status(response: BaseHTTPResponse) -> None:
    """Refuse any answer but a file or a part of one.

    Raises:
        PassingError: the server is busy or broken.
        MirrorError: it has no such file.
    """
    if response.status in _PASSING:
        after = response.headers.get("Retry-After", "")
        pause = float(after) if after.isdecimal() else 0.0
        raise PassingError(f"answered with status {response.status}", pause)
    if response.status not in {_OK, PARTIAL}:
        raise MirrorError(f"answered with status {response.status}")


@contextmanager
def opened(url: str, headers: dict[str, str], limits: Limits) -> Iterator[BaseHTTPResponse]:
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
        # The server or the network cannot be reached: a second attempt, but no long wait.
        unreached = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
        attempts = 2 if isinstance(error, unreached) else limits.attempts
        raise PassingError(_words(error), attempts=attempts) from error


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
