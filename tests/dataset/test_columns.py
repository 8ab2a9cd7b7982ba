"""Columns become numbers, words, bits and categories, told by the settings or by their looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import DataError
from logicjsc.dataset.columns import (
    encode_columns,
    fit_column,
    is_number,
    kinds_of,
    missing_rows,
    numbers_of,
    refuse_infinite,
    refuse_missing,
)
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.schema import Column
from logicjsc.dataset.table import Table, joined


def table(**columns):
    arrays = {
        name: np.array(column, object if any(isinstance(entry, str) for entry in column) else None)
        for name, column in columns.items()
    }
    return Table(arrays, "here")


def kind(column, **settings):
    return kinds_of(table(x=column), ("x",), DataConfig(**settings))["x"]


def fitted(column, kind_, **settings):
    return fit_column(table(x=column), "x", kind_, DataConfig(**settings))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([0.5, 1.5, 2.5], "number"),
        ([1.0, 2.0, 3.0], "number"),  # whole by chance: floats are numbers
        ([1, 2, 3], "word"),
        ([-3, 0, 3], "word"),
        ([0, 65535], "word"),
        ([0, 65536], "number"),
        ([-32768, 32767], "word"),
        ([-32768, 32768], "number"),
        ([-32769, 0], "number"),
        ([0, 1, 1], "bit"),
        ([0.0, 1.0], "bit"),
        ([True, False], "bit"),
        ([0, 0, 0], "word"),  # never 1: nothing says that it is a bit
        ([0.0, 1.0, np.nan], "number"),
        (["red", "green"], "category"),
        (["red", None, "green"], "category"),
        (["1", "2"], "category"),  # texts that somebody took care to keep as texts
        (["red", "1", "green"], "category"),
    ],
)
def test_what_a_column_looks_like(column, expected):
    assert kind(column) == expected


@pytest.mark.parametrize("chosen", ["number", "word", "bit", "category"])
def test_the_settings_beat_the_looks(chosen):
    key = {"category": "categories"}.get(chosen, f"{chosen}s")
    assert kind([0, 1, 1], **{key: "x"}) == chosen
    assert kind([0, 1, 1], **{key: ("x",)}) == chosen


def test_several_columns_are_named_with_commas_or_in_a_list():
    several = table(a=[1, 2], b=[1, 2], c=[1, 2])
    for names in ("a, c", ("a", "c"), ["a", "c"]):
        kinds = kinds_of(several, ("a", "b", "c"), DataConfig(numbers=names))
        assert kinds == {"a": "number", "b": "word", "c": "number"}


def test_a_setting_for_a_column_that_is_not_there_is_refused():
    with pytest.raises(
        DataError, match=r"data\.bits names 'y', which is no feature of here; it has"
    ):
        kind([0, 1], bits="y")
    message = "column 'x' stands in data.categories and as a number"
    with pytest.raises(DataError, match=message):
        kind([0, 1], numbers="x", categories="x")


def test_pixels_are_alike():
    grey = table(
        pixel_r0_c0=[0, 1, 1], pixel_r0_c1=[0, 7, 255], pixel_r1_c0=[0, 0, 0], lit=[0, 1, 1]
    )
    kinds = kinds_of(grey, grey.names, DataConfig())
    assert list(kinds.values()) == ["word", "word", "word", "bit"]
    assert kinds_of(grey, grey.names, DataConfig(bits="pixel_r0_c0"))["pixel_r0_c0"] == "bit"
    black = table(pixel_r0_c0=[0, 1, 1], pixel_r0_c1=[0, 1, 0])
    assert set(kinds_of(black, black.names, DataConfig()).values()) == {"bit"}
    real = table(pixel_r0_c0=[0.0, 1.0, 1.0], pixel_r0_c1=[0.0, 0.5, 1.0])
    assert set(kinds_of(real, real.names, DataConfig()).values()) == {"number"}


def test_a_text_among_numbers_is_named_by_row():
    message = (
        r"here: column 'x' holds 'many' in row 2 \(counted from 0\), which is no number; mend "
    )
    with pytest.raises(DataError, match=message):
        kind(["1", "2.5", "many", "4", "few"])
    with pytest.raises(DataError, match="column 'x' holds 'red' in row 0"):
        fitted(["red", "green"], "number")
    with pytest.raises(DataError, match=r"column 'x' holds 'red' in row 1 .*data.categories or"):
        encode_columns(table(x=["1", "red"]), [Column("x")])


def test_a_row_is_that_of_the_file_whatever_was_left_out_or_joined():
    first, second = table(x=["1", "2", "3"]), table(x=["4", "5", "many"])
    both = joined([first, Table(second.columns, "there")], "folder")
    message = r"folder: column 'x' holds 'many' in row 2 \(counted from 0\) of there, which is no"
    with pytest.raises(DataError, match=message):
        numbers_of(both, "x")
    with pytest.raises(DataError, match=message):
        numbers_of(both.take(np.array([4, 5])).take(np.array([1])), "x")
    assert both.place(1) == "row 1 (counted from 0) of here"


@pytest.mark.parametrize("column", [[None, None], [np.nan, np.nan]])
def test_an_empty_column_is_refused(column):
    empty = Table({"x": np.array(column, object if column[0] is None else float)}, "here")
    with pytest.raises(DataError, match=r"column 'x' is empty; leave it out with data.ignore"):
        fit_column(empty, "x", "number", DataConfig(missing="mean"))
    if column[0] is None:
        with pytest.raises(DataError, match="column 'x' is empty"):
            kinds_of(empty, ("x",), DataConfig())


def test_numbers_and_bits_keep_their_values():
    columns = (fitted([0.5, -1.5], "number"), Column("b", "bit"))
    encoded = encode_columns(table(x=[0.1, 2.0, -3.0], b=[True, False, True]), columns)
    assert encoded.dtype == np.float32
    np.testing.assert_array_equal(encoded, np.array([[0.1, 1], [2, 0], [-3, 1]], np.float32))


def test_a_word_has_the_range_of_the_training_samples():
    word = fitted([3, -2, 9], "word")
    assert (word.lowest, word.highest) == (-2, 9)
    np.testing.assert_array_equal(encode_columns(table(x=[20, -7]), [word]), [[20], [-7]])
    assert fitted([3.0, 5.0], "word") == Column("x", "word", 3, 5)


@pytest.mark.parametrize("column", [[0.5, 2.0], [0, 65536], [-40000, 1]])
def test_what_is_no_word_is_refused(column):
    message = "column 'x' is no word: it must hold whole numbers of at most 16 bits, and holds "
    with pytest.raises(DataError, match=message):
        fitted(column, "word")


def test_a_category_is_one_hot_or_binary_and_an_unknown_value_is_none():
    asked = table(x=["red", "blue", "violet", "green"])
    hot = fitted(["red", "green", "blue", "red"], "category")
    assert hot.values == ("blue", "green", "red")
    assert hot.features == ("x=blue", "x=green", "x=red")
    np.testing.assert_array_equal(
        encode_columns(asked, [hot]), [[0, 0, 1], [1, 0, 0], [0, 0, 0], [0, 1, 0]]
    )
    binary = fitted(["red", "green", "blue", "red"], "category", category_code="binary")
    assert binary.features == ("x#0", "x#1")
    np.testing.assert_array_equal(encode_columns(asked, [binary]), [[1, 1], [1, 0], [0, 0], [0, 1]])


@given(st.lists(st.sampled_from("abcdefghi"), min_size=1, max_size=30))
def test_codes_of_a_category_tell_all_its_values_apart(entries):
    for code in ("one-hot", "binary"):
        column = fitted(entries, "category", category_code=code)
        encoded = encode_columns(table(x=[*sorted(set(entries)), "unknown"]), [column])
        assert encoded.shape[1] == len(column.features)
        assert len(np.unique(encoded, axis=0)) == len(set(entries)) + 1
        assert not encoded[-1].any()


def test_numbers_can_be_categories_and_are_the_same_whether_some_are_missing():
    column = fitted([3, 1, 3], "category")
    assert column.values == ("1", "3")
    asked = table(x=[3.0, np.nan, 1.0])
    np.testing.assert_array_equal(encode_columns(asked, [column]), [[0, 1], [0, 0], [1, 0]])
    assert fitted([2.5, np.nan, 1.0], "category").values == ("(missing)", "1", "2.5")
    assert fitted([True, False], "category").values == ("False", "True")
    assert fitted(["a", None], "category").values == ("(missing)", "a")


def test_too_many_categories_are_refused():
    entries = [f"text {row}" for row in range(1025)]
    message = (
        "column 'x' has 1,025 different texts; at most 1,024 make categories. If it identifies"
    )
    with pytest.raises(DataError, match=message):
        fitted(entries, "category")
    assert len(fitted(entries[1:], "category").features) == 1024


@pytest.mark.parametrize(
    ("kind_", "column", "fill"),
    [
        ("number", [1.0, np.nan, 2.0], 1.5),
        ("word", [1.0, np.nan, 4.0], 2.0),
        ("bit", [0.0, 1.0, np.nan, 1.0], 1.0),
    ],
)
def test_a_missing_number_becomes_the_mean_where_that_is_wanted(kind_, column, fill):
    filled = fitted(column, kind_, missing="mean")
    assert filled.fill == fill
    np.testing.assert_array_equal(encode_columns(table(x=[np.nan, 1]), [filled]), [[fill], [1]])
    assert fitted(column, kind_).fill is None


def test_a_column_that_is_not_there_is_named():
    message = "here has no column 'y'; it has 'x'"
    with pytest.raises(DataError, match=message):
        encode_columns(table(x=[1]), [Column("y")])


def test_of_thousands_of_columns_three_and_their_number_are_named():
    wide = Table({f"column {place}": np.zeros(2) for place in range(10_000)}, "here")
    with pytest.raises(DataError) as caught:
        encode_columns(wide, [Column("y")])
    assert str(caught.value) == (
        "here has no column 'y'; it has 'column 0', 'column 1', 'column 2', ... (10,000 in all)"
    )


def test_no_columns_give_no_features():
    assert encode_columns(table(x=[1, 2]), []).shape == (2, 0)


def test_missing_values_are_found_and_refused_by_row_and_column():
    holes = table(a=[1.0, np.nan, 3.0, np.nan], b=["x", "y", None, "z"], c=[1, 2, 3, 4])
    assert missing_rows(holes, ("a", "b", "c")).tolist() == [1, 2, 3]
    assert missing_rows(holes, ("c",)).tolist() == []
    refuse_missing(holes, ("c",), advice="")
    with pytest.raises(DataError) as caught:
        refuse_missing(holes, ("c", "a"), advice="mend it")
    assert str(caught.value) == (
        "here: column 'a' has no value in row 1 (counted from 0); 2 values are missing; mend it"
    )


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39, -1e300])
def test_infinities_are_refused_by_row_and_column(value):
    holes = table(a=[1.0, np.nan, 3.0], b=[1.0, 2.0, value], c=[1, 2, 10**18], d=["x", "y", "z"])
    refuse_infinite(holes, ("a", "c", "d"))
    with pytest.raises(DataError) as caught:
        refuse_infinite(holes, ("a", "b"))
    assert str(caught.value) == (
        f"here: column 'b' is {np.float64(value)} in row 2 (counted from 0) (1 values are infinite "
        f"or beyond float32); mend it, or leave the column out with data.ignore"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", True), (" -2.5e3 ", True), ("", True), ("NaN", True), ("?", True), ("inf", True),
     ("1_000", False), ("0x1", False), ("one", False), ("1,5", False)],
)  # fmt: skip
def test_which_texts_are_numbers(text, number):
    assert is_number(text) == number
    if number:
        (value,) = numbers_of(table(x=[text]), "x")
        assert np.isnan(value) == (text in {"", "NaN", "?"})
