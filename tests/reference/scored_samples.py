"""Samples with targets of every kind, and scores of few values, so that ties are common."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Schema, Target

CLASSES = ("a", "b", "c")

FEW = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 3.0])


def scores_and(outcomes, outputs, low=1, high=40):
    """Scores of some samples, and what they should have been."""
    return st.integers(low, high).flatmap(
        lambda samples: st.tuples(
            arrays(np.float32, (samples, outputs), elements=FEW), outcomes(samples)
        )
    )


scores_and_labels = scores_and(lambda n: arrays(np.uint8, n, elements=st.integers(0, 2)), 3)
scores_and_answers = scores_and(lambda n: arrays(np.uint8, n, elements=st.integers(0, 1)), 1)
scores_and_bits = scores_and(lambda n: arrays(np.uint8, (n, 2), elements=st.integers(0, 1)), 2)
scores_and_values = scores_and(lambda n: arrays(np.float32, (n, 2), elements=FEW), 2)


def samples_of(targets, kind="classes", names=CLASSES):
    schema = Schema.numbers(("x",), Target(kind, names))
    return Samples(np.zeros((len(targets), 1), np.float32), np.asarray(targets), schema, "here")


def binary_of(targets):
    return samples_of(targets, "binary", ("no", "yes"))


def labels_of(targets):
    return samples_of(targets, "labels", ("wet", "cold"))


def values_of(targets):
    return samples_of(targets, "value", ("price", "mass"))
