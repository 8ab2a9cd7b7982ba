"""Published points of a task; they are shown beside ours and never among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import read_table, read_toml, setting
from logicjsc.dataset.task import find_task


@dataclass(frozen=True)
class PublishedPoint:
    """One published point."""

    design: str = setting("", "the design's name")
    accuracy: float = setting(0.0, "test accuracy in percent", above=0.0, at_most=100.0)
    error: float = setting(0.0, "instead of it, the error that the table's metric names", above=0.0)
    lut: int = setting(0, "LUTs", at_least=1)
    ff: int = setting(0, "flip-flops; 0: not known", at_least=0)
    fmax_mhz: float = setting(0.0, "clock frequency; 0: not known", at_least=0.0)
    latency_ns: float = setting(0.0, "latency; 0: not known", at_least=0.0)
    inputs: Literal["codes", "words"] = setting("codes", "words: the encoder is counted, too")
    remark: str = setting("", "how it was obtained, if not as the table says")

    @property
    def value(self) -> float:
        """What designs are compared by, as tables and pictures show it."""
        return self.accuracy or self.error

    @property
    def quality(self) -> float:
        """The same, larger is better."""
        return self.accuracy or -self.error


@dataclass(frozen=True)
class PublishedTable:
    """Published points of one data set and tool.

    Attributes:
        name: short name, for the picture.
        title: heading.
        data_set: which group of results it belongs to.
        samples: what the accuracies were measured on.
        tool: what counted the LUTs.
        note: how to read it.
        metric: what designs are compared by, with its unit, where that is an error.
        entries: the points.
    """

    name: str
    title: str
    data_set: str
    samples: str
    tool: str
    note: str
    metric: str
    entries: tuple[PublishedPoint, ...]


@dataclass(frozen=True)
class _Header:
    name: str = setting("", "")
    title: str = setting("", "")
    data_set: str = setting("", "")
    samples: str = setting("", "")
    tool: str = setting("", "")
    note: str = setting("", "")
    metric: str = setting("", "")


def load_published(
    task: str, data_set: str = "", path: Path | None = None
) -> tuple[PublishedTable, ...]:
    """Tables of published points of a task on one data set; those on others do not compare.

    Args:
        task: name of the task; empty if it is none that is known.
        data_set: which one; empty for the first that the file names.
        path: another file than the task's own.

    Raises:
        ConfigError: the file is missing, a key or value in it is refused, or it has no such data
            set.
    """
    if path is None and task:
        path = find_task(task).published
    if path is None:
        return ()
    values = read_toml(path)
    tables = values.pop("tables", None)
    if values or not isinstance(tables, list) or not tables:
        raise ConfigError(
            f"{path}: published points are a list of tables, write each as [[tables]]"
        )
    read = [_read(dict(table), f"{path}: tables[{index}]") for index, table in enumerate(tables)]
    known = tuple(dict.fromkeys(table.data_set for table in read))
    if data_set and data_set not in known:
        raise ConfigError(
            f"there are no published points on {data_set!r}; known: {', '.join(known)}"
        )
    return tuple(table for table in read if table.data_set == (data_set or known[0]))


def _read(table: dict[str, object], source: str) -> PublishedTable:
    entries = table.pop("entries", None)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{source}: entries must be a list of tables")
    header = read_table(_Header, table, source, "")
    points = []
    for index, entry in enumerate(entries):
        for key in ("design", "error" if header.metric else "accuracy", "lut"):
            if key not in entry:
                raise ConfigError(f"{source}: entries[{index}] lacks {key}")
        if header.metric and "accuracy" in entry:
            raise ConfigError(
                f"{source}: entries[{index}] has an accuracy, and the table's metric is "
                f"{header.metric!r}; put it into a table of its own"
            )
        if not header.metric and "error" in entry:
            raise ConfigError(f"{source}: entries[{index}] has an error, and the table no metric")
        points.append(read_table(PublishedPoint, entry, source, f"entries[{index}]."))
    return PublishedTable(**vars(header), entries=tuple(points))
