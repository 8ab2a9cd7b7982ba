"""Files that are damaged, mislabelled or hostile end in one sentence, and execute nothing."""

from __future__ import annotations

import gzip
import io
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.damaged_files import HTML_PAGE, damaged, trapped_array
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
from logicjsc.dataset import Samples, load_samples
from logicjsc.dataset.readers import text
from logicjsc.tasks.jets.names import FEATURE_NAMES

FEATURES, LABELS = example_jets()
NAMES = names_of(LABELS)
KINDS = ("arff", "csv", "parquet", "z", "h5", "arff.gz", "npy")


def write(folder, kind, features=FEATURES, labels=LABELS, *, drop="", twice="", add=""):
    """A file of samples, with a column left out, repeated or added."""
    path = folder / f"{'X_' if kind == 'npy' else ''}samples.{kind}"
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
        keep = [name != f"j_{drop}".encode() for name in datasets["sampleFeatureNames"]]
        samples, names = datasets["samples"][:, keep], datasets["sampleFeatureNames"][keep]
        if twice:
            samples, names = (
                np.c_[samples, samples[:, 0]],
                np.array([*names, f"j_{twice}".encode()]),
            )
        write_hdf5(path, samples=samples, sampleFeatureNames=names)
    else:
        np.save(path, features[:, columns])
        np.save(folder / "y_samples.npy", labels)
    return path


def refused(path, message="."):
    with pytest.raises(DataError, match=message) as caught:
        load_samples(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or path.name.startswith("X_")
    return str(caught.value)


NAMED = ("arff", "csv", "parquet", "z", "h5")


@pytest.mark.parametrize("kind", NAMED)
def test_a_missing_column_is_named(tmp_path, kind):
    refused(write(tmp_path, kind, drop="mass_mmdt"), "has no column 'mass_mmdt'; it has ")


@pytest.mark.parametrize("kind", ["arff", "csv", "parquet", "h5"])
def test_a_repeated_column_is_named(tmp_path, kind):
    refused(write(tmp_path, kind, twice="zlogz"), "has column 'zlogz' twice")


@pytest.mark.parametrize("kind", ["arff", "csv", "parquet"])
def test_an_unknown_column_is_named(tmp_path, kind):
    refused(write(tmp_path, kind, add="tau21"), "has an unexpected column 'tau21'; remove it")
    refused(write(tmp_path, kind, add="label"), "two columns of labels, 'class' and 'label'")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(tmp_path, kind, value):
    features = FEATURES.copy()
    features[7, 14] = value
    refused(write(tmp_path, kind, features), "feature mass_mmdt of sample 7 is (nan|-?inf) ")


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_are_no_samples(tmp_path, kind):
    refused(write(tmp_path, kind, FEATURES[:0], LABELS[:0]), "no samples|is not an? .*damaged")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_short_is_refused(tmp_path, kind):
    path = write(tmp_path, kind)
    content = path.read_bytes()
    for length in range(0, len(content) - 12, max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        refused(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HTML_PAGE, "it is a web page titled '404 Not Found'"),
        (b"  \n<!-- x --><HTML><body>Log in</body>", "it is a web page, as"),
        (b'{"error": {"code": "111"}}', "it is JSON"),
        (b"<?xml version='1.0'?><oml:error/>", "it is an XML document"),
        (b"", "it is an empty file"),
        (b"\x80\x04N.", "it is a pickle, which is never executed"),
        (b"\0\1\2\3" * 30, "."),
        (b"\x1f\x8b\x08\0rubbish", "."),
        (b"PAR1PAR1", "."),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "."),
        (b"\x93NUMPY\1\0v\0{'descr'", "."),
        (b"PK\3\4" + bytes(30), "."),
        (b"@relation x\n@data\n", "."),
        (b"@relation x\n@attribute\n", "."),
        (b"zlogz,class\n1,g\n", "."),
        (b"zlogz" * 1000, "."),
        (gzip.compress(HTML_PAGE, mtime=0), "inside it is a web page"),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "inside it is a gzip file"),
    ],
)
def test_a_file_of_another_kind_is_named_whatever_its_name(tmp_path, content, message):
    for kind in (*KINDS, "npz", "data"):
        path = tmp_path / f"X_samples.{kind}"
        path.write_bytes(content)
        refused(path, message)


def test_a_web_page_in_a_folder_is_not_left_out_silently(tmp_path):
    write(tmp_path, "csv")
    for name in ("more.h5", "more.csv"):
        (tmp_path / name).write_bytes(HTML_PAGE)
        with pytest.raises(DataError, match=f"{name} is not .*it is a web page"):
            load_samples(tmp_path)
        (tmp_path / name).unlink()


