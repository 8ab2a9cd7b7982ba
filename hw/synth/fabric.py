"""For nextpnr-generic: builds the fabric that ``fabric.json`` beside the design describes.

Runs inside nextpnr, before packing, where ``ctx`` is its context and ``Loc`` a place. Sites stand
in a grid. Each has LUTs with a register, registers alone, one block of a carry chain, and wires
that reach wires of its four neighbours. Everything has its delay, in picoseconds.
"""

from __future__ import annotations

import json
from pathlib import Path

NEXTPNR = globals()
CTX, LOC = NEXTPNR["ctx"], NEXTPNR["Loc"]

LUT_INPUTS = 6
SHIFTS = {(1, 0): 5, (-1, 0): 7, (0, 1): 1, (0, -1): 3}
"""How the number of a wire changes on its way to a neighbour; there and back is another wire."""


def ps(delay: float) -> float:
    """A delay as nextpnr has it."""
    return CTX.getDelayFromNS(delay / 1000)


class Fabric:
    """Adds bels, wires and pips to nextpnr's context."""

    def __init__(self, description: dict) -> None:
        self.columns, self.rows = description["columns"], description["rows"]
        self.luts, self.places = description["luts"], description["places"]
        self.wires = description["wires"]
        self.delays = description["delays"]
        self.pips = 0

    def build(self) -> None:
        """Everything."""
        CTX.setDelayScaling(self.delays["site"] / 1000, self.delays["near"] / 1000)
        CTX.addWire(name="clock", type="clock", x=0, y=0)
        for x in range(self.columns):
            for y in range(self.rows):
                for wire in range(self.wires):
                    CTX.addWire(name=track(x, y, wire), type="track", x=x, y=y)
        for x in range(self.columns):
            for y in range(self.rows):
                self.site(x, y)
                self.neighbours(x, y)
        CTX.addBel(name="clock", type="SITE_CLOCK", loc=LOC(0, 0, 99), gb=False, hidden=False)
        CTX.addBelOutput(bel="clock", name="O", wire="clock")

    def site(self, x: int, y: int) -> None:
        """LUTs, registers and a block of a chain."""
        for z in range(self.luts):
            lut = self.bel("SITE_LUT", x, y, z)
            for pin in range(LUT_INPUTS):
                self.input(lut, f"I{pin}", x, y)
            self.output(lut, "F", x, y, z)
            self.registered(lut, x, y, z)
        for z in range(self.luts):
            register = self.bel("SITE_FF", x, y, self.luts + z)
            self.input(register, "D", x, y)
            self.registered(register, x, y, z)
        if self.places:
            self.chain(x, y)

    def registered(self, bel: str, x: int, y: int, z: int) -> None:
        """The clock and the output of a register."""
        CTX.addBelInput(bel=bel, name="CLK", wire="clock")
        self.output(bel, "Q", x, y, z + 2)

    def chain(self, x: int, y: int) -> None:
        """A block of a chain: its selects are the LUTs beside it, its carry enters from below."""
        block = self.bel("SITE_CARRY", x, y, 2 * self.luts)
        self.input(block, "CI", x, y)
        if y:
            below = name("SITE_CARRY", x, y - 1, 2 * self.luts)
            carry = f"{below}.CO{self.places - 1}"
            self.pip(carry, f"{block}.CI", self.delays["hop"], x, y)
        for place in range(self.places):
            self.input(block, f"DI{place}", x, y)
            self.pin(block, f"S{place}", x, y)
            lut = name("SITE_LUT", x, y, place)
            self.pip(f"{lut}.F", f"{block}.S{place}", self.delays["select"], x, y)
            self.output(block, f"O{place}", x, y, place)
            self.output(block, f"CO{place}", x, y, place + 1)

    def bel(self, kind: str, x: int, y: int, z: int) -> str:
        """A place for a cell of a kind."""
        bel = name(kind, x, y, z)
        CTX.addBel(name=bel, type=kind, loc=LOC(x, y, z), gb=False, hidden=False)
        return bel

    def pin(self, bel: str, pin: str, x: int, y: int) -> str:
        """An input and its wire."""
        wire = f"{bel}.{pin}"
        CTX.addWire(name=wire, type="input", x=x, y=y)
        CTX.addBelInput(bel=bel, name=pin, wire=wire)
        return wire

    def input(self, bel: str, pin: str, x: int, y: int) -> None:
        """An input that all of the site's wires reach, so that a net needs one of them."""
        wire = self.pin(bel, pin, x, y)
        for source in range(self.wires):
            self.pip(track(x, y, source), wire, 0, x, y)

    def output(self, bel: str, pin: str, x: int, y: int, offset: int) -> None:
        """An output that reaches a quarter of the wires, with the delay of the nearest net."""
        wire = f"{bel}.{pin}"
        CTX.addWire(name=wire, type="output", x=x, y=y)
        CTX.addBelOutput(bel=bel, name=pin, wire=wire)
        for number in range(self.wires // 4):
            target = track(x, y, (offset * self.wires // 8 + number) % self.wires)
            self.pip(wire, target, self.delays["near"], x, y)

    def neighbours(self, x: int, y: int) -> None:
        """Wires of a site to those of its neighbours."""
        for (dx, dy), shift in SHIFTS.items():
            if 0 <= x + dx < self.columns and 0 <= y + dy < self.rows:
                for wire in range(self.wires):
                    target = track(x + dx, y + dy, (wire + shift) % self.wires)
                    self.pip(track(x, y, wire), target, self.delays["site"], x, y)

    def pip(self, source: str, target: str, delay: float, x: int, y: int) -> None:
        """A switch from a wire to another one."""
        self.pips += 1
        CTX.addPip(
            name=f"pip{self.pips}",
            type="pip",
            srcWire=source,
            dstWire=target,
            delay=ps(delay),
            loc=LOC(x, y, 0),
        )


def name(kind: str, x: int, y: int, z: int) -> str:
    """Of a bel; fixed cells are told it by logicjsc/check/synth/fabric/netlist.py."""
    return f"{kind}_{x}_{y}_{z}"


def track(x: int, y: int, wire: int) -> str:
    """Name of a wire of a site."""
    return f"track_{x}_{y}_{wire}"


def add_timing(cells: dict) -> None:
    """Delays of the cells of the design."""
    for cell, timing in cells.items():
        for start, end, delay in timing["arcs"]:
            CTX.addCellTimingDelay(cell=cell, fromPort=start, toPort=end, delay=ps(delay))
        if not timing["clocked"]:
            continue
        CTX.addCellTimingClock(cell=cell, port="CLK")
        for pin, delay in timing["setup"]:
            CTX.addCellTimingSetupHold(
                cell=cell, port=pin, clock="CLK", setup=ps(delay), hold=ps(0)
            )
        CTX.addCellTimingClockToOut(cell=cell, port="Q", clock="CLK", clktoq=ps(timing["to_q"]))


DESCRIPTION = json.loads(Path("fabric.json").read_text(encoding="utf-8"))
Fabric(DESCRIPTION["fabric"]).build()
add_timing(DESCRIPTION["cells"])
