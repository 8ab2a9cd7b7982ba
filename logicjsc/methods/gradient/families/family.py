"""The contract of a family of neurons, and their registry.

A module of this package names its family in ``FAMILY``; a family of a user's own is registered with
`register_family`. Nothing else knows of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section

if TYPE_CHECKING:
    from torch import nn

    from logicjsc.netlist.layers import Array

_PACKAGE: Final = "logicjsc.methods.gradient.families"


@dataclass(frozen=True)
class NoSettings(Section):
    """The settings of a family that has none."""


@dataclass(frozen=True)
class Place:
    """Where a layer's neurons stand.

    Attributes:
        sources: number of values that the layer may read.
        connections: source of each input, int64 ``[neurons * tables per neuron, fan_in]``.
        settings: the family's own.
        index: number of the layer, from 0.
        layers: number of layers.
        summed: whether the neurons' sums are the scores, and stay as they are.
    """

    sources: int
    connections: Array
    settings: Any
    index: int = 0
    layers: int = 1
    summed: bool = False


@dataclass(frozen=True)
class Family:
    """A family of neurons.

    Attributes:
        name: what ``network.neuron`` calls it; its settings are the section of that name.
        title: one line for people.
        make: from a place to a torch module from values ``[samples, sources]`` to numbers
            ``[samples, neurons]``.
        settings: dataclass of its settings.
        tables: tables that each neuron adds, each with its own inputs, by settings and whether its
            sum is a score.
        adds: whether its sums may be scores as they are.
        score_step: scores that are sums are multiples of this, by settings and number of the layer.
        first_score_scale: where the learned factor of the scores starts, by settings.
        reads_bits: whether it reads bits, and its outputs are bits; such neurons need no
            normalisation and no quantiser.
        signed: whether hidden outputs are rounded to both sides of 0.
        rows: truth-table rows of one neuron, by place, fan-in and bits of each input.
        address_bits: address bits of its largest table, by fan-in and bits of each input.
        linear: whether it is a weighted sum, which compiled engines know.
    """

    name: str
    title: str
    make: Callable[[Place], nn.Module]
    settings: type[Any] = NoSettings
    tables: Callable[[Any, bool], int] = lambda _settings, _summed: 1
    adds: bool = False
    score_step: Callable[[Any, int], float] = lambda _settings, _index: 1.0
    first_score_scale: Callable[[Any], float] = lambda _settings: 1.0
    reads_bits: bool = False
    signed: bool = False
    rows: Callable[[Place, int, int], int] = lambda _place, fan_in, width: 1 << fan_in * width
    address_bits: Callable[[int, int], int] = lambda fan_in, width: fan_in * width
    linear: bool = False


_registered: dict[str, Family] = {}


def register_family(family: Family) -> None:
    """Make a family known that is no part of this package; it replaces one of the same name."""
    _registered[family.name] = family


def register_module(
    name: str, module: Callable[[Array, int], nn.Module], title: str = "a module of your own"
) -> None:
    """Make a torch module of your own a family without settings.

    Args:
        name: what ``network.neuron`` will call it.
        module: from connections ``[neurons, fan_in]`` (numbers of sources) and the number of
            sources to a module from values ``[samples, sources]`` to numbers ``[samples,
            neurons]``. Each number must depend on the neuron's own sources only, and on one sample
            only.
        title: one line for people.
    """
    register_family(Family(name, title, lambda place: module(place.connections, place.sources)))


def known_families() -> dict[str, Family]:
    """All families by name."""
    return _own_families() | _registered


@cache
def _own_families() -> dict[str, Family]:
    """Families of this package; each config asks for them, and a population has many configs."""
    names = [entry.name for entry in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = (importlib.import_module(f"{_PACKAGE}.{name}") for name in names if name != "family")
    return {module.FAMILY.name: module.FAMILY for module in modules}


def find_family(name: str) -> Family:
    """A family by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    families = known_families()
    if name not in families:
        raise ConfigError(
            f"network.neuron = {name!r} is no family of neurons; use one of {', '.join(families)}"
        )
    return families[name]


def family_sections() -> dict[str, type[Any]]:
    """The settings of each family that has some, by its name."""
    return {
        name: family.settings
        for name, family in known_families().items()
        if family.settings is not NoSettings
    }


def sum_bits(terms: int, bits: int) -> int:
    """Address bits of a table behind terms of so many bits each: of their sum, or of all of them.

    A table of up to six bits needs no adder in front of it.
    """
    together = terms * bits
    return together if together <= 6 else min(together, bits + (terms - 1).bit_length())  # noqa: PLR2004 - a LUT


def at(value: int | tuple[int, ...], index: int) -> int:
    """The entry of a layer of a setting that may be one number for all layers."""
    return value[index] if isinstance(value, tuple) else value
