"""The proof that a circuit's text computes its netlist, in as many cycles as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from logicjsc.check.foreign import checked_texts
from logicjsc.check.formal.borders import borders
from logicjsc.check.formal.gates import Gates
from logicjsc.check.formal.logic import ONE, ZERO, Logic
from logicjsc.check.formal.reading import changed_modules, read_circuit
from logicjsc.check.formal.reference import Shapes, reference_blif, words_of
from logicjsc.check.formal.registers import Pins, problems
from logicjsc.check.formal.translate import write_gates
from logicjsc.check.parts import latency_in, layout_of, roles_of
from logicjsc.check.synth.programs import Limits
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.core.temporary import temporary_folder
from logicjsc.emit.hdl.options import FULL
from logicjsc.emit.hdl.text import CHAIN_MODULE
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.verilog.flat import bit_names
from logicjsc.emit.verilog.mapped_verilog import SHAPE_LINE
from logicjsc.emit.verilog.stages_verilog import INPUT_STAGES
from logicjsc.emit.verilog.tripled_verilog import copied_by
from logicjsc.map.abc import find_abc
from logicjsc.map.adder_tree import Shape
from logicjsc.map.equivalence import are_equal
from logicjsc.netlist import Netlist
from logicjsc.netlist.passes import drop_dead_nodes

_CHAIN: Final = re.compile(rf"^ +\w*{CHAIN_MODULE} #\(.*\)\) (\w+_n\d+)_[bl]\d+_add ", re.MULTILINE)

_SHAPE: Final = re.compile(rf"^{re.escape(SHAPE_LINE)}(\w+) (.*)$", re.MULTILINE)

_WIRE: Final = re.compile(r"^ +wire (\w+)[ ;]", re.MULTILINE)


@dataclass(frozen=True)
class Proof:
    """What was proven of a circuit.

    Attributes:
        outputs: bits of the output.
        registers: flip-flops on the way of the data and the valid bit.
        problems: what does not hold; empty if the circuit is proven.
    """

    outputs: int
    registers: int
    problems: tuple[str, ...]


def prove_circuit(circuit: Circuit, limits: Limits | None = None) -> Proof:
    """Prove a circuit's Verilog equal to its netlist, encoder and decision included.

    Raises:
        CircuitError: the text holds what logicjsc never writes.
        ToolError: Yosys or ABC is missing, hung, or did not decide.
    """
    limits = limits or Limits.default()
    texts = checked_texts(circuit)
    changed = changed_modules(texts, circuit.manifest.options)
    if changed:
        # Nothing else is to be learnt from such text, and a loop in it may have no end.
        other = (f"{name}.v is not the text that logicjsc writes" for name in changed)
        return Proof(0, 0, tuple(other))
    whole = {name: text.decode("latin-1") for name, text in texts.items()}
    gates, found = read_circuit(circuit, texts, limits)
    found += _latency_problems(circuit, whole)
    return prove_gates(circuit, gates, found, shapes_of(circuit), limits)


def prove_gates(
    circuit: Circuit,
    gates: Gates,
    found: list[str],
    shapes: Shapes,
    limits: Limits,
) -> Proof:
    """Prove gates equal to a circuit's netlist, in as many cycles as the manifest says.

    Args:
        circuit: the circuit.
        gates: what its text in some language was read as.
        found: problems that are known already.
        shapes: how it adds, as a hint.
        limits: what ABC may use.

    Raises:
        CircuitError: the gates have other ports, or are of a kind that logicjsc never writes.
        ToolError: ABC is missing, hung, or did not decide.
    """
    _refuse_other_ports(gates, circuit)
    pins, wrong = borders(gates, circuit)
    found += wrong
    latency = circuit.latency_cycles - circuit.manifest.options.cycles_behind
    more, registers = problems(gates, pins, latency)
    found += more
    # Registers of bits that nothing depends on are counted in the manifest, and gone here.
    if circuit.manifest.ff is not None and registers > circuit.manifest.ff:
        found.append(f"there are {registers} flip-flops, not {circuit.manifest.ff}")
    free = gates.without_enable(pins.enable)
    if not found and not _equal(circuit, free, pins, shapes, limits):
        found.append("the circuit computes something else than its netlist")
    return Proof(len(pins.data_out), registers, tuple(found))


def _refuse_other_ports(gates: Gates, circuit: Circuit) -> None:
    sides = {"input": gates.inputs, "output": gates.outputs}
    found = {
        (name, side, len(nets)) for side, ports in sides.items() for name, nets in ports.items()
    }
    promised = {(port.name, port.direction, port.width) for port in circuit.manifest.ports}
    if found != promised:
        wrong = ", ".join(sorted({name for name, _, _ in found ^ promised}))
        raise CircuitError(f"the ports of the Verilog are not those of the manifest: {wrong}")


def _equal(circuit: Circuit, gates: Gates, pins: Pins, shapes: Shapes, limits: Limits) -> bool:
    """Whether the data that comes out is the netlist's function of the data that goes in."""
    width = int(layout_of(circuit, roles_of(circuit)[-1]).in_widths.sum())
    inputs = [f"x{place}" for place in range(len(pins.data_in))]
    outputs = [f"y{place}" for place in range(len(pins.data_out))]
    names = {0: ZERO, 1: ONE, **dict(zip(pins.data_in, inputs, strict=True))}
    logic = Logic("g", words_of(circuit, inputs[:width]))
    cone, _ = gates.without_registers.cone(pins.data_out, names)
    write_gates(logic, cone, names)
    text = _model(logic, inputs, outputs, [names[net] for net in pins.data_out])
    adders = shapes.adders
    abc = find_abc()
    for shape in (adders, not adders):
        shaped = replace(shapes, adders=shape)
        reference, wires = reference_blif(circuit, inputs[:width], shaped)
        if len(wires) != len(outputs):
            raise CircuitError(f"the circuit gives {len(outputs)} bits, its netlist {len(wires)}")
        pair = (text, _model(reference, inputs, outputs, wires))
        with temporary_folder("formal") as folder:
            try:
                return are_equal(abc, [pair], folder, limits.seconds) == [True]
            except ToolFailedError:
                if shape != adders:
                    raise
    return False


