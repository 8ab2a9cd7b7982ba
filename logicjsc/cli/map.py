"""``logicjsc map``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from logicjsc.cli.arguments import source_argument
from logicjsc.core.console.options import (
    adders_option,
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)


@click.command("map")
@source_argument
@effort_option("medium", "How many starting structures and scripts each table meets.")
@adders_option
@jobs_option
@click.option(
    "--out",
    type=path_type,
    help="Write the network: LUTs as .blif, gates as AIGER, binary .aig or ASCII .aag, or the "
    "netlist as .npz.",
)
@click.option(
    "--across-nodes",
    is_flag=True,
    help="Rewrite all LUTs together, as a netlist of LUTs (--out NAME.npz keeps it).",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    help="Search for so long, about, and keep the best found until then; what was not reached is "
    "cut up by its inputs. Other runs may find more.",
)
@click.option(
    "--formal", is_flag=True, help="Let ABC prove every table and the whole network as well."
)
@json_option
def command(
    source: str,
    effort: str,
    adders: Literal["lut", "carry", "best"],
    jobs: int | None,
    out: Path | None,
    *,
    across_nodes: bool,
    formal: bool,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Map SOURCE to 6-input LUTs: a run, model, netlist, circuit or zoo point.

    Counts LUTs of one to six inputs with inverters, before any packing of two into one. Each
    table's LUTs are compared with it on every address. What was found is kept by table, so a second
    run is instant. Carry chains are not counted, only the LUTs in front of them.
    """
    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import print_table
    from logicjsc.core.progress import shown_progress
    from logicjsc.map.report import map_report

    with shown_progress("mapping") as update:
        report = map_report(
            netlist_of(identify(source), None, update),
            effort=effort,
            adders=adders,
            jobs=jobs,
            out=out,
            formal=formal,
            across_nodes=across_nodes,
            on_progress=update,
            seconds=seconds,
        )
    if as_json:
        print_json(report.to_dict())
        return
    print_table(
        f"{report.name}: {report.lut:,} LUTs, depth {report.depth}",
        ("layer", "live nodes", "table bits", "LUTs", "depth"),
        ((a.layer, a.nodes, a.table_bits, a.lut, a.depth) for a in report.layers),
    )
    if report.formal is not None:
        proven = f"{report.formal.tables} tables and the whole network"
        click.echo(f"{proven} proven by ABC in {report.formal.seconds:.1f} s")
    if out is not None:
        click.echo(f"wrote {out}")
