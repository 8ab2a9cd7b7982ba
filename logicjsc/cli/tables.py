"""``logicjsc tables``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.arguments import source_argument
from logicjsc.core.console.options import address_option, json_option, path_type, print_json


@click.command("tables")
@source_argument
@click.argument("circuit", type=path_type)
@click.option("--out", type=path_type, default=Path("tables.bin"), show_default=True)
@address_option
@json_option
def command(
    source: str, circuit: Path, *, out: Path, address_limit: int | None, as_json: bool
) -> None:
    """Write the tables of SOURCE as an image that CIRCUIT loads at run time.

    CIRCUIT was written by export-verilog --reloadable. The image goes word by word to the register
    DATA of its AXI4-Lite port, after BEGIN and before COMMIT. A network of another wiring is
    refused, here as in the circuit.
    """
    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import print_facts
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.reload.image import write_image
    from logicjsc.emit.verilog import load_circuit

    with shown_progress("tabulating") as update:
        netlist = netlist_of(identify(source), address_limit, update)
        image = write_image(netlist, load_circuit(circuit), out)
    report = {
        "image": str(out),
        "words": len(image) // 4,
        "wiring_digest": image[:32].hex(),
        "checksum": f"{int.from_bytes(image[-4:], 'little'):08x}",
    }
    if as_json:
        print_json(report)
    else:
        print_facts("tables", ((name.replace("_", " "), value) for name, value in report.items()))
