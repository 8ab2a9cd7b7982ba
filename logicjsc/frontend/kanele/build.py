"""Layers of edges and sums to a netlist."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.ends import class_decoder, class_names, feature_names, value_decoder
from logicjsc.frontend.importer import Asked, Imported
from logicjsc.frontend.kanele.read import KanLayer
from logicjsc.frontend.model_files import check_size
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.layers import Array, code_dtype

_CODES: Final = (
    "the inputs are the codes that the network's input quantiser makes, counted from 0 at the "
    "lowest; how it makes them is not in the file"
)

_WIDEST_SUM: Final = 22
"""Bits of a sum: what it saturates to is a table of it."""


def imported_kan(layers: list[KanLayer], path: Path, asked: Asked) -> Imported:
    """The netlist of a network.

    An edge is a table of as many bits as its values need, the sum of a node is exact, and where it
    can leave the range of the node's code it is saturated by one more table.

    Raises:
        ImportedModelError: it is too large, or a sum too wide.
    """
    _check(layers, path)
    builder = NetlistBuilder(asked.name)
    names = feature_names(asked, layers[0].inputs)
    signals = [builder.input(name, layers[0].in_bits) for name in names]
    for index, layer in enumerate(layers):
        asked.on_progress(index, len(layers), f"layer {index}")
        signals = [
            _node(builder, layer, target, signals, signed=index > 0)
            for target in range(layer.outputs)
        ]
    last = layers[-1]
    if last.outputs == 1 or asked.settings.target == "value":
        decoder = value_decoder(last.outputs, last.out_bits, signed=True)
    else:
        names = class_names(asked, last.outputs)
        decoder = class_decoder(names, last.out_bits, signed=True)
    netlist = builder.build(signals, decoder=decoder)
    return Imported(
        netlist,
        notes=(_CODES,),
        facts={
            "layers": len(layers),
            "edges": sum(len(layer.tables) for layer in layers),
            "pruned edges": sum(
                layer.inputs * layer.outputs - len(layer.tables) for layer in layers
            ),
            "code bits": ", ".join(
                str(bits) for bits in (layers[0].in_bits, *(layer.out_bits for layer in layers))
            ),
        },
    )


def _node(
    builder: NetlistBuilder, layer: KanLayer, target: int, signals: list[int], *, signed: bool
) -> int:
    """The saturated sum of a node's edges, a signal of the layer's own width."""
    terms = []
    offset = 0
    for source, signal in enumerate(signals):
        table = layer.tables.get((source, target))
        if table is None:
            continue
        if (table == table[0]).all():
            offset += int(table[0])
            continue
        values = np.roll(table, len(table) // 2) if signed else table
        width = _width(table)
        codes = values & ((1 << width) - 1)
        terms.append(builder.table([signal], codes, width, signed=bool(table.min() < 0)))
    low, high = _bounds(layer.out_bits)
    if not terms:
        return builder.constant(min(max(offset, low), high), layer.out_bits, signed=True)
    least, most = _reach(layer, target)
    if low <= least and most <= high:
        return builder.add(terms, offset=offset, width=layer.out_bits, signed=True)
    total = builder.add(terms, offset=offset)
    return builder.tabulate(
        [total], partial(_saturated, low=low, high=high), layer.out_bits, signed=True
    )


def _saturated(rows: Array, low: int, high: int) -> Array:
    return np.clip(rows[:, 0], low, high)


def _bounds(bits: int) -> tuple[int, int]:
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def _width(table: Array) -> int:
    """Bits that the values of an edge need, two's complement if one is negative."""
    low, high = int(table.min()), int(table.max())
    if low >= 0:
        return max(high.bit_length(), 1)
    return max(high.bit_length(), (-low - 1).bit_length()) + 1


def _reach(layer: KanLayer, target: int) -> tuple[int, int]:
    """Least and greatest sum of a node by the widths of its edges."""
    least = most = 0
    for source in range(layer.inputs):
        table = layer.tables.get((source, target))
        if table is None:
            continue
        if (table == table[0]).all():
            low = high = int(table[0])
        else:
            bits = _width(table)
            low, high = _bounds(bits) if table.min() < 0 else (0, (1 << bits) - 1)
        least, most = least + low, most + high
    return least, most


def _check(layers: list[KanLayer], path: Path) -> None:
    """Refuse a network whose netlist would be too large.

    Raises:
        ImportedModelError: it is.
    """
    nodes = held = 0
    for index, layer in enumerate(layers):
        for table in layer.tables.values():
            nodes += 1
            held += len(table) * code_dtype(_width(table)).itemsize
        for target in range(layer.outputs):
            least, most = _reach(layer, target)
            low, high = _bounds(layer.out_bits)
            nodes += 2
            if low <= least and most <= high:
                continue
            bits = max(most.bit_length(), (-least).bit_length()) + 1
            if bits > _WIDEST_SUM:
                raise ImportedModelError(
                    f"{path}: the sum of node {target} of layer {index} has {bits} bits; at most "
                    f"{_WIDEST_SUM} can be saturated, train with fewer bits"
                )
            held += code_dtype(layer.out_bits).itemsize << bits
    check_size(path, nodes, held, "prune more edges or train with fewer bits")
