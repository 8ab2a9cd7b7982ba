"""Facts about samples, each against a count by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from reference.small_tables import chosen, lamps, write_csv

from logicjsc.dataset import DataConfig, Samples, Schema, Target, load_all
from logicjsc.dataset.facts import facts_of
from logicjsc.dataset.load import load_described
from logicjsc.dataset.schema import Column

FEATURES = ("size", "hits", "lit", "colour")


def samples(tmp_path, target, **settings):
    path = write_csv(tmp_path / "a.csv", chosen(lamps(), *FEATURES, *target.split(", ")))
    return load_all(DataConfig(str(path), target=target, **settings))


def test_features_have_their_kind_and_their_numbers(tmp_path):
    found = samples(tmp_path, "sort")
    facts = facts_of(found, baseline=False)
    names = ("size", "hits", "lit", "colour=blue", "colour=green", "colour=red")
    assert tuple(entry.name for entry in facts.features) == names
    kinds = ["number", "word", "bit", "bit", "bit", "bit"]
    assert [entry.kind for entry in facts.features] == kinds
    for entry, column in zip(facts.features, found.features.T.astype(float), strict=True):
        values = column.tolist()
        mean = sum(values) / len(values)
        assert (entry.smallest, entry.largest) == (min(values), max(values))
        assert entry.mean == pytest.approx(mean)
        square = sum((value - mean) ** 2 for value in values) / len(values)
        assert entry.deviation == pytest.approx(square**0.5)
        assert entry.distinct == len(set(values))
        assert entry.zeros == values.count(0) / len(values)
    assert facts.source == str(tmp_path / "a.csv")
    assert (facts.samples, facts.fingerprint) == (120, found.fingerprint())


def test_the_balance_of_each_kind_of_target(tmp_path):
    columns = lamps()
    facts = facts_of(samples(tmp_path, "sort"), baseline=False)
    assert facts.target == {"kind": "classes", "names": ("cold", "hot", "warm"), "column": "sort"}
    assert facts.balance == {name: columns["sort"].count(name) for name in ("cold", "hot", "warm")}
    assert facts.chance == max(facts.balance.values()) / 120
    facts = facts_of(samples(tmp_path, "works", positive="no"), baseline=False)
    assert facts.balance == {name: columns["works"].count(name) for name in ("yes", "no")}
    facts = facts_of(samples(tmp_path, "price"), baseline=False)
    assert set(facts.balance) == {"price: mean", "price: standard deviation"}
    assert facts.balance["price: mean"] == pytest.approx(np.mean(columns["price"]), rel=1e-6)
    assert facts.chance is None


def test_the_balance_and_chance_of_labels():
    bits = np.array([[1, 0], [1, 0], [1, 1], [0, 0]], np.uint8)
    schema = Schema((Column("x"),), Target("labels", ("wet", "cold")))
    facts = facts_of(Samples(np.arange(4.0)[:, None], bits, schema), baseline=False)
    assert facts.balance == {"wet": 3, "cold": 1}
    assert facts.chance == 0.5  # the most frequent labels together


def test_repeated_and_contradictory_rows_are_counted():
    schema = Schema((Column("x"), Column("z")), Target("classes", ("a", "b")))
    rows = [[0.0, 1], [-0.0, 1], [0, 1], [2, 2], [2, 2], [3, 3]]
    facts = facts_of(Samples(np.array(rows), np.array([0, 0, 1, 1, 1, 0]), schema), baseline=False)
    assert (facts.duplicates, facts.contradictions) == (2, 1)


@pytest.mark.parametrize(
    ("target", "kind"), [("sort", "classes"), ("works", "binary"), ("price", "value")]
)
def test_baselines_say_what_to_expect(tmp_path, target, kind):
    path = write_csv(tmp_path / "a.csv", chosen(lamps(600), *FEATURES, target))
    found = load_all(DataConfig(str(path), target=target))
    facts = facts_of(found)
    assert facts == facts_of(found)
    assert facts.baseline_samples == (480, 120)
    assert facts.linear.kind == facts.trees.kind == kind
    assert facts.trees.samples == 120
    if kind == "value":
        assert facts.linear.r2["price"] > 0.99
        assert facts.trees.r2["price"] > 0.9
    else:
        assert facts.trees.accuracy > facts.chance + 0.25
    report = json.loads(json.dumps(facts.to_dict(), allow_nan=False))
    assert report["trees"]["samples"] == 120
    assert report["features"][0]["name"] == "size"


def test_a_constant_value_and_a_single_sample_have_no_baseline():
    schema = Schema((Column("x"),), Target("value", ("v",)))
    for rows in (1, 20):
        facts = facts_of(Samples(np.zeros((rows, 1)), np.zeros(rows), schema))
        assert (facts.linear, facts.trees, facts.baseline_samples) == (None, None, (0, 0))


def test_missing_values_are_counted_by_column(tmp_path):
    columns = chosen(lamps(), *FEATURES, "sort")
    for row in (3, 5, 8):
        columns["size"][row] = None
    columns["colour"][4] = None
    columns["sort"][9] = None
    path = write_csv(tmp_path / "a.csv", columns)
    found, remarks, missing = load_described(DataConfig(str(path), target="sort"))
    assert missing == {"size": 3, "colour": 1, "sort": 1}
    assert len(found) == 119
    assert "colour=(missing)" in found.feature_names
    facts = facts_of(found, remarks, missing, baseline=False)
    assert facts.missing == missing
    found, _, missing = load_described(DataConfig(str(path), target="sort", missing="drop"))
    assert missing == {"size": 3, "colour": 1, "sort": 1}
    assert len(found) == 115
