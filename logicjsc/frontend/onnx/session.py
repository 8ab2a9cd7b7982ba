"""Running ONNX models exactly, in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx

from logicjsc.core.errors import OnnxModelError

Array: TypeAlias = npt.NDArray[Any]

_BATCH: Final = 16_384
_SMALLEST_BATCH: Final = 16


class Session:
    """An onnxruntime session that gives the same bits for a row whatever batch it comes in.

    Graph optimisation is off: the pass ``WeightBiasQuantization`` turns float weights of quantised
    graphs into int8 and corrupts up to a third of the rows, and nothing else is needed for graphs
    of this size. Small batches are padded, because a product with a single row takes another
    kernel with another order of summation.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self._session = _open(model)
        self.inputs = [entry.name for entry in self._session.get_inputs()]
        self.outputs = [entry.name for entry in self._session.get_outputs()]

    def run(self, feeds: Mapping[str, Array], outputs: Sequence[str] | None = None) -> list[Array]:
        """Outputs for inputs that share their first axis.

        Args:
            feeds: arrays ``[rows, ...]`` by input name.
            outputs: names of the outputs wanted; all by default.

        Returns:
            One array ``[rows, ...]`` per output.

        Raises:
            OnnxModelError: onnxruntime fails, or an output does not have one entry per row.
        """
        rows = len(next(iter(feeds.values())))
        wanted = list(outputs or self.outputs)
        parts: list[list[Array]] = []
        for start in range(0, max(rows, 1), _BATCH):
            batch = {name: array[start : start + _BATCH] for name, array in feeds.items()}
            size = min(_BATCH, rows - start)
            if size < _SMALLEST_BATCH:
                batch = {name: _pad(array, _SMALLEST_BATCH) for name, array in batch.items()}
            results = _run(self._session, wanted, batch)
            count = len(next(iter(batch.values())))
            for name, result in zip(wanted, results, strict=True):
                if not isinstance(result, np.ndarray) or result.shape[:1] != (count,):
                    shape = getattr(result, "shape", "none")
                    raise OnnxModelError(
                        f"tensor {name!r} does not keep the batch as its first axis (shape "
                        f"{shape} for {count} samples); export the model with a dynamic batch axis"
                    )
            parts.append([result[:size] for result in results])
        return [np.concatenate(column) for column in zip(*parts, strict=True)]


def run_once(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> list[Any]:
    """All outputs of a model for one set of inputs of any shape, none at all included.

    Raises:
        OnnxModelError: onnxruntime refuses the model or fails.
    """
    session = _open(model)
    return _run(session, [entry.name for entry in session.get_outputs()], feeds)


def _open(model: onnx.ModelProto) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # More threads spin against each other on the small operations of these networks.
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions share no public base class
        raise OnnxModelError(f"onnxruntime refuses the model: {_first_line(error)}") from error


def _run(session: Any, outputs: list[str], feeds: Mapping[str, Array]) -> list[Any]:  # noqa: ANN401
    try:
        return list(session.run(outputs, dict(feeds)))
    except Exception as error:
        raise OnnxModelError(f"onnxruntime failed: {_first_line(error)}") from error


def _pad(array: Array, rows: int) -> Array:
    padded = np.zeros((rows, *array.shape[1:]), array.dtype)
    padded[: len(array)] = array
    return padded


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
