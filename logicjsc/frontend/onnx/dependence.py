"""Which quantised signals can influence each element of each tensor.

Every tensor is a sparse matrix: a row per element (for one sample), a column per signal. A node's
output rows are sums of its input rows; what a node does to them is found without knowing the
exporter: nodes that only move data are run on element numbers instead of data, element-wise nodes
join what broadcasting brings together, products with a constant matrix follow its non-zero
entries. Any other node is assumed to mix everything, which is always safe: a set that is too
large makes a table larger or a refusal, never a wrong table.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final, TypeAlias

import numpy as np
import onnx
from scipy import sparse

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.refusals import label_of

Dependence: TypeAlias = sparse.csr_array

MOVES_DATA: Final = frozenset(
    (
        "Concat DepthToSpace Expand Flatten Gather GatherElements GatherND Identity Pad Reshape "
        "Slice SpaceToDepth Split Squeeze Tile Transpose Unsqueeze"
    ).split()
)
"""Nodes that only move data."""

_KEEPS_ORDER: Final = frozenset(["Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"])
"""Nodes that move data to the same place of another shape."""

_ELEMENT_WISE: Final = frozenset(
    (
        "Abs Acos Acosh Add And Asin Asinh Atan Atanh BatchNormalization BitShift BitwiseAnd "
        "BitwiseNot BitwiseOr BitwiseXor Cast Ceil Celu Clip Cos Cosh DequantizeLinear Div Dropout "
        "Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish IsInf IsNaN "
        "LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow "
        "QuantizeLinear Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign "
        "Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Where Xor"
    ).split()
)

_REDUCES: Final = frozenset(["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"])

_WINDOWS: Final = frozenset(
    ("AveragePool Conv ConvTranspose CumSum Einsum GlobalAveragePool GlobalMaxPool MaxPool").split()
)
"""Nodes that add or compare some elements of one input, found by running them on unit vectors."""

_FILTERS: Final = frozenset(["Conv", "ConvTranspose", "Einsum"])
"""Of these, those whose constants are factors."""

_PRODUCTS: Final = frozenset(["Gemm", "MatMul", "MatMulInteger"])

_MOST_INFLUENCES: Final = 1 << 24
"""Of elements on elements; more do not fit into memory."""

_MATRIX: Final = 2
"""Axes of a matrix."""

KNOWN_DOMAINS: Final = frozenset(["", "ai.onnx", "com.microsoft"])
"""Whose operators are known by their names."""


class DependenceTracker:
    """Propagates dependence through a graph, node by node.

    Attributes:
        columns: number of signals that a row can depend on.
        rows: dependence by tensor name.
        mixed: by tensor name, the node that is taken to mix everything that it reads.
    """

    def __init__(self, graph: Graph, columns: int) -> None:
        self.graph = graph
        self.columns = columns
        self.rows: dict[str, Dependence] = {}
        self.mixed: dict[str, onnx.NodeProto] = {}

    def set_sources(self, tensor: str, first_column: int) -> None:
        """Make every element of ``tensor`` a signal of its own."""
        size = int(np.prod(self.graph.shapes[tensor]))
        columns = np.arange(first_column, first_column + size)
        self.rows[tensor] = _matrix(np.arange(size), columns, (size, self.columns))

    def set_some(
        self, tensor: str, elements: Array, first_column: int, weights: sparse.csr_array
    ) -> None:
        """Make some elements of ``tensor`` signals of their own.

        The others depend on what has a weight, ``[elements of the tensor, first columns]``.
        """
        rows, columns = weights.nonzero()
        others = ~np.isin(rows, elements)
        rows = np.concatenate([rows[others], elements])
        signals = np.arange(first_column, first_column + elements.size)
        columns = np.concatenate([columns[others], signals])
        self.rows[tensor] = _matrix(rows, columns, (weights.shape[0], self.columns))

    def propagate(self, node: onnx.NodeProto) -> None:
        """Derive the dependence of a node's outputs from that of its inputs."""
        if node.domain not in KNOWN_DOMAINS:
            self._mix(node)
        elif node.op_type in MOVES_DATA:
            self._move(node)
        elif node.op_type in _ELEMENT_WISE:
            self._join(node)
        elif node.op_type in _PRODUCTS:
            self._multiply(node)
        elif node.op_type in _WINDOWS:
            self._spread(node)
        elif node.op_type in _REDUCES:
            self._reduce(node)
        else:
            self._mix(node)

    def _variable_inputs(self, node: onnx.NodeProto) -> list[str]:
        return [name for name in node.input if name in self.rows]

    def _move(self, node: onnx.NodeProto) -> None:
        sizes = {name: self.rows[name].shape[0] for name in node.input if name in self.rows}
        origins = element_origins(self.graph, node, sizes)
        if origins is None:
            self._mix(node)
            return
        blocks = [sparse.csr_array((1, self.columns), dtype=np.bool_)]  # row 0: a constant
        blocks += [self.rows[name] for name in node.input if name in self.rows]
        stacked = sparse.vstack(blocks, format="csr")
        for name, numbers in origins.items():
            self.rows[name] = stacked[numbers.ravel()]

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
                factor = self.graph.known(name)
                if factor is not None:
                    mask = np.broadcast_to(factor != 0, shape).ravel()
                    total = total.multiply(mask[:, None])
        self.rows[output] = _as_booleans(total)

    def _multiply(self, node: onnx.NodeProto) -> None:
        """Products of an activation and a constant matrix."""
        factors = product_matrix(self.graph, node, self.rows)
        if factors is None:
            self._mix(node)
            return
        variable = node.input[0] if node.input[0] in self.rows else node.input[1]
        self.rows[node.output[0]] = _as_booleans((factors != 0) @ self.rows[variable])

    def _spread(self, node: onnx.NodeProto) -> None:
        """Nodes that add or compare elements of one input, each output some of them."""
        names = self._variable_inputs(node)
        influences = None if len(names) != 1 else _influences(self.graph, node, names[0])
        if influences is None:
            self._mix(node)
            return
        for name in filter(None, node.output):
            self.rows[name] = _as_booleans(influences @ self.rows[names[0]])

    def _reduce(self, node: onnx.NodeProto) -> None:
        collects = collecting_matrix(self.graph, node) if node.input[0] in self.rows else None
        if collects is None:
            self._mix(node)
            return
        self.rows[node.output[0]] = _as_booleans((collects != 0) @ self.rows[node.input[0]])

    def _mix(self, node: onnx.NodeProto) -> None:
        """Every output element depends on everything the node reads."""
        union = np.zeros(self.columns, np.bool_)
        for name in self._variable_inputs(node):
            union[self.rows[name].indices] = True
        columns = np.flatnonzero(union)
        for output in node.output:
            if output:
                size = int(np.prod(self.graph.shapes[output]))
                self.mixed[output] = node
                _refuse_many(node, size * columns.size)
                self.rows[output] = _matrix(
                    np.repeat(np.arange(size), columns.size),
                    np.tile(columns, size),
                    (size, self.columns),
                )


