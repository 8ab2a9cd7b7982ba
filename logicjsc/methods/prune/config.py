"""Settings of the prune method.

::

    method = "prune"

    [data]
    feature_bits = 10

    [network]
    hidden = 20

    [teacher]
    members = 2

    [prune]
    luts = [1400, 650, 380]
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from logicjsc.core.settings import Section, SettingError, setting
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.method import MethodConfig

CODE_BITS: Final = 5
"""Width of every code that a table reads: a LUT that adds a table's bit has five inputs left."""

_WORD_BITS: Final = 10

_LEAST_BITS: Final = 2

_MOST_BITS: Final = 12
"""Wider words would need tables of more than 4,096 rows."""


@dataclass(frozen=True)
class ShapeConfig(Section):
    """Shape of the network before anything is taken away."""

    hidden: int = setting(20, "hidden neurons", at_least=1, at_most=128)
    windows: int = setting(
        2,
        "codes that are plain bits of a feature's word, for each feature of more than five bits",
        at_least=0,
        at_most=8,
    )
    segments: int = setting(
        1,
        "codes of five LUTs for each such feature that are fine where the samples are",
        at_least=0,
        at_most=4,
    )
    groups: int = setting(
        0,
        "codes of five single bits of any features; 0: of features of one bit only, two for five",
        at_least=0,
        at_most=4096,
    )
    thresholds: int = setting(
        0,
        "words of each feature at which groups may ask whether it is reached, a LUT each",
        at_least=0,
        at_most=63,
    )
    codes: int = setting(
        512, "codes in all; of more those that tell most are kept", at_least=1, at_most=4096
    )
    direct: bool = setting(
        False, "tables from codes to scores as well, beside those through hidden neurons"
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
class ScheduleConfig(Section):
    """How the network is trained and made smaller."""

    luts: tuple[int, ...] = setting(
        (1400, 650, 380, 130), "sizes at which a network is finished and kept", at_least=1
    )
    dense_steps: int = setting(8000, "steps before anything is taken away", at_least=1)
    round_steps: int = setting(200, "steps between two rounds of taking away", at_least=1)
    round_fraction: float = setting(
        0.02, "fraction of the LUTs that one round takes away", above=0.0, below=1.0
    )
    decision: bool = setting(
        True, "count what decides behind the network, the argmax or the thresholds, as well"
    )
    time_price: float = setting(
        0.0,
        "LUTs that a table counts in addition where it stands in the longest sums; 0: time does "
        "not count",
        at_least=0.0,
    )
    sparsity: float = setting(0.05, "how strongly tables are drawn towards constants", at_least=0.0)
    final_steps: int = setting(8000, "steps that finish a network that is kept", at_least=1)
    final_sharpness: float = setting(
        1.0,
        "exponent of the teacher's probabilities in those steps; above 1 likely classes count more",
        above=0.0,
        at_most=10.0,
    )
    batch_size: int = setting(4096, "samples per step", at_least=2)
    learning_rate: float = setting(
        0.04, "Adam's peak rate, in steps of the hidden codes", above=0.0
    )
    label_smoothing: float = setting(
        0.0, "fraction of each label spread over all classes", at_least=0.0, below=1.0
    )
    class_weights: Literal["none", "balanced"] = setting(
        "none", "balanced: a rare class counts as much as a frequent one"
    )
    false_positive_rate: float = setting(
        0.0,
        "rate at which the threshold of a binary target is chosen on validation samples; 0: the "
        "threshold of the highest accuracy",
        at_least=0.0,
        below=1.0,
    )
    huber: float = setting(
        0.0,
        "error of a value, in standard deviations, from which on the loss grows evenly only; 0: "
        "never",
        at_least=0.0,
    )
    score_step: float = setting(
        0.125,
        "one step of the scores at the start, in nats; of values, in standard deviations",
        above=0.0,
    )
    fitted_step: bool = setting(
        True, "let one step of the scores say more as fewer are left to say the same with"
    )
    image_copies: int = setting(
        0,
        "copies of every training image, turned, scaled and moved a little, to learn from as well",
        at_least=0,
        at_most=100,
    )
    overflow_penalty: float = setting(
        0.02, "gradient on each step by which a hidden sum leaves its codes", at_least=0.0
    )
    judged_samples: int = setting(
        120_000, "training samples by which a round judges what is worth least", at_least=1000
    )
    seed: int = setting(0, "seed of the start and of the batches", at_least=0)

    def check(self) -> None:
        """There is a size to reach."""
        if not self.luts:
            raise SettingError(
                "luts", "prune.luts = [] names no size at which a network is kept; give some"
            )


@dataclass(frozen=True)
class PruneConfig(MethodConfig):
    """All settings of one run of the prune method."""

    data: DataConfig = field(default_factory=DataConfig)
    network: ShapeConfig = field(default_factory=ShapeConfig)
    teacher: TeacherConfig = field(default_factory=TeacherConfig)
    prune: ScheduleConfig = field(default_factory=ScheduleConfig)

    def check(self) -> None:
        """Codes can be cut out of the words, and there are some."""
        if not self.data.feature_bits:
            words = replace(self.data, feature_bits=_WORD_BITS)
            object.__setattr__(self, "data", words)
        bits = self.data.feature_bits
        if not _LEAST_BITS <= bits <= _MOST_BITS:
            raise SettingError(
                "data.feature_bits",
                f"data.feature_bits = {bits}; codes are cut out of fixed-point words of "
                f"{_LEAST_BITS} to {_MOST_BITS} bits, such as data.feature_bits = {_WORD_BITS}",
            )
