"""Files of models made elsewhere, read in bounded memory and without executing anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.texts import NoTextError, decoded

LARGEST_FILE: Final = 1 << 30
"""Bytes; a larger file is refused before it is read."""

LARGEST_TEXT: Final = 1 << 28
"""The same of a text, whose lines take many times their bytes."""

LARGEST_JSON: Final = 1 << 27
"""The same of JSON, whose numbers take even more."""

MOST_NODES: Final = 2_000_000
"""Nodes of a netlist that is made of a model."""

MOST_TABLE_BYTES: Final = 1 << 30


def path_of(model: object, what: str) -> Path:
    """A model that must be a file.

    Raises:
        ImportedModelError: it is another object, a folder, or missing.
    """
    if not isinstance(model, Path):
        raise ImportedModelError(f"an object of type {type(model).__name__} is no {what}")
    if not model.is_file():
        raise ImportedModelError(f"{model} is no file; give the {what}")
    return model


def read_content(path: Path, largest: int = LARGEST_FILE) -> bytes:
    """The bytes of a file.

    Raises:
        ImportedModelError: it cannot be read, is empty or has more than ``largest`` bytes.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise ImportedModelError(
                f"{path} has {size:,} bytes; at most {largest:,} are read, give a smaller file"
            )
        content = path.read_bytes()
    except OSError as error:
        raise ImportedModelError(f"{path} cannot be read ({error.strerror})") from error
    if not content.strip():
        raise ImportedModelError(f"{path} is empty")
    return content


def read_model_text(path: Path, what: str, largest: int = LARGEST_TEXT) -> str:
    """The text of a file.

    Raises:
        ImportedModelError: it cannot be read, is no text, or has more than ``largest`` bytes;
            ``what`` says what it should be.
    """
    try:
        return decoded(read_content(path, largest))
    except NoTextError as error:
        raise ImportedModelError(f"{path} is no {what}: {error}") from error


def read_model_json(path: Path, what: str) -> Any:  # noqa: ANN401 - anything that JSON can hold
    """What a JSON file holds.

    Raises:
        ImportedModelError: it cannot be read, or is no JSON; ``what`` says what it should be.
    """
    text = read_model_text(path, what, LARGEST_JSON)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ImportedModelError(f"{path} is no {what}: it is nested too deeply") from error
    except ValueError as error:
        raise ImportedModelError(f"{path} is no {what}: it is no JSON ({error})") from error


def check_size(path: object, nodes: int, table_bytes: int, advice: str) -> None:
    """Refuse a model that would make too large a netlist, before anything is built.

    Raises:
        ImportedModelError: it needs more than `MOST_NODES` or `MOST_TABLE_BYTES`.
    """
    if nodes > MOST_NODES or table_bytes > MOST_TABLE_BYTES:
        raise ImportedModelError(
            f"{path} would take {nodes:,} nodes and {table_bytes:,} bytes of tables; at most "
            f"{MOST_NODES:,} nodes and {MOST_TABLE_BYTES:,} bytes are possible, {advice}"
        )
