"""The cache of published sets: one folder each, a file, and a record of what was verified.

The record remembers the SHA-256 of the first file that passed all checks. From then on a file with
another one is refused until ``--refresh`` says that a change is welcome.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from logicjsc.core.errors import DataError, OutputError
from logicjsc.core.files import sha256_of, write_text
from logicjsc.core.texts import read_json
from logicjsc.tasks.jets.fetch import client
from logicjsc.tasks.jets.fetch.catalogue import Address, Published, addresses_of
from logicjsc.tasks.jets.fetch.exchange import Limits, MirrorError
from logicjsc.tasks.jets.fetch.identity import Identity, identify

_BY_HAND: Final = "put there by hand"


@dataclass(frozen=True)
class FetchReport:
    """A published set in the cache.

    Attributes:
        name: its name.
        title: its name for people.
        path: its file.
        url: where that came from.
        bytes: length.
        sha256: checksum, remembered.
        md5: checksum that the publisher gave and the file has, if one was given.
        downloaded: whether it came over the network just now.
        identity: what it holds.
    """

    name: str
    title: str
    path: str
    url: str
    bytes: int
    sha256: str
    md5: str
    downloaded: bool
    identity: Identity

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def fetch(
    published: Published,
    cache: Path,
    *,
    offline: bool = False,
    refresh: bool = False,
    limits: Limits | None = None,
    patience: float = 3600.0,
    on_progress: Callable[[int, str], None] = lambda _done, _remark: None,
) -> FetchReport:
    """The published set's verified file in the cache, brought there if need be.

    Args:
        published: the set.
        cache: base folder of all that logicjsc keeps.
        offline: use the cache only.
        refresh: download anew, and accept a file that differs from the one verified before.
        limits: bounds in time and size.
        patience: seconds to wait for another process that fetches the same set.
        on_progress: called with bytes received and a remark.

    Raises:
        DataError: no address gave a file that passes, or the cache has none or a changed one.
        OutputError: the cache cannot be written.
    """
    folder = cache / "jets" / published.name
    if offline:
        kept = _kept(published, folder, remember=False)
        if kept is None:
            raise DataError(
                f"{published.title} is not in the cache {folder}; run logicjsc data fetch "
                f"{published.name} once without --offline"
            )
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        on_progress(0, "waiting for the cache")
        with FileLock(folder / ".lock", timeout=patience):
            kept = None if refresh else _kept(published, folder, remember=True)
            return kept or _from_anywhere(
                published, folder, limits or Limits(), on_progress, refresh=refresh
            )
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


def _kept(published: Published, folder: Path, *, remember: bool) -> FetchReport | None:
    """The file that is there, if it is the one that was verified; one without record is checked."""
    for name in published.files:
        path = folder / name
        if not path.is_file():
            continue
        record = _record(path)
        checksum = sha256_of(path)
        if record is None:
            identity = identify(path, published)
            report = _report(published, Address(_BY_HAND, name), path, checksum, identity)
            if remember:
                _remember(report, path)
            return report
        if record["sha256"] != checksum:
            raise DataError(
                f"{path} changed since it was verified; fetch it again with logicjsc data fetch "
                f"{published.name} --refresh"
            )
        address = Address(record["url"], name, record["md5"])
        return _report(published, address, path, checksum, Identity(**record["identity"]))
    return None


def _from_anywhere(
    published: Published,
    folder: Path,
    limits: Limits,
    on_progress: Callable[[int, str], None],
    *,
    refresh: bool,
) -> FetchReport:
    """The first address that gives a file which passes."""
    on_progress(0, "asking for addresses")
    addresses, failures = addresses_of(published, limits)
    missing = {address.missing_module for address in addresses}
    usable = [address for address in addresses if not address.missing_module]
    if not usable:
        raise DataError(
            f"{published.title} needs {', '.join(sorted(missing))}; pip install logicjsc[formats]"
        )
    for address in usable:
        tag = hashlib.sha256(address.url.encode()).hexdigest()[:8]
        part = folder / f".{tag}.{address.file}"
        try:
            _download(address, part, limits, on_progress)
            on_progress(part.stat().st_size, "verifying")
            accepted = None if refresh else _record(folder / address.file)
            report = _verified(published, address, part, accepted)
        except MirrorError as error:
            failures.append(f"{address.url} {error}")
            continue
        return _settle(report, part, folder / address.file)
    raise DataError(f"{published.title} could not be fetched: {'; '.join(failures)}")


def _download(
    address: Address, part: Path, limits: Limits, on_progress: Callable[[int, str], None]
) -> None:
    def progress(done: int, total: int | None) -> None:
        of = f" of {total / 1e6:,.0f}" if total else ""
        on_progress(done, f"{done / 1e6:,.0f}{of} MB from {address.url.split('/')[2]}")

    client.download(address.url, part, limits, progress)


def _verified(
    published: Published, address: Address, part: Path, accepted: dict[str, Any] | None
) -> FetchReport:
    """A download that passes all checks; one that does not is removed."""
    try:
        checksum = sha256_of(part)
        with part.open("rb") as stream:
            md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
        if address.md5 and md5.hexdigest() != address.md5:
            raise MirrorError(f"gave a file with MD5 {md5.hexdigest()}, not {address.md5}")
        if accepted is not None and accepted["sha256"] != checksum:
            raise MirrorError(
                "gave another file than the one verified before; accept it with --refresh"
            )
        identity = identify(part, published)
    except DataError as error:
        client.forget(address.url, part)
        sentence = str(error).replace(str(part), "what it gave")
        raise MirrorError(f"is refused: {sentence}") from error
    except MirrorError:
        client.forget(address.url, part)
        raise
    return _report(published, address, part, checksum, identity, downloaded=True)


def _settle(report: FetchReport, part: Path, path: Path) -> FetchReport:
    """Give a verified download its name; at no time does a record stand beside another file."""
    from dataclasses import replace

    _record_file(path).unlink(missing_ok=True)
    part.replace(path)
    client.forget(report.url, part)
    settled = replace(report, path=str(path))
    _remember(settled, path)
    return settled


def _report(
    published: Published,
    address: Address,
    path: Path,
    checksum: str,
    identity: Identity,
    *,
    downloaded: bool = False,
) -> FetchReport:
    return FetchReport(
        name=published.name,
        title=published.title,
        path=str(path),
        url=address.url,
        bytes=path.stat().st_size,
        sha256=checksum,
        md5=address.md5,
        downloaded=downloaded,
        identity=identity,
    )


def _record_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _remember(report: FetchReport, path: Path) -> None:
    record = {
        "sha256": report.sha256,
        "md5": report.md5,
        "url": report.url,
        "identity": asdict(report.identity),
    }
    write_text(_record_file(path), json.dumps(record, indent=2) + "\n")


def _record(path: Path) -> dict[str, Any] | None:
    """What was remembered of a file; a damaged record counts as none, so the file is checked."""
    try:
        record = read_json(_record_file(path))
        Identity(**record["identity"])
        return {key: record[key] for key in ("sha256", "md5", "url", "identity")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
