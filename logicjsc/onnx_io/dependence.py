"""Which quantised signals can influence each element of each tensor.

Every tensor is a sparse matrix: a row per element (for one jet), a column per signal. A node's
output rows are sums of its input rows; what a node does to them is found without knowing the
exporter: nodes that only move data are run on element numbers instead of data, element-wise nodes
join what broadcasting brings together, products with a constant matrix follow its non-zero
entries. Any other node is assumed to mix everything, which is always safe: a set that is too
large makes a table larger or a refusal, never a wrong table.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import onnx
from scipy import sparse

from logicjsc.onnx_io.graph import Array, Graph

Dependence: TypeAlias = sparse.csr_array

_MOVES_DATA: Final = frozenset(
    (
        "Concat Expand Flatten Gather GatherElements Identity Reshape Slice Split Squeeze "
        "Tile Transpose Unsqueeze"
    ).split()
)

_ELEMENT_WISE: Final = frozenset(
    (
        "Abs Acos Acosh Add Asin Asinh Atan Atanh BatchNormalization Cast Ceil Celu Clip Cos Cosh "
        "DequantizeLinear Div Dropout Elu Erf Exp Floor Gelu HardSigmoid HardSwish LeakyRelu Log "
        "Max Mean Min Mish Mul Neg PRelu Pow QuantizeLinear Reciprocal Relu Round Selu Sigmoid "
        "Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Tan Tanh ThresholdedRelu Where"
    ).split()
)

_REDUCES: Final = frozenset(["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"])


_MATRIX: Final = 2
"""Axes of a matrix."""

_KNOWN_DOMAINS: Final = frozenset(["", "ai.onnx", "com.microsoft"])


class DependenceTracker:
    """Propagates dependence through a graph, node by node.

    Attributes:
        columns: number of signals that a row can depend on.
        rows: dependence by tensor name.
    """

    def __init__(self, graph: Graph, columns: int) -> None:
        self.graph = graph
        self.columns = columns
        self.rows: dict[str, Dependence] = {}

    def set_sources(self, tensor: str, first_column: int) -> None:
        """Make every element of ``tensor`` a signal of its own."""
        size = int(np.prod(self.graph.shapes[tensor]))
        columns = np.arange(first_column, first_column + size)
        self.rows[tensor] = _matrix(np.arange(size), columns, (size, self.columns))

    def propagate(self, node: onnx.NodeProto) -> None:
        """Derive the dependence of a node's outputs from that of its inputs."""
        if node.domain not in _KNOWN_DOMAINS:
            self._mix(node)
        elif node.op_type in _MOVES_DATA:
            self._move(node)
        elif node.op_type in _ELEMENT_WISE:
            self._join(node)
        elif node.op_type in {"Gemm", "MatMul"}:
            self._multiply(node)
        elif node.op_type in _REDUCES:
            self._reduce(node)
        else:
            self._mix(node)

    def _variable_inputs(self, node: onnx.NodeProto) -> list[str]:
        return [name for name in node.input if name in self.rows]

    def _move(self, node: onnx.NodeProto) -> None:
        """Run the node on element numbers: where does each output element come from?"""
        if node.op_type != "Concat" and any(name in self.rows for name in node.input[1:]):
            self._mix(node)  # indices or shapes that are data: anything may arrive anywhere
            return
        feeds: dict[str, Array] = {}
        blocks = [sparse.csr_array((1, self.columns), dtype=np.bool_)]  # row 0: a constant
        count = 1
        for position, name in enumerate(node.input):
            if name in self.rows:
                size = self.rows[name].shape[0]
                numbers = np.arange(count, count + size, dtype=np.int64)
                feeds[name] = numbers.reshape(self.graph.shapes[name])
                blocks.append(self.rows[name])
                count += size
            elif name:
                value = self.graph.constants[name]
                # Data that is constant has number 0; shapes and indices stay what they are.
                is_data = position == 0 or node.op_type == "Concat"
                feeds[name] = np.zeros(value.shape, np.int64) if is_data else value
        stacked = sparse.vstack(blocks, format="csr")
        results = self.graph.evaluate_node(node, feeds)
        for name, numbers in zip([name for name in node.output if name], results, strict=True):
            self.rows[name] = stacked[numbers.ravel().astype(np.int64)]

    def _join(self, node: onnx.NodeProto) -> None:
        for output in node.output:
            if output:
                self._join_into(output, node)

    def _join_into(self, output: str, node: onnx.NodeProto) -> None:
        shape = self.graph.shapes[output]
        total = sparse.csr_array((int(np.prod(shape)), self.columns), dtype=np.bool_)
        for name in self._variable_inputs(node):
            numbers = np.arange(self.rows[name].shape[0]).reshape(self.graph.shapes[name])
            total = total + self.rows[name][np.broadcast_to(numbers, shape).ravel()]
        if node.op_type == "Mul":
            # A product with a constant zero depends on nothing (masks on activations).
            for name in node.input:
                if name in self.graph.constants:
                    mask = np.broadcast_to(self.graph.constants[name] != 0, shape).ravel()
                    total = total.multiply(mask[:, None])
        self.rows[output] = _as_booleans(total)

    def _multiply(self, node: onnx.NodeProto) -> None:
        """``Gemm`` and ``MatMul`` of an activation (left) and a constant matrix (right)."""
        left, right = node.input[0], node.input[1]
        attributes = self.graph.attributes(node)
        bias_is_variable = any(name in self.rows for name in node.input[2:])
        if (
            left not in self.rows
            or right in self.rows
            or attributes.get("transA", 0)
            or bias_is_variable
            or min(len(self.graph.shapes[left]), self.graph.constants[right].ndim) < _MATRIX
        ):
            self._mix(node)
            return
        mask = self.graph.constants[right] != 0
        if attributes.get("transB", 0):
            mask = mask.T
        numbers = np.arange(self.rows[left].shape[0]).reshape(self.graph.shapes[left])
        shape = self.graph.shapes[node.output[0]]
        # Broadcast to [..., rows, shared, columns]; every non-zero entry is one influence.
        influences = np.broadcast_to(
            mask[..., None, :, :], (*shape[:-1], mask.shape[-2], mask.shape[-1])
        )
        sources = np.broadcast_to(numbers[..., None], influences.shape)
        size = int(np.prod(shape))
        outputs = np.arange(size).reshape(*shape[:-1], 1, shape[-1])
        where = np.nonzero(influences)
        connects = _matrix(
            np.broadcast_to(outputs, influences.shape)[where],
            sources[where],
            (size, numbers.size),
        )
        self.rows[node.output[0]] = _as_booleans(connects @ self.rows[left])

    def _reduce(self, node: onnx.NodeProto) -> None:
        name, output = node.input[0], node.output[0]
        axes = self.graph.attributes(node).get("axes")
        if axes is None and len(node.input) > 1 and node.input[1]:
            axes = self.graph.constants[node.input[1]].tolist()
        if name not in self.rows or not axes:
            self._mix(node)
            return
        shape = self.graph.shapes[name]
        kept = [1 if axis in {a % len(shape) for a in axes} else n for axis, n in enumerate(shape)]
        outputs = np.broadcast_to(np.arange(int(np.prod(kept))).reshape(kept), shape).ravel()
        collects = _matrix(outputs, np.arange(outputs.size), (int(np.prod(kept)), outputs.size))
        self.rows[output] = _as_booleans(collects @ self.rows[name])

    def _mix(self, node: onnx.NodeProto) -> None:
        """Every output element depends on everything the node reads."""
        union = np.zeros(self.columns, np.bool_)
        for name in self._variable_inputs(node):
            union[self.rows[name].indices] = True
        columns = np.flatnonzero(union)
        for output in node.output:
            if output:
                size = int(np.prod(self.graph.shapes[output]))
                self.rows[output] = _matrix(
                    np.repeat(np.arange(size), columns.size),
                    np.tile(columns, size),
                    (size, self.columns),
                )


def _matrix(rows: Array, columns: Array, shape: tuple[int, int]) -> Dependence:
    ones = np.ones(len(rows), np.bool_)
    return sparse.csr_array((ones, (rows, columns)), shape=shape)


def _as_booleans(matrix: Dependence) -> Dependence:
    result = sparse.csr_array(matrix, dtype=np.bool_)
    result.eliminate_zeros()
    result.sort_indices()
    return result
