"""Delays of a part: read from a file in which every group of numbers names its source."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, SettingError, read_table, read_toml, setting
from logicjsc.map.lut_network import LUT_INPUTS

DEFAULT_PART: Final = "ultrascale-plus-routed"

_FOLDER: Final = Path(__file__).parent

_LEAST_PINS: Final = 4
"""Inputs of the smallest LUT that devices are built of today."""

_VOTES: Final = 3

_Group = TypeVar("_Group")


@dataclass(frozen=True)
class LutDelays(Section):
    """From the inputs of a LUT to its output."""

    pins_ps: tuple[float, ...] = setting((), "delay of each input", above=0.0)
    average_ps: float = setting(0.0, "mean delay on routed paths", above=0.0)
    source: str = setting("", "where the numbers are from")

    def check(self) -> None:
        """Refuse a LUT that is too large or too small, and pins that are not in order."""
        few = not _LEAST_PINS <= len(self.pins_ps) <= LUT_INPUTS
        if few or list(self.pins_ps) != sorted(self.pins_ps)[::-1]:
            raise SettingError(
                "pins_ps",
                f"lut.pins_ps needs {_LEAST_PINS} to {LUT_INPUTS} delays, the slowest pin first",
            )


@dataclass(frozen=True)
class WideDelays(Section):
    """Of the multiplexers that join two LUTs, then two of such pairs, and so on."""

    data_ps: tuple[float, ...] = setting((), "from what is joined, by level", at_least=0.0)
    select_ps: tuple[float, ...] = setting((), "from what selects, by level", at_least=0.0)
    source: str = setting("", "where the numbers are from")

    def check(self) -> None:
        """Refuse levels that lack one of the two delays."""
        if len(self.data_ps) != len(self.select_ps):
            raise SettingError(
                "select_ps", "wide.select_ps needs as many delays as wide.data_ps has"
            )


@dataclass(frozen=True)
class RegisterDelays(Section):
    """Of a flip-flop."""

    clock_to_q_ps: float = setting(0.0, "clock edge to output", at_least=0.0)
    setup_ps: float = setting(0.0, "data before the next edge", at_least=0.0)
    source: str = setting("", "where the numbers are from")


@dataclass(frozen=True)
class CarryDelays(Section):
    """Of carry chains, which are built of blocks of some places each."""

    places: int = setting(1, "places of a block", at_least=1)
    select_to_carry_ps: float = setting(0.0, "select to the carry of its place", at_least=0.0)
    data_to_carry_ps: float = setting(0.0, "data to the carry of its place", at_least=0.0)
    carry_to_carry_ps: float = setting(0.0, "carry through one place", at_least=0.0)
    through_ps: float = setting(0.0, "carry through a whole block", at_least=0.0)
    hop_ps: float = setting(0.0, "from a block to the next", at_least=0.0)
    carry_to_sum_ps: float = setting(0.0, "carry to the sum of a place", at_least=0.0)
    select_to_sum_ps: float = setting(0.0, "select to the sum of its place", at_least=0.0)
    select_net_ps: float = setting(0.0, "from a LUT to the select beside it", at_least=0.0)
    source: str = setting("", "where the numbers are from")


@dataclass(frozen=True)
class NetDelays(Section):
    """Of wires, by how many pins they reach and how large the circuit is."""

    most_readers: tuple[int, ...] = setting((), "upper ends of the classes", at_least=1)
    readers_ps: tuple[float, ...] = setting((), "delay by class, one more for beyond", at_least=0.0)
    into_register_ps: float = setting(0.0, "last net before a register", at_least=0.0)
    base: float = setting(0.0, "factor of all in a circuit of one LUT", at_least=0.0)
    per_doubling: float = setting(0.0, "what each doubling of LUTs adds to it", at_least=0.0)
    last_base: float = setting(0.0, "the same for last nets alone", at_least=0.0)
    last_per_doubling: float = setting(0.0, "the same for last nets alone", at_least=0.0)
    source: str = setting("", "where the numbers are from")

    def check(self) -> None:
        """Refuse classes without delays, and delays that fall as readers are added."""
        if len(self.readers_ps) != len(self.most_readers) + 1:
            raise SettingError(
                "readers_ps",
                "net.readers_ps needs one delay per class of net.most_readers and one more",
            )
        for key in ("most_readers", "readers_ps"):
            values = getattr(self, key)
            if list(values) != sorted(values):
                raise SettingError(key, f"net.{key} must ascend")

    def factor(self, luts: int) -> float:
        """What delays of nets are multiplied by in a circuit of so many LUTs."""
        return self.base + self.per_doubling * math.log2(max(luts, 2))

    def net_ps(self, readers: int, luts: int) -> float:
        """Delay of a net that reaches ``readers`` pins in a circuit of ``luts`` LUTs."""
        return self.factor(luts) * self.readers_ps[bisect_left(self.most_readers, readers)]

    def last_ps(self, luts: int) -> float:
        """Delay of a net into a register in a circuit of ``luts`` LUTs."""
        factor = self.last_base + self.last_per_doubling * math.log2(max(luts, 2))
        return factor * self.into_register_ps


@dataclass(frozen=True)
class Calibration(Section):
    """How far estimates were off where the truth is known."""

    points: int = setting(0, "circuits whose clock period is known; 0 if none is", at_least=0)
    levels_published: int = setting(0, "how many of them tell their LUT levels", at_least=0)
    compared: str = setting("", "what circuits they are")
    median_percent: float = setting(0.0, "median error of the clock period", at_least=0.0)
    worst_percent: float = setting(0.0, "largest one", at_least=0.0)
    source: str = setting("", "where the numbers are from")


@dataclass(frozen=True)
class VoterDelays:
    """Of the LUT behind a register that is held three times.

    Attributes:
        readers: voters that each register reaches.
        net_ps: delay of the net to them.
        cell_ps: delay of the LUT.
    """

    readers: int
    net_ps: float
    cell_ps: float


@dataclass(frozen=True)
class Delays:
    """All delays of a part, and the error that estimates with them have had.

    With a ``voter``, the delay of a register is that from its clock edge to the vote.
    """

    name: str
    about: str
    lut: LutDelays
    wide: WideDelays
    register: RegisterDelays
    carry: CarryDelays
    net: NetDelays
    calibration: Calibration
    voter: VoterDelays | None = None

    def voted(self, luts: int, readers: int) -> Delays:
        """The same with a voter behind each register.

        The three copies arrive together, so the slowest pin counts.

        Args:
            luts: of the whole circuit, by which nets grow.
            readers: voters that each register reaches.
        """
        voter = VoterDelays(readers, self.net.net_ps(readers, luts), self.pins_ps(_VOTES)[0])
        until = self.register.clock_to_q_ps + voter.net_ps + voter.cell_ps
        return replace(self, register=replace(self.register, clock_to_q_ps=until), voter=voter)

    def pins_ps(self, inputs: int) -> tuple[float, ...]:
        """Delays of the pins that a LUT of so many inputs uses, in ps, the slowest first.

        A LUT with more inputs than those of the part is made of several, which multiplexers join;
        every input beyond them selects at one of these.
        """
        own = self.lut.pins_ps
        if inputs <= len(own):
            return own[len(own) - inputs :]
        levels = inputs - len(own)
        above = [sum(self.wide.data_ps[level + 1 : levels]) for level in range(levels)]
        selects = [ps + more for ps, more in zip(self.wide.select_ps, above, strict=False)]
        joined = sum(self.wide.data_ps[:levels])
        return tuple(sorted([*(ps + joined for ps in own), *selects], reverse=True))

    @property
    def note(self) -> str:
        """What must be read with every figure."""
        known = self.calibration
        mine = "an estimate of logicjsc, not a vendor's figure: "
        if not known.points:
            return f"{mine}its delays are public, but no clock period of a circuit was compared"
        note = (
            f"{mine}on {known.points} {known.compared}, its clock period was off by "
            f"{known.median_percent:g} % in the median and {known.worst_percent:g} % at worst"
        )
        if known.levels_published < known.points:
            note += (
                f"; {known.levels_published} of them tell their LUT levels, those of the others "
                "were assumed"
            )
        return note


def known_parts() -> tuple[str, ...]:
    """Names of the parts whose delays ship with logicjsc."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_delays(part: str = DEFAULT_PART) -> Delays:
    """Delays of a part that ships with logicjsc, or of a file of one's own.

    Args:
        part: a name out of `known_parts`, or the path of a ``.toml`` file.

    Raises:
        ConfigError: there is no such part, or the file lacks a cell or number, or has a wrong one.
    """
    if part in known_parts():
        return read_delays(_FOLDER / f"{part}.toml")
    if part.endswith(".toml"):
        if not Path(part).is_file():
            raise ConfigError(f"there is no delay file {part}; use {', '.join(known_parts())}")
        return read_delays(Path(part))
    raise ConfigError(
        f"there are no delays of {part!r}; use {', '.join(known_parts())}, or a .toml file like "
        f"{DEFAULT_PART}.toml"
    )


