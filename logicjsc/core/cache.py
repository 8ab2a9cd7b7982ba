"""Results that took long, kept by what they depend on.

A key is a digest of everything that a result depends on, so that entries never go stale, may be
removed at any time, and are never wrong. Entries are plain JSON: reading one executes nothing.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from logicjsc.core.errors import OutputError
from logicjsc.core.files import cache_directory, write_text


def key_of(facts: Any) -> str:  # noqa: ANN401 - anything that JSON can hold
    """Digest of facts, equal for equal ones."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def entry(kind: str, facts: Any, suffix: str = ".json") -> Path:  # noqa: ANN401 - as `key_of`
    """Where the result of some facts is kept.

    Args:
        kind: what it is a result of; a folder of the cache.
        facts: everything that it depends on.
        suffix: of the file.
    """
    return cache_directory() / kind / f"{key_of(facts)}{suffix}"


def read_entry(path: Path) -> Any:  # noqa: ANN401 - anything that JSON can hold
    """A kept result; None if there is none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def write_entry(path: Path, result: Any) -> None:  # noqa: ANN401 - anything that JSON can hold
    """Keep a result; where the cache cannot be written, it is found again the next time."""
    with suppress(OutputError):
        write_text(path, json.dumps(result), private=True)
