"""The bits that scores share, against evaluating the netlist and counting what occurs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.tiny_ends import tiny_netlist

from logicjsc.methods.anneal.scores import ScoreWires
from logicjsc.netlist import Decoder, Netlist, TableLayer, evaluate
from logicjsc.netlist.score_bits import MOST_BITS, score_bits


def wired(kind, classes, rng):
    """Random tables of one bit each, and scores that are copies of those bits."""
    wires = ScoreWires.make(kind, classes)
    first = TableLayer(
        "bits",
        1,
        np.tile(np.arange(4), (wires.outputs, 1)),
        rng.integers(0, 2, (wires.outputs, 16)),
        np.ones(wires.outputs, int),
        np.zeros(wires.outputs, bool),
    )
    rows = np.arange(1 << wires.outputs)[:, None] >> np.arange(wires.outputs)[::-1] & 1
    scores = wires.scores(rows)
    second = TableLayer(
        "scores",
        2,
        np.tile(4 + np.arange(wires.outputs), (classes, 1)),
        scores.T,
        np.full(classes, wires.width),
        np.zeros(classes, bool),
    )
    return Netlist(
        "wired",
        tuple("abcd"),
        np.ones(4, int),
        np.zeros(4, bool),
        (first, second),
        4 + wires.outputs + np.arange(classes),
        None,
        Decoder(tuple(f"c{i}" for i in range(classes)), np.arange(1 << wires.width), signed=False),
    )


@given(st.sampled_from(["index", "flags"]), st.integers(2, 7), st.integers(0, 99))
def test_what_occurs_is_among_the_codes_of_the_shared_bits(kind, classes, seed):
    netlist = wired(kind, classes, np.random.default_rng(seed))
    shared = score_bits(netlist)
    assert shared is not None
    assert len(shared.places) <= ScoreWires.make(kind, classes).outputs
    made = evaluate(netlist, np.arange(16)[:, None] >> np.arange(4) & 1)
    row = np.zeros(len(made), np.int64)
    for place, (output, bit) in enumerate(shared.places):
        row += (made[:, output].astype(np.int64) >> bit & 1) << place
    assert np.array_equal(shared.codes[row], made)


def test_bits_that_are_computed_are_their_own():
    netlist = tiny_netlist()
    (layer,) = netlist.layers
    tables = np.random.default_rng(0).integers(0, 8, layer.tables.shape)
    assert score_bits(replace(netlist, layers=(replace(layer, tables=tables),))) is None
    decoder = Decoder(("no", "yes"), netlist.decoder.scores, signed=True)
    two = replace(
        netlist,
        layers=(replace(layer, tables=tables),),
        outputs=netlist.outputs[:2],
        decoder=decoder,
    )
    assert score_bits(two).places == tuple((o, b) for o in (0, 1) for b in range(3))
    assert len(score_bits(two).codes) == 1 << MOST_BITS


def test_constants_take_no_bit():
    netlist = tiny_netlist()
    (layer,) = netlist.layers
    tables = np.tile([[5], [2], [7]], (1, 32))
    shared = score_bits(replace(netlist, layers=(replace(layer, tables=tables),)))
    assert shared.places == ()
    assert shared.codes.tolist() == [[5, 2, 7]]


def test_inputs_that_are_outputs_are_bits_of_their_own():
    netlist = tiny_netlist()
    decoder = Decoder(tuple("gqt"), np.arange(4.0), signed=False)
    shared = score_bits(replace(netlist, outputs=np.array([2, 3, 2]), decoder=decoder))
    assert shared.places == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert (shared.codes[:, 0] == shared.codes[:, 2]).all()


@pytest.mark.parametrize(
    ("classes", "luts"),
    # Of five classes, 5, 6 and 7 mean 4: two bits of the index depend on the highest as well.
    [(2, 0), (4, 0), (8, 0), (5, 2), (3, 1), (7, 1), (10, 2)],
)
def test_a_bit_of_the_index_is_a_wire_or_a_lut(classes, luts):
    netlist = wired("index", classes, np.random.default_rng(1))
    assert score_bits(netlist).luts(netlist.decoder) == luts
