"""``--for vhdl``: the circuit in VHDL-2008, ports with types, and a self-checking testbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from logicjsc.core.files import shipped
from logicjsc.core.settings import Section, setting
from logicjsc.emit.targets.target import Job, Target
from logicjsc.emit.targets.templates import fill
from logicjsc.emit.targets.testbench import FOLDER as VECTORS
from logicjsc.emit.targets.testbench import INPUTS, OUTPUTS, about, clocks_of, refuse_other_ports
from logicjsc.emit.targets.vhdl_bench_text import PLAIN, STREAM
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.vhdl.core import vhdl_core
from logicjsc.emit.vhdl.ports import FIXED, ports_entity, types_package

FOLDER: Final = "vhdl"
ORDER: Final = "files.txt"
"""Names of files in the order in which they are compiled, one a line; the testbench is the last."""


@dataclass(frozen=True)
class VhdlSettings(Section):
    """Of the VHDL."""

    core: Literal["vhdl", "verilog"] = setting(
        "vhdl",
        "the circuit itself in VHDL, or its Verilog for tools that take both languages",
    )


class Vhdl(Target):
    """VHDL-2008."""

    title = "the circuit in VHDL-2008, a package of port types, a testbench (GHDL, NVC)"
    settings = VhdlSettings
    after = ("testbench",)

    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """One entity per module, the testbench, and the order in which they are compiled."""
        circuit, manifest = job.circuit, job.circuit.manifest
        texts = {path.name: path.read_text("ascii") for path in circuit.verilog_files}
        written = vhdl_core(texts, manifest.options) if job.settings.core == "vhdl" else {}
        top = circuit.top
        if manifest.features:
            written[f"{FIXED}.vhd"] = shipped("hw", "vhdl", f"{FIXED}.vhd").read_text("ascii")
        written[f"{top}_types.vhd"] = types_package(circuit)
        # Records have a whole sample and one result.
        if not manifest.options.axi_stream and not manifest.options.regrouped:
            written[f"{top}_ports.vhd"] = ports_entity(circuit)
        if job.settings.core == "vhdl":
            written[f"{top}_tb.vhd"] = _bench(circuit)
        order = "".join(f"{name}\n" for name in written)
        return {f"{FOLDER}/{name}": text for name, text in {**written, ORDER: order}.items()}


def _bench(circuit: Circuit) -> str:
    stream = refuse_other_ports(circuit, "the VHDL testbench")
    manifest = circuit.manifest
    lines = (circuit.directory / VECTORS / INPUTS).read_text("ascii").splitlines()
    data_in, data_out = manifest.blocks[0].in_width, manifest.blocks[-1].out_width
    values: dict[str, object] = {
        "top": circuit.top,
        "entity": circuit.top,
        "digest": manifest.netlist_digest,
        "vectors": len(lines),
        "in_bits": data_in,
        "out_bits": data_out,
        "inputs": f"../{VECTORS}/{INPUTS}",
        "outputs": f"../{VECTORS}/{OUTPUTS}",
        "beats": manifest.options.beats,
        "batch": manifest.options.batch,
        "stride": manifest.interface.result_stride,
        "about": "\n".join(f"-- {line}" for line in about(circuit)),
    }
    if stream:
        widths = {port.name: port.width for port in manifest.ports}
        sizes = {"in_data": widths["s_axis_tdata"], "out_data": widths["m_axis_tdata"]}
        return fill(STREAM, **values, **sizes)
    pins = "".join(f"{name} => {name},\n      " for name in clocks_of(circuit))
    return fill(
        PLAIN,
        **values,
        latency=manifest.latency_cycles,
        data_in=manifest.data_in,
        data_out=manifest.data_out,
        clock_enable=str(manifest.options.clock_enable).lower(),
        clocks=pins,
    )


TARGET: Final = Vhdl()
