"""What a person should know about columns: identifiers, and features that give the target away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from logicjsc.dataset.schema import Target
from logicjsc.dataset.table import Array, Table, is_numeric, listed

_MOST_VALUES: Final = 1000
"""Of a column that is looked at for giving the target away."""

_FEWEST_ROWS: Final = 50
"""In fewer rows, numbers may differ, rise or fit by chance."""


# A damaged file may hold numbers that no operation takes, such as signalling ones that are none.
@np.errstate(all="ignore")
def remarks_on(
    table: Table, features: Sequence[str], encoded: Array, target: Target
) -> tuple[str, ...]:
    """Sentences about suspicious columns and about classes that are rare.

    Args:
        table: the samples.
        features: its columns of features.
        encoded: targets of all rows, as `Samples` holds them.
        target: what they are.
    """
    columns = [(name, table.columns[name]) for name in features]
    constant = [name for name, column in columns if _is_constant(column)]
    counting = [name for name, column in columns if identifies(column)]
    equal = [name for name, column in columns if _equals(column, encoded)]
    telling = [
        name for name, column in columns if name not in equal and _tells(column, encoded, target)
    ]
    remarks = []
    if constant:
        never = "changes" if len(constant) == 1 else "change"
        remarks.append(f"{listed(constant)} never {never}, so nothing can be learned from it")
    if counting:
        looks = "looks like row numbers or an identifier, which gives"
        if len(counting) > 1:
            looks = "look like row numbers or identifiers, which give"
        it = "it" if len(counting) == 1 else "them"
        remarks.append(
            f"{listed(counting)} {looks} the target away in a sorted file; leave {it} out with "
            f"data.ignore"
        )
    if equal:
        remarks.append(f"equal to the target: {listed(equal)}; leave that out with data.ignore")
    if telling:
        remarks.append(
            f"enough alone to tell the target of every sample: {listed(telling)}; if that is not "
            f"known when a circuit decides, leave it out with data.ignore"
        )
    return tuple(remarks)


def identifies(column: Array) -> bool:
    """Whether a column has another whole number or text in every row, as identifiers have."""
    if len(column) < _FEWEST_ROWS:
        return False
    if is_numeric(column):
        if column.dtype.kind == "f" and not np.array_equal(column, np.round(column)):
            return False
        # Measured whole numbers of so large a range differ by chance, but do not rise.
        steps = np.diff(column.astype(np.float64))
        return bool(len(np.unique(column)) == len(column) and (steps > 0).all())
    return len(set(column.tolist())) == len(column)


def _is_constant(column: Array) -> bool:
    if is_numeric(column):
        return bool((column == column[0]).all())
    return len(set(column.tolist())) == 1


def _equals(column: Array, encoded: Array) -> bool:
    if encoded.ndim > 1:
        return any(_equals(column, part) for part in encoded.T)
    if not is_numeric(column) or len(np.unique(encoded)) == 1:
        return False
    if encoded.dtype.kind == "f":
        column = column.astype(encoded.dtype)  # the table may hold more digits
    return np.array_equal(column, encoded)


def _tells(column: Array, encoded: Array, target: Target) -> bool:
    """Whether each value of a column occurs with one class only, and values repeat."""
    if target.kind not in {"classes", "binary"} or len(column) < _FEWEST_ROWS:
        return False
    values = column if is_numeric(column) else _numbered(column)
    distinct, number = np.unique(values, return_inverse=True)
    if not 1 < len(distinct) <= min(_MOST_VALUES, len(column) // 10):
        return False
    pairs = np.unique(number.astype(np.int64) * (int(encoded.max()) + 1) + encoded)
    return len(pairs) == len(distinct)


def _numbered(column: Array) -> Array:
    numbers = {text: index for index, text in enumerate(dict.fromkeys(column.tolist()))}
    return np.array([numbers[text] for text in column.tolist()])
