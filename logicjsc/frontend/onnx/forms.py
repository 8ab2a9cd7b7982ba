"""Sums of quantised signals, found by what nodes do, whatever exporter wrote them.

A tensor has a **form** if each of its elements is a sum of quantised signals, each times a whole
number and one common number, plus a constant. Such a sum is an integer times a known unit, an adder
in hardware, if the type that the graph computes in holds all parts of it exactly; see `exactness`.

Forms start at ``DequantizeLinear`` and pass through nodes that move data, additions, reductions by
``ReduceSum``, products with constants, matrix products and convolutions with constants, constants
that are added, and conversions between floating-point types that lose nothing. Anything else ends
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnx
from scipy import sparse

from logicjsc.frontend.onnx.dependence import (
    KNOWN_DOMAINS,
    MOVES_DATA,
    collecting_matrix,
    element_origins,
    filter_matrix,
    product_matrix,
)
from logicjsc.frontend.onnx.exactness import FloatType, common_unit, near_multiples
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.refusals import label_of

if TYPE_CHECKING:
    from logicjsc.frontend.onnx.quantiser import Quantiser


_LARGEST_FACTOR: Final = 1 << 20
"""Of a signal in a sum; larger ones come from numbers that have no common unit."""


_ROUNDINGS: Final = 3
"""Of a term before it is added: its value, its product with a weight, a bias."""

_SECOND_ORDER: Final = 1e-3
"""Of roundings of roundings; there are far fewer than a thousand of them."""

_FINEST: Final = 1 << 8
"""Of a constant beside signals: it is a multiple of one part in so many of their unit."""


@dataclass(frozen=True)
class Form:
    """What the elements of a tensor add up.

    Attributes:
        weights: factor of each source's integer, float64 ``[elements, sources]``, sparse.
        constants: what zero points add, float64 ``[elements]``.
        units: largest number of which every term is a multiple, float64 ``[elements]``; infinite
            without terms.
        above: no part of the sum is larger, float64 ``[elements]``: what its positive terms add.
        below: no part of the sum is smaller than minus this, float64 ``[elements]``.
        added: whether several terms were added, also of one source, bool ``[elements]``.
        slack: how far the model's sum may lie from this one, float64 ``[elements]``: 0 of exact
            sums.
        biased: whether the node that adds added constants as well, bool ``[elements]``.
    """

    weights: sparse.csr_array
    constants: Array
    units: Array
    above: Array
    below: Array
    added: Array
    slack: Array
    biased: Array

    @property
    def reach(self) -> Array:
        """No part of the sum is farther from zero, float64 ``[elements]``."""
        return np.maximum(self.above, self.below)

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
        units = common_unit(scaled, rows, factors.shape[0])
        weights = sparse.csr_array(factors @ self.weights)
        weights.eliminate_zeros()
        weights.sort_indices()
        several = np.bincount(rows, minlength=factors.shape[0]) > 1
        raised, lowered = factors.maximum(0), (-factors).maximum(0)
        inherited = np.zeros_like(several)
        inherited[rows[self.added[columns]]] = True
        return Form(
            weights,
            factors @ self.constants,
            units,
            raised @ self.above + lowered @ self.below,
            raised @ self.below + lowered @ self.above,
            several | inherited,
            abs(factors) @ self.slack,
            np.zeros_like(several),
        )

    def shifted(self, constants: Array, *, any_constant: bool = False) -> Form | None:
        """The form with a constant added to each element.

        None if one is no multiple of a small fraction of its element's unit: the sum ends in front
        of it, and the constant is part of the table behind. With ``any_constant``, there is nothing
        in front, and the sum may turn out to be no exact one.
        """
        added = constants.ravel().astype(np.float64)
        if not added.any():
            return self
        places = np.flatnonzero(added)
        both = np.concatenate([self.units, np.abs(added[places])])
        units = common_unit(both, np.concatenate([np.arange(added.size), places]), added.size)
        fine = (self.units[places] / units[places] > _FINEST).any()
        if not np.isfinite(added).all() or (fine and not any_constant):
            return None
        return replace(
            self,
            constants=self.constants + added,
            units=units,
            above=self.above + np.maximum(added, 0),
            below=self.below + np.maximum(-added, 0),
            added=self.added | (added != 0),
            biased=np.ones_like(self.biased),
        )

    def flaw(self, dtype: np.dtype[Any]) -> str:
        """Why numbers of a type may not add exactly, or nothing."""
        weights = self.weights.tocoo()
        kept = self.added[weights.row]
        weights = sparse.coo_array(
            (weights.data[kept], (weights.row[kept], weights.col[kept])), shape=weights.shape
        )
        factors = np.abs(weights.data) / self.units[weights.row]
        if (factors > _LARGEST_FACTOR).any():
            row = int(weights.row[factors.argmax()])
            mine = np.abs(weights.data[weights.row == row])
            return (
                f"the scales {mine.min():g} and {mine.max():g} of what it adds are no small "
                f"multiples of one number; lower the fan-in or the bit width of that layer, or "
                f"quantise its weights"
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
        rounded: for those of them that lie near a sum of whole numbers, that sum, with its slack.
    """

    def __init__(self, graph: Graph, quantisers: Mapping[str, Quantiser], columns: int) -> None:
        self.graph, self.quantisers, self.columns = graph, quantisers, columns
        self.forms: dict[str, Form] = {}
        self.flaws: dict[str, str] = {}
        self.rounded: dict[str, Form] = {}
        for node in graph.nodes:
            self._propagate(node)

    def _propagate(self, node: onnx.NodeProto) -> None:
        coded = self._coded(node)
        if coded is not None:
            self.forms[node.output[0]] = coded
            return
        if node.op_type == "DequantizeLinear" and node.domain in KNOWN_DOMAINS:
            form = self._dequantised(node)
        elif node.domain in KNOWN_DOMAINS and self._variables(node) is not None:
            rules: dict[str, Callable[[onnx.NodeProto], Form | None]] = {
                **dict.fromkeys(MOVES_DATA, self._moved),
                **dict.fromkeys(("Add", "Neg", "Sub", "Sum"), self._added),
                **dict.fromkeys(("Conv", "ConvTranspose"), self._filtered),
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
            near = rounded_form(form, self.graph.dtypes[node.output[0]])
            if near is not None:
                self.rounded[node.output[0]] = near
        else:
            self.forms[node.output[0]] = form

    def _coded(self, node: onnx.NodeProto) -> Form | None:
        """The form of numbers that are codes themselves, or bits that become numbers."""
        name = node.output[0]
        if node.op_type == "Cast" and self.graph.dtypes.get(node.input[0]) == np.bool_:
            name = node.input[0]
        quantiser = self.quantisers.get(name)
        kind = FloatType.of(self.graph.dtypes[node.output[0]])
        if quantiser is None or kind is None:
            return None
        columns = np.arange(quantiser.first, quantiser.first + quantiser.size)
        ones = np.ones(quantiser.size)
        weights = sparse.csr_array(
            (ones, (np.arange(quantiser.size), columns)), shape=(quantiser.size, self.columns)
        )
        nothing = np.zeros(quantiser.size, np.bool_)
        above, below = ones * max(quantiser.high, 0), ones * max(-quantiser.low, 0)
        zeros = np.zeros(quantiser.size)
        return Form(weights, zeros, ones, above, below, nothing, zeros, nothing)

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
        above = scales * np.maximum(quantiser.high - zeros, 0)
        below = scales * np.maximum(zeros - quantiser.low, 0)
        added = np.zeros(quantiser.size, np.bool_)
        exact = np.zeros(quantiser.size)
        return Form(weights, -scales * zeros, scales, above, below, added, exact, added)

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
                for name in ("constants", "units", "above", "below", "added", "slack", "biased")
            ),
        )

    def _added(self, node: onnx.NodeProto) -> Form | None:
        shape = self.graph.shapes[node.output[0]]
        total: Form | None = None
        constants = []
        for position, name in enumerate(node.input):
            negative = node.op_type == "Neg" or (node.op_type == "Sub" and position == 1)
            known = self.graph.known(name)
            if known is not None:
                constants.append(-known if negative else known)
                continue
            term = self._broadcast(name, shape, -1.0 if negative else 1.0)
            total = term if total is None else _sum_of(total, term)
        if total is not None and total.added.any() and any(c.any() for c in constants):
            return None  # the constant behind a sum is part of the table that reads it
        for constant in constants:
            total = None if total is None else total.shifted(np.broadcast_to(constant, shape))
        return total

    def _scaled(self, node: onnx.NodeProto) -> Form | None:
        factors = [name for name in node.input if name in self.graph.constants]
        if len(factors) != 1:
            return None
        constant = self.graph.constants[factors[0]].astype(np.float64)
        if not np.isfinite(constant).all():
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
        variables = self._variables(node) or []
        name = variables[0] if len(variables) == 1 else ""
        factors = product_matrix(self.graph, node, self.forms) if name else None
        if factors is None or not np.isfinite(factors.data).all():
            return None
        return self._biased(node, self.forms[name].combined(factors))

    def _filtered(self, node: onnx.NodeProto) -> Form | None:
        factors = filter_matrix(self.graph, node) if node.input[0] in self.forms else None
        if factors is None or not np.isfinite(factors.data).all():
            return None
        channels = (-1, *([1] * (len(self.graph.shapes[node.output[0]]) - 2)))
        return self._biased(node, self.forms[node.input[0]].combined(factors), channels)

    def _biased(self, node: onnx.NodeProto, form: Form, along: tuple[int, ...] = ()) -> Form | None:
        """A form plus the constant that is the third input, if there is one."""
        if len(node.input) < 3 or not node.input[2]:  # noqa: PLR2004 - the third input
            return form
        bias = self.graph.constants.get(node.input[2])
        if bias is None:
            return None
        shape = self.graph.shapes[node.output[0]]
        each = np.broadcast_to(bias.reshape(along) if along else bias, shape)
        return form.shifted(each, any_constant=True)

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


