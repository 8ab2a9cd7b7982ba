"""Splits are exact in float32; trees are checked and folded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.checks import check_ensemble, folded
from logicjsc.frontend.trees.ensemble import LEAF, Ensemble, Tree, indices, least_right

doubles = st.floats(allow_nan=False, width=64)
singles = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(doubles, singles, st.booleans())
def test_a_feature_goes_right_exactly_where_the_double_threshold_sends_it(
    threshold, feature, strict
):
    least = least_right(np.array([threshold]), strict=strict)
    assert least.dtype == np.float32
    near = np.float32(threshold) if abs(threshold) < 3e38 else np.float32(0)
    for value in (np.float32(feature), near, *np.nextafter(near, np.float32([-np.inf, np.inf]))):
        wanted = float(value) > threshold if strict else float(value) >= threshold
        assert (value >= least[0]) == wanted or not np.isfinite(value)


def stump(**changed):
    """One split of feature 0 at 0.5."""
    tree = Tree(
        np.array([0, LEAF, LEAF], np.int32),
        np.array([0.5, np.inf, np.inf], np.float32),
        np.array([1, 0, 0], np.int32),
        np.array([2, 0, 0], np.int32),
        np.array([[0.0], [-1.0], [1.0]]),
    )
    return replace(tree, **changed)


def of(*trees, **changed):
    return replace(Ensemble("test", "value", trees, np.zeros(1), 2), **changed)


DAMAGED = {
    "no trees": (of(), "no trees"),
    "too many": (of(*[stump()] * 20_001), "20,001 trees with 60,003 nodes, the limits"),
    "no features": (of(stump(), features=0), "no features"),
    "base": (of(stump(), base=np.array([np.nan])), "base score is not finite"),
    "lengths": (of(stump(left=np.array([1]))), "differ in length"),
    "feature": (of(stump(features=np.array([2, LEAF, LEAF]))), "node 0 reads a feature"),
    "threshold": (
        of(stump(thresholds=np.full(3, np.nan, np.float32))),
        "threshold of node 0 is NaN",
    ),
    "leaf": (of(stump(values=np.array([[0.0], [np.inf], [0.0]]))), "leaf 1 is not finite"),
    "child": (of(stump(right=np.array([3, 0, 0]))), "node 0 leads to a node that does not"),
    "circle": (of(stump(right=np.array([0, 0, 0]))), "lead in a circle"),
    "names": (of(stump(), class_names=("a", "b")), "1 classes but 2 names"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_trees_are_refused(case):
    ensemble, sentence = DAMAGED[case]
    with pytest.raises(ImportedModelError, match=sentence):
        check_ensemble(ensemble)


def test_whole_trees_are_not():
    assert check_ensemble(of(stump())).outputs == 1


def test_numbers_that_can_be_no_index_become_one_that_is_refused():
    assert indices(np.array([0, 3, -1, 2**40])).tolist() == [0, 3, 2**31 - 1, 2**31 - 1]


@pytest.mark.parametrize(("threshold", "leaf"), [(np.inf, -1.0), (-np.inf, 1.0), (-3.4e38, None)])
def test_splits_that_no_number_tells_apart_are_left_out(threshold, leaf):
    tree = stump(thresholds=np.array([threshold, np.inf, np.inf], np.float32))
    smaller = folded(tree)
    rows = np.float32([[-3e38, 0], [0, 0], [3e38, 0]])
    before, after = tree.values[tree.leaf_of(rows)], smaller.values[smaller.leaf_of(rows)]
    assert (before == after).all()
    if leaf is not None:
        assert smaller.values.tolist() == [[leaf]]


def test_orphans_are_left_out_and_equal_children_join():
    tree = Tree(
        np.array([0, 1, LEAF, LEAF, 1], np.int32),
        np.array([0.5, 0.25, np.inf, np.inf, np.nan], np.float32),
        np.array([1, 3, 0, 0, 2], np.int32),
        np.array([2, 3, 0, 0, 3], np.int32),
        np.array([[0.0], [0.0], [2.0], [3.0], [0.0]]),
    )
    smaller = folded(tree)
    assert len(smaller.features) == 3
    assert smaller.values[smaller.leaf_of(np.float32([[0, 9], [1, 9]]))].tolist() == [[3.0], [2.0]]
