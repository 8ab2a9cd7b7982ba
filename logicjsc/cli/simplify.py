"""``logicjsc simplify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.common import data_option, effort_option, json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.map.simplify import DataCost
    from logicjsc.netlist.passes import Effort


@click.command("simplify")
@click.argument("source", type=path_type)
@click.option("--out", type=path_type, help="Netlist to write (default: <name>-simplified.npz).")
@effort_option("medium", "high asks a SAT solver (pip install 'logicjsc[sat]') and takes minutes.")
@click.option(
    "--dont-care",
    type=click.Choice(["observed"]),
    help="Change behaviour: free table rows that training jets do not read.",
)
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    help="With --dont-care observed: free rows that fewer training jets read (default 1).",
)
@click.option(
    "--lut", "count_luts", is_flag=True, help="Count 6-input LUTs before and after every pass."
)
@data_option
@json_option
def command(
    source: Path,
    *,
    out: Path | None,
    effort: Effort,
    dont_care: str | None,
    min_count: int | None,
    count_luts: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make the netlist of SOURCE smaller: a run, an ONNX model, a netlist or a circuit.

    The outputs stay the same for every jet. With --dont-care observed they may change for jets
    unlike those trained on; the report says what that costs on validation jets.
    """
    from logicjsc.artefacts.sources import identify
    from logicjsc.cli.tables import print_table, show
    from logicjsc.core.progress import progress_bar
    from logicjsc.map.simplify import simplify_source

    if dont_care is None and (min_count is not None or data is not None):
        raise click.UsageError("--min-count and --data belong to --dont-care observed")
    with progress_bar("simplifying") as update:
        report = simplify_source(
            identify(source),
            out,
            effort=effort,
            min_count=(min_count or 1) if dont_care is not None else None,
            data=data,
            count_luts=count_luts,
            on_progress=lambda done, total: update(done, f"{done} of {total} neurons"),
            on_pass=lambda run: update(0, f"{run.name}: {run.table_rows[1]:,} rows"),
        )
    if as_json:
        print_json(report.to_dict())
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
    click.echo(f"wrote {report.out}")


def _part(before: int, after: int) -> str:
    from logicjsc.cli.tables import percent

    return percent((before - after) / before) if before else "-"


def _print_cost(cost: DataCost) -> None:
    from logicjsc.cli.tables import percent, print_facts

    print_facts(
        "don't-cares from data: the behaviour has changed",
        [
            ("training jets", f"{cost.training_jets:,} ({cost.fingerprint})"),
            ("rows freed", f"{cost.free_rows:,}, read by fewer than {cost.min_count}"),
            ("validation jets", cost.validation_jets),
            ("accuracy before", percent(cost.accuracy_before)),
            ("accuracy after", percent(cost.accuracy_after)),
            ("jets with other outputs", cost.changed_jets),
        ],
    )
