"""Names that libraries give, and those that they make up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def own_names(given: Iterable[Any], made_up: str = "") -> tuple[str, ...]:
    """Names of features; none if they were made up, are empty, or stand twice.

    Args:
        given: as the library holds them.
        made_up: what the library puts before numbers where it was told no names.
    """
    names = tuple(str(name) for name in given)
    if len(set(names)) < len(names) or not all(names):
        return ()
    numbered = all(name.removeprefix(made_up) == str(place) for place, name in enumerate(names))
    return () if numbered else names


def own_labels(given: Iterable[Any]) -> tuple[str, ...]:
    """Names of classes; none if they are just numbered from 0 on."""
    labels = [label.item() if hasattr(label, "item") else label for label in given]
    names = tuple(
        str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
        for label in labels
    )
    return () if names == tuple(str(place) for place in range(len(names))) else names
