"""The register ranks of a circuit: which net is how many clock cycles old.

Data and the valid bit are followed backwards from the outputs. Every path must cross the same
number of registers, so a result belongs to exactly one input; data may not depend on the valid bit
or on the reset, and each valid bit is the one before it unless there is a reset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from logicjsc.check.formal.gates import WIRE, FlipFlop, Gate, Gates


@dataclass(frozen=True)
class Pins:
    """Nets at the borders of a circuit that takes a vector in every cycle.

    Attributes:
        clock: net of the clock; None if there is none.
        reset: net of the reset; None if there is none.
        active: value of the reset net that resets.
        valid_in: net of the valid bit of the input.
        valid_out: net of the valid bit of the output.
        data_in: nets of the data that goes in.
        data_out: nets of the data that comes out.
    """

    clock: int | None
    reset: int | None
    active: int
    valid_in: int
    valid_out: int
    data_in: tuple[int, ...]
    data_out: tuple[int, ...]


def problems(gates: Gates, pins: Pins, latency: int) -> tuple[list[str], int]:
    """What is wrong with the registers, and how many there are on the way of data and valid bit.

    Args:
        gates: the circuit.
        pins: its borders.
        latency: cycles that are promised.
    """
    found = list(_valid_problems(gates, pins, latency))
    data, registers = _data_problems(gates, pins, latency)
    return found + data, registers + latency


def _valid_problems(gates: Gates, pins: Pins, latency: int) -> Iterator[str]:
    net = pins.valid_out
    for rank in range(latency, 0, -1):
        register = gates.register.get(net)
        if register is None:
            yield f"the valid bit crosses {latency - rank} registers, not {latency}"
            return
        if register.clock != pins.clock:
            yield f"the valid bit's register {rank} has another clock"
        before = _held(gates, pins, register)
        if before is None:
            yield f"register {rank} of the valid bit is not the one before it, cleared by reset"
            return
        net = before
    if net != pins.valid_in:
        yield f"the valid bit of the input is not the one that leaves {latency} cycles later"


def _held(gates: Gates, pins: Pins, register: FlipFlop) -> int | None:
    """The valid bit that a register takes unless there is a reset; None if it takes another."""
    cone, leaves = gates.cone([register.data], gates.register)
    others = [net for net in leaves if net != pins.reset]
    if pins.reset is None or len(others) != 1 or len(leaves) != len(others) + 1:
        return None
    if any(gate.kind not in _SIMPLE for gate in cone):
        return None
    for reset in (0, 1):
        for valid in (0, 1):
            values = evaluate(cone, {pins.reset: reset, others[0]: valid})
            if values[register.data] != (valid and reset != pins.active):
                return None
    return others[0]


def _data_problems(gates: Gates, pins: Pins, latency: int) -> tuple[list[str], int]:
    """Problems of the data, and the flip-flops that it crosses."""
    age: dict[int, int] = dict.fromkeys(pins.data_in, 0)
    cone, leaves = gates.without_registers.cone(pins.data_out, age)
    others = [net for net in leaves if net not in age]
    if others:
        return [f"data depends on net {others[0]}, which is no data of the input"], 0
    crossed = 0
    for gate in cone:
        # Constants have no age: they are the same in every cycle.
        ages = {age[read] for read in gate.reads if read in age}
        if len(ages) > 1:
            return [f"bits of different cycles meet: {sorted(ages)}"], 0
        outputs = gate.ports["Y"]
        if gate.kind == WIRE:
            if gates.register[outputs[0]].clock != pins.clock:
                return ["a register of the data has another clock"], 0
            crossed += 1
            ages = {old + 1 for old in ages}
        age |= {net: old for net in outputs for old in ages}
    wrong = sum(age.get(net, latency) != latency for net in pins.data_out)
    text = f"{wrong} bits of the output are not {latency} cycles old"
    return [text] * bool(wrong), crossed


def evaluate(cone: Sequence[Gate], values: Mapping[int, int]) -> dict[int, int]:
    """Values of nets behind simple gates of one bit."""
    known = {0: 0, 1: 1, **values}
    for gate in cone:
        ports = {port: known[nets[0]] for port, nets in gate.ports.items() if port != "Y"}
        known[gate.ports["Y"][0]] = _SIMPLE[gate.kind](ports)
    return known


_SIMPLE = {
    "$_AND_": lambda ports: ports["A"] & ports["B"],
    "$_OR_": lambda ports: ports["A"] | ports["B"],
    "$_XOR_": lambda ports: ports["A"] ^ ports["B"],
    "$_XNOR_": lambda ports: 1 ^ ports["A"] ^ ports["B"],
    "$_NOT_": lambda ports: 1 ^ ports["A"],
    "$_MUX_": lambda ports: ports["B"] if ports["S"] else ports["A"],
}
