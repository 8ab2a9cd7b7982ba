"""What the TOML file of a compacting run says.

::

    [data]
    feature_bits = 10

    [network]
    hidden = 20

    [teacher]
    members = 2

    [compacting]
    luts = [1400, 650, 380]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import name_of, read_sections, read_toml, setting
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.distil.definition import TeacherConfig

CODE_BITS: Final = 5
"""Width of every code that a table reads: a LUT that adds a table's bit has five inputs left."""

_WORD_BITS: Final = 10


@dataclass(frozen=True)
class ShapeConfig:
    """Shape of the network before anything is taken away."""

    hidden: int = setting(20, "hidden neurons", at_least=1, at_most=64)
    windows: int = setting(
        2, "codes that are plain bits of a feature's word, for each feature", at_least=0, at_most=8
    )
    segments: int = setting(
        1,
        "codes of five LUTs for each feature that are fine where the jets are",
        at_least=0,
        at_most=4,
    )
    fraction_bits: int = setting(
        3, "bits of the hidden sums below their codes", at_least=0, at_most=4
    )
    edge_bits: int = setting(6, "output bits of each first table", at_least=1, at_most=8)
    score_bits: int = setting(6, "output bits of each second table", at_least=1, at_most=8)
    input_knots: int = setting(
        10, "spline coefficients of each first table", at_least=3, at_most=32
    )
    hidden_knots: int = setting(
        10, "spline coefficients of each second table", at_least=3, at_most=32
    )


@dataclass(frozen=True)
class CompactingConfig:
    """How the network is trained and made smaller."""

    luts: tuple[int, ...] = setting(
        (1400, 650, 380, 130), "sizes at which a network is finished and kept", at_least=1
    )
    dense_steps: int = setting(8000, "steps before anything is taken away", at_least=1)
    round_steps: int = setting(200, "steps between two rounds of taking away", at_least=1)
    round_part: float = setting(
        0.02, "part of the LUTs that one round takes away", above=0.0, below=1.0
    )
    sparsity: float = setting(0.05, "how strongly tables are drawn towards constants", at_least=0.0)
    final_steps: int = setting(8000, "steps that finish a network that is kept", at_least=1)
    final_sharpness: float = setting(
        1.0,
        "exponent of the teacher's probabilities in those steps; above 1 likely classes count more",
        above=0.0,
        at_most=10.0,
    )
    batch_size: int = setting(4096, "jets per step", at_least=2)
    learning_rate: float = setting(
        0.04, "Adam's peak rate, in steps of the hidden codes", above=0.0
    )
    label_smoothing: float = setting(
        0.0, "part of each label spread over all classes", at_least=0.0, below=1.0
    )
    score_step: float = setting(0.125, "value of one step of the class scores", above=0.0)
    overflow_penalty: float = setting(
        0.02, "gradient on each step by which a hidden sum leaves its codes", at_least=0.0
    )
    worth_jets: int = setting(
        120_000, "training jets by which a round judges what is worth least", at_least=1000
    )
    seed: int = setting(0, "seed of the start and of the batches", at_least=0)


@dataclass(frozen=True)
class CompactConfig:
    """All settings of one compacting run."""

    data: DataConfig = field(default_factory=DataConfig)
    network: ShapeConfig = field(default_factory=ShapeConfig)
    teacher: TeacherConfig = field(default_factory=TeacherConfig)
    compacting: CompactingConfig = field(default_factory=CompactingConfig)


@dataclass(frozen=True)
class LoadedCompacting:
    """Settings and what they are called; netlists are named after it."""

    name: str
    config: CompactConfig


def load_compacting(path: Path, assignments: Iterable[str] = ()) -> LoadedCompacting:
    """Read a TOML file and apply ``section.key=value`` assignments over it.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value is refused.
    """
    config, origins = read_sections(CompactConfig, read_toml(path), str(path), assignments)
    if "data.feature_bits" not in origins:
        config = replace(config, data=replace(config.data, feature_bits=_WORD_BITS))
    bits = config.data.feature_bits
    if not CODE_BITS < bits <= 12:  # noqa: PLR2004 - tables of 4,096 rows
        raise ConfigError(
            f"{path}: data.feature_bits = {bits}; codes are cut out of fixed-point words of 6 to "
            f"12 bits, such as data.feature_bits = {_WORD_BITS}"
        )
    network = config.network
    if not network.windows and not network.segments:
        raise ConfigError(
            f"{path}: network.windows = 0 and network.segments = 0 leave nothing to read; set "
            f"one of them"
        )
    return LoadedCompacting(name_of(path), config)
