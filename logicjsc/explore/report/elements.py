"""What parts of a page are made of, whatever shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    rows: Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Table:
    """Rows below a header.

    Attributes:
        title: what they are.
        header: names of the columns.
        rows: of as many values as there are columns.
        folded: whether it is shown only to whom asks for it.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    folded: bool = False


@dataclass(frozen=True)
class Plot:
    """A picture.

    Attributes:
        title: what it shows.
        data: traces, as Plotly has them.
        layout: axes and the like, as Plotly has them.
        height: in pixels.
        small: whether several may stand side by side.
        nodes: by the number that the first of a trace's ``customdata`` holds, what to show of a
            point when it is pointed at: ``name``, ``lines`` of text, and ``table``, a picture of
            ``columns`` numbers in each row, as hexadecimal digits of ``digits`` each.
    """

    title: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any] = field(default_factory=dict)
    height: int = 360
    small: bool = False
    nodes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Note:
    """A sentence: how to read what stands beside it, or why something is missing.

    Attributes:
        text: the sentence.
        missing: whether it says why something is missing.
    """

    text: str
    missing: bool = False


@dataclass(frozen=True)
class Commands:
    """Lines for a shell."""

    lines: Sequence[str]


Element: TypeAlias = Facts | Table | Plot | Note | Commands


@dataclass(frozen=True)
class Section:
    """A part of a page, made.

    Attributes:
        name: of the part; where links lead.
        title: its heading.
        elements: what it shows.
    """

    name: str
    title: str
    elements: Sequence[Element]
