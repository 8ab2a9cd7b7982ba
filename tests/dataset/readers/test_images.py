"""Images in IDX files, and values of any shape as columns."""

import gzip
import struct

import numpy as np
import pytest
from reference.damaged_files import (
    HTML_PAGE,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.readers import data_files, read_table
from logicjsc.dataset.readers.arrays import arrays_table, names_of
from logicjsc.dataset.samples import Array


def idx(array: Array) -> bytes:
    code = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def images(samples: int = 60, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (samples, 14, 5)).astype(np.uint8), np.arange(samples) % 10


MNIST = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("names", [MNIST, ("a.images", "a.labels"), ("t-idx3", "t-idx1")])
def test_images_and_their_labels(tmp_path, packed, names):
    pixels, labels = images()
    contents = (idx(pixels), idx(labels.astype(np.uint8)))
    for name, content in zip(names, contents, strict=True):
        suffix = ".gz" if packed else ""
        (tmp_path / (name + suffix)).write_bytes(gzip.compress(content) if packed else content)
    path = tmp_path / (names[0] + (".gz" if packed else ""))
    assert data_files(tmp_path) == [path]
    table = read_table(path)
    assert table.format == "IDX"
    assert table.names[0] == "pixel_r00_c0"
    assert table.names[12 * 5 + 3] == "pixel_r12_c3"
    samples = load_all(DataConfig(str(path)))
    assert (samples.target.kind, len(samples.class_names)) == ("classes", 10)
    assert set(samples.schema.feature_kinds) == {"word"}
    np.testing.assert_array_equal(samples.features, pixels.reshape(60, 70))
    np.testing.assert_array_equal(samples.targets, labels)


def test_a_folder_of_images_is_divided_by_name(tmp_path):
    for part, samples, seed in (("train", 60, 0), ("test", 20, 1)):
        pixels, labels = images(samples, seed)
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels.astype(np.uint8)))
    dataset = load_dataset(DataConfig(str(tmp_path)))
    assert len(dataset.train) + len(dataset.validation) == 60
    np.testing.assert_array_equal(dataset.test.features, images(20, 1)[0].reshape(20, 70))


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_every_type_of_idx(tmp_path, dtype):
    values = np.arange(-6, 6).astype(dtype).reshape(4, 3)
    (tmp_path / "a-images-idx").write_bytes(idx(values))
    (tmp_path / "a-labels-idx").write_bytes(idx(np.arange(4).astype(np.uint8)))
    table = read_table(tmp_path / "a-images-idx")
    np.testing.assert_array_equal(
        np.stack([table.columns[f"x{place}"] for place in range(3)], axis=1), values
    )
    assert table.columns["x0"].dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (MNIST[1], None, "has no file of labels beside it, named like it with 'labels' for"),
        (MNIST[1], idx(np.zeros(59, np.uint8)), "60 samples of features, but 59 of the target"),
        (MNIST[1], b"\0\0\x08", "labels-idx1-ubyte is not a.* file of samples.*no IDX header"),
        (MNIST[1], HTML_PAGE, "labels-idx1-ubyte is not a.* file of samples"),
        (MNIST[0], idx(images()[0])[:-1], "header claims another number of values than it holds"),
        (MNIST[0], idx(images()[0]) + b"x", "header claims another number of values"),
        (MNIST[0], idx(images()[0])[:10], "header claims another number of values"),
        (MNIST[0], b"\0\0\x0a\x03" + bytes(20), "it is of no known format"),
    ],
)
def test_images_that_do_not_fit_are_named(tmp_path, name, content, message):
    pixels, labels = images()
    (tmp_path / MNIST[0]).write_bytes(idx(pixels))
    (tmp_path / MNIST[1]).write_bytes(idx(labels.astype(np.uint8)))
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / MNIST[0])


def test_names_of_features_by_their_shape():
    assert names_of((3,)) == ("x0", "x1", "x2")
    assert names_of((2, 2)) == ("pixel_r0_c0", "pixel_r0_c1", "pixel_r1_c0", "pixel_r1_c1")
    assert names_of((2, 2, 1)) == names_of((2, 2))
    assert names_of((28, 28))[12 * 28 + 3] == "pixel_r12_c03"
    assert names_of((1, 2, 3)) == tuple(
        f"pixel_r0_c{column}_k{channel}" for column in range(2) for channel in range(3)
    )
    assert names_of((2, 1, 1, 2)) == ("x0", "x1", "x2", "x3")


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (2, 3, 3), (2, 1, 2, 2), (7,)])
def test_every_value_of_a_sample_keeps_its_place(shape):
    values = np.arange(5 * int(np.prod(shape))).reshape(5, *shape)
    table = arrays_table(values, np.arange(5), "here", "numpy")
    assert len(set(table.names)) == values[0].size + 1
    for name, flat in zip(names_of(shape), values.reshape(5, -1).T, strict=True):
        np.testing.assert_array_equal(table.columns[name], flat)


def test_more_columns_than_are_read_are_refused():
    features = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (2, 1000, 101), (0, 0, 0))
    with pytest.raises(DataError, match="here claims 101,000 columns; more than 100,000 are not"):
        arrays_table(features, np.arange(2), "here", "numpy")
