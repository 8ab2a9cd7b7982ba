"""Forms of tensors: what is added, in which steps, and what ends a form."""

import numpy as np
import pytest
from reference.onnx_builder import Builder, Quant

from logicjsc.frontend.onnx.exactness import is_power_of_two, is_shift
from logicjsc.frontend.onnx.forms import FormTracker
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantised import QuantisedModel


def form_of(builder, values):
    """The form of a tensor, its row of weights as dictionaries, and the tracker."""
    graph = Graph(builder.proto(values.name, len(values)))
    model = QuantisedModel.__new__(QuantisedModel)
    model.graph = graph
    quantisers = {entry.codes: entry for entry in model._find_quantisers()}
    columns = graph.features + sum(entry.size for entry in quantisers.values())
    tracker = FormTracker(graph, quantisers, columns)
    form = tracker.forms.get(values.name)
    return form, tracker


def test_a_form_holds_steps_constants_and_reach():
    builder = Builder(3)
    x = builder.quantise_features(builder.features, Quant(3, scale=0.25, zero_point=2))
    form, _ = form_of(builder, builder.gemm(x, [[1, -2, 0], [0, 0, 4]], [0, 0]))
    rows = [[entry.tolist() for entry in form.row(element)] for element in (0, 1)]
    assert rows == [[[3, 4], [0.25, -0.5]], [[5], [1.0]]]
    assert form.constants.tolist() == [-0.5 + 1.0, -2.0]
    assert form.units.tolist() == [0.25, 1.0]
    # Codes 0 to 7 around 2: two steps below and five above.
    assert form.above.tolist() == [5 * 0.25 + 2 * 0.5, 5 * 1.0]
    assert form.below.tolist() == [2 * 0.25 + 5 * 0.5, 2 * 1.0]
    assert form.reach.tolist() == [3.0, 5.0]


def test_what_cancels_still_counts_for_the_reach():
    builder = Builder(2)
    x = builder.quantise_features(builder.features, Quant(3, scale=1.0))
    double = builder.added(x, x)
    form, _ = form_of(builder, builder.added(double, x, kind="Sub"))
    assert form.row(0)[1].tolist() == [1.0]
    assert form.reach.tolist() == [14.0, 14.0]  # of 7 + 7 - 7


@pytest.mark.parametrize("bits", [7, 8])
def test_sums_are_exact_up_to_24_bits(bits):
    """Two codes of 7 bits times 65,535 stay below 2**24, two of 8 bits do not."""
    builder = Builder(2)
    scale = 65535.0  # sixteen bits of ones
    x = builder.quantise_features(builder.features, Quant(bits, scale=scale, clip=bits < 8))
    _, tracker = form_of(builder, builder.gemm(x, [[1, 1]], [0]))
    (flaw,) = tracker.flaws.values() or [""]
    assert ("not hold its sums exactly" in flaw) == (bits == 8)


def test_numbers_are_told_apart():
    numbers = np.array([1.0, 0.5, 1024.0, 0.0, 3.0, -2.0, 0.75, np.inf])
    assert is_power_of_two(numbers).tolist() == [True, True, True, *[False] * 5]
    assert is_shift(numbers).tolist() == [True, True, True, True, False, True, False, False]


@pytest.mark.parametrize("ends", ["alpha", "relu", "activations multiplied"])
def test_anything_else_ends_a_form(ends):
    builder = Builder(2)
    x = builder.quantise_features(builder.features, Quant(3))
    if ends == "relu":
        values = builder.activated(builder.gemm(x, [[1, 1]], [0]), "Relu")
    else:
        values = builder.added(x, x)
        builder.nodes.pop()
        kind, attributes = ("Mul", {}) if ends != "alpha" else ("Gemm", {"alpha": 0.3, "transB": 1})
        right = x.name if kind == "Mul" else builder.constant(np.eye(2))
        values = type(values)(builder.node(kind, x.name, right, **attributes), values.sums)
    form, tracker = form_of(builder, values)
    assert form is None
    assert not tracker.flaws
