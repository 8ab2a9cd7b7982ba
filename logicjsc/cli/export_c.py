"""``logicjsc export-c``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import (
    address_option,
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)


@click.command("export-c")
@click.argument("source", type=path_type)
@click.option("--out", type=path_type, help="Directory to write (default: hw/build/<name>-c).")
@effort_option("low", "How hard the mapper searches for small logic.")
@jobs_option
@address_option
@json_option
def command(
    source: Path,
    *,
    out: Path | None,
    effort: str,
    jobs: int | None,
    address_limit: int | None,
    as_json: bool,
) -> None:
    """Write SOURCE as bit-sliced C: a run, an ONNX model, a netlist or a circuit.

    One self-contained C file and its header: a function from codes to codes that answers up to 512
    jets at a time. logicjsc verify compiles it and compares it with the netlist.
    """
    from logicjsc.artefacts.sources import identify
    from logicjsc.cli.tables import print_facts
    from logicjsc.core.progress import progress_bar
    from logicjsc.emit.c.export import export_c

    with progress_bar("mapping") as update:
        library = export_c(
            identify(source),
            out,
            effort=effort,
            jobs=jobs,
            address_limit=address_limit,
            on_table=lambda done, total: update(done, f"{done} of {total} tables"),
            on_layer=lambda done, total: update(done, f"gates of layer {done + 1} of {total}"),
        )
    facts = library.facts
    report = {
        "library": str(library.directory),
        "function": f"{facts.name}_evaluate",
        "codes": f"{facts.code_type}[{library.netlist.inputs}]",
        "results": f"{facts.result_type}[{len(library.netlist.outputs)}]",
        "gates": facts.gates,
        "source_bytes": library.source.stat().st_size,
        "netlist_digest": facts.netlist_digest,
    }
    if as_json:
        print_json(report)
    else:
        print_facts(
            "C library", ((name.replace("_", " "), value) for name, value in report.items())
        )
