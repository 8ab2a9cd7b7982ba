"""Arrays without column names: ``.npz`` archives, pairs of ``.npy`` files, IDX images.

An archive or pair holds features ``X`` ``[samples, ...]`` and a target ``y``. An archive may name
features (``features``) and classes (``classes``). Classes are whole numbers, or one column per
class that holds 0 or 1. Features of images are named ``pixel_r12_c03``, others ``x0``, ``x1``, ...
"""

from __future__ import annotations

import gzip
import math
import pickletools
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.core.files import read_arrays
from logicjsc.dataset.table import (
    NUMBERED,
    Array,
    Table,
    damaged,
    is_numeric,
    listed,
    refuse_columns,
    refuse_rows,
    table_of,
    texts_of,
)

_FEATURES: Final = ("X", "x", "features", "data", "images")
_TARGETS: Final = ("y", "Y", "labels", "target", "targets")
_PAIRED: Final = re.compile(r"[Xx](_.*)?\.npy")
_LABELS: Final = re.compile(r"[Yy](_.*)?\.npy")
_CLASSES: Final = "classes.npy"
_LARGEST_CLASSES: Final = 1 << 16
_MATRIX: Final = 2
_IMAGES: Final = 3
_IDX_TYPES: Final = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_LARGEST: Final = 1 << 33
_PLAIN_OPCODES: Final = frozenset(
    "MARK APPEND APPENDS PUT BINPUT LONG_BINPUT MEMOIZE TUPLE BUILD STOP".split()
)
"""Instructions of a pickle that put strings into a list, and a list into an array."""

_IDX_NAMES: Final = (("images", "labels"), ("idx3", "idx1"))


def read_archive(path: Path, source: str) -> Table:
    """The table of an ``.npz`` archive.

    Raises:
        DataError: it is damaged, or has no features and target.
    """
    try:
        arrays = read_arrays(path)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    names = arrays.get("features") if {"X", "x"} & arrays.keys() else arrays.get("feature_names")
    candidates = [
        name
        for name in _FEATURES
        if name != "features" or is_numeric(arrays.get(name, np.empty(0)))  # else they are names
    ]
    features = _first(arrays, candidates, source, "features")
    target = _first(arrays, _TARGETS, source, "a target")
    classes = arrays.get("classes", arrays.get("class_names"))
    given = () if names is None else tuple(map(str, texts_of(names).flat))
    return arrays_table(
        features,
        target,
        source,
        "npz",
        feature_names=given,
        class_names=() if classes is None else tuple(map(str, texts_of(classes).flat)),
    )


def arrays_table(
    features: Array,
    target: Array,
    source: str,
    format_: str,
    *,
    feature_names: tuple[str, ...] = (),
    class_names: tuple[str, ...] = (),
) -> Table:
    """A table of features ``[samples, ...]`` and a target ``[samples]`` or ``[samples, columns]``.

    Raises:
        DataError: they do not go together.
    """
    if not is_numeric(features):
        raise DataError(f"{source}: features must be numbers, not {features.dtype}")
    if features.ndim < _MATRIX:
        raise DataError(
            f"{source}: features must have shape [samples, features], not {list(features.shape)}"
        )
    refuse_rows(len(features), source)
    refuse_columns(math.prod(features.shape[1:]), source)
    if len(features) != len(target):
        raise DataError(
            f"{source} has {len(features)} samples of features, but {len(target)} of the target"
        )
    names = feature_names or names_of(features.shape[1:])
    flat = features.reshape(len(features), math.prod(features.shape[1:]))
    if flat.shape[1] != len(names):
        raise DataError(
            f"{source}: X has shape {list(features.shape)}, but {len(names)} features are named"
        )
    columns = [(name, flat[:, place]) for place, name in enumerate(names)]
    return table_of([*columns, *target_columns(target, class_names)], source, format_, class_names)


