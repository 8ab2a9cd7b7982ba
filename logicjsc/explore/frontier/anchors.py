"""Published points, read from ``anchors.toml``; they are shown beside ours and never among them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import read_table, read_toml, setting

DataSet: TypeAlias = Literal["openml", "cernbox"]
"""What published results are on; each method scores 1 to 1.5 points more on the first."""

DATA_SETS: Final[tuple[DataSet, ...]] = get_args(DataSet)


@dataclass(frozen=True)
class Anchor:
    """One published point."""

    design: str = setting("", "the design's name")
    accuracy: float = setting(0.0, "test accuracy in percent", above=0.0, at_most=100.0)
    lut: int = setting(0, "LUTs", at_least=1)
    ff: int = setting(0, "flip-flops; 0: not known", at_least=0)
    fmax_mhz: float = setting(0.0, "clock frequency; 0: not known", at_least=0.0)
    latency_ns: float = setting(0.0, "latency; 0: not known", at_least=0.0)
    inputs: Literal["codes", "words"] = setting("codes", "words: the encoder is counted, too")
    remark: str = setting("", "how it was obtained, if not as the table says")


@dataclass(frozen=True)
class AnchorTable:
    """Published points of one data set and tool.

    Attributes:
        name: short name, for the picture.
        title: heading.
        data_set: which group of results it belongs to.
        jets: what the accuracies were measured on.
        tool: what counted the LUTs.
        note: how to read it.
        entries: the points.
    """

    name: str
    title: str
    data_set: DataSet
    jets: str
    tool: str
    note: str
    entries: tuple[Anchor, ...]


@dataclass(frozen=True)
class _Header:
    name: str = setting("", "")
    title: str = setting("", "")
    data_set: DataSet = setting("openml", "")  # noqa: RUF009 - not seen through the alias
    jets: str = setting("", "")
    tool: str = setting("", "")
    note: str = setting("", "")


def load_anchors(data_set: DataSet, path: Path | None = None) -> tuple[AnchorTable, ...]:
    """The tables of one data set, from the shipped file or another one like it.

    Raises:
        ConfigError: the file is missing, or a key or value in it is refused.
    """
    if path is None:
        with resources.as_file(
            resources.files("logicjsc.explore.frontier") / "anchors.toml"
        ) as shipped:
            return load_anchors(data_set, shipped)
    values = read_toml(path)
    tables = values.pop("tables", None)
    if values or not isinstance(tables, list):
        raise ConfigError(f"{path}: anchors are a list of tables, write each as [[tables]]")
    read = [_read(dict(table), f"{path}: tables[{index}]") for index, table in enumerate(tables)]
    return tuple(table for table in read if table.data_set == data_set)


def _read(table: dict[str, object], source: str) -> AnchorTable:
    entries = table.pop("entries", None)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{source}: entries must be a list of tables")
    header = read_table(_Header, table, source, "")
    anchors = []
    for index, entry in enumerate(entries):
        for key in ("design", "accuracy", "lut"):
            if key not in entry:
                raise ConfigError(f"{source}: entries[{index}] lacks {key}")
        anchors.append(read_table(Anchor, entry, source, f"entries[{index}]."))
    return AnchorTable(**vars(header), entries=tuple(anchors))
