"""Samples that are not divided yet: those of a task, or rows of a table not yet read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.columns import (
    encode_columns,
    fit_column,
    kinds_of,
    missing_rows,
    numbers_of,
    refuse_infinite,
    refuse_missing,
)
from logicjsc.dataset.config import DataConfig, names_in
from logicjsc.dataset.remarks import remarks_on
from logicjsc.dataset.samples import Part, Samples
from logicjsc.dataset.schema import ColumnKind, Schema, Target
from logicjsc.dataset.table import Array, Table, is_numeric, listed, refuse_unusable
from logicjsc.dataset.targets import encode_target, fit_target, guess_target

_ROW_NUMBERS: Final = ("index", "Unnamed: 0", "__index_level_0__")
"""Columns that other programs add on their own."""

Reader = Callable[["Pool", Array, Part], Samples]
"""Samples of some rows of a pool, as a part."""


class Pool(Protocol):
    """Samples before they are divided."""

    @property
    def source(self) -> str:
        """Where they come from."""
        ...

    @property
    def strata(self) -> Array:
        """What is divided alike, ``[samples]``: classes, or nothing."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know about them."""
        ...

    def fit(self, rows: Array) -> Reader:
        """Fit whatever is fitted on some rows, and how this and other pools are then read."""
        ...


