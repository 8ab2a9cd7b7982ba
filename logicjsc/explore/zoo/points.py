"""``point.toml``: the figures of a committed network, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import write_text
from logicjsc.core.settings import read_table, read_toml, setting
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.explore.zoo.accuracy import ErrorScore, Score
from logicjsc.explore.zoo.figures import Area, Confirmed, Figures

NETLIST: Final = "netlist.npz"
CONFIG: Final = "config.toml"
LUTS: Final = "luts.npz"
ACROSS_NETLIST: Final = "across.npz"
"""LUTs of the network alone that were rewritten across nodes, as a netlist."""

ENCODED_NETLIST: Final = "encoded.npz"
"""LUTs of the network with its encoder that were rewritten across nodes, as a netlist."""

_Table = TypeVar("_Table")


@dataclass(frozen=True)
class Header:
    """What a point is."""

    title: str = setting("", "one line for tables and pictures")
    command: str = setting("", "the one command that trains it again")
    netlist_digest: str = setting("", "digest of netlist.npz")
    effort: Literal["low", "medium", "high"] = setting("medium", "effort of the mapper")
    logicjsc_version: str = setting("", "version that wrote the point")


@dataclass(frozen=True)
class Tested:
    """The netlist's decisions about some samples."""

    samples_of: str = setting("", "what the samples are")
    fingerprint: str = setting("", "of the samples")
    samples: int = setting(0, "number of samples", at_least=1)
    correct: int = setting(0, "samples correctly classified", at_least=0)
    correct_by_words: int = setting(
        0, "the same with features rounded to [words]; -1: no words", at_least=-1
    )

    @property
    def score(self) -> Score:
        """Of the network on features as they are."""
        return Score(self.samples, self.correct)

    @property
    def by_words(self) -> Score:
        """The same with features rounded to words."""
        return Score(self.samples, self.correct_by_words)


@dataclass(frozen=True)
class ValuesTested:
    """The errors of the netlist's values of some samples."""

    samples_of: str = setting("", "what the samples are")
    fingerprint: str = setting("", "of the samples")
    samples: int = setting(0, "number of samples", at_least=1)
    inside: int = setting(0, "samples in the core", at_least=0)
    error: float = setting(0.0, "root mean squared error in the core", at_least=0.0)
    deviation: float = setting(0.0, "standard deviation of that error", at_least=0.0)
    inside_by_words: int = setting(
        0, "the same with features rounded to [words]; -1: no words", at_least=-1
    )
    error_by_words: float = setting(0.0, "same", at_least=-1.0)
    deviation_by_words: float = setting(0.0, "same", at_least=-1.0)

    @property
    def score(self) -> ErrorScore:
        """Of the network on features as they are."""
        return ErrorScore(self.samples, self.inside, self.error, self.deviation)

    @property
    def by_words(self) -> ErrorScore:
        """The same with features rounded to words."""
        return ErrorScore(
            self.samples, self.inside_by_words, self.error_by_words, self.deviation_by_words
        )


AnyTested: TypeAlias = Tested | ValuesTested


@dataclass(frozen=True)
class Seeds:
    """All trainings of the same config; the one kept was chosen by validation samples."""

    chosen: int = setting(0, "seed of the point", at_least=0)
    seeds: tuple[int, ...] = setting((), "all seeds", at_least=0)
    validation: tuple[float, ...] = setting((), "validation accuracy of each, 0 to 1, or error")
    test: tuple[float, ...] = setting((), "test accuracy of each, 0 to 1, or error")


@dataclass(frozen=True)
class Words:
    """Formats of the words that the encoder takes."""

    origin: Literal["own", "fitted"] = setting(
        "own", "own: the network was trained on them; fitted: to the training samples, afterwards"
    )
    bits: int | tuple[int, ...] = setting(8, "bits of every word, or of each", at_least=1)
    exponents: tuple[int, ...] = setting((), "power of two of each feature's step")
    lows: tuple[int, ...] = setting((), "smallest word of each feature")

    @property
    def format(self) -> FixedPoint:
        """As the rest of logicjsc has it."""
        return FixedPoint.from_dict(vars(self))

    @classmethod
    def of(cls, origin: Literal["own", "fitted"], words: FixedPoint) -> Words:
        """From the formats."""
        saved = words.to_dict()
        bits = saved["bits"]
        return cls(
            origin,
            tuple(bits) if isinstance(bits, list) else bits,
            words.exponents,
            words.lows,
        )


