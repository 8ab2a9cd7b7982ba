"""``logicjsc data validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.tasks.jets.generator.validation import ValidationReport


@click.command("validate")
@click.argument("path", type=path_type)
@click.option("--plot", "picture", type=path_type, metavar="FILE", help="Draw the features (PNG).")
@json_option
@click.pass_context
def command(context: click.Context, path: Path, picture: Path | None, *, as_json: bool) -> None:
    """Check the jets of PATH, a .npz file or a folder of them.

    Ranges, balance, mass peaks, repeated jets, and the distance of each feature to the published
    distribution. Exits with 1 if a check fails.
    """
    from logicjsc.dataset import DataConfig, load_all
    from logicjsc.tasks.jets.generator.validation import validate_jets

    jets = load_all(DataConfig(task="jets", path=str(path)))
    report = validate_jets(jets)
    if picture is not None:
        from logicjsc.tasks.jets.generator.plots import plot

        plot(jets, report, picture)
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)
    context.exit(0 if report.ok else 1)


def _show(report: ValidationReport) -> None:
    from logicjsc.core.console.tables import print_table

    print_table(
        f"{report.source}: {report.jets:,} jets",
        ("check", "found", "allowed", ""),
        (
            (check.name, check.found, check.limit, "ok" if check.ok else "FAILS")
            for check in report.checks
        ),
    )
    print_table(
        f"distance to the published jets: mean KS {report.mean_ks:.4f}",
        ("feature", "KS", "shift of the mean (deviations)", "ratio of deviations"),
        (
            (entry.feature, f"{entry.ks:.4f}", f"{entry.mean_shift:+.3f}",
             f"{entry.deviation_ratio:.3f}")
            for entry in report.distances
        ),
    )  # fmt: skip
    click.echo("all checks hold" if report.ok else "some checks FAIL: see above")
