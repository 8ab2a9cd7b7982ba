"""Directories that hold the result of one command, which is made as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

from logicjsc.core.errors import RunError
from logicjsc.core.files import refuse_foreign_directory


def refuse_finished(path: Path, marker: str, *, overwrite: bool) -> None:
    """Refuse, before any work is done, to write over a result that is not to be replaced.

    Args:
        path: where the result is to be written.
        marker: the file by which a directory of such results is known.
        overwrite: whether an earlier one may be replaced.

    Raises:
        OutputError: ``path`` exists and holds something else.
        RunError: an earlier result is there, and ``overwrite`` is false.
    """
    refuse_foreign_directory(path, marker)
    if (path / marker).is_file() and not overwrite:
        raise RunError(
            f"{path} exists already; replace it with --overwrite, or choose another --out"
        )
