"""Words and codes of samples, and what is refused before anything is trained."""

from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import of_columns
from reference.small_samples import mixed_samples

from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset import DataConfig, Samples
from logicjsc.methods.prune import inputs as module
from logicjsc.methods.prune.config import PruneConfig, ShapeConfig
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.inputs import Inputs


def inputs_of(samples, *, bits=6, **shape):
    config = PruneConfig(DataConfig(feature_bits=bits), ShapeConfig(**shape))
    return Inputs.of(samples, Goal.of(samples, config.prune), config)


@pytest.mark.parametrize("kind", ["classes", "binary", "labels", "value"])
@pytest.mark.parametrize("bits", [2, 5, 9])
def test_codes_of_samples_are_those_of_their_words(kind, bits, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 64)
    samples = mixed_samples(kind, 300)
    found = inputs_of(samples, bits=bits, groups=4, thresholds=2)
    assert found.words.widest == bits
    patterns = found.words.patterns(found.words.words(samples.features))
    other = mixed_samples(kind, 50, 7)
    theirs = found.words.patterns(found.words.words(other.features))
    for mine, words in ((samples, patterns), (other, theirs)):
        assert found.codes(mine).tolist() == of_columns(found.columns, words).tolist()
    assert found.size.startswith(f"{len(found.columns)} codes, about ")


def test_nothing_to_read_is_said():
    samples = mixed_samples("classes", 60)
    same = replace(samples, features=np.ones_like(samples.features))
    with pytest.raises(DataError, match=r"mixed: there is nothing to read: each feature is the sa"):
        inputs_of(same)
    plain = Samples(
        samples.features[:, :1],
        samples.targets,
        replace(samples.schema, columns=samples.schema.columns[:1]),
        source="one",
    )
    with pytest.raises(DataError, match=r"one: there is nothing to read.* make no codes"):
        inputs_of(plain, bits=8, windows=0, segments=0)
    assert inputs_of(plain, bits=4, windows=0, segments=0).columns


def test_more_memory_than_there_is_is_refused_with_its_size(monkeypatch):
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 256}
    monkeypatch.setattr(module.os, "sysconf", pages.get)
    message = r"\d+ codes of 300 training samples and 128 tables each take about \d+ MiB, and this "
    with pytest.raises(ConfigError, match=message + r"machine has 1; lower network.codes, network"):
        inputs_of(mixed_samples("classes", 300), hidden=128)
