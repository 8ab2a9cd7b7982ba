"""Named columns, before anyone has said what they mean."""

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset.table import Table, joined, listed, table_of, texts_of


def test_columns_have_names_and_one_length():
    table = table_of([("a ", np.arange(3)), (" b", np.zeros(3))], "here", "CSV", ("x", "y"))
    assert (table.names, len(table), table.source) == (("a", "b"), 3, "here")
    assert (table.format, table.class_names) == ("CSV", ("x", "y"))
    with pytest.raises(DataError, match=r"^here: columns have 2 to 3 rows$"):
        table_of([("a", np.arange(3)), ("b", np.zeros(2))], "here")
    with pytest.raises(DataError, match=r"^here has no columns$"):
        table_of([], "here")
    with pytest.raises(DataError, match=r"^here: there are no samples$"):
        table_of([("a", np.arange(0))], "here")


def test_names_are_there_and_differ():
    with pytest.raises(DataError, match=r"^here has column 'a' twice; remove one$"):
        table_of([("a", np.arange(3)), ("a ", np.zeros(3))], "here")
    message = "^here: column 2 has no name; name it in the header$"
    with pytest.raises(DataError, match=message):
        table_of([("a", np.arange(3)), (" ", np.zeros(3))], "here")
    # Programs write row numbers under no name.
    assert table_of([("", np.arange(3)), ("a", np.zeros(3))], "here").names == ("index", "a")


def test_more_columns_than_anyone_has_are_refused():
    column = np.zeros(1)
    pairs = [(str(place), column) for place in range(100_001)]
    assert len(table_of(pairs[:-1], "here").names) == 100_000
    with pytest.raises(DataError, match=r"^here claims 100,001 columns; more than 100,000 are not"):
        table_of(pairs, "here")


def test_three_names_are_listed_and_the_others_counted():
    assert listed([]) == "none"
    assert listed(["a"]) == "'a'"
    assert listed(["a", "b", "c"]) == "'a', 'b', 'c'"
    assert (
        listed([f"c{place}" for place in range(10_000)]) == "'c0', 'c1', 'c2', ... (10,000 in all)"
    )


def test_tables_are_joined_by_name():
    one = table_of([("a", np.array([1, 2])), ("b", np.array(["x", "y"], object))], "one")
    two = table_of([("b", np.array(["z"], object)), ("a", np.array([0.5]))], "two")
    both = joined([one, two], "both")
    assert both.columns["a"].tolist() == [1, 2, 0.5]
    assert both.columns["b"].tolist() == ["x", "y", "z"]
    assert both.source == "both"
    assert joined([one], "both") is one
    mixed = joined([one, table_of([("a", np.array(["n"], object)), ("b", np.arange(1))], "t")], "m")
    assert mixed.columns["a"].tolist() == ["1", "2", "n"]
    assert mixed.columns["b"].tolist() == ["x", "y", "0"]


def test_tables_of_other_columns_are_not_joined():
    one = table_of([("a", np.arange(2)), ("b", np.arange(2))], "one")
    with pytest.raises(DataError, match=r"^two lacks 'b', which one has$"):
        joined([one, table_of([("a", np.arange(2))], "two")], "both")
    more = [(name, np.arange(2)) for name in ("a", "b", "c", "d")]
    with pytest.raises(DataError, match=r"^two has 'c', 'd', which one lacks$"):
        joined([one, table_of(more, "two")], "both")


def test_a_row_is_found_again_in_its_file():
    parts = [
        Table({"a": np.arange(size)}, name) for name, size in (("x.csv", 3), ("y.csv", 1), ("z", 4))
    ]
    whole = joined(parts, "folder")
    assert whole.place(0) == "row 0 (counted from 0) of x.csv"
    assert whole.place(3) == "row 0 (counted from 0) of y.csv"
    assert whole.place(7) == "row 3 (counted from 0) of z"
    some = whole.take(np.array([7, 3, 1])).take(np.array([2, 0]))
    assert [some.place(0), some.place(1)] == [
        "row 1 (counted from 0) of x.csv",
        "row 3 (counted from 0) of z",
    ]
    assert some.columns["a"].tolist() == [1, 3]
    assert parts[0].take(np.array([2])).place(0) == "row 2 (counted from 0)"


def test_texts_of_any_type_become_texts():
    assert texts_of(np.array([b"a", b"\xc3\xa4", b"\xff"])).tolist() == ["a", "ä", "\ufffd"]
    assert texts_of(np.array(["a", "b"])).tolist() == ["a", "b"]
    mixed = np.array([b"a", "b", None, 3], object)
    assert texts_of(mixed).tolist() == ["a", "b", None, "3"]
    assert texts_of(np.array([["a"], ["b"]])).tolist() == [["a"], ["b"]]
