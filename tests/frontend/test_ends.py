"""Names come from the samples or are neutral; counts are counts."""

from types import SimpleNamespace

import numpy as np
import pytest

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.ends import (
    class_names,
    code_scores,
    count_classes,
    feature_names,
    value_decoder,
)
from logicjsc.frontend.importer import Asked
from logicjsc.netlist import NetlistBuilder, evaluate

SAMPLES = SimpleNamespace(
    test=SimpleNamespace(
        feature_names=("size", "age"), target=SimpleNamespace(names=("no", "yes")), source="a.csv"
    )
)


def test_names_are_those_of_the_samples_or_neutral():
    assert feature_names(Asked("m"), 3) == ("x0", "x1", "x2")
    assert class_names(Asked("m"), 2) == ("class0", "class1")
    asked = Asked("m", dataset=SAMPLES)
    assert feature_names(asked, 2) == ("size", "age")
    assert class_names(asked, 2) == ("no", "yes")
    with pytest.raises(ImportedModelError, match=r"takes 3 features, the samples of a\.csv have 2"):
        feature_names(asked, 3)
    with pytest.raises(
        ImportedModelError, match=r"decides 5 classes, the samples of a\.csv have 2"
    ):
        class_names(asked, 5)


def test_scores_are_the_values_of_the_codes():
    assert code_scores(2, signed=False).tolist() == [0, 1, 2, 3]
    assert code_scores(2, signed=True).tolist() == [0, 1, -2, -1]
    decoder = value_decoder(1, 3, signed=True)
    assert decoder.decode(np.array([[7], [3]])).tolist() == [[-1], [3]]


@pytest.mark.parametrize("share", [1, 3, 70])
def test_each_class_counts_its_own_bits(share):
    builder = NetlistBuilder("counts")
    bits = [builder.input(f"b{index}") for index in range(2 * share)]
    outputs, decoder = count_classes(builder, bits, ("a", "b"))
    netlist = builder.build(outputs, decoder=decoder)
    rows = np.random.default_rng(1).integers(0, 2, (200, 2 * share))
    rows[0], rows[1] = 0, 1
    expected = rows.reshape(200, 2, share).sum(axis=2)
    assert (netlist.decoder.decode(evaluate(netlist, rows)) == expected).all()
