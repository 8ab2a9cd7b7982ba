"""Inputs of LUTs in the order in which they arrive, so that the latest gets the fastest pin.

Timing takes it for granted that the latest input of a LUT has its fastest pin. Here the Verilog
says so: the last input of a LUT cell is the highest pin, which is the fastest one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from logicjsc.emit.verilog.cell_timing import CellTiming, PlacedTiming
from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.emit.verilog.plan import Plan
from logicjsc.map.lut_network import CONSTANTS, Lut
from logicjsc.map.timing.delays import Delays


def with_fast_pins(plan: Plan, network: FlatNetwork, delays: Delays) -> Plan:
    """A plan whose LUTs have their inputs in the order of arrival.

    Args:
        plan: parts and registers of the network.
        network: LUTs and carry chains.
        delays: of the part.
    """
    segments = {cell.outputs: part.segment for part in plan.parts for cell in part.cells}
    placed = [segments[cell.outputs] for cell in network.cells]
    if not placed:
        return plan
    least = min(placed)
    timed = PlacedTiming(
        CellTiming(network, delays), [own - least for own in placed], max(placed) - least + 1
    )
    parts = []
    for part in plan.parts:
        at = timed.at(part.segment - least)
        cells = tuple(_reordered(cell, at) for cell in part.cells)
        parts.append(replace(part, cells=cells))
    return replace(plan, parts=tuple(parts))


def _reordered(cell: Cell, at: Callable[[int], float]) -> Cell:
    if cell.table is not None:
        lut = in_order(Lut(cell.inputs, cell.table), at)
        return replace(cell, inputs=lut.inputs, table=lut.table)
    places = tuple(replace(place, select=in_order(place.select, at)) for place in cell.places)
    return replace(cell, places=places)


def in_order(lut: Lut, at: Callable[[int], float]) -> Lut:
    """The same function with its inputs in the order of arrival, constants first.

    Args:
        lut: the function.
        at: when a signal arrives at its pins.
    """
    order = sorted(
        range(len(lut.inputs)),
        key=lambda place: at(lut.inputs[place]) if lut.inputs[place] >= CONSTANTS else 0.0,
    )
    table = 0
    for row in range(1 << len(order)):
        index = sum((row >> new & 1) << old for new, old in enumerate(order))
        table |= (lut.table >> index & 1) << row
    return Lut(tuple(lut.inputs[place] for place in order), table)
