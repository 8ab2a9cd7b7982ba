"""A schema names features by columns, and survives being saved."""

import json

import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset.schema import Column, Schema, Target

COLOURS = ("blue", "green", "red")
COLUMNS = (
    Column("mass"),
    Column("hits", "word", -2, 9, fill=3.0),
    Column("charged", "bit"),
    Column("colour", "category", values=COLOURS),
    Column("shape", "category", values=("round", "square", "thin"), coding="binary"),
)


def test_a_category_is_a_bit_for_each_value_or_a_number_in_binary():
    schema = Schema(COLUMNS, Target("classes", ("a", "b"), "class"))
    assert schema.feature_names == (
        *("mass", "hits", "charged", "colour=blue", "colour=green", "colour=red"),
        *("shape#0", "shape#1"),
    )
    assert schema.feature_kinds == ("number", "word", "bit", *["bit"] * 5)
    assert schema.ranges == ((0, 1), (-2, 9), *[(0, 1)] * 6)


@pytest.mark.parametrize(("values", "bits"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4)])
def test_a_binary_category_has_a_code_left_for_values_that_are_not_known(values, bits):
    column = Column("x", "category", values=tuple(map(str, range(values))), coding="binary")
    assert column.features == tuple(f"x#{bit}" for bit in range(bits))


@pytest.mark.parametrize(
    ("target", "outputs", "names"),
    [
        (Target("classes", ("a", "b", "c")), 3, ("a", "b", "c")),
        (Target("binary", ("no", "yes")), 1, ("yes",)),
        (Target("labels", ("wet", "cold")), 2, ("wet", "cold")),
        (Target("value", ("price",)), 1, ("price",)),
    ],
)
def test_a_target_has_as_many_scores_as_its_kind_needs(target, outputs, names):
    assert (target.outputs, target.output_names) == (outputs, names)
    assert Target.from_dict(json.loads(json.dumps(target.to_dict()))) == target


@pytest.mark.parametrize("kind", ["classes", "binary"])
def test_a_target_of_one_class_is_refused(kind):
    with pytest.raises(DataError, match=f"kind '{kind}' needs at least 2 names, not 1"):
        Target(kind, ("a",))


def test_a_schema_survives_being_saved():
    schema = Schema(COLUMNS, Target("labels", ("wet", "cold"), "wet, cold"))
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"columns": []},
        {"columns": [{"kind": "bit"}], "target": {"kind": "value", "names": ["x"]}},
        {"columns": [{"name": "x", "size": 3}], "target": {"kind": "value", "names": ["x"]}},
        {"columns": [{"name": "x", "kind": "odd"}], "target": {"kind": "value", "names": ["x"]}},
        {"columns": [{"name": "x", "coding": "odd"}], "target": {"kind": "value", "names": ["x"]}},
        {"columns": ["x"], "target": {"kind": "value", "names": ["x"]}},
        {"columns": [{"name": "x"}], "target": {"names": ["x"]}},
        {"columns": [{"name": "x"}], "target": {"kind": "other", "names": ["x"]}},
        {"columns": [{"name": "x"}], "target": {"kind": "value", "names": [1]}},
        {"columns": [{"name": "x"}], "target": {"kind": "value", "names": None}},
        {"columns": [{"name": "x"}], "target": None},
        {"columns": 3, "target": {"kind": "value", "names": ["x"]}},
    ],
)
def test_a_damaged_schema_is_refused(saved):
    with pytest.raises(DataError):
        Schema.from_dict(saved)
