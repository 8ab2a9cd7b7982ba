"""A graph as signals that tables can be made of, or the reason why not.

Quantisers are looked for first. Where they do not make tables of few enough bits, comparisons and
rounded numbers are signals as well; see `implicit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.codes import CodeRunner, is_input
from logicjsc.frontend.onnx.enumeration import Node
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.implicit import implicit_quantisers
from logicjsc.frontend.onnx.quantised import DEFAULT_ADDRESS_LIMIT, QuantisedModel

_MOST_SIGNALS: Final = 1 << 17


@dataclass(frozen=True, eq=False)
class OpenedModel:
    """A model of which every neuron can be a table.

    Attributes:
        runner: its signals, and their codes as onnxruntime computes them.
        nodes: the neurons that become tables.
    """

    runner: CodeRunner
    nodes: list[Node]


def open_model(graph: Graph, address_limit: int = DEFAULT_ADDRESS_LIMIT) -> OpenedModel:
    """The signals of a graph and the neurons that become tables.

    Args:
        graph: the graph.
        address_limit: most address bits of a table.

    Raises:
        OnnxModelError: something cannot be a table; the message names it and the reason.
    """
    try:
        _refuse_float_model(graph, address_limit)
        return _checked(QuantisedModel(graph, address_limit), address_limit)
    except OnnxModelError as error:
        reason = error
    if next(implicit_quantisers(graph, ()), None) is None:
        raise reason
    try:
        return _checked(QuantisedModel(graph, address_limit, implicit=True), address_limit)
    except OnnxModelError as error:
        # Of a model with quantisers, what is wrong with these is what its user can change.
        has_quantisers = any(node.op_type == "DequantizeLinear" for node in graph.nodes)
        raise (reason if has_quantisers else error) from error


def _checked(model: QuantisedModel, address_limit: int) -> OpenedModel:
    """The model, if every input is one feature and every table is small enough."""
    runner = CodeRunner(model)
    _check_inputs(model, runner.inputs)
    _refuse_many_signals(model)
    return OpenedModel(runner, _table_nodes(model, address_limit))


def _refuse_float_model(graph: Graph, address_limit: int) -> None:
    if any(node.op_type == "DequantizeLinear" for node in graph.nodes):
        return
    layer = next((node for node in graph.nodes if node.op_type in {"Gemm", "MatMul"}), None)
    where = f"layer {layer.name!r}" if layer is not None else f"output {graph.output!r}"
    raise OnnxModelError(
        f"{where} reads {graph.features} float features without a quantiser: its tables would have "
        f"{32 * graph.features} address bits, the limit is {address_limit}; train a sparse "
        f"quantised network instead (network.kind = 'sparse', with network.input_bits and "
        f"network.fan_in)"
    )


def _refuse_many_signals(model: QuantisedModel) -> None:
    """Refuse more signals than can be tabulated in minutes."""
    total = sum(entry.size for entry in model.quantisers)
    if total > _MOST_SIGNALS:
        widest = max(model.quantisers, key=lambda entry: entry.size)
        raise OnnxModelError(
            f"the model has {total:,} quantised signals, {widest.size:,} of them in quantiser "
            f"{widest.name!r}, the limit is {_MOST_SIGNALS:,}; make that layer narrower"
        )


def _check_inputs(model: QuantisedModel, inputs: Array) -> None:
    """Each input signal must quantise one raw feature and nothing else."""
    if not inputs.size:
        raise OnnxModelError(
            f"no quantiser of the model reads the raw features; put QuantizeLinear and "
            f"DequantizeLinear behind input {model.graph.input!r}"
        )
    for source in inputs:
        reads = model.inputs_of[source]
        if len(reads) != 1:
            raise OnnxModelError(
                f"{model.describe(int(source))} mixes {len(reads)} sources before any quantiser "
                f"(the first: {model.describe(int(reads[0]))}, {model.describe(int(reads[1]))}), "
                f"at least one of them a raw float feature; quantise each feature by itself first"
            )


def _table_nodes(model: QuantisedModel, address_limit: int) -> list[Node]:
    """The neurons that become tables.

    Raises:
        OnnxModelError: one reads too many bits; the message says why.
    """
    nodes = []
    elements = sum(entry.size for entry in model.quantisers)
    for source in range(model.graph.features, model.graph.features + elements):
        if is_input(model, source):
            continue
        node = node_of(model, source)
        if node.address_bits > address_limit:
            flaw = model.flaw_before(model.quantiser_of(source))
            raise OnnxModelError(
                f"{model.describe(source)} reads {len(node.inputs)} signals with "
                f"{node.address_bits} address bits, the limit is {address_limit}; "
                + (flaw or "lower the fan-in or the bit width of that layer")
                + ", or raise --max-address-bits"
            )
        nodes.append(node)
    return nodes


def node_of(model: QuantisedModel, source: int) -> Node:
    """What a neuron or a sum reads."""
    reads = tuple(int(entry) for entry in model.inputs_of[source])
    return Node(source, reads, tuple(model.format_of(entry)[0] for entry in reads))
