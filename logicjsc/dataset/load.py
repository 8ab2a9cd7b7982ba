"""From the settings of ``[data]``, or from data in memory, to a `Dataset`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.core.errors import ConfigError, DataError
from logicjsc.core.files import atomic_file
from logicjsc.dataset.columns import missing_rows, numbers_of
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.pools import Pool, SamplesPool, TablePool
from logicjsc.dataset.readers.arrays import target_columns
from logicjsc.dataset.readers.frames import array_table, frame_table, is_frame, target_pairs
from logicjsc.dataset.readers.read import data_files, read_table
from logicjsc.dataset.samples import Dataset, Samples
from logicjsc.dataset.schema import Schema, Target
from logicjsc.dataset.splits import divide_test, divide_validation, test_files
from logicjsc.dataset.table import Array, Table, joined, listed, refuse_unusable, table_of
from logicjsc.dataset.targets import encode_target, fit_target, guess_target
from logicjsc.dataset.task import Task, find_task, known_tasks


def load_dataset(config: DataConfig) -> Dataset:
    """Read and divide the samples that settings name.

    Raises:
        DataError: they cannot be read, are not what the settings say, or are too few to divide.
        ConfigError: no samples are named, or a task is not known.
    """
    task, path = _named(config)
    if path is None:
        if task is None or task.table is None:
            raise ConfigError(_nothing_named(task))
        return divide(_pool([task.table()], task, config, task.source), None, config)
    pool_files, tests = _files(path, config)
    pool = _pool(tables_of(pool_files, task), task, config, str(path))
    test = None
    if tests:
        test = _other(pool, tables_of(tests, task), task, config)
    return divide(pool, test, config)


def load_test(config: DataConfig) -> Samples:
    """The test part of `load_dataset` alone; files that are not for the test may stay unread."""
    task, path = _named(config)
    if task is not None and task.arrange is not None and path is not None:
        # Nothing is fitted to the others.
        tests = _files_to_test(path, data_files(path), config)
        if tests:
            tables = tables_of(tests, task)
            pool = _pool(tables, task, config, str(config.test_path or path))
            return pool.fit(np.arange(0))(pool, np.arange(len(pool.strata)), "test")
    return load_dataset(config).test


def load_all(config: DataConfig) -> Samples:
    """All samples that settings name, undivided.

    Raises:
        DataError: see `load_dataset`.
        ConfigError: see `load_dataset`.
    """
    return _all_of(_whole(config))


def load_described(config: DataConfig) -> tuple[Samples, tuple[str, ...], dict[str, int]]:
    """All samples, what a person should know about them, and missing values by column.

    Where the settings refuse missing numbers, the mean stands in their place.

    Raises:
        DataError: see `load_dataset`.
        ConfigError: see `load_dataset`.
    """
    if config.missing == "refuse":
        config = replace(config, missing="mean")
    missing: dict[str, int] = {}
    pool = _whole(config, missing)
    return _all_of(pool), pool.remarks, missing


def _whole(config: DataConfig, missing: dict[str, int] | None = None) -> Pool:
    """All samples that settings name; ``missing`` takes missing values by column."""
    task, path = _named(config)
    if path is None:
        if task is None or task.table is None:
            raise ConfigError(_nothing_named(task))
        tables, source = [task.table()], task.source
    else:
        tables, source = tables_of(data_files(path), task), str(path)
    if missing is not None:
        for table in tables:
            for name in table.names:
                count = len(missing_rows(table, (name,)))
                if count:
                    missing[name] = missing.get(name, 0) + count
    return _pool(tables, task, config, source)


def _all_of(pool: Pool) -> Samples:
    rows = np.arange(len(pool.strata))
    return pool.fit(rows)(pool, rows, "all")


def from_memory(
    data: Any,  # noqa: ANN401 - a data frame or an array
    target: Any,  # noqa: ANN401 - a column's name, several, or an array
    config: DataConfig,
    *,
    test: tuple[Any, Any] | None = None,
    source: str = "",
    feature_names: tuple[str, ...] = (),
) -> Dataset:
    """A dataset of a data frame, or of arrays of features and target.

    It is read as one of the task that settings name, unless they or ``target`` name columns.

    Raises:
        DataError: see `load_dataset`.
        ConfigError: the task is not known.
    """
    task = find_task(config.task) if config.task and not config.targets else None
    if task is not None and is_frame(data) and target is not None:
        task = None
    table, named = _memory_table(data, target, config, source, feature_names)
    config = named if task is None else config
    pool = _pool(_tidied([table], task), task, config, table.source)
    other = None
    if test is not None:
        other_table, _ = _memory_table(*test, config, f"{table.source}, test", feature_names)
        other = _other(pool, _tidied([other_table], task), task, config)
    return divide(pool, other, config)


def divide(pool: Pool, test: Pool | None, config: DataConfig) -> Dataset:
    """The three parts of samples, or of samples and others to test on.

    Raises:
        DataError: a part would be empty, there is but one class, or a class is in no training
            sample.
    """
    rng = np.random.default_rng(config.split_seed)
    strata = pool.strata
    rest, tested = np.arange(len(strata)), np.arange(0)
    if test is None:
        if config.split == "file":
            raise DataError(
                f"data.split = 'file', but {config.path or pool.source} is no folder with a file "
                f"of samples that has test in its name, and data.test_path is not set; use "
                f"data.split = 'ours'"
            )
        rest, tested = divide_test(strata, config, rng, pool.source)
    keep, held_out = divide_validation(strata[rest], config, rng, pool.source)
    read = pool.fit(rest[keep])
    train = read(pool, rest[keep], "train")
    validation = read(pool, rest[held_out], "validation")
    tests = (
        read(pool, tested, "test")
        if test is None
        else read(test, np.arange(len(test.strata)), "test")
    )
    _refuse_classes(strata[rest], train, validation, tests)
    return Dataset(train, validation, tests, config, pool.remarks)


def load_like(path: Path, feature_names: tuple[str, ...], target: Target) -> Samples:
    """All samples of a file, for a network that says what its features and outputs are called.

    Columns are taken by name; if there are none of these names, those besides the target in their
    order. The target is the column that a name says, else the only one left, else the last one.

    Args:
        path: the file or folder, or the name of a known task.
        feature_names: of the network.
        target: what it decides; other names are taken for placeholders.

    Raises:
        DataError: the columns do not fit.
    """
    task = None if path.exists() else known_tasks().get(str(path))
    if task is not None and task.table is not None:
        table = task.table()
        columns = task.target or guess_target(table)
    else:
        table = joined([read_table(file) for file in data_files(path)], str(path))
        columns = guess_target(table)
    if not columns:
        left = [name for name in table.names if name not in feature_names]
        columns = (left[0],) if len(left) == 1 else (table.names[-1],)
    others = tuple(name for name in table.names if name not in columns)
    names = feature_names if set(feature_names) <= set(table.names) else others
    if len(names) != len(feature_names):
        raise DataError(
            f"the network takes {len(feature_names)} features ({listed(feature_names)}), but "
            f"{path} has {len(others)} columns besides {listed(columns)}: {listed(others)}"
        )
    refuse_unusable(table, (*names, *columns))
    numbers = [numbers_of(table, name) for name in names]
    with np.errstate(over="ignore"):  # Samples names what is not finite
        features = np.stack(numbers, axis=1).astype(np.float32)
    found = fit_target(table, columns, DataConfig(kind=target.kind))
    if set(found.names) == set(target.names) and found.kind == target.kind:
        found = Target(target.kind, target.names, found.column)
    encoded = encode_target(table, found, columns)
    return Samples(features, encoded, Schema.numbers(feature_names, found), str(path))


def save_samples(samples: Samples, path: Path) -> None:
    """Write samples as a compressed ``.npz`` file, atomically."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            allow_pickle=False,
            X=samples.features,
            y=samples.targets,
            features=np.array(samples.feature_names),
            classes=np.array(samples.class_names),
        )


