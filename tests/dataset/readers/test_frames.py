"""Data frames of pandas, polars and pyarrow, and arrays, give the same table as a file."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from reference.small_tables import lamps, write_csv

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig
from logicjsc.dataset.load import from_memory
from logicjsc.dataset.readers import read_table
from logicjsc.dataset.readers.frames import array_table, frame_table, is_frame, target_pairs
from logicjsc.dataset.table import refuse_unusable

LAMPS = lamps(30)


def polars_frame(columns):
    import polars as pl

    return pl.DataFrame(columns)


def pyarrow_table(columns):
    import pyarrow as pa

    return pa.table(columns)


MAKERS = [pd.DataFrame, polars_frame, pyarrow_table]


@pytest.mark.parametrize("make", MAKERS)
def test_a_frame_is_what_its_file_would_be(tmp_path, make):
    frame = make(LAMPS)
    assert is_frame(frame)
    table = frame_table(frame, "a frame")
    read = read_table(write_csv(tmp_path / "a.csv", LAMPS))
    assert table.names == read.names
    assert table.source == "a frame"
    for name in read.names:
        assert table.columns[name].tolist() == read.columns[name].tolist()
        assert table.columns[name].dtype.kind == read.columns[name].dtype.kind


@pytest.mark.parametrize("make", MAKERS)
def test_missing_values_of_a_frame(make):
    holes = {
        "i": [1, None, 3],
        "f": [0.5, None, 2.5],
        "b": [True, None, False],
        "t": ["a", None, "c"],
    }
    table = frame_table(make(holes), "here")
    np.testing.assert_array_equal(table.columns["i"], [1, np.nan, 3])
    np.testing.assert_array_equal(table.columns["f"], [0.5, np.nan, 2.5])
    np.testing.assert_array_equal(table.columns["b"], [1, np.nan, 0])
    assert table.columns["t"].tolist() == ["a", None, "c"]


def test_types_of_pandas_that_know_missing_values():
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None, 3], "Int64"),
            "f": pd.array([0.5, None, 2.5], "Float64"),
            "b": pd.array([True, None, False], "boolean"),
            "t": pd.array(["a", None, "c"], "string"),
            "c": pd.Categorical(["x", None, "y"]),
            "whole": pd.array([1, 2, 3], "Int64"),
        }
    )
    table = frame_table(frame, "here")
    np.testing.assert_array_equal(table.columns["i"], [1, np.nan, 3])
    np.testing.assert_array_equal(table.columns["f"], [0.5, np.nan, 2.5])
    np.testing.assert_array_equal(table.columns["b"], [1, np.nan, 0])
    assert table.columns["t"].tolist() == ["a", None, "c"]
    assert table.columns["c"].tolist() == ["x", None, "y"]
    assert table.columns["whole"].tolist() == [1, 2, 3]


def test_columns_without_a_name_or_under_one_name_are_refused():
    values = np.zeros((3, 2))
    with pytest.raises(DataError, match=r"^here: column 2 has no name; name it$"):
        frame_table(pd.DataFrame(values, columns=["a", None]), "here")
    with pytest.raises(DataError, match=r"^here: column 2 has no name; name it in the header$"):
        frame_table(pd.DataFrame(values, columns=["a", ""]), "here")
    with pytest.raises(DataError, match=r"^here has column 'a' twice; remove one$"):
        frame_table(pd.DataFrame(values, columns=["a", "a"]), "here")
    assert frame_table(pd.DataFrame(values), "here").names == ("0", "1")


@pytest.mark.parametrize("column", [pd.to_datetime(["2026-01-01"] * 3), np.zeros(3, "c8")])
def test_a_column_that_holds_neither_numbers_nor_texts_is_refused(column):
    message = "^here: column 'odd' holds .*, neither numbers nor texts; leave it out with ignore$"
    table = frame_table(pd.DataFrame({"x": [1, 2, 3], "odd": column}), "here")
    refuse_unusable(table, ["x"])
    with pytest.raises(DataError, match=message):
        refuse_unusable(table, ["x", "odd"])


def test_a_frame_without_rows_or_columns_is_refused():
    with pytest.raises(DataError, match=r"^here has no columns$"):
        frame_table(pd.DataFrame(), "here")
    with pytest.raises(DataError, match=r"^here: there are no samples$"):
        frame_table(pd.DataFrame({"x": []}), "here")


def test_arrays_and_lists_are_no_frames():
    for data in (np.zeros((2, 2)), [[1, 2], [3, 4]], {"a": [1]}, "a.csv"):
        assert not is_frame(data)


def test_arrays_have_names_by_their_shape_or_those_given():
    assert array_table(np.zeros((2, 3)), [0, 1], "here").names == ("x0", "x1", "x2", "y")
    assert array_table([[1, 2], [3, 4]], [0, 1], "here", ("a", "b")).names == ("a", "b", "y")
    assert array_table(np.zeros((2, 28, 28)), [0, 1], "here").names[339] == "pixel_r12_c03"
    with pytest.raises(DataError, match=r"X has shape \[2, 3\], but 2 features are named"):
        array_table(np.zeros((2, 3)), [0, 1], "here", ("a", "b"))


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (np.array([0, 1, 0]), ("y",)),
        ([0, 1, 0], ("y",)),
        (np.array(["a", "b", "a"]), ("y",)),
        (pd.Series([0, 1, 0], name="label"), ("label",)),
        (pd.Series([0, 1, 0]), ("y",)),
        (pd.Series([0, 1, 0], name="x"), ("target_x",)),  # that is a feature already
        (np.zeros((3, 2)), ("y_0", "y_1")),
        (pd.DataFrame({"wet": [0, 1, 0], "cold": [0, 0, 1]}), ("wet", "cold")),
    ],
)
def test_a_target_apart_has_a_name_that_is_free(target, names):
    features = frame_table(pd.DataFrame({"x": [1, 2, 3]}), "here")
    pairs = target_pairs(target, features)
    assert tuple(name for name, _ in pairs) == names
    assert all(len(values) == 3 for _, values in pairs)


def test_a_target_of_another_length_is_refused():
    features = frame_table(pd.DataFrame({"x": [1, 2, 3]}), "here")
    message = "^here has 3 samples of features, but 2 of the target$"
    for target in ([0, 1], pd.Series([0, 1]), pd.DataFrame({"a": [0, 1]})):
        with pytest.raises(DataError, match=message):
            target_pairs(target, features)


DAY = dt.date(2026, 1, 1)
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
PRICES = [Decimal("1.50"), None, Decimal("2.25")]


def of_pandas(values, **how):
    return pd.DataFrame({"x": pd.Series(values, **how)})


def of_arrow(values, kind=None):
    return pa.table({"x": pa.array(values, kind)})


def of_polars(values, kind=None):
    return pl.DataFrame({"x": pl.Series(values, dtype=kind)})


@pytest.mark.parametrize(
    "frame",
    [
        of_pandas(PRICES),
        of_pandas(PRICES, dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
        of_arrow(PRICES),
        of_arrow(PRICES, pa.decimal256(50, 2)),
        of_polars(PRICES),
    ],
)
def test_decimals_are_numbers(frame):
    np.testing.assert_array_equal(frame_table(frame, "here").columns["x"], [1.5, np.nan, 2.25])


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (pa.table({"x": pa.array([3, None, 4]).dictionary_encode()}), [3, np.nan, 4]),
        (of_arrow([True, None, False]), [1, np.nan, 0]),
        (of_pandas([1, None, 2], dtype=pd.ArrowDtype(pa.int64())), [1, np.nan, 2]),
        (of_polars([1, None, 2]), [1, np.nan, 2]),
        (of_pandas(pd.arrays.SparseArray([1, 0, 2])), [1, 0, 2]),
    ],
)
def test_missing_numbers_stay_missing(frame, expected):
    np.testing.assert_array_equal(frame_table(frame, "here").columns["x"], expected)


@pytest.mark.parametrize(
    "frame",
    [
        pa.table({"x": pa.array(["u", None, "v"]).dictionary_encode()}),
        of_arrow([b"u", None, b"v"]),
        of_pandas([b"u", None, b"v"], dtype=object),
        of_pandas(["u", None, "v"], dtype="category"),
        of_polars(["u", None, "v"], pl.Categorical),
        of_polars(["u", None, "v"], pl.Enum(["u", "v"])),
    ],
)
def test_texts_of_any_library_are_texts(frame):
    assert frame_table(frame, "here").columns["x"].tolist() == ["u", None, "v"]


def test_intervals_are_categories():
    table = frame_table(pd.DataFrame({"x": pd.cut([1, 2, 9], 2)}), "here")
    assert len(set(table.columns["x"].tolist())) == 2


@pytest.mark.parametrize(
    "frame",
    [
        of_pandas([DAY] * 3),
        of_pandas([NOON] * 3),
        of_pandas([NOON] * 3, dtype=object),
        of_pandas([NOON - NOON] * 3),
        of_pandas([DAY] * 3, dtype=pd.ArrowDtype(pa.date32())),
        of_pandas([[1], [2], [3]]),
        of_pandas([{"a": 1}] * 3),
        of_arrow([DAY] * 3),
        of_arrow([NOON] * 3),
        of_arrow([[1], [2], [3]]),
        of_arrow([{"a": 1}] * 3),
        of_polars([DAY] * 3),
        of_polars([NOON] * 3),
        of_polars([[1], [2], [3]]),
        of_polars([{"a": 1}] * 3),
    ],
)
def test_times_and_structures_are_refused_unless_they_are_left_out(frame):
    table = frame_table(frame, "here")
    with pytest.raises(DataError, match=r"column 'x' holds .*, neither numbers nor texts; leave"):
        refuse_unusable(table, ["x"])
    refuse_unusable(table, [])


def test_a_column_that_is_left_out_may_hold_anything():
    rows = 40
    frame = pd.DataFrame(
        {"a": np.arange(rows) * 0.1, "y": ["u", "v"] * (rows // 2), "t": [DAY] * rows}
    )
    dataset = from_memory(frame, "y", DataConfig(ignore="t"))
    assert dataset.train.feature_names == ("a",)
    with pytest.raises(DataError, match="column 't' holds entries of type date"):
        from_memory(frame, "y", DataConfig())


@pytest.mark.parametrize("frame", [of_pandas([b"\xff"], dtype=object), of_arrow([b"\xff"])])
def test_bytes_that_are_no_text(frame):
    with pytest.raises(DataError, match=r"here: column 'x' (holds bytes|cannot be read)"):
        frame_table(frame, "here")
