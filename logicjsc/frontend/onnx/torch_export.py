"""Torch modules as ONNX: exported in evaluation mode, by the exporter that fits, and compared."""

from __future__ import annotations

import copy
import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnx

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Array, Graph

if TYPE_CHECKING:
    from torch import Tensor, nn

_OPSET: Final = 17
_ROWS: Final = 1000
_TOLERATED: Final = 1e-3
"""Of random rows that torch and onnxruntime may tell apart: those on a border of rounding."""


def is_torch_module(model: object) -> bool:
    """Whether an object is a torch module; torch is not imported to find out."""
    return any(kind.__module__.startswith("torch.nn.modules") for kind in type(model).__mro__)


def export_module(module: nn.Module, example: Any) -> onnx.ModelProto:  # noqa: ANN401 - array-like
    """An ONNX model of a torch module, as it is in evaluation mode.

    Args:
        module: from features to scores; a copy of it is exported.
        example: features ``[samples, ...]``, an array or a tensor, as the module takes them.

    Raises:
        OnnxModelError: there is no example, the module cannot be exported, or onnxruntime computes
            something else than torch on random features.
    """
    import torch

    if example is None:
        raise OnnxModelError(
            f"a torch module ({type(module).__name__}) is exported with example features; write "
            f"import_model(module, example)"
        )
    try:
        features = torch.as_tensor(example)
    except (TypeError, ValueError, RuntimeError) as error:
        raise OnnxModelError(f"the example features are no numbers ({error})") from error
    if features.ndim < 2 or not len(features):  # noqa: PLR2004 - samples, features
        raise OnnxModelError(
            f"the example features have shape {tuple(features.shape)}; they must be "
            f"[samples, features]"
        )
    if not features.is_floating_point():
        features = features.float()
    plain = copy.deepcopy(module).cpu().eval()
    model = onnx.load_from_string(_exported(plain, features.cpu()[:2]))
    _compare(plain, features.cpu(), model)
    return model


def _exported(module: nn.Module, example: Tensor) -> bytes:
    uses_brevitas = any(type(m).__module__.startswith("brevitas") for m in module.modules())
    ways = [_by_qcdq, _by_qonnx] if uses_brevitas else [_by_torch]
    reasons = []
    for way in ways:
        stream = io.BytesIO()
        try:
            with warnings.catch_warnings(), silent_stderr():
                # Deprecations inside torch and brevitas that no caller can act on.
                warnings.simplefilter("ignore")
                way(copy.deepcopy(module), example, stream)  # a failed export leaves its traces
        except Exception as error:  # noqa: BLE001 - whatever exporters raise
            reasons.append(str(error).strip().partition("\n")[0])
        else:
            return stream.getvalue()
    raise OnnxModelError(
        f"{type(module).__name__} cannot be exported to ONNX ({'; '.join(reasons)}); export it "
        f"yourself and import the file"
    )


def _settings() -> dict[str, Any]:
    return {
        "dynamo": False,
        "opset_version": _OPSET,
        "input_names": ["features"],
        "output_names": ["scores"],
        "dynamic_axes": {"features": {0: "samples"}, "scores": {0: "samples"}},
    }


def _by_qcdq(module: nn.Module, example: Tensor, stream: io.BytesIO) -> None:
    from brevitas.export import export_onnx_qcdq

    export_onnx_qcdq(module, args=(example,), export_path=stream, **_settings())


def _by_qonnx(module: nn.Module, example: Tensor, stream: io.BytesIO) -> None:
    from brevitas.export import export_qonnx

    export_qonnx(module, args=(example,), export_path=stream, **_settings())


def _by_torch(module: nn.Module, example: Tensor, stream: io.BytesIO) -> None:
    import torch

    torch.onnx.export(module, (example,), stream, **_settings())  # type: ignore[arg-type]


def _compare(module: nn.Module, example: Tensor, model: onnx.ModelProto) -> None:
    """Refuse an export that computes something else.

    Raises:
        OnnxModelError: says on how many random rows.
    """
    import torch

    graph = Graph(model)
    scale = float(example.abs().max()) or 1.0
    drawn = np.random.default_rng(0).normal(0, scale / 2, (_ROWS, *example.shape[1:]))
    features = np.concatenate([example[:_ROWS].numpy(), drawn]).astype(np.float32)
    with torch.no_grad():
        theirs: Array = module(torch.from_numpy(features)).numpy()
    ours = graph.given_scores(features.reshape(len(features), -1))
    if graph.end.notes:
        return  # the model ends in a decision, and the netlist is compared with the scores
    apart = ~np.isclose(ours, theirs.reshape(ours.shape), rtol=1e-4, atol=1e-5).all(axis=1)
    if apart.mean() > _TOLERATED:
        raise OnnxModelError(
            f"the exported model differs from {type(module).__name__} on {int(apart.sum()):,} of "
            f"{len(features):,} rows, so the exporter changed it; write it with operations that "
            f"torch.onnx exports faithfully, or export it yourself and import the file"
        )


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Hide what compiled code prints: onnxoptimizer always warns about quantised models.

    Errors still arrive as exceptions.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
