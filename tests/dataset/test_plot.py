"""A picture of any samples is a whole PNG or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.core.errors import OutputError
from logicjsc.dataset import Samples, Schema, Target
from logicjsc.dataset.plot import plot_samples
from logicjsc.dataset.schema import Column

ROWS = 60
RNG = np.random.default_rng(0)
TARGETS = {
    "classes": (RNG.integers(0, 12, ROWS), tuple(f"class {index}" for index in range(12))),
    "binary": (RNG.integers(0, 2, ROWS), ("no", "yes")),
    "labels": (RNG.integers(0, 2, (ROWS, 2)), ("wet", "cold")),
    "value": (RNG.normal(size=(ROWS, 2)), ("price", "mass")),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_every_kind_of_target_and_feature_is_drawn(tmp_path, kind):
    targets, names = TARGETS[kind]
    columns = (Column("x"), Column("b", "bit"), Column("w", "word", 0, 9), Column("constant"))
    features = [RNG.normal(size=ROWS), RNG.integers(0, 2, ROWS), RNG.integers(0, 10, ROWS)]
    features = np.stack([*features, np.full(ROWS, 2.5)], axis=1)
    samples = Samples(features, targets, Schema(columns, Target(kind, names)), "here")
    plot_samples(samples, tmp_path / "deep" / "a.png")
    assert (tmp_path / "deep" / "a.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["a.png"]


def test_of_hundreds_of_features_some_are_drawn(tmp_path):
    names = tuple(f"x{place}" for place in range(300))
    schema = Schema.numbers(names, Target("binary", ("no", "yes")))
    samples = Samples(RNG.normal(size=(ROWS, 300)), RNG.integers(0, 2, ROWS), schema)
    plot_samples(samples, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    schema = Schema.numbers(("x",), Target("binary", ("no", "yes")))
    samples = Samples(RNG.normal(size=(ROWS, 1)), RNG.integers(0, 2, ROWS), schema)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        plot_samples(samples, tmp_path / "file" / "a.png")
