"""What a task says of a published set: where its files are, and how to know them.

A file is known by its contents. Checksums are compared where a publisher gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any, Final, TypeAlias

from logicjsc.dataset.fetch.exchange import Limits

_MODULES: Final = {".parquet": "pyarrow", ".z": "h5py", ".h5": "h5py"}

Facts: TypeAlias = dict[str, Any]
"""What a file holds, by what it is called; for JSON and for people."""


@dataclass(frozen=True)
class Address:
    """One place that has a file.

    Attributes:
        url: the place.
        file: name of the file in the cache.
        md5: what its publisher says of what lies there, if anything.
        member: where a zip archive lies there, the file in it.
    """

    url: str
    file: str
    md5: str = ""
    member: str = ""

    @property
    def missing_module(self) -> str:
        """Package that reading the file needs and that is not installed, if any."""
        module = _MODULES.get(PurePath(self.file).suffix, "")
        return module if module and find_spec(module) is None else ""


@dataclass(frozen=True)
class PublishedFile:
    """One file of a published set.

    Attributes:
        names: that it may have in the cache, best first.
        mirrors: addresses of it.
        check: reads a file and says what it holds; raises DataError if it is another one.
        ask: asks publishers for more addresses, which go before the mirrors, and says what those
            that failed answered; None: there is nobody to ask.
    """

    names: tuple[str, ...]
    mirrors: tuple[Address, ...]
    check: Callable[[Path], Facts]
    ask: Callable[[Limits], tuple[list[Address], list[str]]] | None = None

    def addresses(self, limits: Limits) -> tuple[list[Address], list[str]]:
        """Where to look, in that order, and what publishers that failed answered."""
        found, failures = self.ask(limits) if self.ask is not None else ([], [])
        known = {address.url for address in found}
        return [*found, *(entry for entry in self.mirrors if entry.url not in known)], failures


@dataclass(frozen=True)
class Published:
    """A published set.

    Attributes:
        name: word on the command line.
        title: name for people.
        task: name of the task that it belongs to, and of its folder in the cache.
        files: all of which it consists of.
        terms: under which its publisher gives it.
    """

    name: str
    title: str
    task: str
    files: tuple[PublishedFile, ...]
    terms: str = ""