@pytest.mark.parametrize("kind", ["csv", "arff"])
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",g\n", ",h\n", "column 'class' holds 'h' for sample 0, which is none of g, q, t, w, z"),
        (",g\n", ",\n", "column 'class' holds '' for sample 0"),
        (",g\n", ",0\n", "column 'class' holds '0' for sample 0"),
        (",g\n", ",gluon and more than sixteen letters\n", "column 'class' holds 'gluon"),
        (",g\n", ",g,1\n", "columns"),
        (",g\n", ",\xff\n", "column 'class' holds '\xff'"),
    ],
)
def test_wrong_cells_of_text_are_named(tmp_path, kind, old, new, message):
    path = write(tmp_path, kind)
    content = path.read_text()
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    refused(path, message)


@pytest.mark.parametrize("cell", ["?", "many", "1,5", "", "0x10", "1_000"])
def test_a_cell_that_is_no_number_is_refused(tmp_path, cell):
    path = write(tmp_path, "arff")
    first = repr(float(FEATURES[0, 0]))
    path.write_text(path.read_text().replace(first, cell, 1))
    refused(path, "is not an .arff file of samples, or is damaged")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(20), "column 'class' holds int64, not class names"),
        (["g", None] * 10, "column 'class' holds '' for sample 1"),
        ([b"\xff"] * 20, "damaged"),
        ([["g"]] * 20, "damaged .a column holds list"),
    ],
)
def test_wrong_labels_of_parquet_are_refused(tmp_path, labels, message):
    refused(write_parquet(tmp_path / "samples.parquet", table_columns(FEATURES, labels)), message)


@pytest.mark.parametrize("values", [NAMES, [True] * 20, [None] * 20, [[1.0]] * 20])
def test_wrong_features_of_parquet_are_refused(tmp_path, values):
    columns = {**table_columns(FEATURES, NAMES), "multiplicity": values}
    if values[0] is True:
        assert load_samples(write_parquet(tmp_path / "ok.parquet", columns)).features[0, 15] == 1
        return
    refused(write_parquet(tmp_path / "samples.parquet", columns), "multiplicity|damaged")


def test_a_missing_number_of_parquet_is_named(tmp_path):
    columns = {**table_columns(FEATURES, NAMES), "zlogz": [None, *FEATURES[1:, 0].tolist()]}
    refused(
        write_parquet(tmp_path / "samples.parquet", columns), "feature zlogz of sample 0 is nan"
    )


@pytest.mark.parametrize("value", [0, 2, -1])
def test_a_sample_of_no_class_or_two_is_named(tmp_path, value):
    table = logicnets_table(FEATURES, LABELS)
    table["j_t"][3] = 1  # it is a w already
    refused(write_hdf5(tmp_path / "two.z", t_allpar_new=table), "sample 3 must be of one class")
    table["j_t"][3], table["j_w"][3] = value, 0
    refused(write_hdf5(tmp_path / "odd.z", t_allpar_new=table), "sample 3 must be of one class")


def test_other_contents_of_hdf5_are_named(tmp_path):
    path = write_hdf5(tmp_path / "a.h5", events=np.zeros(3))
    refused(path, "holds neither t_allpar_new nor samples with sampleFeatureNames; it holds events")
    refused(write_hdf5(tmp_path / "b.h5", t_allpar_new=np.zeros(3)), "not a table with named col")
    refused(write_hdf5(tmp_path / "c.h5", t_allpar_new=1.0), "t_allpar_new holds no rows")
    names = np.array([b"j_zlogz", b"j_g"])
    path = write_hdf5(tmp_path / "d.h5", samples=np.zeros((3, 4)), sampleFeatureNames=names)
    refused(path, "in the 2 columns that sampleFeatureNames names, not float64 of shape")
    path = write_hdf5(tmp_path / "e.h5", samples=np.zeros((3, 4)), sampleFeatureNames=np.zeros(4))
    refused(path, "sampleFeatureNames must be a list of texts")
    import h5py

    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_group("t_allpar_new")
    refused(tmp_path / "f.h5", "t_allpar_new is a group, not an array")


def test_hdf5_that_leads_outside_is_not_followed(tmp_path):
    import h5py

    target = write_hdf5(tmp_path / "target.h5", t_allpar_new=logicnets_table(FEATURES, LABELS))
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["t_allpar_new"] = h5py.ExternalLink(str(target), "t_allpar_new")
    refused(tmp_path / "link.h5", "t_allpar_new leads elsewhere")
    datasets = constituent_datasets(FEATURES, LABELS)
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((20, 59), "f8")
        layout[:] = h5py.VirtualSource(target, "samples", (20, 59))
        file.create_virtual_dataset("samples", layout)
        file["sampleFeatureNames"] = datasets["sampleFeatureNames"]
    refused(tmp_path / "virtual.h5", "samples lies in other files")
    with h5py.File(tmp_path / "raw.h5", "w") as file:
        file.create_dataset("samples", (20, 59), "f8", external=[(str(target), 0, 20 * 59 * 8)])
        file["sampleFeatureNames"] = datasets["sampleFeatureNames"]
    refused(tmp_path / "raw.h5", "samples lies in other files")


