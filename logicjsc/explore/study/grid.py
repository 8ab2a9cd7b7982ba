"""Grids: every combination of some settings, each with several seeds.

::

    base = "jsc-tiny"                       # a config's name or file, or a list of them
    seeds = [0, 1, 2]

    [set]                                   # for all runs
    "training.epochs" = 50

    [blocks.batch-size.grid]                # or [grid] alone, for a study of one block
    "training.batch_size" = [64, 128, 256]

A block may have its own ``title``, ``base``, ``seeds``, ``measures`` and ``[blocks.NAME.set]``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, flat, plain, read_table, setting
from logicjsc.explore.study.results import DEFAULT_MEASURES, Measure
from logicjsc.explore.study.settings import Settings, flatten, overlay, resolve_base
from logicjsc.methods.loading import LoadedConfig

CONFIG_AXIS: Final = "config"
"""Name of the axis that a list of base configs makes."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Header(Section):
    """What the file of a grid and every block may say besides their tables."""

    title: str = setting("", "heading of the block's table; empty: its name")
    base: tuple[str, ...] = setting((), "configs, by name or file")
    seeds: tuple[int, ...] = setting((0,), "seed of each repetition", at_least=0)
    measures: tuple[Measure, ...] = setting(DEFAULT_MEASURES, "columns of the table, in this order")


@dataclass(frozen=True)
class SeededRun:
    """One run of a grid: its seed, and all its settings."""

    seed: int
    config: LoadedConfig


@dataclass(frozen=True)
class Point:
    """One place of a grid.

    Attributes:
        values: what was chosen on each axis, by the axis' key.
        runs: a run per seed.
    """

    values: Settings
    runs: tuple[SeededRun, ...]


@dataclass(frozen=True)
class Block:
    """One grid.

    Attributes:
        name: its name, for files.
        title: its heading.
        axes: values of each axis, by key.
        measures: what is reported of each point.
        points: all combinations, in the order of the axes.
    """

    name: str
    title: str
    axes: dict[str, tuple[Any, ...]]
    measures: tuple[Measure, ...]
    points: tuple[Point, ...]


def read_blocks(
    values: dict[str, Any], blocks: object, grid: object, common: Settings, path: Path
) -> tuple[Block, ...]:
    """The blocks of a study's file; every config in them is checked.

    Args:
        values: keys at the top of the file that belong to grids.
        blocks: table ``blocks``; None if there is a table ``grid`` instead.
        grid: table ``grid``.
        common: settings of table ``set``.
        path: the file.

    Raises:
        ConfigError: a key or value is refused.
    """
    if blocks is None:
        return (_block(path.stem, "", values, settings=common, grid=grid, path=path),)
    if not isinstance(blocks, dict) or not blocks:
        raise ConfigError(f"{path}: blocks must be a table, write it as [blocks.NAME.grid]")
    read_table(Header, listed(values), str(path), "")
    built = []
    for name, table in blocks.items():
        prefix = f"blocks.{name}."
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{path}: blocks.{name!r}: a block's name is part of file names; use letters, "
                f"digits, dashes and dots"
            )
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {prefix[:-1]} must be a table, write it as [{prefix}grid]")
        own = flatten(table.pop("set", {}), f"{prefix}set", path)
        inner = table.pop("grid", {})
        merged = {**values, **table}
        settings = {**common, **own}
        built.append(_block(name, prefix, merged, settings=settings, grid=inner, path=path))
    return tuple(built)


def _block(
    name: str,
    prefix: str,
    values: Mapping[str, Any],
    *,
    settings: Settings,
    grid: object,
    path: Path,
) -> Block:
    header = read_table(Header, listed(values), str(path), prefix)
    axes = _axes(grid, f"{prefix}grid", path)
    for key in axes.keys() & settings.keys():
        raise ConfigError(f"{path}: {key} stands in {prefix}grid and in set; keep one of them")
    if not header.base:
        raise ConfigError(f'{path}: base is missing; name a config, such as base = "jsc-tiny"')
    if not header.seeds or len(set(header.seeds)) < len(header.seeds):
        raise ConfigError(f"{path}: {prefix}seeds = {list(header.seeds)} must be distinct numbers")
    if not axes and len(header.base) == 1:
        raise ConfigError(
            f'{path}: {prefix}grid is empty; write lists such as "training.batch_size" = [64, 128]'
        )
    bases = {entry: resolve_base(entry, path) for entry in header.base}
    points = [
        _point(base, dict(zip(axes, choice, strict=True)), settings, header.seeds, path)
        for base in bases.values()
        for choice in itertools.product(*axes.values())
    ]
    if len(bases) > 1:
        names = {base: base.stem for base in bases.values()}
        axes = {CONFIG_AXIS: tuple(names.values()), **axes}
        per_base = len(points) // len(bases)
        points = [
            Point(
                {CONFIG_AXIS: list(names.values())[index // per_base], **point.values}, point.runs
            )
            for index, point in enumerate(points)
        ]
    return Block(name, header.title or name, axes, header.measures, tuple(points))


def _point(
    base: Path, chosen: Settings, settings: Settings, seeds: tuple[int, ...], path: Path
) -> Point:
    loaded = overlay(base, {**settings, **chosen}, path)
    _refuse_seed(loaded, {**settings, **chosen}, path)
    runs = []
    for seed in seeds:
        config = loaded.finder.with_seed(loaded.config, seed)
        runs.append(SeededRun(seed, replace(loaded, config=config)))
    return Point(chosen, tuple(runs))


def _refuse_seed(loaded: LoadedConfig, settings: Settings, path: Path) -> None:
    """Refuse to set what the seeds are for."""
    one, two = (dict(flat(plain(loaded.finder.with_seed(loaded.config, seed)))) for seed in (0, 1))
    for key in settings:
        if one.get(key) != two.get(key):
            raise ConfigError(f"{path}: {key} is what seeds = [...] repeats; name seeds there")


def _axes(grid: object, table: str, path: Path) -> dict[str, tuple[Any, ...]]:
    axes = {}
    for key, values in flatten(grid, table, path).items():
        if not isinstance(values, list) or not values:
            raise ConfigError(
                f"{path}: {table}.{key} = {values!r} must be a list of values, such as [{values}]"
            )
        if any(values.count(value) > 1 for value in values):
            raise ConfigError(f"{path}: {table}.{key} = {values!r} holds a value twice")
        axes[key] = tuple(values)
    return axes


def listed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same table with a single base as a list of one."""
    base = values.get("base")
    return {**values, "base": [base]} if isinstance(base, str) else dict(values)
