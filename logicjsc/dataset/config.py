"""Which samples a run uses, and how they are divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logicjsc.core.settings import setting


@dataclass(frozen=True)
class DataConfig:
    """Which jets, and how they are divided."""

    path: str = setting("", "a file or folder of jets; empty: the bundled sample")
    split: Literal["ours", "openml-80-20", "file"] = setting(
        "ours",
        "ours: by class and split_seed, or by files named test; openml-80-20: the published "
        "results' test rows; file: files named test, or nothing",
    )
    validation_fraction: float = setting(
        0.1, "part of the training jets kept for choosing the checkpoint", above=0.0, below=0.5
    )
    test_fraction: float = setting(
        0.2, "part kept for the final test, where the source names none", above=0.0, below=0.9
    )
    split_seed: int = setting(0, "seed of the division", at_least=0)
    feature_bits: int = setting(
        0, "round features to fixed-point words of this width; 0: float", at_least=0, at_most=24
    )
    train_jets: int = setting(0, "use only this many training jets; 0: all", at_least=0)
