"""ONNX to netlist: run every neuron on every address.

The ONNX sub-graph between quantisers is run as it is, in onnxruntime, so a table holds exactly
what the model computes. Neurons that read different signals do not disturb each other, so many
are enumerated in the same rows: row ``r`` spells address ``r`` for each neuron of a group at once.
A layer of 192 neurons with fan-in 4 needs about a dozen groups instead of 192 runs.

Sums of quantised signals become adders (`sums.py` tells which). What follows a sum is a
table like any other: the graph is cut behind the sum, and run on every number that the sum's bits
hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import onnx

from logicjsc import __version__
from logicjsc.core.errors import OnnxModelError
from logicjsc.core.files import sha256_of
from logicjsc.core.progress import OnProgress, silent
from logicjsc.dataset.provenance import KEY
from logicjsc.frontend.onnx.agreement import check_agreement, optimisation_note
from logicjsc.frontend.onnx.codes import is_input
from logicjsc.frontend.onnx.enumeration import Node, enumerate_tables
from logicjsc.frontend.onnx.exactness import signed_digits
from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of
from logicjsc.frontend.onnx.opening import node_of, open_model
from logicjsc.frontend.onnx.quantised import DEFAULT_ADDRESS_LIMIT, QuantisedModel
from logicjsc.frontend.onnx.sums import SumTensor
from logicjsc.frontend.onnx.thresholds import find_decoder, find_encoder
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import MAX_WIDTH, Array, Layer, SumLayer, TableLayer

ONNX_DIGEST: Final = "onnx_digest"
"""Provenance of a netlist: SHA-256 of the model that it was tabulated from."""

_KEPT: Final = ("checkpoint_digest", KEY)
"""Metadata of the model that the netlist keeps: what it was exported from, and its samples."""

_Term: TypeAlias = tuple[int, int, bool]
"""Source, shift and sign of something that an adder adds."""


def unheard(_note: str) -> None:
    """Ignore what a reader should know."""


def tabulate(
    model: onnx.ModelProto,
    name: str,
    *,
    address_limit: int = DEFAULT_ADDRESS_LIMIT,
    on_progress: OnProgress = silent,
    on_note: Callable[[str], None] = unheard,
) -> Netlist:
    """The netlist of a quantised sparse ONNX model.

    Args:
        model: QCDQ model from raw features to class scores.
        name: name of the netlist.
        address_limit: most address bits of a table.
        on_progress: told of finished neurons.
        on_note: told what a reader should know of the model, in sentences.

    Raises:
        OnnxModelError: something cannot be a table; the message names it and the reason. Or the
            netlist would differ from the model on random inputs.
    """
    graph = Graph(model)
    opened = open_model(graph, address_limit)
    runner, nodes = opened.runner, opened.nodes
    quantised = runner.model
    metadata = metadata_of(model)
    inputs = runner.inputs
    stages = _stages(quantised)
    sums = _collect_sums(quantised)
    terms = {node.source: _terms(quantised, node) for node in sums}
    layers: list[Layer] = []
    signal_of = {int(source): index for index, source in enumerate(inputs)}
    total, done = len(nodes) + len(sums), 0
    for stage in sorted({stages[node.source] for node in (*nodes, *sums)}):
        tables = _by_shape([node for node in nodes if stages[node.source] == stage])
        adders = _by_terms(terms, [node for node in sums if stages[node.source] == stage])
        shapes = [*((False, those) for those in tables), *((True, those) for those in adders)]
        for adds, members in shapes:
            called = _name(stage, layers)
            layers.append(
                _sum_layer(quantised, members, stage, signal_of, called, terms=terms)
                if adds
                else _tabulate_layer(quantised, members, stage, signal_of, called)
            )
            for node in members:
                signal_of[node.source] = len(signal_of)
            done += len(members)
            on_progress(done, total, "tables")
    encoder = find_encoder(quantised, runner, metadata)
    netlist = Netlist(
        name=name,
        input_names=_input_names(encoder.feature_names, encoder.features),
        input_widths=np.array([quantised.quantiser_of(int(s)).width for s in inputs]),
        input_signed=np.array([quantised.quantiser_of(int(s)).signed for s in inputs]),
        layers=tuple(layers),
        outputs=np.array([signal_of[int(source)] for source in quantised.outputs]),
        encoder=encoder,
        decoder=find_decoder(quantised, metadata),
        provenance={
            "logicjsc": __version__,
            "onnx_producer": f"{model.producer_name} {model.producer_version}".strip(),
            **{key: value for key, value in metadata.items() if key in _KEPT},
        },
    )
    check_agreement(runner, netlist)
    _note(quantised, netlist, on_note)
    return netlist


def _note(model: QuantisedModel, netlist: Netlist, on_note: Callable[[str], None]) -> None:
    for note in model.graph.notes:
        on_note(note)
    rounded = sum(int((entry.slack > 0).sum()) for entry in model.sums)
    if rounded:
        on_note(
            f"float32 does not hold {rounded:,} sums of the model exactly; whatever their "
            f"rounding, the tables behind them give one code for every sum that can occur"
        )
    if on_note is not unheard:
        note = optimisation_note(model.graph, netlist.encoder)
        if note:
            on_note(note)


def tabulate_file(
    path: Path,
    name: str,
    address_limit: int | None = None,
    on_progress: OnProgress = silent,
    on_note: Callable[[str], None] = unheard,
) -> Netlist:
    """The netlist of an ONNX file, whose provenance says which file it was.

    Raises:
        OnnxModelError: see `tabulate`; the message names the file.
    """
    limit = address_limit or DEFAULT_ADDRESS_LIMIT
    model = load_onnx(path)
    try:
        netlist = tabulate(
            model, name, address_limit=limit, on_progress=on_progress, on_note=on_note
        )
    except OnnxModelError as error:
        raise OnnxModelError(f"{path}: {error}") from error
    provenance = {**netlist.provenance, ONNX_DIGEST: sha256_of(path)}
    # In the order in which the netlist's file keeps it, so that manifests made before and after
    # reading it are equal.
    return replace(netlist, provenance=dict(sorted(provenance.items())))


def _collect_sums(model: QuantisedModel) -> list[Node]:
    numbers = (range(entry.first, entry.first + entry.size) for entry in model.sums)
    return [node_of(model, source) for block in numbers for source in block]


def _stages(model: QuantisedModel) -> dict[int, int]:
    """Stage of every source: one more than the deepest signal its quantiser or tensor reads."""
    stages = dict.fromkeys(range(model.graph.features), -1)
    for block in model.blocks:
        elements = range(block.first, block.first + block.size)
        depths = [stages[int(read)] for element in elements for read in model.inputs_of[element]]
        deepest = max(depths, default=0) + 1
        # A quantiser of features is stage 0; a constant beside them is a table and needs stage 1.
        stages |= {e: max(deepest, 0 if is_input(model, e) else 1) for e in elements}
    return stages


def _by_shape(nodes: list[Node]) -> list[list[Node]]:
    """Nodes of one layer have one fan-in and one number of address bits."""
    groups: dict[tuple[int, int], list[Node]] = {}
    for node in nodes:
        groups.setdefault((len(node.inputs), node.address_bits), []).append(node)
    return list(groups.values())


def _by_terms(terms: Mapping[int, list[_Term]], nodes: list[Node]) -> list[list[Node]]:
    """Adders of one layer have one number of terms."""
    groups: dict[int, list[Node]] = {}
    for node in nodes:
        groups.setdefault(len(terms[node.source]), []).append(node)
    return list(groups.values())


def _terms(model: QuantisedModel, node: Node) -> list[_Term]:
    """Everything that an adder adds."""
    block = model.block_of(node.source)
    if not isinstance(block, SumTensor):
        raise OnnxModelError(f"{model.describe(node.source)} is no sum")
    sources, factors = block.terms(node.source)
    return [
        (source, shift, negated)
        for source, factor in zip(sources.tolist(), factors.tolist(), strict=True)
        for shift, negated in signed_digits(factor)
    ]


def _name(stage: int, layers: list[Layer]) -> str:
    """``layer<stage>``, with a letter where a stage has neurons of several shapes."""
    before = sum(layer.stage == stage for layer in layers)
    return f"layer{stage}" + (f"_{before + 1}" if before else "")


def _input_names(feature_names: tuple[str, ...], features: Array) -> tuple[str, ...]:
    """The feature's name, with a number where several inputs read one feature."""
    counts: dict[int, int] = {}
    names = []
    for feature in features.tolist():
        counts[feature] = counts.get(feature, 0) + 1
        several = int((features == feature).sum()) > 1
        names.append(feature_names[feature] + (f"_{counts[feature]}" if several else ""))
    return tuple(names)


