"""``logicjsc export-c``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.arguments import source_argument
from logicjsc.core.console.options import (
    address_option,
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)
from logicjsc.core.executor import Executor


@click.command("export-c")
@source_argument
@click.option("--out", type=path_type, help="Directory to write (default: hw/build/<name>-c).")
@effort_option("low", "How hard the mapper searches for small logic.")
@jobs_option
@address_option
@json_option
def command(
    source: str,
    *,
    out: Path | None,
    effort: str,
    jobs: Executor,
    address_limit: int | None,
    as_json: bool,
) -> None:
    """Write SOURCE as bit-sliced C: a run, model, netlist, circuit or zoo point.

    One self-contained C file and its header: a function from codes to codes that answers up to 512
    samples at a time. logicjsc verify compiles it and compares it with the netlist.
    """
    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import print_facts
    from logicjsc.core.places import DEFAULT_CIRCUITS
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.c.export import export_c

    given = identify(source)
    target = out or DEFAULT_CIRCUITS / f"{given.name}-c"
    with shown_progress("mapping") as update:
        netlist = netlist_of(given, address_limit, update)
        library = export_c(netlist, target, effort=effort, jobs=jobs, on_progress=update)
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