def test_claims_of_far_too_many_samples_are_refused_at_once(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        shape = (10**12, 59)
        file.create_dataset("samples", shape, "f8", chunks=(1000, 59))
        file["sampleFeatureNames"] = constituent_datasets(FEATURES, LABELS)["sampleFeatureNames"]
    refused(
        tmp_path / "a.h5", "claims 1,000,000,000,000 samples; more than 20,000,000 are not read"
    )


def test_objects_in_hdf5_are_refused(tmp_path):
    import h5py

    table = logicnets_table(FEATURES, LABELS)
    kinds = [
        (name, h5py.string_dtype() if name == "j_zlogz" else table.dtype[name])
        for name in table.dtype.names
    ]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("t_allpar_new", (3,), np.dtype(kinds))
    refused(tmp_path / "a.h5", "column 'j_zlogz' holds objects, not numbers")


@pytest.mark.parametrize("which", ["X_a.npy", "y_a.npy", "classes.npy"])
def test_pickled_arrays_are_never_executed(tmp_path, which):
    evidence = tmp_path / "executed"
    np.save(tmp_path / "X_a.npy", FEATURES)
    np.save(tmp_path / "y_a.npy", LABELS)
    np.save(tmp_path / which, trapped_array(evidence), allow_pickle=True)
    with pytest.raises(DataError, match=which):
        load_samples(tmp_path / "X_a.npy")
    (tmp_path / which).write_bytes(pickle.dumps(trapped_array(evidence)))
    with pytest.raises(DataError, match=which):
        load_samples(tmp_path / "X_a.npy")
    assert not evidence.exists()


def saved(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("y_a.npy", None, "X_a.npy has no y_a.npy with the labels beside it"),
        ("y_a.npy", saved(LABELS[:-1]), "y_a.npy has labels of 19 samples, its features are of 20"),
        ("y_a.npy", saved(LABELS + 1), "y_a.npy must hold one class index below 5"),
        (
            "y_a.npy",
            saved(LABELS * 1.0),
            "y_a.npy must hold one class index per sample or 5 columns",
        ),
        ("y_a.npy", saved(np.zeros((20, 5))), "sample 0 must be of one class"),
        ("y_a.npy", saved(np.full((20, 5), 0.2)), "sample 0 must be of one class"),
        ("y_a.npy", saved(LABELS) + b"more", "it is longer than its array"),
        (
            "X_a.npy",
            saved(FEATURES[:, 1:]),
            r"must hold floats of shape \[samples, 16\], not float32",
        ),
        ("X_a.npy", saved(FEATURES.astype(int)), "must hold floats of shape"),
        ("X_a.npy", saved(np.float32(1)), "it holds no array"),
        ("X_a.npy", saved(FEATURES).replace(b"(20, 16)", b"(99, 16)"), "damaged"),
        ("classes.npy", saved(np.array(list("gqtwh"))), "must name each of g, q, t, w, z once"),
        ("classes.npy", saved(np.arange(5)), "must name each of g, q, t, w, z once"),
        ("classes.npy", b"rubbish", "classes.npy is not an .npy file"),
    ],
)
def test_pairs_that_do_not_fit_are_named(tmp_path, name, content, message):
    for file, good in (("X_a.npy", saved(FEATURES)), ("y_a.npy", saved(LABELS))):
        (tmp_path / file).write_bytes(good)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_samples(tmp_path / "X_a.npy")


def test_labels_alone_are_no_samples(tmp_path):
    np.save(tmp_path / "y_a.npy", LABELS)
    refused(tmp_path / "y_a.npy", "a pair is named X_<part>.npy and y_<part>.npy")


def test_a_bomb_is_defused(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_LARGEST", 1 << 20)
    head = csv_bytes(FEATURES, NAMES)
    (tmp_path / "samples.csv.gz").write_bytes(gzip.compress(head + bytes(2 << 20)))
    refused(tmp_path / "samples.csv.gz", "unpacks to more than")


@pytest.mark.parametrize(("kind", "module"), [("parquet", "pyarrow"), ("z", "h5py")])
def test_a_missing_package_is_named_with_its_remedy(tmp_path, monkeypatch, kind, module):
    path = write(tmp_path, kind)
    monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setitem(__import__("sys").modules, f"{module}.parquet", None)
    refused(path, rf"which needs {module}; pip install logicjsc\[formats\]")


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    from logicjsc.dataset.readers import read_file

    with pytest.raises(DataError, match=f"cannot read {tmp_path}: Is a directory"):
        read_file(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header")
def test_damage_ends_in_samples_or_in_one_sentence(tmp_path, kind, data):
    path = write(tmp_path, kind)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    try:
        samples = load_samples(path)
    except DataError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(samples, Samples)


@pytest.mark.parametrize("kind", KINDS)
@given(content=st.binary(max_size=200))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_noise_behind_a_right_beginning_is_refused(tmp_path, kind, content):
    path = write(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:12] + content)
    refused(path)
