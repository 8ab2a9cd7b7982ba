"""Pairs of ``.npy`` files, ``X_<part>.npy`` and ``y_<part>.npy``, saved by the hls4ml tutorial.

The 16 columns carry no names and stand in OpenML's order, which is ours; the tutorial's features
are already standardised and are kept as they are. Labels are one-hot or class indices; their order
is alphabetical unless ``classes.npy`` beside them says otherwise.
"""

from __future__ import annotations

import pickletools
import re
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.table import labels_one_hot, not_jets, refuse_size
from logicjsc.dataset.samples import Array, JetData
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

_PAIRED: Final = re.compile(r"[Xx](_.*)?\.npy")
_LABELS: Final = re.compile(r"[Yy](_.*)?\.npy")
_CLASSES: Final = "classes.npy"
_LARGEST_CLASSES: Final = 1 << 16
_MATRIX: Final = 2


def is_companion(path: Path) -> bool:
    """Whether a file belongs to a pair that its ``X`` file stands for."""
    return path.name == _CLASSES or bool(_LABELS.fullmatch(path.name))


def read_arrays_pair(path: Path, source: str) -> JetData:
    """Jets of an ``X`` file and the ``y`` file beside it.

    Raises:
        DataError: either is missing or damaged, holds objects, or does not fit the other.
    """
    if not _PAIRED.fullmatch(path.name):
        raise not_jets(path, "a single array; a pair is named X_<part>.npy and y_<part>.npy")
    partner = path.with_name(("y" if path.name[0] == "X" else "Y") + path.name[1:])
    if not partner.is_file():
        partner = path.with_name("y" + path.name[1:])
    if not partner.is_file():
        raise DataError(f"{source} has no {partner.name} with the labels beside it")
    features, labels = _array(path), _array(partner)
    if features.dtype.kind != "f" or features.shape[1:] != (len(FEATURE_NAMES),):
        raise DataError(
            f"{source} must hold floats of shape [jets, {len(FEATURE_NAMES)}], not "
            f"{features.dtype} of shape {list(features.shape)}"
        )
    classes = _class_names(path.with_name(_CLASSES))
    indices = _indices(labels, len(features), classes, str(partner))
    return JetData(
        features,
        np.array([CLASS_NAMES.index(name) for name in classes])[indices],
        source=f"{source} (features as its maker scaled them)",
    )


def _indices(labels: Array, jets: int, classes: tuple[str, ...], source: str) -> Array:
    """One index into ``classes`` per jet."""
    if len(labels) != jets:
        raise DataError(f"{source} has labels of {len(labels)} jets, its features are of {jets}")
    if labels.ndim == _MATRIX and labels.shape[1] == len(classes):
        return labels_one_hot(labels, source)
    flat = labels.reshape(-1) if labels.size == jets else labels
    if flat.ndim != 1 or flat.dtype.kind not in "iu":
        raise DataError(
            f"{source} must hold one class index per jet or {len(classes)} columns of 0 and 1, not "
            f"{labels.dtype} of shape {list(labels.shape)}"
        )
    if flat.size and (flat.min() < 0 or flat.max() >= len(classes)):
        raise DataError(f"{source} must hold one class index below {len(classes)} per jet")
    return flat


def _array(path: Path) -> Array:
    """A plain array whose file has exactly the length that its header claims."""
    try:
        # Mapping checks the claim against the file before any memory is given to it.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.memmap) or not array.ndim:
            raise ValueError("it holds no array")
        refuse_size(len(array), str(path))
        if array.offset + array.nbytes != path.stat().st_size:
            raise ValueError("it is longer than its array")
        return np.array(array)
    except DataError:
        raise
    except Exception as error:  # numpy, tokenize and mmap raise a dozen kinds
        raise not_jets(path, str(error).partition("\n")[0] or type(error).__name__) from error


def _class_names(path: Path) -> tuple[str, ...]:
    """The classes in the order of the labels."""
    if not path.exists():
        return CLASS_NAMES
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_CLASSES)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    names = _pickled_words(content) if b"'|O'" in content[:256] else _plain_words(path)
    if sorted(names) != sorted(CLASS_NAMES):
        raise DataError(
            f"{path} must name each of {', '.join(CLASS_NAMES)} once; without it, that order holds"
        )
    return tuple(names)


def _plain_words(path: Path) -> list[str]:
    array = _array(path)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    return [str(entry) for entry in array.flat]


def _pickled_words(content: bytes) -> list[str]:
    """Class names in an array of Python strings, which numpy saves as a pickle.

    The tutorial saves its classes that way. The pickle's instructions are listed, never executed:
    what counts are the strings among them.
    """
    start = content.find(b"\n") + 1
    try:
        operands = [operand for _, operand, _ in pickletools.genops(content[start:])]
    except Exception:  # noqa: BLE001 - whatever is wrong, there are no names in it
        return []
    return [word for word in operands if isinstance(word, str) and word in CLASS_NAMES]
