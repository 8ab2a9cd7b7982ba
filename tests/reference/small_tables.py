"""Small tables with columns of every kind, made up on the spot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.dataset.config import DataConfig

Columns = dict[str, list[Any]]

COLOURS = ("blue", "green", "red")
KINDS = {"size": "number", "hits": "word", "lit": "bit", "colour": "category"}


def lamps(rows: int = 120, seed: int = 0) -> Columns:
    """A number, a word, a bit and a category; and targets of every kind that depend on them."""
    rng = np.random.default_rng(seed)
    size = np.round(rng.normal(3.0, 2.0, rows), 3)
    hits = rng.integers(-3, 12, rows)
    lit = rng.integers(0, 2, rows)
    colour = rng.integers(0, 3, rows)
    return {
        "size": size.tolist(),
        "hits": hits.tolist(),
        "lit": lit.tolist(),
        "colour": [COLOURS[index] for index in colour.tolist()],
        "sort": [("cold", "warm", "hot")[index] for index in ((hits + colour) % 3).tolist()],
        "works": [("no", "yes")[index] for index in (size > 3).astype(int).tolist()],
        "price": np.round(2 * size + hits, 3).tolist(),
    }


def chosen(columns: Mapping[str, Sequence[Any]], *names: str) -> Columns:
    """Some columns."""
    return {name: list(columns[name]) for name in names}


def csv_text(columns: Mapping[str, Sequence[Any]], separator: str = ",") -> str:
    """A table of text; None is an empty cell."""
    rows = zip(*columns.values(), strict=True)
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return "\n".join(separator.join(row) for row in [list(columns), *cells]) + "\n"


def write_csv(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """The same in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(csv_text(columns), encoding="utf-8")
    return path


FEATURES = ("size", "hits", "lit", "colour")
LAMPS = lamps()


def of(path, **settings):
    return DataConfig(str(path), **{"target": "sort", **settings})


def columns_of(*names, **changes):
    return {**chosen(LAMPS, *(names or (*FEATURES, "sort"))), **changes}