def element_origins(
    graph: Graph, node: onnx.NodeProto, sizes: Mapping[str, int]
) -> dict[str, Array] | None:
    """Where each output element of a node that moves data comes from: it is run on numbers.

    Args:
        graph: the graph.
        node: one of `MOVES_DATA`.
        sizes: number of elements of the inputs that are no constants.

    Returns:
        By output, for each element its number among the elements of these inputs, one input after
        the other, counted from 1; 0 is a constant. None if indices or shapes are data, so that
        anything may arrive anywhere.
    """
    if node.op_type != "Concat" and any(name in sizes for name in node.input[1:]):
        return None
    if node.op_type in _KEEPS_ORDER and node.input[0] in sizes:
        # Nothing moves, only the shape changes; deep chains of these are common.
        numbers = np.arange(1, sizes[node.input[0]] + 1, dtype=np.int64)
        return {node.output[0]: numbers.reshape(graph.shapes[node.output[0]])}
    feeds: dict[str, Array] = {}
    count = 1
    for position, name in enumerate(node.input):
        if name in sizes:
            numbers = np.arange(count, count + sizes[name], dtype=np.int64)
            feeds[name] = numbers.reshape(graph.shapes[name])
            count += sizes[name]
        elif name:
            value = graph.known(name)
            if value is None:
                return None
            # Data that is constant has number 0; shapes and indices stay what they are.
            is_data = position == 0 or (node.op_type, position) == ("Pad", 2)
            is_data = is_data or node.op_type == "Concat"
            feeds[name] = np.zeros(value.shape, np.int64) if is_data else value
    results = graph.evaluate_node(node, feeds)
    names = [name for name in node.output if name]
    return {name: numbers.astype(np.int64) for name, numbers in zip(names, results, strict=True)}


