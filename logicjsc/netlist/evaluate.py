"""The golden model: exact evaluation of a netlist on codes.

Samples are worked through in blocks that stay in the processor's cache. Within a block every signal
is one row, so a node is a few vector operations: shift and or the inputs into addresses, then
gather from the table.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.codes import shifted, values_of
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, SumLayer, TableLayer

_BLOCK: Final = 8192
"""Samples per block; addresses of one block fill 64 KiB, half of a usual L2 cache's slice."""


def evaluate(netlist: Netlist, codes: Array) -> Array:
    """Output codes of input codes.

    Args:
        netlist: the network.
        codes: input codes, non-negative integers ``[samples, inputs]``.

    Returns:
        Output codes ``[samples, outputs]`` of the netlist's code type.

    Raises:
        NetlistError: ``codes`` has another shape, or a code does not fit its input's width.
    """
    codes = check_codes(netlist, codes)
    results = np.empty((codes.shape[0], len(netlist.outputs)), netlist.code_dtype)
    for start in range(0, codes.shape[0], _BLOCK):
        block = _evaluate_block(netlist, codes[start : start + _BLOCK])
        results[start : start + _BLOCK] = block[netlist.outputs].T
    return results


def evaluate_signals(netlist: Netlist, codes: Array) -> Array:
    """Codes of every signal ``[samples, signals]``, for looking inside; see `evaluate`."""
    codes = check_codes(netlist, codes)
    results = np.empty((codes.shape[0], netlist.signals), netlist.code_dtype)
    for start in range(0, codes.shape[0], _BLOCK):
        results[start : start + _BLOCK] = _evaluate_block(netlist, codes[start : start + _BLOCK]).T
    return results


def check_codes(netlist: Netlist, codes: Any) -> Array:  # noqa: ANN401 - what may be an array
    """Codes as an array; refuse those that are no inputs of a netlist.

    Raises:
        NetlistError: ``codes`` has another shape or type, or a code does not fit its input's width.
    """
    try:
        given: Array = np.asarray(codes)
    except (ValueError, TypeError, OverflowError) as error:
        raise NetlistError(f"input codes must be an array of integers ({error})") from error
    if given.ndim != 2 or given.shape[1] != netlist.inputs:  # noqa: PLR2004
        raise NetlistError(
            f"netlist {netlist.name!r} expects {netlist.inputs} input codes, got an array of shape "
            f"{given.shape}"
        )
    if given.dtype.kind not in "iu":
        raise NetlistError(f"input codes must be integers, got {given.dtype}")
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    bad = np.flatnonzero(
        (given.min(axis=0, initial=0) < 0) | (given.max(axis=0, initial=0) >= limits)
    )
    if bad.size:
        column = given[:, bad[0]]
        row = np.flatnonzero((column < 0) | (column >= limits[bad[0]]))[0]
        raise NetlistError(
            f"a code of input {netlist.input_names[bad[0]]!r} does not fit its "
            f"{netlist.input_widths[bad[0]]} bits: sample {row} has {column[row]}"
        )
    return given


def _evaluate_block(netlist: Netlist, codes: Array) -> Array:
    signals = np.empty((netlist.signals, codes.shape[0]), netlist.code_dtype)
    signals[: netlist.inputs] = codes.T
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        outputs = signals[first : first + layer.nodes]
        if isinstance(layer, TableLayer):
            _look_up(layer, netlist.widths, signals, outputs)
        else:
            _add_up(layer, netlist, signals, outputs)
    return signals


def _look_up(layer: TableLayer, widths: Array, signals: Array, outputs: Array) -> None:
    tables = layer.tables.astype(outputs.dtype, copy=False)
    address = np.zeros(signals.shape[1], np.intp)
    for node in range(layer.nodes):
        address.fill(0)
        for source in layer.inputs[node]:
            np.left_shift(address, int(widths[source]), out=address)
            np.bitwise_or(address, signals[source], out=address)
        # The address cannot leave the table; "clip" only spares numpy its buffered check.
        np.take(tables[node], address, out=outputs[node], mode="clip")


def _add_up(layer: SumLayer, netlist: Netlist, signals: Array, outputs: Array) -> None:
    for node in range(layer.nodes):
        total = np.full(signals.shape[1], layer.offsets[node], np.int64)
        for position, source in enumerate(layer.inputs[node]):
            width, signed = int(netlist.widths[source]), bool(netlist.signed[source])
            value = values_of(signals[source], width, signed=signed)
            value = shifted(value, int(layer.shifts[node, position]))
            total += -value if layer.negated[node, position] else value
        outputs[node] = total & ((np.int64(1) << int(layer.widths[node])) - 1)