def names_of(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the features of a sample of some shape; images have rows and columns."""
    if len(shape) == _IMAGES and shape[2] == 1:
        shape = shape[:2]
    if len(shape) == _MATRIX:
        rows, columns = (len(str(size - 1)) for size in shape)
        return tuple(
            f"pixel_r{row:0{rows}}_c{column:0{columns}}"
            for row in range(shape[0])
            for column in range(shape[1])
        )
    if len(shape) == _IMAGES:
        return tuple(
            f"{name}_k{channel}" for name in names_of(shape[:2]) for channel in range(shape[2])
        )
    return tuple(f"x{place}" for place in range(math.prod(shape)))


def target_columns(target: Array, class_names: tuple[str, ...] = ()) -> list[tuple[str, Array]]:
    """The column or columns of a target ``[samples]`` or ``[samples, columns]``."""
    values = target if is_numeric(target) else texts_of(target)
    if values.ndim == _MATRIX and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1:
        return [(NUMBERED, values)]
    if values.ndim != _MATRIX:
        return [(NUMBERED, values.reshape(len(values), -1)[:, 0])]
    names = class_names if len(class_names) == values.shape[1] else ()
    named = names or tuple(str(place) for place in range(values.shape[1]))
    return [(f"{NUMBERED}_{name}", values[:, place]) for place, name in enumerate(named)]


def _first(arrays: dict[str, Array], names: Sequence[str], source: str, what: str) -> Array:
    for name in names:
        if name in arrays and arrays[name].ndim:
            return arrays[name]
    raise DataError(
        f"{source} has no array {names[0]!r} with {what}; it has {listed(list(arrays))}"
    )


def is_companion(path: Path) -> bool:
    """Whether a file belongs to a pair that another file stands for."""
    if path.name == _CLASSES or _LABELS.fullmatch(path.name):
        return True
    labels = any(word in path.name for _, word in _IDX_NAMES)
    return labels and _partner_of_images(path, reverse=True) is not None


def read_arrays_pair(path: Path, source: str) -> Table:
    """The table of an ``X`` file and the ``y`` file beside it.

    Raises:
        DataError: either is missing or damaged, holds objects, or does not fit the other.
    """
    if not _PAIRED.fullmatch(path.name):
        raise damaged(path, "a single array; a pair is named X_<part>.npy and y_<part>.npy")
    partner = path.with_name(("y" if path.name[0] == "X" else "Y") + path.name[1:])
    if not partner.is_file():
        partner = path.with_name("y" + path.name[1:])
    if not partner.is_file():
        raise DataError(f"{source} has no {partner.name} with the target beside it")
    classes = _class_names(path.with_name(_CLASSES))
    return arrays_table(_array(path), _array(partner), source, "npy", class_names=classes)


def read_idx(path: Path, source: str) -> Table:
    """The table of an IDX file of images and the file of labels beside it; both may be gzipped.

    Raises:
        DataError: either is missing or damaged, or they do not fit each other.
    """
    partner = _partner_of_images(path)
    if partner is None:
        raise DataError(
            f"{source} has no file of labels beside it, named like it with 'labels' for 'images'"
        )
    return arrays_table(idx_array(path), idx_array(partner), source, "IDX")


def _partner_of_images(path: Path, *, reverse: bool = False) -> Path | None:
    name = path.name
    for images, labels in _IDX_NAMES:
        one, other = (labels, images) if reverse else (images, labels)
        name = name.replace(one, other)
    if name == path.name:
        return None
    bare = name.removesuffix(".gz")
    for candidate in (name, bare, f"{bare}.gz"):
        if path.with_name(candidate).is_file():
            return path.with_name(candidate)
    return None


def idx_array(path: Path) -> Array:
    """The array of an IDX file, which may be gzipped.

    Raises:
        DataError: it is damaged.
    """
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(path, "rb") as stream:
                content = stream.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, error) from error
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _IDX_TYPES:  # noqa: PLR2004 - the magic number
        raise damaged(path, "it has no IDX header")
    dtype, dimensions = np.dtype(_IDX_TYPES[content[2]]), content[3]
    start = 4 + 4 * dimensions
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    if not dimensions or math.prod(shape) * dtype.itemsize != len(content) - start:
        raise damaged(path, "its header claims another number of values than it holds")
    values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return np.asarray(values, dtype.newbyteorder("="))


def _array(path: Path) -> Array:
    """A plain array whose file has exactly the length that its header claims."""
    try:
        # Mapping checks the claim against the file before any memory is given to it.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.memmap) or not array.ndim:
            raise ValueError("it holds no array")
        refuse_rows(len(array), str(path))
        if array.offset + array.nbytes != path.stat().st_size:
            raise ValueError("it is longer than its array")
        return np.array(array)
    except DataError:
        raise
    except Exception as error:  # numpy, tokenize and mmap raise a dozen kinds
        raise damaged(path, str(error).partition("\n")[0] or type(error).__name__) from error


def _class_names(path: Path) -> tuple[str, ...]:
    """The classes in the order of the labels; empty if no file says."""
    if not path.exists():
        return ()
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_CLASSES)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    names = _pickled_words(content) if b"'|O'" in content[:256] else _plain_words(path)
    if not names or len(set(names)) < len(names):
        raise DataError(f"{path} must name each class once; without it, they are 0, 1, 2, ...")
    return tuple(names)


def _plain_words(path: Path) -> list[str]:
    return [str(entry) for entry in texts_of(_array(path)).flat]


def _pickled_words(content: bytes) -> list[str]:
    """Class names in an array of Python strings, which numpy saves as a pickle.

    The pickle's instructions are listed, never executed: what counts are the strings of the one
    list in it, which is that of the entries; names of numpy's own come before it.
    """
    start = content.find(b"\n") + 1
    words: list[str] | None = None
    try:
        for opcode, operand, _ in pickletools.genops(content[start:]):
            if opcode.name == "EMPTY_LIST":
                words = []
            elif words is not None and isinstance(operand, str) and "UNICODE" in opcode.name:
                words.append(operand)
            elif words is not None and opcode.name not in _PLAIN_OPCODES:
                return []  # an entry that is made by calling something
    except Exception:  # noqa: BLE001 - whatever is wrong, there are no names in it
        return []
    return words or []
