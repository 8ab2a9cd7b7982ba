"""What a person is told of suspicious columns, and of no others."""

from __future__ import annotations

import numpy as np
import pytest
from reference.small_tables import chosen, lamps, write_csv

from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.dataset.remarks import identifies, remarks_on
from logicjsc.dataset.schema import Target
from logicjsc.dataset.table import Table

ROWS = 200
TARGET = Target("classes", ("a", "b", "c"), "y")
ENCODED = np.random.default_rng(0).integers(0, 3, ROWS)


def remarks(column, encoded=ENCODED, target=TARGET):
    table = Table({"x": np.asarray(column), "y": encoded}, "here")
    return remarks_on(table, ("x",), encoded, target)


def test_ordinary_columns_are_passed_over():
    rng = np.random.default_rng(1)
    for column in (
        rng.normal(size=ROWS),
        rng.integers(0, 10, ROWS),
        rng.integers(0, 2, ROWS),
        rng.permutation(ROWS),  # differs in every row by chance, but does not rise
        np.array(list("abcd") * 50, object),
        np.sort(rng.normal(size=ROWS)),  # rises, but measured values do so in a sorted file
    ):
        assert remarks(column) == ()


@pytest.mark.parametrize("column", [np.zeros(ROWS), np.array(["a"] * ROWS, object)])
def test_a_column_that_never_changes(column):
    (said,) = remarks(column)
    assert said == "'x' never changes, so nothing can be learned from it"


@pytest.mark.parametrize(
    "column",
    [
        np.arange(ROWS) + 17,
        np.cumsum(np.random.default_rng(0).integers(1, 9, ROWS)).astype(float),
        np.array([f"row {row}" for row in range(ROWS)], object),
    ],
)
def test_a_column_that_identifies_rows(column):
    (said,) = remarks(column)
    assert said.startswith("'x' looks like row numbers or an identifier, which gives the target ")
    assert said.endswith("leave it out with data.ignore")


def test_in_a_few_rows_numbers_may_rise_by_chance():
    assert not identifies(np.arange(49))
    assert identifies(np.arange(50))
    assert not identifies(np.arange(50)[::-1])
    assert not identifies(np.arange(50) / 3)


def test_a_column_that_equals_the_target():
    (said,) = remarks(ENCODED)
    assert said == "equal to the target: 'x'; leave that out with data.ignore"
    labels = np.stack([ENCODED == 1, ENCODED == 2], axis=1).astype(np.uint8)
    (said,) = remarks(labels[:, 1], labels, Target("labels", ("l", "m")))
    assert said.startswith("equal to the target: 'x'")
    values = np.random.default_rng(0).normal(size=(ROWS, 1))
    (said,) = remarks(values[:, 0], values.astype(np.float32), Target("value", ("v",)))
    assert said.startswith("equal to the target: 'x'")


@pytest.mark.parametrize(
    "column",
    [
        10 * ENCODED + np.arange(ROWS) % 3,
        np.array(["gh", "ij", "kl"], object)[ENCODED],
        2 - ENCODED,
    ],
)
def test_a_column_that_tells_the_target_alone(column):
    (said,) = remarks(column)
    assert said.startswith("enough alone to tell the target of every sample: 'x'; if that is not ")


def test_a_column_that_tells_the_target_of_all_but_one_sample_is_a_good_feature():
    column = 10 * ENCODED
    column[0] = column[ENCODED[0] != ENCODED][0]
    assert remarks(column) == ()


def test_several_columns_are_told_in_one_sentence():
    columns = {f"c{place}": np.zeros(ROWS) for place in range(5)}
    columns |= {f"n{place}": np.arange(ROWS) for place in range(2)}
    said = remarks_on(Table(columns, "here"), tuple(columns), ENCODED, TARGET)
    assert said[0].startswith("'c0', 'c1', 'c2', ... (5 in all) never change, so nothing")
    assert said[1].startswith("'n0', 'n1' look like row numbers or identifiers, which give the")


def test_remarks_come_with_a_dataset_and_go_with_the_column(tmp_path):
    columns = chosen(lamps(), "size", "hits", "works")
    columns["tag"] = [f"lamp {row}" for row in range(120)]
    columns["again"] = [{"no": 0, "yes": 1}[text] for text in columns["works"]]
    columns["batch"] = [7] * 120
    path = write_csv(tmp_path / "a.csv", columns)
    dataset = load_dataset(DataConfig(str(path), target="works"))
    assert [said.split(" ")[0] for said in dataset.remarks] == ["'batch'", "'tag'", "equal"]
    ignored = DataConfig(str(path), target="works", ignore=("tag", "again", "batch"))
    assert load_dataset(ignored).remarks == ()


def test_signalling_numbers_of_damaged_files_are_compared_without_a_word():
    column = np.frombuffer(bytes.fromhex("7f800001") * ROWS, ">f4")
    assert remarks(column, ENCODED.astype(np.float32), Target("value", ("y",), "y")) is not None
    assert remarks(column) is not None
