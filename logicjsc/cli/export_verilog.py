"""``logicjsc export-verilog``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import address_option, json_option, path_type, print_json


@click.command("export-verilog")
@click.argument("source", type=path_type)
@click.option("--out", type=path_type, help="Circuit directory (default: hw/build/<name>).")
@click.option(
    "--pipeline",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Registers after every k-th layer, and every k-th level of an argmax; 0 for none.",
)
@click.option("--register-inputs/--no-register-inputs", default=False, show_default=True)
@click.option("--register-outputs/--no-register-outputs", default=True, show_default=True)
@click.option(
    "--argmax", is_flag=True, help="Put out the class instead of scores; the lowest wins a tie."
)
@click.option(
    "--encoder",
    is_flag=True,
    help="Take words of features instead of codes, in the format that the network learned from.",
)
@click.option(
    "--encoder-bits",
    type=click.IntRange(2, 24),
    help="Take words of this width, fitted on the training jets, for a network that learned from "
    "float features; implies --encoder.",
)
@click.option("--axi-stream", is_flag=True, help="Speak AXI4-Stream on both sides.")
@click.option(
    "--mapped",
    "effort",
    type=click.Choice(["low", "medium", "high"]),
    help="Write 6-input LUTs instead of tables, searched for with this effort.",
)
@address_option
@json_option
def command(
    source: Path,
    out: Path | None,
    *,
    pipeline: int,
    effort: str | None,
    encoder_bits: int | None,
    address_limit: int | None,
    register_inputs: bool,
    register_outputs: bool,
    argmax: bool,
    encoder: bool,
    axi_stream: bool,
    as_json: bool,
) -> None:
    """Write SOURCE as Verilog: a run, an ONNX model, or a netlist.

    The directory holds one module per layer, the netlist, and manifest.json with the port map. A
    circuit that is already there is replaced; anything else is refused.
    """
    from logicjsc.flow.circuit import export_verilog
    from logicjsc.flow.sources import identify
    from logicjsc.report.progress import progress_bar
    from logicjsc.report.tables import print_facts
    from logicjsc.rtl import CircuitOptions

    options = CircuitOptions(
        pipeline, register_inputs, register_outputs, argmax, encoder, axi_stream
    )
    with progress_bar("tabulating" if effort is None else "mapping") as update:
        circuit = export_verilog(
            identify(source),
            out,
            options,
            address_limit=address_limit,
            encoder_bits=encoder_bits,
            effort=effort,
            on_progress=lambda done, total: update(done, f"{done} of {total} neurons"),
        )
    report = {
        "circuit": str(circuit.directory),
        "top": circuit.top,
        "ports": ", ".join(port.name for port in circuit.manifest.ports),
        "table_rows": circuit.netlist.table_rows,
        "nodes": circuit.netlist.signals - circuit.netlist.inputs,
        "dead_nodes": circuit.manifest.dead_nodes,
        **({} if circuit.manifest.lut is None else {"lut": circuit.manifest.lut}),
        "verilog_bytes": sum(file.stat().st_size for file in circuit.verilog_files),
        "latency_cycles": circuit.latency_cycles,
        "netlist_digest": circuit.manifest.netlist_digest,
    }
    if as_json:
        print_json(report)
    else:
        print_facts("circuit", ((name.replace("_", " "), value) for name, value in report.items()))
