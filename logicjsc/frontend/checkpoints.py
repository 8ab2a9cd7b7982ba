"""State dictionaries of other people's models, read without executing anything.

They may be checkpoints of torch (tensors and plain values only), ``.npz`` archives or JSON.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.files import read_arrays
from logicjsc.frontend.model_files import LARGEST_FILE, read_content, read_model_json

Array = npt.NDArray[Any]

_DEEPEST: Final = 6
_LONGEST_REASON: Final = 200
_SAVE: Final = "save tensors and plain values only, torch.save(model.state_dict(), FILE)"


def read_checkpoint(path: Path, what: str) -> dict[str, Any]:
    """What a checkpoint holds: arrays, plain values, and dictionaries of them.

    Args:
        path: of the file.
        what: it should be, for messages.

    Raises:
        ImportedModelError: it cannot be read, holds objects that only execution could make, or
            claims more than `LARGEST_FILE` bytes.
    """
    content = read_content(path)
    if content[:1].isspace() or content[:1] in {b"{", b"["}:
        found = read_model_json(path, what)
    elif content[:2] == b"PK":
        found = _read_archive(path, what)
    elif content[:1] == b"\x80":
        raise ImportedModelError(
            f"{path} is a pickle, which could run anything while it is read; {_SAVE}"
        )
    else:
        raise ImportedModelError(
            f"{path} is no {what}: it is neither a checkpoint of torch nor an .npz archive nor JSON"
        )
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise ImportedModelError(f"{path} is no {what}: it holds no dictionary of tensors")
    held = 0
    plain = _plain(found, path, 0)
    for array in _arrays(plain):
        held += array.nbytes
    if held > LARGEST_FILE:
        raise ImportedModelError(
            f"{path} holds {held:,} bytes of arrays; at most {LARGEST_FILE:,} are possible"
        )
    return dict(plain)


def array_of(
    held: Mapping[str, Any], key: str, axes: int, path: object, kind: str = "biuf"
) -> Array:
    """An array of a checkpoint.

    Args:
        held: the checkpoint, or a dictionary of it.
        key: its name.
        axes: number of its axes.
        path: for messages.
        kind: kinds of numbers that it may hold, as numpy abbreviates them.

    Raises:
        ImportedModelError: it is missing, or of another kind or shape.
    """
    found = held.get(key)
    if isinstance(found, list | tuple):
        try:
            found = np.array(found)
        except (ValueError, TypeError, OverflowError) as error:
            raise ImportedModelError(f"{path}: {key} is no array of numbers") from error
    if not isinstance(found, np.ndarray):
        raise ImportedModelError(f"{path} holds no array {key!r}")
    if found.ndim != axes or found.dtype.kind not in kind or not found.size:
        raise ImportedModelError(
            f"{path}: {key} has shape {found.shape} of {found.dtype}; an array of {axes} axes with "
            f"{'integers' if kind == 'iu' else 'numbers'} is needed"
        )
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise ImportedModelError(f"{path}: {key} holds NaN or infinite numbers")
    return found


def whole_of(held: Mapping[str, Any], key: str, path: object) -> int:
    """A positive whole number of a checkpoint; 0 if there is none.

    Raises:
        ImportedModelError: it is something else.
    """
    found = held.get(key)
    if found is None:
        return 0
    if isinstance(found, np.ndarray) and found.size == 1 and found.dtype.kind in "iu":
        found = int(found.reshape(-1)[0])
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ImportedModelError(f"{path}: {key} must be a whole number of 1 or more")
    return found


def _read_archive(path: Path, what: str) -> Any:  # noqa: ANN401 - what it holds
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            damaged = archive.testzip() if _size(entries) <= LARGEST_FILE else None
    except Exception as error:  # zipfile and zlib raise a dozen kinds
        raise ImportedModelError(f"{path} is damaged ({_reason(error)}); copy it again") from error
    if _size(entries) > LARGEST_FILE:
        raise ImportedModelError(
            f"{path} would unpack to {_size(entries):,} bytes; at most {LARGEST_FILE:,} are read"
        )
    if damaged is not None:
        raise ImportedModelError(f"{path} is damaged (bad checksum of {damaged}); copy it again")
    if any(entry.filename.endswith(".npy") for entry in entries):
        try:
            return read_arrays(path)
        except (ValueError, OSError) as error:
            raise ImportedModelError(
                f"{path} is no archive of plain arrays ({_reason(error)})"
            ) from error
    if not any(entry.filename.endswith("data.pkl") for entry in entries):
        raise ImportedModelError(
            f"{path} is no {what}: it is an archive, but neither of torch nor of numpy"
        )
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch and its unpickler raise a dozen kinds
        raise ImportedModelError(
            f"{path} holds more than tensors and plain values, or is damaged ({_reason(error)}); "
            f"{_SAVE}"
        ) from error


def _size(entries: list[zipfile.ZipInfo]) -> int:
    return sum(entry.file_size for entry in entries)


def _reason(error: BaseException) -> str:
    """The telling line of an error, without advice to switch safety off."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = next((line for line in lines if "Unsupported" in line), "")
    return (telling or (lines[0] if lines else type(error).__name__))[:_LONGEST_REASON]


def _plain(found: Any, path: Path, depth: int) -> Any:  # noqa: ANN401 - what a file holds
    """The same with arrays for tensors."""
    if depth > _DEEPEST:
        raise ImportedModelError(f"{path} holds dictionaries more than {_DEEPEST} deep")
    if isinstance(found, Mapping):
        return {str(key): _plain(value, path, depth + 1) for key, value in found.items()}
    if hasattr(found, "detach"):
        return _array(found, path)
    return found


def _array(tensor: Any, path: Path) -> Array:  # noqa: ANN401 - a tensor
    import torch

    size = tensor.numel() * tensor.element_size()
    # A tensor may claim more elements than it stores, all of them the same one.
    if size > LARGEST_FILE:
        raise ImportedModelError(
            f"{path} holds a tensor of shape {tuple(tensor.shape)}, {size:,} bytes; at most "
            f"{LARGEST_FILE:,} are possible"
        )
    try:
        known = tensor.detach()
        if known.dtype == torch.bfloat16:
            known = known.float()
        return np.asarray(known.numpy())
    except (TypeError, RuntimeError) as error:
        raise ImportedModelError(
            f"{path} holds a tensor of {tensor.dtype}, which is no plain array; save it dense"
        ) from error


def _arrays(found: Any) -> list[Array]:  # noqa: ANN401 - what a file holds
    if isinstance(found, np.ndarray):
        return [found]
    if isinstance(found, dict):
        return [array for value in found.values() for array in _arrays(value)]
    return []
