"""Don't-cares from data: what was seen stays, what was not may change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.random_netlists import netlists, random_codes, random_netlist

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import TableLayer, evaluate, evaluate_signals
from logicjsc.netlist.passes import apply_dont_cares, observed_dont_cares, simplify


def naive_counts(netlist, codes):
    """Reads of every table row, sample by sample."""
    counts = [
        np.zeros(layer.tables.shape, int) if isinstance(layer, TableLayer) else None
        for layer in netlist.layers
    ]
    for row in evaluate_signals(netlist, codes):
        for layer, count in zip(netlist.layers, counts, strict=True):
            if count is None:
                continue
            for node in range(layer.nodes):
                digits = "".join(
                    format(row[source], f"0{netlist.widths[source]}b")
                    for source in layer.inputs[node]
                )
                count[node, int(digits or "0", 2)] += 1
    return counts


@given(netlist=netlists(), samples=st.integers(1, 60), min_count=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_rows_read_too_seldom_are_free_and_other_samples_keep_their_outputs(
    netlist, samples, min_count
):
    codes = random_codes(netlist, samples, seed=samples)
    free = observed_dont_cares(netlist, codes, min_count)
    counts = naive_counts(netlist, codes)
    for mask, count in zip(free.layers, counts, strict=True):
        assert (mask is None) == (count is None)
        if mask is not None:
            np.testing.assert_array_equal(mask, count < min_count)
    # Samples that read a freed row somewhere may change; all others may not.
    keeps = np.array([not reads_free_row(netlist, free, code) for code in codes])
    result = simplify(apply_dont_cares(netlist, free), "low")[0]
    if keeps.any():
        before = evaluate(netlist, codes[keeps])
        np.testing.assert_array_equal(evaluate(result, codes[keeps]), before)
    if min_count == 1:
        assert keeps.all()


def reads_free_row(netlist, free, code):
    counts = naive_counts(netlist, code[None])
    return any(
        mask is not None and ((count > 0) & mask).any()
        for mask, count in zip(free.layers, counts, strict=True)
    )


def test_unseen_inputs_do_change_and_something_is_saved():
    saved = changed = 0
    for seed in range(10):
        netlist = random_netlist(seed, inputs=4)
        codes = random_codes(netlist, 5, seed)
        result = apply_dont_cares(netlist, observed_dont_cares(netlist, codes))
        everything = random_codes(netlist, 400, seed + 1)
        saved += result.table_rows < netlist.table_rows
        changed += (evaluate(result, everything) != evaluate(netlist, everything)).any()
    assert saved >= 8
    assert changed >= 4


def test_no_samples_and_no_count_are_refused():
    netlist = random_netlist(0)
    codes = random_codes(netlist, 3)
    with pytest.raises(NetlistError, match="there are none"):
        observed_dont_cares(netlist, codes[:0])
    with pytest.raises(NetlistError, match="min_count is 0"):
        observed_dont_cares(netlist, codes, 0)
