"""What nextpnr is told: the fabric, where chains stand, and every cell with its delays.

The delays are those of a delay file. A net to the same site is as slow as the file's nets of one
reader; every site further adds as much as makes nets of the third class, which in a circuit of
`_TYPICAL_LUTS` reach across two thirds of a side, the mean distance of two places in a square, as
slow as the file says. The file's factors for the size of a circuit are not used: here that follows
from the places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from logicjsc.check.synth.fabric.cells import CHAIN, CLOCK, LUT, REGISTER, Cell, in_order
from logicjsc.core.errors import ToolFailedError
from logicjsc.map.timing.delays import Delays

SITE_LUTS: Final = 8
"""LUTs with a register, and registers alone, of a site."""

_WIRES: Final = 80
"""Wires of a site; its LUTs and registers have 56 inputs, and others pass by."""
_FULL: Final = 0.6
"""Part of the LUTs that is used, as near as whole sites allow."""

_TYPICAL_LUTS: Final = 700
"""Geometric mean of the circuits that the delays of nets were measured in."""


def describe(cells: Mapping[str, Cell], delays: Delays) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fabric with the cells' delays, and the design, both for nextpnr.

    Args:
        cells: of the circuit, by name; pins of LUTs are exchanged, late inputs to fast ones.
        delays: of the part.

    Raises:
        ToolFailedError: a chain is longer than any column may be, or LUTs form a loop.
    """
    near, per_site = net_delays(delays)
    _exchange_pins(cells, delays, near)
    columns, rows, places = _floor_plan(cells)
    fabric = {
        "columns": columns,
        "rows": rows,
        "luts": SITE_LUTS,
        "places": delays.carry.places if _stacks(cells) else 0,
        "wires": _WIRES,
        "delays": {
            "near": near,
            "site": per_site,
            "hop": delays.carry.hop_ps,
            "select": delays.carry.select_net_ps,
        },
    }
    timing = {name: _timing(cell, delays) for name, cell in cells.items()}
    return {"fabric": fabric, "cells": timing}, _design(cells, places)


def net_delays(delays: Delays) -> tuple[float, float]:
    """Delay in ps of a net within a site, and what every site further adds."""
    near, far = delays.net.readers_ps[0], delays.net.readers_ps[2]
    mean_distance = 2 / 3 * math.sqrt(_TYPICAL_LUTS / SITE_LUTS)
    return near, (far - near) / mean_distance


def _exchange_pins(cells: Mapping[str, Cell], delays: Delays, near: float) -> None:
    """Put the latest input of every LUT at its fastest pin, by times before anything is placed."""
    arrival: dict[int, float] = {}
    fast_first = range(len(delays.lut.pins_ps) - 1, -1, -1)
    for cell in cells.values():
        if "Q" in cell.outputs:
            arrival[cell.outputs["Q"]] = delays.register.clock_to_q_ps
    for name in in_order(cells):
        cell = cells[name]
        times = {net: arrival.get(net, 0.0) + near for net in cell.inputs.values()}
        if cell.kind == LUT:
            data = [net for pin, net in cell.inputs.items() if pin != "CLK"]
            late_first = sorted(data, key=lambda net: -times[net])
            pins = {f"I{pin}": net for pin, net in zip(fast_first, late_first, strict=False)}
            cell.inputs = pins | {pin: n for pin, n in cell.inputs.items() if pin == "CLK"}
            times = {
                net: times[net] + delays.lut.pins_ps[pin]
                for pin, net in zip(fast_first, late_first, strict=False)
            }
        for pin, net in cell.outputs.items():
            if pin != "Q":
                arrival[net] = max(times.values(), default=0.0)


def _floor_plan(cells: Mapping[str, Cell]) -> tuple[int, int, dict[str, tuple[int, int, int]]]:
    """Columns and rows of sites, and the places of chains and of the LUTs beside them."""
    kinds = [cell.kind for cell in cells.values()]
    chains = _stacks(cells)
    needed = max(kinds.count(LUT), kinds.count(REGISTER), 1) / (SITE_LUTS * _FULL)
    needed = max(needed, kinds.count(CHAIN) / _FULL)
    rows = max(math.ceil(math.sqrt(needed)), *(len(chain) for chain in chains), 2)
    columns = max(math.ceil(needed / rows), 2)
    places: dict[str, tuple[int, int, int]] = {}
    # Chains fill columns from the middle on, so that what they talk to is near.
    from_middle = sorted(range(columns), key=lambda column: abs(2 * column + 1 - columns))
    free = dict.fromkeys(from_middle, 0)
    for chain in chains:
        column = next((x for x, used in free.items() if used + len(chain) <= rows), None)
        if column is None:
            column = columns
            columns += 1
            free[column] = 0
        for height, block in enumerate(chain):
            places[block] = (column, free[column] + height, 2 * SITE_LUTS)
        free[column] += len(chain)
    for name, cell in cells.items():
        if cell.beside is not None:
            block, place = cell.beside
            places[name] = (*places[block][:2], place)
    return columns, rows, places