def _tabulate_layer(
    model: QuantisedModel,
    nodes: list[Node],
    stage: int,
    signal_of: dict[int, int],
    name: str,
) -> TableLayer:
    """Enumerate neurons of one shape; they may come from several quantisers."""
    tables = np.empty((len(nodes), 1 << nodes[0].address_bits), np.uint32)
    row_of = {node.source: index for index, node in enumerate(nodes)}
    targets = dict.fromkeys(model.quantiser_of(node.source) for node in nodes)
    for target in targets:
        members = [node for node in nodes if model.quantiser_of(node.source) == target]
        for source, table in enumerate_tables(model, target, members).items():
            tables[row_of[source]] = table
    quantisers = [model.quantiser_of(node.source) for node in nodes]
    return TableLayer(
        name=name,
        stage=stage,
        inputs=np.array([[signal_of[read] for read in node.inputs] for node in nodes]).reshape(
            len(nodes), -1
        ),
        tables=tables,
        widths=np.array([entry.width for entry in quantisers]),
        signed=np.array([entry.signed for entry in quantisers]),
    )


def _sum_layer(
    model: QuantisedModel,
    nodes: list[Node],
    stage: int,
    signal_of: dict[int, int],
    name: str,
    *,
    terms: Mapping[int, list[_Term]],
) -> SumLayer:
    """Adders of one fan-in; ``terms`` are those of every adder, by source."""
    added = [terms[node.source] for node in nodes]
    blocks = [(node.source, model.block_of(node.source)) for node in nodes]
    formats = [model.format_of(node.source) for node in nodes]
    widest = max(width for width, _ in formats)
    if widest > MAX_WIDTH:
        raise OnnxModelError(
            f"{model.describe(nodes[0].source)} and those beside it have up to {widest} bits, the "
            f"limit is {MAX_WIDTH}; add fewer or narrower signals"
        )
    return SumLayer(
        name=name,
        stage=stage,
        inputs=np.array([[signal_of[source] for source, _, _ in node] for node in added]),
        shifts=np.array([[shift for _, shift, _ in node] for node in added]),
        negated=np.array([[minus for _, _, minus in node] for node in added]),
        offsets=np.array(
            [
                int(block.offsets[source - block.first])
                for source, block in blocks
                if isinstance(block, SumTensor)
            ]
        ),
        widths=np.array([width for width, _ in formats]),
        signed=np.array([signed for _, signed in formats]),
    )
