"""A circuit's gates as Yosys found them: nets are numbers, 0 and 1 are the constants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from logicjsc.core.errors import CircuitError

FLIP_FLOP: Final = "$_DFF_P_"
"""A register: rising edge, no reset, no enable; what waits for the clock is logic before it."""

CLEARED_FLIP_FLOP: Final = "$_DFF_PP0_"
"""The only other one there may be: cleared as soon as its reset is 1."""

_MULTIPLEXER: Final = "$_MUX_"

WIRE: Final = "wire"

_UNKNOWN_BITS: Final = {"x", "z"}


@dataclass(frozen=True, eq=False)
class Gate:
    """A cell without memory, equal to itself only.

    Attributes:
        kind: its type in Yosys, such as ``$_AND_`` or ``$shiftx``.
        ports: nets by port, the lowest bit first.
        signed: whether its operands are two's complement.
    """

    kind: str
    ports: Mapping[str, tuple[int, ...]]
    signed: bool = False

    @property
    def reads(self) -> Iterator[int]:
        """Nets that it depends on."""
        for port, nets in self.ports.items():
            if port != "Y":
                yield from nets


@dataclass(frozen=True)
class FlipFlop:
    """One bit of a register.

    Attributes:
        clock: net of its clock.
        data: net that it takes at a rising edge.
        output: net that it drives.
        reset: net that clears it without the clock; None if there is none.
        enabled: whether it keeps its value where a clock enable is 0; see `Gates.without_enable`.
    """

    clock: int
    data: int
    output: int
    reset: int | None = None
    enabled: bool = False


@dataclass(frozen=True)
class Gates:
    """A module of gates, registers and modules that were left as they are.

    Attributes:
        inputs: nets of the input ports, by port.
        outputs: nets of the output ports.
        gates: cells without memory.
        flip_flops: registers.
        modules: ports and nets of instances that were left, by module name.
        words: words of the memories in each module.
    """

    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    gates: tuple[Gate, ...]
    flip_flops: tuple[FlipFlop, ...]
    modules: tuple[tuple[str, Mapping[str, tuple[int, ...]]], ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def driver(self) -> dict[int, Gate]:
        """The gate that drives each net."""
        return {net: gate for gate in self.gates for net in gate.ports["Y"]}

    @cached_property
    def register(self) -> dict[int, FlipFlop]:
        """The flip-flop that drives each net."""
        return {flip_flop.output: flip_flop for flip_flop in self.flip_flops}

    @cached_property
    def without_registers(self) -> Gates:
        """The same with wires in the place of registers."""
        wires = (
            Gate(WIRE, {"A": (register.data,), "Y": (register.output,)})
            for register in self.flip_flops
        )
        return replace(self, gates=(*self.gates, *wires), flip_flops=())

    def without_enable(self, enable: int | None) -> Gates:
        """The same with registers that take new data at every edge, in place of enabled ones.

        Args:
            enable: net of the clock enable; None if there is none.
        """
        if enable is None:
            return self
        registers = []
        for register in self.flip_flops:
            gate = self.driver.get(register.data)
            if gate is not None and gate.kind == _MULTIPLEXER:
                ports = gate.ports
                if ports["S"] == (enable,) and ports["A"] == (register.output,):
                    registers.append(replace(register, data=ports["B"][0], enabled=True))
                    continue
            registers.append(register)
        return replace(self, flip_flops=tuple(registers))

    def cone(self, nets: Sequence[int], stops: Collection[int]) -> tuple[list[Gate], list[int]]:
        """Gates that nets depend on, sources first, and nets that no gate drives.

        Args:
            nets: where to begin.
            stops: nets that are not followed further; they count as not driven.

        Raises:
            CircuitError: there is a loop without a register.
        """
        driver = {net: gate for net, gate in self.driver.items() if net not in stops}
        sources: dict[Gate, list[Gate]] = {}
        leaves: dict[int, None] = {}
        pending = list(nets)
        while pending:
            net = pending.pop()
            gate = driver.get(net)
            if gate is None:
                leaves[net] = None
            elif gate not in sources:
                reads = list(gate.reads)
                sources[gate] = [driver[read] for read in reads if read in driver]
                pending += reads
        try:
            gates = list(TopologicalSorter(sources).static_order())
        except CycleError as error:
            raise CircuitError("the circuit's Verilog has a loop without a register") from error
        return gates, [net for net in leaves if net > 1]


def read_gates(known: Mapping[str, Mapping[str, Any]], top: str) -> Gates:
    """Gates of one of the modules in the JSON that Yosys writes.

    Raises:
        CircuitError: a bit is undefined, or a register is of another kind than the emitted ones.
    """
    module = known[top]
    ports: dict[str, dict[str, tuple[int, ...]]] = {"input": {}, "output": {}}
    for name, port in module["ports"].items():
        if port["direction"] not in ports:
            raise CircuitError(f"port {name} of the circuit's Verilog goes both ways")
        ports[port["direction"]][name] = _nets(port["bits"], name)
    gates, flip_flops, modules = [], [], []
    for name, cell in module["cells"].items():
        kind = cell["type"]
        nets = {port: _nets(bits, name) for port, bits in cell["connections"].items()}
        if kind in {FLIP_FLOP, CLEARED_FLIP_FLOP}:
            (reset,) = nets.get("R", (None,))
            flip_flops.append(FlipFlop(nets["C"][0], nets["D"][0], nets["Q"][0], reset))
        elif kind.startswith("$paramod") or not kind.startswith("$"):
            modules.append((kind, nets))
        elif "Y" in nets:
            signed = cell.get("parameters", {}).get("A_SIGNED", "0").endswith("1")
            gates.append(Gate(kind, nets, signed))
        elif kind != "$scopeinfo":
            raise CircuitError(
                f"the circuit's Verilog has a {kind} (at {name}), which logicjsc does not write"
            )
    words = {
        name: sum(memory["size"] for memory in other.get("memories", {}).values())
        for name, other in known.items()
    }
    sides = ports["input"], ports["output"]
    return Gates(*sides, tuple(gates), tuple(flip_flops), tuple(modules), words)


def _nets(bits: Sequence[Any], place: str) -> tuple[int, ...]:
    if _UNKNOWN_BITS.intersection(bits):
        raise CircuitError(f"the circuit's Verilog leaves a bit at {place} undefined")
    # Yosys numbers nets from 2 on, too, and writes constants as text.
    return tuple(int(bit) for bit in bits)
