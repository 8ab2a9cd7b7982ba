"""The rules a netlist keeps, checked on construction and on loading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.codec import Decoder, Encoder
from logicjsc.netlist.layers import (
    MAX_ADDRESS_BITS,
    MAX_WIDTH,
    Array,
    Layer,
    SumLayer,
    TableLayer,
)


def check_layers(
    name: str,
    input_names: tuple[str, ...],
    input_widths: Array,
    input_signed: Array,
    layers: Sequence[Layer],
) -> None:
    """Check shapes, widths and topological order.

    Raises:
        NetlistError: names the first layer and node that breaks a rule.
    """
    if not name:
        raise NetlistError("a netlist needs a name")
    inputs = len(input_names)
    if input_widths.shape != (inputs,) or input_signed.shape != (inputs,):
        raise NetlistError(f"netlist {name!r}: input names, widths and signs differ in number")
    _check_widths("input", input_widths)
    if len({layer.name for layer in layers}) != len(layers):
        raise NetlistError(f"netlist {name!r}: two layers share a name")
    widths, signed, stages = input_widths, input_signed, np.zeros(inputs, np.int32)
    previous_stage = 0
    for layer in layers:
        if layer.stage < max(previous_stage, 1):
            raise NetlistError(f"layer {layer.name!r}: stage {layer.stage} is out of order")
        previous_stage = layer.stage
        _check_inputs(layer, stages)
        _check_widths(f"layer {layer.name!r}", layer.widths)
        if isinstance(layer, TableLayer):
            _check_tables(layer, widths)
        else:
            _check_sums(layer, widths, signed)
        widths = np.concatenate([widths, layer.widths])
        signed = np.concatenate([signed, layer.signed])
        stages = np.concatenate([stages, np.full(layer.nodes, layer.stage, np.int32)])


def _check_widths(owner: str, widths: Array) -> None:
    bad = np.flatnonzero((widths < 1) | (widths > MAX_WIDTH))
    if bad.size:
        raise NetlistError(
            f"{owner}: signal {bad[0]} is {widths[bad[0]]} bits wide; 1 to {MAX_WIDTH} are possible"
        )


def _check_inputs(layer: Layer, stages: Array) -> None:
    nodes = layer.inputs.shape[0] if layer.inputs.ndim else -1
    matrix = 2
    if layer.inputs.ndim != matrix or not (layer.widths.shape == layer.signed.shape == (nodes,)):
        raise NetlistError(f"layer {layer.name!r}: inputs, widths and signs differ in shape")
    if not nodes:
        raise NetlistError(f"layer {layer.name!r} has no nodes")
    unknown = (layer.inputs < 0) | (layer.inputs >= stages.size)
    if unknown.any():
        node, position = np.argwhere(unknown)[0]
        raise NetlistError(
            f"node {layer.name}[{node}] reads signal {layer.inputs[node, position]}, which is not "
            f"computed before it (a cycle, or layers out of order)"
        )
    late = stages[layer.inputs] >= layer.stage
    if late.any():
        node, position = np.argwhere(late)[0]
        raise NetlistError(
            f"node {layer.name}[{node}] of stage {layer.stage} reads signal "
            f"{layer.inputs[node, position]} of stage {stages[layer.inputs[node, position]]}; "
            f"inputs must come from earlier stages"
        )


def _check_tables(layer: TableLayer, widths: Array) -> None:
    address_bits = widths[layer.inputs].sum(axis=1, dtype=np.int64)
    wide = np.flatnonzero(address_bits > MAX_ADDRESS_BITS)
    if wide.size:
        raise NetlistError(
            f"node {layer.name}[{wide[0]}] has {address_bits[wide[0]]} address bits; a table has "
            f"at most {MAX_ADDRESS_BITS}"
        )
    rows = layer.tables.shape[1] if layer.tables.ndim == layer.inputs.ndim else -1
    wrong = np.flatnonzero((1 << address_bits) != rows)
    if wrong.size or layer.tables.shape[0] != layer.nodes:
        node = int(wrong[0]) if wrong.size else 0
        raise NetlistError(
            f"node {layer.name}[{node}] has {address_bits[node]} address bits and needs "
            f"{1 << int(address_bits[node])} table rows, the table array has shape "
            f"{layer.tables.shape}"
        )
    too_wide = np.flatnonzero(layer.tables.max(axis=1) >> layer.widths.astype(np.uint64))
    if too_wide.size:
        node = int(too_wide[0])
        raise NetlistError(
            f"node {layer.name}[{node}]: its table holds a code that does not fit its "
            f"{layer.widths[node]} output bits"
        )


def _check_sums(layer: SumLayer, widths: Array, signed: Array) -> None:
    shape = layer.inputs.shape
    if not (layer.shifts.shape == layer.negated.shape == shape and layer.fan_in):
        raise NetlistError(f"layer {layer.name!r}: inputs, shifts and negations differ in shape")
    if layer.offsets.shape != (layer.nodes,):
        raise NetlistError(f"layer {layer.name!r}: one offset per node is needed")
    if layer.wraps.shape != (layer.nodes,):
        raise NetlistError(f"layer {layer.name!r}: whether it wraps is told for every node or none")
    if (layer.shifts >= MAX_WIDTH).any():
        raise NetlistError(f"layer {layer.name!r}: a shift of {MAX_WIDTH} or more")
    dropped = np.argwhere(-layer.shifts.astype(np.int64) >= widths[layer.inputs])
    if dropped.size:
        node, position = dropped[0]
        raise NetlistError(
            f"node {layer.name}[{node}] shifts signal {layer.inputs[node, position]} right by "
            f"{-int(layer.shifts[node, position])}, which leaves none of its "
            f"{widths[layer.inputs[node, position]]} bits"
        )
    low, high = value_range(widths[layer.inputs], signed[layer.inputs])
    shifts = layer.shifts.astype(np.int64)
    left, right = np.maximum(shifts, 0), np.maximum(-shifts, 0)
    low, high = low << left >> right, high << left >> right
    low, high = np.where(layer.negated, -high, low), np.where(layer.negated, -low, high)
    # Python's integers: a sum of wide, shifted signals may leave 64 bits.
    offsets = layer.offsets.astype(object)
    smallest = offsets + low.astype(object).sum(axis=1)
    largest = offsets + high.astype(object).sum(axis=1)
    can_low, can_high = value_range(layer.widths, layer.signed)
    tight = np.flatnonzero(((smallest < can_low) | (largest > can_high)) & ~layer.wraps)
    if tight.size:
        node = int(tight[0])
        raise NetlistError(
            f"node {layer.name}[{node}] sums to {smallest[node]} to {largest[node]}, which its "
            f"{layer.widths[node]} output bits cannot hold"
        )


def value_range(widths: Array, signed: Array) -> tuple[Array, Array]:
    """Smallest and largest value of signals, int64 arrays of the shape of ``widths``."""
    bits = widths.astype(np.int64)
    low = np.where(signed, -(np.int64(1) << (bits - 1)), 0)
    high = np.where(signed, (np.int64(1) << (bits - 1)) - 1, (np.int64(1) << bits) - 1)
    return low, high


def check_ends(
    name: str,
    outputs: Array,
    *,
    widths: Array,
    signed: Array,
    inputs: int,
    encoder: Encoder | None,
    decoder: Decoder | None,
) -> None:
    """Check outputs, encoder and decoder against the signals.

    Args:
        name: of the netlist, for messages.
        outputs: signal ids.
        widths: of all signals.
        signed: same.
        inputs: number of input signals.
        encoder: the encoder, if there is one.
        decoder: the decoder, if there is one.

    Raises:
        NetlistError: they do not fit.
    """
    if outputs.ndim != 1 or not outputs.size:
        raise NetlistError(f"netlist {name!r} has no outputs")
    if outputs.min() < 0 or outputs.max() >= widths.size:
        raise NetlistError(f"netlist {name!r}: an output names a signal that does not exist")
    if encoder is not None:
        if len(encoder.features) != inputs:
            raise NetlistError(f"netlist {name!r}: the encoder has another number of inputs")
        if (encoder.codes >> widths[:inputs, None].astype(np.uint64)).any():
            raise NetlistError(f"netlist {name!r}: the encoder makes a code that is too wide")
    if decoder is not None:
        if decoder.outputs != outputs.size:
            raise NetlistError(f"netlist {name!r}: the decoder has another number of classes")
        if ((1 << widths[outputs].astype(np.int64)) != decoder.scores.shape[-1]).any() or (
            signed[outputs] != decoder.signed
        ).any():
            raise NetlistError(f"netlist {name!r}: outputs and decoder differ in width or sign")
