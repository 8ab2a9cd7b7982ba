"""What a part of a page is, and where parts are found."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from logicjsc.core.errors import LogicjscError
from logicjsc.explore.report.elements import Element, Note, Section
from logicjsc.explore.report.subject import Subject


@dataclass(frozen=True)
class Part:
    """A part of a page.

    Attributes:
        name: where links lead.
        title: its heading.
        place: parts stand in the order of their places.
        make: what it shows of a subject; nothing where there is nothing of that kind. What it
            raises as a `LogicjscError` is shown as the reason why the rest is missing.
    """

    name: str
    title: str
    place: int
    make: Callable[[Subject], Iterator[Element]]


def known_parts() -> tuple[Part, ...]:
    """All parts, in their order: the ``PART`` of every module in ``parts``."""
    files = (Path(__file__).parent / "parts").glob("[a-z]*.py")
    package = __package__ or ""
    parts = [importlib.import_module(f"{package}.parts.{file.stem}").PART for file in files]
    return tuple(sorted(parts, key=lambda part: part.place))


def section_of(part: Part, subject: Subject) -> Section | None:
    """A part of a subject; None where there is nothing of its kind."""
    found: list[Element] = []
    try:
        found.extend(part.make(subject))
    except LogicjscError as error:
        found.append(Note(f"Missing: {error}", missing=True))
    return Section(part.name, part.title, tuple(found)) if found else None
