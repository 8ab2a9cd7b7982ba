"""Which samples a run uses, what they mean, and how they are divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logicjsc.core.settings import Section, setting


@dataclass(frozen=True)
class DataConfig(Section):
    """Which samples, what they mean, and how they are divided."""

    path: str = setting(
        "", "a table, image or array file, a folder of them, or a known task's name"
    )
    task: str = setting("", "known task that the files belong to; empty path: its own samples")
    target: str | tuple[str, ...] = setting("", "column or columns that are predicted")
    ignore: str | tuple[str, ...] = setting("", "columns that are left out")
    kind: Literal["auto", "classes", "binary", "labels", "value"] = setting(
        "auto", "what is predicted; auto: by what the target holds"
    )
    positive: str = setting("", "value of a binary target that means yes; empty: the last one")
    core: float = setting(
        0.0,
        "largest error of a value in the core, in its units; a resolution is the root mean squared "
        "error of the core alone; 0: that of the task, or none",
        at_least=0.0,
    )
    weights: str = setting("", "column of sample weights")
    numbers: str | tuple[str, ...] = setting("", "columns that are numbers, however they look")
    words: str | tuple[str, ...] = setting("", "columns that are whole numbers of a few bits")
    bits: str | tuple[str, ...] = setting("", "columns that are 0 or 1")
    categories: str | tuple[str, ...] = setting("", "columns whose values are names")
    category_code: Literal["one-hot", "binary"] = setting(
        "one-hot", "bits of a category: one for each value, or the value's number in binary"
    )
    missing: Literal["refuse", "drop", "mean"] = setting(
        "refuse",
        "missing numbers: refuse them, drop their rows, or put the training mean in their place",
    )
    test_path: str = setting("", "file or folder of the test samples, if path holds none")
    split: Literal["ours", "sklearn-80-20", "file"] = setting(
        "ours",
        "ours: by class and split_seed, or files named test; sklearn-80-20: a fifth of all "
        "rows, by scikit-learn's train_test_split, state 42; file: files named test, or nothing",
    )
    validation_fraction: float = setting(
        0.1, "fraction of the training samples kept for choosing", above=0.0, below=0.5
    )
    test_fraction: float = setting(
        0.2, "fraction kept for the final test, where the source names none", above=0.0, below=0.9
    )
    split_seed: int = setting(0, "seed of the division", at_least=0)
    feature_bits: int = setting(
        0, "round numbers to fixed-point words of this width; 0: float", at_least=0, at_most=24
    )
    train_samples: int = setting(0, "use only this many training samples; 0: all", at_least=0)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the target columns."""
        return names_in(self.target)


def names_in(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """Names in a setting that holds one name, several with commas between them, or a list."""
    if isinstance(value, tuple):
        return value
    return tuple(name.strip() for name in value.split(",") if name.strip())
