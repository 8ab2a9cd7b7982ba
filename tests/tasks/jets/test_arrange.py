"""Every format gives the same jets, whatever the order and dress of its columns."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.arranged_jets import FEATURES, LABELS, NAMES, archive, assert_read, load, written
from reference.jet_formats import (
    arff_bytes,
    constituent_datasets,
    csv_bytes,
    logicnets_table,
    table_columns,
    write_hdf5,
    write_parquet,
)

from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.dataset.readers import read_table
from logicjsc.dataset.table import table_of
from logicjsc.tasks.jets.arrange import recognises
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


@pytest.mark.parametrize("label", ["class", "jet_type", "label"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_with_any_separator_and_any_name_of_the_labels(tmp_path, separator, label):
    content = csv_bytes(FEATURES, NAMES, label=label, separator=separator)
    assert_read(written(tmp_path / "jets.csv", content), "CSV")


@pytest.mark.parametrize("dress", ["{}", '"{}"', "b'{}'", " {} "])
def test_labels_may_be_dressed(tmp_path, dress):
    labels = [dress.format(name) for name in NAMES]
    assert_read(written(tmp_path / "jets.csv", csv_bytes(FEATURES, labels)), "CSV")
    quoted = [label.replace("b'", "'") for label in labels]
    assert_read(written(tmp_path / "jets.arff", arff_bytes(FEATURES, quoted)), "ARFF")


@given(order=st.permutations(range(16)), prefix=st.sampled_from(["", "j_"]))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_columns_may_stand_in_any_order(tmp_path, order, prefix):
    names = [prefix + FEATURE_NAMES[place] for place in order]
    content = csv_bytes(FEATURES[:, order], NAMES, names=names)
    assert_read(written(tmp_path / "jets.csv", content), "CSV")
    content = arff_bytes(FEATURES[:, order], NAMES, names=names)
    assert_read(written(tmp_path / "jets.arff", content), "ARFF")


@given(columns=st.permutations(range(16)), classes=st.permutations(range(5)))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_permuted_columns_and_classes_of_an_archive_are_put_right(tmp_path, columns, classes):
    path = archive(
        tmp_path / "jets.npz",
        X=FEATURES[:, columns],
        y=np.array([classes.index(label) for label in LABELS]),
        features=np.array(FEATURE_NAMES)[columns],
        classes=np.array(CLASS_NAMES)[classes],
    )
    assert_read(path, "npz")


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
@pytest.mark.parametrize("labels", ["u1", ">i2", "<i8", "<u8"])
def test_any_float_and_any_integer_type_will_do(tmp_path, dtype, labels):
    half = FEATURES.astype(np.float16)
    jets = load(archive(tmp_path / "jets.npz", X=half.astype(dtype), y=LABELS.astype(labels)))
    np.testing.assert_array_equal(jets.features, half.astype(np.float32))
    np.testing.assert_array_equal(jets.targets, LABELS)


def test_csv_as_other_programs_write_it(tmp_path):
    lines = csv_bytes(FEATURES, NAMES).decode().splitlines()
    numbered = [f"{number}," + line for number, line in enumerate(lines[1:])]
    text = "\r\n".join(["", "," + lines[0], *numbered])  # row numbers, no newline at the end
    assert_read(written(tmp_path / "jets.csv", b"\xef\xbb\xbf" + text.encode()), "CSV")
    quoted = '"' + lines[0].replace(",", '","') + '"'
    content = "\n".join([quoted, *lines[1:]]).encode()
    assert_read(written(tmp_path / "jets.data", content), "CSV")


def test_csv_with_a_column_per_class(tmp_path):
    lines = csv_bytes(FEATURES, NAMES).decode().splitlines()
    header = lines[0].removesuffix("class") + ",".join(f"j_{name}" for name in "gqwzt")
    body = [
        line[:-1] + ",".join(str(int(name == line[-1])) for name in "gqwzt") for line in lines[1:]
    ]
    assert_read(written(tmp_path / "jets.csv", "\n".join([header, *body]).encode()), "CSV")


def test_arff_as_openml_writes_it(tmp_path):
    text = arff_bytes(FEATURES, NAMES).decode()
    text = text.replace("@ATTRIBUTE zlogz REAL", "@attribute 'zlogz' numeric")
    text = text.replace("{g, q, w, z, t}", "{'g','q','t','w','z'}").replace(
        "@DATA", "@data\n% here"
    )
    content = ("% about\n" * 4000 + text).encode()
    assert_read(written(tmp_path / "dataset", content), "ARFF")


@pytest.mark.parametrize("make", [csv_bytes, arff_bytes])
def test_text_may_be_packed(tmp_path, make):
    path = written(tmp_path / "jets.gz", gzip.compress(make(FEATURES, NAMES)))
    assert_read(path, "CSV" if make is csv_bytes else "ARFF")


def parquet_labels():
    import pyarrow as pa

    return {
        "texts": pa.array(NAMES),
        "large": pa.array(NAMES, pa.large_string()),
        "bytes": pa.array([name.encode() for name in NAMES], pa.binary()),
        "categories": pa.array(NAMES).dictionary_encode(),
        "chunks": pa.chunked_array([NAMES[:3], NAMES[3:]]),
    }


@pytest.mark.parametrize("kind", ["texts", "large", "bytes", "categories", "chunks"])
def test_parquet(tmp_path, kind):
    columns = table_columns(FEATURES, parquet_labels()[kind], "jet_type")
    backwards = dict(reversed(list(columns.items())))
    assert_read(write_parquet(tmp_path / "jets.pq", backwards), "Parquet")


def test_parquet_of_doubles_integers_and_row_numbers(tmp_path):
    columns = table_columns(FEATURES.astype(np.float64), NAMES)
    columns["__index_level_0__"] = np.arange(len(NAMES))
    assert_read(write_parquet(tmp_path / "jets.parquet", columns), "Parquet")
    columns["multiplicity"] = np.arange(len(NAMES))
    path = write_parquet(tmp_path / "whole.parquet", columns)
    np.testing.assert_array_equal(load(path).features[:, 15], np.arange(len(NAMES)))


@pytest.mark.parametrize("name", ["jets.z", "jets.h5", "jets"])
def test_the_table_of_logicnets(tmp_path, name):
    path = write_hdf5(tmp_path / name, t_allpar_new=logicnets_table(FEATURES, LABELS))
    assert_read(path, "HDF5")


def test_repeated_rows_of_that_table_are_dropped_and_counted(tmp_path):
    table = logicnets_table(FEATURES, LABELS)
    zeros = table[3:4].copy()
    table["j_zlogz"][3], zeros["j_zlogz"] = 0.0, -0.0
    path = write_hdf5(tmp_path / "jets.z", t_allpar_new=np.concatenate([table, table[:5], zeros]))
    found = load(path)
    assert (len(read_table(path)), len(found)) == (26, 20)
    assert found.source == f"{path} (6 repeated jets dropped)"
    np.testing.assert_array_equal(found.features[4:], FEATURES[4:])  # order is kept
    np.testing.assert_array_equal(found.targets, LABELS)


def test_equal_features_of_two_classes_are_no_repetition(tmp_path):
    features = np.repeat(FEATURES[:1], 5, axis=0)
    path = write_hdf5(tmp_path / "jets.z", t_allpar_new=logicnets_table(features, np.arange(5)))
    assert len(load(path)) == 5


def test_jet_constituent_files(tmp_path):
    datasets = constituent_datasets(FEATURES, LABELS)
    assert datasets["jets"].shape == (20, 59)
    assert_read(write_hdf5(tmp_path / "jetImage_7_150p_0_10000.h5", **datasets), "HDF5")
    import h5py

    names = [name.decode() for name in datasets["jetFeatureNames"]]
    with h5py.File(tmp_path / "texts.h5", "w") as file:
        file["jets"] = datasets["jets"]
        file.create_dataset("jetFeatureNames", data=names, dtype=h5py.string_dtype())
    assert_read(tmp_path / "texts.h5", "HDF5")


def one_hot(labels):
    return np.eye(5)[labels]


@pytest.fixture
def tutorial(tmp_path):
    np.save(tmp_path / "X_train_val.npy", FEATURES)
    np.save(tmp_path / "y_train_val.npy", one_hot(LABELS))
    np.save(tmp_path / "X_test.npy", FEATURES[:10].astype(np.float64))
    np.save(tmp_path / "y_test.npy", one_hot(LABELS[:10]))
    return tmp_path


@pytest.mark.parametrize("dtype", ["i8", "u1", "f4"])
@pytest.mark.parametrize("shape", ["one-hot", "flat", "column"])
def test_pairs_of_arrays(tutorial, dtype, shape):
    labels = {"one-hot": one_hot(LABELS), "flat": LABELS, "column": LABELS[:, None]}[shape]
    if shape != "one-hot" and dtype == "f4":
        dtype = ">i4"
    np.save(tutorial / "y_train_val.npy", labels.astype(dtype))
    path = tutorial / "X_train_val.npy"
    assert_read(path, "npy", source=f"{path} (features as its maker scaled them)")


def test_classes_beside_a_pair_say_their_order(tutorial):
    # As the tutorial saves them: an array of Python strings, which numpy pickles.
    np.save(tutorial / "classes.npy", np.array(list("zwtqg"), object), allow_pickle=True)
    jets = load(tutorial / "X_train_val.npy")
    np.testing.assert_array_equal(jets.targets, 4 - LABELS)
    for plain in (np.array(list("zwtqg")), np.array([b"z", b"w", b"t", b"q", b"g"])):
        np.save(tutorial / "classes.npy", plain)
        np.testing.assert_array_equal(load(tutorial / "X_train_val.npy").targets, 4 - LABELS)


def test_a_folder_of_pairs_is_read_whole_and_divided_by_name(tutorial):
    assert len(load(tutorial)) == 30
    config = DataConfig(str(tutorial), task="jets", split="file", validation_fraction=0.25)
    dataset = load_dataset(config)
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [15, 5, 10]
    np.testing.assert_array_equal(dataset.test.features, FEATURES[:10])


def test_a_folder_may_hold_several_formats_and_other_things(tmp_path):
    archive(tmp_path / "a.npz")
    written(tmp_path / "b.csv", csv_bytes(FEATURES + 1, NAMES))
    written(tmp_path / "c", arff_bytes(FEATURES + 2, NAMES))
    write_parquet(tmp_path / "d.parquet", table_columns(FEATURES + 3, NAMES))
    written(tmp_path / "reference.csv", b"feature,mean,std\nzlogz,1,2\n")
    written(tmp_path / "README.md", b"# Jets\n")
    written(tmp_path / ".e.csv", csv_bytes(FEATURES, NAMES))
    (tmp_path / "folder.h5").mkdir()
    jets = load(tmp_path)
    np.testing.assert_array_equal(
        jets.features, np.concatenate([FEATURES, FEATURES + 1, FEATURES + 2, FEATURES + 3])
    )
    assert jets.source == str(tmp_path)


def test_jets_are_recognised_by_most_of_their_names():
    assert recognises(named([*FEATURE_NAMES, "class"]))
    assert recognises(named([f"j_{name}" for name in FEATURE_NAMES[:9]]))
    assert not recognises(named(FEATURE_NAMES[:8]))
    assert not recognises(named(["feature", "mean", "std"]))
    unnamed = [f"x{place}" for place in range(16)]
    assert recognises(named([*unnamed, "y"]))
    assert not recognises(named([*unnamed[:-1], "y"]))


def named(names):
    return table_of([(name, np.zeros(2)) for name in names], "a table")
