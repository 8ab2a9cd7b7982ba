"""From settings, or from data in memory, to three parts of samples."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reference.jet_formats import write_hdf5, write_parquet
from reference.small_tables import (
    COLOURS,
    FEATURES,
    KINDS,
    LAMPS,
    chosen,
    columns_of,
    csv_text,
    lamps,
    of,
    write_csv,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, Dataset, Samples, Target, load_all, load_dataset
from logicjsc.dataset.load import from_memory
from logicjsc.dataset.schema import Column


def changed(name, row, value):
    """The table with one cell changed."""
    columns = columns_of()
    columns[name] = list(columns[name])
    columns[name][row] = value
    return columns


def refused(tmp_path, columns, **settings):
    path = write_csv(tmp_path / "a.csv", columns)
    with pytest.raises(DataError) as caught:
        load_dataset(of(path, **settings))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "a.csv")


def parts(dataset: Dataset) -> list[Samples]:
    return [dataset.train, dataset.validation, dataset.test]


def together(dataset: Dataset) -> set[tuple[float, ...]]:
    return {tuple(row) for part in parts(dataset) for row in part.features.tolist()}


def expected_rows(columns=LAMPS) -> set[tuple[float, ...]]:
    rows = zip(columns["size"], columns["hits"], columns["lit"], columns["colour"], strict=True)
    return {
        (float(np.float32(size)), hits, lit, *(float(colour == one) for one in COLOURS))
        for size, hits, lit, colour in rows
    }


def test_columns_of_every_kind_and_classes(tmp_path):
    dataset = load_dataset(of(write_csv(tmp_path / "a.csv", columns_of())))
    assert {column.name: column.kind for column in dataset.schema.columns} == KINDS
    assert dataset.schema.target == Target("classes", ("cold", "hot", "warm"), "sort")
    assert dataset.schema.feature_names == (
        *("size", "hits", "lit", "colour=blue", "colour=green", "colour=red"),
    )
    assert sum(map(len, parts(dataset))) == 120
    assert together(dataset) == expected_rows()
    assert [part.part for part in parts(dataset)] == ["train", "validation", "test"]
    assert all(part.schema == dataset.schema for part in parts(dataset))
    assert dataset.source == str(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("target", "kind", "names"),
    [
        ("sort", "classes", ("cold", "hot", "warm")),
        ("works", "binary", ("no", "yes")),
        ("lit", "binary", ("0", "1")),
        ("price", "value", ("price",)),
        ("price, size", "value", ("price", "size")),
        (("lit", "price"), "value", ("lit", "price")),
        ("hits", "classes", tuple(map(str, range(-3, 12)))),
    ],
)
def test_targets_of_every_kind(tmp_path, target, kind, names):
    path = write_csv(tmp_path / "a.csv", LAMPS)
    dataset = load_dataset(of(path, target=target, ignore=() if "works" in target else "works"))
    assert (dataset.schema.target.kind, dataset.schema.target.names) == (kind, names)
    taken = {name.strip() for name in target.split(",")} if isinstance(target, str) else set(target)
    assert not taken & set(dataset.schema.feature_names)


def test_labels_and_binary_codes(tmp_path):
    columns = columns_of(*FEATURES, wet=[row % 2 for row in range(120)])
    columns["cold"] = [row % 3 == 0 for row in range(120)]
    path = write_csv(tmp_path / "a.csv", columns)
    dataset = load_dataset(of(path, target=("wet", "cold"), category_code="binary"))
    assert dataset.schema.target == Target("labels", ("wet", "cold"), "wet, cold")
    assert dataset.train.targets.shape == (len(dataset.train), 2)
    assert dataset.schema.feature_names[-2:] == ("colour#0", "colour#1")
    assert len(np.unique(dataset.train.features[:, -2:], axis=0)) == 3


@pytest.mark.parametrize("split", ["ours", "sklearn-80-20"])
def test_every_format_gives_the_same_samples(tmp_path, split):
    columns = columns_of("size", "hits", "lit", "sort")
    text = csv_text(columns)
    frame = pd.DataFrame(columns)
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    write_parquet(tmp_path / "c.parquet", columns)
    header = "".join(f"@attribute {name} numeric\n" for name in ("size", "hits", "lit"))
    (tmp_path / "d.arff").write_text(
        f"@relation lamps\n{header}@attribute sort {{cold,warm,hot}}\n@data\n"
        + text.partition("\n")[2]
    )
    kinds = [("size", "f8"), ("hits", "i8"), ("lit", "i8"), ("sort", "S4")]
    table = np.array([tuple(row) for row in frame.itertuples(index=False)], kinds)
    write_hdf5(tmp_path / "e.h5", lamps=table)
    found = [load_dataset(of(path, split=split)) for path in sorted(tmp_path.iterdir())]
    found.append(from_memory(frame, "sort", DataConfig(split=split)))
    assert len({dataset.fingerprint() for dataset in found}) == 1
    assert len({dataset.schema for dataset in found}) == 1


def test_pairs_of_arrays_and_images(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (200, 28, 28)).astype(np.uint8)
    labels = np.arange(200) % 10
    np.save(tmp_path / "X_train.npy", pixels)
    np.save(tmp_path / "y_train.npy", labels)
    dataset = load_dataset(DataConfig(str(tmp_path)))
    assert dataset.schema.feature_names[12 * 28 + 3] == "pixel_r12_c03"
    assert set(dataset.schema.feature_kinds) == {"word"}
    assert dataset.schema.ranges[0][1] <= 255
    memory = from_memory(pixels, labels, DataConfig())
    assert memory.fingerprint() == dataset.fingerprint()


def test_categories_words_and_means_are_those_of_the_training_samples_only(tmp_path):
    train = chosen(lamps(100), *FEATURES, "sort")
    test = chosen(lamps(50, seed=1), *FEATURES, "sort")
    test["hits"][0], test["colour"][0], test["size"][1] = 99, "violet", None
    write_csv(tmp_path / "data" / "a.csv", train)
    write_csv(tmp_path / "data" / "test.csv", test)
    dataset = load_dataset(of(tmp_path / "data", missing="mean"))
    _, hits, _, colour = dataset.schema.columns
    assert hits == Column("hits", "word", -3, 11, fill=hits.fill)
    assert colour == Column("colour", "category", values=COLOURS)
    assert dataset.test.features[0, 1] == 99
    assert not dataset.test.features[0, 3:].any()
    mean = dataset.train.features[:, 0].astype(float).mean()
    assert dataset.test.features[1, 0] == pytest.approx(mean, rel=1e-6)


def test_a_test_file_may_lie_anywhere_and_may_lack_weights(tmp_path):
    train = columns_of(*FEATURES, "sort", weight=[1 + row % 3 for row in range(120)])
    write_csv(tmp_path / "a.csv", train)
    other = write_csv(tmp_path / "elsewhere" / "b.csv", chosen(lamps(50, 1), *FEATURES, "sort"))
    config = of(tmp_path / "a.csv", test_path=str(other), weights="weight")
    dataset = load_dataset(config)
    assert (len(dataset.train) + len(dataset.validation), len(dataset.test)) == (120, 50)
    assert dataset.test.source == str(other)
    assert dataset.test.weights is None
    assert "weight" not in dataset.schema.feature_names
    assert set(dataset.train.weights.tolist()) == {1, 2, 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": None}, "lacks 'colour', which {a} has"),
        ({"sort": None}, "lacks 'sort', which {a} has"),
        (
            {"size": None, "hits": None, "lit": None, "colour": None},
            "... (4 in all), which {a} has",
        ),
        ({"extra": [1] * 50}, "has 'extra', which the training samples lack"),
    ],
)
def test_other_columns_of_a_test_file_are_refused_by_name(tmp_path, change, message):
    path = write_csv(tmp_path / "a.csv", columns_of())
    columns = {**chosen(lamps(50, 1), *FEATURES, "sort"), **change}
    columns = {name: column for name, column in columns.items() if column is not None}
    other = write_csv(tmp_path / "b.csv", columns)
    with pytest.raises(DataError) as caught:
        load_dataset(of(path, test_path=str(other)))
    assert message.format(a=path) in str(caught.value)
    assert str(caught.value).startswith(str(other))


def test_other_classes_of_a_test_file_are_refused_by_row(tmp_path):
    path = write_csv(tmp_path / "a.csv", columns_of())
    columns = chosen(lamps(50, 1), *FEATURES, "sort")
    columns["sort"][7] = "tepid"
    other = write_csv(tmp_path / "b.csv", columns)
    with pytest.raises(DataError) as caught:
        load_dataset(of(path, test_path=str(other)))
    assert str(caught.value) == (
        f"{other}: 'sort' is tepid in row 7 (counted from 0), which is none of the training "
        f"samples' classes, 'cold', 'hot', 'warm'"
    )


def test_bad_targets_are_refused(tmp_path):
    message = refused(tmp_path, columns_of("size", "hits"))
    assert message == "a.csv has no column 'sort' to predict (data.target); it has 'size', 'hits'"
    message = refused(tmp_path, columns_of("size", "hits"), target="")
    assert message == (
        "a.csv: which column is predicted? Name it with data.target (--target); there are 'size', "
        "'hits'"
    )
    message = refused(tmp_path, columns_of(sort=["cold"] * 120))
    assert message == "a.csv: column 'sort' is 'cold' in every row, so there is nothing to predict"
    message = refused(tmp_path, columns_of(sort=[f"lamp {row}" for row in range(120)]))
    assert message.startswith(
        "a.csv: column 'sort' has another text in every row, as an identifier"
    )
    message = refused(tmp_path, columns_of(sort=list(range(120))))
    assert message.startswith("a.csv: column 'sort' has another whole number in every row")
    message = refused(tmp_path, columns_of("sort"))
    assert message == "a.csv has no column besides 'sort'"


def test_one_sample_of_a_class_is_refused(tmp_path):
    message = refused(tmp_path, changed("sort", 5, "tepid"))
    assert message == (
        "a.csv: of class 'tepid' there is one sample only, which cannot be both learned and "
        "tested; leave it out"
    )
    columns = changed("sort", 5, "tepid")
    columns["sort"][6] = "lukewarm"
    assert "of class 'lukewarm', 'tepid' there is one sample" in refused(tmp_path, columns)


def test_a_class_that_no_training_sample_has_is_refused(tmp_path):
    train, test = chosen(lamps(100), "size", "hits"), chosen(lamps(50, 1), "size", "hits")
    for columns, classes in ((train, 3), (test, 4)):
        labels = np.arange(len(columns["size"])) % classes
        np.savez(
            tmp_path / ("test.npz" if columns is test else "a.npz"),
            X=np.array([columns["size"], columns["hits"]]).T,
            y=labels,
            classes=np.array(["a", "b", "c", "d"]),
        )
    with pytest.raises(DataError) as caught:
        load_dataset(DataConfig(str(tmp_path)))
    assert str(caught.value) == (
        f"class 'd' is in the test samples of {tmp_path}/test.npz, but in none of the training "
        f"samples"
    )
    # So few training samples that a class is among the others only.
    path = write_csv(tmp_path / "few.csv", columns_of())
    with pytest.raises(DataError, match=r"is in the (validation|test) samples of .*few\.csv, but"):
        load_dataset(of(path, train_samples=2))


def test_a_text_in_a_column_of_numbers_is_refused_by_row(tmp_path):
    message = refused(tmp_path, changed("size", 17, "many"))
    assert message == (
        "a.csv: column 'size' holds 'many' in row 17 (counted from 0), which is no number; mend "
        "it, or name the column in data.categories or data.ignore"
    )
    message = refused(tmp_path, columns_of(), numbers="colour")
    assert message.startswith(f"a.csv: column 'colour' holds '{LAMPS['colour'][0]}' in row ")


def test_missing_and_infinite_numbers_are_refused_by_row_and_column(tmp_path):
    message = refused(tmp_path, changed("size", 23, "nan"))
    assert message == (
        "a.csv: column 'size' has no value in row 23 (counted from 0); 1 values are missing; mend "
        "it, or set data.missing = 'drop' (leave such rows out) or 'mean' (the training mean)"
    )
    for cell in ("", "NA"):
        assert refused(tmp_path, changed("hits", 3, cell)).startswith(
            "a.csv: column 'hits' has no value in row 3 (counted from 0); 1 values are missing"
        )
    assert "column 'colour' has no value in row 9" in refused(tmp_path, changed("colour", 9, ""))
    assert "column 'sort' has no value in row 9" in refused(tmp_path, changed("sort", 9, ""))
    for cell, shown in (("inf", "inf"), ("-inf", "-inf"), ("1e39", "1e+39")):
        for missing in ("refuse", "drop", "mean"):
            message = refused(tmp_path, changed("size", 23, cell), missing=missing)
            assert message.startswith(
                f"a.csv: column 'size' is {shown} in row 23 (counted from 0) "
            )
    values = columns_of("hits", "lit", price=[*LAMPS["price"][:-1], "inf"])
    assert "column 'price' is inf in row 119" in refused(tmp_path, values, target="price")


def test_a_row_is_that_of_the_file_even_where_others_were_dropped(tmp_path):
    columns = changed("size", 3, None)
    columns["sort"][50] = "tepid"
    columns["sort"][60] = "tepid"
    columns["hits"][70] = None
    columns["lit"][80] = "many"
    message = refused(tmp_path, columns, missing="drop")
    assert message.startswith("a.csv: column 'lit' holds 'many' in row 80 (counted from 0)")


@pytest.mark.parametrize(("missing", "left"), [("drop", 111), ("mean", 119)])
def test_missing_values_are_dropped_or_become_the_mean(tmp_path, missing, left):
    columns = columns_of()
    columns["size"][3] = columns["hits"][5] = columns["sort"][9] = None
    columns["colour"][10:70:10] = [None] * 6
    path = write_csv(tmp_path / "a.csv", columns)
    # Whole numbers of which some are missing are numbers, if nobody says that they are words.
    assert load_dataset(of(path, missing=missing)).schema.columns[1].kind == "number"
    dataset = load_dataset(of(path, missing=missing, words="hits"))
    assert sum(map(len, parts(dataset))) == left
    size, hits, _, colour = dataset.schema.columns
    if missing == "mean":
        assert colour.features[0] == "colour=(missing)"
        sizes = dataset.train.features[:, 0].astype(float)
        # The mean does not move where it stands in for itself.
        assert size.fill == pytest.approx(sizes.mean(), rel=1e-6)
        assert hits.fill == round(hits.fill)
    else:
        assert colour == Column("colour", "category", values=COLOURS)
        assert together(dataset) <= expected_rows()


def test_where_every_row_lacks_a_value_nothing_can_be_dropped(tmp_path):
    columns = columns_of("hits", "lit", "sort", empty=[1.5] + [None] * 119)
    columns["hits"][0] = None
    assert refused(tmp_path, columns, missing="drop") == (
        "a.csv: every row lacks a value, so none is left"
    )
    columns = columns_of("hits", "lit", "sort", empty=[None] * 120)
    message = "a.csv: column 'empty' is empty; leave it out with data.ignore"
    assert refused(tmp_path, columns, missing="mean") == message
    columns = columns_of("hits", "lit", sort=[None] * 120)
    assert refused(tmp_path, columns, missing="mean").endswith(
        "every row lacks a value, so none is left"
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("none", "data.weights names 'none', which is no column of a.csv; it has 'size', 'hits', "),
        ("colour", "a.csv: column 'colour' holds '"),
    ],
)
def test_weights_that_are_none_are_refused(tmp_path, weights, message):
    assert refused(tmp_path, columns_of(), weights=weights).startswith(message)


def test_missing_weights_are_refused_or_their_rows_dropped(tmp_path):
    columns = columns_of(weight=[1.5] * 120)
    columns["weight"][4] = None
    assert "column 'weight' has no value in row 4" in refused(tmp_path, columns, weights="weight")
    for missing in ("drop", "mean"):
        dataset = load_dataset(of(tmp_path / "a.csv", weights="weight", missing=missing))
        assert sum(map(len, parts(dataset))) == 119


def test_columns_are_ignored_by_name_and_row_numbers_by_themselves(tmp_path):
    pd.DataFrame(columns_of()).to_csv(tmp_path / "a.csv")
    dataset = load_dataset(of(tmp_path / "a.csv", ignore="size,colour"))
    assert dataset.schema.feature_names == ("hits", "lit")
    columns = columns_of(index=[3] * 60 + [4] * 60)
    dataset = load_dataset(of(write_csv(tmp_path / "b.csv", columns)))
    assert "index" in dataset.schema.feature_names  # it counts no rows
    message = refused(tmp_path, columns_of(), ignore="sizes")
    assert message.startswith(
        "data.ignore names 'sizes', which is no column of a.csv; it has 'size'"
    )


def test_of_ten_thousand_columns_three_and_their_number_are_named(tmp_path):
    wide = {f"column {place}": [0, 1, 2] * 10 for place in range(10_000)}
    assert refused(tmp_path, wide) == (
        "a.csv has no column 'sort' to predict (data.target); it has 'column 0', 'column 1', "
        "'column 2', ... (10,000 in all)"
    )
    dataset = load_dataset(of(tmp_path / "a.csv", target="column 77"))
    assert len(dataset.schema.feature_names) == 9_999
    # All others tell the target.
    (equal,) = [said for said in dataset.remarks if said.startswith("equal")]
    assert equal.startswith(
        "equal to the target: 'column 0', 'column 1', 'column 2', ... (9,999 in"
    )


def test_three_hundred_classes_keep_their_labels(tmp_path):
    labels = np.repeat(np.arange(300), 10)
    features = np.stack([labels % 17, labels % 23, labels // 2], axis=1).astype(np.float32)
    names = np.array([f"class {index}" for index in range(300)])
    np.savez(tmp_path / "a.npz", X=features, y=labels, classes=names)
    dataset = load_dataset(DataConfig(str(tmp_path / "a.npz")))
    assert dataset.schema.target.names == tuple(names)
    assert dataset.test.targets.max() == 299
    for part in parts(dataset):
        np.testing.assert_array_equal(part.features[:, 2], part.targets // 2)
    labels[7] = 300
    np.savez(tmp_path / "a.npz", X=features, y=labels, classes=names)
    with pytest.raises(
        DataError, match=r"column 'y' holds 300 in row 7 .*but 300 classes are named"
    ):
        load_dataset(DataConfig(str(tmp_path / "a.npz")))


def test_the_same_settings_give_the_same_samples_and_other_seeds_others(tmp_path):
    config = of(write_csv(tmp_path / "a.csv", columns_of()))
    first, again = load_dataset(config), load_dataset(config)
    assert first.fingerprint() == again.fingerprint()
    assert load_dataset(replace(config, split_seed=1)).fingerprint() != first.fingerprint()
    assert load_all(config).fingerprint() == load_all(replace(config, split_seed=1)).fingerprint()
