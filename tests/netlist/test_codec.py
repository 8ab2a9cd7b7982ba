"""The ends of a netlist: thresholds in front, class scores and their ties behind."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import DataError, NetlistError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Decoder, Encoder
from logicjsc.netlist.codec import read_words
from logicjsc.netlist.layers import Array

INF = np.inf


def float32s(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, width=32)


def one_input(thresholds: list[float], codes: list[int]) -> Encoder:
    return Encoder(("x",), np.array([0]), np.array([thresholds]), np.array([codes]))


def encode(encoder: Encoder, values: list[float]) -> list[int]:
    return encoder.encode(np.array(values, np.float32)[:, None])[:, 0].tolist()


def test_a_value_exactly_on_a_threshold_has_reached_it_and_its_lower_neighbour_has_not():
    thresholds = np.array([-1.0, 0.0, 0.1, 3.0], np.float32)
    encoder = one_input(thresholds.tolist(), [10, 11, 12, 13, 14])
    below = np.nextafter(thresholds, np.float32(-INF))
    above = np.nextafter(thresholds, np.float32(INF))
    assert encode(encoder, below.tolist()) == [10, 11, 12, 13]
    assert encode(encoder, thresholds.tolist()) == [11, 12, 13, 14]
    assert encode(encoder, above.tolist()) == [11, 12, 13, 14]
    # Both zeros are the same number.
    assert encode(encoder, [-0.0]) == [12]


def test_codes_may_descend_and_repeat():
    assert encode(one_input([-1, 0, 1], [3, 1, 1, 0]), [-2, -1, 0, 1]) == [3, 1, 1, 0]


def test_unused_thresholds_are_never_reached_by_a_finite_value():
    encoder = one_input([0, INF, INF], [0, 1, 2, 3])
    largest = float(np.finfo(np.float32).max)
    assert encode(encoder, [-largest, 0, largest]) == [0, 1, 1]


def test_an_input_without_thresholds_is_constant():
    encoder = Encoder(("x",), np.array([0]), np.empty((1, 0)), np.array([[2]]))
    assert encode(encoder, [-5, 5]) == [2, 2]


@given(st.data())
def test_codes_are_those_of_counting_reached_thresholds_one_by_one(data):
    features = data.draw(st.integers(1, 3))
    inputs = data.draw(st.integers(0, 4))
    most = data.draw(st.integers(0, 4))
    pool = data.draw(st.lists(float32s(-10, 10), min_size=1, max_size=6))
    thresholds = [
        sorted(data.draw(st.sampled_from([*pool, INF])) for _ in range(most)) for _ in range(inputs)
    ]
    codes = [[data.draw(st.integers(0, 255)) for _ in range(most + 1)] for _ in range(inputs)]
    read = [data.draw(st.integers(0, features - 1)) for _ in range(inputs)]
    encoder = Encoder(
        tuple(f"f{index}" for index in range(features)),
        np.array(read),
        np.array(thresholds, np.float32).reshape(inputs, most),
        np.array(codes).reshape(inputs, most + 1),
    )
    samples = data.draw(
        st.lists(st.lists(st.sampled_from(pool), min_size=features, max_size=features), max_size=6)
    )
    found = encoder.encode(np.array(samples, np.float32).reshape(len(samples), features))
    expected = [
        [codes[i][sum(sample[read[i]] >= place for place in thresholds[i])] for i in range(inputs)]
        for sample in samples
    ]
    assert found.dtype == np.uint32
    assert found.shape == (len(samples), inputs)
    assert found.tolist() == expected


def test_features_are_compared_as_float32():
    # 0.1 as float64 lies below 0.1 as float32.
    encoder = one_input([0.1], [0, 1])
    assert encoder.encode(np.array([[0.1]], np.float64)).tolist() == [[1]]


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 3), (3, 2, 1)])
def test_features_of_another_shape_are_refused(shape):
    encoder = Encoder(("a", "b"), np.array([0]), np.array([[0.0]]), np.array([[0, 1]]))
    message = f"features have shape {list(shape)}, the network takes [samples, 2]: 'a', 'b'"
    with pytest.raises(DataError, match=re.escape(message)):
        encoder.encode(np.zeros(shape, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39, -1e39])
def test_features_that_are_no_finite_float32_numbers_are_refused(value):
    features = np.zeros((5, 1))
    features[3] = value
    with pytest.raises(DataError, match=r"feature 'x' of sample 3 is .*; features must be finite"):
        one_input([0.1], [0, 1]).encode(features)


def broken_encoder(**changes: Array | FixedPoint) -> None:
    parts = {
        "features": np.array([0, 1]),
        "thresholds": np.array([[0.0, 1.0], [2.0, 3.0]]),
        "codes": np.array([[0, 1, 2], [2, 1, 0]]),
    }
    Encoder(("a", "b"), **{**parts, **changes})


def test_the_encoder_that_the_next_tests_break_is_whole():
    broken_encoder()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": np.array([0])}, "features, thresholds and codes differ in shape"),
        ({"features": np.array([[0, 1]])}, "features, thresholds and codes differ in shape"),
        ({"codes": np.array([[0, 1], [1, 0]])}, "features, thresholds and codes differ in shape"),
        ({"codes": np.array([0, 1, 2])}, "features, thresholds and codes differ in shape"),
        ({"thresholds": np.array([0.0, 1.0])}, "thresholds need one row per input"),
        ({"thresholds": np.zeros((2, 2, 1))}, "thresholds need one row per input"),
        ({"features": np.array([0, 2])}, "an input reads a feature that does not exist"),
        ({"features": np.array([-1, 0])}, "an input reads a feature that does not exist"),
        ({"thresholds": np.array([[0, 1], [3, 2]])}, "thresholds must be ascending numbers"),
        ({"thresholds": np.array([[0, 1], [2, np.nan]])}, "thresholds must be ascending numbers"),
        ({"thresholds": np.array([[INF, 1], [2, 3]])}, "thresholds must be ascending numbers"),
    ],
)
def test_a_broken_encoder_is_refused(changes, message):
    with pytest.raises(NetlistError, match=f"^encoder: {message}$"):
        broken_encoder(**changes)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (FixedPoint.uniform(0, (0, 0), (0, 0)), "words of 0 bits; they may have 1 to 24"),
        (FixedPoint.uniform(25, (0, 0), (0, 0)), "words of 25 bits; they may have 1 to 24"),
        (FixedPoint((8, 8), (0,), (0, 0)), "2 widths, 1 exponents and 2 lowest words for 2 feat"),
        (FixedPoint((8, 8), (0, 0), (0,)), "2 widths, 2 exponents and 1 lowest words for 2 feat"),
        (FixedPoint((8,), (0, 0), (0, 0)), "1 widths, 2 exponents and 2 lowest words for 2 feat"),
        (FixedPoint.uniform(8, (0, 0), (0, -127)), "unsigned from 0 or signed in two's complement"),
        (FixedPoint.uniform(8, (0, 101), (0, 0)), "the step of a word must lie within"),
    ],
)
def test_words_that_no_feature_has_are_refused(words, message):
    with pytest.raises(NetlistError, match=message):
        broken_encoder(words=words)


@pytest.mark.parametrize(
    "saved", [{}, [], {"bits": 8, "exponents": 1, "lows": [0]}, {"bits": 8, "exponents": [0]}]
)
def test_formats_that_lack_an_entry_are_refused(saved):
    with pytest.raises(NetlistError, match="need bits, exponents and lows"):
        read_words(saved)


@pytest.mark.parametrize("number", [0.5, 8.0, "8", None, True])
def test_formats_of_other_than_whole_numbers_are_refused(number):
    assert read_words({"bits": 8, "exponents": [1], "lows": [0]}) == FixedPoint.uniform(
        8, (1,), (0,)
    )
    for change in ({"bits": number}, {"exponents": [number]}, {"lows": [number]}):
        with pytest.raises(NetlistError, match="must be whole numbers"):
            read_words({"bits": 8, "exponents": [1], "lows": [0]} | change)


def test_the_decoder_scores_codes_by_their_pattern():
    decoder = Decoder(("a", "b"), np.array([0.0, 1.5, -2.0, -0.5]), signed=True)
    codes = np.array([[0, 1], [2, 3]])
    assert decoder.decode(codes).tolist() == [[0.0, 1.5], [-2.0, -0.5]]
    assert decoder.decode(codes).dtype == np.float32
    assert decoder.classify(codes).tolist() == [1, 1]


@pytest.mark.parametrize("signed", [False, True])
def test_the_lowest_class_wins_every_tie(signed):
    width = 2
    values = np.arange(4) - (2 if signed else 0)
    scores = np.empty(4, np.float32)
    scores[values % 4] = values * 0.25 - 1
    decoder = Decoder(("a", "b", "c"), scores, signed)
    every = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    for codes, found in zip(every.tolist(), decoder.classify(every).tolist(), strict=True):
        numbers = [code - 4 if signed and code >> (width - 1) else code for code in codes]
        # list.index finds the first.
        assert found == numbers.index(max(numbers))


@pytest.mark.parametrize(
    ("scores", "signed"),
    [
        ([0, 1, 1, 2], False),
        ([3, 2, 1, 0], False),
        ([0, 1, 2, 3], True),
        ([0, 1, 2, -1], True),
        ([0, 0, 0, 0], False),
        # Different in float64, equal in float32.
        ([0, 1, 1 + 1e-12, 2], False),
    ],
)
def test_scores_that_do_not_rise_with_the_value_are_refused(scores, signed):
    with pytest.raises(NetlistError, match=r"^decoder: scores must rise strictly with the code's"):
        Decoder(("a",), np.array(scores), signed)


@pytest.mark.parametrize("scores", [[0, 1, 2], [], 1, [[[0, 1]]], [[0, 1, 2]], [0, 1, 2, 3, 4]])
def test_the_number_of_scores_is_a_power_of_two(scores):
    with pytest.raises(
        NetlistError, match=r"^decoder: the number of scores must be a power of two"
    ):
        Decoder(("a",), np.array(scores, float), signed=False)


@pytest.mark.parametrize("scores", [[0, 1, 2, np.nan], [0, 1, 2, np.inf], [-1e39, 0, 1, 2]])
@pytest.mark.parametrize("kind", ["classes", "value"])
def test_scores_that_are_no_finite_numbers_are_refused(scores, kind):
    with (
        np.errstate(over="ignore"),
        pytest.raises(NetlistError, match=r"^decoder: scores and thresholds must be finite$"),
    ):
        Decoder(("a",), np.array(scores), signed=False, kind=kind)


NUMBERS = np.arange(4.0)
TWO_ROWS = np.array([[0.0, 1, 2, 3], [5.0, 6, 7, 8]])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((("a", "b", "c"), TWO_ROWS, False, "value"), "there must be scores of every output"),
        ((("no", "yes"), TWO_ROWS, False, "binary", (0.5,)), "there must be scores of every outp"),
        ((("a", "b"), TWO_ROWS, False), "classes need one table of scores for all outputs"),
        ((("a",), NUMBERS, False, "regression"), "'regression' is no kind of target"),
        ((("yes",), NUMBERS, False, "binary", (0.5,)), "a binary target has two names"),
        ((("a", "b", "c"), NUMBERS, False, "binary", (0.5,)), "a binary target has two names"),
        ((("no", "yes"), NUMBERS, False, "binary"), "a threshold for every yes or no"),
        ((("no", "yes"), NUMBERS, False, "binary", (0, 1)), "a threshold for every yes or no"),
        ((("a", "b"), NUMBERS, False, "labels", (0.5,)), "a threshold for every yes or no"),
        ((("a", "b"), NUMBERS, False, "classes", (0, 1)), "a threshold for every yes or no"),
        ((("a",), NUMBERS, False, "value", (0.5,)), "a threshold for every yes or no"),
        ((("no", "yes"), NUMBERS, False, "binary", (np.nan,)), "must be finite"),
        ((("a", "b"), NUMBERS, False, "labels", (0, np.inf)), "must be finite"),
        ((("no", "yes"), NUMBERS[::-1], False, "binary", (0,)), "scores must rise strictly"),
        ((("a", "b"), TWO_ROWS * [[1], [-1]], False, "labels", (0, 0)), "scores must rise stri"),
    ],
)
def test_a_decoder_that_fits_no_target_is_refused(parts, message):
    with pytest.raises(NetlistError, match=f"^decoder: .*{message}"):
        Decoder(*parts)


def by_pattern(values_to_scores, width, *, signed):
    """Scores in the order of the codes' patterns, of scores in the order of their values."""
    return np.roll(values_to_scores, -(1 << (width - 1)), axis=-1) if signed else values_to_scores


