"""The cache of published sets: one folder each, files, and a record of what was verified.

A record remembers the SHA-256 of the first file that passed all checks. From then on a file with
another one is refused until ``--refresh`` says that a change is welcome.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from logicjsc.core.errors import DataError, OutputError
from logicjsc.core.files import sha256_of, write_text
from logicjsc.core.texts import read_json
from logicjsc.dataset.fetch import arrival
from logicjsc.dataset.fetch.catalogue import Address, Facts, Published, PublishedFile
from logicjsc.dataset.fetch.exchange import Limits, MirrorError

_BY_HAND: Final = "put there by hand"


@dataclass(frozen=True)
class FileReport:
    """A file of a published set in the cache.

    Attributes:
        path: its place.
        url: where it came from.
        bytes: length.
        sha256: checksum, remembered.
        md5: checksum that the publisher gave and the download had, if one was given.
        downloaded: whether it came over the network just now.
        facts: what it holds.
    """

    path: str
    url: str
    bytes: int
    sha256: str
    md5: str
    downloaded: bool
    facts: Facts


@dataclass(frozen=True)
class FetchReport:
    """A published set in the cache.

    Attributes:
        name: its name.
        title: its name for people.
        task: name of its task.
        path: its file, or the folder of its files.
        terms: of its publisher.
        files: all of them.
    """

    name: str
    title: str
    task: str
    path: str
    terms: str
    files: tuple[FileReport, ...]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class _Asked:
    """What is asked for, and how."""

    published: Published
    folder: Path
    limits: Limits
    refresh: bool
    on_progress: Callable[[int, str], None]


def fetch(
    published: Published,
    cache: Path,
    *,
    offline: bool = False,
    refresh: bool = False,
    local: Path | None = None,
    limits: Limits | None = None,
    patience: float = 3600.0,
    on_progress: Callable[[int, str], None] = lambda _done, _remark: None,
) -> FetchReport:
    """The published set's verified files in the cache, brought there if need be.

    Args:
        published: the set.
        cache: base folder of all that logicjsc keeps.
        offline: use the cache only.
        refresh: bring it anew, and accept a file that differs from the one verified before.
        local: a file, or a folder of files under their published names, to take instead of any
            from the network.
        limits: bounds in time and size.
        patience: seconds to wait for another process that fetches the same set.
        on_progress: called with bytes received and a remark.

    Raises:
        DataError: no address, nor ``local``, gave a file that passes, or the cache has none or a
            changed one.
        OutputError: the cache cannot be written.
    """
    folder = cache / published.task / published.name
    asked = _Asked(published, folder, limits or Limits(), refresh, on_progress)
    if offline:
        return _report(asked, [_only_kept(asked, file) for file in published.files])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        on_progress(0, "waiting for the cache")
        with FileLock(folder / ".lock", timeout=patience):
            return _report(asked, [_brought(asked, file, local) for file in published.files])
    except Timeout as error:
        raise DataError(
            f"another process is still fetching {published.title} after {patience:.0f} s; try "
            f"again later"
        ) from error
    except OSError as error:
        raise OutputError(
            f"the cache {folder} cannot be used ({error.strerror or error}); choose another with "
            f"--cache or LOGICJSC_CACHE"
        ) from error


def _report(asked: _Asked, files: list[FileReport]) -> FetchReport:
    path = files[0].path if len(files) == 1 else str(asked.folder)
    known = asked.published
    return FetchReport(known.name, known.title, known.task, path, known.terms, tuple(files))


def _only_kept(asked: _Asked, file: PublishedFile) -> FileReport:
    kept = _kept(asked, file, remember=False)
    if kept is None:
        known = asked.published
        raise DataError(
            f"{known.title} is not in the cache {asked.folder}; run logicjsc data fetch "
            f"{known.name} once without --offline"
        )
    return kept


def _brought(asked: _Asked, file: PublishedFile, local: Path | None) -> FileReport:
    if local is not None:
        return _from_here(asked, file, local)
    kept = None if asked.refresh else _kept(asked, file, remember=True)
    return kept or _from_anywhere(asked, file)


def _kept(asked: _Asked, file: PublishedFile, *, remember: bool) -> FileReport | None:
    """The file that is there, if it is the one that was verified; one without record is checked."""
    for name in file.names:
        path = asked.folder / name
        if not path.is_file():
            continue
        record = _record(path)
        checksum = sha256_of(path)
        if record is None:
            address = Address(_BY_HAND, name)
            report = _file_report(address, path, checksum, file.check(path), downloaded=False)
            if remember:
                _remember(report, path)
            return report
        if record["sha256"] != checksum:
            raise DataError(
                f"{path} changed since it was verified; fetch it again with logicjsc data fetch "
                f"{asked.published.name} --refresh"
            )
        address = Address(record["url"], name, record["md5"])
        return _file_report(address, path, checksum, record["facts"], downloaded=False)
    return None


def _from_anywhere(asked: _Asked, file: PublishedFile) -> FileReport:
    """The first address that gives a file which passes."""
    asked.on_progress(0, "asking for addresses")
    addresses, failures = file.addresses(asked.limits)
    missing = {address.missing_module for address in addresses}
    usable = [address for address in addresses if not address.missing_module]
    if not usable:
        raise DataError(
            f"{asked.published.title} needs {', '.join(sorted(missing))}; pip install "
            f"logicjsc[formats]"
        )
    for address in usable:
        try:
            part = arrival.downloaded(address, asked.folder, asked.limits, asked.on_progress)
            try:
                return _settled(asked, file, address, part)
            except DataError as error:
                sentence = str(error).replace(str(part), "what it gave")
                raise MirrorError(f"is refused: {sentence}") from error
            finally:
                arrival.forget(address, asked.folder)
        except MirrorError as error:
            failures.append(f"{address.url} {error}")
    raise DataError(f"{asked.published.title} could not be fetched: {'; '.join(failures)}")


def _from_here(asked: _Asked, file: PublishedFile, local: Path) -> FileReport:
    """A copy of a file of this machine, if it passes."""
    found = [local / name for name in file.names] if local.is_dir() else [local]
    there = [path for path in found if path.is_file()]
    if not there or (not local.is_dir() and len(asked.published.files) > 1):
        names = ", ".join(name for each in asked.published.files for name in each.names[:1])
        raise DataError(f"{local} is no folder with {names}, of which the set consists")
    name = there[0].name if there[0].name in file.names else arrival.name_for(there[0], file)
    part = arrival.copied(there[0], name, asked.folder)
    try:
        return _settled(asked, file, Address(str(there[0].resolve()), name), part, here=True)
    except MirrorError as error:
        raise DataError(f"{there[0]} {error}") from error
    except DataError as error:
        raise DataError(str(error).replace(str(part), str(there[0]))) from error


def _settled(
    asked: _Asked, file: PublishedFile, address: Address, part: Path, *, here: bool = False
) -> FileReport:
    """Check what arrived and give it its name; at no time is a record beside another file.

    Raises:
        DataError: it is another file.
        MirrorError: it is another one than the one that was verified before.
    """
    path = asked.folder / address.file
    asked.on_progress(part.stat().st_size, "verifying")
    try:
        checksum = sha256_of(part)
        accepted = None if asked.refresh else _record(path)
        if accepted is not None and accepted["sha256"] != checksum:
            raise MirrorError(
                "is another file than the one verified before; accept it with --refresh"
            )
        facts = file.check(part)
    except (DataError, MirrorError):
        part.unlink(missing_ok=True)
        raise
    _record_file(path).unlink(missing_ok=True)
    part.replace(path)
    report = _file_report(address, path, checksum, facts, downloaded=not here)
    _remember(report, path)
    return report


def _file_report(
    address: Address, path: Path, checksum: str, facts: Facts, *, downloaded: bool
) -> FileReport:
    size = path.stat().st_size
    return FileReport(str(path), address.url, size, checksum, address.md5, downloaded, facts)


def _record_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _remember(report: FileReport, path: Path) -> None:
    record = {
        "sha256": report.sha256,
        "md5": report.md5,
        "url": report.url,
        "facts": report.facts,
    }
    write_text(_record_file(path), json.dumps(record, indent=2) + "\n")


def _record(path: Path) -> dict[str, Any] | None:
    """What was remembered of a file; a damaged record counts as none, so the file is checked."""
    try:
        record = read_json(_record_file(path))
        kept = {key: record[key] for key in ("sha256", "md5", "url", "facts")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    texts = all(isinstance(kept[key], str) for key in ("sha256", "md5", "url"))
    return kept if texts and isinstance(kept["facts"], dict) else None
