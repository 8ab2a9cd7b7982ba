"""What a netlist makes of samples, one at a time; and samples that are not its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reference.netlist_reference import reference_outputs
from reference.small_samples import TARGETS, mixed_samples

from logicjsc.core.errors import DataError, NetlistError
from logicjsc.dataset import Samples, Schema, Target
from logicjsc.dataset.metrics import measure
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer
from logicjsc.netlist.scoring import (
    check_features,
    check_target,
    ends_of,
    metrics_of,
    scores_of,
)

WIDTH = 3


def netlist_for(kind, *, own=False):
    """Random tables of mixed samples' features, as many as the target has outputs."""
    samples, target = mixed_samples(kind, 300), TARGETS[kind]
    rng = np.random.default_rng(5)
    names = samples.feature_names
    encoder = Encoder(
        names,
        np.arange(len(names)),
        np.quantile(samples.features, (0.3, 0.5, 0.7), axis=0).T,
        np.tile(np.arange(4), (len(names), 1)),
    )
    outputs = target.outputs
    layer = TableLayer(
        "scores",
        1,
        np.array([rng.choice(len(names), 3, replace=False) for _ in range(outputs)]),
        rng.integers(0, 1 << WIDTH, (outputs, 64)),
        np.full(outputs, WIDTH),
        np.ones(outputs, np.bool_),
    )
    rows = np.cumsum(rng.uniform(0.1, 1.0, (outputs if own else 1, 1 << WIDTH)), axis=1) - 2.0
    scores = np.roll(rows, 1 << (WIDTH - 1), axis=1).astype(np.float32)
    thresholds = tuple(0.3 + 0.2 * index for index in range(outputs))
    return Netlist(
        "mixed",
        names,
        np.full(len(names), 2),
        np.zeros(len(names), np.bool_),
        (layer,),
        len(names) + np.arange(outputs),
        encoder,
        Decoder(
            target.names,
            scores if own else scores[0],
            True,
            kind,
            thresholds if kind in {"binary", "labels"} else (),
        ),
    )


def scores_one_by_one(netlist, samples):
    """Scores by counting thresholds, looking up tables, and looking up scores."""
    table = netlist.decoder.scores
    rows = []
    for features in samples.features:
        codes = [
            int(netlist.encoder.codes[signal][sum(features[feature] >= step for step in steps)])
            for signal, (feature, steps) in enumerate(
                zip(netlist.encoder.features, netlist.encoder.thresholds, strict=True)
            )
        ]
        outputs = reference_outputs(netlist, codes)
        rows.append(
            [
                float(table[code] if table.ndim == 1 else table[place][code])
                for place, code in enumerate(outputs)
            ]
        )
    return np.array(rows, np.float32)


KINDS = [
    ("classes", False),
    ("binary", False),
    ("labels", True),
    ("labels", False),
    ("value", True),
]


@pytest.mark.parametrize(("kind", "own"), KINDS)
def test_scores_and_metrics_of_every_kind_of_target(kind, own):
    netlist, samples = netlist_for(kind, own=own), mixed_samples(kind, 150, 8)
    expected = scores_one_by_one(netlist, samples)
    assert len(np.unique(expected)) > 4
    found = scores_of(netlist, samples)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)
    metrics = metrics_of(netlist, samples)
    thresholds = np.array(netlist.decoder.thresholds, np.float32)
    assert metrics == measure(expected, samples, thresholds if thresholds.size else None)
    assert (metrics.kind, metrics.samples) == (kind, 150)


