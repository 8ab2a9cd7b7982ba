"""Flips every bit of every register of a circuit once, in Icarus, beside the same circuit unharmed.

Yosys lists the registers of the flattened Verilog, so the list owes nothing to the options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from logicjsc.check.synth.programs import find_yosys
from logicjsc.check.synth.yosys import COPIES_JOINED
from logicjsc.core.files import shipped
from logicjsc.core.programs import locate
from logicjsc.emit.verilog import Circuit
from logicjsc.emit.verilog.primitives import SIMULATION_MODELS

_DECLARED = re.compile(r"\breg +(?:\[[^\]]*\] *)?(\w+)")
_SECONDS = 600.0
_BENCH = """`timescale 1ns/1ps
module bench;
  reg {clock} = 0;
  integer target, cycle, unmasked;
  reg differed;
{declarations}
  {top} good ({good});
  {top} hurt ({hurt});
  initial begin
    unmasked = 0;
    for (target = 0; target < {targets}; target = target + 1) begin
      differed = 0;
      for (cycle = 0; cycle < {cycles}; cycle = cycle + 1) begin
        #5 {clock} = 0;
{stimuli}
        {reset} = cycle < 2 ? {active} : !{active};
        #1 if (cycle == {when} + target % 3) flip;
        #3 if ({differs}) differed = 1;
        #1 {clock} = 1;
        #1 if ({differs}) differed = 1;
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
endmodule
"""


@dataclass(frozen=True)
class Flips:
    """What became of the flips.

    Attributes:
        flip_flops: bits of registers that were flipped.
        memory_bits: bits of memories that were flipped.
        unmasked: flips that changed an output in some cycle.
    """

    flip_flops: int
    memory_bits: int
    unmasked: int


def inject(circuit: Circuit, place: Path) -> Flips:
    """Flip all bits, each alone, after a reset and in the midst of random traffic.

    Outputs are compared in every half cycle, whether they are valid or not.
    """
    models = SIMULATION_MODELS.get(circuit.manifest.options.primitives)
    sources = list(circuit.verilog_files)
    sources += [shipped("hw", "sim", models)] if models else []
    registers, memories = _targets(circuit, sources, place)
    inputs = [port for port in circuit.manifest.ports if port.direction == "input"]
    outputs = [port for port in circuit.manifest.ports if port.direction == "output"]
    clock, reset = ("aclk", "aresetn") if circuit.manifest.options.axi_stream else ("clk", "rst")
    driven = [port for port in inputs if port.name not in {clock, reset}]
    latency = circuit.latency_cycles
    flips = registers + memories
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
        "cycles": 8 * latency + 60,
        "declarations": "\n".join(declarations),
        "stimuli": "\n".join(
            f"        {port.name} = {{{-(-port.width // 32)}{{$random}}}};" for port in driven
        ).replace("{1{$random}}", "$random"),
        "differs": " || ".join(f"good_{port.name} !== hurt_{port.name}" for port in outputs),
        "flips": "\n".join(
            f"      {number}: hurt.{path} = ~hurt.{path};" for number, path in enumerate(flips)
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
    return Flips(len(registers), len(memories), int(counted[1]))


def _targets(circuit: Circuit, sources: Sequence[Path], place: Path) -> tuple[list[str], list[str]]:
    """Hierarchical names of all bits of registers and of memories."""
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
    kinds = ("$dff", "$adff", "$sdff", "$dffe", "$aldff")
    held = {
        bit
        for cell in module["cells"].values()
        if cell["type"].startswith(kinds)
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
    return list(found.values()), memories


def _innermost(name: str) -> tuple[bool, int, bool]:
    """Sort key that puts a register itself before the wires and ports that it drives."""
    path = name.split(".")
    return "$memwr$" not in name, -len(path), path[-1].startswith("out_")
