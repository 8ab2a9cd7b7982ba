import json

import numpy as np
import pytest

from logicjsc.dataset import Samples, Schema, Target
from logicjsc.dataset.baseline import linear_baseline, quick_baselines, tree_baseline

NAMES = tuple(f"x{place}" for place in range(16))
SCHEMA = Schema.numbers(NAMES, Target("classes", ("a", "b", "c", "d", "e")))
# Units differ wildly, as those of real features do.
UNITS = 10.0 ** np.arange(-4, 12)


def _blobs(seed: int, samples: int, spread: float) -> Samples:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1, (5, 16))
    labels = rng.integers(0, 5, samples)
    features = centres[labels] + spread * rng.normal(0, 1, (samples, 16))
    return Samples((features * UNITS).astype(np.float32), labels, SCHEMA)


def _products(kind: str, samples: int = 4000) -> tuple[Samples, Samples]:
    """What depends on a product of two features only, which no linear model finds."""
    features = np.random.default_rng(0).normal(0, 1, (samples, 16)).astype(np.float32)
    product = features[:, 0] * features[:, 1]
    targets, names = {
        "classes": ((product > 0).astype(np.uint8), ("a", "b")),
        "binary": ((product > 0).astype(np.uint8), ("no", "yes")),
        "labels": (np.stack([product > 0, product > 1], axis=1).astype(np.uint8), ("l", "m")),
        "value": (np.stack([product, -product], axis=1), ("v", "w")),
    }[kind]
    all_of_them = Samples(features, targets, Schema.numbers(NAMES, Target(kind, names)))
    part = 3 * samples // 4
    return all_of_them.take(np.arange(part), "train"), all_of_them.take(
        np.arange(part, samples), "test"
    )


def test_both_find_classes_that_are_far_apart_whatever_the_units():
    train, test = _blobs(0, 1500, 0.2), _blobs(1, 1000, 0.2)
    assert linear_baseline(train, test).accuracy == 1.0
    assert tree_baseline(train, test, trees=10).accuracy > 0.95


def test_neither_finds_what_is_not_there():
    train, test = _blobs(0, 1500, 1e4), _blobs(1, 2000, 1e4)
    assert linear_baseline(train, test).accuracy == pytest.approx(0.2, abs=0.05)
    assert tree_baseline(train, test, trees=5).accuracy == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("kind", ["classes", "binary", "labels"])
def test_trees_find_what_a_linear_model_cannot(kind):
    train, test = _products(kind)
    linear, trees = linear_baseline(train, test), tree_baseline(train, test, trees=20)
    assert linear.accuracy < linear.chance + 0.1
    assert trees.accuracy > 0.8
    assert min(trees.auc.values()) > 0.85
    assert max(linear.auc.values()) < 0.65


def test_trees_find_values_that_a_linear_model_cannot():
    train, test = _products("value")
    linear, trees = linear_baseline(train, test), tree_baseline(train, test, trees=40)
    assert max(linear.r2.values()) < 0.1
    assert min(trees.r2.values()) > 0.6


def test_a_linear_model_finds_values_and_labels_in_any_units():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (2000, 16))
    value = (features[:, :1] + 3 * features[:, 5:6]).astype(np.float32)
    wide = (features * UNITS).astype(np.float32)
    values = Samples(wide, value, Schema.numbers(NAMES, Target("value", ("v",))))
    train, test = values.take(np.arange(1500), "train"), values.take(np.arange(1500, 2000), "test")
    assert linear_baseline(train, test).r2["v"] > 0.99
    labels = Samples(
        wide, (value > 0).astype(np.uint8), Schema.numbers(NAMES, Target("labels", ("l",)))
    )
    train, test = labels.take(np.arange(1500), "train"), labels.take(np.arange(1500, 2000), "test")
    assert linear_baseline(train, test).accuracy > 0.95


def test_a_label_that_never_changes_and_a_class_that_is_absent_are_no_trouble():
    features = np.random.default_rng(0).normal(0, 1, (400, 16)).astype(np.float32)
    bits = np.stack([features[:, 0] > 0, np.zeros(400), np.ones(400)], axis=1).astype(np.uint8)
    schema = Schema.numbers(NAMES, Target("labels", ("l", "never", "always")))
    labels = Samples(features, bits, schema)
    train, test = labels.take(np.arange(300), "train"), labels.take(np.arange(300, 400), "test")
    for metrics in (linear_baseline(train, test), tree_baseline(train, test, 10)):
        assert metrics.label_accuracy["never"] == metrics.label_accuracy["always"] == 1.0
        assert metrics.label_accuracy["l"] > 0.9
    few = Samples(features, bits[:, 0], SCHEMA)
    assert tree_baseline(few, few, 10).accuracy > 0.9
    assert linear_baseline(few, few).accuracy > 0.9


def test_quick_baselines_are_kept_by_their_samples(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path))
    train, test = _blobs(0, 300, 0.2), _blobs(1, 200, 0.2)
    first = quick_baselines(train, test)
    assert set(first) == {"linear model", "boosted trees"}
    assert first["linear model"]["accuracy"] == 1.0
    (kept,) = (tmp_path / "baselines").iterdir()
    assert json.loads(kept.read_text()) == first
    kept.write_text(json.dumps({"linear model": "kept"}))
    assert quick_baselines(train, test) == {"linear model": "kept"}
    assert quick_baselines(test, train) != {"linear model": "kept"}
