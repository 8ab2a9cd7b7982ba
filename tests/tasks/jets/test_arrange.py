"""Every format gives the same jets, whatever the order and dress of its columns."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.jet_formats import (
    arff_bytes,
    constituent_datasets,
    csv_bytes,
    example_jets,
    logicnets_table,
    names_of,
    table_columns,
    write_hdf5,
    write_parquet,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.readers import read_table
from logicjsc.tasks.jets.arrange import recognises
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

FEATURES, LABELS = example_jets()
NAMES = names_of(LABELS)
KINDS = ("arff", "csv", "parquet", "z", "h5", "arff.gz", "npy", "npz")


def load(path):
    return load_all(DataConfig(task="jets", path=str(path)))


def assert_read(path, kind, *, source=None):
    jets = load(path)
    np.testing.assert_array_equal(jets.features, FEATURES)
    np.testing.assert_array_equal(jets.targets, LABELS)
    assert jets.feature_names == FEATURE_NAMES
    assert jets.class_names == CLASS_NAMES
    table = read_table(path)
    assert table.format.removesuffix(" table") == kind
    assert len(table) == len(FEATURES)
    assert jets.source == (source or str(path))


def written(path, content):
    path.write_bytes(content)
    return path


def archive(path, **changes):
    arrays = {
        "X": FEATURES,
        "y": LABELS,
        "features": np.array(FEATURE_NAMES),
        "classes": np.array(CLASS_NAMES),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def refused(path, message="."):
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or path.name.startswith("X_")
    return str(caught.value)


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
    assert recognises([*FEATURE_NAMES, "class"])
    assert recognises([f"j_{name}" for name in FEATURE_NAMES[:9]])
    assert not recognises(FEATURE_NAMES[:8])
    assert not recognises(["feature", "mean", "std"])


def write(folder, kind, features=FEATURES, labels=LABELS, *, drop="", twice="", add=""):
    """A file of jets, with a column left out, repeated or added."""
    path = folder / f"{'X_' if kind == 'npy' else ''}jets.{kind}"
    names = [name for name in FEATURE_NAMES if name != drop]
    columns = [FEATURE_NAMES.index(name) for name in names]
    for name in filter(None, (twice, add)):
        names.append(name)
        columns.append(0)
    if kind in {"csv", "arff", "arff.gz"}:
        make = csv_bytes if kind == "csv" else arff_bytes
        content = make(features[:, columns], names_of(labels), names=names)
        path.write_bytes(gzip.compress(content) if kind == "arff.gz" else content)
    elif kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet

        arrays = [*(features[:, column] for column in columns), names_of(labels)]
        pyarrow.parquet.write_table(pa.table(list(map(pa.array, arrays)), [*names, "class"]), path)
    elif kind == "z":
        table = logicnets_table(features, labels)
        kept = [name for name in table.dtype.names if name != f"j_{drop}"]
        write_hdf5(path, t_allpar_new=np.ascontiguousarray(table[kept]))
    elif kind == "h5":
        datasets = constituent_datasets(features, labels)
        keep = [name != f"j_{drop}".encode() for name in datasets["jetFeatureNames"]]
        jets, names = datasets["jets"][:, keep], datasets["jetFeatureNames"][keep]
        if twice:
            jets, names = np.c_[jets, jets[:, 0]], np.array([*names, f"j_{twice}".encode()])
        write_hdf5(path, jets=jets, jetFeatureNames=names)
    elif kind == "npz":
        archive(path, X=features[:, columns], y=labels, features=np.array(names))
    else:
        np.save(path, features[:, columns])
        np.save(folder / "y_jets.npy", labels)
    return path


@pytest.mark.parametrize("kind", ["arff", "csv", "parquet", "z", "h5"])
def test_a_missing_column_is_named(tmp_path, kind):
    message = refused(write(tmp_path, kind, drop="mass_mmdt"), "has no column 'mass_mmdt'; it has ")
    assert message.endswith("name what is predicted with data.target (--target)")


@pytest.mark.parametrize("kind", ["arff", "csv", "parquet", "h5"])
def test_a_repeated_column_is_named(tmp_path, kind):
    refused(write(tmp_path, kind, twice="zlogz"), "has column '(j_)?zlogz' twice")


def test_a_column_under_two_spellings_is_a_repeated_one(tmp_path):
    names = [*FEATURE_NAMES, "j_zlogz"]
    content = csv_bytes(np.c_[FEATURES, FEATURES[:, 0]], NAMES, names=names)
    refused(written(tmp_path / "jets.csv", content), "has column 'zlogz' twice; remove one")


@pytest.mark.parametrize("kind", ["arff", "csv", "parquet"])
def test_an_unknown_column_is_named(tmp_path, kind):
    refused(write(tmp_path, kind, add="tau21"), "has an unexpected column 'tau21'; remove it")
    refused(write(tmp_path, kind, add="label"), "two columns of labels, 'class' and 'label'")


def test_a_table_without_labels_is_refused(tmp_path):
    content = csv_bytes(FEATURES, NAMES, label="kind")
    refused(
        written(tmp_path / "jets.csv", content),
        r"has no column 'class' \(nor jet_type, label, or one of j_g, j_q, j_t, j_w, j_z each\)",
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(tmp_path, kind, value):
    features = FEATURES.copy()
    features[7, 14] = value
    refused(write(tmp_path, kind, features), "feature mass_mmdt of sample 7 is (nan|-?inf) ")


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_a_bad_value_is_named_by_its_feature_even_in_permuted_columns(tmp_path, value):
    wide = FEATURES.astype(np.float64)
    wide[7, FEATURE_NAMES.index("n2_b1_mmdt")] = value
    path = archive(tmp_path / "jets.npz", X=wide[:, ::-1], features=np.array(FEATURE_NAMES)[::-1])
    with pytest.raises(DataError, match=f"^{path}: feature n2_b1_mmdt of sample 7 is (nan|inf) "):
        load(path)


def test_a_bad_file_in_a_folder_is_named(tmp_path):
    archive(tmp_path / "a.npz")
    features = FEATURES.copy()
    features[1, 1] = np.nan
    archive(tmp_path / "b.npz", X=features)
    with pytest.raises(
        DataError, match=f"^{tmp_path}/b.npz: feature c1_b0_mmdt of sample 1 is nan"
    ):
        load(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "arff"])
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",g\n", ",h\n", "column 'class' holds 'h' for jet 0, which is none of g, q, t, w, z"),
        (",g\n", ",\n", "column 'class' holds '' for jet 0"),
        (",g\n", ",0\n", "column 'class' holds '0' for jet 0"),
        (",g\n", ",gluon and more than sixteen letters\n", "column 'class' holds 'gluon"),
        (",g\n", ",g,1\n", "is not an? .* file of samples, or is damaged"),
        (",g\n", ",\xff\n", "column 'class' holds '\xff'"),
    ],
)
def test_wrong_cells_of_text_are_named(tmp_path, kind, old, new, message):
    path = write(tmp_path, kind)
    content = path.read_text()
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    refused(path, message)


@pytest.mark.parametrize("kind", ["csv", "arff"])
@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("?", "feature zlogz of sample 0 is nan"),
        ("", "feature zlogz of sample 0 is nan"),
        ("many", "column 'zlogz' holds 'many' for jet 0, which is no number"),
        ("0x10", "column 'zlogz' holds '0x10' for jet 0, which is no number"),
        ("1_000", "column 'zlogz' holds '1_000' for jet 0, which is no number"),
        ("1,5", "is not an? .* file of samples, or is damaged"),
    ],
)
def test_a_cell_that_is_no_number_is_refused(tmp_path, kind, cell, message):
    path = write(tmp_path, kind)
    first = repr(float(FEATURES[0, 0]))
    path.write_text(path.read_text().replace(first, cell, 1))
    refused(path, message)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(20), "column 'class' holds int64, not class names"),
        (["g", None] * 10, "column 'class' holds '' for jet 1"),
        ([b"\xff"] * 20, "damaged"),
        ([["g"]] * 20, "column 'class' holds list"),
    ],
)
def test_wrong_labels_of_parquet_are_refused(tmp_path, labels, message):
    refused(write_parquet(tmp_path / "jets.parquet", table_columns(FEATURES, labels)), message)


@pytest.mark.parametrize("values", [NAMES, [True] * 20, [None] * 20, [[1.0]] * 20, ["1"] * 20])
def test_wrong_features_of_parquet_are_refused(tmp_path, values):
    columns = {**table_columns(FEATURES, NAMES), "multiplicity": values}
    if values[0] is True:
        assert load(write_parquet(tmp_path / "ok.parquet", columns)).features[0, 15] == 1
        return
    refused(write_parquet(tmp_path / "jets.parquet", columns), "multiplicity|damaged")


def test_a_missing_number_of_parquet_is_named(tmp_path):
    columns = {**table_columns(FEATURES, NAMES), "zlogz": [None, *FEATURES[1:, 0].tolist()]}
    refused(write_parquet(tmp_path / "jets.parquet", columns), "feature zlogz of sample 0 is nan")


@pytest.mark.parametrize("value", [0, 2, -1])
def test_a_jet_of_no_class_or_two_is_named(tmp_path, value):
    table = logicnets_table(FEATURES, LABELS)
    table["j_t"][3] = 1  # it is a w already
    refused(write_hdf5(tmp_path / "two.z", t_allpar_new=table), "jet 3 must be of one class")
    table["j_t"][3], table["j_w"][3] = value, 0
    refused(write_hdf5(tmp_path / "odd.z", t_allpar_new=table), "jet 3 must be of one class")


def test_objects_in_hdf5_are_no_features(tmp_path):
    import h5py

    table = logicnets_table(FEATURES, LABELS)
    kinds = [
        (name, h5py.string_dtype() if name == "j_zlogz" else table.dtype[name])
        for name in table.dtype.names
    ]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("t_allpar_new", (3,), np.dtype(kinds))
    refused(tmp_path / "a.h5", "has no column 'zlogz'")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("y_a.npy", LABELS[:-1], "20 samples of features, but 19 of the target"),
        ("y_a.npy", LABELS + 1, "y must hold one class index below 5 per jet"),
        ("y_a.npy", LABELS * 1.0, "y must hold class indices, not float64"),
        ("y_a.npy", np.zeros((20, 5)), "jet 0 must be of one class"),
        ("y_a.npy", np.full((20, 5), 0.2), "jet 0 must be of one class"),
        ("X_a.npy", FEATURES[:, 1:], r"must hold floats of shape \[jets, 16\], not of 15 features"),
        ("X_a.npy", FEATURES.astype(int), "features must be floats, not int64"),
        ("classes.npy", np.array(list("gqtwh")), "has no class 'z'; it has g, q, t, w, h"),
        ("classes.npy", np.arange(5), "has no class 'g'; it has 0, 1, 2, 3, 4"),
    ],
)
def test_pairs_that_do_not_fit_are_named(tmp_path, name, array, message):
    np.save(tmp_path / "X_a.npy", FEATURES)
    np.save(tmp_path / "y_a.npy", LABELS)
    np.save(tmp_path / name, array)
    with pytest.raises(DataError, match=message):
        load(tmp_path / "X_a.npy")


def swapped(names, place, name):
    return np.array([*names[:place], name, *names[place + 1 :]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": np.zeros((20, 15), "f4")}, r"X has shape \[20, 15\], but 16 features are named"),
        ({"X": np.zeros(320, "f4")}, r"features must have shape \[samples, features\], not \[320"),
        ({"X": np.zeros((20, 16), int)}, "features must be floats, not int64"),
        ({"y": np.zeros(20)}, "y must hold class indices, not float64"),
        ({"y": np.array(["g"] * 20)}, "y must hold class indices, not object"),
        ({"y": np.full(20, 5)}, "y must hold one class index below 5 per jet"),
        ({"y": np.full(20, -1)}, "y must hold one class index below 5 per jet"),
        ({"y": np.zeros((20, 5), int)}, "jet 0 must be of one class"),
        ({"y": np.zeros(19, int)}, "20 samples of features, but 19 of the target"),
        (
            {"features": swapped(FEATURE_NAMES, 14, "mass")},
            "has no feature 'mass_mmdt'; it has zlogz, .*, mass, multiplicity",
        ),
        (
            {"X": np.zeros((20, 15), "f4"), "features": np.array(FEATURE_NAMES[1:])},
            "has no feature 'zlogz'; it has c1_b0_mmdt",
        ),
        (
            {"X": np.zeros((20, 17), "f4"), "features": np.array([*FEATURE_NAMES, "tau21"])},
            "unexpected or repeated feature 'tau21'",
        ),
        (
            {"X": np.zeros((20, 17), "f4"), "features": np.array([*FEATURE_NAMES, "zlogz"])},
            "has column 'zlogz' twice",
        ),
        ({"classes": swapped(CLASS_NAMES, 2, "b")}, "has no class 't'; it has g, q, b, w, z"),
        ({"classes": np.array([*CLASS_NAMES, "h"])}, "unexpected or repeated class 'h'"),
        ({"classes": np.array([*CLASS_NAMES, "g"])}, "unexpected or repeated class 'g'"),
        ({"classes": np.array("gqtwz"), "y": np.zeros(20, int)}, "has no class 'g'; it has gqtwz"),
        (
            {"features": np.array("zlogz"), "X": np.zeros((20, 1), "f4")},
            "has no feature 'c1_b0_mmdt'; it has zlogz",
        ),
        ({"X": np.zeros((0, 16), "f4"), "y": np.zeros(0, int)}, "there are no samples"),
    ],
)
def test_contents_of_an_archive_that_are_no_jets_are_refused_by_name(tmp_path, changes, message):
    path = archive(tmp_path / "jets.npz", **changes)
    with pytest.raises(DataError, match=f"^{path}.*{message}"):
        load(path)


def test_arrays_without_names_stand_in_the_order_of_the_published_set(tmp_path):
    assert_read(archive(tmp_path / "jets.npz", features=None, classes=None), "npz")


@pytest.mark.parametrize("member", ["X", "y"])
def test_a_missing_array_is_named(tmp_path, member):
    path = archive(tmp_path / "jets.npz", **{member: None})
    with pytest.raises(DataError, match=f"{path} has no array '{member}' with "):
        load(path)