def samples_of_arrays(
    features: Array, targets: Array, names: tuple[str, ...], target: Target, source: str = ""
) -> Samples:
    """Samples of numbers."""
    return Samples(features, targets, Schema.numbers(names, target), source)


def absolute(config: DataConfig) -> DataConfig:
    """The same settings with paths that mean the same from any folder; a task's name is no path."""
    task, path = _named(config)
    changes = {}
    if path is not None:
        changes["path"] = str(path.resolve())
    elif config.path and task is not None:
        changes |= {"path": "", "task": task.name}
    if config.test_path:
        changes["test_path"] = str(Path(config.test_path).resolve())
    return replace(config, **changes)  # type: ignore[arg-type]  # texts only


def _named(config: DataConfig) -> tuple[Task | None, Path | None]:
    """The task and the path that settings name."""
    task = find_task(config.task) if config.task else None
    if not config.path:
        return task, None
    path = Path(config.path)
    if not path.exists() and config.path in known_tasks():
        return known_tasks()[config.path], None
    if config.target:
        task = None  # the columns are named, so they need not be the task's
    return task, path


def _nothing_named(task: Task | None) -> str:
    if task is not None:
        return (
            f"task {task.name!r} has no samples of its own; name some with data.path (--data FILE)"
        )
    names = ", ".join(sorted(known_tasks()))
    return f"which samples? Name a file or folder with data.path (--data FILE), or one of: {names}"


