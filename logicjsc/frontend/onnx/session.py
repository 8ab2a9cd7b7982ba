"""Running ONNX models exactly, in batches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.refusals import label_of, type_name

Array: TypeAlias = npt.NDArray[Any]

_BATCH: Final = 16_384
_SMALLEST_BATCH: Final = 16
_BATCH_BYTES: Final = 1 << 28
"""What the tensors of a batch may take; large models run in smaller batches."""

_NODE: Final = re.compile(r"node with name '([^']*)'|Name:'([^']*)'")
_ADVICE: Final = (
    (
        "reshape",
        "a batch size written into the model looks like this: export a dynamic batch axis",
    ),
    ("is not a registered function/op", "export the model with standard operators of ONNX"),
    ("No opset import for domain", "name the operator's domain in the model's opset imports"),
    ("Numpy type", "export the model in float32 with activations of 8 bits or fewer"),
    ("alloc", "it takes too much memory: check the sizes given to the node"),
    ("nvalid dimensions", "give the input the shape that the model declares"),
)
"""What to change, by what onnxruntime says."""

_OTHER_ADVICE: Final = "onnx.checker.check_model(model, full_check=True) may say more"

_OPERATOR: Final = re.compile(r"implementation for (\w+)\(|running (\w+) node")


class Session:
    """An onnxruntime session that gives the same bits for a row whatever batch it comes in.

    Graph optimisation is off: the pass ``WeightBiasQuantization`` turns float weights of quantised
    graphs into int8 and corrupts up to a third of the rows, and nothing else is needed for graphs
    of this size. Small batches are padded, because a product with a single row takes another
    kernel with another order of summation.
    """

    def __init__(
        self, model: onnx.ModelProto, row_bytes: int = 1, *, optimised: bool = False
    ) -> None:
        """Open a session.

        Args:
            model: what to run.
            row_bytes: about how much memory one row takes.
            optimised: let onnxruntime optimise the graph as it does by default.

        Raises:
            OnnxModelError: onnxruntime refuses the model.
        """
        self._model = model
        self._session = _open(model, optimised=optimised)
        self._most = min(_BATCH, max(_BATCH_BYTES // row_bytes, _SMALLEST_BATCH))
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
        most = min(self._most, _BATCH)
        for start in range(0, max(rows, 1), most):
            batch = {name: array[start : start + most] for name, array in feeds.items()}
            size = min(most, rows - start)
            if size < _SMALLEST_BATCH:
                batch = {name: _pad(array, _SMALLEST_BATCH) for name, array in batch.items()}
            results = _run(self._model, self._session, wanted, batch)
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

    def run_whole(self, feeds: Mapping[str, Array]) -> list[Any]:
        """All outputs of any shape for one set of inputs, neither padded nor divided.

        Raises:
            OnnxModelError: onnxruntime fails.
        """
        return _run(self._model, self._session, self.outputs, feeds)


def run_once(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> list[Any]:
    """All outputs of a model for one set of inputs of any shape, none at all included.

    Raises:
        OnnxModelError: onnxruntime refuses the model or fails.
    """
    return Session(model).run_whole(feeds)


def _open(model: onnx.ModelProto, *, optimised: bool) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # More threads spin against each other on the small operations of these networks.
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions share no public base class
        raise OnnxModelError(
            f"onnxruntime refuses the model: {_explained(model, error)}"
        ) from error


def _run(
    model: onnx.ModelProto,
    session: Any,  # noqa: ANN401 - onnxruntime is untyped
    outputs: list[str],
    feeds: Mapping[str, Array],
) -> list[Any]:
    try:
        return list(session.run(outputs, dict(feeds)))
    except Exception as error:
        raise OnnxModelError(f"onnxruntime failed: {_explained(model, error)}") from error


def _pad(array: Array, rows: int) -> Array:
    padded = np.zeros((rows, *array.shape[1:]), array.dtype)
    padded[: len(array)] = array
    return padded


def _explained(model: onnx.ModelProto, error: Exception) -> str:
    """What onnxruntime says, and which node it speaks of, with its types and what to change."""
    text = _first_line(error)
    named, operator = _NODE.search(text), _OPERATOR.search(text)
    name = next(filter(None, named.groups()), "") if named else ""
    kind = next(filter(None, operator.groups()), "") if operator else ""
    nodes = [
        node
        for node in model.graph.node
        if (node.name == name if name else not node.name and node.op_type == kind)
    ]
    if "NOT_IMPLEMENTED" in text and nodes:
        types = _types_of(model, nodes[0])
        return (
            f"{label_of(nodes[0])} on {types or 'these types'} is not implemented in it; export "
            f"the model in float32 with activations of 8 bits or fewer ({text})"
        )
    advice = next((what for sign, what in _ADVICE if sign in text), _OTHER_ADVICE)
    return f"{label_of(nodes[0])}: {text}; {advice}" if nodes else f"{text}; {advice}"


def _types_of(model: onnx.ModelProto, node: onnx.NodeProto) -> str:
    """Types of what a node reads, as far as they are known."""
    try:
        graph = onnx.shape_inference.infer_shapes(model).graph
    except Exception:  # noqa: BLE001 - it only makes a message better
        return ""
    known = {entry.name: entry.data_type for entry in graph.initializer}
    for entry in (*graph.input, *graph.value_info, *graph.output):
        known.setdefault(entry.name, entry.type.tensor_type.elem_type)
    names = [type_name(known[name]) for name in node.input if known.get(name)]
    return " and ".join(dict.fromkeys(names))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
