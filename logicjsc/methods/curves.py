"""How a search went: what methods tell of it afterwards, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logicjsc.core.errors import RunError


@dataclass(frozen=True)
class Curve:
    """Some figures over the steps of a search.

    Attributes:
        title: what they are.
        step: what is counted along the curve, such as ``"epoch"``.
        steps: its values; as many as each line has.
        unit: what the lines are in.
        lines: values by what they are of.
        falling: whether the steps are to be read from the highest to the lowest, by their
            logarithm, as sizes that shrink.
    """

    title: str
    step: str
    steps: tuple[float, ...]
    unit: str
    lines: Mapping[str, tuple[float, ...]]
    falling: bool = False


def column(entries: Iterable[Mapping[str, Any]], key: str, where: object) -> tuple[float, ...]:
    """A figure of every entry.

    Args:
        entries: what was saved of each step.
        key: of the figure.
        where: the file, for messages.

    Raises:
        RunError: an entry has no such number.
    """
    try:
        return tuple(float(entry[key]) for entry in entries)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{where} is damaged: a step has no number {key!r}") from error


def rows(saved: Any, width: int, where: object) -> list[tuple[float, ...]]:  # noqa: ANN401 - JSON
    """Saved rows of numbers.

    Args:
        saved: what JSON held.
        width: numbers in a row.
        where: the file, for messages.

    Raises:
        RunError: they are something else.
    """
    try:
        found = [tuple(float(value) for value in row) for row in _listed(saved)]
    except (TypeError, ValueError) as error:
        raise RunError(f"{where} is damaged: a step is no row of {width} numbers") from error
    if any(len(row) != width for row in found):
        raise RunError(f"{where} is damaged: a step is no row of {width} numbers")
    return found


def _listed(saved: Any) -> Sequence[Any]:  # noqa: ANN401 - JSON
    if not isinstance(saved, list):
        raise TypeError(type(saved).__name__)
    return saved
