"""What an annealing's TOML file says.

::

    [data]
    feature_bits = 8

    [network]
    layers = [10, 6]

    [annealing]
    sweeps = 300
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import name_of, read_sections, read_toml, setting
from logicjsc.dataset.config import DataConfig


@dataclass(frozen=True)
class LogicConfig:
    """Shape of the network of LUTs."""

    layers: tuple[int, ...] = setting((), "LUTs of each layer before the outputs", at_least=1)
    outputs: Literal["index", "flags"] = setting(
        "index", "index: the class in binary; flags: one bit for every class but the first"
    )
    skips: bool = setting(True, "LUTs behind the first layer may read thresholds, too")


@dataclass(frozen=True)
class AnnealingConfig:
    """How the network is found. Temperatures and prices are parts of the training jets."""

    sweeps: int = setting(100, "times that every input of every LUT is chosen anew", at_least=1)
    first_temperature: float = setting(
        5e-5, "loss of accuracy that is accepted at odds of 1 to e, at the start", above=0.0
    )
    last_temperature: float = setting(1e-6, "the same at the end", above=0.0)
    first_share: float = setting(
        0.15, "part of the jets that a sweep looks at, at the start", above=0.0, at_most=1.0
    )
    threshold_price: float = setting(
        1e-4, "gain of accuracy that every LUT of the encoder must be worth", at_least=0.0
    )
    cross_fit: bool = setting(
        False, "judge wires by jets that did not choose the contents behind them"
    )
    seed: int = setting(0, "seed of the start and of all draws", at_least=0)
    starts: int = setting(
        1, "networks found, from seed upwards; the best by validation is kept", at_least=1
    )


@dataclass(frozen=True)
class AnnealConfig:
    """All settings of one annealing."""

    data: DataConfig = field(default_factory=DataConfig)
    network: LogicConfig = field(default_factory=LogicConfig)
    annealing: AnnealingConfig = field(default_factory=AnnealingConfig)


@dataclass(frozen=True)
class LoadedAnnealing:
    """Settings and what they are called; the netlist is named after it."""

    name: str
    config: AnnealConfig


def load_annealing(path: Path, assignments: Iterable[str] = ()) -> LoadedAnnealing:
    """Read a TOML file and apply ``section.key=value`` assignments over it.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value is refused.
    """
    config, _ = read_sections(AnnealConfig, read_toml(path), str(path), assignments)
    schedule = config.annealing
    if schedule.last_temperature > schedule.first_temperature:
        raise ConfigError(
            f"{path}: annealing.last_temperature = {schedule.last_temperature:g} must not be above "
            f"annealing.first_temperature = {schedule.first_temperature:g}"
        )
    return LoadedAnnealing(name_of(path), config)
