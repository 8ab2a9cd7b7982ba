"""The four published files of MNIST: where they are, and how to know them.

The checksums are those that loaders of others have built in; the numbers are facts about the set.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.fetch import Address, Facts, Published, PublishedFile
from logicjsc.dataset.readers.arrays import idx_array
from logicjsc.tasks.mnist.arrange import CLASS_NAMES, SIDE, TASK

_MIRRORS: Final = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://sagemaker-sample-files.s3.amazonaws.com/datasets/image/MNIST/",
    "http://yann.lecun.com/exdb/mnist/",
)
_TRAIN_DIGITS: Final = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
_TEST_DIGITS: Final = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
_TRAIN_MEAN: Final = 33.32
_TEST_MEAN: Final = 33.79
_TOLERANCE: Final = 0.02


def check_images(count: int, mean: float, path: Path) -> Facts:
    """Compare a file of images with what is known of it: number, size, mean brightness.

    Raises:
        DataError: it is another file.
    """
    images = idx_array(path)
    if images.shape != (count, SIDE, SIDE) or images.dtype != np.uint8:
        shape = " x ".join(map(str, images.shape))
        raise DataError(f"{path} holds {shape} values, not {count:,} images of {SIDE} x {SIDE}")
    found = float(images.mean())
    if abs(found - mean) > _TOLERANCE:
        raise DataError(
            f"{path} holds other images: their mean brightness is {found:.2f}, not {mean}"
        )
    return {"images": count, "pixels": f"{SIDE} x {SIDE}", "mean brightness": round(found, 2)}


def check_labels(counts: tuple[int, ...], path: Path) -> Facts:
    """Compare a file of labels with the known number of each digit.

    Raises:
        DataError: it is another file.
    """
    labels = idx_array(path)
    if labels.ndim != 1 or labels.dtype != np.uint8:
        raise DataError(f"{path} holds no labels, one byte for each image")
    found = np.bincount(labels, minlength=len(counts)).tolist()
    if found != list(counts):
        raise DataError(f"{path} holds other labels: {found[:10]} of each digit, not {counts}")
    return {"labels": len(labels), "digits": dict(zip(CLASS_NAMES, found, strict=True))}


def _file(name: str, md5: str, check: partial[Facts]) -> PublishedFile:
    mirrors = tuple(Address(f"{mirror}{name}", name, md5) for mirror in _MIRRORS)
    return PublishedFile((name, name.removesuffix(".gz")), mirrors, check)


SETS: Final = (
    Published(
        name="mnist",
        title="MNIST, handwritten digits",
        task=TASK,
        files=(
            _file(
                "train-images-idx3-ubyte.gz",
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                partial(check_images, 60_000, _TRAIN_MEAN),
            ),
            _file(
                "train-labels-idx1-ubyte.gz",
                "d53e105ee54ea40749a09fcbcd1e9432",
                partial(check_labels, _TRAIN_DIGITS),
            ),
            _file(
                "t10k-images-idx3-ubyte.gz",
                "9fb629c4189551a2d022fa330f9573f3",
                partial(check_images, 10_000, _TEST_MEAN),
            ),
            _file(
                "t10k-labels-idx1-ubyte.gz",
                "ec29112dd5afa0611ce80d1b7f02629c",
                partial(check_labels, _TEST_DIGITS),
            ),
        ),
        terms="by Y. LeCun, C. Cortes and C. Burges; CC BY-SA 3.0 by most who pass it on",
    ),
)
