"""The published files of MNIST are known by their numbers, sizes and contents."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from reference.task_files import digits, idx_bytes

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.dataset.fetch import fetch
from logicjsc.dataset.task import find_task
from logicjsc.tasks.mnist.catalogue import SETS, check_images, check_labels

PIXELS, LABELS = digits(80)
MEAN = float(PIXELS.mean())
COUNTS = (8,) * 10


def written(folder, values):
    path = folder / "file-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(values)))
    return path


def test_files_like_the_published_ones_are_believed(tmp_path):
    facts = check_images(80, MEAN, written(tmp_path, PIXELS))
    assert facts == {"images": 80, "pixels": "28 x 28", "mean brightness": round(MEAN, 2)}
    facts = check_labels(COUNTS, written(tmp_path, LABELS))
    assert facts == {"labels": 80, "digits": {str(digit): 8 for digit in range(10)}}


def test_other_files_are_refused(tmp_path):
    with pytest.raises(DataError, match="holds 79 x 28 x 28 values, not 80 images of 28 x 28"):
        check_images(80, MEAN, written(tmp_path, PIXELS[1:]))
    with pytest.raises(DataError, match="holds other images: their mean brightness is"):
        check_images(80, MEAN + 1, written(tmp_path, PIXELS))
    with pytest.raises(DataError, match="holds 80 values, not 80 images"):
        check_images(80, MEAN, written(tmp_path, LABELS))
    with pytest.raises(DataError, match="holds no labels, one byte for each image"):
        check_labels(COUNTS, written(tmp_path, PIXELS))
    with pytest.raises(DataError, match=r"holds other labels: \[7, 8, 8, 8, 8, 8, 8, 8, 8, 8\] of"):
        check_labels(COUNTS, written(tmp_path, LABELS[1:]))
    (tmp_path / "page").write_text("<html>Sign in</html>")
    with pytest.raises(DataError, match="it has no IDX header"):
        check_images(80, MEAN, tmp_path / "page")


def test_the_four_files_have_several_addresses_and_checksums():
    (published,) = find_task("mnist").sets()
    assert (published,) == SETS
    assert len(published.files) == 4
    for file in published.files:
        assert len(file.mirrors) > 2
        assert {len(address.md5) for address in file.mirrors} == {32}
        assert {address.file for address in file.mirrors} <= set(file.names)


def test_what_was_fetched_is_read_with_its_own_test_images(tmp_path, monkeypatch):
    # Small files in the place of the published ones, which are too large for a test.
    (published,) = SETS
    folder = tmp_path / "cache" / "mnist" / "mnist"
    folder.mkdir(parents=True)
    more = digits(30, seed=1)
    parts = (PIXELS, LABELS, *more)
    for file, values in zip(published.files, parts, strict=True):
        (folder / file.names[0]).write_bytes(gzip.compress(idx_bytes(values)))
        (folder / f"{file.names[0]}.json").write_text("{}")
    (folder / ".lock").touch()
    with pytest.raises(DataError, match=r"train-images.* holds 80 x 28 x 28 values, not 60,000"):
        fetch(published, tmp_path / "cache", offline=True)
    dataset = load_dataset(DataConfig(str(folder), task="mnist"))
    np.testing.assert_array_equal(dataset.test.features, more[0].reshape(30, 784))