def test_outputs_and_their_names_are_those_of_the_kind_of_target():
    classes = Decoder(("a", "b"), NUMBERS, signed=False)
    binary = Decoder(("no", "yes"), NUMBERS, False, "binary", (1.5,))
    labels = Decoder(("a", "b"), NUMBERS, False, "labels", (1.5, 0))
    value = Decoder(("a", "b"), NUMBERS, False, "value")
    assert [entry.outputs for entry in (classes, binary, labels, value)] == [2, 1, 2, 2]
    assert binary.output_names == ("yes",)
    assert all(entry.output_names == ("a", "b") for entry in (classes, labels, value))
    assert classes.code_thresholds == value.code_thresholds == ()


def test_every_output_may_have_scores_of_its_own():
    decoder = Decoder(("a", "b"), TWO_ROWS, False, "labels", (2, 7.5))
    codes = np.array([[0, 0], [2, 2], [3, 3]])
    assert decoder.decode(codes).tolist() == [[0, 5], [2, 7], [3, 8]]
    assert decoder.decode(codes).dtype == np.float32
    assert decoder.classify(codes).tolist() == [[0, 0], [1, 0], [1, 1]]
    assert decoder.code_thresholds == (2, 3)


def test_values_may_fall_and_repeat_and_are_the_decision_themselves():
    decoder = Decoder(("a", "b"), np.array([3.0, 1, 1, -2]), signed=True, kind="value")
    codes = np.array([[0, 1], [2, 3]])
    assert decoder.classify(codes).tolist() == [[3, 1], [1, -2]]
    assert decoder.classify(codes).dtype == np.float32


