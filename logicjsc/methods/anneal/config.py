"""Settings of the anneal method.

::

    method = "anneal"

    [data]
    feature_bits = 8

    [network]
    layers = [10, 6]

    [anneal]
    sweeps = 300
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from logicjsc.core.settings import Section, SettingError, setting
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import MAX_BITS
from logicjsc.methods.anneal.levels import MOST_LUTS
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.method import MethodConfig


@dataclass(frozen=True)
class LogicConfig(Section):
    """Shape of the network of LUTs."""

    layers: tuple[int, ...] = setting(
        (), "LUTs of each layer before the outputs", at_least=1, at_most=65_536
    )
    outputs: Literal["index", "flags"] = setting(
        "index", "index: the class in binary; flags: one bit for every class but the first"
    )
    word_bits: int = setting(
        0,
        "bits of each word, below its highest one, that LUTs may read beside thresholds",
        at_least=0,
        at_most=MAX_BITS,
    )
    skips: bool = setting(True, "LUTs behind the first layer may read thresholds, too")


@dataclass(frozen=True)
class ScheduleConfig(Section):
    """How the network is found. Temperatures and prices are fractions of the training samples."""

    sweeps: int = setting(100, "times that every input of every LUT is chosen anew", at_least=1)
    first_temperature: float = setting(
        5e-5, "loss of accuracy that is accepted at odds of 1 to e, at the start", above=0.0
    )
    last_temperature: float = setting(1e-6, "the same at the end", above=0.0)
    first_fraction: float = setting(
        0.15, "fraction of the samples that a sweep looks at, at the start", above=0.0, at_most=1.0
    )
    threshold_price: float = setting(
        1e-4, "gain of accuracy that every LUT of the encoder must be worth", at_least=0.0
    )
    level_price: float = setting(
        0.0,
        "gain of accuracy that each level of LUTs in the comparator of a threshold must be worth "
        "in addition, so that bits of words are preferred; 0: time does not count",
        at_least=0.0,
    )
    most_threshold_luts: int = setting(
        MOST_LUTS,
        "leave out thresholds whose comparators take more; 0: only bits that are wires",
        at_least=0,
        at_most=MOST_LUTS,
    )
    cross_fit: bool = setting(
        False, "judge wires by samples that did not choose the contents behind them"
    )
    candidates: int = setting(
        0,
        "features, drawn anew for every move, whose thresholds are looked at; 0: all; the last "
        "sweeps look at all",
        at_least=0,
    )
    image_copies: int = setting(
        0,
        "copies of every training image, turned, scaled and moved a little, to learn from as well",
        at_least=0,
        at_most=100,
    )
    blends: int = setting(
        0,
        "copies of every training sample, moved to or from one near it, to learn from as well",
        at_least=0,
        at_most=1000,
    )
    seed: int = setting(0, "seed of the start and of all draws", at_least=0)
    starts: int = setting(
        1,
        "networks found, from seed upwards; the best by validation is kept",
        at_least=1,
        at_most=16_384,
    )

    def check(self) -> None:
        """Temperatures fall."""
        if self.last_temperature > self.first_temperature:
            raise SettingError(
                "last_temperature",
                f"anneal.last_temperature = {self.last_temperature:g} must not be above "
                f"anneal.first_temperature = {self.first_temperature:g}",
            )


@dataclass(frozen=True)
class AnnealConfig(MethodConfig):
    """All settings of one run of the anneal method."""

    data: DataConfig = field(default_factory=DataConfig)
    network: LogicConfig = field(default_factory=LogicConfig)
    teacher: TeacherConfig = field(default_factory=TeacherConfig)
    anneal: ScheduleConfig = field(default_factory=ScheduleConfig)
