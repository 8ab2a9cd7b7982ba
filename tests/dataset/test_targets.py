"""What is predicted: told by the settings, by a column's name, or by what it holds."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.schema import Target
from logicjsc.dataset.table import Table
from logicjsc.dataset.targets import encode_target, fit_target, guess_target


def table(class_names=(), **columns):
    arrays = {
        name: np.array(column, object if any(isinstance(entry, str) for entry in column) else None)
        for name, column in columns.items()
    }
    return Table(arrays, "here", class_names=class_names)


def fit(column, class_names=(), **settings):
    return fit_target(table(class_names, y=column), ("y",), DataConfig(**settings))


def read(column, class_names=(), **settings):
    """The target of a column, and what its entries are."""
    one = table(class_names, y=column)
    target = fit_target(one, ("y",), DataConfig(**settings))
    return target, encode_target(one, target, ("y",))


def named(target, encoded):
    return [target.names[index] for index in encoded.tolist()]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("a", "class"), ("class",)),
        (("Class", "label"), ("Class",)),
        (("LABEL", "target"), ("LABEL",)),
        (("target", "y"), ("target",)),
        (("x", "y"), ("y",)),
        (("a", "y_1", "y_2"), ("y_1", "y_2")),
        (("a", "y_1"), ()),
        (("a", "b"), ()),
        (("class", "CLASS", "y"), ("y",)),
    ],
)
def test_a_target_is_guessed_by_usual_names_only(names, expected):
    assert guess_target(table(**{name: [1, 2] for name in names})) == expected


@pytest.mark.parametrize(
    ("column", "kind", "names"),
    [
        (["b", "a", "c", "a"], "classes", ("a", "b", "c")),
        (["yes", "no", "yes"], "binary", ("no", "yes")),
        ([2, 0, 1, 2], "classes", ("0", "1", "2")),
        ([-1, 10, 2, 10, 2], "classes", ("-1", "2", "10")),
        ([2.0, 0.0, 1.0, 1.0], "classes", ("0", "1", "2")),
        ([0, 1, 1], "binary", ("0", "1")),
        ([-1, 1, 1], "binary", ("-1", "1")),
        ([0.5, 2.5, 2.5], "binary", ("0.5", "2.5")),
        ([True, False, True], "binary", ("False", "True")),
    ],
)
def test_classes_of_any_type(column, kind, names):
    target, encoded = read(column)
    assert target == Target(kind, names, "y")
    expected = [str(entry) if isinstance(entry, (str, bool)) else f"{entry:g}" for entry in column]
    assert named(target, encoded) == expected


@pytest.mark.parametrize(
    "column",
    [
        np.repeat(np.arange(300), 5).tolist(),  # as many samples as classes need
        [f"class {index:03d}" for index in np.repeat(np.arange(300), 2)],
    ],
)
def test_three_hundred_classes(column):
    target, encoded = read(column)
    assert (target.kind, len(target.names), target.outputs) == ("classes", 300, 300)
    assert encoded.max() == 299
    assert encoded.tolist() == np.unique(column, return_inverse=True)[1].tolist()


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (np.linspace(0, 1, 50).tolist(), "value"),
        ((np.arange(80) * 7 % 40).tolist(), "value"),  # 40 of 2 samples each
        ((np.arange(64) % 32).tolist(), "classes"),
        ((np.arange(200) % 40).tolist(), "classes"),  # 40 neighbours of 5 samples each
        ((2 * (np.arange(200) % 40)).tolist(), "value"),  # 40 that are no neighbours
    ],
)
def test_numbers_are_classes_where_they_are_few_or_dense(column, kind):
    assert fit(column).kind == kind


def test_values_keep_their_numbers():
    target, encoded = read([0.5, 1.5, 2.5, -1.0])
    assert target == Target("value", ("y",), "y")
    assert encoded.tolist() == [[0.5], [1.5], [2.5], [-1.0]]
    both = table(price=[0.5, 1.5, 2.5], mass=[3, 4, 5])
    target = fit_target(both, ("price", "mass"), DataConfig())
    assert target == Target("value", ("price", "mass"), "price, mass")
    assert encode_target(both, target, ("price", "mass")).tolist() == [[0.5, 3], [1.5, 4], [2.5, 5]]


def test_columns_of_0_and_1_are_one_class_each_or_labels():
    hot = table(y_a=[1, 0, 0], y_b=[0, 1, 0], y_c=[0, 0, 1])
    target = fit_target(hot, ("y_a", "y_b", "y_c"), DataConfig())
    assert target == Target("classes", ("a", "b", "c"), "y_a, y_b, y_c")
    assert encode_target(hot, target, ("y_a", "y_b", "y_c")).tolist() == [0, 1, 2]
    several = table(wet=[1, 0, 1], cold=[0.0, 0.0, 1.0])
    target = fit_target(several, ("wet", "cold"), DataConfig())
    assert target == Target("labels", ("wet", "cold"), "wet, cold")
    assert encode_target(several, target, ("wet", "cold")).tolist() == [[1, 0], [0, 0], [1, 1]]
    forced = fit_target(hot, ("y_a", "y_b", "y_c"), DataConfig(kind="labels"))
    assert forced.kind == "labels"
    one = fit_target(table(wet=[True, False]), ("wet",), DataConfig(kind="labels"))
    assert one == Target("labels", ("wet",), "wet")


def test_the_settings_beat_the_looks():
    assert fit([0, 1, 2, 3], kind="value").kind == "value"
    assert fit([0, 1, 1], kind="classes") == Target("classes", ("0", "1"), "y")
    assert fit([0, 1, 1], kind="value").kind == "value"
    assert fit([0.5, 1.5, 2.5, 2.5], kind="classes").names == ("0.5", "1.5", "2.5")
    assert fit((np.arange(80) * 7 % 40).tolist(), kind="classes").outputs == 40
    assert fit(["a", "b", "a"], kind="classes").kind == "classes"


def test_positive_says_which_value_means_yes():
    for column, positive, names in (
        (["spam", "ham", "ham"], "ham", ("spam", "ham")),
        (["spam", "ham", "ham"], "spam", ("ham", "spam")),
        (["spam", "ham", "ham"], "", ("ham", "spam")),
        ([0, 1, 1], "0", ("1", "0")),
        ([True, False, False], "False", ("True", "False")),
    ):
        target, encoded = read(column, positive=positive)
        assert target.names == names
        assert target.output_names == (names[1],)
        assert named(target, encoded) == [str(entry) for entry in column]
    with pytest.raises(DataError) as caught:
        fit(["spam", "ham", "ham"], positive="eggs")
    assert str(caught.value) == (
        "here: data.positive = 'eggs' is no value of column 'y', which has 'ham' and 'spam'"
    )


def test_class_numbers_have_the_names_that_their_file_gives():
    names = ("cold", "warm", "hot")
    target, encoded = read([2, 0, 1, 1], names)
    assert target == Target("classes", names, "y")
    assert encoded.tolist() == [2, 0, 1, 1]
    # A class that no sample has keeps its place.
    target, encoded = read([2, 0, 2, 0], names, kind="classes")
    assert (target.names, encoded.tolist()) == (names, [2, 0, 2, 0])
    other = table(names[::-1], y=[2, 0])
    assert encode_target(other, target, ("y",)).tolist() == [0, 2]
    texts = table(y=["hot", "cold"])
    assert encode_target(texts, target, ("y",)).tolist() == [2, 0]


@pytest.mark.parametrize("label", [3, -1, 300])
def test_a_class_number_without_a_name_is_refused(label):
    names = ("cold", "warm", "hot")
    with pytest.raises(DataError) as caught:
        fit([0, 1, label, 2, 2], names)
    assert str(caught.value) == (
        f"here: column 'y' holds {label} in row 2 (counted from 0), but 3 classes are named, "
        f"from 0 on"
    )
    target = fit([0, 1, 2, 2], names)
    with pytest.raises(DataError, match=f"column 'y' holds {label} in row 1"):
        encode_target(table(names, y=[0, label]), target, ("y",))


def test_the_last_of_three_hundred_class_numbers_is_one_and_the_next_is_none():
    names = tuple(f"class {index}" for index in range(300))
    target, encoded = read([0, 299, 5, 5], names)
    assert (target.names, encoded.tolist()) == (names, [0, 299, 5, 5])
    with pytest.raises(
        DataError, match=r"column 'y' holds 300 in row 1 .*but 300 classes are named"
    ):
        fit([0, 300, 5, 5], names)


@pytest.mark.parametrize("column", [[7, 7, 7], [0.5, 0.5], ["a", "a"], [True, True]])
def test_a_constant_target_is_refused(column):
    shown = repr(column[0]) if isinstance(column[0], str) else f"{column[0]:g}"
    for kind in ("auto", "value", "classes"):
        with pytest.raises(DataError) as caught:
            fit(column, kind=kind)
        assert str(caught.value) == (
            f"here: column 'y' is {shown} in every row, so there is nothing to predict"
        )


def test_a_target_that_differs_in_every_row_is_refused():
    with pytest.raises(DataError, match="column 'y' has another text in every row, as an identif"):
        fit([f"row {number}" for number in range(50)])
    message = "column 'y' has another whole number in every row, as an identifier has; choose anot"
    with pytest.raises(DataError, match=message):
        fit(list(range(1, 51)))
    assert fit(list(range(1, 51)), kind="value").kind == "value"
    assert fit((np.arange(50) / 3).tolist()).kind == "value"  # as measured values do


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([None, None], "column 'y' is empty, so there is nothing to predict"),
        ([np.nan, np.nan], "column 'y' is empty, so there is nothing to predict"),
        ([0.0, np.inf, 1.0], r"column 'y' is inf in row 1 \(counted from 0\)"),
    ],
)
def test_a_target_without_values_or_with_infinite_ones_is_refused(column, message):
    empty = Table({"y": np.array(column, object if column[0] is None else float)}, "here")
    with pytest.raises(DataError, match=f"^here: {message}"):
        fit_target(empty, ("y",), DataConfig())


def test_a_target_that_is_not_there_is_named_among_three_columns():
    wide = Table({f"column {place}": np.zeros(2) for place in range(10_000)}, "here")
    with pytest.raises(DataError) as caught:
        fit_target(wide, ("y",), DataConfig())
    assert str(caught.value) == (
        "here has no column 'y' to predict (data.target); it has 'column 0', 'column 1', "
        "'column 2', ... (10,000 in all)"
    )
    with pytest.raises(DataError, match="here has no column 'y' to predict"):
        encode_target(wide, Target("value", ("y",), "y"), ("y",))


@pytest.mark.parametrize(
    ("column", "settings", "message"),
    [
        (
            ["a", "b", "a"],
            {"kind": "value"},
            "holds texts such as 'a'; data.kind = 'value' needs n",
        ),
        (["a", "b", "a"], {"kind": "labels"}, "holds texts such as 'a'; data.kind = 'labels' ne"),
        (["a", "b", "c", "c"], {"kind": "binary"}, "has 3 values; data.kind = 'binary' needs two"),
        ([0, 1, 2, 2], {"kind": "binary"}, "has 3 values; data.kind = 'binary' needs two"),
        ([0, 1, 2], {"kind": "labels"}, r"holds 2 in row 2 \(counted from 0\), neither 0 nor 1"),
    ],
)
def test_a_column_that_is_not_of_the_kind_that_the_settings_say_is_refused(
    column, settings, message
):
    with pytest.raises(DataError, match=f"^here: (target )?column 'y' {message}"):
        fit(column, **settings)


@pytest.mark.parametrize(
    ("columns", "settings", "message"),
    [
        ({"a": [0, 1], "b": ["x", "y"]}, {}, "the 2 target columns must be numbers"),
        ({"a": [0, 1], "b": [1, 0]}, {"kind": "binary"}, "the 2 target columns must be numbers"),
        (
            {"a": [0, 1], "b": [1, 2]},
            {"kind": "labels"},
            "'labels' needs target columns of 0 and 1",
        ),
        (
            {"a": [0, 1], "b": [1, 2]},
            {"kind": "classes"},
            "'classes' needs target columns of 0 and",
        ),
    ],
)
def test_several_columns_that_do_not_go_together_are_refused(columns, settings, message):
    with pytest.raises(DataError, match=f"^here: .*{message}"):
        fit_target(table(**columns), tuple(columns), DataConfig(**settings))


@pytest.mark.parametrize(
    ("target", "column", "message"),
    [
        (Target("classes", ("a", "b", "c"), "y"), ["a", "d"], "'y' is d in row 1 .*'a', 'b', 'c'"),
        (Target("classes", ("0", "1", "2"), "y"), [0, 3], "'y' is 3 in row 1"),
        (Target("classes", ("0", "1", "2"), "y"), [0.0, 0.5], "'y' is 0.5 in row 1"),
        (Target("binary", ("no", "yes"), "y"), ["no", "maybe"], "'y' is maybe in row 1"),
        (Target("value", ("y",), "y"), ["a", "b"], "target column 'y' holds texts, not numbers"),
        (Target("labels", ("y",), "y"), ["a", "b"], "target column 'y' holds texts, not 0 and 1"),
        (Target("labels", ("y",), "y"), [0, 3], "target column 'y' holds 3 in row 1"),
    ],
)
def test_targets_of_other_samples_that_do_not_fit_are_named_by_row(target, column, message):
    with pytest.raises(DataError, match=f"^here: {message}"):
        encode_target(table(y=column), target, ("y",))


def test_a_sample_of_no_class_or_of_two_is_named():
    target = Target("classes", ("a", "b"), "a, b")
    for row, classes in (([0, 0], 0), ([1, 1], 2)):
        two = table(a=[1, row[0]], b=[0, row[1]])
        with pytest.raises(DataError) as caught:
            encode_target(two, target, ("a", "b"))
        assert str(caught.value) == (
            f"here: row 1 (counted from 0) is of {classes} classes; each must be of one"
        )


def test_more_classes_than_are_possible_are_refused():
    column = np.repeat(np.arange(65_536), 5).tolist()
    with pytest.raises(DataError, match="has 65,536 classes; at most 65,535 are possible, or set"):
        fit(column, kind="classes")
