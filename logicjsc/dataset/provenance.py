"""Which samples belong to a run, netlist, circuit or library: one answer for every command.

A provenance is written when samples are first read and travels along. Samples that are needed again
are read through it, and only if they are still the same: never another task's samples, and never
another split's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ConfigError, DataError, OtherSamplesError
from logicjsc.core.settings import read_table as read_settings
from logicjsc.dataset.columns import encode_columns
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import absolute, load_all, load_dataset, load_test, tables_of
from logicjsc.dataset.pools import without_missing
from logicjsc.dataset.readers import data_files
from logicjsc.dataset.samples import Dataset, Part, Samples
from logicjsc.dataset.schema import Schema
from logicjsc.dataset.splits import test_files
from logicjsc.dataset.table import Table, joined, listed
from logicjsc.dataset.targets import encode_target
from logicjsc.dataset.task import Task, known_tasks

KEY: Final = "dataset"
"""Under it, a netlist's provenance keeps that of its samples."""


@dataclass(frozen=True)
class Provenance:
    """Where samples come from.

    Attributes:
        config: the settings that chose and divided them, with absolute paths.
        schema: names and kinds of features and target.
        fingerprint: of the three parts (`Dataset.fingerprint`); empty if it is not known.
        source: where they come from, for people to read.
    """

    config: DataConfig
    schema: Schema
    fingerprint: str = ""
    source: str = ""

    @classmethod
    def of(cls, dataset: Dataset) -> Provenance:
        """Of a dataset."""
        return cls(absolute(dataset.config), dataset.schema, dataset.fingerprint(), dataset.source)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "source": self.source,
            "fingerprint": self.fingerprint,
            "config": asdict(self.config),
            "schema": self.schema.to_dict(),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Provenance:
        """Undo `to_dict`.

        Raises:
            DataError: it is no provenance.
        """
        try:
            config = read_settings(DataConfig, saved["config"], "provenance", "data.")
            schema = Schema.from_dict(saved["schema"])
            return cls(config, schema, str(saved["fingerprint"]), str(saved["source"]))
        except (KeyError, TypeError, AttributeError, ConfigError) as error:
            raise DataError(f"the provenance of the samples is damaged ({error})") from error

    def to_text(self) -> str:
        """For a netlist's provenance."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def in_netlist(cls, provenance: Mapping[str, str]) -> Provenance | None:
        """What a netlist's provenance says of its samples; None if it says nothing.

        Raises:
            DataError: it is damaged.
        """
        text = provenance.get(KEY)
        if text is None:
            return None
        try:
            saved = json.loads(text)
        except ValueError as error:
            raise DataError(f"the provenance of the samples is damaged ({error})") from error
        return cls.from_dict(saved)

    def without_paths(self) -> Provenance:
        """The same without anything that is true on one machine only."""
        config = replace(self.config, path="", test_path="")
        # Samples of a folder may be called by one of its files.
        source = Path(self.source).name if self.config.path else self.source
        return replace(self, config=config, source=source)

    def dataset(self) -> Dataset:
        """The samples themselves.

        Raises:
            DataError: they are not there, or nothing says which they were.
            OtherSamplesError: they are others than those it was made from.
        """
        try:
            dataset = load_dataset(self.config)
        except (DataError, ConfigError) as error:
            kind = OtherSamplesError if self._is_something_there else DataError
            raise kind(
                f"the samples that it was made from cannot be had ({error}); name them with --data"
            ) from error
        if not self.fingerprint:
            # Whatever lies there now may be what it was made from, or anything else.
            raise DataError(
                f"no fingerprint says whether the samples in {dataset.source} are those it was "
                f"made from; name samples with --data"
            )
        if dataset.fingerprint() != self.fingerprint:
            if not self.config.path and dataset.source != self.source:
                raise DataError(
                    f"the samples that it was made from ({self.source}) do not travel with "
                    f"logicjsc; name them with --data"
                )
            raise OtherSamplesError(
                f"the samples in {dataset.source} are not those it was made from (fingerprint "
                f"{dataset.fingerprint()}, not {self.fingerprint}); put the old ones back, or name "
                f"others with --data"
            )
        # A fingerprint is one of numbers; what they are called may have changed.
        renamed = self._renamed(dataset)
        if renamed:
            raise OtherSamplesError(
                f"the samples in {dataset.source} are not those it was made from ({renamed}); put "
                f"the old ones back, or name others with --data"
            )
        return dataset

    def moved(self, path: Path) -> Dataset | None:
        """The same samples at another place; None if those there are others."""
        if not self.fingerprint:
            return None
        tests = "" if path.is_dir() else self.config.test_path
        try:
            dataset = load_dataset(replace(self.config, path=str(path), test_path=tests))
        except (DataError, ConfigError):
            return None
        same = dataset.fingerprint() == self.fingerprint and not self._renamed(dataset)
        return dataset if same else None

    @property
    def _is_something_there(self) -> bool:
        """Whether there is a file or folder where the samples were, whatever it holds now."""
        return bool(self.config.path) and Path(self.config.path).exists()

    def _renamed(self, dataset: Dataset) -> str:
        """Which feature, class or value is called otherwise; empty if none is."""
        pairs = (
            ("feature", self.schema.feature_names, dataset.schema.feature_names),
            ("target", self.schema.target.names, dataset.schema.target.names),
        )
        for what, known, found in pairs:
            for old, new in zip(known, found, strict=False):
                if old != new:
                    return f"{what} {old!r} is called {new!r} there"
        return ""

    def divided(self, path: Path) -> Dataset:
        """The same samples at another place, or others, read and divided by the same settings.

        Raises:
            DataError: they cannot be read, or have other columns.
        """
        tests = "" if path.is_dir() else self.config.test_path
        return load_dataset(replace(self.config, path=str(path), test_path=tests, train_samples=0))

    def part(self, part: Part, data: Path | None) -> Samples:
        """A part of the samples, or what ``data`` holds.

        Args:
            part: which one, if ``data`` does not say otherwise.
            data: a file or folder, or the name of a known task: the same samples at another place,
                of which the part is taken, or others, all of which are.

        Raises:
            DataError: they cannot be had, or have other columns.
        """
        if data is None:
            return part_of(self.dataset(), part)
        dataset = self.moved(data)
        return part_of(dataset, part) if dataset is not None else self.read(data)

    def read(self, path: Path) -> Samples:
        """All samples of a file or known task, read as these were; of a folder the test files.

        A folder without test files is read as a whole.

        Raises:
            DataError: they cannot be read, or have other columns or classes.
        """
        task = None if self.config.target else known_tasks().get(self.config.task)
        if task is not None and task.arrange is not None:
            config = replace(self.config, path=str(path), test_path="", split="ours")
            named = path.is_dir() and test_files(path, data_files(path))
            return load_test(config) if named else load_all(config)
        table = _table(path, task)
        features = tuple(column.name for column in self.schema.columns)
        columns = tuple(self.schema.target.column.split(", "))
        absent = [name for name in (*features, *columns) if name not in table.columns]
        if absent:
            raise DataError(f"{table.source} lacks {listed(absent)}, which {self.source} has")
        table = without_missing(table, self.config, columns, features)
        return Samples(
            encode_columns(table, self.schema.columns),
            encode_target(table, self.schema.target, columns),
            self.schema,
            source=str(path),
        )


def _table(path: Path, task: Task | None) -> Table:
    """The table of a file, of a folder's test files if it has some, or of a known task."""
    own = None if path.exists() else known_tasks().get(str(path))
    if own is not None and own.table is not None:
        return own.table()
    files = data_files(path)
    files = test_files(path, files) or files
    return joined(tables_of(files, task), str(path))


def part_of(dataset: Dataset, part: Part) -> Samples:
    """A part of a dataset by its name; ``"all"`` is all three, one after the other."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    if part != "all":
        return parts[part]
    return Samples(
        np.concatenate([entry.features for entry in parts.values()]),
        np.concatenate([entry.targets for entry in parts.values()]),
        dataset.schema,
        dataset.source,
    )
