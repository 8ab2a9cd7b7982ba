"""`Table`, named columns of one file, before anyone has said what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import DataError
from logicjsc.dataset.schema import ColumnKind

Array: TypeAlias = npt.NDArray[Any]

MOST_ROWS: Final = 20_000_000
"""A file that claims more is refused before its claim is given memory."""

MOST_COLUMNS: Final = 100_000

NUMBERED: Final = "y"
"""Name of the target's column where a file has none; its classes may be whole numbers."""

_SHOWN: Final = 3
_NUMERIC: Final = "fiub"


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, all of one length.

    Attributes:
        columns: numbers, booleans, or texts (object arrays of `str`, None where one is missing).
        source: where they come from, for people to read.
        format: of the file, such as ``"CSV"``.
        class_names: names behind the whole numbers of the column ``y``, if the file has them.
        files: where rows come from, and how many from there, where several tables were joined.
        rows: number of each row in what was read; None: 0, 1, 2, ...
        kinds: what columns hold whatever they look like, where their task says so.

    Raises:
        DataError: there are no columns or no rows, or lengths differ.
    """

    columns: Mapping[str, Array]
    source: str
    format: str = ""
    class_names: tuple[str, ...] = ()
    files: tuple[tuple[str, int], ...] = ()
    rows: Array | None = None
    kinds: Mapping[str, ColumnKind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.columns:
            raise DataError(f"{self.source} has no columns")
        rows = {len(column) for column in self.columns.values()}
        if len(rows) > 1:
            raise DataError(f"{self.source}: columns have {min(rows)} to {max(rows)} rows")
        if not rows.pop():
            raise DataError(f"{self.source}: there are no samples")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return tuple(self.columns)

    def take(self, rows: Array) -> Table:
        """The table of some rows."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return replace(self, columns=columns, rows=rows if self.rows is None else self.rows[rows])

    def place(self, row: int) -> str:
        """Where a row stood when it was read, for people."""
        number = int(row if self.rows is None else self.rows[row])
        for name, count in self.files:
            if number < count:
                return f"row {number} (counted from 0) of {name}"
            number -= count
        return f"row {number} (counted from 0)"


def table_of(
    pairs: Sequence[tuple[str, Array]],
    source: str,
    format_: str = "",
    class_names: tuple[str, ...] = (),
) -> Table:
    """A table of named columns.

    Raises:
        DataError: a name is missing or stands there twice, or there are too many.
    """
    refuse_columns(len(pairs), source)
    columns: dict[str, Array] = {}
    for place, (given, column) in enumerate(pairs):
        name = given.strip()
        if not name and place == 0:
            name = "index"  # pandas writes its row numbers under no name
        if not name:
            raise DataError(f"{source}: column {place + 1} has no name; name it in the header")
        if name in columns:
            raise DataError(f"{source} has column {name!r} twice; remove one")
        columns[name] = column
    return Table(columns, source, format_, class_names)


def joined(tables: Sequence[Table], source: str) -> Table:
    """Tables of the same columns, one below the other; columns are matched by name.

    Raises:
        DataError: their columns differ, or what class the whole numbers of a column ``y`` mean.
    """
    if len(tables) == 1:
        return tables[0]
    first = tables[0]
    for other in tables[1:]:
        refuse_other_columns(first, other)
        if other.class_names != first.class_names and NUMBERED in first.columns:
            raise DataError(
                f"{other.source} numbers the classes {listed(other.class_names)}, {first.source} "
                f"{listed(first.class_names)}; number them alike"
            )
    columns = {name: _stacked([table.columns[name] for table in tables]) for name in first.names}
    files = tuple((table.source, len(table)) for table in tables)
    return Table(columns, source, first.format, first.class_names, files, kinds=first.kinds)


def refuse_other_columns(first: Table, other: Table) -> None:
    """Refuse a table whose columns are not those of another.

    Raises:
        DataError: a column is missing or added.
    """
    missing = [name for name in first.names if name not in other.columns]
    added = [name for name in other.names if name not in first.columns]
    if missing:
        raise DataError(f"{other.source} lacks {listed(missing)}, which {first.source} has")
    if added:
        raise DataError(f"{other.source} has {listed(added)}, which {first.source} lacks")


def listed(names: Sequence[str]) -> str:
    """Names of columns in a sentence: the first three and how many there are."""
    shown = ", ".join(map(repr, names[:_SHOWN])) or "none"
    return shown if len(names) <= _SHOWN else f"{shown}, ... ({len(names):,} in all)"


def damaged(path: Path | str, reason: object) -> DataError:
    """The error for a file whose bytes are not what its name or beginning promises."""
    suffix = Path(path).suffix.lower()
    what = f"a {suffix} file" if suffix else "a file"
    article = "an" if suffix in {".npz", ".npy", ".arff", ".h5", ".hdf5", ".idx"} else "a"
    what = what.replace("a ", f"{article} ", 1) if suffix else what
    return DataError(f"{path} is not {what} of samples, or is damaged ({reason})")


def refuse_rows(rows: int, source: str) -> None:
    """Refuse a file that claims more rows than anyone has.

    Raises:
        DataError: it does.
    """
    if rows > MOST_ROWS:
        raise DataError(f"{source} claims {rows:,} samples; more than {MOST_ROWS:,} are not read")


def refuse_columns(columns: int, source: str) -> None:
    """Refuse a file that claims more columns than anyone has.

    Raises:
        DataError: it does.
    """
    if columns > MOST_COLUMNS:
        raise DataError(
            f"{source} claims {columns:,} columns; more than {MOST_COLUMNS:,} are not read"
        )


@dataclass(frozen=True)
class Unusable:
    """Every entry of a column that holds neither numbers nor texts.

    It is refused when it is used: a column that is left out may hold anything.

    Attributes:
        holds: what it holds, for people.
    """

    holds: str


def unusable(rows: int, holds: str) -> Array:
    """A column that holds neither numbers nor texts; see `Unusable`."""
    column = np.empty(rows, object)
    column[:] = Unusable(holds)
    return column


def refuse_unusable(table: Table, names: Iterable[str]) -> None:
    """Refuse columns that hold neither numbers nor texts.

    Raises:
        DataError: one does.
    """
    for name in names:
        column = table.columns.get(name)
        if column is not None and column.dtype == object and isinstance(column.flat[0], Unusable):
            raise DataError(
                f"{table.source}: column {name!r} holds {column.flat[0].holds}, neither numbers "
                f"nor texts; leave it out with ignore"
            )


def is_numeric(column: Array) -> bool:
    """Whether a column holds numbers or booleans."""
    return column.dtype.kind in _NUMERIC


def texts_of(column: Array) -> Array:
    """A column of texts of any numpy type as objects; bytes are read as UTF-8."""
    if column.dtype.kind == "S":
        column = np.char.decode(column, "utf-8", "replace")
    if column.dtype.kind == "U":
        return np.asarray(column, object)
    texts = [_as_text(entry) for entry in column.flat]
    return np.array(texts, object).reshape(column.shape)


def _as_text(entry: object) -> str | None:
    if entry is None:
        return None
    return entry.decode("utf-8", "replace") if isinstance(entry, bytes) else str(entry)


def _stacked(parts: list[Array]) -> Array:
    if len({is_numeric(part) for part in parts}) > 1:
        parts = [_as_texts(part) for part in parts]
    return np.concatenate(parts)


def _as_texts(column: Array) -> Array:
    if not is_numeric(column):
        return column
    return np.array([str(value) for value in column.tolist()], object)