def _model(logic: Logic, inputs: list[str], outputs: list[str], wires: list[str]) -> str:
    for wire, output in zip(wires, outputs, strict=True):
        logic.name(wire, output)
    return logic.text("circuit", inputs, outputs)


def shapes_of(circuit: Circuit) -> Shapes:
    """How the circuit adds, by the names of its chains and wires: a hint, not a fact."""
    netlist = drop_dead_nodes(circuit.netlist)
    names = bit_names(netlist)
    texts = [path.read_text("latin-1") for path in circuit.verilog_files]
    code = [re.sub("//.*", "", text) for text in texts]
    nodes = {node for text in code for node in _CHAIN.findall(text)}
    if not nodes:
        return Shapes(circuit.manifest.lut is None)
    wires = {wire for text in code for wire in _WIRE.findall(text)}
    signals = [signal for signal in range(netlist.inputs, netlist.signals) if names[signal]]
    return Shapes(
        circuit.manifest.lut is None,
        frozenset(signal for signal in signals if names[signal][0].removesuffix("_b0") in nodes),
        # Of tables that chains add in parts, no bit is built.
        frozenset(signal for signal in signals if wires.isdisjoint(names[signal])),
        dict(_trees(netlist, names, texts)),
    )


def _trees(
    netlist: Netlist, names: Sequence[Sequence[str]], texts: Sequence[str]
) -> Iterator[tuple[int, Shape]]:
    """Shapes of sums that the header tells; what it tells wrongly is left out."""
    numbers = {
        names[signal][0].removesuffix("_b0"): signal
        for signal in range(netlist.inputs, netlist.signals)
        if names[signal]
    }
    for text in texts:
        for name, shape in _SHAPE.findall(text):
            if name in numbers:
                with suppress(ValueError):
                    yield numbers[name], Shape.read(shape)


def _latency_problems(circuit: Circuit, texts: Mapping[str, str]) -> list[str]:
    """What modules say of their own latency, against the manifest."""
    wanted = {block.module: block.latency_cycles for block in circuit.manifest.blocks}
    wanted[circuit.top] = circuit.latency_cycles
    # Besides those, only what joins the blocks has a latency, and what adds stages to them.
    options = circuit.manifest.options
    staged = circuit.latency_cycles - options.cycles_behind
    if options.tmr == FULL:
        wanted |= dict.fromkeys(copied_by(texts[f"{circuit.top}.v"]), circuit.latency_cycles)
    found = []
    for file, text in texts.items():
        name = file.removesuffix(".v")
        said = latency_in(text)
        inside = staged if f"parameter {INPUT_STAGES}" in text else staged - options.stages
        right = wanted.get(name, inside)
        if (said or name in wanted) and said != right:
            found.append(f"LATENCY_CYCLES of {name} is {said}, not {right}")
    return found
