"""Reading LUTs back out of Verilog text, whatever style they are written in.

What a vendor's cell does is written down here once more, apart from the emission and from the
simulation models, so that a mistake in one of them cannot hide in the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

TextCell: TypeAlias = tuple[str, tuple[str, ...], int]
"""A LUT in the text: the wire it drives, its inputs, the lowest bit of the index first, its table.
"""

Ports: TypeAlias = Mapping[str, str]

_STATEMENT: Final = re.compile(
    r"^  localparam \[\d+:0\] T(?P<constant>\d+) = \d+'h(?P<digits>[0-9a-f]+);$"
    r"|^  wire \[\d+:0\] a(?P<index>\d+) = \{(?P<bits>[^}]*)\};$"
    r"|^  wire (?P<wire>\w+) = T(?P<table>\d+)\[a(?P<at>\d+)\];$"
    r"|^  (?:\(\* [^*]* \*\) )?(?P<module>\w+) (?:#\((?P<parameters>.*?\))\) )?(?P<name>\w+) "
    r"\((?P<ports>\..*)\);$",
    re.MULTILINE,
)
_CONNECTION: Final = re.compile(r"\.(\w+)\(([^()]*)\)")
_LITERAL: Final = re.compile(r"(\d+)'h([0-9a-f]+)")

_MULTIPLEXER: Final = 0b11001010
"""Inputs: value at 0, value at 1, selector."""

_EXCLUSIVE_OR: Final = 0b0110

_CHAIN: Final = "carry_chain"


def read_cells(text: str) -> Iterator[TextCell]:
    """LUTs of a module, in the order of the text.

    Raises:
        ValueError: a cell is none that logicjsc writes.
        KeyError: a cell lacks a connection, or a wire its constant.
    """
    tables: dict[str, tuple[int, int]] = {}
    indices: dict[str, list[str]] = {}
    for match in _STATEMENT.finditer(text):
        if match["constant"]:
            tables[match["constant"]] = int(match["digits"], 16), len(match["digits"])
        elif match["index"]:
            indices[match["index"]] = match["bits"].split(", ")[::-1]
        elif match["wire"]:
            yield match["wire"], tuple(indices[match["at"]]), tables[match["table"]][0]
        elif match["module"] == _CHAIN:
            parameters = dict(_CONNECTION.findall(match["parameters"] or ""))
            yield from _chain(match["name"], parameters, _connections(match["ports"]))
        else:
            yield from _instance(match["module"], match["parameters"] or "", match["ports"])


def _chain(name: str, parameters: Ports, ports: Ports) -> Iterator[TextCell]:
    """Gates of a carry chain; carries inside it have names that no Verilog text has."""
    selects, datas, sums = (
        split_concatenation(bus) for bus in _taken(ports, "select", "data", "sum", "carry")[:3]
    )
    places = len(selects)
    if parameters["WIDTH"] != str(places) or {len(datas), len(sums)} != {places}:
        raise ValueError(f"chain {name} has not the same number of wires at each of its ports")
    carry = "1'b0"
    for place, (select, data, made) in enumerate(zip(selects, datas, sums, strict=True)):
        yield made, (select, carry), _EXCLUSIVE_OR
        after = ports["carry"] if place + 1 == places else f"{name}/{place + 1}"
        yield after, (data, carry, select), _MULTIPLEXER
        carry = after


def _instance(module: str, parameters: str, ports: str) -> Iterator[TextCell]:
    if module not in _READERS:
        raise ValueError(f"{module} is no cell that logicjsc writes")
    yield from _READERS[module](dict(_CONNECTION.findall(parameters)), _connections(ports))


def _connections(ports: str) -> Ports:
    found = _CONNECTION.findall(ports)
    if ", ".join(f".{port}({wire})" for port, wire in found) != ports:
        raise ValueError(f"connections {ports!r} cannot be read")
    if len(dict(found)) != len(found):
        raise ValueError(f"connections {ports!r} name a port twice")
    return dict(found)


def _table(parameters: Ports, name: str, inputs: int) -> int:
    literal = _LITERAL.fullmatch(parameters[name])
    if literal is None or int(literal[1]) != 1 << inputs:
        raise ValueError(f"{parameters[name]} is no table of {inputs} inputs")
    return int(literal[2], 16)


def _taken(ports: Ports, *names: str) -> tuple[str, ...]:
    """Wires at these ports, which must be all there are."""
    if set(names) != set(ports):
        raise ValueError(f"ports {', '.join(ports)} are not {', '.join(names)}")
    return tuple(ports[name] for name in names)


def _generic(parameters: Ports, ports: Ports) -> Iterator[TextCell]:
    index, output = _taken(ports, "in", "out")
    wires = tuple(index.strip("{}").split(", ")[::-1])
    if parameters["INPUTS"] != str(len(wires)):
        raise ValueError(f"{len(wires)} wires go into {parameters['INPUTS']} inputs")
    yield output, wires, _table(parameters, "TABLE", len(wires))


def _xilinx(inputs: int) -> Callable[[Ports, Ports], Iterator[TextCell]]:
    def read(parameters: Ports, ports: Ports) -> Iterator[TextCell]:
        *wires, output = _taken(ports, *(f"I{bit}" for bit in range(inputs)), "O")
        yield output, tuple(wires), _table(parameters, "INIT", inputs)

    return read


def _xilinx_pair(parameters: Ports, ports: Ports) -> Iterator[TextCell]:
    *wires, lower, upper = _taken(ports, "I0", "I1", "I2", "I3", "I4", "I5", "O5", "O6")
    table = _table(parameters, "INIT", 6)
    yield lower, tuple(wires[:5]), table & 0xFFFF_FFFF
    yield upper, tuple(wires), table


def _lattice(parameters: Ports, ports: Ports) -> Iterator[TextCell]:
    *wires, output = _taken(ports, "A", "B", "C", "D", "Z")
    yield output, tuple(wires), _table(parameters, "INIT", 4)


def _multiplexer(
    low: str, high: str, selector: str
) -> Callable[[Ports, Ports], Iterator[TextCell]]:
    def read(_: Ports, ports: Ports) -> Iterator[TextCell]:
        *wires, output = _taken(ports, low, high, selector, "Z")
        yield output, tuple(wires), _MULTIPLEXER

    return read


def _lut4(parameters: Ports, ports: Ports) -> Iterator[TextCell]:
    """Both vendors have a LUT4; their ports differ."""
    return (_lattice if "Z" in ports else _xilinx(4))(parameters, ports)


_READERS: Final[Mapping[str, Callable[[Ports, Ports], Iterator[TextCell]]]] = {
    "lut_cell": _generic,
    **{f"LUT{inputs}": _xilinx(inputs) for inputs in range(1, 7)},
    "LUT6_2": _xilinx_pair,
    "LUT4": _lut4,
    "PFUMX": _multiplexer("BLUT", "ALUT", "C0"),
    "L6MUX21": _multiplexer("D0", "D1", "SD"),
}


def split_concatenation(expression: str) -> Sequence[str]:
    """Parts of a Verilog concatenation, or of a single expression; the lowest first."""
    return [part.strip() for part in expression.strip("{} \n").split(",")][::-1]
