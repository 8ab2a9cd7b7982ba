"""A size of a batch that was written down is found and left open; everything else stays."""

from __future__ import annotations

import numpy as np
import pytest
from reference.typed_models import Writer

from logicjsc.frontend.onnx.lowering.batch import with_free_batch
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import evaluate

SIZE = 4


def integers(writer, *numbers):
    return writer.constant(list(numbers), np.int64)


def reshaped(writer, x):
    box = writer.node("Reshape", x, integers(writer, SIZE, 2, 3))
    return writer.node("Reshape", box, integers(writer, SIZE, -1))


def flattened(writer, x):
    return writer.node("Reshape", x, integers(writer, SIZE, -1))


def expanded(writer, x):
    box = writer.node("Unsqueeze", x, integers(writer, 1))
    wide = writer.node("Expand", box, integers(writer, SIZE, 1, 6))
    return writer.node("Reshape", wide, integers(writer, SIZE, 6))


def by_computed_shape(writer, x):
    shape = writer.node("Concat", integers(writer, SIZE), integers(writer, 3, 2), axis=0)
    return writer.node("Flatten", writer.node("Reshape", x, shape), axis=1)


def tiled(writer, x):
    twice = writer.node("Tile", x, integers(writer, 1, 2))
    box = writer.node("Reshape", twice, integers(writer, SIZE, 2, 6))
    return writer.node("ReduceMax", box, integers(writer, 1), keepdims=0)


WAYS = [reshaped, flattened, expanded, by_computed_shape, tiled]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("declared", [SIZE, "N"])
def test_samples_are_what_they_are_in_a_batch_of_that_size(way, declared):
    writer = Writer(6)
    model = writer.model(
        writer.quantised(way(writer, writer.quantised("x", 0.5)), 1.0, bits=3),
        features=[declared, 6],
    )
    x = np.random.default_rng(0).normal(0, 2, (10 * SIZE, 6)).astype(np.float32)
    batches = [run_once(model, {"x": part})[0] for part in np.split(x, 10)]
    theirs = np.concatenate(batches)
    free, size = with_free_batch(model, "x")
    assert size == SIZE
    np.testing.assert_array_equal(run_once(free, {"x": x})[0], theirs)
    netlist = tabulate(model, "free")
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    np.testing.assert_array_equal(made, theirs)


def test_free_batches_stay_as_they_are():
    writer = Writer(6)
    box = writer.node("Reshape", "x", integers(writer, 0, 2, 3))
    model = writer.model(writer.node("Reshape", box, integers(writer, -1, 6)))
    free, size = with_free_batch(model, "x")
    assert size == 0
    assert free is model


def test_rows_of_a_sample_may_lie_one_behind_the_other():
    """Blocks of all samples, joined along the batch, and rows that are neighbours."""
    for way in ("Concat", "Reshape"):
        writer = Writer(6)
        signals = writer.quantised("x", 0.5)
        if way == "Concat":
            halves = [
                writer.node("Slice", signals, *(integers(writer, n) for n in ends))
                for ends in ((0, 3, 1), (3, 6, 1))
            ]
            joined = writer.node("Concat", *halves, axis=0)
        else:
            joined = writer.node("Reshape", signals, integers(writer, -1, 3))
        weights = writer.constant(np.array([[1.0], [0.3], [-0.7]]))
        rows = writer.quantised(writer.node("MatMul", joined, weights), 0.5)
        if way == "Concat":
            box = writer.node("Reshape", rows, integers(writer, 2, -1))
            out = writer.node("Transpose", box, perm=[1, 0])
        else:
            out = writer.node("Reshape", rows, integers(writer, -1, 2))
        model = writer.model(out)
        x = np.random.default_rng(0).normal(0, 2, (200, 6)).astype(np.float32)
        netlist = tabulate(model, "rows")
        made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
        np.testing.assert_array_equal(made, run_once(model, {"x": x})[0])
