"""The register ranks of a circuit: which net is how many clock cycles old.

Data and the valid bit are followed backwards from the outputs. Every path must cross the same
number of registers, so a result belongs to exactly one input; data may not depend on the valid bit
or on the reset, and each valid bit is the one before it unless there is a reset. With a clock
enable every register keeps its value where that is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

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
        enable: net of the clock enable; None if there is none.
        asynchronous: whether the reset does not wait for the clock.
    """

    clock: int | None
    reset: int | None
    active: int
    valid_in: int
    valid_out: int
    data_in: tuple[int, ...]
    data_out: tuple[int, ...]
    enable: int | None = None
    asynchronous: bool = False


def problems(gates: Gates, pins: Pins, latency: int) -> tuple[list[str], int]:
    """What is wrong with the registers, and how many there are on the way of data and valid bit.

    Args:
        gates: the circuit.
        pins: its borders.
        latency: cycles that are promised.
    """
    found = list(_valid_problems(gates, pins, latency))
    data, registers = _data_problems(gates.without_enable(pins.enable), pins, latency)
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
        if not _is_cleared(gates, pins, register):
            kind = "an asynchronous" if pins.asynchronous else "a synchronous"
            yield f"register {rank} of the valid bit has not {kind} reset"
            return
        before = _held(gates, pins, register)
        if before is None:
            yield f"register {rank} of the valid bit is not the one before it, cleared by reset"
            return
        net = before
    if net != pins.valid_in:
        yield f"the valid bit of the input is not the one that leaves {latency} cycles later"


def _held(gates: Gates, pins: Pins, register: FlipFlop) -> int | None:
    """The valid bit that a register takes unless there is a reset; None if it takes another."""
    if pins.reset is None:
        return None
    known = {} if pins.asynchronous else {"reset": pins.reset}
    if pins.enable is not None:
        known |= {"enable": pins.enable, "own": register.output}
    cone, leaves = gates.cone([register.data], gates.register)
    others = [net for net in leaves if net not in known.values()]
    if len(others) != 1 or len(leaves) != 1 + len(known):
        return None
    if any(gate.kind not in _SIMPLE for gate in cone):
        return None
    for bits in product((0, 1), repeat=1 + len(known)):
        given = dict(zip(("valid", *known), bits, strict=True))
        values = evaluate(cone, dict(zip((others[0], *known.values()), bits, strict=True)))
        taken = given["valid"] if given.get("enable", 1) else given["own"]
        resets = given.get("reset", 1 - pins.active) == pins.active
        if values.get(register.data) != (taken and not resets):
            return None
    return others[0]


def _is_cleared(gates: Gates, pins: Pins, register: FlipFlop) -> bool:
    """Whether a register of the valid bit is cleared without the clock, if that is asked for."""
    if register.reset is None or pins.reset is None:
        return not pins.asynchronous
    if not pins.asynchronous:
        return False
    values = evaluate_nets(gates, register.reset, [pins.reset])
    return values == (1 - pins.active, pins.active)


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
            register = gates.register[outputs[0]]
            if register.clock != pins.clock:
                return ["a register of the data has another clock"], 0
            if register.reset is not None:
                return ["a register of the data has a reset"], 0
            if register.enabled != (pins.enable is not None):
                return ["a register of the data does not follow the clock enable"], 0
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


def evaluate_nets(gates: Gates, net: int, sources: Sequence[int]) -> tuple[int, ...]:
    """Values of a net at all values of its sources, the first one changing slowest.

    Empty if it depends on others, or by something else than simple gates.
    """
    cone, leaves = gates.cone([net], sources)
    if not set(leaves) <= set(sources) or any(gate.kind not in _SIMPLE for gate in cone):
        return ()
    return tuple(
        evaluate(cone, dict(zip(sources, bits, strict=True)))[net]
        for bits in product((0, 1), repeat=len(sources))
    )


_SIMPLE = {
    "$_AND_": lambda ports: ports["A"] & ports["B"],
    "$_OR_": lambda ports: ports["A"] | ports["B"],
    "$_XOR_": lambda ports: ports["A"] ^ ports["B"],
    "$_XNOR_": lambda ports: 1 ^ ports["A"] ^ ports["B"],
    "$_NOT_": lambda ports: 1 ^ ports["A"],
    "$_MUX_": lambda ports: ports["B"] if ports["S"] else ports["A"],
}
