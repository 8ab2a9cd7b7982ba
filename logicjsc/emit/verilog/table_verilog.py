"""A table layer as Verilog: one packed constant per output bit, indexed by the address.

Bit ``i`` of a constant is the output bit at address ``i``. Equal constants of a layer are written
once. Simulators and synthesis read such constants far faster than ``case`` statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import concatenation, module_text, slice_of, vector
from logicjsc.netlist import Netlist, TableLayer

_DIGITS_PER_GROUP = 16


def table_module(
    name: str,
    netlist: Netlist,
    layer: TableLayer,
    reads: Bus,
    writes: Bus,
    *,
    labels: Sequence[str],
) -> str:
    """Text of the module of a table layer; ``labels`` name every signal in comments."""
    ports = [("output", writes.name, writes.width)]
    if reads.signals:
        ports.insert(0, ("input", reads.name, reads.width))
        body = _look_ups(netlist, layer, reads, writes, labels)
    else:
        body = _constants(layer, writes, labels)
    return module_text(name, ports, body)


def _constants(layer: TableLayer, writes: Bus, labels: Sequence[str]) -> Iterator[str]:
    for node, signal in enumerate(writes.signals):
        width = int(layer.widths[node])
        target = slice_of(writes, signal, width)
        value = int(layer.tables[node, 0])
        yield f"  assign {target} = {width}'d{value};  // {comment_text(labels[signal])}"


def _look_ups(
    netlist: Netlist, layer: TableLayer, reads: Bus, writes: Bus, labels: Sequence[str]
) -> Iterator[str]:
    columns = _packed_columns(layer)
    written: dict[bytes, str] = {}
    rows = layer.tables.shape[1]
    address_bits = layer.address_bits
    for node, signal in enumerate(writes.signals):
        width = int(layer.widths[node])
        sources = [int(source) for source in layer.inputs[node]]
        names = ", ".join(comment_text(labels[source]) for source in sources)
        yield f"  // {comment_text(labels[signal])}: address from {names}"
        constants = []
        for bit in range(width):
            digits = columns[bit][node].tobytes()
            if digits not in written:
                written[digits] = f"T{node}_{bit}"
                literal = _literal(rows, digits)
                yield f"  localparam {vector(rows)} {written[digits]} = {literal};"
            constants.append(written[digits])
        # Slices are listed lowest first; the first input is the most significant.
        slices = [slice_of(reads, source, int(netlist.widths[source])) for source in sources[::-1]]
        yield f"  wire {vector(address_bits)} a{node} = {concatenation(slices, '  ')};"
        yield f"  assign {slice_of(writes, signal, width)} = {_indexed(constants, node)};"
        yield ""


def _packed_columns(layer: TableLayer) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """For each output bit, the constants of all nodes: bytes, most significant first."""
    return [
        np.ascontiguousarray(
            np.packbits((layer.tables >> bit) & 1, axis=1, bitorder="little")[:, ::-1]
        )
        for bit in range(int(layer.widths.max()))
    ]


def _literal(rows: int, constant: bytes) -> str:
    digits = constant.hex()[-max(1, rows // 4) :]
    groups = [
        digits[start : start + _DIGITS_PER_GROUP]
        for start in range(0, len(digits), _DIGITS_PER_GROUP)
    ]
    return f"{rows}'h{'_'.join(groups)}"


def _indexed(constants: Sequence[str], node: int) -> str:
    bits = [f"{constant}[a{node}]" for constant in reversed(constants)]
    return bits[0] if len(bits) == 1 else "{" + ", ".join(bits) + "}"
