"""Flips every bit of every register of a circuit once, in Icarus, beside the same circuit unharmed.

Of a circuit with three copies of all logic, every bit that logic drives is wrong for one clock edge
in one copy as well. Yosys lists registers and logic of the flattened Verilog, so the lists owe
nothing to the options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logicjsc.check.synth.programs import find_yosys
from logicjsc.check.synth.yosys import COPIES_JOINED
from logicjsc.core.files import shipped
from logicjsc.core.programs import locate
from logicjsc.emit.hdl.options import FULL
from logicjsc.emit.verilog import Circuit
from logicjsc.emit.verilog.primitives import SIMULATION_MODELS
from logicjsc.emit.verilog.tripled_verilog import COPIES

_DECLARED = re.compile(r"\breg +(?:\[[^\]]*\] *)?(\w+)")
_REGISTERS = ("$dff", "$adff", "$sdff", "$dffe", "$aldff")
_SECONDS = 600.0
_BENCH = """`timescale 1ns/1ps
module bench;
  reg {clock} = 0;
  integer target, cycle, first, unmasked;
  reg differed;
{declarations}
  {top} good ({good});
  {top} hurt ({hurt});
  initial begin
    unmasked = 0;
    differed = 1;
    for (target = 0; target < {targets}; target = target + 1) begin
      // What was seen outside may stay inside; only a reset ends that.
      first = differed ? 0 : {when};
      differed = 0;
      for (cycle = first; cycle < {cycles}; cycle = cycle + 1) begin
        #5 {clock} = 0;
{stimuli}
        {reset} = cycle < 2 ? {active} : !{active};
        #1 if (cycle == {when} + target % 3) flip;
        #3 if ({differs}) differed = 1;
        #1 {clock} = 1;
        #1 if ({differs}) differed = 1;
        if (cycle == {when} + target % 3) let_go;
      end
      unmasked = unmasked + differed;
    end
    $display("UNMASKED %0d", unmasked);
    $finish;
  end
  task flip;
    case (target)
{flips}
      default: $display("no such register");
    endcase
  endtask
  task let_go;
    case (target)
{releases}
      default: ;
    endcase
  endtask
endmodule
"""


@dataclass(frozen=True)
class Flips:
    """What became of the flips.

    Attributes:
        flip_flops: bits of registers that were flipped.
        memory_bits: bits of memories that were flipped.
        logic_bits: bits that logic drives and that were wrong for one clock edge.
        unmasked: flips that changed an output in some cycle.
    """

    flip_flops: int
    memory_bits: int
    logic_bits: int
    unmasked: int


def inject(circuit: Circuit, place: Path, every: int = 1, only: str = "") -> Flips:
    """Flip all bits, each alone, after a reset and in the midst of random traffic.

    With ``every``, only each so many-th one; with ``only``, those whose names begin so.

    Outputs are compared in every half cycle, whether they are valid or not.
    """
    models = SIMULATION_MODELS.get(circuit.manifest.options.primitives)
    sources = list(circuit.verilog_files)
    sources += [shipped("hw", "sim", models)] if models else []
    registers, memories, logic = _targets(circuit, sources, place)
    registers = [path for path in registers if path.startswith(only)][::every]
    memories = [path for path in memories if path.startswith(only)][::every]
    logic = [(path, mask) for path, mask in logic if path.startswith(only)][::every]
    inputs = [port for port in circuit.manifest.ports if port.direction == "input"]
    outputs = [port for port in circuit.manifest.ports if port.direction == "output"]
    clock, reset = ("aclk", "aresetn") if circuit.manifest.options.axi_stream else ("clk", "rst")
    driven = [port for port in inputs if port.name not in {clock, reset}]
    latency = circuit.latency_cycles
    state = registers + memories
    flips = [f"hurt.{path} = ~hurt.{path}" for path in state]
    # Icarus 11 cannot force a single bit of every vector.
    flips += [f"force hurt.{path} = good.{path} ^ {mask}" for path, mask in logic]
    declarations = [f"  reg [{port.width - 1}:0] {port.name};" for port in driven]
    declarations += [f"  reg {reset};"]
    declarations += [
        f"  wire [{port.width - 1}:0] {side}_{port.name};"
        for port in outputs
        for side in ("good", "hurt")
    ]
    values = {
        "top": circuit.top,
        "clock": clock,
        "reset": reset,
        "active": "1'b0" if reset == "aresetn" else "1'b1",
        "targets": len(flips),
        "when": 4 * latency + 20,
        "cycles": 7 * latency + 50,
        "declarations": "\n".join(declarations),
        "stimuli": "\n".join(
            f"        {port.name} = {{{-(-port.width // 32)}{{$random}}}};" for port in driven
        ).replace("{1{$random}}", "$random"),
        "differs": " || ".join(f"good_{port.name} !== hurt_{port.name}" for port in outputs),
        "flips": "\n".join(f"      {number}: {flip};" for number, flip in enumerate(flips)),
        "releases": "\n".join(
            f"      {number}: release hurt.{path};"
            for number, (path, _) in enumerate(logic, start=len(state))
        ),
    }
    for side in ("good", "hurt"):
        pins = [f".{port.name}({port.name})" for port in inputs]
        pins += [f".{port.name}({side}_{port.name})" for port in outputs]
        values[side] = ", ".join(pins)
    bench = place / "bench.v"
    bench.write_text(_BENCH.format(**values), encoding="ascii")
    compiled = place / "bench.vvp"
    locate("iverilog", version_arguments=("-V",)).run(
        ["-g2005", "-s", "bench", "-o", compiled, bench, *sources], timeout=_SECONDS
    )
    told = locate("vvp", version_arguments=("-V",)).run(["-N", compiled], timeout=_SECONDS)
    counted = re.search(r"^UNMASKED (\d+)$", told.output, re.MULTILINE)
    if counted is None or "no such register" in told.output:
        raise RuntimeError(told.output)
    return Flips(len(registers), len(memories), len(logic), int(counted[1]))


def _targets(
    circuit: Circuit, sources: Sequence[Path], place: Path
) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Hierarchical names of all bits of registers, of memories, and of logic if that is copied."""
    script = [
        *(f"read_verilog {path}" for path in sources),
        f"hierarchy -check -top {circuit.top}",
        "proc",
        *COPIES_JOINED,
        "write_json flat.json",
    ]
    (place / "flat.ys").write_text("\n".join(script) + "\n", encoding="ascii")
    find_yosys().run(["flat.ys"], timeout=_SECONDS, cwd=place)
    module = json.loads((place / "flat.json").read_text())["modules"][circuit.top]
    held = {
        bit
        for cell in module["cells"].values()
        if cell["type"].startswith(_REGISTERS)
        for bit in cell["connections"]["Q"]
    }
    declared = {
        name for path in circuit.verilog_files for name in _DECLARED.findall(path.read_text())
    }
    found: dict[int, str] = {}
    for name in sorted(module["netnames"], key=_innermost):
        bits = module["netnames"][name]["bits"]
        if "$memwr$" in name:
            # How Yosys writes down the ports of a memory; no register of the circuit.
            held.difference_update(bits)
        if name.rsplit(".", 1)[-1] not in declared or not held.issuperset(bits):
            continue
        for number, bit in enumerate(bits):
            found.setdefault(bit, f"{name}[{number}]" if len(bits) > 1 else name)
    if found.keys() != held:
        raise RuntimeError(f"{len(held - found.keys())} registers have no name")
    memories = [
        f"{name}[{word}][{bit}]"
        for name, memory in module.get("memories", {}).items()
        for word in range(memory["size"])
        for bit in range(memory["width"])
    ]
    logic = list(_logic(module)) if circuit.manifest.options.tmr == FULL else []
    return list(found.values()), memories, logic


def _logic(module: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Bits that logic inside a copy drives, each once: name of the wires, and a mask."""
    driven = {
        bit
        for cell in module["cells"].values()
        if not cell["type"].startswith((*_REGISTERS, "$mem"))
        for port, bits in cell["connections"].items()
        if cell["port_directions"][port] == "output"
        for bit in bits
    }
    for name in sorted(module["netnames"], key=_innermost):
        entry = module["netnames"][name]
        # A loop of generate has an index in its name, which Verilog has as well.
        if "$" in name or not name.startswith(COPIES):
            continue
        for number, bit in enumerate(entry["bits"]):
            if bit in driven:
                driven.discard(bit)
                yield name, f"{len(entry['bits'])}'h{1 << number:x}"


def _innermost(name: str) -> tuple[bool, int, bool]:
    """Sort key that puts a register itself before the wires and ports that it drives."""
    path = name.split(".")
    return "$memwr$" not in name, -len(path), path[-1].startswith("out_")