@dataclass(frozen=True)
class Placed:
    """A clock frequency, from a report of synthesis, placement and routing."""

    tool: str = setting("", "back end, program and device")
    fmax_mhz: float = setting(0.0, "highest clock frequency", above=0.0)
    latency_ns: float = setting(0.0, "latency at that frequency", above=0.0)


@dataclass(frozen=True)
class Point:
    """Everything in ``point.toml``.

    Attributes:
        header: the keys at its top.
        test: on the test part of the samples that it was trained for; measured once.
        bundled: on the test part of the samples that travel with the package for its task, if
            they are others.
        seeds: the trainings it was chosen from.
        words: what the encoder takes, if words are known.
        figures: its area.
        placed: its clock frequency, if there is a report.
    """

    header: Header
    test: AnyTested
    bundled: AnyTested | None
    seeds: Seeds
    words: Words | None
    figures: Figures
    placed: Placed | None = None


_TABLES: Final[dict[str, type[Any]]] = {
    "test": Tested,
    "bundled": Tested,
    "seeds": Seeds,
    "core": Area,
    "words": Words,
    "encoded": Area,
    "whole": Area,
    "confirmed_core": Confirmed,
    "confirmed_whole": Confirmed,
    "placed": Placed,
}
_NEEDED: Final = ("test", "seeds", "core")
_ENDS: Final = "ends"


@dataclass(frozen=True)
class _Ends:
    """Figures that belong to no table of their own."""

    decision_lut: int = setting(-1, "LUTs of argmax or thresholds; -1: not measured", at_least=-1)
    yosys: str = setting("", "program and version that confirmed the figures")


def write_point(point: Point, path: Path) -> None:
    """Write a point as TOML."""
    import tomli_w

    figures = point.figures
    decision = -1 if figures.decision is None else figures.decision
    parts: dict[str, Any] = {
        "test": point.test,
        "bundled": point.bundled,
        "seeds": point.seeds,
        "words": point.words,
        "core": figures.core,
        "encoded": figures.encoded,
        "whole": figures.whole,
        _ENDS: _Ends(decision, figures.yosys),
        "confirmed_core": figures.confirmed_core,
        "confirmed_whole": figures.confirmed_whole,
        "placed": point.placed,
    }
    tables = {name: asdict(part) for name, part in parts.items() if part is not None}
    write_text(path, tomli_w.dumps({**asdict(point.header), **tables}))


def read_point(path: Path) -> Point:
    """Read a point.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value in it is refused or missing.
    """
    values, source = read_toml(path), str(path)
    tables = {name: values.pop(name) for name in (*_TABLES, _ENDS) if name in values}
    for name in (*_NEEDED, _ENDS):
        if name not in tables:
            raise ConfigError(f"{source}: table [{name}] is missing")
    header = _whole_table(Header, values, source, "")
    ends = _whole_table(_Ends, tables.pop(_ENDS), source, f"{_ENDS}.")
    parts = {
        name: _whole_table(_kind_of(name, table), table, source, f"{name}.")
        for name, table in tables.items()
    }
    return Point(
        header=header,
        test=parts["test"],
        bundled=parts.get("bundled"),
        seeds=parts["seeds"],
        words=parts.get("words"),
        figures=Figures(
            core=parts["core"],
            encoded=parts.get("encoded"),
            whole=parts.get("whole"),
            decision=None if ends.decision_lut < 0 else ends.decision_lut,
            yosys=ends.yosys,
            confirmed_core=parts.get("confirmed_core"),
            confirmed_whole=parts.get("confirmed_whole"),
        ),
        placed=parts.get("placed"),
    )


def _kind_of(name: str, table: object) -> type[Any]:
    """What a table is read as; of tests, those of values have an error."""
    kind = _TABLES[name]
    errors = kind is Tested and isinstance(table, Mapping) and "error" in table
    return ValuesTested if errors else kind


def _whole_table(kind: type[_Table], values: object, source: str, prefix: str) -> _Table:
    """A table of which no key is missing."""
    if not isinstance(values, Mapping):
        raise ConfigError(f"{source}: {prefix[:-1]} must be a table, write it as [{prefix[:-1]}]")
    table = read_table(kind, values, source, prefix)
    for entry in fields(kind):  # type: ignore[arg-type]  # every kind is a dataclass
        if entry.name not in values:
            raise ConfigError(f"{source}: {prefix}{entry.name} is missing")
    return table
