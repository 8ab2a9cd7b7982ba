"""The JSON of KANELÉ: an entry per edge, from node ``j`` to node ``k`` of layer ``i``.

``{"i_j_k": {"acive": 1, "values_int": [...]}, ...}``: ``acive`` (so spelt; ``active`` is taken as
well) is 0 for an edge that was pruned, and ``values_int`` holds an integer per code of node ``j``,
the most negative first. In the first layer the codes are those of the inputs, unsigned from 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.model_files import MOST_NODES, read_model_json
from logicjsc.netlist.layers import Array

WIDEST: Final = 16
"""Bits of a node's code."""

_KEY: Final = re.compile(r"(\d{1,6})_(\d{1,6})_(\d{1,6})")
_WHAT: Final = "file of KANELÉ's truth tables"
_LARGEST: Final = 1 << 24


@dataclass(frozen=True)
class KanLayer:
    """A layer of edges and sums.

    Attributes:
        inputs: number of nodes that it reads.
        outputs: number of its own nodes.
        in_bits: bits of a code that it reads.
        out_bits: bits that its sums saturate to, two's complement.
        tables: integers ``[2**in_bits]`` of each edge that is active, by ``(j, k)``.
    """

    inputs: int
    outputs: int
    in_bits: int
    out_bits: int
    tables: dict[tuple[int, int], Array]


def read_layers(path: Path, output_bits: int) -> list[KanLayer]:
    """The layers of a network, the first first.

    Args:
        path: of the JSON file; ``config.json`` beside it is read too if ``output_bits`` is 0.
        output_bits: bits that the last layer saturates to, or 0.

    Raises:
        ImportedModelError: it is another file, lacks edges, or layers do not fit.
    """
    content = read_model_json(path, _WHAT)
    if not isinstance(content, dict) or not content:
        raise ImportedModelError(f"{path} is no {_WHAT}: it is no object of edges")
    if len(content) > MOST_NODES:
        raise ImportedModelError(
            f"{path} has {len(content):,} edges; at most {MOST_NODES:,} are possible"
        )
    edges: dict[int, dict[tuple[int, int], Any]] = {}
    for key, entry in content.items():
        found = _KEY.fullmatch(key)
        if found is None or not isinstance(entry, dict):
            raise ImportedModelError(
                f"{path} is no {_WHAT}: {key[:40]!r} is no edge such as 0_3_1 with a table"
            )
        layer, source, target = (int(number) for number in found.groups())
        edges.setdefault(layer, {})[source, target] = entry
    if sorted(edges) != list(range(len(edges))):
        raise ImportedModelError(
            f"{path} has edges of layers {sorted(edges)[:9]}; some are missing"
        )
    read = [_read_layer(path, index, edges[index]) for index in range(len(edges))]
    bits = [layer.in_bits for layer in read]
    bits.append(output_bits or _bits_of_config(path, bits, read[-1]))
    for index, (before, after) in enumerate(pairwise(read)):
        if before.outputs != after.inputs:
            raise ImportedModelError(
                f"{path}: layer {index} has {before.outputs} nodes, layer {index + 1} reads "
                f"{after.inputs}"
            )
    return [
        KanLayer(layer.inputs, layer.outputs, layer.in_bits, out_bits, layer.tables)
        for layer, out_bits in zip(read, bits[1:], strict=True)
    ]


def _read_layer(path: Path, index: int, edges: dict[tuple[int, int], Any]) -> KanLayer:
    inputs = 1 + max(source for source, _ in edges)
    outputs = 1 + max(target for _, target in edges)
    if len(edges) != inputs * outputs:
        raise ImportedModelError(
            f"{path}: layer {index} has {len(edges)} of the {inputs} x {outputs} edges between its "
            "nodes; pruned ones must be there too, with acive 0"
        )
    tables: dict[tuple[int, int], Array] = {}
    rows = 0
    for (source, target), entry in edges.items():
        where = f"{path}: edge {index}_{source}_{target}"
        active = entry.get("acive", entry.get("active"))
        values = entry.get("values_int")
        if active not in (0, 1) or not isinstance(values, list):
            raise ImportedModelError(f"{where} needs acive (0 or 1) and a list values_int")
        if not active:
            rows = rows or len(values)
            continue
        if not all(type(value) is int and abs(value) <= _LARGEST for value in values):
            raise ImportedModelError(
                f"{where} holds values that are no integers from {-_LARGEST} to {_LARGEST}"
            )
        if tables and len(values) != rows:
            raise ImportedModelError(
                f"{where} has {len(values)} values, others of its layer {rows}"
            )
        rows = len(values)
        tables[source, target] = np.array(values, np.int64)
    if rows < 2 or rows & (rows - 1) or rows > 1 << WIDEST:  # noqa: PLR2004 - one bit at least
        raise ImportedModelError(
            f"{path}: tables of layer {index} have {rows} values; they need a power of two, 2 to "
            f"{1 << WIDEST}"
        )
    return KanLayer(inputs, outputs, rows.bit_length() - 1, 0, tables)


def _bits_of_config(path: Path, bits: list[int], last: KanLayer) -> int:
    """The bits of the last layer as KANELÉ's configuration has them."""
    config = path.with_name("config.json")
    least = max(
        (int(np.abs(table).max()).bit_length() + 1 for table in last.tables.values()), default=1
    )
    if not config.is_file():
        raise ImportedModelError(
            f"{path} does not tell what its last layer saturates to; set output_bits to the last "
            f"of layers_bitwidth in the training's configuration ({least} or so), or put that "
            "config.json beside it"
        )
    content = read_model_json(config, "configuration of KANELÉ")
    widths = content.get("layers_bitwidth") if isinstance(content, dict) else None
    known = isinstance(widths, list) and all(type(width) is int for width in widths)
    if not known or widths is None or widths[:-1] != bits or not 1 <= widths[-1] <= 20:  # noqa: PLR2004
        raise ImportedModelError(
            f"{config}: layers_bitwidth does not fit tables of {bits} bits; set output_bits"
        )
    return int(widths[-1])