def _stacks(cells: Mapping[str, Cell]) -> list[list[str]]:
    """Blocks of every chain, the lowest first, the highest chain first."""
    stacks: dict[str, list[str]] = {}
    for name, cell in cells.items():
        if cell.kind == CHAIN:
            stack = stacks.pop(cell.below, []) if cell.below else []
            stacks[name] = [*stack, name]
    return sorted(stacks.values(), key=len, reverse=True)


def _timing(cell: Cell, delays: Delays) -> dict[str, Any]:
    """Arcs of a cell in ps, for hw/synth/fabric.py."""
    arcs: list[tuple[str, str, float]] = []
    setup: list[tuple[str, float]] = []
    if cell.kind == LUT:
        pins = [(pin, delays.lut.pins_ps[int(pin[1])]) for pin in cell.inputs if pin != "CLK"]
        if "F" in cell.outputs:
            arcs = [(pin, "F", delay) for pin, delay in pins]
        if cell.registered:
            own = delays.net.into_register_ps + delays.register.setup_ps
            setup = [(pin, delay + own) for pin, delay in pins]
    elif cell.kind == REGISTER:
        setup = [("D", delays.register.setup_ps)]
    elif cell.kind == CHAIN:
        arcs = list(_chain_arcs(cell, delays))
    return {
        "arcs": arcs,
        "clocked": cell.registered,
        "setup": [(pin, delay) for pin, delay in setup if pin in cell.inputs],
        "to_q": delays.register.clock_to_q_ps,
    }


def _chain_arcs(cell: Cell, delays: Delays) -> list[tuple[str, str, float]]:
    """From every input of a block to every sum and carry that it reaches."""
    carry = delays.carry
    # What turns an input into the carry of its place, and into the sum of its own place.
    into = {"S": carry.select_to_carry_ps, "DI": carry.data_to_carry_ps}
    arcs = []
    for pin in cell.inputs:
        kind, at = pin.rstrip("0123456789"), pin.lstrip("CDIS")
        for out in cell.outputs:
            to, place = out.rstrip("0123456789"), int(out.lstrip("CO"))
            steps = place - int(at) if at else place + 1
            ends_in_sum = to == "O"
            if kind == "S" and ends_in_sum and not steps:
                arcs.append((pin, out, carry.select_to_sum_ps))
                continue
            if at and (steps < 0 or (ends_in_sum and not steps)):
                continue
            passed = steps - ends_in_sum
            through = passed * carry.carry_to_carry_ps
            if not at and to == "CO" and place + 1 == carry.places:
                through = carry.through_ps
            delay = into.get(kind, 0.0) + through + ends_in_sum * carry.carry_to_sum_ps
            arcs.append((pin, out, delay))
    return arcs


def _design(
    cells: Mapping[str, Cell], places: Mapping[str, tuple[int, int, int]]
) -> dict[str, Any]:
    """A netlist in the form of Yosys' JSON, without ports."""
    described = {}
    for name, cell in cells.items():
        attributes = {}
        if name in places:
            attributes["BEL"] = "_".join([cell.kind, *map(str, places[name])])
        described[name] = {
            "type": cell.kind,
            "hide_name": 0,
            "parameters": {},
            "attributes": attributes,
            "port_directions": dict.fromkeys(cell.inputs, "input")
            | dict.fromkeys(cell.outputs, "output"),
            "connections": {pin: [net] for pin, net in (cell.inputs | cell.outputs).items()},
        }
    if not any(cell.kind == CLOCK for cell in cells.values()):
        raise ToolFailedError("the circuit has no register, so there is no path to time")
    top = {"attributes": {"top": "1"}, "ports": {}, "cells": described, "netnames": {}}
    return {"creator": "logicjsc", "modules": {"top": top}}
