"""AIGER, the format of and-inverter graphs, version 1.9, in binary and in ASCII.

Biere, Heljanko and Wieringa, AIGER 1.9 and beyond, FMV report 11/2, Johannes Kepler University
Linz, 2011. A literal is twice a variable's number, plus one if it is inverted; variable 0 is the
constant 0, then come the inputs, then the and gates, each behind what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.map.bits import output_places
from logicjsc.map.blif import port_names
from logicjsc.map.lut_network import CONSTANTS, LutNetwork
from logicjsc.netlist import Netlist, digest_of

_FALSE = 0
_TRUE = 1


def mapped_aiger(netlist: Netlist, networks: Sequence[LutNetwork], *, binary: bool) -> bytes:
    """A whole mapped netlist as and gates; inputs and outputs are named as in its BLIF.

    Args:
        netlist: a netlist without dead nodes.
        networks: the LUTs of each of its layers.
        binary: the compact form, ``.aig``, instead of text, ``.aag``.
    """
    inputs, outputs = port_names(netlist)
    graph = _Graph(len(inputs))
    bits = [2 * (1 + index) for index in range(len(inputs))]
    for network in networks:
        literals = [_FALSE, _TRUE, *bits[: network.first_lut - CONSTANTS]]
        for lut in network.luts:
            literals.append(graph.look_up(lut.table, [literals[source] for source in lut.inputs]))
        bits += [literals[output] for output in network.outputs]
    roots = [bits[place] for place in output_places(netlist)]
    gates = graph.needed(roots)
    largest = len(inputs) + len(gates.ands)
    kind = "aig" if binary else "aag"
    lines = [f"{kind} {largest} {len(inputs)} 0 {len(outputs)} {len(gates.ands)}"]
    if not binary:
        lines += [str(2 * (1 + index)) for index in range(len(inputs))]
    lines += [str(root) for root in gates.roots]
    numbered = enumerate(gates.ands, start=1 + len(inputs))
    if binary:
        body = b"".join(
            _delta(2 * variable - high) + _delta(high - low) for variable, (high, low) in numbered
        )
    else:
        body = "".join(
            f"{2 * variable} {high} {low}\n" for variable, (high, low) in numbered
        ).encode()
    symbols = [f"i{index} {name}" for index, name in enumerate(inputs)]
    symbols += [f"o{index} {name}" for index, name in enumerate(outputs)]
    tail = [*symbols, "c", f"netlist digest: {digest_of(netlist)}"]
    return _text(lines) + body + _text(tail)


class _Needed:
    """And gates that some roots depend on, numbered anew, and the roots."""

    def __init__(self, ands: list[tuple[int, int]], roots: list[int]) -> None:
        self.ands = ands
        self.roots = roots


class _Graph:
    """And gates; equal ones are one."""

    def __init__(self, inputs: int) -> None:
        self._inputs = inputs
        self._ands: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}

    def look_up(self, table: int, literals: Sequence[int]) -> int:
        """A LUT by Shannon expansion over its last input."""
        rows = 1 << len(literals)
        if table == 0:
            return _FALSE
        if table == (1 << rows) - 1:
            return _TRUE
        half = rows >> 1
        low, high = table & ((1 << half) - 1), table >> half
        when_low = self.look_up(low, literals[:-1])
        if low == high:
            return when_low
        when_high = self.look_up(high, literals[:-1])
        selector = literals[-1]
        return 1 ^ self._and(
            1 ^ self._and(selector, when_high), 1 ^ self._and(1 ^ selector, when_low)
        )

    def needed(self, roots: Sequence[int]) -> _Needed:
        """Drop the gates that no root depends on."""
        first = 1 + self._inputs
        used = {root >> 1 for root in roots}
        for index in reversed(range(len(self._ands))):
            if first + index in used:
                used.update(literal >> 1 for literal in self._ands[index])
        number = {variable: variable for variable in range(first)}
        ands: list[tuple[int, int]] = []
        for index, pair in enumerate(self._ands):
            if first + index in used:
                number[first + index] = first + len(ands)
                high, low = sorted((2 * number[a >> 1] | a & 1 for a in pair), reverse=True)
                ands.append((high, low))
        return _Needed(ands, [2 * number[root >> 1] | root & 1 for root in roots])

    def _and(self, one: int, other: int) -> int:
        high, low = max(one, other), min(one, other)
        if low == _FALSE or high == low ^ 1:
            return _FALSE
        if low in {_TRUE, high}:
            return high
        if (high, low) not in self._known:
            self._ands.append((high, low))
            self._known[high, low] = 2 * (self._inputs + len(self._ands))
        return self._known[high, low]


def _delta(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    return bytes(_septets(number))


def _septets(number: int) -> Iterator[int]:
    while number > 0x7F:  # noqa: PLR2004
        yield number & 0x7F | 0x80
        number >>= 7
    yield number


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("ascii")
