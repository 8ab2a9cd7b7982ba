"""How fast a mapped network is by our own timing model, pipelined and without inner registers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.plan import plan_network
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.lut_network import CARRY_OUT, CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.timing.arrival import LongestPath, longest_path
from logicjsc.map.timing.delays import Delays


@dataclass(frozen=True)
class PathStep:
    """One cell of a path.

    Attributes:
        cell: ``register``, ``LUT1`` to ``LUT6``, ``carry chain``, or ``setup`` at the end.
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


@dataclass(frozen=True)
class Timing:
    """What a way of placing registers gives.

    Attributes:
        cycles: clock periods from the edge that takes an input to the one that stores its output.
        fmax_mhz: highest clock frequency.
        latency_ns: so many periods.
        area_delay: LUTs times latency in ns.
        path: the slowest path, from register to register.
    """

    cycles: int
    fmax_mhz: float
    latency_ns: float
    area_delay: float
    path: tuple[PathStep, ...]


@dataclass(frozen=True)
class TimingReport:
    """Estimates for a network.

    Attributes:
        name: the netlist's name.
        part: whose delays were taken.
        lut: LUTs of one to six inputs.
        ff: flip-flops of the register ranks, without valid bits.
        pipelined: with the registers that the circuit has.
        single: with registers at both ends only.
        note: what these figures are, and how far they have been off elsewhere.
        whole: the same with encoder and decision, words in and decision out; None without.
        whole_note: why there is no ``whole``; else empty.
    """

    name: str
    part: str
    lut: int
    ff: int
    pipelined: Timing
    single: Timing
    note: str
    whole: TimingReport | None = None
    whole_note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class TimedNetwork:
    """A network with its registers, as timing sees it.

    Attributes:
        network: LUTs and gates of carry chains.
        names: of every signal.
        segments: ranks of registers in front of each LUT.
        ranks: ranks of registers, those at the ends included.
        ff: bits they hold.
    """

    network: LutNetwork
    names: tuple[str, ...]
    segments: tuple[int, ...]
    ranks: int
    ff: int


def timing_of(
    mapped: MappedNetlist, delays: Delays, options: CircuitOptions | None = None
) -> TimingReport:
    """Estimate Fmax and latency of a mapped network without its ends.

    Args:
        mapped: the LUTs.
        delays: of the part.
        options: where there are registers; by default behind every layer.

    Raises:
        NetlistError: a carry chain starts from what is no chain's.
    """
    options = options or CircuitOptions()
    timed = timed_network(mapped, options)
    luts = mapped.luts
    pipelined = longest_path(timed.network, delays, timed.segments, luts)
    single = longest_path(timed.network, delays, None, luts)
    # Without registers at its end, a circuit's last segment ends in those of its surroundings.
    cycles = timed.ranks + (not options.register_outputs)
    return TimingReport(
        mapped.netlist.name,
        delays.name,
        luts,
        timed.ff,
        _timing(pipelined, cycles, luts, timed.names),
        _timing(single, 1, luts, timed.names),
        delays.note,
    )


def _timing(path: LongestPath, cycles: int, luts: int, names: tuple[str, ...]) -> Timing:
    latency = cycles * path.period_ps / 1000
    steps = (
        PathStep(
            step.cell,
            names[step.signal],
            step.readers,
            *(round(ps, 1) for ps in (step.net_ps, step.cell_ps, step.arrival_ps)),
        )
        for step in path.steps
    )
    return Timing(cycles, 1e6 / path.period_ps, latency, luts * latency, tuple(steps))


def timed_network(mapped: MappedNetlist, options: CircuitOptions) -> TimedNetwork:
    """One network of a mapped netlist's LUTs, in the order of its segments."""
    flat = flatten(mapped.netlist, [layer.network for layer in mapped.layers])
    plan = plan_network(mapped.netlist, flat, options)
    builder = _Builder(flat)
    for part in plan.parts:
        for cell in part.cells:
            builder.add(cell, part.segment)
    outputs = tuple(builder.signal_of[net] for net in flat.outputs)
    return TimedNetwork(
        LutNetwork(flat.inputs, tuple(builder.luts), outputs),
        tuple(builder.names),
        tuple(builder.segments),
        len(plan.ranks),
        sum(len(rank.nets) for rank in plan.ranks),
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