def test_accuracy_is_that_of_the_decisions_in_hardware():
    netlist, samples = netlist_for("binary"), mixed_samples("binary", 400, 9)
    scores = scores_one_by_one(netlist, samples)[:, 0]
    decided = scores >= np.float32(netlist.decoder.thresholds[0])
    assert 0 < decided.mean() < 1
    assert metrics_of(netlist, samples).accuracy == (decided == samples.targets).mean()
    # Another threshold decides otherwise, and has another accuracy.
    always = replace(netlist, decoder=replace(netlist.decoder, thresholds=(-99.0,)))
    assert metrics_of(always, samples).accuracy == samples.targets.mean()
    labels, several = netlist_for("labels"), mixed_samples("labels", 400, 9)
    reached = scores_one_by_one(labels, several) >= np.float32(labels.decoder.thresholds)
    right = (reached == several.targets).all(axis=1).mean()
    assert metrics_of(labels, several).accuracy == right


@pytest.mark.parametrize("missing", ["encoder", "decoder"])
def test_without_an_end_samples_say_nothing(missing):
    netlist, samples = netlist_for("classes"), mixed_samples("classes", 10)
    assert ends_of(netlist) == (netlist.encoder, netlist.decoder)
    bare = replace(netlist, **{missing: None})
    for call in (ends_of, lambda given: scores_of(given, samples),
                 lambda given: metrics_of(given, samples)):  # fmt: skip
        with pytest.raises(NetlistError, match="'mixed' has no encoder and decoder"):
            call(bare)


def renamed(samples, names):
    """The same numbers under other names, as numbers."""
    return Samples(
        samples.features, samples.targets, Schema.numbers(names, samples.target), "other"
    )


class TestFeatures:
    @pytest.mark.parametrize("change", ["other", "swapped"])
    def test_other_names_are_refused_even_if_their_number_fits(self, change):
        netlist, samples = netlist_for("classes"), mixed_samples("classes", 10)
        names = samples.feature_names
        others = (
            tuple(f"x{place}" for place in range(len(names)))
            if change == "other"
            else (names[1], names[0], *names[2:])
        )
        given = renamed(samples, others)
        for call in (check_features, scores_of, metrics_of):
            with pytest.raises(
                DataError,
                match=r"'mixed' takes 9 features \(a, on, b, \.\.\.\), the samples of other ",
            ):
                call(netlist, given)

    def test_another_number_is_refused(self):
        netlist, samples = netlist_for("classes"), mixed_samples("classes", 10)
        fewer = Samples(
            samples.features[:, :2],
            samples.targets,
            Schema.numbers(samples.feature_names[:2], samples.target),
            "few",
        )
        with pytest.raises(DataError, match=r"takes 9 features .* samples of few have 2 \(a, on\)"):
            check_features(netlist, fewer)

    def test_without_an_encoder_any_will_do(self):
        check_features(replace(netlist_for("classes"), encoder=None), mixed_samples("value", 3))


class TestTarget:
    @pytest.mark.parametrize("kind", TARGETS)
    def test_only_its_own_kind_is_accepted(self, kind):
        netlist = netlist_for(kind)
        for other in TARGETS:
            samples = mixed_samples(other, 20)
            if other == kind:
                check_target(netlist, samples)
                continue
            with pytest.raises(DataError, match=rf"'mixed' decides {kind} \(.*have {other} \("):
                check_target(netlist, samples)
            with pytest.raises(DataError, match="the samples of mixed have"):
                metrics_of(netlist, samples)

    @pytest.mark.parametrize("names", [("blue", "green", "red"), ("red", "green", "pink")])
    def test_classes_in_another_order_or_of_another_name_are_refused(self, names):
        netlist, samples = netlist_for("classes"), mixed_samples("classes", 20)
        target = Target("classes", names, "colour")
        given = replace(samples, schema=replace(samples.schema, target=target))
        with pytest.raises(DataError, match=r"decides classes \(red, green, blue\)"):
            metrics_of(netlist, given)

    def test_the_column_may_be_called_otherwise(self):
        netlist, samples = netlist_for("binary"), mixed_samples("binary", 20)
        target = replace(samples.target, column="reply")
        given = replace(samples, schema=replace(samples.schema, target=target))
        assert metrics_of(netlist, given) == metrics_of(netlist, samples)
