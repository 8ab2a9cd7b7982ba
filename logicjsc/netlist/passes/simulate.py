"""Addresses that tables are seen to get: whatever was seen is reachable."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.netlist.evaluate import evaluate_signals
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, TableLayer
from logicjsc.netlist.passes.possible import Variable

_BLOCK: Final = 1 << 15
"""Vectors simulated at a time; bounds the memory for large networks."""


def address_counts(netlist: Netlist, codes: Array) -> list[Array | None]:
    """How often each row of each table is read: int64 ``[nodes, rows]`` per layer.

    Args:
        netlist: the network.
        codes: input codes ``[vectors, inputs]``.

    Returns:
        One array per layer, None for sum layers.
    """
    counts: list[Array | None] = [
        np.zeros(layer.tables.shape, np.int64) if isinstance(layer, TableLayer) else None
        for layer in netlist.layers
    ]
    for start in range(0, len(codes), _BLOCK):
        signals = np.ascontiguousarray(evaluate_signals(netlist, codes[start : start + _BLOCK]).T)
        for layer, count in zip(netlist.layers, counts, strict=True):
            if count is None or not isinstance(layer, TableLayer):
                continue
            for node in range(layer.nodes):
                address = np.zeros(signals.shape[1], np.intp)
                for source in layer.inputs[node]:
                    address <<= int(netlist.widths[source])
                    address |= signals[source]
                count[node] += np.bincount(address, minlength=count.shape[1])
    return counts


def draw_codes(
    netlist: Netlist, variables: tuple[Variable, ...], vectors: int, rng: np.random.Generator
) -> Array:
    """Random reachable input codes, uint32 ``[vectors, inputs]``."""
    codes = np.zeros((vectors, netlist.inputs), np.uint32)
    for variable in variables:
        if variable.codes is None:
            index = variable.inputs[0]
            width = int(netlist.input_widths[index])
            codes[:, index] = rng.integers(0, 1 << width, vectors, np.uint32)
        else:
            chosen = rng.integers(0, len(variable.codes), vectors)
            codes[:, list(variable.inputs)] = variable.codes[chosen]
    return codes


def all_codes(netlist: Netlist, variables: tuple[Variable, ...], chosen: list[int]) -> Array:
    """Every combination of the chosen variables' values, all other inputs at their first code."""
    codes = np.zeros((1, netlist.inputs), np.uint32)
    for variable in variables:
        if variable.codes is not None:
            codes[0, list(variable.inputs)] = variable.codes[0]
    for index in chosen:
        variable = variables[index]
        if variable.codes is None:
            raise ValueError(f"variable {index} is too wide to list")
        count = len(codes)
        codes = np.tile(codes, (len(variable.codes), 1))
        codes[:, list(variable.inputs)] = np.repeat(variable.codes, count, axis=0)
    return codes


def neighbours(variables: tuple[Variable, ...], vector: Array) -> Array:
    """A vector, and those that differ from it in one variable; the vector comes first."""
    rows = [vector[None].astype(np.uint32)]
    for variable in variables:
        if variable.codes is not None:
            changed = np.repeat(rows[0], len(variable.codes), axis=0)
            changed[:, list(variable.inputs)] = variable.codes
            rows.append(changed)
    return np.concatenate(rows)
