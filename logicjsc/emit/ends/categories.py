"""Which bits of a circuit's input stand for a category, and for one that no training sample had."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import DataError
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.schema import Coding
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import count
from logicjsc.netlist import Netlist

_LINE: Final = 90


@dataclass(frozen=True)
class CategoryPlace:
    """How a category becomes features, each of them a bit.

    Attributes:
        name: of the column.
        coding: ``one-hot``: feature ``i`` is 1 for value ``i``; ``binary``: feature ``i`` is bit
            ``i`` of the value's number, which counts from 1.
        features: names of its features.
        values: those that training samples had.
        unseen: number that the features have for any other value, the first one in the lowest bit.
    """

    name: str
    coding: Coding
    features: tuple[str, ...]
    values: tuple[str, ...]
    unseen: int = 0


def categories_of(netlist: Netlist) -> tuple[CategoryPlace, ...]:
    """Categories among the features of a netlist, as far as it says which samples it is for."""
    try:
        known = Provenance.in_netlist(netlist.provenance)
    except DataError:
        return ()  # whatever needs its samples says so
    encoder = netlist.encoder
    if known is None or encoder is None or known.schema.feature_names != encoder.feature_names:
        return ()
    return tuple(
        CategoryPlace(column.name, column.coding, column.features, column.values)
        for column in known.schema.columns
        if column.kind == "category"
    )


def category_lines(netlist: Netlist) -> list[str]:
    """Comment lines on the categories of a netlist; none without any."""
    places = categories_of(netlist)
    return (
        ["// categories:", *(line for place in places for line in _lines(place))] if places else []
    )


def _lines(place: CategoryPlace) -> Iterator[str]:
    name, bits = comment_text(place.name), count(len(place.features), "bit")
    if place.coding == "one-hot":
        yield f"//   {name}: {bits}, one for each value; any other value has 0 in all of them"
        return
    yield f"//   {name}: {bits}, the number of the value; any other value has the number 0"
    numbered = (f"{number} {comment_text(value)}" for number, value in enumerate(place.values, 1))
    for line in textwrap.wrap(", ".join(numbered), _LINE, break_on_hyphens=False):
        yield f"//     {line}"
