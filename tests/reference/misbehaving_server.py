"""A web server on this machine that serves a file the way real ones go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Misbehaving:
    """What the server has and how it answers.

    Attributes:
        content: the file.
        etag: its ETag; empty for none.
        answers: called in turn, one per request; the last one goes on for ever.
        ranges: the ``Range`` header of each request.
        times: when each request came.
    """

    content: bytes = b""
    etag: str = '"1"'
    answers: list[Callable[[Handler], None]] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> Callable[[Handler], None]:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    state: Misbehaving

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.state.ranges.append(self.headers.get("Range"))
        self.state.times.append(time.monotonic())
        # The client may have had enough.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.state.take()(self)
        self.close_connection = True

    def head(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


def whole(handler: Handler) -> None:
    """The file, or the part asked for if it is still the same file."""
    state = handler.state
    span, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
    etag = {"ETag": state.etag} if state.etag else {}
    if span and condition == state.etag:
        start = int(span.removeprefix("bytes=").removesuffix("-"))
        part = state.content[start:]
        total = len(state.content)
        handler.head(206, len(part), **etag, Content_Range=f"bytes {start}-{total - 1}/{total}")
        handler.wfile.write(part)
    else:
        handler.head(200, len(state.content), **etag)
        handler.wfile.write(state.content)


def without_ranges(handler: Handler) -> None:
    handler.head(200, len(handler.state.content), ETag=handler.state.etag)
    handler.wfile.write(handler.state.content)


def cut(after: int, *, etag: bool = True) -> Callable[[Handler], None]:
    """Break off the connection in the middle."""

    def answer(handler: Handler) -> None:
        state = handler.state
        extra = {"ETag": state.etag} if etag else {}
        handler.head(200, len(state.content), **extra)
        handler.wfile.write(state.content[:after])

    return answer


def page(content: bytes, kind: str = "text/html", status: int = 200) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.head(status, len(content), Content_Type=kind)
        handler.wfile.write(content)

    return answer


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.head(code, 0, **headers)


def stall(after: int, seconds: float) -> Callable[[Handler], None]:
    """Send a part and fall silent."""

    def answer(handler: Handler) -> None:
        state = handler.state
        handler.head(200, len(state.content), ETag=state.etag)
        handler.wfile.write(state.content[:after])
        handler.wfile.flush()
        time.sleep(seconds)

    return answer


def trickle(handler: Handler) -> None:
    """Send a few bytes at a time, often enough not to seem silent."""
    state = handler.state
    handler.head(200, len(state.content), ETag=state.etag)
    for place in range(0, len(state.content), 10):
        handler.wfile.write(state.content[place : place + 10])
        handler.wfile.flush()
        time.sleep(0.02)


@contextmanager
def serving(state: Misbehaving) -> Iterator[Misbehaving]:
    handler = type("Bound", (Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/samples"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
