"""``--for testbench``: a self-checking testbench in plain Verilog, with its vectors.

Vectors stand in two files of hexadecimal lines, which ``$readmemh`` and every script read. Inputs
change at falling edges of the clock and outputs are read at rising ones, so that no simulator's
order of events matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.core.settings import Section, setting
from logicjsc.emit.hdl.text import DIGEST_LINE
from logicjsc.emit.targets.target import Job, Target
from logicjsc.emit.targets.templates import fill
from logicjsc.emit.targets.testbench_text import PLAIN, READ_ME, STREAM
from logicjsc.emit.targets.vectors import Vectors, circuit_vectors
from logicjsc.emit.verilog.circuit import Circuit

FOLDER: Final = "testbench"
INPUTS: Final = "vectors_in.hex"
OUTPUTS: Final = "vectors_out.hex"

_PLAIN_PORTS: Final = frozenset({"clk", "rst", "ce", "in_valid", "out_valid"})
_STREAM_PORTS: Final = frozenset(
    {"aclk", "aresetn"}
    | {f"{side}_axis_{name}" for side in "sm" for name in ("tvalid", "tready", "tdata")}
)


@dataclass(frozen=True)
class TestbenchSettings(Section):
    """Which vectors there are."""

    vectors: int = setting(
        1000,
        "how many vectors, about: half of them samples or features around thresholds where there "
        "is an encoder, the others random",
        at_least=2,
        at_most=1_000_000,
    )


class Testbench(Target):
    """Verilog-2001 for any simulator."""

    title = "a self-checking testbench in Verilog-2001 (Icarus, Verilator, any other), and vectors"
    settings = TestbenchSettings
    samples = True

    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """Testbench, vectors, and how to run them."""
        circuit = job.circuit
        vectors = circuit_vectors(circuit, job.settings.vectors, job.features)
        sources = ", ".join(f"`{path.name}`" for path in circuit.verilog_files)
        top = circuit.top
        return {
            f"{FOLDER}/{top}_tb.v": _text(circuit, vectors),
            f"{FOLDER}/{INPUTS}": vectors.in_text(),
            f"{FOLDER}/{OUTPUTS}": vectors.out_text(),
            f"{FOLDER}/README.md": fill(
                READ_ME,
                top=top,
                vectors=len(vectors),
                samples=vectors.samples,
                in_bits=vectors.in_bits,
                out_bits=vectors.out_bits,
                data_in=circuit.manifest.data_in,
                data_out=circuit.manifest.data_out,
                sources=sources,
            ),
        }


def refuse_other_ports(circuit: Circuit, what: str) -> bool:
    """Whether a circuit speaks AXI4-Stream; refuse one whose ports a testbench does not drive.

    Raises:
        CircuitError: it has a port that ``what`` does not know.
    """
    manifest = circuit.manifest
    names = {port.name for port in manifest.ports}
    stream = "s_axis_tdata" in names
    known = _STREAM_PORTS if stream else _PLAIN_PORTS | {manifest.data_in, manifest.data_out}
    if unknown := sorted(names - known):
        raise CircuitError(
            f"{what} does not drive the port {', '.join(unknown)} of circuit {circuit.top}; leave "
            "the option away that adds it"
        )
    return stream


def clocks_of(circuit: Circuit) -> list[str]:
    """Clock, reset and clock enable of a circuit without streams, as far as it has them."""
    return [port.name for port in circuit.manifest.ports if port.name in {"clk", "rst", "ce"}]


def about(circuit: Circuit) -> list[str]:
    """Lines that say what a testbench does with a circuit."""
    manifest = circuit.manifest
    options = manifest.options
    if options.axi_stream:
        lines = [
            f"Every vector of {INPUTS} enters once, while both streams stall at random. The lines",
            f"of {OUTPUTS} must come out in their order, padded with 0, and nothing may change",
            "while it waits.",
        ]
    else:
        lines = [
            f"Every vector of {INPUTS} enters once, with idle cycles in between that hold garbage.",
            f"The valid bit must come out {manifest.latency_cycles} cycles later and never else,",
            f"with the line of {OUTPUTS}.",
        ]
    if options.clock_enable:
        lines.append("The clock enable pauses at random; such cycles do not count.")
    if options.beats > 1:
        lines.append(f"A vector comes in {options.beats} beats, of which the last one counts.")
    if options.batch > 1:
        lines.append(
            f"{options.batch} results leave together; the first vectors again fill the last batch."
        )
    return lines


def _text(circuit: Circuit, vectors: Vectors) -> str:
    stream = refuse_other_ports(circuit, "the Verilog testbench")
    manifest = circuit.manifest
    values: dict[str, object] = {
        "top": circuit.top,
        "digest": f"{DIGEST_LINE}{manifest.netlist_digest}",
        "vectors": len(vectors),
        "in_bits": vectors.in_bits,
        "out_bits": vectors.out_bits,
        "inputs": INPUTS,
        "outputs": OUTPUTS,
        "beats": manifest.options.beats,
        "batch": manifest.options.batch,
        "about": "\n".join(f"// {line}" for line in about(circuit)),
    }
    if stream:
        widths = {port.name: port.width for port in manifest.ports}
        return fill(
            STREAM,
            **values,
            stride=manifest.interface.result_stride,
            in_data=widths["s_axis_tdata"],
            out_data=widths["m_axis_tdata"],
        )
    pins = "".join(f".{name}({name}),\n      " for name in clocks_of(circuit))
    return fill(
        PLAIN,
        **values,
        latency=manifest.latency_cycles,
        data_in=manifest.data_in,
        data_out=manifest.data_out,
        clock_enable=int(manifest.options.clock_enable),
        clocks=pins,
    )


TARGET: Final = Testbench()