def read_delays(path: Path) -> Delays:
    """Delays of a file.

    Raises:
        ConfigError: it cannot be read, lacks a cell or number, or has one that is wrong.
    """
    values = read_toml(path)
    source = str(path)
    groups = {
        "lut": LutDelays,
        "wide": WideDelays,
        "register": RegisterDelays,
        "carry": CarryDelays,
        "net": NetDelays,
        "calibration": Calibration,
    }
    for key in values:
        if key not in {"name", "about", *groups}:
            raise ConfigError(f"{source}: {key} is no key of a delay file; leave it away")
    for key in ("name", "about"):
        if not isinstance(values.get(key), str):
            raise ConfigError(f"{source} lacks {key}, a string; add it")
    built: dict[str, Any] = {
        key: _group(kind, values.get(key), source, key) for key, kind in groups.items()
    }
    found = Delays(values["name"], values["about"], **built)
    if len(found.lut.pins_ps) + len(found.wide.data_ps) < LUT_INPUTS:
        raise ConfigError(
            f"{source}: with LUTs of {len(found.lut.pins_ps)} inputs and {len(found.wide.data_ps)} "
            f"levels of multiplexers there is no LUT of {LUT_INPUTS}; add levels to [wide]"
        )
    return found


def _group(kind: type[_Group], table: object, source: str, name: str) -> _Group:
    """One group of numbers; none of them has a default.

    Raises:
        ConfigError: the group or one of its numbers is missing or wrong.
    """
    if not isinstance(table, dict):
        raise ConfigError(f"{source} lacks the cell [{name}]; add it with its delays")
    for entry in fields(kind):  # type: ignore[arg-type]
        if entry.name not in table:
            raise ConfigError(f"{source}: [{name}] lacks {entry.name}; add it with its source")
    return read_table(kind, table, source, f"{name}.")
