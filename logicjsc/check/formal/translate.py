"""Gates that Yosys found, as lines of BLIF."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from logicjsc.check.formal.gates import WIRE, Gate
from logicjsc.check.formal.logic import Logic
from logicjsc.core.errors import CircuitError

_COVERS: Final = {
    "$_AND_": "11 1\n",
    "$_OR_": "1- 1\n-1 1\n",
    "$_XOR_": "01 1\n10 1\n",
    "$_XNOR_": "00 1\n11 1\n",
}


def write_gates(logic: Logic, gates: Iterable[Gate], names: dict[int, str]) -> None:
    """Write gates, sources first; the names of their outputs are added to ``names``.

    Raises:
        CircuitError: a gate is of a kind that logicjsc never writes.
    """
    for gate in gates:
        ports = {
            port: [names[net] for net in nets] for port, nets in gate.ports.items() if port != "Y"
        }
        outputs = gate.ports["Y"]
        if gate.kind in _COVERS:
            made = [logic.gate(_COVERS[gate.kind], ports["A"][0], ports["B"][0])]
        elif gate.kind == WIRE:
            made = ports["A"]
        elif gate.kind == "$_NOT_":
            made = [logic.invert(ports["A"][0])]
        elif gate.kind == "$_MUX_":
            made = [logic.multiplexer(ports["S"][0], ports["A"][0], ports["B"][0])]
        elif gate.kind == "$shiftx":
            made = _look_up(logic, gate, ports["B"])
        elif gate.kind in _WORDS:
            width = max(len(ports["A"]), len(ports["B"]), len(outputs))
            left, right = (_extended(ports[port], width, signed=gate.signed) for port in "AB")
            made = _WORDS[gate.kind](logic, left, right, gate.signed)
        else:
            raise CircuitError(
                f"the circuit's Verilog has a {gate.kind}, which logicjsc does not write"
            )
        if len(made) < len(outputs):
            made = [*made, *["zero"] * (len(outputs) - len(made))]
        names |= dict(zip(outputs, made, strict=False))


def _look_up(logic: Logic, gate: Gate, address: list[str]) -> list[str]:
    """A bit of a constant, chosen by an address that reaches all of it and no more."""
    constant = np.array(gate.ports["A"], np.int64)
    if (constant > 1).any() or len(gate.ports["Y"]) != 1 or constant.size != 1 << len(address):
        raise CircuitError("the circuit's Verilog selects bits of something that is no whole table")
    return logic.table(address[::-1], constant[None].astype(np.uint8))


def _extended(word: list[str], width: int, *, signed: bool) -> list[str]:
    return [*word, *[word[-1] if signed else "zero"] * (width - len(word))]


def _compare(
    *, swap: bool, invert: bool
) -> Callable[[Logic, list[str], list[str], bool], list[str]]:
    def made(logic: Logic, left: list[str], right: list[str], signed: bool) -> list[str]:  # noqa: FBT001
        pair = (right, left) if swap else (left, right)
        found = logic.larger(*pair, signed=signed)
        return [logic.invert(found) if invert else found]

    return made


_WORDS: Final[dict[str, Callable[[Logic, list[str], list[str], bool], list[str]]]] = {
    "$add": lambda logic, left, right, _: logic.add(left, right),
    "$sub": lambda logic, left, right, _: logic.add(left, right, subtract=True),
    "$gt": _compare(swap=False, invert=False),
    "$lt": _compare(swap=True, invert=False),
    "$le": _compare(swap=False, invert=True),
    "$ge": _compare(swap=True, invert=True),
}
