"""Reading truth tables back out of the Verilog text of circuits of tables.

Simulation shows what a circuit does on the vectors it is given; reading the constants back covers
every row of every table, also those that no vector reaches. That is quick whatever the circuit's
size. How the tables are connected, and all of a mapped circuit, is left to `formal`.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.verilog import Circuit
from logicjsc.netlist import TableLayer
from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes import drop_dead_nodes

_LAYER: Final = re.compile(r'^// Layer "(?P<name>.*)" \(stage', re.MULTILINE)
_CONSTANT: Final = re.compile(r"localparam \[\d+:0\] (\w+) = (\d+)'h([0-9a-f_]+);")
_ASSIGNMENT: Final = re.compile(r"^  assign out_codes\S* = ([^;]+);", re.MULTILINE)
_NUMBER: Final = re.compile(r"\d+'d(\d+)")
_LOOK_UP: Final = re.compile(r"(\w+)\[a\d+\]")


def compare_tables(circuit: Circuit) -> tuple[int, int]:
    """Table rows in the Verilog text of a circuit of tables, and how many differ from its netlist.

    Raises:
        CircuitError: a layer of the netlist has no module, or the module no such table.
    """
    modules = {file.stem: file.read_text(encoding="ascii") for file in circuit.verilog_files}
    built = drop_dead_nodes(circuit.netlist)
    texts = {match["name"]: text for text in modules.values() if (match := _LAYER.search(text))}
    rows = differing = 0
    for layer in built.layers:
        name = comment_text(layer.name)
        if name not in texts:
            raise CircuitError(f"{circuit.directory} has no Verilog for layer {layer.name!r}")
        if not isinstance(layer, TableLayer):
            continue
        found = read_tables(texts[name])
        if len(found) != layer.nodes:
            raise CircuitError(
                f"the Verilog of layer {layer.name!r} has {len(found)} tables, the netlist has "
                f"{layer.nodes}"
            )
        for expected, table in zip(layer.tables, found, strict=True):
            rows += len(expected)
            same_size = table.shape == expected.shape
            differing += int((table != expected).sum()) if same_size else len(expected)
    return rows, differing


def read_tables(text: str) -> list[Array]:
    """The truth table behind every output assignment of a table layer's module, in their order.

    Returns:
        Output codes by address, uint32 ``[rows]`` each.

    Raises:
        CircuitError: an assignment is not one that logicjsc writes for tables.
    """
    constants = {
        name: _bits(int(rows), digits.replace("_", ""))
        for name, rows, digits in _CONSTANT.findall(text)
    }
    tables = []
    for expression in _ASSIGNMENT.findall(text):
        number = _NUMBER.fullmatch(expression)
        if number is not None:
            tables.append(np.array([int(number[1])], np.uint32))
            continue
        names = _LOOK_UP.findall(expression)
        if not names or any(name not in constants for name in names):
            raise CircuitError(f"cannot read a table from the Verilog expression {expression!r}")
        # The most significant bit is written first.
        columns = [constants[name].astype(np.uint32) for name in reversed(names)]
        shifted = [column << np.uint32(bit) for bit, column in enumerate(columns)]
        tables.append(np.bitwise_or.reduce(shifted))
    return tables


def _bits(rows: int, digits: str) -> Array:
    """Bits of a hexadecimal constant, the lowest first."""
    padded = digits.zfill(2 * ((rows + 7) // 8))
    packed = np.frombuffer(bytes.fromhex(padded), np.uint8)[::-1]
    return np.unpackbits(packed, bitorder="little")[:rows]
