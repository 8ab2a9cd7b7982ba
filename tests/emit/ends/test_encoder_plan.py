from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.ends_reference import netlist_with_ends, reference_code
from reference.random_encoders import with_encoder
from reference.random_netlists import random_netlist

from logicjsc.core.errors import CircuitError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.ends.encoder_plan import FeatureSteps, InputSteps, plan_encoder, word_encoder
from logicjsc.emit.verilog import CircuitOptions
from logicjsc.netlist import Encoder


def formats(draw, features):
    widths = draw(st.lists(st.integers(1, 7), min_size=features, max_size=features))
    signed = draw(st.lists(st.booleans(), min_size=features, max_size=features))
    exponents = draw(st.lists(st.integers(-4, 2), min_size=features, max_size=features))
    lows = tuple(
        -(1 << width - 1) if sign else 0 for width, sign in zip(widths, signed, strict=True)
    )
    return FixedPoint(tuple(widths), tuple(exponents), lows)


def code_of(entry, word):
    """What the steps say: the code from the last threshold that the word has reached."""
    code = entry.first
    for threshold, after in zip(entry.thresholds, entry.codes, strict=True):
        code = after if word >= threshold else code
    return code


@given(st.data(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_steps_are_the_encoder_on_every_word(data, seed):
    netlist = with_encoder(random_netlist(seed), seed)
    words = formats(data.draw, len(netlist.encoder.feature_names))
    live = data.draw(st.sets(st.integers(0, netlist.inputs - 1)))
    options = CircuitOptions(encoder=True, words=words)
    planned = plan_encoder(netlist, options, live)
    assert {entry.signal for feature in planned for entry in feature.inputs} == live
    for index, feature in enumerate(planned):
        assert (feature.width, feature.low) == (words.widths[index], words.lows[index])
        for entry in feature.inputs:
            assert netlist.encoder.features[entry.signal] == index
            for word in range(feature.low, feature.high + 1):
                pattern = word % (1 << words.widths[index])
                expected = reference_code(netlist.encoder, entry.signal, pattern, words)
                assert code_of(entry, word) == expected
            # Nothing that could be left away: each threshold lies in the range and changes a code.
            assert all(feature.low < step <= feature.high for step in entry.thresholds)
            before = (entry.first, *entry.codes)
            assert all(old != new for old, new in zip(before, entry.codes, strict=False))


def steps(width, first, thresholds, codes):
    return InputSteps(0, width, first, tuple(thresholds), tuple(codes))


@pytest.mark.parametrize(
    ("entry", "lsb"),
    [
        (steps(3, 4, range(-12, 13, 4), (5, 6, 7, 0, 1, 2, 3)), 2),
        (steps(2, 1, (8, 16), (2, 3)), 3),
        (steps(2, 3, (3, 4), (0, 1)), 0),
        (steps(2, 1, (9, 17), (2, 3)), None),  # not at multiples of the step
        (steps(2, 1, (6, 12), (2, 3)), None),  # no power of two
        (steps(2, 0, (4, 8, 16), (1, 2, 3)), None),  # no even grid
        (steps(2, 3, (8, 16), (2, 1)), None),  # falling
        (steps(2, 0, (8, 16), (1, 3)), None),  # a jump
        (steps(1, 0, (8,), (1,)), None),  # one comparator
    ],
)
def test_codes_on_a_grid_of_a_power_of_two_are_selections(entry, lsb):
    assert entry.selected_from == lsb


def test_the_kind_of_a_feature_is_that_of_all_its_inputs():
    grid = steps(2, 0, (4, 8, 12), (1, 2, 3))
    other = steps(2, 0, (5, 8), (1, 2))
    constant = steps(2, 3, (), ())
    feature = FeatureSteps("f", 4, 0, -2, (grid, constant))
    assert (feature.kind, feature.comparators) == ("selection", 0)
    feature = replace(feature, inputs=(grid, other))
    assert (feature.kind, feature.comparators) == ("comparators", 4)
    assert feature.thresholds == (4, 5, 8, 12)
    assert replace(feature, inputs=(constant,)).kind == "constant"
    assert replace(feature, inputs=()).kind == "unused"


def test_a_threshold_is_the_first_word_that_reaches_it():
    words = FixedPoint.uniform(5, (-2,), (-16,))
    thresholds = np.array([[-9.0, -1.01, -1.0, 0.0, 0.01, 3.75, 3.76]])
    codes = np.arange(8)[None]
    netlist = replace(
        random_netlist(0, inputs=1, widest_input=1),
        input_widths=np.array([3]),
        layers=(),
        outputs=np.array([0]),
        encoder=Encoder(("f",), np.array([0]), thresholds, codes),
    )
    (feature,) = plan_encoder(netlist, CircuitOptions(encoder=True, words=words), {0})
    (entry,) = feature.inputs
    # -9 is below all words and 3.76 above; -1.01 and -1 are both reached at -4.
    assert (entry.first, entry.thresholds, entry.codes) == (1, (-4, 0, 1, 15), (3, 4, 5, 6))


class TestRefusals:
    def test_without_an_encoder(self):
        with pytest.raises(CircuitError, match="does not say how features become codes"):
            word_encoder(random_netlist(0), CircuitOptions(encoder=True))

    def test_without_words(self):
        netlist = netlist_with_ends(0)
        netlist = replace(netlist, encoder=replace(netlist.encoder, words=None))
        with pytest.raises(CircuitError, match="--encoder-bits"):
            word_encoder(netlist, CircuitOptions(encoder=True))

    def test_with_the_words_of_other_features(self):
        words = FixedPoint.uniform(8, (0,), (0,))
        with pytest.raises(CircuitError, match="1 lowest words for 3 features"):
            word_encoder(netlist_with_ends(0), CircuitOptions(encoder=True, words=words))
