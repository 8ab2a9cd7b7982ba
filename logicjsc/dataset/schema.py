"""What the columns of a dataset are: features of four kinds, and a target of four kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from logicjsc.core.errors import DataError

FeatureKind: TypeAlias = Literal["number", "word", "bit"]
"""What one feature is.

- ``number``: any finite float32 number;
- ``word``: whole numbers of a few bits, which a circuit takes as they are;
- ``bit``: 0 or 1, which a circuit takes as a wire.
"""

ColumnKind: TypeAlias = Literal["number", "word", "bit", "category"]
"""What one column of a table is; a category becomes several features, all bits."""

TargetKind: TypeAlias = Literal["classes", "binary", "labels", "value"]
"""What is predicted.

- ``classes``: one of several classes: the highest score, the lowest index wins a tie;
- ``binary``: yes or no: one score, compared with a threshold that validation samples chose;
- ``labels``: several answers of yes or no, each like ``binary``;
- ``value``: one or more numbers.
"""

TARGET_KINDS: Final[tuple[TargetKind, ...]] = get_args(TargetKind)
_COLUMN_KINDS: Final[tuple[ColumnKind, ...]] = get_args(ColumnKind)

Coding: TypeAlias = Literal["one-hot", "binary"]
"""How a category becomes bits: a bit for each value, or the number of the value in binary."""

_CODINGS: Final[tuple[Coding, ...]] = get_args(Coding)

MOST_WORD_BITS: Final = 16
"""Widest whole numbers that count as words; wider ones are numbers."""


@dataclass(frozen=True)
class Column:
    """One column of a table, and the features that it becomes.

    Attributes:
        name: its name.
        kind: what it holds.
        lowest: of a word, its lowest value.
        highest: of a word, its highest value.
        values: of a category, its values in the training samples, ascending.
        coding: of a category, how values become bits.
        fill: what stands in the place of a missing number; None: missing numbers are refused.
    """

    name: str
    kind: ColumnKind = "number"
    lowest: int = 0
    highest: int = 0
    values: tuple[str, ...] = ()
    coding: Coding = "one-hot"
    fill: float | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """Names of its features."""
        if self.kind != "category":
            return (self.name,)
        if self.coding == "one-hot":
            return tuple(f"{self.name}={value}" for value in self.values)
        # Code 0 is that of a value which no training sample had.
        return tuple(f"{self.name}#{bit}" for bit in range(len(self.values).bit_length()))


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Attributes:
        kind: one of `TargetKind`.
        names: of the classes in the order of their indices; of a binary target "no" and "yes" in
            the words of the data; of the labels; of the values.
        column: name of the column or columns that it was read from; empty if it was an array.
        core: of values, the largest error of a sample in the core, in their units: how well values
            are told is also measured on those samples alone; 0: not measured.
    """

    kind: TargetKind
    names: tuple[str, ...]
    column: str = ""
    core: float = 0.0

    def __post_init__(self) -> None:
        if self.core and self.kind != "value":
            raise DataError(
                f"a core of {self.core:g} (data.core) is for values, and the target is of kind "
                f"{self.kind!r}; set it to 0"
            )
        fewest = 2 if self.kind in {"classes", "binary"} else 1
        if len(self.names) < fewest:
            raise DataError(
                f"a target of kind {self.kind!r} needs at least {fewest} names, not "
                f"{len(self.names)}"
            )

    @property
    def outputs(self) -> int:
        """Scores that a network gives for it."""
        return 1 if self.kind == "binary" else len(self.names)

    @property
    def output_names(self) -> tuple[str, ...]:
        """A name for each score."""
        return self.names[1:] if self.kind == "binary" else self.names

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        saved = asdict(self)
        if not self.core:
            del saved["core"]
        return saved

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Target:
        """Undo `to_dict`.

        Raises:
            DataError: it is no target.
        """
        try:
            kind, names = saved["kind"], tuple(saved["names"])
            column, core = str(saved.get("column", "")), float(saved.get("core", 0.0))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"a target needs kind and names ({error!r})") from error
        if kind not in TARGET_KINDS or not all(isinstance(name, str) for name in names):
            raise DataError(f"{kind!r} is no kind of target; known: {', '.join(TARGET_KINDS)}")
        return cls(kind, names, column, core)


@dataclass(frozen=True)
class Schema:
    """The columns of a dataset, and what is predicted from them.

    Attributes:
        columns: in the order of the features.
        target: what is predicted.
    """

    columns: tuple[Column, ...]
    target: Target

    @classmethod
    def numbers(cls, names: tuple[str, ...], target: Target) -> Schema:
        """A schema of numbers."""
        return cls(tuple(Column(name) for name in names), target)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name of each feature."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def feature_kinds(self) -> tuple[FeatureKind, ...]:
        """Kind of each feature; those of categories are bits."""
        return tuple(
            "bit" if column.kind == "category" else column.kind
            for column in self.columns
            for _ in column.features
        )

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Lowest and highest value of each feature that is a word; else 0 and 1."""
        return tuple(
            (column.lowest, column.highest) if column.kind == "word" else (0, 1)
            for column in self.columns
            for _ in column.features
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "columns": [asdict(column) for column in self.columns],
            "target": self.target.to_dict(),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Schema:
        """Undo `to_dict`.

        Raises:
            DataError: it is no schema.
        """
        try:
            columns = tuple(
                Column(**{**entry, "values": tuple(entry.get("values", ()))})
                for entry in saved["columns"]
            )
            target = Target.from_dict(saved["target"])
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"a schema needs columns and target ({error!r})") from error
        for column in columns:
            if column.kind not in _COLUMN_KINDS or column.coding not in _CODINGS:
                raise DataError(
                    f"column {column.name!r} is of an unknown kind, {column.kind!r} "
                    f"({column.coding!r}); known: {', '.join(_COLUMN_KINDS)}"
                )
        return cls(columns, target)
