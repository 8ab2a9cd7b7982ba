"""Files that are damaged, mislabelled or hostile end in one sentence, and execute nothing."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.damaged_files import HTML_PAGE, damaged
from reference.jet_formats import (
    arff_bytes,
    constituent_datasets,
    csv_bytes,
    example_jets,
    logicnets_table,
    names_of,
    write_hdf5,
    write_parquet,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, Samples, load_all
from logicjsc.dataset.readers import read_table, text
from logicjsc.dataset.table import Table, refuse_unusable
from logicjsc.tasks.jets.names import FEATURE_NAMES

FEATURES, LABELS = example_jets()
NAMES = names_of(LABELS)
KINDS = ("arff", "csv", "parquet", "z", "h5", "arff.gz", "npy", "idx")


def write(folder, kind, features=FEATURES, labels=LABELS):
    """A file of samples."""
    path = folder / f"{'X_' if kind == 'npy' else ''}samples.{kind}"
    if kind in {"csv", "arff", "arff.gz"}:
        make = csv_bytes if kind == "csv" else arff_bytes
        content = make(features, names_of(labels))
        path.write_bytes(gzip.compress(content) if kind == "arff.gz" else content)
    elif kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet

        arrays = [*features.T, names_of(labels)]
        pyarrow.parquet.write_table(
            pa.table(list(map(pa.array, arrays)), [*FEATURE_NAMES, "class"]), path
        )
    elif kind == "z":
        write_hdf5(path, t_allpar_new=logicnets_table(features, labels))
    elif kind == "h5":
        write_hdf5(path, **constituent_datasets(features, labels))
    elif kind == "idx":
        path = folder / "a-images-idx"
        path.write_bytes(idx(features))
        (folder / "a-labels-idx").write_bytes(idx(labels.astype(np.uint8)))
    else:
        np.save(path, features)
        np.save(folder / "y_samples.npy", labels)
    return path


def idx(array):
    code = {"u1": 8, "f4": 13}[array.dtype.str[1:]]
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def refused(path, message="."):
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or path.name.startswith("X_")
    with pytest.raises(DataError, match=message):
        load_all(DataConfig(task="jets", path=str(path)))
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_are_no_samples(tmp_path, kind):
    path = write(tmp_path, kind, FEATURES[:0], LABELS[:0])
    refused(path, "no samples|is not an? .*damaged")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_short_is_refused(tmp_path, kind):
    path = write(tmp_path, kind)
    content = path.read_bytes()
    for length in range(0, len(content) - 12, max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        try:
            table = read_table(path)
        except DataError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
        else:
            # Text may end at the end of a line, or in the middle of a number, without a trace.
            assert kind in {"csv", "arff"}
            assert len(table) <= len(FEATURES)
        with pytest.raises(DataError):
            load_all(DataConfig(task="jets", path=str(path)))


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
        (b"\0\0\x08\x01", "."),
        (b"\0\0\x08\x03" + bytes(12), "."),
        (b"\x1f\x8b\x08\0rubbish", "."),
        (b"PAR1PAR1", "."),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "."),
        (b"\x93NUMPY\1\0v\0{'descr'", "."),
        (b"PK\3\4" + bytes(30), "."),
        (b"@relation x\n@data\n", "."),
        (b"@relation x\n@attribute\n", "."),
        (b"@relation x\n@attribute x real\n", "it ends before @data"),
        (b"1,2,3\n4,5,6\n", "its first line holds numbers; it must name the columns"),
        (b"a,,b\n1,2,3\n", "column 2 has no name; name it in the header"),
        (b"a,b,a\n1,2,3\n", "has column 'a' twice"),
        (b"a,b\n", "there are no samples"),
        (b"a,b\n1,2,3\n", "is not a|has no"),
        (b"a,b\n1,\xff\n", "UTF-8"),
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


def test_a_name_of_absurd_length_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("a" * 200_000 + ",b\n1,2\n")
    refused(tmp_path / "a.csv", "field larger than field limit")


def test_a_web_page_in_a_folder_is_not_left_out_silently(tmp_path):
    write(tmp_path, "csv")
    for name in ("more.h5", "more.csv"):
        (tmp_path / name).write_bytes(HTML_PAGE)
        for config in (DataConfig(task="jets", path=str(tmp_path)), DataConfig(str(tmp_path))):
            with pytest.raises(DataError, match=f"{name} is not .*it is a web page"):
                load_all(config)
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,4,5\n", "a.csv is not a .csv file of samples, or is damaged"),
        ('a,b\n1,"2\n3,4\n', "a.csv is not a .csv file of samples, or is damaged"),
        ("a,b\n" + "1,2\n" * 5000 + "1,2,3\n", "Expected 2 fields in line 5001, saw 3|Length"),
    ],
)
def test_rows_that_do_not_fit_their_header_are_refused(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    refused(tmp_path / "a.csv", message)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0]] * 20, "column 'odd' holds list.*, neither numbers nor texts; leave it out"),
        ([b"\xff"] * 20, "damaged"),
        ([{"a": 1}] * 20, "column 'odd' holds struct"),
        ([None] * 20, "column 'odd' holds null"),
    ],
)
def test_a_column_of_parquet_that_holds_neither_numbers_nor_texts_is_refused(
    tmp_path, values, message
):
    path = write_parquet(tmp_path / "a.parquet", {"x": np.arange(20), "odd": values})
    with pytest.raises(DataError, match=message):
        refuse_unusable(read_table(path), ["x", "odd"])


def test_other_contents_of_hdf5_are_named(tmp_path):
    path = write_hdf5(tmp_path / "a.h5", events=np.zeros(3))
    refused(path, "holds no table of named columns, no matrix with names beside it, and no X and y")
    assert refused(path).endswith("it holds events")
    refused(write_hdf5(tmp_path / "c.h5", t_allpar_new=1.0), "it holds t_allpar_new")
    refused(write_hdf5(tmp_path / "X.h5", X=1.0, y=1.0), "X holds no rows")
    path = write_hdf5(tmp_path / "d.h5", jets=np.zeros((3, 4)), names=np.array([b"x", b"y"]))
    refused(path, "it holds jets, names")
    path = write_hdf5(tmp_path / "e.h5", jets=np.zeros((3, 4)), names=np.zeros(4))
    refused(path, "it holds jets, names")
    path = write_hdf5(tmp_path / "t.h5", jets=np.full((3, 2), b"a"), names=np.array([b"x", b"y"]))
    refused(path, "jets must hold numbers, not |S1")
    two = np.zeros(3, [("x", "f4")])
    refused(write_hdf5(tmp_path / "two.h5", a=two, b=two), "holds 2 tables, a, b; keep one")
    flat = np.zeros((3, 2), [("x", "f4")])
    refused(write_hdf5(tmp_path / "flat.h5", a=flat), "/a is not a table with named columns")
    refused(write_hdf5(tmp_path / "none.h5"), "it holds nothing")
    import h5py

    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_group("X")
        file["y"] = np.arange(3)
    refused(tmp_path / "f.h5", "X is a group, not an array")


def test_hdf5_that_leads_outside_is_not_followed(tmp_path):
    import h5py

    target = write_hdf5(tmp_path / "target.h5", t_allpar_new=logicnets_table(FEATURES, LABELS))
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["t_allpar_new"] = h5py.ExternalLink(str(target), "t_allpar_new")
    refused(tmp_path / "link.h5", "it holds t_allpar_new")
    with h5py.File(tmp_path / "pair.h5", "w") as file:
        file["X"] = h5py.ExternalLink(str(target), "t_allpar_new")
        file["y"] = LABELS
    refused(tmp_path / "pair.h5", "X leads elsewhere")
    with h5py.File(tmp_path / "soft.h5", "w") as file:
        file["y"] = LABELS
        file["X"] = h5py.SoftLink("/y")
    refused(tmp_path / "soft.h5", "X leads elsewhere")
    datasets = constituent_datasets(FEATURES, LABELS)
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((20, 59), "f8")
        layout[:] = h5py.VirtualSource(target, "jets", (20, 59))
        file.create_virtual_dataset("jets", layout)
        file["jetFeatureNames"] = datasets["jetFeatureNames"]
    refused(tmp_path / "virtual.h5", "jets lies in other files")
    with h5py.File(tmp_path / "raw.h5", "w") as file:
        file.create_dataset("jets", (20, 59), "f8", external=[(str(target), 0, 20 * 59 * 8)])
        file["jetFeatureNames"] = datasets["jetFeatureNames"]
    refused(tmp_path / "raw.h5", "jets lies in other files")


def test_claims_of_far_too_many_samples_or_columns_are_refused_at_once(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        shape = (10**12, 59)
        file.create_dataset("jets", shape, "f8", chunks=(1000, 59))
        file["jetFeatureNames"] = constituent_datasets(FEATURES, LABELS)["jetFeatureNames"]
    refused(
        tmp_path / "a.h5", "claims 1,000,000,000,000 samples; more than 20,000,000 are not read"
    )
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("X", (10, 10**9), "f8", chunks=(10, 1000))
        file["y"] = np.arange(10)
    refused(tmp_path / "b.h5", "claims 1,000,000,000 columns; more than 100,000 are not read")
    head = struct.pack(">BBBBII", 0, 0, 8, 2, 4_000_000_000, 4_000_000_000)
    (tmp_path / "c-images-idx").write_bytes(head)
    (tmp_path / "c-labels-idx").write_bytes(idx(np.zeros(3, np.uint8)))
    refused(tmp_path / "c-images-idx", "its header claims another number of values than it holds")


def test_objects_in_an_hdf5_table_are_left_out(tmp_path):
    import h5py

    table = logicnets_table(FEATURES, LABELS)
    kinds = [
        (name, h5py.string_dtype() if name == "j_zlogz" else table.dtype[name])
        for name in table.dtype.names
    ]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("t_allpar_new", (3,), np.dtype(kinds))
    assert "j_zlogz" not in read_table(tmp_path / "a.h5").names
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("t", (3,), np.dtype([("x", h5py.string_dtype()), ("y", "f4", 3)]))
    refused(tmp_path / "b.h5", "the columns of /t hold objects, not numbers")


def test_a_bomb_is_defused(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_LARGEST", 1 << 20)
    head = csv_bytes(FEATURES, NAMES)
    (tmp_path / "samples.csv.gz").write_bytes(gzip.compress(head + bytes(2 << 20)))
    refused(tmp_path / "samples.csv.gz", "unpacks to more than")


def test_a_bomb_of_images_is_defused(tmp_path, monkeypatch):
    from logicjsc.dataset.readers import arrays

    monkeypatch.setattr(arrays, "_LARGEST", 1 << 20)
    content = idx(np.zeros((2, 1 << 20), np.uint8))
    (tmp_path / "a-images-idx.gz").write_bytes(gzip.compress(content))
    (tmp_path / "a-labels-idx.gz").write_bytes(gzip.compress(idx(np.zeros(2, np.uint8))))
    refused(tmp_path / "a-images-idx.gz", "header claims another number|unpacks to more than")


@pytest.mark.parametrize(("kind", "module"), [("parquet", "pyarrow"), ("z", "h5py")])
def test_a_missing_package_is_named_with_its_remedy(tmp_path, monkeypatch, kind, module):
    path = write(tmp_path, kind)
    monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setitem(__import__("sys").modules, f"{module}.parquet", None)
    refused(path, rf"which needs {module}; pip install logicjsc\[formats\]")


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match=f"cannot read {tmp_path}: Is a directory"):
        read_table(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header")
def test_damage_ends_in_samples_or_in_one_sentence(tmp_path, kind, data):
    path = write(tmp_path, kind)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    for read, kind_of_result in (
        (lambda: read_table(path), Table),
        (lambda: load_all(DataConfig(task="jets", path=str(path))), Samples),
        (lambda: load_all(DataConfig(str(path), missing="mean")), Samples),
    ):
        try:
            found = read()
        except DataError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert isinstance(found, kind_of_result)


@pytest.mark.parametrize("kind", KINDS)
@given(content=st.binary(max_size=200))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_noise_behind_a_right_beginning_is_refused(tmp_path, kind, content):
    path = write(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:12] + content)
    refused(path)


ROWS = "a,größe,y\n" + "".join(f"{i},{i / 2},{'uv'[i % 2]}\n" for i in range(20))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("\n", "\r").encode(),
        ROWS.replace("\n", "\r\n", 3).encode(),
        ROWS.encode("utf-16"),
        b"\xfe\xff" + ROWS.encode("utf-16-be"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_tables_that_other_editors_saved_are_read(tmp_path, content, packed):
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    table = read_table(path)
    assert table.names == ("a", "größe", "y")
    assert len(table) == 20
    assert table.columns["y"].tolist() == ["u", "v"] * 10
    np.testing.assert_array_equal(table.columns["größe"], np.arange(20) / 2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ROWS.encode("latin-1"), "it is no UTF-8 text; save it as UTF-8"),
        (ROWS.encode("utf-16-le"), "it is no UTF-8 text|NUL"),
        (ROWS.encode() + b"\0" * 8, "it holds NUL characters"),
        (ROWS.encode().replace(b"5,2.5", b"5,\x002.5"), "it holds NUL characters"),
        (ROWS.encode() + b"\x1a", "it holds end-of-file .Ctrl-Z. characters"),
        (
            ROWS.encode().replace(b"5,2.5,v\n", b"<<<<<<< HEAD\n5,2.5,v\n=======\n>>>>>>> x\n"),
            "it holds a merge conflict",
        ),
    ],
)
def test_tables_that_are_no_unambiguous_text_are_refused(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    refused(tmp_path / "a.csv", message)


def test_an_address_is_no_file_and_its_secret_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for address in ("https://user:geheim@h/x.csv", "s3://bucket/x.csv?token=geheim"):
        with pytest.raises(DataError, match="is an address; download") as caught:
            load_all(DataConfig(address))
        assert "geheim" not in str(caught.value)
