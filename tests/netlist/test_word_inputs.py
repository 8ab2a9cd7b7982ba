"""The encoder as tables of words, against rounding and encoding one after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.tiny_ends import tiny_netlist

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import evaluate
from logicjsc.netlist.word_inputs import with_word_inputs


@st.composite
def formats(draw):
    alike = draw(st.booleans())
    widths = (draw(st.integers(2, 7)),) * 3 if alike else draw(st.tuples(*[st.integers(1, 7)] * 3))
    exponents = draw(st.tuples(*[st.integers(-6, 3)] * 3))
    signs = draw(st.tuples(*[st.booleans()] * 3))
    lows = tuple(
        -(1 << width - 1) if sign else 0 for width, sign in zip(widths, signs, strict=True)
    )
    return FixedPoint(widths, exponents, lows)


@settings(max_examples=40, deadline=None)
@given(words=formats(), seed=st.integers(0, 2**32 - 1))
def test_it_decides_as_the_network_on_rounded_features(words, seed):
    rng = np.random.default_rng(seed)
    features = (rng.normal(0, 40, (300, 3)) * words.steps()).astype(np.float32)
    # Borders between words and their neighbours, where rounding is delicate.
    borders = ((rng.integers(-80, 80, (200, 3)) - 0.5) * words.steps()).astype(np.float32)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    features = np.concatenate(
        [features, borders, np.nextafter(borders, up), np.nextafter(borders, down)]
    )
    given_netlist = tiny_netlist()
    taken = with_word_inputs(given_netlist, words)
    codes = taken.encoder.encode(features)
    np.testing.assert_array_equal(codes, words.words(features) % (1 << np.array(words.widths)))
    expected = evaluate(given_netlist, given_netlist.encoder.encode(words.values(features)))
    np.testing.assert_array_equal(evaluate(taken, codes), expected)


def test_what_comes_in_are_the_features_and_every_word_has_a_row():
    netlist = tiny_netlist()
    taken = with_word_inputs(netlist, netlist.encoder.words)
    assert taken.input_names == ("p", "q", "r")
    assert taken.input_widths.tolist() == [4, 4, 4]
    assert taken.input_signed.tolist() == [True, False, False]
    assert taken.depth == netlist.depth + 1
    assert taken.layers[0].tables.shape == (4, 16)


def test_words_of_each_width_have_tables_of_their_own():
    netlist = tiny_netlist()
    taken = with_word_inputs(netlist, FixedPoint((4, 1, 4), (-1, 0, 0), (-8, 0, 0)))
    assert taken.input_widths.tolist() == [4, 1, 4]
    first, second, third = taken.layers
    assert (first.stage, second.stage, third.stage) == (1, 1, 2)
    # Of the inputs, the one that reads the bit has two rows, the others sixteen.
    assert (first.tables.shape, second.tables.shape) == ((1, 2), (3, 16))
    assert len({first.name, second.name, third.name}) == 3


def test_what_cannot_take_words_is_refused_by_name():
    netlist = tiny_netlist()
    with pytest.raises(NetlistError, match="words of 17 bits are too wide"):
        with_word_inputs(netlist, FixedPoint.uniform(17, (0, 0, 0), (0, 0, 0)))
    with pytest.raises(NetlistError, match="words of 17 bits are too wide"):
        with_word_inputs(netlist, FixedPoint((1, 17, 4), (0, 0, 0), (0, 0, 0)))
    with pytest.raises(NetlistError, match="for 3 features"):
        with_word_inputs(netlist, FixedPoint.uniform(4, (0, 0), (0, 0)))
    from dataclasses import replace

    bare = replace(netlist, encoder=None)
    with pytest.raises(NetlistError, match="has no encoder"):
        with_word_inputs(bare, netlist.encoder.words)
