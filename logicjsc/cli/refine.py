"""``logicjsc refine``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.common import data_option, json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.methods.finetune.method import RefineReport


@click.command("refine")
@click.argument("source", type=path_type)
@click.option("--out", type=path_type, help="Netlist to write (default: <name>-refined.npz).")
@click.option(
    "--sweeps",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Most sweeps over all tables; it ends earlier where validation stops gaining.",
)
@click.option(
    "--jets",
    type=click.IntRange(min=1),
    default=200_000,
    show_default=True,
    help="Most training jets to search on.",
)
@click.option(
    "--least-gain",
    type=click.FloatRange(min=0, min_open=True),
    default=40.0,
    show_default=True,
    help="Nats that the jets of a table entry must gain together for its change.",
)
@click.option(
    "--error-weight",
    type=click.FloatRange(min=0),
    default=4.0,
    show_default=True,
    help="Nats that a wrong class costs on top of the cross-entropy.",
)
@click.option(
    "--address-bits",
    type=click.IntRange(0, 24),
    default=24,
    show_default=True,
    help="Leave tables with more address bits as they are: larger ones may need more LUTs.",
)
@data_option
@json_option
def command(
    source: Path,
    *,
    out: Path | None,
    sweeps: int,
    jets: int,
    least_gain: float,
    error_weight: float,
    address_bits: int,
    data: Path | None,
    as_json: bool,
) -> None:
    """Improve the tables of SOURCE: a run, an ONNX model, a netlist or a circuit.

    Wiring, widths and sums stay; table entries are changed where that makes training jets cost
    less. The sweep that is best on validation jets is kept, and the test jets are looked at once.
    """
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.progress import progress_bar
    from logicjsc.methods.finetune import Rules
    from logicjsc.methods.finetune.method import refine_source

    with progress_bar("refining") as update:
        report = refine_source(
            identify(source),
            out,
            Rules(error_weight, least_gain, address_bits),
            jets=jets,
            sweeps=sweeps,
            data=data,
            on_progress=lambda done, total: update(done, f"{done} of {total} neurons"),
            on_node=lambda done, total, last: update(
                done,
                f"sweep {last.number + 1}, validation {100 * last.validation_accuracy:.2f} %",
                total,
            ),
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show(source, report)


def _show(source: Path, report: RefineReport) -> None:
    from logicjsc.cli.tables import percent, print_facts, print_table

    print_table(
        f"{source}: sweeps",
        ("sweep", "entries", "training loss", "accuracy", "validation loss", "accuracy"),
        (
            (
                sweep.number,
                sweep.entries,
                f"{sweep.training_loss:.5f}",
                percent(sweep.training_accuracy),
                f"{sweep.validation_loss:.5f}",
                percent(sweep.validation_accuracy),
            )
            for sweep in report.sweeps
        ),
    )
    kept = f"sweep {report.kept}, by validation" if report.kept else "no sweep: none was better"
    before, after = report.before, report.after
    print_facts(
        "refined",
        [
            ("training jets", report.training_jets),
            ("validation jets", report.validation_jets),
            ("test jets", after.jets),
            ("kept", kept),
            ("entries changed", f"{report.entries:,} of {report.table_rows:,}"),
            ("test accuracy", f"{percent(before.accuracy)} -> {percent(after.accuracy)}"),
            ("test loss", f"{before.loss:.4f} -> {after.loss:.4f} nats"),
        ],
    )
    click.echo(f"wrote {report.out}; next: logicjsc map {report.out}")
