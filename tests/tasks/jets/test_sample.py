"""The jets that travel with the package."""

import io
from importlib import resources

import numpy as np
import pytest

from logicjsc.dataset import DataConfig, Samples, load_all
from logicjsc.tasks.jets import SAMPLE
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


@pytest.fixture(scope="module")
def sample() -> Samples:
    return load_all(DataConfig(task="jets"))


def test_the_bundled_sample_holds_50_000_balanced_jets_and_says_what_they_are(sample):
    assert sample.features.shape == (50_000, 16)
    assert np.bincount(sample.targets).tolist() == [10_000] * 5
    assert sample.feature_names == FEATURE_NAMES
    assert sample.class_names == CLASS_NAMES
    assert sample.source == SAMPLE
    assert "re-created" in sample.source


def test_the_bundled_sample_is_small_and_already_in_canonical_order():
    path = resources.files("logicjsc.tasks.jets") / "sample.npz"
    content = path.read_bytes()
    assert len(content) < 5_000_000
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        assert tuple(archive["features"]) == FEATURE_NAMES
        assert tuple(archive["classes"]) == CLASS_NAMES


def test_the_bundled_sample_looks_like_jets_of_its_classes(sample):
    means = {
        (name, label): sample.features[sample.targets == index, FEATURE_NAMES.index(name)].mean()
        for name in ("mass_mmdt", "multiplicity")
        for index, label in enumerate(CLASS_NAMES)
    }
    # A top jet weighs more than a Z, a Z more than a W, a W more than a light quark or gluon.
    order = ["t", "z", "w"]
    masses = [means["mass_mmdt", label] for label in order]
    assert masses == sorted(masses, reverse=True)
    assert means["mass_mmdt", "w"] > max(means["mass_mmdt", "q"], means["mass_mmdt", "g"])
    # Gluons radiate more than quarks.
    assert means["multiplicity", "g"] > means["multiplicity", "q"]


def test_the_bundled_sample_has_no_repeated_jets(sample):
    assert len(np.unique(sample.features, axis=0)) == len(sample)
