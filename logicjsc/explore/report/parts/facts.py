"""What it is: what was trained on what, and how large it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from logicjsc.artefacts.describe import describe
from logicjsc.core.console.tables import show
from logicjsc.core.settings import flat, plain
from logicjsc.explore.report.elements import Element, Facts, Table
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.short import short_of
from logicjsc.explore.report.subject import Subject


def _make(subject: Subject) -> Iterator[Element]:
    yield Facts(short_of(subject, measure=False).rows)
    if subject.config is not None:
        settings = flat(plain(subject.config.config))
        rows = [(key, _text(value)) for key, value in settings]
        yield Table("Settings", ("setting", "value"), rows, folded=True)
    layers = describe(subject.source).layers
    if layers:
        header = [name.replace("_", " ") for name in layers[0]]
        yield Table("Layers", header, [[_text(value) for value in row.values()] for row in layers])


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return _number(value)


def _number(value: Any) -> str:  # noqa: ANN401 - anything a setting holds
    return f"{value:g}" if isinstance(value, float) else show(value)


PART = Part("facts", "What it is", 10, _make)
