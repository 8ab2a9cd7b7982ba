"""Files of digits in every form, and images that are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.task_files import digits, write_idx

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.fixed_point import FixedPoint

PIXELS, LABELS = digits()


def loaded(path):
    return load_all(DataConfig(str(path), task="mnist"))


def archive(path, pixels=PIXELS, labels=LABELS):
    np.savez_compressed(path, X=pixels, y=labels)
    return path


def table(path, names, label="label", pixels=PIXELS, labels=LABELS):
    frame = pd.DataFrame(pixels.reshape(len(pixels), -1), columns=list(names))
    frame.insert(0, label, labels)
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    return loaded(archive(tmp_path_factory.mktemp("digits") / "a.npz"))


def test_pixels_are_words_of_eight_bits_row_by_row(wanted):
    assert len(wanted.feature_names) == 784
    assert wanted.feature_names[:2] == ("pixel_r00_c00", "pixel_r00_c01")
    assert wanted.feature_names[28 * 7 + 5] == "pixel_r07_c05"
    np.testing.assert_array_equal(wanted.features, PIXELS.reshape(60, 784).astype(np.float32))
    assert wanted.targets.tolist() == LABELS.tolist()
    assert wanted.class_names == tuple("0123456789")
    words = FixedPoint.fit(wanted, 0)
    assert set(words.widths) == {8}
    assert set(words.lows) == {0}


def test_a_pixel_that_is_always_dark_is_a_word_too(tmp_path):
    dark = PIXELS.copy()
    dark[:, :5] = 0
    found = loaded(archive(tmp_path / "a.npz", dark))
    assert set(FixedPoint.fit(found, 0).widths) == {8}
    assert set(found.schema.ranges) == {(0, 255)}


@pytest.mark.parametrize(
    "names",
    [
        [f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)],
        [f"pixel{place}" for place in range(1, 785)],
        [f"pixel{place}" for place in range(784)],
    ],
    ids=["1x1", "pixel1", "pixel0"],
)
def test_tables_of_pixels_are_the_same_images(tmp_path, wanted, names):
    assert loaded(table(tmp_path / "a.csv", names)).fingerprint() == wanted.fingerprint()
    shuffled = np.random.default_rng(0).permutation(784)
    mixed = PIXELS.reshape(60, 784)[:, shuffled]
    path = table(tmp_path / "b.csv", [names[place] for place in shuffled], "class", mixed)
    assert loaded(path).fingerprint() == wanted.fingerprint()


def test_idx_files_as_they_are_published_have_their_own_test_images(tmp_path, wanted):
    write_idx(tmp_path, "train", PIXELS, LABELS)
    more = digits(40, seed=1)
    write_idx(tmp_path, "t10k", *more)
    assert loaded(tmp_path / "train-images-idx3-ubyte.gz").fingerprint() == wanted.fingerprint()
    dataset = load_dataset(DataConfig(str(tmp_path), task="mnist"))
    np.testing.assert_array_equal(dataset.test.features, more[0].reshape(40, 784))
    assert len(dataset.train) + len(dataset.validation) == 60


@pytest.mark.parametrize("shape", [(60, 784), (60, 28, 28, 1)], ids=["flat", "one channel"])
def test_arrays_of_other_shapes_are_the_same_images(tmp_path, wanted, shape):
    path = archive(tmp_path / "a.npz", PIXELS.reshape(shape))
    assert loaded(path).fingerprint() == wanted.fingerprint()


def test_whole_numbers_of_any_type_will_do(tmp_path, wanted):
    for kind in (np.int64, np.float32):
        path = archive(tmp_path / "a.npz", PIXELS.astype(kind), LABELS.astype(np.int64))
        assert loaded(path).fingerprint() == wanted.fingerprint()


def changed(place, value, kind=np.int32):
    pixels = PIXELS.astype(kind)
    pixels[place] = value
    return pixels


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (
            digits(size=32)[0],
            "has images of 32 x 32 pixels, and task 'mnist' takes images of 28 x 28",
        ),
        (PIXELS[:, :27], "has images of 27 x 28 pixels, and task 'mnist' takes images of 28 x 28"),
        (
            np.repeat(PIXELS[..., None], 3, axis=3),
            "has images of 28 x 28 pixels in 3 colours, and task 'mnist' takes images of 28 x 28",
        ),
        (
            PIXELS.reshape(60, 784)[:, :625],
            "has 625 columns that are not its pixels, images of 25 x 25 pixels, and task 'mnist'",
        ),
        (PIXELS.reshape(60, 784)[:, :620], "has 620 columns that are not its pixels, and task "),
        (
            changed((4, 3, 2), 300),
            "pixel 'pixel_r03_c02' is 300 in row 4 .*; pixels are whole numbers from 0 to 255",
        ),
        (changed((4, 3, 2), -1), "pixel 'pixel_r03_c02' is -1 in row 4"),
        (
            (PIXELS / 255).astype(np.float32),
            "pixel 'pixel_r00_c0.' is 0.* in row 0 .*; pixels are whole numbers from 0 to 255, so ",
        ),
        (
            changed((4, 3, 2), np.nan, np.float32),
            "column 'pixel_r03_c02' is nan in row 4 .*; 1 values are missing or beyond float32",
        ),
    ],
)
def test_images_that_are_none_of_the_task_are_named(tmp_path, pixels, message):
    with pytest.raises(DataError, match=message):
        loaded(archive(tmp_path / "a.npz", pixels))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.where(np.arange(60) == 7, 10, LABELS), "column 'y' is 10 in row 7 .*; it holds digits"),
        (LABELS + 0.5, r"column 'y' is 0.5 in row 0 .*; it holds digits, 0 to 9"),
        (np.array(["a"] * 60), "column 'y' holds 'a' in row 0 .*, which is no number"),
    ],
)
def test_labels_that_are_no_digits_are_named(tmp_path, labels, message):
    with pytest.raises(DataError, match=message):
        loaded(archive(tmp_path / "a.npz", labels=labels))


def test_a_table_without_labels_or_with_two_is_named(tmp_path):
    names = [f"pixel{place}" for place in range(784)]
    path = table(tmp_path / "a.csv", names, "answer")
    with pytest.raises(DataError, match="has no column of labels, and task 'mnist' takes one of "):
        loaded(path)
    pixels = np.concatenate([PIXELS.reshape(60, 784), LABELS[:, None]], axis=1)
    path = table(tmp_path / "b.csv", [*names, "target"], pixels=pixels)
    with pytest.raises(DataError, match=r"two columns of labels, \['label', 'target'\]"):
        loaded(path)


def test_a_digit_without_images_is_refused(tmp_path):
    pixels, labels = digits(200)
    kept = labels != 9
    path = archive(tmp_path / "a.npz", pixels[kept], labels[kept])
    with pytest.raises(DataError, match=r"a\.npz holds no samples of class '9'"):
        load_dataset(DataConfig(str(path), task="mnist"))
