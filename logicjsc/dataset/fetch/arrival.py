"""Files on their way into the cache: downloaded, taken out of an archive, or copied."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from logicjsc.dataset.fetch import client
from logicjsc.dataset.fetch.catalogue import Address, PublishedFile
from logicjsc.dataset.fetch.exchange import Limits, MirrorError

_BLOCK: Final = 1 << 20


def downloaded(
    address: Address, folder: Path, limits: Limits, on_progress: Callable[[int, str], None]
) -> Path:
    """What an address gives, unpacked if need be, under a hidden name.

    Raises:
        MirrorError: it gives nothing usable, or something else than its publisher says; what may
            be continued stays.
        OutputError: it cannot be written.
    """

    def progress(done: int, total: int | None) -> None:
        of = f" of {total / 1e6:,.0f}" if total else ""
        on_progress(done, f"{done / 1e6:,.0f}{of} MB from {address.url.split('/')[2]}")

    part = _part(address, folder)
    client.download(address.url, part, limits, progress)
    if address.md5:
        with part.open("rb") as stream:
            md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
        if md5.hexdigest() != address.md5:
            forget(address, folder)
            raise MirrorError(f"gave a file with MD5 {md5.hexdigest()}, not {address.md5}")
    if not address.member:
        return part
    try:
        return _member(part, address.member, part.with_name(f".{address.file}"), limits)
    except MirrorError:
        forget(address, folder)
        raise


def forget(address: Address, folder: Path) -> None:
    """Remove what `downloaded` left of an address."""
    client.forget(address.url, _part(address, folder))


def copied(file: Path, name: str, folder: Path) -> Path:
    """A copy of a local file under a hidden name.

    Raises:
        OSError: it cannot be read or written.
    """
    part = folder / f".local.{name}"
    shutil.copyfile(file, part)
    return part


def name_for(path: Path, file: PublishedFile) -> str:
    """Of the names that a file may have in the cache, one with the suffix of a local file."""
    return next((name for name in file.names if Path(name).suffix == path.suffix), file.names[0])


def _part(address: Address, folder: Path) -> Path:
    tag = hashlib.sha256(address.url.encode()).hexdigest()[:8]
    return folder / f".{tag}.{address.file}"


def _member(archive: Path, member: str, target: Path, limits: Limits) -> Path:
    """One file of a zip archive, no larger than a download may be."""
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(member) as stream:
            size = 0
            with target.open("wb") as out:
                while block := stream.read(_BLOCK):
                    size += len(block)
                    if size > limits.largest:
                        raise MirrorError(f"packs more than the limit of {limits.largest:,} bytes")
                    out.write(block)
    except KeyError as error:
        raise MirrorError(f"gave an archive without {member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        target.unlink(missing_ok=True)
        raise MirrorError(f"gave no zip archive, or a damaged one ({error})") from error
    except MirrorError:
        target.unlink(missing_ok=True)
        raise
    return target
