"""``logicjsc compact``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.artefacts.sources import DEFAULT_RUNS
from logicjsc.cli.common import jobs_option, json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.methods.prune.front import Progress
    from logicjsc.methods.prune.method import CompactReport


@click.command("compact")
@click.argument("config")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@click.option("--out", type=path_type, help="Directory (default: runs/<config name>).")
@click.option("--overwrite", is_flag=True, help="Replace a run that is already there.")
@jobs_option
@json_option
def command(
    config: str,
    assignments: tuple[str, ...],
    out: Path | None,
    jobs: int,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Train a network of one-input tables by CONFIG and make it smaller, LUT by LUT.

    CONFIG is a TOML file or a shipped name such as jsc-compact. On the way down the network is
    finished at every size in compacting.luts, tested once and written as a netlist: map it with
    --adders carry, make a circuit of it, verify that.
    """
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.sweep.settings import resolve_definition
    from logicjsc.methods.prune.definition import load_compacting
    from logicjsc.methods.prune.method import compact_network

    loaded = load_compacting(resolve_definition(config, "compacting", "compact"), assignments)
    target = out or DEFAULT_RUNS / loaded.name
    with progress_bar("compacting") as update:

        def taught(trained: int, networks: int) -> None:
            update(trained, f"teacher: {trained} of {networks} networks", networks)

        def show(progress: Progress) -> None:
            # LUTs fall by equal parts, so that their logarithm falls evenly.
            whole = math.log(progress.first_luts / progress.last_luts)
            done = math.log(progress.first_luts / progress.luts)
            remark = f"{progress.luts} LUTs, validation {100 * progress.validation:.2f} %"
            update(max(0, round(100 * done / max(whole, 0.01))), remark, 100)

        report = compact_network(loaded, target, show, taught, jobs=jobs, overwrite=overwrite)
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _show(report: CompactReport) -> None:
    from logicjsc.cli.tables import percent, print_table

    print_table(
        f"{report.name}: networks kept",
        ("netlist", "LUTs (estimate)", "of codes", "hidden", "tables", "validation", "test"),
        (
            (
                str(kept.netlist),
                kept.luts,
                kept.code_luts,
                kept.hidden,
                f"{kept.edges[0]} + {kept.edges[1]}",
                percent(kept.validation_accuracy),
                percent(kept.test.accuracy),
            )
            for kept in report.kept
        ),
    )
    click.echo(f"next: logicjsc map {report.kept[-1].netlist} --adders carry")
