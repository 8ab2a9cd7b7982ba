"""Ages of nets and the valid bit, on circuits of a few gates."""

from __future__ import annotations

import pytest

from logicjsc.check.formal.gates import FlipFlop, Gate, Gates
from logicjsc.check.formal.registers import Pins, problems
from logicjsc.core.errors import CircuitError

CLOCK, RESET, VALID, DATA, OTHER = range(2, 7)
PINS = Pins(CLOCK, RESET, 1, VALID, 20, (DATA, OTHER), (30,))


def gate(kind, output, **ports):
    return Gate(kind, {**{port: (net,) for port, net in ports.items()}, "Y": (output,)})


def register(data, output, clock=CLOCK):
    return FlipFlop(clock, data, output)


HELD = (gate("$_NOT_", 10, A=RESET), gate("$_AND_", 11, A=10, B=VALID))
SUM = gate("$_XOR_", 12, A=DATA, B=OTHER)


def found(gates, registers, latency=1, pins=PINS):
    nets = {"clk": (CLOCK,)}
    return problems(Gates(nets, {}, tuple(gates), tuple(registers)), pins, latency)


def test_one_rank_of_both_is_right():
    right = [register(11, 20), register(12, 30)]
    assert found([*HELD, SUM], right) == ([], 2)


WRONG = {
    "no register of the valid bit": ([*HELD, SUM], [register(12, 30)]),
    "valid bit without reset": ([SUM], [register(VALID, 20), register(12, 30)]),
    "valid bit cleared when there is no reset": (
        [gate("$_AND_", 11, A=RESET, B=VALID), SUM],
        [register(11, 20), register(12, 30)],
    ),
    "valid bit behind a gate that is none": (
        [Gate("$add", {"A": (RESET,), "B": (VALID,), "Y": (11,)}), SUM],
        [register(11, 20), register(12, 30)],
    ),
    "another clock": ([*HELD, SUM], [register(11, 20), register(12, 30, clock=OTHER)]),
    "another clock of the valid bit": ([*HELD, SUM], [register(11, 20, OTHER), register(12, 30)]),
    "data too young": ([*HELD, gate("$_NOT_", 30, A=DATA)], [register(11, 20)]),
    "data too old": (
        [*HELD, SUM],
        [register(11, 20), register(12, 13), register(13, 30)],
    ),
    "bits of two cycles meet": (
        [*HELD, gate("$_XOR_", 12, A=DATA, B=13)],
        [register(11, 20), register(OTHER, 13), register(12, 30)],
    ),
    "data depends on the valid bit": (
        [*HELD, gate("$_XOR_", 12, A=DATA, B=VALID)],
        [register(11, 20), register(12, 30)],
    ),
    "data depends on the reset": (
        [*HELD, gate("$_XOR_", 12, A=DATA, B=RESET)],
        [register(11, 20), register(12, 30)],
    ),
    "data depends on nothing that drives": (
        [*HELD, gate("$_XOR_", 12, A=DATA, B=99)],
        [register(11, 20), register(12, 30)],
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_wrong_rank_is_a_problem(case):
    gates, registers = case
    assert found(gates, registers)[0]


def test_a_constant_is_of_every_cycle():
    gates = [*HELD, gate("$_XOR_", 12, A=DATA, B=13)]
    assert found(gates, [register(11, 20), register(1, 13), register(12, 30)])[0] == []


def test_without_registers_everything_passes_at_once():
    pins = Pins(None, None, 1, VALID, VALID, (DATA, OTHER), (12,))
    assert found([SUM], [], latency=0, pins=pins) == ([], 0)


def test_a_loop_is_refused():
    loop = [gate("$_NOT_", 40, A=41), gate("$_NOT_", 41, A=40)]
    pins = Pins(None, None, 1, VALID, VALID, (DATA,), (40,))
    with pytest.raises(CircuitError, match="loop"):
        found(loop, [], latency=0, pins=pins)
