"""Named columns to `JetData`: what all formats but our own archive have in common.

Features are found by name in any order, with or without the ``j_`` in front that the HDF5 files
use. Labels are a column of class names, or one column per class that holds 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.samples import Array, JetData
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

MOST_JETS: Final = 20_000_000
"""A file that claims more is refused before its claim is given memory."""

LABEL_COLUMNS: Final = ("class", "jet_type", "label")
_ONE_HOT: Final = tuple(f"j_{name}" for name in CLASS_NAMES)
_ROW_NUMBERS: Final = ("", "index", "Unnamed: 0", "__index_level_0__")
"""Columns that other programs add on their own."""

_SUFFIXES: Final = {
    ".npz": "an",
    ".npy": "an",
    ".arff": "an",
    ".h5": "an",
    ".hdf5": "an",
    ".z": "a",
    ".parquet": "a",
    ".pq": "a",
    ".csv": "a",
    ".tsv": "a",
    ".gz": "a",
}
_SHOWN: Final = 20


def not_jets(path: Path | str, reason: object) -> DataError:
    """The error for a file whose bytes are not what its name or beginning promises."""
    suffix = Path(path).suffix.lower()
    what = f"{_SUFFIXES[suffix]} {suffix} file" if suffix in _SUFFIXES else "a file"
    return DataError(f"{path} is not {what} of jets, or is damaged ({reason})")


def known_suffix(path: Path) -> bool:
    """Whether a file's name promises one of the formats."""
    return path.suffix.lower() in _SUFFIXES


def refuse_size(jets: int, source: str) -> None:
    """Refuse a file that claims more jets than anyone has.

    Raises:
        DataError: it does.
    """
    if jets > MOST_JETS:
        raise DataError(f"{source} claims {jets:,} jets; more than {MOST_JETS:,} are not read")


def wanted_columns(
    names: Sequence[str], source: str, *, others: bool
) -> tuple[list[int], list[int]]:
    """Positions of the 16 features in their order, and of the label column or columns.

    Args:
        names: all columns of the file.
        source: for messages.
        others: whether further columns are fine.

    Raises:
        DataError: a column is missing, repeated, or (unless ``others``) unknown.
    """
    plain = [_plain(name) for name in names]
    labels = [name for name in LABEL_COLUMNS if name in plain]
    one_hot = not labels and any(name in plain for name in _ONE_HOT)
    if len(labels) > 1:
        raise DataError(f"{source} has two columns of labels, {labels[0]!r} and {labels[1]!r}")
    if not labels and not one_hot:
        raise DataError(
            f"{source} has no column 'class' (nor {', '.join(LABEL_COLUMNS[1:])}, or one of "
            f"{', '.join(_ONE_HOT)} each) with the labels; it has {_listed(names)}"
        )
    wanted = [*FEATURE_NAMES, *(_ONE_HOT if one_hot else labels)]
    for name in wanted:
        if name not in plain:
            raise DataError(f"{source} has no column {name!r}; it has {_listed(names)}")
        if plain.count(name) > 1:
            raise DataError(f"{source} has column {name!r} twice; remove one")
    for name in plain:
        if not others and name not in wanted and name not in _ROW_NUMBERS:
            raise DataError(f"{source} has an unexpected column {name!r}; remove it")
    places = [plain.index(name) for name in wanted]
    return places[: len(FEATURE_NAMES)], places[len(FEATURE_NAMES) :]


def jets_from_columns(
    names: Sequence[str], column: Callable[[int], Array], source: str, *, others: bool
) -> JetData:
    """Jets of a table whose column at a position is given by ``column``.

    Raises:
        DataError: a column is missing, repeated, unknown or of the wrong type, or a label is.
    """
    feature_places, label_places = wanted_columns(names, source, others=others)
    stack = []
    for name, place in zip(FEATURE_NAMES, feature_places, strict=True):
        values = column(place)
        if values.dtype.kind not in "fiu":
            raise DataError(f"{source}: column {name!r} holds {values.dtype}, not numbers")
        with np.errstate(over="ignore"):  # JetData names what is not finite
            stack.append(values.astype(np.float32))
    features = np.stack(stack, axis=1)
    if len(label_places) == 1:
        (place,) = label_places
        labels = labels_by_name(column(place), names[place], source)
    else:
        labels = labels_one_hot(np.stack([column(p) for p in label_places], axis=1), source)
    return JetData(features, labels, source=source)


def labels_by_name(values: Array, column: str, source: str) -> Array:
    """Class indices of class names.

    Raises:
        DataError: one names no class.
    """
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind != "U":
        raise DataError(f"{source}: column {column!r} holds {values.dtype}, not class names")
    labels = _matches(values)
    odd = labels < 0
    if odd.any():  # stripping is slow, and rarely needed
        labels[odd] = _matches(np.array([_plain(text) for text in values[odd]]))
        odd = labels < 0
    if odd.any():
        jet = int(np.argmax(odd))
        raise DataError(
            f"{source}: column {column!r} holds {str(values[jet])!r} for jet {jet}, which is none "
            f"of {', '.join(CLASS_NAMES)}"
        )
    return labels


def labels_one_hot(values: Array, source: str) -> Array:
    """Class indices of one column per class, in the order of `CLASS_NAMES`.

    Raises:
        DataError: a jet is of no class, of several, or of a part of one.
    """
    if values.dtype.kind not in "fiub":
        raise DataError(f"{source}: the columns of classes hold {values.dtype}, not 0 and 1")
    ones, zeros = values == 1, values == 0
    bad = ~(ones | zeros).all(axis=1) | (ones.sum(axis=1) != 1)
    if bad.any():
        jet = int(np.argmax(bad))
        raise DataError(
            f"{source}: jet {jet} must be of one class, but its columns of classes hold "
            f"{', '.join(map(str, values[jet].tolist()))}"
        )
    return np.asarray(ones.argmax(axis=1))


def _matches(values: Array) -> Array:
    labels = np.full(values.shape, -1, np.int64)
    for index, name in enumerate(CLASS_NAMES):
        labels[values == name] = index
    return labels


def _plain(name: str) -> str:
    """A name without quotes, blanks, and the ``j_`` in front of features."""
    name = str(name).strip()
    if name[:2] in {"b'", 'b"'}:  # bytes that went through str()
        name = name[1:]
    name = name.strip("\"'").strip()
    bare = name.removeprefix("j_")
    return bare if bare in FEATURE_NAMES else name


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(str(name) for name in names[:_SHOWN])
    return f"{shown}, ..." if len(names) > _SHOWN else shown or "none"
