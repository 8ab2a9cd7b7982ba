"""The decision as layers: what they decide is what the decoder decides."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import Decoder, Netlist, NetlistBuilder, evaluate
from logicjsc.netlist.decision_layers import with_decision


def scores_alone(classes, width, *, signed=False):
    """A netlist whose outputs are its inputs."""
    scores = np.arange(1 << width, dtype=np.float32)
    if signed:
        scores = np.roll(scores - (1 << (width - 1)), 1 << (width - 1))
    return Netlist(
        "plain",
        tuple(f"s{number}" for number in range(classes)),
        [width] * classes,
        [signed] * classes,
        (),
        range(classes),
        decoder=Decoder(tuple(f"c{number}" for number in range(classes)), scores, signed),
    )


def assert_same_decisions(netlist, decided, codes):
    wanted = netlist.decoder.classify(evaluate(netlist, codes))
    found = decided.decoder.classify(evaluate(decided, codes))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("comparison", ["pairs", "tree", None])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("classes", "width"), [(2, 7), (3, 4), (4, 3), (5, 2), (6, 2), (7, 1)])
def test_the_class_is_right_for_all_scores(classes, width, signed, comparison):
    netlist = scores_alone(classes, width, signed=signed)
    codes = np.array(list(product(range(1 << width), repeat=classes)))
    assert_same_decisions(netlist, with_decision(netlist, comparison), codes)


@pytest.mark.parametrize("comparison", ["pairs", "tree"])
@pytest.mark.parametrize(("classes", "width"), [(5, 9), (5, 12), (10, 8), (9, 16)])
def test_the_class_is_right_for_wide_scores_and_ties(classes, width, comparison):
    netlist = scores_alone(classes, width, signed=width == 12)
    rng = np.random.default_rng(width)
    codes = rng.integers(0, 1 << width, (3000, classes))
    # Scores that are equal, or differ in one bit only.
    codes[:1000] = codes[:1000, :1]
    codes[500:1000] ^= (rng.integers(0, 3, (500, classes)) == 0) << rng.integers(0, width, (500, 1))
    decided = with_decision(netlist, comparison)
    assert_same_decisions(netlist, decided, codes)
    bits = (classes - 1).bit_length()
    assert decided.widths[decided.outputs].tolist() == [2 * bits] * classes


def test_scores_that_share_their_bits_are_looked_up():
    builder = NetlistBuilder("shared")
    bits = [builder.input(f"b{number}", 1) for number in range(3)]
    outputs = [
        builder.tabulate(bits, lambda values, own=own: values[:, own] * 2 + values[:, 2] % 2, 2)
        for own in (0, 1)
    ]
    netlist = builder.build(outputs, decoder=Decoder(("a", "b"), np.arange(4), signed=False))
    decided = with_decision(netlist)
    assert_same_decisions(netlist, decided, np.array(list(product((0, 1), repeat=3))))


@pytest.mark.parametrize("kind", ["binary", "labels"])
@pytest.mark.parametrize(("width", "signed"), [(3, True), (8, False), (13, True)])
def test_thresholds_become_one_bit_for_each_yes(kind, width, signed):
    outputs = 1 if kind == "binary" else 3
    plain = scores_alone(outputs, width, signed=signed)
    for chosen in (-1e6, -2.0, 1.0, 3.0, 1e6):
        names = ("no", "yes") if kind == "binary" else ("a", "b", "c")
        decoder = Decoder(names, plain.decoder.scores, signed, kind, (chosen,) * outputs)
        netlist = Netlist(
            "t",
            plain.input_names,
            plain.input_widths,
            plain.input_signed,
            (),
            plain.outputs,
            decoder=decoder,
        )
        codes = np.arange(1 << width)[:, None].repeat(outputs, axis=1)
        decided = with_decision(netlist)
        assert_same_decisions(netlist, decided, codes)
        assert decided.widths[decided.outputs].tolist() == [1] * outputs


def test_values_need_no_decision_and_nothing_known_is_refused():
    plain = scores_alone(2, 3)
    value = Decoder(("x", "y"), np.arange(8), signed=False, kind="value")
    ends = (plain.input_names, plain.input_widths, plain.input_signed, (), plain.outputs)
    netlist = Netlist("v", *ends, decoder=value)
    assert with_decision(netlist) is netlist
    with pytest.raises(NetlistError, match="does not say what its outputs decide"):
        with_decision(Netlist("n", *ends))
    with pytest.raises(NetlistError, match="one class only"):
        with_decision(scores_alone(1, 3))
