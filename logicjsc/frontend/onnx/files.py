"""ONNX files: read, checked, and no larger than memory allows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import onnx
from onnx import helper

from logicjsc.core.errors import OnnxModelError

_MOST_BYTES: Final = 1 << 30
"""Of all initialisers together; protobuf itself stops at twice as many."""


def load_onnx(path: Path) -> onnx.ModelProto:
    """Read and check an ONNX file, with the files that hold its initialisers.

    Raises:
        OnnxModelError: the file is missing, too large, or not a valid ONNX model.
    """
    from google.protobuf.message import DecodeError

    try:
        if path.is_file() and path.stat().st_size > _MOST_BYTES:
            raise OnnxModelError(
                f"{path} takes {path.stat().st_size / 2**30:.1f} GiB, the limit is "
                f"{_MOST_BYTES / 2**30:g} GiB; no circuit holds such a model"
            )
        model = onnx.load(str(path), format="protobuf", load_external_data=False)
        _refuse_large(model, path.parent)
        onnx.external_data_helper.load_external_data_for_model(model, str(path.parent))
        onnx.checker.check_model(model)
    except FileNotFoundError as error:
        if path.exists():
            raise OnnxModelError(
                f"{path} keeps initialisers in another file, which is missing "
                f"({Path(error.filename or '').name or error}); keep the files together"
            ) from error
        raise OnnxModelError(f"there is no ONNX model {path}") from error
    except (OSError, DecodeError, onnx.checker.ValidationError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        if "should be stored in" in reason:
            reason += "; it is missing: keep the model and the files that it names together"
        raise OnnxModelError(f"{path} is not a valid ONNX model ({reason})") from error
    return model


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """The model's metadata properties."""
    return {entry.key: entry.value for entry in model.metadata_props}


def holds_trees(model: onnx.ModelProto) -> bool:
    """Whether a model is an ensemble of trees; those are of the kind ``trees``."""
    return any(
        node.domain == "ai.onnx.ml" and node.op_type.startswith("TreeEnsemble")
        for node in model.graph.node
    )


def _refuse_large(model: onnx.ModelProto, folder: Path) -> None:
    """Look at what initialisers say of their size before anything is read."""
    total = 0
    for tensor in model.graph.initializer:
        kind = tensor.data_type
        known = kind in helper.get_all_tensor_dtypes() and kind != onnx.TensorProto.STRING
        item = helper.tensor_dtype_to_np_dtype(kind).itemsize if known else 1
        total += max(math.prod(tensor.dims) * item, _bytes_outside(tensor, folder))
        if total > _MOST_BYTES:
            raise OnnxModelError(
                f"initialiser {tensor.name!r} of shape {tuple(tensor.dims)} makes the constants of "
                f"the model larger than {_MOST_BYTES / 2**30:g} GiB; no circuit holds such a model"
            )


def _bytes_outside(tensor: onnx.TensorProto, folder: Path) -> int:
    """Bytes that would be read from another file for an initialiser; 0 if it is none of these."""
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        return 0
    facts = {entry.key: entry.value for entry in tensor.external_data}
    try:
        if "length" in facts:
            return int(facts["length"])
        whole: int = (folder / facts["location"]).stat().st_size
        return whole - int(facts.get("offset", 0))
    except (KeyError, OSError, ValueError):
        return 0  # reading it will say what is wrong
