"""Tables of jets to samples: features are found by name in any order, or stand in OpenML's order.

Features may have the ``j_`` in front that the HDF5 files use. Labels are a column of class names,
or one column per class that holds 0 or 1. The published HDF5 tables hold many jets twice; the first
of equal rows is kept. Arrays of the hls4ml tutorial carry no names and stand in OpenML's order,
which is ours; its features are already standardised and are kept as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.columns import is_number
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Schema, Target
from logicjsc.dataset.table import Array, Table, is_numeric, refuse_unusable
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

SCHEMA: Final = Schema.numbers(FEATURE_NAMES, Target("classes", CLASS_NAMES, "class"))

LABEL_COLUMNS: Final = ("class", "jet_type", "label")
_ONE_HOT: Final = tuple(f"j_{name}" for name in CLASS_NAMES)
_ROW_NUMBERS: Final = ("index", "Unnamed: 0", "__index_level_0__")
"""Columns that other programs add on their own."""

_MATRIX_FORMATS: Final = ("HDF5", "HDF5 table")
"""Formats of published files, which have further columns."""

_UNNAMED: Final = tuple(f"x{place}" for place in range(len(FEATURE_NAMES)))
"""What the reader of arrays calls the features of a file that does not."""

_SHOWN: Final = 20


def arrange(table: Table) -> Samples:
    """Jets of a table.

    Raises:
        DataError: a column is missing, repeated, unknown or of the wrong type, or a label is.
    """
    if table.format in {"npz", "npy"}:
        return _of_arrays(table)
    others = table.format in _MATRIX_FORMATS
    features, labels = wanted_columns(table.names, table.source, others=others)
    refuse_unusable(table, (*features, *labels))
    columns = [_numbers(table, name) for name in features]
    if len(labels) == 1:
        classes = labels_by_name(table.columns[labels[0]], labels[0], table.source)
    else:
        hot = np.stack([table.columns[name] for name in labels], axis=1)
        classes = labels_one_hot(hot, table.source)
    with np.errstate(over="ignore"):  # Samples names what is not finite
        stack = np.stack([column.astype(np.float32) for column in columns], axis=1)
    jets = Samples(stack, classes, SCHEMA, table.source)
    return _without_repetitions(jets) if table.format == "HDF5 table" else jets


def recognises(table: Table) -> bool:
    """Whether columns are those of jets, by most of the features' names or by their number."""
    known = {_plain(name) for name in table.names}.intersection(FEATURE_NAMES)
    return len(known) > len(FEATURE_NAMES) / 2 or _features_of_arrays(table) == list(_UNNAMED)


def wanted_columns(
    names: Sequence[str], source: str, *, others: bool
) -> tuple[list[str], list[str]]:
    """Columns of the 16 features in their order, and the label column or columns.

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
            raise DataError(
                f"{source} has no column {name!r}; it has {_listed(names)}. If these are no jets, "
                f"name what is predicted with data.target (--target)"
            )
        if plain.count(name) > 1:
            raise DataError(f"{source} has column {name!r} twice; remove one")
    for name in plain:
        if not others and name not in wanted and name not in _ROW_NUMBERS:
            raise DataError(f"{source} has an unexpected column {name!r}; remove it")
    found = [names[plain.index(name)] for name in wanted]
    return found[: len(FEATURE_NAMES)], found[len(FEATURE_NAMES) :]


def labels_by_name(values: Array, column: str, source: str) -> Array:
    """Class indices of class names.

    Raises:
        DataError: one names no class.
    """
    if is_numeric(values):
        raise DataError(f"{source}: column {column!r} holds {values.dtype}, not class names")
    number = {name: index for index, name in enumerate(CLASS_NAMES)}
    known = {text: number.get(_plain(str(text)), -1) for text in dict.fromkeys(values.tolist())}
    labels = np.array([known[text] for text in values.tolist()])
    odd = labels < 0
    if odd.any():
        jet = int(np.argmax(odd))
        raise DataError(
            f"{source}: column {column!r} holds {str(values[jet] or '')!r} for jet {jet}, which is "
            f"none of {', '.join(CLASS_NAMES)}"
        )
    return labels


def labels_one_hot(values: Array, source: str) -> Array:
    """Class indices of one column per class, in the order of the class names.

    Raises:
        DataError: a jet is of no class, of several, or of a part of one.
    """
    if not is_numeric(values):
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


def _of_arrays(table: Table) -> Samples:
    """Jets of ``X`` and ``y``: in the order of the names, or in OpenML's order without names."""
    source = table.source
    features = _features_of_arrays(table)
    labels = [name for name in table.names if name not in features]
    if features == [f"x{place}" for place in range(len(features))]:
        if len(features) != len(FEATURE_NAMES):
            raise DataError(
                f"{source} must hold floats of shape [jets, {len(FEATURE_NAMES)}], not of "
                f"{len(features)} features"
            )
    else:
        features = _in_order(features, FEATURE_NAMES, source, "feature")
    classes = table.class_names or CLASS_NAMES
    _in_order(list(classes), CLASS_NAMES, source, "class")
    columns = [_numbers(table, name) for name in features]
    if any(column.dtype.kind != "f" for column in columns):
        raise DataError(f"{source}: features must be floats, not {columns[0].dtype}")
    if len(labels) > 1:
        indices = labels_one_hot(np.stack([table.columns[n] for n in labels], axis=1), source)
    else:
        indices = table.columns[labels[0]]
    if indices.dtype.kind not in "iu":
        raise DataError(f"{source}: y must hold class indices, not {indices.dtype}")
    if indices.min() < 0 or indices.max() >= len(classes):
        raise DataError(f"{source}: y must hold one class index below {len(classes)} per jet")
    relabel = np.array([CLASS_NAMES.index(name) for name in classes])
    jets = Samples(np.stack(columns, axis=1), relabel[indices], SCHEMA, source)
    if table.format == "npz":
        return jets
    return replace(jets, source=f"{source} (features as its maker scaled them)")


def _features_of_arrays(table: Table) -> list[str]:
    return [name for name in table.names if name != "y" and not name.startswith("y_")]


def _in_order(found: list[str], wanted: tuple[str, ...], source: str, what: str) -> list[str]:
    """The wanted names; the sets must agree."""
    for name in wanted:
        if name not in found:
            raise DataError(f"{source} has no {what} {name!r}; it has {_listed(found)}")
    for name in found:
        if found.count(name) > 1 or name not in wanted:
            raise DataError(f"{source} has an unexpected or repeated {what} {name!r}")
    return list(wanted)


def _numbers(table: Table, name: str) -> Array:
    column = table.columns[name]
    if is_numeric(column):
        return column
    for jet, text in enumerate(column.tolist()):
        if text is not None and not is_number(text):
            raise DataError(
                f"{table.source}: column {name!r} holds {text!r} for jet {jet}, which is no number"
            )
    raise DataError(f"{table.source}: column {name!r} holds texts, not numbers")


def _without_repetitions(jets: Samples) -> Samples:
    """The first of equal rows, in the order of the file."""
    rows: Array = np.concatenate([jets.features, jets.targets[:, None].astype(np.float32)], axis=1)
    rows += 0.0  # the two zeros are equal as numbers, and differ as bytes
    _, first = np.unique(rows.view(f"V{rows.shape[1] * rows.itemsize}"), return_index=True)
    repeated = len(jets) - len(first)
    if not repeated:
        return jets
    kept = jets.take(np.sort(first), "all")
    return replace(kept, source=f"{jets.source} ({repeated:,} repeated jets dropped)")


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
