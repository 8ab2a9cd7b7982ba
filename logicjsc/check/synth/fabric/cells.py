"""A circuit of AMD's cells, as Yosys leaves it, as cells of the generic fabric.

A LUT and the register that alone reads it are one cell, as are the places of a carry chain that
share a block. Whatever selects in a chain is the LUT beside it; where it is no LUT, one is put
there that lets it through. Pins of set, reset and enable are not connected, and constants need no
wire.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from logicjsc.core.errors import ToolFailedError

LUT: Final = "SITE_LUT"
REGISTER: Final = "SITE_FF"
CHAIN: Final = "SITE_CARRY"
CLOCK: Final = "SITE_CLOCK"

_LUT_CELL: Final = re.compile(r"LUT([1-6])$|INV$")
_REGISTER_CELL: Final = re.compile(r"FD[RSCP]E$")
_PLACES: Final = 4
"""Places of a CARRY4."""

_YOSYS_KNOWS: Final = "$"
"""Cells whose type begins so say something about the circuit, and are no hardware."""


@dataclass
class Cell:
    """A cell of the fabric.

    Attributes:
        kind: `LUT`, `REGISTER`, `CHAIN` or `CLOCK`.
        inputs: nets by pin, constants left out.
        outputs: nets by pin.
        registered: whether a LUT's register is in use.
        beside: place of a chain that the LUT selects, as the chain's cell and the place.
        below: the block below, of a block of a chain.
    """

    kind: str
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    registered: bool = False
    beside: tuple[str, int] | None = None
    below: str | None = None


def fabric_cells(netlist: Mapping[str, Any], top: str, places: int) -> dict[str, Cell]:
    """Cells by name.

    Args:
        netlist: what Yosys' ``write_json`` wrote.
        top: name of the module.
        places: of a carry chain that share a block.

    Raises:
        ToolFailedError: there is a cell that the fabric has not, or LUTs form a loop.
    """
    cells = _Cells(netlist["modules"][top], places)
    in_order(cells.found)
    return cells.found


def in_order(cells: Mapping[str, Cell]) -> tuple[str, ...]:
    """Names of the cells, each behind those that it reads without a register between.

    Raises:
        ToolFailedError: there is no such order.
    """
    drivers = {
        net: name
        for name, cell in cells.items()
        for pin, net in cell.outputs.items()
        if pin != "Q" and cell.kind != CLOCK
    }
    reads = {
        name: {drivers[net] for net in cell.inputs.values() if net in drivers}
        for name, cell in cells.items()
        if cell.kind in {LUT, CHAIN}
    }
    try:
        return tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        loop = " -> ".join(error.args[1])
        raise ToolFailedError(f"LUTs form a loop without a register: {loop}") from error


class _Cells:
    """Takes the cells of a module one kind after the other."""

    def __init__(self, module: Mapping[str, Any], places: int) -> None:
        self.found: dict[str, Cell] = {}
        self._places = places
        self._readers = Counter[int]()
        self._new_net = 0
        kinds: dict[str, dict[str, dict[str, list[int | str]]]] = {"lut": {}, "ff": {}, "carry": {}}
        for name, cell in module["cells"].items():
            kind = cell["type"]
            if kind.startswith(_YOSYS_KNOWS) or kind in {"GND", "VCC"}:
                continue
            self._new_net = max(self._new_net, *_nets(cell["connections"]), 0)
            if _LUT_CELL.match(kind) or kind == "LUT6_2":
                kinds["lut"][name] = cell["connections"]
            elif _REGISTER_CELL.match(kind):
                kinds["ff"][name] = cell["connections"]
            elif kind == "CARRY4":
                kinds["carry"][name] = cell["connections"]
            else:
                raise ToolFailedError(f"Yosys made a {kind}, which the generic fabric has not")
        for port in module["ports"].values():
            self._new_net = max(self._new_net, *(bit for bit in port["bits"] if _is_net(bit)), 0)
        for name, connections in kinds["lut"].items():
            self._add_lut(name, connections)
        self._drivers = {cell.outputs["F"]: name for name, cell in self.found.items()}
        for chain in _chains(kinds["carry"]):
            self._add_chain(chain)
        self._count_readers(kinds["ff"])
        self._add_registers(kinds["ff"])
        self._cut_undriven()

    def _add_lut(self, name: str, connections: Mapping[str, list[int | str]]) -> None:
        pins = {pin: bits[0] for pin, bits in connections.items() if bits}
        inputs = [bit for pin, bit in sorted(pins.items()) if pin[0] == "I" and _is_net(bit)]
        if "O5" in pins:  # two functions of shared inputs
            shared = [bit for pin, bit in sorted(pins.items()) if "I0" <= pin <= "I4"]
            self._put(f"{name}.O5", [bit for bit in shared if _is_net(bit)], pins["O5"])
        self._put(name, inputs, pins.get("O6", pins.get("O", "x")))

    def _put(self, name: str, inputs: Sequence[int | str], output: int | str) -> None:
        if _is_net(output):
            nets = {f"I{number}": int(bit) for number, bit in enumerate(dict.fromkeys(inputs))}
            self.found[name] = Cell(LUT, nets, {"F": int(output)})

    def _add_chain(self, chain: Sequence[tuple[str, Mapping[str, list[int | str]]]]) -> None:
        first = chain[0][1]
        start = [bits[0] for bits in (first.get("CYINIT"), first.get("CI")) if bits]
        places = [
            (cell["S"][place], cell["DI"][place], cell["O"][place], cell["CO"][place])
            for _, cell in chain
            for place in range(_PLACES)
        ]
        below = None
        for begin in range(0, len(places), self._places):
            name = f"{chain[0][0]}.{begin // self._places}"
            block = Cell(CHAIN, below=below)
            for place, pins in enumerate(places[begin : begin + self._places]):
                select, data, total, carry = pins
                self._connect(block.outputs, f"O{place}", total)
                self._connect(block.outputs, f"CO{place}", carry)
                self._connect(block.inputs, f"DI{place}", data)
                if _is_net(select):
                    block.inputs[f"S{place}"] = self._select(int(select), (name, place))
            if below is None:
                for bit in start:
                    self._connect(block.inputs, "CI", bit)
            else:
                self._connect(block.inputs, "CI", places[begin - 1][3])
            self.found[name] = block
            below = name

    def _select(self, net: int, where: tuple[str, int]) -> int:
        """The net that selects at a place of a chain, out of the LUT beside it."""
        driver = self.found.get(self._drivers.get(net, ""))
        if driver is not None and driver.beside is None:
            driver.beside = where
            return net
        self._new_net += 1
        own = f"{where[0]}.through{where[1]}"
        self.found[own] = Cell(LUT, {"I0": net}, {"F": self._new_net}, beside=where)
        return self._new_net

    @staticmethod
    def _connect(pins: dict[str, int], pin: str, bit: int | str) -> None:
        if _is_net(bit):
            pins[pin] = int(bit)

    def _count_readers(self, registers: Mapping[str, Mapping[str, list[int | str]]]) -> None:
        for cell in self.found.values():
            self._readers.update(cell.inputs.values())
        self._readers.update(
            int(cell["D"][0]) for cell in registers.values() if _is_net(cell["D"][0])
        )

    def _add_registers(self, registers: Mapping[str, Mapping[str, list[int | str]]]) -> None:
        for name, connections in registers.items():
            data, clock, output = (connections[pin][0] for pin in ("D", "C", "Q"))
            driver = self.found.get(self._drivers.get(int(data), "")) if _is_net(data) else None
            if driver is not None and not driver.registered and self._readers[int(data)] == 1:
                cell = driver
                cell.outputs.pop("F")
            else:
                cell = self.found[name] = Cell(REGISTER)
                self._connect(cell.inputs, "D", data)
            cell.registered = True
            self._connect(cell.inputs, "CLK", clock)
            self._connect(cell.outputs, "Q", output)

    def _cut_undriven(self) -> None:
        """Give the clock a cell, and leave away what comes from the outside."""
        clocks = {cell.inputs["CLK"] for cell in self.found.values() if "CLK" in cell.inputs}
        if len(clocks) > 1:
            raise ToolFailedError(f"the circuit has {len(clocks)} clocks; the fabric has one")
        for clock in clocks:
            self.found["clock"] = Cell(CLOCK, outputs={"O": clock})
        driven = {net for cell in self.found.values() for net in cell.outputs.values()}
        for cell in self.found.values():
            cell.inputs = {pin: net for pin, net in cell.inputs.items() if net in driven}


def _chains(
    cells: Mapping[str, Mapping[str, list[int | str]]],
) -> Iterator[list[tuple[str, Mapping[str, list[int | str]]]]]:
    """Cells of each chain, the lowest first."""
    above = {int(cell["CI"][0]): name for name, cell in cells.items() if _is_net(cell["CI"][0])}
    tops = {cell["CO"][_PLACES - 1] for cell in cells.values()}
    for name, cell in cells.items():
        if cell["CI"][0] in tops and _is_net(cell["CI"][0]):
            continue
        chain = [(name, cell)]
        while (carry := chain[-1][1]["CO"][_PLACES - 1]) in above:
            following = above[int(carry)]
            chain.append((following, cells[following]))
        yield chain


def _nets(connections: Mapping[str, list[int | str]]) -> Iterator[int]:
    return (int(bit) for bits in connections.values() for bit in bits if _is_net(bit))


def _is_net(bit: int | str) -> bool:
    """Constants are strings."""
    return not isinstance(bit, str)
