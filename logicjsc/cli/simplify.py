"""``logicjsc simplify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.arguments import samples_option, source_argument
from logicjsc.core.console.options import (
    effort_option,
    json_option,
    path_type,
    print_json,
)

if TYPE_CHECKING:
    from logicjsc.map.simplify import DataCost
    from logicjsc.netlist.passes import Effort


@click.command("simplify")
@source_argument
@click.option("--out", type=path_type, help="Netlist to write (default: <name>-simplified.npz).")
@effort_option("medium", "high asks a SAT solver (pip install 'logicjsc[sat]') and takes minutes.")
@click.option(
    "--dont-care",
    type=click.Choice(["observed"]),
    help="Change behaviour: free table rows that training samples do not read.",
)
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    help="With --dont-care observed: free rows that fewer training samples read (default 1).",
)
@click.option(
    "--lut", "count_luts", is_flag=True, help="Count 6-input LUTs before and after every pass."
)
@samples_option
@json_option
def command(
    source: str,
    *,
    out: Path | None,
    effort: Effort,
    dont_care: str | None,
    min_count: int | None,
    count_luts: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make the netlist of SOURCE smaller: a run, model, netlist, circuit or zoo point.

    The outputs stay the same for every sample. With --dont-care observed they may change for
    samples unlike those trained on; the report says what that costs on validation samples.
    """
    from logicjsc.artefacts.netlists import dataset_of, netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import print_table, show
    from logicjsc.core.progress import shown_progress
    from logicjsc.map.simplify import simplify_netlist
    from logicjsc.netlist import save_netlist

    if dont_care is None and (min_count is not None or data is not None):
        raise click.UsageError("--min-count and --data belong to --dont-care observed")
    given = identify(source)
    target = out or given.netlist_beside("simplified")
    with shown_progress("simplifying") as update:
        report = simplify_netlist(
            netlist_of(given, None, update),
            effort=effort,
            min_count=(min_count or 1) if dont_care is not None else None,
            dataset=dataset_of(given, data) if dont_care is not None else None,
            count_luts=count_luts,
            on_pass=lambda run: update(0, 0, f"{run.name}: {run.table_rows[1]:,} rows"),
        )
        save_netlist(report.netlist, target)
    if as_json:
        print_json({"out": str(target), **report.to_dict()})
        return
    print_table(
        f"{source}: saved by each pass",
        ("pass", *(name.replace("_", " ") for name in report.sizes), "seconds"),
        [list(row.values()) for row in report.by_pass()],
    )
    print_table(
        "in all",
        ("", "before", "after", "saved"),
        [
            (name.replace("_", " "), show(before), show(after), _part(before, after))
            for name, (before, after) in report.totals().items()
        ],
    )
    if report.cost is not None:
        _print_cost(report.cost)
    click.echo(f"wrote {target}")


def _part(before: int, after: int) -> str:
    from logicjsc.core.console.tables import percent

    return percent((before - after) / before) if before else "-"


def _print_cost(cost: DataCost) -> None:
    from logicjsc.core.console.tables import print_facts, result_text

    print_facts(
        "don't-cares from data: the behaviour has changed",
        [
            ("training samples", f"{cost.training_samples:,} ({cost.fingerprint})"),
            ("rows freed", f"{cost.free_rows:,}, read by fewer than {cost.min_count}"),
            ("validation samples", cost.validation_samples),
            ("before", result_text(cost.before.to_dict())),
            ("after", result_text(cost.after.to_dict())),
            ("samples with other outputs", cost.changed_samples),
        ],
    )
