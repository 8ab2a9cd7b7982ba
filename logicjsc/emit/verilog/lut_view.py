"""A flat network as a LUT network with the gates of its carry chains, as timing sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.lut_network import CARRY_OUT, CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.timing.arrival import LongestPath


@dataclass(frozen=True)
class LutView:
    """LUTs and gates of a flat network.

    Attributes:
        network: the LUTs and the gates.
        names: of every signal.
        segments: ranks of registers in front of each LUT.
    """

    network: LutNetwork
    names: tuple[str, ...]
    segments: tuple[int, ...]


def lut_view(flat: FlatNetwork, cells: Iterable[tuple[Cell, int]]) -> LutView:
    """The LUTs and gates of a network.

    Args:
        flat: the network, without sums that are left to others.
        cells: its cells, each with the ranks of registers in front of it, in the order of these.
    """
    builder = _Builder(flat)
    for cell, segment in cells:
        builder.add(cell, segment)
    outputs = tuple(builder.signal_of[net] for net in flat.outputs)
    network = LutNetwork(flat.inputs, tuple(builder.luts), outputs)
    return LutView(network, tuple(builder.names), tuple(builder.segments))


@dataclass(frozen=True)
class PathStep:
    """One cell of a path.

    Attributes:
        cell: ``register``, ``voter`` behind it, ``LUT1`` to ``LUT6``, ``wide multiplexer``,
            ``carry chain``, or ``setup`` at the end.
        net: name of the net that it drives, as the Verilog has it; at the end, of what is stored.
        readers: pins that the net in front of it reaches.
        net_ps: delay of that net.
        cell_ps: delay of the cell.
        arrival_ps: when its output settles, from the clock edge on.
    """

    cell: str
    net: str
    readers: int
    net_ps: float
    cell_ps: float
    arrival_ps: float


def path_steps(path: LongestPath, names: Sequence[str]) -> Iterator[PathStep]:
    """The cells of a path under the names of the Verilog."""
    for step in path.steps:
        yield PathStep(
            step.cell,
            names[step.signal],
            step.readers,
            *(round(ps, 1) for ps in (step.net_ps, step.cell_ps, step.arrival_ps)),
        )


def path_text(steps: Iterable[PathStep]) -> str:
    """A path in one line, cell by cell with delays in picoseconds."""
    return ", ".join(
        f"{step.cell} {step.net} (net {step.net_ps:g} + cell {step.cell_ps:g} = "
        f"{step.arrival_ps:g} ps)"
        for step in steps
    )


class _Builder:
    """Adds cell by cell; constants and inputs are numbered alike in both networks."""

    def __init__(self, flat: FlatNetwork) -> None:
        first = CONSTANTS + flat.inputs
        self._flat = flat
        self.names = list(flat.names[:first])
        self.signal_of = {net: net for net in range(first)}
        self.luts: list[Lut] = []
        self.segments: list[int] = []

    def add(self, cell: Cell, segment: int) -> None:
        """Add a LUT, or a carry chain with its LUTs."""
        if cell.table is not None:
            lut = Lut(cell.inputs, cell.table).renamed(self.signal_of)
            (net,) = cell.outputs
            self.signal_of[net] = self._gate(lut, segment, self._flat.names[net])
            return
        called = self._flat.names[cell.outputs[0]]
        selects = []
        for number, place in enumerate(cell.places):
            select = place.select.renamed(self.signal_of)
            known = as_signal(select)
            name = f"{called} select {number}"
            selects.append(self._gate(select, segment, name) if known is None else known)
        carry = cell.start
        for number, (place, selected) in enumerate(zip(cell.places, selects, strict=True)):
            if place.sum is not None:
                gate = Lut((selected, carry), CARRY_SUM, carry=True)
                name = self._flat.names[place.sum]
                self.signal_of[place.sum] = self._gate(gate, segment, name)
            if number + 1 < len(cell.places) or cell.carry is not None:
                gate = Lut((self.signal_of[place.data], carry, selected), CARRY_OUT, carry=True)
                carry = self._gate(gate, segment, f"{called} carry {number}")
        if cell.carry is not None:
            self.signal_of[cell.carry] = carry
            self.names[carry] = self._flat.names[cell.carry]

    def _gate(self, lut: Lut, segment: int, name: str) -> int:
        self.luts.append(lut)
        self.segments.append(segment)
        self.names.append(name)
        return len(self.names) - 1