@given(st.data())
def test_a_score_on_its_threshold_is_affirmed_and_codes_are_compared_as_scores_are(data):
    width, signed = data.draw(st.integers(1, 4)), data.draw(st.booleans())
    outputs, binary = data.draw(st.integers(1, 3)), data.draw(st.booleans())
    outputs = 1 if binary else outputs
    rows = outputs if data.draw(st.booleans()) else 1
    size = 1 << width
    numbers = data.draw(
        st.lists(
            st.lists(float32s(-100, 100), min_size=size, max_size=size, unique=True).map(sorted),
            min_size=rows,
            max_size=rows,
        )
    )
    rising = np.array(numbers, np.float32)
    near = [*rising.ravel().tolist(), *np.nextafter(rising, np.float32(INF)).ravel().tolist()]
    threshold = st.one_of(st.sampled_from(near), float32s(-200, 200))
    thresholds = tuple(data.draw(threshold) for _ in range(outputs))
    scores = by_pattern(rising, width, signed=signed)
    decoder = Decoder(
        ("no", "yes") if binary else tuple(f"label {index}" for index in range(outputs)),
        scores if rows == outputs and (rows > 1 or data.draw(st.booleans())) else scores[0],
        signed,
        "binary" if binary else "labels",
        thresholds,
    )
    lowest = -(size // 2) if signed else 0
    expected, by_code = [], []
    for place in range(size):
        codes = [(lowest + place) % size] * outputs
        own = [rising[output % rows, place] for output in range(outputs)]
        expected.append([int(s >= t) for s, t in zip(own, thresholds, strict=True)])
        by_code.append([int(lowest + place >= code) for code in decoder.code_thresholds])
        assert decoder.decode(np.array([codes])).tolist() == [own]
        decided = decoder.classify(np.array([codes]))
        assert decided.dtype == np.uint8
        assert decided.tolist() == ([expected[-1][0]] if binary else [expected[-1]])
        np.testing.assert_array_equal(decoder.decide(np.array([own], np.float32)), decided)
    assert by_code == expected
    assert all(lowest <= code <= lowest + size for code in decoder.code_thresholds)


def test_the_arrays_are_copies_that_nobody_can_change():
    scores, thresholds = np.array([0.0, 1.0]), np.array([[0.5]])
    decoder = Decoder(("a",), scores, signed=False)
    encoder = Encoder(("x",), np.array([0]), thresholds, np.array([[0, 1]]))
    scores[:] = 9
    thresholds[:] = 9
    assert decoder.scores.tolist() == [0, 1]
    assert encoder.thresholds.tolist() == [[0.5]]
    for array in (decoder.scores, encoder.features, encoder.thresholds, encoder.codes):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
