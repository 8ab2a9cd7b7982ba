"""Sums of quantised signals, found by what nodes do, whatever exporter wrote them.

A tensor has a **form** if each of its elements is a sum of quantised signals, each times plus or
minus a power of two and one common number. Such a sum is an integer times a known unit, an adder in
hardware, if the type that the graph computes in holds all parts of it exactly; see `exactness`.

Forms start at ``DequantizeLinear`` and pass through nodes that move data, additions, reductions by
``ReduceSum``, products with constants that are 0 or plus or minus a power of two throughout
(masks, signs, shifts), matrix products with such constants, and conversions between floating-point
types that lose nothing. Anything else ends them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from scipy import sparse

from logicjsc.frontend.onnx.dependence import (
    KNOWN_DOMAINS,
    MOVES_DATA,
    collecting_matrix,
    element_origins,
    product_matrix,
)
from logicjsc.frontend.onnx.exactness import FloatType, is_power_of_two, is_shift
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.refusals import label_of

if TYPE_CHECKING:
    from logicjsc.frontend.onnx.quantiser import Quantiser


@dataclass(frozen=True)
class Form:
    """What the elements of a tensor add up.

    Attributes:
        weights: factor of each source's integer, float64 ``[elements, sources]``, sparse.
        constants: what zero points add, float64 ``[elements]``.
        units: largest number of which every term is a multiple, float64 ``[elements]``; infinite
            without terms.
        reach: no part of the sum is larger, float64 ``[elements]``.
        added: whether several terms were added, also of one source, bool ``[elements]``.
    """

    weights: sparse.csr_array
    constants: Array
    units: Array
    reach: Array
    added: Array

    def row(self, element: int) -> tuple[Array, Array]:
        """The sources of an element, ascending, int64, and their factors, float64."""
        mine = slice(self.weights.indptr[element], self.weights.indptr[element + 1])
        order = np.argsort(self.weights.indices[mine])
        sources = self.weights.indices[mine][order].astype(np.int64)
        return sources, self.weights.data[mine][order]

    def combined(self, factors: sparse.csr_array) -> Form:
        """The form of sums of elements; ``factors`` is ``[new elements, elements]``."""
        rows, columns = factors.nonzero()
        scaled = np.abs(factors.data) * self.units[columns]
        units = np.full(factors.shape[0], np.inf)
        np.minimum.at(units, rows, scaled)
        weights = sparse.csr_array(factors @ self.weights)
        weights.eliminate_zeros()
        weights.sort_indices()
        several = np.bincount(rows, minlength=factors.shape[0]) > 1
        inherited = np.zeros_like(several)
        inherited[rows[self.added[columns]]] = True
        return Form(
            weights,
            factors @ self.constants,
            units,
            abs(factors) @ self.reach,
            several | inherited,
        )

    def flaw(self, dtype: np.dtype[Any]) -> str:
        """Why numbers of a type may not add exactly, or nothing."""
        weights = self.weights.tocoo()
        kept = self.added[weights.row]
        weights = sparse.coo_array(
            (weights.data[kept], (weights.row[kept], weights.col[kept])), shape=weights.shape
        )
        units = self.units[weights.row]
        if not is_power_of_two(np.abs(weights.data) / units).all():
            place = int(np.argmin(is_power_of_two(np.abs(weights.data) / units)))
            return (
                f"the scales {units[place]:g} and {abs(weights.data[place]):g} of what it adds do "
                f"not differ by a power of two"
            )
        kind = FloatType.of(dtype)
        if kind is None:
            return f"{dtype} is no floating-point type"
        return kind.flaw_of_sums(self.units, self.reach, self.added)


class FormTracker:
    """Finds the forms of a graph's tensors, node by node.

    Attributes:
        forms: form by tensor, for tensors that have one.
        flaws: for tensors that are sums but no exact ones, the reason.
    """

    def __init__(self, graph: Graph, quantisers: Mapping[str, Quantiser], columns: int) -> None:
        self.graph, self.quantisers, self.columns = graph, quantisers, columns
        self.forms: dict[str, Form] = {}
        self.flaws: dict[str, str] = {}
        for node in graph.nodes:
            self._propagate(node)

    def _propagate(self, node: onnx.NodeProto) -> None:
        if node.op_type == "DequantizeLinear" and node.domain in KNOWN_DOMAINS:
            form = self._dequantised(node)
        elif node.domain in KNOWN_DOMAINS and self._variables(node) is not None:
            rules: dict[str, Callable[[onnx.NodeProto], Form | None]] = {
                **dict.fromkeys(MOVES_DATA, self._moved),
                **dict.fromkeys(("Add", "Neg", "Sub", "Sum"), self._added),
                **dict.fromkeys(("Gemm", "MatMul"), self._multiplied),
                "Cast": self._cast,
                "Mul": self._scaled,
                "ReduceSum": self._reduced,
            }
            rule = rules.get(node.op_type)
            form = None if rule is None else rule(node)
        else:
            form = None
        if form is None:
            return
        flaw = form.flaw(self.graph.dtypes[node.output[0]])
        if flaw:
            self.flaws[node.output[0]] = f"{label_of(node)} adds, but {flaw}"
        else:
            self.forms[node.output[0]] = form

    def _variables(self, node: onnx.NodeProto) -> list[str] | None:
        """The inputs that are no constants, if all of them have forms."""
        names = [name for name in node.input if name and self.graph.known(name) is None]
        return names if names and all(name in self.forms for name in names) else None

    def _dequantised(self, node: onnx.NodeProto) -> Form | None:
        quantiser = self.quantisers.get(node.input[0])
        scale = self.graph.constants.get(node.input[1])
        if quantiser is None or scale is None or not (np.isfinite(scale) & (scale > 0)).all():
            return None
        shape = self.graph.shapes[node.output[0]]
        scales = per_element(scale, shape, int(self.graph.attributes(node).get("axis", 1)))
        zeros = zero_points(self.graph, node, shape)
        if scales is None or zeros is None:
            return None
        columns = np.arange(quantiser.first, quantiser.first + quantiser.size)
        weights = sparse.csr_array(
            (scales, (np.arange(quantiser.size), columns)), shape=(quantiser.size, self.columns)
        )
        farthest = np.maximum(np.abs(quantiser.low - zeros), np.abs(quantiser.high - zeros))
        added = np.zeros(quantiser.size, np.bool_)
        return Form(weights, -scales * zeros, scales, scales * farthest, added)

    def _cast(self, node: onnx.NodeProto) -> Form | None:
        """The same numbers in another type, if both types hold all of them."""
        form = self.forms[node.input[0]]
        for name in (node.input[0], node.output[0]):
            kind = FloatType.of(self.graph.dtypes[name])
            if kind is None or not kind.holds(form.units, form.reach):
                return None
        return form

    def _moved(self, node: onnx.NodeProto) -> Form | None:
        sizes = {name: self.forms[name].units.size for name in node.input if name in self.forms}
        origins = element_origins(self.graph, node, sizes)
        # Only nodes of one output add anything later on, and constants beside signals end a form.
        if origins is None or len(origins) != 1 or not all(n.all() for n in origins.values()):
            return None
        ((_, numbers),) = origins.items()
        parts = [self.forms[name] for name in node.input if name in self.forms]
        order = numbers.ravel() - 1
        return Form(
            sparse.csr_array(sparse.vstack([part.weights for part in parts], format="csr")[order]),
            *(
                np.concatenate([getattr(part, name) for part in parts])[order]
                for name in ("constants", "units", "reach", "added")
            ),
        )

    def _added(self, node: onnx.NodeProto) -> Form | None:
        shape = self.graph.shapes[node.output[0]]
        total: Form | None = None
        for position, name in enumerate(node.input):
            known = self.graph.known(name)
            if known is not None:
                if known.any():
                    return None
                continue
            negative = node.op_type == "Neg" or (node.op_type == "Sub" and position == 1)
            term = self._broadcast(name, shape, -1.0 if negative else 1.0)
            total = term if total is None else _sum_of(total, term)
        return total

    def _scaled(self, node: onnx.NodeProto) -> Form | None:
        factors = [name for name in node.input if name in self.graph.constants]
        if len(factors) != 1:
            return None
        constant = self.graph.constants[factors[0]].astype(np.float64)
        if not is_shift(constant).all():
            return None
        shape = self.graph.shapes[node.output[0]]
        variables = [name for name in node.input if self.graph.known(name) is None]
        if len(variables) != 1:
            return None
        (name,) = variables
        return self._broadcast(name, shape, np.broadcast_to(constant, shape).ravel())

    def _multiplied(self, node: onnx.NodeProto) -> Form | None:
        attributes = self.graph.attributes(node)
        if any(attributes.get(name, 1.0) != 1.0 for name in ("alpha", "beta")):
            return None
        biases = [self.graph.constants.get(name) for name in node.input[2:] if name]
        if any(bias is None or bias.any() for bias in biases):
            return None
        variables = self._variables(node) or []
        name = variables[0] if len(variables) == 1 else ""
        factors = product_matrix(self.graph, node, self.forms) if name else None
        if factors is None or not is_shift(factors.data).all():
            return None
        return self.forms[name].combined(factors)

    def _reduced(self, node: onnx.NodeProto) -> Form | None:
        collects = collecting_matrix(self.graph, node)
        return None if collects is None else self.forms[node.input[0]].combined(collects)

    def _broadcast(self, name: str, shape: tuple[int, ...], factors: Array | float) -> Form:
        form = self.forms[name]
        numbers = np.arange(form.units.size).reshape(self.graph.shapes[name])
        columns = np.broadcast_to(numbers, shape).ravel()
        chooses = sparse.csr_array(
            (
                np.broadcast_to(np.asarray(factors, np.float64), columns.shape),
                (np.arange(columns.size), columns),
            ),
            shape=(columns.size, form.units.size),
        )
        chooses.eliminate_zeros()
        return form.combined(chooses)


def per_element(numbers: Array, shape: tuple[int, ...], axis: int) -> Array | None:
    """One number per element, float64, of one per tensor or per entry of an axis."""
    if numbers.size == 1:
        return np.full(int(np.prod(shape)), numbers.item(), np.float64)
    if numbers.ndim != 1 or not -len(shape) <= axis < len(shape) or shape[axis] != numbers.size:
        return None
    along = [1] * len(shape)
    along[axis] = numbers.size
    return np.broadcast_to(numbers.astype(np.float64).reshape(along), shape).ravel()


def zero_points(graph: Graph, node: onnx.NodeProto, shape: tuple[int, ...]) -> Array | None:
    """Zero point of each element of a ``DequantizeLinear``, float64."""
    if len(node.input) < 3 or not node.input[2]:  # noqa: PLR2004 - the third input
        return np.zeros(int(np.prod(shape)))
    zeros = graph.constants.get(node.input[2])
    if zeros is None:
        return None
    return per_element(zeros, shape, int(graph.attributes(node).get("axis", 1)))


def _sum_of(one: Form, other: Form) -> Form:
    weights = sparse.csr_array(one.weights + other.weights)
    weights.eliminate_zeros()
    weights.sort_indices()
    return Form(
        weights,
        one.constants + other.constants,
        np.minimum(one.units, other.units),
        one.reach + other.reach,
        one.added | other.added | (np.isfinite(one.units) & np.isfinite(other.units)),
    )