@dataclass(frozen=True)
class SamplesPool:
    """Samples whose schema is known."""

    samples: Samples
    remarks: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where they come from."""
        return self.samples.source

    @property
    def strata(self) -> Array:
        """Classes, or nothing."""
        return strata_of(self.samples.targets, self.samples.target)

    def fit(self, rows: Array) -> Reader:  # noqa: ARG002 - nothing is fitted
        """How such samples are read."""

        def read(pool: Pool, chosen: Array, part: Part) -> Samples:
            if not isinstance(pool, SamplesPool):
                raise TypeError(f"{pool.source} is another kind of samples")
            return pool.samples.take(chosen, part)

        return read


@dataclass(frozen=True)
class TablePool:
    """Rows of a table.

    Attributes:
        table: the table, without rows that lack a value that may not be missing.
        config: what its columns mean.
        targets: columns that are predicted.
        features: columns of the features.
        target: what is predicted.
        kinds: what each feature column holds.
        encoded: targets of all rows.
        remarks: what a person should know about the columns.
    """

    table: Table
    config: DataConfig
    targets: tuple[str, ...]
    features: tuple[str, ...]
    target: Target
    kinds: dict[str, ColumnKind]
    encoded: Array
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Table, config: DataConfig, targets: tuple[str, ...] = ()) -> TablePool:
        """Read what the columns of a table mean.

        Raises:
            DataError: columns are missing, or are not what they should be.
        """
        targets = config.targets or targets or guess_target(table)
        if not targets:
            raise DataError(
                f"{table.source}: which column is predicted? Name it with data.target (--target); "
                f"there are {listed(table.names)}"
            )
        for name in targets:
            if name not in table.columns:
                raise DataError(
                    f"{table.source} has no column {name!r} to predict (data.target); it has "
                    f"{listed(table.names)}"
                )
        features = _features(table, config, targets)
        refuse_unusable(table, (*targets, *features, config.weights))
        table = without_missing(table, config, targets, features)
        target = fit_target(table, targets, config)
        encoded = encode_target(table, target, targets)
        kinds = kinds_of(table, features, config)
        _refuse_lonely(encoded, target, table.source)
        remarks = remarks_on(table, features, encoded, target)
        return cls(table, config, targets, features, target, kinds, encoded, remarks)

    def other(self, table: Table) -> TablePool:
        """A table that is read as this one is, for the test."""
        absent = [name for name in (*self.features, *self.targets) if name not in table.columns]
        if absent:
            raise DataError(f"{table.source} lacks {listed(absent)}, which {self.source} has")
        _features(table, self.config, self.targets, known=self.features)
        refuse_unusable(table, (*self.targets, *self.features, self.config.weights))
        table = without_missing(table, self.config, self.targets, self.features)
        encoded = encode_target(table, self.target, self.targets)
        return replace(self, table=table, encoded=encoded, remarks=())

    @property
    def source(self) -> str:
        """Where they come from."""
        return self.table.source

    @property
    def strata(self) -> Array:
        """Classes, or nothing."""
        return strata_of(self.encoded, self.target)

    def fit(self, rows: Array) -> Reader:
        """Fit categories, words and means on some rows."""
        train = self.table.take(rows)
        columns = tuple(
            fit_column(train, name, self.kinds[name], self.config) for name in self.features
        )
        schema = Schema(columns, self.target)

        def read(pool: Pool, chosen: Array, part: Part) -> Samples:
            if not isinstance(pool, TablePool):
                raise TypeError(f"{pool.source} is another kind of samples")
            table = pool.table.take(chosen)
            weights = None
            if self.config.weights in table.columns:  # which samples for the test need not have
                weights = numbers_of(table, self.config.weights)
            return Samples(
                encode_columns(table, columns),
                pool.encoded[chosen],
                schema,
                source=pool.source,
                part=part,
                weights=weights,
            )

        return read


def strata_of(targets: Array, target: Target) -> Array:
    """What is divided alike: classes; nothing of other targets."""
    if target.kind in {"classes", "binary"}:
        return targets
    return np.zeros(len(targets), np.uint8)


def without_missing(
    table: Table, config: DataConfig, targets: tuple[str, ...], features: tuple[str, ...]
) -> Table:
    """A table without infinite numbers, nor missing ones that ``data.missing`` does not allow.

    Raises:
        DataError: there are some and they are refused, or every row lacks a value.
    """
    weights = tuple(name for name in names_in(config.weights) if name in table.columns)
    refuse_infinite(table, (*targets, *features, *weights))
    advice = (
        "mend it, or set data.missing = 'drop' (leave such rows out) or 'mean' (the training mean)"
    )
    if config.missing == "refuse":
        refuse_missing(table, (*targets, *features, *weights), advice=advice)
        return table
    # A sample without target or weight says nothing, whatever stands for missing features.
    always = (*targets, *weights)
    names = (*always, *features) if config.missing == "drop" else always
    gone = missing_rows(table, names)
    if len(gone) == len(table):
        raise DataError(f"{table.source}: every row lacks a value, so none is left")
    return table.take(np.setdiff1d(np.arange(len(table)), gone)) if gone.size else table


def _features(
    table: Table, config: DataConfig, targets: tuple[str, ...], known: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Every column that is neither target, nor weights, nor ignored."""
    ignored = names_in(config.ignore)
    for key, names in (("ignore", ignored), ("weights", names_in(config.weights))):
        for name in names:
            if name not in table.columns and not known:
                raise DataError(
                    f"data.{key} names {name!r}, which is no column of {table.source}; it has "
                    f"{listed(table.names)}"
                )
    left_out = {*ignored, *targets, config.weights}
    features = tuple(
        name
        for name in table.names
        if name not in left_out and not (name in _ROW_NUMBERS and counts_rows(table.columns[name]))
    )
    if known:
        added = [name for name in features if name not in known]
        if added:
            raise DataError(f"{table.source} has {listed(added)}, which the training samples lack")
        return known
    if not features:
        raise DataError(f"{table.source} has no column besides {listed(targets)}")
    return features


def counts_rows(column: Array) -> bool:
    """Whether a column merely counts the rows, from 0 or 1."""
    if not is_numeric(column) or column.dtype.kind == "b" or not len(column):
        return False
    first = column[0]
    return first in {0, 1} and bool((column == np.arange(len(column)) + first).all())


def _refuse_lonely(encoded: Array, target: Target, source: str) -> None:
    """Refuse a class of one sample, which cannot be both learned and tested."""
    if target.kind not in {"classes", "binary"}:
        return
    counts = np.bincount(encoded, minlength=len(target.names))
    lonely = np.flatnonzero(counts == 1)
    if lonely.size:
        names = [target.names[index] for index in lonely]
        raise DataError(
            f"{source}: of class {listed(names)} there is one sample only, which cannot be both "
            f"learned and tested; leave it out"
        )
