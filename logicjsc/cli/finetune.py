"""``logicjsc finetune``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.arguments import samples_option, source_argument
from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.methods.finetune.report import FinetuneReport


@click.command("finetune")
@source_argument
@click.option("--out", type=path_type, help="Netlist to write (default: <name>-finetuned.npz).")
@click.option(
    "--sweeps",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Most sweeps over all tables; it ends earlier where validation stops gaining.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=200_000,
    show_default=True,
    help="Most training samples to search on.",
)
@click.option(
    "--least-gain",
    type=click.FloatRange(min=0, min_open=True),
    default=40.0,
    show_default=True,
    help="Nats that the samples of a table entry must gain together for its change.",
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
@samples_option
@json_option
def command(
    source: str,
    *,
    out: Path | None,
    sweeps: int,
    samples: int,
    least_gain: float,
    error_weight: float,
    address_bits: int,
    data: Path | None,
    as_json: bool,
) -> None:
    """Improve the tables of SOURCE: a run, model, netlist, circuit or zoo point.

    Wiring, widths and sums stay; table entries are changed where that makes training samples cost
    less. The sweep that is best on validation samples is kept, and the test samples are looked at
    once.
    """
    from logicjsc.artefacts.netlists import dataset_of, netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.progress import shown_progress
    from logicjsc.methods.finetune import Rules
    from logicjsc.methods.finetune.report import finetune_netlist
    from logicjsc.netlist import save_netlist

    given = identify(source)
    target = out or given.netlist_beside("finetuned")
    with shown_progress("fine-tuning") as update:
        report = finetune_netlist(
            netlist_of(given, None, update),
            dataset_of(given, data),
            Rules(error_weight, least_gain, address_bits),
            samples=samples,
            sweeps=sweeps,
            on_progress=update,
        )
        save_netlist(report.netlist, target)
    if as_json:
        print_json({"out": str(target), **report.to_dict()})
    else:
        _show(source, report, target)


def _show(source: str, report: FinetuneReport, out: Path) -> None:
    from logicjsc.core.console.tables import percent, print_facts, print_table, result_text

    before, after = report.before.to_dict(), report.after.to_dict()
    decides = report.before.accuracy is not None
    print_table(
        f"{source}: sweeps",
        ("sweep", "entries", "training loss", "accuracy", "validation loss", "accuracy"),
        (
            (
                sweep.number,
                sweep.entries,
                f"{sweep.training_loss:.5f}",
                percent(sweep.training_accuracy if decides else None),
                f"{sweep.validation_loss:.5f}",
                percent(sweep.validation_accuracy if decides else None),
            )
            for sweep in report.sweeps
        ),
    )
    kept = f"sweep {report.kept}, by validation" if report.kept else "no sweep: none was better"
    print_facts(
        "fine-tuned",
        [
            ("training samples", report.training_samples),
            ("validation samples", report.validation_samples),
            ("test samples", report.after.samples),
            ("kept", kept),
            ("entries changed", f"{report.entries:,} of {report.table_rows:,}"),
            ("test", f"{result_text(before)} -> {result_text(after)}"),
            ("test loss", f"{report.before.loss:.4g} -> {report.after.loss:.4g}"),
        ],
    )
    click.echo(f"wrote {out}; next: logicjsc map {out}")
