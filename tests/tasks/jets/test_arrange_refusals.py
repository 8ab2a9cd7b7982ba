"""Files of jets that are damaged or others than they seem are refused by name."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from reference.arranged_jets import (
    FEATURES,
    KINDS,
    LABELS,
    NAMES,
    archive,
    assert_read,
    load,
    refused,
    written,
)
from reference.jet_formats import (
    arff_bytes,
    constituent_datasets,
    csv_bytes,
    logicnets_table,
    names_of,
    table_columns,
    write_hdf5,
    write_parquet,
)

from logicjsc.core.errors import DataError
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


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
