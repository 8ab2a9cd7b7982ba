"""A published set of jets is known by its rows, classes and distributions."""

from __future__ import annotations

import numpy as np
import pytest
from reference.jet_formats import csv_bytes, example_jets, names_of, published_like

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples
from logicjsc.tasks.jets.arrange import SCHEMA
from logicjsc.tasks.jets.catalogue import CATALOGUE, JET_SETS, JetSet, identify
from logicjsc.tasks.jets.reference import distances_from_reference

JETS = 4000
FEATURES, LABELS = published_like(JETS)
KNOWN = JetSet("set", "The set", JETS, 0.05)


def identified(folder, content):
    path = folder / "set.csv"
    path.write_bytes(content)
    return identify(KNOWN, path)


def test_jets_like_the_published_ones_are_believed(tmp_path):
    facts = identified(tmp_path, csv_bytes(FEATURES, names_of(LABELS)))
    assert (facts["rows"], facts["jets"]) == (JETS, JETS)
    assert facts["classes"] == dict.fromkeys("gqtwz", JETS // 5)
    assert facts["distance"] < 0.05


def standardised():
    scaled = (FEATURES - FEATURES.mean(axis=0)) / FEATURES.std(axis=0)
    return csv_bytes(scaled, names_of(LABELS))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (csv_bytes(FEATURES[:-1], names_of(LABELS[:-1])), "holds 3,999 jets, not 4,000"),
        (csv_bytes(FEATURES, ["q"] * JETS), "holds no jets of class g"),
        (standardised(), "holds other jets than The set: .* at a distance of 0"),
        (csv_bytes(FEATURES, ["h"] * JETS), "column 'class' holds 'h' for jet 0"),
    ],
)
def test_other_jets_are_refused(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        identified(tmp_path, content)


def test_each_set_has_addresses_and_its_own_limits():
    assert [known.name for known in JET_SETS] == list(CATALOGUE)
    for published in CATALOGUE.values():
        (file,) = published.files
        assert published.task == "jets"
        assert {address.file for address in file.mirrors} <= set(file.names)


def test_the_distance_is_nothing_for_whole_numbers_and_all_for_other_units():
    features, labels = example_jets(500)
    jets = Samples(features + 1e6, labels, SCHEMA)
    np.testing.assert_allclose(distances_from_reference(jets), 200 / 201)
    assert distances_from_reference(Samples(FEATURES, LABELS, SCHEMA)).max() < 0.04