def rounded_form(form: Form, dtype: np.dtype[Any]) -> Form | None:
    """The sum of whole numbers that a sum of rounded numbers lies near, if there is one.

    Weights that were quantised with a scale which is no power of two are whole multiples of it but
    for their last bits. The slack is the bound of Higham (2002, section 4.2) on the rounding of a
    sum of products in any order, and what the whole multiples leave over.
    """
    kind = FloatType.of(dtype)
    if kind is None or form.slack.any():
        return None
    bounds = np.where(form.weights.indptr[1:] > form.weights.indptr[:-1])[0]
    weights = form.weights.copy()
    units, slack = form.units.copy(), np.zeros_like(form.units)
    step = 2.0**-kind.bits
    for element in bounds:
        mine = slice(weights.indptr[element], weights.indptr[element + 1])
        given = weights.data[mine].copy()
        found = near_multiples(given)
        if found is None:
            return None
        units[element], weights.data[mine] = found
        # Every addition rounds a part of the sum, every term was rounded a few times before.
        whole = form.above[element] + form.below[element]
        rounding = step * ((given.size + 1) * form.reach[element] + _ROUNDINGS * whole)
        left = float((np.abs(given - weights.data[mine]) / np.abs(given)).max())
        slack[element] = (1 + _SECOND_ORDER) * rounding + left * whole
        if slack[element] > units[element] / 8 or form.reach[element] > kind.largest:
            return None
    return replace(form, weights=weights, units=units, slack=slack)


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
        common_unit(
            np.concatenate([one.units, other.units]),
            np.tile(np.arange(one.units.size), 2),
            one.units.size,
        ),
        one.above + other.above,
        one.below + other.below,
        one.added | other.added | (np.isfinite(one.units) & np.isfinite(other.units)),
        one.slack + other.slack,
        one.biased | other.biased,
    )
