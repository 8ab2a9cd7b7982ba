"""Trees of any shape become tables that lead to the same leaf."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.checks import check_ensemble
from logicjsc.frontend.trees.ensemble import LEAF, Ensemble, Tree
from logicjsc.frontend.trees.network import netlist_of_trees
from logicjsc.frontend.trees.quantise import quantise
from logicjsc.frontend.trees.trial import places_of, trial_rows
from logicjsc.netlist import TableLayer, evaluate


def grown(rng, splits, columns=1, features=3, *, chain=False):
    """A random tree; of a chain every split has a leaf."""
    count = 2 * splits + 1
    feature, threshold = np.full(count, LEAF), np.full(count, np.inf)
    left, right = np.zeros(count, int), np.zeros(count, int)
    leaves, made = [0], 1
    for _ in range(splits):
        node = leaves.pop(-1 if chain else rng.integers(len(leaves)))
        feature[node], threshold[node] = rng.integers(features), rng.normal()
        left[node], right[node] = made, made + 1
        leaves += [made, made + 1]
        made += 2
    values = rng.integers(0, 40, size=(count, columns)).astype(float)
    return Tree(
        feature.astype(np.int32),
        threshold.astype(np.float32),
        left.astype(np.int32),
        right.astype(np.int32),
        np.where(feature[:, None] == LEAF, values, 0),
        tuple(range(columns)),
    )


@pytest.mark.parametrize("table_bits", [4, 7, 10])
@pytest.mark.parametrize(
    ("splits", "columns", "chain"),
    [(1, 1, False), (9, 3, False), (60, 1, False), (60, 4, False), (80, 1, True), (300, 2, False)],
)
def test_every_row_ends_at_its_leaf(splits, columns, chain, table_bits):
    rng = np.random.default_rng(splits + columns)
    trees = tuple(grown(rng, splits, columns, chain=chain) for _ in range(3))
    kind = "value" if columns == 1 else "classes"
    ensemble = check_ensemble(Ensemble("test", kind, trees, np.zeros(columns), 3))
    quantised = quantise(ensemble, 6)
    netlist = netlist_of_trees(quantised, "random", table_bits)
    rows = trial_rows(ensemble, 4000)
    codes = evaluate(netlist, netlist.encoder.encode(rows))
    assert (codes == quantised.sums(places_of(ensemble, rows))).all()
    numbers = max(tree.is_leaf.sum() for tree in trees)
    most = max(table_bits, int(numbers - 1).bit_length())
    assert max(e.address_bits for e in netlist.layers if isinstance(e, TableLayer)) <= most


def test_equal_trees_are_one():
    rng = np.random.default_rng(1)
    tree = grown(rng, 40)
    once, twice = (
        netlist_of_trees(
            quantise(Ensemble("test", "value", (tree,) * count, np.zeros(1), 3), 6), "equal", 8
        )
        for count in (1, 2)
    )
    nodes = [sum(layer.nodes for layer in net.layers) for net in (once, twice)]
    assert nodes[0] == nodes[1]


def test_the_size_is_told_before_anything_is_built():
    rng = np.random.default_rng(2)
    tree = grown(rng, 4000)
    ensemble = Ensemble("test", "value", (tree,) * 400, np.zeros(1), 3)
    with pytest.raises(ImportedModelError, match=r"400 trees would have about .* GiB of tables"):
        netlist_of_trees(quantise(ensemble, 4), "large", 14)


def test_a_model_that_never_splits_is_refused():
    leaf = Tree(
        np.array([LEAF], np.int32),
        np.array([np.inf], np.float32),
        np.zeros(1, np.int32),
        np.zeros(1, np.int32),
        np.array([[0.5]]),
    )
    with pytest.raises(ImportedModelError, match="no tree of the model splits"):
        netlist_of_trees(quantise(Ensemble("t", "value", (leaf,), np.zeros(1), 2), 4), "bare", 8)
