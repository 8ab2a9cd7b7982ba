"""Archives and pairs of arrays and IDX images are read into one shape, or refused without harm."""

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reference.damaged_files import (
    HTML_PAGE,
    archive_bytes,
    damaged,
    trapped_array,
    with_member,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.readers import data_files, read_table
from logicjsc.dataset.samples import Array
from logicjsc.dataset.table import Table

FEATURES = ("size", "mass", "age")
CLASSES = ("cold", "warm", "hot")


def example_arrays(samples: int = 30, seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {
        "X": rng.normal(size=(samples, 3)).astype(np.float32),
        "y": np.arange(samples) % 3,
        "features": np.array(FEATURES),
        "classes": np.array(CLASSES),
    }


def write(path: Path, **changes: Any) -> Path:
    arrays = {**example_arrays(), **changes}
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def assert_holds(table: Table, arrays: dict[str, Array]) -> None:
    found = np.stack([table.columns[name] for name in FEATURES], axis=1)
    np.testing.assert_array_equal(found, arrays["X"])
    np.testing.assert_array_equal(table.columns["y"], arrays["y"])
    assert table.class_names == CLASSES


def test_an_archive_is_read_as_it_is(tmp_path):
    path = write(tmp_path / "samples.npz")
    table = read_table(path)
    assert_holds(table, example_arrays())
    assert (table.source, table.format) == (str(path), "npz")
    samples = load_all(DataConfig(str(path)))
    assert samples.class_names == CLASSES
    np.testing.assert_array_equal(samples.features, example_arrays()["X"])
    np.testing.assert_array_equal(samples.targets, example_arrays()["y"])


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
@pytest.mark.parametrize("labels", ["u1", ">i2", "<i8", "<u8"])
def test_any_float_and_any_integer_type_will_do(tmp_path, dtype, labels):
    arrays = example_arrays()
    half = arrays["X"].astype(np.float16)
    path = write(tmp_path / "samples.npz", X=half.astype(dtype), y=arrays["y"].astype(labels))
    assert_holds(read_table(path), {**arrays, "X": half.astype(np.float32)})
    samples = load_all(DataConfig(str(path)))
    np.testing.assert_array_equal(samples.features, half.astype(np.float32))
    np.testing.assert_array_equal(samples.targets, arrays["y"])


@pytest.mark.parametrize(
    ("features", "target"), [("x", "Y"), ("data", "target"), ("images", "labels")]
)
def test_other_usual_names_of_arrays_will_do(tmp_path, features, target):
    arrays = example_arrays()
    path = tmp_path / "a.npz"
    extra = {"feature_names": np.array(FEATURES)} if features == "data" else {}
    np.savez(path, **{features: arrays["X"], target: arrays["y"], **extra})
    table = read_table(path)
    assert table.names == ((*FEATURES, "y") if extra else ("x0", "x1", "x2", "y"))
    np.testing.assert_array_equal(table.columns["y"], arrays["y"])


def test_a_target_may_be_texts_or_one_column_for_each_class_or_value(tmp_path):
    texts = np.array(CLASSES)[example_arrays()["y"]]
    for dressed in (texts, texts.astype("S4"), texts[:, None]):
        samples = load_all(DataConfig(str(write(tmp_path / "a.npz", y=dressed, classes=None))))
        assert samples.class_names == ("cold", "hot", "warm")
        assert [samples.class_names[index] for index in samples.targets] == texts.tolist()
    hot = np.eye(3, dtype=int)[example_arrays()["y"]]
    samples = load_all(DataConfig(str(write(tmp_path / "a.npz", y=hot))))
    assert (samples.target.kind, samples.class_names) == ("classes", CLASSES)
    np.testing.assert_array_equal(samples.targets, example_arrays()["y"])
    several = np.random.default_rng(0).normal(size=(30, 2))
    samples = load_all(DataConfig(str(write(tmp_path / "a.npz", y=several, classes=None))))
    assert (samples.target.kind, samples.class_names) == ("value", ("0", "1"))
    samples = load_all(
        DataConfig(str(write(tmp_path / "a.npz", y=several, classes=np.array(["l", "m"]))))
    )
    assert (samples.target.kind, samples.class_names) == ("value", ("l", "m"))


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    parts = [example_arrays(samples, seed) for seed, samples in enumerate((9, 6, 12))]
    for name, arrays in zip(("b", "c", "a"), parts, strict=True):
        np.savez(tmp_path / f"{name}.npz", **arrays)
    (tmp_path / "notes.txt").write_text("no samples")
    samples = load_all(DataConfig(str(tmp_path)))
    ordered = [parts[2], parts[0], parts[1]]
    for found, name in ((samples.features, "X"), (samples.targets, "y")):
        np.testing.assert_array_equal(found, np.concatenate([part[name] for part in ordered]))
    assert samples.source == str(tmp_path)


def test_files_that_number_the_classes_differently_are_not_mixed(tmp_path):
    np.savez(tmp_path / "a.npz", **example_arrays())
    swapped = {**example_arrays(), "classes": np.array(CLASSES[::-1])}
    np.savez(tmp_path / "b.npz", **swapped)
    message = "b.npz numbers the classes 'hot', 'warm', 'cold', .*a.npz 'cold', 'warm', 'hot'; num"
    with pytest.raises(DataError, match=message):
        load_all(DataConfig(str(tmp_path)))
    # Another file to test on is read by the names of its classes.
    dataset = load_dataset(DataConfig(str(tmp_path / "a.npz"), test_path=str(tmp_path / "b.npz")))
    np.testing.assert_array_equal(dataset.test.targets, 2 - swapped["y"])
    assert dataset.test.class_names == CLASSES


def test_class_numbers_without_a_name_are_refused(tmp_path):
    for bad, row in ((3, 4), (-1, 7)):
        labels = example_arrays()["y"].copy()
        labels[row] = bad
        path = write(tmp_path / "a.npz", y=labels)
        message = rf"{path}: column 'y' holds {bad} in row {row} \(counted from 0\), but 3 classes"
        with pytest.raises(DataError, match=message):
            load_all(DataConfig(str(path)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": None}, "has no array 'X' with features; it has 'y', 'features', 'classes'"),
        ({"y": None}, "has no array 'y' with a target; it has 'X', 'features', 'classes'"),
        ({"X": np.zeros((30, 2), "f4")}, r"X has shape \[30, 2\], but 3 features are named"),
        ({"X": np.zeros(90, "f4")}, r"features must have shape \[samples, features\], not \[90\]"),
        ({"X": np.array([["a"] * 3] * 30)}, "features must be numbers, not <U1"),
        ({"X": np.zeros((30, 3), "c8")}, "features must be numbers, not complex64"),
        ({"y": np.zeros(29, int)}, "has 30 samples of features, but 29 of the target"),
        ({"features": np.array(["size", "mass", "size"])}, "has column 'size' twice"),
        ({"features": np.array(["size", "", "age"])}, "column 2 has no name"),
        ({"features": np.array(["size", "mass", "y"])}, "has column 'y' twice"),
        ({"X": np.zeros((0, 3), "f4"), "y": np.zeros(0, int)}, "there are no samples"),
        ({"X": np.zeros((30, 0), "f4"), "features": np.array([], "U1")}, "no column besides|shape"),
    ],
)
def test_contents_that_are_no_samples_are_refused_by_name(tmp_path, changes, message):
    path = write(tmp_path / "samples.npz", **changes)
    with pytest.raises(DataError, match=f"^{path}.*({message})"):
        load_all(DataConfig(str(path)))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_a_bad_value_is_named_by_column_and_row(tmp_path, value):
    wide = example_arrays()["X"].astype(np.float64)
    wide[7, 1] = value
    path = write(tmp_path / "samples.npz", X=wide)
    message = rf"^{path}: column 'mass' is {value} in row 7 \(counted from 0\) \(1 values are inf"
    with pytest.raises(DataError, match=message.replace("+", r"\+")):
        load_dataset(DataConfig(str(path)))


def test_a_bad_value_in_a_folder_is_named_by_file(tmp_path):
    np.savez(tmp_path / "a.npz", **example_arrays())
    arrays = example_arrays()
    arrays["X"][1, 1] = np.nan
    np.savez(tmp_path / "b.npz", **arrays)
    message = rf"column 'mass' has no value in row 1 \(counted from 0\) of {tmp_path}/b.npz; 1 val"
    with pytest.raises(DataError, match=message):
        load_dataset(DataConfig(str(tmp_path)))


@pytest.mark.parametrize("member", ["X", "y", "features", "classes"])
def test_a_pickled_array_is_refused_without_executing_it(tmp_path, member):
    evidence = tmp_path / "executed"
    path = write(tmp_path / "samples.npz", **{member: trapped_array(evidence)})
    with pytest.raises(DataError, match=f"{path} is not an .npz file of samples.*allow_pickle"):
        read_table(path)
    assert not evidence.exists()


def test_a_pickle_in_place_of_an_archive_is_refused_without_executing_it(tmp_path):
    evidence = tmp_path / "executed"
    path = tmp_path / "samples.npz"
    path.write_bytes(pickle.dumps(trapped_array(evidence)))
    with pytest.raises(DataError, match=f"{path} is not an .npz file of samples"):
        read_table(path)
    assert not evidence.exists()


def npy(array: Array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


ARCHIVE = archive_bytes(example_arrays(6), compressed=False)
COMPRESSED = archive_bytes(example_arrays(6))
SMALL = {**example_arrays(6)}


def claiming(shape: str) -> bytes:
    """The archive with an ``X`` that claims another shape in its header."""
    old = npy(SMALL["X"])
    start = old.index(b"(6, 3)")
    header = old[:start] + shape.encode()
    rest = old[start + 6 :]
    spare = len(shape) - 6  # the header is padded with blanks
    return with_member(ARCHIVE, "X.npy", header + rest.replace(b" " * spare, b"", 1))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML_PAGE,
        b"PK\x05\x06" + bytes(18),
        ARCHIVE[: len(ARCHIVE) // 2],
        with_member(ARCHIVE, "X.npy", b""),
        with_member(ARCHIVE, "X.npy", b"no array"),
        with_member(ARCHIVE, "X.npy", b"\x93NUMPY\x01\x00\x05\x00{'x'["),
        with_member(ARCHIVE, "X.npy", b"\x93NUMPY\x09\x00"),
        with_member(ARCHIVE, "features.npy", b"zlogz"),
        claiming("(7, 3)"),
        claiming("(9999999999999, 3)"),
        claiming("(99999999999999999999999, 3)"),
        claiming("(-6, 3)"),
        npy(SMALL["X"]),
    ],
    ids=[
        "empty",
        "web page",
        "empty zip",
        "half",
        "empty member",
        "text member",
        "torn header",
        "future version",
        "text names",
        "claims too much",
        "claims terabytes",
        "claims more than 64 bits",
        "claims a negative shape",
        "single array",
    ],
)
def test_a_file_that_is_no_archive_of_samples_is_refused(tmp_path, content):
    path = tmp_path / "samples.npz"
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=f"^{path} (is not an .npz file of samples, or is damaged|has no array)"
    ):
        read_table(path)


def replaced(old: bytes, new: bytes, member: str = "X") -> Callable[[bytes], bytes]:
    """Change the bytes after the beginning of ``member``, as a flipped bit would."""

    def change(content: bytes) -> bytes:
        start = content.index(f"{member}.npy".encode())
        place = content.index(old, start)
        return content[:place] + new + content[place + len(old) :]

    return change


@pytest.mark.parametrize(
    "change",
    [
        replaced(b"<f4", b"<f2"),
        replaced(b"<i8", b"<i4", "y"),
        replaced(b"(9999, 3)", b"(5000, 3)"),
        replaced(b"False", b"True "),
    ],
    ids=["narrower floats", "narrower integers", "fewer samples", "other order"],
)
def test_a_header_that_reads_only_part_of_an_array_does_not_escape_the_checksum(tmp_path, change):
    # Long members: zipfile reads a short one, and its checksum, in one go.
    content = archive_bytes(example_arrays(9999), compressed=False)
    path = tmp_path / "samples.npz"
    path.write_bytes(change(content))
    assert path.read_bytes() != content
    with pytest.raises(DataError, match=f"{path} is not an .npz file of samples, or is damaged"):
        read_table(path)


@given(content=st.one_of(damaged(ARCHIVE), damaged(COMPRESSED), st.binary(max_size=100)))
@example(content=ARCHIVE)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header")
def test_a_damaged_archive_holds_the_same_samples_or_is_refused(tmp_path, content):
    path = tmp_path / "samples.npz"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right
    else:
        if "y" not in table.names or table.format != "npz":
            # A changed name of a member in the directory of the archive.
            assert table.source == str(path)
            return
        np.testing.assert_array_equal(table.columns["y"], SMALL["y"])
        columns = [table.columns[name] for name in table.names if name != "y"]
        np.testing.assert_array_equal(np.stack(columns, axis=1), SMALL["X"])


def pair(folder: Path, features: Array, target: Array, part: str = "a") -> Path:
    np.save(folder / f"X_{part}.npy", features)
    np.save(folder / f"y_{part}.npy", target)
    return folder / f"X_{part}.npy"


@pytest.mark.parametrize("names", [("X", "y"), ("X_a", "y_a"), ("x_a", "y_a"), ("X_a", "Y_a")])
def test_a_pair_of_arrays_is_found_by_either_name(tmp_path, names):
    arrays = example_arrays()
    for name, key in zip(names, ("X", "y"), strict=True):
        np.save(tmp_path / f"{name}.npy", arrays[key])
    if names[1] == "Y_a":
        with pytest.raises(DataError, match=r"X_a.npy has no y_a.npy with the target beside it"):
            read_table(tmp_path / "X_a.npy")
        return
    table = read_table(tmp_path / f"{names[0]}.npy")
    assert table.names == ("x0", "x1", "x2", "y")
    np.testing.assert_array_equal(table.columns["y"], arrays["y"])
    assert data_files(tmp_path) == [tmp_path / f"{names[0]}.npy"]


@pytest.mark.parametrize("dtype", ["i8", "u1", ">i4"])
@pytest.mark.parametrize("shape", ["one-hot", "flat", "column"])
def test_classes_of_a_pair_in_any_shape(tmp_path, dtype, shape):
    arrays = example_arrays()
    labels = {
        "one-hot": np.eye(3)[arrays["y"]],
        "flat": arrays["y"],
        "column": arrays["y"][:, None],
    }
    path = pair(tmp_path, arrays["X"], labels[shape].astype(dtype))
    samples = load_all(DataConfig(str(path)))
    assert (samples.target.kind, samples.class_names) == ("classes", ("0", "1", "2"))
    np.testing.assert_array_equal(samples.targets, arrays["y"])


def test_classes_beside_a_pair_say_their_order(tmp_path):
    arrays = example_arrays()
    path = pair(tmp_path, arrays["X"], arrays["y"])
    for names in (np.array(CLASSES), np.array([name.encode() for name in CLASSES])):
        np.save(tmp_path / "classes.npy", names)
        assert load_all(DataConfig(str(path))).class_names == CLASSES
    # An array of Python strings, which numpy pickles.
    np.save(tmp_path / "classes.npy", np.array(CLASSES, object), allow_pickle=True)
    assert load_all(DataConfig(str(path))).class_names == CLASSES
    np.save(tmp_path / "y_a.npy", np.eye(3)[arrays["y"]])
    assert load_all(DataConfig(str(path))).class_names == CLASSES


def test_a_folder_of_pairs_is_read_whole_and_divided_by_name(tmp_path):
    arrays, others = example_arrays(), example_arrays(12, seed=1)
    pair(tmp_path, arrays["X"], arrays["y"], "train_val")
    pair(tmp_path, others["X"], others["y"], "test")
    assert len(load_all(DataConfig(str(tmp_path)))) == 42
    dataset = load_dataset(DataConfig(str(tmp_path), split="file", validation_fraction=0.2))
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [24, 6, 12]
    np.testing.assert_array_equal(dataset.test.features, others["X"])


@pytest.mark.parametrize("which", ["X_a.npy", "y_a.npy", "classes.npy"])
def test_pickled_arrays_are_never_executed(tmp_path, which):
    evidence = tmp_path / "executed"
    path = pair(tmp_path, example_arrays()["X"], example_arrays()["y"])
    np.save(tmp_path / which, trapped_array(evidence), allow_pickle=True)
    with pytest.raises(DataError, match=which):
        read_table(path)
    (tmp_path / which).write_bytes(pickle.dumps(trapped_array(evidence)))
    with pytest.raises(DataError, match=which):
        read_table(path)
    assert not evidence.exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("y_a.npy", None, "X_a.npy has no y_a.npy with the target beside it"),
        ("y_a.npy", npy(np.arange(29)), "has 30 samples of features, but 29 of the target"),
        ("y_a.npy", npy(np.arange(30)) + b"more", "it is longer than its array"),
        ("y_a.npy", npy(np.float32(1)), "y_a.npy is not .*it holds no array"),
        ("X_a.npy", npy(np.float32(1)), "it holds no array"),
        ("X_a.npy", npy(np.zeros(30)), r"features must have shape \[samples, features\], not \[30"),
        ("X_a.npy", npy(np.zeros((30, 3))).replace(b"(30, 3)", b"(99, 3)"), "damaged"),
        ("classes.npy", npy(np.array(["a", "a"])), "classes.npy must name each class once"),
        ("classes.npy", b"rubbish", "classes.npy is not an .npy file"),
    ],
)
def test_pairs_that_do_not_fit_are_named(tmp_path, name, content, message):
    path = pair(tmp_path, np.zeros((30, 3)), np.arange(30) % 3)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table(path)


def test_a_target_alone_is_no_samples(tmp_path):
    np.save(tmp_path / "y_a.npy", np.arange(5))
    with pytest.raises(DataError, match=r"a pair is named X_<part>\.npy and y_<part>\.npy"):
        read_table(tmp_path / "y_a.npy")
