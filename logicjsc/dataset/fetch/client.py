"""One file from one address over HTTP: resumed, retried, bounded in time and size.

A download goes into a partial file, beside which a few facts about it are kept. The next attempt,
in this process or a later one, continues it if the server still has the same file (If-Range with
the ETag or date that came with the first part) and starts anew otherwise.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urllib3.response import BaseHTTPResponse

from logicjsc.core.errors import OutputError
from logicjsc.core.files import write_text
from logicjsc.core.texts import read_json
from logicjsc.dataset.fetch.exchange import (
    BLOCK,
    PARTIAL,
    Limits,
    MirrorError,
    PassingError,
    opened,
    refuse_status,
    retrying,
)
from logicjsc.dataset.readers import describe, kind_of

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where known, their final number."""

_HEAD: Final = 1024
"""Bytes after which a web page is told from a file."""

_UNSATISFIABLE: Final = 416


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
            facts = read_json(self.facts_file)
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
    retrying(limits, lambda: _attempt(partial, limits, on_progress))


def forget(url: str, target: Path) -> None:
    """Remove what `download` left in ``target``."""
    _Partial(target, url).forget()


def _attempt(partial: _Partial, limits: Limits, on_progress: Progress) -> None:
    have, validator, total = partial.facts()
    if have and have == total:
        return
    headers = {"Range": f"bytes={have}-", "If-Range": validator} if have else {}
    try:
        with opened(partial.url, headers, limits) as response:
            if have and response.status == _UNSATISFIABLE:
                partial.forget()
                raise PassingError("does not continue its own file")
            refuse_status(response)
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise MirrorError("packs the file although asked not to")
            if response.status == PARTIAL:
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
        while block := response.read1(BLOCK):
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
                    raise PassingError(f"sends only {rate:,.0f} bytes per second")
                mark, marked = time.monotonic(), size
    if total is not None and size != total:
        raise PassingError(f"ended the connection after {size:,} of {total:,} bytes")
    if not known:
        _refuse_page(partial)


def _refuse_page(partial: _Partial) -> None:
    """Refuse what servers send in place of a file, with status 200."""
    with partial.path.open("rb") as stream:
        head = stream.read(BLOCK)
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
        raise PassingError("continues with another part than asked for")


def _validator(response: BaseHTTPResponse) -> str:
    """What If-Range may hold: a strong ETag, or a date."""
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified", "")


def _length(response: BaseHTTPResponse) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