def product_matrix(
    graph: Graph, node: onnx.NodeProto, variables: Container[str]
) -> sparse.csr_array | None:
    """A product of an activation and a constant, on either side, as one matrix on its elements.

    Returns:
        Factors, float64 ``[elements of the output, elements of the activation]``, zeros left out;
        None if the node is no such product.

    Raises:
        OnnxModelError: there are too many.
    """
    names = list(node.input[:2])
    integer = node.op_type == "MatMulInteger"
    if sum(name in variables for name in names) != 1 or any(
        name in variables for name in node.input[2:]
    ):
        return None
    side = 0 if names[0] in variables else 1
    matrix = graph.constants.get(names[1 - side])
    shape = graph.shapes[names[side]]
    if matrix is None or min(len(shape), matrix.ndim) < _MATRIX:
        return None
    matrix = matrix.astype(np.float64)
    zero = node.input[3 - side] if integer and len(node.input) > 3 - side else ""
    if zero:
        if graph.constants[zero].size != 1:
            return None
        matrix = matrix - graph.constants[zero].astype(np.float64).item()
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    attributes = graph.attributes(node)
    turned = [attributes.get("transA", 0), attributes.get("transB", 0)]
    numbers = np.swapaxes(numbers, -1, -2) if turned[side] else numbers
    matrix = np.swapaxes(matrix, -1, -2) if turned[1 - side] else matrix
    made = graph.shapes[node.output[0]]
    size, shared = int(np.prod(made)), matrix.shape[-2 if side == 0 else -1]
    _refuse_many(node, size * shared)
    # Broadcast to [..., rows, shared, columns]; every non-zero entry is one influence.
    full = (*made[:-1], shared, made[-1])
    left, right = (numbers, matrix) if side == 0 else (matrix, numbers)
    pair = [
        np.broadcast_to(left[..., :, :, None], full),
        np.broadcast_to(right[..., None, :, :], full),
    ]
    sources, factors = (pair[0], pair[1]) if side == 0 else (pair[1], pair[0])
    outputs = np.broadcast_to(np.arange(size).reshape(*made[:-1], 1, made[-1]), full)
    where = np.nonzero(factors)
    return sparse.csr_array(
        (factors[where], (outputs[where], sources[where])), shape=(size, numbers.size)
    )


def filter_matrix(graph: Graph, node: onnx.NodeProto) -> sparse.csr_array | None:
    """A convolution with constants, without its bias, as one matrix on its input's elements.

    Returns:
        Factors, float64 ``[elements of the output, elements of the input]``, zeros left out; None
        if the samples are not on the first axis, the filter varies, or it is too large.
    """
    return _influences(graph, node, node.input[0], factors=True)


def _influences(
    graph: Graph, node: onnx.NodeProto, name: str, *, factors: bool = False
) -> sparse.csr_array | None:
    """Which elements of its input reach each element of a node: it is run on unit vectors.

    With ``factors``, constants keep their values, so that the result holds what each is times.

    Returns:
        Numbers that are not zero, ``[elements of the output, elements of the input]``; None if the
        samples are not on the first axis, or there are too many elements.
    """
    outputs = [output for output in node.output if output]
    if len(outputs) != 1 or not all(map(graph.has_samples_first, (name, outputs[0]))):
        return None
    shape, made = graph.shapes[name], graph.shapes[outputs[0]]
    size = int(np.prod(shape))
    if size * (size + int(np.prod(made))) > _MOST_INFLUENCES:
        return None
    feeds: dict[str, Array] = {name: np.eye(size, dtype=np.float32).reshape(size, *shape[1:])}
    position = 0
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    if node.op_type in {"Conv", "ConvTranspose"}:
        copy.input[:] = node.input[:2]  # a bias reaches everything and is no signal
        position = list(node.input).index(name)
        if position != 0:
            return None
    for other in copy.input:
        value = graph.constants.get(other)
        if other and other != name:
            if value is None:
                return None
            is_factor = node.op_type in _FILTERS and not factors
            feeds[other] = (value != 0).astype(np.float32) if is_factor else value
    (result,) = graph.evaluate_node(copy, feeds)
    return sparse.csr_array(result.reshape(size, -1).T.astype(np.float64))


def _refuse_many(node: onnx.NodeProto, count: int) -> None:
    """Refuse more influences than fit into memory.

    Raises:
        OnnxModelError: there are too many.
    """
    if count > _MOST_INFLUENCES:
        raise OnnxModelError(
            f"{label_of(node)} connects its outputs with {count:.1e} elements that it reads, the "
            f"limit is {_MOST_INFLUENCES:.1e}; make the layer smaller"
        )


def collecting_matrix(graph: Graph, node: onnx.NodeProto) -> sparse.csr_array | None:
    """Which elements of its input each element of a reduction collects.

    Returns:
        Ones, float64 ``[elements of the output, elements of the input]``; None if it is unknown.
    """
    axes = graph.attributes(node).get("axes")
    if axes is None and len(node.input) > 1 and node.input[1]:
        constant = graph.constants.get(node.input[1])
        axes = None if constant is None else constant.tolist()
    if not axes:
        return None
    shape = graph.shapes[node.input[0]]
    kept = [1 if axis in {a % len(shape) for a in axes} else n for axis, n in enumerate(shape)]
    size = int(np.prod(kept))
    outputs = np.broadcast_to(np.arange(size).reshape(kept), shape).ravel()
    ones = np.ones(outputs.size)
    return sparse.csr_array((ones, (outputs, np.arange(outputs.size))), shape=(size, outputs.size))


def _matrix(rows: Array, columns: Array, shape: tuple[int, int]) -> Dependence:
    ones = np.ones(len(rows), np.bool_)
    return sparse.csr_array((ones, (rows, columns)), shape=shape)


def _as_booleans(matrix: Dependence) -> Dependence:
    result = sparse.csr_array(matrix, dtype=np.bool_)
    result.eliminate_zeros()
    result.sort_indices()
    return result
