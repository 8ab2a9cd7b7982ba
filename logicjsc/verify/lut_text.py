"""Reading LUTs back out of Verilog text, and comparing them with the tables they stand for.

Each node's LUTs are run on every address of its table, which proves them equal; that they read
nothing but the node's inputs is checked on their wires.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from logicjsc.errors import CircuitError, NetlistError
from logicjsc.map.lut_network import (
    CONSTANTS,
    Lut,
    LutNetwork,
    exhaustive_words,
    unpack_words,
)
from logicjsc.netlist import Netlist, TableLayer
from logicjsc.netlist.ir import Array
from logicjsc.rtl.plan import Bus

_CONSTANT: Final = re.compile(r"localparam \[\d+:0\] T(\d+) = \d+'h([0-9a-f]+);")
_INDEX: Final = re.compile(r"wire \[\d+:0\] a(\d+) = \{([^}]*)\};")
_WIRE: Final = re.compile(r"wire l(\d+) = T(\d+)\[a(\d+)\];")
_ASSIGNMENT: Final = re.compile(r"^  assign out_codes\S* = \{?([^;}]+)\}?;", re.MULTILINE)
_INPUT_BIT: Final = re.compile(r"in_codes(?:\[(\d+)\])?")


def read_luts(text: str, inputs: int) -> LutNetwork:
    """The LUT network in the text of a mapped layer.

    Args:
        text: a module that logicjsc wrote.
        inputs: width of ``in_codes``, whose bits are the network's inputs.

    Raises:
        CircuitError: the text is not such a module.
    """
    tables = {int(number): int(digits, 16) for number, digits in _CONSTANT.findall(text)}
    indices = {int(number): names.split(", ") for number, names in _INDEX.findall(text)}
    try:
        luts = []
        for number, (wire, table, index) in enumerate(_WIRE.findall(text)):
            if int(wire) != number:
                raise ValueError(f"l{wire} stands where l{number} should")
            # The lowest bit of the index stands last.
            sources = tuple(_signal(name, inputs) for name in reversed(indices[int(index)]))
            luts.append(Lut(sources, tables[int(table)]))
        outputs = [
            _signal(name, inputs)
            for names in _ASSIGNMENT.findall(text)
            for name in reversed(names.split(", "))
        ]
        return LutNetwork(inputs, tuple(luts), tuple(outputs))
    except (KeyError, ValueError, NetlistError) as error:
        raise CircuitError(f"cannot read LUTs from the Verilog text ({error})") from error


def compare_layer(
    network: LutNetwork, netlist: Netlist, layer: TableLayer, reads: Bus
) -> tuple[int, int]:
    """Rows of a layer's tables, and how many its LUTs get wrong.

    Args:
        network: what `read_luts` found.
        netlist: the netlist without dead nodes.
        layer: one of its layers.
        reads: the layer's ``in_codes``.
    """
    rows = differing = 0
    bits = iter(network.outputs)
    for node in range(layer.nodes):
        outputs = [next(bits, 0) for _ in range(int(layer.widths[node]))]
        rows += layer.tables.shape[1]
        differing += _wrong_rows(network.cone(outputs), netlist, layer, reads, node)
    return rows, differing


def _wrong_rows(
    cone: LutNetwork, netlist: Netlist, layer: TableLayer, reads: Bus, node: int
) -> int:
    # Bits of the address, lowest first: the first input is the most significant.
    places = [
        reads.position[source] + bit
        for source in layer.inputs[node].tolist()[::-1]
        for bit in range(int(netlist.widths[source]))
    ]
    distinct = list(dict.fromkeys(places))
    used = {source - CONSTANTS for lut in cone.luts for source in lut.inputs}
    used |= {output - CONSTANTS for output in cone.outputs}
    if not {bit for bit in used if 0 <= bit < cone.inputs} <= set(distinct):
        return int(layer.tables.shape[1])
    words = np.zeros((cone.inputs, max((1 << len(distinct)) // 64, 1)), np.uint64)
    words[distinct] = exhaustive_words(len(distinct))
    found = unpack_words(cone.evaluate(words), 1 << len(distinct))
    pattern = np.arange(1 << len(distinct), dtype=np.int64)
    address = np.zeros_like(pattern)
    for bit, place in enumerate(places):
        address |= ((pattern >> distinct.index(place)) & 1) << bit
    codes = _codes(found)
    return int((codes != layer.tables[node][address]).sum())


def _codes(bits: Array) -> Array:
    shifts = np.arange(len(bits), dtype=np.uint32)[:, None]
    return np.asarray((bits.astype(np.uint32) << shifts).sum(axis=0, dtype=np.uint32))


def _signal(name: str, inputs: int) -> int:
    if name in {"1'b0", "1'b1"}:
        return int(name[-1])
    if re.fullmatch(r"l\d+", name):
        return CONSTANTS + inputs + int(name[1:])
    bit = _INPUT_BIT.fullmatch(name)
    if bit is None:
        raise ValueError(f"{name!r} is no signal")
    return CONSTANTS + int(bit[1] or 0)