def _files(path: Path, config: DataConfig) -> tuple[list[Path], list[Path]]:
    """Files to train and validate on, and files to test on."""
    files = data_files(path)
    tests = _files_to_test(path, files, config)
    others = files if config.test_path else [file for file in files if file not in tests]
    if not others:
        raise DataError(f"{path} holds test files only; nothing is left to train on")
    return others, tests


def _files_to_test(path: Path, files: list[Path], config: DataConfig) -> list[Path]:
    if config.split == "sklearn-80-20":
        return []
    return data_files(Path(config.test_path)) if config.test_path else test_files(path, files)


def tables_of(files: list[Path], task: Task | None) -> list[Table]:
    """The tables of files, in the words of their task; others may lie beside a task's own.

    Raises:
        DataError: a file cannot be read, or is none of the task's and the only one.
    """
    tables = [read_table(file) for file in files]
    if task is None:
        return tables
    if task.recognises is not None and len(files) > 1:
        tables = [table for table in tables if task.recognises(table)] or tables
    return _tidied(tables, task)


def _tidied(tables: list[Table], task: Task | None) -> list[Table]:
    """Tables in the words of their task."""
    if task is None or task.tidy is None:
        return tables
    return [task.tidy(table) for table in tables]


def _pool(tables: list[Table], task: Task | None, config: DataConfig, source: str) -> Pool:
    if task is not None and task.arrange is not None and not config.target:
        return SamplesPool(_with_core(_arranged([task.arrange(t) for t in tables], source), config))
    targets = () if task is None else task.target
    return TablePool.of(joined(tables, source), config, targets)


def _other(pool: Pool, tables: list[Table], task: Task | None, config: DataConfig) -> Pool:
    source = config.test_path or str(Path(config.path))
    if isinstance(pool, TablePool):
        return pool.other(joined(tables, source))
    return _pool(tables, task, config, source)


def _arranged(parts: list[Samples], source: str) -> Samples:
    if len(parts) == 1:
        return parts[0]
    return Samples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.targets for part in parts]),
        parts[0].schema,
        source,
    )


def _with_core(samples: Samples, config: DataConfig) -> Samples:
    """Samples whose target has the core that the settings say, if they say one."""
    if not config.core:
        return samples
    target = replace(samples.target, core=config.core)
    return replace(samples, schema=replace(samples.schema, target=target))


def _memory_table(
    data: Any,  # noqa: ANN401 - a data frame or an array
    target: Any,  # noqa: ANN401 - a column's name, several, or an array
    config: DataConfig,
    source: str,
    feature_names: tuple[str, ...],
) -> tuple[Table, DataConfig]:
    if is_frame(data):
        kind = type(data).__module__.partition(".")[0]
        table = frame_table(data, source or f"a {kind} data frame")
        if target is None:
            return table, config
        if _names_columns(target, table):
            names = (target,) if isinstance(target, str) else tuple(target)
            return table, replace(config, target=names)
        added = target_pairs(target, table)
        pairs = [*table.columns.items(), *added]
        config = replace(config, target=tuple(name for name, _ in added))
        return table_of(pairs, table.source, table.format), config
    if target is None or isinstance(target, str):
        raise DataError("an array of features needs an array of targets beside it")
    table = array_table(data, target, source or "arrays", feature_names)
    targets = [name for name, _ in target_columns(np.asarray(target))]
    return table, replace(config, target=tuple(targets))


def _names_columns(target: Any, table: Table) -> bool:  # noqa: ANN401 - as above
    """Whether a target is the name of a column or several, and not one text for each sample."""
    if isinstance(target, str):
        return True
    if not isinstance(target, (list, tuple)) or not all(isinstance(name, str) for name in target):
        return False
    return len(target) != len(table) or any(name in table.columns for name in target)


def _refuse_classes(strata: Array, train: Samples, *others: Samples) -> None:
    """Refuse samples of one class, and classes that no training sample has."""
    target = train.target
    if target.kind not in {"classes", "binary"}:
        return
    present = np.unique(strata)
    if len(present) == 1:
        raise DataError(
            f"{train.source} holds samples of one class only, {target.names[int(present[0])]}; "
            f"there is nothing to tell apart"
        )
    known = set(np.unique(train.targets).tolist())
    for other in others:
        for index in np.unique(other.targets).tolist():
            if index not in known:
                raise DataError(
                    f"class {target.names[index]!r} is in the {other.part} samples of "
                    f"{other.source}, but in none of the training samples"
                )
    empty = [name for index, name in enumerate(target.names) if index not in present]
    if empty:
        raise DataError(
            f"{train.source} holds no samples of class {listed(empty)}, so there is nothing to "
            f"learn it from; add some, or leave it out of what the classes are called"
        )
