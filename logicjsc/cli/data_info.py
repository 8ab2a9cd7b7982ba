"""``logicjsc data info``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.common import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.tasks.jets.inspect import JetsReport


@click.command("info")
@click.argument("path", type=path_type)
@click.option("--plot", "picture", type=path_type, metavar="FILE", help="Draw the features (PNG).")
@click.option("--baseline/--no-baseline", default=True, help="Train two quick classifiers.")
@json_option
def command(path: Path, picture: Path | None, *, baseline: bool, as_json: bool) -> None:
    """Say what jets PATH holds: number, classes, features, source, and what accuracy to expect."""
    from logicjsc.tasks.jets.inspect import inspect

    report, jets = inspect(path, baseline=baseline)
    if picture is not None:
        from logicjsc.tasks.jets.plot import plot_jets

        plot_jets(jets, picture)
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _show(report: JetsReport) -> None:
    from logicjsc.cli.tables import percent, print_facts, print_table
    from logicjsc.tasks.jets.inspect import standard_error

    facts = [
        ("jets", report.jets),
        ("files", report.files),
        ("classes", ", ".join(f"{name} {count:,}" for name, count in report.classes.items())),
        ("believed to be", report.believed),
        ("because", report.because),
        ("fingerprint", report.fingerprint),
    ]
    train, test = report.baseline_jets
    for name, accuracy in (
        ("nearest centroid", report.centroid_accuracy),
        ("boosted trees", report.tree_accuracy),
    ):
        if accuracy is not None:
            error = percent(standard_error(accuracy, test))
            facts.append((name, f"{percent(accuracy)} +- {error} (trained on {train:,} jets)"))
    print_facts(report.source, facts)
    print_table(
        "features",
        ("feature", "smallest", "mean", "deviation", "largest", "zeros", "KS to published"),
        (
            (
                entry.name,
                f"{entry.smallest:.5g}",
                f"{entry.mean:.5g}",
                f"{entry.deviation:.5g}",
                f"{entry.largest:.5g}",
                percent(entry.zeros),
                f"{entry.ks:.4f}",
            )
            for entry in report.features
        ),
    )
