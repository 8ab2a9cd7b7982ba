"""What a finished network is asked: features without targets, from a frame or an array."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.small_tables import chosen, lamps

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig
from logicjsc.dataset.features import features_of
from logicjsc.dataset.load import from_memory

COLUMNS = chosen(lamps(), "size", "hits", "lit", "colour", "sort")
DATASET = from_memory(pd.DataFrame(COLUMNS), "sort", DataConfig(split_seed=1))
SCHEMA = DATASET.schema


def test_a_frame_is_encoded_as_the_training_samples_were():
    frame = pd.DataFrame(COLUMNS).drop(columns="sort").iloc[:, ::-1]
    found = features_of(frame, SCHEMA.feature_names, SCHEMA.columns)
    rows = {tuple(row) for row in DATASET.train.features.tolist()}
    assert found.shape == (120, 6)
    assert found.dtype == np.float32
    assert rows <= {tuple(row) for row in found.tolist()}
    unknown = features_of(frame.assign(colour="violet"), SCHEMA.feature_names, SCHEMA.columns)
    assert not unknown[:, 3:].any()


def test_a_frame_of_the_features_themselves_will_do():
    frame = pd.DataFrame(DATASET.test.features, columns=list(SCHEMA.feature_names)).iloc[:, ::-1]
    for columns in ((), SCHEMA.columns):
        found = features_of(frame, SCHEMA.feature_names, columns)
        np.testing.assert_array_equal(found, DATASET.test.features)


def test_an_array_has_a_column_for_each_feature():
    for array in (DATASET.test.features, DATASET.test.features.astype(np.float64).tolist()):
        found = features_of(array, SCHEMA.feature_names)
        np.testing.assert_array_equal(found, DATASET.test.features)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            pd.DataFrame({"size": [1.0]}),
            r"lacks 'hits', 'lit', 'colour=blue', ... \(5 in all\), wh",
        ),
        (
            np.zeros((2, 5)),
            r"features have shape \[2, 5\], the network takes \[samples, 6\]: 'size'",
        ),
        (np.zeros(6), r"features have shape \[6\]"),
        ([["a"] * 6], "features must be numbers, not <U1"),
        (np.full((2, 6), np.nan), "feature 'size' of sample 0 is NaN; features must be finite"),
        (np.eye(6) * np.float64(1e300), r"feature 'size' of sample 0 is 1e\+300"),
    ],
)
def test_what_a_network_cannot_take_is_refused(data, message):
    with pytest.raises(DataError, match=message):
        features_of(data, SCHEMA.feature_names, SCHEMA.columns)


def test_a_text_or_an_infinity_in_a_frame_is_named_by_row():
    frame = pd.DataFrame(COLUMNS)
    texts = frame.assign(size=["many", *map(str, COLUMNS["size"][1:])])
    with pytest.raises(DataError, match="the data frame: column 'size' holds 'many' in row 0"):
        features_of(texts, SCHEMA.feature_names, SCHEMA.columns)
    frame.loc[7, "size"] = np.inf
    with pytest.raises(DataError, match="feature 'size' of sample 7 is inf"):
        features_of(frame, SCHEMA.feature_names, SCHEMA.columns)
