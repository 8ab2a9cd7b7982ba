"""Files that are executed or loaded, compiled once and kept in the cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from logicjsc.core.errors import OutputError
from logicjsc.core.notices import say_once
from logicjsc.core.surroundings import CACHE, kept_folder, usable_cache
from logicjsc.core.temporary import temporary_folder
from logicjsc.core.trust import make_private, seal, why_not_ours

_MODE = 0o700


def built_file(
    kind: str,
    name: str,
    build: Callable[[Path, Path], None],
    cache: Path | None = None,
    *,
    anew: bool = False,
) -> Path:
    """A file of the cache, built unless it is there as it was built.

    One that somebody else could have put there or changed is not touched: it is built anew, in a
    temporary folder if others may write to that of the cache.

    Args:
        kind: folder of the cache.
        name: of the file; different for whatever it is made from.
        build: writes the file; given its path, in an empty folder that it may fill, and a folder
            for logs, which are kept if it fails.
        cache: the cache; by default `usable_cache`.
        anew: whether to build it in any case.

    Raises:
        OutputError: the cache cannot be written.
    """
    cache = (cache or usable_cache()).absolute()
    try:
        folder = kept_folder(kind, cache)
        target = folder / name
        if os.path.lexists(target) and not anew:
            reason = why_not_ours(target)
            if reason is None:
                return target
            say_once(f"{target} is built anew, because {reason}")
        logs = kept_folder("logs", folder.parent) / name[:16]
        make_private(logs)
        # Inside the cache, so that a rename puts the file into its place.
        with temporary_folder("build", folder.parent) as work:
            made = work / "made"
            build(made, logs)
            made.chmod(_MODE)
            made.replace(target)
        seal(target)
    except (OSError, OutputError) as error:
        raise OutputError(
            f"the cache {cache} cannot be used ({error}); set {CACHE} to another directory"
        ) from error
    shutil.rmtree(logs, ignore_errors=True)  # they are of use after a failure only
    return target


def refuse_not_executable(file: Path) -> None:
    """Refuse a file of the cache where the system executes nothing.

    Raises:
        OutputError: it may not be executed there.
    """
    if not os.access(file, os.X_OK):
        raise OutputError(
            f"nothing in {file.parent} may be executed (the file system says noexec); set {CACHE} "
            f"to a directory whose files may be executed"
        )
