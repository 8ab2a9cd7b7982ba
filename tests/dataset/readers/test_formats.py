"""Every format gives the same table."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.jet_formats import write_hdf5, write_parquet
from reference.small_tables import csv_text, lamps

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers import data_files, holds_samples, kind_of, read_table
from logicjsc.dataset.table import is_numeric

LAMPS = lamps(40)
"""Numbers, words, bits and texts."""


def assert_read(path, format_, expected=LAMPS, *, source=None):
    table = read_table(path)
    assert (table.format, table.source) == (format_, source or str(path))
    assert table.names == tuple(expected)
    assert len(table) == len(next(iter(expected.values())))
    for name, column in expected.items():
        assert table.columns[name].tolist() == column, name
    return table


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def arff_text(columns):
    texts = [name for name, column in columns.items() if isinstance(column[0], str)]
    lines = ["% about lamps", "@RELATION lamps", ""]
    for name, column in columns.items():
        values = ",".join(dict.fromkeys(map(str, column)))
        lines.append(f"@ATTRIBUTE {name} {'{' + values + '}' if name in texts else 'NUMERIC'}")
    return "\n".join([*lines, "", "@DATA", *csv_text(columns).splitlines()[1:]]) + "\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.data", "a"])
def test_text_with_any_separator_under_any_name(tmp_path, separator, name):
    assert_read(written(tmp_path / name, csv_text(LAMPS, separator)), "CSV")


def test_text_as_other_programs_write_it(tmp_path):
    lines = csv_text(LAMPS).splitlines()
    quoted = '"' + lines[0].replace(",", '", "') + '"'
    text = "\r\n".join(["", quoted, *lines[1:]])  # no newline at the end
    assert_read(written(tmp_path / "a.csv", b"\xef\xbb\xbf" + text.encode()), "CSV")
    import pandas as pd

    pd.DataFrame(LAMPS).to_csv(tmp_path / "b.csv")
    assert_read(tmp_path / "b.csv", "CSV", {"index": list(range(40)), **LAMPS})


def test_cells_may_hold_separators_quotes_and_newlines(tmp_path):
    import pandas as pd

    odd = {"x": [1.5, 2.5, 3.5], "text": ["a,b", 'say "c"', "d\ne"]}
    pd.DataFrame(odd).to_csv(tmp_path / "a.csv", index=False)
    assert_read(tmp_path / "a.csv", "CSV", odd)


def test_arff(tmp_path):
    assert_read(written(tmp_path / "a.arff", arff_text(LAMPS)), "ARFF")
    text = arff_text({"a name": [1, 2], "b": ["x", "y"]}).replace(
        "@ATTRIBUTE a n", "@attribute 'a n"
    )
    text = text.replace("name NUM", "name' num").replace("@DATA", "@data\n% here")
    text = text.replace("{x,y}", "{ 'x', 'y' }").replace("1,x", "1, 'x'")
    content = "% about\n" * 5000 + text
    assert_read(written(tmp_path / "b", content), "ARFF", {"a name": [1, 2], "b": ["x", "y"]})


@pytest.mark.parametrize(("make", "format_"), [(csv_text, "CSV"), (arff_text, "ARFF")])
def test_text_may_be_packed(tmp_path, make, format_):
    for name in ("a.csv.gz", "a.gz", "a"):
        assert_read(written(tmp_path / name, gzip.compress(make(LAMPS).encode())), format_)


@pytest.mark.parametrize("text", ["", "?", "NA", "n/a", "nan", "NaN", "null", "None"])
def test_texts_that_stand_for_a_missing_number(tmp_path, text):
    path = written(tmp_path / "a.csv", f"x,y\n1.5,a\n{text},b\n2.5,\n")
    table = read_table(path)
    np.testing.assert_array_equal(table.columns["x"], [1.5, np.nan, 2.5])
    assert table.columns["y"].tolist() == ["a", "b", None]


@pytest.mark.parametrize("text", ["many", "1_000", "0x10", "1.2.3", "-", "1,5"])
def test_a_column_with_a_text_is_one_of_texts(tmp_path, text):
    path = written(tmp_path / "a.csv", f'x,y\n1.5,a\n"{text}",b\n2.5,a\n')
    assert read_table(path).columns["x"].tolist() == ["1.5", text, "2.5"]


def test_numbers_are_read_to_the_last_digit(tmp_path):
    rng = np.random.default_rng(0)
    values = (rng.normal(size=200) * 10.0 ** rng.integers(-30, 30, 200)).tolist()
    path = written(tmp_path / "a.csv", csv_text({"x": values, "y": ["a"] * 200}))
    assert read_table(path).columns["x"].tolist() == values


def test_booleans_and_whole_numbers_keep_their_type(tmp_path):
    columns = {"b": [True, False, True], "i": [1, 2, 3], "f": [0.5, 1.0, 2.0]}
    for path in (
        written(tmp_path / "a.csv", csv_text(columns)),
        write_parquet(tmp_path / "a.parquet", columns),
        write_hdf5(tmp_path / "a.h5", **{key: np.array(column) for key, column in columns.items()}),
    ):
        table = read_table(path)
        assert {name: table.columns[name].dtype.kind for name in columns} == {
            "b": "b",
            "i": "i",
            "f": "f",
        }


def parquet_texts():
    import pyarrow as pa

    texts = LAMPS["sort"]
    return {
        "texts": pa.array(texts),
        "large": pa.array(texts, pa.large_string()),
        "view": pa.array(texts, pa.string_view()),
        "bytes": pa.array([text.encode() for text in texts], pa.binary()),
        "categories": pa.array(texts).dictionary_encode(),
        "chunks": pa.chunked_array([texts[:3], texts[3:]]),
    }


@pytest.mark.parametrize("kind", ["texts", "large", "view", "bytes", "categories", "chunks"])
def test_parquet_with_texts_of_any_type(tmp_path, kind):
    columns = {**LAMPS, "sort": parquet_texts()[kind]}
    assert_read(write_parquet(tmp_path / "a.pq", columns), "Parquet")


def test_parquet_with_missing_values_decimals_and_row_numbers(tmp_path):
    import decimal

    columns = {
        "i": [1, None, 3],
        "f": [0.5, None, 2.5],
        "b": [True, None, False],
        "t": ["a", None, "c"],
        "d": [decimal.Decimal("1.25"), decimal.Decimal("2.5"), decimal.Decimal("3.75")],
        "__index_level_0__": [5, 6, 7],
    }
    table = read_table(write_parquet(tmp_path / "a.parquet", columns))
    assert table.names == ("i", "f", "b", "t", "d")
    np.testing.assert_array_equal(table.columns["i"], [1, np.nan, 3])
    np.testing.assert_array_equal(table.columns["f"], [0.5, np.nan, 2.5])
    np.testing.assert_array_equal(table.columns["b"], [1, np.nan, 0])
    np.testing.assert_array_equal(table.columns["d"], [1.25, 2.5, 3.75])
    assert table.columns["t"].tolist() == ["a", None, "c"]


def test_hdf5_as_a_table_a_matrix_with_names_columns_or_features_and_target(tmp_path):
    import h5py

    columns = {name: np.array(LAMPS[name]) for name in ("size", "hits", "lit", "price")}
    kinds = [(name, column.dtype) for name, column in columns.items()] + [("sort", "S4")]
    table = np.zeros(40, kinds)
    for name, column in columns.items():
        table[name] = column
    table["sort"] = [text.encode() for text in LAMPS["sort"]]
    expected = {name: LAMPS[name] for name in (*columns, "sort")}
    assert_read(write_hdf5(tmp_path / "table.h5", lamps=table), "HDF5 table", expected)

    matrix = np.stack(list(columns.values()), axis=1)
    for names in (list(columns), [name.encode() for name in columns]):
        with h5py.File(tmp_path / "matrix.h5", "w") as file:
            file["lamps"] = matrix
            kind = h5py.string_dtype() if isinstance(names[0], str) else "S5"
            file.create_dataset("names", data=names, dtype=kind)
            file["images"] = np.zeros((40, 3, 3))
        read = {name: column.tolist() for name, column in columns.items()}
        assert_read(tmp_path / "matrix.h5", "HDF5", read)

    with h5py.File(tmp_path / "columns.hdf5", "w") as file:
        for name, column in columns.items():
            file[name] = column
        file.create_dataset("sort", data=LAMPS["sort"], dtype=h5py.string_dtype())
        file["about"] = np.zeros((3, 3))
    found = read_table(tmp_path / "columns.hdf5")
    assert {name: found.columns[name].tolist() for name in found.names} == expected

    path = write_hdf5(tmp_path / "arrays.h5", X=matrix, y=np.arange(40) % 3)
    assert read_table(path).names == ("x0", "x1", "x2", "x3", "y")
    with h5py.File(tmp_path / "texts.h5", "w") as file:
        file["X"] = matrix
        file.create_dataset("y", data=LAMPS["sort"], dtype=h5py.string_dtype())
    assert read_table(tmp_path / "texts.h5").columns["y"].tolist() == LAMPS["sort"]
    path = write_hdf5(tmp_path / "bytes.h5", X=matrix, y=np.array(LAMPS["sort"], "S4"))
    assert read_table(path).columns["y"].tolist() == LAMPS["sort"]


def test_entries_of_hdf5_of_varying_length_are_texts(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.arange(3)
        odd = file.create_dataset("odd", (3,), h5py.vlen_dtype(np.float64))
        for row in range(3):
            odd[row] = np.arange(row, dtype=np.float64)
    assert read_table(tmp_path / "a.h5").columns["odd"].tolist() == ["[]", "[0.]", "[0. 1.]"]


def test_an_hdf5_file_may_begin_with_a_block_of_its_users(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w", userblock_size=512) as file:
        file["a"], file["b"] = np.arange(5), np.arange(5) / 2
    assert read_table(tmp_path / "a.h5").names == ("a", "b")


def test_a_folder_may_hold_several_formats_and_other_things(tmp_path):
    from logicjsc.dataset import DataConfig, load_all

    numbers = {name: LAMPS[name] for name in ("size", "hits", "lit", "sort")}
    written(tmp_path / "b.csv", csv_text(numbers))
    written(tmp_path / "c", arff_text(numbers))
    write_parquet(tmp_path / "d.parquet", dict(reversed(numbers.items())))
    written(tmp_path / "README.md", b"# Samples, and more\n")
    written(tmp_path / "notes", b"a,b\n1,2\n")
    written(tmp_path / ".e.csv", csv_text(numbers))
    (tmp_path / "folder.h5").mkdir()
    assert [path.name for path in data_files(tmp_path)] == ["b.csv", "c", "d.parquet"]
    samples = load_all(DataConfig(path=str(tmp_path), target="sort"))
    expected = np.array([LAMPS["size"], LAMPS["hits"], LAMPS["lit"]], np.float32).T
    np.testing.assert_array_equal(samples.features, np.concatenate([expected] * 3))


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DataError, match=rf"there are no samples at {tmp_path}/none\.csv"):
        data_files(tmp_path / "none.csv")
    with pytest.raises(DataError, match=f"{tmp_path} holds no files of samples: none in .npz, "):
        data_files(tmp_path)
    assert not holds_samples(tmp_path)


def test_a_head_of_many_comments_is_judged_at_once():
    assert kind_of(b"<!-- x -->" * 6000 + b"<p>") == "xml"
    assert kind_of(b"<!-- x --><!-- y -->\n<html>") == "html"
    assert kind_of(b"%\n" * 30_000 + b"x") == "unknown"


@given(
    rows=st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(-(2**53), 2**53),
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=1),
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_table_comes_back_from_text_and_parquet(tmp_path, rows):
    import pandas as pd

    columns = dict(zip(("f", "i", "t"), map(list, zip(*rows, strict=True)), strict=True))
    pd.DataFrame(columns).to_csv(tmp_path / "a.csv", index=False)
    write_parquet(tmp_path / "a.parquet", columns)
    parquet = read_table(tmp_path / "a.parquet")
    text = read_table(tmp_path / "a.csv")
    for name, column in columns.items():
        assert parquet.columns[name].tolist() == column
        # In text, a column of texts that all look like numbers is one of numbers.
        if name != "t" or not is_numeric(text.columns[name]):
            assert text.columns[name].tolist() == column
